"""The commands that need no network: find, read, extract, check. `crawler.cli` adds the others."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from archive import __version__
from archive.errors import BadInput, BroadsheetError, CrawlStopped, DamageFound, NotFound, StorageFailed
from archive.locate import archive_folder
from archive.render import plain

if TYPE_CHECKING:
    from archive.store import Archive

F = TypeVar("F", bound=Callable[..., Any])


def archive_option(function: F) -> F:
    """--archive, the same for every command."""
    return click.option(
        "--archive",
        "archive_path",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="The archive's folder (default: $BROADSHEET_ARCHIVE, the current folder if it is one, or ./news).",
    )(function)


def json_option(function: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")(function)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="broadsheet")
def cli() -> None:
    """Broadsheet: a newspaper archive that you own.

    Pages byte for byte in WARC, clean articles in one SQLite file. Messages go to stderr, results to stdout;
    docs/exit-codes.md lists the exit codes.
    """


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


def _print_json(value: Any) -> None:
    click.echo(
        json.dumps(
            asdict(value) if is_dataclass(value) and not isinstance(value, type) else value, ensure_ascii=False
        )
    )


@contextmanager
def _open(archive_path: Path | None) -> Iterator[Archive]:
    from archive.store import open_archive
    from archive.store.transaction import storage_errors

    with open_archive(archive_folder(archive_path)) as archive, storage_errors(archive.db):
        yield archive


@cli.command()
@click.argument("query", nargs=-1, required=True)
@archive_option
@click.option("--site", metavar="NAME", help="Only articles of this site.")
@click.option("--since", metavar="DATE", help="Published on or after this day, month or year.")
@click.option("--until", metavar="DATE", help="Published on or before this day, month or year.")
@click.option("--language", metavar="TAG", help="Only this language: en, de, ja ...")
@click.option(
    "-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Show at most so many."
)
@click.option("--offset", type=click.IntRange(0), default=0, help="Leave out the first so many.")
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
    as_json: bool,
) -> None:
    """Find articles: all words must occur; "an exact phrase" in quotes; begin* for beginnings."""
    from archive.render import hit_text
    from archive.store import search as find

    with _open(archive_path) as archive:
        result = find(
            archive.db, " ".join(query), site=site, since=since, until=until, language=language, limit=limit,
            offset=offset,
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
@json_option
def show(ref: str, archive_path: Path | None, removed: bool, as_json: bool) -> None:
    """Read an article: by its number, its URL, or the unique beginning of its URL."""
    from archive.render import article_text
    from archive.store import article

    with _open(archive_path) as archive:
        found = article(archive.db, ref)
    if as_json:
        _print_json(found)
        return
    version = found.version
    place = {
        "url": found.url,
        "site": found.site,
        "captured_at": version.capture.captured_at,
        "record": f"{version.capture.warc_file} at {version.capture.offset}, {version.capture.record_id}",
    }
    click.echo(article_text(asdict(version) | place, removed=removed))


@cli.command()
@archive_option
@json_option
def status(archive_path: Path | None, as_json: bool) -> None:
    """What the archive holds of each site, what is due, and what was lost or left out, and why."""
    from archive.status import status_text
    from archive.store import status as read_status

    with _open(archive_path) as archive:
        rows = read_status(archive.db)
        folder = archive.folder
    if as_json:
        for row in rows:
            _print_json(row)
    else:
        click.echo(status_text(folder, rows))


@cli.command()
@click.argument("source", metavar="FILE|URL", required=False)
@click.option(
    "--jsonl", type=click.Path(path_type=Path), metavar="FILE", help="Many pages: lines with id, url, page."
)
@click.option(
    "--by-site",
    is_flag=True,
    help="With --jsonl: learn from all pages of a site what recurs on them, and take it out of the articles.",
)
@click.option("--url", help="Where the page comes from, if it is read from a file.")
@click.option("--removed", is_flag=True, help="Also what cleaning took out of the page, with the reason.")
@click.option("--contact", metavar="ADDRESS", help="For a URL: how the publisher can reach you.")
@click.option("--allow-address", "allow", multiple=True, metavar="NETWORK", help="For a URL: allow this address.")
@json_option
@click.pass_context
def extract(
    ctx: click.Context,
    source: str | None,
    jsonl: Path | None,
    by_site: bool,
    url: str | None,
    removed: bool,
    contact: str | None,
    allow: tuple[str, ...],
    as_json: bool,
) -> None:
    """The clean article of a saved page or of a URL, without an archive. FILE - reads standard input."""
    now = datetime.now(UTC)
    if (source is None) == (jsonl is None):
        raise click.UsageError("give a FILE, a URL, or --jsonl FILE")
    if by_site and jsonl is None:
        raise click.UsageError("--by-site needs --jsonl FILE: a site is known by many of its pages")
    if jsonl is not None:
        from archive.bulk import extract_file

        for record in extract_file(jsonl, now=now, by_site=by_site):
            _print_json(record)
        return
    assert source is not None
    _print_extraction(_extraction(ctx, source, url, now, contact, allow), url or source, removed, as_json)


def _extraction(
    ctx: click.Context, source: str, url: str | None, now: datetime, contact: str | None, allow: tuple[str, ...]
) -> Any:
    from archive.bulk import MAX_BYTES, page_bytes, read_page
    from archive.extract import extract as extract_page

    if source.startswith(("http://", "https://")):
        fetch = (ctx.obj or {}).get("fetch")
        if fetch is None:
            raise BadInput("this command has no network here", hint="use the console script `broadsheet`")
        return fetch(source, contact=contact, allow=allow)
    piped = source == "-"
    html = page_bytes(sys.stdin.buffer.read(MAX_BYTES), "standard input") if piped else read_page(Path(source))
    return extract_page(html, url=url or "", captured_at=now)


def _print_extraction(extraction: Any, where: str, removed: bool, as_json: bool) -> None:
    from archive.bulk import record
    from archive.render import article_text

    values = {"url": where, **record(extraction)}
    if as_json:
        _print_json(values)
    elif extraction.article is None:
        raise NotFound(
            f"{where} is no article: {extraction.verdict.value}", hint=extraction.error or "--json shows all"
        )
    else:
        click.echo(article_text(values, removed=removed))


@cli.command()
@click.argument("site")
@archive_option
@click.option(
    "--keep", "keep", multiple=True, metavar="ID", help="This is text: put it back everywhere. Repeatable."
)
@click.option(
    "--drop", "drop", multiple=True, metavar="ID", help="This is furniture, whatever is learnt. Repeatable."
)
@click.option(
    "--drop-text", multiple=True, metavar="TEXT", help="So is this line, which was not learnt. Repeatable."
)
@click.option("--undo", "undo", multiple=True, metavar="ID", help="Take back what was decided. Repeatable.")
@click.option("--learn", "learn_now", is_flag=True, help="Learn it anew now; a crawl does so when it ends.")
@click.option("--all", "also_what_stays", is_flag=True, help="Also the lines that recur and are taken for text.")
@json_option
def furniture(
    site: str,
    archive_path: Path | None,
    keep: tuple[str, ...],
    drop: tuple[str, ...],
    drop_text: tuple[str, ...],
    undo: tuple[str, ...],
    learn_now: bool,
    also_what_stays: bool,
    as_json: bool,
) -> None:
    """What recurs on the articles of SITE and so leaves them; see it, and overrule it.

    ID is the number in front of a line; several go into one option with commas.
    """
    from archive.furniture_command import furniture_text, overrule, show_furniture

    folder = archive_folder(archive_path)
    if keep or drop or drop_text or undo or learn_now:
        click.echo(overrule(folder, site, keep=keep, drop=drop, drop_text=drop_text, undo=undo), err=True)
    with _open(folder) as archive:
        records, note = show_furniture(archive, site, also_what_stays=also_what_stays)
    for record in records:
        if as_json:
            _print_json(record)
        else:
            click.echo(furniture_text(record))
    click.echo(note, err=True)


@cli.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@archive_option
@json_option
def verify(files: tuple[Path, ...], archive_path: Path | None, as_json: bool) -> None:
    """Check every byte: of the archive, or of WARC FILES of any origin."""
    from archive.check import verify_archive
    from archive.warc.verify import Counts, verify_files

    counts = Counts()
    problems = 0
    if files:
        for path in files:
            if not path.is_file():
                raise BadInput(f"{path} is no file", hint="--archive DIR checks a whole archive")
        problems = _print_findings(verify_files(files, counts=counts), as_json)
    else:
        with _open(archive_path) as archive:
            problems = _print_findings(verify_archive(archive, counts), as_json)
    what = f"{counted(counts.files, 'file')}, {counted(counts.records, 'record')}, {counts.bytes} bytes"
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
