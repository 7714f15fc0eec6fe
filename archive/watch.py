"""Looks for alarms in an archive: reads the plain numbers, hands them to `archive.alarms`."""

from __future__ import annotations

import shutil
from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from archive import alarms
from archive.alarms import Alarm
from archive.model import ANSWERED, HELD, Outcome
from archive.rhythm import DAY_S, absence
from archive.scope import MAX_REDIRECTS
from archive.store import history, visits
from archive.store.history import FeedState, RecentUrl
from archive.store.lock import is_being_written
from archive.store.visits import moment
from archive.urls import normalise

if TYPE_CHECKING:
    from archive.store import Archive

HISTORY = timedelta(days=60)
GROWTH_DAYS = 14
EXACT = frozenset({"minute", "second"})  # a day alone is no time of publication
NEWS_SITEMAP_S = 2 * DAY_S  # what is older a news sitemap does not list (Google's rule)
LATE_S = 2 * DAY_S  # after its publication an article may be found
LEAST_ENTRIES = 20  # URLs that a section page must have listed for its end to be a loss
RECENT_NEWS, MOST_NEWS = 100, 0.8  # the newest articles tell which listings bring most of the news
SITEMAPS = "sitemap"
NO_FEEDS = frozenset({"front", "section", "unknown"})


def look(archive: Archive, now: datetime, quiet: Mapping[str, Sequence[str]] | None = None) -> list[Alarm]:
    """The alarms of an archive at `now`. `quiet`: by site of sites.toml, which a person silenced; other sites are not
    looked at. None: there is no sites.toml to read, and all sites are looked at that were ever crawled."""
    ids = history.followed_sites(archive.db)
    if quiet is not None:
        ids = {name: site_id for name, site_id in ids.items() if name in quiet}
    found = list(_of_archive(archive, now))
    overdue = []
    for name, site_id in ids.items():
        silenced = (quiet or {}).get(name, ())
        of_site = [alarm for alarm in _Site(archive, name, site_id, now).look() if not alarm.is_quiet(silenced)]
        overdue += [alarm for alarm in of_site if alarm.name == "crawl-overdue"]
        found += of_site
    if len(overdue) == len(ids) > 1:  # not this or that site: the timer
        found = [alarm for alarm in found if alarm.name != "crawl-overdue"]
        found.append(replace(max(overdue, key=lambda alarm: alarm.since), site=None))
    return sorted(found, key=lambda a: (a.site is not None, a.site or "", a.name, a.subject or ""))


def _of_archive(archive: Archive, now: datetime) -> Iterator[Alarm]:
    crawl = history.crawl_state(archive.db, now - HISTORY)
    if crawl is not None:
        is_running = crawl.ended_at is None and is_being_written(archive.folder)
        if found := alarms.crawl_unfinished(
            crawl.started_at, crawl.ended_at, crawl.finish_reason, crawl.last_attempt, is_running=is_running
        ):
            yield found
    a_day = history.bytes_since(archive.db, now - timedelta(days=GROWTH_DAYS)) / GROWTH_DAYS
    free = shutil.disk_usage(archive.folder).free
    if found := alarms.disk_low(free, a_day, now.timestamp()):
        yield found


