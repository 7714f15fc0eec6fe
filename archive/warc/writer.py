"""Writing WARC files: `NAME.warc.gz.open` while it grows, `NAME.warc.gz` when it is sealed.

One thread uses a writer. The order that keeps every promise is the caller's to follow: `append` groups,
`sync`, commit their places to the database, and only then call the work done.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import ArchiveLocked, StorageFailed
from archive.model import RecordLocation
from archive.warc.records import Member, RecordGroup, warcinfo

OPEN_SUFFIX = ".open"

_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9.-]+")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Sealed:
    """A finished file: its name in the folder, its size in bytes, the SHA-256 of all its bytes in hex."""

    filename: str
    bytes: int
    sha256: str


@dataclass(slots=True)
class _Open:
    """The file being written. All before `synced` is on disk; the next group goes to `end`."""

    descriptor: int
    path: Path
    filename: str
    opened: datetime
    warcinfo_id: str = ""
    content: int = 0  # offset of the first record after the warcinfo
    end: int = 0
    synced: int = 0
    hash: hashlib._Hash = field(default_factory=hashlib.sha256)
    synced_hash: hashlib._Hash = field(default_factory=hashlib.sha256)


class WarcWriter:
    """Writes one WARC file after another into `folder`, each with its own warcinfo record.

    `info` are the fields of that record; `host` is the name of the crawling machine for the file's name
    (ISO 28500 Annex C: PREFIX-TIMESTAMP-SERIAL-HOST); `serial` counts on from a number that is given.
    Every failure of the disk is a `StorageFailed`, after the file was cut back to what is on disk for sure.
    """

    def __init__(
        self,
        folder: Path,
        *,
        info: Mapping[str, str],
        host: str,
        prefix: str = "BROADSHEET",
        max_bytes: int = 1_000_000_000,
        max_age_s: float = 86_400,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        serial: int = 0,
    ) -> None:
        self.folder = folder
        self.serial = serial
        self._info = dict(info)
        self._host = _NOT_IN_NAME.sub("-", host).strip("-.") or "localhost"
        self._prefix = _NOT_IN_NAME.sub("-", prefix)
        self._max_bytes = max_bytes
        self._max_age_s = max_age_s
        self._clock = clock
        self._file: _Open | None = None

    @property
    def is_open(self) -> bool:
        """Whether a file is being written."""
        return self._file is not None

    @property
    def filename(self) -> str:
        """The name that the open file will have when it is sealed."""
        return self._current.filename

    @property
    def path(self) -> Path:
        """Where the open file lies now, with `.open` at its end."""
        return self._current.path

    @property
    def warcinfo_id(self) -> str:
        """The record id of the open file's warcinfo; groups for it are built with this."""
        return self._current.warcinfo_id

    @property
    def size(self) -> int:
        """Bytes appended to the open file, synced or not: the offset of the next record."""
        return self._current.end

    @property
    def synced(self) -> int:
        """Bytes of the open file that are on disk for sure."""
        return self._current.synced

    @property
    def opened_at(self) -> datetime:
        """When the open file was begun."""
        return self._current.opened

    @property
    def _current(self) -> _Open:
        if self._file is None:
            raise ValueError("no WARC file is open: call open_file() first")
        return self._file

    def open_file(self) -> None:
        """Begin a new file: created, locked, its warcinfo record on disk, its name in the folder on disk."""
        if self._file is not None:
            raise ValueError(f"{self._file.path} is still open: seal it first")
        opened = self._clock()
        file = self._create(opened)
        self._file = file
        try:
            member = warcinfo(file.filename, self._info, opened)
            file.warcinfo_id = member.record_id
            with storage(file.path, "write"):
                self._write(file, member.data)
                os.fsync(file.descriptor)
            file.content = file.end
            self._mark_synced(file)
            sync_folder(self.folder)
        except BaseException:
            file.path.unlink(missing_ok=True)
            self.abandon()
            raise

    def append(self, group: RecordGroup) -> tuple[RecordLocation, ...]:
        """Write all records of a group at once; where each lies, in the group's order. Not yet on disk: `sync`.

        ValueError if the group was built for another file.
        """
        file = self._current
        if group.warcinfo_id != file.warcinfo_id:
            raise ValueError(f"records for the file of {group.warcinfo_id}, not for {file.filename}")
        locations = tuple(_locations(file, group.members))
        with self._or_cut_back(file, "write"):
            self._write(file, b"".join(member.data for member in group.members))
        return locations

    def sync(self) -> int:
        """Wait until all that was appended is on disk; the offset up to which that holds."""
        file = self._current
        if file.synced < file.end:
            with self._or_cut_back(file, "sync"):
                os.fdatasync(file.descriptor)
            self._mark_synced(file)
        return file.synced

    def rotate_due(self) -> bool:
        """Whether the open file is large or old enough to be sealed."""
        file = self._current
        age = (self._clock() - file.opened).total_seconds()
        return file.end >= self._max_bytes or (age >= self._max_age_s and file.end > file.content)

    def rollback(self, offset: int) -> None:
        """Cut the open file back to `offset`, an earlier end of a group that is not before `synced`."""
        file = self._current
        if not file.synced <= offset <= file.end:
            raise ValueError(f"cannot cut {file.filename} to {offset}: {file.synced} to {file.end} is possible")
        with storage(file.path, "cut back"):
            os.ftruncate(file.descriptor, offset)
            file.hash = file.synced_hash.copy()
            for start in range(file.synced, offset, _BLOCK):
                file.hash.update(os.pread(file.descriptor, min(_BLOCK, offset - start), start))
        file.end = offset

    def seal(self) -> Sealed | None:
        """Finish the open file: on disk, renamed, its folder on disk too.

        None if it held nothing but its warcinfo: then it is removed.
        """
        file = self._current
        final = self.folder / file.filename
        if file.end == file.content:
            with storage(file.path, "remove"):
                file.path.unlink()
        else:
            with self._or_cut_back(file, "sync"):
                os.ftruncate(file.descriptor, file.end)  # whatever an interrupted write left beyond the end
                os.fsync(file.descriptor)
            self._mark_synced(file)
            with storage(file.path, "rename"):
                file.path.rename(final)
        sync_folder(self.folder)
        sealed = Sealed(file.filename, file.end, file.hash.hexdigest()) if file.end > file.content else None
        self.abandon()
        return sealed

    def abandon(self) -> None:
        """Close the open file as it is, without sealing it; `recovery.recover` finishes it later."""
        if self._file is not None:
            os.close(self._file.descriptor)
            self._file = None

    def _create(self, opened: datetime) -> _Open:
        stamp = opened.astimezone(UTC).strftime("%Y%m%d%H%M%S")
        while True:
            name = f"{self._prefix}-{stamp}-{self.serial:05d}-{self._host}.warc.gz"
            self.serial += 1
            path = self.folder / (name + OPEN_SUFFIX)
            if (self.folder / name).exists():
                continue
            with storage(path, "create"), suppress(FileExistsError):
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
                break
        lock(descriptor, path)
        return _Open(descriptor, path, name, opened)

    def _write(self, file: _Open, data: bytes) -> None:
        """At the known end, never at a file position that a cut may have left behind."""
        view, at = memoryview(data), file.end
        while view:
            written = os.pwrite(file.descriptor, view, at)
            view, at = view[written:], at + written
        file.hash.update(data)
        file.end = at

    def _mark_synced(self, file: _Open) -> None:
        file.synced, file.synced_hash = file.end, file.hash.copy()

    @contextmanager
    def _or_cut_back(self, file: _Open, doing: str) -> Iterator[None]:
        """What fails in here costs all that was not synced: nobody was told that it is safe."""
        try:
            yield
        except OSError as error:
            problem = _failure(file.path, doing, error)
            try:
                self.rollback(file.synced)
            except StorageFailed as second:
                problem.message += f"; then {second.message}"
            raise problem from error


def lock(descriptor: int, path: Path) -> None:
    """Take the lock that a writer holds on its file; ArchiveLocked if another process has it.

    A process that was forked while the file was open holds it too: fork workers before, or spawn them.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise ArchiveLocked(f"{path} is being written by another process", hint="wait until it ends") from None
    except OSError as error:
        os.close(descriptor)
        raise _failure(path, "lock", error) from error


def sync_folder(folder: Path) -> None:
    """Make names that came or went in `folder` survive a loss of power."""
    with storage(folder, "sync"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _locations(file: _Open, members: tuple[Member, ...]) -> Iterator[RecordLocation]:
    offset = file.end
    for member in members:
        yield RecordLocation(file.filename, offset, len(member.data), member.record_id, member.record_type)
        offset += len(member.data)


@contextmanager
def storage(path: Path, doing: str) -> Iterator[None]:
    """Errors of the disk as `StorageFailed`."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise _failure(path, doing, error) from error


def _failure(path: Path, doing: str, error: OSError) -> StorageFailed:
    reason = error.strerror or str(error)
    return StorageFailed(
        f"cannot {doing} {path}: {reason}",
        hint="what was acknowledged is safe; make room or mend the disk, then start again",
    )
