"""What a killed writer left behind is made whole again: `NAME.warc.gz.open` becomes `NAME.warc.gz`.

Records that reached the disk are kept even if the database never heard of them: the WARC is the truth. What
was torn is put beside the file as `NAME.warc.gz.torn`. A recovered file is never appended to. Every step can
be interrupted and done again.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

from archive.errors import DamageFound
from archive.warc.format import END_OF_RECORD
from archive.warc.groups import ReadGroup, exchange_of, group_records
from archive.warc.reader import Damage, Record, iter_members, parse_record, read_record
from archive.warc.writer import OPEN_SUFFIX, lock, storage, sync_folder

__all__ = ["Recovered", "exchange_of", "left_open", "recover"]

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Recovered:
    """What became of one file."""

    filename: str  # as it is sealed
    sealed: Path | None  # None: nothing but a warcinfo was whole, and the file is gone
    bytes: int
    sha256: str | None
    kept: tuple[Record, ...]  # whole records beyond the committed end, in order; unknown to the database
    torn_bytes: int  # cut off the end
    torn: Path | None  # where they are now
    missing_bytes: int  # committed bytes that the file does not have: the disk lost what it had promised

    @property
    def groups(self) -> tuple[ReadGroup, ...]:
        """The kept records by exchange, for the pipeline."""
        return tuple(group_records(self.kept))


def left_open(folder: Path) -> tuple[Path, ...]:
    """The files in `folder` that were being written, oldest name first."""
    return tuple(sorted(folder.glob(f"*.warc.gz{OPEN_SUFFIX}")))


def recover(path_open: Path, committed: int) -> Recovered:
    """Finish a file that was left open.

    `committed` is the offset up to which the database knows its records, 0 if it does not know the file.
    If the file has been renamed already (a crash just after it was sealed, or in the middle of a recovery),
    it is only read; if it is gone (it held nothing), that is said. ArchiveLocked if a living process writes
    the file; StorageFailed for errors of the disk; DamageFound if open and sealed file both exist.
    """
    filename = path_open.name.removesuffix(OPEN_SUFFIX)
    final = path_open.with_name(filename)
    if not path_open.exists():
        return _read_sealed(final, committed) if final.exists() else _nothing(filename, committed)
    if final.exists():
        raise DamageFound(f"{path_open} and {final} both exist", hint="keep the larger one, move the other away")
    with storage(path_open, "open"):
        descriptor = os.open(path_open, os.O_RDWR | os.O_CLOEXEC)
    lock(descriptor, path_open)
    try:
        with storage(path_open, "recover"):
            size = os.fstat(descriptor).st_size
            kept, end = _whole_records(path_open, committed, size)
            torn = _save_torn(path_open, descriptor, end, size)
            os.ftruncate(descriptor, end)
            os.fsync(descriptor)
            empty = _holds_nothing(path_open, end)
            sha256 = None if empty else _sha256(descriptor, end)
            if empty:
                path_open.unlink()
            else:
                path_open.rename(final)
        sync_folder(path_open.parent)
    finally:
        os.close(descriptor)
    missing = max(0, committed - end)
    if empty:
        return replace(_nothing(filename, missing), torn_bytes=size - end, torn=torn)
    return Recovered(filename, final, end, sha256, tuple(kept), size - end, torn, missing)


def _nothing(filename: str, missing: int) -> Recovered:
    return Recovered(filename, None, 0, None, (), 0, None, missing)


def _read_sealed(final: Path, committed: int) -> Recovered:
    with storage(final, "read"):
        descriptor = os.open(final, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            kept, end = _whole_records(final, committed, size)
            sha256 = _sha256(descriptor, size)
        finally:
            os.close(descriptor)
    return Recovered(final.name, final, size, sha256, tuple(kept), size - end, None, max(0, committed - size))


def _whole_records(path: Path, committed: int, size: int) -> tuple[list[Record], int]:
    """The whole records beyond `committed`, up to the first that is not, and where that begins.

    A file that is shorter than `committed` is walked from its start, to find where its last record ends.
    """
    records, end = list[Record](), committed if committed <= size else 0
    try:
        for found in iter_members(path, end):
            record = parse_record(path, found)
            if record.ending != END_OF_RECORD:
                break
            if record.offset >= committed and record.record_type != "warcinfo":
                records.append(record)
            end = found.offset + found.length
    except Damage:
        pass
    return records, end


def _save_torn(path: Path, descriptor: int, end: int, size: int) -> Path | None:
    """The bytes from `end` on, copied to disk before they are cut off."""
    if end >= size:
        return None
    torn = path.with_name(path.name.removesuffix(OPEN_SUFFIX) + ".torn")
    with torn.open("wb") as copy:
        for start in range(end, size, _BLOCK):
            copy.write(os.pread(descriptor, min(_BLOCK, size - start), start))
        copy.flush()
        os.fsync(copy.fileno())
    return torn


def _holds_nothing(path: Path, end: int) -> bool:
    """Whether there is no record but a warcinfo before `end`."""
    if end == 0:
        return True
    try:
        first = read_record(path, 0)
    except Damage:
        return False
    return first.record_type == "warcinfo" and first.length >= end


def _sha256(descriptor: int, size: int) -> str:
    found = hashlib.sha256()
    for start in range(0, size, _BLOCK):
        found.update(os.pread(descriptor, min(_BLOCK, size - start), start))
    return found.hexdigest()
