"""The checksums of the database's pages: what nobody wrote must stay as it was, whoever writes beside it."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from store_samples import Maker, article, one, rows

from archive import store
from archive.store import pagesums
from archive.store.pagesums import compare, sums_path

URL = "https://example.org/story"
BODY = " ".join(f"word{n}" for n in range(400))


def filled(folder: Path, *numbers: int) -> Path:
    """-> the database of an archive in which these articles have been entered, each in a session of its own."""
    for number in numbers:
        with store.open_archive(folder, write=True) as archive:
            maker = Maker(archive.db, crawl_id=1 if number else None, count=number * 10, end=number * 10_000)
            maker.commit(
                maker.page(f"{URL}/{number}", number, article(f"{BODY} {number}", headline=f"No. {number}"))
            )
    return folder / "archive.db"


def flip(path: Path, at: int) -> Callable[[], None]:
    """Change one byte -> what undoes it."""
    with path.open("r+b", buffering=0) as file:
        file.seek(at)
        old = file.read(1)
        file.seek(at)
        file.write(bytes([old[0] ^ 0x20]))

    def undo() -> None:
        with path.open("r+b", buffering=0) as file:
            file.seek(at)
            file.write(old)

    return undo


def test_a_session_leaves_sums_that_are_right(folder: Path) -> None:
    assert compare(folder / "archive.db") == pagesums.Compared("known", [])
    database = filled(folder, 0, 1, 2)
    assert compare(database) == pagesums.Compared("known", [])
    assert sums_path(database).stat().st_size == 32 + 8 * (database.stat().st_size // 4096)


def test_every_byte_of_both_files_counts(folder: Path) -> None:
    database = filled(folder, 0)
    moments = random.Random(3)
    for at in {0, 18, 24, 60, 92, *(moments.randrange(database.stat().st_size) for _ in range(400))}:
        undo = flip(database, at)
        (problem,) = compare(database).problems
        assert problem == (at // 4096 * 4096, f"page {at // 4096 + 1} is not as Broadsheet wrote last")
        undo()
    sums = sums_path(database)
    for at in range(sums.stat().st_size):
        undo = flip(sums, at)
        assert compare(database).problems, at
        undo()
    assert compare(database).problems == []


@pytest.mark.parametrize("name", ["archive.db", "archive.db-sums"])
def test_a_missing_byte_counts(folder: Path, name: str) -> None:
    database = filled(folder, 0)
    path = database.with_name(name)
    sound = path.read_bytes()
    for at in (0, 5, len(sound) // 2, len(sound) - 1):
        path.write_bytes(sound[:at] + sound[at + 1 :])
        assert compare(database).problems, at


def test_a_changed_page_is_not_forgotten_by_later_sessions(folder: Path) -> None:
    database = filled(folder, 0, 1)
    with store.open_archive(folder) as archive:
        page = one(archive.db, "SELECT rootpage FROM sqlite_master WHERE name = 'recipe'")
    flip(database, page * 4096 - 1)
    expected = [((page - 1) * 4096, f"page {page} is not as Broadsheet wrote last")]
    assert compare(database).problems == expected
    filled(folder, 2, 3, 4)
    assert compare(database).problems == expected


def test_a_large_log_is_copied_on_the_way(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagesums, "LOG_BYTES", 40_000)
    with store.open_archive(folder, write=True) as archive:
        maker = Maker(archive.db)
        sizes = []
        for n in range(30):
            maker.commit(maker.page(f"{URL}/{n}", n, article(f"{BODY} {n}" * 3)))
            sizes.append(archive.folder.joinpath("archive.db-wal").stat().st_size)
    assert max(sizes) < 1_000_000 and sizes.count(0) > 3
    assert compare(folder / "archive.db") == pagesums.Compared("known", [])


@pytest.mark.parametrize("first_to_leave", [0, 1])
def test_two_who_write_at_once(folder: Path, first_to_leave: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagesums, "LOG_BYTES", 20_000)
    database = filled(folder, 0)
    both = [store.open_archive(folder, write=True) for _ in range(2)]
    for n in range(1, 12):
        maker = Maker(both[n % 2].db, crawl_id=1, count=n * 10, end=n * 10_000)
        maker.commit(maker.page(f"{URL}/{n}", n, article(f"{BODY} {n}")))
        assert compare(database).state == "written"
    both[first_to_leave].close()
    assert compare(database).state == "written"
    maker = Maker(both[1 - first_to_leave].db, crawl_id=1, count=500, end=500_000)
    maker.commit(maker.page(f"{URL}/last", 50, article(BODY)))
    both[1 - first_to_leave].close()
    assert compare(database) == pagesums.Compared("known", [])


def in_child(work: Callable[[], None]) -> None:
    """Do something in a child process and kill it."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def test_after_a_kill_nothing_is_claimed_until_the_next_session(folder: Path) -> None:
    database = filled(folder, 0, 1)

    def write() -> None:
        archive = store.open_archive(folder, write=True)
        maker = Maker(archive.db, crawl_id=1, count=90, end=90_000)
        maker.commit(maker.page(f"{URL}/9", 9, article(BODY)))

    in_child(write)
    assert compare(database).state == "left"
    with store.open_archive(folder) as archive:  # the last to leave copies the log
        assert one(archive.db, "SELECT count(*) FROM article") == 3
    assert compare(database).state == "left"
    filled(folder, 2)
    assert compare(database) == pagesums.Compared("known", [])


