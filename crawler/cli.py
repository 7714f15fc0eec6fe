"""The console script `broadsheet`: the archive's commands and those that use the network."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive import store
from archive.cli import cli, run_cli
from archive.cli_parts import archive_option, json_option
from archive.locate import archive_folder
from crawler import config
from crawler.cli_canary import canary
from crawler.cli_options import allow_option, contact_option, delay_option
from crawler.cli_replay import chosen_for, opened, replay_option, until_option
from crawler.cli_run import run

if TYPE_CHECKING:
    from archive.bulk import How
    from archive.crawls import PlannedSite
    from archive.recording.answers import Recording

cli.add_command(run)
cli.add_command(canary)

verbose_option = click.option("-v", "--verbose", is_flag=True, help="Show what Scrapy logs.")


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@archive_option
@contact_option
def init(folder: Path | None, archive_path: Path | None, contact: str | None) -> None:
    """Start an archive in FOLDER (default: ./news), or store the contact of one that is there."""
    from crawler.run import checked_contact

    target = folder or archive_folder(archive_path)
    contact = checked_contact(contact)
    if not (target / "archive.db").exists():
        store.create(target)
        click.echo(f"A new archive in {target}/", err=True)
    else:
        store.open_archive(target).close()
    if contact is None and sys.stdin.isatty() and not config.load(target).contact:
        answer = click.prompt("How can publishers reach you (e-mail or web page)?", default="", err=True)
        contact = checked_contact(answer or None)
    config.write_new(target, contact)
    if not config.load(target).contact:
        click.echo(f"No contact yet: broadsheet init {target} --contact you@example.org", err=True)
    click.echo(f"Next: broadsheet add --archive {target} https://...", err=True)


@cli.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@archive_option
@contact_option
@allow_option
@delay_option
@click.option("--dry-run", is_flag=True, help="Only print what would stand in sites.toml; nothing is kept.")
@json_option
@verbose_option
def add(
    urls: tuple[str, ...],
    archive_path: Path | None,
    contact: str | None,
    allow: tuple[str, ...],
    delay: float | None,
    dry_run: bool,
    as_json: bool,
    verbose: bool,
) -> None:
    """Follow a site: find its feeds, sitemaps and sections, try them, and write them to sites.toml."""
    from crawler.add import add_sites

    folder = archive_folder(archive_path) if dry_run else _ready(archive_path, contact)
    set_up_logging(verbose)
    found, mistakes = add_sites(folder, urls, contact=contact, allow=allow, delay_s=delay, dry_run=dry_run)
    for site in found:
        text = site.entry() if dry_run else site.as_text()
        click.echo(json.dumps(site.as_json(), ensure_ascii=False) if as_json else text)
    for mistake in mistakes[:-1]:
        click.echo(f"broadsheet: {mistake}", err=True)
    if mistakes:
        raise mistakes[-1]


@cli.command()
@click.argument("what", nargs=-1, metavar="[SITE|URL]...")
@archive_option
@contact_option
@allow_option
@delay_option
@click.option("--concurrency", type=click.IntRange(1, 64), help="Requests in flight at once for each host.")
@click.option("--max-pages", type=click.IntRange(1), help="Pages fetched from each site in this crawl.")
@click.option("--depth", type=click.IntRange(0), help="Links followed from where a crawl starts.")
@click.option("--timeout", type=click.FloatRange(0.1, 3600), help="Seconds for one answer (45).")
@click.option("--max-bytes", type=click.IntRange(1024), help="Bytes of one answer; more is cut (33554432).")
@click.option("--deadline", type=click.FloatRange(0.1, 600), help="Seconds for reading one page (20).")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that read pages (one a core).")
@click.option("--now", is_flag=True, help="Ask all feeds, section and front pages, due or not.")
@replay_option
@until_option
@click.option("-q", "--quiet", is_flag=True, help="No progress; only the summary.")
@json_option
@verbose_option
def crawl(
    what: tuple[str, ...],
    archive_path: Path | None,
    contact: str | None,
    allow: tuple[str, ...],
    delay: float | None,
    concurrency: int | None,
    max_pages: int | None,
    depth: int | None,
    timeout: float | None,
    max_bytes: int | None,
    deadline: float | None,
    workers: int | None,
    now: bool,
    replay: tuple[Path, ...],
    until: datetime | None,
    quiet: bool,
    as_json: bool,
    verbose: bool,
) -> None:
    """Fetch what is due, once: the sites of sites.toml, or the SITEs and URLs named.

    A crawl that was stopped or killed goes on where it was. With --replay WARC files answer and nothing is sent;
    where sites.toml names no site, those are crawled that the crawl of the files was for. Exit code 0: nothing was
    lost; docs/exit-codes.md has the others.
    """
    from crawler.run import refuse_taken_down

    recording = opened(replay, until)
    if (what or recording) and not archive_folder(archive_path).exists():
        chosen_for(recording, config.Config(), what, {})  # a mistake leaves no empty archive behind
    folder = _ready(archive_path, contact, make=bool(what or recording))
    changes: dict[str, Any] = {
        "delay_s": delay, "concurrency": concurrency, "max_pages": max_pages, "max_depth": depth,
    }  # fmt: skip
    changes = {name: value for name, value in changes.items() if value is not None}
    with store.open_archive(folder) as archive:
        known = {site.name: site.homepage for site in store.status(archive.db)}
        chosen = chosen_for(recording, config.load(folder), what, known)
        refuse_taken_down(archive, chosen)
    chosen = replace(chosen, sites=tuple(replace(site, **changes) for site in chosen.sites))
    settings: dict[str, Any] = {}
    if timeout is not None:
        settings["DOWNLOAD_TIMEOUT"] = timeout
    if max_bytes is not None:
        settings["DOWNLOAD_MAXSIZE"] = max_bytes
    run_and_report(
        folder, chosen, contact=contact, allow=allow, settings=settings, workers=workers, deadline=deadline,
        quiet=quiet, as_json=as_json, verbose=verbose, now=now, replay=recording,
    )  # fmt: skip


def run_and_report(
    folder: Path, chosen: Any, *, contact: str | None = None, allow: tuple[str, ...] = (), settings: Any = None,
    workers: int | None = None, deadline: float | None = None, quiet: bool = False,
    as_json: bool = False, verbose: bool = False, now: bool = False, replay: Recording | None = None,
) -> None:  # fmt: skip
    """Crawl, print the summary, and raise what the exit code has to tell."""
    from crawler.progress import progress
    from crawler.report import failure, summary_text
    from crawler.run import check_contact
    from crawler.run import crawl as run_crawl

    if replay is None:
        contact = check_contact(config.load(folder), chosen.sites, contact)
    set_up_logging(verbose)
    display = progress(quiet)
    try:
        report = run_crawl(
            folder, chosen, contact=contact, allow_addresses=allow, settings=settings, workers=workers,
            deadline_s=deadline, record=display.page if display else None, now=now,
            replay=replay,
        )  # fmt: skip
    finally:
        if display:
            display.close()
    facts = {**asdict(report.summary), "notes": list(report.notes)}
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else summary_text(report))
    error = failure(report)
    if error is not None:
        raise error


@cli.command()
@click.option(
    "--articles", type=click.IntRange(50, 100_000), default=120, show_default=True, help="How many it publishes."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another newspaper.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any free one.")
@click.option("--clock", metavar="TIME", help="What time it is at the newspaper (2026-03-16T12:00:00Z).")
@click.option("--pages", type=click.Path(path_type=Path), help="Serve saved pages: a folder, or its index.")
@click.option("--only", metavar="KEY=VALUE", multiple=True, help="With --pages: only these lines of the index.")
@click.option("--one-host", is_flag=True, help="With --pages: all below one host, for measuring.")
@click.option(
    "--truth", type=click.Path(path_type=Path), help="Only write the truth of every article, as JSON lines."
)
@click.option("--archive", "target", type=click.Path(path_type=Path), help="Write the sites into its sites.toml.")
@click.option("--tour", type=click.Path(path_type=Path), help="Make a new archive here, crawl all into it, leave.")
@click.option("-q", "--quiet", is_flag=True, help="With --tour: no progress.")
@click.option("--announce", is_flag=True, hidden=True)
def demo(
    articles: int, seed: int, port: int, clock: str | None, pages: Path | None, only: tuple[str, ...],
    one_host: bool, truth: Path | None,
    target: Path | None, tour: Path | None, quiet: bool, announce: bool,
) -> None:  # fmt: skip
    """Serve the demo newspaper on loopback: several publishers, five languages, all house styles.

    The hosts end in .localhost, which Broadsheet, curl and browsers know to be this machine.
    """
    from crawler import demo_command

    demo_command.run(
        articles=articles, seed=seed, port=port, pages=pages, only=only, one_host=one_host, truth=truth, target=target,
        tour_folder=tour, announce=announce, quiet=quiet, clock=clock,
    )  # fmt: skip


def _ready(archive_path: Path | None, contact: str | None, *, make: bool = False) -> Path:
    """The archive's folder; made on the way if a crawl names what to fetch and there is none yet."""
    from crawler.run import checked_contact

    folder = archive_folder(archive_path)
    checked_contact(contact)
    if make and not folder.exists():
        store.create(folder)
        config.write_new(folder, contact)
        click.echo(f"A new archive in {folder}/", err=True)
    else:
        store.open_archive(folder).close()
    return folder


