"""Which articles of a site are one: the same text under several addresses, or taken over with small changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from archive.extract.evidence import WORDS, split

LONGEST = 12  # lines of an article, the longest, by which others like it are found
CACHED = 2000  # bodies taken apart at one time


def copies(articles: Sequence[Sequence[bytes]]) -> list[int]:
    """For each article, the number of the first that is the same.

    `articles`: the evidence of the captures of each, in an order that depends on nothing but what they are (by
    URL). Neighbours in that order that share one of their longest lines are compared, so that a page under hundreds
    of session ids costs hundreds of comparisons, not their square. Two articles of a group share many lines, so
    one of those leads from each to the next.
    """

    @lru_cache(maxsize=CACHED)
    def body(i: int) -> dict[int, int]:
        return {n >> 16: n & WORDS for lines in articles[i] for n in split(lines)[1]}

    holders = sorted(line << 32 | i for i in range(len(articles)) for line in _longest(body(i)))
    pairs = {(a & 0xFFFFFFFF, b & 0xFFFFFFFF) for a, b in pairwise(holders) if a >> 32 == b >> 32}
    del holders
    groups = _Groups(len(articles))
    for i, j in sorted(pairs):
        if groups.find(i) != groups.find(j) and _same(body(i), body(j)):
            groups.join(i, j)
    return [groups.find(i) for i in range(len(articles))]


def _longest(body: dict[int, int]) -> Iterable[int]:
    if len(body) <= LONGEST:
        return body
    return sorted(body, key=lambda line: (-body[line], line))[:LONGEST]


def _same(a: dict[int, int], b: dict[int, int]) -> bool:
    """More than two fifths of the words of the shorter, and a quarter of the longer.

    A share of lines would be fooled by furniture, which is many short lines. The quarter keeps a page that holds
    nothing but furniture from making one article of the whole site.
    """
    a_words, b_words = sum(a.values()), sum(b.values())
    if len(a) > len(b):
        a, b = b, a
    shared = sum(words for line, words in a.items() if line in b)
    return 5 * shared > 2 * min(a_words, b_words) and 4 * shared > max(a_words, b_words)


class _Groups:
    """Disjoint sets of the numbers below `size`, each named by its smallest (paths are halved)."""

    def __init__(self, size: int) -> None:
        self.parents = list(range(size))

    def find(self, x: int) -> int:
        parents = self.parents
        while parents[x] != x:
            parents[x] = parents[parents[x]]
            x = parents[x]
        return x

    def join(self, x: int, y: int) -> None:
        x, y = self.find(x), self.find(y)
        self.parents[max(x, y)] = min(x, y)
