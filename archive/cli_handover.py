"""Commands that hand over: `wacz` and `cdxj`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli_parts import archive_option, json_option, moment_or_day, open_folder, print_json
from archive.errors import BadInput, DamageFound

if TYPE_CHECKING:
    from archive.store import Archive
    from archive.store.handover import Wanted
    from archive.warc.cdxj import SortedLines
    from archive.warc.reader import Damage

force_option = click.option("--force", is_flag=True, help="Replace FILE if it exists.")


@click.command()
@archive_option
@click.option("--site", "sites", multiple=True, metavar="NAME", help="Only captures of this site. Repeatable.")
@click.option(
    "--since",
    metavar="DAY",
    callback=moment_or_day,
    help="Only what was captured on or after this day (UTC), month or year.",
)
@click.option(
    "--until",
    metavar="DAY",
    callback=moment_or_day,
    help="Only what was captured on or before this day, month or year.",
)
@click.option("--search", metavar="QUERY", help="Only articles that `broadsheet search QUERY` finds.")
@click.option("--article", "refs", multiple=True, metavar="ID|URL", help="Only this article. Repeatable.")
@click.option("--title", metavar="TEXT", help="What the collection is called (default: the sites' names).")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
    help="The file to write (default: the archive's name and .wacz, here).",
)  # fmt: skip
@force_option
@json_option
def wacz(
    archive_path: Path | None,
    sites: tuple[str, ...],
    since: str | None,
    until: str | None,
    search: str | None,
    refs: tuple[str, ...],
    title: str | None,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Hand over: the archive, or what is chosen of it, in one WACZ file that replayweb.page shows.

    Without options it takes the WARC files as they are; with some, all captures that meet all of them, record by
    record, and whatever they refer to. --search and --article together mean the articles of both.
    """
    from archive.cli import counted
    from archive.handover import make_wacz

    with open_folder(archive_path) as archive:
        wanted, said = _wanted(archive, sites, since, until, search, refs)
        target = output or Path(f"{archive.folder.resolve().name}{'' if wanted.is_everything else '-part'}.wacz")
        made = make_wacz(archive, target, wanted, said=said, title=title, force=force)
    if as_json:
        print_json(made)
    else:
        what = f"{counted(made.articles, 'article')}, {counted(made.captures, 'capture')}"
        click.echo(f"{made.file}: {what}, {made.bytes} bytes", err=True)
    if made.unresolved:
        click.echo(
            f"{counted(made.unresolved, 'revisit')} of what the archive does not hold: replay shows nothing there",
            err=True,
        )


def _wanted(
    archive: Archive,
    sites: Sequence[str],
    since: str | None,
    until: str | None,
    search: str | None,
    refs: Sequence[str],
) -> tuple[Wanted, str]:
    """What was asked for, and the same in words."""
    from archive.store import find_article
    from archive.store.handover import Wanted, found_articles

    articles: frozenset[int] | None = None
    if search is not None or refs:
        articles = frozenset(find_article(archive.db, ref) for ref in refs)
        articles |= found_articles(archive.db, search) if search is not None else frozenset()
    said = [
        *(f"site {name}" for name in sites),
        *([f"captured since {since}"] if since else []),
        *([f"captured until {until}"] if until else []),
        *([f'articles found by "{search}"'] if search is not None else []),
        *(f"article {ref}" for ref in refs),
    ]
    return Wanted(tuple(sites) or None, since, until, articles), ", ".join(said)


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@archive_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
    help="The file to write (default: standard output).",
)  # fmt: skip
@force_option
def cdxj(files: tuple[Path, ...], archive_path: Path | None, output: Path | None, force: bool) -> None:
    """The index for replay tools such as pywb: of the archive, or of WARC FILES of any origin.

    One line a capture, sorted; captures that were cut, and answers to other requests than GET, stay out.
    """
    from archive.handover import add_archive_lines
    from archive.new_file import new_file
    from archive.warc.cdxj import SortedLines, shown

    damages: list[Damage] = []
    with SortedLines(output.parent if output and output.parent.is_dir() else None) as lines:
        if files:
            _index_files(files, lines, damages)
        else:
            with open_folder(archive_path) as archive:
                add_archive_lines(archive, lines)
        if output is None:
            sys.stdout.flush()
            sys.stdout.buffer.writelines(shown(lines, at_original=True))
            sys.stdout.buffer.flush()
        else:
            with new_file(output, force=force) as file:
                file.writelines(shown(lines, at_original=True))
    if damages:
        for damage in damages[:10]:
            click.echo(f"broadsheet: {damage.message}", err=True)
        raise DamageFound(
            f"{len(damages)} places hold no record; all others are indexed", hint="broadsheet verify FILES"
        )


def _index_files(files: Sequence[Path], lines: SortedLines, damages: list[Damage]) -> None:
    from archive.warc.cdxj import file_entries

    for path in files:
        if not path.is_file():
            raise BadInput(f"{path} is no file", hint="--archive DIR indexes a whole archive")
    (name, times), *_ = Counter(path.name for path in files).most_common(1)
    if times > 1:
        raise BadInput(f"{times} files are called {name}", hint="an index knows files by their names: index one")
    for path in files:
        for entry in file_entries(path, damages.append):
            lines.add(entry.line())
