"""`broadsheet crawl --replay`: its options, and the sites that a file of Broadsheet itself tells."""

from __future__ import annotations

import atexit
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import ConfigInvalid, UsageError

if TYPE_CHECKING:
    from archive.crawls import PlannedSite
    from archive.recording.answers import Recording
    from crawler.config import Config, Site
    from crawler.run import Chosen


def _moment(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    """RFC 3339, or a day, which is meant to its end; without a zone in UTC."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        raise click.BadParameter(f"{value!r} is no time: write 2026-04-01 or 2026-04-01T18:00:00Z") from None
    if len(value.strip()) == len("2026-04-01"):
        found = datetime.combine(found.date(), time.max)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


replay_option = click.option(
    "--replay",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Send nothing: WARC or WACZ files answer. Repeatable.",
)
until_option = click.option(
    "--until", callback=_moment, metavar="TIME", help="With --replay: the web as it stood then, not later."
)


def opened(files: tuple[Path, ...], until: datetime | None) -> Recording | None:
    """The files of a replay, indexed; None without any."""
    if not files:
        if until is not None:
            raise UsageError("--until is for a replay", hint="broadsheet crawl --replay FILE --until TIME")
        return None
    from archive.recording.answers import Recording

    recording = Recording(files, until)
    atexit.register(recording.close)
    return recording


def chosen_for(
    recording: Recording | None, config: Config, what: Sequence[str], known: Mapping[str, str]
) -> Chosen:
    """What is to be crawled: see `choose_sites`; where `config` names no site, those of the files are meant.

    :raises ConfigInvalid: there is nothing to crawl.
    """
    from crawler.run import Chosen, choose_sites

    if recording is None or config.sites:
        return choose_sites(config, what, known)
    planned = {site.name: site for plan in recording.plans for site in plan.sites}
    sites = {name: _site(site) for name, site in planned.items()}
    if what:
        return choose_sites(replace(config, sites=sites), what, known)
    if not planned:
        raise ConfigInvalid(
            "there is nothing to crawl: sites.toml names no site, and the files do not say",
            hint="broadsheet crawl --replay FILE URL",
        )
    pages = {name: list(site.pages) for name, site in planned.items() if site.pages}
    return Chosen(tuple(sites.values()), pages)


def _site(planned: PlannedSite) -> Site:
    from crawler.config import Site

    scope = planned.scope
    site = Site(
        name=planned.name, url=planned.url, title=planned.title, feeds=planned.feeds, sections=planned.sections,
        include=scope.include, exclude=scope.exclude, hosts=scope.hosts[1:], max_depth=scope.max_depth,
        requisites=scope.requisites, sitemap_days=scope.sitemap_days,
    )  # fmt: skip
    return site if scope.max_variants is None else replace(site, max_variants=scope.max_variants)
