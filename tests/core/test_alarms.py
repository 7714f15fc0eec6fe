"""The statistics behind the alarms: normal histories raise none, what stops or changes is found."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import alarms
from archive.alarms import ADVICE, Alarm
from archive.rhythm import DAY_S, HOUR_S, absence, drop, limit_of, silence

START = datetime(2024, 1, 1, tzinfo=UTC).timestamp()  # a Monday
NIGHTS = [0.05] * 6 + [1.5] * 14 + [0.5] * 4
FLAT = [1.0] * 24


def history(seed: int, daily: float, hours: list[float], sunday: float, days: float = 60) -> list[float]:
    """Articles at random moments, by hour of the day; on weekends so much less."""
    random, found, time = Random(seed), [], START
    top = max(hours) * daily / DAY_S
    while time < START + days * DAY_S:
        time += random.expovariate(top)
        moment = datetime.fromtimestamp(time, UTC)
        rate = hours[moment.hour] * (sunday if moment.weekday() > 4 else 1)
        if random.random() < rate / max(hours):
            found.append(time)
    return found


seeds = st.integers(0, 10_000)
newspapers = st.tuples(
    seeds, st.floats(0.5, 60), st.sampled_from([FLAT, NIGHTS]), st.sampled_from([0.0, 0.3, 1.0])
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(newspapers, st.lists(st.floats(0, 60), max_size=8))
def test_a_normal_newspaper_is_never_called_quiet(
    kind: tuple[int, float, list[float], float], days: list[float]
) -> None:
    times = history(*kind)
    for day in days:
        now = START + day * DAY_S
        found = silence([time for time in times if time <= now], now)
        assert found is None or not found.is_alarming


@settings(derandomize=True, max_examples=60, deadline=None)
@given(newspapers, st.floats(0.02, 0.9))
def test_a_kind_of_article_that_comes_by_chance_is_never_called_absent(
    kind: tuple[int, float, list[float], float], share: float
) -> None:
    times = history(*kind)
    random = Random(kind[0])
    members = [random.random() < share for _ in times]
    for end in range(0, len(times), max(1, len(times) // 8)):
        found = absence(times[:end], members[:end])
        assert found is None or not found.is_alarming


@settings(derandomize=True, max_examples=80, deadline=None)
@given(seeds, st.floats(0.05, 1), st.integers(0, 400))
def test_shares_that_stay_as_they_were_are_never_called_fallen(seed: int, share: float, count: int) -> None:
    random = Random(seed)
    assert drop([random.random() < share for _ in range(count)]) is None


@pytest.mark.parametrize(("daily", "hours", "sunday"), [(24, FLAT, 1.0), (30, NIGHTS, 0.3), (60, NIGHTS, 0.0)])
@pytest.mark.parametrize("day", [30.3, 33.6, 36.9])
def test_a_site_that_stops_is_found_within_a_day(
    daily: float, hours: list[float], sunday: float, day: float
) -> None:
    """Of one that brings two dozen articles on an ordinary day, if the next day is one."""
    stop = START + day * DAY_S
    times = [time for time in history(4, daily, hours, sunday) if time <= stop]
    waits = range(1, 24 * 8)
    found = next(h for h in waits if (gap := silence(times, stop + h * HOUR_S)) and gap.is_alarming)
    working = [
        h for h in range(found) if datetime.fromtimestamp(stop + h * HOUR_S, UTC).weekday() < 5 or sunday == 1
    ]
    assert len(working) <= 24


def test_a_night_is_no_silence_but_a_day_is() -> None:
    times = history(1, 40, NIGHTS, 1.0)
    evening = START + 50 * DAY_S + 20 * HOUR_S
    known = [time for time in times if time <= evening]
    assert not silence(known, evening + 10 * HOUR_S).is_alarming  # type: ignore[union-attr]
    noon = START + 50 * DAY_S + 8 * HOUR_S
    known = [time for time in times if time <= noon]
    assert silence(known, noon + 11 * HOUR_S).is_alarming  # type: ignore[union-attr]


def test_little_history_says_nothing() -> None:
    assert silence([], START) is None
    assert silence([START + n * HOUR_S for n in range(100)], START + 30 * DAY_S) is None  # four days
    assert silence([START + n * DAY_S for n in range(19)], START + 90 * DAY_S) is None
    assert absence([], []) is None
    assert drop([True] * 23) is None and drop([True] * 5 + [False] * 20) is None


def test_a_weekly_section_is_not_missed_on_monday() -> None:
    """Ten at once each Saturday: the rows between are learnt, and before there are enough nothing is said."""
    times = history(2, 20, FLAT, 1.0)
    members, counted = [], 0
    for time in times:
        moment = datetime.fromtimestamp(time, UTC)
        counted = counted + 1 if moment.weekday() == 5 else 0
        members.append(0 < counted <= 10)
    for end in range(len(times)):
        found = absence(times[:end], members[:end])
        assert found is None or not found.is_alarming


def test_what_has_its_turn_is_missed_soon() -> None:
    times = [START + n * 2 * HOUR_S for n in range(300)]
    members = [n % 7 == 0 for n in range(300)]
    stopped = [member and n < 250 for n, member in enumerate(members)]
    first = next(n for n in range(245, 300) if (a := absence(times[:n], stopped[:n])) and a.is_alarming)
    assert first == 245 + 1 + 15  # after its second turn
    skipped = [member and n != 245 for n, member in enumerate(members)]
    alarming = [n for n in range(300) if (a := absence(times[:n], skipped[:n])) and a.is_alarming]
    assert alarming == []


def test_a_limit_is_longer_than_every_gap() -> None:
    assert limit_of([1.0] * 50, 2.0) >= 2.1
    assert limit_of([1.0] * 50 + [20.0], 21.0) >= 26


@pytest.mark.parametrize(("every_h", "within_h"), [(3, 10), (6, 21)])
def test_what_comes_by_the_clock_day_and_night_is_missed_soon(every_h: int, within_h: int) -> None:
    """Give or take a quarter of the time between; found within an hour. A day for what comes four times in it."""
    random = Random(every_h)
    times = sorted(START + (n + random.uniform(-0.25, 0.25)) * every_h * HOUR_S for n in range(60 * 24 // every_h))
    found = [time // HOUR_S * HOUR_S + HOUR_S for time in times]
    for day in range(30, 37):
        known = sum(time <= START + day * DAY_S for time in times)
        last = times[known - 1]
        waits = range(1, within_h + 1)
        gaps = [silence(times[:known], last + hour * HOUR_S, found[:known]) for hour in waits]
        assert any(gap is not None and gap.is_alarming for gap in gaps)


@pytest.mark.parametrize(("before", "after"), [(200, 4), (60, 6), (30, 8)])
def test_a_field_that_is_filled_no_more(before: int, after: int) -> None:
    found = drop([True] * before + [False] * after)
    assert found is not None
    assert (found.at, found.good_before, found.before, found.good_after, found.after) == (
        before, before, before, 0, after,
    )  # fmt: skip
    assert drop([True] * before + [False] * after + [True] * 4) is None  # mended


def test_small_numbers_and_clumps_are_no_change() -> None:
    assert drop([True] * 200 + [False] * 3) is None
    assert drop([True, False] * 50 + [False] * 5) is None
    clumps = ([True] * 40 + [False] * 6) * 5
    assert drop(clumps) is None  # a wire agency's turn, as five times before


def test_where_it_fell_is_found_among_the_newer() -> None:
    random = Random(3)
    cases = [random.random() < 0.95 for _ in range(300)] + [random.random() < 0.1 for _ in range(30)]
    found = drop(cases)
    assert found is not None and abs(found.at - 300) <= 3


# The alarms of one thing each.


def dead(**facts: object) -> Alarm | None:
    given: dict[str, object] = {
        "failures": 1, "outcome": "gone", "status": 404, "error": None, "last_good": START, "since": "x",
        "now": START + HOUR_S,
    }  # fmt: skip
    return alarms.feed_dead("s", "f", **{**given, **facts})  # type: ignore[arg-type]


def test_a_404_is_believed_at_once_other_failures_when_they_last() -> None:
    assert dead() is not None
    assert dead(failures=0) is None
    timeout = {"outcome": "timeout", "status": None}
    assert dead(**timeout) is None
    assert dead(**timeout, failures=3) is not None
    assert dead(**timeout, now=START + 20 * HOUR_S) is not None  # a crawl a day
    assert dead(failures=0, outcome="archived", is_empty=True) is not None


def overdue(starts: list[float], now: float, **facts: object) -> Alarm | None:
    given: dict[str, object] = {
        "last": starts[-1],
        "starts": starts,
        "waits_since": starts[-1] + 1,
        "longest_s": DAY_S,
    }
    return alarms.crawl_overdue("s", **{**given, **facts}, now=now)  # type: ignore[arg-type]


def test_a_crawl_is_overdue_by_schedule_and_habit() -> None:
    hourly = [START + n * HOUR_S for n in range(100)]
    assert overdue(hourly, hourly[-1] + 2 * HOUR_S) is None
    assert overdue(hourly, hourly[-1] + 4 * HOUR_S) is not None
    assert overdue(hourly, hourly[-1] + 90 * HOUR_S, waits_since=None) is None  # nothing is due
    seldom = {"last": hourly[-1] - 20 * HOUR_S, "waits_since": hourly[-1] + 1}
    assert overdue(hourly, hourly[-1] + HOUR_S, **seldom) is None  # it has only just become due
    assert overdue(hourly, hourly[-1] + 4 * HOUR_S, **seldom) is not None
    daily = [START + n * DAY_S for n in range(10)]
    assert overdue(daily, daily[-1] + 26 * HOUR_S) is None
    assert overdue(daily, daily[-1] + 40 * HOUR_S) is not None
    weekly = [START + n * 7 * DAY_S for n in range(10)]
    assert overdue(weekly, weekly[-1] + 7.5 * DAY_S) is None
    assert overdue(daily[:2], daily[1] + 90 * DAY_S) is None  # crawled, but not followed


def test_a_crawl_that_ended_badly() -> None:
    def crawl(ended: str | None, reason: str | None, *, running: bool = False) -> Alarm | None:
        return alarms.crawl_unfinished("a", ended, reason, "b", is_running=running)

    assert crawl("c", "finished") is None and crawl("c", "shutdown") is None
    assert crawl(None, None, running=True) is None
    assert crawl(None, None) is not None and crawl("c", "storage-failed") is not None


def test_disk_space_is_measured_by_growth() -> None:
    assert alarms.disk_low(2**40, 10**9, START) is None
    assert alarms.disk_low(10**10, 10**9, START) is not None  # ten days
    assert alarms.disk_low(10**8, 0, START) is not None


def test_every_alarm_says_what_to_do_and_can_be_silenced() -> None:
    for name in ADVICE:
        alarm = Alarm(name, "s", "2024-01-01T00:00:00Z", "what", "sport")
        assert alarm.to_do
        assert alarm.is_quiet((name,)) and alarm.is_quiet((f"{name}:sport",))
        assert not alarm.is_quiet(()) and not alarm.is_quiet((f"{name}:city",))
