"""Does the archive hold what it says? Every record of every file, the database, and each against the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from archive import store
from archive.compare import Comparison, files_in, place
from archive.errors import ArchiveTooNew, BroadsheetError, NotAnArchive, StorageFailed
from archive.replacing import left_over
from archive.store import Archive
from archive.store.custody import note_verified, record_ids
from archive.store.folder import DATABASE, WARC_FOLDER
from archive.store.lost import lost_captures
from archive.store.pagesums import compare, sums_path
from archive.store.row_checks import row_problems
from archive.store.transaction import unreadable
from archive.warc.rewrite import WRITTEN
from archive.warc.verify import Counts, Finding, verify_files
from archive.warc.writer import OPEN_SUFFIX

ACCEPT = "nobody can tell a changed page of the database by it; broadsheet repair --accept-database makes it anew"
AGAIN = "broadsheet rebuild makes it again"


def verify_folder(folder: Path, counts: Counts, *, quick: bool = False) -> Iterator[Finding]:
    """All that is wrong with the archive in a folder, as it is found; then what is sound is noted as such.

    A file that is being written is checked up to its committed end. `quick`: files that have not changed since all of
    them was found to be sound are not read again. `counts.notes` tells what could not be looked at.

    :raises NotAnArchive: there is no archive in the folder.
    :raises ArchiveTooNew: a newer version of Broadsheet made it.
    """
    pages = list(_pages(folder / DATABASE, counts))
    yield from pages
    try:
        archive = store.open_archive(folder)
    except (NotAnArchive, ArchiveTooNew, StorageFailed) as error:
        if not (folder / WARC_FOLDER).is_dir() or (isinstance(error, ArchiveTooNew) and not pages):
            raise
        yield Finding(folder / DATABASE, 0, None, f"{error.message}; {AGAIN}")
        yield from verify_files(files_in(folder / WARC_FOLDER), counts=counts)
        return
    with archive:
        check = _Check(archive, counts, quick=quick, pages_differ=bool(pages))
        yield from check.findings()
    if check.sound and check.verified:
        _note(folder, check, counts)
    if quick:
        counts.notes.append("the search indexes and the texts' own hashes were not compared")


def _pages(database: Path, counts: Counts) -> Iterator[Finding]:
    """The bytes of the database, before SQLite touches them."""
    try:
        found = compare(database)
    except OSError as error:
        if database.exists():
            yield Finding(database, 0, None, f"cannot be read: {error}")
        return
    if found.state == "none" and database.exists():
        yield Finding(sums_path(database), 0, None, f"is missing: {ACCEPT}")
    elif found.state != "known":
        counts.notes.append(f"the pages of {DATABASE} were not compared: {_WHY[found.state]}")
    for offset, what in found.problems:
        if offset >= 0:
            yield Finding(database, offset, None, what)
        else:
            yield Finding(sums_path(database), 0, None, f"{what}: {ACCEPT}")


_WHY = {
    "none": "there is no database",
    "written": "somebody is writing",
    "left": "who wrote last could not note them (it was killed, or others were reading); who writes next does",
}


class _Check:
    def __init__(self, archive: Archive, counts: Counts, *, quick: bool, pages_differ: bool) -> None:
        self.archive, self.counts, self.quick = archive, counts, quick
        self.sound = not pages_differ  # the database
        # Number of the file, its size, time of its last change; None: it is not sound.
        self.verified: dict[Path, tuple[int, int | None, int | None]] = {}
        self._damaged = pages_differ or bool(counts.notes)  # or it may be: its bytes were not compared
        self._odd: set[Path] = set()
        self._done: set[Path] = set()

    def findings(self) -> Iterator[Finding]:
        database = self.archive.folder / DATABASE
        try:
            with unreadable(self.archive.db, damaged=self._damaged):
                yield from self._files()
                if lost := lost_captures(self.archive.db):
                    self.counts.notes.append(f"captures whose records were damaged and set aside: {lost}")
                for problem in store.integrity(self.archive.db, quick=self.quick):
                    self.sound = False
                    yield Finding(database, 0, None, problem)
                for url, problem in () if self.quick else row_problems(self.archive.db):
                    self.sound = False
                    yield Finding(database, 0, url, problem)
        except StorageFailed as error:
            self.sound = False
            yield Finding(database, 0, None, f"cannot be read: {error.message}; {AGAIN}")
            rest = [path for path in files_in(self.archive.warc_folder) if path not in self._done]
            yield from verify_files(rest, counts=self.counts)

    def _files(self) -> Iterator[Finding]:
        comparison = Comparison(self.archive, done=self._done)
        if self.quick:
            self._leave_out(comparison)
        for finding in verify_files(
            self._noted(comparison),
            counts=self.counts,
            sha256=comparison.sha256,
            foreign=comparison.foreign,
            on_record=comparison.see,
            starts=comparison.starts,
            elsewhere=record_ids(self.archive.db, comparison.unread()),
        ):
            if not comparison.still_growing(finding):
                self._odd.add(finding.file)
                yield comparison.named(finding)
        for path in left_over(self.archive.warc_folder):
            which = "is whole" if path.name.endswith(WRITTEN) else "was not finished"
            what = f"a takedown or repair was interrupted, and this {which}; broadsheet repair goes on from here"
            yield Finding(path, 0, None, what)
        for finding in comparison.findings:
            self._odd.add(finding.file)
            yield finding
        for path in self._odd & self.verified.keys():
            self.verified[path] = (self.verified[path][0], None, None)

    def _leave_out(self, comparison: Comparison) -> None:
        """What was found to be sound and has not changed since; of a file that grows, its beginning."""
        for file in comparison.files.values():
            path = place(self.archive, file)
            if path is None or file.verified_bytes is None:
                continue
            stat = path.stat()
            if path.name.endswith(OPEN_SUFFIX):
                if file.verified_bytes <= file.committed_bytes <= stat.st_size:
                    comparison.starts[path.name] = file.verified_bytes
                    self.counts.skipped_bytes += file.verified_bytes
            elif (stat.st_size, stat.st_mtime_ns) == (file.verified_bytes, file.verified_mtime):
                comparison.left_out.add(file.filename)
                self.counts.skipped += 1
                self.counts.skipped_bytes += stat.st_size

    def _noted(self, comparison: Comparison) -> Iterator[Path]:
        """The files; each that has not changed while it was read may prove to be sound."""
        for path in comparison.paths():
            before = path.stat()
            yield path
            file = comparison.files.get(path.name.removesuffix(OPEN_SUFFIX))
            if file is None:
                continue
            if path.name.endswith(OPEN_SUFFIX):
                self.verified[path] = (file.warc_file_id, file.committed_bytes, 0)
            elif path.exists() and (after := path.stat()).st_mtime_ns == before.st_mtime_ns:
                self.verified[path] = (file.warc_file_id, after.st_size, after.st_mtime_ns)


def _note(folder: Path, check: _Check, counts: Counts) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        with store.open_archive(folder, write=True) as archive:
            note_verified(archive.db, check.verified.values(), now)
    except BroadsheetError as error:
        counts.notes.append(f"for --quick nothing was noted: {error}")
