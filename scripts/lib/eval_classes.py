"""What kind of text an extraction has too much, and what it lacks, line by line.

A line is surplus if its key is not inside the key of the truth and at most 60 % of its runs of three words are; a
true paragraph is missing by the same test the other way round, at 50 %. The first class that fits counts. For
people who change a rule: F1 alone does not say what a rule moved.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import html as lxml_html

from archive.extract.phrases import kind

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3"
WORD = re.compile(rf"[{CJK}]|[^\W{CJK}]+")
BULLET = re.compile(r"^[\s\-•*>»·–]+")
SHORT = 8  # words of a label or a section heading
RUN = 3  # words
SURPLUS, MISSING = 0.6, 0.5
FIRST_LINES = 10

OF_PHRASE = {
    "newsletter": "newsletter, subscription, app", "paywall": "newsletter, subscription, app",
    "related": "read more, related, next story", "next story": "read more, related, next story",
    "player": "read more, related, next story", "credit": "caption or credit", "legal": "legal, copyright, disclosure",
    "author biography": "author biography", "comments": "comments, social", "share": "comments, social",
    "advertisement": "advertisement",
}  # fmt: skip
BY = re.compile(r"(?i)^\W*(?:by|von|par|por|di|door|av|af|text|words by|reporting by)\b")
DATE = re.compile(
    r"\d{1,2}[./ -]\w{1,10}[./ -]\d{2,4}|\d{4}-\d\d-\d\d|\b\d{1,2}:\d\d\b|\bmin(?:ute)?s? read\b|年\d{1,2}月"
)
BIOGRAPHY = re.compile(
    r"(?i)\bis an? (?:[\w-]+ ){0,4}(?:reporter|writer|journalist|correspondent|editor|columnist|author|contributor|"
    r"professor|lecturer|analyst|producer|photographer)\b|\bhas been (?:writing|covering|reporting)\b|^about the author"
)
CREDIT = re.compile(
    r"(?i)getty images|shutterstock|\bphoto(?:graph)?s? by\b|/ ?(?:AFP|AP|Reuters|dpa)\b|©|\bimago\b"
)
LEGAL = re.compile(
    r"(?i)copyright|all rights reserved|terms of (?:use|service)|privacy policy|affiliate|disclaimer"
)
SOCIAL = re.compile(r"(?i)\bcomments?\b.{0,20}$|\bfacebook\b|\btwitter\b|\bwhatsapp\b|\bshare this\b")
ASKS = re.compile(r"(?i)newsletter|subscri(?:be|ption)|sign up|download (?:the|our) app|\bdonat(?:e|ion)|\babo\b")
RELATED = re.compile(
    r"(?i)^\W*(?:read (?:more|also|next)|also read|related|see also|more (?:on|from)|next|lire aussi)\b"
)


def key(text: str) -> str:
    return " ".join(WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def line_key(line: str) -> str:
    return key(BULLET.sub("", line))


def runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    size = min(RUN, len(words))
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)} if size else set()


@dataclass
class Text:
    """A text as keys: whole, and as runs of three words and shorter."""

    lines: list[str]
    key: str = ""
    parts: set[tuple[str, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        keys = [line_key(line) for line in self.lines]
        self.key = f" {' '.join(keys)} "
        words = self.key.split()
        self.parts = (
            runs(words) | {tuple(words[i : i + 2]) for i in range(len(words))} | {(word,) for word in words}
        )

    def holds(self, line: str, share: float) -> bool:
        found = line_key(line)
        if not found or f" {found} " in self.key:
            return True
        own = runs(found.split())
        return sum(part in self.parts for part in own) > share * len(own)


def truth(row: dict[str, Any]) -> list[str]:
    paragraphs: list[str] | None = row.get("paragraphs")
    lines = paragraphs if paragraphs is not None else (row.get("body") or "").split("\n")
    return [line for line in lines if line.strip()]


def body_lines(prediction: dict[str, Any]) -> list[str]:
    return [line for line in (prediction.get("article_body") or "").split("\n") if line.strip()]


@dataclass
class Page:
    """Keys of what the page's elements say, by what they are."""

    headlines: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    captions: set[str] = field(default_factory=set)
    items: set[str] = field(default_factory=set)
    cells: set[str] = field(default_factory=set)


