"""What `broadsheet demo` does: serve, tell the truth, write the sites, or make the tour."""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive import store
from archive.errors import UsageError
from crawler import tour
from crawler.demo import DEFAULT_CLOCK, DemoServer, Newspaper, OneHost, SavedPages, sites_entries


def run(
    *,
    articles: int,
    seed: int,
    port: int,
    pages: Path | None,
    only: tuple[str, ...],
    one_host: bool,
    truth: Path | None,
    target: Path | None,
    tour_folder: Path | None,
    announce: bool,
    quiet: bool,
    clock: str | None,
) -> None:
    """One of four things, by what was asked for."""
    if clock is not None and pages is not None:
        raise UsageError("--clock is for the demo newspaper; saved pages are as they were saved")
    moment = _moment(clock) if clock is not None else DEFAULT_CLOCK
    if truth is not None:
        _write_truth(truth, articles, seed, pages, port, moment)
    elif tour_folder is not None:
        make_tour(tour_folder, _arguments(articles, seed, pages, only, one_host, moment), quiet=quiet)
    else:
        _serve(_content(articles, seed, pages, only, one_host, moment), port, target, announce)


def _moment(text: str) -> datetime:
    """RFC 3339, or a day, which begins at midnight UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--clock {text!r} is no time", hint="write 2026-04-01 or 2026-04-01T18:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _content(
    articles: int, seed: int, pages: Path | None, only: tuple[str, ...], one_host: bool, clock: datetime
) -> Any:
    if pages is None:
        return Newspaper(seed=seed, articles=articles, clock=clock)
    wanted = {}
    for word in only:
        key, equals, value = word.partition("=")
        if not equals:
            raise UsageError(f"--only {word!r} is no KEY=VALUE")
        wanted[key] = value
    saved = (OneHost if one_host else SavedPages)(pages, only=wanted or None)
    if saved.without_url or saved.collisions:
        left_out = f"{saved.without_url} without a url, {len(saved.collisions)} at the address of another"
        click.echo(f"Not served: pages {left_out}", err=True)
    return saved


def _arguments(
    articles: int, seed: int, pages: Path | None, only: tuple[str, ...], one_host: bool, clock: datetime
) -> list[str]:
    words = ["--articles", str(articles), "--seed", str(seed), "--port", "0"]
    words += ["--pages", str(pages)] if pages is not None else ["--clock", clock.isoformat()]
    words += ["--one-host"] if one_host else []
    return words + [x for word in only for x in ("--only", word)]


def _serve(content: Any, port: int, target: Path | None, announce: bool) -> None:
    with DemoServer(content, port=port) as server:
        entries = sites_entries(server)
        if isinstance(
            content, SavedPages
        ):  # what these pages link to is not there: only their front pages lead on
            entries = [{**entry, "max_depth": 1} for entry in entries]
        if target is not None:
            if not target.exists():
                store.create(target)
            tour.write_sites(target, tour.demo_sites({"sites": entries}))
        if announce:
            print(json.dumps({"port": server.port, "sites": entries}), flush=True)
            sys.stdin.read()  # until whoever started this leaves
            return
        for entry in entries:
            click.echo(f"{entry['url']}  {entry.get('title') or entry['name']}")
        click.echo("\nServing until Ctrl-C. To crawl it:", err=True)
        click.echo("  broadsheet demo --archive DIR   (also writes these sites into DIR/sites.toml)", err=True)
        click.echo("  broadsheet crawl --archive DIR", err=True)
        threading.Event().wait()


def _write_truth(path: Path, articles: int, seed: int, pages: Path | None, port: int, clock: datetime) -> None:
    if pages is not None:
        raise UsageError("--truth is for the demo newspaper; saved pages have an index with theirs")
    newspaper = Newspaper(seed=seed, articles=articles, clock=clock)
    with path.open("w", encoding="utf-8") as file:
        for item in newspaper.truths(port=port):
            file.write(json.dumps(item.as_dict(), ensure_ascii=False) + "\n")


def make_tour(folder: Path, arguments: list[str], *, quiet: bool) -> None:
    """A new archive, crawled to the end; prints what was archived and what to try next."""
    from crawler.cli import run_and_report
    from crawler.run import Chosen

    tour.new_archive(folder)
    with tour.demo_server(arguments) as announced:
        sites = tour.demo_sites(announced)
        tour.write_sites(folder, sites)
        click.echo(f"Crawling {len(sites)} newspapers on this machine into {folder}/ ...", err=True)
        run_and_report(folder, Chosen(tuple(sites)), quiet=quiet)
    click.echo()
    click.echo(tour.closing_words(folder), nl=False)
