"""The commands that tell how following goes: `coverage` and `status`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli_parts import archive_option, day, json_option, open_folder, print_json
from archive.errors import AlarmsRaised
from archive.locate import archive_folder

if TYPE_CHECKING:
    from archive.store import Archive

BY = ("day", "week", "month", "feed")


@click.command()
@click.argument("sites", nargs=-1, metavar="[SITE]...")
@archive_option
@click.option("--by", type=click.Choice(BY), default="day", show_default=True, help="One line for each of these.")
@click.option("--since", metavar="DATE", callback=day, help="Only URLs of this day, month or year, or later.")
@click.option("--until", metavar="DATE", callback=day, help="Only URLs of this day, month or year, or earlier.")
@click.option(
    "--urls",
    "wanted",
    metavar="REASON",
    help="The URLs behind a number instead: failed, held, robots, timeout ...",
)
@json_option
def coverage(
    sites: tuple[str, ...],
    archive_path: Path | None,
    by: str,
    since: str | None,
    until: str | None,
    wanted: str | None,
    as_json: bool,
) -> None:
    """What publishers listed against what is held of it, and why not the rest.

    Every URL that a feed, sitemap, front or section page of SITE (default: all sites) listed is in exactly one
    column. REASON is a column (failed, excluded, foreign ...), a reason within one (timeout), both (failed:timeout),
    or listed.
    """
    from archive import coverage as parts
    from archive.store import coverage as stored
    from archive.store.search import date_bound

    first, last = (date_bound(text)[:10] if text is not None else None for text in (since, until))
    with open_folder(archive_path) as archive:
        ids = _site_ids(archive, sites)
        if wanted is not None:
            number = 0
            name = parts.wanted_name(wanted)
            for url in stored.listed_urls(archive.db, name, ids, since=first, until=last):
                number += 1
                if as_json:
                    print_json(parts.url_json(url))
                else:
                    click.echo(parts.url_text(url))
            if not number:
                parts.check_wanted(name, stored.coverage(archive.db))
            click.echo(f"{number} URL{'s' if number != 1 else ''}", err=True)
            return
        counts = stored.coverage(archive.db, ids, since=first, until=last, by_feed=by == "feed")
    found = parts.lines(counts, by)
    if as_json:
        for line in found:
            print_json(line.as_json())
        return
    if not found:
        because = (
            "between these days" if since or until else "no feed, sitemap, front or section page has been read"
        )
        click.echo(f"nothing was listed: {because}", err=True)
        return
    click.echo(parts.coverage_text(found))
    click.echo(parts.FEED_NOTE if by == "feed" else parts.NOTE, err=True)


def _site_ids(archive: Archive, names: tuple[str, ...]) -> list[int] | None:
    from archive.store.decisions import site_of_name

    return [site_of_name(archive.db, name) for name in names] or None


@click.command()
@archive_option
@click.option("-q", "--quiet", is_flag=True, help="Only alarms; nothing at all if there are none.")
@json_option
@click.pass_context
def status(ctx: click.Context, archive_path: Path | None, quiet: bool, as_json: bool) -> None:
    """Alarms; what the archive holds of each site, what is due, and what was lost or left out, and why.

    With alarms the exit code is 13, so that cron mails them: broadsheet status --quiet. docs/coverage.md explains
    each; `quiet` in a site's entry of sites.toml silences some.
    """
    from dataclasses import asdict
    from datetime import UTC, datetime

    from archive.status import alarms_text, status_text
    from archive.store import status as read_status
    from archive.watch import look

    service = (ctx.obj or {}).get("quiet")
    folder = archive_folder(archive_path)
    with open_folder(folder) as archive:
        found = look(archive, datetime.now(UTC), service(folder) if service else None)
        rows = [] if quiet else read_status(archive.db)
    if as_json:
        if found or not quiet:
            print_json({"alarms": [asdict(alarm) | {"to_do": alarm.to_do} for alarm in found]})
        for row in rows:
            print_json(row)
    else:
        parts = [alarms_text(found)] if found else []
        if not quiet:
            parts.append(status_text(folder, rows))
        if parts:
            click.echo("\n\n".join(parts))
    if found:
        number = f"{len(found)} alarm{'s' if len(found) != 1 else ''}"
        raise AlarmsRaised(number, hint="docs/coverage.md explains them, and how to silence one")
