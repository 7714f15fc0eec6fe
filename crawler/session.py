"""One crawl of an archive: the lock, the recovery of what a dead one left, the workers and the writing thread.

Nothing here knows Scrapy; `crawler.archivist` ties a session to a crawler, and the frontier asks it what is due.
"""

from __future__ import annotations

import platform
import threading
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive import crawls, pipeline, store
from archive.crawls import Plan, PlannedSite
from archive.errors import BroadsheetError
from archive.intake import Intake
from archive.job import Job
from archive.journal import DUE, FORGIVEN, FORMAT, SOFTWARE, Event
from archive.model import Exchange, Found, Outcome, PageKind, RefersTo, Robots
from archive.pipeline import Page
from archive.recording.answers import Recording
from archive.recover import recover_archive
from archive.rules.load import of_archive
from archive.scope import Scope
from archive.store import DueUrl, manners, visits
from archive.store.lookups import forgive
from archive.urls import origin_of
from archive.warc.writer import WarcWriter
from archive.workers import Limits, TaskFailed, WorkerPool
from crawler import config
from crawler.allowance import Allowance
from crawler.config import Site
from crawler.frontier import Claim
from crawler.pace import NoPace, Pace

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Options:
    """How to crawl, as the command line or Scrapy's settings say it."""

    user_agent: str = SOFTWARE
    contact: str | None = None
    workers: int | None = None
    deadline_s: float = 20.0
    now: frozenset[str] = frozenset()  # sites whose listings are asked, due or not
    probe: bool = False  # only what lists articles: front page and feeds
    replay: Recording | None = None  # answers in place of the network; nothing is waited for
    record: Callable[[Page], None] | None = None  # told of each page once it is on disk; runs in the intake thread


