"""`broadsheet import`: one file after another, each looked through, kept, noted in the journal, and entered.

A kill loses nothing and doubles nothing: a file whose event is on disk is finished by the next import, whether it is
named again or not; how far it was entered, `warc_file.committed_bytes` tells.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from archive import store
from archive.crawls import PlannedSite
from archive.digests import file_sha256
from archive.errors import BadInput
from archive.imports.entering import Entered, Entering, compared
from archive.imports.event import IMPORT_ENDED, PART_SUFFIX, PREFIX, Imported, put_in_place, register
from archive.imports.finishing import finish, noted, seal
from archive.imports.gone import changes, taken_down
from archive.imports.results import Report
from archive.imports.sites import KnownSite
from archive.imports.sources import NoWarc, Source, copy, find
from archive.journal import Event, Journal
from archive.pipeline import PRELOAD
from archive.recover import recover_archive
from archive.rules import Rules
from archive.store import Archive, imports
from archive.store.folder import require_archive
from archive.store.settling import settle
from archive.warc.recompress import recompress
from archive.warc.rewrite import WRITTEN, Change, beside, rewrite
from archive.warc.survey import Survey, Trouble, survey
from archive.warc.writer import storage, sync_folder
from archive.workers import WorkerPool

SURVEYED = 0.2  # of the work on a file: looking through it
_LONGEST_NAME = 160  # bytes, in UTF-8
_GZIP = b"\x1f\x8b"
# What is made of a file before its import.
_PARTS = _UNPACKED, _REWRITTEN, _COPIED = "unpacked", "rewritten", "copied"


@dataclass(frozen=True, slots=True)
class Options:
    """How to import."""

    site: str | None = None  # to which all belongs
    reference: bool = False  # leave the files where they are
    dry_run: bool = False
    workers: int | None = None  # None: one a core


Progress = Callable[[str, float, int], None]  # the file's name, bytes that are done, bytes of all files


def import_files(
    folder: Path,
    paths: Sequence[Path],
    rules: Rules,
    options: Options,
    *,
    followed: Sequence[PlannedSite] = (),
    progress: Progress = lambda name, done, all_: None,
) -> Iterator[Report]:
    """Take in WARC files, folders of them and WACZ files; before, finish what an earlier import left -> each file.

    `followed`: the sites of sites.toml.

    :raises BadInput: one of the paths leads nowhere.
    :raises NotAnArchive: `folder` is none.
    :raises ArchiveLocked: a crawl or another import is writing.
    :raises StorageFailed: the disk is full or fails.
    """
    for path in paths:
        if not path.exists():
            raise BadInput(f"there is no file or folder {path}", hint="nothing was imported; check its name")
    require_archive(folder)
    unfound: list[Report] = []
    sources = find(paths, lambda name, why: unfound.append(Report(name, troubles=[Trouble(0, why)])))
    with ExitStack() as stack:
        if options.dry_run:
            archive = stack.enter_context(store.open_archive(folder))
            staging = Path(stack.enter_context(TemporaryDirectory(prefix="broadsheet-")))
        else:
            stack.enter_context(store.writer_lock(folder))
            archive = stack.enter_context(store.open_archive(folder, write=True))
            recover_archive(archive, {site.name: site.scope for site in followed}.get, rules)
            staging = archive.warc_folder
            _remove_parts(archive)
        sites = tuple(KnownSite(site.name, site.title, site.url, site.scope.hosts) for site in followed)
        run = _Import(archive, staging, rules, options, sites, progress, stack)
        yield from run.all(sources)
        yield from unfound


def _remove_parts(archive: Archive) -> None:
    """What a killed import was copying, of which no event tells."""
    for part in archive.warc_folder.glob(f"{PREFIX}*{PART_SUFFIX}"):
        if not imports.knows_filename(archive.db, part.name.removesuffix(PART_SUFFIX)):
            with storage(part, "remove"):
                part.unlink()


@dataclass(frozen=True, slots=True)
class _Found:
    """A file that was given, where it can be read, and what it holds."""

    source: Source
    path: Path
    sha256: str
    original_sha256: str | None = None  # of the file as it was given, where this is another
    survey: Survey = field(default_factory=Survey)

    @property
    def is_copy(self) -> bool:
        return self.path != self.source.path


class _Import:
    def __init__(
        self,
        archive: Archive,
        staging: Path,
        rules: Rules,
        options: Options,
        sites: tuple[KnownSite, ...],
        progress: Progress,
        stack: ExitStack,
    ) -> None:
        self.archive, self.rules, self.options, self.sites = archive, rules, options, sites
        self._staging, self._progress, self._stack = staging, progress, stack
        self._gone = taken_down(archive)
        self._done, self._whole = 0.0, 0
        self._would_be_in = set[str]()  # with a dry run: files, by their sha256, and record ids
        self._opened_entering: Entering | None = None
        self._opened_journal: Journal | None = None

    def all(self, sources: Sequence[Source]) -> Iterator[Report]:
        self._whole = sum(source.size for source in sources)
        entered = False
        if not self.options.dry_run:
            for row in imports.unfinished_imports(self.archive.db):
                report = finish(self._entering(), noted(self.archive, row), row)
                entered = entered or report.state == "resumed"
                yield report
        for source in sources:
            report = Report(source.name)
            try:
                self._take(source, report)
            except (NoWarc, BadInput) as e:
                report.troubles.append(Trouble(0, str(e)))
            finally:
                for what in _PARTS:
                    self._part(what).unlink(missing_ok=True)
            self._done += source.size
            self._tell(source, 0)
            entered = entered or report.state in ("imported", "found")
            yield report
        if not self.options.dry_run and (entered or imports.is_unsettled(self.archive.db)):
            now = _now()
            self._journal().enter(Event(IMPORT_ENDED, now, {}), lambda: None)
            settle(self.archive.db, now=now)

    def _take(self, source: Source, report: Report) -> None:
        """One file that was given.

        :raises NoWarc: it cannot be taken in.
        """
        self._tell(source, 0)
        found = self._staged(source, report)
        known = imports.file_of_sha256(self.archive.db, found.sha256)
        if known is not None:
            self._known(found, report, *known)
            return
        if self.options.dry_run and found.sha256 in self._would_be_in:
            report.state, report.note = "known", "is the same as an earlier one of these files"
            return
        self._would_be_in.add(found.sha256)
        found = self._looked_through(found)
        if not found.survey.records:
            raise NoWarc("is no WARC file: no record can be read in it")
        gone = list(changes(found.path, self._gone, _now())) if self._gone else []
        report.looked_through(found.survey)
        is_copied = found.is_copy or not self.options.reference
        if is_copied or self.options.dry_run:  # else they are met one by one
            report.were_taken_down(sum(x.offset in {c.start for c in gone} for x in found.survey.captures))
        if not self._holds_something_new(found, report, {change.start for change in gone}) or self.options.dry_run:
            return
        if found.is_copy and self.options.reference:
            report.note = "was copied: a record of it cannot be found in the file as it is"
        if is_copied:
            found = self._without(self._copied(found), gone)
        self._enter(found, report)

    def _known(self, found: _Found, report: Report, name: str, path: str | None, is_imported: bool) -> None:
        """A file that the archive has, or had: one that is missing is taken in its place."""
        report.state, report.warc_file = "known", name
        if not is_imported or (self.archive.warc_folder / (path or name)).is_file():
            return
        report.state = "found"
        if self.options.dry_run:
            return
        if path is None:  # it was a copy, and nothing has changed but that it is there
            place = self.archive.warc_folder / name
            with storage(place, "rename"):
                self._copied(found).path.rename(place)
            sync_folder(self.archive.warc_folder)
            return
        if found.is_copy or not self.options.reference:
            if any(changes(found.path, self._gone, _now())):
                raise NoWarc("holds what was taken down since it was imported: --reference takes it where it lies")
            found = self._copied(found)
        imported = self._note(found, before=name)
        report.warc_file, row = imported.filename, register(self.archive, imported)
        if not row.is_whole:
            report.was_entered(finish(self._entering(), imported, row).entered)

    def _staged(self, source: Source, report: Report) -> _Found:
        """Something to read: the file itself, or what was packed into a WACZ."""
        if source.member is None:
            try:
                return _Found(source, source.path, file_sha256(source.path))
            except OSError as e:
                raise NoWarc(f"cannot be read: {e.strerror or e}") from None
        path = self._part(_UNPACKED)
        copied = copy(source, path)
        if copied.problem is not None:
            report.troubles.append(Trouble(copied.bytes, copied.problem))
        elif source.sha256 not in (None, copied.sha256):
            report.troubles.append(
                Trouble(0, f"is not what the manifest of the WACZ says: sha256 {source.sha256}")
            )
        return _Found(source, path, copied.sha256)

    def _looked_through(self, found: _Found) -> _Found:
        """With its survey. A file compressed as a whole is written anew, if more of it can be read then."""
        found = replace(found, survey=self._survey(found))
        if not found.survey.wrong_members:
            return found
        path = self._part(_REWRITTEN)
        with storage(path, "write"), path.open("w+b") as file:
            damages = recompress(found.path, file)
            file.flush()
            os.fsync(file.fileno())
        anew = _Found(found.source, path, file_sha256(path), found.sha256)
        anew = replace(anew, survey=self._survey(anew))
        if anew.survey.records <= found.survey.records:
            return found
        anew.survey.troubles = [Trouble(d.offset, d.what) for d in damages] + anew.survey.troubles
        return anew

    def _survey(self, found: _Found) -> Survey:
        size = max(1, found.path.stat().st_size)
        share = SURVEYED * found.source.size / size
        return survey(found.path, lambda offset: self._tell(found.source, offset * share))

    def _holds_something_new(self, found: _Found, report: Report, gone: Collection[int]) -> bool:
        """Whether a capture of it is to be entered; says else what the file is. `gone`: offsets of what must not be."""
        captures = [located for located in found.survey.captures if located.offset not in gone]
        known = imports.known_captures(self.archive.db, (located.record_id for located in captures))
        new = {located.record_id for located in captures} - known.keys() - self._would_be_in
        if self.options.dry_run:
            self._would_be_in |= new
        if new:
            report.state, report.entered = "new", Entered(entered=len(new), known=len(captures) - len(new))
        elif captures:
            held = [located for located in captures if located.record_id in known]
            report.state, report.entered = "known", compared(found.path, held, known)
            report.entered.known += len(captures) - len(held)
            report.was_entered(report.entered)
        else:
            report.state = "empty"
        return bool(new)

    def _copied(self, found: _Found) -> _Found:
        if found.is_copy:
            return found
        path = self._part(_COPIED)
        copied = copy(found.source, path)
        if copied.sha256 != found.sha256:
            raise NoWarc("has changed while it was read: is somebody still writing it? Import it again then")
        return replace(found, path=path)

    def _without(self, found: _Found, gone: Sequence[Change]) -> _Found:
        """A copy with notes in the places of records that were taken down of this archive."""
        if not gone:
            return found
        anew = rewrite(found.path, gone)
        beside(found.path, WRITTEN).replace(found.path)
        original = found.original_sha256 or found.sha256
        return replace(found, sha256=anew.sha256, original_sha256=original, survey=survey(found.path))

    def _note(self, found: _Found, before: str | None = None) -> Imported:
        """Let the journal and the database know a file, and give a copy its name."""
        imported = Imported(
            at=_now(),
            filename=self._free_name(found) if before is None or found.is_copy else before,
            name=found.source.name,
            path=None if found.is_copy else str(found.path.resolve()),
            sha256=found.sha256,
            bytes=found.path.stat().st_size,
            warcinfo_id=found.survey.warcinfo_id,
            original_sha256=found.original_sha256,
            site=self.options.site,
            sites=self.sites,
            before=before,
        )
        if found.is_copy:
            with storage(found.path, "rename"):
                found.path.rename(self.archive.warc_folder / f"{imported.filename}{PART_SUFFIX}")
        self._journal().enter(imported.event(), lambda: register(self.archive, imported))
        put_in_place(self.archive, imported)
        return imported

    def _enter(self, found: _Found, report: Report) -> None:
        imported = self._note(found)
        row = register(self.archive, imported)
        report.state, report.warc_file, report.entered = "imported", row.filename, Entered()
        share = (1 - SURVEYED) * found.source.size / max(1, imported.bytes)
        begun = SURVEYED * found.source.size
        progress = lambda offset: self._tell(found.source, begun + offset * share)  # noqa: E731
        report.was_entered(self._entering().file(imported, row, found.survey, progress))
        seal(self.archive, imported, row, imported.sha256)

    def _free_name(self, found: _Found) -> str:
        """A name that nothing in the archive has, and that tells the name the file had."""
        base = _fit(re.sub(r"(?i)(\.warc)?(\.gz)?$", "", re.split(r"[/\\]", found.source.name)[-1]))
        if found.source.member is not None:
            base = f"{_fit(found.source.path.stem)}-{base}"
        base = base.encode()[-_LONGEST_NAME:].decode(errors="ignore").lstrip("-.")
        prefix = PREFIX if found.is_copy else ""
        with found.path.open("rb") as file:
            ending = ".warc.gz" if file.read(2) == _GZIP else ".warc"
        for number in count(1):
            name = f"{prefix}{base}{f'-{number}' if number > 1 else ''}{ending}"
            if (
                not imports.knows_filename(self.archive.db, name)
                and not (self.archive.warc_folder / name).exists()
            ):
                break
        return name

    # What is opened when it is needed.

    def _part(self, what: str) -> Path:
        return self._staging / f"{PREFIX}{what}{PART_SUFFIX}"

    def _journal(self) -> Journal:
        if self._opened_journal is None:
            self._opened_journal = self._stack.enter_context(Journal(self.archive))
        return self._opened_journal

    def _entering(self) -> Entering:
        if self._opened_entering is None:
            pool = WorkerPool("archive.pipeline:process", processes=self.options.workers, preload=PRELOAD)
            self._stack.enter_context(pool)
            self._opened_entering = Entering(self.archive, pool, self.rules)
        return self._opened_entering

    def _tell(self, source: Source, done: float) -> None:
        self._progress(source.name, self._done + done, self._whole)


def _fit(name: str) -> str:
    """What can stand in the name of a file anywhere: letters and digits of all scripts, and `._-`."""
    kept = (
        c if c in "._-" or unicodedata.category(c)[0] in "LMN" else " " for c in unicodedata.normalize("NFC", name)
    )
    return re.sub(r"\.{2,}", ".", re.sub(" +", "-", "".join(kept))).strip("-.") or "file"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
