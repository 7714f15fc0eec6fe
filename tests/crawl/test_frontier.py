"""The frontier beside hosts that lead to each other, forbid a lot, change their rules, or take days."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive import store
from archive.model import Found, PageKind
from archive.rebuild import rebuild
from archive.rules import Rules
from archive.store import DueUrl
from archive.store.folder import DATABASE
from crawler import frontier as frontier_module
from crawler.config import Site
from crawler.frontier import MAX_PENDING_PAGES, Frontier
from crawler.session import Session
from tests.crawl.offline import answer, archive_of, crawl
from tests.custody.same_rows import differences

BARE, WWW = "https://example.org", "https://www.example.org"
HTML = "text/html; charset=utf-8"
FRONT = answer(200, b"<html><body><p>Nothing is listed here today.</p></body></html>", Content_Type=HTML)
SITE = Site("gazette", f"{BARE}/", delay_s=0.0, concurrency=2)


class Web:
    """Answers by URL, 404 without one; `asked` counts them."""

    def __init__(self, **answers: bytes) -> None:
        self.answers: dict[str, bytes] = dict(answers)
        self.asked: Counter[str] = Counter()

    async def __call__(self, url: str) -> bytes:
        self.asked[url] += 1
        return self.answers.get(url, answer(404))


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with store.open_archive(folder) as archive:
        return list(archive.db.execute(sql).fetchall())


def same_after_rebuild(folder: Path) -> list[str]:
    before = folder.parent / "before.db"
    shutil.copy(folder / DATABASE, before)
    rebuild(folder, Rules(), processes=1)
    return differences(before, folder / DATABASE)


@pytest.mark.parametrize("name", ["robots.txt", ".well-known/tdmrep.json"])
def test_one_file_is_asked_for_by_two_origins_at_once(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """example.org/robots.txt leads to www.example.org/robots.txt, which www asks for while workers still start."""
    folder = archive_of(tmp_path / "a")
    web = Web()
    web.answers |= {f"{BARE}/": FRONT, f"{WWW}/": FRONT}
    web.answers[f"{BARE}/{name}"] = answer(301, Location=f"{WWW}/{name}")
    web.answers[f"{WWW}/{name}"] = answer(200, b"[]" if "json" in name else b"User-agent: *\nDisallow: /no\n")
    both = asyncio.Event()
    wanted: list[str] = []
    asked: list[str] = []

    async def answers(url: str) -> bytes:
        if url == f"{WWW}/{name}":
            asked.append(url)
            await both.wait()
        return await web(url)

    async def gate(session: Session, _: Frontier) -> None:
        """Nobody is answered before both have asked for the row of the file."""
        claim, loop = session.claim_robots_url, asyncio.get_running_loop()

        def hand_over(row: Future[DueUrl], to: Future[DueUrl], url: str) -> None:
            to.set_result(row.result())
            wanted.append(url)

        def watched(site: Site, found: Found) -> Future[DueUrl]:
            """Its row comes in the loop's thread, so that what follows from it takes so many turns of the loop."""
            row, to = claim(site, found), Future[DueUrl]()
            row.add_done_callback(lambda _: loop.call_soon_threadsafe(hand_over, row, to, found.url))
            return to

        monkeypatch.setattr(session, "claim_robots_url", watched)
        while wanted.count(f"{WWW}/{name}") < 2 or not asked:
            await asyncio.sleep(0.01)
        for _ in range(100):  # a second claim would be made and fetched within fewer than ten
            await asyncio.sleep(0)
        assert len(asked) == 1
        both.set()

    crawl(folder, [SITE, Site("other", f"{WWW}/", delay_s=0.0, concurrency=2)], answers, gate)
    assert web.asked[f"{WWW}/{name}"] == 2  # once for each: what it says is kept by origin
    column = "tdm" if "json" in name else "status"
    assert len(rows(folder, f"SELECT origin FROM robots WHERE {column} IN ('[]', 'rules')")) == 2
    assert rows(folder, "SELECT state FROM url WHERE kind = 'front'") == [("done",), ("done",)]
    assert same_after_rebuild(folder) == []


@pytest.mark.parametrize("front", [BARE, WWW])
def test_files_that_lead_to_the_front_page_are_known_and_the_front_page_is_read(
    front: str, tmp_path: Path
) -> None:
    """Of the site itself, or of the host that its front page leads to; which is not known then."""
    folder = archive_of(tmp_path / "a")
    web = Web()
    if front == WWW:
        web.answers[f"{BARE}/"] = answer(301, Location=f"{WWW}/")
    web.answers[f"{front}/"] = FRONT
    for file in ("robots.txt", ".well-known/tdmrep.json"):
        web.answers[f"{BARE}/{file}"] = answer(302, Location=f"{front}/")
    crawl(folder, [SITE], web)
    (facts,) = rows(folder, f"SELECT status, tdm_fetched_at IS NOT NULL FROM robots WHERE origin = '{BARE}'")
    assert facts == ("rules", 1)
    urls = dict(rows(folder, "SELECT url, kind || ' ' || state || ' ' || (next_visit IS NOT NULL) FROM url"))
    assert urls[f"{front}/"] == "front done 1"
    assert web.asked[f"{front}/"] == 3
    assert same_after_rebuild(folder) == []
    crawl(folder, [SITE], web)
    assert web.asked[f"{BARE}/.well-known/tdmrep.json"] == 1  # once a day


