"""Bylines as a reader sees them: near the headline, beside the date, behind a label, under the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice

from lxml.html import HtmlElement

from archive.extract import names
from archive.extract.jsonld import OTHER_THINGS
from archive.extract.page import Page
from archive.extract.text import key, squeeze, tidy

Persons = Callable[[list[str]], list[str]]
Found = tuple[list[str], str]  # names, and the untouched text that says so
# (1 for weak ones, distance from the h1, order, element, text, whether a by-word begins it)
Candidate = tuple[int, int, int, HtmlElement, str, bool]

NOBODY: Found = ([], "")
_LINE_TAGS = frozenset(
    ("p", "div", "span", "li", "address", "b", "strong", "em", "i", "small", "a", "h2", "h3", "h4")
)
MAX_LINE = 120  # characters of a line that holds a byline
BEFORE, AFTER = 80, 160  # elements around the h1 in which a byline is looked for
SURE = 60  # elements after the h1 in which a by-word leaves no doubt
BESIDE_H1 = 12  # the same for a class
_AUTHOR_CLASS = re.compile(
    r"(?i)by-?_?line|author|autor(?!i[sz])|auteur|skribent|yazar|muhabir|penulis|forfatter|journalist|writer|reporter"
    r"|redactor|signature|contributor"
)
_NOT_AUTHOR_CLASS = re.compile(
    r"(?i)bio\b|biograph|avatar|image|img|photo|picture|social|follow|comment|related|more|list|count|desc|about|card"
    r"|widget|icon|button|recirc|teaser|sidebar|footer|promo|recommend|popular|trending|next|prev|newsletter|caption|credit"
)
AUTHOR_LINK = re.compile(
    r"(?i)/(?:author|authors|autor|autoren|auteur|auteurs|journalist|reporter|staff|profile|people|by|contributors?"
    r"|skribent|redaktion)s?/[^/]"
)
_AUTHOR_PAGE = re.compile(r"(?i)/(?:author|autor(?:en)?|auteur)s?/[^/]")
_OUTSIDE = re.compile(
    r"(?i)\b(?:aside|nav|footer)\b|comment|related|recirc|recommend|teaser|sidebar|popular|most-?read|trending|caption"
)
_NO_BYLINE_TAGS = frozenset(
    [
        "script",
        "style",
        "meta",
        "link",
        "head",
        "body",
        "html",
        "form",
        "input",
        "button",
        "svg",
        "img",
        "noscript",
    ]
)
_PLAIN_TAGS = frozenset(("p", "div", "span", "li", "address", "a"))
_LABEL = re.compile(
    r"(?i)^(?:autor(?:in)?(?:/autor(?:in)?)?|author|auteur|yazar|penulis|reporter|autore|redactor)\s?:?$"
)
_OTHER_ROLE = re.compile(
    r"(?i)(?:(?:press |media )?contact|photos?|photograph\w{0,4}|images?|fotos?|illustrations?)\b\s?(?:by\b|:)"
)
_AND = re.compile(r"(?i)\b(?:and|und|et|y|og|och)\b|&")
_DATE_TEXT = re.compile(r"^\W{0,5}(?:\d{1,2}[./ ]\s?\w+[./ ]\s?(?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d)")
_SENTENCE = re.compile(r"[.:!?]")


def following(node: HtmlElement | None, limit: int) -> list[HtmlElement]:
    """Up to `limit` elements after the end of a node, in document order."""
    found: list[HtmlElement] = []
    while node is not None and len(found) < limit:
        for sibling in node.itersiblings():
            found += islice(sibling.iter("*"), limit - len(found))
            if len(found) >= limit:
                break
        node = node.getparent()
    return found


def labelled(page: Page, label: re.Pattern[str] = _LABEL) -> str | None:
    """The text after a label that stands alone in its element (`<b>Autor</b> Name`)."""
    for e in islice(page.root.iter("strong", "b", "span", "dt", "th", "label", "em"), 3000):
        if not 0 < page.size(e) < 24:
            continue
        if label.match(squeeze(e.text_content())):
            value = squeeze(e.tail or "")
            after = e.getnext()
            if not value and after is not None:
                value = page.text(after, 80)
            if value and len(value) < 80:
                return value
    return None


def visible(
    page: Page, persons: Persons, seen: Iterable[Candidate], *, sure: bool = False, marked: bool = False
) -> Found:
    """Names in elements near the h1 that carry an author's class, an author's link or a by-word. `seen`: what
    `candidates` gives. `sure`: only what leaves no doubt, since the page states somebody else: a by-word, or
    (`marked`) the class beside the h1."""
    for weak, distance, _, e, text, by_word in seen:
        near = distance < (SURE if by_word else BESIDE_H1 if marked and not weak else 0)
        if sure and (not near or len(text) > 60):
            continue
        short = (by_word and len(text) < 40) or bool(_AUTHOR_PAGE.search((e.get("href") or "")[:500]))
        least = 1 if short and distance < SURE else 2  # words of a name
        found = [
            name
            for name in persons(_values(page, e, text))
            if names.nameish(name, least) and len(name) > 2 and not names.of_the_interface(name)
        ]
        if sure and not (all(map(names.nameish, found)) and _says_no_more(text, found)):
            continue
        if 0 < len(found) <= 5 and not _OTHER_ROLE.match(line := _whole_line(page, e, text)):
            return found, line
    return NOBODY


def _whole_line(page: Page, e: HtmlElement, text: str) -> str:
    """What a reader sees of a byline: the text of the element, or of one or two around it that are hardly longer."""
    for around in islice(e.iterancestors(), 2):
        if around.tag not in _LINE_TAGS or not 0 < page.size(around) <= MAX_LINE:
            break
        if next(around.iter("h1", "h2", "h3"), e) is not e:
            break
        text = squeeze(around.text_content())
    return text


def _says_no_more(text: str, found: list[str]) -> bool:
    """Whether a byline holds the names and nothing but, or what they are by profession."""
    said, named = key(names.without_by(text)), key(" ".join(found))
    return said == named or (said.startswith(named + " ") and bool(names.JOB.search(said[len(named) :])))


def candidates(page: Page) -> list[Candidate]:
    """The likeliest places of a byline: those with an author's class or link first, then the nearest to the h1."""
    return sorted(_candidates(page), key=lambda c: c[:2])[:60]


