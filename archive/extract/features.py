"""The lines of a page as numbers: what the body model looks at.

One row of `NAMES` for each line: its text, the elements around it, its style, place and neighbours, and how it agrees
with what the page states of itself. Only comparisons, sums, products and quotients: the same on every machine.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from archive.extract import line_text
from archive.extract.containers import CATEGORIES, FLAGS, Containers
from archive.extract.outline import Around, Line
from archive.extract.text import set_overlap
from archive.extract.text import words as words_of

Numbers = npt.NDArray[np.float32]

MAX_LINES = 5000  # of a page that are looked at
MAX_WORDS = 500  # of a line that count
PROSE = 12  # words of a line that reads like a sentence
SHORT = 8  # words under which a line beside the text is none
ENOUGH = 120  # words of an articleBody that is worth comparing
TAGS = (
    "p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "figcaption", "td", "th", "div", "span", "section",
    "pre", "dd", "dt", "article", "a", "button", "footer", "header", "aside",
)  # fmt: skip
_TAG = {tag: i + 1 for i, tag in enumerate(TAGS)}
_BITS = {
    "nav": Around.NAV, "caption": Around.CAPTION, "form": Around.FORM, "comments": Around.COMMENTS,
    "summary": Around.SUMMARY, "picture": Around.PICTURE, "after_picture": Around.AFTER_PICTURE,
    "furniture": Around.FURNITURE, "item": Around.ITEM,
}  # fmt: skip
_BESIDE = Around.NAV | Around.FORM | Around.COMMENTS
_OFFSETS = (-2, -1, 1, 2)
_WINDOWS = {"-3": (-3, 0), "+3": (1, 4), "-8": (-8, 0), "+8": (1, 9)}
NAMES = (
    *line_text.NAMES,
    "times", "times_before", "prose", "life", "byname",
    *("tag", "depth"),
    *(f"in_{name}" for name in FLAGS),
    *(f"around_{name}" for name in _BITS),
    *(f"cls_{name}" for name in CATEGORIES),
    *(f"c{level}_{x}" for level in range(5) for x in ("share", "linked", "lines", "prose")),
    *("own_share", "best_up", "best_at", "best_prose", "big_up"),
    *("sig_share", "sig_lines", "sig_linked", "style_prose", "style_rel"),
    *("article", "articles", "head_lines", "head_words", "at_lines", "at_words", "first_prose", "after_words"),
    *("best_lines_before", "best_lines_after", "best_words_before", "best_words_after"),
    *("title_j", "title_c", "about_j", "about_c", "stated", "topic"),
    *("pg_type", "pg_words", "pg_lines", "pg_prose", "pg_articles", "pg_h1", "pg_stated", "pg_og", "pg_linked"),
    *(f"n{d}_{x}" for d in _OFFSETS for x in ("words", "linked", "tag", "prose", "punct", "endpunct", "style")),
    *(f"win{d}_{x}" for d in _WINDOWS for x in ("words", "linked", "prose")),
    *("same_before", "same_after", "prose_before", "prose_after"),
)  # fmt: skip
NAMES_SHA256 = hashlib.sha256("\n".join(NAMES).encode()).hexdigest()

_COMMA_OR_STOP = re.compile(r"[,.，。]")


@dataclass(frozen=True, slots=True)
class Stated:
    """What the page states of itself, as far as lines are compared with it."""

    titles: Sequence[str] = ()
    about: Sequence[str] = ()  # descriptions
    article_body: str = ""
    authors: Sequence[str] = ()
    type: int = 0  # 0 no article node, 1 one, 2 one of news
    og_article: bool = False


@dataclass(slots=True)
class Table:
    """The rows of a page. `lines` are those of its outline that may be text, in order, at most `MAX_LINES`."""

    rows: Numbers
    lines: list[Line]
    at: list[int]  # of each, its index in the outline
    words: npt.NDArray[np.int64]
    keys: list[str]  # words joined by blanks
    blocks: list[int]  # index of each line's block in `containers`
    containers: Containers = field(default_factory=Containers)
    whole: bool = True  # no line was left out because there were too many


def table(lines: Iterable[Line], stated: Stated) -> Table:
    """The numbers of a page's lines, a float32 array of shape (lines, len(NAMES))."""
    there: list[Line] = []
    at, tokens = [], []
    for i, line in enumerate(lines):
        if (found := words_of(line.text)) and _may_be_text(line, len(found)):
            there.append(line)
            at.append(i)
            tokens.append(found)
            if len(there) >= MAX_LINES:
                break
    if not there:
        return Table(np.zeros((0, len(NAMES)), np.float32), [], [], np.zeros(0, np.int64), [], [])
    page = _Page(there, tokens, stated)
    columns = (
        page.text(), page.owner(), page.around(), page.sums(), page.best(), page.style(), page.position(),
        page.agreement(), page.whole(), page.neighbours(),
    )  # fmt: skip
    rows = np.concatenate(columns, axis=1).astype(np.float32)
    assert rows.shape[1] == len(NAMES), (rows.shape, len(NAMES))
    return Table(rows, there, at, page.counts, page.keys, page.blocks, page.containers, len(there) < MAX_LINES)


