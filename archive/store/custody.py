"""What is known of the WARC files themselves: where they lie, what they must be, when they were found to be so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
