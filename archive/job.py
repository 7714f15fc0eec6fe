"""One attempt to fetch a URL, and what its metadata record says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from archive import scope
from archive.model import Exchange, Outcome, PageKind, RefersTo
from archive.rules import Rules


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt to fetch a URL, with all that `process` needs to know."""

    url_id: int
    url: str
    site_id: int
    site: str
    kind: PageKind
    started: datetime
    outcome: Outcome  # as far as the network can tell: ARCHIVED means that an answer came whole
    exchanges: tuple[Exchange, ...] = ()
    detail: str | None = None
    depth: int = 0
    redirects: int = 0
    attempts: int = 0  # tries before this one
    crawl_id: int | None = None
    warcinfo_id: str = ""
    refers_to: RefersTo | None = None  # what a conditional request was about
    scope: scope.Scope = field(default_factory=lambda: scope.Scope(()))
    robots_origin: str | None = None  # for whose robots.txt, or which tdmrep.json, this was fetched, if it was
    final: bool = True  # False: what forbade it may be gone by the next crawl
    rules: Rules | None = None  # those for the URL's host; the capture's date decides which of them hold
    status: int | None = None  # of an answer of which nothing is kept
    respect: tuple[str, ...] = ()  # signals of opting out (`archive.optout`): a page that gives one is not kept
    signals_before: str | None = None  # those of what a conditional request was about
    tdm_file: str | None = None  # the text of its origin's tdmrep.json
    recorded: bool = False  # its records lie in a file already: none are built


def facts_of(job: Job) -> dict[str, str]:
    """What no answer says of an attempt, for its metadata record: from these the database can be made again."""
    facts = {
        "site": job.site,
        "kind": job.kind.value,
        "depth": str(job.depth),
        "redirects": str(job.redirects),
        "outcome": job.outcome.value,
    }
    if job.attempts:
        facts["triesBefore"] = str(job.attempts)
    if job.status is not None:
        facts["status"] = str(job.status)
    if job.detail:
        facts["detail"] = job.detail
    if not job.final:
        facts["final"] = "false"
    if job.robots_origin:
        facts["robotsOrigin"] = job.robots_origin
    if len(job.scope.hosts) > 1:
        facts["scopeHosts"] = " ".join(job.scope.hosts)
    return facts


def facts_to_settings(facts: Mapping[str, str]) -> tuple[PageKind, int, int, str | None]:
    """The reverse of the facts in a metadata record: kind, depth, redirects, robots origin."""
    kind = facts.get("kind", "")
    depth, redirects = (
        int(value) if (value := facts.get(name, "")).isdecimal() and len(value) < 6 else 0
        for name in ("depth", "redirects")
    )
    return PageKind(kind) if kind in set(PageKind) else PageKind.PAGE, depth, redirects, facts.get("robotsOrigin")
