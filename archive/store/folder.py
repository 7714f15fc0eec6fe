"""An archive on disk: one folder with `archive.db` and `warc/`; making it, opening it, and saying why not."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from archive.errors import ArchiveTooNew, BadInput, NotAnArchive, StorageFailed
from archive.store.lock import writer_lock
from archive.store.pagesums import Connection, PageSums, sums_path
from archive.store.schema import APPLICATION_ID, SCHEMA_VERSION
from archive.store.transaction import BUSY_TIMEOUT_S, storage_failure

if TYPE_CHECKING:
    from sqlite_utils import Database

DATABASE = "archive.db"
WARC_FOLDER = "warc"
SIDECARS = ("-sums", "-wal", "-shm")  # what lies beside a database, by the end of its name
_REBUILD = "its database can be made again from the WARC files: broadsheet rebuild"
_MAKE_ONE = "make an archive with: broadsheet init DIR"


class Archive:
    """An open archive. It may be handed to another thread, but serves one thread at a time."""

    def __init__(self, folder: Path, db: Database) -> None:
        self.folder = folder
        self.db = db

    @property
    def warc_folder(self) -> Path:
        return self.folder / WARC_FOLDER

    def close(self) -> None:
        """Close the database; an open transaction is rolled back."""
        _close(self.db)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def create(folder: Path) -> None:
    """Make an empty archive: the folder if need be, `warc/` and `archive.db`, which appears whole or not at all.

    :raises BadInput: there is an archive already, or a file where the folder should be.
    :raises StorageFailed: the disk refuses.
    """
    folder = Path(folder)
    path = folder / DATABASE
    try:
        if folder.exists() and not folder.is_dir():
            raise BadInput(f"{folder} is a file, not a folder", hint="give the name of a new or empty folder")
        (folder / WARC_FOLDER).mkdir(parents=True, exist_ok=True)
        with writer_lock(folder):
            if path.exists() and path.stat().st_size:
                raise BadInput(f"{folder} already holds an {DATABASE}", hint="choose another folder")
            draft = folder / f"{DATABASE}.new"
            make_database(draft)
            draft.replace(path)
            _sync_folder(folder)
    except OSError as error:
        raise StorageFailed(
            f"{folder}: {error.strerror or error}", hint="choose a folder you can write"
        ) from error


def make_database(path: Path) -> None:
    """An empty database at `path`, in the place of what may be left there of an earlier try.

    :raises StorageFailed: the disk refuses.
    """
    for leftover in (path, Path(f"{path}-wal"), Path(f"{path}-shm"), sums_path(path)):
        leftover.unlink(missing_ok=True)
    _make(path)


def old_databases(folder: Path) -> list[Path]:
    """What rebuilds have kept."""
    return sorted(path for path in folder.glob(f"{DATABASE}.old*") if not path.name.endswith(SIDECARS))


def replace_database(folder: Path, new: Path) -> Path | None:
    """Put `new`, which nobody has open, in the place of `archive.db` -> where the old one is now; None without one.

    The old log goes first: SQLite would play it into whatever is called archive.db. One that an earlier rebuild has
    kept is left alone.
    """
    path, old, number = folder / DATABASE, folder / f"{DATABASE}.old", 1
    existed = path.exists()
    while old.exists():
        number += 1
        old = folder / f"{DATABASE}.old.{number}"
    for suffix in (*SIDECARS, ""):
        source, target = Path(f"{path}{suffix}"), Path(f"{old}{suffix}")
        target.unlink(missing_ok=True)
        if source.exists() and existed:
            source.replace(target)
        source.unlink(missing_ok=True)
    new.replace(path)
    if sums_path(new).exists():
        sums_path(new).replace(sums_path(path))
    _sync_folder(folder)
    return old if existed else None


def _make(path: Path) -> None:
    from archive.store.migrations import migrate

    try:
        db = _connect(f"file:{quote(str(path))}?mode=rwc", write=True)
        try:
            # An archive only grows, so there is nothing for auto_vacuum to give back; its page map would cost.
            db.conn.execute("PRAGMA auto_vacuum = NONE")
            db.conn.execute("PRAGMA journal_mode = WAL")
            migrate(db)
        finally:
            db.conn.close()
    except sqlite3.Error as error:
        raise storage_failure(error, path) or error from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_archive(folder: Path, *, write: bool = False, database: Path | None = None) -> Archive:
    """Open the archive in `folder`; made by an older version of Broadsheet, it is brought up to date first.

    Without `write` the connection refuses every write, and an archive on a medium that cannot be written is
    read as it stands. Readers and the one writer do not wait for each other (WAL). `database`: one that is to
    take the place of archive.db.

    :raises NotAnArchive: no such folder, no database in it, or a database that is not ours.
    :raises ArchiveTooNew: a newer version of Broadsheet made it.
    :raises StorageFailed: it can neither be read nor brought up to date here.
    """
    folder = Path(folder)
    path = database or folder / DATABASE
    if not folder.is_dir():
        what = "is a file; an archive is a folder" if folder.exists() else "does not exist"
        raise NotAnArchive(f"{folder} {what}", hint=_MAKE_ONE)
    if not path.is_file():
        held = any((folder / WARC_FOLDER).glob("*.warc*"))
        raise NotAnArchive(f"{folder} holds no {DATABASE}", hint=_REBUILD if held else _MAKE_ONE)
    db = None
    try:
        db = _connect(_uri(path, write=write), write=write)
        version = _format_of(db, path)
        if version < SCHEMA_VERSION:
            _update(path, db)
        if write:
            _keep_sums(db, path)
            db.conn.execute("PRAGMA journal_mode = WAL")
        else:
            db.conn.execute("PRAGMA query_only = ON")
    except BaseException as error:
        if db is not None:
            _close(db)
        if isinstance(error, sqlite3.Error | UnicodeDecodeError):
            raise _cannot_open(error, path) from error
        raise
    return Archive(folder, db)


def _keep_sums(db: Database, path: Path) -> None:
    assert isinstance(db.conn, Connection)
    db.conn.sums = PageSums(path)


def _close(db: Database) -> None:
    if isinstance(db.conn, Connection) and db.conn.sums is not None:
        sums, db.conn.sums = db.conn.sums, None
        sums.close(db.conn)
    db.conn.close()


def _uri(path: Path, *, write: bool) -> str:
    """A reader opens the file like a writer where it can: the last to leave then tidies up archive.db-wal."""
    name = f"file:{quote(str(path.resolve()))}"
    if write or os.access(path.parent, os.W_OK):
        return f"{name}?mode=rw"
    log = path.with_name(f"{DATABASE}-wal")
    if log.exists() and log.stat().st_size:
        return f"{name}?mode=ro"
    return f"{name}?immutable=1"  # nobody can write here: no lock and no log are needed, nor could be made


def _database_class() -> type[Database]:
    """sqlite-utils without numpy, which it would load only to know its types: that doubles the start of a command."""
    unwanted = "numpy" not in sys.modules and "sqlite_utils" not in sys.modules
    if unwanted:
        sys.modules["numpy"] = None  # type: ignore[assignment]  # an import of it now is an ImportError
    try:
        from sqlite_utils import Database
    finally:
        if unwanted:
            del sys.modules["numpy"]
    return Database


def _connect(uri: str, *, write: bool) -> Database:
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, factory=Connection
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA cache_size = {-65536 if write else -16384}")  # KiB
    connection.execute("PRAGMA wal_autocheckpoint = 0")  # `pagesums` copies the log, and knows what was copied
    if write:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_size_limit = 67108864")
    return _database_class()(connection, execute_plugins=False)


def _format_of(db: Database, path: Path) -> int:
    """The version of the schema; makes sure that the database is ours and not from the future."""
    connection = db.conn
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise NotAnArchive(f"{path} is a database, but no archive of Broadsheet", hint=_MAKE_ONE)
    version = _pragma(connection, "user_version")
    if version > SCHEMA_VERSION:
        raise ArchiveTooNew(
            f"{path} has format {version}, made by a newer Broadsheet; this one knows {SCHEMA_VERSION}",
            hint="update Broadsheet",
        )
    return version


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: Any = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return int(value)


def _update(path: Path, db: Database) -> None:
    from archive.store.migrations import migrate

    try:
        sums = PageSums(path)
        try:
            migrate(db)
        finally:
            sums.close(db.conn)
    except (StorageFailed, sqlite3.Error) as error:
        raise StorageFailed(
            f"{path} has an older format and cannot be brought up to date here: {error}",
            hint="copy the archive to a folder you can write and open it there",
        ) from error


def _cannot_open(error: sqlite3.Error | UnicodeDecodeError, path: Path) -> Exception:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_NOTADB:
        return NotAnArchive(
            f"{path} is no SQLite database", hint="the pages in warc/ are safe; restore archive.db from a copy"
        )
    return storage_failure(error, path) or error
