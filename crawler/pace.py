"""How fast one host is asked: never faster than configured, slower where it says so or shows that it is too much.

Pure but for the clock that is handed in (seconds, monotonic), so that a test need not sleep.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from archive.message import parse_response
from archive.model import Exchange, Outcome
from archive.pipeline import LONGEST_WAIT_S
from archive.retry_after import BUSY, retry_after_s

LEAST_SLOWED_S = 0.5  # between two requests, once a host is slowed down
MOST_SLOWED_S = 60.0  # a crawl has to end; who wants more says so by Retry-After or Crawl-delay
FASTER = 0.9  # of what is waited, after a good answer
USUAL_OF = 60  # answers that tell what is usual
USUAL_FROM = 10  # fewer tell nothing
LATE_OF = 5  # answers in whose midst it must be slow: one large page is none
LATE_TIMES, LATE_MORE_S = 3.0, 1.0  # slow: so many times the usual, and so much more
HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What of an answer tells how the host fares."""

    status: int | None = None  # None: there was none
    retry_after_s: float | None = None
    latency_s: float | None = None
    timed_out: bool = False


def answer_of(exchanges: Sequence[Exchange], outcome: Outcome) -> Answer:
    """The last exchange of an attempt, as the pace of its host has to know it."""
    if not exchanges:
        return Answer(timed_out=outcome is Outcome.TIMEOUT)
    last = exchanges[-1]
    response = parse_response(last.response[:HEAD_BYTES], cut=True)
    latency_s = last.fetch_ms / 1000 if last.fetch_ms is not None else None
    status = response.status if response else None
    wait_s = retry_after_s(response, last.started) if status in BUSY else None
    return Answer(status, wait_s, latency_s, outcome is Outcome.TIMEOUT)


class Pace:
    """When the next request to a host may be sent.

    After 429, 503, an answer that never came, or answers that take much longer than is usual of this host, twice as
    much time is left between two requests, up to a minute; each good answer takes a tenth off again. Retry-After
    rests the whole host. If that would take longer than a crawl waits (`longest_rest_s`), the host is `left`.
    """

    def __init__(self, clock: Callable[[], float], longest_rest_s: float = LONGEST_WAIT_S) -> None:
        self._clock = clock
        self._longest_rest_s = longest_rest_s
        self._asked_s = 0.0  # as sites.toml and robots.txt want it
        self._slowed_s = 0.0
        self._slowest_s = 0.0
        self._last: float | None = None  # when the last request was let go
        self._rest_until = float("-inf")
        self._rested_s = 0.0  # the longest rest that was asked for
        self._usual: deque[float] = deque(maxlen=USUAL_OF)
        self._late: deque[float] = deque(maxlen=LATE_OF)
        self._because: dict[str, int] = {}
        self.left = False  # the host wants to rest for longer than this crawl waits

    @property
    def delay_s(self) -> float:
        """Seconds between two requests, now."""
        return max(self._asked_s, self._slowed_s)

    def at_most(self, delay_s: float) -> None:
        """What is configured: so many seconds between two requests, or more."""
        self._asked_s = delay_s

    def wait_s(self) -> float:
        """Seconds until a request may be sent; 0 or less: now."""
        next_at = self._rest_until if self._last is None else max(self._rest_until, self._last + self.delay_s)
        return next_at - self._clock()

    def sent(self) -> None:
        """A request is let go now."""
        self._last = self._clock()

    def rest(self, seconds: float) -> None:
        """The host wants no request for so long."""
        self._rest_until = max(self._rest_until, self._clock() + seconds)
        self._rested_s = max(self._rested_s, seconds)
        self.left = self.left or seconds > self._longest_rest_s

    def answered(self, answer: Answer) -> None:
        """Learn from an answer, or from its want."""
        if answer.status in BUSY:
            self._slow_down(str(answer.status))
            if answer.retry_after_s is not None:
                self.rest(answer.retry_after_s)
        elif answer.timed_out:
            self._slow_down("no answer in time")
        elif answer.status is not None and answer.status < 500:
            late = answer.latency_s is not None and self._is_late(answer.latency_s)
            if not late:
                self._speed_up()
            elif len(self._late) == LATE_OF and median(self._late) > self._late_from():
                self._slow_down("slow answers")
                self._late.clear()  # the next five tell whether that was enough

    def note(self) -> str | None:
        """What was done and why, for people; None if nothing was."""
        if not self._because and not self.left:
            return None
        why = ", ".join(f"{reason} x {count}" if count > 1 else reason for reason, count in self._because.items())
        done = [f"at most one request in {self._slowest_s:g} s"] if self._because else []
        if self.left:
            done.append(f"it asks for {self._rested_s:.0f} s of rest, the remainder is left for a later crawl")
        elif self._rested_s:
            done.append(f"rested {self._rested_s:.0f} s as it asked")
        return "; ".join(done) + (f" ({why})" if why else "")

    def _slow_down(self, reason: str) -> None:
        bound = max(MOST_SLOWED_S, self._asked_s)
        self._slowed_s = min(max(2 * self.delay_s, LEAST_SLOWED_S), bound)
        self._slowest_s = max(self._slowest_s, self._slowed_s)
        self._because[reason] = self._because.get(reason, 0) + 1

    def _speed_up(self) -> None:
        self._slowed_s *= FASTER
        if self._slowed_s < max(self._asked_s, LEAST_SLOWED_S / 2):
            self._slowed_s = 0.0

    def _late_from(self) -> float:
        usual = median(self._usual)
        return max(LATE_TIMES * usual, usual + LATE_MORE_S)

    def _is_late(self, latency_s: float) -> bool:
        """Whether an answer took much longer than is usual; it is counted in either case."""
        self._late.append(latency_s)
        late = len(self._usual) >= USUAL_FROM and latency_s > self._late_from()
        self._usual.append(latency_s)
        return late


class NoPace(Pace):
    """That of a replay, where nobody is asked: it never waits, whatever the answers say."""

    def __init__(self) -> None:
        super().__init__(lambda: 0.0)

    def wait_s(self) -> float:
        return 0.0

    def rest(self, seconds: float) -> None:
        pass

    def answered(self, answer: Answer) -> None:
        pass
