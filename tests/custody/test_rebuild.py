"""The database is deleted and made again from the WARC files; then every row is compared."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from archive import store
from archive.warc.reader import iter_records
from tests.conftest import made_once, run_broadsheet
from tests.crawl.site import article, serve
from tests.crawl.test_furniture import APPEAL, ARTICLES, HOURS, HTML
from tests.crawl.test_furniture import page as furnished
from tests.custody.same_rows import differences

QUICK = ("--allow-address", "loopback", "--delay", "0", "--quiet")
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Gazette feed</title>{items}</channel></rss>"""


NOISE = "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(40))  # a page that gzip leaves long
LONG = article(50) + f"<!-- {NOISE} -->".encode()


def feed(*numbers: int) -> bytes:
    items = "".join(
        f"<item><title>Bridge {n}</title><link>/good/{n}</link>"
        f"<pubDate>Mon, 02 Mar 2026 09:0{n}:00 GMT</pubDate></item>"
        for n in numbers
    )
    return FEED.format(items=items).encode()


def robots(*forbidden: str) -> tuple[int, dict[str, str], bytes]:
    rules = "".join(f"Disallow: {path}\n" for path in forbidden)
    return 200, {"Content-Type": "text/plain"}, f"User-agent: *\n{rules}".encode()


def zipped(body: bytes, etag: str) -> tuple[int, dict[str, str], bytes]:
    return 200, {**HTML, "Content-Encoding": "gzip", "ETag": etag}, gzip.compress(body, mtime=0)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An archive with a past, and the address of its site."""
    return made_once(tmp_path_factory, "rebuild", make_history)


def make_history(folder: Path) -> str:
    """Three crawls, changed and unchanged pages, faults, exclusions, a person's decisions."""
    pages = {f"/quay/{n}": (200, HTML, furnished(n, HOURS, APPEAL)) for n in range(ARTICLES)}
    pages |= {
        "/robots.txt": robots("/secret"),
        "/feed.xml": (200, {"Content-Type": "application/rss+xml"}, feed(1, 2, 3)),
        "/moved": (301, {"Location": "/good/4"}, b""),
        "/broken": (500, {}, b"out of order"),
        "/secret/plan": (200, HTML, article(99)),
        "/coded": zipped(LONG, '"a"'),
        "/same/text": zipped(LONG, '"b"'),
    }
    links = [*pages, "/gone", "/a/a/a/trap", "/puzzles/today", "http://elsewhere.example/page", "/secret/plan"]
    with serve(pages, *links) as site:
        run_broadsheet("init", folder)
        sites = folder / "sites.toml"
        entry = f'\n[sites.gazette]\nurl = "{site.url}"\nfeeds = ["{site.url}feed.xml"]\nexclude = ["/puzzles"]\n'
        sites.write_text(sites.read_text() + entry, encoding="utf-8")
        run_broadsheet("crawl", "--now", "--archive", folder, *QUICK, code=27)  # one page fails
        site.pages["/good/1"] = (200, HTML, article(1, "<p>The bridge is closed to all but walkers now.</p>" * 9))
        site.pages["/feed.xml"] = (200, {"Content-Type": "application/rss+xml"}, feed(2, 3, 4))
        site.pages["/robots.txt"] = robots("/nothing")
        run_broadsheet("crawl", "--now", "--archive", folder, *QUICK, code=27)  # one page fails
        site.pages["/good/6"] = (410, HTML, b"gone")
        for path in ("good/1", "coded", "quay/2", "good/6"):
            run_broadsheet("crawl", f"{site.url}{path}", "--archive", folder, *QUICK)
        number = json.loads(
            run_broadsheet("furniture", "gazette", "--archive", folder, "--json").stdout.splitlines()[0]
        )["furniture_id"]
        run_broadsheet("furniture", "gazette", "--archive", folder, "--keep", str(number))
        return site.url


