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
from archive.errors import DamageFound
from archive.journal import REPAIRED, Event, enter
from archive.mend import FilePlan, make, plan_file, save
from archive.recover import recover_archive
from archive.rules.load import of_archive
from archive.store import Archive, lost, open_archive, rebuild_indexes, writer_lock
from archive.store.custody import kept_files, note_rewritten
from archive.store.folder import DATABASE
from archive.store.indexes import index_problems, structure_problems
from archive.store.lock import reextraction_lock
from archive.store.pagesums import compare, sums_path
from archive.store.row_checks import row_problems
from archive.store.transaction import transaction, unreadable
from archive.warc.rewrite import Rewritten

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
    if dry_run:
        _check_pages(folder, accept_database)
        with open_archive(folder) as archive:
            return _Repair(archive, missing_is_lost).plan()
    with writer_lock(folder), reextraction_lock(folder):
        _check_pages(folder, accept_database)
        if accept_database:
            sums_path(folder / DATABASE).unlink(missing_ok=True)
        with open_archive(folder, write=True) as archive:
            recover_archive(archive, lambda _: None, of_archive(folder))
            return _Repair(archive, missing_is_lost).run()


def _check_pages(folder: Path, accept: bool) -> None:
    database = folder / DATABASE
    if accept or not database.exists():
        return
    problems = compare(database).problems
    if problems:
        offset, what = problems[0]
        raise DamageFound(
            f"{database if offset >= 0 else sums_path(database)}: {what}",
            hint=f"{REBUILD}; if another program changed it on purpose: broadsheet repair --accept-database",
        )


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
        return plans

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