class _Site:
    """One site: its history, read once."""

    def __init__(self, archive: Archive, name: str, site_id: int, now: datetime) -> None:
        self.db, self.name, self.site_id, self.now = archive.db, name, site_id, now
        recent = history.recent(self.db, site_id, now)
        self.urls = history.urls(self.db, recent)
        feeds = history.feeds(self.db, site_id)
        self.feeds = [feed for feed in feeds if feed.outcome != Outcome.REDIRECT]
        self.moved = [feed for feed in feeds if feed.outcome == Outcome.REDIRECT]
        self.by_feed: dict[int, dict[int, str]] = {}  # feed -> {URL: when it first listed it}
        self.places: dict[int, dict[int, int]] = {}  # URL -> {section page: how far up it stood at best}
        pages = {feed.feed_id for feed in self.feeds if feed.url_kind == "section"}
        claims: dict[int, str] = {}
        for feed_id, url_id, seen_at, position, claimed in history.listings(self.db, site_id, recent):
            self.by_feed.setdefault(feed_id, {})[url_id] = seen_at
            if feed_id in pages:
                self.places.setdefault(url_id, {})[feed_id] = position
            if claimed and (url_id not in claims or claimed < claims[url_id]):
                claims[url_id] = claimed
        self.first_seen = {url.url_id: seconds(url.first_seen) for url in self.urls}
        self.times = {u.url_id: _published(u, claims.get(u.url_id), self.first_seen[u.url_id]) for u in self.urls}
        self.claimed = claims.keys()
        self.found = {u.url_id: _found(self.first_seen[u.url_id], self.times[u.url_id]) for u in self.urls}
        self.looked = max(
            (seconds(f.last_fetch) for f in self.feeds if f.last_fetch and not f.failures), default=None
        )

    def look(self) -> Iterator[Alarm]:
        quiet = self._no_new_articles()
        yield from quiet
        dead = [*self._dead_feeds(), *self._lost_feeds()]
        yield from dead
        if not quiet:  # else their silence says nothing more
            yield from list(self._sections()) or self._section_pages()
            yield from self._quiet_feeds({alarm.subject for alarm in dead})
        yield from self._fields()
        yield from self._extraction()
        yield from self._robots()
        yield from self._captures()
        yield from self._overdue()

    # What comes

    def _no_new_articles(self) -> list[Alarm]:
        if self.looked is None:
            return []
        news = [u.url_id for u in self.urls if self._is_news(u)]
        brought = self._brought_by(news)
        visits = {
            feed.feed_id: [seconds(at) for at in history.visits_of(self.db, feed.url_id)]
            for feed in self.feeds
            if feed.feed_id in set(brought.values())
        }
        looked = _looked(
            [visits[brought[n]] for n in news[-RECENT_NEWS:] if n in brought and visits.get(brought[n])]
        )
        found = [self._silent_until(number, visits.get(brought.get(number, 0), [])) for number in news]
        alarm = alarms.no_new_articles(
            self.name, [self.times[number] for number in news], looked or self.looked, found
        )
        return [alarm] if alarm else []

    def _brought_by(self, news: Sequence[int]) -> dict[int, int]:
        """URL -> the listing that listed it first."""
        wanted, first = set(news), dict[int, tuple[str, int]]()
        for feed_id, urls in self.by_feed.items():
            for url_id, seen_at in urls.items():
                if url_id in wanted:
                    first[url_id] = min(first.get(url_id, (seen_at, feed_id)), (seen_at, feed_id))
        return {url_id: feed_id for url_id, (_, feed_id) in first.items()}

    def _silent_until(self, url_id: int, visits: Sequence[float]) -> float:
        """Until when nothing was known to have come since the article before: a visit of the listing that brought this
        one, in vain, or when it came. That we looked late is no silence of the site."""
        came, found = self.times[url_id], self.found[url_id]
        at = bisect_left(visits, found)
        return min(found, max(came, visits[at - 1])) if at else found

    def _is_news(self, url: RecentUrl) -> bool:
        """What is an article, or what a feed says when it was published; not the target of a redirect besides."""
        is_listed = url.article_id is not None or url.url_id in self.claimed
        return is_listed and url.excluded_by not in ("scope", "takedown") and not url.redirects

    def _articles(self) -> list[RecentUrl]:
        """One URL for each article, in the order in which they were first captured."""
        first: dict[int, RecentUrl] = {}
        for url in sorted((u for u in self.urls if u.is_article), key=lambda u: u.captured_at or ""):
            first.setdefault(url.article_id or -url.url_id, url)
        return list(first.values())

    def _sections(self) -> Iterator[Alarm]:
        articles = [u for u in self._articles() if u.section]
        sections = [u.section for u in articles]
        for section in sorted({section for section in sections if section}):
            yield from self._section(section, articles, [each == section for each in sections])

    def _section_pages(self) -> Iterator[Alarm]:
        """Sections by the page that lists an article further up than any other does: below its own articles, a section
        page may well show the newest of all."""
        pages = {feed.feed_id: feed for feed in self.feeds if feed.url_kind == "section" and not feed.failures}
        looked = min((seconds(feed.last_fetch) for feed in pages.values() if feed.last_fetch), default=0.0)
        articles = [u for u in self._articles() if self.first_seen[u.url_id] < looked]
        homes = {u.url_id: self._home(u.url_id, pages) for u in articles}
        for feed_id, feed in pages.items():
            yield from self._section(feed.url, articles, [homes[u.url_id] == feed_id for u in articles], looked)

    def _section(
        self, name: str, articles: Sequence[RecentUrl], members: Sequence[bool], looked: float | None = None
    ) -> Iterator[Alarm]:
        looked = looked or self.looked
        if looked is None:
            return
        order = sorted(range(len(articles)), key=lambda at: self._place(articles[at]))
        numbers = [articles[at].url_id for at in order]
        times, found = [self.times[number] for number in numbers], [self.found[number] for number in numbers]
        if alarm := alarms.section_quiet(self.name, name, times, [members[at] for at in order], looked, found):
            yield alarm

    def _place(self, url: RecentUrl) -> tuple[float, float]:
        """In the order in which they were found; of one crawl, as they were published."""
        return self.found[url.url_id], self.times[url.url_id]

    def _home(self, url_id: int, pages: Container[int]) -> int | None:
        places = sorted((at, feed) for feed, at in self.places.get(url_id, {}).items() if feed in pages)
        return (
            places[0][1] if places and places[0][0] < min((at for at, _ in places[1:]), default=1 << 30) else None
        )

    def _quiet_feeds(self, dead: set[str | None]) -> Iterator[Alarm]:
        groups: dict[str, list[FeedState]] = {}
        for feed in self.feeds:  # sitemaps are filled one after the other: only all of them can stop
            if feed.kind != "sitemap-index" and feed.url not in dead and not feed.failures:
                groups.setdefault(SITEMAPS if feed.kind == SITEMAPS else feed.url, []).append(feed)
        news = sorted((u for u in self.urls if self._is_news(u)), key=self._place)
        for name, feeds in groups.items():
            looked = min((seconds(f.last_fetch) for f in feeds if f.last_fetch), default=0.0)
            seen: dict[int, str] = {}
            for feed in feeds:
                for url_id, at in self.by_feed.get(feed.feed_id, {}).items():
                    seen[url_id] = min(at, seen.get(url_id, at))
            known = [u for u in news if self.first_seen[u.url_id] < looked or u.url_id in seen]
            members = [u.url_id in seen for u in known]
            times = [self.times[u.url_id] for u in known]
            gone = absence(times, members)
            if gone is None or not gone.is_alarming:
                continue
            read = [seconds(at) for feed in feeds for at in history.visits_of(self.db, feed.url_id)]
            subject = feeds[0].url if len(feeds) == 1 else name
            if found := alarms.feed_quiet(
                self.name, subject, times, members, read, [*map(seconds, seen.values())]
            ):
                yield found

    def _dead_feeds(self) -> Iterator[Alarm]:
        newest = max((self.times[u.url_id] for u in self.urls if self._is_news(u)), default=0.0)
        for feed in self.feeds:
            if feed.last_listed is None and not (feed.kind == "sitemap-index" and feed.entries):
                continue  # it never listed anything
            if not self._is_missed(feed):
                continue
            is_empty = feed.entries == 0 and not feed.failures and feed.kind != "sitemap-index"
            if is_empty and feed.kind == "news-sitemap" and newest < self.now.timestamp() - NEWS_SITEMAP_S:
                continue
            if not feed.failures and not is_empty:
                continue
            since = history.failing_since(self.db, feed) or feed.last_good or feed.last_fetch or ""
            found = alarms.feed_dead(
                self.name, feed.url, failures=feed.failures, outcome=feed.outcome, status=feed.status,
                error=feed.error, last_good=seconds(feed.last_good) if feed.last_good else None, since=since,
                now=self.now.timestamp(), is_empty=is_empty,
            )  # fmt: skip
            if found:
                yield found

    def _lost_feeds(self) -> Iterator[Alarm]:
        """Those that lead elsewhere, and not to a listing that takes their place: dead as well."""
        places = {feed.url: feed for feed in (*self.feeds, *self.moved)}
        for feed in self.moved:
            if feed.last_listed is None or not self._is_missed(feed) or _successor(feed, places) is not None:
                continue
            visits_so, since = history.redirects(self.db, feed)
            found = alarms.feed_dead(
                self.name, feed.url, failures=visits_so, outcome=feed.outcome, status=feed.status,
                error=f"leads to {feed.redirect_to}, which is no such listing", since=since or "",
                last_good=seconds(feed.last_good) if feed.last_good else None, now=self.now.timestamp(),
            )  # fmt: skip
            if found:
                yield found

    def _is_missed(self, feed: FeedState) -> bool:
        """A section page about this or that may well go."""
        return feed.url_kind != "section" or len(self.by_feed.get(feed.feed_id, {})) >= LEAST_ENTRIES

    # How it is read

    def _fields(self) -> Iterator[Alarm]:
        articles = self._articles()
        captured = [u.captured_at or u.first_seen for u in articles]
        fields = {
            "headline": [u.has_headline for u in articles],
            "authors": [u.has_authors for u in articles],
            "date_published": [u.date_published is not None for u in articles],
            "article_section": [u.section is not None for u in articles],
            "image": [u.has_image for u in articles],
        }
        for name, filled in fields.items():
            if found := alarms.field_missing(self.name, name, filled, captured):
                yield found

    def _extraction(self) -> Iterator[Alarm]:
        articles = self._articles()
        captured = [u.captured_at or u.first_seen for u in articles]
        pages = self._pages()
        sure = [u for u in articles if u.confidence is not None]
        measures = (
            ("articles", [u.is_article and u.verdict in HELD for u in pages], _captured(pages)),
            ("errors", [not u.has_error for u in pages], _captured(pages)),
            ("words", alarms.bodies_long([u.words or 0 for u in articles]), captured),
            ("confidence", [(u.confidence or 0) >= alarms.GOOD_CONFIDENCE for u in sure], _captured(sure)),
        )
        for name, good, times in measures:
            if found := alarms.extraction_worse(self.name, name, good, times):
                yield found

    def _pages(self) -> list[RecentUrl]:
        """Pages that should be articles: those that a feed or sitemap lists, or that a link in one leads to."""
        feeds = {feed.feed_id for feed in self.feeds if feed.url_kind == "feed"}
        listed = {url_id for feed_id, urls in self.by_feed.items() if feed_id in feeds for url_id in urls}
        pages = [u for u in self.urls if u.verdict is not None and (u.url_id in listed or u.redirects)]
        if not pages:
            pages = [u for u in self.urls if u.verdict is not None]
        return sorted(pages, key=lambda u: u.captured_at or "")

    # What is answered

    def _robots(self) -> Iterator[Alarm]:
        if found := history.forbidden_since(self.db, self.site_id):
            yield alarms.robots_forbids(self.name, *found)

    def _captures(self) -> Iterator[Alarm]:
        tried = history.attempts(self.db, self.site_id, self.now)
        for what in ("pages", "listings"):
            answers: list[bool] = []
            times: list[str] = []
            reasons: Counter[str] = Counter()
            # Within an hour, those that failed first: what came last was answered, if anything was.
            for hour, kind, outcome, count in sorted(tried, key=lambda found: (found[0], found[2] in ANSWERED)):
                if kind != what:
                    continue
                times += [hour] * count
                answers += [outcome in ANSWERED] * count
                if outcome not in ANSWERED and seconds(hour) > self.now.timestamp() - DAY_S:
                    reasons[outcome] += count
            if found := alarms.captures_fail(self.name, what, answers, times, reasons):
                yield found

    def _overdue(self) -> Iterator[Alarm]:
        last = history.last_fetch(self.db, self.site_id)
        crawl = history.crawl_state(self.db, self.now - HISTORY)
        if last is None or crawl is None:
            return
        waits = visits.next_visit(self.db, [self.site_id])
        found = alarms.crawl_overdue(
            self.name, last=seconds(last), starts=[seconds(at) for at in crawl.starts],
            waits_since=seconds(waits) if waits else None,
            longest_s=history.longest_interval_s(self.db, self.site_id), now=self.now.timestamp(),
        )  # fmt: skip
        if found:
            yield found


