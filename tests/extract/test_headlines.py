"""Which of a page's headlines is its headline, and what is no part of it."""

from __future__ import annotations

import pytest

from tests.extract.conftest import Extract
from tests.extract.test_extract import TITLE, article, page

SHARE = "The night boat is back"


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


def headline(run: Extract, head: str = "", body: str = "", **more: object) -> str | None:
    return article(run, page(head, body, **more)).headline  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("h1", "expected"),
    [
        (
            "The night boat is back<br>Four questions about the harbour",
            "The night boat is back Four questions about",
        ),
        ("<span>The night boat is back</span><span>Four questions about it</span>", "The night boat is back Four"),
        ("<span>T</span>he night boat is back", "The night boat is back"),
        ("Thirty years of &lt;br&gt; at sea", "Thirty years of <br> at sea"),
        ("The &lt;em&gt;night&lt;/em&gt; boat is back", "The night boat is back"),
    ],
)
def test_words_of_the_h1_are_not_glued(run: Extract, h1: str, expected: str) -> None:
    found = headline(run, body=f"<h1>{h1}</h1>")
    assert found is not None and found.startswith(expected)


@pytest.mark.parametrize(
    ("h1", "og", "title"),
    [
        ("Lessons Learned", TITLE, f"Lessons Learned: {TITLE}"),
        ("tidewater.example", "", f"tidewater.example {TITLE}"),
        ("Tidewater", TITLE, TITLE),
    ],
)
def test_a_masthead_in_the_h1_is_no_headline(run: Extract, h1: str, og: str, title: str) -> None:
    head = f"<title>{title}</title>" + (meta("og:title", og) if og else "") + meta("og:site_name", "Tidewater")
    assert headline(run, head, f"<h1>{h1}</h1>") == TITLE


def test_a_site_that_shares_its_name_only(run: Extract) -> None:
    head = f"<title>{TITLE} | Robomow</title>" + meta("og:title", "Robomow") + meta("og:site_name", "Robomow")
    assert headline(run, head, f"<h1>{TITLE}</h1>") == TITLE


@pytest.mark.parametrize(
    ("tail", "head", "body", "gone"),
    [
        ("The Boat Blog", "", "<a href='/'>The Boat Blog</a>", True),
        ("The Boat Blog", "", "<a href='https://shop.tidewater.example'><img alt='The Boat Blog'></a>", True),
        ("Boat Blog", "", "<a href='/boats'>Boat Blog</a>", False),
        ("Opinion", meta("article:section", "Opinion"), "", True),
        ("Opinion", "", "", False),
        ("Tidewater Boats", "", "", True),  # after the host
        ("Two Winters", "", "<a href='/'>Home</a>", False),
    ],
)
def test_tails_of_titles(run: Extract, tail: str, head: str, body: str, gone: bool) -> None:
    html = page(f"<title>{TITLE} | {tail}</title>{head}", f"{body}<h1>Welcome</h1><h1>Hello</h1>")
    found = article(run, html, url="https://shop.tidewater.example/2026/x.html")
    assert found.headline == (TITLE if gone else f"{TITLE} | {tail}")


def test_a_name_that_the_host_abbreviates(run: Extract) -> None:
    html = page(f"<title>{TITLE} | Tidewater Bay Ferry Services</title>", "<h1>Hello</h1><h1>Welcome</h1>")
    assert article(run, html, url="https://www.tbfs.example/a/b").headline == TITLE


def test_what_stands_behind_the_headline_in_the_h1(run: Extract) -> None:
    head = f"<title>{TITLE}</title>" + meta("og:title", TITLE)
    h1 = f"<h1><a href=/x>{TITLE}</a> <a href=https://o.example>(other.example)</a> <b>87</b></h1>"
    assert headline(run, head, h1) == TITLE
    longer = f"{TITLE} until the end of the winter"
    assert headline(run, head, f"<h1>{longer}</h1>") == longer


def test_kickers_that_are_no_kickers(run: Extract) -> None:
    h1 = "'I sail for the old Tidewater line - taking the right boat could save you a lot of hours'"
    head = meta("og:title", h1.replace("old Tidewater", "Tidewater"))
    assert headline(run, head, f"<h1>{h1}</h1>") == h1
    two = "Shipping - the right boat could save you hours", "Money: the right boat could save you hours"
    assert headline(run, meta("og:title", two[1]), f"<h1>{two[0]}</h1>") == "the right boat could save you hours"


def test_a_news_node_is_trusted_unless_it_says_something_else_altogether(run: Extract) -> None:
    def of(stated: str) -> str | None:
        return headline(run, meta("og:title", TITLE), f"<h1>{TITLE}</h1>", ld={"headline": stated})

    assert of("Night boat returns: ferry line gives in") == "Night boat returns: ferry line gives in"
    assert of("Sample menus") == TITLE
    assert of(f"«Harbour row»: {TITLE}") == TITLE


def test_a_weak_h1_against_a_heading_of_lower_rank(run: Extract) -> None:
    head = f"<title>{TITLE}</title>" + meta("og:title", TITLE)
    quote = "<h1>But what they love about the ferry is the wind</h1>"
    assert headline(run, head, f"<h2>{TITLE}</h2>{quote}") == TITLE
    assert headline(run, head, quote) == "But what they love about the ferry is the wind"


def test_the_same_h1_twice_is_one(run: Extract) -> None:
    head = "<title>How do you set up a safe berth for a ferry?</title>"
    h1 = "<h1>Setting up a quiet ferry quay</h1>"
    assert headline(run, head, h1 + h1) == "Setting up a quiet ferry quay"


def test_capitals_only_where_nothing_else_says_the_same(run: Extract) -> None:
    h1 = "<h1>BEST NIGHT BOATS IN 2026: WHAT TO LOOK FOR AT SEA</h1>"
    other = "Best Night Boats 2026: What to Look for at Sea"
    assert headline(run, f"<title>{other}</title>", h1) == other
    assert headline(run, "<title>What to Look for in 2026: Best Night Boats at Sea</title>", h1) == h1[4:-5]
