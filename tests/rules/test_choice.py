"""Which rules hold for a page: by host, path and day of capture; how several are put together; what travels."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest

from archive.extract import recipe
from archive.rules import Rules, SiteRules
from archive.rules.model import path_matches
from tests.rules.samples import RULE, rules_of

DAY = datetime(2024, 6, 1, 12, tzinfo=UTC)


def kept(rules: Rules, url: str, captured_at: datetime = DAY) -> list[str] | None:
    chosen = rules.choose(url, captured_at)
    return [s.text for s in chosen.keep] if chosen else None


HOST = rules_of('[[rule]]\nhost = ["www.tidewater.example", "kyst.example"]\nkeep = "p"\n')


@pytest.mark.parametrize(
    ("url", "holds"),
    [
        ("https://tidewater.example/", True),
        ("http://www.tidewater.example:8080/a?b=1#c", True),
        ("https://WWW.Tidewater.Example/a", True),
        ("https://sport.tidewater.example/a", True),
        ("https://kyst.example/a", True),
        ("https://nottidewater.example/a", False),
        ("https://tidewater.example.org/a", False),
        ("https://example/a", False),
        ("", False),
        ("no address", False),
        ("file:///tidewater.example", False),
    ],
)
def test_hosts(url: str, holds: bool) -> None:
    assert (kept(HOST, url) is not None) is holds
    assert (HOST.of_page(url) is not None) is holds


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/news/*", "/news/", True),
        ("/news/*", "/news/a/b", True),
        ("/news/*", "/news", False),
        ("/news/*", "/old/news/a", False),
        ("*/news/*", "/old/news/a", True),
        ("/news", "/news", True),
        ("/news", "/news/", False),
        ("*.html", "/a/b.html", True),
        ("/a*b*c", "/abc", True),
        ("/a*b*c", "/acb", False),
        ("/ab*ba", "/aba", False),
        ("/*/2024/*", "/x/2024/y", True),
        ("*", "", True),
        ("/", "", True),
        ("/story?id=*", "/story?id=7", True),
        ("/story?id=*", "/story", False),
        ("/story", "/story?id=7", True),
        ("/k%C3%B6ln/*", "/köln/a", True),
    ],
)
def test_paths(pattern: str, path: str, matches: bool) -> None:
    assert path_matches(pattern, f"https://tidewater.example{path}") is matches


def test_days_of_capture_are_inclusive_and_in_utc() -> None:
    rules = rules_of("""
[[rule]]
host = "tidewater.example"
until = 2023-12-31
keep = ".old"
[[rule]]
host = "tidewater.example"
from = 2024-01-01
keep = ".new"
""")
    url = "https://tidewater.example/a"
    last = datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert kept(rules, url, last) == [".old"]
    assert kept(rules, url, last + timedelta(seconds=1)) == [".new"]
    assert kept(rules, url, datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))) == [".old"]
    assert kept(rules, url, datetime(2024, 1, 1)) == [".new"]  # without a zone: UTC


SEVERAL = """
[[rule]]
host = "sport.tidewater.example"
keep = ".sport"
drop = ".score"

[[rule]]
host = "tidewater.example"
path = "/news/*"
keep = ".news"
headline = "h2"

[[rule]]
host = "tidewater.example"
keep = ".all"
headline = "h1"
byline = ".by"
drop = [".ad", ".score"]

[[rule]]
host = "tidewater.example"
path = "/news/*"
from = 2024-01-01
keep = ".news-now"
"""


@pytest.mark.parametrize(
    ("url", "keep", "headline"),
    [
        ("https://tidewater.example/a", ".all", "h1"),
        ("https://tidewater.example/news/a", ".news-now", "h2"),
        ("https://sport.tidewater.example/a", ".sport", "h1"),
        ("https://sport.tidewater.example/news/a", ".sport", "h2"),
    ],
)
def test_of_each_word_the_closest_rule_counts(url: str, keep: str, headline: str) -> None:
    chosen = rules_of(SEVERAL).choose(url, DAY)
    assert chosen is not None and chosen.headline is not None and chosen.byline is not None
    assert [s.text for s in chosen.keep] == [keep]
    assert chosen.headline.selectors[0].text == headline


def test_what_is_dropped_adds_up() -> None:
    rules = rules_of(SEVERAL)
    chosen = rules.choose("https://sport.tidewater.example/a", DAY)
    assert chosen is not None
    assert [s.text for s in chosen.drop] == [".ad", ".score"]


def test_of_equals_the_last_counts() -> None:
    rules = rules_of(
        '[[rule]]\nhost = "a.example"\npath = "/x*"\nkeep = ".one"\n',
        '[[rule]]\nhost = "a.example"\npath = "*y"\nkeep = ".two"\n',
    )
    assert kept(rules, "https://a.example/xy") == [".two"]
    assert kept(rules, "https://a.example/xz") == [".one"]


def test_a_worker_gets_the_rules_of_its_host_alone_and_chooses_the_same() -> None:
    rules = rules_of(SEVERAL + "".join(f'[[rule]]\nhost = "h{n}.example"\nkeep = "p"\n' for n in range(500)))
    url = "https://sport.tidewater.example/news/a"
    sent = pickle.dumps(rules.of_page(url))
    assert len(sent) < 4000
    mine: Rules = pickle.loads(sent)
    assert len(mine.rules) == 4
    assert mine.choose(url, DAY) == rules.choose(url, DAY) is not None
    assert pickle.loads(pickle.dumps(rules)).choose(url, DAY) == rules.choose(url, DAY)


def test_the_recipe_holds_the_rules_that_hold() -> None:
    plain = recipe()
    assert recipe(None) == plain == recipe(SiteRules()) and "rules" not in json.loads(plain.definition)
    url = "https://tidewater.example/news/bridge"
    chosen = rules_of(RULE).choose(url, DAY)
    assert chosen is not None
    ruled = recipe(chosen)
    assert ruled.sha256 != plain.sha256
    stated = json.loads(ruled.definition)["rules"]
    assert stated["sha256"] == chosen.sha256
    assert stated["keep"] == ["div.c-text"]
    assert stated["date_published"]["zone"][0] == "Europe/London"
    canonical = json.dumps(json.loads(ruled.definition), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical == ruled.definition


def test_the_recipe_hangs_on_what_rules_do_and_not_on_how_they_are_written() -> None:
    url = "https://tidewater.example/news/bridge"
    first = rules_of(RULE).choose(url, DAY)
    comments = RULE.replace("[[rule]]", "# why\n[[rule]]\nnote = 'x'\nfrom = 2020-01-01")
    same = rules_of(comments, '[[rule]]\nhost = "other.example"\nkeep = "p"\n').choose(url, DAY)
    other = rules_of(RULE.replace("div.c-text", "div.c-texts")).choose(url, DAY)
    assert first and same and other
    assert recipe(first) == recipe(same) != recipe(other)
    apart = (
        '[[rule]]\nhost = "tidewater.example"\n' + 'keep = "div.c-text"\n[[rule]]\nhost = "tidewater.example"\n'
    )
    parted = rules_of(RULE.replace('[[rule]]\nhost = "tidewater.example"\nkeep = "div.c-text"\n', apart))
    assert recipe(parted.choose(url, DAY)) == recipe(first)
