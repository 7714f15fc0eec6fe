"""The body by the learned choice: what is in, what is out and why, and of which kind each block is."""

from __future__ import annotations

import pytest

from archive.extract import extract, recipe
from archive.model import BlockKind, Extraction
from tests.extract.conftest import CAPTURED

WORDS = [
    "harbour",
    "council",
    "ferry",
    "winter",
    "repair",
    "budget",
    "quay",
    "engine",
    "timetable",
    "crew",
    "island",
    "market",
    "school",
    "bridge",
    "storm",
]


def sentence(n: int) -> str:
    """A paragraph like no other, of some thirty words."""
    names = [WORDS[(n * k + k) % len(WORDS)] for k in range(1, 9)]
    return (
        f"On day {n} the {names[0]} of the {names[1]} said that the {names[2]} would need another {names[3]}, and"
        f" that nobody who knew the {names[4]} had expected the {names[5]} to last until the {names[6]} was over."
    )


def page(body: str, *, head: str = "", aside: str = "") -> bytes:
    title = "Ferry line orders a second ship for the islands"
    return f"""<!doctype html><html lang="en"><head><title>{title} | The Tidewater</title>
<meta property="og:type" content="article"><meta property="og:title" content="{title}">
<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{title}",
"datePublished":"2026-03-02T08:00:00+00:00","author":{{"@type":"Person","name":"Oda Vestergaard"}}}}</script>
{head}</head>
<body><header class="top"><nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav></header>
<main><article><h1>{title}</h1>{body}</article><aside class="related"><h2>Related</h2><ul>
<li><a href="/a">Harbour master retires after forty years on the quay</a></li></ul>{aside}</aside></main>
<footer><p>© The Tidewater. All rights reserved.</p></footer></body></html>""".encode()


def run(html: bytes, **how: str) -> Extraction:
    return extract(
        html, url="https://tidewater.example/news/2026/second-ship-for-the-islands", captured_at=CAPTURED, **how
    )


PARAGRAPHS = [sentence(n) for n in range(1, 9)]


def paragraphs(some: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in some)


def body_of(found: Extraction) -> list[str]:
    assert found.article is not None, (found.verdict, found.error)
    return found.article.article_body.split("\n")


def test_kinds_of_blocks() -> None:
    html = page(
        f"<div class='text'>{paragraphs(PARAGRAPHS[:3])}<h2>What the crew says</h2>{paragraphs(PARAGRAPHS[3:5])}"
        f"<ul><li>The first ship sails in the winter of this year.</li><li>The second follows soon.</li></ul>"
        f"<ol><li>Repair the quay of the old harbour at once.</li><li>Train the crew on the new engine.</li></ol>"
        f"<blockquote><p>We have waited for this ship longer than for any bridge.</p></blockquote>"
        f"<table><tr><td>Crew</td><td>14</td></tr><tr><td>Cars</td><td>30</td></tr></table>"
        f"{paragraphs(PARAGRAPHS[5:])}</div>"
    )
    found = run(html)
    lines = body_of(found)
    assert found.article is not None
    kinds = {text: block.kind for text, block in zip(lines, found.article.body_blocks, strict=True)}
    assert kinds[PARAGRAPHS[0]] == BlockKind.PARAGRAPH
    assert kinds["What the crew says"] == BlockKind.H2
    assert kinds["The first ship sails in the winter of this year."] == BlockKind.ITEM
    assert kinds["Repair the quay of the old harbour at once."] == BlockKind.NUMBERED
    assert kinds["We have waited for this ship longer than for any bridge."] == BlockKind.QUOTE
    assert [line for line in lines if line in PARAGRAPHS] == PARAGRAPHS
    if "Crew | 14" in kinds:
        assert kinds["Crew | 14"] == BlockKind.ROW
    assert found.body_source == "model" and found.confidence is not None and found.confidence > 0.9
    assert all(block.confidence is not None and block.confidence >= 0.05 for block in found.article.body_blocks)


def test_a_text_split_over_containers_is_whole() -> None:
    """The first paragraph stands in an element of its own, the rest in two."""
    html = page(
        f"<div class='intro-text'><p>{PARAGRAPHS[0]}</p></div>"
        f"<div class='text-part'>{paragraphs(PARAGRAPHS[1:4])}</div>"
        f"<div class='ad-slot'><span>Advertisement</span></div>"
        f"<div class='text-part'>{paragraphs(PARAGRAPHS[4:])}</div>"
    )
    assert body_of(run(html)) == PARAGRAPHS


def test_what_is_no_text_goes_with_a_reason() -> None:
    html = page(
        f"<p class='byline'>By Oda Vestergaard</p><figure><img src='/s.jpg'><figcaption>The ship at the yard in"
        f" Larkhaven last week. Photo: Ann Lee</figcaption></figure><div class='text'>{paragraphs(PARAGRAPHS[:4])}"
        f"<div class='newsletter-box'><p>Sign up for our newsletter and never miss a ferry again.</p></div>"
        f"{paragraphs(PARAGRAPHS[4:])}</div>"
        f"<p class='more'><a href='/next'>Read more: The quay that nobody wanted</a></p>"
    )
    found = run(html)
    assert body_of(found) == PARAGRAPHS
    reasons = {r.text: r.reason for r in found.removed}
    assert reasons["The ship at the yard in Larkhaven last week. Photo: Ann Lee"] == "caption"
    assert "newsletter" in reasons["Sign up for our newsletter and never miss a ferry again."]
    assert reasons["Read more: The quay that nobody wanted"] == "prompt: related"
    assert reasons["By Oda Vestergaard"].startswith("byline")
    told = [r for r in found.removed if r.confidence is not None]
    assert (
        told and all(r.place for r in told) and all(r.confidence is not None and r.confidence < 0.5 for r in told)
    )


def test_trafilatura_is_an_engine_that_can_be_asked_for() -> None:
    html = page(f"<div class='text'>{paragraphs(PARAGRAPHS)}</div>")
    found = run(html, engine="trafilatura")
    assert found.body_source == "trafilatura" and found.confidence is None
    assert body_of(found) == PARAGRAPHS
    assert recipe(None, "trafilatura").sha256 != recipe().sha256


def test_where_the_model_doubts_trafilatura_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.extract.choice.DOUBT", 1.1)
    found = run(page(f"<div class='text'>{paragraphs(PARAGRAPHS)}</div>"))
    assert found.body_source == "trafilatura"
    assert found.confidence is not None  # the doubt is kept: it is what doubtful articles are found by
    assert body_of(found) == PARAGRAPHS
    assert found.article is not None
    assert {block.kind for block in found.article.body_blocks} == {BlockKind.PARAGRAPH}


def test_an_engine_that_loses_most_of_a_doubtful_choice_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.extract.choice.DOUBT", 1.1)
    monkeypatch.setattr("archive.extract.body.engine_lines", lambda *_: PARAGRAPHS[:2])
    found = run(page(f"<div class='text'>{paragraphs(PARAGRAPHS)}</div>"))
    assert found.body_source == "model"
    assert body_of(found) == PARAGRAPHS


def test_a_line_that_stands_twice_is_told_once() -> None:
    html = page(f"<div class='text'>{paragraphs([*PARAGRAPHS, PARAGRAPHS[2]])}</div>")
    found = run(html)
    assert body_of(found) == PARAGRAPHS
    assert [r.reason for r in found.removed if r.text == PARAGRAPHS[2]] == ["stands above already"]