def test_every_row_is_as_it_was(history: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = history
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    before = sqlite3.connect(copy / "archive.db")
    counts = {
        table: before.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in (
            "attempt",
            "capture",
            "version",
            "sighting",
            "furniture",
            "crawl",
            "payload",
            "robots",
            "revision",
        )
    }
    edits = before.execute("SELECT kind, url FROM revision JOIN article USING (article_id) ORDER BY 1").fetchall()
    assert [(kind, url.rpartition("/")[2]) for kind, url in edits] == [("deleted", "6"), ("rewrite", "1")]
    excluded = dict(before.execute("SELECT excluded_by, count(*) FROM url GROUP BY 1").fetchall())
    before.close()
    assert min(counts.values()) > 0, counts
    assert {"robots", "trap", "filter"} <= excluded.keys()
    for path in copy.glob("archive.db*"):
        path.unlink()
    done = run_broadsheet("rebuild", "--archive", copy)
    assert "attempts and" in done.stderr
    assert differences(folder / "archive.db", copy / "archive.db") == []
    run_broadsheet("verify", "--archive", copy)
    with store.open_archive(copy) as archive:
        assert store.integrity(archive.db) == []


def test_what_comes_again_is_a_revisit(history: tuple[Path, str]) -> None:
    folder, _ = history
    with store.open_archive(folder) as archive:
        captures = [c for c in store.captures(archive.db) if c.url.endswith(("/coded", "/same/text"))]
        by_id = {c.record_id: c for c in captures}
        first, *again = captures
        assert first.record_type == "response"
        assert {(c.record_type, c.status) for c in again} >= {("revisit", 200)}
        for capture in again:
            assert capture.refers_to == first.record_id
            assert capture.truncated is None
            assert capture.payload_digest == first.payload_digest
        assert len({by_id[c.record_id].url for c in captures}) == 2
        texts = archive.db.execute(
            "SELECT article_body FROM articles WHERE url LIKE '%/coded' OR url LIKE '%/same/text'"
        ).fetchall()
        assert len(texts) == 2 and texts[0] == texts[1]
        revisits = [
            record
            for path in sorted((folder / "warc").iterdir())
            for record in iter_records(path)
            if record.record_type == "revisit" and record.url != record.header("WARC-Refers-To-Target-URI")
        ]
        for record in revisits:
            assert (record.header("WARC-Profile") or "").endswith("/identical-payload-digest")
            assert record.header("WARC-Refers-To") and record.header("WARC-Refers-To-Date")
        assert revisits


def test_short_and_failed_answers_are_never_revisits(history: tuple[Path, str]) -> None:
    folder, _ = history
    with store.open_archive(folder) as archive:
        wrong = archive.db.execute(
            """SELECT url FROM capture JOIN url USING (url_id) WHERE record_type = 'revisit' AND status <> 304
               AND (status NOT BETWEEN 200 AND 299 OR refers_to IS NULL)"""
        ).fetchall()
        short = archive.db.execute(
            "SELECT count(*) FROM payload JOIN capture USING (capture_id) WHERE payload_bytes < 1024"
        ).fetchone()
    assert wrong == [] and short == (0,)


def test_an_old_database_is_kept(history: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = history
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "archive.db").write_bytes(b"this is no database any more")
    for log in copy.glob("archive.db-*"):
        log.unlink()
    run_broadsheet("rebuild", "--archive", copy)
    assert (copy / "archive.db.old").read_bytes() == b"this is no database any more"
    assert differences(folder / "archive.db", copy / "archive.db") == []


def test_what_cannot_be_read_is_named_and_the_rest_is_there(history: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = history
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    with store.open_archive(copy) as archive:
        lost = next(c for c in store.captures(archive.db) if c.url.endswith("/good/7"))
        held = archive.db.execute("SELECT count(*) FROM articles").fetchone()[0]
    path = copy / "warc" / lost.warc_file
    data = bytearray(path.read_bytes())
    data[lost.offset + lost.length // 2] ^= 0xFF
    path.write_bytes(data)
    done = run_broadsheet("rebuild", "--archive", copy, code=7)
    assert f"{lost.offset}" in done.stderr and lost.warc_file in done.stderr
    with store.open_archive(copy) as archive:
        assert archive.db.execute("SELECT count(*) FROM articles").fetchone()[0] == held - 1


def test_what_was_taken_down_stays_so(history: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = history
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    run_broadsheet("takedown", f"{url}good/1", "--reason", "asked for", "--yes", "--archive", copy)
    run_broadsheet("verify", "--archive", copy)
    live = tmp_path / "live.db"
    shutil.copy(copy / "archive.db", live)
    for path in copy.glob("archive.db*"):
        path.unlink()
    run_broadsheet("rebuild", "--archive", copy)
    run_broadsheet("verify", "--archive", copy)
    assert "asked for" in run_broadsheet("show", f"{url}good/1", "--archive", copy, code=8).stderr
    assert "not fetched again" in run_broadsheet("crawl", f"{url}good/1", "--archive", copy, *QUICK, code=9).stderr
    assert differences(live, copy / "archive.db") == []


def test_a_folder_without_warc_files_is_no_archive(tmp_path: Path) -> None:
    done = run_broadsheet("rebuild", "--archive", tmp_path, code=3)
    assert "holds no folder warc" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_databases_that_were_replaced_are_all_kept(history: tuple[Path, str], tmp_path: Path) -> None:
    """Versions of older recipes may be in the first of them alone."""
    copy = tmp_path / "copy"
    shutil.copytree(history[0], copy)
    first = sqlite3.connect(copy / "archive.db")
    first.execute("PRAGMA user_version = 99")
    first.close()
    assert "archive.db.old\n" in run_broadsheet("rebuild", "--archive", copy).stderr
    assert "archive.db.old.2\n" in run_broadsheet("rebuild", "--archive", copy).stderr
    first = sqlite3.connect(copy / "archive.db.old")
    assert first.execute("PRAGMA user_version").fetchone() == (99,)
    first.close()


def test_who_has_lost_the_database_is_told_of_rebuild(history: tuple[Path, str], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(history[0], copy)
    (copy / "archive.db").unlink()
    for words in (("search", "bridge"), ("status",), ("repair",)):
        assert "broadsheet rebuild" in run_broadsheet(*words, "--archive", copy, code=3).stderr
    run_broadsheet("rebuild", "--archive", copy)
    assert not list(copy.glob("archive.db.old*"))
