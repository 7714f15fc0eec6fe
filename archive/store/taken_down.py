"""What was taken down already: what is to be known of it, and what may have left traces."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.store.takedown import BY
from archive.store.text import row

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Traces:
    """Of what there may be traces: URLs, and files below the folder of the WARC files."""

    urls: frozenset[str]
    told: frozenset[
        str
    ]  # what records of the journal can name: articles by their URLs, captures by their record ids
    set_aside: frozenset[str]


def unfinished(db: Database) -> Traces | None:
    """What was taken down and may have left traces; None if nothing did."""
    found = db.conn.execute("SELECT url, records FROM takedown WHERE erased_at IS NULL").fetchall()
    records = [record for _, text in found for record in json.loads(text)]
    urls = {url for url, _ in found} | {
        r["url"] for r in records if r["url"] and not r["url"].startswith("metadata:")
    }
    told = urls | {record["record_id"] for record in records if record["record_id"] and not record.get("shared")}
    set_aside = {record["set_aside"] for record in records if record.get("set_aside")}
    return Traces(frozenset(urls), frozenset(told), frozenset(set_aside)) if found else None


def note_erased(db: Database, at: str) -> None:
    db.conn.execute("UPDATE takedown SET erased_at = ? WHERE erased_at IS NULL", (at,))


def last_takedown(db: Database) -> str | None:
    """When something was taken down last; None if nothing was."""
    (at,) = db.conn.execute("SELECT max(taken_down_at) FROM takedown").fetchone()
    return at if at is None else str(at)


def record_ids_taken_down(db: Database) -> set[str]:
    """The records that were removed on request, by their ids; none whose id another record has that stays."""
    found = db.conn.execute(
        """SELECT json_extract(value, '$.record_id') FROM takedown, json_each(records)
           WHERE json_extract(value, '$.shared') IS NULL"""
    )
    return {record_id for (record_id,) in found if record_id}


def payloads_taken_down(db: Database) -> set[str]:
    """The digests of the pages that were removed on request."""
    found = db.conn.execute(
        """SELECT json_extract(value, '$.payload_digest') FROM takedown, json_each(records)
           WHERE json_extract(value, '$.status') BETWEEN 200 AND 299"""
    )
    return {digest for (digest,) in found if digest}


def is_taken_down(db: Database, url: str) -> bool:
    """Whether this URL is excluded because it was taken down."""
    found = db.conn.execute("SELECT 1 FROM url WHERE url = ? AND excluded_by = ?", row(url, BY)).fetchone()
    return found is not None
