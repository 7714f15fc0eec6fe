"""What a WARC file of any tool holds, found out by reading all of it once: captures, what belongs to them, the rest.

Every record is counted exactly once: as a capture, as part of one, as left out for what it is, or as unreadable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from archive.urls import host_of
from archive.warc.groups import parse_date
from archive.warc.reader import Damage, Record, WrongMember, iter_records
from archive.warc.removal import TAKEDOWN, is_removal, removal_of

CAPTURES = frozenset({"response", "revisit"})
_PARTS = frozenset({"request", "metadata"})
_NAMED_BY_SCHEME = frozenset({"response", "revisit", "resource", "conversion"})

Place = tuple[int, int]  # offset and length of a gzip member, or of a record of a plain file


@dataclass(frozen=True, slots=True)
class Located:
    """A capture that can be entered, and where the records lie that belong to it."""

    offset: int
    length: int
    record_id: str
    request: Place | None = None
    metadata: Place | None = None
    fetch_ms: int | None = None  # as the metadata record has it

    @property
    def place(self) -> Place:
        return self.offset, self.length


@dataclass(frozen=True, slots=True)
class Trouble:
    """What cannot be read: from which byte of the file, what is wrong, and of which URL if that is known."""

    offset: int
    what: str
    url: str | None = None


@dataclass(slots=True)
class Survey:
    """All that a file holds."""

    records: int = 0  # that could be told from each other, unreadable ones included
    warcinfo_id: str = ""  # of its first warcinfo record; empty without one
    captures: list[Located] = field(default_factory=list)
    notes: list[Located] = field(
        default_factory=list
    )  # in the places of captures that were taken down; left out, too
    parts: int = 0  # request and metadata records of captures
    left_out: Counter[str] = field(default_factory=Counter)  # {what they are: records}
    unreadable: int = 0  # records among the troubles; the others are bytes that are part of no record
    troubles: list[Trouble] = field(default_factory=list)
    wrong_members: int = 0  # gzip members that are no single record: `archive.warc.recompress` may read more


def survey(path: Path, progress: Callable[[int], None] = lambda offset: None) -> Survey:
    """Read a file to its end; `progress` is told how far. BadInput if it cannot be opened."""
    found = _Surveying()
    for record in iter_records(path, on_damage=found.damage):
        found.record(record)
        progress(record.offset)
    return found.finished()


def why_left_out(record: Record) -> str | None:
    """What a response or revisit record is that can be read, and yet is no capture; None for a capture of the web."""
    scheme = (record.url or "").partition(":")[0].lower()
    return None if scheme in ("http", "https") else _label(record)


def unreadable(record: Record) -> str | None:
    """Why a response or revisit record, or the note in its place, cannot be entered; None if it can."""
    if not record.record_id:
        return f"a {record.record_type} record without WARC-Record-ID"
    if not record.record_id.isprintable():
        return f"WARC-Record-ID is no identifier: {record.record_id[:80]!r}"
    if not host_of(record.url or ""):
        return f"WARC-Target-URI is no address: {(record.url or '')[:80]!r}"
    try:
        parse_date(record.date)
    except ValueError:
        return f"WARC-Date is no time: {record.date[:40]!r}"
    is_empty_revisit = record.record_type == "revisit" and not record.block
    if record.record_type in CAPTURES and record.response is None and not is_empty_revisit:
        return f"no HTTP answer in the {record.record_type} record"
    return None


@dataclass(frozen=True, slots=True)
class _Part:
    """A request or metadata record, and the ids of the records that it names as those of its exchange."""

    record_id: str
    place: Place
    record_type: str
    names: tuple[str, ...]
    label: str
    fetch_ms: int | None


@dataclass(slots=True)
class _Surveying:
    found: Survey = field(default_factory=Survey)
    _named: list[tuple[str, ...]] = field(default_factory=list)  # by each capture, in WARC-Concurrent-To
    _parts: list[_Part] = field(default_factory=list)

    def damage(self, damage: Damage) -> None:
        self.found.troubles.append(Trouble(damage.offset, damage.what))
        self.found.wrong_members += isinstance(damage, WrongMember)

    def record(self, record: Record) -> None:
        found = self.found
        found.records += 1
        if record.record_type in CAPTURES:
            self._capture(record)
        elif record.record_type in _PARTS and not is_removal(record):
            self._parts.append(_part(record))
        else:
            if record.record_type == "warcinfo" and not found.warcinfo_id:
                found.warcinfo_id = record.record_id
            removal = removal_of(record)
            if (
                removal
                and removal.cause == TAKEDOWN
                and removal.record_type in CAPTURES
                and "outcome" in removal.facts  # else it was never entered
                and unreadable(record) is None
            ):
                found.notes.append(Located(record.offset, record.length, record.record_id))
            found.left_out[_label(record)] += 1

    def _capture(self, record: Record) -> None:
        label = why_left_out(record)
        if label is not None:
            self.found.left_out[label] += 1
        elif (what := unreadable(record)) is not None:
            self.found.unreadable += 1
            self.found.troubles.append(Trouble(record.offset, what, record.url))
        else:
            self.found.captures.append(Located(record.offset, record.length, record.record_id))
            self._named.append(_concurrent(record))

    def finished(self) -> Survey:
        """Find for each capture its request and its metadata, wherever in the file they lie."""
        by_id = {part.record_id: part for part in self._parts}
        naming: dict[str, list[_Part]] = {}
        for part in self._parts:
            for name in part.names:
                naming.setdefault(name, []).append(part)
        taken = set[Place]()
        for number, (capture, named) in enumerate(zip(self.found.captures, self._named, strict=True)):
            near = [by_id[name] for name in named if name in by_id] + naming.get(_bare(capture.record_id), [])
            far = [p for part in near for p in naming.get(part.record_id, [])]  # metadata of the request
            far += [by_id[name] for part in near for name in part.names if name in by_id]
            request = _first("request", near + far, taken, capture.offset)
            metadata = _first("metadata", near + far, taken, capture.offset)
            taken |= {part.place for part in (request, metadata) if part}
            self.found.captures[number] = Located(
                *capture.place,
                capture.record_id,
                request.place if request else None,
                metadata.place if metadata else None,
                metadata.fetch_ms if metadata else None,
            )
        self.found.parts = len(taken)
        for part in self._parts:
            if part.place not in taken:
                self.found.left_out[part.label] += 1
        self.found.troubles.sort(key=lambda trouble: trouble.offset)
        return self.found


def _first(record_type: str, parts: Iterable[_Part], taken: set[Place], offset: int) -> _Part | None:
    """Of the parts of this type that belong to no capture yet, the one that lies next to `offset`."""
    free = (part for part in parts if part.record_type == record_type and part.place not in taken)
    return min(free, key=lambda part: abs(part.place[0] - offset), default=None)


def _part(record: Record) -> _Part:
    fetch_ms = record.fields.get("fetchTimeMs", "") if record.record_type == "metadata" else ""
    return _Part(
        _bare(record.record_id),
        (record.offset, record.length),
        record.record_type,
        _concurrent(record),
        _label(record),
        int(fetch_ms) if fetch_ms.isdecimal() and len(fetch_ms) < 10 else None,
    )


def _concurrent(record: Record) -> tuple[str, ...]:
    return tuple(_bare(value) for name, value in record.headers if name.lower() == "warc-concurrent-to")


def _bare(record_id: str) -> str:
    return record_id.strip("<> ")


def _label(record: Record) -> str:
    """What a record is that is no capture: "resource of urn:pageinfo", "response of dns"."""
    if record.record_type == "request":
        return "request without response"
    if is_removal(record):
        return "note of a record that is gone"
    if record.record_type == "metadata":
        return "metadata"
    if record.record_type not in _NAMED_BY_SCHEME:
        return record.record_type[:40] or "record without WARC-Type"
    scheme, _, rest = (record.url or "nothing").partition(":")
    name = f"{scheme}:{rest.partition(':')[0]}" if scheme == "urn" and ":" in rest else scheme
    return f"{record.record_type} of {name[:40].lower()}"