def seconds(text: str) -> float:
    """A stored time -> seconds since 1970."""
    return moment(text).timestamp()


def _successor(feed: FeedState, places: Mapping[str, FeedState]) -> FeedState | None:
    """The listing to which one leads now, if it is of the same kind: a feed that leads to the front page has ended."""
    at: FeedState | None = feed
    for _ in range(MAX_REDIRECTS):
        if at is None or at.outcome != Outcome.REDIRECT:
            break
        target = normalise(at.redirect_to, at.url) if at.redirect_to else None
        at = places.get(target or "")
    if at is None or at.last_listed is None or (feed.url_kind == "feed" and at.kind in NO_FEEDS):
        return None
    return at


def _looked(visits: Sequence[Sequence[float]]) -> float | None:
    """Since when the listings have been read that bring most of the news. `visits`: of that of each article."""
    last = sorted((each[-1] for each in visits), reverse=True)
    return last[int(MOST_NEWS * (len(last) - 1))] if last else None


def _found(found: float, came: float) -> float:
    """When it was found; what was old then, as at the first crawl, might have been found when it came."""
    return found if found - came < LATE_S else came


def _captured(urls: Sequence[RecentUrl]) -> list[str]:
    return [u.captured_at or u.first_seen for u in urls]


def _published(url: RecentUrl, claimed: str | None, found: float) -> float:
    """When an article came: as its feed or the page says to the minute, else when it was found; never later."""
    for stated in (claimed, url.date_published if url.precision in EXACT else None):
        if stated and len(stated) > len("2026-03-15T"):
            try:
                return min(seconds(stated), found)
            except ValueError:
                continue
    return found
