"""What following a site can come to grief on, and the alarm for each: pure functions on plain numbers.

An alarm is found again at every look for as long as its cause lasts. Its name is stable: people silence it by that
(`quiet` in sites.toml), programs read it. Statistics and their thresholds are in `archive.rhythm`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise

from archive.rhythm import DAY_S, HOUR_S, LONGER, Gap, absence, drop, silence
from archive.store.text import stamp

# {name: what to do}; docs/coverage.md explains each.
ADVICE = {
    "no-new-articles": "look at the site in a browser; if it still publishes, look for its new feeds: broadsheet add",
    "section-quiet": "look at the section in a browser; it may have a new name or place",
    "feed-quiet": "look at the feed; if it is no longer kept up, take it out of sites.toml and look for its successor",
    "feed-dead": "look for its successor with broadsheet add, and take the dead one out of sites.toml",
    "field-missing": "broadsheet why ARTICLE FIELD; if the template has changed, a site rule and broadsheet reextract",
    "extraction-worse": "look at the newest pages; if the template has changed, a site rule and broadsheet reextract",
    "robots-forbids": "read the site's robots.txt; if it is meant, ask the publisher",
    "captures-fail": "look at the site in a browser; broadsheet coverage --urls failed names the pages",
    "crawl-unfinished": "start the crawl again: it goes on where it was; look at the log of the one that ended",
    "crawl-overdue": "look whether cron, the timer or broadsheet run is alive",
    "disk-low": "make room, or move the archive to a larger disk",
}
ARCHIVE_WIDE = frozenset({"crawl-unfinished", "disk-low"})  # of no one site

LEAST_OTHERS, OTHERS_GO_ON = (
    3,
    0.5,
)  # articles elsewhere; share of what usually comes there, while a section is quiet
LEAST_VISITS = 3  # failures in a row after which a feed is dead that no 404 or 410 declares so
FEED_PATIENCE_S = 18 * HOUR_S  # or, where visits are rare, so long without a listing
FEW_WORDS = 0.3  # of what the longer articles of the site have (upper quartile): a body that is short
GOOD_CONFIDENCE = 0.9  # of the model in its choice of the body (docs/body-model.md)
OVERDUE_LEAST_S, OVERDUE_SHARE = 3 * HOUR_S, 1.25  # of the longest interval that the schedule allows
OVERDUE_TIMES = 3  # as long as the longest break there was between two crawls, if that is less
FOLLOWED_DAYS = 3  # with a crawl on so many days a site is followed, not crawled once
LEAST_FREE, FREE_DAYS = 1 << 30, 14  # bytes; days that the free space must last at the present rate


@dataclass(frozen=True, slots=True)
class Alarm:
    """`site` is None for the whole archive; `subject` says which feed, section, field or measure is meant."""

    name: str
    site: str | None
    since: str  # RFC 3339, UTC
    what: str  # one line for people
    subject: str | None = None
    evidence: Mapping[str, float | str | None] = field(default_factory=dict)

    @property
    def to_do(self) -> str:
        return ADVICE[self.name]

    def is_quiet(self, words: Sequence[str]) -> bool:
        """Whether a person silenced it: by its name, or by "name:subject"."""
        return self.name in words or f"{self.name}:{self.subject}" in words


def no_new_articles(site: str, times: Sequence[float], looked: float, found: Sequence[float]) -> Alarm | None:
    """`times`: when all that the site has published came; `looked`: when its listings were last read; `found`: when
    each article was found."""
    gap = silence(times, looked, found)
    if gap is None or not gap.is_alarming:
        return None
    evidence = _evidence(gap, looked)
    what = (
        f"nothing new for {evidence['hours']:.0f} h, in which {gap.missed:.0f} articles usually come; "
        f"in earlier breaks {gap.longest:.1f} at the most were missing"
    )
    return Alarm("no-new-articles", site, text_of(gap.last), what, None, evidence)


def _evidence(gap: Gap, looked: float) -> dict[str, float]:
    return {
        "hours": _round((looked - gap.last) / HOUR_S), "missed": _round(gap.missed), "longest": _round(gap.longest),
        "limit": _round(gap.limit), "learnt_from": gap.events,
    }  # fmt: skip


def section_quiet(
    site: str, section: str, times: Sequence[float], members: Sequence[bool], looked: float, found: Sequence[float]
) -> Alarm | None:
    """`times`: of all articles of the site in the order in which they were found; `members`: which of them are in the
    section; `looked` and `found` as above. Missed are its articles among the others, or by its own clock."""
    nothing = f"section {section}: nothing"
    alarm = _missing("section-quiet", site, section, times, members, nothing, "articles elsewhere")
    if alarm is not None:
        return alarm
    own, others = ([at for at, member in enumerate(members) if member is wanted] for wanted in (True, False))
    gap = silence([times[at] for at in own], looked, [found[at] for at in own])
    rest = silence([times[at] for at in others], looked, [found[at] for at in others])
    if gap is None or not gap.is_alarming or rest is None:
        return None
    since = sum(times[at] > gap.last for at in others)
    share = (looked - gap.last) / (times[others[-1]] - times[others[0]])
    if since < LEAST_OTHERS or since < OTHERS_GO_ON * share * len(others):
        return None  # all of the site has slowed down
    evidence = _evidence(gap, looked) | {"elsewhere": since}
    what = (
        f"{nothing} for {evidence['hours']:.0f} h, in which {gap.missed:.1f} articles usually come (never more than "
        f"{gap.longest:.1f} were missing), while {since} came elsewhere"
    )
    return Alarm("section-quiet", site, text_of(gap.last), what, section, evidence)


def feed_quiet(
    site: str,
    feed: str,
    times: Sequence[float],
    members: Sequence[bool],
    visits: Sequence[float],
    seen: Sequence[float],
) -> Alarm | None:
    """`times`: of all URLs that the site listed, in order, until the feed was last read; `members`: which of them the
    feed listed. `visits`: when it was read; `seen`: when each of its members first stood in it."""
    # Some feeds are made once a day: between two of their editions all is missing, and all of it comes.
    least = LONGER * _longest_lag(times, visits, seen)
    return _missing(
        "feed-quiet", site, feed, times, members, "lists nothing new", "URLs in other listings", least=least
    )


def _longest_lag(times: Sequence[float], visits: Sequence[float], seen: Sequence[float]) -> int:
    """The most URLs that had come since a feed's last news at a visit which, yet again, brought none of them."""
    news = sorted(set(seen))
    longest, at = 0, 0
    for visit in sorted(visits):
        while at < len(news) and news[at] <= visit:
            at += 1
        if 0 < at < len(news):
            longest = max(longest, sum(news[at - 1] < time <= visit for time in times))
    return longest


