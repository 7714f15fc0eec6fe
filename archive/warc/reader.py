"""Reading WARC files with a plain walk of their gzip members: nothing is skipped in silence.

Reads WARC/1.0 and 1.1, one gzip member a record or not compressed at all.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from archive.errors import BadInput, DamageFound
from archive.message import Request, Response, parse_request, parse_response
from archive.model import RecordLocation
from archive.warc.format import parse_fields

# The most that one record may hold when it is read into memory.
RECORD_LIMIT = 512 << 20

GZIP_MAGIC = b"\x1f\x8b\x08"
_BLOCK = 1 << 16
_VERSION = re.compile(rb"WARC/\d{1,3}\.\d{1,3}[ \t]*\r?\n")
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_START_OF_MEMBER = re.compile(re.escape(GZIP_MAGIC))
_START_OF_RECORD = re.compile(rb"WARC/\d\.\d\r?\n[A-Za-z-]{4,32}:")
_STATED_LENGTH = re.compile(rb"(?i)\ncontent-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?\n")
_LONGEST_MARK = 64
_LONGEST_HEAD = 1 << 20


class Damage(DamageFound):
    """Bytes that are no record: in which file, from which offset, and what is wrong with them."""

    def __init__(self, path: Path, offset: int, what: str, *, hint: str | None = None) -> None:
        super().__init__(f"{path}: at byte {offset}: {what}", hint=hint)
        self.path = path
        self.offset = offset
        self.what = what


class WrongMember(Damage):
    """A gzip member that holds several records, or a part of one: the file was compressed as a whole, or in blocks."""


@dataclass(frozen=True, slots=True)
class RawMember:
    """What one gzip member (or one record of a plain file) holds, and where it lies."""

    offset: int
    length: int
    data: bytes
    gzip_header: bytes = b""  # its first ten bytes; empty in a plain file


@dataclass(frozen=True)
class Record:
    """One record as read: its header fields in order, its block, and where it lies in its file."""

    path: Path
    offset: int
    length: int  # of the gzip member; of the record itself in a plain file
    version: str  # "1.1"
    headers: tuple[tuple[str, str], ...]
    block: bytes
    ending: bytes  # what follows the block; CRLF CRLF in a sound record
    gzip_header: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header field, without regard to case, or None."""
        name = name.lower()
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def record_type(self) -> str:
        return self.header("WARC-Type") or ""

    @property
    def record_id(self) -> str:
        """WARC-Record-ID with its angle brackets."""
        return self.header("WARC-Record-ID") or ""

    @property
    def url(self) -> str | None:
        """WARC-Target-URI, without the angle brackets that some WARC/1.0 writers put around it."""
        uri = self.header("WARC-Target-URI")
        return uri[1:-1] if uri and uri.startswith("<") and uri.endswith(">") else uri

    @property
    def date(self) -> str:
        """WARC-Date, verbatim."""
        return self.header("WARC-Date") or ""

    @property
    def location(self) -> RecordLocation:
        """The place of this record, its file by name alone and without `.open`."""
        name = self.path.name.removesuffix(".open")
        return RecordLocation(name, self.offset, self.length, self.record_id, self.record_type)

    @property
    def is_http(self) -> bool:
        """Whether the block is an HTTP message: its type says so, or the record states none and looks like one."""
        stated = self.header("Content-Type")
        if not stated:
            return self.record_type in ("response", "revisit") and self.block.startswith(b"HTTP/")
        return stated.lower().startswith("application/http")

    @cached_property
    def http(self) -> Response | Request | None:
        """The HTTP message of a response, revisit or request record; None if there is none."""
        if not self.is_http:
            return None
        return parse_request(self.block) if self.record_type == "request" else self.response

    @cached_property
    def response(self) -> Response | None:
        """The HTTP response of a response or revisit record, also if its head was cut; None if there is none."""
        if not self.is_http or self.record_type == "request":
            return None
        return parse_response(self.block) or parse_response(self.block, cut=True)

    @property
    def payload(self) -> bytes:
        """The HTTP body without transfer coding, or the whole block of a record that is no HTTP message."""
        if self.is_http:
            return self.http.payload if self.http else b""
        return self.block

    @cached_property
    def fields(self) -> dict[str, str]:
        """The fields of a warcinfo or metadata record."""
        return parse_fields(self.block)


OnDamage = Callable[[Damage], None]


def iter_members(path: Path, start: int = 0, *, limit: int = RECORD_LIMIT) -> Iterator[RawMember]:
    """The gzip members (of a plain file: the records) from offset `start` to the end; Damage where it is torn."""
    with _Source(path) as source:
        offset = start
        while offset < source.size:
            found = _member_at(source, offset, limit)
            yield found
            offset += found.length


