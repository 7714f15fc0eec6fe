"""One process at a time writes WARC files, and one re-extracts: locks that the kernel releases when a holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import ArchiveLocked, NotAnArchive, StorageFailed

LOCK_FILE = "archive.lock"
REEXTRACTION_LOCK_FILE = "reextract.lock"

# A forked child shares the lock of its parent and would keep it after the parent's death.
_held: set[int] = set()


def _release_in_child() -> None:
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_release_in_child)


def writer_lock(folder: Path) -> AbstractContextManager[None]:
    """Hold the archive's lock. The file stays when the lock is released: removing it would race with others.

    :raises ArchiveLocked: another process holds it; the message names it and tells since when.
    :raises NotAnArchive: there is no such folder.
    :raises StorageFailed: the lock file cannot be made.
    """
    return _lock(folder, LOCK_FILE, "written")


def is_being_written(folder: Path) -> bool:
    """Whether a process holds the archive's lock now; asked for no longer than a moment."""
    try:
        descriptor = os.open(Path(folder) / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False  # nobody ever wrote, or nobody can
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def reextraction_lock(folder: Path) -> AbstractContextManager[None]:
    """The same for re-extraction, which does not stand in the way of a crawl, only of another one."""
    return _lock(folder, REEXTRACTION_LOCK_FILE, "re-extracted")


@contextmanager
def _lock(folder: Path, name: str, doing: str) -> Iterator[None]:
    path = Path(folder) / name
    if not path.parent.is_dir():
        raise NotAnArchive(f"{folder} is no folder", hint="make an archive with: broadsheet init DIR")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StorageFailed(f"{path}: {error.strerror}", hint="check the permissions of the folder") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ArchiveLocked(
                f"{folder} is being {doing} by {_holder(descriptor)}", hint="wait for it to end, or stop it"
            ) from None
        started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {started}\n".encode(), 0)
    except OSError as error:
        os.close(descriptor)
        raise StorageFailed(f"{path}: {error.strerror}", hint="the folder must lie on a local disk") from error
    except BaseException:
        os.close(descriptor)
        raise
    _held.add(descriptor)
    try:
        yield
    finally:
        if descriptor in _held:  # not in a child
            _held.discard(descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)


def _holder(descriptor: int) -> str:
    pid, _, started = os.pread(descriptor, 100, 0).decode("ascii", "replace").strip().partition(" ")
    return f"process {pid} since {started}" if pid and started else "another process"
