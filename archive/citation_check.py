"""From a citation back to the bytes: the record is found, read where it lies, hashed, and compared.

In an archive the database says where a record lies; without one, WARC files are read from their beginning.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from archive.cited import CitedRecord
from archive.digests import Buffer, matches, sha1_base32, sha256_hex
from archive.errors import BadInput, NotFound
from archive.store import Archive, StoredCapture, captures
from archive.store.citing import takedown_of, warc_path
from archive.warc.groups import parse_date
from archive.warc.reader import Damage, Record, iter_records, read_record
from archive.warc.verify import has_payload_digest

CITABLE = frozenset({"response", "revisit", "resource", "conversion"})
HEADER = "the header of the record"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was compared; `detail` says with what, or what was found instead.

    `holds` is None of a digest whose algorithm is not known.
    """

    what: str
    holds: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Found:
    """A record as it lies on disk, with its row in the database if there is one."""

    record: Record
    row: StoredCapture | None = None


class Holdings(Protocol):
    """Where cited records are looked for."""

    def find(self, cited: CitedRecord) -> Found:
        """:raises NotFound: it is not there. :raises Damage: it is, but cannot be read."""

    def original(self, revisit: Found) -> Found:
        """The record whose payload a revisit says again; raises as `find` does."""


def check(cited: CitedRecord, holdings: Holdings) -> Iterator[Check]:
    """What of a citation holds, one after another.

    :raises NotFound: there is no such record.
    """
    try:
        found = holdings.find(cited)
    except Damage as damage:
        yield Check("record", False, f"{damage.path} at {damage.offset}: {damage.what}")
        return
    yield _place(found, "record")
    yield from _pwid(cited, found)
    yield from _digests("block", cited, found, found.record)
    holder: Record | None = found.record
    if found.record.record_type == "revisit":
        holder = yield from _original(found, holdings)
    if holder is not None:
        yield from _digests("payload", cited, found, holder)
    yield from _unlabelled(cited, found.record, holder)


def _place(found: Found, what: str) -> Check:
    record, row = found.record, found.row
    detail = f"{record.record_id} in {record.path} at {record.offset}, {record.length} bytes"
    if row is not None and record.record_id != row.record_id:
        return Check(what, False, f"{detail}: the database has {row.record_id} there")
    return Check(what, True, f"{detail}, a {record.record_type} of {record.url}")


def _pwid(cited: CitedRecord, found: Found) -> Iterator[Check]:
    if not cited.pwid:
        return
    record = found.record
    if not cited.pwids:
        yield Check("PWID", False, f"{cited.pwid} is none that can be read")
    elif _is_named(cited, record.url or "", record.date) or (
        found.row and _is_named(cited, found.row.url, record.date)
    ):
        yield Check("PWID", True, f"its time and address are those of the record, {record.date}")
    else:
        yield Check("PWID", False, f"the record was captured at {record.date} of {record.url}")


def _is_named(cited: CitedRecord, url: str, date: str) -> bool:
    try:
        moment = parse_date(date)
    except ValueError:
        return False
    return any(pwid.names(url, moment) for pwid in cited.pwids)


def _digests(of: str, cited: CitedRecord, found: Found, holder: Record) -> Iterator[Check]:
    """Each digest that is stated of the block or payload, by whom, and whether the bytes of `holder` have it."""
    data = holder.block if of == "block" else holder.payload
    header = found.record.header(f"WARC-{of.capitalize()}-Digest")
    witnesses: dict[str, list[str]] = {}
    for witness, digest in (
        *(("the citation", digest.digest) for digest in cited.digests if digest.of == of),
        *(("the database", digest) for digest in _of_row(of, found.row)),
        *([(HEADER, header)] if header else []),
    ):
        witnesses.setdefault(digest, []).append(witness)
    for digest, said_by in witnesses.items():
        holds = matches(digest, data)
        own = {True: "", False: f", which have {_own(digest, data)}", None: ", of an unknown algorithm"}[holds]
        if holds is False and of == "payload" and said_by == [HEADER] and has_payload_digest(holder, digest):
            holds, own = True, ", counted with their transfer coding as some tools do"
        said = f"{digest} in {', '.join(said_by[:-1]) + ' and ' if said_by[1:] else ''}{said_by[-1]}"
        yield Check(f"{of} digest", holds, f"{said}: {len(data)} bytes{own}")


