"""Zones of the publishers by rule (no time zone database needed) and the notations in which they write dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from crawler.demo.prose import ARABIC_DIGITS, lexicon


@dataclass(frozen=True, slots=True)
class Zone:
    """Offset in minutes east of Greenwich, and summer time by the rule of the EU or of the US."""

    name: str
    minutes: int
    summer_name: str = ""
    rule: str = ""  # eu | us | empty: none

    def local(self, instant: datetime) -> datetime:
        """`instant` (aware) with this zone's offset."""
        minutes = self.minutes + (60 if self._summer(instant) else 0)
        return instant.astimezone(timezone(timedelta(minutes=minutes)))

    def label(self, instant: datetime) -> str:
        """The zone's short name at `instant`: MEZ or MESZ."""
        return self.summer_name if self._summer(instant) else self.name

    def _summer(self, instant: datetime) -> bool:
        year = instant.astimezone(UTC).year
        if self.rule == "eu":  # last Sundays of March and October, 01:00 UTC
            begin, end = _sunday(year, 3, -1), _sunday(year, 10, -1)
            return begin + timedelta(hours=1) <= instant < end + timedelta(hours=1)
        if self.rule == "us":  # second Sunday of March to first Sunday of November, 02:00 by the clock
            shift = timedelta(hours=2, minutes=-self.minutes)
            return _sunday(year, 3, 2) + shift <= instant < _sunday(year, 11, 1) + shift - timedelta(hours=1)
        return False


def _sunday(year: int, month: int, which: int) -> datetime:
    """Midnight UTC of the `which`-th Sunday of a month; -1 is the last."""
    if which > 0:
        first = datetime(year, month, 1, tzinfo=UTC)
        return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (which - 1))
    last = datetime(year, month + 1, 1, tzinfo=UTC) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() + 1) % 7)


LONDON = Zone("GMT", 0, "BST", "eu")
GREENWICH = Zone("GMT", 0)
CENTRAL = Zone("CST", -360, "CDT", "us")
EASTERN = Zone("EST", -300, "EDT", "us")
INDIA = Zone("IST", 330)
ARABIA = Zone("AST", 180)
GERMANY = Zone("MEZ", 60, "MESZ", "eu")
JAPAN = Zone("JST", 540)


def readable(when: datetime, zone: Zone, notation: str) -> str:
    """`when` (with the zone's offset) in a publisher's notation; without a zone where the notation has none."""
    months = lexicon("en").words["months"]
    hour, half = when.hour % 12 or 12, "AM" if when.hour < 12 else "PM"
    label = zone.label(when)
    if notation == "gb":  # 16 March 2026, 15:05 GMT
        return f"{when.day} {months[when.month - 1]} {when.year}, {when:%H:%M} {label}"
    if notation == "us":  # March 16, 2026 at 3:05 pm
        return f"{months[when.month - 1]} {when.day}, {when.year} at {hour}:{when:%M} {half.lower()}"
    if notation == "ap":  # Monday, March 16, 2026, 3:05 p.m. EDT
        days = lexicon("en").words["weekdays"]
        dotted = "a.m." if half == "AM" else "p.m."
        return (
            f"{days[when.weekday()]}, {months[when.month - 1]} {when.day}, {when.year}, "
            f"{hour}:{when:%M} {dotted} {label}"
        )
    if notation == "us-day":  # March 16, 2026
        return f"{months[when.month - 1]} {when.day}, {when.year}"
    if notation == "seed":  # 20 Jan 2024 12:17 PM GMT
        return f"{when.day} {months[when.month - 1][:3]} {when.year} {hour}:{when:%M} {half} {label}"
    if notation == "in":  # 16 Mar 2026, 3:05 PM IST
        return f"{when.day} {months[when.month - 1][:3]} {when.year}, {hour}:{when:%M} {half} {label}"
    if notation == "de":  # 16.03.2026, 15:05 Uhr
        return f"{when:%d.%m.%Y}, {when:%H:%M} Uhr"
    if notation == "ja":  # 2026年3月16日 15時05分（JST）
        return f"{when.year}年{when.month}月{when.day}日 {when.hour}時{when:%M}分（{label}）"
    if notation == "ar":  # ١٦ مارس ٢٠٢٦ - ١٥:٠٥
        month = lexicon("ar").words["months"][when.month - 1]
        return f"{when.day} {month} {when.year} - {when:%H:%M}".translate(ARABIC_DIGITS)
    raise ValueError(f"no such notation: {notation}")
