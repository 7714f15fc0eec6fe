"""What was taken down on request must not come back with somebody else's file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from archive.imports.search import Gone, found_in
from archive.model import Outcome
from archive.store import Archive, imports
from archive.store.taken_down import payloads_taken_down, record_ids_taken_down
from archive.store.text import stamp
from archive.urls import page_key
from archive.warc.reader import Damage, read_record
from archive.warc.removal import TAKEDOWN, Removal
from archive.warc.rewrite import Change

SHOWS_IT = "it shows what was taken down"


def taken_down(archive: Archive) -> Gone:
    """All that was taken down of an archive."""
    return Gone(
        frozenset(record_ids_taken_down(archive.db)),
        frozenset(map(page_key, imports.urls_taken_down(archive.db))),
        frozenset(payloads_taken_down(archive.db)),
    )


def changes(path: Path, gone: Gone, at: datetime | str) -> Iterator[Change]:
    """For each record of a file that must not come in, the note that is to stand in its place."""
    moment, info = stamp(at), _warcinfo_id(path)
    for one in found_in(path, gone):
        note = Removal(
            TAKEDOWN,
            one.record_id,
            one.record_type,
            one.url,
            one.date or moment,
            one.block_digest,
            one.payload_digest,
            {"takenDownAt": moment, "reason": SHOWS_IT, "outcome": Outcome.TAKEDOWN.value},
        )
        name = uuid.uuid5(uuid.NAMESPACE_URL, f"{one.record_id} {one.offset} {one.sha256 or one.block_digest}")
        member = note.member(info, new_id=lambda name=name: f"<urn:uuid:{name}>")  # type: ignore[misc]
        yield Change(one.offset, one.offset + one.length, (member,))


def _warcinfo_id(path: Path) -> str | None:
    try:
        first = read_record(path, 0)
    except Damage:
        return None
    return first.record_id if first.record_type == "warcinfo" else None
