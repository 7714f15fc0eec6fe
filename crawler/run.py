"""Run one crawl: from an archive's folder and a choice of sites to a report."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive import __version__, store
from archive.errors import BadInput, BroadsheetError, ConfigInvalid, ContactMissing, NotFound
from archive.locate import archive_folder
from archive.model import Found
from archive.pipeline import Page
from archive.recording.answers import Recording
from archive.store.takedown import taken_down
from archive.store.taken_down import is_taken_down
from archive.urls import normalise
from crawler.addresses import is_local_name
from crawler.config import Config, Site, load, site_name, site_of
from crawler.session import Options, Session


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sites of one crawl, and pages that were asked for by name: {site's name: URLs}.

    Of a site that is here for such pages alone, neither its listings nor what failed before is fetched again.
    """

    sites: tuple[Site, ...]
    pages: dict[str, list[str]] = field(default_factory=dict)
    now: frozenset[str] = frozenset()  # sites that were asked for by the address of their front page

    def whole(self, site: Site) -> bool:
        return site.name not in self.pages


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What a crawl came to; `summary` is `archive.store.crawl_summary` of it."""

    crawl_id: int
    finish_reason: str
    summary: Any
    recovered: int
    resumed: bool
    over_budget: tuple[str, ...]
    error: BroadsheetError | None
    notes: tuple[str, ...] = ()  # what was slowed down or held back, and why; a line each


def user_agent(contact: str | None) -> str:
    """The User-Agent of every request: name, version and how to reach the archive."""
    return f"broadsheet/{__version__} (+{contact})" if contact else f"broadsheet/{__version__}"


def choose_sites(config: Config, words: Sequence[str], known: Mapping[str, str] | None = None) -> Chosen:
    """Names of sites.toml or URLs -> sites; no words mean all of them.

    A URL on a host of a site of sites.toml is fetched as a page of it, also if its entry excludes it; so is one on the
    host of a site that the archive knows from an earlier crawl (`known`: {name: homepage}); any other makes a site of
    its own.
    """
    if not words:
        if not config.sites:
            raise ConfigInvalid("there is nothing to crawl: sites.toml names no site", hint="broadsheet add URL")
        return Chosen(tuple(config.sites.values()))
    sites: dict[str, Site] = {}
    pages: dict[str, list[str]] = {}
    now: set[str] = set()
    for word in words:
        site, page = _site_of(config, word, known or {})
        sites.setdefault(site.name, site)
        if page is not None:
            pages.setdefault(site.name, []).append(page)
        elif web_address(word) is not None:
            now.add(site.name)
    return Chosen(tuple(sites.values()), pages, frozenset(now))


def refuse_taken_down(archive: store.Archive, chosen: Chosen) -> None:
    """:raises BadInput: a page that is asked for by name was taken down."""
    for url in (url for urls in chosen.pages.values() for url in urls):
        if is_taken_down(archive.db, url) and (gone := taken_down(archive.db, url)) is not None:
            raise BadInput(f"{url} was taken down on {gone.taken_down_at}: it is not fetched again")


def _site_of(config: Config, word: str, known: Mapping[str, str]) -> tuple[Site, str | None]:
    if word in config.sites:
        return config.sites[word], None
    url = web_address(word)
    if url is None:
        if "://" in word or "/" in word:
            raise BadInput(f"{word!r} is no http(s) address")
        names = ", ".join(sorted(config.sites)) or "none yet"
        raise NotFound(f"no site {word!r} in sites.toml", hint=f"known: {names}")
    if (site := site_of(url, config.sites.values())) is not None:
        return site, None if url == site.url else url
    name = site_name(url, config.sites)
    homepage = known.get(name, url)
    return Site(name=name, url=homepage), None if url == homepage else url


def web_address(word: str) -> str | None:
    """What a person types as an address: with or without https://."""
    if "://" not in word and "." in word.partition("/")[0]:
        word = f"https://{word}"
    return normalise(word) if word.startswith(("http://", "https://")) else None


def checked_contact(contact: str | None) -> str | None:
    """The contact, if it is one. Raises BadInput otherwise."""
    if contact and not ("@" in contact or contact.startswith(("http://", "https://"))):
        raise BadInput(f"the contact {contact!r} is neither an e-mail address nor a web page")
    if contact and not (contact.isascii() and contact.isprintable()):
        raise BadInput(f"the contact {contact!r} must be plain ASCII: it goes into a header")
    return contact


def check_contact(config: Config, sites: Iterable[Site], contact: str | None) -> str | None:
    """The contact for the User-Agent. Crawling the own machine needs none."""
    found = checked_contact(contact or os.environ.get("BROADSHEET_CONTACT") or config.contact)
    if not found and not all(_is_loopback(site.url) for site in sites):
        raise ContactMissing(
            "publishers must be able to reach whoever crawls them: no contact is set",
            hint="once: broadsheet init --contact you@example.org",
        )
    return found


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return is_local_name(host)


