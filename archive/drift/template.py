"""The days on which the template of a site's article pages changed, found by reading as few pages as can tell.

Of a handful of pages at the beginning and at the end of a time, the parts (`archive.house_style.skeleton`) that all of
the ones and none of the others have are the change; the first page with the new ones is found by halving.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

from archive.house_style import skeleton
from archive.store.observed import Observed

SAMPLES = (6, 4)  # pages on each side; a part that every other page has is in all of 6 and none of 6 once in 4,000
PAGES_BEFORE = 12  # the time that is looked at begins with so many pages of the time before
MOST_CHANGES = 8  # in one time

Read = Callable[[Observed], bytes | None]


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """From `day` on article pages are made in another way: parts that went and came, a page before and one after."""

    day: str
    gone: tuple[str, ...]
    new: tuple[str, ...]
    before: Observed
    after: Observed


def template_changes(pages: Sequence[Observed], start: int, read: Read) -> list[TemplateChange]:
    """Changes among the pages from `start` on, and between those and the ones before, in order of days.

    `pages` in order of capture; `read`: the bytes of a page, its content codings undone; None if they cannot be had.
    """
    articles = [page for page in pages[:start] if page.verdict == "article"][-PAGES_BEFORE:]
    articles += [page for page in pages[start:] if page.verdict == "article"]

    @cache
    def parts(at: int) -> frozenset[str]:
        html = read(articles[at])
        return skeleton(html) if html else frozenset()

    found: list[TemplateChange] = []
    waiting = [(0, len(articles))]
    while waiting and len(found) < MOST_CHANGES:
        first, end = waiting.pop()
        for size in SAMPLES:
            if 2 * size > end - first:
                continue
            gone, new = _differ(
                [parts(first + n) for n in range(size)], [parts(end - size + n) for n in range(size)]
            )
            if gone or new:
                at = _first(partial(_is_new, parts, gone, new), first + size, end - size)
                before, after = articles[at - 1], articles[at]
                found.append(TemplateChange(after.day, tuple(sorted(gone)), tuple(sorted(new)), before, after))
                waiting += [(first, at), (at, end)]
                break
    return sorted(found, key=lambda change: change.after.captured_at)


def _differ(
    before: Sequence[frozenset[str]], after: Sequence[frozenset[str]]
) -> tuple[frozenset[str], frozenset[str]]:
    """What all of the ones and none of the others have, both ways; pages that could not be read say nothing."""
    old, new = ([one for one in side if one] for side in (before, after))
    if min(len(old), len(new)) < SAMPLES[-1]:
        return frozenset(), frozenset()
    gone = frozenset.intersection(*old) - frozenset.union(*new)
    return gone, frozenset.intersection(*new) - frozenset.union(*old)


def _is_new(parts_of: Callable[[int], frozenset[str]], gone: frozenset[str], new: frozenset[str], at: int) -> bool:
    parts = parts_of(at)
    return len(parts & new) + len(gone - parts) > len(parts & gone) + len(new - parts)


def _first(is_new: Callable[[int], bool], low: int, high: int) -> int:
    """The first that is new, from `low` on; `high` if none before it is."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_new(middle) else (middle + 1, high)
    return low
