"""Records replaced within sealed files, so that a kill at any moment leaves the old state or the new one.

The new files are made first, beside the old ones. Then the database is told, in one transaction, where all records lie
in them, and what the sha256 of each is. Then they take the places of the old ones. `finish` does the last step again:
whether the database was told, the sha256 shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.digests import file_sha256
from archive.journal import PLACE, SUPERSEDED
from archive.store import Archive, lookups
from archive.store.erase import erase_deleted
from archive.store.folder import DATABASE
from archive.store.taken_down import Traces, note_erased, unfinished
from archive.urls import page_key
from archive.warc.rewrite import WRITING, WRITTEN
from archive.warc.unread import targets_of, texts_in
from archive.warc.writer import storage, sync_folder

SET_ASIDE = "damaged"  # the folder in warc/ for bytes that are no records any more
_SUPERSEDED = f"{PLACE}{SUPERSEDED}".encode()


def left_over(folder: Path) -> list[Path]:
    """New files whose making, or whose way to their places, was interrupted."""
    return sorted([*folder.glob(f"*{WRITING}"), *folder.glob(f"*{WRITTEN}")])


def finish(archive: Archive) -> None:
    """Put the new files in the places of the old ones, where the database was told of them; others go.

    :raises StorageFailed: the disk fails.
    """
    folder = archive.warc_folder
    for path in left_over(folder):
        final = path.with_name(path.name.removesuffix(WRITTEN))
        known = lookups.warc_file(archive.db, final.name)
        with storage(path, "move"):
            if path.name.endswith(WRITTEN) and known and known.sha256 == file_sha256(path):
                path.replace(final)
            else:
                path.unlink()
        sync_folder(folder)


def take_all(folder: Path) -> None:
    """The same without a database: every new file that is whole is taken, since its records say what went."""
    for path in left_over(folder):
        with storage(path, "move"):
            if path.name.endswith(WRITTEN):
                path.replace(path.with_name(path.name.removesuffix(WRITTEN)))
            else:
                path.unlink()
        sync_folder(folder)


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of the traces of what was taken down."""

    removed: tuple[Path, ...] = ()  # files that are gone
    whole: bool = True  # False: SQLite's log holds the text while another program reads the database


def erase(archive: Archive) -> Erased:
    """Leave no trace of what was taken down, in the database and beside it, where that is still to be done.

    :raises StorageFailed: the disk is full or fails, or another process keeps the database locked.
    """
    pending = unfinished(archive.db)
    if not pending:
        return Erased()
    removed = [*other_databases(archive), *_remnants(archive.warc_folder, pending)]
    for path in removed:
        with storage(path, "remove"):
            path.unlink(missing_ok=True)
    if not erase_deleted(archive):
        return Erased(tuple(removed), whole=False)
    note_erased(archive.db, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return Erased(tuple(removed))


def other_databases(archive: Archive) -> list[Path]:
    """What rebuilds have left beside the database that is open: the one before, and drafts of killed ones."""
    is_open = {Path(name).name for _, _, name in archive.db.conn.execute("PRAGMA database_list") if name}
    beside = [*archive.folder.glob(f"{DATABASE}.old*"), *archive.folder.glob(f"{DATABASE}.new*")]
    return sorted(path for path in beside if not path.name.startswith(tuple(is_open - {DATABASE})))


def _remnants(folder: Path, pending: Traces) -> Iterator[Path]:
    """What recoveries and repairs have set aside of these pages."""
    pages = {page_key(url) for url in pending.urls}
    told = [json.dumps(name).encode() for name in pending.told]
    known = {folder / name for name in pending.set_aside}
    for path in sorted([*folder.glob("*.torn"), *(folder / SET_ASIDE).glob("*")]):
        if path in known or _is_of(path.read_bytes(), pages, told):
            yield path


def _is_of(data: bytes, pages: set[str], told: list[bytes]) -> bool:
    """Whether a record among these bytes is of one of the pages, or tells of an old version of such an article."""
    for text in texts_in(data):
        if any(page_key(url) in pages for url in targets_of(text)):
            return True
        if _SUPERSEDED in text and any(name in text for name in told):
            return True
    return False
