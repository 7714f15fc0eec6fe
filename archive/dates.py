"""Dates as pages state them, read without inventing anything: no zone, no midnight, no year that is not there.

`parse_date` reads ISO 8601, RFC 2822, epoch seconds and dates written for readers in many languages; what its
own tables do not know goes to dateparser. `to_utc` gives the instant in UTC and keeps the offset beside it.

Order of day and month in `03/04/2026`: as the caller knows it (`day_order` of the page's other dates); else day
first, as most of the world writes, unless the first language given is of a country that does otherwise (en-US and
its like). A number above 12 decides by itself, and so does a reading that lies in the future. Years of two digits
are of this century.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from archive.date_names import MONTHS, MONTHS_HR, US_ZONES, ZONES
from archive.date_order import LATEST_ZONE, NUMERIC, day_of, day_order, is_ambiguous, read_numbers, usual_order

__all__ = ["ParsedDate", "day_order", "is_ambiguous", "parse_date", "to_utc"]

MAX_LENGTH = 200  # characters; no date is longer, and every expression below is bounded by it
EARLIEST = 1990  # the web's own first year; older stamps are defaults of a clock or a database


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """`value`: RFC 3339 with the offset that is stated, without one where none is, YYYY-MM-DD for a day, YYYY-MM for
    a month. `raw`: the part of the text that says so. `precision`: month, day, minute or second, as it is stated:
    `10:30` is a minute, `10:30:00` a second (an hour alone, `3 pm`, counts as its minute)."""

    value: str
    raw: str
    precision: str


_FORMAT = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_SPACES = re.compile(r"\s")
_WORD = re.compile(r"[^\s\d,;:|()/·•–—\-\[\]'\"<>@]+")
_ARABIC_PAIRS = re.compile(r"(?:كانون|تشرين) (?:الثاني|الأول)")


def _plain(raw: str) -> str:
    """The same number of characters, with ASCII digits, blanks for any white space and no full-width forms."""
    out = []
    for c in raw:
        if c.isascii():
            out.append(" " if c.isspace() else c)
        elif c.isdecimal():
            out.append(str(unicodedata.decimal(c)))
        elif c.isspace() or _FORMAT.match(c):
            out.append(" ")
        else:
            n = unicodedata.normalize("NFKC", c)
            out.append(n if len(n) == 1 else c)
    return "".join(out)


_ISO = re.compile(
    r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})"
    r"(?:[T ,_]\s{0,3}(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,12})?)?\s{0,2}([^\[]{0,40})(?:\[[\w/+-]{1,40}\])?)?",
    re.I,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{2}:?\d{2})?)?")
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d{1,9})?")
_ZONE = re.compile(
    r"\s{0,2}(?i:uhr|hrs?\b|hs\b|o'clock)?\.?\s{0,2}[,(\[|-]?\s{0,2}"
    r"(?:(?:GMT|UTC|UT)?\s?([+−-])\s?(\d{1,2})(?::?(\d{2}))?(?!\d)|([A-ZА-Я]{1,5})(?![A-Za-zА-я]))"
)
_SECONDS = re.compile(r"\d[:：]\d\d[:.]\d\d(?!\d)|\d{14}|\dT\d{6}|\d{10,13}(?:\.\d{1,9})?")
_ISO_MONTH = re.compile(r"((?:19|20)\d\d)[-/.](\d{1,2})")
_MONTH_YEAR = re.compile(r"\x01(\d\d)\x02*\.?,?\s{0,2}(?:(?:de|del|of)\s)?((?:19|20)\d\d)(?![\d:])")
_CJK_MONTH = re.compile(r"((?:19|20)\d\d)\s{0,2}[年년]\s{0,2}(\d{1,2})\s{0,2}[月월]")
_WORD_ZONE = re.compile(r"\s{0,2}\(?(eastern|central|mountain|pacific)(?: (standard|daylight))? time", re.I)
_CJK = re.compile(r"(\d{4})\s{0,2}[年년]\s{0,2}(\d{1,2})\s{0,2}[月월]\s{0,2}(\d{1,2})\s{0,2}[日일号號]?")
_VIETNAMESE = re.compile(r"(\d{1,2})\s{0,2}tháng\s{0,2}(\d{1,2}),?\s{0,2}(?:năm\s{0,2})?(\d{4})", re.I)
_OF = r"(?:\s{0,2}(?:de|del|of|den|di|d'|do|dne|ngày|το)\s)?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th|º|ª|°|er|\.|:e|-a|-e|-го|ου)?(?!\d)"
_DMY = re.compile(
    rf"(?<!\d){_DAY},?\s{{0,2}}[-/]?{_OF}\s{{0,2}}\x01(\d\d)\x02*\.?,?[-/]?{_OF}\s{{0,2}}(\d{{4}})(?!\d)"
)
_MDY = re.compile(rf"\x01(\d\d)\x02*\.?\s{{0,2}}[-/]?{_DAY}[,-/]?{_OF}\s{{1,3}}(\d{{4}})(?!\d)")
_YMD = re.compile(rf"(?<!\d)(\d{{4}})\.?,?\s?(?:m\.)?\s?[-/]?\s?\x01(\d\d)\x02*\.?\s?[-/]?\s?{_DAY}")
_TIME = re.compile(
    r"(?<![\d.:/+-])(午前|午後|上午|下午|오전|오후|[ap]m)?\s{0,2}"
    r"(\d{1,2})(?:\s?[:.：]\s?|\s?h(?:oras?)?\s?|\s?u\s?|[時时点點]|시\s?)(\d{2})(?:\s?[分분]|\s?min)?"
    r"(?:[:.](\d{2})(?:[.,]\d{1,9})?)?(?!\d)\s{0,2}([ap]\.?\s?m\b\.?|[πμ]\.\s?μ\.|ص\b|م\b|πμ|μμ)?",
    re.I,
)
_HOUR = re.compile(
    r"(?<![\d.:/+-])(午前|午後|上午|下午|오전|오후)?\s?(\d{1,2})\s?(a\.?m\b\.?|p\.?m\b\.?|uhr\b|[時时点點]|시)",
    re.I,
)
_AFTERNOON = ("午後", "下午", "오후", "p", "μ", "م")
_MORNING = ("午前", "上午", "오전", "a", "π", "ص")


def _offset(minutes: int) -> str:
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _us_daylight(day: date) -> bool:
    """Second Sunday of March to first Sunday of November: the rule of the United States since 2007."""
    begin = date(day.year, 3, 14) - timedelta(days=date(day.year, 3, 14).isoweekday() % 7)
    end = date(day.year, 11, 7) - timedelta(days=date(day.year, 11, 7).isoweekday() % 7)
    return begin <= day < end


def _zone(text: str, day: date, languages: Sequence[str]) -> tuple[int, int] | None:
    """Minutes east of UTC and where the zone ends, if one stands at the beginning of `text`."""
    if word := _WORD_ZONE.match(text):
        base = US_ZONES[word[1][0].upper() + "T"]
        daylight = word[2].lower() == "daylight" if word[2] else _us_daylight(day)
        return base + 60 * daylight, word.end()
    match = _ZONE.match(text)
    if not match:
        return None
    if match[1]:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        if minutes > 14 * 60 or int(match[3] or 0) > 59:
            return None
        return (minutes if match[1] == "+" else -minutes), match.end()
    name = match[4]
    if name in US_ZONES:
        return US_ZONES[name] + 60 * _us_daylight(day), match.end()
    if name == "IST":
        tags = {tag.lower() for tag in languages}
        if tags & {"he", "he-il", "ar-il", "en-il", "iw"}:
            return 120, match.end()
        if tags & {"en-ie", "ga", "ga-ie"}:
            return 60, match.end()
    return (ZONES[name], match.end()) if name in ZONES else None


def _iso(text: str, languages: Sequence[str]) -> str | None:
    """The value of a text that is nothing but an ISO 8601 date, its near kin, or epoch seconds."""
    match = _ISO.fullmatch(text)
    if match:
        day = day_of(match[1], match[3], match[4])
        if day is None or match[5] is None:
            return day.isoformat() if day else None
        return _with_time(day, match[5], match[6], match[7] or "0", match[8].strip(), languages)
    match = _EPOCH.fullmatch(text)
    if match:
        return datetime.fromtimestamp(int(match[1]), UTC).isoformat()
    match = _COMPACT.fullmatch(text)
    if match:
        day = day_of(match[1], match[2], match[3])
        if day is None or match[4] is None:
            return day.isoformat() if day else None
        return _with_time(day, match[4], match[5], match[6] or "0", match[7] or "", languages)
    return None


def _with_time(day: date, hour: str, minute: str, second: str, rest: str, languages: Sequence[str]) -> str | None:
    h, m, s = int(hour), int(minute), int(second)
    if s == 60:  # a leap second has no place in most calendars' arithmetic
        s = 59
    half = re.match(r"([ap])\.?m\b\.?", rest, re.I)
    if half and 1 <= h <= 12:
        h = h % 12 + 12 * (half[1].lower() == "p")
        rest = rest[half.end() :]
    if h > 23 or m > 59 or s > 59:
        return day.isoformat()
    stated = f"{day.isoformat()}T{h:02d}:{m:02d}:{s:02d}"
    zone = _zone(rest.strip(), day, languages) or (
        _zone(rest.strip().upper(), day, languages) if len(rest) < 2 else None
    )
    return stated + (_offset(zone[0]) if zone else "")


def _mark_months(text: str, languages: Sequence[str]) -> str:
    """Names of months replaced by a mark and their number, padded so that no position moves."""
    table = MONTHS_HR if any(tag.lower().startswith("hr") for tag in languages) else MONTHS

    def mark(match: re.Match[str]) -> str:
        word = match[0]
        number = table.get(word.rstrip(".").casefold())
        if number is None or len(word) < 3:  # the mark itself takes three characters: positions must not move
            return word
        return f"\x01{number:02d}".ljust(len(word), "\x02")

    text = _ARABIC_PAIRS.sub(lambda m: f"\x01{MONTHS[m[0].casefold()]:02d}".ljust(len(m[0]), "\x02"), text)
    return _WORD.sub(mark, text)


def month_number(name: str, languages: Sequence[str] = ()) -> int | None:
    """1 to 12 of a month's name or its short form in any language; None if it is none."""
    table = MONTHS_HR if any(tag.lower().startswith("hr") for tag in languages) else MONTHS
    return table.get(name.rstrip(".").casefold())