def _candidates(page: Page) -> Iterable[Candidate]:
    elements = page.outline.elements
    at = elements.index(page.h1_node) if page.h1_node in page.outline.sizes else None
    first, last = (0, AFTER * 4) if at is None else (max(0, at - BEFORE), at + AFTER + 1)
    for i, e in enumerate(elements[first:last], first):
        distance = i if at is None else (i - at if i >= at else 2 * (at - i))
        if e.tag in _NO_BYLINE_TAGS or (at is not None and distance > AFTER) or not 2 < page.size(e) <= 200:
            continue
        marks = " ".join(
            (e.get(a) or "")[:200] for a in ("class", "id", "itemprop", "data-testid", "data-qa", "rel")
        )
        by_class = bool(_AUTHOR_CLASS.search(marks)) and not _NOT_AUTHOR_CLASS.search(marks)
        by_link = e.tag == "a" and bool(
            AUTHOR_LINK.search((e.get("href") or "")[:500]) or e.get("rel") == "author"
        )
        if not (by_class or by_link or e.tag in _PLAIN_TAGS):
            continue
        text = squeeze(e.text_content())
        by_word = bool(names.BY_TEXT.match(text)) and len(text) < 90
        if not (by_class or by_link or by_word) or not 2 < len(text) < 140 or _is_outside(e):
            continue
        named = "author" in marks.lower() or "byline" in marks.lower()
        if e.get("itemprop") and of_something_else(e):
            continue
        strong = (by_class and (by_word or by_link or named)) or by_link
        yield 0 if strong else 1, distance, i, e, text, by_word


