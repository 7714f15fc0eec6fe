"""Dates as a rule describes them: a format like that of strftime as an expression, and zones without their database."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from archive.rules.model import Zone

MAX_FORMAT = 100  # characters
FIRST_YEAR, LAST_YEAR = 1990, 2060  # of a zone's table; later times have its last offset
_WORD = r"[^\W\d_]{1,20}\.?"
_NUMBERS = {  # directive: group, digits at least and at most
    "Y": ("year", 4, 4),
    "y": ("year", 2, 2),
    "m": ("month", 1, 2),
    "d": ("day", 1, 2),
    "H": ("hour", 1, 2),
    "I": ("hour", 1, 2),
    "M": ("minute", 2, 2),
    "S": ("second", 2, 2),
}
_OTHERS = {
    "B": ("month", _WORD),
    "b": ("month", _WORD),
    "p": ("half", r"[AaPp]\.?\s?[Mm]\b\.?"),
    "z": ("zone", r"Z|[+-]\d\d:?\d\d"),
    "A": ("", _WORD),
    "a": ("", _WORD),
    "%": ("", "%"),
}
_PIECE = re.compile(r"%(.?)|(\s+)|([^%\s]+)", re.S)
_NEEDED = (("%Y or %y", "year"), ("%m, %b or %B", "month"), ("%d", "day"))
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)|Z|UTC")


def date_pattern(format_: str) -> str:
    """`%d. %B %Y, %H.%M` -> an expression with the groups year, month, day, hour, minute, second, half, zone.

    Names of months in any language; a blank stands for any white space; it may stand anywhere in a text.

    :raises ValueError: what is wrong with it and what to do.
    """
    if len(format_) > MAX_FORMAT:
        raise ValueError(f"has more than {MAX_FORMAT} characters")
    pieces = list(_PIECE.finditer(format_.strip()))
    numbers = [False, *(piece[1] in _NUMBERS for piece in pieces), False]
    out, seen = ["(?i)"], list[str]()
    for i, (letter, blank, literal) in enumerate(piece.groups() for piece in pieces):
        if letter is None:
            out.append(r"\s{1,5}" if blank else re.escape(literal))
            continue
        name, part = _part(letter, numbers[i], numbers[i + 2])
        if name in seen:
            raise ValueError(f"names the {name} twice")
        seen += [name] if name else []
        out.append(part)
    for words, name in _NEEDED:
        if name not in seen:
            raise ValueError(f"has no {name}: {words}")
    return "".join(out)


def _part(letter: str, after_number: bool, before_number: bool) -> tuple[str, str]:
    """The group's name, if it is one, and the expression of one directive; numbers that touch have all digits."""
    if letter in _NUMBERS:
        name, least, most = _NUMBERS[letter]
        least = most if after_number or before_number else least
        begin, end = "" if after_number else r"(?<!\d)", "" if before_number else r"(?!\d)"
        return name, rf"{begin}(?P<{name}>\d{{{least},{most}}}){end}"
    if letter not in _OTHERS:
        known = " ".join(f"%{x}" for x in (*_NUMBERS, *_OTHERS))
        raise ValueError(f"has %{letter}; known: {known}{'; for %Z set timezone' if letter == 'Z' else ''}")
    name, part = _OTHERS[letter]
    return name, f"(?P<{name}>{part})" if name else part


@cache
def zone(name: str) -> Zone:
    """A zone of the IANA database by its name, or a fixed offset: "Europe/Paris", "+01:00".

    :raises ValueError: there is none of that name.
    """
    if match := _OFFSET.fullmatch(name):
        minutes = int(match[2] or 0) * 60 + int(match[3] or 0)
        if minutes > 14 * 60 or int(match[3] or 0) > 59:
            raise ValueError("is further from UTC than any place")
        return Zone(name, (-minutes if match[1] == "-" else minutes,))
    try:
        known = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as e:
        raise ValueError('is no time zone; write one like "Europe/Paris", or an offset: "+01:00"') from e
    return _table(name, known)


def _table(name: str, known: ZoneInfo) -> Zone:
    """The changes of a zone's offset, each searched for between two days that differ."""
    at = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    end = datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
    offset = _minutes(known, at)
    offsets, begins = [offset], []
    while at < end:
        day, at = at, at + timedelta(days=1)
        if (new := _minutes(known, at)) != offset:
            change = _change(known, day, at)
            # On local clocks the new offset begins where no earlier offset means the same time.
            local = change + timedelta(minutes=max(offset, new))
            begins.append(int(local.timestamp()) // 60)
            offsets.append(new)
            offset = new
    return Zone(name, tuple(offsets), tuple(begins))


def _change(known: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The minute between two instants at which the offset changes."""
    before = _minutes(known, low)
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
        low, high = (middle, high) if _minutes(known, middle) == before else (low, middle)
    return high


def _minutes(known: ZoneInfo, at: datetime) -> int:
    return (at.astimezone(known).utcoffset() or timedelta()) // timedelta(minutes=1)
