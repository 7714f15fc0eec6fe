"""Which articles there are, when they appear, what they say and how they are edited: all from a seed, on demand.

Article `index` of a publisher is made from Random(f"{seed}:{publisher}:{index}") and needs no other article, so
an edition of 100,000 articles holds nothing but a few cached cards. Ranks count backwards from the newest article
at the default clock: rank = count - 1 - index; later articles have negative ranks.
"""

from __future__ import annotations

import re
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from math import floor
from random import Random

from archive.errors import BadInput
from crawler.demo import edits as editing
from crawler.demo.edits import Edit, Planned
from crawler.demo.failures import DEFAULT_CLOCK, FAILURES
from crawler.demo.paths import article_path, slug
from crawler.demo.prose import Person, lexicon
from crawler.demo.publishers import CYCLE, PUBLISHERS, RECURRING, SECTION_KEYS, Publisher
from crawler.demo.stories import Line, Story

WIRE_SERVICE = "Meridian Wire"
_SPAN = timedelta(days=20)
_WIRE_EVERY, _REPRINTED = timedelta(hours=36), timedelta(days=3)
_SILENT = {each.publisher: each.since for each in FAILURES if each.kind == "publisher-silent"}
_NO_SECTION = {each.publisher: each for each in FAILURES if each.kind == "section-silent"}


@dataclass(frozen=True, slots=True)
class Author:
    name: str
    slug: str
    biography: str


@dataclass(frozen=True, slots=True)
class Card:
    """What listings say of an article."""

    publisher: Publisher
    index: int
    special: str  # what is particular about it; empty for most
    kind: str  # article | live-blog | gallery | opinion | wire | paywall
    section: str
    headline: str
    description: str
    published: datetime  # with the publisher's offset
    path: str  # with the query, percent-encoded

    @property
    def reach(self) -> str:
        """Where it is listed: everywhere, sitemap-only or section-only."""
        return self.special if self.special in ("sitemap-only", "section-only") else "everywhere"

    @property
    def internal(self) -> bool:
        return self.special == "internal"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a live blog."""

    at: datetime
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it stands at some clock."""

    card: Card
    authors: tuple[Author, ...]
    agency: str  # signs in place of authors; empty for the house's own stories
    modified: datetime | None  # as the publisher states it
    changed: datetime  # when its page last changed in fact: Last-Modified
    lines: tuple[Line, ...]  # of a live blog: only the introduction
    entries: tuple[Entry, ...]  # newest first
    captions: tuple[str, ...]
    pull_quote: str
    comments: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    place: str
    edits: tuple[Edit, ...]

    @property
    def body(self) -> tuple[Line, ...]:
        """All body lines in the order of the page."""
        return self.lines + tuple(line for entry in self.entries for line in entry.lines)


