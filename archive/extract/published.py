"""Dates of publication and of change: stated ones first, the reader's line beside them, none invented."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import islice

from archive.dates import ParsedDate, day_order, is_ambiguous, parse_date
from archive.extract import byline, datemeta, shown
from archive.extract.datemeta import is_zoned
from archive.extract.page import Page

_LABEL = re.compile(r"(?i)^(?:datum|date|published|veröffentlicht|publié|fecha|data)\s?:?$")
_LABELLED = re.compile(r"^\D{0,12}(\d{1,2})[./](\d{1,2})[./]((?:19|20)\d\d)")
_TITLE_DATE = re.compile(r"[|–—\-]\s?(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)\s?$")
_URL_DATE = re.compile(r"/((?:19|20)\d\d)[/-]?(\d\d)[/-]?(\d\d)(?=[/-])")
MAX_CANDIDATES = 24


@dataclass(frozen=True, slots=True)
class Stated:
    """One date of one source."""

    value: str
    raw: str
    source: str
    precision: str = "day"


@dataclass(frozen=True, slots=True)
class Dates:
    published: Stated | None
    modified: Stated | None
    published_candidates: tuple[Stated, ...]
    modified_candidates: tuple[Stated, ...]


def languages(page: Page, in_language: str | None) -> tuple[str, ...]:
    """Tags that tell how the page writes dates: its language, and the country when its host says so."""
    tags = [in_language] if in_language else []
    country = {"ie": "en-IE", "il": "he-IL"}.get(page.host.rpartition(".")[2])
    return tuple([*tags, country] if country else tags)


def find(page: Page, in_language: str | None, headline: str | None = None) -> Dates:
    """`headline`: as it was chosen; the dates shown beside it are the article's own."""
    tags = languages(page, in_language)
    dates = _Reader(page, tags, None).dates(headline)
    every = (*dates.published_candidates, *dates.modified_candidates)
    if any(is_ambiguous(x.raw) for x in every):
        order = day_order(_numbers(page)) or _order_by_agreement(every)
        return _Reader(page, tags, order).dates(headline) if order else dates
    return dates


class _Reader:
    """Reads all dates of one page with one order of day and month."""

    def __init__(self, page: Page, tags: tuple[str, ...], order: str | None) -> None:
        self.page = page
        self.parse = partial(parse_date, languages=tags, latest=page.captured_at, order=order)

    def read(self, found: Iterable[tuple[str | None, str]], months: bool = False) -> Iterator[Stated]:
        for raw, source in islice(found, MAX_CANDIDATES):
            if raw and (date := self.parse(raw, months=months)):
                yield Stated(date.value, date.raw, source, date.precision)

    def dates(self, headline: str | None) -> Dates:
        page = self.page
        seen = shown.dates(page, headline, partial(self.parse, thorough=False))
        first = [_stated(x.date) for x in seen if not x.changed]
        changed = [_stated(x.date) for x in seen if x.changed]
        published = list(self.read(datemeta.published(page)))
        if not any(is_zoned(s.value) for s in published):
            published += self.read(datemeta.from_epoch(page))
        modified = list(self.read(datemeta.modified(page)))
        certain = [_stated(x.date) for x in seen if x.certain and not x.changed]
        if not published and not certain:
            published = self.last_resorts(headline)
        best = _best([*published, *certain], first)
        last = _best([*modified, *(_stated(x.date) for x in seen if x.certain and x.changed)], changed)
        near = [_stated(x.date) for x in seen if x.certain and (x.near or x.labelled) and not x.changed]
        if best and last and (own := _not_of_the_system(best, last, near)):
            best = own
        return Dates(
            _as_shown(_in_local_time(best, [*published, *first]), first),
            _as_shown(_in_local_time(last, [*modified, *changed]), changed),
            (*published, *first)[:MAX_CANDIDATES],
            (*modified, *changed)[:MAX_CANDIDATES],
        )

    def last_resorts(self, headline: str | None) -> list[Stated]:
        """At the end of the title or after a label; a month; the day that the page's own URL names."""
        page = self.page
        found = list(self.read([(_written(page), "page")]))
        found = found or list(self.read(datemeta.published(page), months=True))
        if not found:
            months = partial(self.parse, thorough=False, months=True)
            seen = shown.dates(page, headline, months, months=True)
            found = [_stated(x.date) for x in seen if x.near and not x.changed]
        if not found and (match := _URL_DATE.search(page.url[:2000])):
            found = list(self.read([("-".join(match.groups()), "url")]))
        return found