def _of_row(of: str, row: StoredCapture | None) -> list[str]:
    if row is None:
        return []
    if of == "block":
        return [row.block_digest]
    sha256 = f"sha256:{row.payload_sha256}" if row.payload_sha256 else None
    return [digest for digest in (row.payload_digest, sha256) if digest]


def _own(stated: str, data: Buffer) -> str:
    return f"sha256:{sha256_hex(data)}" if stated.lower().startswith("sha256:") else sha1_base32(data)


def _original(found: Found, holdings: Holdings) -> Generator[Check, None, Record | None]:
    """A revisit holds the head of its answer alone; the payload is that of the record it refers to."""
    try:
        original = holdings.original(found)
    except (NotFound, Damage) as error:
        yield Check("original", False, f"the payload is that of another record, which cannot be read: {error}")
        return None
    yield _place(original, "original")
    yield from _digests("block", CitedRecord(), original, original.record)
    return original.record


def _unlabelled(cited: CitedRecord, record: Record, holder: Record | None) -> Iterator[Check]:
    """A digest of which the text does not say what of: that of the block or of the payload."""
    parts = {"block": record.block} | ({"payload": holder.payload} if holder else {})
    for digest in (d.digest for d in cited.digests if d.of is None):
        of = next((of for of, data in parts.items() if matches(digest, data)), None)
        said = f"that of the {of}" if of else "neither that of the block nor that of the payload"
        yield Check("digest", of is not None, f"{digest} in the citation is {said}")