def iter_records(
    path: Path, start: int = 0, on_damage: OnDamage | None = None, *, limit: int = RECORD_LIMIT
) -> Iterator[Record]:
    """All records from offset `start` on.

    Damage is raised, or given to `on_damage`, after which reading goes on at the next record that is whole.
    """
    with _Source(path) as source:
        offset = start
        while offset < source.size:
            try:
                found = _member_at(source, offset, limit)
                record = None if _is_blank(found) else parse_record(path, found)
            except Damage as damage:
                if on_damage is None:
                    raise
                on_damage(damage)
                offset = _next_record(source, offset + 1)
                continue
            if record is not None:
                yield record
            offset += found.length


def records_at(
    path: Path, places: Iterable[tuple[int, int]], *, limit: int = RECORD_LIMIT
) -> Iterator[Record | Damage]:
    """The records at these offsets, with these lengths, the file being opened once; Damage in the place of one that
    is not whole."""
    with _Source(path) as source:
        for offset, length in places:
            try:
                yield _record_at(source, offset, length, limit)
            except Damage as damage:
                yield damage


def read_record(path: Path, offset: int, length: int | None = None, *, limit: int = RECORD_LIMIT) -> Record:
    """The record at `offset`; with `length`, it must end there as well. Damage if it is not whole."""
    with _Source(path) as source:
        return _record_at(source, offset, length, limit)


def read_verbatim(path: Path, offset: int, length: int, *, limit: int = RECORD_LIMIT) -> tuple[Record, bytes]:
    """The same, with the bytes of its gzip member (of a plain file: of the record) as they lie in the file."""
    with _Source(path) as source:
        return _record_at(source, offset, length, limit), source.read_all(offset, length)


def _record_at(source: _Source, offset: int, length: int | None, limit: int) -> Record:
    if not 0 <= offset < source.size:
        raise Damage(source.path, offset, f"the file has only {source.size} bytes")
    found = _member_at(source, offset, limit)
    if length is not None and found.length != length:
        raise Damage(source.path, offset, f"the record has {found.length} bytes, not {length}")
    return parse_record(source.path, found)


def parse_record(path: Path, found: RawMember) -> Record:
    """The record that a member holds. Damage if it is no record, or not the only one."""
    data, offset = found.data, found.offset
    version, headers, start = parse_head(path, offset, data)
    end = start + content_length(path, offset, headers)
    if end > len(data):
        what = f"the block has {len(data) - start} bytes, Content-Length says {end - start}"
        raise WrongMember(path, offset, what)
    ending = data[end:]
    if ending.strip(b"\r\n"):
        if _VERSION.match(ending.lstrip(b"\r\n")):
            what = "several records in one gzip member: compress the file record by record"
            raise WrongMember(path, offset, what)
        raise Damage(path, offset, "bytes follow the block within the record")
    return Record(path, offset, found.length, version, headers, data[start:end], ending, found.gzip_header)


def parse_head(path: Path, offset: int, data: bytes) -> tuple[str, tuple[tuple[str, str], ...], int]:
    """The version, the header fields, and where the block begins. Damage if `data` does not begin with a header."""
    first = _VERSION.match(data)
    if first is None:
        raise Damage(path, offset, "not a WARC record")
    end = _END_OF_HEAD.search(data, first.end() - 1, first.end() + _LONGEST_HEAD)
    if end is None:
        raise Damage(path, offset, "the header of the record has no end")
    headers: list[tuple[str, str]] = []
    for line in data[first.end() : end.start()].decode("utf-8", "replace").split("\n"):
        text = line.rstrip("\r")
        if text[:1] in (" ", "\t") and headers:
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {text.strip()}")
            continue
        name, colon, value = text.partition(":")
        if colon:
            headers.append((name.strip(), value.strip()))
        elif text:
            raise Damage(path, offset, f"a header line without a colon: {text[:60]!r}")
    return first[0][5:].strip().decode("ascii"), tuple(headers), end.end()


def content_length(path: Path, offset: int, headers: tuple[tuple[str, str], ...]) -> int:
    """The size of the block. Damage if the header does not say it, or says it twice."""
    lengths = {value for name, value in headers if name.lower() == "content-length"}
    text = lengths.pop() if len(lengths) == 1 else ""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Damage(path, offset, "the record has no valid Content-Length")
    return int(text)


