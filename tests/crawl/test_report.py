"""What a crawl came to: the summary's words and the exit code."""

from __future__ import annotations

from typing import Any

import pytest

from archive.errors import (
    AddressBlocked,
    CrawlFailed,
    CrawlStopped,
    ExtractionFailed,
    FetchTimedOut,
    HostNotResolved,
    PageTooLarge,
    RobotsForbade,
    ServerFailed,
    SiteRefused,
    StorageFailed,
)
from archive.model import Outcome
from archive.store import CrawlSummary
from crawler.report import LOST, failure, summary_text
from crawler.run import CrawlReport


def report(
    finish_reason: str = "finished", error: Any = None, recovered: int = 0, over: Any = (), **facts: Any
) -> CrawlReport:
    counts: dict[str, Any] = dict.fromkeys(
        (
            "requested",
            "fetched",
            "pages",
            "archived",
            "unchanged",
            "redirects",
            "gone",
            "articles",
            "new_versions",
            "unread",
        ),
        0,
    )
    counts |= {"outcomes": {}, "excluded": {}, "failed": {}, "examples": {}} | facts
    summary = CrawlSummary(crawl_id=1, started_at="", ended_at="", finish_reason=finish_reason, **counts)
    return CrawlReport(1, finish_reason, summary, recovered, False, tuple(over), error)


@pytest.mark.parametrize(
    ("outcome", "error", "code"),
    [
        (Outcome.UNRESOLVED, HostNotResolved, 21),
        (Outcome.REFUSED, SiteRefused, 22),
        (Outcome.UNREACHABLE, SiteRefused, 22),
        (Outcome.TLS_FAILED, SiteRefused, 22),
        (Outcome.TIMEOUT, FetchTimedOut, 23),
        (Outcome.TOO_LARGE, PageTooLarge, 24),
        (Outcome.TRUNCATED, ServerFailed, 27),
        (Outcome.SERVER_ERROR, ServerFailed, 27),
        (Outcome.HTTP_ERROR, ServerFailed, 27),
        (Outcome.BAD_RESPONSE, ServerFailed, 27),
    ],
)
def test_each_kind_of_loss(outcome: Outcome, error: type[CrawlFailed], code: int) -> None:
    lost = failure(report(archived=9, failed={outcome: 1}, examples={outcome: "https://a.example/: why"}))
    assert type(lost) is error
    assert error.exit_code == code
    assert str(lost).startswith("1 page could not be had: ")
    assert "https://a.example/: why" in str(lost)


def test_every_outcome_that_can_fail_has_words() -> None:
    never_failed = {"archived", "unchanged", "redirect", "gone", "stopped", "robots", "blocked", "takedown"} | {
        "opt-out",
        "not-in-replay",
    }
    assert {outcome.value for outcome in Outcome} - never_failed == {str(outcome) for outcome in LOST}


def test_several_reasons() -> None:
    lost = failure(report(failed={Outcome.TIMEOUT: 2, Outcome.REFUSED: 5}, examples={Outcome.REFUSED: "x"}))
    assert type(lost) is CrawlFailed
    assert "7 pages could not be had: the site refuses (5), and other reasons; x" in str(lost)
    assert type(failure(report(failed={Outcome.REFUSED: 1, Outcome.UNREACHABLE: 1}))) is SiteRefused
    assert type(failure(report(failed={"unheard-of": 1}))) is CrawlFailed


def test_nothing_lost() -> None:
    assert failure(report(archived=3)) is None
    assert failure(report()) is None
    assert failure(report(gone=3, redirects=1)) is None
    assert failure(report(archived=3, pages=3, excluded={"robots": 4, "scope": 2, "blocked": 1})) is None
    assert failure(report(archived=3, over=["gazette"])) is None


def test_nothing_but_what_a_rule_forbids() -> None:
    blocked = failure(report(excluded={Outcome.BLOCKED: 1}))
    assert type(blocked) is AddressBlocked
    assert "--allow-address loopback" in str(blocked)
    robots = failure(report(gone=1, excluded={Outcome.ROBOTS: 2}, examples={Outcome.ROBOTS: "why"}))
    assert type(robots) is RobotsForbade
    assert str(robots) == "nothing was fetched: why"


def test_archived_but_not_read() -> None:
    unread = failure(report(archived=3, unread=2))
    assert type(unread) is ExtractionFailed
    assert type(failure(report(archived=3, unread=2, failed={Outcome.TIMEOUT: 1}))) is FetchTimedOut


def test_stopped_and_failed_come_first() -> None:
    assert type(failure(report("shutdown", failed={Outcome.TIMEOUT: 1}))) is CrawlStopped
    assert "closespider_timeout" in str(failure(report("closespider_timeout")))
    full = StorageFailed("the disk is full")
    assert failure(report("shutdown", error=full)) is full


def test_the_summary() -> None:
    text = summary_text(
        report(
            outcomes={"archived": 20, "unchanged": 4, "redirect": 3, "gone": 3, "robots": 5},
            articles=12, new_versions=15, unread=1,
            excluded={"scope": 2, "robots": 5}, failed={Outcome.TIMEOUT: 2}, recovered=3, over=["b", "c"],
        )
    )  # fmt: skip
    assert text.splitlines() == [
        "30 fetched: 20 archived, 4 unchanged, 3 redirect, 3 gone",
        "12 new articles, 15 new versions",
        "7 excluded: robots 5, scope 2",
        "2 failed: timeout 2",
        "archived but not read: 1",
        "recovered from a crawl that was killed: 3 exchanges",
        "stopped at max_pages, the rest is left for the next crawl: b, c",
    ]
    assert (
        summary_text(report("shutdown")).splitlines()[-1]
        == "not finished (stopped): the same command goes on from here"
    )
    assert summary_text(report(articles=1, new_versions=1)).splitlines()[1] == "1 new article"
