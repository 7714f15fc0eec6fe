"""Text that belongs to the site and not to the article: lines that recur on several different articles of a site.

`learn` looks at the evidence of all pages of one site (`archive.extract.evidence`), `apply` takes what it found out
of one body. Both are functions of what they are given: the pages are a set, so the order in which they came, and how
often a page was captured, make no difference.

A line that recurs may be text all the same: a sub-heading, a dateline, background that a newsroom writes under
every report. Furniture is told by where it stands. `loose` are the articles in which a line stands at an edge of the
body, with nothing but furniture beyond it, or outside the body, because it was told by other means there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from math import ceil

from archive.extract.copies import copies
from archive.extract.evidence import HEADING, KEPT, LINKED, WORDS, hash_of, numbers, split
from archive.extract.text import count

LONG = 6  # words from which a line says something by itself; shorter ones are labels
HEAD = 3  # first lines of a body, where its lead stands
FEW = 4  # articles of a site up to which two are enough
# Of the site's articles, that a line at the edges must be on: real last sentences recur on a few hundredths.
SHARE = 0.1
LOOSE = 0.8
AMID_SHARE, AMID_LEAST = 0.5, 4  # of a line in the middle of texts
TOLD_SHARE = 0.2  # of one in the middle which other pages' cleaning took away by itself
LABEL_SHARE, LABEL_LOOSE = 0.8, 0.9  # of a label at the edges; a dateline is on many articles
AUTHOR_LEAST, AUTHOR_SHARE = 3, 0.5  # of the articles of one author; templates do not show it on all
ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Seen:
    """One page: what identifies its article, where it was captured, and its evidence."""

    article: str
    lines: bytes


@dataclass(slots=True)
class Recurring:
    """A line that stands in a body and recurs, in numbers of different articles of the site."""

    key: int
    words: int = 0
    articles: int = 0  # that show it anywhere
    kept: int = 0  # that have it in the body
    amid: int = 0  # of these, with text on both sides
    backed: int = 0  # of these, below the text and above a long line of furniture that is hardly seen without it
    heads: int = 0  # of these, among the first lines
    headings: int = 0  # that show it as a heading
    authors: set[int] | None = None  # who wrote all of these
    is_furniture: bool = False

    @property
    def loose(self) -> int:
        return self.articles - self.amid

    @property
    def outside(self) -> int:
        return self.articles - self.kept


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a site's pages taught: of how many different articles, and every line that recurs."""

    of_articles: int = 0
    lines: Mapping[int, Recurring] = field(default_factory=dict)

    @property
    def furniture(self) -> dict[int, int]:
        """{key: articles that show it} of the lines that are furniture."""
        return {key: line.articles for key, line in self.lines.items() if line.is_furniture}


@dataclass(frozen=True, slots=True)
class Furniture:
    """What leaves the bodies of a site: learnt lines with their number of articles, and what a person decided."""

    learnt: Mapping[int, int] = field(default_factory=dict)
    dropped: Collection[int] = frozenset()


DROPPED = "dropped by a person as furniture of this site"


def reason(articles: int) -> str:
    """Why a learnt line left, for the record of what was removed."""
    return f"recurs on {articles} pages of this site"


def apply(lines: Sequence[str], furniture: Furniture) -> dict[int, str]:
    """{index of a line that leaves the body: reason}, in rising order.

    What was learnt never takes more than half of the words, else all of it stays; what a person dropped goes, but
    no body is left empty.
    """
    if not furniture.learnt and not furniture.dropped:
        return {}
    keys = [hash_of(line) for line in lines]
    dropped = {i: DROPPED for i, key in enumerate(keys) if key in furniture.dropped}
    learnt = {i: reason(furniture.learnt[key]) for i, key in enumerate(keys) if key in furniture.learnt}
    if learnt:
        words = [count(line) for line in lines]
        if 2 * sum(words[i] for i in learnt) > sum(words):
            learnt = {}
    found = learnt | dropped
    return dict(sorted(found.items())) if len(found) < len(lines) else {}


def learn(pages: Iterable[Seen]) -> Learnt:
    """What recurs on a site, and which of it is furniture.

    Captures of one article, and articles that are copies of each other, count once.
    """
    return _Site(pages).learn()


@dataclass(slots=True)
class _Page:
    """The recurring lines of one capture's body."""

    article: int
    head: list[int]  # from the first line on, as long as all recur
    tail: list[int]  # from the last line up
    rest: set[int]  # the others


