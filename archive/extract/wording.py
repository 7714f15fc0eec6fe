"""Authors by what a page says in words: `Written by` in a line of its own, before a name, or in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.extract import names
from archive.extract.byline import NOBODY, Found, Persons
from archive.extract.outline import Around, Line
from archive.extract.page import Page
from archive.extract.text import key

# A line that says nothing but that an author follows.
_LABEL = re.compile(
    r"(?i)^(?:(?:(?:article|story|post|words|text|guide|interview) )?(?:written |authored |posted |reported )?by"
    r"|(?:about )?the author|(?:article )?authors?(?:\(s\))?|contributors?|verfasst von|geschrieben von"
    r"|autor(?:in|a|es)?"
    r"|écrit par|rédigé par|auteure?s?|escrito por|scritto da|autore|geschreven door|skriven av|skrevet a[vf]|forfatter"
    r"|napisane przez|napsala?|yazan|yazar|penulis|ditulis oleh|oleh|автор|συντάκτης|بقلم|الكاتب|מאת|लेखक|執筆者?|著者"
    r"|作者|작성자)\s?[:：]?$"
)
# The same with the name behind it; a mere `By` is looked for near the headline alone.
_PREFIX = re.compile(
    r"(?i)^(?:(?:article |story |words |guide )?(?:written|authored|posted|reported) by|authors?(?:\(s\))?\s?:"
    r"|contributors?\s?:|verfasst von|geschrieben von|écrit par|rédigé par|escrito por|scritto da|geschreven door"
    r"|skriven av|skrevet a[vf]|napisane przez|ditulis oleh)\s?:?\s(?=\S)"
)
_SENTENCE = re.compile(
    r"(?i)\b(?:this|the) (?:blog )?(?:post|article|story|piece|guide|essay|report|column) (?:was|is)"
    r" (?:originally )?(?:written|authored) by ([^.;:()|]{3,80})"
)
_SEPARATORS = re.compile(r"\s?[,|–—]\s|\s-\s")
_NOT_HERE = Around.COMMENTS | Around.FORM
MAX_LINE = 140  # characters of a line that may begin with such a word
MAX_SENTENCE = 300
MAX_NAMES = 5
MAX_LOOKED = 40  # labels whose next lines are looked at
NEAR = 30  # lines after the headline that go first


def said(page: Page, headline: str | None, persons: Persons) -> Found:
    """The names that a label, a by-word or a sentence announces, those after the headline first."""
    lines = page.outline.lines
    wanted = key(headline or page.h1)
    at = next((i for i, x in enumerate(lines) if x.around & Around.HEADING and x.key == wanted), 0)
    near = _in(lines[at : at + NEAR], persons, near=True)
    return next(near, None) or next(_in(lines, persons, near=False), NOBODY)


def _in(lines: list[Line], persons: Persons, *, near: bool) -> Iterator[Found]:
    looked = 0
    for i, line in enumerate(lines):
        text = line.text
        found, raw = NOBODY[0], text
        if len(text) > MAX_SENTENCE or line.around & _NOT_HERE or _of_the_page(line):
            continue
        if looked > MAX_LOOKED:
            break
        if len(text) <= 30 and _LABEL.match(text):
            looked += 1
            found, said_so = _after(lines[i + 1 : i + 9], persons, least=1 if near else 2)
            raw = f"{text} {said_so}"
        elif len(text) <= MAX_LINE and (prefix := _PREFIX.match(text)):
            found = _names(text[prefix.end() :], persons)
        elif sentence := _SENTENCE.search(text):
            found = _names(sentence[1], persons)
        if found:
            yield found, raw


def _after(lines: list[Line], persons: Persons, *, least: int) -> Found:
    """The names in the lines after a label: the first, and those in lines of the same kind that follow it."""
    found: list[str] = []
    texts: list[str] = []
    kind: tuple[object, object] | None = None
    for line in lines:
        if line.around & Around.FORM or len(line.text) < 4 or names.JOB.search(line.text):
            continue  # a button, initials in place of a portrait, what they are by profession
        if kind not in (None, (line.block.tag, line.block.get("class"))):
            break
        more = _names(line.text, persons, least=2 if kind else least)
        if not more:
            break
        kind = (line.block.tag, line.block.get("class"))
        found += more
        texts.append(line.text)
    return list(dict.fromkeys(found))[:MAX_NAMES], "; ".join(texts)


def _of_the_page(line: Line) -> bool:
    return bool(line.around & Around.NAV) and not line.around & Around.ARTICLE


def _names(text: str, persons: Persons, least: int = 2) -> list[str]:
    if len(text) > MAX_LINE:
        return []
    first, *rest = _SEPARATORS.split(text)
    job = next((i for i, part in enumerate(rest) if names.JOB.search(part)), len(rest))
    text = ", ".join([first, *rest[:job]])
    return [x for x in persons([text]) if names.nameish(x, least) and not names.of_the_interface(x)][:MAX_NAMES]
