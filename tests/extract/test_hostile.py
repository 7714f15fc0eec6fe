"""Pages made to hurt: bounded time, as much text as there is, and never an exception."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.extract import extract
from archive.extract.decode import decode, legal_references
from archive.extract.parse import cut, parse
from tests.extract.conftest import CAPTURED, Extract

SENTENCES = "".join(
    f"<p>An ordinary sentence about quay number {i} and the people who work on it.</p>" for i in range(30)
)
PAGE = "<html><head><title>T</title>{head}</head><body><article><h1>Head</h1>{body}</article></body></html>"
LD = '<script type="application/ld+json">'

SHAPES = {
    "json-ld open string": lambda n: (LD + '{"@type":"NewsArticle","headline":"' + '\\"' * (n // 2) + "</script>", ""),
    "json-ld authors": lambda n: (LD + '{"@type":"NewsArticle",' + '"author":"a' * (n // 11) + "</script>", ""),
    "json-ld many authors": lambda n: (
        LD + '{"@type":"NewsArticle","headline":"T","author":[' + ",".join(['{"name":"Al Bo"}'] * (n // 17)) + "]}</script>", ""  # noqa: E501
    ),
    "json-ld deep": lambda n: (LD + '{"a":[' * (n // 6) + "</script>", ""),
    "json-ld quotes": lambda n: (LD + '{"headline":"' + '"' * n + "</script>", ""),
    "json-ld ends of texts": lambda n: (LD + '{"headline":"' + '",\n' * (n // 3) + "</script>", ""),
    "json-ld comments": lambda n: (LD + '{"headline":"' + '"//\n' * (n // 4) + "</script>", ""),
    "json-ld glued": lambda n: (LD + '{"a":1}' * (n // 7) + "</script>", ""),
    "json-ld pairs": lambda n: (LD + "{" + '"a":"b" ' * (n // 8) + "</script>", ""),
    "siblings": lambda n: ("", "<p>" + "<b>a</b> " * (n // 9) + "</p>"),
    "links in one p": lambda n: ("", "<p>" + '<a href="/x">l</a> ' * (n // 19) + "</p>"),
    "br": lambda n: ("", "<p>" + "<br>" * (n // 4) + "</p>"),
    "attributes": lambda n: ("", "<p " + " ".join(f"a{i}=1" for i in range(n // 8)) + ">x</p>"),
    "attributes with brackets": lambda n: ("", "<p " + " ".join(f'a{i}="<"' for i in range(n // 10)) + ">x</p>"),
    "colspan": lambda n: ("", "<table>" + "<tr><td colspan=1000>x</td></tr>" * (n // 32) + "</table>"),
    "cells": lambda n: ("", "<table><tr>" + "<td>c</td>" * (n // 10) + "</tr></table>"),
    "empty p": lambda n: ("", "<p></p>" * (n // 7)),
    "deep div": lambda n: ("", "<div>" * (n // 5)),
    "deep list": lambda n: ("", "<ul><li>" * (n // 8)),
    "deep table": lambda n: ("", "<table><tr><td>" * (n // 15)),
    "open comments": lambda n: ("", "<!--" * (n // 4)),
    "open svg": lambda n: ("", "<svg " * (n // 5)),
    "less than": lambda n: ("", "<" * n),
    "references": lambda n: ("", "&#0" * (n // 3)),
    "titles": lambda n: ("<title>" + "a - " * (n // 4) + "</title>", ""),
    "author meta": lambda n: ('<meta name=author content="' + "Al Bo, " * (n // 7) + '">', ""),
    "bylines": lambda n: ("", "<p class=author>By Al Bo</p>" * (n // 29)),
    "dates": lambda n: ("", "<p>12 March 2024</p>" * (n // 20)),
    "figures": lambda n: ("", "<figure><img src=/a.jpg><figcaption>Photo: A/AFP</figcaption></figure>" * (n // 74)),
    "a caption": lambda n: ("", "<figure><img src=/a.jpg><figcaption>" + "(Photo: a/" * (n // 10) + "</figcaption></figure>"),  # noqa: E501
    "labels": lambda n: ("", "<p>Written by</p>" * (n // 17)),
    "sentences of authors": lambda n: ("", "<p>This post was written by Al Bo and Al Bo</p>" * (n // 48)),
    "labelled dates": lambda n: ("", "<p>Updated 12 March 2024 published 11 March 2024</p>" * (n // 53)),
    "first published": lambda n: ("", "<p>Originally published on 12 March 2024 in this place.</p>" * (n // 61)),
    "dates in numbers": lambda n: ("", "<p>03/04/2024 03/04/2024</p>" * (n // 28)),
    "times": lambda n: ("", "<time datetime=2024-03-12>a</time>" * (n // 34)),
    "home links": lambda n: ("", '<a href="/">Al</a> ' * (n // 19)),
    "h1 of spans": lambda n: ("", "<h1>" + "<span>aB</span>" * (n // 15) + "</h1>"),
    "same line": lambda n: ("", "<p>Next Story</p>" * (n // 17)),
    "lines in pre": lambda n: ("", "<pre>" + "line one\n" * (n // 9) + "</pre>"),
}  # fmt: skip


def bounded(run: Extract, shape: str, size: int, seconds: float) -> None:
    head, body = SHAPES[shape](size)
    html = PAGE.format(head=head, body=SENTENCES + body)
    begin = time.process_time()
    found = run(html)
    assert time.process_time() - begin < seconds
    assert found.article is not None, found.verdict
    assert found.article.article_body.count("An ordinary sentence") == 30, found.error


@pytest.mark.parametrize("shape", SHAPES)
def test_100_kb(run: Extract, shape: str) -> None:
    bounded(run, shape, 100_000, 3)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_1_mb(run: Extract, shape: str) -> None:
    bounded(run, shape, 1_000_000, 15)


@pytest.mark.parametrize(
    "reference", ["&#31;", "&#x1f;", "&#x1F", "&#0;", "&#xFFFE;", "&#xD800;", "&#99999999;", "\x1f", "\x00"]
)
def test_a_reference_to_nothing_costs_nothing(run: Extract, reference: str) -> None:
    found = run(
        PAGE.format(head="", body=SENTENCES + f"<p>The word {reference} stands in this last sentence.</p>")
    )
    assert found.article is not None
    assert found.article.article_body.count("\n") == 30


def test_references_of_windows_1252_are_what_their_writers_meant() -> None:
    assert legal_references(b"it&#146;s &#8217; &amp;#31;") == "it’s &#8217; &amp;#31;".encode()


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=2000), st.booleans(), st.sampled_from([None, "utf-8", "no-such-charset", "utf-16", "\x00"])
)
def test_any_bytes_give_an_extraction(data: bytes, complete: bool, charset: str | None) -> None:
    extract(data, url="https://www.tidewater.example/a", captured_at=CAPTURED, charset=charset, complete=complete)


FRAGMENTS = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<div class=author>", "<article>", "</article>", "<h1>", "<a href='http://[x'>", "<table>", "<td>", "<br>",  # noqa: E501
         "<script type='application/ld+json'>", "</script>", '{"@type":"NewsArticle","author":[[', '"headline":{"a":1}}', "<!--",  # noqa: E501
         "-->", "<time datetime='2026-99-01'>", "By Al Bo", "12 March 2024 10:00 GMT", "Next Story", "X", "&#31;", "\u202e", "٣",  # noqa: E501
         "<meta property='og:title' content='a | b | c'>", "<svg", "]]>", "<pre>\n\n", "word " * 20]
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(FRAGMENTS)
def test_any_markup_gives_an_extraction_without_an_internal_failure(parts: list[str]) -> None:
    found = extract("".join(parts).encode(), url="https://www.tidewater.example/a", captured_at=CAPTURED)
    assert found.error is None or ("could not be read" not in found.error and "failed" not in found.error), (
        found.error
    )


def test_cut_takes_scripts_and_keeps_json_ld() -> None:
    page = b"a<SCRIPT>x</script >b<style>y</style>c<!-- d -->e<script type='application/LD+json'>{}</script>f<svg><a/></svg>g"  # noqa: E501
    assert cut(page) == (b"abcef g", ["{}"])
    assert cut(b"a<script>x") == (b"a", [])
    assert cut(b"a<!-- b") == (b"a b", [])


def test_nesting_beyond_the_parser_keeps_its_text() -> None:
    parsed = parse(b"<div>" * 2000 + b"<p>deep down</p>")
    assert parsed is not None and "deep down" in parsed.root.text_content()
    assert parsed.notes


@pytest.mark.parametrize(
    ("data", "charset", "decided"),
    [
        ("Grüße".encode(), "iso-8859-1", "utf-8"),
        ("Grüße".encode("latin-1"), "iso-8859-1", "cp1252"),
        ("Grüße".encode("latin-1"), None, "cp1252"),
        ("\ufeffGrüße".encode("utf-16"), None, "utf-16-le"),
        ("<meta charset=windows-1251>Привет".encode("cp1251"), None, "cp1251"),
        ("<meta charset=utf-8>日本".encode("shift_jis"), "Shift_JIS", "cp932"),
        ("Grüß".encode()[:-1], None, "utf-8"),
        ("“Grüße”".encode("cp1252"), "utf-16", "cp1252"),
    ],
)
def test_charset(data: bytes, charset: str | None, decided: str) -> None:
    text, name = decode(data, charset)
    assert name == decided
    text.decode("utf-8")
