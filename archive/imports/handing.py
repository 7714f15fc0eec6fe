"""Imported files as they are handed over: each record once, and nothing of what was taken down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from archive.imports.gone import changes, taken_down
from archive.imports.search import found_in
from archive.store import handover as held
from archive.store import imports
from archive.store.handover import HeldFile
from archive.store.taken_down import last_takedown
from archive.warc.cdxj import CdxEntry, file_entries
from archive.warc.rewrite import rewrite_elsewhere

if TYPE_CHECKING:
    from archive.store import Archive


def without_taken_down(archive: Archive, file: HeldFile, path: Path, drafts: Path) -> Path:
    """A file imported by reference with notes in the places of what was taken down, made in `drafts`.

    As it lies where it lies if it holds nothing of that, and any other file.

    :raises StorageFailed: the disk is full or fails.
    """
    at = last_takedown(archive.db) if file.is_elsewhere else None
    gone = list(changes(path, taken_down(archive), at)) if at else []
    if not gone:
        return path
    rewrite_elsewhere(path, gone, draft := drafts / file.filename)
    return draft


class Imported:
    """What replay shows of one imported file after another."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._gone = taken_down(archive)
        self._seen = set[int]()

    def entries(self, file: HeldFile, path: Path) -> Iterator[CdxEntry]:
        """Those of a record that other files hold too come from the file of the capture, else from the first."""
        db, as_it_is = self._archive.db, path == file.place
        gone = set[int]()
        if file.is_elsewhere and as_it_is and self._gone:
            gone = {one.offset for one in found_in(path, self._gone)}
        places = held.places_of(db, file.warc_file_id)
        found = [entry for entry in file_entries(path, on_damage=lambda _: None) if entry.offset not in gone]
        known = imports.known_captures(db, (entry.record_id for entry in found))
        for entry in found:
            name = hash(entry.record_id)
            is_here = not as_it_is or places.get(entry.record_id) == entry.offset
            if entry.record_id in known and not (entry.record_id in places and is_here):
                continue
            if not entry.record_id or name not in self._seen:
                self._seen.add(name)
                yield entry
