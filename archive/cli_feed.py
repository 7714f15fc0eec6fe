"""`broadsheet feed`: what a feed or sitemap of any kind lists, without an archive."""

from __future__ import annotations

import click

from archive.cli_parts import json_option, print_json, url_options
from archive.errors import BadInput
from archive.urls import normalise

SHOWN = 50  # entries, unless --limit says otherwise


@click.command()
@click.argument("source", metavar="FILE|URL")
@click.option("--url", help="Where the feed comes from, if it is read from a file: its links are relative to it.")
@click.option("--follow", is_flag=True, help="With a URL: also the sitemaps that an index lists.")
@click.option(
    "-n", "--limit", type=click.IntRange(0), help=f"Show at most so many ({SHOWN}; with --json all); 0 for all."
)
@url_options
@click.option(
    "--delay", type=click.FloatRange(0, 3600), default=1.0, show_default=True,
    help="With --follow: seconds between two requests.",
)  # fmt: skip
@json_option
@click.pass_context
def feed(
    ctx: click.Context,
    source: str,
    url: str | None,
    follow: bool,
    limit: int | None,
    contact: str | None,
    allow: tuple[str, ...],
    delay: float,
    as_json: bool,
) -> None:
    """What a feed or sitemap lists: RSS, Atom, JSON Feed, sitemap, sitemap index, news sitemap, gzipped or not.

    FILE - reads standard input. What is broken is shown as far as it can be read; the exit code says so.
    """
    from archive import feed_command

    web = source.startswith(("http://", "https://"))
    if web and url:
        raise click.UsageError("--url is for a feed in a file")
    if follow and not web:
        raise click.UsageError("--follow needs a URL: a file leads nowhere by itself")
    if url and normalise(url) is None:
        raise BadInput(
            f"--url {url!r} is no http(s) address", hint="give it in full: https://www.example.org/feed"
        )
    following = feed_command.Following(follow)
    listings = [] if web else [feed_command.read_file(source, url or "")]
    if web:
        fetch = (ctx.obj or {}).get("fetch_each")
        if fetch is None:
            raise BadInput("this command has no network here", hint="use the console script `broadsheet`")
        following.problems += fetch(source, read=following.read, contact=contact, allow=allow, delay_s=delay)
        listings = following.listings
    most = limit or None if limit is not None or as_json else SHOWN
    for listing in listings:
        if as_json:
            print_json(feed_command.as_json(listing, most))
        elif listing.feed.kind != "unknown":
            for line in feed_command.as_text(listing, most):
                click.echo(line)
    error = feed_command.failure(listings, following.problems)
    if error is not None:
        raise error
