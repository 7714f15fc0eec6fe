"""Other people's tools agree about the files we write."""

from __future__ import annotations

import gzip
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


# warcio expects another library under the name of brotli, and fails on every body in it with the real one.
WARCIO = """
import sys, brotli, warcio.bufferedreaders
from warcio.cli import main

class Brotli:
    unused_data = b""
    def __init__(self):
        self.decoder = brotli.Decompressor()
    def decompress(self, data):
        return self.decoder.process(data)

warcio.bufferedreaders.BufferedReader.DECOMPRESSORS["br"] = Brotli
main(sys.argv[1:])
"""


def test_warcio_check(warc: Path) -> None:
    run(sys.executable, "-c", WARCIO, "check", str(warc))


def test_warcio_check_sees_what_it_should(warc: Path, tmp_path: Path) -> None:
    """The check above can fail."""
    path = tmp_path / "wrong.warc"
    path.write_bytes(gzip.decompress(warc.read_bytes()).replace(b"The ferry", b"the ferry"))
    done = subprocess.run([sys.executable, "-c", WARCIO, "check", str(path)], capture_output=True, check=False)
    assert done.returncode != 0


def test_fastwarc_check(warc: Path) -> None:
    run(str(BIN / "fastwarc"), "check", str(warc))


def test_gzip_test(warc: Path) -> None:
    program = shutil.which("gzip")
    assert program, "gzip is part of every system that this runs on"
    run(program, "-t", str(warc))


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
