"""A WARC file that was compressed as a whole, or in blocks, written anew with one gzip member a record.

Only so can a record be found by its offset (ISO 28500 Annex D). Every byte of a record stays; what belongs to no whole
record is left out, and said.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from archive.errors import BadInput
from archive.warc.format import COMPRESSED, END_OF_RECORD
from archive.warc.reader import Damage, content_length, parse_head

_BLOCK = 1 << 16
_INFLATED = 1 << 20
_MAGIC = b"\x1f\x8b\x08"
_LONGEST_HEAD = 1 << 20
_START = re.compile(rb"WARC/\d\.\d{1,2}\r?\n[A-Za-z-]{4,32}:")
_LONGEST_START = 64
_END_OF_HEAD = re.compile(rb"\n\r?\n")


def recompress(source: Path, target: IO[bytes]) -> list[Damage]:
    """Write the records of a gzip file into `target`, an empty file -> what could not be read, by offset in `source`.

    What is written depends on the records alone. BadInput if `source` cannot be opened.
    """
    writer = _Writer(source, target)
    for piece in _pieces(source):
        if isinstance(piece, Damage):
            writer.interrupt(piece)
        else:
            writer.take(piece)
    writer.interrupt(None)
    return writer.damages


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some inflated bytes, and where the member begins that they are of."""

    member: int
    data: bytes
    is_first: bool  # of the member


def _pieces(path: Path) -> Iterator[_Piece | Damage]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from None
    with file:
        offset: int | None = 0
        while offset is not None:
            try:
                offset = yield from _member(file, path, offset)
            except Damage as damage:
                yield damage
                offset = _next_member(file, damage.offset + 1)


def _member(file: IO[bytes], path: Path, offset: int) -> Generator[_Piece, None, int | None]:
    """One member, inflated -> where the next one begins; None at the end of the file."""
    inflater, first = zlib.decompressobj(31), True
    file.seek(offset)
    try:
        while not inflater.eof:
            block = inflater.unconsumed_tail or file.read(_BLOCK)
            if not block:
                raise Damage(path, offset, "the gzip member is cut off by the end of the file")
            data = inflater.decompress(block, _INFLATED)
            if data:
                yield _Piece(offset, data, first)
                first = False
    except zlib.error as error:
        what = "no gzip member begins here" if first else "the gzip member is damaged"
        raise Damage(path, offset, f"{what} ({str(error).rpartition(': ')[2]})") from None
    except OSError as error:
        raise Damage(path, offset, f"cannot be read: {error.strerror}") from None
    end = file.tell() - len(inflater.unused_data)
    return end if inflater.unused_data or file.read(1) else None


def _next_member(file: IO[bytes], start: int) -> int | None:
    file.seek(start)
    before = b""
    while block := file.read(_BLOCK):
        found = (before + block).find(_MAGIC)
        if found >= 0:
            return start - len(before) + found
        start += len(block)
        before = block[-2:]
    return None


@dataclass(slots=True)
class _Writer:
    """The records of a stream of bytes, one after another, each compressed by itself."""

    source: Path
    target: IO[bytes]
    damages: list[Damage] = field(default_factory=list)
    buffer: bytearray = field(default_factory=bytearray)
    left: int | None = None  # bytes of the block that are to come; None between two records
    compressor: zlib._Compress | None = None
    begun: int = 0  # offset in `target` of the record that is being written
    member: int = 0  # where the member begins in `source` in which the record begins
    fills_members: bool = False  # the record begins with its member
    in_junk: bool = False

    def take(self, piece: _Piece) -> None:
        if piece.is_first and _START.match(piece.data) and (self.left is None or self.fills_members):
            self.interrupt(None)  # a record that is shorter than it says: the next member is not a part of it
        if not self.buffer and self.left is None:
            self.fills_members, self.member = piece.is_first, piece.member
        self.buffer += piece.data
        while self._step(piece):
            pass

    def interrupt(self, damage: Damage | None) -> None:
        """The bytes that come next do not follow those before."""
        if self.left is not None:
            self.target.seek(self.begun)
            self.target.truncate()
            self.damages.append(Damage(self.source, self.member, "the record is not whole"))
        elif self.buffer.strip(b"\r\n\0"):
            self._junk(self.member)
        if damage is not None:
            self.damages.append(damage)
        self.buffer.clear()
        self.left, self.compressor, self.in_junk = None, None, False

    def _step(self, piece: _Piece) -> bool:
        """Whether there was enough to get on with."""
        if self.left is None:
            return self._head(piece)
        data = bytes(self.buffer[: self.left])
        del self.buffer[: len(data)]
        self.left -= len(data)
        self._write(data)
        if self.left:
            return False
        assert self.compressor is not None
        self._write(END_OF_RECORD)
        self.target.write(self.compressor.flush())
        self.left, self.fills_members = None, False
        return True

    def _head(self, piece: _Piece) -> bool:
        del self.buffer[: len(self.buffer) - len(self.buffer.lstrip(b"\r\n"))]
        if len(self.buffer) < _LONGEST_START:
            return False
        if not self.buffer.startswith(b"WARC/"):
            return self._skip(piece)
        end = _END_OF_HEAD.search(self.buffer, 0, _LONGEST_HEAD)
        if end is None and len(self.buffer) < _LONGEST_HEAD:
            return False
        head = bytes(self.buffer[: end.end() if end else _LONGEST_HEAD])
        try:
            _, headers, start = parse_head(self.source, piece.member, head)
            length = content_length(self.source, piece.member, headers)
        except Damage as damage:
            self.damages.append(damage)
            del self.buffer[:1]
            self.in_junk = True
            return True
        self.left, self.in_junk, self.member, self.begun = length, False, piece.member, self.target.tell()
        self.compressor = zlib.compressobj(COMPRESSED, zlib.DEFLATED, 31)
        self._write(head[:start])
        del self.buffer[:start]
        return True

    def _skip(self, piece: _Piece) -> bool:
        """Go on to what looks like a record."""
        if not self.in_junk:
            self._junk(piece.member)
        self.in_junk = True
        found = _START.search(self.buffer)
        del self.buffer[: found.start() if found else len(self.buffer) - _LONGEST_START]
        return found is not None

    def _junk(self, member: int) -> None:
        self.damages.append(Damage(self.source, member, "bytes that are part of no record"))

    def _write(self, data: bytes) -> None:
        assert self.compressor is not None
        self.target.write(self.compressor.compress(data))
