"""Signals by which publishers opt out: what counts, for whom, and which of two that differ."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import optout
from archive.extract import extract
from archive.message import parse_response
from archive.model import Outcome, PageKind
from archive.optout import signals, stated, tdm_reserved
from archive.pipeline import process
from tests.core.samples import SITE, answer, article_page, job

URL = "https://news.example/2026/story?id=1"


def of(*headers: str, metas: str = "", before: str | None = None) -> str:
    """The signals of an answer with these headers and meta elements."""
    raw = "HTTP/1.1 200 OK\r\n" + "".join(f"{line}\r\n" for line in headers) + "\r\n"
    page = f"<html><head><title>T</title>{metas}</head><body><p>Text of a page.</p></body></html>"
    extraction = extract(page.encode(), url=URL, captured_at=datetime(2026, 3, 2, tzinfo=UTC))
    return " ".join(signals(stated(parse_response(raw.encode()), extraction, before), URL))


def meta(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{content}">'


@pytest.mark.parametrize(
    ("headers", "metas", "wanted"),
    [
        ((), "", ""),
        (("X-Robots-Tag: noarchive",), "", "noarchive"),
        (("x-robots-tag: NoAI, NoImageAI",), "", "noai noimageai"),
        (("X-Robots-Tag: noindex", "X-Robots-Tag: noarchive"), "", "noarchive noindex"),
        (("X-Robots-Tag: none",), "", "noindex"),
        (("X-Robots-Tag: nocache",), "", "noarchive"),
        (("X-Robots-Tag: googlebot: noarchive",), "", ""),
        (("X-Robots-Tag: broadsheet: noarchive, noai",), "", "noarchive noai"),
        (("X-Robots-Tag: unavailable_after: 25 Jun 2030 15:00:00 GMT, noarchive",), "", "noarchive"),
        (("X-Robots-Tag: max-snippet:-1, noai",), "", "noai"),
        (("X-Robots-Tag: index, follow, archive",), "", ""),
        ((), meta("robots", "noarchive,noai"), "noarchive noai"),
        ((), meta("ROBOTS", "NOINDEX, NOFOLLOW"), "noindex"),
        ((), meta("googlebot", "noarchive"), ""),
        ((), meta("broadsheet", "noarchive"), "noarchive"),
        (("tdm-reservation: 1",), "", "tdm-reservation"),
        (("TDM-Reservation: 0",), "", ""),
        (("tdm-reservation: 2",), "", ""),
        ((), meta("tdm-reservation", "1"), "tdm-reservation"),
        (("tdm-reservation: 1",), meta("tdm-reservation", "0"), ""),  # the page's word counts more
        (("tdm-reservation: 0",), meta("tdm-reservation", "1"), "tdm-reservation"),
        (("X-Robots-Tag: noai",), meta("robots", "noarchive") + meta("tdm-reservation", "1"),
         "noarchive noai tdm-reservation"),
    ],
)  # fmt: skip
def test_what_an_answer_says(headers: tuple[str, ...], metas: str, wanted: str) -> None:
    assert of(*headers, metas=metas) == wanted


def test_a_page_that_has_not_changed_says_what_it_said() -> None:
    assert of(before="noarchive tdm-reservation robots:gptbot") == "noarchive tdm-reservation"
    assert of("tdm-reservation: 0", before="noarchive tdm-reservation") == "noarchive"


def rule(location: object, value: object) -> dict[str, object]:
    return {"location": location, "tdm-reservation": value}


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        ([], None), ([rule("/", 1)], True), ([rule("/", 0)], False), ([rule("/2026/", 1)], True),
        ([rule("/2025/", 1)], None), ([rule("/2026/", 0), rule("/", 1)], False),  # the first that matches
        ([rule("/*story$", 1)], None), ([rule("/*story?id=1$", 1)], True), ([rule("/", "1")], True),
        ([rule("/", 2)], None), ([rule("/", None), rule("/", 1)], True), ([rule(None, 1)], None), (["/"], None),
        ({"location": "/", "tdm-reservation": 1}, None),
    ],
)  # fmt: skip
def test_the_file_of_the_origin(rules: object, wanted: bool | None) -> None:
    assert tdm_reserved(json.dumps(rules), URL) is wanted


def test_the_file_counts_least() -> None:
    file = json.dumps([rule("/", 1)])
    assert signals(optout.Stated(), URL, file) == ("tdm-reservation",)
    assert signals(optout.Stated(reserved=False), URL, file) == ()
    assert signals(optout.Stated(), URL, None) == ()


@given(st.text(max_size=100), st.text(max_size=60))
def test_no_text_makes_it_raise(text: str, value: str) -> None:
    tdm_reserved(text, URL)
    tdm_reserved(f'[{{"location": {json.dumps(value)}, "tdm-reservation": 1}}]', URL)
    optout._directives(value)
    signals(optout.Stated(), URL, text, text)


def test_deep_json_is_no_rule() -> None:
    assert tdm_reserved("[" * 100_000, URL) is None


def test_agents_that_robots_txt_names() -> None:
    text = "User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n\nUser-agent: ClaudeBot\nDisallow: /other\n"
    text += "User-agent: SomeBot\nDisallow: /\n\nUser-agent: *\nDisallow: /private\n"
    assert signals(optout.Stated(), URL, None, text) == ("robots:ccbot", "robots:gptbot")
    # What holds for everybody is no word about these.
    assert signals(optout.Stated(), URL, None, "User-agent: *\nDisallow: /") == ()
    assert optout.disallowed(text, ("robots:gptbot", "robots:somebot", "noai"), URL) == [
        "robots:gptbot",
        "robots:somebot",
    ]
    assert optout.disallowed(text, ("robots:claudebot",), URL) == []
    assert optout.disallowed("User-agent: *\nDisallow: /", ("robots:gptbot",), URL) == ["robots:gptbot"]
    assert optout.disallowed(None, ("robots:gptbot",), URL) == []


def test_the_list_of_agents() -> None:
    agents = optout.ai_agents()
    assert {"gptbot", "ccbot", "claudebot", "google-extended"} <= set(agents)
    assert len(set(agents)) == len(agents) and all(" " not in agent for agent in agents)


# What is respected is not kept.


def page(*headers: str, **facts: object) -> object:
    return process(job(answer(article_page(1), *headers), **facts))


def test_what_is_respected_leaves_no_bytes() -> None:
    kept = process(job(answer(article_page(1), "X-Robots-Tag: noarchive")))
    assert (kept.outcome, kept.stated.directives) == (Outcome.ARCHIVED, {"noarchive"})
    gone = process(job(answer(article_page(1), "X-Robots-Tag: noarchive"), respect=("noarchive",)))
    assert (gone.outcome, gone.next_state, gone.excluded_by) == (Outcome.OPT_OUT, "excluded", "opt-out")
    assert (gone.status, gone.detail) == (200, "the publisher says noarchive")
    assert (gone.extraction, gone.found, gone.verdict) == (None, (), None)
    (group,) = gone.groups
    assert group.capture is None
    assert len(group.members) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"respect": ("noai",)},
        {"respect": ("noarchive",), "kind": PageKind.FEED},
        {"respect": ("tdm-reservation",), "tdm_file": '[{"location": "/other", "tdm-reservation": 1}]'},
    ],
)
def test_what_is_not_asked_for_is_kept(facts: dict[str, object]) -> None:
    assert process(job(answer(article_page(1), "X-Robots-Tag: noarchive"), **facts)).outcome == Outcome.ARCHIVED


def test_an_error_page_that_says_so_is_an_error_page() -> None:
    found = process(job(answer(b"no", "X-Robots-Tag: noarchive", status=404), respect=("noarchive",)))
    assert found.outcome == Outcome.GONE


def test_the_file_of_the_origin_is_respected() -> None:
    file = '[{"location": "/", "tdm-reservation": 1}]'
    assert (
        process(job(answer(article_page(1)), respect=("tdm-reservation",), tdm_file=file)).outcome
        == Outcome.OPT_OUT
    )


@pytest.mark.parametrize(
    ("status", "known", "text"), [(200, True, "[]"), (404, True, None), (403, True, None), (500, False, None)]
)
def test_reading_the_file_of_the_origin(status: int, known: bool, text: str | None) -> None:
    whose = SITE.rstrip("/") + optout.WELL_KNOWN
    found = process(job(answer(b"[]", status=status), whose, kind=PageKind.ROBOTS, robots_origin=whose))
    assert found.robots is None
    assert found.tdm is not None
    assert (found.tdm.origin, found.tdm.known, found.tdm.text) == (SITE.rstrip("/"), known, text)
    assert found.next_state == "done"
