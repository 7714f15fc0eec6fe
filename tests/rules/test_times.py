"""Formats as expressions, and zones without their database."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from archive.rules import patterns
from archive.rules.times import date_pattern, zone


@pytest.mark.parametrize(
    ("format_", "text", "parts"),
    [
        ("%d/%m/%Y", "on 3/5/2024 at", {"day": "3", "month": "5", "year": "2024"}),
        ("%m/%d/%y", "05/03/24", {"day": "03", "month": "05", "year": "24"}),
        ("%d. %B %Y, %H.%M Uhr", "3.\u00a0Mai 2024, 14.05 uhr", {"month": "Mai", "hour": "14", "minute": "05"}),
        ("%Y%m%d%H%M%S", "id-20240503140559", {"year": "2024", "day": "03", "second": "59"}),
        ("%A, %b %d %Y %I:%M %p %z", "Friday, Sept. 3 2024 2:05 p.m. +02:00", {"half": "p.m.", "zone": "+02:00"}),
        ("%Y年%m月%d日", "公開：2024年5月3日", {"year": "2024", "month": "5", "day": "3"}),
        ("100%% %d %m %Y", "100% 3 5 2024", {"day": "3"}),
    ],
)  # fmt: skip
def test_formats(format_: str, text: str, parts: dict[str, str]) -> None:
    expression = date_pattern(format_)
    patterns.check(expression, patterns.DATE_GROUPS)
    match = re.search(expression, text)
    assert match is not None
    assert match.groupdict().items() >= parts.items()


@pytest.mark.parametrize("text", ["13/5/20245", "113/5/2024", "3/ 5/2024", "3/5/24"])
def test_a_format_takes_no_part_of_a_longer_number(text: str) -> None:
    assert re.search(date_pattern("%d/%m/%Y"), text) is None


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Paris",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Kolkata",
        "Asia/Tehran",
    ],
)
def test_a_zone_is_that_of_the_database_at_every_local_time(name: str) -> None:
    """Also at times that clocks show twice or skip."""
    made, known = zone(name), ZoneInfo(name)
    local = datetime(1995, 1, 1)
    while local < datetime(2045, 1, 1):
        expected = local.replace(tzinfo=known).utcoffset()
        assert timedelta(minutes=made.offset(local)) == expected, local
        local += timedelta(minutes=397)
    for day in (datetime(2024, 3, 31), datetime(2024, 10, 27), datetime(2024, 3, 10), datetime(2024, 11, 3)):
        for minute in range(0, 300, 10):
            local = day + timedelta(minutes=minute)
            assert timedelta(minutes=made.offset(local)) == local.replace(tzinfo=known).utcoffset(), local


@pytest.mark.parametrize(("name", "minutes"), [("+05:30", 330), ("-03:00", -180), ("UTC", 0), ("Z", 0)])
def test_fixed_offsets(name: str, minutes: int) -> None:
    assert zone(name).offset(datetime(2024, 5, 3)) == minutes


@pytest.mark.parametrize("name", ["Paris", "../../etc/passwd", "", "Europe", "+25:00", "a\x00b", "a" * 3000])
def test_what_is_no_zone(name: str) -> None:
    with pytest.raises(ValueError, match=r"is no time zone|is further"):
        zone(name)
