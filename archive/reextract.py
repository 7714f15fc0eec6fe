"""`broadsheet reextract`: the present recipe run over what is archived, on all cores, into drafts.

Which captures are to be read is told by the database alone. Workers read them from the WARC files; this process only
enters what came of it, a batch in each transaction. So a run that is killed loses a batch, and the next goes on.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Protocol

from archive.errors import BroadsheetError
from archive.intake import now_text
from archive.model import PageKind, Recipe
from archive.reread import Reading, RecipeOf, RecordAt, Task
from archive.rules import Rules, SiteRules
from archive.store import Archive, drafts
from archive.store.drafts import Draft
from archive.store.rereading import Place, Present, Selection, ToRead, count, to_read
from archive.warc.groups import parse_date
from archive.workers import TaskFailed, WorkerPool

BATCH_PAGES = 50  # that one transaction enters
BATCH_WAIT_S = 0.5
TOLD = 20  # lines on what went wrong; the others are only counted
AHEAD = 4  # pages for each worker that are read or wait to be


class Progress(Protocol):
    """What a person sees of a run."""

    def begin(self, todo: int) -> None: ...
    def page(self, run: Run) -> None: ...
    def trouble(self, line: str) -> None: ...


@dataclass(slots=True)
class Run:
    """What a run came to, in pages: one capture is one page."""

    pages: int = 0  # in the part of the archive that was asked for
    todo: int = 0  # of these, that the present recipe had not read
    read: int = 0
    differ: int = 0  # of those read, from what is shown
    failed: int = 0  # of those read, that could not be: what they show stays
    damaged: int = 0  # whose record in the WARC file could not be read
    seconds: float = 0.0

    @property
    def left(self) -> int:
        """Pages that are still to be read: by `--limit`, or because somebody stopped the run."""
        return max(
            0, self.todo - self.read - self.damaged
        )  # with --all, what a crawl brings meanwhile is read too


def recipes(rules: Rules, recipe_of: Callable[[SiteRules | None], Recipe]) -> Callable[[str, str], Recipe]:
    """-> the recipe of a URL and the WARC-Date of its capture."""
    of, of_origin = cache(recipe_of), cache(rules.of_page)

    def recipe_for(url: str, captured_at: str) -> Recipe:
        mine = of_origin("/".join(url.split("/", 3)[:3])) if rules.rules else None
        return of(mine.choose(url, parse_date(captured_at)) if mine else None)

    return recipe_for


def run(
    archive: Archive,
    rules: Rules,
    selection: Selection,
    pool: WorkerPool,
    progress: Progress,
    *,
    limit: int | None = None,
    again: bool = False,
) -> Iterator[Run]:
    """Read what the present recipe has not read, and enter it as drafts -> how far it is, after every batch.

    `pool`: does `archive.reread.work`; `limit`: pages to read at most; `again`: also what the present recipe has read.
    The last that is given is the whole. A page that fails costs itself. Closing the iterator early is no harm: what
    has been given out is entered. The caller holds the lock for re-extraction.

    :raises StorageFailed: the disk is full or fails.
    """
    begun = time.monotonic()
    done = Run()
    recipe_for = recipes(rules, lambda chosen: present_recipe(pool, chosen))
    present = Present(archive.db, recipe_for)
    done.pages, done.todo = count(archive.db, present, selection, again=again)
    progress.begin(min(done.todo, limit or done.todo))
    yield done
    wanted = islice(to_read(archive.db, present, selection, again=again) if done.todo else (), limit)
    told: set[str] = set()
    tasks = ((page, task_of(archive, rules, page)) for page in wanted)
    for batch in _batches(_results(pool, tasks)):
        entered = [_draft(page, result, recipe_for) for page, result in batch if result.damage is None]
        done.differ += drafts.write(archive.db, entered)
        done.read += len(entered)
        _tell(done, batch, progress, told)
        done.seconds = time.monotonic() - begun
        progress.page(done)
        yield done
    done.seconds = time.monotonic() - begun
    yield done


def present_recipe(pool: WorkerPool, chosen: SiteRules | None) -> Recipe:
    """The recipe that the workers read with, where these rules hold.

    :raises BroadsheetError: they do not start.
    """
    try:
        found: Recipe = pool.submit(RecipeOf(chosen)).result()
    except TaskFailed as e:
        raise BroadsheetError(f"the extractor does not start: {e}") from e
    return found


def task_of(archive: Archive, rules: Rules, page: ToRead) -> Task:
    """What a worker is asked, to read a page with these rules."""
    own, original = record_at(archive, page.place), page.original
    return Task(
        page.capture_id, own.path, own.offset, own.length, own.record_id, own.block_digest, page.url,
        PageKind(page.kind), rules.of_page(page.url) if rules.rules else None,
        record_at(archive, original) if original else None,
    )  # fmt: skip


def record_at(archive: Archive, place: Place) -> RecordAt:
    """Where a record lies on this disk."""
    path = archive.warc_folder / (place.path or place.warc_file)
    return RecordAt(str(path), place.offset, place.length, place.record_id, place.block_digest)


Result = tuple[ToRead, Reading]


def _results(pool: WorkerPool, tasks: Iterator[tuple[ToRead, Task]]) -> Iterator[Result | None]:
    """Each page with its reading, as they are done; None where nothing has come for a while.

    The number of pages under way is bounded, so that a run that ends early has done little that is lost.
    """
    finished: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
    under_way: dict[Future[Any], ToRead] = {}

    def submit(number: int) -> None:
        for page, task in islice(tasks, number):
            future = pool.submit(task)
            under_way[future] = page
            future.add_done_callback(finished.put)

    try:
        submit(AHEAD * pool.processes)
        while under_way:
            try:
                done = finished.get(timeout=BATCH_WAIT_S)
            except queue.Empty:
                yield None
                continue
            page = under_way.pop(done)
            submit(1)
            yield page, reading_of(page.capture_id, done)
    finally:
        for future in under_way:
            future.cancel()


def reading_of(capture_id: int, future: Future[Any]) -> Reading:
    """What came of a task; a page that hung or crashed is one that could not be read."""
    try:
        found: Reading = future.result()
    except TaskFailed as e:
        return Reading(capture_id, error=f"extraction failed: {e}")
    return found


def _batches(results: Iterator[Result | None]) -> Iterator[list[Result]]:
    """Results as one transaction enters them: so many, or those of half a second."""
    batch: list[Result] = []
    until = 0.0
    try:
        for result in results:
            if result is not None:
                if not batch:
                    until = time.monotonic() + BATCH_WAIT_S
                batch.append(result)
            if batch and (len(batch) >= BATCH_PAGES or time.monotonic() >= until):
                yield batch
                batch = []
    except KeyboardInterrupt:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _draft(page: ToRead, reading: Reading, recipe_for: Callable[[str, str], Recipe]) -> Draft:
    return Draft(
        capture_id=page.capture_id,
        recipe=recipe_for(page.url, page.captured_at),
        verdict=reading.verdict,
        extraction=reading.extraction,
        said=reading.said,
        error=reading.error,
        extracted_at=now_text(),
    )


def _tell(done: Run, batch: list[Result], progress: Progress, told: set[str]) -> None:
    """Count what went wrong, and name it; a file that is gone once."""
    for page, reading in batch:
        if reading.damage is not None:
            done.damaged += 1
            what, line = reading.damage, f"{reading.damage}  {page.url}"
        elif reading.failed:
            done.failed += 1
            what = line = f"not read: {page.url}, captured {page.captured_at}: {reading.error}"
        else:
            continue
        if what not in told and len(told) <= TOLD:
            told.add(what)
            progress.trouble(line if len(told) <= TOLD else "... and more")
