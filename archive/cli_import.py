"""`broadsheet import`: WARC and WACZ files from elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli_parts import archive_option, json_option, print_json
from archive.errors import DamageFound
from archive.locate import archive_folder

if TYPE_CHECKING:
    from archive.imports.run import Progress

STEPS = 10_000  # of the progress bar


@click.command("import")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE...")
@archive_option
@click.option("--site", metavar="NAME", help="All of it belongs to this site (default: by the host of each URL).")
@click.option(
    "--copy/--reference",
    "as_copy",
    default=True,
    help="Copy the files into warc/ (the default), or leave them where they are and refer to them.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be imported.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that read pages (default: one a core).")
@json_option
@click.pass_context
def import_command(
    ctx: click.Context,
    files: tuple[Path, ...],
    archive_path: Path | None,
    site: str | None,
    as_copy: bool,
    dry_run: bool,
    workers: int | None,
    as_json: bool,
) -> None:
    """Take in WARC and WACZ files of any tool: FILE is a .warc, .warc.gz or .wacz, or a folder of them.

    Every response and revisit becomes a capture with its own time; pages are read like those of a crawl. Nothing
    becomes due for crawling. Records that are held already are not entered again, and an import that was stopped
    goes on where it was. What cannot be read is named, with its file and offset; all else is in, and the exit code
    is then 7.
    """  # fmt: skip
    from archive.imports.report import as_record, report_text, summary_text
    from archive.imports.run import Options, import_files
    from archive.rules.load import of_archive

    folder = archive_folder(archive_path)
    sites = (ctx.obj or {}).get("sites")
    followed = sites(folder) if sites else ()
    options = Options(site=site, reference=not as_copy, dry_run=dry_run, workers=workers)
    reports = []
    with _bar() as progress:
        for report in import_files(
            folder, files, of_archive(folder), options, followed=followed, progress=progress
        ):
            reports.append(report)
            _clear_bar()
            if as_json:
                print_json(as_record(report))
            else:
                click.echo(report_text(report))
            for trouble in report.troubles:
                url = f"  {trouble.url}" if trouble.url else ""
                click.echo(f"{report.name}: at byte {trouble.offset}: {trouble.what}{url}", err=True)
    if not reports:
        raise click.UsageError("nothing to import: no FILE was given, and no import was stopped")
    click.echo(summary_text(reports, dry_run=dry_run), err=True)
    troubles = sum(len(report.troubles) for report in reports)
    if troubles:
        what = "place" if troubles == 1 else "places"
        in_ = any(report.state in ("imported", "resumed", "found") for report in reports) and not dry_run
        hint = "the lines above name them; all else was taken in" if in_ else "the lines above name them"
        raise DamageFound(f"{troubles} {what} could not be read", hint=hint)


def _clear_bar() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)


@contextmanager
def _bar() -> Iterator[Progress]:
    """A bar on a terminal, by bytes."""
    with click.progressbar(
        length=STEPS, file=sys.stderr, label="importing", hidden=not sys.stderr.isatty()
    ) as bar:

        def progress(name: str, done: float, all_: int) -> None:
            bar.update(max(0, int(STEPS * done / max(all_, 1)) - bar.pos))

        yield progress
