"""A site whose pages share what no rule knows: crawled, learnt, shown, overruled; and docs/furniture.md at its word."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive import store
from tests.conftest import run_broadsheet
from tests.crawl.site import serve

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "furniture.md").read_text(encoding="utf-8")
HTML = {"Content-Type": "text/html; charset=utf-8"}
QUICK = ("--allow-address", "loopback", "--delay", "0", "--quiet")
APPEAL = (
    "Our reporters are out in every weather; a small gift each month keeps their boots dry and the presses warm."
)
HOURS = "The counter in Quay Street is open from eight to noon, and on market days until four."
OFFICE = "The harbour office was closed on Monday."
ARTICLES = 8


def page(number: int, *tail: str) -> bytes:
    """A dated article that nobody else's is like; the tail stands in the same element as its text."""
    own = [
        f"In report {number} the harbour board of town {number} said in part {n} what it thinks of quay {number * n}."
        for n in range(1, 9)
    ]
    if number < 2:
        own.insert(4, OFFICE)
    body = "".join(f"<p>{text}</p>" for text in (*own, *tail))
    return (
        f'<!doctype html><html lang="en"><head><title>Quay {number} is full</title><meta property="og:type" '
        'content="article"><meta property="article:published_time" content="2026-03-01T09:00:00+01:00"></head>'
        f"<body><article><h1>Quay {number} is full of herring</h1>{body}</article></body></html>"
    ).encode()


GONE = (
    b'<html><head><title>Not here</title><meta property="og:type" content="article"></head><body>'
    b"<article><h1>Not here any more</h1><p>There is nothing at this "
    b"address. It may have been moved, or it was never here; the front page has all that is new, and the search may "
    b"find the rest of what you were looking for in our pages.</p></article></body></html>"
)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Any]]:
    """(the folder that holds the archive `news`, the server)"""
    folder = tmp_path_factory.mktemp("furniture")
    pages = {f"/quay/{n}": (200, HTML, page(n, HOURS, APPEAL)) for n in range(ARTICLES)}
    pages |= {f"/old/{n}/page": (200, HTML, GONE) for n in range(4)}
    links = "".join(f'<li><a href="{path}">Read what stands at {path}</a></li>' for path in pages)
    pages["/"] = (
        200,
        HTML,
        f"<html><head><title>Gazette</title></head><body><ul>{links}</ul></body></html>".encode(),
    )
    with serve(pages) as server:
        run_broadsheet("init", folder / "news")
        sites = folder / "news" / "sites.toml"
        sites.write_text(f'{sites.read_text()}\n[sites.gazette]\nurl = "{server.url}"\n', encoding="utf-8")
        run_broadsheet("crawl", "--now", "--archive", folder / "news", *QUICK)
        yield folder, server


def listed(folder: Path, *words: str) -> dict[str, dict[str, Any]]:
    done = run_broadsheet("furniture", "gazette", "--archive", folder / "news", "--json", *words)
    return {record["text"]: record for record in map(json.loads, done.stdout.splitlines())}


def with_line(folder: Path, text: str) -> int:
    with store.open_archive(folder / "news") as archive:
        return archive.db.execute(
            "SELECT count(*) FROM articles WHERE instr(article_body, ?)", (text,)
        ).fetchone()[0]


def test_a_crawl_learns_when_it_ends(crawled: tuple[Path, Any]) -> None:
    folder, _ = crawled
    found = listed(folder)
    assert set(found) == {APPEAL, HOURS}
    assert {(r["articles"], r["of_articles"], r["decided"]) for r in found.values()} == {(8, 8, "learnt")}
    assert with_line(folder, APPEAL) == with_line(folder, HOURS) == 0
    assert with_line(folder, "harbour board") == ARTICLES
    with store.open_archive(folder / "news") as archive:
        assert store.integrity(archive.db) == []
        assert archive.db.execute("SELECT count(*) FROM articles").fetchone() == (ARTICLES,)
        verdicts = archive.db.execute(
            "SELECT verdict FROM capture JOIN url USING (url_id) WHERE url LIKE '%/old/%'"
        ).fetchall()
    assert verdicts == [("soft-404",)] * 4
    run_broadsheet("verify", "--archive", folder / "news")


def test_crawling_again_makes_no_new_version(crawled: tuple[Path, Any]) -> None:
    folder, server = crawled
    address = f"{server.url}quay/1"
    summary = json.loads(run_broadsheet("crawl", address, "--archive", folder / "news", *QUICK, "--json").stdout)
    assert (summary["archived"], summary["articles"], summary["new_versions"]) == (1, 0, 0)
    old = f"{server.url}old/1/page"
    run_broadsheet("crawl", old, "--archive", folder / "news", *QUICK)
    assert with_line(folder, "nothing at this address") == 0


