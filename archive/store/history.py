"""What alarms are found in: what came when, how it was read, what was asked and what was answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from archive.model import EXCLUDING, Outcome
from archive.rhythm import RECENT_S, WINDOW_S
from archive.store.text import Moment, row, sql_list, stamp
from archive.store.urls import FOLLOWED
from archive.store.visits import moment, schedule_of

if TYPE_CHECKING:
    from sqlite_utils import Database

# Pages of a site, the newest: all of the time that a busy one is learnt from, more days of one that brings less.
RECENT_URLS, MOST_URLS = 1500, 25_000
RECENT_VISITS = 500  # of a feed
DAYS_OF_ATTEMPTS = 14

_SITES = "SELECT site_id, name FROM site WHERE schedule IS NOT NULL ORDER BY name"
# Without what discovery left out: it is no page of the site, or nobody wants it.
_RECENT = """SELECT url_id, first_seen FROM url
  WHERE site_id = ? AND kind IN ('page', 'section') AND depth BETWEEN 1 AND 999 AND first_seen >= ?
    AND NOT (state = 'excluded' AND last_fetch IS NULL) ORDER BY url_id DESC LIMIT ?"""
# The first answer for each URL: later ones are of pages that were held already.
_URLS = """SELECT url.url_id, url.url, url.excluded_by, url.redirects, url.first_seen, url.article_id,
    first.captured_at, first.verdict, first.extraction_error IS NOT NULL, version.version_id IS NOT NULL,
    version.date_published, version.date_published_precision, version.word_count, version.confidence,
    version.headline IS NOT NULL, version.authors IS NOT NULL, version.article_section, version.image IS NOT NULL
  FROM json_each(?) AS recent CROSS JOIN url ON url.url_id = recent.value
  LEFT JOIN capture AS first ON first.capture_id = (
    SELECT capture_id FROM capture WHERE capture.url_id = url.url_id AND status BETWEEN 200 AND 299
    ORDER BY captured_at LIMIT 1)
  LEFT JOIN version ON version.version_id = first.version_id"""
_LISTED = """SELECT feed.feed_id, sighting.url_id, min(seen_at), min(position), min(claimed_published)
  FROM json_each(?) AS recent CROSS JOIN sighting ON sighting.url_id = recent.value
  JOIN feed ON feed.feed_id = sighting.feed_id WHERE feed.site_id = ? GROUP BY 2, 1"""
# The listings that are visited by schedule; not those that a person or robots.txt took out.
_FEEDS = f"""SELECT feed.feed_id, url.url_id, url.url, feed.kind, url.kind, feed.failures, feed.entries,
    coalesce(feed.error, last.detail), last.outcome, last.status, url.last_fetch,
    (SELECT max(last_seen) FROM sighting WHERE sighting.feed_id = feed.feed_id),
    (SELECT max(started_at) FROM attempt WHERE attempt.url_id = url.url_id AND outcome = 'unchanged'),
    (SELECT redirect_to FROM capture WHERE capture.capture_id = last.capture_id)
  FROM feed JOIN url USING (url_id) LEFT JOIN attempt AS last ON last.attempt_id =
    (SELECT attempt_id FROM attempt WHERE attempt.url_id = url.url_id AND outcome <> 'stopped'
     ORDER BY attempt_id DESC LIMIT 1)
  WHERE feed.site_id = ? AND url.state <> 'excluded' AND url.kind IN ('front', 'section', 'feed') AND {FOLLOWED}"""
_VISITS = """SELECT started_at FROM attempt WHERE url_id = ? AND outcome IN ('archived', 'unchanged')
  ORDER BY attempt_id DESC LIMIT ?"""
_FAILING_SINCE = """SELECT min(started_at) FROM (SELECT started_at FROM attempt
  WHERE url_id = ?1 AND outcome NOT IN ('stopped', 'unchanged') AND started_at > coalesce(?2, '')
  ORDER BY attempt_id DESC LIMIT iif(?2 IS NULL, ?3, -1))"""
_REDIRECTS = """SELECT count(*), min(started_at) FROM attempt WHERE url_id = ?1 AND outcome = 'redirect'
  AND attempt_id > coalesce((SELECT max(attempt_id) FROM attempt
    WHERE url_id = ?1 AND outcome NOT IN ('redirect', 'stopped')), 0)"""
_FRONTS = """SELECT url.url_id, url.url, last.outcome, last.detail FROM url INDEXED BY url_listing
  JOIN attempt AS last ON last.attempt_id = (SELECT attempt_id FROM attempt WHERE attempt.url_id = url.url_id
    AND outcome <> 'stopped' ORDER BY attempt_id DESC LIMIT 1)
  WHERE kind IN ('front', 'section', 'feed') AND kind = 'front' AND site_id = ?"""
_SAME_SINCE = """SELECT min(started_at) FROM attempt WHERE url_id = ?1 AND outcome = ?2 AND attempt_id > coalesce(
  (SELECT max(attempt_id) FROM attempt WHERE url_id = ?1 AND outcome NOT IN (?2, 'stopped')), 0)"""
_ATTEMPTS = f"""SELECT substr(started_at, 1, 13) || ':00:00Z' AS hour, iif(kind = 'page', 'pages', 'listings'),
    outcome, count(*)
  FROM attempt JOIN url USING (url_id)
  WHERE attempt_id >= coalesce((SELECT min(attempt_id) FROM attempt WHERE crawl_id =
      (SELECT max(crawl_id) FROM crawl WHERE started_at < :since)), 0)
    AND url.site_id = :site AND kind NOT IN ('robots', 'requisite') AND started_at >= :since
    AND outcome NOT IN {sql_list({*EXCLUDING, Outcome.STOPPED})}
  GROUP BY 1, 2, 3 ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class RecentUrl:
    """A page of a site: when it was found, and what its first answer showed. Times as they are stored."""

    url_id: int
    url: str
    excluded_by: str | None
    redirects: int
    first_seen: str
    article_id: int | None
    captured_at: str | None  # None: no answer yet
    verdict: str | None
    has_error: bool
    is_article: bool
    date_published: str | None
    precision: str | None
    words: int | None
    confidence: float | None
    has_headline: bool
    has_authors: bool
    section: str | None
    has_image: bool


