"""`broadsheet regress`: did a change of code or rules make extraction better or worse?"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from archive.cli_parts import archive_option, json_option, open_folder, print_json
from archive.errors import BadInput, BroadsheetError, DamageFound, ExtractionWorse

if TYPE_CHECKING:
    from archive.regress.report import Report
    from archive.regress.run import Outcome, Sample
    from archive.regress.saved import SavedRun
    from archive.regress.thresholds import Thresholds
    from archive.rules import Rules
    from archive.store import Archive
    from archive.store.sampling import Part
    from archive.workers import WorkerPool

WORK = "archive.regress.work:work"
PRELOAD = ("archive.extract.assemble", "archive.house_style")
SAMPLE, SEED = 500, 1
SHARE = click.FloatRange(0, 1)
FILE = click.Path(path_type=Path, dir_okay=False)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The words of the command line that say what is read and compared with what."""

    archive: Path | None
    since: str | None
    against: Path | None
    sample: int | None
    seed: int | None
    sites: tuple[str, ...]
    rules: Path | None
    worst: int

    def check(self) -> None:
        if self.against and (self.since or self.sample is not None or self.seed is not None):
            raise click.UsageError(
                "--against reads the pages of FILE: --since, --sample and --seed do not go with it"
            )


@click.command()
@archive_option
@click.option("--since", metavar="RECIPE", help="Compare with the versions of this recipe: its number or sha256.")
@click.option("--against", type=FILE, metavar="FILE", help="Compare with a run that was saved, on its pages.")
@click.option(
    "--sample", type=click.IntRange(1), metavar="N", help=f"Read at most so many pages (default: {SAMPLE})."
)
@click.option(
    "--seed", type=int, metavar="N", help=f"Which pages: the same for the same number (default: {SEED})."
)
@click.option("--site", "sites", multiple=True, metavar="NAME", help="Only pages of this site. Repeatable.")
@click.option(
    "--rules", type=click.Path(path_type=Path), metavar="DIR|FILE",
    help="Site rules to read with, in the place of the archive's own.",
)  # fmt: skip
@click.option(
    "--worst", type=click.IntRange(0, 1000), default=10, show_default=True, metavar="N",
    help="Show at most so many changes.",
)  # fmt: skip
@click.option("--max-lost", type=SHARE, metavar="SHARE", help="Fail where more pages lost a field: 0 to 1.")
@click.option("--max-changed", type=SHARE, metavar="SHARE", help="Fail where more pages changed a field: 0 to 1.")
@click.option(
    "--config", type=FILE, metavar="FILE",
    help="Where [tool.broadsheet.regress] stands (default: the nearest pyproject.toml, from here upwards).",
)  # fmt: skip
@click.option("--save", type=FILE, metavar="FILE", help="Keep what every page says, for a later --against.")
@click.option("--junit", type=FILE, metavar="FILE", help="Write JUnit XML: a test case for each field of a site.")
@click.option("--markdown", metavar="FILE|-", help="Write Markdown for a pull request; - is standard output.")
@json_option
def regress(
    archive_path: Path | None,
    since: str | None,
    against: Path | None,
    sample: int | None,
    seed: int | None,
    sites: tuple[str, ...],
    rules: Path | None,
    worst: int,
    max_lost: float | None,
    max_changed: float | None,
    config: Path | None,
    save: Path | None,
    junit: Path | None,
    markdown: str | None,
    as_json: bool,
) -> None:
    """Read a sample of archived pages with the present code and rules: is extraction better or worse?

    Each page is compared with what the archive shows of it. Nothing is written into the archive. Exit code 16 if more
    got worse than [tool.broadsheet.regress] in pyproject.toml allows.
    """
    asked = _Asked(archive_path, since, against, sample, seed, sites, rules, worst)
    asked.check()
    if markdown == "-" and as_json:
        raise click.UsageError("--markdown - and --json both write to standard output: choose one")
    from archive.workers import WorkerPool

    with ExitStack() as stack:
        archive = stack.enter_context(open_folder(archive_path))
        allowed = _thresholds(config, max_lost, max_changed)  # a mistake need not wait
        mine = _rules(archive, asked.rules)
        part, words = _part(archive, asked)
        earlier = _saved(asked.against)
        files = _files(stack, save, junit, None if markdown == "-" else markdown)
        pool = stack.enter_context(WorkerPool(WORK, preload=PRELOAD))
        outcome = _run(archive, mine, asked, part, earlier, pool, keep=save is not None)
        report = _report(outcome, allowed, asked, words)
        _note_unknown_sites(archive, allowed)
        _write(report, files)
    if as_json:
        _print_json(report)
    else:
        _print(report, as_markdown=markdown == "-")
    if problem := _problem(report):
        raise problem


