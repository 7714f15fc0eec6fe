from __future__ import annotations

import errno
import hashlib
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from warc_samples import ODD, PAGE, clock, exchange, new_writer

from archive.errors import ArchiveLocked, StorageFailed
from archive.warc.reader import iter_members, iter_records, read_record
from archive.warc.records import RecordGroup, build
from archive.warc.recovery import recover
from archive.warc.writer import Sealed, WarcWriter

PLAIN = ODD["plain"][0]
NOISE = b"HTTP/1.1 200 OK\r\n\r\n" + hashlib.shake_128(b"noise").digest(40_000)


def group_for(writer: WarcWriter, response: bytes = PLAIN) -> RecordGroup:
    return build(exchange(response), warcinfo_id=writer.warcinfo_id)


def assert_sealed(folder: Path, sealed: Sealed | None, groups: int) -> None:
    assert sealed is not None
    path = folder / sealed.filename
    data = path.read_bytes()
    assert len(data) == sealed.bytes
    assert hashlib.sha256(data).hexdigest() == sealed.sha256
    assert len(list(iter_records(path))) == 1 + 3 * groups
    assert list(folder.iterdir()) == [path]


def test_a_file_is_open_until_it_is_sealed(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    assert writer.filename == "BROADSHEET-20260301120000-00000-crawler.example.warc.gz"
    assert list(tmp_path.iterdir()) == [writer.path]
    assert writer.path.name == writer.filename + ".open"
    info = read_record(writer.path, 0)
    assert (info.record_type, info.record_id) == ("warcinfo", writer.warcinfo_id)
    assert info.header("WARC-Filename") == writer.filename
    assert info.fields == {"software": "Broadsheet/test"}
    assert writer.synced == writer.size == info.length
    places = [place for _ in range(3) for place in writer.append(group_for(writer))]
    assert writer.synced == info.length
    assert writer.sync() == writer.synced == writer.size
    filename = writer.filename
    sealed = writer.seal()
    assert_sealed(tmp_path, sealed, 3)
    assert not writer.is_open
    offset = info.length
    for place in places:
        assert (place.warc_file, place.offset) == (filename, offset)
        record = read_record(tmp_path / filename, place.offset, place.length)
        assert (record.record_id, record.record_type) == (place.record_id, place.record_type)
        assert record.location == place
        offset += place.length
    assert [place.record_type for place in places[:3]] == ["response", "request", "metadata"]


def test_a_group_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = new_writer(tmp_path)
    group = group_for(writer)
    writes: list[bytes] = []
    original = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda *what: (writes.append(bytes(what[1])), original(*what))[1])
    writer.append(group)
    assert writes == [b"".join(member.data for member in group.members)]


