"""The lines between headline and text as a reader sees them: standfirst, byline and date, without any class name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from archive.extract import names
from archive.extract.byline import AUTHOR_LINK
from archive.extract.outline import Around, Line, Outline, is_standfirst
from archive.extract.page import Page
from archive.extract.published import date_line
from archive.extract.text import count, key, words

MAX_LINES = 16  # lines after the headline in which date and byline are looked for
_OUTSIDE = Around.NAV | Around.COMMENTS | Around.FORM
_SENTENCE_END = re.compile(r"[.!?…:;,][\"”»“'’)\]]*$")
_PARTS = re.compile(r"\s?[|•·–—]\s?|\s-\s")
_PUNCTUATION = re.compile(r"[.:!?;\"“”()]")


@dataclass(frozen=True, slots=True)
class Opening:
    """What the first lines say. `authors` are as written; `certain` if a by-word or a second place says so."""

    headline: str | None = None
    standfirst: str | None = None
    authors: str | None = None
    byline_line: str | None = None


def read(page: Page, headline: str | None, tags: tuple[str, ...]) -> Opening:
    """Reads the first lines of a page; `headline` as metadata has it, if they have it."""
    lines = [
        x for x in page.outline.lines if (not x.around & _OUTSIDE and x.anchored < x.chars * 0.9) or _is_name(x)
    ]
    start = _headline_at(lines, headline)
    if start is None:
        return Opening()
    title = headline or lines[start].text
    zone = lines[start : start + MAX_LINES]
    date_at = next((i for i, x in enumerate(zone) if i and _is_date(x, page, tags)), None)
    if date_at is None:
        return Opening(None if headline else title)
    last_date = date_at  # a date of change often follows that of publication
    while last_date + 1 < len(zone) and _is_date(zone[last_date + 1], page, tags):
        last_date += 1
    authors, said = _author(zone, date_at, last_date, title)
    end = max(last_date, next((i for i, x in enumerate(zone) if x.text == said), 0))
    above = [x for x in zone[1:end] if _is_prose(x, title) and x.text != said and not _is_date(x, page, tags)]
    standfirst = (
        above[0].text
        if len(above) == 1
        else None
        if above
        else _below(lines, start + end + 1, title, page.outline)
    )
    return Opening(None if headline else title, standfirst, authors, said)


def _is_name(line: Line) -> bool:
    return not line.around & _OUTSIDE and len(line.text) < 60 and names.looks_like_name(line.text)


def _headline_at(lines: list[Line], headline: str | None) -> int | None:
    if headline:
        k, most = key(headline), 2 * len(headline) + 20
        heading = next((i for i, x in enumerate(lines) if x.around & Around.HEADING and x.key == k), None)
        if heading is not None:
            return heading
        return next((i for i, x in enumerate(lines) if len(k) <= len(x.text) <= most and x.key == k), None)
    # Without any statement: the first line that comes again, else the first that is made like a headline.
    early = [
        (i, x)
        for i, x in enumerate(lines[:12])
        if 3 <= len(words(x.text)) <= 40 and not _SENTENCE_END.search(x.text)
    ]
    later: dict[str, int] = {}
    for x in lines[:24]:
        later[x.key] = later.get(x.key, 0) + 1
    repeated = [i for i, x in early if later[x.key] > 1]
    return repeated[0] if repeated else early[0][0] if early else None


def _is_date(line: Line, page: Page, tags: tuple[str, ...]) -> bool:
    return any(c.isdigit() for c in line.text) and date_line(line.text, tags, page) is not None


def _is_prose(line: Line, title: str) -> bool:
    return (
        count(line.text) >= 6 and line.key != key(title) and not line.around & (Around.CAPTION | Around.FURNITURE)
    )


def _below(lines: list[Line], at: int, title: str, page: Outline) -> str | None:
    """The standfirst under byline and date: set as a heading, or said again by a later line of the text."""
    for i, line in enumerate(lines[at : at + 3], at):
        if not _is_prose(line, title):
            continue
        again = any(x.key.startswith(line.key + " ") for x in lines[i + 1 : i + 40])
        return line.text if again or is_standfirst(line, page) else None
    return None


def _author(zone: list[Line], date_at: int, last_date: int, title: str) -> tuple[str | None, str | None]:
    """(names as written, the line that says so): in the date's own line, directly before it, or directly after."""
    for i in (date_at, date_at - 1, date_at - 2, last_date + 1):
        if not 0 < i < len(zone):
            continue
        text = zone[i].text
        if len(text) > 120 or key(text) == key(title) or (i != date_at and _leads_elsewhere(zone[i])):
            continue
        said = names.without_by(text) if i != date_at else _beside_date(text)
        if not said:
            continue
        by_word = said != text and i != date_at
        if by_word and names.nameish(said.split(" and ")[0].split(",")[0], 1):
            return said, text
        bare = names.nameish(said) and len(said.split()) <= 4 and not _PUNCTUATION.search(said)
        if bare and not names.of_the_interface(said):
            return said, text
    return None, None


def _leads_elsewhere(line: Line) -> bool:
    """Whether a line is a link, but not to an author's page: a section or a topic."""
    if line.anchored < line.chars:
        return False
    return not any(AUTHOR_LINK.search((a.get("href") or "")[:500]) for a in islice(line.block.iter("a"), 4))


def _beside_date(text: str) -> str | None:
    """`By Name, 20 Jan 2024` or `Name | Senior Writer | 20 Jan 2024` -> `Name`."""
    parts = [part for part in _PARTS.split(text) if part]
    if len(parts) >= 3 and names.nameish(parts[0]) and names.JOB.search(parts[1]):
        return parts[0]
    match = re.match(r"^([^\d|•·–—]{3,60}?)\s?(?:[|•·–—,-]|\bon\b|\bam\b|\ble\b)\s?\D{0,20}\d", text)
    if not match:
        return None
    said = names.without_by(match[1].strip(" ,-"))
    return said if names.nameish(said) and names.BY_TEXT.match(text) else None
