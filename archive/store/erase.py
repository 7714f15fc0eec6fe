"""No trace of what was deleted: SQLite keeps deleted text in free places, FTS5 in older parts of its indexes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from archive.store.folder import Archive
from archive.store.pagesums import WAIT_MS, Connection
from archive.store.transaction import storage_errors


def erase_deleted(archive: Archive) -> bool:
    """Write the database anew, with what is in its tables and nothing else. Needs as much room on the disk again.

    -> whether all is gone; SQLite's log holds it still while another program reads the database.

    :raises StorageFailed: the disk is full or fails, or another process keeps the database locked.
    """
    connection = archive.db.conn
    assert isinstance(connection, Connection) and connection.sums is not None
    with storage_errors(archive.db), _temporary_files_in(archive):
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = FILE")
        for index in ("articles_fts", "articles_cjk_fts"):
            connection.execute(f"INSERT INTO {index} ({index}) VALUES ('optimize')")
        connection.execute("VACUUM")
        return connection.sums.copy_log(connection, wait_ms=WAIT_MS)


@contextmanager
def _temporary_files_in(archive: Archive) -> Iterator[None]:
    """They can be as large as the database, and hold the same."""
    before = os.environ.get("SQLITE_TMPDIR")
    os.environ["SQLITE_TMPDIR"] = str(archive.folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["SQLITE_TMPDIR"]
        else:
            os.environ["SQLITE_TMPDIR"] = before
