"""`broadsheet reextract`: read what is archived again, compare with what is shown, promote."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli_parts import archive_option, json_option, print_json
from archive.errors import BroadsheetError, CrawlStopped, DamageFound, ExtractionFailed
from archive.locate import archive_folder
from archive.model import Verdict

if TYPE_CHECKING:
    from archive.reextract import Run
    from archive.rules import Rules
    from archive.store import Archive
    from archive.store.rereading import Present, Selection
    from archive.workers import WorkerPool

WORK = "archive.reread:work"
PRELOAD = ("archive.extract.assemble",)
_DAY = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)


def _day(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A day or the beginning of one."""
    if value is None:
        return None
    try:
        if not _DAY.fullmatch(value.strip()):
            raise ValueError
        date.fromisoformat((value.strip() + "-01-01")[:10])
    except ValueError:
        raise click.BadParameter(f"{value!r} is no date: write 2024, 2024-05 or 2024-05-17") from None
    return value.strip()


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which part of the archive, in the words of the command line."""

    site: str | None
    since: str | None
    until: str | None
    url: str | None
    article: str | None
    verdicts: tuple[str, ...]

    def selection(self, archive: Archive) -> Selection:
        """:raises NotFound: there is no such site, article or URL."""
        from archive.store import find_article, trace_url
        from archive.store.decisions import site_of_name
        from archive.store.rereading import Selection

        return Selection(
            site_id=site_of_name(archive.db, self.site) if self.site else None,
            since=self.since,
            until=self.until,
            url=trace_url(archive.db, self.url).url if self.url else None,
            article_id=find_article(archive.db, self.article) if self.article else None,
            verdicts=self.verdicts,
        )


@click.command()
@archive_option
@click.option("--site", metavar="NAME", help="Only pages of this site.")
@click.option("--since", metavar="DATE", callback=_day, help="Captured on or after this day, month or year.")
@click.option("--until", metavar="DATE", callback=_day, help="Captured on or before this day, month or year.")
@click.option("--url", metavar="URL", help="Only captures of this URL.")
@click.option("--article", metavar="ID|URL", help="Only captures of this article.")
@click.option(
    "--verdict", "verdicts", multiple=True, type=click.Choice([v.value for v in Verdict]),
    help="Only captures that have this verdict now. Repeatable.",
)  # fmt: skip
@click.option("-n", "--limit", type=click.IntRange(1), metavar="N", help="Read at most so many pages.")
@click.option("--all", "again", is_flag=True, help="Also pages that were read with the present recipe.")
@click.option(
    "--workers", type=click.IntRange(1, 256), metavar="N", help="Processes that read (default: one a core)."
)
@click.option("--no-run", is_flag=True, help="Read nothing: --compare or --promote what was read before.")
@click.option("--compare", is_flag=True, help="Show per site and field what would be gained, lost and changed.")
@click.option(
    "--samples", type=click.IntRange(0, 1000), default=3, show_default=True, metavar="N",
    help="With --compare: show so many pages for each field of a site.",
)  # fmt: skip
@click.option("--promote", is_flag=True, help="Let the new readings be what is shown; old versions stay.")
@click.option("--discard", is_flag=True, help="Throw the new readings away, whatever their recipe.")
@json_option
def reextract(
    archive_path: Path | None,
    site: str | None,
    since: str | None,
    until: str | None,
    url: str | None,
    article: str | None,
    verdicts: tuple[str, ...],
    limit: int | None,
    again: bool,
    workers: int | None,
    no_run: bool,
    compare: bool,
    samples: int,
    promote: bool,
    discard: bool,
    as_json: bool,
) -> None:
    """Read archived pages again with the present recipe: extractor, libraries, site rules.

    What comes of it is kept apart from what is shown until --promote. Pages that were read with this recipe are left
    out; a run that was stopped goes on where it was.
    """
    _check(no_run, compare, promote, discard, limit, again)
    from archive.store import open_archive
    from archive.workers import WorkerPool

    folder = archive_folder(archive_path)
    asked = _Asked(site, since, until, url, article, verdicts)
    with open_archive(folder) as archive:
        asked.selection(archive)  # a mistake need not wait
    problem: BroadsheetError | None = None
    with ExitStack() as stack:
        pool = None
        if not no_run and not discard:  # first of all: it loads the extractor while this process goes on
            pool = stack.enter_context(WorkerPool(WORK, processes=workers, preload=PRELOAD))
        from archive.rules.load import of_archive
        from archive.store.lock import reextraction_lock
        from archive.store.transaction import storage_errors

        rules = of_archive(folder)
        stack.enter_context(reextraction_lock(folder))
        archive = stack.enter_context(open_archive(folder, write=True))
        stack.enter_context(storage_errors(archive.db))
        selection = asked.selection(archive)
        if discard:
            _discard(archive, selection, as_json)
        if pool is not None:
            problem = _run(archive, rules, selection, pool, limit, again, as_json)
        if compare:
            _compare(archive, rules, selection, samples, as_json, hint=not promote)
        if promote:
            _promote(archive, rules, selection, as_json)
    if problem is not None:
        raise problem


def _check(no_run: bool, compare: bool, promote: bool, discard: bool, limit: int | None, again: bool) -> None:
    if discard and (compare or promote or no_run or limit or again):
        raise click.UsageError("--discard goes with what selects pages, and with nothing else")
    if no_run and not (compare or promote):
        raise click.UsageError("--no-run is for --compare and --promote")
    if no_run and (limit or again):
        raise click.UsageError("--no-run reads nothing: --limit and --all are for a run")


def _run(
    archive: Archive,
    rules: Rules,
    selection: Selection,
    pool: WorkerPool,
    limit: int | None,
    again: bool,
    as_json: bool,
) -> BroadsheetError | None:
    """-> what the exit code has to tell, or None if every page was read."""
    from archive.reextract import run as run_over
    from archive.reextract_text import progress, run_text

    done: Run | None = None
    shown, stopped = progress(), False
    try:
        for so_far in run_over(archive, rules, selection, pool, shown, limit=limit, again=again):
            done = so_far
    except KeyboardInterrupt:
        stopped = True
    finally:
        shown.close()
    if done is None:
        raise CrawlStopped("stopped before anything was read")
    if as_json:
        print_json({"record": "run", **asdict(done), "left": done.left})
    else:
        click.echo(run_text(done))
    if stopped:
        raise CrawlStopped(
            f"stopped: {done.left} pages are still to be read", hint="the same command goes on from here"
        )
    return _problem(done)


def _problem(done: Run) -> BroadsheetError | None:
    from archive.reextract_text import counted

    if done.damaged:
        return DamageFound(
            f"{counted(done.damaged, 'record')} could not be read from the WARC files", hint="broadsheet verify"
        )
    if done.failed:
        what = f"{counted(done.failed, 'page')} could not be read; what they show stays as it is"
        return ExtractionFailed(what, hint="--compare --no-run names them")
    return None


def _present(archive: Archive, rules: Rules) -> Present:
    from archive.extract import recipe
    from archive.reextract import recipes
    from archive.store.rereading import Present

    return Present(archive.db, recipes(rules, recipe))


def _compare(
    archive: Archive, rules: Rules, selection: Selection, samples: int, as_json: bool, *, hint: bool
) -> None:
    from archive.comparison import compare
    from archive.reextract_text import comparison_text, counted
    from archive.store.drafts import outdated

    present = _present(archive, rules)
    sites = compare(archive, present, selection, samples=samples)
    old = outdated(archive.db, present, selection)
    for site in sites:
        if as_json:
            for record in site.as_json():
                print_json(record)
        else:
            click.echo(comparison_text(site))
    if not sites:
        click.echo("nothing to compare: no page has been read again with the present recipe", err=True)
    elif hint and any(site.differ for site in sites):
        click.echo("to let this be shown: broadsheet reextract --promote", err=True)
    if old:
        click.echo(
            f"{counted(old, 'reading')} of other recipes left out; --discard throws readings away", err=True
        )


def _promote(archive: Archive, rules: Rules, selection: Selection, as_json: bool) -> None:
    from archive.reextract_text import counted
    from archive.store.drafts import failures, promote
    from archive.store.lock import writer_lock
    from archive.store.lookups import count_articles
    from archive.store.settling import settle

    pages = versions = 0
    present = _present(archive, rules)
    with writer_lock(archive.folder):
        before = count_articles(archive.db)
        for done in promote(archive.db, present, selection):
            pages += done.drafts
            versions += done.new_versions
        settle(archive.db, now=datetime.now(UTC))
        after = count_articles(archive.db)
        failed = failures(archive.db, present, selection)
    if as_json:
        counts = {"pages": pages, "new_versions": versions, "articles_before": before, "articles_after": after}
        print_json({"record": "promotion", **counts, "failed": failed})
        return
    click.echo(
        f"{counted(pages, 'page')} promoted: {counted(versions, 'new version')}; "
        f"{counted(before, 'article')} shown before, {after} after"
        + (
            f"; {counted(failed, 'page')} could not be read and stay{'s' if failed == 1 else ''} as before"
            if failed
            else ""
        )
    )


def _discard(archive: Archive, selection: Selection, as_json: bool) -> None:
    from archive.reextract_text import counted
    from archive.store.drafts import discard

    number = discard(archive.db, selection)
    if as_json:
        print_json({"record": "discarded", "readings": number})
    else:
        click.echo(f"{counted(number, 'reading')} thrown away")
