"""The house style of a page: the same for other texts, another for another template."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.house_style import fingerprint, likeness, skeleton, steady


def page(
    text: str = "The ferry sails again.", *, classes: str = "single postid-17", inside: str = "", beside: str = ""
) -> bytes:
    return f"""<!doctype html><html><head><title>{text}</title><meta name="generator" content="Press 6.{len(text)}">
<meta property="og:title" content="{text}"></head><body class="{classes}">
<div class="site"><header class="masthead"><nav><ul><li>Home</li></ul></nav></header>
<main><article class="post-17 story category-local"><h1>{text}</h1>
<div class="entry-content"><p>{text}</p>{inside}</div></article>{beside}</main>
<footer class="foot"><p>All rights</p></footer></div></body></html>""".encode()


SAME = [
    page("A quite different text, and a longer one than before."),
    page(
        inside="<p>one</p><h2>two</h2><blockquote>three</blockquote><figure><img src=x></figure><ul><li>four</ul>"
    ),
    page(classes="single postid-4711 category-sport author-ann"),
    page(beside='<aside class="more"><h2>More</h2></aside>'),
    page(inside='<div class="related-stories"><a href="/x">Next</a></div>'),
    page(beside='<div class="newsletter-box"><form><input></form></div>'),
    page(inside="<script>let x = '<div class=made>'</script><!-- <div class=unseen> -->"),
]


@pytest.mark.parametrize("other", SAME, ids=range(len(SAME)))
def test_one_template_has_one_fingerprint(other: bytes) -> None:
    assert fingerprint(other) == fingerprint(page())
    assert likeness(skeleton(other), skeleton(page())) > 0.6


OTHERS = [
    page().replace(b"<main>", b'<div class="columns"><main>').replace(b"</main>", b"</main></div>"),
    page().replace(b'class="entry-content"', b'class="story-text"'),
    page().replace(b"Press", b"Otherpress"),
    page().replace(b"og:title", b"title"),
    b"<html><body><table><tr><td>old</td></tr></table></body></html>",
]


@pytest.mark.parametrize("other", OTHERS, ids=range(len(OTHERS)))
def test_another_template_has_another(other: bytes) -> None:
    assert fingerprint(other) != fingerprint(page())
    assert skeleton(other) != skeleton(page())


def test_the_form_of_a_fingerprint() -> None:
    found = fingerprint(page())
    assert len(found) == 12 and int(found, 16)
    assert "main>article.story" in skeleton(page())
    assert "head:generator=press" in skeleton(page())


def test_a_redesign_is_less_alike_than_a_box_more() -> None:
    box = page(beside='<aside class="more"></aside>')
    redesign = OTHERS[-1]
    assert likeness(skeleton(page()), skeleton(box)) > 0.8 > 0.1 > likeness(skeleton(page()), skeleton(redesign))


@pytest.mark.parametrize("charset", ["utf-16", "shift_jis", "utf-8-sig"])
def test_the_charset_is_no_part_of_it(charset: str) -> None:
    assert fingerprint(page("工場").decode().encode(charset)) == fingerprint(page())


@pytest.mark.parametrize("nothing", [b"", b"   ", b"\x00" * 500])
def test_what_is_no_page_has_none(nothing: bytes) -> None:
    assert fingerprint(nothing) == ""
    assert skeleton(nothing) == frozenset()
    assert likeness(frozenset(), frozenset()) == 1.0


def test_hostile_pages_are_bounded() -> None:
    deep = b"<div class=a>" * 30_000
    wide = b"".join(b"<div class=c%d></div>" % n for n in range(30_000))
    many = b'<div class="' + b" ".join(b"w%dx" % n for n in range(50_000)) + b'">x</div>'
    for hostile in (deep, wide, many):
        assert len(skeleton(b"<html><body>" + hostile)) < 6000
        assert fingerprint(b"<html><body>" + hostile)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    assert fingerprint(data) == fingerprint(data)


@pytest.mark.parametrize(
    ("classes", "kept"),
    [
        ("story story-wide story--lead", ("story",)),
        ("css-1x2y3z sc-bdVaJa", ("css", "sc")),
        ("post-17 type-post", ("type-post",)),
        ("postid-9 post-content", ("post-content",)),
        ("z y x w", ("w", "x", "y")),
        ("Article_body__3fj2K", ("article-body",)),
    ],
)
def test_classes_that_stay(classes: str, kept: tuple[str, ...]) -> None:
    assert steady(classes) == kept