class ArchiveHoldings:
    """The records of an archive, each read where the database says that it lies."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def find(self, cited: CitedRecord) -> Found:
        rows = self._rows(cited)
        row = _the_one(
            cited, [row for row in rows if cited.record_id or _is_named(cited, row.url, row.captured_at)]
        )
        record_id = row.record_id if row else cited.record_id
        gone = takedown_of(self.archive.db, record_id) if record_id else None
        if gone is not None:
            raise NotFound(f"{cited.name} was taken down at {gone.taken_down_at}: {gone.reason}")
        if row is None:
            times = ", ".join(row.captured_at for row in rows[:5])
            hint = f"of this address it has captures of {times}{' ...' if rows[5:] else ''}" if rows else None
            raise NotFound(f"the archive holds no record {cited.name}", hint=hint)
        return self._read(row)

    def original(self, revisit: Found) -> Found:
        record_id = (revisit.row.refers_to if revisit.row else None) or revisit.record.header("WARC-Refers-To")
        row = next(captures(self.archive.db, record_id=record_id), None) if record_id else None
        if row is None:
            raise NotFound(f"the archive holds no record {record_id or 'that the revisit refers to'}")
        return self._read(row)

    def _rows(self, cited: CitedRecord) -> list[StoredCapture]:
        """The capture of this record id, or all captures of the addresses that the PWID can mean."""
        if cited.record_id:
            ids = dict.fromkeys((cited.record_id, cited.record_id.lower()))
            return [row for record_id in ids for row in captures(self.archive.db, record_id=record_id)]
        urls = dict.fromkeys(url for pwid in cited.pwids for url in pwid.urls)
        return [row for url in urls for row in captures(self.archive.db, url=url)]

    def _read(self, row: StoredCapture) -> Found:
        path = warc_path(self.archive, row.warc_file)
        if path is None:
            raise Damage(self.archive.warc_folder / row.warc_file, row.offset, "the file is missing")
        if row.lost_at is not None:
            raise Damage(path, row.offset, f"the record was damaged, and set aside on {row.lost_at}")
        return Found(read_record(path, row.offset, row.length), row)


def _the_one(cited: CitedRecord, rows: Sequence[StoredCapture]) -> StoredCapture | None:
    """Of several captures of one address in one second, that with the digests of the citation."""
    if len(rows) <= 1:
        return rows[0] if rows else None
    stated = {digest.digest for digest in cited.digests}
    fitting = [
        r for r in rows if stated & {r.block_digest, r.payload_digest, f"sha256:{r.payload_sha256}"}
    ] or rows
    if len(fitting) > 1:
        raise _several(cited, [row.record_id for row in fitting])
    return fitting[0]


class FileHoldings:
    """The records of WARC files that nothing is known of, read through once for all that is cited."""

    def __init__(self, paths: Iterable[Path], cited: Sequence[CitedRecord]) -> None:
        self.paths = tuple(paths)
        self._ids = {record.record_id.lower() for record in cited if record.record_id}
        self._urls = {url for record in cited for pwid in record.pwids for url in pwid.urls}
        self._found: list[_Seen] | None = None
        self._damages: list[Damage] = []

    def find(self, cited: CitedRecord) -> Found:
        if self._found is None:
            self._found = [_Seen(record) for record in self._records() if self._may_be_cited(record)]
        if cited.record_id:
            fitting = [seen for seen in self._found if seen.record_id.lower() == cited.record_id.lower()][:1]
        else:
            fitting = [seen for seen in self._found if _is_named(cited, seen.url, seen.date)]
        if not fitting:
            raise self._not_found(cited.name)
        if len(fitting) > 1:
            fitting = [seen for seen in fitting if _has_a_digest(cited, seen.read())] or fitting
        if len(fitting) > 1:
            raise _several(cited, [seen.record_id for seen in fitting])
        return Found(fitting[0].read())

    def original(self, revisit: Found) -> Found:
        record_id = revisit.record.header("WARC-Refers-To")
        url = (revisit.record.header("WARC-Refers-To-Target-URI") or "").strip("<>")
        date = revisit.record.header("WARC-Refers-To-Date")
        for record in self._records():
            same = record.record_id == record_id if record_id else (record.url, record.date) == (url, date)
            if same and record.record_type != "revisit":
                return Found(record)
        raise self._not_found(record_id or f"of {url} at {date}")

    def _records(self) -> Iterator[Record]:
        self._damages.clear()
        for path in self.paths:
            for record in iter_records(path, on_damage=self._damages.append):
                if record.record_type in CITABLE:
                    yield record

    def _may_be_cited(self, record: Record) -> bool:
        return record.record_id.lower() in self._ids or record.url in self._urls

    def _not_found(self, name: str) -> NotFound:
        hint = None
        if self._damages:
            first = self._damages[0]
            hint = f"{len(self._damages)} places could not be read, the first in {first.path} at {first.offset}"
        files = "1 file" if len(self.paths) == 1 else f"{len(self.paths)} files"
        return NotFound(f"there is no record {name} in {files}", hint=hint)


class _Seen:
    """A record that may be cited, without its bytes."""

    def __init__(self, record: Record) -> None:
        self.record_id, self.url, self.date = record.record_id, record.url or "", record.date
        self._place = (record.path, record.offset, record.length)

    def read(self) -> Record:
        return read_record(*self._place)


def _has_a_digest(cited: CitedRecord, record: Record) -> bool:
    """Whether a digest of the citation is one of the record; a revisit has that of its payload in its header."""
    stated = record.header("WARC-Payload-Digest")
    return any(
        digest.digest == stated or matches(digest.digest, record.block) or matches(digest.digest, record.payload)
        for digest in cited.digests
    )


def _several(cited: CitedRecord, record_ids: Iterable[str]) -> BadInput:
    return BadInput(f"{cited.name} fits several records", hint=f"name one by its id: {', '.join(record_ids)}")