class Session:
    """Opens everything in order, closes it in the reverse; `close` may be called twice."""

    def __init__(
        self,
        folder: Path,
        sites: Sequence[Site],
        options: Options,
        pages: Mapping[str, Sequence[str]] | None = None,
        extra: Mapping[str, Sequence[Found]] | None = None,
    ) -> None:
        """`pages`: URLs to fetch now; `extra`: more that may be worth a try; both by site's name."""
        self.folder, self.options = folder, options
        self.finish_reason: str | None = None
        self.rules_before: dict[str, tuple[str, str | None]] = {}  # by origin: status and text of robots.txt
        self.stopping = False
        self.named = frozenset(pages or ())  # sites that are here for pages alone
        self.error: BroadsheetError | None = None
        self.on_released: Callable[[list[tuple[Claim, Page]]], None] = lambda _: None
        self.on_failed: Callable[[BroadsheetError], None] = lambda _: None
        self._claims: dict[int, Claim] = {}
        self._outstanding = 0
        self.slowed: list[str] = []  # hosts that were slowed down, and why
        self._closed = False
        self._lock = threading.Lock()
        self._stack = ExitStack()
        try:
            self._open(sites, pages or {}, extra or {})
        except BaseException:
            self._stack.close()
            raise

    def _open(
        self, sites: Sequence[Site], pages: Mapping[str, Sequence[str]], extra: Mapping[str, Sequence[Found]]
    ) -> None:
        self._site_rules = of_archive(self.folder)  # first: with a mistake in them nothing is fetched
        self._stack.enter_context(store.writer_lock(self.folder))
        with store.open_archive(self.folder, write=True) as archive:
            self.recovered = recover_archive(archive, self._scope_of_name, self._site_rules)
            self.plan = Plan(
                uuid=str(uuid.uuid4()),
                started_at=datetime.now(UTC).replace(microsecond=0),
                user_agent=self.options.user_agent,
                software=SOFTWARE,
                sites=tuple(_planned(site, pages, extra) for site in sites),
                now=tuple(site.name for site in sites if site.name in self.options.now),
                settings=_settings(self.options.replay),
            )
            begun = crawls.begin(archive, self.plan)
        self.crawl_id, self.resumed = begun.crawl_id, begun.resumed
        self.sites = {begun.site_ids[site.name]: site for site in sites}
        self.archive = self._stack.enter_context(store.open_archive(self.folder))
        self.allowance = Allowance(self.sites, lambda n, now: manners.pages_of_day(self.archive.db, n, now))
        self._fronts: dict[int, tuple[str, ...]] = {}
        limits = Limits(deadline_s=self.options.deadline_s)
        self._pool = WorkerPool(
            "archive.pipeline:process", processes=self.options.workers, limits=limits, preload=pipeline.PRELOAD
        )
        writer = WarcWriter(self.archive.warc_folder, info=self._info(), host=platform.node() or "localhost")
        self._intake = Intake(
            self.folder, writer, self.crawl_id, released=self._released, failed=self._failed, idle=self._idle,
            opening=self.plan.event(),
        )  # fmt: skip

    def _scope_of_name(self, name: str) -> Scope | None:
        site = config.load(self.folder).sites.get(name)
        return site.scope() if site else None

    def _info(self) -> dict[str, str]:
        info = {
            **FORMAT,
            "isPartOf": f"urn:uuid:{self.plan.uuid}",  # the crawl
            "robots": "obey",
            "http-header-user-agent": self.options.user_agent,
        }
        if self.options.replay is not None:
            info["description"] = f"replayed from {', '.join(self.options.replay.names)}"
        return info | ({"operator": self.options.contact} if self.options.contact else {})

    # What the frontier asks; in the thread of the event loop.

    def pace(self) -> Pace:
        """That of a host at which nothing has been asked for yet."""
        return Pace(time.monotonic) if self.options.replay is None else NoPace()

    def _due_by(self, now: datetime) -> datetime:
        """Up to when what is put off counts as due: in a replay all of it."""
        return now if self.options.replay is None else END_OF_TIME

    def due_hosts(self, now: datetime) -> dict[str, int]:
        return store.due_hosts(
            self.archive.db, self._due_by(now), self._allowed(now), seeds_only=self.options.probe
        )

    def next_due_at(self, now: datetime, without: Collection[str] = ()) -> str | None:
        """When something falls due at a host that is none of these."""
        allowed, probe = self._allowed(now), self.options.probe
        return store.next_due_at(self.archive.db, now, allowed, without=without, seeds_only=probe)

    def _allowed(self, now: datetime) -> list[int]:
        return [site_id for site_id in self.sites if self.allowance.holds(site_id, now)]

    def rest_s(self, host: str) -> float | None:
        """For how many seconds a host has asked to be left alone."""
        now = datetime.now(UTC)
        until = manners.resting_until(self.archive.db, host, now)
        return (datetime.fromisoformat(until) - now).total_seconds() if until else None

    def held_back(self, archive: store.Archive) -> dict[str, list[str]]:
        """{why nothing more was handed out: the sites of which something is due all the same}."""
        found: dict[str, list[str]] = {}
        for site_id, why in self.allowance.ended.items():
            if store.due_hosts(archive.db, datetime.now(UTC), [site_id]):
                found.setdefault(why, []).append(self.sites[site_id].name)
        return {why: sorted(names) for why, names in sorted(found.items())}

    def make_visits_due(self, now: datetime) -> Future[int] | None:
        """Let URLs whose time has come join the crawl; None if there are none."""
        whole = [site_id for site_id, site in self.sites.items() if site.name not in self.named]
        if self.options.probe or self.options.replay or not visits.any_due(self.archive.db, now, whole):
            return None
        event = Event(DUE, now.replace(microsecond=0), {"sites": [self.sites[site_id].name for site_id in whole]})
        return self._intake.call(lambda archive: visits.make_due(archive.db, event.at, whole), event)

    def due(self, host: str, limit: int, exclude: set[int]) -> list[DueUrl]:
        now = datetime.now(UTC)
        sites, probe = self._allowed(now), self.options.probe
        return store.due(self.archive.db, host, self._due_by(now), limit, exclude, sites, seeds_only=probe)

    def site_of(self, site_id: int) -> Site | None:
        return self.sites.get(site_id)

    def site_id(self, site: Site) -> int:
        return next(site_id for site_id, s in self.sites.items() if s.name == site.name)

    def scope_of(self, site: Site) -> Scope:
        """The site's scope, with the hosts its front page was found at."""
        site_id = self.site_id(site)
        hosts = self._fronts.get(site_id)
        if hosts is None:
            hosts = self._fronts[site_id] = tuple(store.front_hosts(self.archive.db, site_id))
        return site.scope(hosts)

    def robots(self, origin: str) -> tuple[Robots, str] | None:
        return store.robots(self.archive.db, origin)

    def claim_robots_url(self, site: Site, found: Found) -> Future[DueUrl]:
        site_id = self.site_id(site)

        def ensure(archive: store.Archive) -> DueUrl:
            due = store.ensure_url(archive.db, site_id, found, now=self.plan.started_at)
            # Read as that, whatever it is besides; in full, since a 304 would not say what the rules are.
            return replace(due, kind=PageKind.ROBOTS, refers_to=None)

        return self._intake.call(ensure)

    def tdm_file(self, origin: str) -> tuple[str | None, str | None]:
        return manners.tdm_file(self.archive.db, origin)

    def forgive(self, host: str, reason: str) -> Future[int]:
        """What robots.txt was a reason against on this host, and now is not, is due again: the rules have changed."""
        sites = self.sites.values() if reason == Outcome.OPT_OUT else ()
        respect = {site.name: list(site.respect) for site in sites if site.respect}
        event = Event(FORGIVEN, datetime.now(UTC), {"host": host, "reason": reason, "respect": respect})
        return self._intake.call(lambda archive: forgive(archive.db, host, reason, respect), event)

    # What the download handler brings; in the thread of the event loop.

    def took(
        self,
        claim: Claim,
        exchanges: tuple[Exchange, ...],
        outcome: Outcome,
        detail: str | None,
        *,
        final: bool = True,
    ) -> None:
        """An attempt has ended, with bytes or without; it is on its way to disk when this returns.

        `final=False`: what stopped it may be gone by the next crawl.
        """
        if claim.taken:
            return
        claim.taken = True
        due = claim.due
        job = Job(
            url_id=due.url_id, url=due.url, site_id=due.site_id, site=claim.site.name, kind=PageKind(due.kind),
            started=exchanges[0].started if exchanges else datetime.now(UTC),
            outcome=outcome, exchanges=exchanges, detail=detail, depth=due.depth, redirects=due.redirects,
            attempts=due.attempts, crawl_id=self.crawl_id,
            warcinfo_id=self._intake.warcinfo_id, refers_to=_refers_to(due), scope=claim.scope, final=final,
            robots_origin=claim.robots_origin, rules=self._site_rules.of_page(due.url),
            respect=claim.site.respect, signals_before=due.signals, tdm_file=self.tdm_file(origin_of(due.url))[0],
        )  # fmt: skip
        with self._lock:
            self._outstanding += 1
            self._claims[due.url_id] = claim
        if not any(exchange.response for exchange in exchanges):
            self._done(pipeline.process(job))
            return
        self._pool.submit(job).add_done_callback(lambda future: self._processed(job, future))

    # In the threads of workers and intake.

    def _processed(self, job: Job, future: Future[Page]) -> None:
        try:
            page = future.result()
        except TaskFailed as e:  # the raw page is kept whatever its reading does
            page = pipeline.process(job, unread=f"extraction failed: {e}")
        self._done(page)

    def _done(self, page: Page) -> None:
        self._intake.put(page)
        with self._lock:
            self._outstanding -= 1

    def _idle(self) -> bool:
        return self._outstanding == 0

    def _released(self, pages: list[Page]) -> None:
        for page in pages:
            if self.options.record:
                self.options.record(page)
            if page.redirect_to and page.job.kind == PageKind.FRONT:
                self._fronts.pop(page.job.site_id, None)
        with self._lock:
            pairs = [(self._claims.pop(page.job.url_id), page) for page in pages]
        self.on_released(pairs)

    def _failed(self, error: BroadsheetError) -> None:
        self.error = self.error or error
        self.on_failed(error)

    def close(self, reason: str) -> None:
        """Write what is waiting, seal the file, end the workers, give the lock back."""
        if self._closed:
            return
        self._closed = True
        self.finish_reason = self.finish_reason or reason
        with self._stack:
            self._pool.close()
            at = datetime.now(UTC).replace(microsecond=0)
            self._intake.close(crawls.ended(self.plan.uuid, at, reason))
            if self.error is None:
                with store.open_archive(self.folder, write=True) as archive:
                    crawls.end(archive, self.crawl_id, at, reason)


