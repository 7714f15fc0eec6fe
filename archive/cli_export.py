"""`broadsheet export`: articles, versions or what a search finds, for other programs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archive.cli_parts import archive_option, moment_or_day, open_folder

FORMATS = ("csv", "jsonl", "parquet")


@click.command()
@click.argument("what", type=click.Choice(("articles", "versions")), default="articles")
@archive_option
@click.option("--search", "query", metavar="QUERY", help="Only what broadsheet search finds, however many.")
@click.option("--site", metavar="NAME", help="Only articles of this site.")
@click.option(
    "--since", metavar="DATE", callback=moment_or_day, help="Published on or after this day, month or year."
)
@click.option(
    "--until", metavar="DATE", callback=moment_or_day, help="Published on or before this day, month or year."
)
@click.option("--language", metavar="TAG", help="Only this language: en, de, ja ...")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Default: what FILE ends in, else csv.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Where to; default: standard output."
)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def export(
    what: str,
    archive_path: Path | None,
    query: str | None,
    site: str | None,
    since: str | None,
    until: str | None,
    language: str | None,
    form: str | None,
    output: Path | None,
    force: bool,
) -> None:
    """Write articles, each in its current version, or all versions of them, as CSV, JSON Lines or Parquet.

    The columns are those of the view articles. In CSV, an apostrophe stands before a cell that a spreadsheet would
    take for a formula. Parquet needs pyarrow: pip install "broadsheet[parquet]".
    """
    from archive import export as forms
    from archive.new_file import new_file
    from archive.store import export as rows_of

    to_stdout = output is None or str(output) == "-"
    suffix = "" if output is None or to_stdout else output.suffix.lower()
    if form is None and suffix and suffix not in forms.SUFFIXES:
        raise click.UsageError(f"{suffix} names no format: end the name in .csv, .jsonl or .parquet, or --format")
    form = form or forms.SUFFIXES.get(suffix, "csv")
    if form == "parquet":
        if to_stdout:
            raise click.UsageError("parquet is no text: give it a file with -o FILE")
        forms.require_parquet()
    with open_folder(archive_path) as archive:
        rows = getattr(rows_of, what)(archive.db, query, site=site, since=since, until=until, language=language)
        if output is None or to_stdout:
            count = forms.write(rows, sys.stdout.buffer, form)
        else:
            with new_file(output, force=force) as file:
                count = forms.write(rows, file, form)
    noun = what if count != 1 else what.removesuffix("s")
    click.echo(f"{count} {noun}" + ("" if to_stdout else f" in {output}"), err=True)
