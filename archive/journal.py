"""Events of an archive that no answer of a server tells, kept as metadata records in its WARC files.

A crawl began or ended, robots.txt changed its mind, a person overruled what was learnt: from these records and from
the exchanges the database can be made again (`archive.rebuild`). An event is on disk before the database hears of it.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from archive import __version__, store
from archive.store import Archive
from archive.store.transaction import transaction
from archive.warc import records
from archive.warc.groups import parse_date
from archive.warc.reader import Record
from archive.warc.records import RecordGroup
from archive.warc.writer import WarcWriter

SOFTWARE = f"broadsheet/{__version__}"
FORMAT = {
    "software": SOFTWARE,
    "format": "WARC File Format 1.1",
    "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
}
# WARC-Target-URI of an event, without its name; wget names its own notes with `metadata://` too.
PLACE = "metadata://broadsheet/journal/"
FORGIVEN = "forgiven"  # robots.txt has changed: what it forbade is due again
DISMISSED = "dismissed"  # what `broadsheet add` guessed and is no feed
DECIDED = "furniture-decided"
TAKEN_DOWN = "taken-down"
REPAIRED = "repaired"  # records were set aside; notes lie in their places
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, when it happened, and its facts, which must be fit for JSON."""

    name: str
    at: datetime
    facts: Mapping[str, Any]


def event_group(event: Event, warcinfo_id: str) -> RecordGroup:
    """An event as a record for the WARC file of that warcinfo record."""
    facts = {"event": event.name, "facts": json.dumps(dict(event.facts), sort_keys=True)}
    return records.note(PLACE + event.name, event.at, warcinfo_id=warcinfo_id, facts=facts)


def event_of(record: Record) -> Event | None:
    """The event that a record tells; None if it is none, or none that can be read."""
    if record.record_type != "metadata" or not (record.url or "").startswith(PLACE):
        return None
    try:
        facts = json.loads(record.fields.get("facts", ""))
        return Event(record.fields["event"], parse_date(record.date), facts) if isinstance(facts, dict) else None
    except (ValueError, KeyError, RecursionError):
        return None


def enter(archive: Archive, event: Event, apply: Callable[[], T]) -> T:
    """Write an event into a WARC file of its own, then do what it says to the database.

    Needs no crawl; the caller holds the writer's lock where `apply` must not meet one. Should `apply` fail, nothing
    is written.

    :raises StorageFailed: the disk is full or fails.
    """
    writer = WarcWriter(archive.warc_folder, info=FORMAT, host=platform.node() or "localhost")
    writer.open_file()
    empty = writer.size
    try:
        writer.append(event_group(event, writer.warcinfo_id))
        with transaction(archive.db):
            file_id = store.add_warc_file(
                archive.db, writer.filename, warcinfo_id=writer.warcinfo_id, opened_at=writer.opened_at
            )
            done = apply()
            writer.sync()
    except BaseException:
        if writer.synced <= empty:  # else the next crawl finds it and does what it says
            writer.rollback(empty)
            writer.seal()
        raise
    sealed = writer.seal()
    assert sealed is not None
    store.seal_warc_file(archive.db, file_id, sealed_at=datetime.now(UTC), sha256=sealed.sha256, size=sealed.bytes)
    return done
