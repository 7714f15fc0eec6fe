"""How many of a family of URLs are followed: the count is right, and of dates it does not look at the whole site."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.model import Found, PageKind
from archive.store import urls
from archive.store.transaction import transaction
from archive.store.urls import insert_founds
from archive.traps import family
from tests.store.store_samples import START, Maker, memory_db, one

HOST = "https://example.org/"
MONTHS = [f"{HOST}{year}/{month:02}/" for year in range(2010, 2020) for month in range(1, 13)]


@pytest.fixture
def maker() -> Maker:
    return Maker(memory_db())


def enter(maker: Maker, *found: str, most: int | None = None) -> None:
    with transaction(maker.db) as connection:
        founds = [Found(url, PageKind.PAGE, depth=1) for url in found]
        insert_founds(connection, maker.site_id, founds, found_on=None, now=START, max_variants=most)


def trapped(maker: Maker) -> int:
    return int(one(maker.db, "SELECT count(*) FROM url WHERE excluded_by = 'trap'"))


def test_pages_of_months_are_counted_and_nothing_else(maker: Maker) -> None:
    enter(
        maker,
        *(f"{HOST}{name}" for name in ("about", "sport", "2019", "3/1", "2019/03/bridge", "2019/03/04/ferry")),
    )
    enter(maker, *MONTHS[:9])
    enter(maker, *MONTHS[9:20], most=12)
    assert trapped(maker) == 20 - (12 - 1)  # "/2019" is taken for one of them


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("0123456789-/a.z", max_size=14), max_size=40))
def test_steps_come_to_the_same_as_looking_at_each(names: list[str]) -> None:
    maker = Maker(memory_db())
    enter(maker, *(f"{HOST}{name}" for name in names), *(f"{HOST}2{name}" for name in names))
    mine = family(f"{HOST}2019/03/", date(2026, 3, 2))
    assert mine is not None
    with transaction(maker.db) as connection:
        facts = {"low": mine.low, "high": mine.high, "longest": mine.longest}
        by_steps, _ = connection.execute(urls._DATES, facts).fetchone()
        by_each, _ = connection.execute(urls._EACH_DATE, facts).fetchone()
    assert by_steps == by_each


def test_of_a_large_site_only_a_little_is_looked_at(maker: Maker) -> None:
    months = range(120)
    enter(
        maker, *(f"{MONTHS[n % 120]}{'abc'[n % 3]}-story-{n}" for n in range(20_000)), *(MONTHS[n] for n in months)
    )
    calls = 0

    def count() -> int:
        nonlocal calls
        calls += 1
        return 0

    maker.db.conn.set_progress_handler(count, 100)  # called every 100 instructions of SQLite's virtual machine
    enter(maker, f"{HOST}2020/01/", most=120)
    maker.db.conn.set_progress_handler(None, 0)
    assert trapped(maker) == 1
    assert calls < 500


def test_where_steps_are_too_many_each_is_looked_at(maker: Maker) -> None:
    enter(maker, *(f"{HOST}1{n:06}-story" for n in range(urls._STEPS + 1)), *MONTHS[:12])
    enter(maker, MONTHS[12], most=12)
    assert trapped(maker) == 1
