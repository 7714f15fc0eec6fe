"""One run of `broadsheet regress`: draw the sample, read it with the present code and rules, compare."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from archive.errors import NotFound
from archive.extract.furniture import Furniture
from archive.extraction_json import loads
from archive.reextract import Progress, Run, reading_of, record_at, task_of
from archive.regress import sample
from archive.regress.counting import PageFacts, Record, Tally
from archive.regress.saved import SavedRun
from archive.regress.work import StyleOf
from archive.reread import Reading
from archive.rules import Rules
from archive.store import Archive, sampling
from archive.store.articles import held_article
from archive.store.bodies import read
from archive.store.fields import record_of, without_furniture
from archive.store.sampling import HeldPage, Part
from archive.workers import TaskFailed, WorkerPool

CANDIDATES = 2  # pages whose house style is looked at, for each that is read
TOLD = 20  # lines on what went wrong; the others are only counted


@dataclass(slots=True)
class Outcome:
    """What a run came to. Pages: one capture is one page."""

    population: int  # pages that the sample was drawn from
    strata: int  # sites and months that these are of
    pages: int = 0  # compared
    differ: int = 0  # of these, in some field
    failed: int = 0  # of these, that could not be read now
    damaged: int = 0  # not compared: the record could not be read from its WARC file
    missing: int = 0  # of a saved run, that are not held here
    seconds: float = 0.0
    tally: Tally = field(default_factory=lambda: Tally(0))
    records: dict[str, Record] = field(default_factory=dict)  # what pages say now, whole, if they are to be kept

    @property
    def same(self) -> int:
        return self.pages - self.differ

    @property
    def styles(self) -> int:
        """Different house styles of sites."""
        return sum(len(site.styles) for site in self.tally.sites.values())


@dataclass(frozen=True, slots=True)
class Sample:
    """The pages to read, each with its house style."""

    population: int
    strata: int
    pages: Sequence[tuple[HeldPage, str]]
    missing: int = 0


def draw(archive: Archive, part: Part, pool: WorkerPool, size: int, seed: int) -> Sample:
    """At most `size` pages: by site and month, then, of twice as many candidates, by house style.

    `pool`: does `archive.regress.work.work`.

    :raises NotFound: there is no page to draw from.
    """
    sizes = sampling.strata(archive.db, part)
    if not sizes:
        raise NotFound("nothing to compare: there is no page to read", hint="broadsheet status shows what is held")
    wanted = sample.allocate(sizes, size, sample.by_turns(sizes))
    looked_at = {stratum: min(sizes[stratum], CANDIDATES * number) for stratum, number in wanted.items()}
    candidates = sample.first_of_each(sampling.members(archive.db, part), looked_at, seed)
    found = {
        page.to_read.capture_id: page
        for page in sampling.pages(archive.db, part, [one for ids in candidates.values() for one in ids])
    }
    styles = dict(zip(found, _styles(archive, list(found.values()), pool), strict=True))
    chosen = [
        capture_id
        for stratum in sorted(candidates)
        for capture_id in sample.by_style(
            [(one, styles[one]) for one in candidates[stratum] if one in found], wanted[stratum]
        )
    ]
    return Sample(sum(sizes.values()), len(sizes), [(found[one], styles[one]) for one in chosen])


def of_saved(archive: Archive, part: Part, pool: WorkerPool, saved: SavedRun) -> Sample:
    """The pages of a saved run.

    :raises NotFound: none of them is held here.
    """
    pages = sampling.pages_of_records(archive.db, part, list(saved.records))
    if not pages:
        raise NotFound(
            f"none of the {len(saved.records)} pages of {saved.path} is held here",
            hint="--against goes with the archive that the run was saved from",
        )
    strata = {(page.site, page.to_read.captured_at[:7]) for page in pages}
    styles = _styles(archive, pages, pool)
    missing = len(saved.records) - len(pages) if not part.site_ids else 0
    return Sample(len(pages), len(strata), list(zip(pages, styles, strict=True)), missing)


def _styles(archive: Archive, pages: Sequence[HeldPage], pool: WorkerPool) -> list[str]:
    asked = (StyleOf(record_at(archive, page.to_read.place)) for page in pages)
    return [_style(future.result) for future in pool.map(asked)]


def _style(result: Callable[[], str]) -> str:
    try:
        return result()
    except TaskFailed:  # a page that hangs or crashes: to be told when it is read
        return ""


def compare(
    archive: Archive,
    rules: Rules,
    drawn: Sample,
    pool: WorkerPool,
    progress: Progress,
    *,
    saved: SavedRun | None = None,
    worst: int = 10,
    keep: bool = False,
) -> Outcome:
    """Read the pages of a sample with these rules and compare each with what is held, or with a saved run.

    `worst`: how many changes are kept to be looked at; `keep`: also what every page says now.
    """
    begun = time.monotonic()
    outcome = Outcome(drawn.population, drawn.strata, missing=drawn.missing, tally=Tally(worst))
    furniture: dict[int, Furniture] = {}
    progress.begin(len(drawn.pages))
    for page, style, reading in _readings(archive, rules, drawn.pages, pool):
        if reading.damage is not None:
            outcome.damaged += 1
            _tell(outcome, progress, f"{reading.damage}  {page.to_read.url}")
            continue
        if reading.failed:
            outcome.failed += 1
            at = f"{page.to_read.url}, captured {page.to_read.captured_at}"
            _tell(outcome, progress, f"not read: {at}: {reading.error}")
        if page.site_id not in furniture:
            furniture[page.site_id] = sampling.furniture_of(archive.db, page.site_id)
        new = record_now(reading)
        old = saved.records[page.record_id] if saved else sampling.record_compared_with(archive.db, page)
        facts = PageFacts(page.site, page.to_read.url, page.to_read.captured_at, style, page.article_id)
        before, after = (without_furniture(record, furniture[page.site_id]) for record in (old, new))
        outcome.pages += 1
        outcome.differ += outcome.tally.add(facts, before, after)
        if keep:
            outcome.records[page.record_id] = new
        progress.page(_run(outcome))
    outcome.seconds = time.monotonic() - begun
    return outcome


def _readings(
    archive: Archive, rules: Rules, pages: Sequence[tuple[HeldPage, str]], pool: WorkerPool
) -> Iterator[tuple[HeldPage, str, Reading]]:
    futures = pool.map(task_of(archive, rules, page.to_read) for page, _ in pages)
    for (page, style), future in zip(pages, futures, strict=True):
        yield page, style, reading_of(page.to_read.capture_id, future)


def record_now(reading: Reading) -> dict[str, Any]:
    """What a page says now, with the furniture still in the body; without an article its verdict alone."""
    extraction = loads(reading.extraction) if reading.extraction is not None and not reading.failed else None
    article = held_article(extraction) if extraction is not None else None
    if extraction is None or article is None:
        return {"verdict": reading.verdict.value}
    return record_of(extraction.verdict, article, read(article, extraction.verdict, Furniture()))


def _tell(outcome: Outcome, progress: Progress, line: str) -> None:
    number = outcome.failed + outcome.damaged
    if number <= TOLD:
        progress.trouble(line)
    elif number == TOLD + 1:
        progress.trouble("... and more")


def _run(outcome: Outcome) -> Run:
    return Run(read=outcome.pages, differ=outcome.differ, failed=outcome.failed, damaged=outcome.damaged)
