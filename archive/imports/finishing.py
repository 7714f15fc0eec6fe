"""A file that the database knows, entered to its end: an import was stopped, or a rebuild does it again."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from archive import store
from archive.digests import file_sha256
from archive.errors import BadInput
from archive.imports.entering import Entering
from archive.imports.event import IMPORTED, Imported, imported_of, put_in_place
from archive.imports.results import Report
from archive.journal import event_of
from archive.store import Archive, imports
from archive.store.imports import ImportedFile
from archive.warc.groups import parse_date
from archive.warc.reader import iter_records
from archive.warc.survey import Trouble, survey


def finish(entering: Entering, imported: Imported, row: ImportedFile, *, as_it_is: bool = False) -> Report:
    """Enter what is not yet entered of a file.

    `as_it_is`: the file may have changed since in ways that the archive knows of; `Report.sha256` tells what it is now.
    """
    report = Report(imported.name, "resumed", row.filename)
    place = put_in_place(entering.archive, imported)
    if not place.is_file():
        report.state = "unreadable"
        report.troubles.append(Trouble(0, f"is not where it was when it was imported: {place}"))
        return report
    try:
        report.sha256 = file_sha256(place)
        found = survey(place)
    except (OSError, BadInput) as e:
        report.state, report.sha256 = "unreadable", None
        report.troubles.append(Trouble(0, f"cannot be read: {place}: {e}"))
        return report
    if report.sha256 != row.sha256 and not as_it_is:
        report.troubles.append(Trouble(0, f"is not what was imported: {place} has changed"))
    report.looked_through(found)
    report.was_entered(entering.file(imported, row, found))
    seal(entering.archive, imported, row, report.sha256 if as_it_is else row.sha256)
    return report


def seal(archive: Archive, imported: Imported, row: ImportedFile, sha256: str) -> None:
    """Note that all of a file is entered."""
    size = imported.place(archive.warc_folder).stat().st_size
    store.seal_warc_file(archive.db, row.warc_file_id, sealed_at=datetime.now(UTC), sha256=sha256, size=size)


def noted(archive: Archive, row: ImportedFile) -> Imported:
    """What the journal has of a file."""
    for filename in imports.journal_files(archive.db):
        path = archive.warc_folder / filename
        for record in iter_records(path, on_damage=lambda damage: None) if path.exists() else ():
            event = event_of(record)
            if event is None or event.name != IMPORTED:
                continue
            with suppress(ValueError):
                imported = imported_of(event)
                if imported.filename == row.filename:
                    return imported
    at = parse_date(row.opened_at)
    return Imported(at, row.filename, row.imported_from, row.path, row.sha256, 0)
