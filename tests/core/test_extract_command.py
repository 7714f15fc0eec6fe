"""`broadsheet extract`: one page or many, without an archive."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive import bulk
from archive.errors import BadInput
from tests.conftest import environment, run_broadsheet
from tests.core.samples import article_page, front_page

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Ten pages, every other one gzipped, and an index of them."""
    (tmp_path / "pages").mkdir()
    lines = []
    for number in range(10):
        path = tmp_path / "pages" / f"{number}.html{'.gz' if number % 2 else ''}"
        page = article_page(number)
        path.write_bytes(gzip.compress(page) if number % 2 else page)
        url = f"https://news.example/story/{number}"
        line = {"id": number, "url": url, "page": f"pages/{path.name}", "captured_at": "2026-03-02T10:00:00Z"}
        lines.append(json.dumps(line))
    file = tmp_path / "index.jsonl"
    file.write_text("\n\n".join(lines) + "\n")
    return file


def add(index: Path, line: object) -> None:
    with index.open("a") as file:
        file.write((line if isinstance(line, str) else json.dumps(line)) + "\n")


def test_many_pages_in_the_order_of_the_index(index: Path, broadsheet: Any) -> None:
    done = broadsheet("extract", "--jsonl", index)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["id"] for record in records] == list(range(10))
    for record in records:
        assert record["url"] == f"https://news.example/story/{record['id']}"
        assert record["headline"] == f"Bridge {record['id']} is to be mended at last"
        assert record["date_published"] == "2026-03-01T09:00:00+01:00"
        assert (record["verdict"], record["error"]) == ("article", None)
        assert f"mend bridge number {record['id']}" in record["article_body"]


def test_a_page_that_cannot_be_read_says_so_in_its_line(index: Path) -> None:
    (index.parent / "empty.html").write_bytes(b" \n")
    (index.parent / "cut.html.gz").write_bytes(gzip.compress(article_page())[:-20])
    for name in ("missing.html", "empty.html", "cut.html.gz", "pages"):
        add(index, {"id": name, "page": name})
    records = {record["id"]: record for record in bulk.extract_file(index, now=NOW, processes=2)}
    assert len(records) == 14
    assert records["missing.html"]["error"] == f"{index.parent / 'missing.html'}: No such file or directory"
    assert records["empty.html"]["error"] == f"{index.parent / 'empty.html'} is empty"
    assert "too early" in records["cut.html.gz"]["error"]
    assert "directory" in records["pages"]["error"]
    assert {records[name]["verdict"] for name in ("missing.html", "empty.html")} == {"error"}
    assert records[0]["error"] is None
    assert list(records["missing.html"]) == list(records[0])


def test_a_page_that_hangs_costs_its_own_line(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's deadline is what ends it; here a pool of tasks that sleep stands for the extractor."""
    monkeypatch.setattr(bulk, "DEADLINE_S", 2.0)
    monkeypatch.setattr(bulk, "EXTRACT_LINE", "tests.core.slow_pages:extract_line")
    add(index, {"id": "slow", "page": "hang"})
    add(index, {"id": "last", "page": "pages/0.html"})
    records = {record["id"]: record for record in bulk.extract_file(index, now=NOW, processes=2)}
    assert records["slow"]["error"] == "took longer than 2 s and was stopped"
    assert [record["error"] for name, record in records.items() if name != "slow"] == [None] * 11


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "no JSON"),
        ("[1, 2]", "needs an object with `page`"),
        ({"id": 1}, "needs an object with `page`"),
        ({"page": 3}, "needs an object with `page`"),
        ({"page": "pages/0.html", "url": 3}, "`url` must be a text"),
        ({"page": "pages/0.html", "captured_at": "yesterday"}, "yesterday"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_a_broken_line_is_named(line: object, what: str, index: Path) -> None:
    add(index, line)
    with pytest.raises(BadInput) as raised:
        list(bulk.extract_file(index, now=NOW, processes=2))
    assert str(raised.value).startswith(f"{index}, line 20: ")
    assert what in str(raised.value)


def test_an_index_that_is_none(tmp_path: Path, broadsheet: Any) -> None:
    assert "No such file" in broadsheet("extract", "--jsonl", tmp_path / "none", code=9).stderr
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert len(broadsheet("extract", "--jsonl", tmp_path / "binary", code=9).stderr.splitlines()) == 1


def test_a_time_without_a_zone_is_utc(index: Path) -> None:
    add(index, {"id": "naive", "page": "pages/0.html", "captured_at": "2026-03-02T10:00:00"})
    *_, record = bulk.extract_file(index, now=NOW, processes=2)
    assert (record["error"], record["date_published"]) == (None, "2026-03-01T09:00:00+01:00")


def test_one_page_reads_well(index: Path, broadsheet: Any) -> None:
    done = broadsheet("extract", index.parent / "pages" / "1.html.gz", "--url", "https://news.example/story/1")
    assert done.stdout.startswith("Bridge 1 is to be mended at last\n================================\n")
    assert "Published: 2026-03-01T09:00:00+01:00" in done.stdout
    assert "URL:       https://news.example/story/1" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 88
    record = json.loads(broadsheet("extract", index.parent / "pages" / "0.html", "--json").stdout)
    assert record["verdict"] == "article"


def test_standard_input() -> None:
    for page in (article_page(), gzip.compress(article_page())):
        done = subprocess.run(
            [sys.executable, "-m", "crawler", "extract", "-"],
            input=page, capture_output=True, cwd=ROOT, env=environment(), timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(b"Bridge 1 is to be mended at last\n")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"\n \t", "is empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "is no HTML page but a PDF file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is no HTML page but a PNG file"),
        (b"PK\x03\x04\x14\0", "is no HTML page but a zip file"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "is no HTML page but a binary file"),
        (gzip.compress(b"%PDF-1.7", mtime=0), "is no HTML page but a PDF file"),
        (gzip.compress(b"<p>" * 99, mtime=0)[:-3], "too early"),
    ],
)
def test_what_is_no_page(data: bytes, what: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(BadInput) as raised:
        bulk.read_page(tmp_path / "x")
    assert str(raised.value).startswith(str(tmp_path / "x"))
    assert what in str(raised.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "shift_jis"])
