"""The database made again from the WARC files alone: every exchange through the pipeline, every event once more.

The order is that in which things were written. Pages are read on all cores, but entered in their order. The new
database grows beside the old one and takes its place when it is whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from archive import crawls, events, replacing, store
from archive.digests import file_sha256
from archive.errors import NotAnArchive, StorageFailed
from archive.imports.entering import Entering
from archive.imports.event import IMPORTED, PART_SUFFIX, PREFIX, Imported, imported_of, register
from archive.imports.finishing import finish
from archive.job import Job
from archive.journal import PLACE, REPAIRED, TAKEN_DOWN, Event, event_of
from archive.pipeline import PRELOAD, Page, process
from archive.reentry import Reentry, lost_capture
from archive.rules import Rules
from archive.scope import Scope
from archive.store import Archive, imports, lookups
from archive.store.folder import DATABASE, WARC_FOLDER, make_database, remove_database, replace_database
from archive.store.transaction import unreadable
from archive.warc.groups import ReadGroup, group_records, parse_date
from archive.warc.reader import Record, iter_records
from archive.warc.recovery import left_open, recover
from archive.warc.removal import is_removal
from archive.workers import TaskFailed, WorkerPool

AHEAD = 48  # exchanges that are read but not yet entered
BATCH = 16  # that are entered in one transaction


@dataclass(slots=True)
class Rebuilt:
    """What came of a rebuild."""

    files: int = 0
    exchanges: int = 0  # captures, and attempts without an answer
    events: int = 0
    articles: int = 0
    damaged: list[str] = field(default_factory=list)  # one line for each place that cannot be read
    strange: list[str] = field(default_factory=list)  # files, records and events that say nothing to us
    bytes: int = 0
    old_database: Path | None = None


def rebuild(
    folder: Path,
    rules: Rules,
    *,
    processes: int | None = None,
    progress: Callable[[int, int], None] = lambda done, all_: None,
) -> Rebuilt:
    """Make `archive.db` anew; `progress` is told of the bytes that are done, and of all.

    An old database is kept beside the new one. Nothing is changed before the new one is whole.

    :raises NotAnArchive: there is no folder `warc` in `folder`.
    :raises ArchiveLocked: a crawl is writing.
    :raises StorageFailed: the disk is full or fails.
    """
    if not (folder / WARC_FOLDER).is_dir():
        raise NotAnArchive(
            f"{folder} holds no folder {WARC_FOLDER}", hint="an archive is rebuilt from its WARC files"
        )
    with store.writer_lock(folder):
        _finish_replacing(folder)
        for path in left_open(folder / WARC_FOLDER):
            recover(path, 0)
        draft = folder / f"{DATABASE}.new"
        try:
            rebuilt = _make_again(folder, draft, rules, processes, progress)
        except BaseException:
            remove_database(draft)  # it holds the text of every page
            raise
        rebuilt.old_database = replace_database(folder, draft)
    return rebuilt


def _make_again(
    folder: Path, draft: Path, rules: Rules, processes: int | None, progress: Callable[[int, int], None]
) -> Rebuilt:
    make_database(draft)
    with ExitStack() as stack:
        archive = stack.enter_context(store.open_archive(folder, write=True, database=draft))
        pool = stack.enter_context(WorkerPool("archive.pipeline:process", processes=processes, preload=PRELOAD))
        rebuilding = _Rebuilding(archive, pool, rules)
        paths = sorted((folder / WARC_FOLDER).glob("*.warc.gz"))
        paths = [path for path in paths if not path.name.startswith(PREFIX)]  # those, the journal brings in
        whole = sum(path.stat().st_size for path in paths)
        for path in paths:
            rebuilding.file(path)
            progress(rebuilding.rebuilt.bytes, whole)
        rebuilding.name_changed_imports()
        rebuilding.name_unknown_imports()
        rebuilt = rebuilding.rebuilt
        rebuilt.articles = lookups.count_articles(archive.db)
        replacing.erase(archive)
    return rebuilt


def _finish_replacing(folder: Path) -> None:
    """What a takedown or a repair was about to put in its place, by the old database if that can be read."""
    if not replacing.left_over(folder / WARC_FOLDER):
        return
    try:
        with store.open_archive(folder) as archive, unreadable(archive.db, damaged=True):
            replacing.finish(archive)
    except (NotAnArchive, StorageFailed):
        replacing.take_all(folder / WARC_FOLDER)


@dataclass(frozen=True, slots=True)
class _Waiting:
    group: ReadGroup
    job: Job
    page: Future[Page]


@dataclass(slots=True)
class _Changed:
    """An imported file that is not what came: the sha256 that it should have, that it has, and what is to be said."""

    expected: str
    found: str
    lines: list[str]


class _Rebuilding:
    def __init__(self, archive: Archive, pool: WorkerPool, rules: Rules) -> None:
        self.archive, self.pool = archive, pool
        self.rebuilt = Rebuilt()
        self._scopes: dict[str, Scope] = {}
        self._reentry = Reentry(archive, rules, self._scopes.get)
        self._waiting: deque[_Waiting] = deque()
        self._entering = Entering(archive, pool, rules)
        self._changed: dict[str, _Changed] = {}  # imported files, by name
        self._unfound: dict[str, list[str]] = {}  # those that cannot be read where they were last said to be
        self._began: str | None = None  # when the crawl began whose file is read

    def file(self, path: Path) -> None:
        """All of one file, in its order."""
        r = self.rebuilt
        records = iter_records(path, on_damage=lambda d: r.damaged.append(str(d)))
        first = next(records, None)
        if first is None:
            r.strange.append(f"{path.name}: holds no record that can be read")
            return
        if first.record_type != "warcinfo" or not first.fields.get("software", "").startswith("broadsheet/"):
            r.strange.append(f"{path.name}: was not written by Broadsheet; move it away, and import it from there")
            return
        crawl = first.fields.get("isPartOf", "").removeprefix("urn:uuid:")
        entered = False
        for item in _items(records):
            if isinstance(item, Event):
                self._event(item)
            if not entered:  # after the event that begins its crawl
                self._enter(path, first, crawl)
                entered = True
            if isinstance(item, ReadGroup):
                self._group(item, crawl)
        if not entered:
            self._enter(path, first, crawl)
        self._settle()
        self._seal(path)
        r.files += 1

    def _enter(self, path: Path, warcinfo: Record, crawl: str) -> None:
        store.add_warc_file(
            self.archive.db,
            path.name,
            warcinfo_id=warcinfo.record_id,
            opened_at=parse_date(warcinfo.date),
            crawl_id=lookups.crawl_id(self.archive.db, crawl),
        )

    def _seal(self, path: Path) -> None:
        known = lookups.warc_file(self.archive.db, path.name)
        assert known is not None
        stat = path.stat()
        store.seal_warc_file(
            self.archive.db,
            known.warc_file_id,
            sealed_at=datetime.fromtimestamp(stat.st_mtime, UTC),
            sha256=file_sha256(path),
            size=stat.st_size,
        )
        self.rebuilt.bytes += stat.st_size

    def _event(self, event: Event) -> None:
        self._settle()
        if not events.apply(self.archive, event):
            self.rebuilt.strange.append(f"an event {event.name!r} of {event.at:%Y-%m-%dT%H:%M:%SZ} says nothing")
            return
        self.rebuilt.events += 1
        if event.name == crawls.BEGAN:
            plan = crawls.plan_of(event)
            self._scopes.update({site.name: site.scope for site in plan.sites})
            self._began = plan.started_at.isoformat()
        if event.name == IMPORTED:
            self._import(imported_of(event))
        if event.name in (TAKEN_DOWN, REPAIRED):
            self._account_for(event)

    def _import(self, imported: Imported) -> None:
        """Enter the file that was imported at this moment."""
        r = self.rebuilt
        report = finish(self._entering, imported, register(self.archive, imported), as_it_is=True)
        lines = [f"{imported.name}: at byte {t.offset}: {t.what}" for t in report.troubles]
        self._unfound.pop(imported.before or imported.filename, None)
        if report.sha256 is None:
            self._unfound[imported.filename] = lines
        elif report.sha256 != imported.sha256:
            what = f"{imported.name}: is not what was imported: {imported.filename} has changed"
            self._changed[imported.filename] = _Changed(imported.sha256, report.sha256, [what, *lines])
            self._tell(imported.place(self.archive.warc_folder))
        # What was wrong with it from the first, the import has named.
        r.exchanges += report.entered.entered
        r.files += 1

    def _tell(self, path: Path) -> None:
        """Enter the captures of an imported file that are lost, but not what was read from them."""
        if not path.is_file():
            return
        for group in group_records(iter_records(path, on_damage=lambda _: None)):
            if lost_capture(group) is not None:
                job = self._reentry.job(group, None)
                if self._reentry.is_told(group):
                    self._told(group, job, imported=True)

    def _account_for(self, event: Event) -> None:
        """A takedown, or a repair, tells which files it wrote anew: what they are now is what they should be."""
        files = event.facts.get("files")
        for entry in files if isinstance(files, list) else ():
            changed = self._changed.get(entry.get("file", "")) if isinstance(entry, dict) else None
            if changed is not None and entry.get("sha256_before") == changed.expected:
                changed.expected = str(entry.get("sha256"))

    def name_changed_imports(self) -> None:
        """Name the imported files that are not there or not what they should be, and what is wrong with them."""
        for lines in self._unfound.values():
            self.rebuilt.damaged += lines
        for changed in self._changed.values():
            if changed.found != changed.expected:
                self.rebuilt.damaged += changed.lines

    def name_unknown_imports(self) -> None:
        """Name the files in warc/ that nobody has read: copies of which no event tells, and what is not compressed."""
        folder = self.archive.warc_folder
        for path in sorted({*folder.glob(f"{PREFIX}*"), *folder.glob("*.warc")}):
            if path.suffix != PART_SUFFIX and not imports.knows_filename(self.archive.db, path.name):
                self.rebuilt.strange.append(
                    f"{path.name}: nothing tells of its import; move it away, and import it from there"
                )

    def _group(self, group: ReadGroup, crawl: str) -> None:
        needed = self._reentry.needs(group)
        if needed and lookups.place_of(self.archive.db, needed) is None:
            self._settle()  # the original waits itself
        job = self._reentry.job(group, lookups.crawl_id(self.archive.db, crawl))
        if self._reentry.is_told(group):
            self._settle()
            self._told(group, job)
            return
        self._waiting.append(_Waiting(group, job, self.pool.submit(job)))
        self.rebuilt.exchanges += 1
        if len(self._waiting) >= AHEAD:
            self._settle(AHEAD - BATCH)

    def _told(self, group: ReadGroup, job: Job, *, imported: bool = False) -> None:
        """A capture whose bytes are lost, but not what was read from them."""
        page = process(job, unread="its bytes are lost")
        processed = self._reentry.processed(page, group, first_seen=self._began)
        processed = replace(processed, detail=job.detail, extraction_error=None, imported=imported)
        store.commit(self.archive.db, [processed])
        self._reentry.restore(group, others=imported)
        self.rebuilt.exchanges += 1

    def _settle(self, left: int = 0) -> None:
        """Enter what is waiting, the oldest first, until no more than `left` wait."""
        while len(self._waiting) > left:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting) - left))]
            store.commit(self.archive.db, [self._processed(waiting) for waiting in batch])

    def _processed(self, waiting: _Waiting) -> store.Processed:
        try:
            page = waiting.page.result()
        except TaskFailed as e:
            page = process(waiting.job, unread=f"extraction failed: {e}")
        return self._reentry.processed(page, waiting.group, first_seen=self._began)


def _items(records: Iterator[Record]) -> Iterator[Event | ReadGroup]:
    """Events and exchanges in their order."""
    gathered: list[Record] = []
    for record in records:
        if is_removal(record) and (record.url or "").startswith(PLACE):
            continue  # what it told was taken down
        event = event_of(record)
        if event is None:
            gathered.append(record)
            if record.record_type != "metadata" or is_removal(record):
                continue  # a group ends with its metadata record
        yield from (group for group in group_records(gathered) if group.url)
        gathered.clear()
        if event is not None:
            yield event
    yield from (group for group in group_records(gathered) if group.url)
