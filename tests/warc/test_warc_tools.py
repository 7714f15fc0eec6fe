"""Other people's tools agree about the files we write."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastwarcIterator
from warc_samples import INTERIM, ODD, TLS, exchange, head, new_writer
from warcio.archiveiterator import ArchiveIterator

from archive.model import RefersTo
from archive.warc.records import build

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def warc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of record the writer makes, of every odd response."""
    folder = tmp_path_factory.mktemp("tools")
    writer = new_writer(folder)
    info = writer.warcinfo_id
    for raw, _ in ODD.values():
        writer.append(
            build(exchange(INTERIM + raw, **TLS), warcinfo_id=info, facts={"via": "https://news.example/"})
        )
    first = build(exchange(ODD["plain"][0]), warcinfo_id=info)
    writer.append(first)
    capture = first.capture
    assert capture is not None
    assert capture.payload_digest is not None
    same = RefersTo(capture.record_id, "https://news.example/harbour", capture.captured_at, capture.payload_digest)
    not_modified = head(b'ETag: "a"', status=b"HTTP/1.1 304 Not Modified")
    writer.append(build(exchange(not_modified), warcinfo_id=info, refers_to=same))
    writer.append(build(exchange(not_modified), warcinfo_id=info))
    writer.append(build(exchange(ODD["plain"][0]), warcinfo_id=info, same_payload_as=same))
    for end, reason in ((-50, "length"), (30, "time"), (8, "disconnect")):
        cut = exchange(ODD["gzip"][0][:end], complete=False, truncated=reason)
        writer.append(build(cut, warcinfo_id=info))
    sealed = writer.seal()
    assert sealed is not None
    return folder / sealed.filename


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_warcio_check(warc: Path) -> None:
    run(str(BIN / "warcio"), "check", str(warc))


def test_fastwarc_check(warc: Path) -> None:
    run(str(BIN / "fastwarc"), "check", str(warc))


def test_gzip_test(warc: Path) -> None:
    gzip = shutil.which("gzip")
    assert gzip, "gzip is part of every system that this runs on"
    run(gzip, "-t", str(warc))


def test_readers_give_the_blocks_as_received(warc: Path) -> None:
    """Stored gzip members (level 0) too: the bodies that were compressed by the server."""
    expected = [raw for raw, _ in ODD.values()]
    with warc.open("rb") as file:
        found = [
            r.raw_stream.read() for r in ArchiveIterator(file, no_record_parse=True) if r.rec_type == "response"
        ]
    assert found[: len(expected)] == expected
    with warc.open("rb") as file:
        records = FastwarcIterator(file, parse_http=False)
        fast = [record.reader.read() for record in records if record.headers["WARC-Type"] == "response"]
    assert fast == found


def test_readers_find_the_same_number_of_records(warc: Path) -> None:
    with warc.open("rb") as file:
        types = [record.rec_type for record in ArchiveIterator(file)]
    with warc.open("rb") as file:
        fast = [record.headers["WARC-Type"] for record in FastwarcIterator(file)]
    assert types == fast
    assert types.count("response") == len(ODD) + 3
    assert types.count("revisit") == 2
    assert types.count("request") == types.count("metadata") == len(ODD) + 7
