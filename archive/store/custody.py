"""What is known of the WARC files themselves: where they lie, what they must be, when they were found to be so."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.store.text import row
from archive.store.transaction import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

_FILES = """SELECT warc_file_id, filename, path, crawl.uuid, warcinfo_id, committed_bytes, sealed_at, sha256,
    imported_from, verified_bytes, verified_mtime
  FROM warc_file LEFT JOIN crawl USING (crawl_id) ORDER BY warc_file_id"""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One WARC file as the database knows it."""

    warc_file_id: int
    filename: str
    path: str | None  # where it lies if it was imported by reference
    crawl_uuid: str | None
    warcinfo_id: str
    committed_bytes: int
    sealed_at: str | None
    sha256: str | None
    imported_from: str | None
    verified_bytes: int | None  # when all of it was last found to be sound: its size,
    verified_mtime: int | None  # and the time of its last change, in nanoseconds since 1970


def kept_files(db: Database) -> list[KeptFile]:
    """All files, in the order in which they were entered."""
    return [KeptFile(*values) for values in db.conn.execute(_FILES)]


def knows_file(db: Database, filename: str) -> bool:
    return db.conn.execute("SELECT 1 FROM warc_file WHERE filename = ?", row(filename)).fetchone() is not None


def files_of_attempts(db: Database, urls: Iterable[str]) -> list[str]:
    """The files in which there may be bytes of these URLs that are no capture: what came was no HTTP, for instance."""
    found = db.conn.execute(
        """SELECT DISTINCT filename FROM url JOIN attempt USING (url_id) JOIN warc_file USING (crawl_id)
           WHERE url IN (SELECT value FROM json_each(?)) AND attempt.capture_id IS NULL AND path IS NULL""",
        (json.dumps(list(urls)),),
    )
    return [name for (name,) in found]


def places_that_stay(db: Database, file_id: int, but: Collection[int]) -> set[int]:
    """The offsets in a file of all records that belong to captures, `but` those of these captures."""
    found = db.conn.execute(
        """SELECT "offset", request_offset, metadata_offset FROM capture
           WHERE warc_file_id = ? AND capture_id NOT IN (SELECT value FROM json_each(?))""",
        (file_id, json.dumps(list(but))),
    )
    return {offset for offsets in found for offset in offsets if offset is not None}


def record_ids(db: Database, files: Iterable[tuple[int, int | None]]) -> Iterator[tuple[str, str, str, str]]:
    """The captures in these files (number, offset of their end; None: all): record id, type, URL, time."""
    for file_id, end in files:
        yield from db.conn.execute(
            """SELECT record_id, record_type, url, captured_at FROM capture JOIN url USING (url_id)
               WHERE warc_file_id = ?1 AND (?2 IS NULL OR "offset" < ?2)""",
            (file_id, end),
        )


def note_verified(db: Database, files: Iterable[tuple[int, int | None, int | None]], at: str) -> None:
    """Note what was found of these files: (number, bytes, time of their last change); None: they are not sound."""
    with transaction(db) as connection:
        connection.executemany(
            """UPDATE warc_file SET verified_at = CASE WHEN ?2 IS NOT NULL THEN ?4 END, verified_bytes = ?2,
                 verified_mtime = ?3 WHERE warc_file_id = ?1""",
            [(*file, at) for file in files],
        )


Place = tuple[int, int]  # offset and length of a record


def note_rewritten(
    db: Database,
    filename: str,
    place: Callable[[int], Place | int | None],
    *,
    size: int,
    sha256: str,
    end_moved: Callable[[int], int] | None = None,
) -> None:
    """Note that a file was written anew.

    `place` tells by its old offset where a record lies now, or only its new offset; None: it is not there any more.
    `end_moved` does so for the end of what is entered of a file whose import was stopped.
    """
    with transaction(db) as connection:
        file_id, committed, sealed_at = connection.execute(
            "SELECT warc_file_id, committed_bytes, sealed_at FROM warc_file WHERE filename = ?", row(filename)
        ).fetchone()
        rows = connection.execute(
            """SELECT capture_id, "offset", length, request_offset, request_length, metadata_offset, metadata_length
               FROM capture WHERE warc_file_id = ?""",
            (file_id,),
        ).fetchall()
        # No two captures may have one place, not even for a moment.
        connection.execute('UPDATE capture SET "offset" = -1 - "offset" WHERE warc_file_id = ?', (file_id,))

        def now(offset: int | None, length: int | None) -> tuple[int | None, int | None]:
            found = place(offset) if offset is not None else None
            return (found, length) if isinstance(found, int) else found or (None, None)

        connection.executemany(
            """UPDATE capture SET "offset" = ?, length = ?, request_offset = ?, request_length = ?,
                 metadata_offset = ?, metadata_length = ? WHERE capture_id = ?""",
            [(*now(a, b), *now(c, d), *now(e, f), number) for number, a, b, c, d, e, f in rows],
        )
        connection.execute(
            """UPDATE warc_file SET committed_bytes = ?, sha256 = ?, verified_at = NULL, verified_bytes = NULL,
                 verified_mtime = NULL WHERE warc_file_id = ?""",
            (end_moved(committed) if end_moved and sealed_at is None else size, sha256, file_id),
        )
