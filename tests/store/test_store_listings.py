"""What listings leave in the database: foreign entries counted, sitemaps of an index asked when they have changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive import scope
from archive.model import Feed, FeedEntry, Found, PageKind
from archive.scope import Scope
from tests.store.store_samples import Maker, memory_db, one

INDEX, CHILD = "https://example.org/sitemap.xml", "https://example.org/sitemap-1.xml"
SCOPE = Scope(("example.org",))
START = datetime(2026, 3, 16, 12, tzinfo=UTC)


@pytest.fixture
def maker() -> Maker:
    return Maker(memory_db())


def read(maker: Maker, url: str, hours: float, feed: Feed, depth: int = 0) -> None:
    at = START + timedelta(hours=hours)
    found = tuple(scope.from_feed(feed, SCOPE, depth=depth, at=at))
    text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    given: dict[str, Any] = {"kind": PageKind.FEED, "feed": feed, "found": found, "started_at": text}
    maker.commit(maker.page(url, **given, capture={"captured_at": text}))


def index(maker: Maker, hours: float, lastmod: str | None) -> None:
    read(maker, INDEX, hours, Feed("sitemap-index", None, (), (FeedEntry(CHILD, None, None, lastmod),)))


def child(maker: Maker, hours: float) -> None:
    read(maker, CHILD, hours, Feed("sitemap", None, (FeedEntry("https://example.org/story"),)), depth=1)


def new(maker: Maker, url: str) -> int:
    """When a listing last brought something new, in hours since the start."""
    last = one(maker.db, "SELECT last_new FROM feed JOIN url USING (url_id) WHERE url = ?", url)
    return round((datetime.fromisoformat(last) - START).total_seconds() / 3600)


def test_only_what_is_listed_and_may_be_fetched_is_new(maker: Maker) -> None:
    feed = "https://example.org/feed"
    story, advert = FeedEntry("https://example.org/a"), FeedEntry("https://ads.example/1")
    read(maker, feed, 0, Feed("rss", None, (story,)))
    read(maker, feed, 1, Feed("rss", None, (story, advert)))  # foreign
    assert new(maker, feed) == 0
    index(maker, 2, "2024-05-01")  # an old sitemap
    assert one(maker.db, "SELECT last_new FROM feed WHERE kind = 'sitemap-index'") is None
    front = "https://example.org/"
    for hours, more in (
        (3, []),
        (4, [Found(f"{front}logo.png?4", PageKind.REQUISITE), Found(f"{front}imprint", PageKind.PAGE)]),
    ):
        found = (Found(f"{front}b", PageKind.PAGE, depth=1, position=1), *more)
        text = (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
        given: dict[str, Any] = {"kind": PageKind.FRONT, "found": found, "started_at": text}
        maker.commit(maker.page(front, **given, capture={"captured_at": text}))
    assert new(maker, front) == 3
    assert one(maker.db, "SELECT unchanged FROM feed WHERE kind = 'front'") == 1


def state(maker: Maker) -> tuple[str, str | None, bool]:
    sql = "SELECT state, excluded_by, next_visit IS NOT NULL FROM url WHERE url = ?"
    found = maker.db.execute(sql, [CHILD]).fetchone()
    return found[0], found[1], bool(found[2])


def test_foreign_entries_of_a_feed_are_counted(maker: Maker) -> None:
    entries = (
        FeedEntry("https://example.org/a"), FeedEntry("https://ads.example/x"), FeedEntry("https://www.example.org/b"),
        FeedEntry("https://partner.example/"), FeedEntry("https://example.org/c.pdf"),
    )  # fmt: skip
    read(maker, "https://example.org/feed", 0, Feed("rss", None, entries))
    assert maker.db.execute("SELECT entries, foreign_entries FROM feed").fetchone() == (5, 2)
    due = "SELECT count(*) FROM url WHERE state = 'due' AND url LIKE '%example.org/_'"
    assert one(maker.db, due) == 2
    read(maker, "https://example.org/feed", 1, Feed("rss", None, entries[:1]))
    assert maker.db.execute("SELECT entries, foreign_entries FROM feed").fetchone() == (1, 0)


def test_a_sitemap_that_has_changed_is_asked_at_once(maker: Maker) -> None:
    index(maker, 0, "2026-03-16")
    assert state(maker) == ("due", None, False)
    child(maker, 0.1)
    assert state(maker) == ("done", None, True)
    index(maker, 6, "2026-03-16")
    assert state(maker) == ("done", None, True)  # by its schedule
    index(maker, 12, "2026-03-17")
    assert state(maker) == ("due", None, False)
    child(maker, 12.1)
    index(maker, 13, None)
    index(maker, 14, "2026-03-17")
    assert state(maker) == ("done", None, True)


def test_a_sitemap_that_was_fetched_before_any_index_named_it(maker: Maker) -> None:
    child(maker, 0)
    index(maker, 1, "2026-03-16T09:00:00+00:00")
    assert state(maker)[0] == "done"
    maker.db.execute("DELETE FROM sighting")
    index(maker, 2, "2026-03-16T13:30:00Z")
    assert state(maker)[0] == "due"


def test_an_old_sitemap_is_never_fetched_until_it_changes(maker: Maker) -> None:
    index(maker, 0, "2024-05-01")
    assert state(maker) == ("excluded", "old", False)
    index(maker, 1, "2026-03-16")
    assert state(maker) == ("due", None, False)
    child(maker, 1.1)
    index(maker, 24 * 40, "2026-03-16")  # it has grown old since: it rests
    assert state(maker) == ("done", None, False)
    index(maker, 24 * 41, "2026-04-26")
    assert state(maker)[0] == "due"


def test_a_sitemap_that_a_person_names_never_rests(maker: Maker) -> None:
    child(maker, 0)
    maker.db.execute("UPDATE url SET depth = 0 WHERE url = ?", [CHILD])
    index(maker, 1, "2024-05-01")
    assert state(maker) == ("done", None, True)