@dataclass(frozen=True, slots=True)
class FeedState:
    """A listing as it was found at the last visit."""

    feed_id: int
    url_id: int
    url: str
    kind: str
    url_kind: str  # feed | front | section
    failures: int
    entries: int | None
    error: str | None
    outcome: str | None
    status: int | None
    last_fetch: str | None
    last_listed: str | None  # when it last listed anything
    last_unchanged: str | None  # when it last was as it had been (304)
    redirect_to: str | None  # where the last visit led, as the server said it

    @property
    def last_good(self) -> str | None:
        return max(filter(None, (self.last_listed, self.last_unchanged)), default=None)


@dataclass(frozen=True, slots=True)
class CrawlState:
    """The newest crawl, and when crawls began."""

    started_at: str
    ended_at: str | None
    finish_reason: str | None
    last_attempt: str | None
    starts: tuple[str, ...]


def followed_sites(db: Database) -> dict[str, int]:
    """{name: id} of the sites that were ever crawled."""
    return {name: site_id for site_id, name in db.conn.execute(_SITES)}


def recent(db: Database, site_id: int, now: Moment) -> list[int]:
    """The numbers of the newest pages of a site, in the order in which they were found."""
    at = moment(stamp(now))
    oldest, learnt = (stamp(at - timedelta(seconds=length_s)) for length_s in (WINDOW_S, RECENT_S))
    found = db.conn.execute(_RECENT, (site_id, oldest, MOST_URLS)).fetchall()
    return [url_id for n, (url_id, first_seen) in enumerate(found) if n < RECENT_URLS or first_seen >= learnt][
        ::-1
    ]


def urls(db: Database, url_ids: Sequence[int]) -> list[RecentUrl]:
    """What is known of these pages, in their order."""
    return [RecentUrl(*values) for values in db.conn.execute(_URLS, (json.dumps(url_ids),))]


