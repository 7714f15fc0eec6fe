"""Rules on pages made to hurt: bounded, and the text is still there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.rules.match import MAX_CHILDREN
from archive.rules.patterns import MAX_TEXT
from tests.rules.samples import FIRST, RULE, SECOND, THIRD, extracted

SIZE = 200_000
SHAPES = {
    "siblings": "<p>" + "<b>a</b> " * (SIZE // 9) + "</p>",
    "paragraphs": "<p>word</p>" * (SIZE // 11),
    "deep": ("<div>" * 200 + "<p>x</p>" * 50 + "</div>" * 200) * 40,
    "deeper": "<div>" * (SIZE // 5),
    "classes": "<p class='" + "c-text " * (SIZE // 7) + "'>x</p>",
    "one class each": "".join(f"<i class=c{n}></i>" for n in range(SIZE // 20)),
    "attributes": "<p " + " ".join(f"a{i}=1" for i in range(SIZE // 8)) + ">x</p>",
    "options": "<select>" + "<option>a" * (SIZE // 9) + "</select>",
    "bylines": "<div class=c-who>By Al Bo</div>" * (SIZE // 32),
    "dates": "<div class=c-when>3/5/2024 at 2.05 PM</div>" * (SIZE // 45),
    "long date": "<div class=c-when>" + "3/5/" * (SIZE // 4) + "</div>",
    "promotions": "<div class=c-more>Read more" * (SIZE // 26),
}
RULES = f"""{RULE}
date_modified = {{ select = ".c-when", pattern = '(\\d+)/(.+)/(.+) at' }}
[[rule]]
host = "tidewater.example"
path = "/*"
verdict = "article"
drop = ["body div div .gone", "p ~ p ~ .gone", "p:nth-last-child(2n) .gone", "div:not(.a) :last-of-type.gone",
        "//div//div//p[contains(@class, 'gone')]", "//p[preceding-sibling::p[@class='gone']]"]
"""
PAGE = f"<html><body><div class=c-text><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></div>%s</body></html>"


@pytest.mark.parametrize("shape", SHAPES)
def test_hostile_pages(shape: str) -> None:
    """What takes the square of these pages would pass the test's own limit of time."""
    found = extracted(RULES, PAGE % SHAPES[shape])
    assert found.article is not None, found.error
    assert found.article.article_body.split("\n")[:3] == [FIRST, SECOND, THIRD]
    assert found.error is None or "could not be read" not in found.error


def test_xpath_is_tried_on_pages_of_a_usual_size_only() -> None:
    words = """keep = "//div[@class='c-text']"\ndrop = ["div.gone", "//h6/following-sibling::p"]"""
    for usual, extra in (
        (True, "<p>x</p>" * 500),
        (False, "<p>x</p>" * (MAX_CHILDREN + 1)),
        (True, ("<div>" + "<i>x</i>" * 100 + "</div>") * 150),
        (False, ("<div>" + "<i>x</i>" * 100 + "</div>") * 500),
        (False, ("<div>" * 200 + "<i>x</i>" + "</div>" * 200) * 50),
        (False, "<noscript>" + "<i>x</i>" * (MAX_CHILDREN + 1) + "</noscript>"),
    ):
        found = extracted(words, PAGE % extra)
        assert (found.body_source == "site-rule") is usual
        assert usual or (
            found.error is not None and "was not tried: the page is too large for XPath" in found.error
        )
    rows = extracted(words, PAGE % ("<p>x</p>" * (MAX_CHILDREN - 500)))
    assert rows.body_source == "site-rule"
    assert rows.error == "site rule: '//h6/following-sibling::p' was not tried: the page is too large for XPath"
    css = extracted('keep = "div.c-text"', PAGE % ("<p>x</p>" * (MAX_CHILDREN + 1)))
    assert css.body_source == "site-rule" and css.error is None


def test_a_pattern_sees_the_beginning_of_a_text_only() -> None:
    words = "headline = { select = \"h1\", pattern = 'end$' }"
    short = f"<html><body><h1>{'x' * (MAX_TEXT - 5)} end</h1><p>{FIRST}</p></body></html>"
    assert ("site-rule", "end") in [(s.source, s.value) for s in extracted(words, short).sources]
    long = short.replace("x end", "xxxxx end")
    assert "site-rule" not in [s.source for s in extracted(words, long).sources]


FRAGMENTS = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<div class=c-text>", "</div>", "<div class=c-more>", "<h1>", "<span class=c-title>", "</span>",
         "<br>", "<table><tr><td class=c-who>", "<time datetime='2024-99-01'>", "By Al Bo", "3/5/2024 at 2.05 PM", "X",
         "<noscript class=c-text>", "<select class=c-text><option>", "&#31;", "\u202e", "word " * 20, "<pre>\n\n",
         "<template>", "<body class=c-text>", "<html class=c-more>", "<head>", "<meta name=lead content=y>"]
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(FRAGMENTS)
def test_any_markup_gives_an_extraction_without_an_internal_failure(parts: list[str]) -> None:
    found = extracted(RULES, "".join(parts))
    assert found.error is None or ("could not be read" not in found.error and "failed" not in found.error), (
        found.error
    )
