"""`broadsheet fixture`: test fixtures for spiders and site rules, cut out of the archive."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from archive.cli_parts import archive_option, json_option, moment_or_day, open_folder, print_json
from archive.errors import BroadsheetError, FixturesDiffer, NotFound
from archive.model import HELD, Verdict
from archive.render import plain

if TYPE_CHECKING:
    from archive.fixtures.cut import Cut
    from archive.fixtures.update import Compared
    from archive.rules import Rules
    from archive.store import Archive
    from archive.store.fixtures import PageCapture

F = TypeVar("F", bound=Callable[..., object])
RULES = "rules"  # the folder of site rules where no other is named


def rules_option(default: str) -> Callable[[F], F]:
    """--site-rules, as pytest's plugin has it."""
    return click.option(
        "--site-rules",
        "rules_folder",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help=f"Site rules to follow (default: {default}).",
    )


@click.group(name="fixture")
def fixture() -> None:
    """Test fixtures: pages of the archive, and what extraction must read on them (docs/fixtures.md)."""


@fixture.command()
@click.argument("refs", metavar="[URL|ID]...", nargs=-1)
@archive_option
@click.option(
    "--site", "sites", multiple=True, metavar="NAME", help="With --sample: pages of this site. Repeatable."
)
@click.option(
    "--sample", type=click.IntRange(1, 10_000), metavar="N", help="So many pages, of each kind and month."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another sample for another number.")
@click.option(
    "--verdict", "verdicts", multiple=True, type=click.Choice([v.value for v in Verdict]),
    help="With --sample: pages of this verdict instead of articles. Repeatable.",
)  # fmt: skip
@click.option(
    "--captured-at",
    metavar="TIME",
    callback=moment_or_day,
    help="The newest capture then or before (default: the newest).",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default="fixtures", show_default=True, metavar="DIR",
    help="The folder to write to.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace fixtures of the same captures.")
@rules_option("those of the archive")
@json_option
def cut(
    refs: tuple[str, ...],
    archive_path: Path | None,
    sites: tuple[str, ...],
    sample: int | None,
    seed: int,
    verdicts: tuple[str, ...],
    captured_at: str | None,
    output: Path,
    force: bool,
    rules_folder: Path | None,
    as_json: bool,
) -> None:
    """Cut fixtures of pages: by URL or an article's number, or a sample.

    Each is a WARC file with the exact exchanges, and a file NAME.expected.toml, to be read and edited, of what
    extraction reads on the page. `pytest --page-fixtures DIR` tests them.
    """
    from archive.fixtures.cut import Cut, cut

    if bool(refs) == (sample is not None):
        raise click.UsageError("name URLs, or say --sample N")
    if sample is None and (sites or verdicts):
        raise click.UsageError("--site and --verdict go with --sample")
    if sample is not None and captured_at:
        raise click.UsageError("--captured-at goes with URLs")
    with open_folder(archive_path) as archive:
        rules = rules_of(rules_folder, archive.folder / RULES)
        errors: list[BroadsheetError] = []
        if sample is None:
            pages = _named(archive, refs, captured_at, errors)
        else:
            pages = _sampled(archive, sites, seed, verdicts)
        done = []
        for one in cut(archive, pages, output, rules, most=sample, force=force):
            if isinstance(one, Cut):
                done.append(one)
                _print_cut(one, as_json)
            else:
                errors.append(one.error)
    if len(refs) == 1 and errors:
        raise errors[0]
    for error in errors:
        click.echo(f"not cut: {plain(error)}", err=True)
    _close(done, errors, sample, output)


def rules_of(given: Path | None, otherwise: Path) -> Rules:
    """The rules in a folder that was named, or else in another one if it is there."""
    from archive.rules import Rules
    from archive.rules.load import load

    if given is not None:
        return load([given])
    return load([otherwise]) if otherwise.is_dir() else Rules()


def _named(
    archive: Archive, refs: Sequence[str], until: str | None, errors: list[BroadsheetError]
) -> Iterator[tuple[PageCapture, str | None]]:
    """The page of each reference; what is wrong with one goes to `errors`."""
    from archive.fixtures.cut import newest
    from archive.store.fixtures import page_captures

    seen = set[int]()
    for ref in refs:
        try:
            page, note = newest(page_captures(archive.db, ref, until))
        except BroadsheetError as e:
            errors.append(e)
            continue
        if page.capture_id not in seen:
            seen.add(page.capture_id)
            yield page, note


def _sampled(
    archive: Archive, sites: Sequence[str], seed: int, verdicts: Sequence[str]
) -> Iterator[tuple[PageCapture, str | None]]:
    from archive.fixtures.sample import stratified
    from archive.store.fixtures import candidates

    found = candidates(archive.db, sites, verdicts or sorted(HELD))
    if not found:
        of = f" of {', '.join(sites)}" if sites else ""
        raise NotFound(
            f"the archive holds no page{of} with verdict {', '.join(verdicts) or 'article'}",
            hint="broadsheet status",
        )
    yield from ((page, None) for page in stratified(found, seed))


def _print_cut(one: Cut, as_json: bool) -> None:
    if as_json:
        print_json(one)
    else:
        verdict = f"  ({one.verdict})" if one.verdict != Verdict.ARTICLE else ""
        click.echo(f"{one.expected}{verdict}")
    if one.note:
        click.echo(f"note: {plain(one.note)}", err=True)


def _close(done: Sequence[Cut], errors: Sequence[BroadsheetError], sample: int | None, folder: Path) -> None:
    from archive.cli import counted

    asked = f" of {sample}" if sample is not None and len(done) < sample else ""
    if done:
        click.echo(f"{counted(len(done), 'fixture')}{asked}; pytest --page-fixtures {folder}", err=True)
    if errors and (sample is None or not done):
        kinds = {next(c for c in type(e).__mro__ if c.__module__ == BroadsheetError.__module__) for e in errors}
        what = "1 page was not cut" if len(errors) == 1 else f"{len(errors)} pages were not cut"
        raise (kinds.pop() if len(kinds) == 1 else NotFound)(what, hint="the lines above say why")


@fixture.command()
@click.argument("paths", metavar="DIR|FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--check", "only_check", is_flag=True, help="Never write; exit code 15 if something differs.")
@rules_option(f"{RULES}, if there is such a folder here")
@json_option
def update(paths: tuple[Path, ...], yes: bool, only_check: bool, rules_folder: Path | None, as_json: bool) -> None:
    """Show what the pages of fixtures say now that is not expected, and write it there if you agree.

    Without a terminal and without --yes nothing is written. Comments stay, and fields that were deleted stay deleted.
    """
    from archive.fixtures import update as updating

    if yes and only_check:
        raise click.UsageError("--check never writes: leave out --yes")
    files = updating.files(paths)
    compared: list[Compared] = []
    for one in updating.compare(files, rules_of(rules_folder, Path(RULES))):
        compared.append(one)
        _print_compared(one, as_json)
    differ = [one for one in compared if one.differences]
    said = _said(differ, len(compared))
    if differ and not only_check and (yes or _agreed(said)):
        click.echo(f"{said}: written", err=True)
        updating.write(differ)
        differ = []
    if (error := updating.failed(compared)) is not None:
        raise error
    if differ:
        hint = "broadsheet fixture update --yes writes what the pages say"
        raise FixturesDiffer(f"{said}: nothing was written", hint=hint)
    if not any(one.differences for one in compared):
        click.echo(f"{said}: nothing to write", err=True)


def _said(differ: Sequence[Compared], files: int) -> str:
    fields = sum(len(one.differences) for one in differ)
    if not differ:
        return "1 fixture is as expected" if files == 1 else f"all {files} fixtures are as expected"
    return f"{fields} field{'' if fields == 1 else 's'} of {len(differ)} of {files} fixtures differ"


def _agreed(said: str) -> bool:
    if not sys.stdin.isatty():
        return False
    return click.confirm(f"{said}. Write what the pages say?", err=True)


def _print_compared(one: Compared, as_json: bool) -> None:
    from archive.fixtures.text import change
    from archive.versions_text import COLOURED
    from archive.wdiff import PLAIN

    if as_json:
        print_json(one.as_json())
    if one.error:
        click.echo(f"{one.path}: {plain(one.error)}", err=True)
    if as_json or not one.differences:
        return
    style = COLOURED if sys.stdout.isatty() else PLAIN
    click.echo(str(one.path))
    for difference in one.differences:
        click.echo(f"  {difference.field}: {change(difference, style)}")
