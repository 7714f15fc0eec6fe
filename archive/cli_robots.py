"""`broadsheet robots`: what a robots.txt allows an agent, as the crawler decides it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from archive.cli_parts import json_option, print_json, url_options
from archive.errors import BadInput, NotAllowed
from archive.model import Robots
from archive.urls import normalise, origin_of


@click.command()
@click.argument("source", metavar="FILE|URL")
@click.option(
    "--agent",
    default="broadsheet",
    show_default=True,
    metavar="TOKEN",
    help="The product token that asks: GPTBot.",
)
@click.option("--url", "urls", multiple=True, metavar="URL", help="An address, or its path: /news/1. Repeatable.")
@url_options
@json_option
@click.pass_context
def robots(
    ctx: click.Context,
    source: str,
    agent: str,
    urls: tuple[str, ...],
    contact: str | None,
    allow: tuple[str, ...],
    as_json: bool,
) -> None:
    """What a robots.txt allows an agent (RFC 9309): of a FILE (- is standard input), or of the site of a URL.

    Exit code 14 if something is not allowed.
    """
    from archive.robots import Rules
    from archive.robots_command import answer, answer_text, asked_urls, checked_agent

    token = checked_agent(agent)
    web = normalise(source) if source.startswith(("http://", "https://")) else None
    if web is None and "://" in source:
        raise BadInput(f"{source!r} is no http(s) address")
    asked = asked_urls(web, urls)
    rules = Rules(_fetched(ctx, web, contact, allow) if web else _saved(source, asked), token)
    answers = [answer(rules, token, url) for url in asked]
    for one in answers:
        if as_json:
            print_json(one)
        else:
            click.echo(answer_text(one))
    forbidden = sum(not one.allowed for one in answers)
    if forbidden:
        raise NotAllowed(f"not allowed to {token}: {forbidden} of {len(answers)}")


def _fetched(ctx: click.Context, url: str, contact: str | None, allow: tuple[str, ...]) -> Robots:
    fetch: Any = (ctx.obj or {}).get("robots")
    if fetch is None:
        raise BadInput("this command has no network here", hint="use the console script `broadsheet`")
    found: Robots = fetch(url, contact=contact, allow=allow)
    return found


def _saved(source: str, asked: list[str]) -> Robots:
    from archive.bulk import MAX_BYTES, page_bytes, read_file
    from archive.robots import text_of

    data = sys.stdin.buffer.read(MAX_BYTES) if source == "-" else read_file(Path(source))
    if data.strip():  # an empty file is one that allows all
        data = page_bytes(data, source)
    return Robots(origin_of(asked[0]), "rules", text_of(data))
