"""The commands that need no network: find, read, extract, check. `crawler.cli` adds the others."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import click

from archive import (
    __version__,
    cli_citing,
    cli_custody,
    cli_export,
    cli_following,
    cli_handover,
    cli_reading,
    cli_versions,
)
from archive.cli_drift import drift
from archive.cli_extract import extract
from archive.cli_feed import feed
from archive.cli_fixture import fixture
from archive.cli_furniture import furniture
from archive.cli_import import import_command
from archive.cli_parts import archive_option, json_option, markdown_option, moment_or_day, one_form, print_article
from archive.cli_parts import open_folder as _open
from archive.cli_parts import print_json as _print_json
from archive.cli_reextract import reextract
from archive.cli_regress import regress
from archive.cli_robots import robots
from archive.cli_stories import stories
from archive.errors import BadInput, BroadsheetError, CrawlStopped, DamageFound, StorageFailed
from archive.locate import archive_folder
from archive.render import plain
from archive.rules.command import rules_group


class Commands(click.Group):
    """The commands. A reader who has seen enough (`| head`) is no error."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to be flushed
            raise click.exceptions.Exit(0) from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="broadsheet")
def cli() -> None:
    """Broadsheet: a newspaper archive that you own.

    Pages byte for byte in WARC, clean articles in one SQLite file. Messages go to stderr, results to stdout;
    docs/exit-codes.md lists the exit codes.
    """


cli.add_command(cli_citing.cite)
cli.add_command(cli_custody.rebuild)
cli.add_command(cli_custody.repair)
cli.add_command(cli_custody.takedown)
cli.add_command(cli_export.export)
cli.add_command(cli_following.coverage)
cli.add_command(cli_following.status)
cli.add_command(cli_handover.cdxj)
cli.add_command(cli_handover.wacz)
cli.add_command(cli_reading.why)
cli.add_command(cli_versions.diff)
cli.add_command(cli_versions.edits)
cli.add_command(drift)
cli.add_command(extract)
cli.add_command(feed)
cli.add_command(fixture)
cli.add_command(furniture)
cli.add_command(import_command)
cli.add_command(reextract)
cli.add_command(regress)
cli.add_command(robots)
cli.add_command(rules_group)
cli.add_command(stories)


