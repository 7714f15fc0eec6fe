"""Which articles there are, when they appear, what they say and how they are edited: all from a seed, on demand.

Article `index` of a publisher is made from Random(f"{seed}:{publisher}:{index}") and needs no other article, so
an edition of 100,000 articles holds nothing but a few cached cards. Ranks count backwards from the newest article
at the default clock: rank = count - 1 - index; later articles have negative ranks.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import floor
from random import Random
from urllib.parse import quote

from archive.errors import BadInput
from crawler.demo.prose import Person, lexicon
from crawler.demo.publishers import CYCLE, PUBLISHERS, RECURRING, SECTION_KEYS, Publisher
from crawler.demo.stories import Line, Story

DEFAULT_CLOCK = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)
WIRE_SERVICE = "Meridian Wire"
_NUMBER = re.compile(r"(?<![\d.,٬٫–:-])\d{2,3}(?![\d.,٬٫–:-])")
_SPAN = timedelta(days=20)


@dataclass(frozen=True, slots=True)
class Author:
    name: str
    slug: str
    biography: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a published article. `kind`: correction (with a notice and a new date) | silent."""

    at: datetime
    kind: str
    before: str
    after: str


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


def slug(text: str) -> str:
    """Latin letters, digits and hyphens: the part of a URL made from a headline."""
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(letter, plain).replace(letter.upper(), plain)
    plain = unicodedata.normalize("NFKD", text.replace("'", "")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:70].rstrip("-")


class Edition:
    """Seed and size of the demo newspaper; independent of the clock."""

    def __init__(self, seed: int, articles: int) -> None:
        if articles < 50:
            raise BadInput(f"the demo newspaper needs at least 50 articles, not {articles}")
        self.seed, self.articles = seed, articles
        share, rest = divmod(articles, len(PUBLISHERS))
        self.counts = {each.name: share + (at < rest) for at, each in enumerate(PUBLISHERS)}
        self._cards: OrderedDict[tuple[str, int], Card] = OrderedDict()
        self._staff = lru_cache(maxsize=None)(self._make_staff)

    # When

    def step(self, publisher: Publisher) -> timedelta:
        """Time from one article to the next: 20 minutes to 18 hours, by the number of articles."""
        even = _SPAN / self.counts[publisher.name]
        return min(max(even, timedelta(minutes=20)), timedelta(hours=18))

    def published(self, publisher: Publisher, index: int) -> datetime:
        """When an article appears, with the publisher's offset; whole minutes or, in some styles, seconds."""
        step = self.step(publisher)
        chance = zlib.crc32(f"{self.seed}:{publisher.name}:{index}".encode()) / 2**32
        seconds = floor((step * (self.rank(publisher, index) + 0.2 + 0.8 * chance)).total_seconds())
        if publisher.style not in ("cms", "graph"):
            seconds = seconds // 60 * 60
        return publisher.zone.local(DEFAULT_CLOCK - timedelta(seconds=seconds))

    def rank(self, publisher: Publisher, index: int) -> int:
        return self.counts[publisher.name] - 1 - index

    def count(self, publisher: Publisher, clock: datetime) -> int:
        """How many articles are published at `clock`; never negative."""
        passed = (clock - DEFAULT_CLOCK) / self.step(publisher)
        index = max(0, self.counts[publisher.name] + floor(passed) - 2)
        while self.published(publisher, index) <= clock:
            index += 1
        return index

    # What

    def special(self, publisher: Publisher, index: int) -> str:
        """What is particular about an article: a kind, an edit to come, where it is listed; often nothing."""
        rank = self.rank(publisher, index)
        if SECTION_KEYS[rank % len(SECTION_KEYS)] == "opinion":
            return ""
        if 0 <= rank < 7:
            return publisher.specials.get(rank, "")
        what = RECURRING.get(rank % CYCLE, "")
        missing = {
            "wire": not publisher.wire,
            "internal": not publisher.robots,
            "sitemap-only": publisher.sitemap == "none",
        }
        return "" if missing.get(what) else what

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
        special = self.special(publisher, index)
        section = SECTION_KEYS[self.rank(publisher, index) % len(SECTION_KEYS)]
        form = "opinion" if section == "opinion" else special if special in ("live-blog", "gallery") else "article"
        key, published = f"{self.seed}:{publisher.name}:{index}", self.published(publisher, index)
        if special == "wire":  # both carriers take the text that the first of them received
            number = 0 if self.rank(publisher, index) < 7 else self.rank(publisher, index) // CYCLE + 1
            key = f"{self.seed}:wire:{number}"
            first = next(each for each in PUBLISHERS if each.wire)
            rank = 1 if number == 0 else (number - 1) * CYCLE + 8
            published = self.published(first, self.counts[first.name] - 1 - rank)
        return Story(lexicon(publisher.words), Random(key), published, section, form)

    def _make_card(self, publisher: Publisher, index: int, story: Story) -> Card:
        special = self.special(publisher, index)
        section = SECTION_KEYS[self.rank(publisher, index) % len(SECTION_KEYS)]
        kind = "opinion" if section == "opinion" else "article"
        if special in ("live-blog", "gallery", "wire", "paywall"):
            kind = special
        published = self.published(publisher, index)
        number = publisher.number + index
        path = _path(publisher, section, published, story.headline, number)
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
            if publisher is not next(each for each in PUBLISHERS if each.wire):
                lines = lines[:-2]  # cut from the end, as wire copy is
        if card.kind == "paywall":
            lines = lines[: own.randint(3, 4)]
        entries = _entries(card.published, text.entries, clock, own)
        plan = self._plan_edits(card, lines, own)
        edits = tuple(edit for edit in plan if edit.at <= clock)
        lines, modified = _apply(lines, edits, lexicon(publisher.words).labels["correction"])
        changed = max((card.published, *(edit.at for edit in edits), *(entry.at for entry in entries)))
        if entries:
            modified = changed
        return Article(
            card, authors, agency, modified, changed, lines, entries, text.captions, text.pull_quote,
            text.comments, story.tags, story.place, edits,
        )  # fmt: skip

    def _byline(self, publisher: Publisher, card: Card, rng: Random) -> tuple[Author, ...]:
        count = 1 if card.kind == "opinion" else rng.choices((1, 2, 3), (68, 24, 8))[0]
        return tuple(rng.sample(self.staff(publisher), count))

    def _plan_edits(self, card: Card, lines: tuple[Line, ...], rng: Random) -> Iterator[Edit]:
        if card.special not in ("correction", "corrected", "silent"):
            return
        zone = card.publisher.zone
        if card.special == "corrected":
            at = card.published + min(timedelta(minutes=95), self.step(card.publisher))
        elif 0 <= self.rank(card.publisher, card.index) < 7:  # while somebody watches the default clock move on
            at = zone.local(DEFAULT_CLOCK + timedelta(hours=2, minutes=rng.randint(0, 200)))
        else:
            at = zone.local(card.published + timedelta(minutes=rng.randint(70, 2800)))
        kind = "silent" if card.special == "silent" else "correction"
        long_ones = [line for line in lines[1:] if line.kind == "p" and len(line.sentences) > 1]
        if kind == "silent" and long_ones and rng.random() < 0.5:
            line = rng.choice(long_ones)
            yield Edit(at, kind, line.text, line.space.join(line.sentences[:-1]))
            return
        candidates = [line for line in lines if line.kind == "p" and _NUMBER.search(line.text)]
        if candidates:
            before = rng.choice(candidates).text
            yield Edit(at, kind, before, _NUMBER.sub(lambda found: _other(found[0]), before, count=1))