def set_up_logging(verbose: bool) -> None:
    """What the libraries log goes to stderr; without `verbose` only what is our own mistake."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.INFO if verbose else logging.ERROR)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)


def main() -> None:
    """The entry point; every BroadsheetError becomes one line and its exit code."""
    services = {"fetch": _fetch, "fetch_each": _fetch_each, "robots": _robots, "sites": _sites, "quiet": _quiet}
    run_cli(cli, services)


def _sites(folder: Path) -> list[PlannedSite]:
    """What sites.toml says, for commands of the archive."""
    from archive.crawls import PlannedSite

    sites = config.load(folder).sites.values()
    return [PlannedSite(site.name, site.title, site.url, site.scope()) for site in sites]


def _robots(url: str, *, contact: str | None, allow: tuple[str, ...]) -> Any:
    from crawler.fetch import fetch_robots

    set_up_logging(False)
    return fetch_robots(url, contact=contact, allow=allow)


def _quiet(folder: Path) -> dict[str, tuple[str, ...]]:
    """The sites that are followed, and which alarms of each a person silenced."""
    return {site.name: site.quiet for site in config.load(folder).sites.values()}


def _fetch(url: str, *, how: How, contact: str | None, allow: tuple[str, ...]) -> Any:
    from crawler.fetch import fetch_and_extract

    set_up_logging(False)
    return fetch_and_extract(url, how=how, contact=contact, allow=allow)


def _fetch_each(url: str, **how: Any) -> list[str]:
    from crawler.fetch import fetch_each

    set_up_logging(False)
    return fetch_each(url, **how)
