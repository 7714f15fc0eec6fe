"""The commands of the crawler as a person meets them: init, add, crawl, demo, extract URL, and Scrapy's own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from archive import store
from crawler import config, tour
from tests.conftest import environment
from tests.crawl.site import GOOD_PAGES, article, serve

ROOT = Path(__file__).resolve().parents[2]
HTML = {"Content-Type": "text/html; charset=utf-8"}
QUICK = ("--allow-address", "loopback", "--delay", "0", "--quiet")


def held(folder: Path) -> int:
    with store.open_archive(folder) as archive:
        return archive.db.execute("SELECT count(*) FROM articles").fetchone()[0]


def test_init_keeps_the_contact_and_comments(tmp_path: Path, broadsheet: Any) -> None:
    broadsheet("init", tmp_path / "news")
    file = tmp_path / "news" / "sites.toml"
    file.write_text(file.read_text() + "# my own words\n")
    broadsheet("init", tmp_path / "news", "--contact", "me@example.org")
    assert config.load(tmp_path / "news").contact == "me@example.org"
    assert "# my own words" in file.read_text()
    assert "neither" in broadsheet("init", tmp_path / "news", "--contact", "nonsense", code=9).stderr


def test_a_crawl_of_the_web_asks_for_a_contact_once(tmp_path: Path, broadsheet: Any) -> None:
    broadsheet("init", tmp_path / "news")
    done = broadsheet("crawl", "https://nowhere.invalid/", "--archive", tmp_path / "news", code=11)
    assert "--contact" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_add_finds_what_a_site_lists_and_crawl_follows_it(
    tmp_path: Path, demo_server: Any, broadsheet: Any
) -> None:
    announced = demo_server(["--articles", "50"])
    courier = next(site for site in announced["sites"] if site["name"] == "courier")
    folder = tmp_path / "news"
    broadsheet("init", folder)
    done = broadsheet("add", courier["url"], "--archive", folder, "--allow-address", "loopback", "--delay", "0")
    assert "rss" in done.stdout and "sitemap" in done.stdout
    (site,) = config.load(folder).sites.values()
    assert site.delay_s == 1.0  # the delay was meant for this time
    assert {feed.rsplit("/", 1)[0] for feed in site.feeds} <= {courier["url"].rstrip("/")}
    assert len(site.feeds) >= 2
    assert held(folder) == 0
    broadsheet("crawl", site.name, "--archive", folder, *QUICK)
    assert held(folder) > 0


def test_a_host_that_does_not_resolve_and_one_that_refuses(tmp_path: Path, broadsheet: Any) -> None:
    contact = ("--contact", "me@example.org")
    done = broadsheet("crawl", "http://nowhere.invalid/", "--archive", tmp_path / "a", *QUICK, *contact, code=21)
    assert "no address" in done.stderr
    done = broadsheet("crawl", "http://127.0.0.1:9/", "--archive", tmp_path / "a", *QUICK, code=22)
    assert "no connection" in done.stderr


@pytest.mark.parametrize("word", ["ftp://example.org/", "http://", "not/a/url", "https://exa mple.org/"])
def test_an_address_that_is_none(word: str, tmp_path: Path, broadsheet: Any) -> None:
    broadsheet("init", tmp_path / "a")
    done = broadsheet("crawl", word, "--archive", tmp_path / "a", code=9)
    assert len(done.stderr.splitlines()) == 1


def test_a_second_crawl_at_once_is_turned_away(tmp_path: Path, broadsheet: Any) -> None:
    broadsheet("init", tmp_path / "a")
    with store.writer_lock(tmp_path / "a"), serve({}) as site:
        done = broadsheet("crawl", site.url, "--archive", tmp_path / "a", *QUICK, code=5)
        assert site.hits == []
    assert str(os.getpid()) in done.stderr


def test_ctrl_c_ends_in_order_and_the_next_crawl_goes_on(tmp_path: Path, broadsheet: Any) -> None:
    folder = tmp_path / "a"
    broadsheet("init", folder)
    with serve({}) as site:
        words = [sys.executable, "-m", "crawler", "crawl", site.url, "--archive", str(folder)]
        words += ["--allow-address", "loopback", "--delay", "0.3", "--quiet"]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        until = time.monotonic() + 30
        while len(site.hits) < 4 and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=30)
        assert process.returncode == 130, errors
        assert b"goes on from here" in out
        assert b"Traceback" not in errors
        broadsheet("crawl", site.url, "--archive", folder, *QUICK)
        assert held(folder) == GOOD_PAGES
        assert max(site.hits.count(path) for path in site.hits) == 1
    broadsheet("verify", "--archive", folder)


@pytest.mark.slow
def test_a_full_disk_stops_the_crawl_and_loses_nothing(tmp_path: Path, broadsheet: Any) -> None:
    """No file may grow beyond 64 KiB, which is how a full disk looks from here."""
    folder = tmp_path / "a"
    broadsheet("init", folder)
    with store.open_archive(folder, write=True) as archive:
        archive.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    random_text = "".join(f"<p>{os.urandom(3000).hex()} and so on.</p>" for _ in range(30))
    pages = {f"/large/{n}": (200, HTML, article(n, random_text)) for n in range(5)}
    with serve(pages, *pages) as site:
        words = [sys.executable, "-m", "crawler", "crawl", site.url, "--archive", str(folder), *QUICK]
        limited = ["bash", "-c", 'ulimit -f 400; exec "$@"', "-", *words]
        done = subprocess.run(limited, capture_output=True, text=True, timeout=60, env=environment(), check=False)
        assert done.returncode == 6, done.stderr
        assert "Traceback" not in done.stderr
        broadsheet("crawl", site.url, "--archive", folder, *QUICK)
    assert held(folder) >= GOOD_PAGES
    broadsheet("verify", "--archive", folder)


def test_extract_of_a_url_needs_no_archive(tmp_path: Path, broadsheet: Any) -> None:
    with serve({"/moved": (301, {"Location": "/good/3"}, b"")}) as site:
        url = f"{site.url}moved"
        done = broadsheet("extract", url, "--json", "--allow-address", "loopback", cwd=ROOT)
        record = json.loads(done.stdout)
        assert record["headline"] == "The old bridge is to be mended, part 3"
        broadsheet("extract", f"{site.url}missing", "--allow-address", "loopback", code=20)
        broadsheet("extract", url, "--contact", "me@example.org", code=25)


def test_scrapy_sees_a_project_and_crawls_with_it(tmp_path: Path, demo_server: Any, broadsheet: Any) -> None:
    announced = demo_server(["--articles", "50"])
    folder = tmp_path / "news"
    store.create(folder)
    tour.write_sites(folder, tour.demo_sites(announced))
    scrapy = [str(Path(sys.executable).parent / "scrapy")]
    variables = {**environment(), "BROADSHEET_ARCHIVE": str(folder)}

    def run(*words: str) -> str:
        done = subprocess.run(
            [*scrapy, *words], capture_output=True, text=True, cwd=ROOT, env=variables, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run("list").split() == ["news"]
    run("check")
    assert run("settings", "--get", "ROBOTSTXT_OBEY").strip() == "True"
    items = tmp_path / "items.jsonl"
    run("crawl", "news", "-a", "site=courier", "-O", str(items))
    lines = [json.loads(line) for line in items.read_text().splitlines()]
    assert len(lines) == held(folder) > 0
    assert {line["site"] for line in lines} == {"courier"}
    broadsheet("verify", "--archive", folder)


def test_the_demo_obeys_its_crawl_delay_and_one_request_at_a_time(tmp_path: Path, broadsheet: Any) -> None:
    from crawler.demo import DemoServer, Newspaper

    folder = tmp_path / "a"
    with DemoServer(Newspaper(seed=1, articles=50), log=10_000) as server:
        base = next(origin for origin in server.origins() if "sahifa" in origin)
        words = ("--allow-address", "loopback", "--quiet", "--delay", "0.01", "--archive", folder)
        broadsheet("crawl", base + "/", *words)
        hits = [hit for hit in server.hits if hit.host.startswith("sahifa")]
    assert len(hits) > 10
    assert hits[0].target == "/robots.txt"
    # Its robots.txt asks for 0.05 s between two requests; a busy machine may hand over one late, never all early.
    assert hits[-1].at - hits[1].at >= 0.05 * (len(hits) - 2) - 0.05


FEED = '<rss version="2.0"><channel><title>F</title>{}</channel></rss>'
ITEM = "<item><title>Story {0}</title><link>/good/{0}</link></item>"


def test_what_proves_to_be_a_listing_is_read_again(tmp_path: Path, broadsheet: Any) -> None:
    """A section page, and a feed that the front page links twice, show new stories in a later crawl."""
    links = "".join(f'<li><a href="/story/{n}">Something happened at place number {n}</a></li>' for n in range(12))
    section = f"<html><head><title>Sport</title></head><body><h1>Sport</h1><ul>{links}</ul></body></html>"
    home = (
        '<html><head><title>Home</title><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head>'
        '<body><a href="/feed.xml">RSS</a> <a href="/sport">Sport</a></body></html>'
    )
    pages: dict[str, Any] = {
        "/": (200, HTML, home.encode()),
        "/sport": (200, HTML, section.encode()),
        "/feed.xml": (200, {"Content-Type": "application/rss+xml"}, FEED.format(ITEM.format(1)).encode()),
    }
    folder = tmp_path / "a"
    with serve(pages) as site:
        broadsheet("crawl", site.url, "--archive", folder, *QUICK)
        assert held(folder) == 1
        more = section.replace("</ul>", '<li><a href="/good/2">A new thing happened at last</a></li></ul>')
        site.pages["/sport"] = (200, HTML, more.encode())
        new = FEED.format(ITEM.format(1) + ITEM.format(3)).encode()
        site.pages["/feed.xml"] = (200, {"Content-Type": "application/rss+xml"}, new)
        broadsheet("crawl", site.url, "--archive", folder, *QUICK)
        assert held(folder) == 3
    with store.open_archive(folder) as archive:
        kinds = dict(archive.db.execute("SELECT url, kind FROM url WHERE url NOT LIKE '%/good/%'").fetchall())
    assert {kind for url, kind in kinds.items() if url.endswith(("/sport", "/feed.xml"))} == {"section", "feed"}


@pytest.mark.slow
def test_one_page_by_name_leaves_its_site_as_it_is(tmp_path: Path, broadsheet: Any) -> None:
    folder = tmp_path / "a"
    with serve({"/broken": (500, {}, b"")}, "/broken") as site:
        broadsheet("crawl", site.url, "--archive", folder, *QUICK, code=27)
        asked = len(site.hits)
        broadsheet("crawl", f"{site.url}good/4", "--archive", folder, *QUICK)
        assert site.hits[asked:] == ["/good/4"]
    with store.open_archive(folder) as archive:
        assert archive.db.execute("SELECT homepage FROM site").fetchall() == [(site.url,)]
        (summary,) = archive.db.execute("SELECT summary FROM crawl WHERE crawl_id = 2").fetchone()
    assert json.loads(summary)["outcomes"] == {"archived": 1}


@pytest.mark.slow
def test_a_server_that_recovers_is_asked_again_at_once(tmp_path: Path, broadsheet: Any) -> None:
    folder = tmp_path / "a"
    with serve({"/robots.txt": (503, {}, b"")}) as site:
        broadsheet("crawl", site.url, "--archive", folder, *QUICK, code=None)
        assert set(site.hits) == {"/robots.txt"}
        del site.pages["/robots.txt"]
        broadsheet("crawl", site.url, "--archive", folder, *QUICK)
    assert held(folder) == GOOD_PAGES
    with serve({}) as site:
        words = ("crawl", site.url, "--archive", folder, "--delay", "0", "--quiet")
        assert "--allow-address" in broadsheet(*words, code=25).stderr
        broadsheet(*words, "--allow-address", "loopback")
