"""Transactions that keep together or fail together, and what an error of the disk means in plain words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from archive.errors import BroadsheetError, StorageFailed
from archive.store.pagesums import Connection

if TYPE_CHECKING:
    from sqlite_utils import Database

BUSY_TIMEOUT_S = 30

# Primary result codes of SQLite (https://www.sqlite.org/rescode.html) -> what happened, what to do.
_FAILURES = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space and start again; what was acknowledged is safe"),
    sqlite3.SQLITE_IOERR: ("the disk failed", "check the disk, then run broadsheet verify"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "check the permissions of the archive's folder"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check the permissions of the archive's folder"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "the pages in warc/ are safe; restore archive.db from a copy"),
    sqlite3.SQLITE_NOTADB: (
        "it is no SQLite database",
        "the pages in warc/ are safe; restore archive.db from a copy",
    ),
    sqlite3.SQLITE_BUSY: (f"another process has locked it for {BUSY_TIMEOUT_S} s", "try again when that is done"),
}


def storage_failure(error: sqlite3.Error | UnicodeDecodeError, where: object) -> BroadsheetError | None:
    """The error for people behind an error of SQLite; None if it is a mistake of ours and must be seen.

    Of a text, even of its own message, that is no UTF-8 any more, SQLite's module makes a UnicodeDecodeError.
    """
    is_text = isinstance(error, UnicodeDecodeError)
    code = sqlite3.SQLITE_CORRUPT if is_text else getattr(error, "sqlite_errorcode", None)
    if code is None or code & 0xFF not in _FAILURES:
        return None
    what, hint = _FAILURES[code & 0xFF]
    return StorageFailed(f"{where}: {what}", hint=hint)


def path_of(db: Database) -> str:
    """The file of a database, for messages."""
    try:
        return str(db.conn.execute("PRAGMA database_list").fetchone()[2]) or "archive.db"
    except (sqlite3.Error, UnicodeDecodeError):
        return "archive.db"


@contextmanager
def storage_errors(db: Database) -> Iterator[None]:
    """:raises StorageFailed: where the disk, not the caller, is at fault."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        failure = storage_failure(error, path_of(db))
        if failure is None:
            raise
        raise failure from error


@contextmanager
def unreadable(db: Database, *, damaged: bool) -> Iterator[None]:
    """What cannot be read of a database is a `StorageFailed`, and if it is `damaged`, so is whatever comes of that."""
    try:
        with storage_errors(db):
            yield
    except (sqlite3.Error, ValueError, TypeError, LookupError) as error:
        if not damaged and not isinstance(error, sqlite3.Error):
            raise
        raise StorageFailed(f"{path_of(db)}: {error}") from error


@contextmanager
def transaction(db: Database) -> Iterator[sqlite3.Connection]:
    """One write transaction, all or nothing; inside another one it becomes part of that.

    It begins IMMEDIATE: a transaction that reads first and writes later can fail with BUSY in WAL mode without
    waiting, because another writer has made its snapshot old.

    :raises StorageFailed: the disk is full or fails, or another process keeps the database locked.
    """
    connection = db.conn
    if connection.in_transaction:
        yield connection
        return
    with storage_errors(db):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            _roll_back(connection)
            raise
        if isinstance(connection, Connection) and connection.sums is not None:
            connection.sums.tend(connection)


@contextmanager
def snapshot(db: Database) -> Iterator[sqlite3.Connection]:
    """Several queries that see one state of the database, whatever others write meanwhile.

    :raises StorageFailed: the disk fails.
    """
    connection = db.conn
    with storage_errors(db):
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            _roll_back(connection)


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # SQLite itself rolls back after some errors of the disk
        connection.execute("ROLLBACK")