class _Site:
    """The state of `learn`."""

    def __init__(self, pages: Iterable[Seen]) -> None:
        by_article: dict[str, set[bytes]] = {}
        for page in pages:
            if page.lines:
                by_article.setdefault(page.article, set()).add(page.lines)
        # Sorted, so that nothing depends on how they came.
        captures = [sorted(by_article[article]) for article in sorted(by_article)]
        first = copies(captures)
        self.articles: dict[int, list[bytes]] = {}
        for i, found in zip(first, captures, strict=True):
            self.articles.setdefault(i, []).extend(found)
        self.total = len(self.articles)
        self.need = 2 if self.total <= FEW else max(3, ceil(SHARE * self.total))
        self.written = Counter(author for found in self.articles.values() for author in _authors(found))
        self.lines: dict[int, Recurring] = {}
        self.pages: list[_Page] = []

    def learn(self) -> Learnt:
        recurring = self._recurring()
        for article, found in self.articles.items():
            self._count(article, found, recurring)
        self.lines = {key: line for key, line in self.lines.items() if line.articles > 1}
        furniture = set(self.lines)
        for _ in range(ROUNDS):  # fewer lines are furniture each time, so fewer stand at an edge
            self._place(furniture)
            left = {key for key in furniture if self._is_furniture(self.lines[key])}
            if left == furniture:
                break
            furniture = left
        for key in furniture:
            self.lines[key].is_furniture = True
        return Learnt(self.total, self.lines)

    def _recurring(self) -> set[int]:
        """The lines that stand in a body somewhere and on more than one article."""
        kept: set[int] = set()
        for found in self.articles.values():
            for lines in found:
                kept.update([n >> 16 for n in split(lines)[1]])
        once: set[int] = set()
        more: set[int] = set()
        for found in self.articles.values():
            keys: set[int] = set()
            for lines in found:
                keys.update([n >> 16 for n in numbers(lines)])
            keys &= kept
            more |= keys & once
            once |= keys
        return more

    def _count(self, article: int, found: list[bytes], recurring: set[int]) -> None:
        """Enter one article: what it shows, and the edges of its bodies.

        One without a line of its own teaches nothing: perhaps it is the beginning of another.
        """
        marks: dict[int, int] = {}
        heads: set[int] = set()
        if all(n >> 16 in recurring for lines in found for n in split(lines)[1]):
            return
        for lines in found:
            _, kept, beside = split(lines)
            # A teaser that cleaning missed has furniture above it all the same.
            body = [n >> 16 for n in kept if not n & LINKED or n >> 16 in recurring]
            for number in (*kept, *beside):
                if (key := number >> 16) in recurring:
                    marks[key] = marks.get(key, 0) | number & 0xFFFF
            heads.update(body[:HEAD])
            self.pages.append(_page(article, body, recurring))
        authors = _authors(found)
        for key, mark in marks.items():
            line = self.lines.setdefault(key, Recurring(key, mark & WORDS))
            line.articles += 1
            line.kept += bool(mark & KEPT)
            line.heads += key in heads
            line.headings += bool(mark & HEADING)
            line.authors = authors if line.authors is None else line.authors & authors

    def _place(self, furniture: set[int]) -> None:
        """Where each line stands in the bodies, if this is the furniture; the captures of an article must agree."""
        fixed: dict[int, set[int]] = {}
        backed: dict[int, set[int]] = {}
        for page in self.pages:
            edges: set[int] = set()
            for run in (page.head, page.tail):
                edges.update(takewhile(furniture.__contains__, run))
            beyond: Recurring | None = None
            for key in takewhile(furniture.__contains__, page.tail):
                line = self.lines[key]
                if beyond is not None and line.articles >= LABEL_SHARE * beyond.articles:
                    backed.setdefault(key, set()).add(page.article)
                if line.words >= LONG:
                    beyond = line
            for key in page.rest.union(page.head, page.tail) - edges:
                fixed.setdefault(key, set()).add(page.article)
        for key, line in self.lines.items():
            line.amid = len(fixed.get(key, ()))
            line.backed = len(backed.get(key, set()) - fixed.get(key, set()))

    def _is_furniture(self, line: Recurring) -> bool:
        if line.heads == 1 and 2 * line.kept <= line.articles:
            return False  # perhaps its article's own lead, which others show as a teaser
        if self._is_of_author(line):
            return True
        if line.words >= LONG or line.backed >= LABEL_LOOSE * line.kept:
            if line.articles >= self.need and line.loose >= LOOSE * line.articles:
                return True
            if 2 * line.headings > line.articles or line.articles < AMID_LEAST:
                return False
            told = 4 * line.outside >= line.articles
            return line.articles >= (TOLD_SHARE if told else AMID_SHARE) * self.total
        if line.articles < 3:
            return False
        at_edges = line.loose >= LABEL_LOOSE * line.articles and line.articles >= LABEL_SHARE * self.total
        told = 2 * line.outside >= line.articles and line.articles >= max(AMID_LEAST, AMID_SHARE * self.total)
        return line.kept > 1 and (at_edges or told)

    def _is_of_author(self, line: Recurring) -> bool:
        """At the edges of nearly all articles of one author, and on no others: a biography, a signature."""
        if line.words < LONG or line.articles < AUTHOR_LEAST or line.loose < LOOSE * line.articles:
            return False
        return any(line.articles >= AUTHOR_SHARE * self.written[author] for author in line.authors or ())


def _page(article: int, body: list[int], recurring: set[int]) -> _Page:
    head = _run(body, recurring)
    tail = _run(body[::-1], recurring)
    return _Page(article, head, tail, {key for key in body[len(head) :] if key in recurring}.difference(tail))


def _run(body: list[int], recurring: set[int]) -> list[int]:
    end = next((i for i, key in enumerate(body) if key not in recurring), len(body))
    return body[:end]


def _authors(found: list[bytes]) -> set[int]:
    return {n >> 16 for lines in found for n in split(lines)[0]}