def test_groups_for_another_file_are_refused(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    group = group_for(writer)
    writer.append(group)
    writer.seal()
    writer.open_file()
    with pytest.raises(ValueError, match="not for"):
        writer.append(group)


def test_a_file_without_captures_is_not_kept(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    assert writer.append(build(exchange(b""), warcinfo_id=writer.warcinfo_id)) == ()
    assert writer.seal() is None
    assert list(tmp_path.iterdir()) == []


def test_names_are_never_used_twice(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    first = writer.filename
    writer.append(group_for(writer))
    writer.seal()
    other = new_writer(tmp_path)  # the same second, and its serial begins at 0 as well
    assert other.filename != first
    third = new_writer(tmp_path, serial=0)
    assert len({first, other.filename, third.filename}) == 3


def test_names_hold_no_path(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, info={}, host="../..//etc/ä b", prefix="a/b")
    writer.open_file()
    assert writer.path.parent == tmp_path
    assert writer.path.exists()


def test_rotation_by_size_and_by_age(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, info={}, host="x", clock=clock(100), max_age_s=250, max_bytes=20_000)
    writer.open_file()
    assert [writer.rotate_due() for _ in range(4)] == [False] * 4  # old, but nothing in it
    writer.append(group_for(writer))
    assert writer.rotate_due()
    writer.seal()
    writer.open_file()
    writer.append(group_for(writer))
    assert not writer.rotate_due()
    writer.append(group_for(writer, NOISE))
    assert writer.rotate_due()


def test_only_one_process_writes_a_file(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    with pytest.raises(ArchiveLocked, match="another process"):
        recover(writer.path, 0)
    writer.abandon()
    assert recover(tmp_path / "BROADSHEET-20260301120000-00000-crawler.example.warc.gz.open", 0).sealed is None


def test_rollback_to_the_end_of_a_group(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    writer.append(group_for(writer))
    synced = writer.sync()
    writer.append(group_for(writer))
    good = writer.size
    writer.append(group_for(writer, NOISE))
    for wrong in (synced - 1, writer.size + 1):
        with pytest.raises(ValueError, match="cannot cut"):
            writer.rollback(wrong)
    writer.rollback(good)
    writer.append(group_for(writer))
    assert_sealed(tmp_path, writer.seal(), 3)


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """The kernel refuses to let any file grow beyond `size`: a disk that is full in the middle of a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 1, 300, 5000, 39_000])
def test_a_disk_that_fills_up_costs_nothing_acknowledged(tmp_path: Path, room: int) -> None:
    writer = new_writer(tmp_path)
    writer.append(group_for(writer))
    synced = writer.sync()
    group = group_for(writer, NOISE)
    with (
        file_size_limit(synced + room),
        pytest.raises(StorageFailed, match=r"cannot write .*\.open: File too large"),
    ):
        writer.append(group)
    assert writer.size == writer.synced == writer.path.stat().st_size == synced
    assert sum(member.length for member in iter_members(writer.path)) == synced
    writer.append(group)
    assert_sealed(tmp_path, writer.seal(), 2)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_what_was_not_synced_goes_with_the_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    writer = new_writer(tmp_path)
    writer.append(group_for(writer))
    synced = writer.sync()
    writer.append(group_for(writer))

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        with pytest.raises(StorageFailed, match="cannot sync") as caught:
            writer.sync()
    assert "\n" not in str(caught.value)
    assert writer.size == synced == writer.path.stat().st_size
    writer.append(group_for(writer, NOISE))
    assert_sealed(tmp_path, writer.seal(), 2)


def test_a_write_that_is_cut_short_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = new_writer(tmp_path)
    original = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: original(fd, bytes(data)[:1000], at))
    writer.append(group_for(writer, NOISE))
    assert_sealed(tmp_path, writer.seal(), 1)


def test_bytes_of_an_interrupted_write_do_not_survive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = new_writer(tmp_path)
    writer.append(group_for(writer))
    original = os.pwrite

    def interrupted(fd: int, data: bytes, at: int) -> int:
        original(fd, bytes(data)[:700], at)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", interrupted)
        with pytest.raises(KeyboardInterrupt):
            writer.append(group_for(writer, NOISE))
    assert_sealed(tmp_path, writer.seal(), 1)


def test_a_file_that_cannot_be_begun_leaves_nothing(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, info={"software": "x"}, host="x")
    with file_size_limit(50), pytest.raises(StorageFailed):
        writer.open_file()
    assert list(tmp_path.iterdir()) == []
    assert not writer.is_open
    with pytest.raises(StorageFailed, match="cannot create"):
        WarcWriter(tmp_path / "missing", info={}, host="x").open_file()


def test_the_page_can_be_read_while_the_file_is_written(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    place = writer.append(group_for(writer))[0]
    assert read_record(writer.path, place.offset, place.length).payload == PAGE


def test_a_disk_that_cannot_even_be_cut_back_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = new_writer(tmp_path)
    committed = writer.size
    original = os.pwrite

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def write_some(fd: int, data: bytes, at: int) -> int:
        if at > committed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return original(fd, bytes(data)[:500], at)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", write_some)
        patch.setattr(os, "ftruncate", fail)
        with pytest.raises(
            StorageFailed, match=r"No space left on device; then cannot cut back .*Input/output"
        ) as caught:
            writer.append(group_for(writer))
    assert "\n" not in str(caught.value)
    path = writer.path
    writer.abandon()
    recovered = recover(path, committed)
    assert recovered.torn_bytes + sum(record.length for record in recovered.kept) == 500
    assert recovered.missing_bytes == 0
