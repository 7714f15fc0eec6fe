"""`broadsheet repair`: what is damaged is set aside, the texts stay, and the rest is an archive again."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archive import store
from archive.check import verify_folder
from archive.cli import cli
from archive.errors import DamageFound
from archive.journal import event_of
from archive.repair import repair
from archive.warc.reader import iter_records
from archive.warc.removal import removal_of
from archive.warc.verify import Counts
from tests.core.samples import KINDS, SITE, answer, article_page, take_in
from tests.custody.kills import dies_at
from tests.custody.same_rows import rows
from tests.custody.samples import two_crawls

ORIGINAL = 4  # number of the capture of story/2, to which two revisits refer
CHANGED = 9  # of story/0, which nothing refers to


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_crawls(tmp_path_factory.mktemp("repair") / "news")


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "news")
    return tmp_path / "news"


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--archive", str(folder)])


def mend(folder: Path, *words: str) -> dict[str, Any]:
    done = run(folder, "repair", "--json", *words)
    assert done.exit_code == 0, (done.exception, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def findings(folder: Path) -> list[str]:
    return [f"{f.file.name} {f.offset} {f.what}" for f in verify_folder(folder, Counts())]


def capture(folder: Path, number: int) -> store.StoredCapture:
    with store.open_archive(folder) as archive:
        return next(c for c in store.captures(archive.db) if c.capture_id == number)


def path_of(folder: Path, number: int) -> Path:
    return folder / "warc" / capture(folder, number).warc_file


def flip(path: Path, at: int, bits: int = 0xFF) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= bits
    path.write_bytes(data)


def read(folder: Path) -> dict[str, Any]:
    """All articles as a reader sees them."""
    with store.open_archive(folder) as archive:
        return dict(
            archive.db.execute("SELECT url, article_body || headline || versions FROM articles").fetchall()
        )


def test_a_sound_archive_is_left_alone(folder: Path) -> None:
    before = {path: path.read_bytes() for path in (folder / "warc").iterdir()}
    done = run(folder, "repair")
    assert done.exit_code == 0 and done.stderr == "nothing is damaged\n"
    assert {path: path.read_bytes() for path in (folder / "warc").iterdir()} == before


def test_a_record_is_set_aside_and_its_text_stays(folder: Path) -> None:
    row, texts = capture(folder, ORIGINAL), read(folder)
    path = folder / "warc" / row.warc_file
    flip(path, row.offset + 200)
    damaged = path.read_bytes()
    dry = mend(folder, "--dry-run")
    assert path.read_bytes() == damaged and not (folder / "warc" / "damaged").exists()
    done = mend(folder)
    assert (
        done["lost"]
        == dry["lost"]
        == [{"url": row.url, "captured_at": row.captured_at, "record_id": row.record_id, "file": row.warc_file}]
    )
    ((aside,),) = (file["set_aside"] for file in done["files"])
    saved = folder / "warc" / aside["saved"]
    assert saved.name == f"{row.warc_file}.{row.offset}"
    assert saved.read_bytes() == damaged[row.offset : row.offset + row.length]
    assert aside["sha256"] == hashlib.sha256(saved.read_bytes()).hexdigest()
    assert read(folder) == texts
    assert findings(folder) == []
    said = run(folder, "verify").stderr
    assert "captures whose records were damaged and set aside: 1" in said and "all is well" in said
    assert mend(folder)["files"] == []
    lost = capture(folder, ORIGINAL)
    assert lost.lost_at is not None
    shown = run(folder, "show", row.url).stdout
    assert "it was damaged, and set aside on" in shown and "number 2" in shown


def test_all_else_in_the_file_is_as_it_was(folder: Path) -> None:
    row = capture(folder, ORIGINAL)
    path = folder / "warc" / row.warc_file
    sound = path.read_bytes()
    records = list(iter_records(path))
    flip(path, row.offset + 200)
    mend(folder)
    data = path.read_bytes()
    again = list(iter_records(path))
    assert len(again) == len(records)
    for old, new in zip(records, again, strict=True):
        if old.record_id == row.record_id:
            removal = removal_of(new)
            assert removal is not None
            assert (removal.cause, removal.record_id, removal.record_type) == ("damage", row.record_id, "response")
            assert (new.url, new.date) == (old.url, old.date)
        else:
            assert data[new.offset : new.offset + new.length] == sound[old.offset : old.offset + old.length]


def test_the_event_tells_what_went(folder: Path) -> None:
    row = capture(folder, ORIGINAL)
    path = folder / "warc" / row.warc_file
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    flip(path, row.offset + 200)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    mend(folder)
    now = hashlib.sha256(path.read_bytes()).hexdigest()
    (event,) = (
        event
        for file in (folder / "warc").glob("*.gz")
        for record in iter_records(file)
        if (event := event_of(record)) and event.name == "repaired"
    )
    (facts,) = event.facts["files"]
    assert (facts["sha256_before"], facts["sha256_found"], facts["sha256"]) == (before, found, now)
    assert event.facts["lost"][0]["record_id"] == row.record_id
    with store.open_archive(folder) as archive:
        known = {file.filename: file.sha256 for file in store.warc_files(archive.db)}
        assert known[row.warc_file] == now


@pytest.mark.parametrize("seed", range(12))
def test_whatever_was_damaged(folder: Path, seed: int) -> None:
    """Bytes changed, taken out, put in, wiped, cut off: the archive is sound again and no text is missing."""
    texts, moments = read(folder), random.Random(seed)
    for path in sorted((folder / "warc").glob("*.gz")):
        data = bytearray(path.read_bytes())
        for _ in range(moments.randint(1, 3)):
            at, size = moments.randrange(len(data)), moments.choice((1, 1, 2, 40, 1500))
            how = moments.choice(("change", "remove", "insert", "wipe", "cut"))
            if how == "change":
                data[at] ^= moments.randrange(1, 256)
            elif how == "remove":
                del data[at : at + size]
            elif how == "insert":
                data[at:at] = moments.randbytes(size)
            elif how == "wipe":
                data[at : at + size] = bytes(len(data[at : at + size]))
            elif at > len(data) // 2:
                del data[at:]
        path.write_bytes(data)
    done = mend(folder)
    assert findings(folder) == []
    assert read(folder) == texts
    assert mend(folder)["files"] == []
    with store.open_archive(folder) as archive:
        lost = {c.record_id for c in store.captures(archive.db) if c.lost_at}
    assert lost == {one["record_id"] for one in done["lost"]}
    check_rebuilt(folder, texts)


def check_rebuilt(folder: Path, texts: dict[str, Any]) -> None:
    """From the WARC files alone, with the notes in them, comes the same archive."""
    before = rows(folder / "archive.db")
    done = run(folder, "rebuild")
    assert done.exit_code == 0, (done.exception, done.stderr)
    assert read(folder) == texts
    after = rows(folder / "archive.db")
    for table in ("article", "version", "capture", "removed", "field_source", "version_author", "payload"):
        for row in (*before[table], *after[table]):
            row.pop("crawl_id", None)  # these crawls have left no event of their own
        gone = [row for row in before[table] if row not in after[table]]
        new = [row for row in after[table] if row not in before[table]]
        assert gone == new == [], table
    assert findings(folder) == []


def test_bytes_that_mean_nothing_become_what_they_were(folder: Path) -> None:
    path = path_of(folder, ORIGINAL)
    sound = path.read_bytes()
    row = capture(folder, ORIGINAL)
    flip(path, row.offset + 4, 0x41)  # the time in the gzip header
    assert findings(folder) != []
    done = mend(folder)
    assert path.read_bytes() == sound
    assert done["lost"] == [] and done["files"][0]["mended"] == 1
    assert done["files"][0]["sha256"] == done["files"][0]["sha256_before"]
    assert findings(folder) == []


def test_the_head_of_a_file_is_made_again(folder: Path) -> None:
    path = path_of(folder, CHANGED)
    first = next(iter_records(path))
    flip(path, 100)
    done = mend(folder)
    assert done["lost"] == []
    again = next(iter_records(path))
    assert (again.record_type, again.record_id) == ("warcinfo", first.record_id)
    assert again.fields["software"].startswith("broadsheet/") and "madeAgain" in again.fields
    assert findings(folder) == []


def test_the_facts_of_an_attempt_are_made_again(folder: Path) -> None:
    row = capture(folder, CHANGED)
    path = folder / "warc" / row.warc_file
    before = next(r for r in iter_records(path) if r.offset == row.metadata_offset)
    flip(path, (row.metadata_offset or 0) + 60)
    done = mend(folder)
    assert done["lost"] == []
    again = capture(folder, CHANGED)
    after = next(r for r in iter_records(path) if r.offset == again.metadata_offset)
    assert after.header("WARC-Concurrent-To") == row.record_id
    told = ("site", "kind", "outcome", "fetchTimeMs")
    assert {name: after.fields[name] for name in told} == {name: before.fields[name] for name in told}
    assert findings(folder) == []


def test_a_request_is_only_missed(folder: Path) -> None:
    row = capture(folder, CHANGED)
    flip(folder / "warc" / row.warc_file, (row.request_offset or 0) + 60)
    assert mend(folder)["lost"] == []
    assert capture(folder, CHANGED).request_offset is None
    assert findings(folder) == []


def test_a_note_that_is_damaged_is_made_again(folder: Path) -> None:
    texts, row = read(folder), capture(folder, ORIGINAL)
    path = folder / "warc" / row.warc_file
    for _ in range(2):
        flip(path, capture(folder, ORIGINAL).offset + 100)
        mend(folder)
    saved = sorted(file.name for file in (folder / "warc" / "damaged").iterdir())
    assert saved == [f"{row.warc_file}.{row.offset}", f"{row.warc_file}.{row.offset}.2"]
    assert findings(folder) == [] and read(folder) == texts
    check_rebuilt(folder, texts)


def test_no_new_capture_refers_to_a_lost_one(folder: Path) -> None:
    row = capture(folder, ORIGINAL)
    flip(folder / "warc" / row.warc_file, row.offset + 200)
    mend(folder)
    take_in(folder, {"story/2": answer(article_page(2), "ETag: x")}, kinds=KINDS)
    with store.open_archive(folder) as archive:
        newest = list(store.captures(archive.db, url=SITE + "story/2"))
        assert [c.record_type for c in newest if c.capture_id > 13] == ["response"]
        (due,) = archive.db.execute("SELECT count(*) FROM payload WHERE capture_id = ?", [ORIGINAL]).fetchone()
        assert due == 0
    assert findings(folder) == []


def test_a_lost_capture_can_be_taken_down(folder: Path) -> None:
    row = capture(folder, ORIGINAL)
    flip(folder / "warc" / row.warc_file, row.offset + 1)  # so that nobody can tell what the bytes were
    saved = folder / "warc" / mend(folder)["files"][0]["set_aside"][0]["saved"]
    assert saved.exists()
    done = run(folder, "takedown", row.url, "--reason", "asked", "--yes")
    assert done.exit_code == 0, done.exception
    assert not saved.exists()
    assert findings(folder) == []
    assert all(b"number 2." not in text.read_bytes() for text in folder.rglob("*") if text.is_file())
    for path in (folder / "warc").glob("*.gz"):
        assert all(b"number 2." not in record.block for record in iter_records(path))


def test_a_file_that_is_gone_must_be_given_up(folder: Path) -> None:
    texts, path = read(folder), path_of(folder, CHANGED)
    path.unlink()
    done = run(folder, "repair")
    assert isinstance(done.exception, DamageFound)
    assert "is missing; put it back, or give it up: broadsheet repair --missing-is-lost" in done.stderr
    done_all = mend(folder, "--missing-is-lost")
    assert len(done_all["lost"]) == 6
    assert findings(folder) == [] and read(folder) == texts
    check_rebuilt(folder, texts)


def test_a_damaged_database_is_for_rebuild(folder: Path) -> None:
    row = capture(folder, ORIGINAL)
    path = folder / "warc" / row.warc_file
    flip(path, row.offset + 200)
    damaged = path.read_bytes()
    flip(folder / "archive.db", 40_000)
    for words in ((), ("--dry-run",)):
        done = run(folder, "repair", *words)
        assert isinstance(done.exception, DamageFound)
        assert "broadsheet rebuild makes it again" in str(done.exception)
    assert path.read_bytes() == damaged


def test_what_another_program_did_can_be_accepted(folder: Path) -> None:
    connection = sqlite3.connect(folder / "archive.db")
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.commit()
    connection.close()
    assert findings(folder)
    assert isinstance(run(folder, "repair").exception, DamageFound)
    mend(folder, "--accept-database")
    assert findings(folder) == []
    with store.open_archive(folder) as archive:
        assert archive.db.execute("SELECT count(*) FROM notes").fetchone() == (0,)


def test_search_indexes_are_made_anew(folder: Path) -> None:
    with store.open_archive(folder, write=True) as archive:
        archive.db.execute("DELETE FROM articles_fts_docsize WHERE id = 1")
    assert findings(folder)
    assert mend(folder)["indexes"]
    assert findings(folder) == []
    assert "5 articles" in run(folder, "search", "bridge").stderr


def test_a_file_that_was_sealed_so_stays_so(folder: Path) -> None:
    """What came with a wrong digest, from another tool, is what it was."""
    path = path_of(folder, CHANGED)
    last = list(iter_records(path))[-1]
    sound = path.read_bytes()
    record = gzip.decompress(sound[last.offset :]).replace(b"WARC-Block-Digest: sha1:", b"WARC-Block-Digest: md5:")
    path.write_bytes(sound[: last.offset] + gzip.compress(record, mtime=0))
    with store.open_archive(folder, write=True) as archive:
        archive.db.execute(
            "UPDATE warc_file SET sha256 = ? WHERE filename = ?",
            [hashlib.sha256(path.read_bytes()).hexdigest(), path.name],
        )
    assert any("the block is not that of WARC-Block-Digest" in line for line in findings(folder))
    odd = path.read_bytes()
    assert mend(folder)["files"] == []
    assert path.read_bytes() == odd


# Killed on the way.


def kills(original: Path, tmp_path: Path, every: int) -> list[bool]:
    """Kill a repair before each of some of its steps; the next one must end it -> whether it was done by then."""

    def damaged(name: str) -> Path:
        folder = tmp_path / name
        shutil.copytree(original, folder)
        row = capture(folder, ORIGINAL)
        flip(folder / "warc" / row.warc_file, row.offset + 200)
        flip(path_of(folder, CHANGED), 100)
        return folder

    texts = read(original)
    steps = dies_at(-1, lambda: repair(damaged("whole")))
    assert steps is not None
    found = []
    for step in range(1, steps - 9, every):  # one repair has a few steps more than the next
        folder = damaged(str(step))
        assert dies_at(step, lambda at=folder: repair(at)) is None
        done = repair(folder)
        found.append(not done.files)
        assert findings(folder) == [] and read(folder) == texts
        assert not list((folder / "warc").glob("*.re*"))
        assert capture(folder, ORIGINAL).lost_at is not None
        shutil.rmtree(folder)
    return found


def test_a_kill_only_delays(original: Path, tmp_path: Path) -> None:
    assert set(kills(original, tmp_path, 41)) == {False, True}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_kill_at_many_moments_only_delays(original: Path, tmp_path: Path) -> None:
    assert set(kills(original, tmp_path, 5)) == {False, True}