def _planned(
    site: Site, pages: Mapping[str, Sequence[str]], guesses: Mapping[str, Sequence[Found]]
) -> PlannedSite:
    asked, more = tuple(pages.get(site.name, ())), tuple(guesses.get(site.name, ()))
    return PlannedSite(
        site.name, site.title, site.url, site.scope(), site.feeds, asked, more, site.schedule(), site.sections
    )


def _settings(replay: Recording | None) -> dict[str, Any] | None:
    """What the row of the crawl tells of a replay."""
    if replay is None:
        return None
    at = {"until": replay.until.strftime("%Y-%m-%dT%H:%M:%SZ")} if replay.until else {}
    return {"replay": list(replay.names), **at}


def _refers_to(due: DueUrl) -> RefersTo | None:
    """The capture that a 304 means; None if the request is not conditional."""
    return due.refers_to if conditional_headers(due) else None


def conditional_headers(due: DueUrl) -> dict[str, str]:
    """If-None-Match and If-Modified-Since (RFC 9110 clause 13.1), only where the original can be referred to."""
    headers: dict[str, Any] = {}
    if due.refers_to and due.etag:
        headers["If-None-Match"] = due.etag
    if due.refers_to and due.last_modified:
        headers["If-Modified-Since"] = due.last_modified
    return headers
