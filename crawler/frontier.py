"""When each URL is fetched: a task for each host that waits its turn, asks robots.txt, and hands out requests.

What is due stands in the database; nothing here has to survive. A URL that has been handed out is kept in
memory until its outcome is committed, so it is handed out once; after a crash it is simply due again.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive import optout
from archive.model import Found, Outcome, PageKind, Robots
from archive.pipeline import LONGEST_WAIT_S, Page
from archive.robots import Decision, Rules
from archive.scope import PRIORITY_FRONT
from archive.store import DueUrl
from archive.urls import host_of, origin_of
from crawler.config import Site
from crawler.pace import Answer, Pace
from crawler.robots import FRESH_S, MAX_HOPS, WORTH_ANOTHER_TRY

if TYPE_CHECKING:
    from archive.scope import Scope
    from crawler.session import Session

BATCH = 20  # URLs read from the database at once; fewer keeps priorities fresh
LOOK_EVERY_S = 30.0  # for URLs whose time has come while this crawl went on
MAX_PENDING_PAGES = 64  # fetched, but not yet on disk
MAX_PENDING_BYTES = 64 * 2**20


@dataclass(eq=False, slots=True)
class Claim:
    """A URL that has been handed out, until its outcome is committed."""

    due: DueUrl
    site: Site
    scope: Scope
    fetched: asyncio.Future[None]  # the connection is free again
    done: asyncio.Future[Page]  # records and rows are on disk
    robots_origin: str | None = None  # whose robots.txt, or which tdmrep.json, this is about
    taken: bool = False  # handed to the archive
    size: int = 0

    @property
    def host(self) -> str:
        return urlsplit(self.due.url).hostname or ""


@dataclass(slots=True)
class Turns:
    """Whose turn it is at one host: when, by its pace, and how many at once."""

    pace: Pace
    slots: asyncio.Semaphore


class Frontier:
    """Hands out `Claim`s as they fall due (`claims`), until nothing is left that this crawl should wait for."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.loop = asyncio.get_running_loop()
        self.changed = asyncio.Event()
        self._ready: asyncio.Queue[Claim | None] = asyncio.Queue()  # None: there is nothing more
        self._turns: dict[str, Turns] = {}  # by host
        self._rules: dict[str, tuple[Rules, datetime]] = {}  # by origin; when they were read
        self._tdm_seen: set[str] = set()  # origins
        self._robots_locks: dict[str, asyncio.Lock] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._claims: dict[int, Claim] = {}  # by url_id: there is one of each at most
        self._pending_bytes = 0

    async def claims(self) -> AsyncIterator[Claim]:
        keeper = asyncio.create_task(self._keep_hosts_served())
        keeper.add_done_callback(lambda _: self._ready.put_nowait(None))
        try:
            while (claim := await self._ready.get()) is not None:
                yield claim
            keeper.result()
        finally:
            self.close(keeper)

    def close(self, *more: asyncio.Task[None]) -> None:
        for task in (*self._tasks.values(), *more):
            task.cancel()

    # Called back.

    def answered(self, claim: Claim, answer: Answer) -> None:
        """What the answer tells of how the host fares; before `fetched`."""
        self._turns_at(host_of(claim.due.url), claim.site).pace.answered(answer)

    def fetched(self, claim: Claim, size: int) -> None:
        """The answer has come (or will not): the host may be asked again."""
        claim.size = size
        self._pending_bytes += size
        if not claim.fetched.done():
            claim.fetched.set_result(None)

    def released(self, pages: list[tuple[Claim, Page]]) -> None:
        """These are on disk; what they led to is in the database."""
        for claim, page in pages:
            self._claims.pop(claim.due.url_id, None)
            self._pending_bytes -= claim.size
            if not claim.done.done():
                claim.done.set_result(page)
        self.changed.set()

    def abandon(self, error: Exception) -> None:
        """Nothing more will be written: let everybody who waits for a commit go."""
        for claim in self._claims.values():
            if not claim.done.done():
                claim.done.set_exception(error)
                claim.done.exception()  # seen: nobody need be waiting
        self.close()

    def notes(self) -> list[str]:
        """What hosts were slowed down, and why, for people."""
        said = ((host, turns.pace.note()) for host, turns in sorted(self._turns.items()))
        return [f"{host}: {note}" for host, note in said if note]

    # Tasks.

    async def _keep_hosts_served(self) -> None:
        """Start a task for each host with something due; return when all is done."""
        look_at = time.monotonic() + LOOK_EVERY_S
        while True:
            self.changed.clear()
            now = datetime.now(UTC)
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + LOOK_EVERY_S
                if (coming := self.session.make_visits_due(now)) is not None:
                    await asyncio.wrap_future(coming)
            in_flight = Counter(host_of(claim.due.url) for claim in self._claims.values())
            left = self._left()
            for host, count in self.session.due_hosts(now).items():
                if count <= in_flight[host] or host in left:
                    continue  # what is due there has been handed out (its commit will wake us), or must wait
                if host not in self._tasks or self._tasks[host].done():
                    self._raise_of(self._tasks.get(host))
                    self._tasks[host] = asyncio.create_task(self._serve(host))
            busy = [t for t in self._tasks.values() if not t.done()]
            if not busy and not self._claims:
                wait_s = self._until_next_s(now)
                if wait_s is None:
                    return
                await self._wait_changed(wait_s)
            else:
                await self._wait_changed(1.0)

    def _until_next_s(self, now: datetime) -> float | None:
        """Seconds until a retry falls due, if it is worth waiting for."""
        next_due = self.session.next_due_at(now, self._left())
        if next_due is None:
            return None
        wait_s = (datetime.fromisoformat(next_due) - now).total_seconds()
        return max(0.05, wait_s + 0.05) if wait_s <= LONGEST_WAIT_S else None

    def _left(self) -> Collection[str]:
        """Hosts that want to rest for longer than this crawl waits."""
        return {host for host, turns in self._turns.items() if turns.pace.left}

    async def _wait_changed(self, timeout_s: float) -> None:
        try:
            await asyncio.wait_for(self.changed.wait(), timeout_s)
        except TimeoutError:
            return

    @staticmethod
    def _raise_of(task: asyncio.Task[None] | None) -> None:
        if task is not None and task.done() and not task.cancelled() and task.exception():
            raise task.exception()  # type: ignore[misc]

    async def _serve(self, host: str) -> None:
        """Hand out what is due of one host, one after the other, at its pace."""
        while rows := self.session.due(host, BATCH, set(self._claims)):
            for row in rows:
                site = self.session.site_of(row.site_id)
                if site is None or not self._is_open(row, site):
                    return
                await self._serve_one(row, site)

    def _is_open(self, row: DueUrl, site: Site) -> bool:
        """Whether the site may be asked for something, and its host."""
        host = host_of(row.url)
        return self.session.allowance.holds(row.site_id, datetime.now(UTC)) and host not in self._left()

    def _is_free(self, row: DueUrl, site: Site) -> bool:
        """Whether it may be handed out still: the wait may have been long, and others ask for files of any host."""
        return row.url_id not in self._claims and self._is_open(row, site)

    async def _serve_one(self, row: DueUrl, site: Site) -> None:
        rules = await self._rules_for(row.url, site)
        if not self._is_free(row, site):
            return  # that is how robots.txt was answered
        decision = rules.decide(row.url)
        if not decision.allowed:
            await self._refuse(row, site, decision)
            return
        if refused := optout.disallowed(rules.robots.rules, site.respect, row.url):
            detail = f"{rules.robots.origin}/robots.txt says {', '.join(refused)}"
            await self._refuse(row, site, Decision(False, Outcome.OPT_OUT, detail))
            return
        if row.kind != PageKind.REQUISITE and not self.session.options.probe:
            await self._see_tdm_file(origin_of(row.url), site, rules)
            if not self._is_open(row, site):
                return
        turns = self._turns_at(host_of(row.url), site)
        turns.pace.at_most(max(site.delay_s, rules.crawl_delay_s or 0.0))
        await self._wait_for_turn(turns)
        if not self._is_free(row, site):
            turns.slots.release()
            return
        if row.kind != PageKind.REQUISITE:
            self.session.allowance.handed_out(row.site_id, datetime.now(UTC))
        self._hand_out(self._claim(row, site), turns)

    async def _refuse(self, row: DueUrl, site: Site, decision: Decision) -> None:
        """Note that a URL is not asked for: no faster than such notes come to disk."""
        await self._wait_for_room()
        if self._is_free(row, site):
            claim = self._claim(row, site)
            self.session.took(claim, (), decision.outcome, decision.reason, final=decision.final)

    def _claim(self, row: DueUrl, site: Site, robots_origin: str | None = None) -> Claim:
        scope = self.session.scope_of(site)
        claim = Claim(row, site, scope, self.loop.create_future(), self.loop.create_future(), robots_origin)
        self._claims[row.url_id] = claim
        return claim

    def _turns_at(self, host: str, site: Site) -> Turns:
        if host not in self._turns:
            pace = self.session.pace()
            pace.at_most(site.delay_s)
            if (rest_s := self.session.rest_s(host)) is not None:
                pace.rest(rest_s)  # as it asked an earlier crawl
            self._turns[host] = Turns(pace, asyncio.Semaphore(site.concurrency))
        return self._turns[host]

    async def _wait_for_turn(self, turns: Turns) -> None:
        """Wait for a free slot (which is ours then), for the pace of the host and for room behind us."""
        await turns.slots.acquire()
        while (wait_s := turns.pace.wait_s()) > 0 and not turns.pace.left:
            await asyncio.sleep(wait_s)
        await self._wait_for_room()

    async def _wait_for_room(self) -> None:
        while len(self._claims) > MAX_PENDING_PAGES + len(self._tasks) or self._pending_bytes > MAX_PENDING_BYTES:
            self.changed.clear()
            await self._wait_changed(0.5)

    def _hand_out(self, claim: Claim, turns: Turns) -> None:
        """Let the claim go, in the slot that it has."""
        claim.fetched.add_done_callback(lambda _: turns.slots.release())
        turns.pace.sent()
        self._ready.put_nowait(claim)

    # robots.txt

    async def _rules_for(self, url: str, site: Site) -> Rules:
        origin = origin_of(url)
        async with self._robots_locks.setdefault(origin, asyncio.Lock()):
            known = self._rules.get(origin)
            if known is None or not _is_fresh(known[1]):
                robots, read_at = self._robots_kept(origin) or await self._fetch_robots(origin, site)
                # What this crawl has read holds on while there is nothing newer (RFC 9309 clause 2.4).
                rules = known[0] if known and robots.status == "disallow-all" else Rules(robots)
                known = self._rules[origin] = rules, read_at
                self._tdm_seen.discard(origin)
            return known[0]

    def _robots_kept(self, origin: str) -> tuple[Robots, datetime] | None:
        kept = self.session.robots(origin)
        if kept is None:
            return None
        robots, fetched_at = kept[0], datetime.fromisoformat(kept[1])
        self.session.rules_before[origin] = (robots.status, robots.rules)
        # What could not be read is asked for anew by every crawl: the server may have recovered.
        return (robots, fetched_at) if robots.status != "disallow-all" and _is_fresh(fetched_at) else None

    async def _fetch_robots(self, origin: str, site: Site) -> tuple[Robots, datetime]:
        """Ask for it, twice if the server fails, following redirects; each exchange is archived."""
        robots, at = Robots(origin, "disallow-all", None, "no answer"), datetime.now(UTC)
        for _ in range(2):
            page = await self._fetch_file(f"{origin}/robots.txt", origin, site)
            if page is None:
                return robots, at
            robots = page.robots or Robots(origin, "allow-all", None, "too many redirects")
            if page.outcome not in WORTH_ANOTHER_TRY:
                break
        await self._reconsider(origin, robots)
        return robots, at

    async def _fetch_file(self, url: str | None, whose: str, site: Site) -> Page | None:
        """A file that speaks for an origin (`whose`), behind redirects; None if a host wants rest before it answers."""
        page: Page | None = None
        for _ in range(MAX_HOPS + 1):
            if url is None:
                break
            turns = self._turns_at(host_of(url), site)
            await self._wait_for_turn(turns)
            if turns.pace.left:
                turns.slots.release()
                return None
            found = Found(url, PageKind.ROBOTS, PRIORITY_FRONT + 1)
            row = await asyncio.wrap_future(self.session.claim_robots_url(site, found))
            while (other := self._claims.get(row.url_id)) is not None:
                await asyncio.shield(other.done)  # who asked for it, and for whose sake, is another matter
            claim = self._claim(row, site, whose)
            self._hand_out(claim, turns)
            page = await claim.done
            url = page.redirect_to
        return page

    async def _see_tdm_file(self, origin: str, site: Site, rules: Rules) -> None:
        """Ask for an origin's tdmrep.json, as often as for robots.txt."""
        url = origin + optout.WELL_KNOWN
        async with self._robots_locks[origin]:
            if origin in self._tdm_seen or not rules.decide(url).allowed:
                return
            self._tdm_seen.add(origin)
            at = self.session.tdm_file(origin)[1]
            if at is None or not _is_fresh(datetime.fromisoformat(at)):
                await self._fetch_file(url, url, site)

    async def _reconsider(self, origin: str, robots: Robots) -> None:
        """New rules may allow what the old ones did not."""
        kept = self.session.rules_before.get(origin)
        if kept is not None and kept != (robots.status, robots.rules) and robots.status != "disallow-all":
            for reason in (Outcome.ROBOTS, Outcome.OPT_OUT):
                await asyncio.wrap_future(self.session.forgive(host_of(origin), reason))


def _is_fresh(at: datetime) -> bool:
    """Whether what an origin's file said then still holds."""
    return datetime.now(UTC) - at < timedelta(seconds=FRESH_S)