def _find_day(text: str, marked: str, order: str, latest: datetime | None) -> tuple[date, int, int, str] | None:
    """The day stated in a text, its begin and end, and the text with it blanked out (for the time)."""
    for expression, places in ((_CJK, "ymd"), (_VIETNAMESE, "dmy"), (_DMY, "dmy"), (_MDY, "mdy"), (_YMD, "ymd")):
        match = expression.search(marked)
        if match:
            found = day_of(*(match[places.index(x) + 1] for x in "ymd"))
            if found:
                blanked = marked[: match.start()] + " " * (match.end() - match.start()) + marked[match.end() :]
                return found, match.start(), match.end(), blanked
    for match in NUMERIC.finditer(text):
        if found := read_numbers(match, order, latest):
            blanked = text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]
            return found, match.start(), match.end(), blanked
    return None


def _find_time(text: str, after: int) -> tuple[str, int, int] | None:
    """HH:MM:SS stated in a text, its begin and end; what follows the day goes before what precedes it."""
    matches = list(_TIME.finditer(text)) or list(_HOUR.finditer(text))
    matches.sort(key=lambda m: m.start() < after)
    for match in matches:
        groups = match.groups()
        before, hour = groups[0], int(groups[1])
        minute, second, behind = (groups[2], groups[3], groups[4]) if len(groups) == 5 else ("0", None, groups[2])
        half = (before or behind or "").lower()
        if half.startswith(_AFTERNOON) and 1 <= hour <= 12:
            hour = hour % 12 + 12
        elif half.startswith(_MORNING) and hour <= 12:
            hour %= 12
        if hour < 24 and int(minute) < 60 and int(second or 0) < 60:
            return f"{hour:02d}:{int(minute):02d}:{int(second or 0):02d}", match.start(), match.end()
    return None


