"""`broadsheet canary`: one page of each site, asked for now, against the fixture that was cut of it.

It crawls into an archive that is then removed, so robots.txt, delays and all else hold as in any crawl.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from archive import store
from archive.errors import BadInput, BroadsheetError, CrawlFailed, NotFound
from archive.fixtures.check import Difference, check
from archive.fixtures.cut import newest
from archive.fixtures.expected import Expected, load
from archive.fixtures.page import PageTask, read
from archive.model import ANSWERED, Extraction
from archive.rules import Rules
from archive.store.fixtures import page_captures
from archive.store.offers import front_of
from archive.urls import normalise, origin_of
from crawler import config
from crawler.config import Site, site_of
from crawler.run import Chosen, check_contact, choose_sites, crawl

# What an editor changes in an article, and no template does.
OF_EDITORS = frozenset({"date_modified", "body_ends"})
LEAST_WORDS = 0.5  # of those expected: less is no edit


@dataclass(frozen=True, slots=True)
class Sung:
    """What became of one fixture. `error`: why the page could not be had or read; then nothing was compared."""

    path: Path
    site: str
    url: str
    differences: tuple[Difference, ...] = ()
    error: str | None = None

    @property
    def is_well(self) -> bool:
        return self.error is None and not self.differences

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "path": str(self.path)}


def choose(files: Sequence[Path], day: date, number: int) -> list[tuple[Path, Expected]]:
    """`number` fixtures of each site, others each day, in turn.

    :raises BadInput: a file cannot be read.
    """
    sites: dict[str, list[tuple[Path, Expected]]] = {}
    for path in files:
        expected = load(path)
        sites.setdefault(expected.site, []).append((path, expected))
    chosen = []
    for fixtures in sites.values():
        first = day.toordinal() * number % len(fixtures)
        chosen += [fixtures[(first + n) % len(fixtures)] for n in range(min(number, len(fixtures)))]
    return chosen


def sing(
    chosen: Sequence[tuple[Path, Expected]],
    rules: Rules,
    archive: Path | None,
    *,
    contact: str | None,
    allow: Sequence[str],
    delay_s: float | None,
) -> list[Sung]:
    """Fetch the page of each fixture, and compare. `archive`: whose sites.toml says how its sites are asked.

    :raises CrawlFailed: the crawl itself could not be done.
    """
    known = config.load(archive) if archive else config.Config()
    sites = _sites(chosen, known, delay_s)
    contact = check_contact(known, sites.sites, contact)
    with TemporaryDirectory(prefix="broadsheet-") as place:
        folder = Path(place) / "canary"
        store.create(folder)
        report = crawl(folder, sites, contact=contact, allow_addresses=allow)
        if report.error is not None:
            raise report.error
        with store.open_archive(folder) as fetched:
            return [_compared(fetched, path, expected, rules) for path, expected in chosen]


def _sites(chosen: Sequence[tuple[Path, Expected]], known: config.Config, delay_s: float | None) -> Chosen:
    """The sites of these pages, to be asked for them alone."""
    named = dict(known.sites)
    for _, expected in chosen:
        if site_of(expected.url, named.values()) is None:
            named[expected.site] = Site(expected.site, f"{origin_of(expected.url)}/")
    found = choose_sites(replace(known, sites=named), [expected.url for _, expected in chosen])
    pages = {name: list(dict.fromkeys(urls)) for name, urls in found.pages.items()}
    # In an archive that is new a front page is asked for: here the first of the pages stands in its place.
    sites = [
        replace(site, url=pages.get(site.name, [site.url])[0], max_depth=0, feeds=(), sections=())
        for site in found.sites
    ]
    if delay_s is not None:
        sites = [replace(site, delay_s=delay_s) for site in sites]
    return Chosen(tuple(sites), {name: urls[1:] for name, urls in pages.items() if urls[1:]})


def _compared(fetched: store.Archive, path: Path, expected: Expected, rules: Rules) -> Sung:
    try:
        page, _ = newest(page_captures(fetched.db, expected.url))
        extraction = _read(fetched, page.url, page.captured_at, rules)
    except BroadsheetError as e:
        return Sung(path, expected.site, expected.url, error=_why(fetched, expected.url, e))
    return Sung(path, expected.site, expected.url, compare(expected, extraction), extraction.error)


def compare(expected: Expected, extraction: Extraction) -> tuple[Difference, ...]:
    """What a live page says that is not expected, and that no editor changes."""
    return tuple(each for each in check(expected, extraction) if _counts(each))


def _read(fetched: store.Archive, url: str, captured_at: str, rules: Rules) -> Extraction:
    """Of whichever file holds it."""
    for warc in sorted((fetched.folder / "warc").glob("*.warc.gz")):
        try:
            return read(PageTask(str(warc), url, captured_at, rules))
        except BadInput:
            continue
    raise NotFound(f"{url} was not fetched")


def _why(fetched: store.Archive, url: str, error: BroadsheetError) -> str:
    """What the crawl says of a page that it does not have."""
    tried = front_of(fetched.db, normalise(url) or url)
    if tried is None:
        return error.message
    if tried.outcome in ANSWERED and tried.status:
        return f"it answers {tried.status}"
    return f"{tried.outcome}: {tried.detail}" if tried.detail else tried.outcome


def _counts(difference: Difference) -> bool:
    """Whether a difference is none that editors make."""
    if difference.field == "body_words" and isinstance(difference.actual, int):
        return difference.actual < LEAST_WORDS * int(str(difference.expected))
    return difference.field not in OF_EDITORS or difference.actual in (None, "")


def failure(sung: Sequence[Sung]) -> CrawlFailed | None:
    """Where pages could not be had; None if all could."""
    lost = [one for one in sung if one.error is not None]
    if not lost:
        return None
    pages = f"{len(lost)} page{'s' if len(lost) > 1 else ''}"
    return CrawlFailed(f"{pages} could not be had: {lost[0].url}: {lost[0].error}", hint="look at it in a browser")
