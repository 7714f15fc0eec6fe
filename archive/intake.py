"""The one thread that writes: records to the WARC file, then rows to the database, and only then is a page done.

Pages are gathered into groups. A group is appended, brought to the disk with one fdatasync, and committed in one
transaction; then its pages are released. So what the database says is on disk is on disk, whatever dies.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from archive import pipeline
from archive.errors import BroadsheetError
from archive.journal import Event, event_group
from archive.model import Capture, Outcome, RecordLocation, RefersTo
from archive.pipeline import Page
from archive.store import Archive, Processed, add_warc_file, commit, lookups, open_archive, seal_warc_file
from archive.store.articles import article_url
from archive.store.taken_down import is_taken_down, payloads_taken_down
from archive.store.text import stamp
from archive.warc.records import RecordGroup
from archive.warc.writer import WarcWriter

logger = logging.getLogger(__name__)

GROUP_PAGES = 16
GROUP_WAIT_S = 0.5
T = TypeVar("T")
Recorded = tuple[Capture | None, tuple[RecordLocation, ...]]  # of one exchange: its facts and its records' places


@dataclass(frozen=True, slots=True)
class _Call:
    """A small write of somebody else, done between two groups by the thread that owns the connection."""

    function: Callable[[Archive], Any]
    future: Future[Any]
    event: Event | None = None  # that is to be on disk before


class Intake:
    """Takes finished pages and writes them; `released` is called in the writing thread after each commit.

    `idle` tells whether nothing more is on its way, so that a group need not wait for company. After an error
    of the disk nothing more is written: `failed` is called once, with the error, and what comes later is
    dropped; it stays due, so the next crawl fetches it.
    """

    def __init__(
        self,
        folder: Path,
        writer: WarcWriter,
        crawl_id: int,
        *,
        released: Callable[[list[Page]], None],
        failed: Callable[[BroadsheetError], None],
        idle: Callable[[], bool],
        opening: Event | None = None,
    ) -> None:
        """`opening`: an event to begin the first file with."""
        self._writer, self._crawl_id = writer, crawl_id
        self._released, self._failed, self._idle = released, failed, idle
        self._queue: queue.SimpleQueue[Page | _Call | None] = queue.SimpleQueue()
        self._file_id: int | None = None
        self._opening = opening
        self._closing: Event | None = None
        self._appended: dict[tuple[str, str], RefersTo] = {}  # originals of the group that is being written
        self.warcinfo_id = ""  # of the file being written; what was built for another is built again
        self.error: BroadsheetError | None = None
        self._archive = open_archive(folder, write=True)  # handed to the thread
        self._gone = payloads_taken_down(self._archive.db)
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
        self._thread.start()

    def put(self, page: Page) -> None:
        self._queue.put(page)

    def call(self, function: Callable[[Archive], T], event: Event | None = None) -> Future[T]:
        """Run a short write with the intake's own connection; its transaction is the function's business.

        `event` is what a rebuild will know of it.
        """
        future: Future[T] = Future()
        self._queue.put(_Call(function, future, event))
        return future

    def close(self, closing: Event | None = None) -> None:
        """Write what is waiting, seal the file, end the thread.

        `closing` is the last record, unless nothing was written at all.
        """
        self._closing = closing
        self._queue.put(None)
        self._thread.join()

    # The thread.

    def _run(self) -> None:
        with self._archive as archive:
            open_for_more = True
            while open_for_more:
                pages, calls, open_for_more = self._gather()
                if pages:
                    self._guarded(self._write, archive, pages)
                for item in calls:
                    self._answer(archive, item)
            if self._closing is not None and self._opening is None:
                self._guarded(self._note, archive, self._closing)
            if self._file_id is not None:
                self._guarded(self._seal, archive)

    def _guarded(self, step: Callable[..., None], *arguments: Any) -> None:
        """Unless writing has failed before. An error that is a mistake of ours must not leave everybody waiting."""
        if self.error is not None:
            return
        try:
            step(*arguments)
        except Exception as e:
            self._stop_writing(e)

    def _stop_writing(self, error: Exception) -> None:
        if not isinstance(error, BroadsheetError):
            logger.error("the archive could not be written", exc_info=error)
            error = BroadsheetError(f"the archive could not be written: {type(error).__name__}: {error}")
        self.error = error
        self._failed(error)

    def _gather(self) -> tuple[list[Page], list[_Call], bool]:
        """-> pages and calls of the next group, and whether more may follow."""
        pages: list[Page] = []
        until: float | None = None
        while True:
            try:
                if until is None:
                    item = self._queue.get()
                else:
                    wait = 0.0 if self._idle() else max(0.0, until - time.monotonic())
                    item = self._queue.get(timeout=wait) if wait else self._queue.get_nowait()
            except queue.Empty:
                return pages, [], True
            if item is None:
                return pages, [], False
            if isinstance(item, _Call):
                return pages, [item], True
            pages.append(item)
            until = until or time.monotonic() + GROUP_WAIT_S
            if len(pages) >= GROUP_PAGES:
                return pages, [], True

    def _answer(self, archive: Archive, item: _Call) -> None:
        if not item.future.set_running_or_notify_cancel():
            return
        try:
            if self.error is not None:
                raise self.error
            if item.event is not None:
                self._note(archive, item.event)
            item.future.set_result(item.function(archive))
        except Exception as e:
            item.future.set_exception(e)

    def _write(self, archive: Archive, pages: list[Page]) -> None:
        processed = []
        if self._file_id is not None and self._writer.rotate_due():
            self._seal(archive)  # between two groups: all that is in the file is committed
        pages = [self._kept(archive, page) for page in pages]
        for page in pages:
            if page.groups and self._file_id is None:
                self._open(archive)
            recorded = [self._append(archive, page, n, group) for n, group in enumerate(page.groups)]
            processed.append(to_processed(page, recorded))
        if self._file_id is not None:
            self._writer.sync()
        commit(archive.db, processed, warc_file_id=self._file_id, committed_bytes=self._writer_size())
        self._appended.clear()
        self._released(pages)

    def _kept(self, archive: Archive, page: Page) -> Page:
        """The page; or the bare note that it shows what was taken down."""
        article = page.extraction.article if page.extraction else None
        if article is None or not self._gone:
            return page
        url = article_url(page.job.url, article.canonical_url)
        capture = page.groups[-1].capture if page.groups else None
        if not is_taken_down(archive.db, url) and (capture is None or capture.payload_digest not in self._gone):
            return page
        job = replace(page.job, exchanges=(), outcome=Outcome.TAKEDOWN, detail="it shows what was taken down")
        return pipeline.process(job)

    def _append(self, archive: Archive, page: Page, number: int, group: RecordGroup) -> Recorded:
        warcinfo_id = self._writer.warcinfo_id
        # Of a file that is sealed now; first, since its records get other ids.
        if group.warcinfo_id != warcinfo_id:
            group = pipeline.build_groups(page.job, warcinfo_id)[number]
        if (original := self._original(archive, page, group.capture)) is not None:
            group = pipeline.build_groups(page.job, warcinfo_id, {number: original})[number]
        return group.capture, self._writer.append(group)

    def _original(self, archive: Archive, page: Page, capture: Capture | None) -> RefersTo | None:
        """The capture that holds the payload already, on disk or in the group that is being written."""
        if capture is None or not capture.can_stand_for_others:
            return None
        assert capture.payload_digest and capture.shape
        key = (capture.payload_digest, capture.shape)
        original = self._appended.get(key) or lookups.original(archive.db, *key)
        if original is None:
            url = page.job.exchanges[-1].url
            self._appended[key] = RefersTo(capture.record_id, url, capture.captured_at, capture.payload_digest)
        return original

    def _note(self, archive: Archive, event: Event) -> None:
        if self._file_id is None:
            self._open(archive)
        self._writer.append(event_group(event, self._writer.warcinfo_id))
        self._writer.sync()
        commit(archive.db, (), warc_file_id=self._file_id, committed_bytes=self._writer_size())

    def _writer_size(self) -> int | None:
        return self._writer.size if self._file_id is not None else None

    def _open(self, archive: Archive) -> None:
        self._writer.open_file()
        self.warcinfo_id = self._writer.warcinfo_id
        self._file_id = add_warc_file(
            archive.db,
            filename=self._writer.filename,
            crawl_id=self._crawl_id,
            warcinfo_id=self._writer.warcinfo_id,
            opened_at=self._writer.opened_at,
        )
        if self._opening is not None:
            opening, self._opening = self._opening, None
            self._writer.append(event_group(opening, self._writer.warcinfo_id))

    def _seal(self, archive: Archive) -> None:
        sealed = self._writer.seal()
        assert self._file_id is not None
        if sealed is None:  # it held no record
            lookups.forget_warc_file(archive.db, self._file_id)
        else:
            seal_warc_file(
                archive.db, self._file_id, sealed_at=now_text(), sha256=sealed.sha256, size=sealed.bytes
            )
        self._file_id = None


def now_text() -> str:
    return stamp(datetime.now(UTC))


def to_processed(page: Page, recorded: Sequence[Recorded]) -> Processed:
    """The page as the database takes it: its facts and where its records came to lie."""
    captures = []
    for capture, locations in recorded:
        if capture is None:
            continue
        at = {location.record_type: location for location in locations}
        answer = at.get("response") or at["revisit"]
        captures.append((capture, answer, at.get("request"), at.get("metadata")))
    job = page.job
    return Processed(
        url_id=job.url_id,
        url=job.url,
        site_id=job.site_id,
        crawl_id=job.crawl_id,
        started_at=job.started,
        outcome=page.outcome,
        status=page.status,
        detail=page.detail or page.extraction_error,
        kind=page.kind,
        fetch_ms=job.exchanges[-1].fetch_ms if job.exchanges else None,
        captures=tuple(captures),
        verdict=page.verdict,
        extraction=page.extraction,
        extraction_error=page.extraction_error,
        recipe=page.recipe,
        feed=page.feed,
        robots=page.robots,
        tdm=page.tdm,
        stated=page.stated,
        found=page.found,
        max_variants=job.scope.max_variants,
        next_state=page.next_state,
        excluded_by=page.excluded_by,
        due_at=page.due_at,
        rest_until=page.rest_until,
        extracted_at=now_text(),
    )