def _written(
    text: str, languages: Sequence[str], order: str | None, latest: datetime | None
) -> tuple[str, int, int] | None:
    """A date as people write it: its value, begin and end."""
    marked = _mark_months(text, languages)
    found = _find_day(text, marked, order or usual_order(languages[0] if languages else ""), latest)
    if found is None:
        return None
    day, begin, end, rest = found
    time = _find_time(rest, end)
    if time is None:
        return day.isoformat(), begin, end
    clock, time_begin, time_end = time
    value = f"{day.isoformat()}T{clock}"
    begin, end = min(begin, time_begin), max(end, time_end)
    zone = _zone(text[time_end:], day, languages)
    if zone:
        value, end = value + _offset(zone[0]), max(end, time_end + zone[1])
    return value, begin, end


def _month(text: str, languages: Sequence[str]) -> tuple[str, int, int] | None:
    """A month and a year, where no day is stated."""
    match = _ISO_MONTH.fullmatch(text) or _CJK_MONTH.search(text)
    if match:
        year, month = match[1], int(match[2])
    elif match := _MONTH_YEAR.search(_mark_months(text, languages)):
        year, month = match[2], int(match[1])
    return (f"{year}-{month:02d}", match.start(), match.end()) if match and 1 <= month <= 12 else None


def _elsewhere(text: str, languages: Sequence[str], latest: datetime | None) -> str | None:
    """dateparser, for languages that the tables above do not know; never a relative or partial date."""
    if not (re.search(r"(?:19|20)\d\d", text) and len(text) <= 60 and re.search(r"[^\W\d_]{3}", text)):
        return None
    import dateparser  # slow to import: only where nothing else reads the text

    names = [tag.split("-")[0].lower() for tag in languages] or None
    settings = {"STRICT_PARSING": True, "PARSERS": ["absolute-time"], "DATE_ORDER": "DMY"}
    try:
        found = dateparser.parse(
            text, languages=names, settings={**settings, "RELATIVE_BASE": latest or datetime(2000, 1, 1)}
        )
    except Exception:  # it knows many ways to fail, and a page may know one more
        return None
    if found is None:
        return None
    time = _find_time(text, 0)
    if time is None:
        return found.date().isoformat()
    zone = _zone(text[time[2] :], found.date(), languages)
    return f"{found.date().isoformat()}T{time[0]}" + (_offset(zone[0]) if zone else "")