def _missing(
    name: str,
    site: str,
    subject: str,
    times: Sequence[float],
    members: Sequence[bool],
    nothing: str,
    others: str,
    least: float = 0.0,
) -> Alarm | None:
    gone = absence(times, members)
    if gone is None or not gone.is_alarming or gone.missed <= least:
        return None
    last = times[gone.last]
    hours = (times[-1] - last) / HOUR_S
    what = (
        f"{nothing} for {hours:.0f} h and {gone.missed} {others}; usually one in {gone.usual:.1f}, "
        f"and never more than {gone.longest} apart"
    )
    evidence = {
        "hours": _round(hours), "missed": gone.missed, "longest": gone.longest, "usual": _round(gone.usual),
        "limit": _round(gone.limit), "learnt_from": gone.events,
    }  # fmt: skip
    return Alarm(name, site, text_of(last), what, subject, evidence)


def feed_dead(
    site: str, feed: str, *, failures: int, outcome: str | None, status: int | None, error: str | None,
    last_good: float | None, since: str, now: float, is_empty: bool = False,
) -> Alarm | None:  # fmt: skip
    """A feed that used to list something. 404 and 410 are believed at once; of other failures several."""
    if not failures and not is_empty:
        return None
    gone = outcome == "gone" and failures > 0
    waited_s = now - last_good if last_good is not None else 0.0
    if not (gone or is_empty or failures >= LEAST_VISITS or waited_s > FEED_PATIENCE_S):
        return None
    why = (
        "it lists nothing any more"
        if is_empty
        else f"answers {status}"
        if gone
        else error or outcome or "no listing"
    )
    times = f", {failures} visit{'s' if failures != 1 else ''} in a row" if failures else ""
    evidence = {"failures": failures, "status": status, "outcome": outcome, "error": error}
    return Alarm("feed-dead", site, since, f"{why}{times}", feed, evidence)


def field_missing(site: str, name: str, filled: Sequence[bool], times: Sequence[str]) -> Alarm | None:
    """`filled`: whether each article has the field, in order; `times`: when each was captured."""
    return _fell("field-missing", site, name, filled, times, f"{name} filled in")


def extraction_worse(site: str, measure: str, good: Sequence[bool], times: Sequence[str]) -> Alarm | None:
    """`measure`: articles | words | confidence | errors; `good`: whether each page is as it should be."""
    words = {
        "articles": "an article in", "words": "a body of usual length in", "confidence": "a sure body in",
        "errors": "read without error:",
    }  # fmt: skip
    return _fell("extraction-worse", site, measure, good, times, words.get(measure, measure))


