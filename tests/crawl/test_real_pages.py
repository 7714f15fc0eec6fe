"""The whole way from fetch to search on pages that real newsrooms made, where they lie beside the checkout."""

from __future__ import annotations

import gzip
import json
import re
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import trafilatura

from archive import codings, store
from archive.urls import normalise
from archive.warc.reader import read_record
from crawler.demo import SavedPages

PAGES = Path(__file__).resolve().parents[3] / "shared" / "data" / "extraction"

pytestmark = [
    pytest.mark.slow,  # scripts/eval reads the same pages, and tests/capture and test_tour see to the bytes
    pytest.mark.skipif(not PAGES.is_dir(), reason="shared/data lies not beside this checkout"),
]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    lines = (PAGES / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["set"] == "news"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, broadsheet: Any) -> Any:
    folder = tmp_path_factory.mktemp("real") / "archive"
    broadsheet("demo", "--pages", PAGES, "--only", "set=news", "--tour", folder, "--quiet", timeout=110)
    with store.open_archive(folder) as opened:
        yield opened


def place(url: str) -> str:
    """Host, path and query as served, without the port and what the demo adds to the host."""
    return re.sub(r"^https?://([^/:]+)(?::\d+)?", lambda m: m[1].removesuffix(".localhost"), normalise(url) or url)


def f1(found: str, gold: str) -> float:
    a, b = (Counter(re.findall(r"\w+", text.lower())) for text in (found, gold))
    hit = sum((a & b).values())
    return 2 * hit / (sum(a.values()) + sum(b.values())) if hit else 0.0


def test_every_page_is_archived_byte_for_byte(archive: Any, rows: Any) -> None:
    held = {place(c.url): c for c in store.captures(archive.db) if c.status == 200}
    saved = SavedPages(PAGES, only={"set": "news"})
    assert len(saved.pages) + len(saved.collisions) == len(rows) == 130
    for page in saved.pages:
        capture = held[place(page.url)]
        record = read_record(archive.warc_folder / capture.warc_file, capture.offset, capture.length)
        assert record.response is not None
        body = codings.decode(record.payload, record.response.content_codings, limit=1 << 26)
        assert body.data == gzip.decompress(page.file.read_bytes())


def test_nearly_all_become_articles_no_worse_than_trafilatura_alone(archive: Any, rows: Any) -> None:
    sql = """SELECT url.url, articles.article_body FROM articles JOIN version USING (version_id)
             JOIN capture ON capture.capture_id = version.capture_id JOIN url ON url.url_id = capture.url_id"""
    bodies = {place(url): body for url, body in archive.db.execute(sql).fetchall()}
    assert len(bodies) >= 125
    ours, alone = [], []
    for row in rows[::3]:
        gold = "\n".join(row["paragraphs"])
        document = trafilatura.bare_extraction(gzip.decompress((PAGES / row["page"]).read_bytes()))
        alone.append(f1(document.text or "" if document else "", gold))
        ours.append(f1(bodies.get(place(row["url"]), ""), gold))
    assert statistics.mean(ours) >= statistics.mean(alone)


def test_what_was_crawled_is_found(archive: Any) -> None:
    result = store.search(archive.db, "government", limit=5)
    assert result.total > 5
    assert all("government" in (hit.snippet + (hit.headline or "")).lower() for hit in result.hits)
