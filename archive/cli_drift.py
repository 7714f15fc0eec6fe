"""`broadsheet drift`: when the pages of a site began to be read in another way."""

from __future__ import annotations

from pathlib import Path

import click

from archive.cli_parts import archive_option, json_option, open_folder, print_json
from archive.cli_parts import day as checked_day
from archive.errors import Drifted


@click.command()
@click.argument("sites", nargs=-1, metavar="[SITE]...")
@archive_option
@click.option(
    "--since",
    metavar="DATE",
    callback=checked_day,
    help="Changes of this day, month or year, or later; by default of the last 7 days up to a site's newest page.",
)
@click.option("--show", is_flag=True, help="Also both pages side by side, and all that changed in the template.")
@json_option
def drift(sites: tuple[str, ...], archive_path: Path | None, since: str | None, show: bool, as_json: bool) -> None:
    """The days on which fields or the template of SITE (default: all sites) changed, with a page before and after.

    If a field got worse and still is, the exit code is 17. docs/drift.md explains what is watched.
    """
    from archive.drift.look import as_json as objects
    from archive.drift.look import look
    from archive.drift.text import site_text
    from archive.store import observed
    from archive.store.decisions import site_of_name
    from archive.store.search import date_bound

    if show and as_json:
        raise click.UsageError("--show goes without --json")
    first = date_bound(since)[:10] if since is not None else None
    worse: dict[str, int] = {}
    with open_folder(archive_path) as archive:
        for name in sites:
            site_of_name(archive.db, name)
        for name in dict.fromkeys(sites) or observed.sites(archive.db):
            found = look(archive, name, first)
            if not found.pages:
                click.echo(f"{name}: no page is held", err=True)
                continue
            if as_json:
                for line in objects(found):
                    print_json(line)
            else:
                click.echo(site_text(found, show=show))
            if found.got_worse:
                worse[name] = len(found.got_worse)
    if worse:
        number = sum(worse.values())
        raise Drifted(
            f"{number} field{'s' if number != 1 else ''} got worse on {', '.join(worse)}",
            hint="if the template changed, a site rule (docs/site-rules.md) and broadsheet reextract",
        )
