"""What goes wrong at the demo newspaper after its default clock, unannounced: the failures that an archive must notice.

They begin so many days after `DEFAULT_CLOCK`, whatever the seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DEFAULT_CLOCK = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure. `kind`: feed-dead (404) | feed-empty | publisher-silent | section-silent | field-lost | robots.

    `what`: the path of the feed, the section's key, the field; empty where the whole publisher is meant.
    """

    kind: str
    publisher: str  # its name; the host is <name>.localhost
    since: datetime
    until: datetime | None = None  # None: for good
    what: str = ""

    def is_on(self, clock: datetime) -> bool:
        return self.since <= clock and (self.until is None or clock < self.until)


def _after(days: float) -> datetime:
    return DEFAULT_CLOCK + timedelta(days=days)


FAILURES = (
    Failure("feed-dead", "gazette", _after(10), what="/feed.xml"),
    Failure("feed-empty", "samachar", _after(15), what="/feed.xml"),
    Failure("publisher-silent", "sahifa", _after(20)),
    Failure("section-silent", "newsline", _after(24), what="local"),
    Failure("field-lost", "tageblatt", _after(28), what="authors"),
    Failure("robots", "shimbun", _after(34), _after(35)),
)


def failure(kind: str, publisher: str, clock: datetime) -> Failure | None:
    """The failure of this kind that a publisher suffers at `clock`."""
    found = (each for each in FAILURES if each.kind == kind and each.publisher == publisher)
    return next((each for each in found if each.is_on(clock)), None)
