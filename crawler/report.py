"""What a crawl came to, in words and as the error that gives the exit code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from archive.errors import (
    AddressBlocked,
    CrawlFailed,
    CrawlStopped,
    ExtractionFailed,
    FetchTimedOut,
    HostNotResolved,
    NotInReplay,
    PageTooLarge,
    RobotsForbade,
    ServerFailed,
    SiteRefused,
)
from archive.model import EXCLUDING, Outcome

if TYPE_CHECKING:
    from crawler.run import CrawlReport

# Why pages were lost -> the error whose exit code says so, and words for it.
LOST: dict[str, tuple[type[CrawlFailed], str]] = {
    Outcome.UNRESOLVED: (HostNotResolved, "the host has no address"),
    Outcome.REFUSED: (SiteRefused, "the site refuses"),
    Outcome.UNREACHABLE: (SiteRefused, "no connection"),
    Outcome.TLS_FAILED: (SiteRefused, "no encrypted connection"),
    Outcome.TIMEOUT: (FetchTimedOut, "no answer in time"),
    Outcome.TOO_LARGE: (PageTooLarge, "larger than the limit"),
    Outcome.TRUNCATED: (ServerFailed, "the connection broke"),
    Outcome.SERVER_ERROR: (ServerFailed, "the server failed"),
    Outcome.HTTP_ERROR: (ServerFailed, "the server answered with an error"),
    Outcome.BAD_RESPONSE: (ServerFailed, "the answer was no HTTP"),
}


def summary_text(report: CrawlReport) -> str:
    """The closing lines of a crawl; every attempt and every URL is in one of the counts."""
    s = report.summary
    answers = {word: s.outcomes[word] for word in Outcome if s.outcomes.get(word) and word not in EXCLUDING}
    parts = ", ".join(f"{count} {word}" for word, count in answers.items())
    lines = [
        f"{sum(answers.values())} fetched" + (f": {parts}" if parts else ""),
        f"{s.articles} new article{'s' if s.articles != 1 else ''}"
        + (f", {s.new_versions} new versions" if s.new_versions > s.articles else ""),
    ]
    lines += _by_reason("excluded", s.excluded) + _by_reason("failed", s.failed)
    if s.unread:
        lines.append(f"archived but not read: {s.unread}")
    if report.recovered:
        lines.append(f"recovered from a crawl that was killed: {report.recovered} exchanges")
    if report.over_budget:
        lines.append(f"stopped at max_pages, the rest is left for the next crawl: {', '.join(report.over_budget)}")
    lines += report.notes
    if report.finish_reason != "finished":
        why = "stopped" if report.finish_reason == "shutdown" else report.finish_reason
        lines.append(f"not finished ({why}): the same command goes on from here")
    return "\n".join(lines)


def _by_reason(word: str, reasons: Mapping[str, int]) -> list[str]:
    if not reasons:
        return []
    parts = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
    return [f"{sum(reasons.values())} {word}: {parts}"]


def failure(report: CrawlReport) -> Exception | None:
    """What the exit code has to tell, or None if nothing was lost.

    Pages that the publisher took down (gone) or that a rule excludes are not lost; but a crawl that could fetch
    nothing because of such a rule says so.
    """
    if report.error is not None:
        return report.error
    if report.finish_reason != "finished":
        why = "" if report.finish_reason == "shutdown" else f" ({report.finish_reason})"
        return CrawlStopped(
            f"stopped before everything was fetched{why}", hint="the same command goes on from here"
        )
    s = report.summary
    lost = {reason: count for reason, count in s.failed.items() if count}
    if lost:
        return _lost(lost, s.examples)
    if s.unread:
        return ExtractionFailed(f"archived, but could not be read: {s.unread}", hint="broadsheet status")
    if not s.pages:
        if s.excluded.get(Outcome.BLOCKED):
            return AddressBlocked(
                "nothing was fetched: the address is not public",
                hint="to crawl your own machine or network: --allow-address loopback (or 10.0.0.0/8 ...)",
            )
        if s.excluded.get(Outcome.NOT_IN_REPLAY):
            return NotInReplay(
                f"nothing that was asked for is in the replay: {s.examples.get(Outcome.NOT_IN_REPLAY)}",
                hint="name the addresses as the file has them: broadsheet cdxj FILE lists them",
            )
        if s.excluded.get(Outcome.OPT_OUT):
            return RobotsForbade(
                f"nothing was kept: {s.examples.get(Outcome.OPT_OUT) or 'the publisher opts out'}"
            )
        if s.excluded.get(Outcome.ROBOTS):
            return RobotsForbade(
                f"nothing was fetched: {s.examples.get(Outcome.ROBOTS) or 'robots.txt forbids it'}"
            )
    return None


def _lost(lost: Mapping[str, int], examples: Mapping[str, str]) -> CrawlFailed:
    errors = {LOST.get(reason, (CrawlFailed, ""))[0] for reason in lost}
    error = errors.pop() if len(errors) == 1 else CrawlFailed
    most = max(lost, key=lambda reason: lost[reason])
    words = LOST.get(most, (CrawlFailed, most))[1]
    total = sum(lost.values())
    what = f"{total} page{'s' if total > 1 else ''} could not be had: {words}"
    if len(lost) > 1:
        what += f" ({lost[most]}), and other reasons"
    example = examples.get(most)
    return error(what + (f"; {example}" if example else ""), hint="tried again by the next crawl")
