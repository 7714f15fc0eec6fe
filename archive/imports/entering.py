"""The captures of a file of another tool on their way into the database: through the pipeline, in the file's order.

The same in an import and in a rebuild. Pages are read on all cores, but entered in their order. A revisit whose
original is not here is entered without its body, and read anew when the original comes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path

from archive import store
from archive.digests import matches, sha1_base32
from archive.errors import BadInput
from archive.imports.event import Imported
from archive.imports.gone import SHOWS_IT, taken_down
from archive.imports.jobs import (
    MOST_READ,
    TOO_LARGE,
    is_payload_revisit,
    job_of,
    refers_of,
    tells_nothing,
    without_body,
)
from archive.imports.sites import SiteChooser
from archive.imports.unlinked import UnlinkedRevisits
from archive.intake import Recorded, to_processed
from archive.job import Job
from archive.message import Response, parse_response
from archive.model import Capture, Found, Outcome, PageKind, RecordLocation
from archive.pipeline import Page, process
from archive.reentry import response_of
from archive.rules import Rules
from archive.store import Archive, Processed, imports
from archive.store.articles import article_url
from archive.store.imports import ImportedFile, Known, Refers, Unlinked
from archive.store.urls import IMPORTED_DEPTH
from archive.urls import captured_url, page_key
from archive.warc.captures import capture_of_revisit
from archive.warc.groups import capture_of, date_in_utc, parse_date
from archive.warc.reader import Damage, Record, read_record, records_at
from archive.warc.removal import removal_of
from archive.warc.survey import Located, Place, Survey, Trouble
from archive.workers import TaskFailed, WorkerPool

AHEAD = 48  # captures that are read but not yet entered,
AHEAD_BYTES = 64 << 20  # and what they may hold
BATCH = 16  # that are entered in one transaction
NOT_HERE = "a revisit: the capture that holds its text is not in the archive"


@dataclass(slots=True)
class Entered:
    """What became of the captures of one file."""

    entered: int = 0
    known: int = 0  # the archive has the same record already
    waiting: int = 0  # of those entered: revisits whose originals are not here
    linked: int = 0  # earlier revisits whose originals came with this file
    articles: int = 0  # that were not held before
    refused: int = 0  # captures among the troubles that were not entered
    taken_down: int = 0  # that show what was taken down, so that only the attempt is entered
    troubles: list[Trouble] = field(default_factory=list)

    def refuse(self, offset: int, what: str, url: str | None = None) -> None:
        self.refused += 1
        self.troubles.append(Trouble(offset, what, url))

    def was_known(self, record: Record, known: Known) -> None:
        """`known`: the block digest and the URL of the record that is held."""
        digest, url = known
        if matches(digest, record.block) is False or captured_url(record.url or "") != url:
            self.refuse(record.offset, "the archive holds another record with this record id", record.url)
        else:
            self.known += 1


def compared(path: Path, captures: Sequence[Located], known: Mapping[str, Known]) -> Entered:
    """What comes of captures that are all known, by record id."""
    done = Entered()
    for located, record in zip(captures, records_at(path, (x.place for x in captures)), strict=True):
        if isinstance(record, Damage):
            done.refuse(record.offset, record.what)
        else:
            done.was_known(record, known[located.record_id])
    return done


class Entering:
    """Enters file after file."""

    def __init__(self, archive: Archive, pool: WorkerPool, rules: Rules) -> None:
        self.archive, self.pool, self.rules = archive, pool, rules
        self.unlinked = UnlinkedRevisits()
        self._is_prepared = False

    def prepare(self) -> None:
        """Find the revisits that wait for their originals; link those whose originals came just before a kill."""
        if self._is_prepared:
            return
        self._is_prepared = True
        for revisit in imports.unlinked_revisits(self.archive.db):
            record = self._record_of(revisit)
            if record is not None and not self.link(revisit, refers_of(record)):
                self.unlinked.add(revisit, refers_of(record))

    def file(
        self,
        imported: Imported,
        row: ImportedFile,
        survey: Survey,
        progress: Callable[[int], None] = lambda offset: None,
    ) -> Entered:
        """Enter what is not yet entered of a file; `progress` is told up to which byte that is done.

        :raises BadInput: the file is not there.
        :raises StorageFailed: the disk is full or fails.
        """
        return _File(self, imported, row, progress).enter(survey)

    def link(self, revisit: Unlinked, refers: Refers) -> bool:
        """Read a revisit anew, with the payload of its original, if that is here -> whether it is."""
        original = imports.original_of(self.archive.db, refers, revisit.record_id)
        record = self._record_of(revisit) if original else None
        if original is None or record is None:
            return False
        site = imports.site_of_url(self.archive.db, captured_url(record.url or "")) or (0, "")
        answer = response_of(self.archive, original)
        job = job_of(record, site, self.rules, answer)
        page = page_of(job, self.read(job, record, answer))
        imports.link_revisit(self.archive.db, revisit.record_id, original, to_processed(page, ()))
        return True

    def read(self, job: Job, record: Record, original: Response | None) -> Future[Page] | Page:
        """What the record shows, from a worker where there is something to read."""
        answer = record.response or original
        if tells_nothing(job, answer):
            return process(without_body(job))
        if is_payload_revisit(record) and original is None and answer and 200 <= answer.status < 300:
            return process(job, unread=NOT_HERE)
        if sum(len(exchange.response) for exchange in job.exchanges) > MOST_READ:
            return process(without_body(job), unread=TOO_LARGE)
        found: Future[Page] = self.pool.submit(job)
        return found

    def _record_of(self, revisit: Unlinked) -> Record | None:
        path = Path(revisit.path) if revisit.path else self.archive.warc_folder / revisit.filename
        try:
            return read_record(path, revisit.offset, revisit.length)
        except (Damage, BadInput):
            return None


def page_of(job: Job, page: Future[Page] | Page) -> Page:
    """The page once it is read; a page that its reader fails at costs itself."""
    try:
        return page.result() if isinstance(page, Future) else page
    except TaskFailed as e:
        return process(job, unread=f"extraction failed: {e}")


@dataclass(frozen=True, slots=True)
class _Waiting:
    located: Located
    record: Record
    job: Job
    page: Future[Page] | Page
    refers: Refers | None  # of a revisit
    original: str | None  # the record id of its original, if that is here

    @property
    def size(self) -> int:
        return len(self.record.block) + sum(len(exchange.response) for exchange in self.job.exchanges)


class _File:
    """One file."""

    def __init__(
        self, entering: Entering, imported: Imported, row: ImportedFile, progress: Callable[[int], None]
    ) -> None:
        self.entering, self.imported, self.row, self.progress = entering, imported, row, progress
        self.archive, self.db = entering.archive, entering.archive.db
        self.done = Entered()
        self.sites = SiteChooser(self.archive, imported.sites, imported.site, imported.at)
        self.gone = taken_down(self.archive)
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._ahead = set[str]()  # record ids and URLs of what waits
        self._mine = set[str]()  # revisits of this file that wait for their originals

    def enter(self, survey: Survey) -> Entered:
        self.entering.prepare()
        found = sorted((*survey.captures, *survey.notes), key=lambda located: located.offset)
        todo = [located for located in found if located.offset >= self.row.committed_bytes]
        known = imports.known_captures(self.db, (located.record_id for located in todo))
        path = self.imported.place(self.archive.warc_folder)
        for located, record in zip(todo, records_at(path, (x.place for x in todo)), strict=True):
            if isinstance(record, Damage):
                self.done.refuse(located.offset, record.what)
            elif (removal := removal_of(record)) is not None:
                self._gone(located, record, removal.facts)
            elif (held := known.get(located.record_id)) is not None:
                self.done.was_known(record, held)
            else:
                known[located.record_id] = sha1_base32(record.block), captured_url(record.url or "")
                self._capture(located, record)
            while len(self._waiting) >= AHEAD or self._bytes > AHEAD_BYTES:
                self._settle(AHEAD - BATCH if self._bytes <= AHEAD_BYTES else len(self._waiting) // 2)
        self._settle()
        self.done.waiting = len(self._mine)
        return self.done

    def _gone(self, located: Located, record: Record, facts: Mapping[str, str]) -> None:
        """A capture that was taken down: that it was tried is all that the archive may know."""
        stated = facts.get("outcome", "")
        url = captured_url(record.url or "")
        job = Job(
            url_id=0,
            url=url,
            site_id=self.sites.site_of(url)[0],
            site="",
            kind=PageKind.PAGE,
            started=parse_date(record.date),
            outcome=Outcome(stated) if stated in set(Outcome) else Outcome.ARCHIVED,
            detail=SHOWS_IT if stated == Outcome.TAKEDOWN else None,
            final=False,
            recorded=True,
        )
        status = facts.get("status", "")
        page = replace(process(job), status=int(status) if status.isdecimal() and len(status) < 4 else None)
        self._waiting.append(_Waiting(located, record, job, page, None, None))

    def _capture(self, located: Located, record: Record) -> None:
        if self.gone and self.gone.has(record):
            self.done.taken_down += 1
            self._gone(located, record, {"outcome": Outcome.TAKEDOWN})
            return
        refers = refers_of(record) if record.record_type == "revisit" else None
        original = self._original(refers, located.record_id) if refers else None
        answer = response_of(self.archive, original) if original and is_payload_revisit(record) else None
        if record.response is None and answer is None:
            what = "a revisit without an HTTP head, and no original in the archive to take it from"
            self.done.refuse(record.offset, what, record.url)
            return
        site = self.sites.site_of(captured_url(record.url or ""))
        job = job_of(record, site, self.entering.rules, answer, located.fetch_ms)
        waiting = _Waiting(located, record, job, self.entering.read(job, record, answer), refers, original)
        self._waiting.append(waiting)
        self._bytes += waiting.size
        self._ahead |= {located.record_id, job.url}

    def _original(self, refers: Refers, record_id: str) -> str | None:
        found = imports.original_of(self.db, refers, record_id)
        if found is None and not self._ahead.isdisjoint({refers.record_id, refers.url}):
            self._settle()
            found = imports.original_of(self.db, refers, record_id)
        return found

    def _settle(self, left: int = 0) -> None:
        """Enter what is waiting, the oldest first, until no more than `left` wait."""
        while len(self._waiting) > left:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting) - left))]
            self._bytes -= sum(waiting.size for waiting in batch)
            processed = [self._processed(waiting) for waiting in batch]
            end = sum(batch[-1].located.place)
            committed = store.commit(self.db, processed, warc_file_id=self.row.warc_file_id, committed_bytes=end)
            self.done.articles += committed.new_articles
            for waiting, of_it in zip(batch, processed, strict=True):
                if of_it.captures:
                    self.done.entered += 1
                    self._link(waiting, of_it.captures[-1][0])
            self.progress(end)
        self._ahead = {name for waiting in self._waiting for name in (waiting.located.record_id, waiting.job.url)}

    def _link(self, waiting: _Waiting, capture: Capture) -> None:
        """Let revisits know that their original has come, and note one whose original has not."""
        unlinked = self.entering.unlinked
        for revisit, refers in unlinked.take(capture, waiting.job.url):
            if not self.entering.link(revisit, refers):
                unlinked.add(revisit, refers)
            elif revisit.record_id in self._mine:
                self._mine.discard(revisit.record_id)
            else:
                self.done.linked += 1
        if waiting.refers is not None and waiting.original is None:
            place = waiting.located.place
            unlinked.add(Unlinked(capture.record_id, self.row.filename, self.row.path, *place), waiting.refers)
            self._mine.add(capture.record_id)

    def _processed(self, waiting: _Waiting) -> Processed:
        page = page_of(waiting.job, waiting.page)
        if not waiting.job.exchanges:
            return self._row(page, ())
        article = page.extraction.article if self.gone and page.extraction else None
        if article and page_key(article_url(waiting.job.url, article.canonical_url)) in self.gone.pages:
            self.done.taken_down += 1
            bare = replace(waiting.job, exchanges=(), outcome=Outcome.TAKEDOWN, detail=SHOWS_IT)
            return self._row(process(bare), ())
        capture = self._facts(waiting)
        located, record = waiting.located, waiting.record
        places = {record.record_type: located.place, "request": located.request, "metadata": located.metadata}
        recorded = [self._location(record, kind, place) for kind, place in places.items() if place]
        return self._row(page, [(capture, tuple(recorded))])

    def _row(self, page: Page, recorded: Sequence[Recorded]) -> Processed:
        """What the database takes: nothing of where the page leads, nor of what it forbids."""
        kind = PageKind.PAGE if page.kind in (PageKind.FRONT, PageKind.FEED) else page.kind
        return replace(
            to_processed(page, recorded),
            url_id=None,
            entered=Found(page.job.url, kind, depth=IMPORTED_DEPTH),
            kind=kind,
            found=(),
            feed=None,
            robots=None,
            imported=True,
        )

    def _location(self, record: Record, record_type: str, place: Place) -> RecordLocation:
        return RecordLocation(self.row.filename, *place, record.record_id, record_type)

    def _facts(self, waiting: _Waiting) -> Capture:
        """The capture: digests are those of the bytes; what the record says of its own is checked."""
        record = waiting.record
        capture = capture_of(record) or self._of_original(waiting)
        stated = record.header("WARC-Block-Digest")
        if stated and stated != capture.block_digest and matches(stated, record.block) is False:
            what = f"the block is not that of WARC-Block-Digest {stated}"
            self.done.troubles.append(Trouble(record.offset, what, record.url))
        capture = replace(
            capture,
            captured_at=date_in_utc(record.date),
            fetch_ms=waiting.located.fetch_ms,
            refers_to=waiting.original,
        )
        # What lies outside of the archive may go: nothing that is fetched from now on is to depend on it.
        return replace(capture, shape=None) if self.row.path else capture

    def _of_original(self, waiting: _Waiting) -> Capture:
        """A revisit without an HTTP head has that of its original."""
        record, answer = waiting.record, parse_response(waiting.job.exchanges[0].response)
        assert answer is not None  # else it was refused
        return capture_of_revisit(
            answer,
            waiting.job.url,
            record_id=record.record_id,
            captured_at=record.date,
            block_digest=sha1_base32(record.block),
            payload_digest=record.header("WARC-Payload-Digest"),
            refers_to=waiting.original,
            ip=record.header("WARC-IP-Address"),
        )
