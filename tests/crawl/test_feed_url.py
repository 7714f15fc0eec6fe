"""`broadsheet feed URL`: fetched as a crawl fetches, with what hostile servers send."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.conftest import run_process
from tests.core.feed_samples import INDEX, RSS_20, SITEMAP
from tests.crawl.site import bomb, serve

XML = {"Content-Type": "application/xml"}
ALLOWED = ("--allow-address", "loopback", "--delay", "0")


def index(*children: str) -> bytes:
    rows = "".join(f"<sitemap><loc>{child}</loc></sitemap>" for child in children)
    return f"<sitemapindex>{rows}</sitemapindex>".encode()


def test_a_feed_behind_a_redirect_and_a_coding(broadsheet: Any) -> None:
    packed = (200, {**XML, "Content-Encoding": "gzip"}, gzip.compress(RSS_20.encode()))
    with serve({"/moved": (301, {"Location": "/deep/rss"}, b""), "/deep/rss": packed}) as site:
        found = json.loads(broadsheet("feed", f"{site.url}moved", "--json", *ALLOWED).stdout)
    assert found["url"] == f"{site.url}deep/rss"
    assert [e["url"] for e in found["entries"]] == [
        "https://news.example/2026/03/first",
        f"{site.url}2026/03/second",
    ]


def test_an_index_is_followed_to_its_sitemaps(broadsheet: Any) -> None:
    pages = {
        "/sitemap.xml": (200, XML, index("/one.xml", "/two.xml.gz", "/gone.xml")),
        "/one.xml": (200, XML, SITEMAP.encode()),
        "/two.xml.gz": (200, {"Content-Type": "application/x-gzip"}, gzip.compress(SITEMAP.encode())),
    }
    with serve(pages) as site:
        done = broadsheet("feed", f"{site.url}sitemap.xml", "--follow", "--json", *ALLOWED, code=9)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["url"].removeprefix(site.url) for line in found] == ["sitemap.xml", "one.xml", "two.xml.gz"]
    assert [len(line["entries"]) for line in found] == [0, 2, 2]
    assert done.stderr == f"broadsheet: {site.url}gone.xml answers 404 (what could be read is above)\n"


def test_endless_indexes_end(broadsheet: Any) -> None:
    pages = {f"/{n}.xml": (200, XML, index(f"/{n + 1}.xml")) for n in range(9)}
    pages |= {"/a.xml": (200, XML, index("/b.xml")), "/b.xml": (200, XML, index("/a.xml"))}
    with serve(pages) as site:
        done = broadsheet("feed", f"{site.url}0.xml", "--follow", *ALLOWED, code=9)
        assert "not followed" in done.stderr
        assert site.hits == ["/0.xml", "/1.xml", "/2.xml", "/3.xml"]
        done = broadsheet("feed", f"{site.url}a.xml", "--follow", *ALLOWED, code=9)
        assert "endless loop" in done.stderr
        assert site.hits[4:] == ["/a.xml", "/b.xml"]


@pytest.mark.slow
def test_a_bomb_in_place_of_a_feed(broadsheet: Any) -> None:
    with serve({"/bomb": (200, {**XML, "Content-Encoding": "gzip"}, bomb(60))}) as site:
        done = broadsheet("feed", f"{site.url}bomb", *ALLOWED, code=24)
    assert "longer than 50 MB" in done.stderr


def test_what_a_server_may_send_instead(broadsheet: Any) -> None:
    pages = {
        "/self": (200, XML, INDEX.replace("https://news.example/old.xml", "/self").encode()),
        "/error": (500, XML, b""),
    }
    expected = {
        "self": (9, "lists itself"), "error": (27, "answers 500"), "": (9, "a web page"),
    }  # fmt: skip
    with serve(pages) as site:
        for path, (code, words) in expected.items():
            assert words in broadsheet("feed", f"{site.url}{path}", *ALLOWED, code=code).stderr
        refused = run_process("feed", f"{site.url}self")  # a process: Twisted's reactor runs once
        assert refused.returncode == 25 and "--allow-address" in refused.stderr
