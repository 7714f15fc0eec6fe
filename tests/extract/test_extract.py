"""The contract of `extract`: pure, traced to its sources, and field by field what the page states."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from archive.extract import extract, recipe
from archive.model import Article, Verdict
from tests.extract.conftest import CAPTURED, Extract

TITLE = "Ferry line brings back the night boat from the weekend on"
BODY = "".join(
    f"<p>The harbour board met for the {i}th time on Monday and agreed with the ferry line on how to share the "
    f"quay.</p>"
    for i in range(4, 16)
)


def page(head: str = "", body: str = "", *, ld: dict[str, Any] | None = None, lang: str = "en") -> str:
    node = (
        {"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE} | ld
        if ld is not None
        else None
    )
    script = f'<script type="application/ld+json">{json.dumps(node)}</script>' if node else ""
    top = "" if "<h1" in body else f"<h1>{TITLE}</h1>"
    return f"<html lang={lang}><head>{script}{head}</head><body>{top}{body}<div>{BODY}</div></body></html>"


def article(run: Extract, html: str, **more: Any) -> Article:
    found = run(html, **more)
    assert found.error is None
    assert found.article is not None, found.verdict
    return found.article


def test_the_same_bytes_give_the_same_extraction(run: Extract) -> None:
    html = page(ld={"author": {"name": "Oda Vestergaard"}})
    first = run(html)
    for _ in range(3):
        run(page(body="<p>Another page between.</p>"))
        assert run(html) == first


def test_every_filled_field_has_one_chosen_source(run: Extract) -> None:
    html = page(
        "<meta name=author content='Peter Maudsley'><meta property=og:title content='The night boat is back'>"
        "<meta property=article:published_time content='2026-10-12T08:00:00+01:00'><meta name=description "
        "content='About it.'>"
        "<meta property=og:image content='/i.jpg'><link rel=canonical href='/news/night-boat'>",
        ld={
            "author": "Oda Vestergaard",
            "datePublished": "2026-10-12T08:00:01+01:00",
            "articleSection": "Harbour",
        },
    )
    found = run(html)
    assert found.article is not None
    for field in ("headline", "authors", "date_published", "description", "article_section", "in_language", "image",
                  "canonical_url"):  # fmt: skip
        chosen = [s for s in found.sources if s.field == field and s.chosen]
        assert len(chosen) == 1, field
        value = getattr(found.article, field)
        assert chosen[0].value == (", ".join(value) if isinstance(value, tuple) else value), field
    assert {s.source for s in found.sources if s.field == "authors"} == {"json_ld", "meta"}
    assert all(len(s.value) <= 300 for s in found.sources)


def test_headline_forms_are_all_kept_and_a_suffix_goes(run: Extract) -> None:
    found = article(run, page(f"<title>{TITLE} | Tidewater</title><meta property=og:site_name content=Tidewater>"
                              "<meta property=og:title content='The night boat is back'>", ld={}))  # fmt: skip
    assert found.headline == TITLE
    assert found.headline_forms == {"json_ld": TITLE, "h1": TITLE, "og": "The night boat is back", "title": TITLE}


def test_a_kicker_inside_the_h1_goes(run: Extract) -> None:
    found = article(run, page(body=f"<h1><span>Shipping</span> <span>{TITLE}</span></h1>", ld={}))
    assert found.headline == TITLE


def test_teasers_of_other_articles_do_not_give_the_headline(run: Extract) -> None:
    others = [
        {"@type": "NewsArticle", "headline": f"Quite another story number {i}", "author": f"Al Bo{i}"}
        for i in range(3)
    ]
    html = page(f'<script type="application/ld+json">{json.dumps(others)}</script>')
    found = article(run, html)
    assert found.headline == TITLE
    assert found.authors == ()


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ("Oda Vestergaard", ["Oda Vestergaard"]),
        ("By Oda Vestergaard, Chief Reporter", ["Oda Vestergaard"]),
        ("Von Oda Vestergaard und Peter Maudsley", ["Oda Vestergaard", "Peter Maudsley"]),
        (
            "Oda Vestergaard, Peter Maudsley and Ana Oyelaran-Holm",
            ["Oda Vestergaard", "Peter Maudsley", "Ana Oyelaran-Holm"],
        ),
        ("Oda Vestergaard, Ph.D.", ["Oda Vestergaard, Ph.D."]),
        ("Oda\u200b Vestergaard (Sandvik)", ["Oda Vestergaard"]),
        ("https://www.tidewater.example/author/oda", []),
        ("admin", []),
        (
            [["Oda Vestergaard"], {"@type": "Person", "name": ["Peter Maudsley"]}],
            ["Oda Vestergaard", "Peter Maudsley"],
        ),
        ({"@id": "#oda"}, ["Oda Vestergaard"]),
    ],
)
def test_authors_are_names_of_people(run: Extract, stated: object, names: list[str]) -> None:
    person = '<script type="application/ld+json">{"@type":"Person","@id":"#oda","name":"Oda Vestergaard"}</script>'
    assert list(article(run, page(person, ld={"author": stated})).authors) == names


@pytest.mark.parametrize(
    "body",
    [
        "<p class=byline>By <a href='/author/1'>Oda Vestergaard</a>, <a href='/author/2'>Peter Maudsley</a></p>",
        "<div><span>By Oda Vestergaard and Peter Maudsley</span></div>",
        "<span itemprop=author><b itemprop=name>Oda Vestergaard and Peter Maudsley</b></span>",
    ],
)
def test_visible_bylines(run: Extract, body: str) -> None:
    assert article(run, page(body=f"<h1>{TITLE}</h1>{body}")).authors == ("Oda Vestergaard", "Peter Maudsley")


def test_a_byline_in_another_script(run: Extract) -> None:
    html = page(
        body="<h1>夜行便が復活</h1><div>2026年10月12日 8時05分（JST）</div><div>記者：中村奈々、清水和也</div>",
        lang="ja",
    )
    found = article(run, html)
    assert found.authors == ("中村奈々", "清水和也")
    assert found.date_published == "2026-10-12T08:05:00+09:00"
    assert found.date_published_raw == "2026年10月12日 8時05分（JST）"


def test_the_same_day_with_a_zone_is_better_than_a_day(run: Extract) -> None:
    found = article(run, page("<meta property=article:published_time content='2026-10-12T08:00:00+01:00'>",
                              ld={"datePublished": "2026-10-12"}))  # fmt: skip
    assert found.date_published == "2026-10-12T08:00:00+01:00"


def test_published_and_modified_never_stand_for_each_other(run: Extract) -> None:
    found = article(run, page(ld={"dateModified": "2026-10-12T08:00:00Z"}))
    assert (found.date_published, found.date_modified) == (None, "2026-10-12T08:00:00+00:00")
    found = article(run, page(body=f"<h1>{TITLE}</h1><p>Last updated: 12 October 2026 08:00 GMT</p>"))
    assert (found.date_published, found.date_modified) == (None, "2026-10-12T08:00:00+00:00")


def test_no_date_is_later_than_the_capture(run: Extract) -> None:
    html = page(ld={"datePublished": "2026-10-12T08:00:00Z"})
    assert article(run, html).date_published == "2026-10-12T08:00:00+00:00"
    before = datetime(2026, 10, 12, 7, tzinfo=UTC)
    assert article(run, html, captured_at=before).date_published is None


def test_broken_json_ld_is_repaired(run: Extract) -> None:
    script = '<script type="application/ld+json">\n//<![CDATA[\n{"@type":"NewsArticle","headline":"%s","author":"Oda Vestergaard",}\n//]]></script>'  # noqa: E501
    assert article(run, page(script % TITLE)).authors == ("Oda Vestergaard",)


def test_headings_lists_and_quotes_stay_lines_of_the_body(run: Extract) -> None:
    rich = "<h2>What comes next</h2><ul><li>a new quay by the spring</li><li>two more boats in summer</li></ul><blockquote>"  # noqa: E501
    rich += "We need the quay at three in the morning and not at nine.</blockquote>"
    html = f"<html lang=en><body><article><h1>{TITLE}</h1>{BODY}{rich}{BODY.replace('board', 'council')}</article></body></html>"  # noqa: E501
    lines = article(run, html).article_body.split("\n")
    assert len(lines) == 12 + 4 + 12
    assert {"What comes next", "a new quay by the spring", "two more boats in summer"} <= set(lines)


def test_prompts_in_the_text_are_removed_with_a_reason(run: Extract) -> None:
    html = page().replace(
        "<p>The harbour board met for the 9th",
        "<p>Sign up for our newsletter</p><p>The harbour board met for the 9th",
    )
    found = run(html)
    assert found.article is not None and "Sign up" not in found.article.article_body
    assert ("Sign up for our newsletter", "prompt: newsletter") in [(r.text, r.reason) for r in found.removed]


def test_a_sentence_that_begins_like_a_prompt_stays(run: Extract) -> None:
    html = page().replace("The harbour board met for the 9th", "Subscribers of the harbour board met for the 9th")
    assert "Subscribers of the" in article(run, html).article_body


def test_text_is_nfc_without_invisible_characters(run: Extract) -> None:
    found = article(run, page(body="<h1>Cafe\u0301 \u200bnews\u00ad from the\u202e coast again</h1>"))
    assert found.headline == "Café news from the coast again"
    persian = "می\u200cخواهم \U0001f468\u200d\U0001f469 کتاب بخوانم"
    assert article(run, page(body=f"<h1>{persian}</h1>", lang="fa")).headline == persian


def test_links_feeds_and_noindex(run: Extract) -> None:
    found = run(page(
        "<meta name=robots content='noindex, follow'><link rel=alternate type=application/rss+xml href=/feed>"
        "<link rel=alternate hreflang=de href=/de>",
        f"<h1>{TITLE}</h1><a href='/a?utm_source=x#y'><img src=i></a><a href=/a>Text</a><a "
        f"href='mailto:x@y.example'>m</a>"
        "<a href='#top'>t</a><a href='javascript:x()'>j</a><a href='HTTPS://Other.example'>o</a>",
    ))  # fmt: skip
    assert [(link.url, link.text) for link in found.links] == [
        ("https://www.tidewater.example/a", "Text"), ("https://other.example/", "o"),
    ]  # fmt: skip
    assert [(f.url, f.text) for f in found.feeds] == [
        ("https://www.tidewater.example/feed", "application/rss+xml")
    ]
    assert found.noindex


def test_a_page_that_broke_off_says_so(run: Extract) -> None:
    found = run(page()[:-200], complete=False)
    assert found.verdict is Verdict.ARTICLE
    assert found.error is not None and "cut off" in found.error


def test_a_field_that_fails_costs_that_field_only(run: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("archive.extract.fields.images", broken)
    monkeypatch.setattr("archive.extract.found_body.find", broken)
    found = run(page(ld={"author": "Oda Vestergaard"}))
    assert (
        found.error is not None
        and "image could not be read" in found.error
        and "body could not be read" in found.error
    )
    assert found.article is not None and found.article.authors == ("Oda Vestergaard",)
    assert found.article.article_body.count("harbour board") == 12, "plain paragraphs take over"


def test_recipe_is_canonical_and_the_same_every_time() -> None:
    first = recipe()
    definition = json.loads(first.definition)
    assert json.dumps(definition, sort_keys=True, separators=(",", ":"), ensure_ascii=False) == first.definition
    assert recipe() == first and len(first.sha256) == 64
    assert {"trafilatura", "lxml", "dateparser"} <= set(definition["libraries"])


def test_the_capture_time_may_be_naive_or_odd() -> None:
    found = extract(page().encode(), url="not a url", captured_at=CAPTURED.replace(tzinfo=None))
    assert found.article is not None
