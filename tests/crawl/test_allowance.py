"""What may be fetched of a site: hours of the day, pages a day, pages in a crawl."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.allowance import Allowance, Window
from crawler.config import Site


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("window", "time", "is_open"),
    [
        ("22:00-06:00", "2026-03-02T21:59", False), ("22:00-06:00", "2026-03-02T22:00", True),
        ("22:00-06:00", "2026-03-03T00:00", True), ("22:00-06:00", "2026-03-03T05:59", True),
        ("22:00-06:00", "2026-03-03T06:00", False),
        ("9:30-17:00", "2026-03-02T09:29", False), ("9:30 - 17:00", "2026-03-02T09:30", True),
        ("9:30–17:00", "2026-03-02T17:00", False),
        ("18:00-24:00", "2026-03-02T23:59", True),
        ("18:00-24:00", "2026-03-02T00:00", False),
        # Berlin is an hour ahead of UTC in winter, two in summer.
        ("22:00-06:00 Europe/Berlin", "2026-01-10T20:59", False),
        ("22:00-06:00 Europe/Berlin", "2026-01-10T21:00", True),
        ("22:00-06:00 Europe/Berlin", "2026-07-10T20:00", True),
        ("22:00-06:00 Europe/Berlin", "2026-07-11T04:00", False),
        ("01:00-02:00 Asia/Kolkata", "2026-07-10T19:30", True),
    ],
)  # fmt: skip
def test_windows(window: str, time: str, is_open: bool) -> None:
    assert Window.parse(window).is_open(at(time)) == is_open


@pytest.mark.parametrize(
    "text", ["", "night", "22-6", "25:00-06:00", "22:60-06:00", "22:00-06:00 Mars/Olympus", "22:00-22:00",
             "00:00-24:00", "24:30-01:00", "22:00-06:00 ../etc", "22:00-06:00 Europe"],
)  # fmt: skip
def test_what_is_no_window(text: str) -> None:
    with pytest.raises(ValueError):
        Window.parse(text)


def allowance(site: Site, before: int = 0) -> Allowance:
    return Allowance({1: site}, lambda _, now: before if now.day == 2 else 0)


def test_pages_of_a_day_hold_over_crawls_and_end_with_it() -> None:
    now = at("2026-03-02T23:50")
    held = allowance(Site("a", "https://a.example/", max_pages_a_day=5), before=3)
    for _ in range(2):
        assert held.holds(1, now)
        held.handed_out(1, now)
    assert not held.holds(1, now)
    assert held.ended == {1: "max_pages_a_day (5) is reached"}
    tomorrow = now + timedelta(minutes=15)
    assert held.holds(1, tomorrow)
    assert held.ended == {}
    for _ in range(5):
        held.handed_out(1, tomorrow)
    assert not held.holds(1, tomorrow)


def test_outside_the_window_nothing_is_handed_out() -> None:
    held = allowance(Site("a", "https://a.example/", window="22:00-06:00"))
    assert held.holds(1, at("2026-03-02T22:30"))
    assert not held.holds(1, at("2026-03-02T12:00"))
    assert held.ended == {1: "outside its window (22:00-06:00)"}


def test_pages_of_a_crawl() -> None:
    held, now = allowance(Site("a", "https://a.example/", max_pages=1)), datetime.now(UTC)
    assert held.holds(1, now)
    held.handed_out(1, now)
    assert not held.holds(1, now)
    assert held.ended == {1: "max_pages"}