def session_for_scrapy(settings: Any, site: str | None) -> Session:
    """For `scrapy crawl news -a site=...`: the archive of BROADSHEET_ARCHIVE, as `broadsheet` finds it."""
    from crawler.archivist import check_capture

    check_capture(settings)
    folder = archive_folder(settings.get("BROADSHEET_ARCHIVE"))
    store.open_archive(folder).close()
    config = load(folder)
    chosen = choose_sites(config, [site] if site else [])
    contact = check_contact(config, chosen.sites, None)
    settings.set("USER_AGENT", user_agent(contact), priority="spider")
    return Session(folder, chosen.sites, Options(user_agent=user_agent(contact), contact=contact), chosen.pages)


def crawl(
    folder: Path,
    chosen: Chosen,
    *,
    contact: str | None = None,
    allow_addresses: Sequence[str] = (),
    settings: dict[str, Any] | None = None,
    workers: int | None = None,
    deadline_s: float | None = None,
    record: Callable[[Page], None] | None = None,
    probe: Mapping[str, Sequence[Found]] | None = None,
    now: bool = False,
    replay: Recording | None = None,
) -> CrawlReport:
    """Fetch what is due of these sites, once. Blocks until it is done or stopped; once a process.

    `replay`: answers all requests; nothing is sent or waited for.

    `now`: also listings that are not due yet. With `probe` only front pages, their feeds and these places (by
    site's name) are fetched: what does it offer?
    """
    # First, while few frames are open: at its import Scrapy reads the source of each of them, three times.
    import scrapy.core.downloader.contextfactory  # noqa: F401
    from scrapy.crawler import CrawlerProcess
    from scrapy.settings import Settings

    from crawler.addresses import parse_networks
    from crawler.archivist import check_capture
    from crawler.replay import HANDLERS
    from crawler.spiders.news import NewsSpider

    parse_networks(allow_addresses)
    agent = user_agent(contact)
    values = Settings()
    values.setmodule("crawler.settings", priority="project")
    values.setdict({"USER_AGENT": agent, **(settings or {})}, priority="cmdline")
    values.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")  # the command line has its own
    values.set("BROADSHEET_ALLOW_ADDRESSES", list(allow_addresses), priority="cmdline")
    if replay is not None:
        values.set("DOWNLOAD_HANDLERS", HANDLERS, priority="cmdline")
        chosen = unhurried(chosen)
    check_capture(values, replayed=replay is not None)
    options = Options(
        agent,
        contact,
        workers,
        now=frozenset(site.name for site in chosen.sites) if now or probe is not None else chosen.now,
        probe=probe is not None,
        record=record,
        replay=replay,
    )
    if deadline_s is not None:
        options = replace(options, deadline_s=deadline_s)
    session = Session(folder, chosen.sites, options, chosen.pages, extra=probe or {})
    failures: list[Any] = []
    try:
        process = CrawlerProcess(values)
        process.crawl(NewsSpider, session=session).addErrback(failures.append)
        process.start()
    finally:
        session.close("failed")
    for failure in failures:
        raise failure.value
    return _report(session)


def _notes(slowed: Sequence[str], held_back: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    lines = [f"slowed down: {'; '.join(slowed)}"] if slowed else []
    return (
        *lines,
        *(f"{why}, the rest is left for later: {', '.join(names)}" for why, names in held_back.items()),
    )


def unhurried(chosen: Chosen) -> Chosen:
    """The sites of a replay: hours and pages a day are for publishers; one request at a time keeps to an order."""
    sites = tuple(replace(site, window=None, max_pages_a_day=None, concurrency=1) for site in chosen.sites)
    return replace(chosen, sites=sites)


def _of_replay(replay: Recording | None) -> tuple[str, ...]:
    if replay is None:
        return ()
    until = f" as of {replay.until:%Y-%m-%dT%H:%M:%SZ}" if replay.until else ""
    return (f"a replay of {', '.join(replay.names)}{until}: nothing was sent", *replay.notes())


def _report(session: Session) -> CrawlReport:
    with store.open_archive(session.folder) as archive:
        summary = store.crawl_summary(archive.db, session.crawl_id)
        held_back = session.held_back(archive)
    return CrawlReport(
        crawl_id=session.crawl_id,
        finish_reason=session.finish_reason or "failed",
        summary=summary,
        recovered=session.recovered,
        resumed=session.resumed,
        over_budget=tuple(held_back.pop("max_pages", ())),
        error=session.error,
        notes=(*_of_replay(session.options.replay), *_notes(session.slowed, held_back)),
    )
