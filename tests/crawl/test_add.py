"""`broadsheet add`: what a site offers is found, tried, and written so that a person can read and edit it."""

from __future__ import annotations

import json
import tomllib
from contextlib import ExitStack, nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from archive import store
from archive.errors import ArchiveLocked
from archive.model import Found, Outcome, PageKind
from archive.store.lookups import dismiss
from archive.store.offers import Offer
from crawler import add as adding
from crawler import config
from crawler.config import Site
from crawler.demo import DemoServer, Newspaper
from crawler.discovery import sift
from crawler.run import Chosen
from tests.conftest import run_broadsheet
from tests.crawl.site import GOOD_PAGES, article, serve

LOOPBACK = ("--allow-address", "loopback")
XML = {"Content-Type": "application/xml"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


def feed(*paths: str, date: str = "Mon, 16 Mar 2026 08:00:00 GMT") -> bytes:
    items = "".join(f"<item><link>{path}</link><pubDate>{date}</pubDate></item>" for path in paths)
    return f"<rss version='2.0'><channel><title>Gazette</title>{items}</channel></rss>".encode()


def listing(*paths: str) -> bytes:
    rows = "".join(f'<li><a href="{path}">The story that is told at {path}</a></li>' for path in paths)
    return f"<html><head><title>News</title></head><body><h1>News</h1><ul>{rows}</ul></body></html>".encode()


def known(folder: Path, url: str) -> None:
    """An archive that knows the site already, and that nobody need be polite to it."""
    run_broadsheet("init", folder)
    config.add_sites(folder, [Site(config.site_name(url), url, delay_s=0.0, allow_addresses=("loopback",))])
    text = (folder / config.FILE).read_text()
    (folder / config.FILE).write_text(text.replace('\nurl = "', '\n# my own comment\nurl = "'))


@pytest.mark.slow
def test_every_publisher_of_the_demo_newspaper(tmp_path: Path, broadsheet: Any) -> None:
    """All listings that it has are found, but for one of two feeds with the same entries."""
    newspaper = Newspaper(articles=300)
    folder = tmp_path / "news"
    broadsheet("init", folder)
    with DemoServer(newspaper) as server:
        fronts = server.origins()
        done = broadsheet("add", *fronts, "--archive", folder, *LOOPBACK, "--delay", "0", "--json", timeout=180)
        expected = set(newspaper.listing_urls(server.port))
    sites = config.load(folder).sites.values()
    written = {url for site in sites for url in (site.url, *site.feeds, *site.sections)}
    left_out = {e["url"]: e["reason"] for line in done.stdout.splitlines() for e in json.loads(line)["left_out"]}
    assert expected <= written | left_out.keys()
    assert {url.rpartition("/")[2] for url in written - expected} == {"news-sitemap.xml"}  # named by robots.txt
    assert len(left_out) == 1 and "same entries" in next(iter(left_out.values()))
    assert {len(site.sections) for site in sites} == {7}
    assert {site.title for site in sites} == {each.title for each in newspaper.publishers}
    text = (folder / config.FILE).read_text()
    assert text.count(", newest 2026-03-16") >= 8 and " # sitemap-index, 2 sitemaps" in text


@pytest.mark.slow
def test_a_site_without_any_feed_works_by_its_sections(tmp_path: Path, broadsheet: Any) -> None:
    folder = tmp_path / "news"
    stories = [f"/2026/03/story-{n}" for n in range(6)]
    front = listing("/politics", "/sport/", "/about-us", "/tag/bridge", "/fruit", *stories[:2])
    pages = {path: (200, HTML, article(n)) for n, path in enumerate(stories)}
    pages |= {
        "/": (200, HTML, front),
        "/politics": (200, HTML, listing("/", "/sport/", *stories[:4])),
        "/sport/": (200, HTML, listing("/", "/politics", *stories[4:])),
        "/tag/bridge": (200, HTML, listing(*stories)),
        "/fruit": (200, HTML, article(9)),
    }
    with serve(pages) as site:
        known(folder, site.url)
        done = broadsheet("add", site.url, "--archive", folder, *LOOPBACK)
        (entry,) = config.load(folder).sites.values()
        assert (entry.feeds, entry.sections) == ((), (f"{site.url}politics", f"{site.url}sport/"))
        assert "the crawl follows its section pages" in done.stdout
        broadsheet("crawl", "--archive", folder, "--delay", "0", "--depth", "1", "--quiet", *LOOPBACK)
        with store.open_archive(folder) as archive:
            held = {url.removeprefix(site.url) for (url,) in archive.db.execute("SELECT url FROM articles")}
            rows = archive.db.execute(
                "SELECT url, depth, next_visit IS NOT NULL FROM url WHERE kind = 'section' ORDER BY url"
            ).fetchall()
        assert {path.removeprefix("/") for path in stories} <= held
        assert rows[:2] == [(f"{site.url}politics", 0, 1), (f"{site.url}sport/", 0, 1)]


@pytest.mark.slow
def test_duplicates_and_the_dead_are_left_out_and_comments_stay(tmp_path: Path, broadsheet: Any) -> None:
    folder = tmp_path / "news"
    good = [f"/good/{n}" for n in range(GOOD_PAGES)]
    pages = {
        "/feed": (200, XML, feed(*good)),
        "/rss.xml": (200, XML, feed(*good)),
        "/atom.xml": (200, XML, feed("/good/1", date="Mon, 16 Mar 2015 08:00:00 GMT")),
        "/index.xml": (200, XML, feed("https://ads.example/1", "https://ads.example/2")),
        "/feed.json": (200, HTML, b"<html>no feed</html>"),
        "/sitemap.xml": (200, XML, b"<urlset><url><loc>/good/1"),
    }
    path = folder / config.FILE
    with serve(pages) as site:
        known(folder, site.url)
        before = path.read_text()
        dry = broadsheet("add", site.url, "--archive", folder, "--dry-run", *LOOPBACK)
        (entry,) = tomllib.loads(dry.stdout)["sites"].values()
        assert entry["feeds"] == [f"{site.url}feed"]
        assert path.read_text() == before and not list((folder / "warc").iterdir())
        done = broadsheet("add", site.url, "--archive", folder, *LOOPBACK)
        assert f'    "{site.url}feed", # rss, 10 entries, newest 2026-03-16\n' in path.read_text()
        assert path.read_text().count("# my own comment") == 1
        for words in ("same entries as", "dead: its newest entry is of 2015-03-16", "lies on other hosts"):
            assert words in done.stdout
        edited = path.read_text().replace("# rss, 10 entries", "# mine; not the other one. rss, 10 entries")
        path.write_text("# my own file\n" + edited)
        before = path.read_text()
        broadsheet("add", site.url, "--archive", folder, *LOOPBACK)
        assert path.read_text() == before
        site.pages["/news-sitemap.xml"] = (200, XML, b"<urlset><url><loc>/good/1</loc></url></urlset>")
        broadsheet("add", site.url, "--archive", folder, *LOOPBACK)
        after = path.read_text()
    new = f'    "{site.url}news-sitemap.xml", # sitemap, 1 entry\n'
    assert new in after and after.replace(new, "") == before


def test_entries_of_people_are_extended_not_rewritten(tmp_path: Path) -> None:
    path = tmp_path / config.FILE
    path.write_text(
        '[sites.a]  # one\nurl = "https://a.example/"\nfeeds = ["https://a.example/1"]  # the first\n'
        "delay_s = 2.0  # slow\n"
    )
    site = Site("a", "https://a.example/", feeds=("https://a.example/1", "https://a.example/2"))
    config.add_sites(tmp_path, [site], {"https://a.example/2": "rss, 3 entries"})
    text = path.read_text()
    assert "# one" in text and "# the first" in text and "# slow" in text
    assert '"https://a.example/2", # rss, 3 entries' in text
    assert config.load(tmp_path).sites["a"].feeds == site.feeds
    config.add_sites(tmp_path, [Site("a", "https://a.example/", sections=("https://a.example/s",))])
    assert config.load(tmp_path).sites["a"].sections == ("https://a.example/s",)
    assert config.add_sites(tmp_path, [site]) == []


def offer(url: str, kind: str = "rss", dates: int = 0, listed: tuple[int, ...] = (), **facts: Any) -> Offer:
    given: dict[str, Any] = {"title": None, "entries": len(listed), "foreign": 0, "newest": None}
    return Offer(f"https://a.example/{url}", kind, dates=dates, listed=frozenset(listed), **(given | facts))


@pytest.mark.parametrize(
    ("offers", "named", "kept"),
    [
        ([offer("rss", dates=2, listed=(1, 2)), offer("atom", "atom", 4, (1, 2))], (), ["atom"]),
        ([offer("rss", dates=2, listed=(1, 2)), offer("atom", "atom", 4, (1, 2))], ("rss",), ["rss"]),
        ([offer("rss", dates=2, listed=(1, 2)), offer("atom", "atom", 4, (1, 2))], ("rss", "atom"), ["rss", "atom"]),
        ([offer("rss", listed=(1, 2)), offer("rss2", listed=(1, 3))], (), ["rss", "rss2"]),
        ([offer("rss", listed=(1,), newest="2024-01-01")], (), []),
        ([offer("rss", listed=(1,), newest="2024-01-01")], ("rss",), ["rss"]),
        ([offer("map", "sitemap", listed=(1,), newest="2024-01-01")], (), ["map"]),
        ([offer("rss", listed=(1, 2), foreign=1)], (), ["rss"]),
        ([offer("rss", listed=(1, 2), foreign=2)], (), []),
        ([offer("politics", "section", listed=(1, 2)), offer("policies", "section", listed=(1, 2))], (), ["politics"]),
        ([offer("author/jane", "section", listed=(1, 2)), offer("2026/03/a-b-c", "section", listed=(1, 3))], (), []),
    ],
)  # fmt: skip
def test_what_is_worth_following(offers: list[Offer], named: tuple[str, ...], kept: list[str]) -> None:
    stay, left = sift(offers, date(2026, 3, 16), frozenset(f"https://a.example/{name}" for name in named))
    assert [each.url.removeprefix("https://a.example/") for each in stay] == kept
    assert len(stay) + len(left) == len(offers) and all(each.reason for each in left)


def probed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *urls: str, other: Any = nullcontext
) -> list[list[Site]]:
    """What `add` looks at of these addresses; nothing is fetched. `other` begins when the crawl has ended."""
    asked: list[list[Site]] = []
    holding = ExitStack()

    def crawl(_: Path, chosen: Chosen, **__: Any) -> None:
        asked.append(list(chosen.sites))
        holding.enter_context(other(folder))

    monkeypatch.setattr(adding, "crawl", crawl)
    monkeypatch.setattr(adding, "failure", lambda _: None)
    with holding:
        adding.add_sites(folder, urls, contact="a@b.example", allow=())
    return asked


