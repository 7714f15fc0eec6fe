"""What robots.txt allows, decided from what is held of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model import Outcome, Robots
from archive.robots import LONGEST_DELAY_S, Rules

ORIGIN = "https://news.example"


def rules(text: str) -> Rules:
    return Rules(Robots(ORIGIN, "rules", text))


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),  # the longest match decides
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/c", False),
        ("User-agent: *\nAllow: /p\nDisallow: /p", "/p", True),  # equal lengths: allow
        ("User-agent: *\nDisallow: /*.php$", "/x.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/x.php?a=1", True),
        ("User-agent: *\nDisallow: /*?print=", "/a?print=1", False),
        ("User-agent: *\nDisallow: /caf%C3%A9", "/caf%C3%A9/x", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Broadsheet\nDisallow: /x", "/a", True),  # our own group alone
        ("User-agent: *\nDisallow: /\n\nUser-agent: Broadsheet\nDisallow: /x", "/x", False),
        ("User-agent: otherbot\nDisallow: /", "/a", True),
        ("user-agent:*\rdisallow:/a", "/a", False),
        ("<!doctype html><html><body>Not here</body></html>", "/a", True),
    ],
)
def test_rules(text: str, path: str, allowed: bool) -> None:
    decision = rules(text).decide(ORIGIN + path)
    assert decision.allowed == allowed
    if not allowed:
        assert (decision.outcome, decision.final) == (Outcome.ROBOTS, True)
        assert decision.reason is not None
        assert decision.reason.startswith("https://news.example/robots.txt disallows /")


def test_without_rules() -> None:
    assert Rules(Robots(ORIGIN, "allow-all", None, "404")).decide(ORIGIN + "/a").allowed


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("503", Outcome.ROBOTS), ("429", Outcome.ROBOTS), ("truncated", Outcome.ROBOTS), (None, Outcome.ROBOTS),
        ("timeout", Outcome.TIMEOUT), ("unresolved", Outcome.UNRESOLVED), ("unreachable", Outcome.UNREACHABLE),
        ("tls-failed", Outcome.TLS_FAILED), ("blocked", Outcome.BLOCKED),
    ],
)  # fmt: skip
def test_a_robots_txt_that_cannot_be_had_forbids_for_now(reason: str | None, outcome: Outcome) -> None:
    decision = Rules(Robots(ORIGIN, "disallow-all", None, reason)).decide(ORIGIN + "/a")
    assert (decision.allowed, decision.outcome, decision.final) == (False, outcome, False)
    assert decision.reason == f"https://news.example/robots.txt could not be read: {reason or 'no answer'}"
    assert Rules(Robots(ORIGIN, "disallow-all", None, reason)).decide(ORIGIN + "/robots.txt").allowed


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("Crawl-delay: 5", 5), ("crawl-delay: 0.5", 0.5), ("Crawl-delay: 0", 0),
        ("Crawl-delay: 86400", LONGEST_DELAY_S),
        ("Crawl-delay: -1", None), ("Crawl-delay: soon", None), ("Crawl-delay: nan", None), ("", None),
    ],
)  # fmt: skip
def test_crawl_delay(line: str, seconds: float | None) -> None:
    assert rules(f"User-agent: *\n{line}\nDisallow: /x").crawl_delay_s == seconds
    assert rules(f"User-agent: otherbot\n{line}").crawl_delay_s is None


def test_delay_without_rules() -> None:
    assert Rules(Robots(ORIGIN, "allow-all")).crawl_delay_s is None


@given(st.text(max_size=200), st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
def test_no_text_makes_it_raise(text: str, path: str) -> None:
    asked = rules("User-agent: *\n" + text)
    assert asked.decide(f"{ORIGIN}/{path}").allowed in (True, False)
    assert asked.crawl_delay_s is None or 0 <= asked.crawl_delay_s <= LONGEST_DELAY_S
