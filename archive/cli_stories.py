"""`broadsheet stories`: the same text at several sites, and who had it first."""

from __future__ import annotations

from pathlib import Path

import click

from archive.cli_parts import archive_option, day, json_option, open_folder, print_json


@click.command()
@archive_option
@click.option("--site", metavar="NAME", help="Only stories that this site has too.")
@click.option(
    "--since",
    metavar="DATE",
    callback=day,
    help="Only those that somebody published on or after this day, month or year.",
)
@click.option(
    "--min-sites", type=click.IntRange(1), default=2, show_default=True,
    help="Only those that so many sites have; 1: also what one site has at several addresses.",
)  # fmt: skip
@json_option
def stories(archive_path: Path | None, site: str | None, since: str | None, min_sites: int, as_json: bool) -> None:
    """The same text at several sites: wire copy and reprints, how alike they are, and who had it first.

    The newest come first. Found when a crawl or an import ends.
    """
    from archive.store.story_queries import stories as read_stories
    from archive.stories_text import story_text

    number = articles = 0
    with open_folder(archive_path) as archive:
        for story in read_stories(archive.db, site=site, since=since, min_sites=min_sites):
            number += 1
            articles += 1 + len(story.reprints)
            if as_json:
                print_json(story)
            else:
                click.echo(story_text(story))
    stories_ = "1 story" if number == 1 else f"{number} stories"
    click.echo(f"{stories_} in {articles} articles" if number else "no story is held more than once", err=True)
