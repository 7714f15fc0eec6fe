"""`broadsheet verify` on an archive with a past: rows against records, texts against hashes, pages against sums."""

from __future__ import annotations

import json
import os
import queue
import random
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive import store
from archive.cli import cli
from archive.errors import DamageFound, StorageFailed
from archive.intake import Intake
from archive.pipeline import Page, process
from archive.warc.writer import WarcWriter
from tests.core.samples import SITE, answer, article_page, job, take_in
from tests.custody.samples import two_crawls

ARTICLE = 9  # number of the capture of a changed article
REVISIT = 11  # of one with the payload of capture 4


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_crawls(tmp_path_factory.mktemp("custody") / "news")


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "news")
    return tmp_path / "news"


def verify(folder: Path, *words: str) -> tuple[list[dict[str, Any]], str]:
    """-> what was found, and what was said beside it."""
    done = CliRunner().invoke(cli, ["verify", "--json", "--archive", str(folder), *words])
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if found:
        assert isinstance(done.exception, DamageFound), done.exception
    else:
        assert done.exit_code == 0, done.exception
    return found, done.stderr


def change(folder: Path, sql: str, *parameters: Any) -> None:
    """As a mistake of ours would: the checksums of the database's pages follow."""
    with store.open_archive(folder, write=True) as archive:
        archive.db.conn.execute("PRAGMA foreign_keys = OFF")
        assert archive.db.conn.execute(sql, parameters).rowcount > 0


def capture(folder: Path, number: int) -> store.StoredCapture:
    with store.open_archive(folder) as archive:
        return next(c for c in store.captures(archive.db) if c.capture_id == number)


def files(folder: Path) -> list[Path]:
    return sorted((folder / "warc").glob("*.warc.gz"))


def flip(path: Path, at: int, bits: int = 0x10) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= bits
    path.write_bytes(data)


# Rows against records.


@pytest.mark.parametrize(
    ("number", "column", "value"),
    [
        (ARTICLE, "url_id", 1),
        (ARTICLE, "record_id", "<urn:uuid:0>"),
        (ARTICLE, "record_type", "revisit"),
        (ARTICLE, "captured_at", "2026-03-02T08:00:00Z"),
        (ARTICLE, "status", 201),
        (ARTICLE, "content_type", "text/plain"),
        (ARTICLE, "block_digest", "sha1:A"),
        (ARTICLE, "payload_sha256", "0" * 64),
        (ARTICLE, "payload_bytes", 7),
        (ARTICLE, "truncated", "time"),
        (ARTICLE, "ip", "192.0.2.1"),
        (ARTICLE, "redirect_to", "https://news.example/"),
        (ARTICLE, "fetch_ms", 8),
        (REVISIT, "payload_digest", "sha1:A"),
        (REVISIT, "refers_to", 5),
        (REVISIT, "refers_to", None),
        (REVISIT, "status", 203),
    ],
)
def test_every_fact_of_a_capture_is_that_of_its_record(folder: Path, number: int, column: str, value: Any) -> None:
    row = capture(folder, number)
    change(folder, f"UPDATE capture SET {column} = ? WHERE capture_id = ?", value, number)
    found, _ = verify(folder)
    at_row = [f for f in found if f["offset"] in (row.offset, row.metadata_offset)]
    assert at_row, found
    assert {(f["file"], f["url"]) for f in at_row} == {(str(folder / "warc" / row.warc_file), row.url)}


@pytest.mark.parametrize("kind", ["request", "metadata"])
def test_what_stands_beside_a_capture_is_known_and_its_own(folder: Path, kind: str) -> None:
    row, other = capture(folder, ARTICLE), capture(folder, REVISIT)
    place = f"UPDATE capture SET {kind}_offset = ?, {kind}_length = ? WHERE capture_id = ?"
    change(folder, place, None, None, ARTICLE)
    (found,), _ = verify(folder)
    assert found["offset"] == getattr(row, f"{kind}_offset") and found["url"] == row.url
    assert found["what"] == f"the database does not know this {kind} record"
    change(folder, place, getattr(other, f"{kind}_offset"), getattr(other, f"{kind}_length"), ARTICLE)
    found, _ = verify(folder)
    assert any("the record of another capture" in f["what"] for f in found)


def test_a_file_is_that_of_its_crawl(folder: Path) -> None:
    change(folder, "UPDATE warc_file SET warcinfo_id = '<urn:uuid:0>' WHERE warc_file_id = 2")
    (found,), _ = verify(folder)
    assert found["file"] == str(files(folder)[1]) and "another warcinfo record" in found["what"]


