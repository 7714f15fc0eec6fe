"""What the beginning of a crawl makes due: what sites.toml names, and what its words do not exclude any more."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive import crawls, scope, store
from archive.crawls import Plan, PlannedSite
from archive.model import Feed, FeedEntry, Found, Outcome, PageKind
from archive.scope import PRIORITY_FEED, Scope
from archive.store.lookups import dismiss
from archive.store.urls import NO_FEED
from archive.store.visits import Schedule
from tests.store.followed import archive_of
from tests.store.store_samples import Maker, memory_db, one

START = datetime(2026, 3, 16, 12, tzinfo=UTC)
FRONT, FEED, SECTION = "https://example.org/", "https://example.org/feed", "https://example.org/politics"
SCOPE = Scope(("example.org",))


@pytest.fixture
def maker() -> Maker:
    return Maker(memory_db())


def text_of(hours: float) -> str:
    return (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def begin(
    maker: Maker, hours: float = 0, *, now: bool = False, reason: str | None = "finished", **words: Any
) -> None:
    """A crawl begins, and ends for this reason at once; None: it is killed."""
    site = PlannedSite("example", None, FRONT, **({"scope": SCOPE} | words))
    at = START + timedelta(hours=hours)
    plan = Plan(f"crawl-{hours}", at, "agent", "broadsheet/test", (site,), ("example",) if now else ())
    begun = crawls.begin(archive_of(maker.db), plan)
    if reason:
        crawls.end(archive_of(maker.db), begun.crawl_id, at, reason)


def state(maker: Maker, url: str) -> tuple[str, str | None]:
    found = maker.db.execute("SELECT state, excluded_by FROM url WHERE url = ?", [url]).fetchone()
    return found[0], found[1]


def read(maker: Maker, url: str, hours: float, kind: PageKind, **facts: Any) -> None:
    given: dict[str, Any] = {
        "kind": kind,
        "started_at": text_of(hours),
        "capture": {"captured_at": text_of(hours)},
    }
    maker.commit(maker.page(url, **(given | facts)))


def read_feed(maker: Maker, hours: float) -> None:
    """A feed that its schedule leaves alone for long."""
    read(maker, FEED, hours, PageKind.FEED, feed=Feed("rss", None, (FeedEntry(FRONT),)))
    maker.db.execute("UPDATE url SET next_visit = ? WHERE url = ?", [text_of(1000), FEED])


def test_who_shortens_the_interval_need_not_wait_for_the_old_one(maker: Maker) -> None:
    begin(maker)
    read_feed(maker, 1)
    begin(maker, 2)
    assert state(maker, FEED) == ("done", None)
    begin(maker, 3, schedule=Schedule(60, 3600))
    assert state(maker, FEED) == ("due", None)


def test_what_robots_txt_forbids_is_tried_again_when_all_listings_are_asked(maker: Maker) -> None:
    begin(maker)
    forbidden = maker.failed(FRONT, Outcome.ROBOTS, next_state="excluded", kind=PageKind.FRONT)
    maker.commit(replace(forbidden, started_at=text_of(1)))
    begin(maker, 2)
    assert state(maker, FRONT) == ("excluded", "robots")
    begin(maker, 3, now=True)
    assert state(maker, FRONT) == ("due", None)


def test_a_section_that_was_known_already_is_asked_once_it_is_named(maker: Maker) -> None:
    listed = (Found("https://example.org/a", PageKind.PAGE, depth=4, position=1),)
    read(maker, SECTION, 0, PageKind.SECTION, entered=Found(SECTION, PageKind.PAGE, depth=3), found=listed)
    begin(maker, 1)
    assert state(maker, SECTION) == ("done", None)
    begin(maker, 2, sections=(SECTION,))
    assert state(maker, SECTION) == ("due", None)
    read(maker, SECTION, 3, PageKind.SECTION, found=listed)
    begin(maker, 3.1, sections=(SECTION,))
    assert state(maker, SECTION) == ("done", None)  # it waits for its visit now


def test_a_named_section_that_an_older_version_left_without_a_visit_is_asked(maker: Maker) -> None:
    read(maker, SECTION, 0, PageKind.SECTION)
    maker.db.execute("UPDATE url SET next_visit = NULL")
    begin(maker, 1, sections=(SECTION,))
    assert state(maker, SECTION) == ("due", None)


def dismissed(maker: Maker) -> None:
    """The usual place of a feed that failed while `add` looked."""
    maker.commit(maker.failed(FEED, Outcome.SERVER_ERROR, kind=PageKind.FEED))
    dismiss(maker.db, [FEED], NO_FEED)
    assert state(maker, FEED) == ("excluded", NO_FEED)


def test_a_dismissed_feed_is_asked_once_it_is_named(maker: Maker) -> None:
    dismissed(maker)
    begin(maker, 1)
    assert state(maker, FEED) == ("excluded", NO_FEED)
    begin(maker, 2, feeds=(FEED,))
    assert state(maker, FEED) == ("due", None)


def test_a_dismissed_feed_is_asked_if_robots_txt_names_it(maker: Maker) -> None:
    dismissed(maker)
    named = Found(FEED, PageKind.FEED, PRIORITY_FEED)
    for link, then in ((Found(FEED, PageKind.PAGE, depth=1), "excluded"), (named, "due")):
        store.add_urls(maker.db, maker.site_id, [link], found_on=None, now=text_of(1))
        assert state(maker, FEED)[0] == then


@pytest.mark.parametrize(
    ("reason", "then"),
    [("filter", "due"), ("old", "due"), ("scope", "due"), ("blocked", "due"), ("takedown", "excluded"),
     ("robots", "excluded"), ("opt-out", "excluded")],
)  # fmt: skip
def test_what_is_named_is_asked_unless_its_publisher_is_against_it(maker: Maker, reason: str, then: str) -> None:
    maker.commit(maker.failed(FEED, Outcome.ROBOTS, kind=PageKind.FEED, next_state="excluded"))
    maker.db.execute("UPDATE url SET excluded_by = ?, next_visit = NULL", [reason])
    begin(maker, 1, feeds=(FEED,))
    assert state(maker, FEED)[0] == then


def test_pages_asked_for_by_name_make_nothing_else_due(maker: Maker) -> None:
    dismissed(maker)
    begin(maker, 1, feeds=(), pages=("https://example.org/a",))
    begin(maker, 2, scope=Scope(("example.org",), sitemap_days=0), pages=("https://example.org/a",))
    assert state(maker, FEED) == ("excluded", NO_FEED)


def test_what_older_versions_excluded_for_its_address_is_tried_again(maker: Maker) -> None:
    maker.commit(maker.failed(FRONT, Outcome.BLOCKED, next_state="excluded"))
    begin(maker, 1)
    assert state(maker, FRONT) == ("due", None)


# A scope that has changed.

LISTED = {
    "https://example.org/a": None,
    "https://example.org/puzzles/1": "filter",
    "https://partner.example/b": "scope",
    "https://ads.example/c": "scope",
    "https://example.org/d.pdf": "asset",
}


def follow(maker: Maker) -> None:
    begin(maker, 0, scope=Scope(("example.org",), exclude=("/puzzles",)))
    feed = Feed("rss", None, tuple(FeedEntry(url) for url in LISTED))
    narrow = Scope(("example.org",), exclude=("/puzzles",))
    found = tuple(scope.from_feed(feed, narrow, depth=0, at=START))
    read(maker, FEED, 0.1, PageKind.FEED, feed=feed, found=found)
    assert {url: state(maker, url)[1] for url in LISTED} == LISTED


def test_what_a_wider_scope_lets_in_is_fetched_though_no_feed_lists_it_any_more(maker: Maker) -> None:
    follow(maker)
    begin(maker, 1, scope=Scope(("example.org", "partner.example"), exclude=("/puzzles",)))
    partner = "https://partner.example/b"
    assert {url: state(maker, url)[1] for url in LISTED} == {**LISTED, partner: None}
    begin(maker, 2, scope=Scope(("example.org", "partner.example")))
    puzzle = "https://example.org/puzzles/1"
    assert {url: state(maker, url)[1] for url in LISTED} == {**LISTED, partner: None, puzzle: None}


def test_what_was_fetched_and_excluded_since_stays_excluded(maker: Maker) -> None:
    follow(maker)
    maker.db.execute("UPDATE url SET last_fetch = ? WHERE excluded_by = 'filter'", [text_of(0)])
    begin(maker, 1)
    assert state(maker, "https://example.org/puzzles/1") == ("excluded", "filter")


def test_a_crawl_notes_the_scopes_that_have_changed(maker: Maker) -> None:
    follow(maker)
    narrow = Scope(("example.org",), exclude=("/puzzles",))
    begin(maker, 1, scope=narrow)
    begin(maker, 2, scope=SCOPE)
    begin(maker, 3, scope=SCOPE)
    noted = [text and json.loads(text) for (text,) in maker.db.execute("SELECT settings FROM crawl")]
    assert [words and words["scopes"]["example"]["exclude"] for words in noted] == [
        None,
        ["/puzzles"],
        None,
        [],
        None,
    ]


def test_a_wider_window_lets_older_sitemaps_in(maker: Maker) -> None:
    ages = {f"https://example.org/sitemap-{days}.xml": days for days in (10, 100, 1000)}
    index = Feed(
        "sitemap-index", None, (),
        tuple(FeedEntry(url, None, None, f"{START - timedelta(days=days):%Y-%m-%d}") for url, days in ages.items()),
    )  # fmt: skip
    begin(maker)
    found = tuple(scope.from_feed(index, SCOPE, depth=0, at=START))
    read(maker, FEED, 0.1, PageKind.FEED, feed=index, found=found)
    for hours, window, old in ((1, 30, [100, 1000]), (2, 365, [1000]), (3, 0, [])):
        begin(maker, hours, scope=Scope(("example.org",), sitemap_days=window))
        assert [days for url, days in ages.items() if state(maker, url)[1] == "old"] == old


# A crawl that goes on with one that was stopped.


@pytest.mark.parametrize(
    ("reason", "read_at", "asked"),
    [(None, 1, False), ("shutdown", 1, False), ("finished", 1, True), (None, -2, True)],
)
def test_a_crawl_that_goes_on_does_not_ask_again_what_it_has(
    maker: Maker, reason: str | None, read_at: float, asked: bool
) -> None:
    begin(maker, 0, reason=reason)
    read_feed(maker, read_at)
    begin(maker, 2, now=True)
    assert (state(maker, FEED)[0] == "due") == asked


def test_of_crawls_that_were_killed_only_the_newest_counts_and_for_some_hours(maker: Maker) -> None:
    begin(maker, 0, reason=None)
    begin(maker, 22, reason=None)
    read_feed(maker, 22.1)
    begin(maker, 29, now=True)
    assert state(maker, FEED)[0] == "due"
    assert one(maker.db, "SELECT count(*) FROM crawl WHERE ended_at IS NULL") == 3
