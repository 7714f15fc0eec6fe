"""`broadsheet diff` and `broadsheet edits`: how articles changed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archive.cli_parts import archive_option, day, json_option, open_folder, print_json

KINDS = (
    "typographic", "addition", "removal", "correction", "rewrite", "headline-only", "metadata", "deleted",
)  # fmt: skip


@click.command()
@click.argument("ref", metavar="ID|URL")
@archive_option
@click.option("--from", "before", type=click.IntRange(1), metavar="N", help="From this version; 1 is the first.")
@click.option(
    "--to", "after", type=click.IntRange(1), metavar="M", help="To this version; without both, the last two."
)
@json_option
def diff(ref: str, archive_path: Path | None, before: int | None, after: int | None, as_json: bool) -> None:
    """How an article changed: headline, byline, dates and section, then the body by sentence and word.

    Words that went stand in [- -], new ones in {+ +}; on a terminal they are coloured instead.
    """
    from archive.versions import diff_versions
    from archive.versions_text import diff_text

    with open_folder(archive_path) as archive:
        found = diff_versions(archive, ref, before, after)
    if isinstance(found, str):
        click.echo(found, err=True)
    elif as_json:
        print_json(found.as_json())
    else:
        click.echo(diff_text(found, coloured=sys.stdout.isatty()))


@click.command()
@archive_option
@click.option("--site", metavar="NAME", help="Only edits of this site's articles.")
@click.option("--article", metavar="ID|URL", help="Only edits of this article.")
@click.option("--since", metavar="DATE", callback=day, help="Seen on or after this day, month or year.")
@click.option("--until", metavar="DATE", callback=day, help="Seen on or before this day, month or year.")
@click.option("--silent", is_flag=True, help="Only edits that the publisher does not acknowledge.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only this kind. Repeatable.")
@json_option
def edits(
    archive_path: Path | None,
    site: str | None,
    article: str | None,
    since: str | None,
    until: str | None,
    silent: bool,
    kinds: tuple[str, ...],
    as_json: bool,
) -> None:
    """What publishers edited after publication, one line an edit.

    When it was made (between two captures), its kind, whether the publisher says so (a later modified date, a notice
    in the text) or is silent, the words added and removed, site, article, headline.
    """
    from archive.store import find_article
    from archive.store.decisions import site_of_name
    from archive.store.edits import edits as read_edits
    from archive.store.revisions import pending
    from archive.versions_text import edit_text

    number = 0
    with open_folder(archive_path) as archive:
        site_id = site_of_name(archive.db, site) if site else None
        article_id = find_article(archive.db, article) if article else None
        for edit in read_edits(
            archive.db,
            site_id=site_id,
            article_id=article_id,
            since=since,
            until=until,
            silent=silent,
            kinds=kinds,
        ):
            number += 1
            if as_json:
                print_json(edit)
            else:
                click.echo(edit_text(edit))
        left = pending(archive.db)
    note = f"{number} edit{'' if number == 1 else 's'}"
    if left:
        articles = f"{left} article" if left == 1 else f"{left} articles"
        note += f"; {articles} captured since are compared when the next crawl ends"
    click.echo(note, err=True)
