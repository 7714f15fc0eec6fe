"""Dates in numbers alone, and which of two numbers is the day; see `archive.dates` for what they are used for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

MONTH_FIRST = frozenset({"en-us", "en-ph", "es-us", "en-pr", "en-gu", "en-bz", "en-fm"})
LATEST_ZONE = timedelta(hours=14)  # how far ahead of UTC a local time can be
NUMERIC = re.compile(r"(?<![\d.])(\d{1,4})\s?([./\-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d)")


def day_of(year: str | int, month: str | int, day: str | int) -> date | None:
    """The day of a year of two or four digits, or of the Thai solar calendar; None if there is no such day."""
    number = int(year)
    if 2400 < number < 2700:
        number -= 543
    elif len(str(year)) == 2:
        number += 2000
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None


def usual_order(language: str) -> str:
    """The order of a language or country (BCP 47): "dmy", or "mdy/", month first between slashes only."""
    return "mdy/" if language.lower() in MONTH_FIRST else "dmy"


def read_numbers(match: re.Match[str], order: str, latest: datetime | None) -> date | None:
    """The day of a match of `NUMERIC`. `order`: "dmy", "mdy" or one of `usual_order`; what cannot be read so, or
    would lie in the future, is read the other way."""
    a, sign, b, c = match.groups()
    if len(a) == 4 and len(c) <= 2:
        return day_of(a, b, c)
    if len(a) > 2 or (len(c) == 2 and sign == "-"):
        return None
    month_first = order == "mdy" or (order == "mdy/" and sign == "/")
    first, second = day_of(c, b, a), day_of(c, a, b) if sign == "/" or month_first else None
    if month_first:
        first, second = second, first
    if first and second and latest and first > (latest + LATEST_ZONE).date():
        return second
    return first or second


def day_order(texts: Iterable[str]) -> str | None:
    """ "mdy" or "dmy" if dates like `03/25/2026` in these texts leave no doubt of it; None if they do, or differ."""
    found = set()
    for text in texts:
        for a, _, b, c in NUMERIC.findall(text):
            if len(a) <= 2 and len(c) == 4 and max(int(a), int(b)) <= 31:
                if int(a) <= 12 < int(b):
                    found.add("mdy")
                elif int(b) <= 12 < int(a):
                    found.add("dmy")
    return found.pop() if len(found) == 1 else None


def is_ambiguous(raw: str) -> bool:
    """Whether a text begins with a date in numbers whose day and month could be exchanged."""
    match = NUMERIC.match(raw.strip())
    if match is None or len(match[1]) > 2:
        return False
    return int(match[1]) != int(match[3]) and max(int(match[1]), int(match[3])) <= 12
