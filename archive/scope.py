"""Which URLs belong to a site, and what each is worth: pure decisions, made before anything is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from urllib.parse import urlsplit

from archive.model import Feed, FeedEntry, Found, Link, PageKind
from archive.traps import is_trap
from archive.url_shape import is_article, may_be_section
from archive.urls import host_of, same_site

# Files that are neither a page nor a feed; the captures of a page's pictures and styles are another matter.
ASSET = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|css|m?js|map|woff2?|ttf|otf|eot|mp[34]|m4[av]|webm|og[gv]|wav|mov|avi"
    r"|zip|rar|7z|tar|gz|exe|dmg|apk|pdf|docx?|xlsx?|pptx?|epub)$",
    re.IGNORECASE,
)
MAX_INDEXES = 3  # an index of indexes of indexes does not end by itself
MAX_REDIRECTS = 10
MAX_SECTIONS = 40  # links of a front page that are taken for its sections

PRIORITY_ASKED = 60  # named by a person
PRIORITY_FRONT = 50
PRIORITY_FEED = 40
PRIORITY_REQUISITE = 30  # while it is as the page showed it
PRIORITY_SECTION = 25  # what looks like a section and stands on the front page, or is named in sites.toml
PRIORITY_LISTED = 20  # named by a feed, a front or a section page
PRIORITY_LINKED = 10  # linked from elsewhere
# What is listed comes in the order of its age: so many days old at most -> how much later than what is new.
LATER = ((2, 0), (7, 1), (30, 2), (365, 4))
LATEST = 6  # what is older still
LATER_UNDATED = 3  # in a sitemap; other feeds list only what is new


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the web one site is: hosts (with or without www.), and regular expressions on the whole URL.

    A URL is in scope if its host is one of `hosts`, some `include` (if there are any) matches and no
    `exclude` does. `max_depth` counts links from a seed.
    """

    hosts: tuple[str, ...]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_depth: int = 5
    requisites: bool = False  # also the pictures, styles and fonts of its pages, wherever they lie
    max_variants: int | None = None  # of one path with different queries, or one calendar; see `archive.traps`
    sitemap_days: int = 30  # sitemaps of an index that have not changed for longer stay out; 0: none does

    def exclusion(self, url: str, depth: int, today: date | None = None) -> str | None:
        """Why this normalised URL is not to be fetched: scope | filter | asset | depth | trap, or None.

        `today`: without it calendars are not looked at.
        """
        if not same_site(host_of(url), self.hosts):
            return "scope"
        path = urlsplit(url).path
        if ASSET.search(path):
            return "asset"
        if _matches(self.exclude, url) or (self.include and not _matches(self.include, url)):
            return "filter"
        if is_trap(url, today):
            return "trap"
        return "depth" if depth > self.max_depth else None

    def feed_exclusion(self, url: str) -> str | None:
        """The same for a feed that the site names: `include` is about pages, and a sitemap may be called .gz."""
        if not same_site(host_of(url), self.hosts):
            return "scope"
        return "filter" if _matches(self.exclude, url) else None

    def sitemap_exclusion(self, url: str, modified: str | None, at: datetime, *, depth: int) -> str | None:
        """The same for a sitemap that an index lists, `depth` indexes deep, by the day that it claims at this time."""
        reason = self.feed_exclusion(url) or ("trap" if depth > MAX_INDEXES else None)
        if reason is None and self.sitemap_days and _days(modified, at) > self.sitemap_days:
            return "old"
        return reason


