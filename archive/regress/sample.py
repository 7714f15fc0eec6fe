"""Which pages of an archive a sample takes: each stratum in proportion, and at least one page as far as there is room.

Pure, and the same for the same seed: pages stand in the order of a hash of seed and record id, so an archive that has
grown by some pages keeps most of its sample.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush, nsmallest
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
Stratum = tuple[str, str]


def allocate(sizes: Mapping[K, int], n: int, order: Sequence[K]) -> dict[K, int]:
    """{stratum: how many to take}, `n` together or all there are.

    `order`: who comes first while not every stratum can have one; beyond that shares follow the sizes (Sainte-Laguë).
    """
    first = [key for key in order if sizes[key] > 0][: max(0, n)]
    given = dict.fromkeys(first, 1)
    waiting = [(-sizes[key] / 3, at, key) for at, key in enumerate(first) if sizes[key] > 1]
    heapify(waiting)
    for _ in range(n - len(given)):
        if not waiting:
            break
        _, at, key = heappop(waiting)
        given[key] += 1
        if given[key] < sizes[key]:
            heappush(waiting, (-sizes[key] / (2 * given[key] + 1), at, key))
    return given


def by_turns(sizes: Mapping[Stratum, int]) -> list[Stratum]:
    """Strata of sites so that each site comes once with its largest before one comes again."""
    turns: list[tuple[int, int, Stratum]] = []
    seen: Counter[str] = Counter()
    for stratum in sorted(sizes, key=lambda key: (-sizes[key], key)):
        turns.append((seen[stratum[0]], -sizes[stratum], stratum))
        seen[stratum[0]] += 1
    return [stratum for _, _, stratum in sorted(turns)]


def place(seed: int, record_id: str) -> bytes:
    """Where a page stands in the order of this seed."""
    return hashlib.blake2b(f"{seed} {record_id}".encode("utf-8", "replace"), digest_size=8).digest()


def first_of_each(
    members: Iterable[tuple[Stratum, str, int]], wanted: Mapping[Stratum, int], seed: int
) -> dict[Stratum, list[int]]:
    """The first captures of each stratum in the order of the seed, as many as are wanted."""
    found: dict[Stratum, list[tuple[bytes, int]]] = {}
    for stratum, record_id, capture_id in members:
        if number := wanted.get(stratum, 0):
            mine = found.setdefault(stratum, [])
            mine.append((place(seed, record_id), capture_id))
            if len(mine) > 2 * number + 1000:  # memory follows the sample, not the archive
                mine[:] = nsmallest(number, mine)
    return {
        stratum: [capture_id for _, capture_id in nsmallest(wanted[stratum], mine)]
        for stratum, mine in found.items()
    }


def by_style(candidates: Sequence[tuple[int, str]], n: int) -> list[int]:
    """`n` of the candidates (capture, house style) of one stratum: of each style in proportion, the first ones."""
    sizes = Counter(style for _, style in candidates)
    left = allocate(sizes, n, sorted(sizes, key=lambda style: (-sizes[style], style)))
    chosen = []
    for capture_id, style in candidates:
        if left.get(style, 0):
            left[style] -= 1
            chosen.append(capture_id)
    return chosen
