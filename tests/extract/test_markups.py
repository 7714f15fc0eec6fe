"""One text in every markup a news site might use: the same clean record must come out of all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.extract.conftest import Extract
from tests.extract.markups import MARKUPS, Text, read

ROOT = Path(__file__).resolve().parent.parent.parent
OWN = Path(__file__).parent / "data" / "article.txt"
SEED = ROOT.parent / "shared" / "data" / "seed"


def check(run: Extract, text: Text, markup: str, expected: dict[str, Any]) -> None:
    html = MARKUPS[markup](text)
    found = run(html)
    assert found.error is None
    assert found.article is not None, found.verdict
    for field, value in expected.items():
        if field == "date_published_raw" and text.date not in html.decode():
            continue
        got = getattr(found.article, field)
        assert (list(got) if isinstance(got, tuple) else got) == value, field


@pytest.mark.parametrize("markup", MARKUPS)
def test_own_text(run: Extract, markup: str) -> None:
    text = read(OWN.read_text("utf-8"), "2025-02-14T07:42:00+00:00")
    expected = {
        "headline": text.headline,
        "description": text.standfirst,
        "authors": [text.author],
        "date_published": text.iso,
        "date_published_raw": text.date,
        "in_language": "en",
        "article_body": "\n".join(text.paragraphs),
    }
    check(run, text, markup, expected)


@pytest.mark.skipif(not SEED.is_dir(), reason="shared/data lies not beside this checkout")
@pytest.mark.parametrize("markup", MARKUPS)
def test_seed(run: Extract, markup: str) -> None:
    expected = json.loads((SEED / "expected.json").read_text("utf-8"))
    text = read((SEED / "article.txt").read_text("utf-8"), expected["date_published"])
    check(run, text, markup, expected)


@pytest.mark.parametrize("markup", ["cms", "bare_paragraphs", "br_in_article"])
def test_what_was_taken_out_is_kept_with_its_reason(run: Extract, markup: str) -> None:
    text = read(OWN.read_text("utf-8"), "2025-02-14T07:42:00+00:00")
    removed = run(MARKUPS[markup](text)).removed
    assert all(r.text and r.reason for r in removed)
    reasons = {r.reason for r in removed}
    if markup == "bare_paragraphs":
        assert {"repeats the headline", "stray characters", "author biography"} <= reasons