class Edition:
    """Seed and size of the demo newspaper; independent of the clock."""

    def __init__(self, seed: int, articles: int) -> None:
        if articles < 50:
            raise BadInput(f"the demo newspaper needs at least 50 articles, not {articles}")
        self.seed, self.articles = seed, articles
        share, rest = divmod(articles, len(PUBLISHERS))
        self.counts = {each.name: share + (at < rest) for at, each in enumerate(PUBLISHERS)}
        self._cards: OrderedDict[tuple[str, int], Card] = OrderedDict()
        self._plans: OrderedDict[tuple[str, int], tuple[Planned, ...]] = OrderedDict()
        self._staff = lru_cache(maxsize=None)(self._make_staff)

    # When

    def step(self, publisher: Publisher, index: int) -> timedelta:
        """Time from one article to the next: 20 minutes to 18 hours, by the number of articles.

        After the default clock it is the publisher's own pace, unless that is slower.
        """
        even = _SPAN / self.counts[publisher.name]
        before = min(max(even, timedelta(minutes=20)), timedelta(hours=18))
        return before if self.rank(publisher, index) >= 0 else min(before, timedelta(hours=publisher.pace_h))

    def published(self, publisher: Publisher, index: int) -> datetime:
        """When an article appears, with the publisher's offset; whole minutes or, in some styles, seconds."""
        step = self.step(publisher, index)
        chance = zlib.crc32(f"{self.seed}:{publisher.name}:{index}".encode()) / 2**32
        seconds = floor((step * (self.rank(publisher, index) + 0.2 + 0.8 * chance)).total_seconds())
        if publisher.style not in ("cms", "graph"):
            seconds = seconds // 60 * 60
        return publisher.zone.local(DEFAULT_CLOCK - timedelta(seconds=seconds))

    def rank(self, publisher: Publisher, index: int) -> int:
        return self.counts[publisher.name] - 1 - index

    def count(self, publisher: Publisher, clock: datetime) -> int:
        """How many articles are published at `clock`; never negative."""
        clock = min(clock, _SILENT.get(publisher.name, clock))
        held = self.counts[publisher.name]
        passed = (clock - DEFAULT_CLOCK) / self.step(publisher, held if clock > DEFAULT_CLOCK else 0)
        index = max(0, held + floor(passed) - 2)
        while self.published(publisher, index) <= clock:
            index += 1
        return index

    # What

    def section(self, publisher: Publisher, index: int) -> str:
        """The section of an article: in turn; after the default clock by the publisher's own turn."""
        rank = self.rank(publisher, index)
        if rank >= 0:
            return SECTION_KEYS[rank % len(SECTION_KEYS)]
        if wire := self._later_wire(publisher, index):
            return [key for key in SECTION_KEYS if key != "opinion"][wire % 6]
        beats = publisher.beats
        key, silent = beats[rank % len(beats)], _NO_SECTION.get(publisher.name)
        if silent and key == silent.what and silent.since < self.published(publisher, index):
            return beats[(rank + 1) % len(beats)]
        return key

    def _later_wire(self, publisher: Publisher, index: int) -> int:
        """The number of the wire story that this article carries after the default clock, 0 for none.

        One comes every 36 hours; a carrier takes it as its next article, and one reprints every other days later.
        """
        if self.rank(publisher, index) >= 0 or not (publisher.wire or publisher.reprints):
            return 0
        lag = timedelta(hours=2 * PUBLISHERS.index(publisher)) if publisher.wire else _REPRINTED
        since = self.published(publisher, index) - DEFAULT_CLOCK - lag
        number = since // _WIRE_EVERY
        before = self.published(publisher, index - 1) - DEFAULT_CLOCK - lag
        fits = number >= 1 and before < number * _WIRE_EVERY and (publisher.wire or number % 2)
        return number if fits else 0

    def special(self, publisher: Publisher, index: int) -> str:
        """What is particular about an article: a kind, an edit to come, where it is listed; often nothing."""
        rank = self.rank(publisher, index)
        if self._later_wire(publisher, index):
            return "wire"
        if self.section(publisher, index) == "opinion":
            return ""
        if 0 <= rank < 7:
            return publisher.specials.get(rank, "")
        what = RECURRING.get(rank % CYCLE, "")
        missing = {
            "wire": not publisher.wire or rank < 0,
            "internal": not publisher.robots,
            "sitemap-only": publisher.sitemap == "none",
        }
        return "" if missing.get(what) else what

    def wire(self, publisher: Publisher, index: int) -> str:
        """What the wire story of an article is called, the same at all who carry it; empty if it is none."""
        if self.special(publisher, index) != "wire":
            return ""
        rank = self.rank(publisher, index)
        if later := self._later_wire(publisher, index):
            return f"wire:later:{later}"
        return f"wire:{0 if rank < 7 else rank // CYCLE + 1}"

    def card(self, publisher: Publisher, index: int) -> Card:
        """The card of one article, whether it is published yet or not."""
        key = (publisher.name, index)
        card = self._cards.get(key)
        if card is None:
            card = self._make_card(publisher, index, self._story(publisher, index))
            self._cards[key] = card
            if len(self._cards) > 20_000:
                self._cards.popitem(last=False)
        return card

    def _story(self, publisher: Publisher, index: int) -> Story:
        special, section = self.special(publisher, index), self.section(publisher, index)
        form = "opinion" if section == "opinion" else special if special in ("live-blog", "gallery") else "article"
        key, published = f"{self.seed}:{publisher.name}:{index}", self.published(publisher, index)
        if wire := self.wire(publisher, index):  # all carriers take the text that the first of them received
            key = f"{self.seed}:{wire}"
            first = next(each for each in PUBLISHERS if each.wire)
            number = int(wire.rpartition(":")[2])
            if "later" in wire:
                published = first.zone.local(DEFAULT_CLOCK + number * _WIRE_EVERY)
            else:
                rank = 1 if number == 0 else (number - 1) * CYCLE + 8
                published = self.published(first, self.counts[first.name] - 1 - rank)
        return Story(lexicon(publisher.words), Random(key), published, section, form)

    def _make_card(self, publisher: Publisher, index: int, story: Story) -> Card:
        special, section = self.special(publisher, index), self.section(publisher, index)
        kind = "opinion" if section == "opinion" else "article"
        if special in ("live-blog", "gallery", "wire", "paywall"):
            kind = special
        published = self.published(publisher, index)
        number = publisher.number + index
        path = article_path(publisher, section, published, story.headline, number)
        if special == "internal":
            path = "/internal" + path
        return Card(publisher, index, special, kind, section, story.headline, story.description, published, path)

    def staff(self, publisher: Publisher) -> tuple[Author, ...]:
        """The people who write for a publisher."""
        found: tuple[Author, ...] = self._staff(publisher.name)
        return found

    def _make_staff(self, name: str) -> tuple[Author, ...]:
        publisher = next(each for each in PUBLISHERS if each.name == name)
        rng, words = Random(f"{self.seed}:{name}:staff"), lexicon(publisher.words)
        people: dict[str, Person] = {}
        while len(people) < 9:
            person = words.person(rng)
            people.setdefault(person.name, person)
        return tuple(self._author(person, number, rng, publisher) for number, person in enumerate(people.values()))

    def _author(self, person: Person, number: int, rng: Random, publisher: Publisher) -> Author:
        words = lexicon(publisher.words)
        years = words.number(rng.randint(11, 28), 0, 99)
        text = rng.choice(words.frames["bio"])
        text = re.sub(r"\{p\?(.+?)/(.+?)\}", r"\2" if person.female else r"\1", text)
        text = text.format(
            name=person.name,
            beat=rng.choice(words.frames["beats"]),
            year0=years,
            home=rng.choice(words.lists["place"]),
        )
        return Author(person.name, slug(person.name) or f"staff-{number + 1}", text)

    def article(self, publisher: Publisher, index: int, clock: datetime) -> Article:
        """One article as it stands at `clock` (which must not be before its publication)."""
        story = self._story(publisher, index)
        card = self._make_card(publisher, index, story)
        text = story.text()
        own = Random(f"{self.seed}:{publisher.name}:{index}:desk")
        lines, authors, agency = text.lines, self._byline(publisher, card, own), ""
        if card.kind == "wire":
            authors, agency = (), WIRE_SERVICE
            if publisher.reprints:
                lines = (*lines[:2], *lines[3:-2])
            elif publisher is not next(each for each in PUBLISHERS if each.wire):
                lines = lines[:-2]  # cut from the end, as wire copy is
        if card.kind == "paywall":
            lines = lines[: own.randint(3, 4)]
        entries = _entries(card.published, text.entries, clock, own)
        notice = lexicon(publisher.words).labels["correction"]
        edits = tuple(edit for edit in self._special_edits(card, lines, own) if edit.at <= clock)
        lines, modified = editing.apply(lines, edits, notice)
        if planned := self.plan(publisher, index) if clock > DEFAULT_CLOCK else ():
            desk = editing.Desk(story, lines, planned, notice, f"{self.seed}:{publisher.name}:{index}")
            desk.until(clock)
            lines, modified = desk.lines, desk.modified
            headline, renamed = self._headline(publisher, index, clock)
            card = replace(card, headline=headline)
            gone = [Edit(each.at, "deleted") for each in planned if each.status and each.at <= clock]
            edits = tuple(sorted((*desk.edits, *renamed, *gone), key=lambda edit: edit.at))
        changed = max((card.published, *(edit.at for edit in edits), *(entry.at for entry in entries)))
        if entries:
            modified = changed
            edits = tuple(_grown(entries, card.published))
        return Article(
            card, authors, agency, modified, changed, lines, entries, text.captions, text.pull_quote,
            text.comments, story.tags, story.place, edits,
        )  # fmt: skip

    def _byline(self, publisher: Publisher, card: Card, rng: Random) -> tuple[Author, ...]:
        count = 1 if card.kind == "opinion" else rng.choices((1, 2, 3), (68, 24, 8))[0]
        return tuple(rng.sample(self.staff(publisher), count))

    def _special_edits(self, card: Card, lines: tuple[Line, ...], rng: Random) -> tuple[Edit, ...]:
        if card.special not in ("correction", "corrected", "silent"):
            return ()
        zone = card.publisher.zone
        if card.special == "corrected":
            at = card.published + min(timedelta(minutes=95), self.step(card.publisher, card.index))
        elif 0 <= self.rank(card.publisher, card.index) < 7:  # while somebody watches the default clock move on
            at = zone.local(DEFAULT_CLOCK + timedelta(hours=2, minutes=rng.randint(0, 200)))
        else:
            at = zone.local(card.published + timedelta(minutes=rng.randint(70, 2800)))
        return tuple(editing.special_plan(card.special, at, lines, rng))

    def plan(self, publisher: Publisher, index: int) -> tuple[Planned, ...]:
        """The edits of an article after the default clock, apart from what it is special for."""
        key = (publisher.name, index)
        if key not in self._plans:
            card = self.card(publisher, index)
            editable = card.special in ("", "sitemap-only", "section-only", "gallery")
            self._plans[key] = (
                editing.plan(self.seed, publisher, index, card.published, card.kind == "gallery")
                if editable
                else ()
            )
            if len(self._plans) > 20_000:
                self._plans.popitem(last=False)
        return self._plans[key]

    def gone(self, publisher: Publisher, index: int, clock: datetime) -> int:
        """404 or 410 from when an article was deleted; 0 while it is there."""
        if clock <= DEFAULT_CLOCK:
            return 0
        return next((each.status for each in self.plan(publisher, index) if each.status and each.at <= clock), 0)

    def card_at(self, publisher: Publisher, index: int, clock: datetime) -> Card:
        """The card with the headline that it has at `clock`."""
        card = self.card(publisher, index)
        if clock <= DEFAULT_CLOCK or all(each.kind != "headline-only" for each in self.plan(publisher, index)):
            return card
        return replace(card, headline=self._headline(publisher, index, clock)[0])

    def _headline(self, publisher: Publisher, index: int, clock: datetime) -> tuple[str, list[Edit]]:
        return editing.headline(self._story(publisher, index), self.plan(publisher, index), clock)


def _grown(entries: tuple[Entry, ...], published: datetime) -> Iterator[Edit]:
    """A live blog's entries that came after its publication, as the edits that they are."""
    for entry in reversed(entries):
        if entry.at > published:
            yield Edit(entry.at, "addition", "", "\n".join(line.text for line in entry.lines), dated=True)


def _entries(
    published: datetime, planned: tuple[tuple[Line, ...], ...], clock: datetime, rng: Random
) -> tuple[Entry, ...]:
    """The entries of a live blog up to `clock`, newest first; three are there from the start."""
    entries: list[Entry] = []
    at = published - timedelta(minutes=40)
    for number, lines in enumerate(planned):
        at += timedelta(minutes=rng.randint(6, 13) if number < 3 else rng.randint(35, 170))
        if at <= clock:
            entries.append(Entry(at, lines))
    return tuple(reversed(entries))
