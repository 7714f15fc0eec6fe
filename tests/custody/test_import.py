"""`broadsheet import`: files of many writers, and no record that another tool can read is lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastwarcIterator
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from archive import store
from archive.warc.reader import read_record
from tests.conftest import run_broadsheet
from tests.core.samples import article_page
from tests.crawl.site import Site, gzipped, serve
from tests.custody import writers
from tests.custody.same_rows import differences
from tests.custody.writers import HOST

URLS = [f"{HOST}/written/{n}" for n in range(4)]
OTHERS = [f"{url}/whole" for url in URLS]
BODIES = [article_page(20 + n) for n in range(4)]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Pages for the tools that fetch: some packed, one missing, one that moves."""
    html = {"Content-Type": "text/html; charset=utf-8"}
    pages = {
        "/packed": gzipped(article_page(50)),
        "/moved": (302, {"Location": "/packed"}, b""),
        "/again": (200, html, article_page(51)),
        "/robots.txt": (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow:\n"),
        "/logo.png": (200, {"Content-Type": "image/png"}, writers.PNG),
    }
    with serve(pages, *pages, "/gone") as served:
        yield served


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, site: Site) -> dict[str, Path]:
    """{writer: a file of it}."""
    folder = tmp_path_factory.mktemp("written")
    asked = [f"{site.url}{path}" for path in ("again", "packed", "moved", "logo.png", "good/3")]
    return {
        "wget": writers.wget(folder, site.url),
        "wget, not compressed": writers.wget(folder, site.url, "--no-warc-compression", name="wget-plain"),
        "warcio": writers.warcio_pairs(folder / "warcio.warc.gz", URLS, BODIES),
        "warcio, not compressed": writers.warcio_pairs(folder / "warcio.warc", URLS, BODIES, compressed=False),
        "capture_http": writers.captured_http(folder / "captured.warc.gz", asked),
        "FastWARC": writers.fastwarc_responses(folder / "fastwarc.warc.gz", URLS, BODIES),
        "FastWARC, one member": writers.fastwarc_responses(folder / "whole.warc.gz", OTHERS, BODIES, whole=True),
        "Heritrix": writers.heritrix(folder / "heritrix.warc.gz", writers.articles(1, 2, 3)),
        "Heritrix, not compressed": writers.heritrix(folder / "heritrix.warc", writers.articles(1, 2, path="h")),
        "browsertrix": writers.browsertrix(folder / "rec-0.warc.gz", writers.articles(1, 2, path="b")),
        "news crawl": writers.news_crawl(folder / "CC-NEWS-1.warc.gz", writers.articles(1, 2, path="n")),
    }  # fmt: skip


@pytest.fixture
def news(tmp_path: Path) -> Path:
    store.create(tmp_path / "news")
    return tmp_path / "news"


def read_elsewhere(path: Path, *, with_warcio: bool) -> Counter[str]:
    """{record id: how often} of the HTTP answers, and {type: records} of all, as another tool reads the file."""
    found: Counter[str] = Counter()
    with path.open("rb") as file:
        if with_warcio:
            for record in WarcioIterator(file):
                found[record.rec_type] += 1
                if record.rec_type in ("response", "revisit") and record.http_headers is not None:
                    found[record.rec_headers.get_header("WARC-Record-ID")] += 1
        else:
            for record in FastwarcIterator(file):
                found[record.headers["WARC-Type"]] += 1
                if record.headers["WARC-Type"] in ("response", "revisit") and record.is_http:
                    found[record.headers["WARC-Record-ID"]] += 1
    return found


def ids(folder: Path) -> set[str]:
    with store.open_archive(folder) as archive:
        return {capture.record_id for capture in store.captures(archive.db)}


