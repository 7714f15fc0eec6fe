"""Alarms of sites that bring hundreds of pages a day, and list many that nobody wants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from archive.store import history, visits
from archive.store.visits import Schedule
from archive.watch import look
from tests.store.followed import archive_of
from tests.store.store_samples import Maker, memory_db, rows

START = datetime(2024, 1, 20, tzinfo=UTC)
DAYS, DAILY = 16, 288
END = START + timedelta(days=DAYS)


@pytest.fixture(autouse=True)
def roomy_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.watch.shutil.disk_usage", lambda _: SimpleNamespace(free=10**12))


@pytest.fixture(scope="module")
def maker() -> Maker:
    """A feed has listed a page every five minutes, each between two advertisements; read until two days later."""
    maker = Maker(memory_db())
    visits.set_schedule(maker.db, maker.site_id, Schedule())
    fetched = text_of(END + timedelta(days=2))
    connection = maker.db.conn
    insert_url = """INSERT INTO url (url_id, url, surt, host, site_id, kind, state, excluded_by, depth, first_seen,
      last_fetch) VALUES (?1, 'https://example.org/' || ?1, ?1, 'example.org', 1, ?2, ?3, ?4, ?5, ?6, ?7)"""
    connection.execute(insert_url, (1, "feed", "done", None, 0, text_of(START), fetched))
    connection.execute(
        "INSERT INTO feed (site_id, url_id, kind, first_seen, last_fetch, entries) VALUES (1, 1, 'rss', ?, ?, 20)",
        (text_of(START), fetched),
    )
    urls, sightings = [], []
    for number in range(DAYS * DAILY):
        at = text_of(START + timedelta(days=number / DAILY))
        url_id = 3 * number + 3
        urls += [(url_id + n, "page", "excluded", "scope", 1, at, None) for n in (-1, 1)]
        urls.append((url_id, "page", "done", None, 1, at, at))
        sightings.append((url_id, at))
    connection.execute("BEGIN")
    connection.executemany(insert_url, urls)
    connection.executemany(
        """INSERT INTO sighting (url_id, feed_id, seen_at, last_seen, position, claimed_published)
           VALUES (?1, 1, ?2, ?2, 1, ?2)""",
        sightings,
    )
    connection.execute("COMMIT")
    return maker


def text_of(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_what_is_learnt_from_reaches_back_two_weeks(maker: Maker) -> None:
    recent = history.recent(maker.db, 1, END)
    found = rows(maker.db, "SELECT min(first_seen), count(*) FROM url WHERE excluded_by IS NULL AND depth = 1")
    assert found == [(text_of(START), DAYS * DAILY)]
    pages = history.urls(maker.db, recent)
    assert {page.excluded_by for page in pages} == {None}
    assert pages[0].first_seen == text_of(END - timedelta(days=14)) and len(pages) == 14 * DAILY
    assert [page.url_id for page in pages] == recent == sorted(recent)


def test_a_busy_site_that_stops_is_missed(maker: Maker) -> None:
    (alarm,) = [alarm for alarm in look(archive_of(maker.db), END + timedelta(days=2)) if alarm.site == "example"]
    assert alarm.name == "no-new-articles"
