"""What the publishers listed against what is held: every listed URL in exactly one class.

A URL is listed by a site if a sighting in one of the site's feeds says so (`feed` is any listing: feeds, sitemaps,
front and section pages), and it is no feed itself, as the sitemaps of an index are. It is judged by where it leads:
through redirects, and by the article of which it is one of the addresses. Days are those of UTC.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.scope import MAX_REDIRECTS
from archive.store.text import row
from archive.urls import normalise

if TYPE_CHECKING:
    from sqlite_utils import Database

# In the order in which they are shown. `scope`: links that lead off the site.
CLASSES = ("held", "not_article", "scope", "excluded", "failed", "not_yet_due")

# A claim of the publisher counts if it is a date that was not in the future when the URL was first listed.
_DAY = """CASE WHEN length(claimed) >= 10 AND date(claimed) <= date(seen_at, '+1 day') THEN date(claimed)
  ELSE substr(seen_at, 1, 10) END"""
_LISTED = """SELECT feed.site_id, __OF_FEED__ AS feed_id, sighting.url_id, min(seen_at) AS seen_at,
    min(claimed_published) AS claimed
  FROM __TABLES__ USING (feed_id)
  WHERE (:sites IS NULL OR feed.site_id IN (SELECT value FROM json_each(:sites)))
    AND (SELECT kind FROM url WHERE url.url_id = sighting.url_id) <> 'feed' GROUP BY 1, 2, 3"""
# Where the last answer of an address that shows no article sends us, and on from there.
_HOPS = f"""SELECT url_id, url_id AS end_id, 0 AS hops FROM address JOIN url USING (url_id) WHERE article_id IS NULL
  UNION ALL
  SELECT hop.url_id, next.url_id, hops + 1
  FROM hop JOIN url AS here ON here.url_id = hop.end_id AND here.article_id IS NULL AND here.state <> 'excluded'
  JOIN url AS next ON next.url = (SELECT normalised(redirect_to, here.url) FROM capture
                                  WHERE capture.url_id = here.url_id ORDER BY captured_at DESC LIMIT 1)
  WHERE hops < {MAX_REDIRECTS} AND next.url_id <> here.url_id"""
_LAST = (
    "SELECT url_id, end_id, max(hops) FROM hop GROUP BY url_id"  # SQLite takes end_id from the row of the maximum
)
_FACTS = """SELECT address.url_id, ends.url_id AS end_id, ends.site_id, ends.host, ends.state, ends.kind,
    ends.excluded_by,
    coalesce(
      (SELECT article_id FROM article WHERE article_id = ends.article_id AND current_version_id IS NOT NULL),
      (SELECT article_id FROM article WHERE article.url = ends.url AND current_version_id IS NOT NULL),
      (SELECT article_id FROM article WHERE article.url = url.url AND current_version_id IS NOT NULL)) AS article_id,
    (SELECT outcome FROM attempt WHERE attempt.url_id = ends.url_id ORDER BY attempt_id DESC LIMIT 1) AS outcome,
    (SELECT verdict FROM capture WHERE capture.url_id = ends.url_id AND verdict IS NOT NULL
     ORDER BY captured_at DESC LIMIT 1) AS verdict
  FROM address JOIN url USING (url_id) LEFT JOIN last ON last.url_id = address.url_id
  JOIN url AS ends ON ends.url_id = coalesce(last.end_id, address.url_id)"""
_CLASS = """CASE
  WHEN state = 'excluded' AND excluded_by = 'scope' THEN 'scope'
  WHEN article_id IS NOT NULL THEN 'held'
  WHEN state = 'excluded' THEN 'excluded'
  WHEN state = 'failed' THEN 'failed'
  WHEN state = 'due' AND coalesce(outcome NOT IN ('archived', 'unchanged', 'redirect', 'gone'), 1) THEN 'not_yet_due'
  WHEN outcome IN ('archived', 'unchanged') THEN 'not_article'
  ELSE 'failed' END"""
_REASON = """CASE class
  WHEN 'excluded' THEN coalesce(excluded_by, 'unknown')
  WHEN 'not_article' THEN CASE WHEN kind IN ('front', 'section') THEN 'listing' WHEN kind <> 'page' THEN kind
    WHEN verdict IN ('article', 'live-blog') THEN 'no-text' ELSE coalesce(verdict, 'no-page') END
  WHEN 'failed' THEN coalesce(outcome, 'unknown')
  END"""
# Two sites may share a host: what the other one found first is not foreign for that.
_FRONTS = """SELECT site_id, host FROM url INDEXED BY url_listing
  WHERE kind IN ('front', 'section', 'feed') AND kind = 'front'"""
_RESULT = f"""SELECT listed.site_id, feed_id, url_id, seen_at, {_DAY} AS day, end_id, article_id,
    iif(is_foreign, 'scope', class) AS class, iif(is_foreign, NULL, {_REASON}) AS reason
  FROM (SELECT listed.*, end_id, state, kind, excluded_by, article_id, outcome, verdict, class,
          classed.site_id <> listed.site_id AND (listed.site_id, host) NOT IN (SELECT * FROM front) AS is_foreign
        FROM listed JOIN classed USING (url_id)) AS listed
  WHERE (:since IS NULL OR day >= :since) AND (:until IS NULL OR substr(day, 1, length(:until)) <= :until)"""
COVERAGE = f"""WITH RECURSIVE listed AS MATERIALIZED ({_LISTED}),
  address AS MATERIALIZED (SELECT DISTINCT url_id FROM listed), hop AS ({_HOPS}), last AS MATERIALIZED ({_LAST}),
  facts AS MATERIALIZED ({_FACTS}), classed AS MATERIALIZED (SELECT *, {_CLASS} AS class FROM facts),
  front AS MATERIALIZED ({_FRONTS}), result AS MATERIALIZED ({_RESULT})"""
_COUNTS = """SELECT site.name, feed_url.url, day, class, reason, count(*) FROM result JOIN site USING (site_id)
  LEFT JOIN feed USING (feed_id) LEFT JOIN url AS feed_url ON feed_url.url_id = feed.url_id
  GROUP BY site.name, feed_url.url, day, class, reason ORDER BY site.name, feed_url.url, day, class, reason"""
_URLS = """SELECT site.name, day, class, reason, url.url, nullif(ends.url, url.url), result.article_id,
    result.seen_at,
    (SELECT claimed_title FROM sighting WHERE sighting.url_id = url.url_id AND claimed_title IS NOT NULL LIMIT 1),
    (SELECT detail FROM attempt WHERE attempt.url_id = result.end_id ORDER BY attempt_id DESC LIMIT 1)
  FROM result JOIN site USING (site_id) JOIN url USING (url_id) JOIN url AS ends ON ends.url_id = result.end_id
  WHERE class = :wanted OR reason = :wanted OR class || ':' || reason = :wanted OR :wanted = 'listed'
  ORDER BY site.name, day, url.url"""


@dataclass(frozen=True, slots=True)
class Count:
    """How many URLs that a site listed belong to a day and are in a class for a reason."""

    site: str
    feed: str | None  # its URL, where feeds are told apart
    day: str  # YYYY-MM-DD
    cls: str  # one of CLASSES
    reason: str | None
    urls: int


@dataclass(frozen=True, slots=True)
class ListedUrl:
    """One listed URL and its class."""

    site: str
    day: str
    cls: str
    reason: str | None
    url: str
    leads_to: str | None  # where redirects lead; None if nowhere else
    article_id: int | None
    first_listed: str
    title: str | None  # as a feed claims it
    detail: str | None  # of the last attempt, for people


def coverage(
    db: Database,
    site_ids: Sequence[int] | None = None,
    *,
    since: str | None = None,
    until: str | None = None,
    by_feed: bool = False,
) -> list[Count]:
    """Every URL that each site listed, counted in exactly one class; with `by_feed` that each of its feeds did.

    A URL belongs to the day of the earliest publication that the site's feeds claim of it, or else to that on which
    one of them listed it first. `since`, `until`: the first and the last day; of a year or month, all of it.
    """
    found = _run(db, _COUNTS, site_ids, since, until, by_feed=by_feed)
    return [Count(*values) for values in found]


def listed_urls(
    db: Database,
    wanted: str,
    site_ids: Sequence[int] | None = None,
    *,
    since: str | None = None,
    until: str | None = None,
) -> Iterator[ListedUrl]:
    """The URLs behind a number: `wanted` is "listed", a class, a reason, or both as "failed:timeout"."""
    for values in _run(db, _URLS, site_ids, since, until, wanted=wanted):
        yield ListedUrl(*values)


def _run(
    db: Database,
    sql: str,
    site_ids: Sequence[int] | None,
    since: str | None,
    until: str | None,
    *,
    by_feed: bool = False,
    wanted: str | None = None,
) -> sqlite3.Cursor:
    db.conn.create_function("normalised", 2, _normalised, deterministic=True)
    sites = None if site_ids is None else json.dumps(list(site_ids))
    parameters = dict(zip(("sites", "since", "until", "wanted"), row(sites, since, until, wanted), strict=True))
    query = f"{COVERAGE} {sql}".replace("__OF_FEED__", "feed.feed_id" if by_feed else "NULL")
    # All sightings are read in the order in which they lie, those of some sites by index.
    tables = "sighting CROSS JOIN feed" if site_ids is None else "feed CROSS JOIN sighting"
    return db.conn.execute(query.replace("__TABLES__", tables), parameters)


def _normalised(target: str | None, base: str) -> str | None:
    return normalise(target, base) if target else None
