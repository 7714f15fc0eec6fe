"""A WARC file as its records and the bytes between them that are none; and which records those bytes once were."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archive.digests import sha256_hex
from archive.warc.reader import Damage, Record, WrongMember, iter_records

_MOST = 64 << 20  # bytes of such a place, and of what is packed in it, that are looked at
_STEP = 256  # at an error, zlib keeps back what it has of the piece
_GZIP = re.compile(rb"\x1f\x8b\x08")
_TARGET = re.compile(rb"(?im)^WARC-Target-URI:[ \t]*<?([^\r\n>]*)")


@dataclass(frozen=True, slots=True)
class Unread:
    """Bytes of a file that cannot be read as records."""

    path: Path
    offset: int
    end: int
    what: str  # is wrong with them
    several: bool  # they may hold more records than one

    def data(self) -> bytes:
        """All of them."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.end - self.offset)

    def targets(self) -> tuple[set[str], bool]:
        """The URLs of the records that they were, as far as can be told -> and whether there may be others."""
        if self.end - self.offset > _MOST:
            return set(), True
        data = self.data()
        found = targets_in(data)
        return found, any(data) and (self.several or not found)

    def sha256(self) -> str:
        return sha256_hex(self.data())


def records_and_unread(path: Path) -> Iterator[Record | Unread]:
    """All of a file, in its order; BadInput if it cannot be opened."""
    damages: list[Damage] = []

    def up_to(end: int) -> Iterator[Unread]:
        ends = [*(damage.offset for damage in damages), end][1:]
        for damage, at in zip(damages, ends, strict=True):
            yield Unread(path, damage.offset, at, damage.what, isinstance(damage, WrongMember))
        damages.clear()

    for record in iter_records(path, on_damage=damages.append):
        yield from up_to(record.offset)
        yield record
    yield from up_to(path.stat().st_size)


def targets_in(data: bytes) -> set[str]:
    """What is WARC-Target-URI anywhere in these bytes, or in what can be inflated of them."""
    return {found for text in texts_in(data) for found in targets_of(text)}


def targets_of(text: bytes) -> set[str]:
    return {found.strip().decode("utf-8", "replace") for found in _TARGET.findall(text)}


def texts_in(data: bytes) -> Iterator[bytes]:
    """The bytes, and what can be inflated of each gzip member that begins in them, up to where it is damaged."""
    yield data
    for match in _GZIP.finditer(data):
        inflater, text = zlib.decompressobj(31), bytearray()
        with suppress(zlib.error):
            for at in range(match.start(), len(data), _STEP):
                text += inflater.decompress(data[at : at + _STEP], _MOST)
                if inflater.eof or len(text) > _MOST:
                    break
        yield bytes(text)
