"""How a crawl begins and ends in the database: the same for the crawler and for a rebuild from its records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from archive import store
from archive.journal import Event
from archive.model import Found, PageKind
from archive.scope import PRIORITY_ASKED, PRIORITY_FEED, PRIORITY_FRONT, PRIORITY_SECTION, Scope
from archive.store import Archive, imports, visits
from archive.store.lookups import forgive_missing, make_due, make_named_due, resumed_since
from archive.store.reconsider import changed_scopes, reconsider
from archive.store.settling import settle
from archive.store.visits import Schedule

BEGAN, ENDED = "crawl-began", "crawl-ended"
CUT_SHORT = frozenset({"failed", "shutdown", "storage-failed"})  # what furniture there is, the next crawl learns


@dataclass(frozen=True, slots=True)
class PlannedSite:
    """A site as a crawl is to follow it. Of one that is here for `pages` alone, nothing else is made due."""

    name: str
    title: str | None
    url: str  # its front page
    scope: Scope
    feeds: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()  # asked for by name
    guesses: tuple[Found, ...] = ()  # more that may be worth a try
    schedule: Schedule = field(default_factory=Schedule)
    sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a crawl sets out to do. `started_at` is also when what it names was first seen."""

    uuid: str
    started_at: datetime  # whole seconds
    user_agent: str
    software: str
    sites: tuple[PlannedSite, ...] = ()
    now: tuple[
        str, ...
    ] = ()  # sites whose listings, and what has failed of them, are asked whatever the schedule says
    settings: Mapping[str, Any] | None = None  # of a replay: its files, and up to when

    def event(self) -> Event:
        return Event(BEGAN, self.started_at, {k: v for k, v in asdict(self).items() if k != "started_at"})


@dataclass(frozen=True, slots=True)
class Begun:
    crawl_id: int
    site_ids: Mapping[str, int] = field(default_factory=dict)  # by name
    resumed: bool = False  # the crawl before this one did not end


def plan_of(event: Event) -> Plan:
    """The reverse of `Plan.event`.

    :raises ValueError: it is no such event, or one that cannot be read.
    """
    facts = event.facts
    try:
        sites = tuple(_site(entry) for entry in facts["sites"])
        # Before there were schedules, every crawl asked all.
        now = tuple(facts.get("now", [site.name for site in sites]))
        return Plan(
            facts["uuid"], event.at, facts["user_agent"], facts["software"], sites, now, facts.get("settings")
        )
    except (KeyError, TypeError) as e:
        raise ValueError(f"no plan of a crawl: {e}") from None


def _site(entry: Mapping[str, Any]) -> PlannedSite:
    stated = entry["scope"]
    scope = Scope(
        tuple(stated["hosts"]),
        tuple(stated["include"]),
        tuple(stated["exclude"]),
        int(stated["max_depth"]),
        bool(stated.get("requisites")),
        stated.get("max_variants"),
        int(stated.get("sitemap_days", 0)),  # before there were such windows, there was none
    )
    guesses = tuple(Found(**{**guess, "kind": PageKind(guess["kind"])}) for guess in entry["guesses"])
    feeds, pages = tuple(entry["feeds"]), tuple(entry["pages"])
    held = entry.get("schedule")
    schedule = visits.loads(json.dumps(held)) if held else Schedule()
    sections = tuple(entry.get("sections", ()))
    return PlannedSite(
        entry["name"], entry["title"], entry["url"], scope, feeds, pages, guesses, schedule, sections
    )


def begin(archive: Archive, plan: Plan) -> Begun:
    """Enter the sites and what is to be fetched of them, make due what every crawl asks again, enter the crawl."""
    db, now = archive.db, plan.started_at
    ids = {site.name: _register(archive, site, now) for site in plan.sites}
    for site in plan.sites:
        store.add_urls(db, ids[site.name], site.guesses, found_on=None, now=now)
    since = resumed_since(db, now)
    sites = {site.name: site for site in plan.sites if not site.pages}
    changed = changed_scopes(db, {name: site.scope for name, site in sites.items()})
    for name in changed:
        reconsider(db, ids[name], sites[name].scope, now)
    whole = [ids[name] for name in sites]
    asked = [ids[name] for name in sites if name in plan.now]
    if asked:
        visits.make_listings_due(db, asked, since=since)
    visits.make_due(db, now, whole)
    crawl_id = store.open_crawl(
        db,
        user_agent=plan.user_agent,
        software=plan.software,
        started_at=now,
        uuid=plan.uuid,
        settings={**(plan.settings or {}), **({"scopes": changed} if changed else {})} or None,
    )
    return Begun(crawl_id, ids, since is not None)


def _register(archive: Archive, site: PlannedSite, now: datetime) -> int:
    site_id = store.add_site(archive.db, site.name, site.title, site.url, now=now)
    visits.set_schedule(archive.db, site_id, site.schedule)
    imports.adopt(archive.db, site_id, site.scope.hosts)
    seeds = [Found(site.url, PageKind.FRONT, PRIORITY_FRONT)]
    seeds += [Found(feed, PageKind.FEED, PRIORITY_FEED) for feed in site.feeds]
    seeds += [Found(url, PageKind.SECTION, PRIORITY_SECTION) for url in site.sections]
    seeds += [Found(url, PageKind.PAGE, PRIORITY_ASKED) for url in site.pages]
    store.add_urls(archive.db, site_id, seeds, found_on=None, now=now)
    make_due(archive.db, site.pages)
    forgive_missing(archive.db, site_id)
    if not site.pages:
        make_named_due(archive.db, (site.url, *site.feeds, *site.sections))
    return site_id


def ended(crawl_uuid: str, at: datetime, reason: str) -> Event:
    return Event(ENDED, at, {"uuid": crawl_uuid, "finish_reason": reason})


def end(archive: Archive, crawl_id: int, at: datetime, reason: str) -> None:
    """Learn the furniture that the crawl has brought, and note what it came to."""
    if reason not in CUT_SHORT:
        settle(archive.db, now=at)
        visits.learn(archive.db, visits.crawled(archive.db, crawl_id), at)
    summary = asdict(store.crawl_summary(archive.db, crawl_id))
    store.close_crawl(archive.db, crawl_id, ended_at=at, finish_reason=reason, summary=summary)