def _stated(date: ParsedDate) -> Stated:
    return Stated(date.value, date.raw, "page", date.precision)


def _numbers(page: Page) -> Iterator[str]:
    """Short texts that may hold a date in numbers."""
    for values in islice(page.meta.values(), 200):
        yield from (v for v in values[:1] if len(v) < 60)
    for line in islice(page.outline.lines, 2000):
        if len(line.text) <= shown.MAX_NEAR and ("/" in line.text or "-" in line.text or "." in line.text):
            yield line.text


def _order_by_agreement(every: tuple[Stated, ...]) -> str | None:
    """The other order, if only that makes an ambiguous date one that the page also states without doubt."""
    plain = {x.value[:10] for x in every if not is_ambiguous(x.raw)}
    for x in every:
        if is_ambiguous(x.raw) and x.value[:10] not in plain:
            year, month, day = x.value[:10].split("-")
            if f"{year}-{day}-{month}" in plain:
                first = re.match(r"\D*(\d{1,2})", x.raw)
                return "mdy" if first and int(first[1]) == int(day) else "dmy"
    return None


def _best(found: list[Stated], shown_too: list[Stated]) -> Stated | None:
    """The first; but of the same day one with a zone, else one with a time, before one without."""
    if not found:
        return None
    best = found[0]
    if is_zoned(best.value):
        return best
    same_day = [x for x in (*found, *shown_too) if x.value[:10] == best.value[:10] and len(x.value) > 10]
    zoned = [x for x in same_day if is_zoned(x.value)]
    return (zoned or same_day or [best])[0] if len(best.value) <= 10 or zoned else best


def _not_of_the_system(best: Stated, last: Stated, near: list[Stated]) -> Stated | None:
    """Some systems state the moment of the last change as that of publication: then `published` is no earlier than
    `modified`, and the page shows its readers an earlier day beside the headline. None if that is not so."""
    if best.source == "page" or best.value[:10] < last.value[:10]:
        return None
    days = [x for x in near if len(x.value) >= 10]
    if not days or not all(x.value[:10] < _earliest_day(best.value) for x in days):
        return None
    return _best(days, days)


def _earliest_day(value: str) -> str:
    """The day that a date has in the last zone of the earth; the day before where its zone is not stated."""
    stated = datetime.fromisoformat(value)
    if stated.tzinfo is None:
        return (stated - timedelta(days=1)).date().isoformat()
    return stated.astimezone(timezone(-timedelta(hours=12))).date().isoformat()


def _in_local_time(best: Stated | None, every: list[Stated]) -> Stated | None:
    """An instant in UTC with the offset that another date of the page gives to the same instant."""
    if best is None or not best.value.endswith("+00:00"):
        return best
    utc = datetime.fromisoformat(best.value)
    for x in every:
        if is_zoned(x.value) and not x.value.endswith("+00:00") and datetime.fromisoformat(x.value) == utc:
            return replace(best, value=x.value)
    return best


def _as_shown(best: Stated | None, shown_too: list[Stated]) -> Stated | None:
    """The chosen date with the words in which the page shows the same one to its readers."""
    if best is None:
        return None
    same = next((s for s in shown_too if s.value == best.value), None)
    return replace(best, raw=same.raw) if same else best


def date_line(text: str, tags: tuple[str, ...], page: Page) -> ParsedDate | None:
    """The date of a line that holds hardly more than it: up to five other words of label."""
    found = parse_date(text, languages=tags, latest=page.captured_at, thorough=False)
    return found if found and len(text) <= shown.MAX_LINE and shown.bare(text, found) else None


def _written(page: Page) -> str | None:
    """d.m.yyyy at the end of a title or after a label."""
    match = _TITLE_DATE.search(page.og) or _TITLE_DATE.search(page.title)
    if not match:
        value = byline.labelled(page, _LABEL)
        match = _LABELLED.match(value) if value else None
    return f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}" if match and int(match[2]) <= 12 else None
