"""What a page needs to be shown, from its bytes alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.requisites import MOST, of_page, of_stylesheet

URL = "https://example.org/news/a.html"


def page(inside: str, head: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{inside}</body></html>".encode()


@pytest.mark.parametrize(
    ("inside", "needs"),
    [
        ('<img src="/a.jpg">', ["https://example.org/a.jpg"]),
        ('<img src="a.jpg" srcset="b.jpg 2x, c.jpg 640w,d.jpg">', [f"news/{x}.jpg" for x in "abcd"]),
        ('<img srcset="https://cdn.example/x,y/w_10.jpg 1x">', ["https://cdn.example/x,y/w_10.jpg"]),
        ('<img src="data:image/gif;base64,R0" data-src="//cdn.example/late.jpg">', ["https://cdn.example/late.jpg"]),
        ('<picture><source srcset="s.webp 1x"><img src="s.jpg"></picture>', ["news/s.webp", "news/s.jpg"]),
        ('<video poster="still.jpg" src="film.mp4"></video>', ["news/still.jpg"]),
        ('<p style="background: url(\'bg.png\')">x</p>', ["news/bg.png"]),
        ('<svg><image href="/map.png"/></svg>', ["https://example.org/map.png"]),
        ('<a href="/page.html">x</a><script src="/app.js"></script><iframe src="/frame"></iframe>', []),
        ('<img src=" /a.jpg "><img src="/a.jpg"><img src="#"><img>', ["https://example.org/a.jpg"]),
    ],
)  # fmt: skip
def test_pictures(inside: str, needs: list[str]) -> None:
    wanted = [need if "://" in need else f"https://example.org/{need}" for need in needs]
    assert of_page(page(inside), URL) == wanted


def test_styles_icons_and_what_is_preloaded() -> None:
    head = (
        '<base href="https://static.example/v1/"><link rel="stylesheet" href="main.css">'
        '<link rel="shortcut icon" href="/icon.png"><link rel="preload" as="font" href="serif.woff2">'
        '<link rel="preload" as="script" href="app.js"><link rel="alternate" href="feed.xml">'
        '<style>@import "more.css"; h1 { background: url(top.svg) }</style>'
    )
    assert of_page(page("", head), URL) == [
        "https://static.example/v1/main.css",
        "https://static.example/icon.png",
        "https://static.example/v1/serif.woff2",
        "https://static.example/v1/more.css",
        "https://static.example/v1/top.svg",
    ]


def test_a_stylesheet() -> None:
    text = """@charset "utf-8"; @import url("print.css") print; @import 'base.css';
      /* url(comment.png) */
      @font-face { font-family: "Not.A.File"; src: url(a.woff2) format("woff2"), local("b"), url("a.woff") }
      @media (min-width: 1px) {
        .x::before { content: "url(no.png)"; background: image-set(url(one.png) 1x, "two.png" 2x) }
      }
      .y { background: url( spaced.png ) } .z { background: url(data:image/png;base64,AA) }"""
    assert of_stylesheet(text, "https://example.org/css/all.css") == [
        f"https://example.org/css/{name}"
        for name in ("print.css", "base.css", "a.woff2", "a.woff", "one.png", "spaced.png")
    ]


def test_a_page_of_a_thousand_pictures_is_bounded() -> None:
    assert len(of_page(page("".join(f'<img src="{n}.jpg">' for n in range(1000))), URL)) == MOST


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"<", b"<html>", b'<base href="http://[">', b"<img src='http://[/'>"]
)
def test_what_is_no_page(body: bytes) -> None:
    assert of_page(body, URL) == []


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    of_stylesheet(text, URL)
    of_page(text.encode("utf-8", "surrogatepass"), URL)


def test_deep_nesting_is_read() -> None:
    of_stylesheet("a{" * 3000 + "url(x.png)", URL)
    of_stylesheet("f(" * 3000 + "url(x.png)", URL)
