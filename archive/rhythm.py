"""Whether something that comes again and again has stopped, or changed: pure statistics on plain numbers.

Times are seconds since 1970. Every test says nothing (None) before it has seen enough, and each of its thresholds is
a named constant here. They are set for archives that are looked at every hour for years: a false alarm of a site in
years, not in days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, pairwise
from math import comb, exp, lgamma, log, sqrt

HOUR_S, DAY_S = 3600, 86_400
CLUMP_S = 600  # what comes within ten minutes comes together
WINDOW_S = 60 * DAY_S  # of history at the most, up to what came last;
RECENT_TIMES, RECENT_S = 100, 14 * DAY_S  # less if it holds so many events, and so long a time
LEAST_TIMES = 20  # events from which a rhythm can be learnt,
LEAST_DAYS = 7  # in the course of how many days,
LEAST_DISTINCT_DAYS = 5  # and on how many of them something came
LONGER = 1.3  # times the longest gap there was, at the least
SKIPPED = 1.05  # times the longest there would be if one event were left out: that is not gone
LEAST_SPREAD = 0.003  # of gaps, in squares of their mean: nothing is as regular as it seems
TAIL_Z = 4.0  # normal quantile of one in 30,000: how rarely a usual gap may be as long as the limit


@dataclass(frozen=True, slots=True)
class Gap:
    """How long nothing has come, against the gaps there were. Measured in what usually comes in such a time."""

    last: float  # when something came last
    missed: float  # how many usually come in the time since
    longest: float  # the most that were usually to come in any gap before
    limit: float  # from which on it is an alarm
    events: int  # from which this was learnt

    @property
    def is_alarming(self) -> bool:
        return self.missed > self.limit


def silence(times: Sequence[float], until: float, found: Sequence[float] | None = None) -> Gap | None:
    """Whether a source has gone quiet that usually brings something; None if too little is known of it.

    `times`: when each came; `until`: when it was last looked at; `found`: when each was seen to have come, if that was
    later. A silence lasted until something was found, so what is usually found late is not missed early. How much
    usually comes at which hour, on which day of the week, is learnt from the times themselves, so that a night or a
    Sunday does not count like a weekday at noon. But what comes every six hours, day and night, needs no such clock,
    and is missed sooner by an ordinary one: of the two, the one that says more is believed.
    """
    known = [(at, time) for at, time in zip(found or times, times, strict=True) if at <= until and time <= until]
    if not known:
        return None
    known.sort()
    steps = _steps(known)
    beginning = _beginning([time for time, _ in steps])
    steps = [step for step in steps if step[0] >= beginning]
    events = [time for time, _ in steps]
    if not _is_enough(events):
        return None
    rate = (len(events) - 1) / (events[-1] - events[0])
    gaps = (_gap(steps, until, between) for between in (_Clock(events).between, lambda a, b: (b - a) * rate))
    return max(gaps, key=lambda gap: gap.missed / gap.limit)


def _gap(steps: Sequence[tuple[float, float]], until: float, between: Callable[[float, float], float]) -> Gap:
    """`steps`: when each came, and when it was found; `between`: how much usually comes from one time to another."""
    newest = steps[-1][0]
    gaps = [between(before, at) for (before, _), (_, at) in pairwise(steps)]
    skipped = [between(before, at) for (before, _), (_, at) in zip(steps, steps[2:], strict=False)]
    return Gap(newest, between(newest, until), max(gaps), limit_of(gaps, max(skipped)), len(steps))


def _steps(known: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """(when it came, when it was found) of what was newer than all that had been found before."""
    steps: list[tuple[float, float]] = []
    for at, time in known:
        if not steps or time - steps[-1][0] > CLUMP_S:
            steps.append((time, max(at, time)))
    return steps


def _beginning(times: Sequence[float]) -> float:
    """From when on a rhythm is learnt: newsrooms change theirs, and what was long ago says little."""
    if not times:
        return 0.0
    by_number = times[-RECENT_TIMES] if len(times) >= RECENT_TIMES else times[0]
    return max(times[-1] - WINDOW_S, min(by_number, times[-1] - RECENT_S))


@dataclass(frozen=True, slots=True)
class Absence:
    """How many have come in a row without a kind of them, against the longest such rows before."""

    last: int  # index of the last that was of the kind
    missed: int  # since
    longest: int  # row before
    usual: float
    limit: float
    events: int  # of the kind

    @property
    def is_alarming(self) -> bool:
        return self.missed > self.limit


def absence(times: Sequence[float], members: Sequence[bool]) -> Absence | None:
    """Whether a kind of event has stopped while others go on; None if too little is known of the kind.

    `times`: of all events, in order; `members`: which are of the kind. Its rhythm is counted in events, so it needs
    no clock: where nothing comes at all, nothing is missed.
    """
    places = [at for at, member in enumerate(members) if member]
    if not places:
        return None
    beginning = _beginning([times[at] for at in places])
    places = [at for at in places if times[at] >= beginning]
    if not _is_enough([times[at] for at in places], least=LEAST_TIMES // 2):
        return None
    rows = [b - a for a, b in pairwise(places)]
    missed = len(members) - 1 - places[-1]
    skipped = max(c - a for a, c in zip(places, places[2:], strict=False))
    return Absence(places[-1], missed, max(rows), sum(rows) / len(rows), limit_of(rows, skipped), len(places))


def limit_of(gaps: Sequence[float], skipped: float) -> float:
    """How long a gap must be to be none of these. `skipped`: the longest there would be without one of the events.

    It is longer than all of them; than it would be if any one event between two of them had been left out; and
    unlikely for a gamma distribution with their mean and variance (both taken for more than they are, the less there
    is to learn from), by the quantile of Wilson and Hilferty (1931).
    """
    count = len(gaps)
    mean = sum(gaps) / count
    spread = sum((gap / mean - 1) ** 2 for gap in gaps) / count if mean else 0.0
    mean *= 1 + 1.5 * sqrt(spread / count)
    spread = max(spread, LEAST_SPREAD) * (1 + 2 * sqrt(2 / count))
    part = spread / 9
    return max(LONGER * max(gaps), SKIPPED * skipped, mean * (1 - part + TAIL_Z * sqrt(part)) ** 3)


def _is_enough(times: Sequence[float], least: int = LEAST_TIMES) -> bool:
    if len(times) < least or times[-1] - times[0] < LEAST_DAYS * DAY_S:
        return False
    return len({int(time // DAY_S) for time in times}) >= LEAST_DISTINCT_DAYS


class _Clock:
    """A clock that goes as fast as things usually come, by hour and day of the week: about one event a unit.

    With few events it is nearly an ordinary clock: to each hour and day a share of the average is added.
    """

    HOURS = 7 * 24
    EXTRA_HOUR = 2.0  # events that each hour of the day is given besides its own
    EXTRA_DAYS = 1.0  # days of the average that each day of the week is given

    def __init__(self, times: Sequence[float]) -> None:
        self._start = times[0] // HOUR_S * HOUR_S
        days = (times[-1] - times[0]) / DAY_S
        moments = [datetime.fromtimestamp(time, UTC) for time in times]
        by_hour, by_day = [self.EXTRA_HOUR] * 24, [0.0] * 7
        for moment in moments:
            by_day[moment.weekday()] += 1
            for hour, share in ((-1, 0.25), (0, 0.5), (1, 0.25)):
                by_hour[(moment.hour + hour) % 24] += share
        daily, whole = len(times) / days, sum(by_hour)
        weeks = days / 7
        rates = [
            (by_day[day] + self.EXTRA_DAYS * daily) / (weeks + self.EXTRA_DAYS) * by_hour[hour] / whole
            for day in range(7)
            for hour in range(24)
        ]
        self._rates = rates  # events an hour, Monday 0 h first
        self._sums = [0.0]  # of the hours of a week before
        for rate in rates:
            self._sums.append(self._sums[-1] + rate)

    def between(self, start: float, end: float) -> float:
        return self._at(end) - self._at(start)

    def _at(self, time: float) -> float:
        """Events since a Monday in 1970."""
        hours = (time - 4 * DAY_S) / HOUR_S  # 1970-01-05 was a Monday
        week, hour = divmod(hours, self.HOURS)
        whole = int(hour)
        return week * self._sums[-1] + self._sums[whole] + (hour - whole) * self._rates[whole]


LEAST_BEFORE = 20  # cases that show what is usual
LEAST_AFTER = 4  # cases that show that it has changed
LEAST_DROP = 0.4  # of the share of good cases
LARGEST_P = 1e-6  # that both are of one kind (Fisher's exact test, one-sided)
LOOKED_AT = 40  # of the cases before, in rows as long as those after; no earlier row may have been as bad


def least_cases() -> int:
    """So many cases it takes at the least before `drop` can find anything."""
    return next(
        total
        for total in count(LEAST_BEFORE + LEAST_AFTER)
        if any(comb(total, after) * LARGEST_P >= 1 for after in range(LEAST_AFTER, total - LEAST_BEFORE + 1))
    )


@dataclass(frozen=True, slots=True)
class Drop:
    """From a case on the share of good ones is lower than it was."""

    at: int  # index of the first case of the new kind
    good_before: int
    before: int
    good_after: int
    after: int
    p: float


def drop(cases: Sequence[bool]) -> Drop | None:
    """Where the share of good cases fell and has stayed low; None if it did not, or not surely. In order of time."""
    total = len(cases)
    good = [0]
    for case in cases:
        good.append(good[-1] + case)
    best: Drop | None = None
    least = 0.0
    for at in range(LEAST_BEFORE, total - LEAST_AFTER + 1):
        if cases[at]:
            continue
        facts = (good[at], at, good[total] - good[at], total - at)
        if facts[0] / facts[1] - facts[2] / facts[3] < LEAST_DROP:
            continue
        if (gain := _gain(*facts)) > least:
            least, best = gain, Drop(at, *facts, 0.0)
    if best is None:
        return None
    p = _fisher(best.good_before, best.before, best.good_after, best.after)
    middle = (best.good_before / best.before + best.good_after / best.after) / 2
    newest = sum(cases[-LEAST_AFTER:]) / LEAST_AFTER
    if p > LARGEST_P or newest > middle or _was_as_bad(good, best):
        return None
    return Drop(best.at, best.good_before, best.before, best.good_after, best.after, p)


def _was_as_bad(good: Sequence[int], found: Drop) -> bool:
    """Whether any row of earlier cases was as bad: what comes in clumps is no change."""
    width = min(found.after, LOOKED_AT, found.before // 2)
    share = found.good_after / found.after
    return any((good[at + width] - good[at]) / width <= share for at in range(found.before - width + 1))


def _gain(good_before: int, before: int, good_after: int, after: int) -> float:
    """How much likelier two shares are than one (logarithm)."""
    one = _likelihood(good_before + good_after, before + after)
    return _likelihood(good_before, before) + _likelihood(good_after, after) - one


def _likelihood(good: int, total: int) -> float:
    return sum(n * log(n / total) for n in (good, total - good) if n)


def _fisher(good_before: int, before: int, good_after: int, after: int) -> float:
    """P(at most `good_after` good ones among `after`), if the good ones lie anywhere."""
    good, total = good_before + good_after, before + after
    least = max(0, after - (total - good))
    return sum(
        exp(_choose(good, k) + _choose(total - good, after - k) - _choose(total, after))
        for k in range(least, good_after + 1)
    )


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
