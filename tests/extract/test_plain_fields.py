"""Section, keywords, publisher, access and canonical URL: what the page states, without what its system adds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archive.model import Article
from tests.extract.conftest import Extract
from tests.extract.test_extract import TITLE, article, page

H1 = f"<h1>{TITLE}</h1>"


def of(run: Extract, head: str = "", body: str = H1, **ld: Any) -> Article:
    return article(run, page(head, body, ld=ld))


@pytest.mark.parametrize(
    ("stated", "section"),
    [
        ("Harbour", "Harbour"),
        ("Arts, Culture", "Arts, Culture"),
        ("Harbour, Ferries, Editor Pick", "Harbour"),
        ("| BLOG", "BLOG"),
        (TITLE, None),
        ("https://www.tidewater.example/a", None),
        ("news_news", None),
        ("{{ item.title }}", None),
        ("18", None),
        ("Home", None),
        ("A long sentence that explains what this section is about", None),
        (["news_x", "Ferries"], "Ferries"),
    ],
)
def test_sections(run: Extract, stated: Any, section: str | None) -> None:
    assert of(run, articleSection=stated).article_section == section


def test_a_section_from_the_trail_when_the_stated_one_is_none(run: Extract) -> None:
    trail = "<ul class=breadcrumb><li><a href=/>Home</a><li><a href=/h>Harbour<b>Ferries</b></a></ul>"
    assert of(run, body=trail + H1, articleSection="news_news").article_section == "Harbour Ferries"


@pytest.mark.parametrize(
    ("stated", "keywords"),
    [
        ("ferries, night boats; harbour", ("ferries", "night boats", "harbour")),
        (["Diversity, equity and inclusion", "Ferries"], ("Diversity, equity and inclusion", "Ferries")),
        (["Category: Travel", "Category: Ferries", "Sea"], ("Travel", "Ferries", "Sea")),
        (["contentId: 15cd", "source:tagname:House", "editors_pick", "sport/formula-1", "10031", "2026"], ("2026",)),
        (["8f507083-bac4-423a-9015-2eb31e1bce50", "Covid: what now"], ("Covid: what now",)),
    ],
)  # fmt: skip
def test_keywords(run: Extract, stated: Any, keywords: tuple[str, ...]) -> None:
    assert of(run, keywords=stated).keywords == keywords


@pytest.mark.parametrize(
    ("ld", "free"),
    [
        ({"isAccessibleForFree": True}, True),
        ({"isAccessibleForFree": "False"}, False),
        ({"isAccessibleForFree": "http://schema.org/True"}, True),
        ({"isAccessibleForFree": ""}, None),
        ({"isAccessibleForFree": "perhaps"}, None),
        ({"hasPart": {"@type": "WebPageElement", "isAccessibleForFree": False}}, False),
        ({"hasPart": [{"isAccessibleForFree": "True"}, {"isAccessibleForFree": "False"}]}, False),
        ({"isAccessibleForFree": True, "hasPart": {"isAccessibleForFree": False}}, True),
        ({}, None),
    ],
)
def test_access(run: Extract, ld: dict[str, Any], free: bool | None) -> None:
    assert of(run, **ld).is_accessible_for_free is free


def test_access_from_other_places(run: Extract) -> None:
    node = '<script type="application/ld+json">{"@type":"WebPage","isAccessibleForFree":false}</script>'
    assert of(run, node).is_accessible_for_free is False
    assert of(run, body=f"{H1}<meta itemprop=isAccessibleForFree content=true>").is_accessible_for_free is True
    assert of(run, "<meta property=article:content_tier content=locked>").is_accessible_for_free is False


@pytest.mark.parametrize(
    ("nodes", "head", "body", "publisher"),
    [
        ([{"@type": "WebSite", "name": "The Tide"}, {"@type": "Organization", "name": "Tide Ltd"}], "", "", "The Tide"),
        ([{"@type": "NewsMediaOrganization", "name": "Tide Ltd"}], "", "", "Tide Ltd"),
        ([{"@type": "Organization", "name": n} for n in ("One", "Two")], "", "", None),
        ([], f"<title>{TITLE} | Tidewater News</title>", "", "Tidewater News"),
        ([], f"<title>{TITLE} – The Boat Blog</title>", "<a href=/>The Boat Blog</a>", "The Boat Blog"),
        ([], f"<title>{TITLE} – The Boat Blog</title>", "", None),
        ([{"@type": "WebSite", "name": "The Tide"}], "<meta property=og:site_name content=Tide>", "", "Tide"),
    ],
)  # fmt: skip
def test_publishers(run: Extract, nodes: list[Any], head: str, body: str, publisher: str | None) -> None:
    script = f'<script type="application/ld+json">{json.dumps(nodes)}</script>'
    assert of(run, script + head, body + H1).publisher == publisher


def test_a_canonical_url_without_a_host_is_none(run: Extract) -> None:
    assert of(run, "<link rel=canonical href='https://a-blog-about-boats/'>").canonical_url is None
    assert of(run, "<link rel=canonical href='/news/x'>").canonical_url == "https://www.tidewater.example/news/x"
