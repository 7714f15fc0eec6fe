"""`broadsheet add`: fetch what a site offers as listings, read it, and write what works into sites.toml."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from archive import store
from archive.errors import (
    AddressBlocked,
    BadInput,
    BroadsheetError,
    CrawlFailed,
    RobotsForbade,
)
from archive.journal import DISMISSED, Event, enter
from archive.model import Found, Outcome
from archive.store.lookups import dismiss
from archive.store.offers import Front, Offer, front_of, offers_of_site
from archive.store.urls import NO_FEED
from archive.urls import normalise, origin_of
from crawler import config
from crawler.config import Site, site_name, site_of
from crawler.discovery import LeftOut, sift, usual_places
from crawler.report import LOST, failure
from crawler.run import Chosen, check_contact, crawl, web_address


@dataclass(frozen=True, slots=True)
class Added:
    """One site that was looked at: its entry, what it offers, and what of that was left out."""

    site: Site
    offers: tuple[Offer, ...]
    left_out: tuple[LeftOut, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "site": self.site.name,
            "url": self.site.url,
            "feeds": [_json(offer) for offer in self.offers if offer.kind != "section"],
            "sections": [_json(offer) for offer in self.offers if offer.kind == "section"],
            "left_out": [{**_json(each.offer), "reason": each.reason} for each in self.left_out],
        }

    def as_text(self) -> str:
        lines = [f"{self.site.name}  {self.site.url}"]
        lines += [f"  {offer.kind:14} {_counts(offer):34}  {offer.url}" for offer in self.offers]
        lines += [f"  left out: {each.offer.kind} {each.offer.url}: {each.reason}" for each in self.left_out]
        if all(offer.kind == "section" for offer in self.offers):
            how = "its section pages" if self.offers else "the front page's links"
            lines.append(f"  no feed or sitemap found: the crawl follows {how}")
        return "\n".join(lines)

    def entry(self) -> str:
        """The site's entry as it would stand in sites.toml."""
        return config.entry_text(self.site, self.notes())

    def notes(self) -> dict[str, str]:
        """Comments for sites.toml, by URL."""
        return {
            offer.url: _counts(offer) if offer.kind == "section" else f"{offer.kind}, {_counts(offer)}"
            for offer in self.offers
        }


def _json(offer: Offer) -> dict[str, object]:
    facts = {"url": offer.url, "kind": offer.kind, "entries": offer.entries, "newest": offer.newest}
    return {**facts, "foreign": offer.foreign}


def _counts(offer: Offer) -> str:
    """20 entries, 2 foreign, newest 2026-03-16"""
    things = {"sitemap-index": "sitemap", "section": "article"}.get(
        offer.kind, "entrie" if offer.entries != 1 else "entry"
    )
    parts = [f"{offer.entries} {things}" + ("s" if offer.entries != 1 else "")]
    parts += [f"{offer.foreign} foreign"] if offer.foreign else []
    parts += [f"newest {offer.newest[:10]}"] if offer.newest else []
    return ", ".join(parts)


def add_sites(
    folder: Path,
    urls: Sequence[str],
    *,
    contact: str | None,
    allow: Sequence[str],
    delay_s: float | None = None,
    dry_run: bool = False,
) -> tuple[list[Added], list[BroadsheetError]]:
    """Probe all the sites in one crawl, then write their entries -> those, and why others were not added.

    `delay_s`: between two requests to a host, this time; it is not written. With `dry_run` the archive, if there
    is one, stays as it is: what is fetched goes into one that is then removed.
    """
    known = config.load(folder)
    chosen: dict[str, Site] = {}
    for word in urls:
        url = web_address(word)
        if url is None:
            raise BadInput(f"{word!r} is no http(s) address")
        taken = known.sites | chosen
        site = site_of(url, taken.values()) or Site(site_name(url, taken), url, allow_addresses=tuple(allow))
        chosen[site.name] = site
    sites = list(chosen.values())
    contact = check_contact(known, sites, contact)
    with ExitStack() as stack:
        place = folder
        if dry_run:
            place = Path(stack.enter_context(TemporaryDirectory(prefix="broadsheet-"))) / "probe"
            store.create(place)
        added, mistakes = _probed(place, sites, contact=contact, allow=allow, delay_s=delay_s)
    if not dry_run:
        notes = {url: note for each in added for url, note in each.notes().items()}
        config.add_sites(folder, [each.site for each in added], notes)
    return added, mistakes


