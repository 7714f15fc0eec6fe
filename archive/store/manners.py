"""What politeness asks of the database: pages of a day, rest that a host wants, signals by which publishers opt out."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from archive.model import EXCLUDING, Outcome, TdmFile
from archive.optout import OF_ROBOTS, Stated, signals
from archive.store.text import Moment, row, sql_list, stamp
from archive.urls import host_of, origin_of

if TYPE_CHECKING:
    from sqlite_utils import Database

# What was stopped by a rule before anything was sent; all else was a request, also of what was taken down since.
_SENT = f"(attempt.status IS NOT NULL OR attempt.outcome NOT IN {sql_list(EXCLUDING - {Outcome.TAKEDOWN})})"
PAGES_OF_DAY = f"""SELECT count(*) FROM crawl CROSS JOIN attempt INDEXED BY attempt_crawl USING (crawl_id)
    CROSS JOIN url USING (url_id)
  WHERE (crawl.ended_at IS NULL OR crawl.ended_at >= :day) AND attempt.started_at >= :day
    AND url.site_id = :site AND url.kind NOT IN ('robots', 'requisite') AND {_SENT}"""


def pages_of_day(db: Database, site_id: int, now: datetime) -> int:
    """How many pages and feeds of a site were asked for on this day of UTC, in all crawls."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found: int = db.conn.execute(PAGES_OF_DAY, {"day": stamp(day), "site": site_id}).fetchone()[0]
    return found


def resting_until(db: Database, host: str, now: Moment) -> str | None:
    """Until when a host asked by Retry-After, in whatever crawl, to be left alone; None if it did not."""
    return resting(db, now).get(host)


def resting(db: Database, now: Moment) -> dict[str, str]:
    """{host that wants to be left alone: until when}."""
    return dict(db.conn.execute("SELECT host, until FROM rest WHERE until > ?", row(stamp(now))).fetchall())


def write_rest(connection: sqlite3.Connection, url: str, until: Moment) -> None:
    """Keep until when the host of a URL wants no request; the latest time that it named holds."""
    connection.execute(
        """INSERT INTO rest (host, until) VALUES (?, ?)
           ON CONFLICT (host) DO UPDATE SET until = max(until, excluded.until)""",
        row(host_of(url), stamp(until)),
    )


_FILES = "SELECT iif(status = 'rules', rules, NULL), tdm FROM robots WHERE origin = ?"


def opt_out(
    connection: sqlite3.Connection, url: str, said: Stated, *, confirms: str | None = None, alone: bool = False
) -> str | None:
    """What `capture.opt_out` holds: signals, separated by blanks; None if there is none.

    `confirms`: the record id of the capture that a 304 confirms. `alone`: what the origin's files say now is not of
    the time of the capture.
    """
    robots, tdm = None, None
    if not alone and (files := connection.execute(_FILES, row(origin_of(url))).fetchone()) is not None:
        robots, tdm = files
    found = list(signals(said, url, tdm, robots))
    if confirms is not None:
        before = connection.execute("SELECT opt_out FROM capture WHERE record_id = ?", row(confirms)).fetchone()
        held = (before[0] or "").split() if before else []
        found = [*(one for one in held if one not in found and not one.startswith(OF_ROBOTS)), *found]
    return " ".join(found) or None


def tdm_file(db: Database, origin: str) -> tuple[str | None, str | None]:
    """(the text of an origin's tdmrep.json, None if there is none; when it was asked for last, None if never)."""
    found = db.conn.execute("SELECT tdm, tdm_fetched_at FROM robots WHERE origin = ?", row(origin)).fetchone()
    return (found[0], found[1]) if found else (None, None)


def write_tdm_file(connection: sqlite3.Connection, file: TdmFile, at: str) -> None:
    """Keep what was found; what could not be had leaves what was there. There is a robots.txt of each such origin."""
    connection.execute(
        "UPDATE robots SET tdm = iif(?1, ?2, tdm), tdm_fetched_at = ?3 WHERE origin = ?4",
        row(file.known, file.text, at, file.origin),
    )