def test_what_is_no_front_page_is_not_added_and_named(tmp_path: Path, broadsheet: Any) -> None:
    folder, quick = tmp_path / "news", (*LOOPBACK, "--delay", "0")
    broadsheet("init", folder, "--contact", "me@example.org")
    gone = {"/": (404, HTML, b"nothing")}
    closed = {"/robots.txt": (200, {}, b"User-agent: *\nDisallow: /\n")}
    failing = {"/": (500, HTML, b"")}
    listing_feed = {"/news.rss": (200, XML, feed("/good/1"))}
    expected = {
        "it answers 404 (check the address)": (gone, 20),
        "disallows /": (closed, 26),
        "news.rss is a feed (name the front page, it is found from there: ": (listing_feed, 9),
    }
    for words, (pages, code) in expected.items():
        with serve(pages) as site:
            path = "news.rss" if pages is listing_feed else ""
            done = broadsheet("add", site.url + path, "--archive", folder, *quick, code=code)
        assert words in done.stderr and done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
    with serve(failing) as bad, serve({}) as good:
        done = broadsheet("add", bad.url, good.url, good.url, "--archive", folder, *quick, code=27)
    assert "the server failed: answers 500" in done.stderr and len(done.stderr.splitlines()) == 1
    assert list(config.load(folder).sites) == [config.site_name(good.url)]
    assert done.stdout.count(good.url) == 1


