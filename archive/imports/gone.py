"""What was taken down on request must not come back with somebody else's file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.digests import sha1_base32
from archive.journal import SUPERSEDED, event_of
from archive.model import Outcome
from archive.store import Archive, imports
from archive.store.superseded import names
from archive.store.takedown import payloads_taken_down, record_ids_taken_down
from archive.store.text import stamp
from archive.urls import captured_url
from archive.warc.reader import Record, iter_records
from archive.warc.removal import TAKEDOWN, Removal
from archive.warc.rewrite import Change

SHOWS_IT = "it shows what was taken down"
_HOLD_BYTES = frozenset({"response", "revisit", "resource", "conversion", "continuation"})


@dataclass(frozen=True, slots=True)
class TakenDown:
    """All that was taken down of an archive: records, addresses, and the digests of pages."""

    record_ids: frozenset[str]
    urls: frozenset[str]
    payloads: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.record_ids or self.urls)

    def has(self, record: Record) -> bool:
        """Whether a record is one of those, or holds what one of them held."""
        if (event := event_of(record)) is not None:  # of another archive's journal
            return event.name == SUPERSEDED and not (self.record_ids | self.urls).isdisjoint(names(event.facts))
        if record.record_type not in _HOLD_BYTES:
            return False
        if record.record_id in self.record_ids or captured_url(record.url or "") in self.urls:
            return True
        return record.record_type == "response" and sha1_base32(record.payload) in self.payloads


def taken_down(archive: Archive) -> TakenDown:
    return TakenDown(
        frozenset(record_ids_taken_down(archive.db)),
        frozenset(imports.urls_taken_down(archive.db)),
        frozenset(payloads_taken_down(archive.db)),
    )


def changes(path: Path, gone: TakenDown, at: datetime) -> Iterator[Change]:
    """For each record of a file that must not come in, the note that is to stand in its place."""
    warcinfo_id = None
    for record in iter_records(path, on_damage=lambda damage: None):
        if record.record_type == "warcinfo":
            warcinfo_id = record.record_id
        if gone.has(record):
            note = Removal(
                TAKEDOWN,
                record.record_id,
                record.record_type,
                record.url or "",
                record.date,
                record.header("WARC-Block-Digest"),
                record.header("WARC-Payload-Digest"),
                {"takenDownAt": stamp(at), "reason": SHOWS_IT, "outcome": Outcome.TAKEDOWN.value},
            )
            yield Change(record.offset, record.offset + record.length, (note.member(warcinfo_id),))