def parse_date(
    raw: str,
    *,
    languages: Sequence[str] = (),
    latest: datetime | None,
    thorough: bool = True,
    order: str | None = None,
    months: bool = False,
) -> ParsedDate | None:
    """The first date that `raw` states, or None.

    `languages`: BCP 47 tags of the page, the likeliest first; they decide the order of day and month, the
    meaning of IST and the names dateparser may try. `latest`: the moment of capture; a date after it is none
    (a local time without a zone may be ahead of it by the 14 hours that the earliest zone is ahead of UTC).
    `thorough`: ask dateparser (milliseconds) about what the tables do not know. `order`: "dmy" or "mdy" where it
    is known. `months`: take a month and year (`November 2015`) where no day is stated.
    """
    if not isinstance(raw, str) or not 6 <= len(raw) <= MAX_LENGTH:
        return None
    stripped = raw.strip()
    text = _plain(stripped)
    value = _iso(text, languages)
    said = stripped
    if value is None:
        written = _written(text, languages, order, latest)
        if written is None and months:
            written = _month(text, languages)
        if written:
            value, begin, end = written
            end += stripped[end : end + 1] in (")", "）", "]") and stripped[begin:end].count(stripped[end]) == 0
            said = " ".join(stripped[begin:end].split()).strip(" ,;|-")
        else:
            value = _elsewhere(text, languages, latest) if thorough else None
    return ParsedDate(value, said, _precision(value, said)) if value and _plausible(value, latest) else None


def _precision(value: str, said: str) -> str:
    if len(value) <= 10:
        return "day" if len(value) == 10 else "month"
    return "second" if value[17:19] != "00" or _SECONDS.search(_plain(said)) else "minute"


def _plausible(value: str, latest: datetime | None) -> bool:
    if int(value[:4]) < EARLIEST:
        return False
    if latest is None:
        return True
    limit = latest if latest.tzinfo else latest.replace(tzinfo=UTC)
    if len(value) == 7:
        return value <= (limit + LATEST_ZONE).isoformat()[:7]
    try:
        stated = datetime.fromisoformat(value)
        if stated.tzinfo:
            return stated <= limit
        return stated.replace(tzinfo=timezone(LATEST_ZONE)) <= limit
    except (ValueError, OverflowError):
        return False


def to_utc(value: str) -> tuple[str, str | None]:
    """RFC 3339 in UTC (`...Z`) and the offset that was stated (`+05:30`); a value without
    a zone, a day and a month as they are."""
    try:
        stated = datetime.fromisoformat(value)
        if stated.tzinfo is None or len(value) <= 10:
            return value, None
        utc = stated.astimezone(UTC)
    except (ValueError, OverflowError):
        return value, None
    offset = stated.utcoffset() or timedelta()
    return utc.isoformat().replace("+00:00", "Z"), _offset(int(offset.total_seconds() // 60))
