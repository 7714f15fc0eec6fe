"""The days on which a field changed: each signal of `archive.drift.signals`, put to the test of `archive.rhythm.drop`.

The test is made as it would have been at the end of each day, so what was mended meanwhile is told as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive.drift.signals import Signal, rank, signals, source_of
from archive.rhythm import Drop, drop
from archive.store.observed import Observed

MOST_LOOKS = 40  # at a signal; over a longer time it is looked at less often than daily


@dataclass(frozen=True, slots=True)
class Side:
    """Before or after a change: in so many of so many pages it was as `Change.words` says; one page that shows it."""

    good: int
    of: int
    page: Observed


@dataclass(frozen=True, slots=True)
class Change:
    """From `day` (of capture, UTC) on a field is filled, or is read, in another way.

    `kind`: which way, see docs/drift.md; `words`: what the counts count; `worse`: whether that is a loss; `ended`: the
    day by which it was no longer so, None if it still is; `now`: where it is read now, if that is what changed.
    """

    field: str
    kind: str
    words: str
    day: str
    worse: bool
    before: Side
    after: Side
    p: float
    ended: str | None = None
    now: str | None = None


def start_of(pages: Sequence[Observed], since: str) -> int:
    """The first page that was captured on that day or later."""
    return next((at for at, page in enumerate(pages) if page.day >= since), len(pages))


def changes(pages: Sequence[Observed], since: str, names: frozenset[str] = frozenset()) -> list[Change]:
    """What could be told of a change on `since` (YYYY-MM-DD) or later, in order of days; of each field and day one.

    `pages` in order of capture; `names`: what the site is called.
    """
    start = start_of(pages, since)
    found = [change for signal in signals(pages, start, names) for change in _of_signal(signal, pages, start)]
    first: dict[tuple[str, str], Change] = {}
    for change in sorted(found, key=lambda change: not change.worse):
        first.setdefault((change.field, change.day), change)
    return sorted(first.values(), key=lambda change: (change.day, not change.worse, change.field))


def _of_signal(signal: Signal, pages: Sequence[Observed], start: int) -> Iterator[Change]:
    places = [at for at, case in enumerate(signal.cases) if case is not None]
    cases = [bool(signal.cases[at]) for at in places]
    if all(cases):
        return
    ends = _ends([pages[at].day for at in places], sum(at < start for at in places))
    last, known = None, bool(ends) and drop(cases[: ends[0]]) is not None
    for end in ends[1:]:
        fell = drop(cases[:end])
        if fell is None:
            if last is not None:
                yield _change(signal, pages, places, last, ended=pages[places[end - 1]].day)
            last, known = None, False
        elif not known:
            last = fell
    if last is not None:
        yield _change(signal, pages, places, last)


def _ends(days: Sequence[str], start: int) -> list[int]:
    """How many cases there were before the time that is looked at, and at the end of each of its days."""
    ends = [at + 1 for at, day in enumerate(days) if at >= start and (at + 1 == len(days) or days[at + 1] != day)]
    step = -(-len(ends) // MOST_LOOKS) or 1
    return [start, *ends[::-step][::-1]]


def _change(
    signal: Signal, pages: Sequence[Observed], places: Sequence[int], fell: Drop, ended: str | None = None
) -> Change:
    good = [at for at in places[: fell.at] if signal.cases[at]]
    first = places[fell.at]
    worse, now = signal.worse, None
    if signal.kind == "source":
        after = [pages[at] for at in places[fell.at : fell.at + fell.after] if not signal.cases[at]]
        now = Counter(source_of(page, signal.field) for page in after).most_common(1)[0][0]
        worse = rank(now) < rank(source_of(pages[good[-1]], signal.field))
    return Change(
        signal.field, signal.kind, signal.words, pages[first].day, worse,
        Side(fell.good_before, fell.before, pages[good[-1]]), Side(fell.good_after, fell.after, pages[first]),
        fell.p, ended, now,
    )  # fmt: skip