def _may_be_text(line: Line, n: int) -> bool:
    """What is not: the short lines of menus, side columns, footers, forms and comments. On the pages the model learns
    from, they are a third of the lines and hold a four-thousandth of the text."""
    return n >= SHORT or not line.around & _BESIDE


Columns = npt.NDArray[np.float64]


def _columns(*columns: Iterable[float]) -> Columns:
    return np.array([list(c) for c in columns], dtype=np.float64).T


class _Page:
    def __init__(self, lines: list[Line], tokens: list[list[str]], stated: Stated) -> None:
        self.lines, self.tokens, self.stated = lines, tokens, stated
        self.n = len(lines)
        self.keys = [" ".join(t) for t in tokens]
        self.counts = np.array([len(t) for t in tokens], dtype=np.int64)
        self.words = np.minimum(self.counts, MAX_WORDS)  # one endless line must not outweigh all others
        linked = np.array([line.linked / line.chars if line.chars else 0.0 for line in lines])
        self.linked = linked
        self.link_words = self.words * linked
        stops = np.array([_COMMA_OR_STOP.search(line.text) is not None for line in lines])
        self.prose = (self.words >= PROSE) & (linked < 0.5) & stops
        self.prose_words = np.where(self.prose, self.words - self.link_words, 0.0)
        self.total = float(self.words.sum())
        self.prose_total = float(np.where(self.prose, self.words, 0).sum()) or 1.0
        self.before = np.concatenate([[0.0], np.cumsum(self.words)])
        self.containers = Containers()
        self.blocks = [self.containers.of(line) for line in lines]
        self.at = np.array(self.blocks)
        self.parent = np.array(self.containers.parent)
        self.depth = np.array(self.containers.depth)
        self.sets = [set(t) for t in tokens]

    # Text.

    def text(self) -> Columns:
        times = Counter(self.keys)
        last: dict[str, int] = {}
        people = [set(words_of(name)) for name in self.stated.authors]
        names = [" ".join(words_of(name)) for name in self.stated.authors]
        rows: list[list[float]] = []
        prose = self.prose.tolist()
        for i, (line, k) in enumerate(zip(self.lines, self.keys, strict=True)):
            n = int(self.words[i])
            by_name = any(p <= self.sets[i] for p in people)
            starts = by_name and any(k == name or k.startswith(name + " ") for name in names)
            life = 4 < n < 150 and line_text.life(line.text)
            rows.append(
                [*line_text.numbers(line, n), times[k], i - last.get(k, i), prose[i], life, by_name + starts]
            )
            last[k] = i
        self._text = np.array(rows, dtype=np.float64)
        return self._text

    # What stands around.

    def owner(self) -> Columns:
        c = self.containers
        tags = [_TAG.get(c.nodes[b].tag, 0) for b in self.blocks]
        self.tags = np.array(tags)
        flags = np.array(c.flags)[self.at]
        bits = (flags[:, None] >> np.arange(len(FLAGS))) & 1
        return np.concatenate([_columns(tags, [c.depth[b] for b in self.blocks]), bits], axis=1)

    def around(self) -> Columns:
        found = np.array([line.around for line in self.lines])
        bits = (found[:, None] & np.array(list(_BITS.values()))) > 0
        return np.concatenate([bits, np.array(self.containers.near)[self.at]], axis=1)

    def sums(self) -> Columns:
        """Share of the page's words, share in links, lines, share of the prose: of the block and four around it."""
        n = len(self.parent)
        sums = np.zeros((n, 4))
        own = np.stack([self.words, self.link_words, np.ones(self.n), self.prose_words], axis=1)
        np.add.at(sums, self.at, own)
        self._push_up(sums)
        self.element = sums
        shares = np.stack([
            sums[:, 0] / self.total, sums[:, 1] / np.maximum(1, sums[:, 0]), sums[:, 2], sums[:, 3] / self.prose_total
        ], axis=1)  # fmt: skip
        self.shares = shares
        levels, here = [], self.at
        for _ in range(5):
            levels.append(shares[here])
            here = self.parent[here]
        return np.concatenate([*levels, (self.words / np.maximum(1, sums[self.at, 0]))[:, None]], axis=1)

    def _push_up(self, sums: Columns) -> None:
        """Adds what each element holds to those around it, the deepest first."""
        for level in range(int(self.depth.max()), 0, -1):
            there = np.flatnonzero(self.depth == level)
            np.add.at(sums, self.parent[there], sums[there])

    def best(self) -> Columns:
        """Levels to the element that holds the text best, and to the smallest that holds most of it.

        A paragraph counts most for the parent of its block, less for those further up, as readability counts.
        """
        n = len(self.parent)
        points = np.where(self.prose, 1 + np.minimum(3, self.words / 40), 0)
        score = np.zeros((n, 1))
        np.add.at(score[:, 0], self.at, 0.05 * points)
        self._push_up(score)
        here, depth = self.at, self.depth
        for level, weight in enumerate((0.2, 1, 0.6, 0.35, 0.2)):
            there = depth[self.at] >= level  # above the root nothing counts again
            np.add.at(score[:, 0], here[there], (weight - 0.05) * points[there])
            here = self.parent[here]
        weighed = score[:, 0] * (1 - self.shares[:, 1])
        best = int(np.argmax(weighed))
        holds = np.flatnonzero(self.element[:, 3] >= 0.75 * self.prose_total)
        big = int(holds[np.argmax(depth[holds] * n + np.arange(len(holds)))]) if len(holds) else -1
        self.best_block = best
        chain: dict[int, int] = {}
        at = best
        while at not in chain:
            chain[at] = len(chain)
            at = self.containers.parent[at]
        up, where, to_big = [0] * n, [-1] * n, [-1] * n
        for i, p in enumerate(self.containers.parent):
            known = i in chain
            up[i] = 0 if known or i == p else up[p] + 1
            where[i] = chain[i] if known else where[p] if i != p else -1
            to_big[i] = 0 if i == big else to_big[p] + 1 if i != p and to_big[p] >= 0 else -1
        self.in_best = np.array([w == 0 for w in where])[self.at]
        share = self.shares[best, 3]
        return _columns(
            (up[b] for b in self.blocks), (where[b] for b in self.blocks), [share] * self.n,
            (to_big[b] for b in self.blocks),
        )  # fmt: skip

    def style(self) -> Columns:
        """Lines of the same look: tag and classes of the block and its parent, and with the one above that."""
        c = self.containers
        of: dict[tuple[str, str], int] = {}
        of_three: dict[tuple[str, str, str], int] = {}
        two, three = [], []
        for b in self.blocks:
            p = c.parent[b]
            g = c.parent[p]
            own, mother, grand = c.signature[b], c.signature[p], c.signature[g]
            two.append(of.setdefault((own, mother), len(of)))
            three.append(of_three.setdefault((own, mother, grand), len(of_three)))
        ids, ids3 = np.array(two), np.array(three)
        words = np.bincount(ids, self.words, len(of))
        lines = np.bincount(ids, minlength=len(of))
        links = np.bincount(ids, self.link_words, len(of))
        prose = np.bincount(ids3, np.where(self.prose, self.words, 0), len(of_three))
        strongest = prose.max() or 1.0
        self.style_prose = prose[ids3] / self.prose_total
        return np.stack([
            words[ids] / self.total, lines[ids], links[ids] / np.maximum(1, words[ids]), self.style_prose,
            prose[ids3] / strongest,
        ], axis=1)  # fmt: skip

    def position(self) -> Columns:
        c = self.containers
        n, i = self.n, np.arange(self.n)
        head = self._headline()
        long = np.flatnonzero(self.prose & (self.words >= 20))
        first = long[0] if len(long) else 0
        since_head = np.stack([i - head, self.before[:-1] - self.before[head]]) if head is not None else None
        if since_head is None:
            since_head = np.stack([np.full(n, -999.0), np.full(n, -9999.0)])
        inside = np.where(self.in_best & self.prose, self.words, 0)
        lines = np.cumsum(self.in_best & self.prose)
        words = np.cumsum(inside)
        all_words = max(1, words[-1])
        return np.stack([
            np.array(c.article)[self.at], np.full(n, c.articles), *since_head, i / n, self.before[:-1] / self.total,
            i - first, 1 - self.before[:-1] / self.total,
            lines - (self.in_best & self.prose), lines[-1] - lines, (words - inside) / all_words,
            (words[-1] - words) / all_words,
        ], axis=1)  # fmt: skip

    def _headline(self) -> int | None:
        """The h1 closest to the titles; else the short line that overlaps them well."""
        titles = [set(words_of(t)) for t in self.stated.titles if t]

        def overlap(i: int) -> float:
            return max((set_overlap(self.sets[i], t) for t in titles), default=0.0)

        h1s = [i for i in range(self.n) if self.containers.nodes[self.blocks[i]].tag == "h1"]
        self.h1s = len(h1s)
        best = max(h1s, key=overlap, default=None)
        if best is None or overlap(best) < 0.3:
            other = max((i for i in range(self.n) if 2 < self.words[i] < 40), key=overlap, default=None)
            if other is not None and overlap(other) >= 0.6:
                return other
        return best

    # Against what the page states.

    def agreement(self) -> Columns:
        titles = [set(words_of(t)) for t in self.stated.titles if t]
        about = [set(words_of(t)) for t in self.stated.about if t]
        columns: list[list[float]] = []
        for known in (titles, about):
            both = [[len(s & t) for t in known] for s in self.sets]
            columns.append([
                max((n / (len(s) + len(t) - n) for n, t in zip(found, known, strict=True)), default=0.0)
                for found, s in zip(both, self.sets, strict=True)
            ])  # fmt: skip
            columns.append([max(found, default=0) / len(s) for found, s in zip(both, self.sets, strict=True)])
        stated = words_of(self.stated.article_body) if self.stated.article_body else []
        self.has_stated = len(stated) >= ENOUGH
        if self.has_stated:
            shingles = _shingles(stated)
            columns.append([_share(t, shingles) for t in self.tokens])
        else:
            columns.append([-1.0] * self.n)
        columns.append(self._topic())
        return np.array(columns).T

    def _topic(self) -> list[float]:
        """Share of a line's longer words that other prose of the best element has as well."""
        rare = [{w for w in s if len(w) > 4 or not w.isascii()} for s in self.sets]
        often: Counter[str] = Counter()
        inside = [bool(a and b) for a, b in zip(self.in_best, self.prose, strict=True)]
        for found, counts in zip(rare, inside, strict=True):
            if counts:
                often.update(found)
        return [
            sum(often[w] > own for w in found) / len(found) if found else -1.0
            for found, own in zip(rare, inside, strict=True)
        ]

    def whole(self) -> Columns:
        s = self.stated
        page = [
            s.type, self.total, self.n, self.prose_total / self.total, self.containers.articles, self.h1s,
            self.has_stated, s.og_article, self.link_words.sum() / self.total,
        ]  # fmt: skip
        return np.tile(np.array(page, dtype=np.float64), (self.n, 1))

    # Neighbours.

    def neighbours(self) -> Columns:
        n = self.n
        punct, end = self._text[:, NAMES.index("punct")], self._text[:, NAMES.index("endpunct")]
        facts = np.stack(
            [self.words, self.linked, self.tags, self.prose, punct, end, self.style_prose], axis=1
        ).astype(np.float64)
        columns = []
        for d in _OFFSETS:
            moved = np.zeros_like(facts)
            moved[:, 2] = -1
            if d < 0:
                moved[-d:] = facts[:d]
            elif d < n:
                moved[: n - d] = facts[d:]
            columns.append(moved)
        i = np.arange(n)
        sums = [
            np.concatenate([[0.0], np.cumsum(x)])
            for x in (self.words, self.link_words, np.where(self.prose, self.words, 0))
        ]
        for a, z in _WINDOWS.values():
            low, high = np.clip(i + a, 0, n), np.clip(i + z, 0, n)
            words, links, prose = (s[high] - s[low] for s in sums)
            columns.append(np.stack([words, links / np.maximum(1, words), prose], axis=1))
        parents = self.parent[self.at]
        same = np.zeros(n)
        same[1:] = parents[1:] == parents[:-1]
        following = np.append(same[1:], 0)
        marks = np.flatnonzero(self.prose)
        since = i - np.concatenate([[-99], marks])[np.searchsorted(marks, i, "left")]
        until = np.concatenate([marks, [10**6]])[np.searchsorted(marks, i, "right")] - i
        columns.append(np.stack([same, following, np.minimum(since, 50), np.minimum(until, 50)], axis=1))
        return np.concatenate(columns, axis=1)


def _shingles(tokens: Sequence[str]) -> set[tuple[str, ...]]:
    return set(zip(tokens, tokens[1:], tokens[2:], strict=False))


def _share(tokens: Sequence[str], known: set[tuple[str, ...]]) -> float:
    """Share of the 3-word shingles that are known; -.5 for fewer than three words."""
    n = len(tokens) - 2
    return sum(s in known for s in zip(tokens, tokens[1:], tokens[2:], strict=False)) / n if n > 0 else -0.5