def forbidden(folder: Path, rules: str, paths: list[str]) -> None:
    """An archive that has read its robots.txt today, and has a lot before it."""
    with store.open_archive(folder, write=True) as archive:
        db, now = archive.db, datetime.now(UTC)
        site_id = store.add_site(db, SITE.name, None, SITE.url)
        founds = [Found(f"{BARE}{path}", PageKind.PAGE) for path in paths]
        store.add_urls(db, site_id, founds, found_on=None, now=now)
        db.conn.execute(
            "INSERT INTO robots (origin, fetched_at, status, rules) VALUES (?, ?, 'rules', ?)",
            (BARE, now.strftime("%Y-%m-%dT%H:%M:%SZ"), rules),
        )
        db.conn.commit()


def test_a_site_that_forbids_a_lot_leaves_the_others_their_turn(tmp_path: Path) -> None:
    folder = archive_of(tmp_path / "a")
    forbidden(folder, "User-agent: *\nDisallow: /no/\n", [f"/no/{n}" for n in range(600)])
    web = Web()
    web.answers[f"{BARE}/"] = FRONT
    most, turns = 0, 0

    async def watch(_: Session, frontier: Frontier) -> None:
        nonlocal most, turns
        while True:
            await asyncio.sleep(0)
            most, turns = max(most, len(frontier._claims)), turns + 1

    crawl(folder, [SITE], web, watch)
    assert rows(folder, "SELECT count(*) FROM url WHERE excluded_by = 'robots'") == [(600,)]
    assert most <= MAX_PENDING_PAGES + 3
    assert turns > 600 // MAX_PENDING_PAGES


def test_rules_are_read_again_when_they_are_old_while_a_crawl_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = archive_of(tmp_path / "a")
    monkeypatch.setattr(frontier_module, "FRESH_S", 0.0)
    links = b"".join(b'<a href="/%d">Read this story</a> ' % n for n in range(3))
    web = Web()
    web.answers[f"{BARE}/"] = answer(200, b"<html><body>" + links + b"</body></html>", Content_Type=HTML)
    crawl(folder, [SITE], web)
    assert [web.asked[f"{BARE}/{n}"] for n in range(3)] == [1, 1, 1]
    assert web.asked[f"{BARE}/robots.txt"] == web.asked[f"{BARE}/.well-known/tdmrep.json"] == 4


def test_rules_that_a_crawl_has_read_hold_while_they_cannot_be_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = archive_of(tmp_path / "a")
    monkeypatch.setattr(frontier_module, "FRESH_S", 0.0)
    web, url = Web(), f"{BARE}/robots.txt"
    web.answers[url] = answer(200, b"User-agent: *\nDisallow: /no\n")
    links = b'<a href="/no">Read this story</a> <a href="/yes">Read this story</a>'
    web.answers[f"{BARE}/"] = answer(200, b"<html><body>" + links + b"</body></html>", Content_Type=HTML)

    async def answers(asked: str) -> bytes:
        found = await web(asked)
        if asked == url:
            web.answers[url] = answer(500)
        return found

    crawl(folder, [SITE], answers)
    assert web.asked[url] == 1 + 2 + 2
    assert (web.asked[f"{BARE}/yes"], web.asked[f"{BARE}/no"]) == (1, 0)
    assert rows(folder, "SELECT status FROM robots") == [("disallow-all",)]  # for the next crawl


def old_rules(folder: Path) -> None:
    """As if days had passed."""
    with store.open_archive(folder, write=True) as archive:
        archive.db.conn.execute("UPDATE robots SET fetched_at = '2026-01-01T00:00:00Z'")
        archive.db.conn.commit()


def test_only_what_is_allowed_now_is_asked_for_when_robots_txt_changes(tmp_path: Path) -> None:
    """Nothing when a comment in it changes, nor when it cannot be had in between."""
    folder = archive_of(tmp_path / "a")
    site = Site("gazette", f"{BARE}/", delay_s=0.0, respect=("robots:gptbot", "noarchive"))
    paths = ("/no/1", "/no/2", "/ai/1", "/ai/2", "/marked")
    front = b"".join(b'<a href="%s">Read this story</a> ' % path.encode() for path in paths)
    rules = b"User-agent: *\nDisallow: /no/\n\nUser-agent: GPTBot\nDisallow: /ai/\n"
    web, url = Web(), f"{BARE}/robots.txt"
    web.answers[f"{BARE}/"] = answer(200, b"<html><body>" + front + b"</body></html>", Content_Type=HTML)
    web.answers[f"{BARE}/marked"] = answer(200, b"<p>One.</p>", Content_Type=HTML, X_Robots_Tag="noarchive")
    counts = """SELECT sum(outcome = 'robots'), sum(outcome = 'opt-out') FROM attempt JOIN url USING (url_id)
                WHERE kind = 'page'"""

    def said(answered: bytes) -> tuple[int, int]:
        web.answers[url] = answered
        old_rules(folder)
        crawl(folder, [site], web)
        ((robots, opt_out),) = rows(folder, counts)
        return robots, opt_out

    assert said(answer(200, rules)) == (2, 3)
    assert said(answer(200, b"# made at 12:00\n" + rules)) == (2, 3)
    assert said(answer(503)) == (2, 3)
    assert said(answer(200, rules.replace(b"/no/", b"/no/2").replace(b"/ai/", b"/ai/1"))) == (2, 3)
    assert [web.asked[BARE + path] for path in paths] == [1, 0, 0, 1, 1]
    assert same_after_rebuild(folder) == []
    assert said(answer(404)) == (2, 3)
    assert [web.asked[BARE + path] for path in paths] == [1, 1, 1, 1, 1]
