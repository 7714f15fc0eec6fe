"""Opt-out signals on the way of a page: recorded, respected, and the same after a rebuild."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from archive import store
from archive.store import manners
from tests.crawl.site import Site, article, serve
from tests.custody.same_rows import differences

HTML = {"Content-Type": "text/html; charset=utf-8"}
QUICK = ("--allow-address", "loopback", "--delay", "0", "--quiet", "--json")
ROBOTS = b"User-agent: GPTBot\nDisallow: /good/1\n\nUser-agent: *\nDisallow:\n"
SECRET = b"unmistakable-words-of-this-page"
TDM_FILE = b'[{"location": "/reserved", "tdm-reservation": 1}]'


def marked(head: str) -> bytes:
    page = article(70).replace(b"<head>", b"<head>" + head.encode())
    return page.replace(b"</article>", b"<p>" + SECRET + b"</p></article>")


PAGES: dict[str, Any] = {
    "/robots.txt": (200, {"Content-Type": "text/plain"}, ROBOTS),
    "/.well-known/tdmrep.json": (200, {"Content-Type": "application/json"}, TDM_FILE),
    "/header": (200, {**HTML, "X-Robots-Tag": "noarchive, noai", "ETag": '"h"'}, marked("")),
    "/meta": (200, HTML, marked('<meta name="robots" content="noarchive">')),
    "/tdm": (200, {**HTML, "tdm-reservation": "1"}, article(71)),
    "/reserved/1": (200, HTML, article(72)),
}
LINKS = ("/header", "/meta", "/tdm", "/reserved/1")


def follow(folder: Path, broadsheet: Any, site: Site, respect: str) -> Path:
    broadsheet("init", folder, "--contact", "a@b.example")
    with (folder / "sites.toml").open("a") as f:
        f.write(f'\n[sites.gazette]\nurl = "{site.url}"\nrespect = {respect}\n')
    return folder


def crawl(broadsheet: Any, folder: Path, *words: str, code: int = 0) -> dict[str, Any]:
    return json.loads(broadsheet("crawl", "--archive", folder, *QUICK, *words, code=code).stdout)


def asked(folder: Path, sql: str) -> dict[str, Any]:
    with store.open_archive(folder) as archive:
        return {"/" + url.split("/", 3)[3]: value for url, value in archive.db.execute(sql)}


CAPTURED = "SELECT url, opt_out FROM capture JOIN url USING (url_id)"
EXCLUDED = "SELECT url, excluded_by FROM url WHERE state = 'excluded'"


def test_signals_are_recorded_with_each_capture(tmp_path: Path, broadsheet: Any) -> None:
    with serve(PAGES, *LINKS) as site:
        folder = follow(tmp_path / "a", broadsheet, site, "[]")
        crawl(broadsheet, folder)
        assert site.hits.count("/.well-known/tdmrep.json") == 1
    found = asked(folder, CAPTURED)
    assert {path: signals for path, signals in found.items() if signals} == {
        "/header": "noarchive noai", "/meta": "noarchive", "/tdm": "tdm-reservation", "/good/1": "robots:gptbot",
        "/reserved/1": "tdm-reservation",
    }  # fmt: skip
    assert {"/", "/robots.txt"} <= found.keys()
    url = site.url + "header"
    assert "Opt-out:   noarchive noai\n" in broadsheet("show", url, "--archive", folder).stdout
    why = json.loads(broadsheet("why", url, "--archive", folder, "--json").stdout)
    assert why["read_from"]["opt_out"] == "noarchive noai"


@pytest.fixture
def respected(tmp_path: Path, broadsheet: Any) -> Any:
    with serve(PAGES, *LINKS) as site:
        folder = follow(tmp_path / "a", broadsheet, site, '["noarchive", "tdm-reservation", "robots:GPTBot"]')
        yield folder, site, crawl(broadsheet, folder)


def test_what_is_respected_is_not_kept(respected: Any, broadsheet: Any) -> None:
    folder, site, summary = respected
    assert summary["excluded"] == {"opt-out": 5}
    assert asked(folder, EXCLUDED) == dict.fromkeys([*LINKS, "/good/1"], "opt-out")
    assert "/good/1" not in site.hits  # robots.txt said so before it was asked for
    assert site.hits.count("/.well-known/tdmrep.json") == 1
    assert not {*LINKS, "/good/1"} & asked(folder, CAPTURED).keys()
    details = asked(folder, "SELECT url, detail FROM attempt JOIN url USING (url_id) WHERE outcome = 'opt-out'")
    assert details["/header"] == "the publisher says noarchive"
    assert details["/reserved/1"] == "the publisher says tdm-reservation"
    assert details["/good/1"].endswith("/robots.txt says robots:gptbot")
    for file in (folder / "warc").iterdir():
        assert SECRET not in gzip.decompress(file.read_bytes())
    broadsheet("verify", "--archive", folder)
    assert "opt-out" in broadsheet("why", site.url + "header", "--archive", folder).stdout
    with store.open_archive(folder) as archive:
        text, at = manners.tdm_file(archive.db, site.url.rstrip("/"))
        assert text == TDM_FILE.decode() and at is not None
    crawl(broadsheet, folder, "--now")
    assert site.hits.count("/.well-known/tdmrep.json") == 1  # once a day
    assert site.hits.count("/header") == 1


def test_a_rebuild_gives_the_same_rows(respected: Any, broadsheet: Any) -> None:
    folder, site, _ = respected
    site.pages["/robots.txt"] = (200, {}, b"User-agent: CCBot\nDisallow: /good/2\n")
    with store.open_archive(folder, write=True) as archive:
        archive.db.conn.execute("UPDATE robots SET fetched_at = '2026-01-01T00:00:00Z'")
        archive.db.conn.commit()
    crawl(broadsheet, folder, "--now")
    assert "/good/1" in site.hits  # robots.txt forbids it to that agent no more
    before = folder.parent / "before.db"
    shutil.copy(folder / "archive.db", before)
    broadsheet("rebuild", "--archive", folder)
    assert differences(before, folder / "archive.db") == []


@pytest.mark.slow
def test_what_was_held_before_is_not_kept_again_although_it_has_not_changed(
    tmp_path: Path, broadsheet: Any
) -> None:
    with serve(PAGES, *LINKS) as site:
        folder = follow(tmp_path / "a", broadsheet, site, "[]")
        crawl(broadsheet, folder)
        site.pages["/header"] = (304, {"ETag": '"h"'}, b"")
        text = (folder / "sites.toml").read_text().replace("respect = []", 'respect = ["noarchive"]')
        (folder / "sites.toml").write_text(text)
        crawl(broadsheet, folder, site.url + "header", code=26)
    assert asked(folder, EXCLUDED) == {"/header": "opt-out"}
    assert asked(folder, CAPTURED)["/header"] == "noarchive noai"  # what was kept stays: `takedown` removes
