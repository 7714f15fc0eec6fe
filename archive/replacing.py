"""Records replaced within sealed files, so that a kill at any moment leaves the old state or the new one.

The new files are made first, beside the old ones. Then the database is told, in one transaction, where all records lie
in them, and what the sha256 of each is. Then they take the places of the old ones. `finish` does the last step again:
whether the database was told, the sha256 shows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from archive.digests import file_sha256
from archive.store import Archive, lookups
from archive.store.erase import erase_deleted
from archive.store.folder import DATABASE
from archive.store.takedown import note_erased, unfinished
from archive.warc.rewrite import WRITING, WRITTEN
from archive.warc.writer import storage, sync_folder

SET_ASIDE = "damaged"  # the folder in warc/ for bytes that are no records any more


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


def erase(archive: Archive) -> bool:
    """Leave no trace of what was taken down, in the database and beside it -> whether none is left.

    :raises StorageFailed: the disk is full or fails, or another process keeps the database locked.
    """
    if not unfinished(archive.db):
        return True
    for path in archive.folder.glob(f"{DATABASE}.old*"):
        with storage(path, "remove"):
            path.unlink()
    if not erase_deleted(archive):
        return False
    note_erased(archive.db, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return True
