"""Feeds, section pages and front pages, and what they listed when."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from archive.model import Found, Outcome, PageKind
from archive.store.processed import Processed
from archive.store.text import clean, one_line, row
from archive.store.urls import Entered
from archive.store.visits import Listing

_KINDS = frozenset({"rss", "atom", "json", "sitemap", "sitemap-index", "news-sitemap"})
_READ = frozenset({Outcome.ARCHIVED, Outcome.UNCHANGED})
_FEED = """INSERT INTO feed (site_id, url_id, kind, title, first_seen, last_fetch, entries, foreign_entries, error)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (url_id) DO UPDATE SET
    kind = CASE excluded.kind WHEN 'unknown' THEN kind ELSE excluded.kind END,
    title = coalesce(excluded.title, title), last_fetch = max(coalesce(last_fetch, ''), excluded.last_fetch),
    entries = coalesce(excluded.entries, entries),
    foreign_entries = coalesce(excluded.foreign_entries, foreign_entries), error = excluded.error
  RETURNING feed_id"""
# What an index says of a sitemap, against what it said before; or, for the first time, against when it was fetched.
_MOVED = """UPDATE url SET state = 'due', attempts = 0, due_at = NULL, next_visit = NULL
  WHERE url_id = ?1 AND state IN ('done', 'failed') AND last_fetch IS NOT NULL AND ?3 <> coalesce(
    (SELECT claimed_modified FROM sighting WHERE url_id = ?1 AND feed_id = ?2 AND claimed_modified IS NOT NULL
     ORDER BY sighting_id DESC LIMIT 1), iif(datetime(?3) <= datetime(last_fetch), ?3, ''))"""
_RESTS = "UPDATE url SET next_visit = NULL WHERE url_id = ? AND state IN ('done', 'failed') AND depth > 0"
_READING_BEFORE = """SELECT sighting_id, url_id, link_text, claimed_title, claimed_published, claimed_modified
  FROM sighting WHERE feed_id = ?1
    AND last_seen = (SELECT max(last_seen) FROM sighting WHERE feed_id = ?1 AND last_seen < ?2)"""
_STILL = "UPDATE sighting SET last_seen = ?1, position = min(position, ?2) WHERE sighting_id = ?3"
_SIGHTING = """INSERT INTO sighting (url_id, link_text, claimed_title, claimed_published, claimed_modified, feed_id,
  capture_id, seen_at, last_seen, position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)"""
_TAKEN_DOWN = """SELECT url_id FROM url
  WHERE url_id IN (SELECT value FROM json_each(?)) AND excluded_by = 'takedown'"""


def write_listing(
    connection: sqlite3.Connection,
    p: Processed,
    url_id: int,
    capture_id: int | None,
    seen_at: str,
    children: Entered,
) -> tuple[int, Listing] | None:
    """The row of a feed and the sightings of the URLs it listed -> its number, and what the visit brought.

    None if the page is no listing, leads elsewhere, or was not asked: what is known of it stays. `children`: what
    became of the URLs that it names.
    """
    ids = children.ids
    listed = [found for found in p.found if found.position is not None]
    was_read = p.feed is not None or bool(listed)
    if p.outcome in (Outcome.REDIRECT, Outcome.STOPPED):
        return None
    if not was_read and p.kind != PageKind.FEED:
        known = connection.execute("SELECT feed_id, kind FROM feed WHERE url_id = ?", (url_id,)).fetchone()
        return (known[0], Listing(known[1], p.outcome is Outcome.UNCHANGED)) if known else None
    error = p.feed.error if p.feed else None
    if not was_read and p.outcome not in _READ:
        error = p.detail or p.outcome.value
    entries = None
    if was_read:
        entries = len(listed) if listed or p.feed is None else len(p.feed.entries) + len(p.feed.feeds)
    foreign = sum(found.excluded_by == "scope" for found in listed) if was_read else None
    title = one_line(p.feed.title) if p.feed else None
    kind = _kind(p, was_read)
    (feed_id,) = connection.execute(
        _FEED, row(p.site_id, url_id, kind, title, seen_at, seen_at, entries, foreign, one_line(error))
    ).fetchone()
    if not p.imported:
        _ask_what_moved(connection, feed_id, listed, ids)
    _write_sightings(connection, feed_id, capture_id, seen_at, [(ids.get(clean(f.url)), f) for f in listed])
    is_read = p.outcome is Outcome.UNCHANGED or (was_read and (error is None or bool(entries)))
    urls = {clean(found.url) for found in listed}
    new = sum(url in urls and reason is None for url, reason in children.new.items())
    return feed_id, Listing(kind, is_read, new)


def _write_sightings(
    connection: sqlite3.Connection,
    feed_id: int,
    capture_id: int | None,
    seen_at: str,
    listed: Sequence[tuple[int | None, Found]],
) -> None:
    """What the reading before said just so goes on; the rest begins."""
    before = {tuple(key): number for number, *key in connection.execute(_READING_BEFORE, (feed_id, seen_at))}
    ids = [url_id for url_id, _ in listed if url_id is not None]
    gone = {url_id for (url_id,) in connection.execute(_TAKEN_DOWN, (json.dumps(ids),))}
    positions: dict[tuple[object, ...], int | None] = {}
    for url_id, found in listed:
        if url_id is not None:
            # Of what was taken down, only that it was listed is kept.
            texts = (None, None) if url_id in gone else (one_line(found.link_text), one_line(found.claimed_title))
            positions.setdefault(
                row(url_id, *texts, found.claimed_published, found.claimed_modified), found.position
            )
    still = [(seen_at, position, before[key]) for key, position in positions.items() if key in before]
    connection.executemany(_STILL, still)
    listing = (feed_id, capture_id, seen_at)
    new = [(*key, *listing, position) for key, position in positions.items() if key not in before]
    connection.executemany(_SIGHTING, new)


def _ask_what_moved(
    connection: sqlite3.Connection, feed_id: int, listed: Sequence[Found], ids: Mapping[str, int]
) -> None:
    """A sitemap of which its index says that it has changed is asked now, whatever its schedule; an old one rests."""
    for found in listed:
        url_id = ids.get(clean(found.url))
        if found.kind is not PageKind.FEED or url_id is None or found.claimed_modified is None:
            continue
        if found.excluded_by == "old":
            connection.execute(_RESTS, (url_id,))
        elif found.excluded_by is None:
            connection.execute(_MOVED, (url_id, feed_id, found.claimed_modified))


def _kind(p: Processed, was_read: bool) -> str:
    if p.feed is not None:
        return p.feed.kind if p.feed.kind in _KINDS else "unknown"
    if p.kind is PageKind.FRONT:
        return "front"
    return "section" if was_read and p.kind is not PageKind.FEED else "unknown"