def _matches(patterns: Iterable[str], url: str) -> bool:
    return any(_compiled(pattern).search(url) for pattern in patterns)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def from_links(
    links: Iterable[Link], scope: Scope, *, depth: int, listing: bool, today: date | None = None
) -> list[Found]:
    """The links of a page that are worth keeping; `depth` is that of the page. Those of a listing are sightings.

    Links that leave the site, assets and links beyond the depth are left out: they are no part of the site's
    story. Filtered and trapped ones are kept as excluded, so that a person can ask why. What by its address is a
    section, an author or the imprint is only linked, not listed. What looks like a section on a front page (depth 0)
    comes before the articles.
    """
    found = []
    sections = 0
    for position, link in enumerate(links, 1):
        reason = scope.exclusion(link.url, depth + 1, today)
        if reason in ("scope", "asset", "depth"):
            continue
        listed = listing and is_article(link.url) is not False
        priority = (PRIORITY_LISTED if listed else PRIORITY_LINKED) - min(depth, 5)
        if listing and depth == 0 and sections < MAX_SECTIONS and may_be_section(link.url):
            sections += 1
            priority = PRIORITY_SECTION
        found.append(
            Found(
                url=link.url,
                kind=PageKind.PAGE,
                priority=priority,
                depth=depth + 1,
                excluded_by=reason,
                position=position if listed else None,
                link_text=link.text[:300] or None if listed else None,
            )
        )
    return found


def from_feed(feed: Feed, scope: Scope, *, depth: int, at: datetime) -> list[Found]:
    """The lines of a feed that was fetched at this time; foreign ones, which nobody will fetch, kept as excluded.

    The children of a sitemap index are feeds. Those that have not changed for longer than the scope's `sitemap_days`
    are kept as excluded, "old".
    """
    found = [
        Found(
            url=entry.url,
            kind=PageKind.PAGE,
            priority=PRIORITY_LISTED - _later(entry, feed.kind, at),
            depth=1,
            excluded_by=scope.exclusion(entry.url, 1, at.date()),
            position=position,
            claimed_title=entry.title,
            claimed_published=entry.published,
            claimed_modified=entry.modified,
        )
        for position, entry in enumerate(feed.entries, 1)
    ]
    for position, child in enumerate(feed.feeds, len(found) + 1):
        found.append(
            Found(
                url=child.url,
                kind=PageKind.FEED,
                priority=PRIORITY_FEED,
                depth=depth + 1,
                excluded_by=scope.sitemap_exclusion(child.url, child.modified, at, depth=depth + 1),
                position=position,
                claimed_modified=child.modified,
            )
        )
    return found


def _later(entry: FeedEntry, kind: str, at: datetime) -> int:
    """How much later a line is fetched than what is new: so a first crawl begins with today."""
    if is_article(entry.url) is False:
        return LATEST
    claimed = max(filter(None, (entry.published, entry.modified)), default=None, key=lambda time: time[:10])
    if claimed is None:
        return LATER_UNDATED if kind == "sitemap" else 0
    age = _days(claimed, at)
    return next((later for days, later in LATER if age <= days), LATEST)


def _days(claimed: str | None, at: datetime) -> int:
    """Whole days from a day that a feed claims to this time; nothing claimed, or no date, is no age."""
    try:
        return max(0, (at.astimezone(UTC).date() - date.fromisoformat((claimed or "")[:10])).days)
    except ValueError:
        return 0


def from_requisites(urls: Iterable[str], *, depth: int) -> list[Found]:
    """What a page needs to be shown; it may lie on any host."""
    return [Found(url, PageKind.REQUISITE, PRIORITY_REQUISITE, depth) for url in urls]


def redirect_target(url: str, scope: Scope, *, kind: PageKind, depth: int, redirects: int) -> Found:
    """The target of a redirect, as the same kind of page at the same depth.

    A seed's may lead anywhere (example.org to www.example.com); what is anywhere else must be in scope.
    """
    reason = "redirects" if redirects >= MAX_REDIRECTS else None
    if reason is None and depth > 0 and kind != PageKind.REQUISITE:
        reason = scope.exclusion(url, depth)
    priority = {
        PageKind.FRONT: PRIORITY_FRONT,
        PageKind.FEED: PRIORITY_FEED,
        PageKind.SECTION: PRIORITY_SECTION,
        PageKind.REQUISITE: PRIORITY_REQUISITE,
    }.get(kind, PRIORITY_LISTED)
    return Found(url, kind, priority, depth, redirects + 1, excluded_by=reason)
