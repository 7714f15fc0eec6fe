"""Fixity: every record of WARC files is what was written, down to the last byte (`warcio check` sees less).

Takes files of any tool, compressed or not, WARC/1.0 and 1.1.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from archive.digests import file_sha256, matches
from archive.errors import BadInput
from archive.warc.format import END_OF_RECORD, GZIP_HEADER
from archive.warc.groups import parse_date
from archive.warc.reader import GZIP_MAGIC, Damage, Record, iter_records
from archive.warc.removal import removal_of
from archive.warc.spare import has_stray_bits

_NEEDS_URI = frozenset({"response", "resource", "request", "revisit", "conversion", "continuation"})
_NEEDED = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")
_CAPTURES = frozenset({"response", "resource", "conversion", "revisit"})
_ONCE = frozenset({"warc-type", "warc-record-id", "warc-date", "warc-target-uri", "content-length"})

_TARGET = re.compile(rb"(?i)\nWARC-Target-URI: *<?([\x21-\x7e]+?)>?\r\n")
_BEGINNING = 1 << 16  # of a damaged record, in which its URL is looked for
_PIECE = 32

_Place = tuple[Path, int, str | None]  # file, offset, URL


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: the file, the offset of the record, its URL if it is known, and what."""

    file: Path
    offset: int
    url: str | None
    what: str


@dataclass(slots=True)
class Counts:
    """What was looked at."""

    files: int = 0
    bytes: int = 0
    records: int = 0
    findings: int = 0
    skipped: int = 0  # files that were not read again
    skipped_bytes: int = 0
    notes: list[str] = field(default_factory=list)  # for people: what was not looked at, and why
    by_type: Counter[str] = field(default_factory=Counter)
    block_digests: int = 0  # checked
    payload_digests: int = 0


@dataclass(slots=True)
class _Seen:
    """What is needed to resolve references between all the files: hashes only, for archives of millions."""

    ids: set[int] = field(default_factory=set)
    captures: set[int] = field(default_factory=set)
    references: list[tuple[_Place, str | None, tuple[str, str] | None]] = field(default_factory=list)

    def know(self, record_id: str, record_type: str, url: str, date: str) -> None:
        """Remember a capture of a file that is not read now."""
        self.ids.add(hash(record_id))
        if record_type != "revisit":
            self.captures.add(hash((url, date)))

    def note(self, record: Record, *, foreign: bool = False) -> bool:
        """Remember a capture, and what it refers to itself; False if its record id is known already.

        What a foreign one refers to may never have been here.
        """
        if (removal := removal_of(record)) is not None:  # who refers to what is gone finds the note on it
            self.know(removal.record_id, removal.record_type, removal.url, removal.date)
        if record.record_type not in _CAPTURES:
            return True
        new = hash(record.record_id) not in self.ids
        self.ids.add(hash(record.record_id))
        if record.record_type != "revisit":
            self.captures.add(hash((record.url, record.date)))
            return new
        if foreign:
            return new
        record_id = record.header("WARC-Refers-To")
        url, date = record.header("WARC-Refers-To-Target-URI"), record.header("WARC-Refers-To-Date")
        capture = (url.strip("<>"), date) if url and date else None
        if record_id or capture:
            self.references.append(((record.path, record.offset, record.url), record_id, capture))
        return new


def verify_files(
    paths: Iterable[Path],
    *,
    counts: Counts | None = None,
    sha256: Mapping[Path, str] | None = None,
    foreign: Collection[Path] = (),
    on_record: Callable[[Record], None] | None = None,
    starts: Mapping[str, int] | None = None,
    elsewhere: Iterable[tuple[str, str, str, str]] = (),
) -> Iterator[Finding]:
    """All that is wrong with these files: damage, headers, digests, references that lead nowhere.

    `counts` is filled while the findings are drawn. `sha256` has the digest that a whole file must have. `foreign`
    are files that came from elsewhere: as long as one has its sha256, nothing in it has changed since, and what was
    wrong with it then is no finding. `on_record` is called with each record that could be read, for checks of
    one's own. `starts`: where to begin, by the file's name. `elsewhere`: captures of files that are not read, as
    (record id, type, URL, date), which others may refer to.
    """
    counts = counts if counts is not None else Counts()
    seen = _Seen()
    for capture in elsewhere:
        seen.know(*capture)
    for path in paths:
        counts.files += 1
        start = (starts or {}).get(path.name, 0)
        digest, is_foreign = (sha256 or {}).get(path), path in foreign
        for finding in _verify_file(path, seen, counts, digest, is_foreign, on_record, start):
            counts.findings += 1
            yield finding
    for finding in _unresolved(seen):
        counts.findings += 1
        yield finding


def _verify_file(
    path: Path,
    seen: _Seen,
    counts: Counts,
    sha256: str | None,
    foreign: bool,
    on_record: Callable[[Record], None] | None,
    start: int,
) -> Iterator[Finding]:
    damages = list[Damage]()
    odd = _Odd()
    try:
        size = path.stat().st_size
        counts.bytes += size - start
        found_sha256 = file_sha256(path) if sha256 else None
        as_it_came = foreign and found_sha256 is not None and found_sha256 == sha256
        to_the_bit = not foreign and (sha256 is None or found_sha256 != sha256)
        for record in iter_records(path, start, on_damage=damages.append):
            found = [*_drained(damages), *_verify_record(record, seen, counts, foreign)]
            if not as_it_came:
                yield from found
            if not foreign:
                odd.note(record, to_the_bit)
            if on_record is not None:
                on_record(record)
    except (OSError, BadInput) as error:
        yield Finding(path, 0, None, f"cannot be read: {error}")
        return
    if not as_it_came:
        yield from _drained(damages)
    yield from odd.findings()
    if size == 0:
        yield Finding(path, 0, None, "the file is empty")
    if sha256 and found_sha256 != sha256:
        yield Finding(path, 0, None, f"the file's sha256 is {found_sha256}, not {sha256}")


