"""One bad answer costs only itself: bombs, endless pages, pages that hang extraction, refusals, loops."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from archive import store
from archive.urls import normalise
from tests.conftest import environment
from tests.crawl.site import GOOD_PAGES, PARAGRAPH, article, bomb, serve

HTML = {"Content-Type": "text/html; charset=utf-8"}
LOOPBACK = ("--allow-address", "loopback", "--delay", "0", "--quiet")


def crawl(broadsheet: Any, url: str, folder: Path, *words: str, code: int | None = 0) -> dict[str, Any]:
    done = broadsheet("crawl", url, "--archive", folder, *LOOPBACK, "--json", *words, code=code)
    return json.loads(done.stdout)


def outcomes(folder: Path) -> dict[str, str]:
    """{path: outcome of the last attempt}."""
    with store.open_archive(folder) as archive:
        rows = archive.db.execute("SELECT url, outcome FROM attempt JOIN url USING (url_id) ORDER BY attempt_id")
        return {"/" + url.split("/", 3)[3]: outcome for url, outcome in rows}


def good_articles(folder: Path) -> int:
    with store.open_archive(folder) as archive:
        return archive.db.execute("SELECT count(*) FROM articles WHERE url LIKE '%/good/%'").fetchone()[0]


def tree_memory(pid: int) -> int:
    """Bytes that a process and its descendants hold, shared pages counted once (proportional set size)."""
    total = 0
    for child in (
        Path(f"/proc/{pid}/task/{pid}/children").read_text() if Path(f"/proc/{pid}").exists() else ""
    ).split():
        total += tree_memory(int(child))
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return total + next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return total


@pytest.mark.slow
def test_a_bomb_beside_ten_good_pages(tmp_path: Path) -> None:
    coded = {**HTML, "Content-Encoding": "gzip"}
    twice = {**HTML, "Content-Encoding": "gzip, gzip"}
    layers = {**HTML, "Content-Encoding": ", ".join(["gzip"] * 9)}
    pages = {
        "/bomb": (200, coded, bomb(300)),
        "/bomb-in-bomb": (200, twice, __import__("gzip").compress(bomb(300))),
        "/layers": (200, layers, bomb(1)),
    }
    folder = tmp_path / "a"
    with serve(pages, *pages) as site:
        command = [sys.executable, "-m", "crawler", "crawl", site.url, "--archive", str(folder), *LOOPBACK]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        peak, done = 0, threading.Event()

        def watch() -> None:
            nonlocal peak
            while not done.wait(0.05):
                peak = max(peak, tree_memory(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        _, errors = process.communicate(timeout=90)
        done.set()
        watcher.join()
    assert process.returncode == 28, errors.decode()  # archived, but not read
    assert good_articles(folder) == GOOD_PAGES
    assert {outcomes(folder)[path] for path in pages} == {"archived"}
    assert peak < 600 * 2**20


@pytest.mark.slow
def test_a_page_of_100_mb_is_cut_and_named(tmp_path: Path, broadsheet: Any) -> None:
    pages = {"/large": (200, HTML, article(1, PARAGRAPH * 950_000))}
    broadsheet("init", tmp_path / "a")
    with serve(pages, *pages) as site:
        done = broadsheet("crawl", site.url, "--archive", tmp_path / "a", *LOOPBACK, code=24)
    assert len(done.stderr.strip().splitlines()) == 1
    assert "/large" in done.stderr and "larger than the limit" in done.stderr
    assert outcomes(tmp_path / "a")["/large"] == "too-large"
    assert good_articles(tmp_path / "a") == GOOD_PAGES
    broadsheet("verify", "--archive", tmp_path / "a")


def test_a_refusal_a_server_error_and_a_recovery(tmp_path: Path, broadsheet: Any) -> None:
    pages = {
        "/forbidden": (403, HTML, b"no"),
        "/gone": (410, HTML, b"gone"),
        "/broken": (500, HTML, b"broken"),
        "/teapot": (418, HTML, b"teapot"),
    }
    with serve(pages, *pages, "/missing") as site:
        summary = crawl(broadsheet, site.url, tmp_path / "a", code=20)
        assert site.hits.count("/broken") == 3
        assert site.hits.count("/forbidden") == 1
        site.pages["/broken"] = (200, HTML, article(99))
        site.pages["/forbidden"] = (200, HTML, article(98))
        again = crawl(broadsheet, site.url, tmp_path / "a", code=27)
    assert summary["failed"] == {"refused": 1, "server-error": 1, "http-error": 1}
    assert summary["gone"] == 2 + 2  # /gone, /missing; robots.txt and tdmrep.json
    assert summary["requested"] == sum(summary["outcomes"].values())
    assert again["failed"] == {"http-error": 1}
    assert again["articles"] == 2


def test_redirects_are_followed_kept_in_scope_and_end(tmp_path: Path, broadsheet: Any) -> None:
    pages: dict[str, Any] = {
        "/r1": (301, {"Location": "/r2"}, b""),
        "/r2": (302, {"Location": "good/3?utm_source=x"}, b""),
        "/loop": (302, {"Location": "/loop?again"}, b""),
        "/loop?again": (302, {"Location": "/loop"}, b""),
        "/foreign": (302, {"Location": "http://elsewhere.invalid/"}, b""),
        "/internal": (302, {"Location": "http://10.1.2.3/admin"}, b""),
        "/file": (302, {"Location": "file:///etc/passwd"}, b""),
    }
    pages |= {f"/chain{n}": (302, {"Location": f"/chain{n + 1}"}, b"") for n in range(15)}
    with serve(pages, "/r1", "/loop", "/foreign", "/internal", "/file", "/chain0") as site:
        crawl(broadsheet, site.url, tmp_path / "a")
        assert max(site.hits.count(path) for path in site.hits) == 1
    found = outcomes(tmp_path / "a")
    assert found["/r2"] == found["/loop"] == found["/foreign"] == found["/file"] == "redirect"
    assert "/chain10" in found and "/chain11" not in found
    with store.open_archive(tmp_path / "a") as archive:
        rows = dict(archive.db.execute("SELECT url, excluded_by FROM url WHERE state = 'excluded'").fetchall())
    assert rows["http://elsewhere.invalid/"] == "scope"
    assert rows["http://10.1.2.3/admin"] == "scope"


NOTATIONS = (
    "127.0.0.1",
    "2130706433",
    "0x7f000001",
    "127.1",
    "0",
    "localhost",
    "[::ffff:127.0.0.1]",
    "a.localhost",
)


def test_no_notation_of_a_private_address_is_connected_to(tmp_path: Path, broadsheet: Any) -> None:
    folder, quick = tmp_path / "a", ("--delay", "0", "--quiet", "--contact", "a@b.example")
    with serve({}) as site:
        urls = [site.url.replace("127.0.0.1", notation) for notation in NOTATIONS]
        done = broadsheet("crawl", *urls, "--archive", folder, *quick, code=25)
        assert site.hits == []
    assert "--allow-address loopback" in done.stderr
    with store.open_archive(folder) as archive:
        sql = "SELECT url, outcome FROM attempt JOIN url USING (url_id) WHERE kind = 'front'"
        fronts = dict(archive.db.execute(sql).fetchall())
    assert fronts == {normalise(url): "blocked" for url in urls}


def test_a_page_that_takes_too_long_costs_only_itself(tmp_path: Path, broadsheet: Any) -> None:
    """Reading stops at the deadline, which this page would pass; the raw page and the others are kept."""
    endless = article(0, "<p>" + "<a href='/x'>l</a> <b>a</b> " * 500_000 + "</p>")
    pages = {"/slow": (200, HTML, endless)}
    folder = tmp_path / "a"
    with serve(pages, *pages) as site:
        done = broadsheet("crawl", site.url, "--archive", folder, *LOOPBACK, "--deadline", "1", code=28)
    assert "could not be read: 1" in done.stderr
    assert good_articles(folder) == GOOD_PAGES
    assert outcomes(folder)["/slow"] == "archived"
    with store.open_archive(folder) as archive:
        (error,) = archive.db.execute(
            "SELECT extraction_error FROM capture JOIN url USING (url_id) WHERE url LIKE '%/slow'"
        ).fetchone()
    assert "took longer than 1 s" in error
    broadsheet("verify", "--archive", folder)


@pytest.mark.slow
def test_an_old_robots_txt_is_asked_for_in_full(tmp_path: Path, broadsheet: Any) -> None:
    """A 304 would not say what the rules are; and rules that have changed are obeyed at once."""
    rules = {"Content-Type": "text/plain", "ETag": '"1"', "Last-Modified": "Mon, 02 Mar 2026 10:00:00 GMT"}
    pages = {"/robots.txt": (200, rules, b"User-agent: *\nDisallow: /good/1\n")}
    folder = tmp_path / "a"
    with serve(pages) as site:
        crawl(broadsheet, site.url, folder)
        assert "/good/1" not in site.hits
        with store.open_archive(folder, write=True) as archive:
            archive.db.execute("UPDATE robots SET fetched_at = '2026-01-01T00:00:00Z'")
        site.pages["/robots.txt"] = (200, rules, b"User-agent: *\nDisallow: /good/2\n")
        crawl(broadsheet, site.url, folder)
        assert site.hits.count("/robots.txt") == 2
        assert site.hits.count("/good/1") == 1
    assert "/robots.txt" in outcomes(folder)


def test_all_forbidden_says_so(tmp_path: Path, broadsheet: Any) -> None:
    with serve({"/robots.txt": (200, {}, b"User-agent: *\nDisallow: /\n")}) as site:
        done = broadsheet("crawl", site.url, "--archive", tmp_path / "a", *LOOPBACK, code=26)
        assert site.hits == ["/robots.txt"]
    assert "disallows" in done.stderr
