from __future__ import annotations

import gzip
import hashlib
import io
from pathlib import Path

import pytest
from warc_samples import ODD, START, exchange, head, new_writer, write_archive
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.errors import BadInput
from archive.model import RefersTo
from archive.warc.reader import Damage, Record, iter_records, read_record
from archive.warc.records import build, timestamp
from archive.warc.verify import Counts, verify_files


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every odd response in it."""
    return write_archive(tmp_path_factory.mktemp("sound"), [raw for raw, _ in ODD.values()])


def test_a_sound_archive_has_no_findings(sound: Path) -> None:
    counts, records = Counts(), list[Record]()
    assert list(verify_files([sound], counts=counts, on_record=records.append)) == []
    assert counts.records == len(records) == 1 + 3 * len(ODD)
    assert counts.files == 1
    assert counts.bytes == sound.stat().st_size
    assert counts.block_digests == counts.records
    assert counts.by_type == {"warcinfo": 1, "response": len(ODD), "request": len(ODD), "metadata": len(ODD)}
    assert records[-1].offset + records[-1].length == counts.bytes


def test_every_changed_byte_is_found(tmp_path: Path) -> None:
    path = write_archive(tmp_path, [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"])
    data = path.read_bytes()
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 0xFF
        path.write_bytes(changed)
        assert any(verify_files([path])), at


def test_the_digest_of_the_whole_file_finds_even_bits_that_mean_nothing(tmp_path: Path) -> None:
    path = write_archive(tmp_path, [ODD["gzip"][0]])
    data = path.read_bytes()
    expected = {path: hashlib.sha256(data).hexdigest()}
    assert not any(verify_files([path], sha256=expected))
    for at in range(0, len(data), 7):
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            path.write_bytes(changed)
            assert any("sha256" in finding.what for finding in verify_files([path], sha256=expected))


@pytest.mark.parametrize(
    ("tail", "what"),
    [
        (b"\0" * 512, "zero bytes"),
        (b"garbage", "no record begins here"),
        (b"\x1f\x8b\x08", "cut off"),
        (gzip.compress(b"not a record", mtime=0), "not a WARC record"),
    ],
)
def test_what_follows_the_last_record_is_found(sound: Path, tmp_path: Path, tail: bytes, what: str) -> None:
    path = tmp_path / "tail.warc.gz"
    path.write_bytes(sound.read_bytes() + tail)
    (finding,) = verify_files([path])
    assert (finding.file, finding.offset) == (path, sound.stat().st_size)
    assert what in finding.what


def test_a_torn_tail_is_found_that_other_tools_pass_over(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "torn.warc.gz"
    path.write_bytes(sound.read_bytes()[:-150])
    (finding,) = verify_files([path])
    assert "cut off" in finding.what


def test_damage_hides_only_the_record_it_is_in(sound: Path, tmp_path: Path) -> None:
    records = list(iter_records(sound))
    victim = records[4]
    data = bytearray(sound.read_bytes())
    data[victim.offset + 40 : victim.offset + 80] = bytes(40)
    path = tmp_path / "hole.warc.gz"
    path.write_bytes(data)
    damages = list[Damage]()
    left = [record.record_id for record in iter_records(path, on_damage=damages.append)]
    assert left == [record.record_id for record in records if record is not victim]
    assert [damage.offset for damage in damages] == [victim.offset]
    with pytest.raises(Damage, match=rf"hole\.warc\.gz: at byte {victim.offset}: "):
        list(iter_records(path))
    with pytest.raises(Damage):
        read_record(path, victim.offset)


def test_the_url_of_a_damaged_record_is_told_where_it_stands_before_the_damage(tmp_path: Path) -> None:
    path = write_archive(tmp_path, [ODD["gzip"][0]])
    data = path.read_bytes()
    response = list(iter_records(path))[1]
    told = []
    for at in range(response.offset, response.offset + response.length):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        urls = {f.url for f in verify_files([path]) if f.offset == response.offset}
        assert urls <= {None, response.url} or at < response.offset + 200, at  # a URL that is changed itself
        told.append(response.url in urls)
    assert all(told[250:]) and not all(told)


def test_a_record_is_where_it_is_said_to_be(sound: Path) -> None:
    records = list(iter_records(sound))
    assert read_record(sound, records[3].offset, records[3].length).record_id == records[3].record_id
    for offset, length in ((records[3].offset + 1, None), (records[3].offset, 5), (10**9, None), (-1, None)):
        with pytest.raises(Damage):
            read_record(sound, offset, length)
    with pytest.raises(BadInput, match="cannot read"):
        read_record(sound.with_name("missing.warc.gz"), 0)


def rewritten(path: Path, target: Path, **changes: bytes) -> Path:
    """The file with bytes replaced inside its records, each compressed anew: whole members, wrong content."""
    old, new = changes["old"], changes["new"]
    parts = []
    for record in iter_records(path):
        plain = gzip.decompress(path.read_bytes()[record.offset : record.offset + record.length])
        parts.append(gzip.compress(plain.replace(old, new), mtime=0))
    target.write_bytes(b"".join(parts))
    return target


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b"The ferry", b"the ferry", "WARC-Block-Digest"),
        (b"WARC-Block-Digest: sha1:", b"X: ", "WARC-Payload-Digest"),
        (b"Content-Length: 5", b"Content-Length: 9", "Content-Length says"),
        (b"WARC-Date: 2026-", b"WARC-Date: 2O26-", "WARC-Date is no time"),
        (b"WARC-Date: ", b"X-Date: ", "no WARC-Date"),
        (b"WARC-Target-URI: ", b"X-URI: ", "without WARC-Target-URI"),
        (b"WARC-Type: ", b"WARC-Type: x\r\nWARC-Type: ", "2 header lines warc-type"),
        (b"WARC/1.1\r\nWARC-Type: res", b"WARX/1.1\r\nWARC-Type: res", "not a WARC record"),
    ],
)
def test_records_that_say_what_is_not_so(tmp_path: Path, old: bytes, new: bytes, what: str) -> None:
    path = write_archive(tmp_path, [head(b"Content-Type: text/html") + b"The ferry came."])
    if what == "WARC-Payload-Digest":
        path = rewritten(path, tmp_path / "first.warc.gz", old=b"The ferry", new=b"the ferry")
    assert any(
        what in finding.what for finding in verify_files([rewritten(path, tmp_path / "x.gz", old=old, new=new)])
    )


def test_references_are_resolved_over_all_the_files(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    original = build(exchange(ODD["plain"][0]), warcinfo_id=writer.warcinfo_id)
    capture = original.capture
    assert capture is not None
    writer.append(original)
    first = writer.seal()
    writer.open_file()
    url = "https://news.example/harbour"
    refers_to = RefersTo(capture.record_id, url, capture.captured_at, capture.payload_digest or "")
    not_modified = exchange(head(status=b"HTTP/1.1 304 Not Modified"))
    writer.append(build(not_modified, warcinfo_id=writer.warcinfo_id, refers_to=refers_to))
    second = writer.seal()
    assert first is not None
    assert second is not None
    one, two = tmp_path / first.filename, tmp_path / second.filename
    assert list(verify_files([two, one])) == []
    (finding,) = verify_files([two])
    assert capture.record_id in finding.what
    assert (finding.file, finding.url) == (two, url)
    by_place = rewritten(two, tmp_path / "by-place.warc.gz", old=b"WARC-Refers-To: ", new=b"X-Refers-To: ")
    assert not any("refers to" in finding.what for finding in verify_files([by_place, one]))
    copy = tmp_path / "copy.warc.gz"
    copy.write_bytes(one.read_bytes())
    assert all("was used before" in finding.what for finding in verify_files([one, copy]))


# --- files of other tools


def foreign(path: Path, *, version: str, compressed: bool) -> Path:
    """A file as warcio writes it: its payload digests are over the stored bytes, chunks and all."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=compressed, warc_version=version)
    writer.write_record(writer.create_warcinfo_record(path.name, {"software": "another"}))
    for name in ("plain", "chunked", "gzip, chunked", "CHUNKED"):
        raw, _ = ODD[name]
        start = raw.index(b"\r\n\r\n") + 4
        lines = [line.split(": ", 1) for line in raw[:start].decode().split("\r\n")[1:-2]]
        http = StatusAndHeaders("200 OK", [(key, value) for key, value in lines], protocol="HTTP/1.1")
        payload = io.BytesIO(raw[start:])
        writer.write_record(
            writer.create_warc_record("https://news.example/", "response", payload=payload, http_headers=http)
        )
    writer.write_record(writer.create_warc_record("urn:x", "resource", payload=io.BytesIO(b"\r\n\r\nnote")))
    path.write_bytes(out.getvalue())
    return path


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("compressed", [True, False])
def test_files_of_another_tool_are_sound_too(tmp_path: Path, version: str, compressed: bool) -> None:
    path = foreign(tmp_path / "foreign.warc", version=version, compressed=compressed)
    counts = Counts()
    assert list(verify_files([path], counts=counts)) == []
    assert counts.records == 6
    assert counts.payload_digests >= 4
    records = list(iter_records(path))
    assert records[1].version == version
    assert [record.payload for record in records[1:5]] == [
        ODD[name][1] for name in ("plain", "chunked", "gzip, chunked", "CHUNKED")
    ]
    for record in records:
        assert read_record(path, record.offset, record.length).record_id == record.record_id