def test_a_file_under_another_name_is_recognised(folder: Path) -> None:
    path = files(folder)[0]
    path.rename(path.with_name("other.warc.gz"))
    found, _ = verify(folder)
    assert any(f["file"].endswith("other.warc.gz") and f"it is {path.name}" in f["what"] for f in found)
    assert any("is missing; the database has 7 captures" in f["what"] for f in found)


# The database against itself.


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE version SET article_body = replace(article_body, 'Tuesday', 'Thursday')", "text_sha256"),
        ("UPDATE version SET headline = headline || '!' WHERE version_id = 5", "text_sha256"),
        ("UPDATE version SET date_published = '2026-03-01T09:00:00Z' WHERE version_id = 5", "text_sha256"),
        ("UPDATE version SET full_sha256 = text_sha256 || '0' WHERE version_id = 5", "full_sha256"),
        ("UPDATE version SET word_count = 3 WHERE version_id = 5", "words, not 3"),
        ("UPDATE version SET authors = 'Somebody' WHERE version_id = 5", "authors of version 5 are none"),
        ("UPDATE payload SET digest = 'sha1:A' WHERE capture_id = 9", "listed under another digest"),
        ("UPDATE attempt SET capture_id = 3 WHERE capture_id = 9", "capture 3 of another URL"),
    ],
)
def test_rows_that_contradict_each_other(folder: Path, sql: str, said: str) -> None:
    change(folder, sql)
    found, _ = verify(folder)
    assert any(said in f["what"] and str(f["url"]).startswith("https://news.example/") for f in found), found
    assert {f["file"] for f in found} == {str(folder / "archive.db")}


@pytest.mark.parametrize("index", ["articles_fts", "articles_cjk_fts"])
def test_an_index_lacks_an_article(tmp_path: Path, index: str) -> None:
    folder = tmp_path / "news"
    store.create(folder)
    page = article_page(1).replace(b"Bridge 1 is to be mended", "東京の橋は直される".encode())
    take_in(folder, {"story": answer(page)})
    assert verify(folder)[0] == []
    change(folder, f"DELETE FROM {index}_docsize")
    found, _ = verify(folder)
    assert any("1 articles are missing" in f["what"] and index in f["what"] for f in found)


# Bytes of the database.


def test_any_byte_of_the_database(folder: Path) -> None:
    path = folder / "archive.db"
    sums = path.with_name("archive.db-sums")
    sound, sound_sums = path.read_bytes(), sums.read_bytes()
    moments = random.Random(5)
    for at in (*range(0, 100, 3), *(moments.randrange(100, len(sound)) for _ in range(30))):
        flip(path, at, 1 << moments.randrange(8))
        found, _ = verify(folder)
        page = at // 4096
        assert {"file": str(path), "offset": page * 4096, "url": None} == {
            k: found[0][k] for k in ("file", "offset", "url")
        }
        assert f"page {page + 1} is not as Broadsheet wrote last" in found[0]["what"]
        path.write_bytes(sound)
        sums.write_bytes(sound_sums)  # a changed number of its format is brought up to date
    found, said = verify(folder)
    assert found == [] and said.startswith("all is well: 2 files, 41 records, ")


def test_what_another_program_changed(folder: Path) -> None:
    connection = sqlite3.connect(folder / "archive.db")
    connection.execute("UPDATE version SET byline_raw = 'nobody'")
    connection.commit()
    connection.close()
    found, _ = verify(folder)
    assert found and all("not as Broadsheet wrote last" in f["what"] for f in found)


def test_a_database_that_is_gone_or_none_does_not_keep_the_files_from_being_checked(folder: Path) -> None:
    path = folder / "archive.db"
    flip(files(folder)[0], 3000, 0xFF)
    for name in ("archive.db", "archive.db-sums"):
        (folder / name).rename(folder / f"{name}.away")
    found, _ = verify(folder)
    assert any(f["file"] == str(path) and "broadsheet rebuild" in f["what"] for f in found)
    assert any(f["file"] == str(files(folder)[0]) for f in found)
    path.write_bytes(b"no database" * 1000)
    found, _ = verify(folder)
    assert any("is no SQLite database; broadsheet rebuild makes it again" in f["what"] for f in found)
    assert any(f["file"] == str(files(folder)[0]) for f in found)