def _probed(
    folder: Path, sites: Sequence[Site], *, contact: str | None, allow: Sequence[str], delay_s: float | None
) -> tuple[list[Added], list[BroadsheetError]]:
    """-> the sites that offer something, and why the others are not to be followed."""
    places = {site.name: usual_places(site.url) for site in sites}
    paced = sites if delay_s is None else [replace(site, delay_s=delay_s) for site in sites]
    report = crawl(folder, Chosen(tuple(paced)), contact=contact, allow_addresses=allow, probe=places)
    lost = failure(report)
    with store.writer_lock(folder), store.open_archive(folder, write=True) as archive:
        _dismiss_guesses(archive, sites, places)
        added = [_sifted(site, offers_of_site(archive.db, site.name)) for site in sites]
        fronts = {site.name: front_of(archive.db, normalise(site.url) or site.url) for site in sites}
    if lost is not None and not isinstance(lost, CrawlFailed):  # stopped, or the disk; not this or that page
        raise lost
    mistakes = {each.site.name: _mistake(each, fronts[each.site.name]) for each in added}
    good = [each for each in added if mistakes[each.site.name] is None]
    return good, [mistake for mistake in mistakes.values() if mistake is not None]


def _mistake(added: Added, front: Front | None) -> BroadsheetError | None:
    """Why a site that was tried is not one to follow; a front page that fails is none if there are feeds."""
    url = added.site.url
    if front is not None and front.is_feed:
        return BadInput(f"{url} is a feed", hint=f"name the front page, it is found from there: {origin_of(url)}/")
    if added.offers or front is None or front.outcome in (Outcome.ARCHIVED, Outcome.UNCHANGED, Outcome.REDIRECT):
        return None
    if front.outcome == Outcome.ROBOTS:
        return RobotsForbade(f"{url} is not added: {front.detail or 'robots.txt forbids it'}")
    answer = f"answers {front.status}" if front.status else front.detail or front.outcome
    if front.outcome == Outcome.GONE:
        return CrawlFailed(f"{url} is not added: it {answer}", hint="check the address")
    if front.outcome == Outcome.BLOCKED:
        return AddressBlocked(f"{url} is not added: {answer}", hint="--allow-address, if it is your own network")
    kind, words = LOST.get(front.outcome, (CrawlFailed, front.outcome))
    return kind(f"{url} is not added: {words}: {answer}", hint="check the address, or try again later")


def _dismiss_guesses(archive: store.Archive, sites: Sequence[Site], places: dict[str, list[Found]]) -> None:
    named = {feed for site in sites for feed in site.feeds}
    guesses = [found.url for found in chain(*places.values()) if found.url not in named]
    event = Event(DISMISSED, datetime.now(UTC), {"urls": guesses, "reason": NO_FEED})
    enter(archive, event, lambda: dismiss(archive.db, guesses, NO_FEED))


def _sifted(site: Site, offers: Sequence[Offer]) -> Added:
    named = frozenset((*site.feeds, *site.sections))
    kept, left_out = sift(offers, datetime.now(UTC).date(), named)
    title = site.title or next((offer.title for offer in kept if offer.title), None)
    feeds = tuple(offer.url for offer in kept if offer.kind != "section")
    sections = tuple(offer.url for offer in kept if offer.kind == "section")
    return Added(replace(site, title=title, feeds=feeds, sections=sections), tuple(kept), tuple(left_out))
