"""CDXJ: the lines by which replay tools find captures in WARC files (https://specs.webrecorder.net/cdxj/0.1.0/).

A line is a SURT key, a time of 14 (or with milliseconds 17) digits and a JSON object with the fields, in the order
and in the form (all values are texts) that cdxj-indexer, pywb and wabac.js share.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import re
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from archive.message import Request
from archive.urls import surt
from archive.warc.groups import ReadGroup, group_records, parse_date
from archive.warc.reader import OnDamage, Record, iter_records

REVISIT_MIME = "warc/revisit"
BLOCK_LINES = 300  # of one gzip member in a compressed index; what other makers of WACZ files take, too
_MEMORY = 32 << 20  # bytes of lines that are sorted at a time

_BLANK = re.compile(r"[\x00-\x20\x7f]")
_END_OF_MIME = re.compile(r"[;\s]")


@dataclass(frozen=True, slots=True)
class CdxEntry:
    """What the index says of one record. `offset` and `length` are those of the gzip member, in `filename`."""

    url: str
    date: str  # WARC-Date, verbatim
    mime: str | None
    status: int | None
    digest: str | None
    length: int
    offset: int
    filename: str
    record_id: str = ""  # is not told

    def line(self, *, milliseconds: bool = False) -> bytes:
        """The line, with its end."""
        fields = {
            "url": self.url,
            "mime": self.mime,
            "status": self.status,
            "digest": self.digest,
            "length": self.length,
            "offset": self.offset,
            "filename": self.filename,
        }
        told = {name: str(value) for name, value in fields.items() if value not in (None, "")}
        key = _BLANK.sub(lambda match: f"%{ord(match[0]):02X}", surt(self.url))
        return _line(key, timestamp(self.date)[: 17 if milliseconds else 14], told)


def _line(key: str, at: str, fields: Mapping[str, str]) -> bytes:
    return f"{key} {at} {json.dumps(fields)}\n".encode("utf-8", "surrogatepass")


def timestamp(date: str) -> str:
    """A WARC-Date of any precision (ISO 28500 clause 5.4) as YYYYMMDDhhmmssiii, UTC; zeros for what is no time."""
    try:
        at = parse_date(date)
    except ValueError:
        return "0" * 17
    return f"{at.year:04}{at:%m%d%H%M%S%f}"[:17]


def mime_of(record_type: str, content_type: str | None) -> str | None:
    """The media type without parameters; of a revisit the word that says that it is one."""
    if record_type == "revisit":
        return REVISIT_MIME
    return _END_OF_MIME.split((content_type or "").strip(), maxsplit=1)[0] or None


def is_replayed(record_type: str, status: int, truncated: str | None, method: str | None = "GET") -> bool:
    """Whether a capture belongs into an index for replay.

    One that was cut, that answered HEAD, or another method than GET, would be shown as the page. So would a 304
    that is no revisit. (`WARC-Truncated: length` of a revisit only says that its body lies elsewhere.)
    """
    if method not in (None, "GET"):
        return False
    if record_type == "revisit":
        return truncated in (None, "length")
    return truncated is None and status != 304


def file_entries(path: Path, on_damage: OnDamage | None = None) -> Iterator[CdxEntry]:
    """What of a WARC file of any origin belongs into an index, in the file's order.

    :raises Damage: bytes that are no record, unless `on_damage` takes them.
    """
    resources: list[CdxEntry] = []

    def exchanges() -> Iterator[Record]:
        for record in iter_records(path, on_damage=on_damage):
            if record.record_type == "resource" and record.url:
                resources.append(_resource_entry(record))
            yield record

    for group in group_records(exchanges()):
        entry = _group_entry(group)
        if entry is not None:
            yield entry
        yield from resources
        resources.clear()
    yield from resources


def _resource_entry(record: Record) -> CdxEntry:
    """It came with no status; replay tools answer with it as with a 200, and pass over lines that have none."""
    mime = mime_of("resource", record.header("Content-Type"))
    digest = record.header("WARC-Payload-Digest") or record.header("WARC-Block-Digest")
    return _entry(record, mime, 200, digest)


def _group_entry(group: ReadGroup) -> CdxEntry | None:
    main, capture, request = group.main, group.capture, group.of_type("request")
    if main is None or not main.url:
        return None
    digest = main.header("WARC-Payload-Digest")
    if capture is None:  # some revisits of other tools hold no head
        return _entry(main, REVISIT_MIME, None, digest) if main.record_type == "revisit" else None
    method = request.http.method if request is not None and isinstance(request.http, Request) else None
    if not is_replayed(capture.record_type, capture.status, capture.truncated, method):
        return None
    mime = mime_of(capture.record_type, capture.content_type)
    return _entry(main, mime, capture.status, digest or capture.payload_digest)


def _entry(record: Record, mime: str | None, status: int | None, digest: str | None) -> CdxEntry:
    name = record.location.warc_file
    return CdxEntry(
        record.url or "", record.date, mime, status, digest, record.length, record.offset, name, record.record_id
    )


class SortedLines:
    """Lines in any order, given back in the order of their bytes, each once; runs that fill memory go to `folder`."""

    def __init__(self, folder: Path | None = None, *, memory: int = _MEMORY) -> None:
        self._folder = folder
        self._memory = memory
        self._lines: list[bytes] = []
        self._held = 0
        self._files = ExitStack()
        self._runs: list[Iterable[bytes]] = []

    def __enter__(self) -> SortedLines:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def add(self, line: bytes) -> None:
        self._lines.append(line)
        self._held += len(line)
        if self._held >= self._memory:
            self._spill()

    def _spill(self) -> None:
        file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
        self._files.callback(file.close)
        file.writelines(sorted(self._lines))
        file.seek(0)
        self._runs.append(file)
        self._lines, self._held = [], 0

    def __iter__(self) -> Iterator[bytes]:
        """All lines; to be gone through once."""
        last = b""
        for line in heapq.merge(*self._runs, sorted(self._lines)):
            if line != last:
                yield line
            last = line


def shown(lines: Iterable[bytes], *, at_original: bool) -> Iterator[bytes]:
    """Sorted lines of which those of a 304 (server-not-modified revisits) show the page that was not modified.

    As they are, replay tools answer 304 to a reader who looks at that moment: an empty window. pywb is helped by a
    line that leads to the record of the original (`at_original`); wabac.js, which wants each record at its own
    time, by the status of the original. A 304 whose original is not in the index is left out of it.
    """
    for key, group in groupby(lines, key=lambda line: line.partition(b" ")[0]):
        originals: dict[str | None, dict[str, str]] = {}
        out: list[bytes] = []
        for line in group:
            _, at, fields = line.decode("utf-8", "surrogatepass").split(" ", 2)
            told: dict[str, str] = json.loads(fields)
            digest = told.get("digest")
            if told.get("mime") != REVISIT_MIME:
                originals[digest] = originals[None] = told
                out.append(line)
            elif told.get("status") != "304":
                out.append(line)
            elif (original := originals.get(digest)) is not None:
                told = {**original, "url": told["url"]} if at_original else {**told, "status": original["status"]}
                out.append(_line(key.decode(), at, told))
        yield from sorted(out)


def compressed(lines: Iterable[bytes], filename: str) -> Iterator[tuple[bytes, bytes]]:
    """Sorted lines as gzip members of `BLOCK_LINES` lines -> each with the line that a secondary index has of it.

    The secondary index (`index.idx`, format cdxj-gzip-1.0) begins with a line of its own, which comes with the
    first member. Its lines hold the first key of a member and where in `filename` the member lies.
    """
    offset = 0
    head = f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': filename})}\n".encode()
    for block in _blocks(lines):
        compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
        member = compressor.compress(b"".join(block)) + compressor.flush()
        digest = f"sha256:{hashlib.sha256(member).hexdigest()}"
        place = json.dumps({"offset": offset, "length": len(member), "digest": digest})
        key = block[0].partition(b" {")[0]
        yield member, head + key + b" " + place.encode() + b"\n"
        head = b""
        offset += len(member)


def _blocks(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    block: list[bytes] = []
    for line in lines:
        block.append(line)
        if len(block) == BLOCK_LINES:
            yield block
            block = []
    if block:
        yield block