def captures_fail(
    site: str, what: str, answers: Sequence[bool], times: Sequence[str], reasons: Mapping[str, int]
) -> Alarm | None:
    """`what`: pages | listings; `answers`: whether each request was answered, in order; `reasons`: why not, of late."""
    found = _fell("captures-fail", site, what, answers, times, f"{what}: answered")
    if found is None:
        return None
    most = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
    return replace(
        found, what=f"{found.what} ({most})" if most else found.what, evidence={**found.evidence, **reasons}
    )


def _fell(
    name: str, site: str, subject: str | None, good: Sequence[bool], times: Sequence[str], words: str
) -> Alarm | None:
    fell = drop(good)
    if fell is None:
        return None
    what = f"{words} {fell.good_after} of the last {fell.after}, {fell.good_before} of {fell.before} before"
    evidence = {
        "good": fell.good_after, "of": fell.after, "good_before": fell.good_before, "of_before": fell.before,
        "p": float(f"{fell.p:.2g}"),
    }  # fmt: skip
    return Alarm(name, site, times[fell.at], what, subject, evidence)


def robots_forbids(site: str, since: str, why: str) -> Alarm:
    """robots.txt forbids the front page, or cannot be read, so that nothing may be fetched."""
    return Alarm("robots-forbids", site, since, why)


def crawl_unfinished(
    started_at: str, ended_at: str | None, reason: str | None, last_attempt: str | None, *, is_running: bool
) -> Alarm | None:
    """The newest crawl died without a word, or of the disk; one that a person stopped is none."""
    if ended_at is None:
        what = (
            None if is_running else f"the crawl of {started_at} was killed: it has not ended, and nothing writes"
        )
    else:
        broken = reason not in (None, "finished", "shutdown")
        what = f"the crawl of {started_at} ended early: {reason}" if broken else None
    if what is None:
        return None
    return Alarm("crawl-unfinished", None, ended_at or last_attempt or started_at, what, None, {"reason": reason})


def crawl_overdue(
    site: str | None,
    *,
    last: float,
    starts: Sequence[float],
    waits_since: float | None,
    longest_s: float,
    now: float,
) -> Alarm | None:
    """`last`: when the site was last asked; `starts`: when crawls began; `waits_since`: since when its next visit is
    due (None: nothing is); `longest_s`: the longest interval of its schedule."""
    is_followed = len({int(start // DAY_S) for start in starts}) >= FOLLOWED_DAYS
    if waits_since is None or waits_since >= now or not is_followed:
        return None
    breaks = sorted(b - a for a, b in pairwise(starts))
    usual_s, middle_s = OVERDUE_TIMES * breaks[-1], breaks[len(breaks) // 2]
    limit_s = max(OVERDUE_LEAST_S, min(usual_s, OVERDUE_SHARE * longest_s), 1.5 * middle_s)
    late_s = now - max(last, waits_since)
    if late_s <= limit_s:
        return None
    hours, limit_hours = late_s / HOUR_S, limit_s / HOUR_S
    what = (
        f"nothing was asked for {hours:.0f} h, though something was due; "
        f"by schedule and earlier crawls {limit_hours:.0f} h at the most"
    )
    evidence = {"hours": _round(hours), "limit_hours": _round(limit_hours)}
    return Alarm("crawl-overdue", site, text_of(last), what, None, evidence)


def disk_low(free: int, bytes_a_day: float, now: float) -> Alarm | None:
    """Free bytes of the disk that holds the archive, and how fast the archive grows."""
    least = max(LEAST_FREE, FREE_DAYS * bytes_a_day)
    if free >= least:
        return None
    days = free / bytes_a_day if bytes_a_day else None
    lasts = f", enough for {days:.1f} days" if days is not None else ""
    what = f"{free / 1e9:.2f} GB are free{lasts}"
    evidence = {"free_bytes": free, "bytes_a_day": round(bytes_a_day), "limit_bytes": round(least)}
    return Alarm("disk-low", None, text_of(now), what, None, evidence)


def bodies_long(words: Sequence[int]) -> list[bool]:
    """Whether each body is about as long as those of the site are."""
    usual = sorted(words)[len(words) * 3 // 4] if words else 0
    return [count >= FEW_WORDS * usual for count in words]


def text_of(time: float) -> str:
    return stamp(datetime.fromtimestamp(time, UTC))


def _round(value: float) -> float:
    return round(value, 1)
