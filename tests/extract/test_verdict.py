"""Verdicts: articles of every kind are articles, pages that list or say something else are not."""

from __future__ import annotations

import json

import pytest

from archive.model import Verdict
from tests.extract.conftest import Extract
from tests.extract.listings import LISTINGS, MESSAGES, TEASER, TITLES

TEXT = "".join(f"<p>{TEASER} {title}, the harbour master said on the {i}th.</p>" for i, title in enumerate(TITLES))


def article(body: str, *, node: dict[str, object] | None = None, head: str = "") -> str:
    stated = {"@type": "NewsArticle", "headline": TITLES[0], "datePublished": "2026-10-12T08:00:00+01:00"} | (
        node or {}
    )
    ld = f'<script type="application/ld+json">{json.dumps(stated)}</script>'
    return f"<html lang=en><head><title>{TITLES[0]}</title>{ld}{head}</head><body><h1>{TITLES[0]}</h1>{body}</body></html>"  # noqa: E501


@pytest.mark.parametrize("name", LISTINGS)
def test_listings_are_no_articles(run: Extract, name: str) -> None:
    url, html = LISTINGS[name]()
    found = run(html, url=url)
    assert found.verdict is Verdict.LISTING
    assert found.article is None
    assert len(found.links) >= len(TITLES), "a listing is worth its links"


@pytest.mark.parametrize("verdict", MESSAGES)
def test_messages(run: Extract, verdict: str) -> None:
    found = run(f"<!DOCTYPE html><html lang=en>{MESSAGES[verdict]}</html>")
    assert found.verdict.value == verdict
    assert found.article is None


def test_an_article_under_a_consent_banner_is_an_article(run: Extract) -> None:
    banner = "<div class=cookie-banner><p>We and our partners use cookies.</p><button>Accept all</button></div>"
    assert run(article(banner + TEXT)).verdict is Verdict.ARTICLE


def test_live_blog_and_opinion_are_held(run: Extract) -> None:
    entries = "".join(
        f"<div><time>1{i}:05</time><h3><a href='#e{i}'>{t}</a></h3><p>{TEASER}</p></div>"
        for i, t in enumerate(TITLES)
    )
    blog = run(article(entries, node={"@type": "LiveBlogPosting"}))
    assert blog.verdict is Verdict.LIVE_BLOG and blog.article is not None
    opinion = run(article(TEXT, node={"@type": "OpinionNewsArticle"}))
    assert opinion.verdict is Verdict.ARTICLE
    assert opinion.article is not None and opinion.article.type == "OpinionNewsArticle"


def test_an_article_with_many_related_teasers_is_an_article(run: Extract) -> None:
    teasers = "".join(f"<div><h4><a href='/n/{i}'>{t}</a></h4><p>{TEASER}</p></div>" for i, t in enumerate(TITLES))
    assert run(article(f"<article>{TEXT}</article><section>{teasers}</section>")).verdict is Verdict.ARTICLE


def test_paywall_needs_a_mark_and_a_short_body(run: Extract) -> None:
    locked: dict[str, object] = {"isAccessibleForFree": False}
    assert run(article(f"<p>{TEASER}</p>", node=locked)).verdict is Verdict.PAYWALL
    assert run(article(TEXT, node=locked)).verdict is Verdict.ARTICLE
    wall = f"<p>{TEASER}</p><div class=paywall>Subscribe to continue reading.</div>"
    found = run(article(wall))
    assert found.verdict is Verdict.PAYWALL
    assert found.article is not None and "Subscribe" not in found.article.article_body


def test_without_a_byte_of_text_it_is_an_error_or_a_shell(run: Extract) -> None:
    assert run(b"").verdict is Verdict.ERROR
    assert run("<html><body></body></html>").verdict is Verdict.ERROR
    assert run("<html><body><script src=/app.js></script></body></html>").verdict is Verdict.SCRIPT_SHELL
