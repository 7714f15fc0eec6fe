"""Articles told from listings by their addresses; `scripts/eval-urls` has the figures on real pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.url_shape import is_article
from crawler.demo import Newspaper

HOST = "https://news.example"


@pytest.mark.parametrize(
    "path",
    [
        "/politics/2026/03/bridge-to-be-mended",
        "/2026/03/16/bridge",
        "/world/the-bridge-over-the-old-river-is-mended",
        "/19765800/bridge-mended",
        "/artikel/bridge-of-stones-4711.html",
        "/clanek/bridge-mended-again-soon",
        "/news/world/bridge-to-be-mended-100.html",
        "/article/20250121-QBJP5I25BBIG5IZ76XZNDHDB5Q/",
        "/story.php?id=1042",
        "/?p=123",
        "/news/58213409",
        "/people/2024/feb/29/bridge-builder-honoured-at-last-by-the-queen/",
        "/%E0%A4%B6%E0%A4%B9%E0%A4%B0/a-b-%E0%A4%AA%E0%A5%81%E0%A4%B2-c-%E0%A4%AE%E0%A5%87%E0%A4%82",
        "/autoren/jane-doe/what-the-bridge-says-about-us",
    ],
)
def test_articles(path: str) -> None:
    assert is_article(HOST + path) is True


@pytest.mark.parametrize(
    "path",
    [
        "/", "/politics", "/politics/", "/news/world/asia", "/arts-and-culture", "/section.php?name=local",
        "/tag/a-long-name-of-a-topic-in-the-news", "/author/jane-doe-of-the-old-bridge", "/category/local/page/3",
        "/politics?page=2", "/newsletter", "/privacy-policy-and-terms-of-use", "/about-us", "/search?q=bridge",
        "/local/2", "/index.html",
    ],
)  # fmt: skip
def test_no_articles(path: str) -> None:
    assert is_article(HOST + path) is not True


@pytest.mark.parametrize(
    "path", ["/bridge-mended-again", "/!t5008262/", "/wissenschaft/s-12296", "/2026/03/16", "/x1"]
)
def test_where_the_shape_does_not_tell(path: str) -> None:
    assert is_article(HOST + path) is not True


def test_the_demo_newspaper_is_told_without_a_mistake() -> None:
    demo = Newspaper(articles=500)
    articles = [truth.url for truth in demo.truths(8765)]
    assert {is_article(url) for url in articles} == {True} and len(articles) == 500
    listings = [url for url in demo.listing_urls(8765) if not url.endswith(".xml")]
    assert {is_article(url) for url in listings} == {False} and len(listings) == 64


@given(st.text(max_size=80), st.text(max_size=40))
def test_no_address_makes_it_fall(path: str, query: str) -> None:
    from archive.urls import normalise

    url = normalise(f"{HOST}/{path}?{query}")
    assert url is None or is_article(url) in (True, False, None)