def test_damage_in_a_plain_file_is_found_and_passed(tmp_path: Path) -> None:
    path = foreign(tmp_path / "foreign.warc", version="1.1", compressed=False)
    records = list(iter_records(path))
    data = bytearray(path.read_bytes())
    data[records[2].offset : records[2].offset + 4] = b"warc"
    path.write_bytes(data)
    damages = list[Damage]()
    left = [record.record_id for record in iter_records(path, on_damage=damages.append)]
    assert left == [record.record_id for record in records if record is not records[2]]
    assert len(damages) == 1
    path.write_bytes(path.read_bytes()[:-5])
    assert any("cut off" in finding.what for finding in verify_files([path]))


def test_a_file_compressed_as_a_whole_is_told_from_damage(tmp_path: Path, sound: Path) -> None:
    path = tmp_path / "whole.warc.gz"
    path.write_bytes(gzip.compress(gzip.decompress(sound.read_bytes())))
    with pytest.raises(Damage, match="several records in one gzip member"):
        list(iter_records(path))


def test_a_record_that_unfolds_without_end_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.warc.gz"
    path.write_bytes(gzip.compress(b"WARC/1.1\r\nContent-Length: 9000000\r\n\r\n" + bytes(9_000_000)))
    with pytest.raises(Damage, match="more than 1000000 bytes"):
        list(iter_records(path, limit=1_000_000))


@pytest.mark.parametrize("data", [b"", b"<html>", b"\0" * 10])
def test_what_is_no_archive_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "page.warc.gz"
    path.write_bytes(data)
    missing = tmp_path / "missing.warc.gz"
    assert [finding.file for finding in verify_files([path, missing])] == [path, missing]


def test_the_date_of_a_record_is_its_start(sound: Path) -> None:
    assert {record.date for record in iter_records(sound)} == {timestamp(START)}