class _Odd:
    """What no checksum within a file covers: seen where one record differs from most others."""

    def __init__(self) -> None:
        self._records = 0
        self._headers = list[_Place]()
        self._bits = list[_Place]()

    def note(self, record: Record, to_the_bit: bool) -> None:
        self._records += 1
        place = (record.path, record.offset, record.url)
        if record.gzip_header != GZIP_HEADER:  # zlib checks neither the time nor the flags nor the system
            self._headers.append(place)
        if to_the_bit and record.gzip_header and has_stray_bits(record.path, record.offset, record.length):
            self._bits.append(place)

    def findings(self) -> Iterator[Finding]:
        if len(self._headers) * 2 < self._records:
            for place in self._headers:
                yield Finding(*place, "the gzip header differs from that of the other records")
        if len(self._bits) * 2 < self._records:
            for place in self._bits:
                yield Finding(*place, "bits that mean nothing are set in the gzip member, unlike in the others")


def _drained(damages: list[Damage]) -> Iterator[Finding]:
    while damages:
        damage = damages.pop(0)
        yield Finding(damage.path, damage.offset, _target_before_damage(damage.path, damage.offset), damage.what)


def _verify_record(record: Record, seen: _Seen, counts: Counts, foreign: bool) -> Iterator[Finding]:
    counts.records += 1
    counts.by_type[record.record_type] += 1
    for what in problems_of(record, counts):
        yield Finding(record.path, record.offset, record.url, what)
    if not seen.note(record, foreign=foreign):
        yield Finding(record.path, record.offset, record.url, f"the record id {record.record_id} was used before")


def problems_of(record: Record, counts: Counts | None = None) -> Iterator[str]:
    """What is wrong with a record by itself."""
    yield from _header_problems(record)
    yield from _digest_problems(record, counts or Counts())
    if record.ending != END_OF_RECORD:
        yield "the record does not end with an empty line"


def _header_problems(record: Record) -> Iterator[str]:
    names = Counter(name.lower() for name, _ in record.headers)
    for name in _NEEDED:
        if not record.header(name):
            yield f"no {name}"
    for name in _ONCE:
        if names[name] > 1:
            yield f"{names[name]} header lines {name}"
    if record.date and not _is_date(record.date):
        yield f"WARC-Date is no time: {record.date[:40]!r}"
    if record.record_type in _NEEDS_URI and not record.url:
        yield f"a {record.record_type} record without WARC-Target-URI"
    if record.record_type == "revisit" and not record.header("WARC-Profile"):
        yield "a revisit record without WARC-Profile"


def _is_date(text: str) -> bool:
    try:
        parse_date(text)
    except ValueError:
        return False
    return True


def _digest_problems(record: Record, counts: Counts) -> Iterator[str]:
    block_digest = record.header("WARC-Block-Digest")
    if block_digest is not None:
        counts.block_digests += 1
        if matches(block_digest, record.block) is False:
            yield f"the block is not that of WARC-Block-Digest {block_digest}"
    payload_digest = record.header("WARC-Payload-Digest")
    if payload_digest is None or record.record_type == "revisit":  # a revisit's is that of its original
        return
    counts.payload_digests += 1
    if not has_payload_digest(record, payload_digest):
        yield f"the payload is not that of WARC-Payload-Digest {payload_digest}"


def has_payload_digest(record: Record, digest: str) -> bool:
    """Whether this is the digest of what some tool takes for the payload; true as well where it is unknown."""
    return any(matches(digest, payload) is not False for payload in _payloads(record))


def _payloads(record: Record) -> Iterator[bytes]:
    """The payload, and what other tools take for it: a chunked body with its framing, all after the first head."""
    yield record.payload
    if record.is_http:
        if record.http is not None:
            yield record.http.body
        yield record.block.partition(b"\r\n\r\n")[2]


def _unresolved(seen: _Seen) -> Iterator[Finding]:
    for place, record_id, capture in seen.references:
        if hash(record_id) in seen.ids or (capture is not None and hash(capture) in seen.captures):
            continue
        what = f"refers to {record_id or ' of '.join(reversed(capture or ()))}, which is in none of these files"
        yield Finding(*place, what)


def _target_before_damage(path: Path, offset: int) -> str | None:
    """The WARC-Target-URI of a record that is damaged, if the damage begins behind it; None if that is not known."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(_BEGINNING)
    except OSError:
        return None
    if data.startswith(GZIP_MAGIC):
        inflater, parts = zlib.decompressobj(31), list[bytes]()
        with suppress(zlib.error):
            for at in range(0, len(data), _PIECE):  # what comes before the error is given out
                parts.append(inflater.decompress(data[at : at + _PIECE], _BEGINNING))
        data = b"".join(parts)
    head, end, _ = data.partition(b"\r\n\r\n")
    found = _TARGET.search(head + end[:2])
    return found[1].decode("ascii") if found else None
