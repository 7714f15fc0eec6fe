"""Events of an archive that no answer of a server tells, kept as metadata records in its WARC files.

A crawl began or ended, robots.txt changed its mind, a person overruled what was learnt: from these records and from
the exchanges the database can be made again (`archive.rebuild`). An event is on disk before the database hears of it.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping, Sequence
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
FORGIVEN = "forgiven"  # robots.txt has changed: what it forbids no more is due again
DISMISSED = "dismissed"  # what `broadsheet add` guessed and is no feed
DUE = "visits-due"  # while a crawl went on, the time of more URLs came
DECIDED = "furniture-decided"
TAKEN_DOWN = "taken-down"
REPAIRED = "repaired"  # records were set aside; notes lie in their places
SUPERSEDED = "superseded"  # a version that a promotion took from view
PROMOTED = "promoted"  # a promotion was through, and furniture was learnt
FACTS = "facts"  # the field of an event's record that holds its facts
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, when it happened, and its facts, which must be fit for JSON."""

    name: str
    at: datetime
    facts: Mapping[str, Any]


def event_group(event: Event, warcinfo_id: str) -> RecordGroup:
    """An event as a record for the WARC file of that warcinfo record."""
    facts = {"event": event.name, FACTS: json.dumps(dict(event.facts), sort_keys=True)}
    return records.note(PLACE + event.name, event.at, warcinfo_id=warcinfo_id, facts=facts)


def event_of(record: Record) -> Event | None:
    """The event that a record tells; None if it is none, or none that can be read."""
    if record.record_type != "metadata" or not (record.url or "").startswith(PLACE):
        return None
    try:
        facts = json.loads(record.fields.get(FACTS, ""))
        return Event(record.fields["event"], parse_date(record.date), facts) if isinstance(facts, dict) else None
    except (ValueError, KeyError, RecursionError):
        return None


class Journal:
    """A WARC file of its own for the events of one command, begun with the first of them.

    Needs no crawl; the caller holds the writer's lock where what an event says must not meet one.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._writer = WarcWriter(archive.warc_folder, info=FORMAT, host=platform.node() or "localhost")
        self._file_id: int | None = None

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def enter(self, event: Event, apply: Callable[[], T]) -> T:
        """Write an event, and do what it says to the database. Should `apply` fail, nothing is written.

        :raises StorageFailed: the disk is full or fails.
        """
        return self.record(lambda: ((event,), apply()))

    def record(self, work: Callable[[], tuple[Sequence[Event], T]]) -> T:
        """Do something to the database that has events to tell, if any: they are on disk before it is done for good.

        :raises StorageFailed: the disk is full or fails.
        """
        writer, db = self._writer, self._archive.db
        if writer.is_open and writer.rotate_due():
            self.close()
        before = writer.size if writer.is_open else 0
        try:
            with transaction(db):
                told, done = work()
                if told:
                    if not writer.is_open:
                        writer.open_file()
                        before = writer.size
                    self._file_id = self._write(told)
        except BaseException:
            if writer.is_open:
                if writer.synced <= before:
                    writer.rollback(before)
                else:
                    writer.abandon()  # the next crawl finds it, and does what it says
            raise
        return done

    def _write(self, told: Sequence[Event]) -> int:
        writer, db = self._writer, self._archive.db
        file_id = store.add_warc_file(
            db, writer.filename, warcinfo_id=writer.warcinfo_id, opened_at=writer.opened_at
        )
        for event in told:
            writer.append(event_group(event, writer.warcinfo_id))
        store.commit(db, (), warc_file_id=file_id, committed_bytes=writer.sync())
        return file_id

    def close(self) -> None:
        """Finish the file."""
        if not self._writer.is_open:
            return
        sealed = self._writer.seal()
        if sealed is not None and self._file_id is not None:
            now = datetime.now(UTC)
            store.seal_warc_file(
                self._archive.db, self._file_id, sealed_at=now, sha256=sealed.sha256, size=sealed.bytes
            )


def enter(archive: Archive, event: Event, apply: Callable[[], T]) -> T:
    """Write an event into a WARC file of its own, then do what it says to the database. See `Journal.enter`."""
    with Journal(archive) as journal:
        return journal.enter(event, apply)