def test_a_child_does_not_keep_the_lock_of_its_parent(folder: Path) -> None:
    database = filled(folder, 0)
    archive = store.open_archive(folder, write=True)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing)
        os.read(reading, 1)  # lives on until the parent has looked
        os._exit(0)
    os.close(reading)
    archive.close()
    assert compare(database) == pagesums.Compared("known", [])
    os.close(writing)
    os.waitpid(child, 0)


def test_a_reader_who_holds_the_log_only_delays(folder: Path) -> None:
    database = filled(folder, 0)
    with store.open_archive(folder) as reader:
        reader.db.conn.execute("BEGIN")
        assert one(reader.db, "SELECT count(*) FROM article") == 1
        filled(folder, 1)
        assert compare(database).state == "left"
    filled(folder, 2)
    assert compare(database) == pagesums.Compared("known", [])


def test_what_another_program_writes_is_seen(folder: Path) -> None:
    database = filled(folder, 0)
    connection = sqlite3.connect(database)
    connection.execute("UPDATE version SET headline = 'Another headline'")
    connection.commit()
    connection.close()
    assert compare(database).problems


def test_a_database_that_is_written_anew(folder: Path) -> None:
    database = filled(folder, *range(6))
    before = database.stat().st_size
    with store.open_archive(folder, write=True) as archive:
        archive.db.conn.execute("DELETE FROM articles_fts_data WHERE id > 1000")
        archive.db.conn.execute("VACUUM")
    assert database.stat().st_size <= before
    assert compare(database) == pagesums.Compared("known", [])


def test_an_old_format_is_brought_up_to_date_by_a_reader(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "archive.db")
    connection.executescript((Path(__file__).parent / "data" / "format-1.sql").read_text(encoding="utf-8"))
    connection.executescript(
        """CREATE TABLE _sqlite_migrations (migration_set TEXT, name TEXT, applied_at TEXT);
           INSERT INTO _sqlite_migrations VALUES ('broadsheet', 'm001_first_tables', '2026-01-01');
           PRAGMA journal_mode = WAL;"""
    )
    connection.close()
    with store.open_archive(tmp_path) as archive:
        assert rows(archive.db, "PRAGMA user_version") == [(store.SCHEMA_VERSION,)]
    assert compare(tmp_path / "archive.db") == pagesums.Compared("known", [])
    with store.open_archive(tmp_path, write=True):
        pass
    assert compare(tmp_path / "archive.db") == pagesums.Compared("known", [])