def of_something_else(e: HtmlElement) -> bool:
    """Whether an itemprop belongs to a comment, a review or another thing that is not the article."""
    scope = next((a for a in islice(e.iterancestors(), 30) if a.get("itemscope") is not None), None)
    kind = (scope.get("itemtype") or "")[-80:] if scope is not None else ""
    return bool(OTHER_THINGS.search(kind)) or (scope is not None and "comment" in (scope.get("itemprop") or ""))


def _is_outside(e: HtmlElement) -> bool:
    around = " ".join(f"{(a.get('class') or '')[:200]} {a.tag}" for a in islice(e.iterancestors(), 6))
    return bool(_OUTSIDE.search(around))


def _values(page: Page, e: HtmlElement, text: str) -> list[str]:
    """The names in links, else the first name-like text node of a longer byline, else the text."""
    parent = e.getparent()
    around = parent if e.tag == "a" and parent is not None and page.size(parent) < 140 else e
    links = [tidy(a.text_content()) for a in around.iter("a")]
    linked = [x for x in links if names.looks_like_name(x)][:4]
    if linked:
        return linked
    nodes = [squeeze(x) for x in e.itertext() if x.strip()]
    first = [names.without_by(x) for x in nodes if names.looks_like_name(x)]
    long = names.JOB.search(text) or len(names.without_by(text).split()) >= 4 or (nodes[1:] and len(first) == 1)
    return [first[0]] if first and len(nodes) > 1 and long and not _AND.search(text) else [text]


def near_date(page: Page, persons: Persons) -> Found:
    """A name of two to four words on the line directly before one that begins with a date."""
    for e in following(page.h1_node, 100):
        if e.tag in ("a", "h2", "h3", "nav", "button") or not 3 < page.size(e) <= 60:
            continue
        text, after = squeeze(e.text_content()).strip(" |·•–-,"), e.getnext()
        if after is None or not 0 < page.size(after) < 60 or not names.nameish(text) or len(text.split()) > 4:
            continue
        hrefs = [(a.get("href") or "")[:500] for a in islice(e.iter("a"), 4)]
        if hrefs and not any(map(AUTHOR_LINK.search, hrefs)):
            continue  # a section or topic stands before the date as often as a name
        if _SENTENCE.search(text) or names.of_the_interface(text) or not _DATE_TEXT.match(page.text(after, 60)):
            continue
        if found := persons([text]):
            return found, text
    return NOBODY


def signature(page: Page, body: list[str], persons: Persons) -> list[str]:
    """First line or one of the last two of the body: a name, all bold, italic or right-aligned."""
    for line in [*body[-2:][::-1], *body[:1]]:
        name = tidy(line).strip("*_ ")
        fits = names.nameish(name) and 2 <= len(name.split()) <= 4 and len(name) < 40
        if not fits or names.of_the_interface(name) or re.search(r"[.!?:,]", name):
            continue
        for found in (x for x in page.outline.lines if x.text == name):
            marked = any(squeeze(e.text_content()) == name for e in found.block.iter("strong", "b", "em", "i"))
            if marked or "right" in (found.block.get("style") or ""):
                return persons([name])
    return []


def linked(page: Page, stated: list[str], persons: Persons) -> Found:
    """rel=author links after the h1 that properly contain the stated names."""
    nodes = [e for e in following(page.h1_node, 90) if e.get("rel") == "author" and 0 < page.size(e) < 60]
    texts = [squeeze(e.text_content()) for e in nodes[:6]]
    found = persons(texts)
    known, there = {key(x) for x in stated}, {key(x) for x in found}
    more = known < there and len(there) <= 4 and all(names.nameish(x) for x in found)
    return (found, "; ".join(texts)) if more else NOBODY