class _Source:
    """The bytes of a file as it was when it was opened; not mapped into memory, since files and disks shrink."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise BadInput(f"cannot read {path}: {error.strerror}") from None
        self.size = os.fstat(self._file.fileno()).st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes, none beyond the size at opening. Damage if the disk fails."""
        try:
            return os.pread(self._file.fileno(), max(0, min(size, self.size - offset)), offset)
        except OSError as error:
            raise Damage(self.path, offset, f"cannot be read: {error.strerror}") from None

    def read_all(self, offset: int, size: int) -> bytes:
        """Exactly `size` bytes, or all up to the end."""
        parts = list[bytes]()
        while size > 0 and (part := self.read(offset, size)):
            parts.append(part)
            offset += len(part)
            size -= len(part)
        return b"".join(parts)

    def matches(self, pattern: re.Pattern[bytes], start: int) -> Iterator[int]:
        """The offsets at or after `start` where `pattern` matches, as far as its first bytes reach."""
        while start < self.size:
            try:
                block = self.read(start, _BLOCK + _LONGEST_MARK)
            except Damage:
                start += _BLOCK
                continue
            for match in pattern.finditer(block):
                if match.start() < _BLOCK:
                    yield start + match.start()
            start += _BLOCK


def _member_at(source: _Source, offset: int, limit: int) -> RawMember:
    start = source.read(offset, _BLOCK)
    if start[:3] == GZIP_MAGIC:
        return _gzip_member(source, offset, limit)
    if start[:5] == b"WARC/":
        return _plain_record(source, offset, limit)
    if not any(start):
        raise Damage(source.path, offset, "zero bytes where a record should begin")
    raise Damage(source.path, offset, "no record begins here")


def _is_blank(found: RawMember) -> bool:
    """Whether a gzip member holds nothing, as the last one that bgzip writes."""
    return len(found.data) <= _LONGEST_MARK and not found.data.strip(b"\r\n")


def _gzip_member(source: _Source, offset: int, limit: int) -> RawMember:
    inflater, parts, size, at = zlib.decompressobj(31), list[bytes](), 0, offset
    enough = limit
    try:
        while not inflater.eof:
            block = inflater.unconsumed_tail
            if not block:
                block = source.read(at, _BLOCK)
                at += len(block)
            if not block:
                raise _broken(source, offset, parts, "the gzip member is cut off by the end of the file")
            parts.append(inflater.decompress(block, _BLOCK * 16))
            if not size:
                enough = min(limit, _size_of_record(parts[0], limit) + _BLOCK)
            size += len(parts[-1])
            if size > enough:
                if enough < limit:  # says what follows the record; there is no end to wait for
                    parse_record(source.path, RawMember(offset, 0, b"".join(parts)))
                raise Damage(source.path, offset, f"a record of more than {enough} bytes")
    except zlib.error as error:
        reason = str(error).rpartition(": ")[2]
        raise _broken(source, offset, parts, f"the gzip member is damaged ({reason})") from None
    length = at - len(inflater.unused_data) - offset
    return RawMember(offset, length, b"".join(parts), source.read(offset, 10))


def _broken(source: _Source, offset: int, parts: list[bytes], what: str) -> Damage:
    """What is wrong with a member that has no end; in one that holds several records, some may be whole."""
    size = _size_of_record(parts[0], RECORD_LIMIT) if parts else RECORD_LIMIT
    several = sum(map(len, parts)) > size + _LONGEST_MARK
    return WrongMember(source.path, offset, what) if several else Damage(source.path, offset, what)


def _size_of_record(data: bytes, unknown: int) -> int:
    """What the head at the beginning of `data` says of the record's size, without its ending."""
    end = _END_OF_HEAD.search(data)
    stated = _STATED_LENGTH.search(data, 0, end.end()) if end else None
    return end.end() + int(stated[1]) if end and stated else unknown


def _plain_record(source: _Source, offset: int, limit: int) -> RawMember:
    head = source.read(offset, _BLOCK)
    if not _END_OF_HEAD.search(head):
        head = source.read_all(offset, _LONGEST_HEAD + _BLOCK)
    _, headers, start = parse_head(source.path, offset, head)
    size = start + content_length(source.path, offset, headers)
    if size > limit:
        raise Damage(source.path, offset, f"a record of more than {limit} bytes")
    data = source.read_all(offset, size + _LONGEST_MARK)
    if len(data) < size:
        raise Damage(source.path, offset, "the record is cut off by the end of the file")
    end = len(data) - len(data[size:].lstrip(b"\r\n"))  # other tools end a record with more or fewer empty lines
    return RawMember(offset, end, data[:end])


def _next_record(source: _Source, start: int) -> int:
    """Where the next record begins at or after `start`; the end of the file if none does."""
    plain = source.read(0, 5) == b"WARC/"
    for at in source.matches(_START_OF_RECORD if plain else _START_OF_MEMBER, start):
        if plain or _begins_record(source, at):
            return at
    return source.size


def _begins_record(source: _Source, at: int) -> bool:
    try:
        return zlib.decompressobj(31).decompress(source.read(at, _BLOCK), 5) == b"WARC/"
    except (zlib.error, Damage):
        return False