def _other(number: str) -> str:
    """A different number with as many digits, in the same digits."""
    value = int(number)
    step = 7 if value < 100 else 110
    other = str(value + step if value + step < 10 ** len(number) else value - step)
    offset = ord(number[0]) - int(number[0])
    return "".join(chr(offset + int(digit)) for digit in other)


def _apply(
    lines: tuple[Line, ...], edits: tuple[Edit, ...], notice: str
) -> tuple[tuple[Line, ...], datetime | None]:
    """The lines after all edits, a notice at the end of corrections, and the date that the publisher states."""
    modified = None
    for edit in edits:
        lines = tuple(
            replace(line, sentences=(edit.after,)) if line.kind == "p" and line.text == edit.before else line
            for line in lines
        )
        if edit.kind == "correction":
            modified = edit.at
            old, new = _NUMBER.findall(edit.before)[0], _NUMBER.findall(edit.after)[0]
            lines += (Line("p", (notice.replace("{old}", old).replace("{new}", new),)),)
    return lines, modified


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


def _path(publisher: Publisher, section: str, published: datetime, headline: str, number: int) -> str:
    if publisher.style == "cms":
        return f"/{section}/{published:%Y/%m}/{slug(headline)}-{number}"
    if publisher.style == "wordpress":
        return f"/{published:%Y/%m/%d}/{slug(headline)}-{number}/"
    if publisher.style == "microdata":
        return f"/{section}/story-{number}.html"
    if publisher.style == "opengraph":
        words = "-".join(re.findall(r"\w+", headline)[:7])
        return f"/{section}/{number}/{quote(words)}"
    if publisher.style == "bare":
        return f"/story.php?id={number}"
    if publisher.style == "breaks":
        return f"/articles/{published:%Y%m%d}-{number}.html"
    return (
        f"/{section}/{slug(headline)}-{number}.html"
        if publisher.style == "graph"
        else (f"/{section}/{slug(headline)}-{number}")
    )


def number_in(publisher: Publisher, path: str) -> int | None:
    """The index of the article that a path seems to name; the caller compares the whole path."""
    if publisher.style == "bare":
        found = re.search(r"[?&]id=(\d{1,9})(?:&|$)", path)
    elif publisher.style == "opengraph":
        found = re.search(r"/(\d{1,9})/[^/]*$", path)
    else:
        found = re.search(r"-(\d{1,9})(?:\.html|/)?$", path)
    return int(found[1]) - publisher.number if found else None
