"""`broadsheet verify`: whatever is changed behind the archive's back is found, and named."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import zlib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive import store
from archive.cli import cli
from archive.errors import DamageFound
from archive.warc.reader import iter_records
from tests.core.samples import SITE, small_archive


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_archive(tmp_path_factory.mktemp("verify") / "news")


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "news")
    return tmp_path / "news"


def findings(folder: Path) -> list[str]:
    """What the command prints; it must leave with DamageFound if that is anything."""
    done = CliRunner().invoke(cli, ["verify", "--archive", str(folder)])
    lines = done.stdout.splitlines()
    if lines:
        assert isinstance(done.exception, DamageFound), done.exception
        assert str(len(lines)) in str(done.exception)
    else:
        assert done.exit_code == 0, done.exception
    return lines


def change(folder: Path, sql: str, *parameters: Any) -> None:
    """As a mistake of ours would: the checksums of the database's pages follow."""
    with store.open_archive(folder, write=True) as archive:
        assert archive.db.conn.execute(sql, parameters).rowcount > 0


def the_file(folder: Path) -> Path:
    (found,) = (folder / "warc").glob("*.warc.gz")
    return found


def test_a_sound_archive(folder: Path, broadsheet: Any) -> None:
    done = broadsheet("verify", "--archive", folder)
    assert done.stdout == ""
    assert done.stderr.startswith("all is well: 1 file, ")


def unpacked(data: bytes) -> bytes | None:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return None


def test_any_byte_of_the_file(folder: Path, broadsheet: Any) -> None:
    """One in 211: the right place and URL are named, and the command leaves with 7.

    A few bits of a gzip member mean nothing (those after the end of the data up to the next whole byte): of these
    the digest of the whole file tells.
    """
    path = the_file(folder)
    sound = path.read_bytes()
    records = list(iter_records(path))
    for at in range(3, len(sound), 211):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 0x10]) + sound[at + 1 :])
        hit = next(r for r in records if r.offset <= at < r.offset + r.length)
        lines = findings(folder)
        assert any(line.startswith(f"{path} at 0: the file's sha256 is") for line in lines)
        member = slice(hit.offset, hit.offset + hit.length)
        if unpacked(path.read_bytes()[member]) == unpacked(sound[member]) and at > hit.offset + 10:
            continue
        at_hit = [line for line in lines if line.startswith(f"{path} at {hit.offset}: ")]
        assert at_hit, (at, lines)
        if hit.record_type != "warcinfo":
            assert any(str(hit.url) in line for line in at_hit), (at, lines)
    done = broadsheet("verify", "--archive", folder, code=7)
    assert len(done.stderr.splitlines()) == 1
    assert "problems in" in done.stderr


def test_a_file_cut_short_and_a_file_that_is_gone(folder: Path) -> None:
    path = the_file(folder)
    path.write_bytes(path.read_bytes()[:-500])
    lines = findings(folder)
    assert any("sha256" in line for line in lines)
    path.unlink()
    (line,) = findings(folder)
    assert line.startswith(f"{path} at 0: the file is missing; the database has 7 captures in it  {SITE}")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            'UPDATE capture SET "offset" = "offset" + 1 WHERE capture_id = 3',
            "no response record where the database",
        ),
        ("UPDATE capture SET length = length + 1 WHERE capture_id = 3", "the database has another record"),
        ("UPDATE capture SET record_id = 'urn:x' WHERE capture_id = 3", "the database has another record"),
        ("UPDATE capture SET captured_at = '2020-01-01' WHERE capture_id = 3", "another time, 2020-01-01"),
        ("UPDATE capture SET block_digest = 'sha1:A' WHERE capture_id = 3", "another digest, sha1:A"),
        ("UPDATE capture SET request_offset = 1 WHERE capture_id = 3", "no request record where the database"),
        ("UPDATE capture SET metadata_length = 1 WHERE capture_id = 3", "the database has another record"),
    ],
)
def test_a_row_that_is_wrong(sql: str, said: str, folder: Path) -> None:
    with store.open_archive(folder) as archive:
        row = next(row for row in store.captures(archive.db) if row.capture_id == 3)
    change(folder, sql)
    lines = findings(folder)
    assert any(said in line and row.url in line and str(the_file(folder)) in line for line in lines)