def test_texts_that_are_no_text(folder: Path) -> None:
    """Without sums, what SQLite itself cannot tell must not end in a traceback."""
    (folder / "archive.db-sums").unlink()
    connection = sqlite3.connect(folder / "archive.db")
    connection.execute("UPDATE url SET url = CAST(x'ff80' AS TEXT) WHERE url_id = 2")
    connection.commit()
    connection.close()
    found, _ = verify(folder)
    assert any(f["file"] == str(folder / "archive.db") and "cannot be read" in f["what"] for f in found)
    assert any(f["file"] == str(folder / "archive.db-sums") and "is missing" in f["what"] for f in found)


@pytest.mark.parametrize("keep_sums", [True, False])
@pytest.mark.parametrize("word", [b"CREATE TABLE site", b"CREATE INDEX url_due ON", b"CREATE VIEW articles"])
def test_a_schema_that_is_no_text(folder: Path, word: bytes, keep_sums: bool) -> None:
    path = folder / "archive.db"
    flip(path, path.read_bytes().index(word) + 8, 0xE0)
    if not keep_sums:
        (folder / "archive.db-sums").unlink()
    found, _ = verify(folder)
    assert any(f["file"] == str(path) for f in found)
    for words in (("status",), ("search", "bridge"), ("show", "1")):
        done = CliRunner().invoke(cli, [*words, "--archive", str(folder)])
        assert isinstance(done.exception, StorageFailed) and str(path) in str(done.exception)


# Only what has changed.


def test_quick_reads_what_has_changed(folder: Path) -> None:
    second = files(folder)[1]
    assert "41 records" in verify(folder)[1]
    found, said = verify(folder, "--quick")
    assert found == []
    assert "all is well: 0 files, 0 records, 0 bytes; not read again: 2 files, " in said
    assert "the search indexes and the texts' own hashes were not compared" in said
    os.utime(second, (1, 1))
    found, said = verify(folder, "--quick")  # revisits refer to the file that is not read
    assert (
        found == []
        and f"all is well: 1 file, 19 records, {second.stat().st_size} bytes; not read again: 1 file" in said
    )
    assert "not read again: 2 files" in verify(folder, "--quick")[1]
    flip(second, 3000)
    found, _ = verify(folder, "--quick")
    assert {f["file"] for f in found} == {str(second)}
    assert verify(folder, "--quick")[0] == found  # it is not taken for sound the next time


def test_only_the_full_way_finds_a_change_that_hides_its_time(folder: Path) -> None:
    verify(folder)
    path = files(folder)[0]
    stat = path.stat()
    flip(path, 3000)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    found, said = verify(folder, "--quick")
    assert found == [] and "not read again: 2 files" in said
    found, _ = verify(folder)
    assert any(f["file"] == str(path) for f in found)
    assert verify(folder, "--quick")[0] == found  # from now on it is known not to be sound


def test_quick_still_looks_at_every_page_of_the_database(folder: Path) -> None:
    verify(folder)
    flip(folder / "archive.db", 50_000)
    assert verify(folder, "--quick")[0]


def test_of_a_file_that_grows_quick_reads_the_new_part(folder: Path) -> None:
    with store.open_archive(folder) as archive:
        site_id = archive.db.execute("SELECT site_id FROM site").fetchone()[0]
    writer = WarcWriter(folder / "warc", info={"software": "broadsheet/test"}, host="test.example")
    released: queue.SimpleQueue[list[Page]] = queue.SimpleQueue()
    intake = Intake(folder, writer, 1, released=released.put, failed=lambda e: None, idle=lambda: True)

    def take(number: int) -> None:
        url = f"{SITE}new/{number}"
        intake.put(process(job(answer(article_page(number)), url, url_id=None, site_id=site_id, crawl_id=1)))
        assert len(released.get(timeout=30)) == 1

    try:
        take(1)
        found, said = verify(folder)
        assert found == [] and "3 files, 45 records" in said and "somebody is writing" in said
        assert "all is well: 1 file, 0 records, 0 bytes; not read again: 2 files" in verify(folder, "--quick")[1]
        take(2)
        found, said = verify(folder, "--quick")
        assert found == [] and "all is well: 1 file, 3 records, " in said
        with writer.path.open("r+b") as file:
            file.seek(-700, os.SEEK_END)
            file.write(b"\0\0\0")
        assert "all is well" in verify(folder, "--quick")[1]
        assert verify(folder)[0]
    finally:
        intake.close()
    assert {Path(f["file"]).name for f in verify(folder, "--quick")[0]} == {files(folder)[-1].name}
