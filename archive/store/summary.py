"""What one crawl came to."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING

from archive.errors import NotFound
from archive.model import ANSWERED, EXCLUDING, Outcome
from archive.store.records import CrawlSummary
from archive.store.text import sql_list

if TYPE_CHECKING:
    from sqlite_utils import Database

# Of a robots.txt these are answers too: a 4xx means that all is allowed, and of a long one the first part counts.
GOOD_OF_ROBOTS = frozenset({Outcome.REFUSED, Outcome.HTTP_ERROR, Outcome.TOO_LARGE})

_LAST = f"""SELECT url.url, url.kind, attempt.outcome, attempt.status, attempt.detail FROM
    (SELECT url_id, max(attempt_id) AS attempt_id FROM attempt WHERE crawl_id = ? GROUP BY url_id) AS last
  JOIN attempt ON attempt.attempt_id = last.attempt_id JOIN url ON url.url_id = last.url_id
  WHERE attempt.outcome NOT IN {sql_list({*ANSWERED, Outcome.STOPPED})}"""
# Links that discovery left out while the crawl ran; nothing was ever sent for them.
_LEFT_OUT = """SELECT url, excluded_by FROM url WHERE state = 'excluded' AND last_fetch IS NULL AND first_seen >= ?
  AND (? IS NULL OR first_seen <= ?)"""
_NEW_VERSIONS = """SELECT version.article_id, min(version.version_id), count(*) FROM capture
  JOIN version ON version.capture_id = capture.capture_id
  WHERE capture.crawl_id = ? AND version.same_as IS NULL AND version.verdict <> 'soft-404'
  GROUP BY version.article_id"""
_OLDER = "SELECT 1 FROM version WHERE article_id = ? AND version_id < ? LIMIT 1"


def crawl_summary(db: Database, crawl_id: int) -> CrawlSummary:
    """The counts of one crawl.

    :raises NotFound: there was no such crawl.
    """
    connection = db.conn
    crawl = connection.execute(
        "SELECT started_at, ended_at, finish_reason FROM crawl WHERE crawl_id = ?", (crawl_id,)
    ).fetchone()
    if crawl is None:
        raise NotFound(f"there was no crawl {crawl_id}")
    outcomes: dict[str, int] = dict(
        connection.execute(
            "SELECT outcome, count(*) FROM attempt WHERE crawl_id = ? GROUP BY outcome", (crawl_id,)
        )
    )
    fetched, pages, unread = connection.execute(
        """SELECT count(attempt.capture_id), sum(attempt.capture_id IS NOT NULL AND url.kind <> 'robots'),
             sum(capture.extraction_error IS NOT NULL AND coalesce(capture.verdict, 'error') = 'error')
           FROM attempt JOIN url ON url.url_id = attempt.url_id LEFT JOIN capture USING (capture_id)
           WHERE attempt.crawl_id = ?""",
        (crawl_id,),
    ).fetchone()
    articles, new_versions = _articles(connection, crawl_id)
    excluded, failed, examples = _losses(connection, crawl_id, crawl[0], crawl[1])
    return CrawlSummary(
        crawl_id=crawl_id,
        started_at=crawl[0],
        ended_at=crawl[1],
        finish_reason=crawl[2],
        requested=sum(outcomes.values()),
        outcomes=outcomes,
        fetched=fetched,
        pages=pages or 0,
        archived=outcomes.get(Outcome.ARCHIVED, 0),
        unchanged=outcomes.get(Outcome.UNCHANGED, 0),
        redirects=outcomes.get(Outcome.REDIRECT, 0),
        gone=outcomes.get(Outcome.GONE, 0),
        articles=articles,
        new_versions=new_versions,
        unread=unread or 0,
        excluded=excluded,
        failed=failed,
        examples=examples,
    )


def _articles(connection: sqlite3.Connection, crawl_id: int) -> tuple[int, int]:
    """(articles that were not held before, versions that were not)."""
    articles = versions = 0
    for article_id, first, count in connection.execute(_NEW_VERSIONS, (crawl_id,)):
        versions += count
        articles += connection.execute(_OLDER, (article_id, first)).fetchone() is None
    return articles, versions


def _losses(
    connection: sqlite3.Connection, crawl_id: int, started_at: str, ended_at: str | None
) -> tuple[dict[str, int], dict[str, int], dict[str, str]]:
    """({reason: URLs excluded}, {outcome: URLs failed}, {either: an example})."""
    excluded: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for url, kind, outcome, status, detail in connection.execute(_LAST, (crawl_id,)):
        if kind == "requisite":
            continue  # a page without one of its pictures is no page lost; `attempt` tells
        if kind == "robots" and outcome == Outcome.NOT_IN_REPLAY:
            continue  # no page: all is allowed then
        if kind == "robots" and status is not None and outcome in GOOD_OF_ROBOTS:
            continue
        (excluded if outcome in EXCLUDING else failed)[outcome] += 1
        examples.setdefault(outcome, f"{url}: {detail}" if detail else url)
    for url, reason in connection.execute(_LEFT_OUT, (started_at, ended_at, ended_at)):
        excluded[reason] += 1
        examples.setdefault(reason, url)
    return dict(excluded), dict(failed), examples