def _thresholds(config: Path | None, max_lost: float | None, max_changed: float | None) -> Thresholds:
    from archive.regress import thresholds

    found = config or thresholds.find(Path())
    allowed = thresholds.load(found, required=config is not None) if found else thresholds.Thresholds()
    return allowed.with_options(max_lost, max_changed)


def _rules(archive: Archive, place: Path | None) -> Rules:
    from archive.rules.load import load, of_archive

    return of_archive(archive.folder) if place is None else load([place])


def _part(archive: Archive, asked: _Asked) -> tuple[Part, str]:
    """-> which pages, and what they are compared with, for people."""
    from archive.store.decisions import site_of_name
    from archive.store.sampling import Part, find_recipe

    site_ids = tuple(dict.fromkeys(site_of_name(archive.db, name) for name in asked.sites))
    if asked.against is not None:
        return Part(site_ids), str(asked.against)
    if asked.since is None:
        return Part(site_ids), "what is shown"
    recipe_id, sha256 = find_recipe(archive.db, asked.since)
    return Part(site_ids, recipe_id), f"recipe {recipe_id} ({sha256[:12]})"


def _saved(path: Path | None) -> SavedRun | None:
    from archive.regress.saved import load

    return load(path) if path is not None else None


_Files = dict[str, BinaryIO]


def _files(stack: ExitStack, save: Path | None, junit: Path | None, markdown: str | None) -> _Files:
    """What is to be written, open: that a folder cannot be written is told before the work, not after it."""
    from archive.new_file import new_file

    wanted = {"save": save, "junit": junit, "markdown": Path(markdown) if markdown else None}
    paths = {name: path for name, path in wanted.items() if path is not None}
    if len({path.resolve() for path in paths.values()}) < len(paths):
        raise BadInput("two of --save, --junit and --markdown name one file", hint="give each its own")
    return {name: stack.enter_context(new_file(path, force=True)) for name, path in paths.items()}


def _run(
    archive: Archive,
    rules: Rules,
    asked: _Asked,
    part: Part,
    earlier: SavedRun | None,
    pool: WorkerPool,
    *,
    keep: bool,
) -> Outcome:
    from archive.reextract import present_recipe
    from archive.reextract_text import progress
    from archive.regress.run import compare, draw, of_saved

    present_recipe(pool, None)  # workers that do not start are no pages that cannot be read
    drawn: Sample
    if earlier is not None:
        drawn = of_saved(archive, part, pool, earlier)
    else:
        drawn = draw(archive, part, pool, asked.sample or SAMPLE, SEED if asked.seed is None else asked.seed)
    shown = progress()
    try:
        return compare(archive, rules, drawn, pool, shown, saved=earlier, worst=asked.worst, keep=keep)
    finally:
        shown.close()


def _report(outcome: Outcome, allowed: Thresholds, asked: _Asked, words: str) -> Report:
    from archive.regress.report import Report
    from archive.regress.thresholds import judge

    seed = None if asked.against else SEED if asked.seed is None else asked.seed
    exceeded = judge(outcome.tally.sites, allowed)
    return Report(outcome, outcome.tally.worst(), exceeded, words, seed, asked.archive)


def _note_unknown_sites(archive: Archive, allowed: Thresholds) -> None:
    from archive.render import plain
    from archive.store import status

    held = {site.name for site in status(archive.db)} if allowed.sites else set()
    for name in sorted(allowed.sites.keys() - held):
        click.echo(plain(f"{allowed.file}: sites.{name}: this archive has no such site"), err=True)


def _write(report: Report, files: _Files) -> None:
    from archive.regress import markup, saved

    if "save" in files:
        saved.write(files["save"], report.outcome.records)
    if "junit" in files:
        files["junit"].write(markup.junit(report))
    if "markdown" in files:
        files["markdown"].write(markup.markdown(report).encode("utf-8", "replace"))


def _print_json(report: Report) -> None:
    from archive.regress.report import as_json

    for record in as_json(report):
        print_json(record)


def _print(report: Report, *, as_markdown: bool) -> None:
    from archive.regress.markup import markdown
    from archive.regress.report import text

    if as_markdown:
        click.echo(markdown(report), nl=False)
    else:
        click.echo(text(report))


def _problem(report: Report) -> BroadsheetError | None:
    """What the exit code has to tell."""
    from archive.reextract_text import counted

    if report.exceeded:
        first, *more = report.exceeded
        also = f", and {counted(len(more), 'more threshold')} exceeded" if more else ""
        return ExtractionWorse(
            f"extraction got worse: {first.field} of {first.site} {first}{also}",
            hint="what was printed names pages; [tool.broadsheet.regress] says what is allowed",
        )
    if report.outcome.damaged:
        what = f"{counted(report.outcome.damaged, 'record')} could not be read from the WARC files"
        return DamageFound(what, hint="broadsheet verify")
    return None