def listings(
    db: Database, site_id: int, url_ids: Sequence[int]
) -> Iterator[tuple[int, int, str, int, str | None]]:
    """Which feeds of the site have listed them: (feed, page, since when, how far up at best, when it was published as
    the feed claims)."""
    yield from db.conn.execute(_LISTED, (json.dumps(url_ids), site_id))


def feeds(db: Database, site_id: int) -> list[FeedState]:
    """The listings that the site is followed by."""
    return [FeedState(*values) for values in db.conn.execute(_FEEDS, (site_id,))]


def visits_of(db: Database, url_id: int) -> list[str]:
    """When a listing was visited and answered, oldest first."""
    return [at for (at,) in db.conn.execute(_VISITS, (url_id, RECENT_VISITS))][::-1]


def failing_since(db: Database, feed: FeedState) -> str | None:
    """When the first visit was made that brought no listing any more."""
    found: str | None = db.conn.execute(
        _FAILING_SINCE, (feed.url_id, feed.last_good, max(feed.failures, 1))
    ).fetchone()[0]
    return found


def redirects(db: Database, feed: FeedState) -> tuple[int, str | None]:
    """(how many visits of a listing in a row led elsewhere, since when)."""
    found: tuple[int, str | None] = db.conn.execute(_REDIRECTS, (feed.url_id,)).fetchone()
    return found


def forbidden_since(db: Database, site_id: int) -> tuple[str, str] | None:
    """(since when, why) robots.txt forbids the site's front page; None if it does not."""
    fronts = db.conn.execute(_FRONTS, (site_id,)).fetchall()
    if not fronts or any(outcome != "robots" for _, _, outcome, _ in fronts):
        return None
    url_id, url, outcome, detail = fronts[0]
    since: str = db.conn.execute(_SAME_SINCE, (url_id, outcome)).fetchone()[0]
    return since, detail or f"robots.txt disallows {url}"


def attempts(db: Database, site_id: int, now: Moment) -> list[tuple[str, str, str, int]]:
    """(hour, "pages" or "listings", outcome, how many) of the last days, in order; without what was never sent."""
    since = stamp(moment(stamp(now)) - timedelta(days=DAYS_OF_ATTEMPTS))
    return db.conn.execute(_ATTEMPTS, {"site": site_id, "since": since}).fetchall()


def last_fetch(db: Database, site_id: int) -> str | None:
    """When the site was last asked for anything."""
    found: str | None = db.conn.execute(
        "SELECT max(last_fetch) FROM url WHERE site_id = ?", (site_id,)
    ).fetchone()[0]
    return found


def longest_interval_s(db: Database, site_id: int) -> int:
    """The longest time between two visits of a listing that the site's schedule allows."""
    return schedule_of(db.conn, site_id).most_s


def crawl_state(db: Database, since: Moment) -> CrawlState | None:
    """The newest crawl; `starts` from `since` on. None if there never was one."""
    newest = db.conn.execute(
        """SELECT started_at, ended_at, finish_reason, (SELECT started_at FROM attempt WHERE attempt_id =
             (SELECT max(attempt_id) FROM attempt WHERE attempt.crawl_id = crawl.crawl_id))
           FROM crawl ORDER BY crawl_id DESC LIMIT 1"""
    ).fetchone()
    if newest is None:
        return None
    starts = db.conn.execute("SELECT started_at FROM crawl WHERE started_at >= ? ORDER BY 1", row(stamp(since)))
    started_at, ended_at, reason, last_attempt = newest
    return CrawlState(started_at, ended_at, reason, last_attempt, tuple(at for (at,) in starts))


def bytes_since(db: Database, since: Moment) -> int:
    """Bytes of the WARC files that crawls began since then."""
    found: int | None = db.conn.execute(
        "SELECT sum(committed_bytes) FROM warc_file WHERE imported_from IS NULL AND opened_at >= ?",
        row(stamp(since)),
    ).fetchone()[0]
    return found or 0
