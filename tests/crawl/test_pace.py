"""How fast a host is asked: by a clock that the test moves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model import Exchange, Outcome
from crawler.pace import LEAST_SLOWED_S, MOST_SLOWED_S, USUAL_FROM, Answer, Pace, answer_of

GOOD, BUSY = Answer(200, None, 0.1), Answer(503)
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def pace(delay_s: float = 2.0, clock: Clock | None = None) -> Pace:
    made = Pace(clock or Clock())
    made.at_most(delay_s)
    return made


def test_the_first_request_waits_for_nothing_the_next_for_the_delay() -> None:
    clock = Clock()
    asked = pace(2.0, clock)
    assert asked.wait_s() <= 0
    asked.sent()
    assert asked.wait_s() == 2
    clock.now += 1.5
    assert asked.wait_s() == 0.5
    asked.at_most(5.0)  # robots.txt has been read
    assert asked.wait_s() == 3.5
    assert asked.note() is None


@pytest.mark.parametrize("trouble", [Answer(429), Answer(503), Answer(timed_out=True)])
def test_trouble_doubles_the_delay_up_to_a_bound(trouble: Answer) -> None:
    asked = pace(2.0)
    delays = []
    for _ in range(7):
        asked.answered(trouble)
        delays.append(asked.delay_s)
    assert delays == [4, 8, 16, 32, MOST_SLOWED_S, MOST_SLOWED_S, MOST_SLOWED_S]
    assert "at most one request in 60 s" in (asked.note() or "")
    assert "x 7" in (asked.note() or "")


def test_without_a_delay_there_is_one_once_there_is_trouble() -> None:
    asked = pace(0)
    asked.answered(BUSY)
    assert asked.delay_s == LEAST_SLOWED_S
    asked.answered(BUSY)
    assert asked.delay_s == 2 * LEAST_SLOWED_S


def test_a_longer_delay_than_the_bound_is_kept() -> None:
    asked = pace(90)
    asked.answered(BUSY)
    assert asked.delay_s == 90


def test_good_answers_bring_it_back_slowly_and_never_below() -> None:
    asked = pace(2.0)
    for _ in range(3):
        asked.answered(BUSY)
    delays = []
    while asked.delay_s > 2:
        asked.answered(GOOD)
        delays.append(asked.delay_s)
    assert len(delays) > 10
    assert delays == sorted(delays, reverse=True)
    assert delays[-1] == 2
    assert "at most one request in 16 s (503 x 3)" in (asked.note() or "")  # the summary tells the worst of it


def test_retry_after_rests_the_host() -> None:
    clock = Clock()
    asked = pace(1.0, clock)
    asked.sent()
    asked.answered(Answer(429, retry_after_s=30))
    assert asked.wait_s() == 30
    clock.now += 29
    asked.answered(GOOD)  # of a request that was on its way
    assert asked.wait_s() == 1
    assert not asked.left
    assert asked.note() == "at most one request in 2 s; rested 30 s as it asked (429)"


def test_who_wants_more_rest_than_a_crawl_waits_is_left() -> None:
    asked = pace()
    asked.answered(Answer(503, retry_after_s=300))
    assert not asked.left
    asked.answered(Answer(503, retry_after_s=3600))
    assert asked.left
    assert "it asks for 3600 s of rest, the remainder is left for a later crawl" in (asked.note() or "")


def test_a_host_that_asked_an_earlier_crawl_for_rest() -> None:
    asked = pace()
    asked.rest(3000)
    assert asked.left
    assert asked.note() == "it asks for 3000 s of rest, the remainder is left for a later crawl"


def test_an_error_of_the_server_is_neither_good_nor_a_plea() -> None:
    asked = pace()
    asked.answered(BUSY)
    for status in (500, 502, 504):
        asked.answered(Answer(status))
    asked.answered(Answer())
    assert asked.delay_s == 4


def usual(asked: Pace, latency_s: float = 0.2, count: int = USUAL_FROM) -> Pace:
    for _ in range(count):
        asked.answered(Answer(200, None, latency_s))
    return asked


def test_answers_that_take_much_longer_than_usual_slow_it_down() -> None:
    asked = usual(pace(1.0))
    for _ in range(5):
        asked.answered(Answer(200, None, 3.0))
    assert asked.delay_s == 2
    assert asked.note() == "at most one request in 2 s (slow answers)"
    usual(asked, count=30)
    assert asked.delay_s == 1


def test_one_large_page_slows_nothing_down() -> None:
    asked = usual(pace(1.0), count=20)
    for latency in (9.0, 0.2, 0.2, 8.0, 0.2, 0.2, 0.2, 9.0):
        asked.answered(Answer(200, None, latency))
    assert asked.note() is None


def test_what_is_slow_from_the_first_is_usual() -> None:
    asked = usual(pace(1.0), latency_s=6.0, count=40)
    assert asked.note() is None


def test_before_anything_is_usual_nothing_is_slow() -> None:
    asked = usual(pace(1.0), count=USUAL_FROM - 6)
    for _ in range(3):
        asked.answered(Answer(200, None, 30.0))
    assert asked.note() is None


def test_what_stays_slow_becomes_usual() -> None:
    asked = usual(pace(1.0), count=60)
    for _ in range(200):
        asked.answered(Answer(200, None, 5.0))
    assert asked.delay_s == 1


ANSWERS = st.builds(
    Answer,
    st.sampled_from([None, 200, 301, 404, 429, 500, 503]),
    st.none() | st.floats(0, 86400),
    st.none() | st.floats(0, 100),
    st.booleans(),
)


@given(st.floats(0, 200), st.lists(ANSWERS, max_size=80))
def test_never_faster_than_configured_never_slower_than_the_bound(delay_s: float, answers: list[Answer]) -> None:
    clock = Clock()
    asked = pace(delay_s, clock)
    for answer in answers:
        asked.sent()
        asked.answered(answer)
        assert delay_s <= asked.delay_s <= max(delay_s, MOST_SLOWED_S)
        assert asked.wait_s() >= delay_s - 1e-9
        clock.now += 0.5


def exchange(response: bytes, fetch_ms: int | None = 250) -> Exchange:
    return Exchange("https://a.example/", b"", response, START, fetch_ms)


def test_what_an_answer_tells() -> None:
    head = b"HTTP/1.1 %s\r\nRetry-After: Mon, 02 Mar 2026 08:02:00 GMT\r\n\r\n"
    assert answer_of([exchange(head % b"429 Slow")], Outcome.ARCHIVED) == Answer(429, 120, 0.25)
    assert answer_of([exchange(head % b"200 OK")], Outcome.ARCHIVED) == Answer(200, None, 0.25)
    assert answer_of([exchange(b"SSH-2.0", None)], Outcome.BAD_RESPONSE) == Answer()
    assert answer_of([], Outcome.TIMEOUT) == Answer(timed_out=True)
    assert answer_of([], Outcome.UNREACHABLE) == Answer()
    broken = exchange(b"HTTP/1.1 503 X\r\nRetry-After: 7\r\nX: " + b"y" * 100_000)
    assert answer_of([broken], Outcome.TRUNCATED) == Answer(503, 7, 0.25)
