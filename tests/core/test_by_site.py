"""`extract --jsonl FILE --by-site`: what recurs on the pages of a file leaves them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive import bulk, by_site

NOW = datetime(2026, 3, 2, tzinfo=UTC)
APPEAL = (
    "Our reporters are out in every weather; a small gift each month keeps their boots dry and the presses warm."
)


def html(site: str, number: int, *tail: str, canonical: str = "") -> str:
    own = "".join(
        f"<p>In report {number} the {site} harbour board said in part {n} what it thinks of quay {number * n}.</p>"
        for n in range(1, 9)
    )
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    end = "".join(f"<p>{text}</p>" for text in tail)
    link += '<meta property="article:published_time" content="2026-03-01T09:00:00Z">'
    link += '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Quay"}</script>'
    return f"<html><head>{link}<title>Quay</title></head><body><h1>Quay {number} of {site}</h1>{own}{end}</body></html>"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Pages of two publishers, in turn, and one that cannot be read."""
    lines: list[dict[str, Any]] = []
    for number in range(5):
        for host in ("www.north.example.co.uk", "south.example.co.uk", "west.example"):
            name = f"{host}-{number}.html"
            tail = [APPEAL] if host != "south.example.co.uk" or number == 0 else []
            (tmp_path / name).write_text(html(host, number, *tail), encoding="utf-8")
            lines.append({"id": name, "url": f"https://{host}/{number}", "page": name})
    lines.insert(4, {"id": "missing", "url": "https://west.example/x", "page": "missing.html"})
    file = tmp_path / "index.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return file


def removed(record: dict[str, Any]) -> list[str]:
    return [block["reason"] for block in record["removed"] if block["text"] == APPEAL]


def test_each_site_is_learnt_by_itself_and_the_order_kept(index: Path, broadsheet: Any) -> None:
    ids = [json.loads(line)["id"] for line in index.read_text().splitlines()]
    plain = {r["id"]: r for r in map(json.loads, broadsheet("extract", "--jsonl", index).stdout.splitlines())}
    done = broadsheet("extract", "--jsonl", index, "--by-site")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["id"] for record in records] == ids
    for record in records:
        before = plain[record["id"]]
        assert list(record) == list(before)
        if record["id"].startswith("west"):
            assert removed(record) == ["recurs on 5 pages of this site"]
            assert record["article_body"] == before["article_body"].removesuffix(f"\n{APPEAL}")
            assert len(record["body_blocks"]) in (0, record["article_body"].count("\n") + 1)
        elif record["id"] == "missing":
            assert record == before and record["error"]
        else:  # both hosts are of example.co.uk
            assert removed(record) == (
                ["recurs on 6 pages of this site"] if APPEAL in before["article_body"] else []
            )


def test_a_site_that_the_lines_name_goes_before_the_host(index: Path) -> None:
    lines = [json.loads(line) for line in index.read_text().splitlines()]
    for line in lines:
        if "south" in line["url"]:
            line["site"] = "The South"
    index.write_text("\n".join(map(json.dumps, lines)))
    records = {r["id"]: r for r in bulk.extract_file(index, now=NOW, processes=2, by_site=True)}
    assert removed(records["www.north.example.co.uk-0.html"]) == ["recurs on 5 pages of this site"]
    assert APPEAL in records["south.example.co.uk-0.html"]["article_body"]


def test_results_that_do_not_fit_into_memory_wait_in_a_file(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(bulk.extract_file(index, now=NOW, processes=2, by_site=True))
    monkeypatch.setattr(by_site, "SPOOL_BYTES", 1)
    assert list(bulk.extract_file(index, now=NOW, processes=2, by_site=True)) == whole


def test_the_same_article_many_times_teaches_nothing(tmp_path: Path) -> None:
    lines = []
    for number in range(6):
        page = html("east", 1, f"Seen for the {number}th time.", APPEAL, canonical="https://east.example/quay")
        (tmp_path / f"{number}.html").write_text(page, encoding="utf-8")
        lines.append({"id": number, "url": f"https://east.example/quay?print={number}", "page": f"{number}.html"})
        lines.append({"id": f"no url {number}", "site": "https://east.example", "page": f"{number}.html"})
    index = tmp_path / "index.jsonl"
    index.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    for record in bulk.extract_file(index, now=NOW, processes=2, by_site=True):
        assert record["article_body"].endswith(APPEAL)


def test_one_page_is_no_site(index: Path, broadsheet: Any) -> None:
    done = broadsheet("extract", index.parent / "west.example-0.html", "--by-site", code=2)
    assert "--by-site needs --jsonl" in done.stderr
