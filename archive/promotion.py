"""A promotion of new readings, with its events in the journal.

What a rebuild can read from the pages again is what today's recipe makes of them. So each version that a promotion
takes from view is told in a record of its own, which a takedown can remove without a trace of the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from archive.journal import PROMOTED, SUPERSEDED, Event, Journal
from archive.store import Archive, imports, superseded
from archive.store.drafts import Promoted, Work
from archive.store.drafts import promote as promote_drafts
from archive.store.fields import record_sha256
from archive.store.rereading import Present, Selection
from archive.store.settling import settle


def promote(archive: Archive, present: Present, selection: Selection) -> Iterator[Promoted]:
    """Let the drafts of present recipes be what is shown, and learn the furniture anew; told of as it is done.

    Cut short, it has done a part: the drafts of the rest are there, and the next promotion goes on with them. The
    caller holds the writer's lock.

    :raises StorageFailed: the disk is full or fails.
    """
    pages = versions = 0
    with Journal(archive) as journal:
        told = _Told(archive)
        for done in promote_drafts(
            archive.db, present, selection, record=lambda work: journal.record(lambda: told.by(work))
        ):
            pages += done.drafts
            versions += done.new_versions
            yield done
        if imports.is_unsettled(archive.db):
            now = datetime.now(UTC)
            journal.enter(Event(PROMOTED, now, {"pages": pages, "new_versions": versions}), lambda: None)
            settle(archive.db, now=now)


class _Told:
    """Tells of each superseded version once, and again if it has changed before the last capture left it."""

    def __init__(self, archive: Archive) -> None:
        self._connection = archive.db.conn
        self._told: dict[int, str] = {}  # version -> hash of what was told

    def by(self, work: Work) -> tuple[list[Event], Promoted]:
        done, now = work(), datetime.now(UTC)
        found = []
        for version_id, (first, last) in done.superseded.items():
            state = superseded.state(self._connection, version_id)
            if self._told.get(version_id) != (sha256 := record_sha256(state)):
                self._told[version_id] = sha256
                found.append(Event(SUPERSEDED, now, {**state, "shown_from": first, "shown_until": last}))
        return sorted(found, key=lambda event: event.facts["same_as"] is not None), done  # what others name, first