def test_a_row_that_is_gone(folder: Path) -> None:
    with store.open_archive(folder) as archive:
        row = next(row for row in store.captures(archive.db) if row.status == 404)
    change(folder, "DELETE FROM attempt WHERE capture_id = ?", row.capture_id)
    change(folder, "DELETE FROM capture WHERE capture_id = ?", row.capture_id)
    (line,) = findings(folder)
    assert line == f"{the_file(folder)} at {row.offset}: the database does not know this record  {row.url}"


def test_a_file_that_was_put_there(folder: Path) -> None:
    shutil.copy(the_file(folder), folder / "warc" / "other.warc.gz")
    assert any("other.warc.gz at 0: the database does not know this file" in line for line in findings(folder))


def test_a_search_index_that_lacks_an_article(folder: Path) -> None:
    change(folder, "DELETE FROM articles_fts_docsize WHERE id = 1")
    lines = findings(folder)
    assert any("articles are missing from the search index" in line for line in lines)
    assert all(line.startswith(str(folder / "archive.db")) for line in lines)


def test_a_database_that_is_damaged(folder: Path, broadsheet: Any) -> None:
    path = folder / "archive.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = [
        p for (p,) in connection.execute("SELECT rootpage FROM sqlite_master WHERE name IN ('capture', 'url')")
    ]
    connection.close()
    data = bytearray(path.read_bytes())
    for page in pages:
        data[(page - 1) * 4096 : (page - 1) * 4096 + 64] = b"\xff" * 64
    path.write_bytes(data)
    lines = findings(folder)
    assert lines and any(line.startswith(f"{path} at 0: ") for line in lines)
    for words in (("status",), ("show", "1")):  # one line, no traceback
        done = broadsheet(*words, "--archive", folder, code=6)
        assert len(done.stderr.splitlines()) == 1 and str(path) in done.stderr


def test_the_end_of_a_file_that_is_being_written_is_left_alone(folder: Path) -> None:
    path = the_file(folder)
    growing = path.with_name(path.name + ".open")
    path.rename(growing)
    change(folder, "UPDATE warc_file SET sealed_at = NULL, sha256 = NULL")
    with growing.open("ab") as file:
        file.write(b"\x1f\x8b half a record")
    assert findings(folder) == []
    sound = growing.read_bytes()
    growing.write_bytes(sound[:2000] + b"\0\0\0\0" + sound[2004:])
    assert findings(folder) != []


def test_files_of_any_origin(folder: Path, broadsheet: Any) -> None:
    assert "all is well" in broadsheet("verify", the_file(folder)).stderr
    assert "is no file" in broadsheet("verify", folder, code=9).stderr
    damaged = folder / "x.warc.gz"
    damaged.write_bytes(the_file(folder).read_bytes()[:-5])
    done = broadsheet("verify", damaged, "--json", code=7)
    assert {json.loads(line)["file"] for line in done.stdout.splitlines()} == {str(damaged)}


def test_what_a_file_says_does_not_reach_the_terminal_raw(tmp_path: Path) -> None:
    path = tmp_path / "evil.warc"
    path.write_bytes(
        b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-03-02T08:00:00Z\r\n"
        b"WARC-Target-URI: http://x.example/\x1b]0;owned\x07\r\nContent-Length: 5\r\n"
        b"WARC-Block-Digest: sha1:AAAA\r\n\r\nhello\r\n\r\n"
    )
    done = CliRunner().invoke(cli, ["verify", str(path)])
    assert "http://x.example/" in done.stdout
    assert "\x1b" not in done.stdout
