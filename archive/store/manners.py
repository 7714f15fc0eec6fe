"""What politeness asks of the database: how much of a site was fetched on a day, and until when a host wants rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from archive.store.text import Moment, row, stamp

if TYPE_CHECKING:
    from sqlite_utils import Database

# What was stopped by a rule before anything was sent; all else was a request. See `archive.model.Outcome`.
_SENT = "(attempt.status IS NOT NULL OR attempt.outcome NOT IN ('robots', 'blocked', 'opt-out'))"
PAGES_OF_DAY = f"""SELECT count(*) FROM crawl CROSS JOIN attempt INDEXED BY attempt_crawl USING (crawl_id)
    CROSS JOIN url USING (url_id)
  WHERE (crawl.ended_at IS NULL OR crawl.ended_at >= :day) AND attempt.started_at >= :day
    AND url.site_id = :site AND url.kind NOT IN ('robots', 'requisite') AND {_SENT}"""
# A URL that is put off, whose last answer was that of a server that is asked for too much.
RESTING_UNTIL = """SELECT max(due_at) FROM url INDEXED BY url_due
  WHERE state = 'due' AND kind <> 'robots' AND host = ? AND due_at > ?
    AND (SELECT status FROM attempt WHERE attempt.url_id = url.url_id ORDER BY attempt_id DESC LIMIT 1)
      IN (429, 503)"""


def pages_of_day(db: Database, site_id: int, now: datetime) -> int:
    """How many pages and feeds of a site were asked for on this day of UTC, in all crawls."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found: int = db.conn.execute(PAGES_OF_DAY, {"day": stamp(day), "site": site_id}).fetchone()[0]
    return found


def resting_until(db: Database, host: str, now: Moment) -> str | None:
    """Until when a host asked by Retry-After, in whatever crawl, to be left alone; None if it did not."""
    found: str | None = db.conn.execute(RESTING_UNTIL, row(host, stamp(now))).fetchone()[0]
    return found