def read_page(html: bytes) -> Page:
    text = html.decode("utf-8", "replace")
    page = Page()
    for match in re.finditer(r'"headline"\s*:\s*("(?:[^"\\]|\\.){3,300}")', text[:3_000_000]):
        try:
            page.headlines.add(key(str(json.loads(match[1], strict=False))))
        except ValueError:
            continue
    tree = lxml_html.document_fromstring(html, parser=lxml_html.HTMLParser(encoding="utf-8", huge_tree=True))
    page.headlines |= {key(e.get("content") or "") for e in tree.xpath("//meta[contains(@property, 'title')]")}
    page.headlines |= keys(tree.iter("title", "h1"))
    page.links = keys(tree.iter("a"))
    page.captions = keys(e for top in tree.iter("figcaption") for e in top.iter())
    page.items = keys(tree.iter("li"))
    page.cells = keys(tree.iter("td", "th", "tr"))
    for found in (page.headlines, page.links, page.captions, page.items, page.cells):
        found.discard("")
    return page


def keys(elements: Iterable[Any]) -> set[str]:
    return {key(" ".join(e.itertext())) for e in elements if isinstance(e.tag, str)}


def surplus(row: dict[str, Any], prediction: dict[str, Any], page: Page) -> Iterator[tuple[str, str]]:
    """(class, line) of every line that the truth does not have."""
    true = Text(truth(row))
    lines = body_lines(prediction)
    for number, line in enumerate(lines):
        if not true.holds(line, SURPLUS):
            yield line_class(line, number, row, page), line


def line_class(line: str, number: int, row: dict[str, Any], page: Page) -> str:
    own = line_key(line)
    words = own.split()
    if own in page.headlines or any(len(words) > RUN and overlap(words, h.split()) >= 0.8 for h in page.headlines):
        return "duplicated headline"
    names = [key(name) for name in row.get("authors") or []]
    named = any(name and name in own for name in names)
    if len(words) <= 14 and (named or BY.match(line)):
        return "byline line"
    if len(words) <= 12 and DATE.search(line):
        return "date or reading-time line"
    if (found := OF_PHRASE.get(kind(line) or "")) and len(words) < 80:
        return found
    for name, expression in (
        ("read more, related, next story", RELATED), ("caption or credit", CREDIT), ("author biography", BIOGRAPHY),
        ("legal, copyright, disclosure", LEGAL), ("newsletter, subscription, app", ASKS), ("comments, social", SOCIAL),
    ):  # fmt: skip
        if len(words) < 60 and expression.search(line):
            return name
    if own in page.captions:
        return "caption or credit"
    if own in page.links:
        return "link text"
    if own in page.items:
        return "leading key point" if number < FIRST_LINES else "other list item"
    if own in page.cells or " | " in line:
        return "table"
    return "other short line" if len(words) <= SHORT else "other paragraph"


def overlap(a: Sequence[str], b: Sequence[str]) -> float:
    one, other = set(a), set(b)
    return len(one & other) / len(one | other) if one | other else 0.0


def missing(row: dict[str, Any], prediction: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(class, paragraph) of every true paragraph that the text does not have; optional ones are not asked for."""
    found = Text(body_lines(prediction))
    true = truth(row)
    optional = row.get("optional") or []
    gone = [
        number
        for number, line in enumerate(true)
        if not (number < len(optional) and optional[number]) and not found.holds(line, MISSING)
    ]
    most = len(gone) > len(true) / 2
    for number in gone:
        yield ("more than half lost" if most else paragraph_class(number, true)), true[number]


def paragraph_class(number: int, true: list[str]) -> str:
    if len(line_key(true[number]).split()) <= SHORT:
        return "heading or short line"
    if number == 0:
        return "lead paragraph"
    return "last paragraph" if number == len(true) - 1 else "middle paragraph"
