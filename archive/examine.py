"""A WARC file that is not what it was sealed as: which records are whole, and which bytes are none any more."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archive.digests import sha1_base32, sha256_hex
from archive.warc.format import GZIP_HEADER, Member
from archive.warc.reader import Damage, Record, iter_records
from archive.warc.removal import removal_of
from archive.warc.spare import without_stray_bits
from archive.warc.verify import problems_of

_BLOCK = 1 << 20
_BESIDE = frozenset({"request", "metadata"})


@dataclass(frozen=True, slots=True)
class Torn:
    """Bytes that are no record, or a record that is not what its digests say."""

    start: int
    end: int
    what: str
    record_id: str | None = None  # of a record that can still be read
    url: str | None = None


@dataclass(slots=True)
class Examined:
    """What a file holds. `mended`: members in which only such bytes were changed that carry nothing."""

    path: Path
    size: int
    # Whole records, (offset, length): captures by their id, others by the id of the capture and their type.
    whole: dict[str | tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    records: int = 0  # that are whole
    torn: list[Torn] = field(default_factory=list)
    mended: dict[int, Member] = field(default_factory=dict)  # by offset

    def blocks(self, torn: Torn) -> Iterator[bytes]:
        """The bytes of what is torn."""
        if torn.start == torn.end:
            return
        with self.path.open("rb") as file:
            for start in range(torn.start, torn.end, _BLOCK):
                yield os.pread(file.fileno(), min(_BLOCK, torn.end - start), start)


def examine(path: Path, digests: Mapping[str, str] | None = None) -> Examined:
    """Read a whole file.

    `digests`, of a file that was imported: those of the blocks of its captures, by record id. Whatever else was wrong
    with it when it came is left in it.

    :raises OSError: the disk fails.
    """
    found = Examined(path, path.stat().st_size)
    damages: list[Damage] = []
    ours = 0
    with path.open("rb") as file:
        for record in iter_records(path, on_damage=damages.append):
            found.torn += _gaps(damages, record.offset)
            problem = next(problems_of(record), None) if digests is None else _changed(record, digests)
            if problem is not None:
                end = record.offset + record.length
                found.torn.append(Torn(record.offset, end, problem, record.record_id or None, record.url))
                continue
            found.records += 1
            removal = removal_of(record)
            beside = record.header("WARC-Concurrent-To")
            key = (beside, record.record_type) if beside and record.record_type in _BESIDE else record.record_id
            found.whole[removal.record_id if removal else key] = record.offset, record.length
            ours += record.gzip_header == GZIP_HEADER
            if record.gzip_header:
                data = os.pread(file.fileno(), record.length, record.offset)
                if (mended := _mended(data)) is not None:
                    found.mended[record.offset] = Member(record.record_type, record.record_id, mended)
    found.torn += _gaps(damages, found.size)
    if found.size == 0:
        found.torn.append(Torn(0, 0, "the file is empty"))
    if ours * 2 <= found.records:  # not written by Broadsheet: nobody knows what stood in bytes that carry nothing
        found.mended.clear()
    return found


def _changed(record: Record, digests: Mapping[str, str]) -> str | None:
    expected = digests.get(record.record_id)
    return "the block is not what was imported" if expected not in (None, sha1_base32(record.block)) else None


def _gaps(damages: list[Damage], end: int) -> Iterator[Torn]:
    """What lies between two whole records; several damages in it are one gap."""
    if damages:
        first = damages[0]
        damages.clear()
        yield Torn(first.offset, end, first.what)


def _mended(data: bytes) -> bytes | None:
    """A member as Broadsheet writes it, that holds the same; None if it is so already."""
    mended = without_stray_bits(GZIP_HEADER + data[len(GZIP_HEADER) :])
    return mended if mended != data and _inflated(mended) == _inflated(data) is not None else None


def _inflated(data: bytes) -> str | None:
    try:
        return sha256_hex(zlib.decompress(data, 31))
    except zlib.error:
        return None
