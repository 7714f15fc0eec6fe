"""`broadsheet extract`: the clean article of a saved page, of many, or of a URL, without an archive."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive import cli_reading
from archive.cli_parts import json_option, markdown_option, one_form, print_article, print_json, url_options
from archive.errors import BadInput, NotFound
from archive.rules.command import captured_option
from archive.urls import normalise

if TYPE_CHECKING:
    from archive.bulk import How


@click.command()
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
@captured_option
@click.option("--removed", is_flag=True, help="Also what cleaning took out of the page, with the reason.")
@markdown_option
@click.option(
    "--why",
    is_flag=False,
    flag_value="",
    metavar="[FIELD]",
    help="Instead: where each field comes from, or one field in full. After FILE.",
)
@click.option(
    "--rules",
    "rule_files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE|DIR",
    help="Site rules to follow (docs/site-rules.md). Repeatable.",
)
@click.option(
    "--engine",
    type=click.Choice(["model", "trafilatura"]),
    default="model",
    show_default=True,
    help="What finds the body: the learned model, with trafilatura where it doubts itself, or trafilatura alone.",
)
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Another body model than the one that is shipped (docs/body-model.md).",
)
@url_options
@json_option
@click.pass_context
def extract(
    ctx: click.Context,
    source: str | None,
    jsonl: Path | None,
    by_site: bool,
    url: str | None,
    captured_at: datetime | None,
    removed: bool,
    markdown: bool,
    why: str | None,
    rule_files: tuple[Path, ...],
    engine: str,
    model: Path | None,
    contact: str | None,
    allow: tuple[str, ...],
    as_json: bool,
) -> None:
    """The clean article of a saved page or of a URL, without an archive. FILE - reads standard input."""
    if source is None and jsonl is None and why:
        source, why = why, ""  # extract --why FILE
    if (source is None) == (jsonl is None):
        raise click.UsageError("give a FILE, a URL, or --jsonl FILE")
    if jsonl is not None and why is not None:
        raise click.UsageError("--why is for one page")
    if by_site and jsonl is None:
        raise click.UsageError("--by-site needs --jsonl FILE: a site is known by many of its pages")
    one_form(markdown, as_json or jsonl is not None, removed)
    web = source is not None and source.startswith(("http://", "https://"))
    if web and captured_at:
        raise click.UsageError("--captured-at is for saved pages: a URL is captured now")
    if rule_files and source and not web and not url:
        raise click.UsageError("--rules needs --url as well: rules are chosen by the page's address")
    if url and normalise(url) is None:
        raise BadInput(
            f"--url {url!r} is no http(s) address", hint="give it in full: https://www.example.org/story"
        )
    if model and engine != "model":
        raise click.UsageError(f"--model is for --engine model, not for {engine}")
    how = _how(engine, model, rule_files)
    now = captured_at or datetime.now(UTC)
    if jsonl is not None:
        from archive.bulk import extract_file

        unread = 0
        for record in extract_file(jsonl, now=now, how=how, by_site=by_site):
            print_json(record)
            unread += record["verdict"] == "error"
        if unread:
            click.echo(f"{unread} of the pages could not be read: `error` says why", err=True)
        return
    assert source is not None
    extraction = _fetched(ctx, source, how, contact, allow) if web else _saved(source, url or "", now, how)
    if why is not None:
        recipe = how.recipe(url or (source if web else ""), now)
        cli_reading.print_why_extraction(extraction, url or source, recipe, why or None, as_json)
    else:
        _print(extraction, url or source, removed, markdown, as_json)


def _how(engine: str, model: Path | None, rule_files: tuple[Path, ...]) -> How:
    from archive.bulk import How
    from archive.rules.load import load

    return How(engine, model, load(rule_files) if rule_files else None)


def _fetched(ctx: click.Context, url: str, how: How, contact: str | None, allow: tuple[str, ...]) -> Any:
    fetch = (ctx.obj or {}).get("fetch")
    if fetch is None:
        raise BadInput("this command has no network here", hint="use the console script `broadsheet`")
    return fetch(url, how=how, contact=contact, allow=allow)


def _saved(source: str, url: str, now: datetime, how: How) -> Any:
    from archive.bulk import MAX_BYTES, page_bytes, read_page

    piped = source == "-"
    html = page_bytes(sys.stdin.buffer.read(MAX_BYTES), "standard input") if piped else read_page(Path(source))
    if how.rules and how.rules.choose(url, now) is None:
        click.echo(
            f"no rule is for {url} captured on {now.date()}: broadsheet rules check --page says why", err=True
        )
    return how.extract(html, url, now)


def _print(extraction: Any, where: str, removed: bool, markdown: bool, as_json: bool) -> None:
    from archive.bulk import record

    values = {"url": where, **record(extraction)}
    if as_json:
        print_json(values)
    elif extraction.article is None:
        because = [s.value for s in extraction.sources if s.field == "verdict" and s.chosen][:3]
        hint = "; ".join([*because, *([extraction.error] if extraction.error else [])])
        raise NotFound(f"{where} is no article: {extraction.verdict.value}", hint=hint or "--json shows all")
    else:
        print_article(values, removed, markdown)
