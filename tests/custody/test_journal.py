"""Events of the journal: on disk before the database hears of them, and found again after a kill."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import crawls, events, journal, store
from archive.crawls import Plan, PlannedSite
from archive.journal import DISMISSED, FORGIVEN, Event, Journal
from archive.model import Found, PageKind
from archive.recover import recover_archive
from archive.scope import Scope
from archive.store import Archive
from archive.store.text import stamp
from archive.store.transaction import transaction
from archive.warc.reader import iter_records
from archive.warc.writer import WarcWriter

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
SITE = PlannedSite(
    "gazette", "The Gazette", "https://gazette.example/", Scope(("gazette.example", "cdn.example"), exclude=("/x",)),
    feeds=("https://gazette.example/feed",), guesses=(Found("https://gazette.example/rss", PageKind.FEED, 39),),
)  # fmt: skip
PLAN = Plan("5b0e7c5a-0000-4000-8000-000000000001", AT, "test/1", "broadsheet/test", (SITE,))


@pytest.fixture
def archive(tmp_path: Path) -> Any:
    store.create(tmp_path / "news")
    with store.open_archive(tmp_path / "news", write=True) as opened:
        yield opened


def recorded(archive: Archive) -> list[Event]:
    paths = sorted(archive.warc_folder.iterdir())
    return [event for path in paths for record in iter_records(path) if (event := journal.event_of(record))]


@given(name=st.from_regex(r"[a-z][a-z-]{0,20}", fullmatch=True), facts=st.dictionaries(st.text(), JSON))
def test_an_event_is_read_as_it_was_written(tmp_path_factory: Any, name: str, facts: dict[str, Any]) -> None:
    folder = tmp_path_factory.mktemp("events")
    writer = WarcWriter(folder, info=journal.FORMAT, host="test.example")
    writer.open_file()
    event = Event(name, AT, facts)
    writer.append(journal.event_group(event, writer.warcinfo_id))
    writer.seal()
    (path,) = folder.iterdir()
    assert [journal.event_of(record) for record in iter_records(path)] == [None, event]


def test_a_plan_is_read_as_it_was_written() -> None:
    assert crawls.plan_of(PLAN.event()) == PLAN


@pytest.mark.parametrize("facts", [{}, {"sites": 1}, {"sites": [{"name": "x"}], "uuid": "u"}])
def test_what_is_no_plan_says_nothing(archive: Archive, facts: dict[str, Any]) -> None:
    event = Event(crawls.BEGAN, AT, facts)
    with pytest.raises(ValueError, match="no plan"):
        crawls.plan_of(event)
    assert events.apply(archive, event) is False
    assert events.apply(archive, Event("unheard-of", AT, {})) is False
    assert events.apply(archive, Event(DISMISSED, AT, {"urls": 3})) is False


def test_an_event_is_on_disk_and_its_file_sealed(archive: Archive) -> None:
    event = Event(FORGIVEN, AT, {"host": "gazette.example", "reason": "robots"})
    assert journal.enter(archive, event, lambda: "done") == "done"
    assert recorded(archive) == [event]
    (file,) = store.warc_files(archive.db)
    assert (
        file.sealed_at
        and file.sha256
        and file.committed_bytes == (archive.warc_folder / file.filename).stat().st_size
    )


def test_work_that_has_nothing_to_tell_writes_nothing(archive: Archive) -> None:
    with Journal(archive) as opened:
        assert opened.record(lambda: ((), "done")) == "done"
    assert list(archive.warc_folder.iterdir()) == [] and store.warc_files(archive.db) == []


def test_a_file_that_is_full_is_followed_by_another(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WarcWriter, "rotate_due", lambda writer: True)
    told = [
        Event(FORGIVEN, AT, {"host": "gazette.example", "reason": reason}) for reason in ("one", "two", "three")
    ]
    with Journal(archive) as opened:
        assert opened.record(lambda: (told[:2], 2)) == 2
        opened.enter(told[2], lambda: None)
    assert recorded(archive) == told
    assert [bool(file.sealed_at) for file in store.warc_files(archive.db)] == [True, True]


def test_what_cannot_be_done_is_not_written(archive: Archive) -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        journal.enter(archive, Event(FORGIVEN, AT, {}), fail)
    assert list(archive.warc_folder.iterdir()) == []
    assert store.warc_files(archive.db) == []


def test_an_event_of_which_the_database_never_heard_is_done_in_the_recovery(archive: Archive) -> None:
    begun = crawls.begin(archive, PLAN)
    store.add_urls(
        archive.db, begun.site_ids["gazette"],
        [Found("https://gazette.example/secret", PageKind.PAGE, excluded_by="robots")], found_on=None, now=AT,
    )  # fmt: skip
    with transaction(archive.db) as connection:
        connection.execute(
            "INSERT INTO robots (origin, fetched_at, status) VALUES ('https://gazette.example', ?, 'allow-all')",
            (stamp(AT),),
        )
    writer = WarcWriter(archive.warc_folder, info=journal.FORMAT, host="test.example")
    writer.open_file()
    store.add_warc_file(archive.db, writer.filename, warcinfo_id=writer.warcinfo_id, opened_at=writer.opened_at)
    known = [PLAN.event(), Event(FORGIVEN, AT, {"host": "gazette.example", "reason": "robots"})]
    for event in known:
        writer.append(journal.event_group(event, writer.warcinfo_id))
    writer.sync()
    writer.abandon()  # killed here
    recover_archive(archive, lambda _: None)
    states = dict(archive.db.execute("SELECT url, state FROM url").fetchall())
    assert states["https://gazette.example/secret"] == "due"
    assert archive.db.execute("SELECT count(*) FROM crawl").fetchone() == (1,)
    assert [event.name for event in recorded(archive)] == [event.name for event in known]


def test_a_crawl_begins_and_ends_as_its_events_say(archive: Archive, tmp_path: Path) -> None:
    begun = crawls.begin(archive, PLAN)
    later = AT + timedelta(hours=1)
    crawls.end(archive, begun.crawl_id, later, "finished")
    store.create(tmp_path / "other")
    with store.open_archive(tmp_path / "other", write=True) as other:
        for event in (PLAN.event(), PLAN.event(), crawls.ended(PLAN.uuid, later, "finished")):
            assert events.apply(other, event)
        for table in ("site", "crawl", "url"):
            query = f"SELECT * FROM {table} ORDER BY 1"
            assert other.db.execute(query).fetchall() == archive.db.execute(query).fetchall()
        assert events.apply(other, crawls.ended("another", later, "finished")) is False
