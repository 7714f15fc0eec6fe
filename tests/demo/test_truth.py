"""Every page says what its truth says, where the house style puts it, and furniture is no part of the truth."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from crawler.demo import DEFAULT_CLOCK, PUBLISHERS, Newspaper, Truth
from tests.demo.conftest import PORT, get

LATER = DEFAULT_CLOCK + timedelta(days=1)


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def pages() -> list[tuple[Truth, html.HtmlElement, str]]:
    site = Newspaper(seed=4, articles=400).at(LATER)
    found = []
    for truth in site.truths(PORT):
        response = get(site, truth.url)
        if truth.edits and truth.edits[-1].kind == "deleted":
            assert response.status in (404, 410)
            continue
        assert response.status == 200
        body = response.body.decode()
        found.append((truth, html.document_fromstring(body), body))
    return found


def test_truth_stands_on_the_page(pages: list[tuple[Truth, html.HtmlElement, str]]) -> None:
    for truth, tree, _ in pages:
        text = flat(tree.text_content())
        assert flat(tree.xpath("string(//h1)")) == flat(truth.headline)
        place = 0
        for line in truth.article_body.split("\n"):
            assert line == line.strip()
            place = text.index(flat(line), place)  # in this order
        for name in truth.authors:
            assert name in text or f'content="{name}"' in html.tostring(tree, encoding="unicode")
        if truth.description:
            assert truth.description in text
        canonical = tree.xpath("//link[@rel='canonical']/@href")
        assert canonical == ([] if truth.house_style == "bare" else [truth.url])


def test_instant_is_recoverable(pages: list[tuple[Truth, html.HtmlElement, str]]) -> None:
    """The exact time with its zone stands in markup, or the zone's name stands beside the written date."""
    readable = {
        "bare": r"(\w+) (\d+), (\d{4}), (\d+):(\d\d) ([ap])\.m\. (EDT|EST)",
        "newsline": r"Published on: (\d+) (\w+) (\d{4}) (\d+):(\d\d) ([AP])M GMT",
        "breaks": r"(\d{4})年(\d+)月(\d+)日 (\d+)時(\d\d)分（JST）",
    }
    seen = Counter[str]()
    for truth, tree, body in pages:
        stated = truth.date_published
        if len(stated) == 10:
            assert truth.kind == "opinion"
            assert f"{datetime.fromisoformat(stated):%B} {int(stated[8:])}, {stated[:4]}" in body
            seen["day"] += 1
        elif stamp := tree.xpath("string(//@data-timestamp)"):
            assert datetime.fromtimestamp(int(stamp), UTC) == datetime.fromisoformat(stated)
            seen["epoch"] += 1
        elif truth.house_style in readable:
            assert re.search(readable[truth.house_style], body), truth.url
            seen[truth.house_style] += 1
        else:
            assert f'"{stated}"' in body
            seen["markup"] += 1
        if truth.date_modified and truth.house_style in ("cms", "graph", "wordpress", "microdata", "opengraph"):
            assert f'"{truth.date_modified}"' in body
    assert set(seen) == {"day", "epoch", "markup", *readable}


def test_furniture_is_not_in_the_truth(pages: list[tuple[Truth, html.HtmlElement, str]]) -> None:
    classes = ("pull-quote", "newsletter", "author-box", "comment", "related", "caption", "wp-block-pullquote")
    checked = 0
    for truth, tree, _ in pages:
        lines = set(truth.article_body.split("\n"))
        for name in classes:
            for node in tree.xpath(f"//*[contains(concat(' ', @class, ' '), ' {name} ')]"):
                assert not lines & {flat(part) for part in node.itertext()}
                checked += 1
    assert checked > 200


def test_articles_differ(pages: list[tuple[Truth, html.HtmlElement, str]]) -> None:
    """Long lines hardly ever come twice at one publisher, so that what does come twice is furniture."""
    for publisher in PUBLISHERS:
        lines = Counter(
            line
            for truth, _, _ in pages
            if truth.host == publisher.host
            for line in set(truth.article_body.split("\n"))
            if len(line) > (30 if publisher.words == "ja" else 70)
        )
        assert len([line for line, count in lines.items() if count > 1]) <= len(lines) // 200
        assert max(lines.values()) <= 2
    sizes = [
        len(truth.article_body.split())
        for truth, _, _ in pages
        if truth.kind == "article" and truth.language != "ja"
    ]
    assert min(sizes) > 200
    assert max(sizes) < 1000
    assert max(sizes) - min(sizes) > 400


def test_paywalled_page_shows_little(pages: list[tuple[Truth, html.HtmlElement, str]]) -> None:
    for truth, _, body in pages:
        if truth.kind == "paywall":
            assert len(truth.article_body.split("\n")) <= 5
        if truth.kind == "paywall" and truth.house_style in ("cms", "graph"):
            assert '"isAccessibleForFree": false' in body


def test_pictures(small: Newspaper) -> None:
    truth = next(truth for truth in small.truths(PORT) if truth.kind == "gallery")
    tree = html.document_fromstring(get(small, truth.url).body.decode())
    pictures = tree.xpath("//img/@src")
    assert len(set(pictures)) == len(pictures) >= 6
    for picture in pictures:
        assert get(small, str(picture)).content_type == "image/svg+xml"
