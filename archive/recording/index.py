"""Where the captures of each URL lie in some WARC files, in order of time. Holds places, not bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archive.crawls import BEGAN, Plan, plan_of
from archive.imports.jobs import is_payload_revisit, refers_of
from archive.journal import event_of
from archive.model import Outcome
from archive.store.imports import Refers
from archive.urls import captured_url, normalise
from archive.warc.groups import parse_date
from archive.warc.reader import Damage, Record, iter_records
from archive.warc.removal import is_removal
from archive.warc.survey import CAPTURES, unreadable, why_left_out

# What Broadsheet noted of attempts without an answer, where it was the network's doing.
FAULTS = frozenset({
    Outcome.TRUNCATED, Outcome.TOO_LARGE, Outcome.TIMEOUT, Outcome.UNRESOLVED, Outcome.UNREACHABLE, Outcome.TLS_FAILED,
    Outcome.BAD_RESPONSE, Outcome.BLOCKED,
})  # fmt: skip
UNRECORDED = frozenset({"unrecordedHead", "unrecordedBytes"})  # what came and is no response record
Place = tuple[int, int]  # the number of a file, and an offset in it


@dataclass(slots=True)
class Entry:
    """One capture, or one attempt that no answer came to."""

    at: datetime
    places: tuple[Place, ...]  # of its records: response or revisit first, if there is one
    is_response: bool = False  # with its body, no revisit
    is_304: bool = False
    original: Place | None = None  # of a revisit: the response record with its body


@dataclass(slots=True)
class Index:
    """What some files hold. `entries`: {URL, as `captured_url` spells it: what there is of it, the oldest first}."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    plans: list[Plan] = field(default_factory=list)  # of crawls of Broadsheet, in the order of the files
    damages: list[Damage] = field(default_factory=list)
    orphans: int = 0  # revisits whose original is in none of the files
    _spellings: dict[str, str] = field(default_factory=dict)

    def of(self, url: str) -> Sequence[Entry]:
        """What there is of a URL; one that a crawl knows without its tracking parameters is found all the same."""
        key = captured_url(url)
        return self.entries.get(key, ()) or self.entries.get(self._spellings.get(key, ""), ())

    def in_order(self) -> None:
        for url, entries in self.entries.items():
            entries.sort(key=lambda entry: (entry.at, entry.places))
            plain = normalise(url)
            if plain is not None and plain not in self.entries:
                self._spellings.setdefault(plain, url)


def index(paths: Sequence[Path], until: datetime | None = None) -> Index:
    """Read all of these WARC files once. `until`: what was captured later is left out.

    :raises BadInput: a file cannot be opened.
    """
    indexing = _Indexing(until)
    for number, path in enumerate(paths):
        indexing.file(number, path)
    return indexing.finished()


@dataclass(slots=True)
class _Part:
    """A request or metadata record, until it is known what it belongs to."""

    record: str  # its type
    place: Place
    names: tuple[str, ...]  # the ids of the records that it names as those of its exchange
    url: str
    at: datetime | None
    tells_attempt: bool


@dataclass(slots=True)
class _Indexing:
    until: datetime | None
    found: Index = field(default_factory=Index)
    _responses: dict[str, Place] = field(default_factory=dict)  # by record id
    _payloads: dict[str, Place] = field(default_factory=dict)  # by digest
    _revisits: list[tuple[str, Entry, Refers, bool]] = field(default_factory=list)

    def file(self, number: int, path: Path) -> None:
        captures: dict[str, Entry] = {}
        named: dict[str, str] = {}  # {the id of a part: the id of the capture that names it}
        parts: dict[str, _Part] = {}
        for record in iter_records(path, on_damage=self.found.damages.append):
            place = (number, record.offset)
            if record.record_type in CAPTURES:
                entry = self._capture(record, place)
                if entry is not None:
                    captures[_bare(record.record_id)] = entry
                    named |= {name: _bare(record.record_id) for name in _concurrent(record)}
            elif (event := event_of(record)) is not None:
                if event.name == BEGAN:
                    self.found.plans.append(plan_of(event))
            elif record.record_type in ("request", "metadata") and not is_removal(record):
                parts[_bare(record.record_id)] = _part(record, place)
        self._join(captures, named, parts)

    def _capture(self, record: Record, place: Place) -> Entry | None:
        if why_left_out(record) is not None or unreadable(record) is not None:
            return None
        response = record.response
        is_revisit = record.record_type == "revisit"
        is_304 = response.status == 304 if response else not is_payload_revisit(record)
        if not is_revisit:
            self._responses[_bare(record.record_id)] = place
            digest = record.header("WARC-Payload-Digest")
            if digest and response is not None and 200 <= response.status < 300:
                self._payloads.setdefault(digest.lower(), place)
        entry = Entry(parse_date(record.date), (place,), not is_revisit, is_304)
        url = captured_url(record.url or "")
        if is_revisit:
            self._revisits.append((url, entry, refers_of(record), is_304))
        self._add(url, entry)
        return entry

    def _add(self, url: str, entry: Entry) -> None:
        self.found.entries.setdefault(url, []).append(entry)

    def _join(self, captures: Mapping[str, Entry], named: Mapping[str, str], parts: Mapping[str, _Part]) -> None:
        """Give captures their requests and metadata; what tells of an attempt without an answer is an entry itself."""
        for record_id, part in parts.items():
            owner = next((name for name in (*part.names, named.get(record_id, "")) if name in captures), None)
            if owner is not None:
                captures[owner].places += (part.place,)
            elif part.tells_attempt and part.at is not None:
                requests = [parts[name].place for name in part.names if name in parts]
                self._add(captured_url(part.url), Entry(part.at, (*requests, part.place)))

    def finished(self) -> Index:
        for url, entry, refers, is_304 in self._revisits:
            entry.original = self._original(refers)
            if entry.original is None and not is_304:
                self.found.orphans += 1
                self.found.entries[url].remove(entry)
        for url, entries in list(self.found.entries.items()):
            kept = [entry for entry in entries if self.until is None or entry.at <= self.until]
            if kept:
                self.found.entries[url] = kept
            else:
                del self.found.entries[url]
        self.found.in_order()
        return self.found

    def _original(self, refers: Refers) -> Place | None:
        by_id = self._responses.get(_bare(refers.record_id or ""))
        return by_id or self._by_date(refers) or self._payloads.get((refers.payload_digest or "").lower())

    def _by_date(self, refers: Refers) -> Place | None:
        try:
            at = parse_date(refers.date or "")
        except ValueError:
            return None
        same = (e for e in self.found.entries.get(refers.url or "", ()) if e.at == at)
        return next((entry.places[0] for entry in same if entry.is_response), None)


def _part(record: Record, place: Place) -> _Part:
    try:
        at = parse_date(record.date)
    except ValueError:
        at = None
    facts = record.fields if record.record_type == "metadata" else {}
    # A page that was not fetched since robots.txt could not be read has that fault, but is not final.
    failed = facts.get("outcome") in FAULTS and facts.get("final") != "false"
    tells = failed or not UNRECORDED.isdisjoint(facts)
    return _Part(record.record_type, place, tuple(_concurrent(record)), record.url or "", at, tells)


def _concurrent(record: Record) -> Iterable[str]:
    return (_bare(value) for name, value in record.headers if name.lower() == "warc-concurrent-to")


def _bare(record_id: str) -> str:
    return record_id.strip("<> ")
