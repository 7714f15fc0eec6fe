"""Crawls and WARC files: what is written once at the beginning and once at the end."""

from __future__ import annotations

import uuid as uuid_module
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from archive.store.text import Moment, row, stamp, to_json
from archive.store.transaction import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

OPEN_SUFFIX = ".open"


@dataclass(frozen=True, slots=True)
class UnfinishedCrawl:
    """The newest crawl, if it was stopped or killed before it had fetched all that was due."""

    crawl_id: int
    uuid: str
    started_at: str
    ended_at: str | None
    finish_reason: str | None


def open_crawl(
    db: Database,
    *,
    software: str,
    started_at: Moment,
    user_agent: str | None = None,
    settings: Mapping[str, Any] | None = None,
    uuid: str | None = None,
) -> int:
    """Enter a new crawl -> its id."""
    parameters = row(
        uuid or str(uuid_module.uuid4()),
        stamp(started_at),
        user_agent,
        software,
        to_json(dict(settings)) if settings is not None else None,
    )
    with transaction(db) as connection:
        crawl_id = connection.execute(
            "INSERT INTO crawl (uuid, started_at, user_agent, software, settings) VALUES (?, ?, ?, ?, ?)",
            parameters,
        ).lastrowid
    assert crawl_id is not None
    return crawl_id


def close_crawl(
    db: Database,
    crawl_id: int,
    *,
    ended_at: Moment,
    finish_reason: str,
    summary: Mapping[str, Any] | None = None,
) -> None:
    """Note when and why a crawl ended; "finished" means that nothing was left to do."""
    with transaction(db) as connection:
        connection.execute(
            "UPDATE crawl SET ended_at = ?, finish_reason = ?, summary = ? WHERE crawl_id = ?",
            row(stamp(ended_at), finish_reason, to_json(dict(summary)) if summary is not None else None, crawl_id),
        )


def unfinished_crawl(db: Database) -> UnfinishedCrawl | None:
    """The newest crawl, if it did not end with "finished"; None if it did, or if there was none."""
    found = db.conn.execute(
        "SELECT crawl_id, uuid, started_at, ended_at, finish_reason FROM crawl ORDER BY crawl_id DESC LIMIT 1"
    ).fetchone()
    crawl = UnfinishedCrawl(*found) if found else None
    return crawl if crawl and (crawl.ended_at is None or crawl.finish_reason != "finished") else None


def warc_name(filename: str) -> str:
    """The name of a WARC file as the database keeps it: no folder, no `.open`."""
    return PurePath(filename).name.removesuffix(OPEN_SUFFIX)


def add_warc_file(
    db: Database,
    filename: str,
    *,
    warcinfo_id: str,
    opened_at: Moment,
    crawl_id: int | None = None,
    committed_bytes: int = 0,
) -> int:
    """Enter a WARC file that has been opened -> its id; one that is known already is returned as it is."""
    name = warc_name(filename)
    with transaction(db) as connection:
        connection.execute(
            """INSERT INTO warc_file (filename, crawl_id, warcinfo_id, opened_at, committed_bytes)
               VALUES (?, ?, ?, ?, ?) ON CONFLICT (filename) DO NOTHING""",
            row(name, crawl_id, warcinfo_id, stamp(opened_at), committed_bytes),
        )
        found: int = connection.execute(
            "SELECT warc_file_id FROM warc_file WHERE filename = ?", row(name)
        ).fetchone()[0]
    return found


def seal_warc_file(db: Database, warc_file_id: int, *, sealed_at: Moment, sha256: str, size: int) -> None:
    """Note that a WARC file is complete: its size in bytes and the SHA-256 of the whole file, hex."""
    with transaction(db) as connection:
        connection.execute(
            "UPDATE warc_file SET sealed_at = ?, sha256 = ?, committed_bytes = ? WHERE warc_file_id = ?",
            row(stamp(sealed_at), sha256, size, warc_file_id),
        )
