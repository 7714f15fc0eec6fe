"""A made-up newspaper that has been followed for weeks: what visits of its listings and pages left in the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlite_utils import Database

from archive import store
from archive.model import EXCLUDING, Extraction, Feed, FeedEntry, Found, Outcome, PageKind, Verdict
from archive.scope import PRIORITY_SECTION
from archive.store import visits
from archive.store.visits import Schedule
from tests.store.store_samples import Maker, article, memory_db

FIRST_DAY = datetime(2024, 1, 20, 12, tzinfo=UTC)
ORIGIN = "https://example.org"
FEED, FRONT, NEW_FEED = f"{ORIGIN}/feed", f"{ORIGIN}/", f"{ORIGIN}/rss"
SECTIONS = ("city", "sport", "culture", "science")
BODY = "The council met on Monday and agreed to mend the bridge after a long debate. " * 5
LISTED = 15  # entries of the feed, links of a section page
STEP = timedelta(hours=3)


def text_of(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Story:
    number: int
    published: datetime
    section: str

    @property
    def url(self) -> str:
        return f"{ORIGIN}/{self.section}/story-{self.number}"


@dataclass
class Followed:
    """A site with a feed, a front page and section pages, visited every three hours."""

    maker: Maker
    seed: int = 1
    daily: float = 16
    every_h: float = 0  # from one article to the next, by the clock, give or take a quarter; 0: as a newsroom does
    labelled: bool = True  # its articles say which section they are of
    now: datetime = FIRST_DAY
    stories: list[Story] = field(default_factory=list)
    held: set[int] = field(default_factory=set)
    planned: int = 0
    # What goes wrong.
    publishes: bool = True
    silent: str = ""  # the section that brings nothing any more
    feed_is: str = "well"  # well | gone | broken | empty | frozen | moved | ended
    shows: Callable[[Story], Extraction | None] | None = None  # another template
    answers: Outcome = Outcome.ARCHIVED  # of article pages

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.frozen: list[Story] = []
        visits.set_schedule(self.maker.db, self.maker.site_id, Schedule())

    def go(self, days: float, then: Callable[[], None] = lambda: None) -> None:
        """Let so much time pass, with all that is visited in it; `then` after each round."""
        until = self.now + timedelta(days=days)
        while self.now < until:
            self._publish(self.now, self.now + STEP)
            self.now += STEP
            self._round()
            then()

    def pause(self, days: float) -> None:
        """The newspaper goes on, and nobody looks."""
        until = self.now + timedelta(days=days)
        while self.now < until:
            self._publish(self.now, self.now + STEP)
            self.now += STEP

    def _publish(self, start: datetime, end: datetime) -> None:
        """As a newsroom does: few at night, fewer on Sundays, at any minute."""
        hours = (end - start).total_seconds() / 3600
        share = (0.2 if start.hour < 6 else 1.4) * (0.6 if start.weekday() == 6 else 1.05)
        expected = self.daily / 24 * hours * share
        count = int(expected) + (self.random.random() < expected % 1)
        times = sorted(self.random.random() for _ in range(count))
        if self.every_h:
            times = [(at - start) / (end - start) for at in self._by_the_clock(start, end)]
        for at in times:
            turn = self.planned % 5 if self.random.random() < 0.9 else self.random.randrange(5)
            section = SECTIONS[(0, 1, 0, 2, 3)[turn]]  # a desk has its turn, or another one
            self.planned += 1
            if self.publishes and section != self.silent:
                self.stories.append(Story(len(self.stories), start + (end - start) * at, section))

    def _by_the_clock(self, start: datetime, end: datetime) -> list[datetime]:
        first, every = int((start - FIRST_DAY) / timedelta(hours=self.every_h)), timedelta(hours=self.every_h)
        planned = [
            FIRST_DAY + (n + 0.5 + Random(n).uniform(-0.25, 0.25)) * every for n in range(first - 1, first + 3)
        ]
        return [at for at in planned if start <= at < end]

    def _round(self) -> None:
        db, at = self.maker.db, self.now
        crawl_id = store.open_crawl(db, software="broadsheet/test", started_at=text_of(at))
        self.maker.crawl_id = crawl_id
        newest = self.stories[-LISTED:][::-1]
        pages = [self._listing(FRONT, PageKind.FRONT, newest[:5]), self._feed(newest)]
        if self.feed_is == "moved":
            pages.append(self._read_feed(NEW_FEED, self._entries(newest)))
        for section in SECTIONS:
            own = [story for story in self.stories if story.section == section][-LISTED:][::-1]
            shown = own + [story for story in newest[:4] if story not in own]  # and the newest of all below
            pages.append(self._listing(f"{ORIGIN}/{section}", PageKind.SECTION, shown))
        new = [story for story in self.stories[-200:] if story.number not in self.held]
        self.held |= {story.number for story in new}
        self.maker.commit(*pages, *map(self._page, new))
        store.close_crawl(db, crawl_id, ended_at=text_of(at + timedelta(minutes=5)), finish_reason="finished")

    def _made(self, url: str, kind: PageKind, **facts: Any) -> store.Processed:
        depth, priority = (1 if kind in (PageKind.SECTION, PageKind.PAGE) else 0), 0
        if kind is PageKind.SECTION:
            priority = PRIORITY_SECTION
        given = {"started_at": text_of(self.now), "capture": {"captured_at": text_of(self.now)}, "kind": kind}
        entered = Found(url, kind, priority, depth)
        return self.maker.page(url, **{**given, "entered": entered, **facts})

    def _listing(self, url: str, kind: PageKind, stories: Sequence[Story]) -> store.Processed:
        links = [f"{ORIGIN}/{section}" for section in SECTIONS] + [f"{ORIGIN}/imprint"]
        priority = PRIORITY_SECTION if kind is PageKind.FRONT else 0
        found = [Found(link, PageKind.PAGE, priority, depth=1) for link in links] + [
            Found(story.url, PageKind.PAGE, depth=1) for story in stories
        ]
        found = [replace(each, position=number) for number, each in enumerate(found, 1)]
        return self._made(url, kind, found=tuple(found), verdict=Verdict.LISTING)

    def _feed(self, stories: Sequence[Story]) -> store.Processed:
        if self.feed_is == "gone":
            return self._made(FEED, PageKind.FEED, outcome=Outcome.GONE, status=404)
        if self.feed_is in ("moved", "ended"):  # to another feed, or to the front page
            target = NEW_FEED if self.feed_is == "moved" else FRONT
            capture = {"captured_at": text_of(self.now), "redirect_to": target}
            return self._made(FEED, PageKind.FEED, outcome=Outcome.REDIRECT, status=301, capture=capture)
        if self.feed_is == "broken":
            return self._made(FEED, PageKind.FEED, feed=Feed("unknown", error="neither RSS, Atom nor a sitemap"))
        if self.feed_is == "frozen":
            stories = self.frozen = self.frozen or list(stories)
        return self._read_feed(FEED, () if self.feed_is == "empty" else self._entries(stories))

    def _entries(self, stories: Sequence[Story]) -> tuple[FeedEntry, ...]:
        return tuple(FeedEntry(s.url, f"Story {s.number}", text_of(s.published)) for s in stories)

    def _read_feed(self, url: str, entries: tuple[FeedEntry, ...]) -> store.Processed:
        found = tuple(
            Found(e.url, PageKind.PAGE, depth=1, position=n, claimed_title=e.title, claimed_published=e.published)
            for n, e in enumerate(entries, 1)
        )
        return self._made(url, PageKind.FEED, feed=Feed("rss", "News", entries), found=found)

    def _page(self, story: Story) -> store.Processed:
        if self.answers is not Outcome.ARCHIVED:
            state = "excluded" if self.answers in EXCLUDING else "failed"
            entered = Found(story.url, PageKind.PAGE, depth=1)
            failed = self.maker.failed(story.url, self.answers, entered=entered, next_state=state)
            return replace(failed, started_at=text_of(self.now))
        extraction = self.shows(story) if self.shows else self.shown(story)
        verdict = extraction.verdict if extraction else Verdict.ERROR
        return self._made(story.url, PageKind.PAGE, extraction=extraction, verdict=verdict)

    def shown(self, story: Story, **facts: Any) -> Extraction:
        """The article of a story; now and then one without a picture, or of the agency."""
        own: dict[str, Any] = {
            "headline": f"Story {story.number}",
            "authors": () if story.number % 11 == 0 else (f"Author {story.number % 7}",),
            "date_published": text_of(story.published),
            "date_published_precision": "second",
            "article_section": story.section if self.labelled else None,
            "image": None if story.number % 6 == 0 else f"{ORIGIN}/{story.number}.jpg",
        }
        body = f"{story.number} {BODY * (1 + story.number % 3)}"
        return replace(article(**{"body": body, **own, **facts}), confidence=0.97)


def archive_of(db: Database) -> store.Archive:
    """With a folder that has no lock and a disk."""
    return store.Archive(Path("/"), db)


def copy_of(followed: Followed) -> Followed:
    """The same, to go on from there on another way."""
    db = Database(sqlite3.connect(":memory:", isolation_level=None), execute_plugins=False)
    followed.maker.db.conn.backup(db.conn)
    maker = object.__new__(Maker)
    maker.__dict__ |= followed.maker.__dict__ | {"db": db}
    other = object.__new__(Followed)
    other.__dict__ |= followed.__dict__ | {
        "maker": maker, "stories": list(followed.stories), "held": set(followed.held), "random": Random(7),
    }  # fmt: skip
    return other


def new(**facts: Any) -> Followed:
    return Followed(Maker(memory_db()), **facts)
