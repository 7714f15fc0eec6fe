"""What a site offers as listings of its articles, as far as it was tried: for `broadsheet add`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.store.text import row

if TYPE_CHECKING:
    from sqlite_utils import Database

MIN_SECTION = 2  # articles that a page links to be a section


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed, sitemap or section page that could be read, with what it listed when it was last read."""

    url: str
    kind: str  # feed.kind
    title: str | None
    entries: int
    foreign: int
    newest: str | None  # the newest date it claims
    dates: int  # entries that say when they were published or changed, each counted
    listed: frozenset[int]  # numbers of the URLs


@dataclass(frozen=True, slots=True)
class Front:
    """What came of the last try of an address as a front page."""

    is_feed: bool
    outcome: str
    status: int | None
    detail: str | None


def front_of(db: Database, url: str) -> Front | None:
    """None if it was never tried."""
    found = db.conn.execute(
        """SELECT coalesce(feed.kind NOT IN ('front', 'section', 'unknown'), 0), outcome, status, detail
           FROM url JOIN attempt USING (url_id) LEFT JOIN feed USING (url_id) WHERE url = ?
           ORDER BY attempt_id DESC LIMIT 1""",
        row(url),
    ).fetchone()
    return Front(bool(found[0]), *found[1:]) if found else None


def offers_of_site(db: Database, site: str) -> list[Offer]:
    """News feeds first, then sitemaps (an index, not its children), then pages that the front page links."""
    found = db.conn.execute(
        """SELECT feed_id, url.url, feed.kind, feed.title, coalesce(feed.entries, 0), coalesce(foreign_entries, 0)
           FROM feed JOIN url USING (url_id) JOIN site ON site.site_id = feed.site_id
           WHERE site.name = ? AND feed.error IS NULL AND (
             url.kind = 'feed' AND url.depth = 0 AND feed.entries > 0
               AND feed.kind NOT IN ('unknown', 'front', 'section')
             OR url.kind = 'section' AND url.depth <= 1 AND feed.kind = 'section' AND feed.entries >= ?)
           ORDER BY CASE feed.kind WHEN 'rss' THEN 0 WHEN 'atom' THEN 0 WHEN 'json' THEN 0
             WHEN 'news-sitemap' THEN 1 WHEN 'section' THEN 3 ELSE 2 END, url.url_id""",
        row(site, MIN_SECTION),
    ).fetchall()
    offers = []
    for feed_id, url, kind, title, entries, foreign in found:
        newest, dates, listed = _listed(db, feed_id)
        offers.append(Offer(url, kind, title, entries, foreign, newest, dates, listed))
    return offers


def _listed(db: Database, feed_id: int) -> tuple[str | None, int, frozenset[int]]:
    """-> newest date, dates, URLs."""
    rows = db.conn.execute(
        """SELECT url_id, claimed_published, claimed_modified FROM sighting WHERE feed_id = ?1
           AND last_seen = (SELECT max(last_seen) FROM sighting WHERE feed_id = ?1)""",
        row(feed_id),
    ).fetchall()
    dates = [published or modified for _, published, modified in rows if published or modified]
    count = sum(bool(published) + bool(modified) for _, published, modified in rows)
    return max(dates, default=None), count, frozenset(url_id for url_id, _, _ in rows)
