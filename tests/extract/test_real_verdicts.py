"""Verdicts on pages that people made, where they lie beside the checkout: all of them are articles of some kind."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.bulk import extract_file
from archive.model import HELD, Verdict

PAGES = Path(__file__).resolve().parents[3] / "shared" / "data" / "extraction"
NOW = datetime(2026, 11, 1, tzinfo=UTC)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not PAGES.is_dir(), reason="shared/data lies not beside this checkout"),
]


@pytest.mark.parametrize("index", ["gold.jsonl", "extra.jsonl"])
def test_what_people_call_an_article_is_held(index: str) -> None:
    """Of the 951 pages four are held to be listings: two are none of an article to a reader either (a front page and a
    portfolio of links), two are lists with a few sentences between."""
    news = {
        line["id"]
        for line in map(json.loads, (PAGES / index).read_text("utf-8").strip().split("\n"))
        if line["set"] in ("news", "sites")
    }
    found = {r["id"]: Verdict(r["verdict"]) for r in extract_file(PAGES / index, now=NOW, processes=2)}
    lost = {name: verdict.value for name, verdict in found.items() if verdict not in HELD}
    assert not news & set(lost)
    assert len(lost) <= 3, lost  # of 791 pages of the web; they are little but lists of links
    assert set(lost.values()) <= {"listing"}
    counts = Counter(found.values())
    assert counts[Verdict.PAYWALL] <= 2 and counts[Verdict.LIVE_BLOG] <= 5, counts
