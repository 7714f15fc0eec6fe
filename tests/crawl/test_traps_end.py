"""Traps end: a site that makes links for as long as somebody follows them, and how many pages of each are fetched."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from archive import store
from tests.crawl.site import Handler, Site, article

HTML = {"Content-Type": "text/html; charset=utf-8"}
TODAY = datetime.now(UTC).date()
NOVELTY = count()
MOST = 12  # max_variants
DEPTH = 1000  # so that it is not the depth that ends them
pytestmark = pytest.mark.slow  # tests/core/test_traps.py has the rules one by one


def listing(*links: str) -> bytes:
    items = "".join(f'<li><a href="{link}">Another page, at {link}</a></li>' for link in links)
    return f"<html><head><title>Pages</title></head><body><ul>{items}</ul></body></html>".encode()


def trap(path: str) -> bytes | None:
    """The page at a path of the endless site."""
    place, _, query = path.partition("?")
    if place == "/":
        month = f"{TODAY:%Y/%m}"
        return listing(
            f"/events/{month}/", f"/diary?date={TODAY}", "/s?id=1", "/list?view=1", "/deep/a/", "/story/1?from=0",
            "/shop;jsessionid=" + "0" * 32, *(f"/article.php?id={n}" for n in range(2 * MOST)),
        )  # fmt: skip
    if place.startswith("/events/"):
        year, month = (int(part) for part in place.split("/")[2:4])
        earlier = f"{year - (month == 1)}/{(month - 2) % 12 + 1:02}"
        later = f"{year + (month == 12)}/{month % 12 + 1:02}"
        return listing(f"/events/{earlier}/", f"/events/{later}/")
    if place == "/diary":
        day = datetime.fromisoformat(query.removeprefix("date=")).date()
        return listing(f"/diary?date={day - timedelta(days=1)}", f"/diary?date={day + timedelta(days=1)}")
    fresh = f"{next(NOVELTY):032x}"  # of each answer
    if place == "/s":
        return listing(f"/s?id=1&PHPSESSID={fresh}", f"/s?sid={fresh}&id=1", "/s?id=1&utm_content=" + fresh)
    if place == "/shop":
        return listing(f"/shop;jsessionid={fresh}", f"/shop?jsessionid={fresh}")
    if place == "/list":
        view = int(query.removeprefix("view="))
        return listing(*(f"/list?view={view + n}" for n in range(1, 5)))
    if place.startswith("/deep/"):
        return listing("a/", "b/a/", "./")  # relative to itself
    if place == "/story/1":
        links = "".join(
            f'<p><a href="/story/1?from={int(query[5:] or 0) * 3 + n}">Again</a></p>' for n in range(1, 4)
        )
        return (
            article(1)
            .replace(b"<head>", b'<head><link rel="canonical" href="/story/1">')
            .replace(b"</article>", links.encode() + b"</article>")
        )
    if place == "/article.php":
        number = int(query.removeprefix("id="))
        return article(number).replace(
            b"<p>The council", f"<p>Report {number}, on matter {number}. The council".encode(), 1
        )
    return None


class EndlessHandler(Handler):
    def do_GET(self) -> None:
        body = trap(self.path)
        if body is not None:
            self.server.pages[self.path] = (200, HTML, body)
        super().do_GET()


@contextmanager
def endless() -> Iterator[Site]:
    site = Site({})
    site.RequestHandlerClass = EndlessHandler
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join()


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory, broadsheet: Any) -> tuple[Path, list[str], dict[str, Any]]:
    """The archive after two crawls; what the first asked for, and its summary."""
    folder = tmp_path_factory.mktemp("traps") / "a"
    broadsheet("init", folder, "--contact", "a@b.example")
    with endless() as site:
        with (folder / "sites.toml").open("a") as f:
            f.write(f'\n[sites.a]\nurl = "{site.url}"\nmax_variants = {MOST}\nmax_depth = {DEPTH}\n')
        quick = ("--allow-address", "loopback", "--delay", "0", "--quiet", "--json")
        done = broadsheet("crawl", "--archive", folder, *quick, timeout=300)
        hits = list(site.hits)
        broadsheet("crawl", "--archive", folder, "--now", *quick, timeout=300)
        return folder, hits, json.loads(done.stdout)


def fetched(hits: list[str], begins: str) -> list[str]:
    return [hit for hit in hits if hit.startswith(begins)]


def test_the_crawl_ends_by_itself(crawled: tuple[Path, list[str], dict[str, Any]]) -> None:
    _, hits, summary = crawled
    assert summary["finish_reason"] == "finished"
    assert summary["excluded"].keys() == {"trap"}
    assert max(Counter(hits).values()) == 1
    assert len(hits) < 150


def test_calendars_end_in_both_directions(crawled: tuple[Path, list[str], dict[str, Any]]) -> None:
    _, hits, _ = crawled
    months = sorted(re.findall(r"/events/(\d{4}/\d\d)/", " ".join(hits)))
    assert months[-1] <= f"{TODAY + timedelta(days=32):%Y/%m}"
    assert MOST <= len(months) <= MOST + 4  # those of the last month and the next are beside the count
    days = sorted(hit[len("/diary?date=") :] for hit in fetched(hits, "/diary"))
    # Those about today are always followed (a crawl may go over midnight), and here are more of them than there may be.
    assert days[0] in {str(TODAY - timedelta(days=n)) for n in (30, 31)}
    assert days[-1] in {str(TODAY + timedelta(days=n)) for n in (31, 32)}
    assert len(days) in (62, 63, 64)


def test_session_ids_and_tracking_make_no_new_page(crawled: tuple[Path, list[str], dict[str, Any]]) -> None:
    _, hits, _ = crawled
    assert fetched(hits, "/s?") == ["/s?id=1"]
    assert fetched(hits, "/shop") == ["/shop"]


def test_endless_queries_end(crawled: tuple[Path, list[str], dict[str, Any]]) -> None:
    _, hits, _ = crawled
    assert len(fetched(hits, "/list?")) == MOST


def test_repeated_segments_end(crawled: tuple[Path, list[str], dict[str, Any]]) -> None:
    _, hits, _ = crawled
    assert 1 <= len(fetched(hits, "/deep/")) <= 8


def test_one_article_under_many_addresses_is_one_article(crawled: tuple[Path, list[str], dict[str, Any]]) -> None:
    folder, hits, _ = crawled
    assert 1 < len(fetched(hits, "/story/1")) <= MOST + 1
    with store.open_archive(folder) as archive:
        rows = archive.db.execute("SELECT url, versions FROM articles WHERE url LIKE '%/story/1%'").fetchall()
        assert [(url.split("/", 3)[3], versions) for url, versions in rows] == [("story/1", 1)]


def test_articles_that_differ_by_their_query_are_no_trap(crawled: tuple[Path, list[str], dict[str, Any]]) -> None:
    """More of them than there may be variants are found at once; as they prove to be articles, the rest follows."""
    folder, hits, _ = crawled
    assert len(fetched(hits, "/article.php?")) == MOST
    with store.open_archive(folder) as archive:
        sql = "SELECT count(*) FROM articles WHERE url LIKE '%/article.php?%'"
        assert archive.db.execute(sql).fetchone()[0] == 2 * MOST
