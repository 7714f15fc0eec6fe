"""What a takedown concerns in files that were imported, beside the captures that the database knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.imports.search import Going, Gone, Search
from archive.store import Archive
from archive.store.custody import KeptFile, kept_files, places_that_stay
from archive.store.lookups import knows_record
from archive.store.takedown import Doom, payloads_of
from archive.urls import page_key


@dataclass(slots=True)
class Copies:
    """What was found. Files that were imported by reference are looked through as well, and left as they are."""

    records: list[dict[str, Any]] = field(default_factory=list)  # facts of records in copies
    elsewhere: list[str] = field(default_factory=list)  # files imported by reference that hold such records
    unread: list[str] = field(default_factory=list)  # places that nobody can read, and files that are missing


def search_copies(archive: Archive, goes: Doom) -> Copies:
    """Look through every imported file."""
    numbers = [capture.capture_id for capture in goes.captures]
    ids = frozenset(capture.record_id for capture in goes.captures)
    gone = Gone(ids, frozenset(map(page_key, goes.urls)), frozenset(payloads_of(archive.db, numbers)))
    search, copies = Search(gone), Copies()
    doomed = {(capture.file, capture.offset) for capture in goes.captures}
    files = dict[Path, KeptFile]()
    for file in kept_files(archive.db):
        if file.imported_from is None:
            continue
        path = archive.warc_folder / (file.path or file.filename)
        if not path.is_file():
            copies.unread.append(f"{file.filename} is missing")
            continue
        files[path] = file
        known = {offset for name, offset in doomed if name == file.filename}
        search.look_through(path, but=known | places_that_stay(archive.db, file.warc_file_id, numbers))
        if file.path is None:
            copies.unread += [f"{file.filename} at {part.offset}: {part.what}" for part in search.doubtful]
        search.doubtful.clear()

    def stays(record_id: str) -> bool:
        """Whether another record has this id, which the archive keeps."""
        return record_id not in ids and knows_record(archive.db, record_id)

    for one in search.found(stays):
        file = files[one.path]
        if file.path is None:
            copies.records.append(
                _as_facts(one, file.filename) | ({"shared": True} if stays(one.record_id) else {})
            )
        elif file.filename not in copies.elsewhere:
            copies.elsewhere.append(file.filename)
    return copies


def _as_facts(one: Going, filename: str) -> dict[str, Any]:
    facts = {
        "url": one.url,
        "record_id": one.record_id,
        "record_type": one.record_type,
        "captured_at": one.date,
        "file": filename,
        "offset": one.offset,
        "block_digest": one.block_digest,
        "payload_digest": one.payload_digest,
    }
    if one.status is not None:
        facts["status"] = one.status
    if one.sha256 is not None:
        facts |= {"bytes": one.length, "sha256": one.sha256}
    return facts