def test_what_is_removed_is_shown_with_its_reason(crawled: tuple[Path, Any]) -> None:
    folder, server = crawled
    shown = run_broadsheet("show", f"{server.url}quay/3", "--archive", folder / "news", "--removed").stdout
    text, _, removed = shown.partition("-- removed from the page --")
    assert "presses" not in text
    assert "[recurs on 8 pages of this site] Our reporters" in " ".join(removed.split())


def test_a_person_overrules_it(crawled: tuple[Path, Any]) -> None:
    folder, _ = crawled
    appeal = str(listed(folder)[APPEAL]["furniture_id"])
    done = run_broadsheet("furniture", "gazette", "--archive", folder / "news", "--keep", appeal)
    assert "8 articles read differently now" in done.stderr
    assert "keep: a person says that it is text" in done.stdout
    assert with_line(folder, APPEAL) == ARTICLES
    assert with_line(folder, HOURS) == 0
    run_broadsheet("furniture", "gazette", "--archive", folder / "news", "--learn")
    assert with_line(folder, APPEAL) == ARTICLES  # learning does not overrule a person

    stays = listed(folder, "--all")[OFFICE]
    assert (stays["furniture_id"], stays["articles"], stays["decided"]) == (None, 2, "stays")
    run_broadsheet("furniture", "gazette", "--archive", folder / "news", "--drop-text", OFFICE.upper())
    assert with_line(folder, OFFICE) == 0
    office = listed(folder)[OFFICE]
    assert (office["articles"], office["decided"]) == (2, "drop")

    both = f"{appeal},{office['furniture_id']}"
    run_broadsheet("furniture", "gazette", "--archive", folder / "news", "--undo", both)
    assert set(listed(folder)) == {APPEAL, HOURS}
    assert (with_line(folder, APPEAL), with_line(folder, OFFICE)) == (0, 2)


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (["nosuch"], 8, "no site is called 'nosuch'"),
        (["nosuch", "--keep", "1"], 8, "no site is called 'nosuch'"),
        (["gazette", "--keep", "4711"], 8, "has no furniture 4711"),
        (["gazette", "--drop", "99999999999999999999"], 9, "no number of a line"),
        (["gazette", "--keep", "one"], 9, "one is no number"),
        (["gazette", "--keep", "1", "--drop", "1"], 9, "furniture 1 is named twice"),
        (["gazette", "--drop-text", "***"], 9, "one line with a word"),
        (["gazette", "--drop-text", "two\nlines"], 9, "one line with a word"),
    ],
)
def test_mistakes_are_one_line(crawled: tuple[Path, Any], words: list[str], code: int, what: str) -> None:
    folder, _ = crawled
    before = listed(folder)
    done = run_broadsheet("furniture", *words, "--archive", folder / "news", code=code)
    assert what in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert listed(folder) == before


def test_a_decision_waits_for_no_crawl(crawled: tuple[Path, Any]) -> None:
    folder, _ = crawled
    with store.writer_lock(folder / "news"):
        done = run_broadsheet("furniture", "gazette", "--archive", folder / "news", "--keep", "1", code=5)
        assert len(done.stderr.splitlines()) == 1
        assert len(listed(folder)) == 2  # looking is free


def test_the_document_is_at_its_word(crawled: tuple[Path, Any], tmp_path: Path) -> None:
    folder, _ = crawled
    source = folder / "news"
    with store.writer_lock(source):
        copy = sqlite3.connect(source / "archive.db")
        (tmp_path / "news" / "warc").mkdir(parents=True)
        copy.execute("VACUUM INTO ?", (str(tmp_path / "news" / "archive.db"),))
        copy.close()
    for n in range(4):
        (tmp_path / f"{n}.html").write_bytes(page(n, APPEAL))
    lines = [{"id": n, "url": f"https://www.example.org/{n}", "page": f"{n}.html"} for n in range(4)]
    (tmp_path / "index.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    commands = [shlex.split(line) for line in re.findall(r"(?m)^\$ scripts/run (.*)$", DOCUMENT)]
    assert len(commands) == 8
    printed = [run_broadsheet(*words, cwd=tmp_path).stdout for words in commands]
    example = re.search(r"(?ms)^\$ scripts/run furniture gazette --archive news\n(.*?)\n\n2 lines recur", DOCUMENT)
    assert example
    shown = re.sub(r"article \d+", "article 1", printed[0]).strip("\n")
    assert sorted(shown.replace("     2", "     1").split("\n\n")) == sorted(
        example[1].replace("     2", "     1").split("\n\n")
    )
    records = [json.loads(line) for line in printed[-1].splitlines()]
    assert [r["removed"][-1]["reason"] for r in records] == ["recurs on 4 pages of this site"] * 4
    connection = sqlite3.connect(tmp_path / "news" / "archive.db")
    queries = re.findall(r"(?s)```sql\n(.*?)```", DOCUMENT)
    assert len(queries) == 3
    for query in queries:
        assert connection.execute(query).fetchall(), query
    connection.close()
