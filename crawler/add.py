"""`broadsheet add`: fetch what a site offers as listings, read it, and write what works into sites.toml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from archive import store
from archive.errors import BadInput
from archive.journal import DISMISSED, Event, enter
from archive.store.lookups import FeedFound, dismiss, feeds_of_site
from crawler import config
from crawler.config import Site, site_name
from crawler.discovery import usual_places
from crawler.report import failure
from crawler.run import Chosen, check_contact, crawl, web_address


@dataclass(frozen=True, slots=True)
class Added:
    """One site that was looked at: its entry, and the feeds that were found, working or not."""

    site: Site
    feeds: tuple[FeedFound, ...]

    def as_json(self) -> dict[str, object]:
        feeds = [{"url": f.url, "kind": f.kind, "entries": f.entries, "newest": f.newest} for f in self.feeds]
        return {"site": self.site.name, "url": self.site.url, "feeds": feeds}

    def as_text(self) -> str:
        lines = [f"{self.site.name}  {self.site.url}"]
        for feed in self.feeds:
            newest = f", newest {feed.newest[:10]}" if feed.newest else ""
            lines.append(f"  {feed.kind:14} {feed.entries:6} entries{newest}  {feed.url}")
        if not self.feeds:
            lines.append("  no feed or sitemap found: the crawl follows the front page's links")
        return "\n".join(lines)


def add_sites(folder: Path, urls: Sequence[str], *, contact: str | None, allow: Sequence[str]) -> list[Added]:
    """Probe all the sites in one crawl, then write their entries."""
    known = config.load(folder)
    sites: list[Site] = []
    for word in urls:
        url = web_address(word)
        if url is None:
            raise BadInput(f"{word!r} is no http(s) address")
        name = site_name(url, known.sites)
        sites.append(known.sites.get(name) or Site(name=name, url=url, allow_addresses=tuple(allow)))
    contact = check_contact(known, sites, contact)
    places = {site.name: usual_places(site.url) for site in sites}
    report = crawl(folder, Chosen(tuple(sites)), contact=contact, allow_addresses=allow, probe=places)
    added = []
    named = {feed for site in sites for feed in site.feeds}
    guesses = [found.url for found in chain(*places.values()) if found.url not in named]
    with store.open_archive(folder, write=True) as archive:
        event = Event(DISMISSED, datetime.now(UTC), {"urls": guesses, "reason": "no-feed"})
        enter(archive, event, lambda: dismiss(archive.db, guesses, "no-feed"))
        for site in sites:
            feeds = tuple(feeds_of_site(archive.db, site.name))
            title = site.title or next((f.title for f in feeds if f.title), None)
            added.append(Added(replace(site, title=title, feeds=tuple(f.url for f in feeds)), feeds))
    lost = failure(report)
    if lost is not None and not report.summary.archived:
        raise lost
    config.add_sites(folder, [a.site for a in added])
    return added
