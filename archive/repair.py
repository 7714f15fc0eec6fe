"""`broadsheet repair`: what is damaged is set aside, and the rest is an archive again.

Damaged bytes go to `warc/damaged/NAME.OFFSET`. In the file that is written anew a note has the place of each capture
that was lost, with all that the database knows of it, its clean text as well. Records that tell no more than the
database does (the facts of an attempt, the head of a file) are made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive import replacing
from archive.compare import files_in
from archive.digests import file_sha256
from archive.errors import DamageFound, NotAnArchive, StorageFailed
from archive.journal import REPAIRED, Event, enter
from archive.mend import FilePlan, make, plan_file, save
from archive.recover import recover_archive
from archive.rules.load import of_archive
from archive.store import Archive, lost, open_archive, rebuild_indexes, writer_lock
from archive.store.custody import KeptFile, kept_files, knows_file, note_rewritten
from archive.store.folder import DATABASE, WARC_FOLDER, require_archive
from archive.store.imports import file_of_sha256
from archive.store.indexes import index_problems, structure_problems
from archive.store.lock import reextraction_lock
from archive.store.pagesums import compare, sums_path
from archive.store.row_checks import row_problems
from archive.store.transaction import transaction, unreadable
from archive.warc.rewrite import Rewritten
from archive.warc.writer import OPEN_SUFFIX

REBUILD = "broadsheet rebuild makes it again from the WARC files"


@dataclass(frozen=True, slots=True)
class Lost:
    """A capture whose record is gone. What was read from it is kept."""

    url: str
    captured_at: str
    record_id: str
    file: str


@dataclass(slots=True)
class Repaired:
    """What was done, or with a dry run what would be."""

    files: list[dict[str, Any]] = field(
        default_factory=list
    )  # {file, sha256_before, sha256_found, sha256, set_aside}
    lost: list[Lost] = field(default_factory=list)
    indexes: list[str] = field(
        default_factory=list
    )  # what was wrong with the search indexes, which were made anew
    remaining: list[str] = field(default_factory=list)  # what cannot be mended here
    accepted: bool = False  # the database was taken as it is, and its checksums made anew

    @property
    def set_aside(self) -> int:
        return sum(len(file["set_aside"]) for file in self.files)


def repair(
    folder: Path, *, dry_run: bool = False, missing_is_lost: bool = False, accept_database: bool = False
) -> Repaired:
    """Set aside what is damaged, and keep the rest; `dry_run` only says so.

    `missing_is_lost`: give up files that are not there. `accept_database`: take the database as it is, though its
    pages are not as Broadsheet wrote them last.

    :raises DamageFound: the database is damaged.
    :raises ArchiveLocked: a crawl or a re-extraction is running.
    :raises StorageFailed: the disk is full or fails.
    """
    require_archive(folder)
    if dry_run:
        _check_pages(folder, accept_database)
        with open_archive(folder) as archive:
            found = _Repair(archive, missing_is_lost).plan()
            found.accepted = accept_database
            return found
    with writer_lock(folder), reextraction_lock(folder):
        _check_pages(folder, accept_database)
        if accept_database:
            sums_path(folder / DATABASE).unlink(missing_ok=True)
        with open_archive(folder, write=True) as archive:
            recover_archive(archive, lambda _: None, of_archive(folder))
            found = _Repair(archive, missing_is_lost).run()
            found.accepted = accept_database
            return found


def _check_pages(folder: Path, accept: bool) -> None:
    database = folder / DATABASE
    if accept:
        return
    found = compare(database)
    problems = [(-1, "is missing")] if found.state == "none" else found.problems
    if not problems:
        return
    offset, what = problems[0]
    meant = "broadsheet repair --accept-database"
    if offset >= 0 or not _is_sound(folder):
        where = database if offset >= 0 else sums_path(database)
        hint = f"{REBUILD}; if another program changed it on purpose: {meant}"
        raise DamageFound(f"{where}: {what}", hint=hint)
    raise DamageFound(
        f"{sums_path(database)}: {what}; SQLite and the texts' own hashes find nothing wrong with {DATABASE}",
        hint=f"{meant} takes {DATABASE} as it is, and makes its checksums anew; or {REBUILD}",
    )


def _is_sound(folder: Path) -> bool:
    """Whether SQLite finds nothing wrong with the database, and each text has its own hash."""
    try:
        with open_archive(folder) as archive, unreadable(archive.db, damaged=True):
            return not structure_problems(archive.db) and not list(row_problems(archive.db))
    except (NotAnArchive, StorageFailed):
        return False


class _Repair:
    def __init__(self, archive: Archive, missing_is_lost: bool) -> None:
        self.archive, self.missing_is_lost = archive, missing_is_lost
        self.at = datetime.now(UTC).replace(microsecond=0)
        self.found = Repaired()
        self._check_database()

    def _check_database(self) -> None:
        with unreadable(self.archive.db, damaged=True):
            problems = structure_problems(self.archive.db)
            if problems:
                raise DamageFound(f"{self.archive.folder / DATABASE}: {problems[0]}", hint=REBUILD)
            self.found.indexes = index_problems(self.archive.db)
            for url, what in row_problems(self.archive.db):
                self.found.remaining.append(f"{DATABASE}: {what}  {url}; {REBUILD}")

    def plan(self) -> Repaired:
        self._planned()
        return self.found

    def _planned(self) -> list[FilePlan]:
        """The files that are not what they should be."""
        plans = []
        stamp = self.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        for file in kept_files(self.archive.db):
            if file.path is not None:
                self._look_at(file)
            if file.path is not None or file.sha256 is None:
                continue
            try:
                plan = plan_file(self.archive, file, stamp, missing_is_lost=self.missing_is_lost)
            except OSError as error:
                self.found.remaining.append(f"{file.filename}: cannot be read: {error.strerror or error}")
                continue
            if plan is None:
                continue
            if plan.sha256_found is None and not plan.changes:
                self.found.remaining.append(
                    f"{file.filename}: is missing; put it back, or give it up: broadsheet repair --missing-is-lost"
                )
                continue
            plans.append(plan)
            self.found.lost += [
                Lost(row.url, row.captured_at, row.record_id, file.filename)
                for row in plan.lost
                if row.lost_at is None
            ]
            self.found.files.append(_as_facts(plan, None))
        self._strangers()
        return plans

    def _look_at(self, file: KeptFile) -> None:
        """A file that was imported by reference: it is for its owner to mend."""
        path = self.archive.warc_folder / (file.path or "")
        now = "tell where it is now: broadsheet import --reference FILE"
        try:
            if not path.is_file():
                self.found.remaining.append(f"{file.filename}: is missing: {path}; put it back, or {now}")
            elif file.sha256 is not None and file_sha256(path) != file.sha256:
                what = "is not what was imported by reference; put back what was there"
                self.found.remaining.append(f"{file.filename}: {path} {what}")
        except OSError as error:
            self.found.remaining.append(f"{file.filename}: {path} cannot be read: {error.strerror or error}")

    def _strangers(self) -> None:
        """Name the files in warc/ that the database does not know; what they are, nobody here can tell."""
        for path in files_in(self.archive.warc_folder):
            if path.name.endswith(OPEN_SUFFIX) or knows_file(self.archive.db, path.name):
                continue
            if not path.stat().st_size:
                what = "is empty, and the database does not know it; delete it"
            else:
                known = file_of_sha256(self.archive.db, file_sha256(path))
                as_ = f"by its sha256 it is {known[0]}; " if known else ""
                what = (
                    f"the database does not know this file; {as_}move it away, and if need be import it from there"
                )
            self.found.remaining.append(f"{WARC_FOLDER}/{path.name}: {what}")

    def run(self) -> Repaired:
        plans = self._planned()
        if plans:
            for plan in plans:
                save(self.archive, plan)
            made = [(plan, make(plan)) for plan in plans]
            self.found.files = [_as_facts(plan, new) for plan, new in made]
            facts = {"files": self.found.files, "lost": [asdict(one) for one in self.found.lost]}
            enter(self.archive, Event(REPAIRED, self.at, facts), lambda: self._apply(made))
            replacing.finish(self.archive)
        if self.found.indexes:
            rebuild_indexes(self.archive.db)
        return self.found

    def _apply(self, made: Sequence[tuple[FilePlan, Rewritten | None]]) -> None:
        stamp = self.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        with transaction(self.archive.db) as connection:
            for plan, new in made:
                size = new.size if new is not None else plan.path.stat().st_size
                sha256 = new.sha256 if new is not None else plan.sha256_found
                assert sha256 is not None
                places = plan.places(new)
                note_rewritten(self.archive.db, plan.file.filename, places.__getitem__, size=size, sha256=sha256)
                for row in plan.lost:
                    lost.mark_lost(connection, row.record_id, stamp)


def _as_facts(plan: FilePlan, new: Rewritten | None) -> dict[str, Any]:
    return {
        "file": plan.file.filename,
        "sha256_before": plan.file.sha256,
        "sha256_found": plan.sha256_found,
        "sha256": new.sha256 if new is not None else plan.sha256_found,
        "mended": plan.mended,
        "set_aside": [asdict(aside) for aside in plan.set_aside],
    }
