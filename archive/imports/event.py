"""What the archive notes of an import, so that a recovery can go on with it and a rebuild can do it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.imports.sites import KnownSite
from archive.journal import Event
from archive.store import Archive, imports
from archive.store.imports import ImportedFile
from archive.warc.writer import storage, sync_folder

IMPORTED = "imported"
IMPORT_ENDED = "import-ended"
PREFIX = "IMPORTED-"  # of the names of copies in warc/, so that nobody takes them for the archive's own
PART_SUFFIX = ".part"  # of a copy whose import has not begun


@dataclass(frozen=True, slots=True)
class Imported:
    """A file that is taken in, and how."""

    at: datetime
    filename: str  # in the table warc_file; of a copy, also in warc/
    name: str  # as it was given
    path: str | None  # where it lies; None: in warc/
    sha256: str  # of the file as the archive has it
    bytes: int
    warcinfo_id: str = ""
    original_sha256: str | None = None  # of the file as it was given, where it had to be written anew
    site: str | None = None  # that somebody asked for
    sites: tuple[KnownSite, ...] = ()  # of sites.toml
    before: str | None = None  # the name in the table of a file that was imported by reference, and lies here now

    def event(self) -> Event:
        return Event(IMPORTED, self.at, {key: value for key, value in asdict(self).items() if key != "at"})

    def place(self, folder: Path) -> Path:
        """Where the file lies; `folder`: warc/ of the archive."""
        return Path(self.path) if self.path else folder / self.filename


def imported_of(event: Event) -> Imported:
    """The reverse of `Imported.event`.

    :raises ValueError: it is no such event, or one that cannot be read.
    """
    facts: Mapping[str, Any] = event.facts
    try:
        sites = tuple(KnownSite(**{**site, "hosts": tuple(site["hosts"])}) for site in facts["sites"])
        found = Imported(**{**facts, "at": event.at, "sites": sites})
    except (KeyError, TypeError) as e:
        raise ValueError(f"no import: {e}") from None
    if Path(found.filename).name != found.filename:
        raise ValueError(f"no name of a file: {found.filename!r}")
    return found


def register(archive: Archive, imported: Imported) -> ImportedFile:
    """Enter the file, nothing of what it holds. Doing it twice changes nothing."""
    return imports.add_imported_file(
        archive.db,
        imported.filename,
        imported_from=imported.name,
        path=imported.path,
        sha256=imported.sha256,
        warcinfo_id=imported.warcinfo_id,
        imported_at=imported.at,
        before=imported.before,
    )


def put_in_place(archive: Archive, imported: Imported) -> Path:
    """Give a copy its name, once the database knows it -> where the file lies. Doing it twice changes nothing."""
    place = imported.place(archive.warc_folder)
    part = place.with_name(place.name + PART_SUFFIX)
    if imported.path is None and part.exists() and not place.exists():
        with storage(part, "rename"):
            part.rename(place)
        sync_folder(archive.warc_folder)
    return place
