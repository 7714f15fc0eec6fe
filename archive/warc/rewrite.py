"""A sealed file with some of its bytes replaced, written beside it: all other members are byte for byte as they were.

`NAME.rewriting` while it is written, `NAME.rewritten` when it is whole and on disk; whoever has told the database what
is new then puts it in the place of NAME (`archive.replacing`).
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.warc.format import Member
from archive.warc.writer import storage, sync_folder

WRITING, WRITTEN = ".rewriting", ".rewritten"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Change:
    """Bytes `start` to `end` of the old file, and the records that stand there instead."""

    start: int
    end: int
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file that is whole and on disk, but not in its place yet."""

    path: Path  # of the old file
    size: int
    sha256: str
    changes: tuple[Change, ...]
    places: tuple[tuple[tuple[int, int], ...], ...]  # of each change: offset and length of its records now

    def moved(self, offset: int) -> int:
        """Where a record lies now that lay at this offset and was not changed."""
        shift = 0
        for change, places in zip(self.changes, self.places, strict=True):
            if change.start <= offset < change.end:
                raise ValueError(f"what was at {offset} of {self.path.name} is not there any more")
            if change.end <= offset:
                shift += sum(length for _, length in places) - (change.end - change.start)
        return offset + shift

    def end_moved(self, end: int) -> int:
        """Where the bytes end now that ended there; no change lies across that place."""
        pairs = zip(self.changes, self.places, strict=True)
        return end + sum(sum(n for _, n in places) - (c.end - c.start) for c, places in pairs if c.end <= end)


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def rewrite(path: Path, changes: Sequence[Change]) -> Rewritten:
    """Write the new file beside the old one. Changes are in order and do not overlap.

    :raises StorageFailed: the disk is full or fails; nothing is left behind then.
    """
    draft = beside(path, WRITING)
    try:
        with storage(draft, "write"):
            found = _write(path, draft, changes)
            draft.replace(beside(path, WRITTEN))
        sync_folder(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return found


def rewrite_elsewhere(path: Path, changes: Sequence[Change], draft: Path) -> None:
    """Write the new file anywhere, to be used and thrown away.

    :raises StorageFailed: the disk is full or fails.
    """
    with storage(draft, "write"):
        _write(path, draft, changes)


def _write(path: Path, draft: Path, changes: Sequence[Change]) -> Rewritten:
    digest, end, at = hashlib.sha256(), 0, 0
    places: list[tuple[tuple[int, int], ...]] = []
    with path.open("rb") as old, draft.open("wb") as new:
        is_plain = not path.name.endswith(".gz") and os.pread(old.fileno(), 2, 0) != b"\x1f\x8b"

        def put(data: bytes) -> None:
            nonlocal end
            new.write(data)
            digest.update(data)
            end += len(data)

        for change in (*changes, Change(os.fstat(old.fileno()).st_size, 0)):
            for block in _blocks(old.fileno(), at, change.start):
                put(block)
            at = change.end
            lies = []
            for member in change.members:
                data = zlib.decompress(member.data, 31) if is_plain else member.data
                lies.append((end, len(data)))
                put(data)
            places.append(tuple(lies))
        new.flush()
        os.fsync(new.fileno())
    return Rewritten(path, end, digest.hexdigest(), tuple(changes), tuple(places[:-1]))


def _blocks(descriptor: int, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        block = os.pread(descriptor, min(_BLOCK, end - start), start)
        if not block:
            raise OSError(0, "the file has become shorter")
        yield block
        start += len(block)
