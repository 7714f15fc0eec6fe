"""`broadsheet furniture`: what recurs on the articles of a site, to see and to overrule."""

from __future__ import annotations

from pathlib import Path

import click

from archive.cli_parts import archive_option, json_option, open_folder, print_json
from archive.locate import archive_folder


@click.command()
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
    with open_folder(folder) as archive:
        records, note = show_furniture(archive, site, also_what_stays=also_what_stays)
    for record in records:
        if as_json:
            print_json(record)
        else:
            click.echo(furniture_text(record))
    click.echo(note, err=True)
