"""What imported captures mean: their times, their sites, revisits and originals, and what a crawl makes of it later."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from archive import store
from tests.conftest import run_broadsheet
from tests.core.samples import answer, article_page, front_page
from tests.crawl.site import article, serve
from tests.custody import writers
from tests.custody.same_rows import differences
from tests.custody.test_import import imported, rows
from tests.custody.writers import HOST, record_id, response, sha1, zipped

STORY = f"{HOST}/story"
IDENTICAL = "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.0/revisit/server-not-modified"
PAGE = answer(article_page(1))
BODY = PAGE.partition(b"\r\n\r\n")[2]
HEAD = PAGE.removesuffix(BODY)


@pytest.fixture
def news(tmp_path: Path) -> Path:
    store.create(tmp_path / "news")
    return tmp_path / "news"


def warc(path: Path, *records: bytes) -> Path:
    path.write_bytes(zipped(records))
    return path


def revisit(date: str, *, http: bytes = HEAD, url: str = STORY, profile: str = IDENTICAL, **more: str) -> bytes:
    return response(url, date, http, kind="revisit", WARC_Profile=profile, **more)


def test_versions_follow_the_time_of_capture_not_of_import(news: Path, tmp_path: Path) -> None:
    """Three readings of one article from three files, the newest first, in three precisions of time."""
    dates = {3: "2021-03-03T03:03:03.123456Z", 1: "2019-01", 2: "2020-02-02T02:02:02Z"}
    for number, date in dates.items():
        imported(news, warc(tmp_path / f"{number}.warc.gz", response(STORY, date, answer(article_page(number)))))
    shown = json.loads(run_broadsheet("show", "--archive", news, "--json", STORY).stdout)
    assert [v["headline"] for v in shown["versions"]] == [f"Bridge {n} is to be mended at last" for n in (1, 2, 3)]
    assert [v["captured_at"] for v in shown["versions"]] == [dates[1], dates[2], dates[3]]
    assert shown["version"]["headline"].startswith("Bridge 3")
    assert shown["first_seen"] == "2019-01"
    assert len(rows(news, "SELECT * FROM articles")) == 1
    assert rows(news, "SELECT last_fetch FROM url") == [("2021-03-03T03:03:03Z",)]


def test_a_page_that_stays_the_same_has_one_version(news: Path, tmp_path: Path) -> None:
    for date in ("2021-01-01T00:00:00Z", "2019-01-01T00:00:00Z", "2020-01-01T00:00:00Z"):
        imported(news, warc(tmp_path / f"{date[:4]}.warc.gz", response(STORY, date, PAGE)))
    assert rows(news, "SELECT count(*), count(DISTINCT version_id) FROM capture") == [(3, 1)]


def test_sites(news: Path, tmp_path: Path) -> None:
    """Of sites.toml by its hosts, of the registered host, or as somebody says; what is known stays where it is."""
    run_broadsheet("init", news)
    entry = (
        '\n[sites.daily]\nurl = "https://www.daily.example/"\ntitle = "The Daily"\nhosts = ["cdn.other.example"]\n'
    )
    (news / "sites.toml").write_text((news / "sites.toml").read_text() + entry)
    urls = ("http://daily.example/a", "https://cdn.other.example/b", "https://blog.paper.example/c", f"{HOST}/d",
            "https://news.daily.example/e", "http://192.0.2.7:8080/f")  # fmt: skip
    pages = [response(url, "2020-01-01T00:00:00Z", answer(article_page(n))) for n, url in enumerate(urls)]
    imported(news, warc(tmp_path / "a.warc.gz", *pages))
    found = dict(rows(news, "SELECT url, site.name FROM url JOIN site USING (site_id)"))
    assert found == {
        "http://daily.example/a": "daily", "https://cdn.other.example/b": "daily",
        "https://news.daily.example/e": "daily", "https://blog.paper.example/c": "paper-example",
        f"{HOST}/d": "paper-example", "http://192.0.2.7:8080/f": "192-0-2-7",
    }  # fmt: skip
    assert dict(rows(news, "SELECT name, homepage FROM site")) == {
        "daily": "https://www.daily.example/", "paper-example": "https://paper.example/",
        "192-0-2-7": "http://192.0.2.7:8080/",
    }  # fmt: skip
    assert rows(news, "SELECT title FROM site WHERE name = 'daily'") == [("The Daily",)]
    more = warc(
        tmp_path / "b.warc.gz",
        response(f"{HOST}/d", "2021-01-01T00:00:00Z", answer(article_page(7))),
        response("https://elsewhere.example/g", "2021-01-01T00:00:00Z", answer(article_page(8))),
    )
    imported(news, "--site", "chosen", more)
    found = dict(rows(news, "SELECT url, site.name FROM url JOIN site USING (site_id)"))
    assert found[f"{HOST}/d"] == "paper-example" and found["https://elsewhere.example/g"] == "chosen"
    assert "[sites.chosen]" not in (news / "sites.toml").read_text(), "nothing is followed because it was imported"


@pytest.mark.parametrize(
    "told",
    [
        {"WARC_Refers_To": record_id("original")},
        {"WARC_Refers_To_Target_URI": STORY, "WARC_Refers_To_Date": "2020-01-01T00:00:00Z"},
        {"WARC_Payload_Digest": sha1(BODY)},
    ],
    ids=["by record id", "by address and date", "by digest"],
)
@pytest.mark.parametrize("order", ["original first", "original later", "one file", "one file, revisit first"])
def test_revisits(told: dict[str, str], order: str, news: Path, tmp_path: Path) -> None:
    original = response(STORY, "2020-01-01T00:00:00Z", PAGE, name="original")
    again = revisit("2020-01-02T00:00:00Z", **told)
    first, second = (
        (again, original) if order in ("original later", "one file, revisit first") else (original, again)
    )
    if order.startswith("one file"):
        (report,) = imported(news, warc(tmp_path / "both.warc.gz", first, second))
        assert (report["captures"], report["waiting"]) == (2, 0)
    else:
        (one,) = imported(news, warc(tmp_path / "one.warc.gz", first))
        if order == "original later":
            assert one["waiting"] == 1
            assert rows(news, "SELECT refers_to, version_id, extraction_error FROM capture") == [
                (None, None, "a revisit: the capture that holds its text is not in the archive")
            ]
            assert rows(news, "SELECT outcome, detail FROM attempt")[0][0] == "archived"
            run_broadsheet("verify", "--archive", news)
        (two,) = imported(news, warc(tmp_path / "two.warc.gz", second))
        assert two["linked"] == (1 if order == "original later" else 0)
    linked = rows(
        news,
        """SELECT capture.record_type, original.record_id, capture.extraction_error, headline, capture.verdict
           FROM capture LEFT JOIN capture AS original ON original.capture_id = capture.refers_to
           JOIN version ON version.version_id = capture.version_id ORDER BY capture.captured_at""",
    )
    shown = "Bridge 1 is to be mended at last"
    assert linked == [
        ("response", None, None, shown, "article"), ("revisit", record_id("original"), None, shown, "article"),
    ]  # fmt: skip
    assert rows(news, "SELECT DISTINCT detail FROM attempt") == [(None,)]
    assert rows(news, "SELECT count(*) FROM version") == [(1,)]
    copy = news.with_name("copy")
    shutil.copytree(news, copy)
    run_broadsheet("rebuild", "--archive", copy)
    assert differences(news / "archive.db", copy / "archive.db") == []


def test_revisits_of_every_kind(news: Path, tmp_path: Path) -> None:
    """A 304, one of another address, one without a head, one of a revisit, a 304 kept as a response."""
    path = warc(
        tmp_path / "all.warc.gz",
        response(STORY, "2020-01-01T00:00:00Z", PAGE, name="original"),
        revisit("2020-01-02T00:00:00Z", http=b"HTTP/1.1 304 Not Modified\r\n\r\n", profile=NOT_MODIFIED,
                WARC_Refers_To=record_id("original")),
        revisit("2020-01-03T00:00:00Z", url=f"{HOST}/other", WARC_Refers_To=record_id("original")),
        revisit("2020-01-04T00:00:00Z", http=b"", WARC_Refers_To=record_id("original")),
        revisit("2020-01-05T00:00:00Z", WARC_Refers_To=record_id(f"revisit {STORY} 2020-01-04T00:00:00Z")),
        response(STORY, "2020-01-06T00:00:00Z", b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    )  # fmt: skip
    (report,) = imported(news, path)
    assert (report["captures"], report["waiting"]) == (6, 0)
    found = rows(news, """SELECT capture.captured_at, outcome, capture.status, article.url, original.record_id
        FROM capture JOIN attempt USING (capture_id) LEFT JOIN version ON version.version_id = capture.version_id
        LEFT JOIN article USING (article_id) LEFT JOIN capture AS original ON original.capture_id = capture.refers_to
        ORDER BY capture.captured_at""")  # fmt: skip
    original = record_id("original")
    assert [row[1:] for row in found] == [
        ("archived", 200, STORY, None), ("unchanged", 304, STORY, original),
        ("archived", 200, f"{HOST}/other", original), ("archived", 200, STORY, original),
        ("archived", 200, STORY, original), ("unchanged", 304, None, None),
    ]  # fmt: skip
    run_broadsheet("verify", "--archive", news)


def test_outcomes_by_status_and_truncation(news: Path, tmp_path: Path) -> None:
    cases: dict[str, tuple[bytes, dict[str, str], str]] = {
        "gone": (answer(b"no", status=404), {}, "gone"),
        "moved": (answer(b"", "Location: /story", status=301), {}, "redirect"),
        "broken": (answer(b"oh", status=503), {}, "server-error"),
        "closed": (answer(b"no", status=403), {}, "refused"),
        "long": (PAGE[:-400], {"WARC_Truncated": "length"}, "too-large"),
        "slow": (PAGE[:-400], {"WARC_Truncated": "time"}, "timeout"),
        "lost": (PAGE[:-400], {"WARC_Truncated": "disconnect"}, "truncated"),
    }
    records = [
        response(f"{HOST}/{name}", "2020-01-01T00:00:00Z", http, **more) for name, (http, more, _) in cases.items()
    ]
    imported(news, warc(tmp_path / "a.warc.gz", *records))
    found = dict(rows(news, "SELECT url, outcome FROM attempt JOIN url USING (url_id)"))
    assert found == {f"{HOST}/{name}": outcome for name, (_, _, outcome) in cases.items()}
    assert rows(news, "SELECT DISTINCT state FROM url") == [("done",)], "nothing is tried again"
    assert rows(news, "SELECT redirect_to FROM capture WHERE status = 301") == [(STORY,)]


def test_an_import_changes_nothing_that_is_due_or_excluded(news: Path, tmp_path: Path) -> None:
    from archive.model import Found, PageKind

    with store.open_archive(news, write=True) as archive:
        site = store.add_site(archive.db, "paper", None, f"{HOST}/")
        founds = [Found(f"{HOST}/due", PageKind.PAGE), Found(f"{HOST}/no", PageKind.PAGE, excluded_by="filter")]
        store.add_urls(archive.db, site, founds, found_on=None, now="2024-01-01T00:00:00Z")
    records = [response(f"{HOST}/{name}", "2020-01-01T00:00:00Z", PAGE) for name in ("due", "no", "new")]
    imported(news, warc(tmp_path / "a.warc.gz", *records))
    states = rows(news, "SELECT url, state, excluded_by, last_fetch IS NULL FROM url ORDER BY url_id")
    assert states == [
        (f"{HOST}/due", "due", None, 0), (f"{HOST}/no", "excluded", "filter", 1), (f"{HOST}/new", "done", None, 0),
    ]  # fmt: skip


def test_a_crawl_after_an_import(news: Path, tmp_path: Path) -> None:
    """Articles that were imported are held; listings are asked again once the crawl comes to them, not before."""
    html = {"Content-Type": "text/html; charset=utf-8"}
    listing = front_page(f"/good/{n}" for n in range(3))
    pages: dict[str, Any] = {"/section": (200, html, listing)}
    with serve(pages, "/section") as site:
        url = site.url
        old = [
            response(url, "2015-01-01T00:00:00Z", answer(listing)),
            response(f"{url}section", "2015-01-01T00:00:00Z", answer(listing)),
            response(f"{url}old-section", "2015-01-01T00:00:00Z", answer(listing)),
            response(f"{url}good/1", "2015-01-01T00:00:00Z", answer(article(1))),
        ]
        imported(news, warc(tmp_path / "a.warc.gz", *old))
        assert rows(news, "SELECT count(*) FROM url WHERE state = 'due'") == [(0,)]
        run_broadsheet("init", news)
        entry = f'\n[sites.gazette]\nurl = "{url}"\n'
        (news / "sites.toml").write_text((news / "sites.toml").read_text() + entry)
        run_broadsheet("crawl", "--now", "--archive", news, "--allow-address", "loopback", "--delay", "0")
        asked = set(site.hits)
    assert {"/", "/section", "/good/2"} <= asked
    assert not {"/good/1", "/old-section"} & asked
    assert rows(news, "SELECT DISTINCT site.name FROM url JOIN site USING (site_id)") == [("gazette",)]
    assert rows(news, "SELECT DISTINCT site FROM articles") == [("gazette",)]
    run_broadsheet("verify", "--archive", news)
    copy = news.with_name("copy")
    shutil.copytree(news, copy)
    run_broadsheet("rebuild", "--archive", copy)
    assert differences(news / "archive.db", copy / "archive.db") == []


def test_captures_of_our_own_refer_to_imported_ones(news: Path, tmp_path: Path) -> None:
    """A page that comes again in a crawl is a revisit of the capture that was imported, whose bytes are in warc/."""
    import gzip
    import hashlib

    noise = "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(40))
    body = gzip.compress(article(1) + f"<!-- {noise} -->".encode(), mtime=0)
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip"}
    with serve({"/long": (200, headers, body)}) as site:
        imported(news, writers.captured_http(tmp_path / "a.warc.gz", [f"{site.url}long"]))
        run_broadsheet("init", news)
        run_broadsheet(
            "crawl", f"{site.url}long", "--archive", news, "--allow-address", "loopback", "--delay", "0"
        )
    found = rows(news, """SELECT capture.record_type, file.imported_from FROM capture
        LEFT JOIN capture AS original ON original.capture_id = capture.refers_to
        LEFT JOIN warc_file AS file ON file.warc_file_id = original.warc_file_id
        JOIN url ON url.url_id = capture.url_id WHERE url LIKE '%/long' ORDER BY capture.capture_id""")  # fmt: skip
    assert found == [("response", None), ("revisit", "a.warc.gz")]
    run_broadsheet("verify", "--archive", news)
