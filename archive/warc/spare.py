"""Bits of a gzip member that mean nothing, so that neither inflate nor a CRC notices a change of them.

They are those behind the last block up to the next whole byte, and five in the header of each stored block (RFC 1951
clauses 3.2.3 and 3.2.4). Every compressor writes zeros there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

_HEADER = 10  # of a gzip member without a name or other extras (RFC 1952)
_TRAILER = 8
_BLOCK = 1 << 20


def has_stray_bits(path: Path, offset: int, length: int) -> bool:
    """Whether such bits are set in the whole member at this place, as far as they can be found."""
    if length <= _HEADER + _TRAILER:
        return False
    with path.open("rb") as file:
        file.seek(offset)
        member = file.read(length)
    return without_stray_bits(member) != member


def without_stray_bits(member: bytes) -> bytes:
    """A whole member with zeros where bits mean nothing, as far as they can be found."""
    clean = bytearray(member)
    while _ends_without_highest_bit(clean):
        clean[-_TRAILER - 1] ^= _highest_bit(clean[-_TRAILER - 1])
    for at in _stored_blocks(clean) if clean[3] == 0 else ():
        clean[at] &= 0b111
    return bytes(clean)


def _highest_bit(byte: int) -> int:
    return 1 << byte.bit_length() - 1


def _ends_without_highest_bit(member: bytearray) -> bool:
    """The highest bit that is set in the last byte of the data is part of them, unless they end without it as well."""
    last = member[-_TRAILER - 1]
    if last == 0:
        return False
    inflater = zlib.decompressobj(31)
    try:
        data = bytes(member[: -_TRAILER - 1])
        while data:
            inflater.decompress(data, _BLOCK)
            data = inflater.unconsumed_tail
        inflater.decompress(bytes([last ^ _highest_bit(last)]) + member[-_TRAILER:])
    except zlib.error:
        return False
    return inflater.eof


def _stored_blocks(member: bytearray) -> Iterator[int]:
    """Where the headers of stored blocks lie, from the beginning up to the first block that is none."""
    at = _HEADER
    while at + 5 <= len(member) and member[at] & 0b110 == 0:
        yield at
        if member[at] & 1:  # the last block
            return
        at += 5 + int.from_bytes(member[at + 1 : at + 3], "little")
