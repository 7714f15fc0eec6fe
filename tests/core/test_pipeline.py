"""What becomes of one attempt: outcome, next state, and what the answer says."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import pipeline
from archive import robots as robots_txt
from archive.job import facts_to_settings
from archive.message import parse_response
from archive.model import Outcome, PageKind, RefersTo, Verdict
from archive.pipeline import process
from archive.retry_after import retry_after_s
from archive.scope import Scope
from archive.warc.groups import group_records
from archive.warc.reader import iter_records
from archive.warc.writer import WarcWriter
from tests.core.samples import SITE, START, answer, article_page, front_page, job

ORIGINAL = RefersTo("<urn:uuid:1>", SITE + "story", "2026-03-01T08:00:00Z", "sha1:" + "A" * 32)
RSS = b'<rss version="2.0"><channel><title>T</title><item><link>/story/1</link></item></channel></rss>'


# Outcomes.


@pytest.mark.parametrize(
    ("status", "outcome", "state"),
    [
        (200, Outcome.ARCHIVED, "done"),
        (206, Outcome.ARCHIVED, "done"),
        (304, Outcome.HTTP_ERROR, "failed"),  # nobody asked for it
        (404, Outcome.GONE, "done"),
        (410, Outcome.GONE, "done"),
        (400, Outcome.HTTP_ERROR, "failed"),
        (401, Outcome.REFUSED, "failed"),
        (402, Outcome.REFUSED, "failed"),
        (403, Outcome.REFUSED, "failed"),
        (451, Outcome.REFUSED, "failed"),
        (429, Outcome.SERVER_ERROR, "due"),
        (500, Outcome.SERVER_ERROR, "due"),
        (503, Outcome.SERVER_ERROR, "due"),
        (999, Outcome.SERVER_ERROR, "due"),
    ],
)
def test_each_status_has_one_outcome(status: int, outcome: Outcome, state: str) -> None:
    page = process(job(answer(b"words", status=status)))
    assert (page.outcome, page.status, page.next_state) == (outcome, status, state)
    assert len(page.groups) == 1
    if outcome != Outcome.ARCHIVED:
        assert page.extraction is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300])
def test_redirects_with_a_target_and_without(status: int) -> None:
    page = process(job(answer(b"", "Location: ../other?utm_source=x#y", status=status)))
    assert (page.outcome, page.next_state, page.redirect_to) == (Outcome.REDIRECT, "done", SITE + "other")
    (found,) = page.found
    assert (found.url, found.redirects, found.depth, found.excluded_by) == (SITE + "other", 1, 1, None)
    page = process(job(answer(b"", status=status)))
    assert (page.outcome, page.found) == (Outcome.HTTP_ERROR, ())
    page = process(job(answer(b"", "Location: file:///etc/passwd", status=status)))
    assert (page.outcome, page.found) == (Outcome.REDIRECT, ())
    assert page.detail == "leads to no web address: file:///etc/passwd"


def test_unchanged_only_if_it_was_asked_for() -> None:
    page = process(job(answer(b"", status=304), refers_to=ORIGINAL))
    assert (page.outcome, page.next_state) == (Outcome.UNCHANGED, "done")
    assert page.groups[0].capture is not None
    assert page.groups[0].capture.refers_to == ORIGINAL.record_id


@pytest.mark.parametrize(
    ("outcome", "states"),
    [
        (Outcome.TIMEOUT, ["due", "due", "failed"]),
        (Outcome.UNREACHABLE, ["due", "due", "failed"]),
        (Outcome.TRUNCATED, ["due", "due", "failed"]),
        (Outcome.BAD_RESPONSE, ["due", "due", "failed"]),
        (Outcome.UNRESOLVED, ["failed"]),
        (Outcome.TLS_FAILED, ["failed"]),
        (Outcome.TOO_LARGE, ["failed"]),
        (Outcome.REFUSED, ["failed"]),
        (Outcome.BLOCKED, ["failed"]),
        (Outcome.ROBOTS, ["excluded"]),
        (Outcome.STOPPED, ["due"]),
    ],
)
def test_each_fault_of_the_network(outcome: Outcome, states: list[str]) -> None:
    for attempts, state in enumerate(states):
        page = process(job(outcome=outcome, attempts=attempts, detail="why"))
        assert (page.outcome, page.next_state, page.status, page.detail) == (outcome, state, None, "why")
        (note,) = page.groups
        assert [member.record_type for member in note.members] == ["metadata"] and note.capture is None
        assert page.excluded_by == (outcome.value if state == "excluded" else None)


def test_what_may_change_is_not_excluded_for_good() -> None:
    assert process(job(outcome=Outcome.ROBOTS, final=False)).next_state == "failed"
    assert process(job(outcome=Outcome.STOPPED, final=False)).next_state == "due"


def test_bytes_that_are_no_http_are_kept() -> None:
    page = process(job(b"SSH-2.0-OpenSSH\r\n"))
    assert (page.outcome, page.status) == (Outcome.BAD_RESPONSE, None)
    assert page.groups[0].capture is None
    assert len(page.groups[0].members) == 2


def test_a_broken_transfer_is_archived_read_and_marked() -> None:
    whole = article_page()
    cut = answer(whole)[:-200]
    page = process(job(cut, outcome=Outcome.TRUNCATED, complete=False, truncated="disconnect", attempts=2))
    assert (page.outcome, page.status, page.next_state) == (Outcome.TRUNCATED, 200, "failed")
    assert page.extraction is not None
    assert "cut short" in (page.extraction_error or "")
    assert page.groups[0].capture is not None
    assert page.groups[0].capture.truncated == "disconnect"


def test_the_last_exchange_that_brought_bytes_counts() -> None:
    first, empty = job(answer(b"", status=503)).exchanges[0], job(b"").exchanges[0]
    page = process(job(exchanges=(first, empty), outcome=Outcome.TIMEOUT))
    assert page.status == 503
    assert len(page.groups) == 1


# Another try.


def test_the_wait_grows_and_follows_retry_after() -> None:
    def wait(attempts: int, *headers: str, status: int = 503) -> float | str:
        page = process(job(answer(b"", *headers, status=status), attempts=attempts))
        return (page.due_at - START).total_seconds() if page.due_at else page.next_state

    assert [wait(n) for n in range(4)] == [1, 5, "failed", "failed"]
    assert wait(0, "Retry-After: 120") == 120
    assert wait(0, "retry-after: 0") == 1
    assert wait(0, "Retry-After: Mon, 02 Mar 2026 08:01:00 GMT") == pytest.approx(59.75)
    assert wait(0, "Retry-After: Mon, 02 Mar 2020 08:01:00 GMT") == 1
    assert wait(0, "Retry-After: soon") == 1
    assert wait(0, "Retry-After: 7200") == 7200  # by a later crawl
    assert wait(0, "Retry-After: 999999") == wait(0, "Retry-After: Mon, 02 Mar 2027 08:01:00 GMT") == 86_400
    assert wait(0, "Retry-After: 120", status=429) == 120


def test_a_host_asks_for_rest_by_whatever_answer() -> None:
    def rest(*headers: str, status: int = 429, **facts: Any) -> float | None:
        page = process(job(answer(b"", *headers, status=status), **facts))
        return (page.rest_until - START).total_seconds() if page.rest_until else None

    assert rest("Retry-After: 3600") == rest("Retry-After: 3600", status=503) == 3600
    assert rest("Retry-After: 3600", attempts=2) == 3600  # it has failed, but its host still wants rest
    assert rest("Retry-After: 3600", kind=PageKind.ROBOTS) == 3600
    assert rest() is rest("Retry-After: 0") is rest("Retry-After: 3600", status=500) is None


@given(st.text(st.characters(max_codepoint=255, blacklist_characters="\r\n"), max_size=60))
def test_no_retry_after_raises(value: str) -> None:
    response = parse_response(b"HTTP/1.1 503 X\r\nRetry-After: " + value.encode("latin-1") + b"\r\n\r\n")
    seconds = retry_after_s(response, START)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize("value", ["Mon, 02 Mar 2026 08:00:00 +99999999", "1 Jan 99999 00:00:00", "9" * 5000])
def test_absurd_times_to_wait(value: str) -> None:
    page = process(job(answer(b"", f"Retry-After: {value}", status=503)))
    assert page.next_state in ("due", "failed")


# robots.txt, RFC 9309.

RULES = b"User-agent: *\nDisallow: /private\nSitemap: https://cdn.example/s.xml\n sitemap : /news.xml \n"


def robots(response: bytes | None, **facts: object) -> pipeline.Page:
    origin = "https://news.example"
    return process(job(response, SITE + "robots.txt", kind=PageKind.ROBOTS, robots_origin=origin, **facts))


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, "rules"), (204, "rules"), (400, "allow-all"), (401, "allow-all"), (403, "allow-all"),
        (404, "allow-all"), (410, "allow-all"), (429, "disallow-all"), (500, "disallow-all"), (503, "disallow-all"),
    ],
)  # fmt: skip
def test_robots_by_status(status: int, meaning: str) -> None:
    page = robots(answer(RULES, status=status))
    assert page.robots is not None
    assert (page.robots.status, page.robots.origin) == (meaning, "https://news.example")
    assert (page.robots.rules is not None) == (meaning == "rules")
    assert page.next_state == "done"
    sitemaps = ["https://cdn.example/s.xml", "https://news.example/news.xml"]
    assert [found.url for found in page.found] == (sitemaps if meaning == "rules" else [])
    assert page.extraction is None


@pytest.mark.parametrize(
    "outcome", [Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.UNRESOLVED, Outcome.TLS_FAILED, Outcome.BLOCKED]
)
def test_robots_that_cannot_be_had(outcome: Outcome) -> None:
    page = robots(None, outcome=outcome)
    assert page.robots is not None
    assert (page.robots.status, page.robots.reason) == ("disallow-all", outcome)


def test_robots_without_its_end_may_lack_what_forbids() -> None:
    for outcome in (Outcome.TRUNCATED, Outcome.TIMEOUT):
        page = robots(answer(RULES)[:-20], outcome=outcome, complete=False, truncated="disconnect")
        assert page.robots is not None
        assert (page.robots.status, page.robots.reason) == ("disallow-all", outcome)
        assert page.found == ()
    page = robots(answer(gzip.compress(RULES * 100)[:60], "Content-Encoding: gzip"))
    assert page.robots is not None and page.robots.status == "disallow-all"
    page = robots(answer(RULES, "Content-Encoding: unheard-of"))
    assert page.robots is not None and page.robots.status == "disallow-all"


def test_of_an_endless_robots_the_first_500_kib_count() -> None:
    endless = b"User-agent: *\nDisallow: /\n" + b"# no end\n" * 100_000
    page = robots(answer(endless), outcome=Outcome.TOO_LARGE, complete=False, truncated="length")
    assert page.robots is not None and page.robots.rules is not None
    assert len(page.robots.rules) <= robots_txt.MAX_BYTES
    assert page.robots.rules.startswith("User-agent: *\nDisallow: /\n")


def test_robots_redirected_and_stopped_mean_nothing_yet() -> None:
    page = robots(answer(b"", "Location: https://www.news.example/robots.txt", status=301))
    assert (page.robots, page.redirect_to, page.found) == (None, "https://www.news.example/robots.txt", ())
    page = robots(None, outcome=Outcome.STOPPED)
    assert (page.robots, page.next_state) == (None, "due")


def test_robots_with_a_byte_order_mark_and_in_gzip() -> None:
    page = robots(answer(gzip.compress(b"\xef\xbb\xbf" + RULES), "Content-Encoding: gzip"))
    assert page.robots is not None and page.robots.rules is not None
    assert page.robots.rules.startswith("User-agent")


# Reading.


def test_an_article() -> None:
    page = process(job(answer(article_page())))
    assert page.verdict == Verdict.ARTICLE
    assert page.extraction is not None and page.extraction.article is not None
    assert page.extraction.article.headline == "Bridge 1 is to be mended at last"
    assert page.recipe is not None
    assert page.extraction_error is None


@pytest.mark.parametrize("kind", [PageKind.FEED, PageKind.PAGE, PageKind.FRONT])
def test_a_feed_is_known_by_its_bytes(kind: PageKind) -> None:
    page = process(job(answer(RSS, "Content-Type: text/html"), kind=kind))
    assert page.kind == PageKind.FEED
    assert page.feed is not None
    assert (page.feed.kind, [f.url for f in page.found]) == ("rss", [SITE + "story/1"])


def test_a_page_where_a_feed_was() -> None:
    page = process(job(answer(article_page()), kind=PageKind.FEED))
    assert page.feed is not None and page.feed.error
    assert page.kind == PageKind.FEED
    assert page.extraction is None


def test_a_front_page_is_never_an_article() -> None:
    seen = process(job(answer(article_page()), SITE, kind=PageKind.FRONT, depth=0))
    assert seen.verdict == Verdict.LISTING
    assert seen.extraction is not None and seen.extraction.article is None
    asked_for = process(job(answer(article_page()), SITE + "story/7", kind=PageKind.FRONT, depth=0))
    assert asked_for.verdict == Verdict.ARTICLE


def test_a_listing_becomes_a_section_and_its_links_are_sightings() -> None:
    page = process(job(answer(front_page(f"/story/{n}" for n in range(30))), SITE + "politics/"))
    assert (page.verdict, page.kind) == (Verdict.LISTING, PageKind.SECTION)
    assert [f.position for f in page.found] == list(range(1, 31))


def test_feeds_that_a_seed_names_are_followed_whatever_pages_are_wanted() -> None:
    link = b'<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    html = article_page().replace(b"</head>", link + b"</head>")
    only = Scope(("news.example",), include=("/politics/",))
    feeds = [f for f in process(job(answer(html), depth=0, scope=only)).found if f.kind == PageKind.FEED]
    assert [f.url for f in feeds] == [SITE + "feed.xml"]
    assert not [f for f in process(job(answer(html), depth=1)).found if f.kind == PageKind.FEED]


def test_what_is_no_page_is_archived_and_left_alone() -> None:
    for media_type in ("application/pdf", "image/png", "application/json"):
        page = process(job(answer(b"%PDF-1.4 ...", f"Content-Type: {media_type}")))
        assert (page.outcome, page.verdict, page.extraction_error) == (Outcome.ARCHIVED, None, None)


def test_a_page_too_large_once_decoded_is_archived_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "MAX_PAGE_BYTES", 1 << 20)
    page = process(job(answer(gzip.compress(bytes(3 << 20)), "Content-Encoding: gzip")))
    assert (page.outcome, page.verdict, page.extraction) == (Outcome.ARCHIVED, Verdict.ERROR, None)
    assert page.extraction_error == "larger than 1 MB once decoded: not read"


def test_unread_keeps_the_records() -> None:
    page = process(job(answer(article_page())), unread="extraction failed: took too long")
    assert (page.outcome, page.extraction, page.next_state) == (Outcome.ARCHIVED, None, "done")
    assert page.extraction_error == "extraction failed: took too long"
    assert page.groups[0].capture is not None


# What the records tell of the attempt.


def test_the_facts_of_an_attempt_come_back_from_its_records(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, info={}, host="test.example")
    writer.open_file()
    one = job(
        answer(RULES)[:-5], SITE + "robots.txt", kind=PageKind.ROBOTS, depth=2, redirects=3, complete=False,
        truncated="length", outcome=Outcome.TOO_LARGE, robots_origin="https://other.example",
        warcinfo_id=writer.warcinfo_id,
    )  # fmt: skip
    (group,) = process(one).groups
    writer.append(group)
    sealed = writer.seal()
    assert sealed is not None
    (read,) = group_records(iter_records(tmp_path / sealed.filename))
    assert (read.facts["site"], read.facts["outcome"]) == ("news", "too-large")
    kind, depth, redirects, origin = facts_to_settings(read.facts)
    assert (kind, depth, redirects, origin) == (PageKind.ROBOTS, 2, 3, "https://other.example")
    assert read.exchange == one.exchanges[0]
    assert facts_to_settings({"kind": "x", "depth": "-1", "redirects": "²"}) == (
        PageKind.PAGE,
        0,
        0,
        None,
    )


def test_the_same_job_gives_the_same_facts() -> None:
    first, second = (process(job(answer(article_page()))) for _ in range(2))
    assert first.extraction == second.extraction
    assert first.groups[0].capture is not None and second.groups[0].capture is not None
    differ = replace(second.groups[0].capture, record_id=first.groups[0].capture.record_id)
    assert first.groups[0].capture == differ
