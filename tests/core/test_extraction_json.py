"""An extraction survives its JSON: every field of every part, and whatever texts hold."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive.extraction_json import dumps, loads
from archive.model import Article, Block, BlockKind, Extraction, FieldSource, Link, Removed, Verdict
from tests.rules.samples import extracted

TEXT = st.text(max_size=30) | st.characters()  # a lone surrogate too
MAYBE = st.none() | TEXT
CONFIDENCE = st.none() | st.floats(0, 1)
NAMES = st.lists(TEXT, max_size=3).map(tuple)
BLOCKS = st.lists(st.builds(Block, st.sampled_from(BlockKind), CONFIDENCE), max_size=4).map(tuple)
OF_ARTICLE: dict[str, Any] = {
    "headline_forms": st.dictionaries(TEXT, TEXT, max_size=3), "authors": NAMES, "keywords": NAMES,
    "is_accessible_for_free": st.none() | st.booleans(), "article_body": TEXT, "body_blocks": BLOCKS,
}  # fmt: skip
ARTICLES = st.builds(Article, **{f.name: OF_ARTICLE.get(f.name, MAYBE) for f in fields(Article)})
EXTRACTIONS = st.builds(
    Extraction,
    verdict=st.sampled_from(Verdict),
    article=st.none() | ARTICLES,
    removed=st.lists(st.builds(Removed, TEXT, TEXT, CONFIDENCE, MAYBE), max_size=3).map(tuple),
    sources=st.lists(st.builds(FieldSource, TEXT, TEXT, TEXT, st.booleans()), max_size=3).map(tuple),
    links=st.lists(st.builds(Link, TEXT, TEXT), max_size=2).map(tuple),
    feeds=st.lists(st.builds(Link, TEXT, TEXT), max_size=2).map(tuple),
    noindex=st.booleans(),
    charset=MAYBE,
    error=MAYBE,
    body_source=MAYBE,
    confidence=CONFIDENCE,
    lines=st.binary(max_size=40),
)
EMPTY = Article(headline="", description="", authors=("",), is_accessible_for_free=False)  # not the same as None


@settings(max_examples=300, deadline=None)
@given(EXTRACTIONS)
@example(Extraction(Verdict.ARTICLE, EMPTY, error="", confidence=0.0))
def test_the_round_trip_loses_nothing_but_links(extraction: Extraction) -> None:
    text = dumps(extraction)
    text.encode()  # SQLite takes it
    assert "\n" not in text
    assert loads(text) == replace(extraction, links=(), feeds=(), opt_out=())
    again = loads(text)
    assert dumps(again) == text
    assert all(isinstance(block.kind, BlockKind) for block in (again.article or Article()).body_blocks)


def test_every_field_of_the_model_is_made_up_above() -> None:
    """A new field that needs a conversion would be seen here."""
    names = {f.name for f in fields(Extraction)}
    assert names == {
        "verdict", "article", "removed", "sources", "links", "feeds", "noindex", "charset", "error", "body_source",
        "confidence", "lines", "opt_out",
    }  # fmt: skip


def test_a_real_extraction_reads_as_json() -> None:
    extraction = extracted()
    text = dumps(extraction)
    assert loads(text) == replace(extraction, links=(), feeds=(), opt_out=())
    values = json.loads(text)
    assert values["article"]["headline"] == "Old bridge to be mended after all"
    assert values["article"]["body_blocks"][0] == ["p", None]
    assert "links" not in values and "image" not in values["article"]
