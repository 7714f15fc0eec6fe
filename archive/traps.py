"""URLs that a crawl could follow for ever: repeated segments, calendars, one path with endless queries. Pure.

What can be told from a URL alone is decided when it is found; how many of a family there are, the database counts.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

REPEATED_SEGMENTS = 3  # /a/a/a/: the mark of a link that is wrong relative to itself
AHEAD = timedelta(days=31)  # that a calendar may show: what is announced for the next month is news
RECENT = timedelta(
    days=31
)  # a page of each day is what a newspaper has; those of the last days are always followed
FIRST_YEAR = 1605  # when the first newspaper appeared, in Strasbourg

# A path that ends in a date: the page of a day or a month, not an article of that day.
_PATH_DATE = re.compile(r"/(\d{4})(?:/(\d{1,2})(?:/(\d{1,2}))?|-(\d{1,2})(?:-(\d{1,2}))?|(\d{2})(\d{2}))/?$")
_QUERY_DATE = re.compile(
    r"(?:^|&)[\w\[\]%-]*(?:date|day|month|week|from|start|when|cal)[\w\[\]%-]*=(\d{4})-?(\d{2})(?:-?(\d{2}))?(?=&|T|$)",
    re.I,
)
_QUERY_YEAR = re.compile(r"(?:^|&)(?:year|yr|yyyy|y)=(\d{4})(?=&|$)", re.I)
_QUERY_MONTH = re.compile(r"(?:^|&)(?:month|mon|mm|m)=(\d{1,2})(?=&|$)", re.I)


@dataclass(frozen=True, slots=True)
class Family:
    """URLs that differ in their query alone, or in the date that they end with: low <= url < high.

    `longest`: of dates, which begin where `low` has its last character, the first of a year.
    """

    low: str
    high: str
    longest: int | None = None


def is_trap(url: str, today: date | None = None) -> bool:
    """Whether a normalised URL is one by its looks; calendars only where the day is given."""
    if _repeats(urlsplit(url).path):
        return True
    if today is None or (shown := calendar_date(url)) is None:
        return False
    return shown > today + AHEAD or shown.year < FIRST_YEAR


def _repeats(path: str) -> bool:
    """Numbers do not count: /2011/11/11/11 is a date."""
    counts = Counter(segment for segment in path.split("/") if segment and not segment.isdigit())
    return any(count >= REPEATED_SEGMENTS for count in counts.values())


def calendar_date(url: str) -> date | None:
    """The day that a calendar page shows, or the first of its month or year; None if it is none."""
    parts = urlsplit(url)
    if parts.query:
        if found := _QUERY_DATE.search(parts.query):
            return _date(*found.groups())
        if found := _QUERY_YEAR.search(parts.query):
            month = _QUERY_MONTH.search(parts.query)
            return _date(found[1], month[1] if month else "1")
    if (found := _PATH_DATE.search(parts.path)) is not None and found[0].strip("/") != found[1]:
        year, *rest = (part for part in found.groups() if part)
        return _date(year, *rest)
    return None


def _date(year: str, month: str, day: str | None = None) -> date | None:
    try:
        return date(int(year), int(month), int(day or 1))
    except ValueError:
        return None


def family(url: str, today: date) -> Family | None:
    """What a URL is one of, if that may have no end; None if it is alone, or the page of one of the last days."""
    shown = calendar_date(url)
    if shown is not None and today - RECENT <= shown:
        return None
    path, mark, _ = url.partition("?")
    if mark:
        return Family(path + "?", path + chr(ord("?") + 1))
    if shown is not None and (found := _PATH_DATE.search(urlsplit(url).path)) is not None:
        before = path[: len(path) - len(found[0])] + "/"
        return Family(f"{before}1", f"{before}3", len(before) + len("2026/12/31/"))
    return None
