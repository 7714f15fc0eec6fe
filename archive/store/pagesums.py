"""Fixity of the database itself: a checksum of each page of `archive.db`, kept beside it in `archive.db-sums`.

SQLite notices a damaged structure, not a changed letter. Here each process that writes knows which pages it changed,
from SQLite's log (https://www.sqlite.org/fileformat2.html#the_write_ahead_log), and brings their sums up to date when
it leaves; the sum of a page that nobody wrote stays, however often others are written. So that nothing reaches the
database unseen, those who write copy the log into it themselves (no automatic checkpoints).

The file: 32 bytes of header (magic, page size, number of pages, generation, state, checksum of these), then 8 bytes
for each page; zeros where a sum is not known. While somebody writes it says so; if they die, nothing is known any
more, and the next one sums all pages anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archive.errors import StorageFailed

SUFFIX = "-sums"
LOG_BYTES = 16 << 20  # a log of this size is copied into the database
WAIT_MS = 2000  # for readers, when that is to be done at the end

_MAGIC = b"BRSHSUM1"
_HEADER = struct.Struct(">8sIIII")
_CHECK = 8
_START = _HEADER.size + _CHECK
_SUM = 8
_CLOSED, _OPEN = 0, 1
_UNKNOWN = bytes(_SUM)
_LOG_MAGIC = (0x377F0682, 0x377F0683)

# A forked child shares the locks of its parent and would keep them after the parent's death.
_held: set[int] = set()


def _release_in_child() -> None:
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_release_in_child)


class Connection(sqlite3.Connection):
    """A connection that knows the sums it has to keep; None where it only reads."""

    sums: PageSums | None = None


@dataclass(frozen=True, slots=True)
class _Header:
    page_size: int
    pages: int
    generation: int
    state: int

    def pack(self) -> bytes:
        head = _HEADER.pack(_MAGIC, self.page_size, self.pages, self.generation, self.state)
        return head + hashlib.blake2b(head, digest_size=_CHECK).digest()


def _unpack(data: bytes) -> _Header | None:
    """None for what is no header, or a damaged one."""
    head = data[: _HEADER.size]
    if len(data) != _START or hashlib.blake2b(head, digest_size=_CHECK).digest() != data[_HEADER.size :]:
        return None
    magic, *values = _HEADER.unpack(head)
    return _Header(*values) if magic == _MAGIC else None


def sums_path(database: Path) -> Path:
    return database.with_name(database.name + SUFFIX)


class PageSums:
    """The sums of a database that somebody is about to write to; several may do so at once.

    :raises StorageFailed: the file cannot be made or locked.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._log = database.with_name(database.name + "-wal")
        self._changed: set[int] = set()  # pages that this process copied from the log
        self._next = LOG_BYTES
        try:
            self._file = os.open(sums_path(database), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StorageFailed(
                f"{sums_path(database)}: {error.strerror}", hint="check the permissions of the archive's folder"
            ) from error
        _held.add(self._file)
        try:
            self._begin()
        except OSError as error:
            self._release()
            raise StorageFailed(
                f"{sums_path(database)}: {error.strerror}", hint="the folder must lie on a local disk"
            ) from error

    def _begin(self) -> None:
        alone = _locked(self._file)
        if not alone:  # others write; or one of them is just leaving: then this waits
            fcntl.flock(self._file, fcntl.LOCK_SH)
        found = _unpack(os.pread(self._file, _START, 0))
        if not alone and found is not None and found.state == _OPEN and not (alone := _locked(self._file)):
            fcntl.flock(self._file, fcntl.LOCK_SH)
        if alone and (found is None or found.state == _OPEN):  # made just now, damaged, or left by one that died
            os.ftruncate(self._file, 0)
            found = _Header(0, 0, found.generation if found else 0, _OPEN)
        if found is not None:
            self._write_header(_Header(found.page_size, found.pages, (found.generation + 1) % 2**32, _OPEN))
        if alone:
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def tend(self, connection: sqlite3.Connection) -> None:
        """Copy the log into the database if it has grown large. Nobody waits: what readers still need comes later."""
        try:
            size = self._log.stat().st_size
            if size >= self._next:
                self._next = LOG_BYTES if self.copy_log(connection) else size + LOG_BYTES
        except (OSError, sqlite3.Error):
            return  # what was committed is in the log, and the log is still there

    def copy_log(self, connection: sqlite3.Connection, *, wait_ms: int = 0) -> bool:
        """Copy the log into the database and empty it -> whether it is empty now; it is not while others read."""
        self._changed |= _logged_pages(self._log)
        (timeout,) = connection.execute("PRAGMA busy_timeout").fetchone()
        connection.execute(f"PRAGMA busy_timeout = {wait_ms:d}")
        try:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {timeout:d}")
        return not busy

    def close(self, connection: sqlite3.Connection) -> None:
        """Bring the sums up to date with what was written; before the connection is closed.

        Where that cannot be done (a reader keeps the log, the disk is full), the sums stay marked as not known.
        """
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            emptied = self.copy_log(connection, wait_ms=WAIT_MS)
            self._forget_changed()
            if emptied and _locked(self._file):  # who leaves last sums them
                self._settle()
        except (OSError, sqlite3.Error):
            pass
        finally:
            self._release()

    def _forget_changed(self) -> None:
        found = _unpack(os.pread(self._file, _START, 0))
        for page in self._changed if found else ():
            if found and page <= found.pages:
                os.pwrite(self._file, _UNKNOWN, _START + (page - 1) * _SUM)

    def _settle(self) -> None:
        """Sum the pages that were changed or are not known, and say that all is known."""
        with self._database.open("rb", buffering=0) as database:
            page_size, pages = _size(database.fileno())
            found = _unpack(os.pread(self._file, _START, 0))
            known = bytearray(os.pread(self._file, pages * _SUM, _START)) if found else bytearray()
            if found is None or found.page_size != page_size:
                known.clear()
            del known[(found.pages if found else 0) * _SUM :]
            known += bytes(pages * _SUM - len(known))
            for page in range(1, pages + 1):
                at = (page - 1) * _SUM
                if known[at : at + _SUM] == _UNKNOWN:
                    known[at : at + _SUM] = _sum(database.fileno(), page, page_size)
        os.pwrite(self._file, known, _START)
        os.ftruncate(self._file, _START + len(known))
        os.fdatasync(self._file)
        self._write_header(_Header(page_size, pages, found.generation if found else 0, _CLOSED))

    def _write_header(self, header: _Header) -> None:
        os.pwrite(self._file, header.pack(), 0)
        os.fdatasync(self._file)

    def _release(self) -> None:
        if self._file in _held:  # not in a child
            _held.discard(self._file)
            os.close(self._file)


def _locked(descriptor: int) -> bool:
    """Take the lock for oneself alone, if nobody else has it -> whether."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sum(database: int, page: int, page_size: int) -> bytes:
    data = os.pread(database, page_size, (page - 1) * page_size)
    return hashlib.blake2b(data, digest_size=_SUM, salt=page.to_bytes(16)).digest()


def _size(database: int) -> tuple[int, int]:
    """-> bytes of a page, number of pages; by the header of the database, and its size on disk."""
    head = os.pread(database, 18, 0)
    page_size = int.from_bytes(head[16:18]) if len(head) == 18 else 0
    page_size = 65536 if page_size == 1 else page_size
    if page_size < 512:
        raise OSError(0, "no database")
    return page_size, -(-os.fstat(database).st_size // page_size)


def _logged_pages(log: Path) -> set[int]:
    """The numbers of the pages that a log holds."""
    found: set[int] = set()
    try:
        file = log.open("rb", buffering=0)
    except FileNotFoundError:
        return found
    with file:
        head = os.pread(file.fileno(), 32, 0)
        if len(head) < 32 or int.from_bytes(head[:4]) not in _LOG_MAGIC:
            return found
        step, at = 24 + int.from_bytes(head[8:12]), 32
        while (frame := os.pread(file.fileno(), 16, at))[8:] == head[16:24]:
            found.add(int.from_bytes(frame[:4]))
            at += step
    return found


State = Literal["known", "none", "written", "left"]


@dataclass(slots=True)
class Compared:
    """What came of a comparison. `state`: the sums are known; there are none; somebody writes now; or somebody did
    and died."""

    state: State
    problems: list[tuple[int, str]]  # offset in the database, or -1: in the sums; and what


def compare(database: Path) -> Compared:
    """Every page of a database against its sum. Needs no SQLite, so a damaged database can do no harm.

    :raises OSError: one of the files cannot be read.
    """
    path = sums_path(database)
    if not path.exists():
        return Compared("none", [])
    with path.open("rb", buffering=0) as sums, database.open("rb", buffering=0) as file:
        before, state = _state(sums.fileno())
        if before is None:
            return Compared("known", [(-1, "its header is damaged")])
        if state != "known":
            return Compared(state, [])
        problems = list(_problems(sums.fileno(), file.fileno(), before))
        after, state = _state(sums.fileno())
        return Compared("known", problems) if after == before else Compared(state, [])


def _state(sums: int) -> tuple[_Header | None, State]:
    found = _unpack(os.pread(sums, _START, 0))
    if found is None or found.state == _CLOSED:
        return found, "known"
    if not _locked(sums):
        return found, "written"
    fcntl.flock(sums, fcntl.LOCK_UN)
    return found, "left"


def _problems(sums: int, database: int, header: _Header) -> Iterator[tuple[int, str]]:
    known = os.pread(sums, header.pages * _SUM + 1, _START)
    if len(known) != header.pages * _SUM:
        yield -1, f"it holds {len(known)} bytes of sums, not {header.pages * _SUM}"
        return
    size, expected = os.fstat(database).st_size, header.pages * header.page_size
    if size != expected:
        yield min(size, expected), f"the database has {size} bytes, not {expected}"
    first = None  # of a run of pages that differ
    for page in range(1, header.pages + 2):
        differs = page <= header.pages and (
            _sum(database, page, header.page_size) != known[(page - 1) * _SUM : page * _SUM]
        )
        if differs and first is None:
            first = page
        elif not differs and first is not None:
            pages = f"page {first} is" if page == first + 1 else f"pages {first} to {page - 1} are"
            yield (first - 1) * header.page_size, f"{pages} not as Broadsheet wrote last"
            first = None
