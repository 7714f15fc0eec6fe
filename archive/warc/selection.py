"""New WARC files within a WACZ, made of records of other files: each copied as it is, byte for byte.

Every new file begins with a warcinfo record of its own, and the records from each file behind a copy of that
file's warcinfo, which goes on describing them (ISO 28500 clause 6.2).
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.message import Request
from archive.warc.format import COMPRESSED, END_OF_RECORD, GZIP_HEADER
from archive.warc.reader import Damage, Record, read_record, read_verbatim
from archive.warc.records import warcinfo
from archive.warc.wacz import Part, WaczWriter

MAX_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Origin:
    """A file that records are copied from; `warcinfo_id` is empty if it has no warcinfo record."""

    path: Path
    warcinfo_id: str


@dataclass(frozen=True, slots=True)
class Copied:
    """Where the first of some copied records lies now, and what the records themselves say of it."""

    filename: str
    offset: int
    length: int
    url: str
    method: str | None  # of the request record; None without one


class SelectionWriter:
    """Copies records into WARC files of at most about `max_bytes`, one after another.

    Their names and their warcinfo records follow from `moment` and from `seed`, which tells one selection from
    another: the same selection gives the same bytes.
    """

    def __init__(
        self,
        wacz: WaczWriter,
        *,
        moment: datetime,
        seed: str,
        info: Mapping[str, str],
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.files = 0
        self._wacz, self._moment, self._seed, self._info = wacz, moment, seed, info
        self._max_bytes = max_bytes
        self._stack = ExitStack()
        self._part: Part | None = None
        self._name = ""
        self._origin: Origin | None = None

    def __enter__(self) -> SelectionWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def copy(self, origin: Origin, record_id: str, places: Sequence[tuple[int, int]]) -> Copied:
        """Copy the records at these (offset, length) of a file; the first must have this id -> where that lies.

        :raises Damage: there is no whole record, or another.
        """
        part = self._ready()
        if origin != self._origin:
            self._begin(origin, part)
        read = [read_verbatim(origin.path, offset, length) for offset, length in places]
        first = read[0][0]
        if first.record_id != record_id:
            raise Damage(origin.path, first.offset, f"record {first.record_id}, not {record_id}")
        members = [as_member(record, data) for record, data in read]
        request = next((record.http for record, _ in read if record.record_type == "request"), None)
        method = request.method if isinstance(request, Request) else None
        copied = Copied(self._name, part.size, len(members[0]), first.url or "", method)
        for member in members:
            part.write(member)
        return copied

    def _ready(self) -> Part:
        if self._part is not None and self._part.size < self._max_bytes:
            return self._part
        self._stack.close()
        self._name = f"BROADSHEET-{self._moment.astimezone(UTC):%Y%m%d%H%M%S}-{self.files:05d}-selection.warc.gz"
        self._part = self._stack.enter_context(self._wacz.part(f"archive/{self._name}"))
        self._origin = None
        record_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{self._seed} {self.files}")
        own = warcinfo(self._name, self._info, self._moment, new_id=lambda: f"<urn:uuid:{record_id}>")
        self._part.write(own.data)
        self.files += 1
        return self._part

    def _begin(self, origin: Origin, part: Part) -> None:
        self._origin = origin
        if not origin.warcinfo_id:
            return
        first = read_record(origin.path, 0)
        if first.record_type == "warcinfo" and first.record_id == origin.warcinfo_id:
            part.write(as_member(*read_verbatim(origin.path, 0, first.length)))


def as_member(record: Record, data: bytes) -> bytes:
    """The record as a gzip member: as it is, or made of the same bytes if it lies in a plain file."""
    if record.gzip_header:
        return data
    if not record.ending:
        data += END_OF_RECORD
    compressor = zlib.compressobj(COMPRESSED, zlib.DEFLATED, 31)
    member = compressor.compress(data) + compressor.flush()
    return GZIP_HEADER + member[len(GZIP_HEADER) :]
