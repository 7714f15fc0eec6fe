"""CDXJ lines: what they say, what stays out, how they are sorted; from the database and from files alike."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive.cli import cli
from archive.errors import BadInput, DamageFound
from archive.model import Outcome
from archive.warc.cdxj import (
    BLOCK_LINES,
    CdxEntry,
    SortedLines,
    compressed,
    is_replayed,
    mime_of,
    shown,
    timestamp,
)
from tests.handover.containers import run
from tests.handover.foreign import foreign
from tests.handover.holdings import Holdings, day, html, response

PAGE = "http://news.localhost:8000/page"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cdxj") / "news"
    with Holdings(folder) as held:
        first = held.capture(PAGE, response(html("One"), coding="gzip", chunked=True), at=day(2), headline="One")
        plain = held.capture(PAGE + "?b=2&a=1", response(html("Two")), at=day(2), headline="Two")
        held.capture(PAGE, response(status=304, type=None), at=day(3), refers_to=first, outcome=Outcome.UNCHANGED)
        held.capture(PAGE + "/again", response(html("Two")), at=day(3), same_payload_as=plain, headline="Two")
        held.capture(PAGE + "/gone", response(b"no", status=404), at=day(3), outcome=Outcome.GONE)
        held.capture(PAGE, response(html("Half"))[:300], at=day(4), truncated="time", outcome=Outcome.TIMEOUT)
        held.capture("http://www.news.localhost:8000/Page/", response(html("Three")), at=day(5), headline="Three")
    return folder


def warc(folder: Path) -> Path:
    (path,) = (folder / "warc").glob("*.warc.gz")
    return path


def index(*words: str | Path) -> list[tuple[str, str, dict[str, str]]]:
    lines = run("cdxj", *words).stdout.splitlines()
    assert lines == sorted(lines)
    return [(key, at, json.loads(told)) for key, at, told in (line.split(" ", 2) for line in lines)]


def test_of_an_archive_and_of_its_files_the_same(folder: Path) -> None:
    of_archive = run("cdxj", "--archive", folder).stdout
    assert of_archive == run("cdxj", warc(folder)).stdout
    assert len(of_archive.splitlines()) == 6


def test_of_the_demo_newspaper_too(demo_archive: Path) -> None:
    """Every house style: from the database as from the file."""
    of_archive = run("cdxj", "--archive", demo_archive).stdout
    assert of_archive == run("cdxj", *(demo_archive / "warc").iterdir()).stdout
    kinds = {json.loads(line.split(" ", 2)[2]).get("mime") for line in of_archive.splitlines()}
    assert {"text/html", "text/plain", "application/rss+xml"} <= kinds
    assert {json.loads(line.split(" ", 2)[2])["status"] for line in of_archive.splitlines()} >= {
        "200",
        "301",
        "404",
    }


def test_what_a_line_says(folder: Path) -> None:
    lines = index("--archive", folder)
    key, at, told = lines[0]
    assert (key, at) == ("localhost,news:8000)/page", "20260302080000")
    assert list(told) == ["url", "mime", "status", "digest", "length", "offset", "filename"]
    assert (told["url"], told["mime"], told["status"]) == (PAGE, "text/html", "200")
    assert told["digest"].startswith("sha1:")
    data = warc(folder).read_bytes()
    start = int(told["offset"])
    assert gzip.decompress(data[start : start + int(told["length"])]).startswith(b"WARC/1.1")
    assert told["filename"] == warc(folder).name
    assert [key for key, _, _ in lines[3:]] == [
        "localhost,news:8000)/page/again",
        "localhost,news:8000)/page/gone",
        "localhost,news:8000)/page?a=1&b=2",
    ]
    assert lines[2][0] == lines[0][0]  # www., case and the last slash make no difference to a key


def test_revisits(folder: Path) -> None:
    """One of an identical payload is one; a 304 leads to the record that it confirms, which pywb then shows."""
    told = {(told["url"], at): told for _, at, told in index("--archive", folder)}
    first, unchanged = told[PAGE, "20260302080000"], told[PAGE, "20260303080000"]
    assert unchanged == first
    again, two = told[PAGE + "/again", "20260303080000"], told[PAGE + "?b=2&a=1", "20260302080000"]
    assert (again["mime"], again["status"], again["digest"]) == ("warc/revisit", "200", two["digest"])
    assert again["offset"] != two["offset"]


def test_a_304_whose_original_is_not_in_the_index_is_left_out() -> None:
    revisit = CdxEntry(PAGE, "2026-03-03T08:00:00Z", "warc/revisit", 304, "sha1:A", 5, 6, "w").line()
    other = CdxEntry(PAGE, "2026-03-02T08:00:00Z", "text/html", 200, "sha1:B", 5, 0, "w").line()
    for at_original in (True, False):
        assert list(shown([other, revisit], at_original=at_original)) == [other]


def test_a_304_of_another_tool_without_digest_confirms_the_last_answer() -> None:
    one = CdxEntry(PAGE, "2026-03-01T08:00:00Z", "text/html", 200, "sha1:A", 5, 0, "w")
    two = CdxEntry(PAGE, "2026-03-02T08:00:00Z", "text/plain", 200, "sha1:B", 5, 9, "w")
    revisit = CdxEntry(PAGE, "2026-03-03T08:00:00Z", "warc/revisit", 304, None, 5, 20, "w")
    (*_, last) = shown([one.line(), two.line(), revisit.line()], at_original=True)
    assert last == CdxEntry(PAGE, "2026-03-03T08:00:00Z", "text/plain", 200, "sha1:B", 5, 9, "w").line()
    (*_, last) = shown([one.line(), two.line(), revisit.line()], at_original=False)
    assert json.loads(last.split(b" ", 2)[2])["mime"] == "warc/revisit"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (("response", 200, None, "GET"), True),
        (("response", 200, None, None), True),  # another tool keeps no requests
        (("response", 404, None, "GET"), True),
        (("response", 301, None, "GET"), True),
        (("response", 200, "length", "GET"), False),
        (("response", 200, None, "HEAD"), False),
        (("response", 200, None, "POST"), False),
        (("response", 304, None, "GET"), False),
        (("revisit", 304, None, "GET"), True),
        (("revisit", 200, "length", "GET"), True),  # its body lies elsewhere; nothing was lost
        (("revisit", 200, "disconnect", "GET"), False),
    ],
)
def test_what_belongs_into_an_index(facts: Any, expected: bool) -> None:
    assert is_replayed(*facts) is expected


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026-03-02T08:00:01.250999Z", "20260302080001250"),
        ("2026-03-02T08:00:01Z", "20260302080001000"),
        ("2026-03-02T09:00:01+01:00", "20260302080001000"),
        ("2026-03-02", "20260302000000000"),
        ("2026-03", "20260301000000000"),
        ("2026", "20260101000000000"),
        ("yesterday", "00000000000000000"),
    ],
)
def test_times(date: str, expected: str) -> None:
    assert timestamp(date) == expected


def test_media_types() -> None:
    assert mime_of("response", "text/html; charset=utf-8") == "text/html"
    assert mime_of("response", " text/html charset=utf-8") == "text/html"
    assert mime_of("response", None) is None
    assert mime_of("revisit", "text/html") == "warc/revisit"


def test_a_key_has_no_blank_whatever_the_address_is() -> None:
    line = CdxEntry("dns:news example\n", "2026-03-02T08:00:00Z", None, None, None, 1, 2, "w").line()
    assert line.count(b"\n") == 1
    assert line.split(b" ", 2)[0] == b"dns:news%20example%0A"


def test_lines_are_sorted_whether_they_fit_in_memory_or_not(tmp_path: Path) -> None:
    lines = [f"{n * 7919 % 1000:04} line\n".encode() for n in range(1000)] * 2
    with SortedLines(tmp_path, memory=300) as found:
        for line in lines:
            found.add(line)
        assert list(found) == sorted(set(lines))
    assert list(tmp_path.iterdir()) == []


def test_a_compressed_index_says_where_each_block_lies() -> None:
    lines = [
        CdxEntry(f"{PAGE}/{n:04}", "2026-03-02T08:00:00Z", None, 200, "sha1:A", 1, n, "w").line()
        for n in range(700)
    ]
    blocks = list(compressed(lines, "index.cdx.gz"))
    data = b"".join(member for member, _ in blocks)
    head, *places = b"".join(head for _, head in blocks).decode().splitlines()
    assert head == '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}'
    assert len(places) == 3
    for number, place in enumerate(places):
        key, at, told = place.split(" ", 2)
        where = json.loads(told)
        block = gzip.decompress(data[where["offset"] : where["offset"] + where["length"]]).splitlines(
            keepends=True
        )
        assert block == lines[number * BLOCK_LINES : (number + 1) * BLOCK_LINES]
        assert block[0].decode().startswith(f"{key} {at} {{")


def test_files_of_other_tools(tmp_path: Path) -> None:
    """Not compressed, angle brackets, a digest of their own, resources; answers to HEAD stay out."""
    page, bare, thumbnail = index(foreign(tmp_path / "gift.warc"))
    assert page[0] == "example,news)/a%20b"
    assert (page[2]["url"], page[2]["digest"]) == ("http://news.example/a b", "sha256:theirs")
    assert (bare[2]["mime"], bare[2]["digest"]) == ("warc/revisit", "sha256:theirs")
    assert thumbnail[2] == {
        "url": "urn:thumbnail:x", "mime": "image/png", "status": "200", "digest": "sha1:THUMB",
        "length": thumbnail[2]["length"], "offset": thumbnail[2]["offset"], "filename": "gift.warc",
    }  # fmt: skip


def test_what_is_whole_of_a_damaged_file_is_indexed_and_the_rest_told(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "torn.warc.gz"
    data = bytearray(warc(folder).read_bytes())
    data[900:910] = b"\0" * 10
    path.write_bytes(data)
    done = CliRunner().invoke(cli, ["cdxj", str(path)])
    assert isinstance(done.exception, DamageFound)
    assert "1 place" in str(done.exception)
    assert f"{path}: at byte" in done.stderr
    assert len(done.stdout.splitlines()) in (4, 5)


def test_two_files_of_one_name_cannot_be_told_apart(folder: Path, tmp_path: Path) -> None:
    shutil.copy(warc(folder), tmp_path)
    done = CliRunner().invoke(cli, ["cdxj", str(warc(folder)), str(tmp_path / warc(folder).name)])
    assert isinstance(done.exception, BadInput)
    assert f"2 files are called {warc(folder).name}" in str(done.exception)