def test_pages_of_any_encoding_pass(encoding: str, tmp_path: Path) -> None:
    page = "<html><p>花岡町の川内線</p></html>".encode(encoding)
    (tmp_path / "x").write_bytes(page)
    assert bulk.read_page(tmp_path / "x") == page


def test_a_page_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MAX_BYTES", 1 << 20)
    for data in (bytes(2 << 20), gzip.compress(bytes(2 << 20))):
        (tmp_path / "x").write_bytes(data)
        with pytest.raises(BadInput):
            bulk.read_page(tmp_path / "x")


def test_a_page_that_is_no_article(tmp_path: Path, broadsheet: Any) -> None:
    page = tmp_path / "front.html"
    page.write_bytes(front_page(f"/story/{n}" for n in range(20)))
    done = broadsheet("extract", page, code=8)
    assert done.stderr.startswith(f"broadsheet: {page} is no article: listing (")
    assert "it links to 20 titles" in done.stderr and done.stderr.count("\n") == 1
    assert json.loads(broadsheet("extract", page, "--json").stdout)["verdict"] == "listing"


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[1]", '{"a": 1}', '{"features_sha256": "0", "trees": [1]}', "\udc89PNG"]
)
def test_what_is_no_body_model_is_said_to_be_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>text</p>")
    (tmp_path / "model").write_bytes(text.encode("utf-8", "surrogateescape"))
    done = run_broadsheet("extract", "page.html", "--model", "model", cwd=tmp_path, code=9)
    assert "model is no body model for this version: it " in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_why_names_the_recipe_that_was_used(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(article_page(1))
    rule = '[[rule]]\nhost = "example.org"\nkeep = ["body"]\n'
    (tmp_path / "rules.toml").write_text(rule)
    shipped = Path(bulk.__file__).parent / "extract" / "body-model.json"
    (tmp_path / "model.json").write_bytes(shipped.read_bytes() + b"\n")
    recipes = set()
    for words in ((), ("--engine", "trafilatura"), ("--rules", "rules.toml"), ("--model", "model.json")):
        done = run_broadsheet(
            "extract",
            "page.html",
            "--url",
            "https://example.org/a",
            "--why",
            "headline",
            "--json",
            *words,
            cwd=tmp_path,
        )
        recipes.add(json.loads(done.stdout)["read_from"]["recipe_sha256"])
    assert len(recipes) == 4


def test_a_model_is_for_the_engine_that_has_one(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>text</p>")
    done = run_broadsheet("extract", "page.html", "--model", "m", "--engine", "trafilatura", cwd=tmp_path, code=2)
    assert "--model is for --engine model" in done.stderr


@pytest.mark.parametrize("address", ["notaurl", "ftp://example.org/a", "https://", "mailto:a@b.example"])
def test_an_address_that_is_none_is_said_to_be_none(address: str, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(article_page(1))
    done = run_broadsheet("extract", tmp_path / "a.html", "--url", address, code=9)
    assert "is no http(s) address" in done.stderr