def run_cli(group: click.Group, services: dict[str, Any]) -> None:
    """Run a command with what it may use of the network; an error for people is one line and an exit code."""
    try:
        group.main(standalone_mode=False, obj=services)
    except click.exceptions.Exit as e:
        sys.exit(e.exit_code)
    except click.ClickException as e:
        e.show()
        sys.exit(e.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _leave("stopped", CrawlStopped.exit_code)
    except BroadsheetError as e:
        _leave(e, e.exit_code)
    except OSError as e:
        where = f"{e.filename}: " if e.filename else ""
        _leave(f"{where}{e.strerror or e}", StorageFailed.exit_code)


def _leave(why: object, exit_code: int) -> NoReturn:
    click.echo(f"broadsheet: {plain(why)}", err=True)
    sys.exit(exit_code)


@cli.command()
@click.argument("query", nargs=-1, required=True)
@archive_option
@click.option("--site", metavar="NAME", help="Only articles of this site.")
@click.option(
    "--since", metavar="DATE", callback=moment_or_day, help="Published on or after this day, month or year."
)
@click.option(
    "--until", metavar="DATE", callback=moment_or_day, help="Published on or before this day, month or year."
)
@click.option("--language", metavar="TAG", help="Only this language: en, de, ja ...")
@click.option(
    "-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Show at most so many."
)
@click.option("--offset", type=click.IntRange(0), default=0, help="Leave out the first so many.")
@click.option("--no-reprints", is_flag=True, help="Of each text that several sites have, show one.")
@json_option
def search(
    query: tuple[str, ...],
    archive_path: Path | None,
    site: str | None,
    since: str | None,
    until: str | None,
    language: str | None,
    limit: int,
    offset: int,
    no_reprints: bool,
    as_json: bool,
) -> None:
    """Find articles: all words must occur; "an exact phrase" in quotes; begin* for beginnings."""
    from archive.render import hit_text
    from archive.store import search as find

    with _open(archive_path) as archive:
        result = find(
            archive.db, " ".join(query), site=site, since=since, until=until, language=language, limit=limit,
            offset=offset, reprints=not no_reprints,
        )  # fmt: skip
    if as_json:
        for hit in result.hits:
            _print_json(hit)
        return
    style = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() else ("", "")
    for hit in result.hits:
        click.echo(hit_text(hit, bold=style) + "\n")
    more = "" if result.exact else "at least "
    click.echo(f"{more}{result.total} article{'s' if result.total != 1 else ''}", err=True)
    if result.note:
        click.echo(result.note, err=True)


@cli.command()
@click.argument("ref", metavar="ID|URL")
@archive_option
@click.option("--removed", is_flag=True, help="Also what cleaning took out of the page, with the reason.")
@markdown_option
@json_option
def show(ref: str, archive_path: Path | None, removed: bool, markdown: bool, as_json: bool) -> None:
    """Read an article: by its number, its URL, or the unique beginning of its URL."""
    from archive.store import article
    from archive.stories_text import reprint_line

    one_form(markdown, as_json, removed)
    with _open(archive_path) as archive:
        found = article(archive.db, ref)
    if as_json:
        _print_json(found)
        return
    version = found.version
    record = f"{version.capture.warc_file} at {version.capture.offset}, {version.capture.record_id}"
    if version.capture.lost_at:
        record += f" (it was damaged, and set aside on {version.capture.lost_at})"
    place = {
        "url": found.url,
        "site": found.site,
        "captured_at": version.capture.captured_at,
        "record": record,
        "opt_out": version.capture.opt_out,
    }
    shown = [v for v in found.versions if v.first_shown]
    if len(shown) > 1:
        place["versions"] = f"{len(shown)}: broadsheet diff {found.article_id} shows how it changed"
    if found.story is not None:
        name, line = reprint_line(found.story, found.article_id)
        place[name.lower()] = line
    print_article(asdict(version) | place, removed, markdown)


@cli.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@archive_option
@click.option("--quick", is_flag=True, help="Do not read again what was sound before and has not changed since.")
@click.option(
    "--citation",
    metavar="TEXT|FILE|-",
    help="Check what is cited instead: a text with a PWID or record id, a file, a bibliography, or - for stdin.",
)
@json_option
def verify(
    files: tuple[Path, ...], archive_path: Path | None, quick: bool, citation: str | None, as_json: bool
) -> None:
    """Check every byte: of the archive, or of WARC FILES of any origin."""
    from archive.check import verify_folder
    from archive.warc.verify import Counts, verify_files

    counts = Counts()
    problems = 0
    for path in files:
        if not path.is_file():
            raise BadInput(f"{path} is no file", hint="--archive DIR checks a whole archive")
    if citation is not None:
        cli_citing.verify_citation(citation, files, archive_path, as_json)
        return
    if files:
        problems = _print_findings(verify_files(files, counts=counts), as_json)
    else:
        problems = _print_findings(verify_folder(archive_folder(archive_path), counts, quick=quick), as_json)
    what = f"{counted(counts.files, 'file')}, {counted(counts.records, 'record')}, {counts.bytes} bytes"
    if counts.skipped_bytes:
        what += f"; not read again: {counted(counts.skipped, 'file')}, {counts.skipped_bytes} bytes"
    for note in counts.notes:
        click.echo(plain(note), err=True)
    if problems:
        raise DamageFound(
            f"{counted(problems, 'problem')} in {what}", hint="the lines above name file, offset and URL"
        )
    click.echo(f"all is well: {what}", err=True)


def counted(number: int, thing: str) -> str:
    """1 file, 2 files."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _print_findings(findings: Any, as_json: bool) -> int:
    number = 0
    for finding in findings:
        number += 1
        if as_json:
            _print_json(
                {"file": str(finding.file), "offset": finding.offset, "url": finding.url, "what": finding.what}
            )
        else:
            url = f"  {finding.url}" if finding.url else ""
            click.echo(plain(f"{finding.file} at {finding.offset}: {finding.what}{url}"))
    return number