def rows(folder: Path, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{folder}/archive.db?mode=ro", uri=True)
    found = connection.execute(sql, parameters).fetchall()
    connection.close()
    return found


def imported(folder: Path, *words: str | Path, code: int = 0) -> list[dict[str, Any]]:
    done = run_broadsheet("import", "--archive", folder, "--json", *words, code=code)
    return [json.loads(line) for line in done.stdout.splitlines()]


WRITERS = (
    "wget", "wget, not compressed", "warcio", "warcio, not compressed", "capture_http", "FastWARC",
    "FastWARC, one member", "Heritrix", "Heritrix, not compressed", "browsertrix", "news crawl",
)  # fmt: skip


@pytest.mark.parametrize("writer", WRITERS)
def test_no_record_is_lost(writer: str, files: dict[str, Path], news: Path) -> None:
    path = files[writer]
    expected = read_elsewhere(path, with_warcio=writer != "FastWARC, one member")
    (report,) = imported(news, path)
    assert report["troubles"] == []
    types = {name: number for name, number in expected.items() if not name.startswith("<")}
    assert report["records"] == sum(types.values()) > 3
    answers = {name for name in expected if name.startswith("<")}
    assert ids(news) == answers and len(answers) > 1
    assert report["captures"] == len(answers)
    everything = report["captures"] + report["known"] + report["parts"] + report["unreadable"]
    assert everything + sum(report["left_out"].values()) == report["records"]
    run_broadsheet("verify", "--archive", news)


def test_all_of_them_in_one_archive(files: dict[str, Path], news: Path) -> None:
    """Once is enough: every record is there, at its place, and a second import changes nothing."""
    reports = imported(news, *files.values())
    assert [report["state"] for report in reports] == ["imported"] * len(files)
    expected = set[str]()
    for writer, path in files.items():
        found = read_elsewhere(path, with_warcio=writer != "FastWARC, one member")
        expected |= {name for name in found if name.startswith("<")}
    assert ids(news) == expected
    with store.open_archive(news) as archive:
        for capture in store.captures(archive.db):
            record = read_record(news / "warc" / capture.warc_file, capture.offset, capture.length)
            assert (record.record_id, record.date) == (capture.record_id, capture.captured_at)
            if capture.request_offset is not None:
                asked = read_record(
                    news / "warc" / capture.warc_file, capture.request_offset, capture.request_length
                )
                assert asked.record_type == "request" and asked.url == record.url
        assert store.integrity(archive.db) == []
    before = (news / "archive.db").read_bytes()
    again = imported(news, *files.values())
    assert [report["state"] for report in again] == ["known"] * len(files)
    assert (news / "archive.db").read_bytes() == before
    run_broadsheet("verify", "--archive", news)


def test_requests_and_metadata_are_found_by_their_ids(files: dict[str, Path], news: Path) -> None:
    """In both directions, in every order; a far one does not move what is committed."""
    for writer in ("Heritrix", "news crawl"):
        imported(news, files[writer])
    found = rows(news, "SELECT request_offset, metadata_offset, fetch_ms, committed_bytes FROM capture JOIN warc_file"
                       " USING (warc_file_id)")  # fmt: skip
    assert found and all(None not in row for row in found)
    assert {row[2] for row in found} == {421, 7}


def test_pages_are_read_like_those_of_a_crawl(files: dict[str, Path], news: Path) -> None:
    imported(news, files["browsertrix"], files["capture_http"])
    articles = dict(rows(news, "SELECT url, headline FROM articles"))
    assert articles[f"{HOST}/b/1"] == "Bridge 1 is to be mended at last"
    packed = next(url for url in articles if url.endswith("/packed"))
    assert articles[packed] == "Bridge 50 is to be mended at last"
    outcomes = dict(rows(news, "SELECT url, outcome FROM attempt JOIN url USING (url_id)"))
    assert outcomes[packed.replace("packed", "moved")] == "redirect"
    kinds = dict(rows(news, "SELECT url, kind FROM url"))
    assert kinds[f"{HOST}/logo.png"] == "requisite"
    assert rows(news, "SELECT count(*) FROM recipe JOIN capture USING (recipe_id)") != [(0,)]


def test_nothing_becomes_due(files: dict[str, Path], news: Path) -> None:
    """Neither what the pages link, nor the front page of a site that nobody follows."""
    imported(news, *files.values())
    assert rows(news, "SELECT url, state FROM url WHERE state <> 'done'") == []
    assert rows(news, "SELECT count(*) FROM robots") == [(0,)]
    captured = rows(news, "SELECT count(DISTINCT url_id) FROM capture")
    assert rows(news, "SELECT count(*) FROM url") == captured


def test_a_wacz(files: dict[str, Path], news: Path, tmp_path: Path) -> None:
    inner = [files["browsertrix"], files["Heritrix, not compressed"]]
    package = writers.wacz(tmp_path / "crawl.wacz", inner)
    packed = writers.wacz(tmp_path / "packed.wacz", inner, deflated=True)
    first, second = imported(news, package)
    assert (first["file"], second["file"]) == (
        "crawl.wacz/archive/rec-0.warc.gz",
        "crawl.wacz/archive/heritrix.warc",
    )
    assert first["warc_file"] == "IMPORTED-crawl-rec-0.warc.gz"
    expected = {n for path in inner for n in read_elsewhere(path, with_warcio=True) if n.startswith("<")}
    assert ids(news) == expected
    assert [report["state"] for report in imported(news, packed, *inner)] == ["known"] * 4
    assert sorted(p.name for p in (news / "warc").glob("IMPORTED*")) == [
        "IMPORTED-crawl-heritrix.warc", "IMPORTED-crawl-rec-0.warc.gz",
    ]  # fmt: skip


def test_a_folder(files: dict[str, Path], news: Path, tmp_path: Path) -> None:
    """With what lies in folders below it, and the reason where a web archive in it cannot be taken in."""
    folder = tmp_path / "2019"
    (folder / "march").mkdir(parents=True)
    shutil.copy(files["Heritrix"], folder / "march" / "a.warc.gz")
    shutil.copy(files["warcio"], folder / "b.warc.gz")
    for name in ("notes.txt", "old.arc.gz", "cold.warc.zst", "growing.warc.gz.open"):
        (folder / name).write_bytes(b"something")
    reports = imported(news, folder, code=7)
    assert {r["file"]: r["state"] for r in reports} == {
        "2019/b.warc.gz": "imported", "2019/march/a.warc.gz": "imported", "2019/old.arc.gz": "unreadable",
        "2019/cold.warc.zst": "unreadable", "2019/growing.warc.gz.open": "unreadable",
    }  # fmt: skip


def test_by_reference(files: dict[str, Path], news: Path, tmp_path: Path) -> None:
    """The file stays where it is; that it is gone, and that it has changed, verify says."""
    place = tmp_path / "elsewhere" / "heritrix.warc.gz"
    place.parent.mkdir()
    shutil.copy(files["Heritrix"], place)
    (report,) = imported(news, "--reference", place)
    assert report["warc_file"] == "heritrix.warc.gz"
    assert not list((news / "warc").glob("*heritrix*"))
    assert rows(news, "SELECT path, imported_from FROM warc_file WHERE path IS NOT NULL") == [
        (str(place), "heritrix.warc.gz")
    ]
    assert rows(news, "SELECT count(*) FROM payload") == [(0,)], "nothing is to depend on a file that may go"
    run_broadsheet("verify", "--archive", news)
    place.rename(place.with_name("moved.warc.gz"))
    done = run_broadsheet("verify", "--archive", news, code=7)
    assert f"{place} at 0: the file is missing; the database has 3 captures in it" in done.stdout
    data = bytearray(place.with_name("moved.warc.gz").read_bytes())
    data[-30] ^= 1
    place.write_bytes(data)
    done = run_broadsheet("verify", "--archive", news, code=7)
    assert "the file's sha256 is" in done.stdout


def test_two_files_of_one_name(files: dict[str, Path], news: Path, tmp_path: Path) -> None:
    for number, writer in enumerate(("Heritrix", "browsertrix")):
        (tmp_path / str(number)).mkdir()
        shutil.copy(files[writer], tmp_path / str(number) / "crawl.warc.gz")
    both = [tmp_path / "0" / "crawl.warc.gz", tmp_path / "1" / "crawl.warc.gz"]
    reports = imported(news, *both)
    assert [r["warc_file"] for r in reports] == ["IMPORTED-crawl.warc.gz", "IMPORTED-crawl-2.warc.gz"]
    other = news.with_name("other")
    store.create(other)
    reports = imported(other, "--reference", *both)
    assert [r["warc_file"] for r in reports] == ["crawl.warc.gz", "crawl-2.warc.gz"]
    run_broadsheet("verify", "--archive", other)


def test_a_file_that_another_tool_made_of_ours_brings_nothing_new(news: Path, tmp_path: Path, site: Site) -> None:
    """The archive's own records in a file packed anew: not even a copy is kept."""
    import gzip

    run_broadsheet("init", news)
    run_broadsheet("crawl", f"{site.url}good/1", "--archive", news, "--allow-address", "loopback", "--delay", "0")
    (own,) = (news / "warc").glob("*.warc.gz")
    again = tmp_path / "packed-anew.warc"
    again.write_bytes(gzip.decompress(own.read_bytes()))
    (report,) = imported(news, again)
    assert (report["state"], report["captures"]) == ("known", 0) and report["known"] > 0
    assert [p.name for p in (news / "warc").iterdir()] == [own.name]
    (report,) = imported(news, own)
    assert report["state"] == "known" and report["warc_file"] == own.name


def test_a_dry_run_changes_nothing(files: dict[str, Path], news: Path, tmp_path: Path) -> None:
    package = writers.wacz(tmp_path / "crawl.wacz", [files["browsertrix"]])
    imported(news, files["Heritrix"])
    before = {
        path: path.read_bytes() for path in sorted(news.rglob("*")) if path.is_file() and "-shm" not in path.name
    }
    reports = imported(news, "--dry-run", package, files["wget"], files["Heritrix"])
    assert [report["state"] for report in reports] == ["new", "new", "known"]
    assert reports[0]["captures"] == 3
    after = {
        path: path.read_bytes() for path in sorted(news.rglob("*")) if path.is_file() and "-shm" not in path.name
    }
    assert {p: d for p, d in after.items() if "-wal" not in p.name} == {
        p: d for p, d in before.items() if "-wal" not in p.name
    }
    done = run_broadsheet("import", "--archive", news, "--dry-run", files["wget"])
    assert "would be imported" in done.stdout and "nothing was changed" in done.stderr


def test_what_it_says(files: dict[str, Path], news: Path) -> None:
    done = run_broadsheet("import", "--archive", news, files["Heritrix"], files["browsertrix"])
    assert done.stdout.splitlines() == [
        "heritrix.warc.gz: 3 captures, 3 new articles",
        "  left out: 1 response of dns, 1 warcinfo",
        "rec-0.warc.gz: 3 captures, 2 new articles",
        "  left out: 1 resource of urn:pageinfo, 1 resource of urn:text, 1 resource of urn:view, 1 warcinfo",
    ]
    assert done.stderr.splitlines()[-1] == "2 files: 6 captures entered, 5 new articles"


def test_nothing_to_do_is_a_mistake(news: Path) -> None:
    done = run_broadsheet("import", "--archive", news, code=2)
    assert "no FILE was given" in done.stderr
    run_broadsheet("import", "--archive", news.with_name("nothing-here"), "x.warc", code=3)


@pytest.mark.parametrize("reference", [False, True], ids=["copy", "reference"])
def test_a_rebuild_repeats_the_import(
    reference: bool, files: dict[str, Path], news: Path, site: Site, tmp_path: Path
) -> None:
    """Row by row: between two crawls, in one command and in several, with a site of one's own choice."""
    how = ["--reference"] if reference else []
    crawl = ("crawl", "--now", "--archive", news, "--allow-address", "loopback", "--delay", "0", "--quiet")
    run_broadsheet("init", news)
    run_broadsheet(*crawl, f"{site.url}again")
    imported(news, *how, files["wget"], files["warcio"], files["FastWARC, one member"])
    imported(news, *how, files["Heritrix"], "--site", "the-paper")
    run_broadsheet(*crawl, f"{site.url}packed")
    imported(news, *how, files["capture_http"], files["browsertrix"])
    copy = tmp_path / "copy"
    shutil.copytree(news, copy)
    for path in copy.glob("archive.db*"):
        path.unlink()
    done = run_broadsheet("rebuild", "--archive", copy)
    assert "nothing tells" not in done.stderr
    assert differences(news / "archive.db", copy / "archive.db") == []
    assert rows(copy, "SELECT count(*) FROM warc_file WHERE imported_from IS NOT NULL") == [(6,)]
    run_broadsheet("verify", "--archive", copy)
