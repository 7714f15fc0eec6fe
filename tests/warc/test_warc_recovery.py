from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from warc_samples import INTERIM, ODD, exchange, head, new_writer

from archive.errors import DamageFound
from archive.model import Exchange, RecordLocation
from archive.warc.reader import iter_members, iter_records, read_record
from archive.warc.records import build
from archive.warc.recovery import Recovered, left_open, recover
from archive.warc.verify import verify_files

PLAIN = ODD["plain"][0]


@pytest.fixture
def no_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    """For thousands of recoveries; that the bytes are right does not hang on it."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def left_behind(folder: Path, exchanges: list[Exchange]) -> tuple[Path, int, list[RecordLocation]]:
    """A file whose first group is committed and whose writer is gone; its committed end; all places."""
    writer = new_writer(folder)
    places = list(writer.append(build(exchanges[0], warcinfo_id=writer.warcinfo_id)))
    committed = writer.sync()
    for other in exchanges[1:]:
        places += writer.append(build(other, warcinfo_id=writer.warcinfo_id))
    path = writer.path
    writer.abandon()
    return path, committed, places


def assert_recovered(folder: Path, recovered: Recovered, expected: bytes) -> None:
    assert recovered.sealed is not None
    assert recovered.sealed == folder / recovered.filename
    data = recovered.sealed.read_bytes()
    assert data == expected
    assert recovered.bytes == len(data)
    assert recovered.sha256 == hashlib.sha256(data).hexdigest()
    assert left_open(folder) == ()


def test_whole_records_are_kept_and_can_be_read_again(tmp_path: Path) -> None:
    exchanges = [
        exchange(PLAIN),
        exchange(INTERIM + ODD["gzip, chunked"][0], tls_version="tls/1.2", reused=True, excess=7),
        exchange(head(status=b"HTTP/1.1 304 Not Modified")),
        exchange(PLAIN[:-9], complete=False, truncated="disconnect", removed_headers=("Cookie", "Authorization")),
        exchange(b"no http", complete=False, truncated="unspecified", ip=None, fetch_ms=None),
    ]
    path, committed, places = left_behind(tmp_path, exchanges)
    data = path.read_bytes()
    recovered = recover(path, committed)
    assert_recovered(tmp_path, recovered, data)
    assert (recovered.torn_bytes, recovered.torn, recovered.missing_bytes) == (0, None, 0)
    assert [group.exchange for group in recovered.groups] == exchanges[1:]
    assert [place for group in recovered.groups for place in group.locations] == places[3:]
    captures = [group.capture for group in recovered.groups]
    warcinfo_id = read_record(tmp_path / recovered.filename, 0).record_id
    for group, capture, sent in zip(recovered.groups, captures, exchanges[1:], strict=True):
        built = build(sent, warcinfo_id=warcinfo_id, new_id=iter([r.record_id for r in group.records]).__next__)
        assert capture == built.capture
    assert recovered.groups[0].url == "https://news.example/harbour"
    assert recovered.groups[0].facts["connectionReused"] == "true"


@pytest.mark.usefixtures("no_fsync")
@pytest.mark.parametrize("tail", ["nothing", "zeros", "junk"])
def test_a_cut_at_every_byte_of_the_last_records(tmp_path: Path, tail: str) -> None:
    small = exchange(b"HTTP/1.1 200 OK\r\n\r\nhi", request=b"GET / HTTP/1.1\r\n\r\n")
    path, committed, places = left_behind(tmp_path, [small, small])
    data = path.read_bytes()
    rest = {"nothing": b"", "zeros": bytes(300), "junk": hashlib.shake_128(b"junk").digest(300)}[tail]
    boundaries = [committed, *(place.offset + place.length for place in places[3:])]
    for cut in range(places[-2].offset, len(data)):
        left = data[:cut] + rest
        path.write_bytes(left)
        # A cut within the closing zeros of a member, with zeros behind it, is no cut.
        good = max(end for end in boundaries if left[:end] == data[:end])
        recovered = recover(path, committed)
        assert_recovered(tmp_path, recovered, data[:good])
        assert recovered.torn_bytes == len(left) - good
        assert [record.location for record in recovered.kept] == [p for p in places[3:] if p.offset < good]
        (tmp_path / recovered.filename).unlink()
        torn = tmp_path / (recovered.filename + ".torn")
        if len(left) > good:
            assert recovered.torn == torn
            assert torn.read_bytes() == left[good:]
            torn.unlink()
        else:
            assert recovered.torn is None
            assert not torn.exists()


@pytest.mark.usefixtures("no_fsync")
def test_what_the_database_never_heard_of_is_kept(tmp_path: Path) -> None:
    path, _, places = left_behind(tmp_path, [exchange(PLAIN)] * 2)
    recovered = recover(path, 0)
    assert [record.location for record in recovered.kept] == places
    assert len(recovered.groups) == 2


@pytest.mark.usefixtures("no_fsync")
def test_a_loss_of_power_may_leave_holes_before_whole_records(tmp_path: Path) -> None:
    """Without a sync, later blocks may reach the disk before earlier ones."""
    path, committed, places = left_behind(tmp_path, [exchange(PLAIN)] * 4)
    data = path.read_bytes()
    hole = places[4]
    path.write_bytes(data[: hole.offset] + bytes(hole.length) + data[hole.offset + hole.length :])
    recovered = recover(path, committed)
    assert_recovered(tmp_path, recovered, data[: hole.offset])
    assert [record.location for record in recovered.kept] == [places[3]]
    assert recovered.groups[0].capture is not None
    assert recovered.groups[0].exchange.request == b""
    assert recovered.torn is not None
    assert len(list(iter_records(recovered.torn, on_damage=lambda _: None))) == 7


@pytest.mark.parametrize("size", [0, 20, None])
def test_a_file_with_nothing_in_it_is_taken_away(tmp_path: Path, size: int | None) -> None:
    writer = new_writer(tmp_path)
    path, end = writer.path, writer.size
    writer.abandon()
    path.write_bytes(path.read_bytes()[:size])
    recovered = recover(path, end)
    assert (recovered.sealed, recovered.kept, recovered.sha256) == (None, (), None)
    assert recovered.missing_bytes == (0 if size is None else end)
    assert not path.exists()
    again = recover(path, 0)
    assert (again.sealed, again.missing_bytes) == (None, 0)


@pytest.mark.usefixtures("no_fsync")
def test_lost_bytes_that_were_committed_are_told(tmp_path: Path) -> None:
    path, _, places = left_behind(tmp_path, [exchange(PLAIN)] * 3)
    data = path.read_bytes()
    path.write_bytes(data[:-10])
    recovered = recover(path, len(data))
    assert recovered.missing_bytes == places[-1].length
    assert recovered.torn_bytes == places[-1].length - 10
    assert recovered.kept == ()
    assert_recovered(tmp_path, recovered, data[: places[-1].offset])


def test_a_recovery_that_was_interrupted_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, committed, places = left_behind(tmp_path, [exchange(PLAIN)] * 2)
    whole = path.read_bytes()
    path.write_bytes(whole + b"torn")
    for call in ("ftruncate", "fsync", "rename"):
        with monkeypatch.context() as patch:

            def stop(*_: object) -> None:
                raise KeyboardInterrupt

            patch.setattr(Path if call == "rename" else os, call, stop)
            with pytest.raises(KeyboardInterrupt):
                recover(path, committed)
        assert path.exists()
    recovered = recover(path, committed)
    assert_recovered(tmp_path, recovered, whole)
    assert [record.location for record in recovered.kept] == places[3:]
    assert (tmp_path / (recovered.filename + ".torn")).read_bytes() == b"torn"
    # Renamed, but the database was not told: the same records once more.
    again = recover(path, committed)
    assert [record.location for record in again.kept] == places[3:]
    assert (again.sha256, again.sealed, again.bytes) == (recovered.sha256, recovered.sealed, recovered.bytes)


def test_an_open_and_a_sealed_file_of_one_name_are_not_guessed_about(tmp_path: Path) -> None:
    path, committed, _ = left_behind(tmp_path, [exchange(PLAIN)])
    path.with_name(path.name.removesuffix(".open")).write_bytes(b"other")
    with pytest.raises(DamageFound, match="both exist"):
        recover(path, committed)


CHILD = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from warc_samples import ODD, exchange, new_writer
from archive.warc.records import build

write = os.pwrite
os.pwrite = lambda fd, data, at: write(fd, bytes(data)[:64], at)  # many calls a group: a kill falls between them
writer = new_writer(Path(sys.argv[1]))
print(writer.size, flush=True)
while True:
    for name in ("plain", "gzip, chunked", "br"):
        writer.append(build(exchange(ODD[name][0]), warcinfo_id=writer.warcinfo_id))
    print(writer.sync(), flush=True)
"""


@pytest.mark.parametrize("lines", [1, 2, 3, 5, 8])
def test_a_killed_writer_loses_nothing_that_was_synced(tmp_path: Path, lines: int) -> None:
    command = [sys.executable, "-c", CHILD, str(tmp_path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        committed = [int(child.stdout.readline()) for _ in range(lines)][-1]
        child.kill()
    (path,) = left_open(tmp_path)
    before = path.read_bytes()
    recovered = recover(path, committed)
    assert recovered.missing_bytes == 0
    if recovered.sealed is None:
        assert lines == 1
        return
    assert recovered.bytes >= committed
    assert_recovered(tmp_path, recovered, before[: recovered.bytes])
    assert sum(member.length for member in iter_members(recovered.sealed)) == recovered.bytes
    assert list(verify_files([recovered.sealed], sha256={recovered.sealed: recovered.sha256 or ""})) == []
    known = [record.location for record in iter_records(recovered.sealed)]
    assert all(record.location in known for record in recovered.kept)
