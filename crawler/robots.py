"""What robots.txt allows (RFC 9309), decided from what the archive holds of it; the parser is Protego."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from archive.model import Outcome, Robots

AGENT = "broadsheet"  # the product token that robots.txt may name; RFC 9309 clause 2.2.1
FRESH_S = 24 * 3600  # RFC 9309 clause 2.4
NO_ANSWER = {Outcome.UNRESOLVED, Outcome.UNREACHABLE, Outcome.TIMEOUT, Outcome.TLS_FAILED, Outcome.BLOCKED}
WORTH_ANOTHER_TRY = {Outcome.UNREACHABLE, Outcome.TIMEOUT, Outcome.SERVER_ERROR, Outcome.TRUNCATED}
MAX_HOPS = 5  # RFC 9309 clause 2.3.1.2
LONGEST_DELAY_S = 60.0  # a longer Crawl-delay is obeyed up to here: beyond it a crawl would never end


@dataclass(frozen=True, slots=True)
class Decision:
    allowed: bool
    outcome: Outcome = Outcome.ROBOTS  # of an attempt that is not made because of it
    reason: str | None = None  # one line for people if not allowed
    final: bool = True  # False: robots.txt could not be read this time; ask again in the next crawl


class Rules:
    """The robots.txt of one origin, ready to be asked."""

    def __init__(self, robots: Robots, agent: str = AGENT) -> None:
        self.robots = robots
        self.agent = agent
        self._parsed = Protego.parse(robots.rules or "") if robots.status == "rules" else None

    def decide(self, url: str) -> Decision:
        path = urlsplit(url).path or "/"
        if path == "/robots.txt" or self.robots.status == "allow-all":
            return Decision(True)
        if self._parsed is None:
            reason = self.robots.reason or "no answer"
            outcome = Outcome(reason) if reason in NO_ANSWER else Outcome.ROBOTS
            return Decision(False, outcome, f"{self.robots.origin}/robots.txt could not be read: {reason}", False)
        if self._parsed.can_fetch(url, self.agent):
            return Decision(True)
        return Decision(False, reason=f"{self.robots.origin}/robots.txt disallows {path[:100]}")

    @property
    def crawl_delay_s(self) -> float | None:
        delay = self._parsed.crawl_delay(self.agent) if self._parsed else None
        return min(float(delay), LONGEST_DELAY_S) if delay is not None and delay >= 0 else None
