"""What a crawl could follow for ever, told from the URL."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.traps import Family, calendar_date, family, is_trap
from archive.urls import normalise

HOST = "https://news.example"
TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/events/2026/04/05", date(2026, 4, 5)), ("/events/2026/4/", date(2026, 4, 1)),
        ("/events/2026-04-05", date(2026, 4, 5)), ("/calendar/20260405", date(2026, 4, 5)),
        ("/cal?date=2026-04-05", date(2026, 4, 5)), ("/cal?x=1&month=2026-04", date(2026, 4, 1)),
        ("/cal?tribe-bar-date=20260405", date(2026, 4, 5)), ("/cal?month=4&year=2026", date(2026, 4, 1)),
        ("/cal?year=2031", date(2031, 1, 1)), ("/cal?start_date=2026-04-05T10:00", date(2026, 4, 5)),
        # What is no calendar.
        ("/2026/04/05/a-story", None), ("/news/2048", None), ("/story-2026-04-05-x", None), ("/2026/13/01", None),
        ("/a?id=20260405", None), ("/a?page=2", None), ("/", None), ("/archive/2026", None),
    ],
)  # fmt: skip
def test_calendar_pages(path: str, shown: date | None) -> None:
    assert calendar_date(HOST + path) == shown


@pytest.mark.parametrize(
    ("path", "trap"),
    [
        ("/events/2026/03/20", False), ("/events/2026/04", False), ("/events/2026/05", True),
        ("/events/2099/01/01", True),
        ("/events/1923/05", False), ("/events/1604/01", True), ("/events/0001/01/01", True), ("/cal?year=2040", True),
        ("/2099/01/01/a-story", False), ("/a/b/a/b/a/b", True), ("/2011/11/11/11", False),
    ],
)  # fmt: skip
def test_traps(path: str, trap: bool) -> None:
    assert is_trap(HOST + path, TODAY) == trap
    assert is_trap(HOST + path) == (trap and "b/a" in path)  # without a day there is no calendar


def test_families() -> None:
    views = family(f"{HOST}/list?view=1", TODAY)
    assert views == family(f"{HOST}/list?sort=x&view=9", TODAY) == Family(f"{HOST}/list?", f"{HOST}/list@")
    assert family(f"{HOST}/list", TODAY) is None
    days = family(f"{HOST}/events/1999/05/06", TODAY)
    assert days == family(f"{HOST}/events/1998/04/", TODAY)
    assert days is not None
    for path in ("/events/1999/05/06", "/events/1998-4", "/events/19980401/"):
        url = HOST + path
        assert days.low <= url < days.high and len(url) <= (days.longest or 0)
    assert not days.low <= f"{HOST}/other/1999/05" < days.high
    for recent in ("/events/2026/03/01", "/events/2026/03/20", "/cal?date=2026-02-20"):
        assert family(HOST + recent, TODAY) is None  # the pages of the last days come every day


@given(st.text(max_size=80))
def test_any_url(text: str) -> None:
    url = normalise(f"{HOST}/{text}")
    if url is not None:
        is_trap(url, TODAY)
        mine = family(url, TODAY)
        assert mine is None or mine.low <= url < mine.high
