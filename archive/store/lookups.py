"""Small questions about single rows, for recovery and for commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from archive.model import RefersTo
from archive.optout import disallowed
from archive.robots import Rules
from archive.store.crawls import unfinished_crawl
from archive.store.frontier import robots
from archive.store.text import row, stamp
from archive.store.transaction import transaction
from archive.store.urls import IMPORTED_DEPTH
from archive.urls import origin_of

if TYPE_CHECKING:
    from sqlite_utils import Database


RESUMED_S = 3 * 3600  # what was fetched earlier than that before a crawl is not taken for a part of it


@dataclass(frozen=True, slots=True)
class WarcFile:
    """One row of warc_file."""

    warc_file_id: int
    filename: str
    crawl_id: int | None
    committed_bytes: int
    sealed_at: str | None
    sha256: str | None


_WARC_FILE = "SELECT warc_file_id, filename, crawl_id, committed_bytes, sealed_at, sha256 FROM warc_file"


def warc_file(db: Database, filename: str) -> WarcFile | None:
    found = db.conn.execute(f"{_WARC_FILE} WHERE filename = ?", row(filename)).fetchone()
    return WarcFile(*found) if found else None


def unsealed_warc_files(db: Database) -> list[str]:
    """Names of the files that were being written when somebody died, or are being written now."""
    found = db.conn.execute("SELECT filename FROM warc_file WHERE sealed_at IS NULL AND imported_from IS NULL")
    return [name for (name,) in found]


def forget_warc_file(db: Database, warc_file_id: int) -> None:
    """Take out the row of a file that held nothing and is gone. One with captures stays: that is for verify to say."""
    with transaction(db) as connection:
        connection.execute(
            """DELETE FROM warc_file WHERE warc_file_id = ?1
               AND NOT EXISTS (SELECT 1 FROM capture WHERE capture.warc_file_id = ?1)""",
            (warc_file_id,),
        )


def knows_record(db: Database, record_id: str) -> bool:
    return db.conn.execute("SELECT 1 FROM capture WHERE record_id = ?", row(record_id)).fetchone() is not None


def original(db: Database, payload_digest: str, shape: str) -> RefersTo | None:
    """The capture that a revisit with this payload, in these codings, can refer to."""
    found = db.conn.execute(
        """SELECT record_id, url, captured_at, payload_digest FROM payload JOIN capture USING (capture_id)
           JOIN url USING (url_id) WHERE digest = ? AND shape = ?""",
        row(payload_digest, shape),
    ).fetchone()
    return RefersTo(*found) if found else None


def place_of(db: Database, record_id: str) -> tuple[str, int, int] | None:
    """Where a capture lies: file, offset, length. The file's name, or its path if it was imported by reference."""
    found = db.conn.execute(
        """SELECT coalesce(path, filename), "offset", length FROM capture JOIN warc_file USING (warc_file_id)
           WHERE record_id = ?""",
        row(record_id),
    ).fetchone()
    return tuple(found) if found else None


def crawl_id(db: Database, uuid: str) -> int | None:
    found = db.conn.execute("SELECT crawl_id FROM crawl WHERE uuid = ?", row(uuid)).fetchone()
    return int(found[0]) if found else None


def count_articles(db: Database) -> int:
    return int(db.conn.execute("SELECT count(*) FROM articles").fetchone()[0])


def site_id(db: Database, name: str) -> int | None:
    found = db.conn.execute("SELECT site_id FROM site WHERE name = ?", row(name)).fetchone()
    return int(found[0]) if found else None


def make_due(db: Database, urls: Sequence[str]) -> None:
    """Make URLs due now that somebody asks for by name, whatever became of them; not those that were taken down."""
    with transaction(db) as connection:
        connection.executemany(
            """UPDATE url SET state = 'due', excluded_by = NULL, due_at = NULL, attempts = 0,
                 depth = CASE WHEN depth >= ? THEN 0 ELSE depth END
               WHERE url = ? AND excluded_by IS NOT 'takedown'""",
            [row(IMPORTED_DEPTH, url) for url in urls],
        )


def forgive(db: Database, host: str, reason: str, respect: Mapping[str, Sequence[str]]) -> int:
    """Make due what robots.txt was a reason against on this host, and now is not -> how many URLs.

    `respect`: the signals of opting out that sites respect, by the site's name. What a page said itself, when it was
    asked for, stays excluded.
    """
    rules: dict[str, Rules | None] = {}
    with transaction(db) as connection:
        excluded = connection.execute(
            """SELECT url_id, url, site.name FROM url JOIN site USING (site_id)
               WHERE host = ? AND state = 'excluded' AND excluded_by = ? AND
                 (SELECT status FROM attempt WHERE attempt.url_id = url.url_id ORDER BY attempt_id DESC LIMIT 1)
                   IS NULL""",
            row(host, reason),
        ).fetchall()
        allowed = []
        for url_id, url, site in excluded:
            if (origin := origin_of(url)) not in rules:
                kept = robots(db, origin)
                rules[origin] = Rules(kept[0]) if kept else None
            asked = rules[origin]
            if (
                asked
                and asked.decide(url).allowed
                and not disallowed(asked.robots.rules, respect.get(site, ()), url)
            ):
                allowed.append((url_id,))
        connection.executemany(
            "UPDATE url SET state = 'due', excluded_by = NULL, next_visit = NULL WHERE url_id = ?", allowed
        )
    return len(allowed)


def forgive_missing(db: Database, site_id: int) -> int:
    """Make due what was in no file of an earlier replay -> how many: another file, or the network, may have it."""
    with transaction(db) as connection:
        return connection.execute(
            """UPDATE url SET state = 'due', excluded_by = NULL
               WHERE site_id = ? AND state = 'excluded' AND excluded_by = 'not-in-replay'""",
            row(site_id),
        ).rowcount


def make_named_due(db: Database, urls: Sequence[str]) -> None:
    """Make due the listings that sites.toml names and nothing else would ever ask for.

    Not those that were taken down, or about which the publisher has spoken.
    """
    with transaction(db) as connection:
        connection.executemany(
            """UPDATE url SET state = 'due', excluded_by = NULL, due_at = NULL, attempts = 0
               WHERE url = ? AND kind IN ('front', 'section', 'feed') AND next_visit IS NULL
                 AND (state IN ('done', 'failed')
                   OR state = 'excluded' AND excluded_by NOT IN ('takedown', 'robots', 'opt-out'))""",
            [row(url) for url in urls],
        )


def dismiss(db: Database, urls: Sequence[str], reason: str) -> int:
    """Exclude those of these URLs that were tried and are no feed -> how many. Nobody named them: they were guesses."""
    with transaction(db) as connection:
        return connection.executemany(
            """UPDATE url SET state = 'excluded', excluded_by = ?1, next_visit = NULL
               WHERE url = ?2 AND excluded_by IS NOT 'takedown'
                 AND EXISTS (SELECT 1 FROM attempt WHERE attempt.url_id = url.url_id) AND NOT EXISTS (
                 SELECT 1 FROM feed WHERE feed.url_id = url.url_id AND feed.error IS NULL AND feed.entries > 0)""",
            [row(reason, url) for url in urls],
        ).rowcount


def resumed_since(db: Database, now: datetime) -> str | None:
    """Since when the newest crawl has fetched what one that goes on with it need not ask again; None if it finished."""
    crawl = unfinished_crawl(db)
    if crawl is None:
        return None
    return max(crawl.started_at, stamp(now - timedelta(seconds=RESUMED_S)))
