"""The demo newspaper: eight publishers made from a seed, at a clock that never moves by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from urllib.parse import parse_qs, unquote, urlsplit

from crawler.demo import listings
from crawler.demo.edition import Card, Edition
from crawler.demo.failures import DEFAULT_CLOCK, FAILURES, Failure, failure
from crawler.demo.http import Request, Response, entity_tag
from crawler.demo.layout import House, Page, author_path, make_page, section_path, stylesheet
from crawler.demo.listings import PER_PAGE, PER_SITEMAP
from crawler.demo.paths import number_in
from crawler.demo.publishers import PUBLISHERS, SECTION_KEYS, Publisher
from crawler.demo.styles import STYLES
from crawler.demo.truth import Truth, truth_of

FEEDS = {"rss": "/feed.xml", "atom": "/atom.xml"}
_FEED_LENGTH = 20
_XML = "application/xml; charset=utf-8"
_BY_HOST = {publisher.host: publisher for publisher in PUBLISHERS}
_CHAIN = {"/chain/1": (302, "/chain/2"), "/chain/2": (301, "/chain/3")}


def origin(host: str, port: int | None) -> str:
    """`http://host:port`, without the port if it is None or 80."""
    return f"http://{host}" + (f":{port}" if port not in (None, 80) else "")


class Newspaper:
    """All publishers at one clock. Pages are made on demand and are the same for the same arguments, always.

    `articles` (from 50) are spread over the publishers and published before `DEFAULT_CLOCK`; at a later `clock`
    more have appeared, edits have been made and failures have begun, at an earlier one there are fewer. Raises
    BadInput for fewer than 50.
    """

    def __init__(self, seed: int = 1, articles: int = 120, clock: datetime = DEFAULT_CLOCK) -> None:
        self.edition = Edition(seed, articles)
        self.clock = clock
        self._counts = {each.name: self.edition.count(each, clock) for each in PUBLISHERS}

    def at(self, clock: datetime) -> Newspaper:
        """The same newspaper at another clock (aware)."""
        other = Newspaper.__new__(Newspaper)
        other.edition, other.clock = self.edition, clock
        other._counts = {each.name: self.edition.count(each, clock) for each in PUBLISHERS}
        return other

    @property
    def publishers(self) -> tuple[Publisher, ...]:
        return PUBLISHERS

    def count(self, publisher: Publisher) -> int:
        """How many of its articles are published."""
        return self._counts[publisher.name]

    def origins(self, port: int) -> list[str]:
        """Base URLs of all publishers."""
        return [origin(publisher.host, port) for publisher in PUBLISHERS]

    # Truth

    def truths(self, port: int | None = None) -> Iterator[Truth]:
        """The truth of every published article, publisher by publisher, newest first, as served on `port`.

        Deleted articles are among them, as they last were, with the deletion as their last edit.
        """
        for publisher in PUBLISHERS:
            house = House(publisher, origin(publisher.host, port))
            for index in reversed(range(self.count(publisher))):
                yield truth_of(self.page(house, index))

    def truth(self, url: str, port: int | None = None) -> Truth:
        """The truth of one published article. Raises KeyError if no article is at this URL."""
        parts = urlsplit(url)
        publisher = _BY_HOST[parts.hostname or ""]
        index = number_in(publisher, url if publisher.style == "bare" else parts.path)
        if index is None or not 0 <= index < self.count(publisher):
            raise KeyError(url)
        return truth_of(self.page(House(publisher, origin(publisher.host, port)), index))

    def failures(self) -> list[Failure]:
        """What has gone wrong until now, in order: nothing at the default clock."""
        return [each for each in FAILURES if each.since <= self.clock]

    def listing_urls(self, port: int | None = None) -> list[str]:
        """Front page, first section pages, feeds and sitemaps of every publisher."""
        found = []
        for publisher in PUBLISHERS:
            house = House(publisher, origin(publisher.host, port))
            sections = [section_path(publisher, key) for key in SECTION_KEYS]
            found += [house.url(path) for path in ("/", *sections, *feed_paths(publisher))]
        return found

    def page(self, house: House, index: int) -> Page:
        """The material of one article page."""
        publisher, edition = house.publisher, self.edition
        article = edition.article(publisher, index, self.clock)
        near = tuple(islice(self._listed(publisher, index - 1), 4))
        page = make_page(house, article, near[1:] or near, near[0] if near else None, edition.seed)
        unsigned = failure("field-lost", publisher.name, self.clock) is not None
        return replace(page, unsigned=unsigned, wire=edition.wire(publisher, index))

    # Listings: cards

    def _card(self, publisher: Publisher, index: int) -> Card:
        """An article's card at the clock."""
        return self.edition.card_at(publisher, index, self.clock)

    def _is_gone(self, publisher: Publisher, index: int) -> bool:
        return bool(self.edition.gone(publisher, index, self.clock))

    def _listed(self, publisher: Publisher, newest: int) -> Iterator[Card]:
        """Cards from `newest` backwards that are listed everywhere and open to robots."""
        for index in range(newest, -1, -1):
            card = self._card(publisher, index)
            if card.reach == "everywhere" and not card.internal and not self._is_gone(publisher, index):
                yield card

    def _newest(self, publisher: Publisher, number: int) -> list[Card]:
        """The newest cards for front page and feeds; the front page shows those forbidden to robots as well."""
        return list(islice(self._listed(publisher, self.count(publisher) - 1), number))

    def _section(self, publisher: Publisher, key: str, number: int) -> tuple[list[Card], bool]:
        """Page `number` of a section, and whether an older page follows."""
        places = islice(self._in_section(publisher, key), (number - 1) * PER_PAGE, number * PER_PAGE + 1)
        found = list(places)
        cards = [self._card(publisher, index) for index in found[:PER_PAGE]]
        return [card for card in cards if card.reach != "sitemap-only"], len(found) > PER_PAGE

    def _in_section(self, publisher: Publisher, key: str) -> Iterator[int]:
        """The articles of a section, newest first; those before the default clock follow in a fixed turn."""
        held = self.edition.counts[publisher.name]
        newest = self.count(publisher) - 1
        for index in range(newest, held - 1, -1):
            if self.edition.section(publisher, index) == key and not self._is_gone(publisher, index):
                yield index
        rank, cycle = max(0, held - 1 - newest), len(SECTION_KEYS)
        for older in range(rank + (SECTION_KEYS.index(key) - rank) % cycle, held, cycle):
            if not self._is_gone(publisher, held - 1 - older):
                yield held - 1 - older

    def _changed(self, card: Card) -> datetime:
        """When the publisher says that an article last changed."""
        plan = self.edition.plan(card.publisher, card.index) if self.clock > DEFAULT_CLOCK else ()
        dated = any(each.dated and each.at <= self.clock for each in plan)
        if card.special not in ("correction", "corrected", "live-blog") and not dated:
            return card.published
        return self.edition.article(card.publisher, card.index, self.clock).modified or card.published

    def _sitemap_cards(self, publisher: Publisher, number: int) -> Iterator[Card]:
        start = (number - 1) * PER_SITEMAP
        for index in range(start, min(start + PER_SITEMAP, self.count(publisher))):
            card = self._card(publisher, index)
            if card.reach != "section-only" and not card.internal and not self._is_gone(publisher, index):
                yield card

    def _recent(self, publisher: Publisher) -> Iterator[Card]:
        for card in islice(self._listed(publisher, self.count(publisher) - 1), PER_SITEMAP):
            if card.published < self.clock - timedelta(days=2):
                return
            yield card

    # Answers

    def respond(self, host: str, request: Request) -> Response:
        """What `host` has at the request's target; unknown hosts get 404, localhost an overview."""
        publisher = _BY_HOST.get(host)
        port = request.host.partition(":")[2]
        if publisher is None:
            if host in ("localhost", "127.0.0.1"):
                return Response(200, self._overview(port).encode(), date=self.clock)
            return Response(404, b"no such host here\n", "text/plain; charset=utf-8", date=self.clock)
        house = House(publisher, f"http://{request.host}")
        path, _, query = request.target.partition("?")
        found = self._article(house, request.target, path) or self._listing(house, path, query)
        return found or self._page(house, self._missing(house, 404, "not_found"), status=404)

    def _page(
        self, house: House, body: str, kind: str = "text/html; charset=utf-8", changed: datetime | None = None,
        status: int = 200, fails_first: bool = False,
    ) -> Response:  # fmt: skip
        publisher, data = house.publisher, body.encode()
        whole = status == 200
        return Response(
            status, data, kind,
            etag=entity_tag(data) if whole and "etag" in publisher.validators else "",
            last_modified=changed if whole and "last-modified" in publisher.validators else None,
            codings=publisher.codings, chunked=publisher.chunked, date=self.clock, fails_first=fails_first,
        )  # fmt: skip

    def _missing(self, house: House, status: int, label: str) -> str:
        return listings.simple(house, house.labels[label], str(status))

    def _moved(self, house: House, path: str, status: int = 301) -> Response:
        return Response(status, b"", "text/plain", location=house.url(path), date=self.clock)

    def _article(self, house: House, target: str, path: str) -> Response | None:
        publisher = house.publisher
        bare = publisher.style == "bare"
        if bare and path not in ("/story.php", "/internal/story.php"):
            return None
        index = number_in(publisher, target if bare else path)
        if index is None or not 0 <= index < self.count(publisher):
            return None
        card = self.edition.card(publisher, index)
        if unquote(card.path.partition("?")[0]) != unquote(path):
            return None
        if status := self.edition.gone(publisher, index, self.clock):
            return self._page(house, self._missing(house, status, "gone"), status=status)
        page = self.page(house, index)
        return self._page(
            house, STYLES[publisher.style].article(page),
            changed=page.article.changed, fails_first=card.special == "flaky",
        )  # fmt: skip

    def _listing(self, house: House, path: str, query: str) -> Response | None:
        publisher = house.publisher
        if failure("feed-dead", publisher.name, self.clock) and path == FEEDS["rss"]:
            return None
        newest = self._newest(publisher, _FEED_LENGTH)
        latest = max((card.published for card in newest), default=None)
        if path == "/":
            return self._page(
                house, listings.front(house, self._front(publisher), self._odd(publisher)), changed=latest
            )
        if path == FEEDS["rss"] and "rss" in publisher.feeds:
            if failure("feed-empty", publisher.name, self.clock):
                newest, latest = [], None
            return self._page(house, listings.rss(house, newest), "application/rss+xml; charset=utf-8", latest)
        if path == FEEDS["atom"] and "atom" in publisher.feeds:
            latest = max((self._changed(card) for card in newest), default=None)
            body = listings.atom(house, newest, self._changed)
            return self._page(house, body, "application/atom+xml; charset=utf-8", latest)
        if path == "/robots.txt":
            if not publisher.robots:
                return None
            forbidden = failure("robots", publisher.name, self.clock) is not None
            return self._page(house, listings.robots(house, forbidden), "text/plain; charset=utf-8")
        return (
            self._sitemap(house, path)
            or self._section_page(house, path, query)
            or self._redirect(house, path)
            or self._static(house, path)
        )

    def _front(self, publisher: Publisher) -> list[Card]:
        cards = self._newest(publisher, 14)
        oldest = cards[-1].index if cards else 0
        internal = [
            card
            for card in (self._card(publisher, index) for index in range(oldest, self.count(publisher)))
            if card.internal
        ]
        return sorted(cards + internal, key=lambda card: -card.index)

    def _odd(self, publisher: Publisher) -> list[tuple[str, str]]:
        """Links of the front page that redirect or lead nowhere: (path, text)."""
        cards = self._newest(publisher, 3)
        if not publisher.odd_links or not cards:
            return []
        first, last = cards[0], cards[-1]
        return [
            (f"/go/{publisher.number + first.index}", first.headline),
            ("/chain/1", last.headline),
            ("/gone", publisher.section_title("local")),
            ("/missing", publisher.section_title("culture")),
        ]

    def _redirect(self, house: House, path: str) -> Response | None:
        publisher = house.publisher
        if path.startswith("/go/") and path[4:].isascii() and path[4:].isdigit() and len(path) < 14:
            index = int(path[4:]) - publisher.number
            if 0 <= index < self.count(publisher):
                return self._moved(house, self.edition.card(publisher, index).path)
        if path in _CHAIN:
            status, target = _CHAIN[path]
            return self._moved(house, target, status)
        if path == "/chain/3" and (cards := self._newest(publisher, 3)):
            return self._moved(house, cards[-1].path, 307)
        if path == "/gone":
            return self._page(house, self._missing(house, 410, "gone"), status=410)
        return None

    def _sitemap(self, house: House, path: str) -> Response | None:
        publisher = house.publisher
        if publisher.sitemap == "none":
            return None
        children = max(1, -(-self.count(publisher) // PER_SITEMAP))
        single = publisher.sitemap == "plain" and children == 1
        make = partial(listings.sitemap, house, changed=self._changed)
        if path == "/sitemap.xml":
            if single:
                return self._page(house, make(cards=self._sitemap_cards(publisher, 1)), _XML)
            return self._page(house, listings.sitemap_index(house, children), _XML)
        if path == "/news-sitemap.xml" and not single:
            return self._page(house, listings.news_sitemap(house, self._recent(publisher)), _XML)
        number = path.removeprefix("/sitemap-").removesuffix(".xml")
        if number.isdecimal() and path == f"/sitemap-{number}.xml" and 1 <= int(number) <= children:
            return self._page(house, make(cards=self._sitemap_cards(publisher, int(number))), _XML)
        return None

    def _section_page(self, house: House, path: str, query: str) -> Response | None:
        publisher = house.publisher
        values = parse_qs(query)
        number_text = (values.get("page") or ["1"])[0]
        if publisher.style == "bare" and path == "/section.php":
            key = (values.get("name") or [""])[0]
        else:
            parts = path.removeprefix("/category").strip("/").split("/")
            key = parts[0]
            if len(parts) == 3 and parts[1] == "page":
                number_text = parts[2]
        if key not in SECTION_KEYS or not (
            number_text.isascii() and number_text.isdigit() and len(number_text) < 7
        ):
            return None
        number = int(number_text)
        wanted = section_path(publisher, key, number).replace("&amp;", "&").partition("?")[0]
        if number < 1 or path != wanted:
            return None
        cards, more = self._section(publisher, key, number)
        if number > 1 and not cards:
            return None
        latest = self._newest(publisher, 10)
        changed = max((card.published for card in (*self._section(publisher, key, 1)[0], *latest)), default=None)
        return self._page(house, listings.section(house, key, number, cards, more, latest), changed=changed)

    def _static(self, house: House, path: str) -> Response | None:
        publisher, labels = house.publisher, house.labels
        if path == "/style.css":
            return self._page(house, stylesheet(publisher), "text/css; charset=utf-8")
        if found := re.fullmatch(r"/media/([0-9]{1,9})(?:-([0-9]{1,2}))?\.svg", path):
            return self._page(house, listings.picture(int(found[1]) + int(found[2] or 0)), "image/svg+xml")
        if path.startswith("/author/"):
            for author in self.edition.staff(publisher):
                if author_path(author) == path:
                    return self._page(house, listings.simple(house, author.name, author.biography))
        if path in ("/about", "/privacy", "/newsletter"):
            words = {"/about": "site_tagline", "/privacy": "cookies", "/newsletter": "newsletter_text"}
            title = {"/about": "imprint", "/privacy": "privacy", "/newsletter": "newsletter_title"}
            return self._page(house, listings.simple(house, labels[title[path]], labels[words[path]]))
        return None

    def _overview(self, port: str) -> str:
        """The page of http://localhost: a plain list of the publishers."""
        rows = "".join(
            f'<li><a href="{origin(each.host, int(port or 80))}/">{each.title}</a> ({each.language}, {each.style}, '
            f"{self.count(each)} articles)</li>"
            for each in PUBLISHERS
        )
        return (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>The demo newspaper</title></head>'
            f"<body><h1>The demo newspaper</h1><p>Clock: {self.clock:%Y-%m-%d %H:%M %Z}. Seed: {self.edition.seed}."
            f"</p><ul>{rows}</ul></body></html>"
        )


def feed_paths(publisher: Publisher) -> list[str]:
    """The paths of a publisher's feeds and sitemaps, for sites.toml."""
    found = [FEEDS[name] for name in publisher.feeds]
    return found + (["/sitemap.xml"] if publisher.sitemap != "none" else [])