def test_a_site_that_is_followed_is_not_added_under_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_broadsheet("init", tmp_path)
    followed = Site("guardian", "https://www.example.org/", hosts=("media.example.net",), delay_s=3.0)
    config.add_sites(tmp_path, [followed])
    urls = ("https://example.org", "www.example.org/uk", "media.example.net", "example.com", "www.example.com")
    (sites,) = probed(tmp_path, monkeypatch, *urls)
    assert sites == [followed, Site("example-com", "https://example.com/")]
    assert list(config.load(tmp_path).sites) == ["guardian", "example-com"]


def test_guesses_are_dismissed_under_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_broadsheet("init", tmp_path)
    with pytest.raises(ArchiveLocked):
        probed(tmp_path, monkeypatch, "https://example.org", other=store.writer_lock)
    assert not list((tmp_path / "warc").iterdir())


def test_only_guesses_that_were_tried_are_dismissed(tmp_path: Path) -> None:
    store.create(tmp_path)
    tried, waiting = "https://example.org/feed", "https://example.org/rss"
    with store.open_archive(tmp_path, write=True) as archive:
        site_id = store.add_site(archive.db, "a", None, "https://example.org/")
        guesses = [Found(url, PageKind.FEED) for url in (tried, waiting)]
        store.add_urls(archive.db, site_id, guesses, found_on=None, now="2026-03-16T12:00:00Z")
        gone = store.Processed(
            url=tried, site_id=site_id, started_at="2026-03-16T12:00:00Z", outcome=Outcome.GONE, kind=PageKind.FEED
        )
        store.commit(archive.db, [gone])
        assert dismiss(archive.db, [tried, waiting], "no-feed") == 1
        states = archive.db.execute("SELECT url, state FROM url").fetchall()
    assert dict(states) == {tried: "excluded", waiting: "due"}
