"""Making and opening archives, old and foreign ones, and the lock."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations
from store_samples import Maker, article, one

from archive import store
from archive.errors import ArchiveLocked, ArchiveTooNew, BadInput, NotAnArchive, StorageFailed
from archive.store import folder as folder_module
from archive.store import migrations as migrations_module
from archive.store import schema
from archive.store.schema import APPLICATION_ID


def pragma(db: Database, name: str) -> object:
    return one(db, f"PRAGMA {name}")


def test_an_archive_is_made_whole(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "news"
    store.create(folder)
    assert sorted(p.name for p in folder.iterdir()) == ["archive.db", "archive.db-sums", "archive.lock", "warc"]
    with store.open_archive(folder, write=True) as archive:
        assert archive.folder == folder
        assert archive.warc_folder == folder / "warc"
        assert pragma(archive.db, "journal_mode") == "wal"
        assert pragma(archive.db, "synchronous") == 2  # FULL
        assert pragma(archive.db, "foreign_keys") == 1
        assert pragma(archive.db, "busy_timeout") == 30_000
        assert pragma(archive.db, "user_version") == schema.SCHEMA_VERSION
        assert pragma(archive.db, "application_id") == APPLICATION_ID


def test_an_archive_is_not_made_over_another(folder: Path) -> None:
    before = (folder / "archive.db").read_bytes()
    with pytest.raises(BadInput, match="already holds"):
        store.create(folder)
    assert (folder / "archive.db").read_bytes() == before


def test_making_one_that_was_interrupted_is_done_again(tmp_path: Path) -> None:
    (tmp_path / "archive.db.new").write_bytes(b"half a database")
    store.create(tmp_path)
    with store.open_archive(tmp_path) as archive:
        assert one(archive.db, "SELECT count(*) FROM articles") == 0
    assert not (tmp_path / "archive.db.new").exists()


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "news").write_text("not a folder")
    with pytest.raises(BadInput, match="is a file"):
        store.create(tmp_path / "news")
    with pytest.raises(NotAnArchive, match="is a file"):
        store.open_archive(tmp_path / "news")


@pytest.mark.parametrize("write", [False, True])
def test_what_is_no_archive_is_named_in_one_line(tmp_path: Path, write: bool) -> None:
    cases = {"missing": "does not exist", "empty": "holds no archive.db", "text": "no SQLite database"}
    (tmp_path / "empty").mkdir()
    for name in ("text", "nothing", "foreign"):
        (tmp_path / name).mkdir()
    (tmp_path / "text" / "archive.db").write_text("just some text, long enough to look like a page. " * 100)
    (tmp_path / "nothing" / "archive.db").touch()
    with sqlite3.connect(tmp_path / "foreign" / "archive.db") as other:
        other.execute("CREATE TABLE mine (a)")
    other.close()
    cases |= {"nothing": "no archive of Broadsheet", "foreign": "no archive of Broadsheet"}
    for name, words in cases.items():
        with pytest.raises(NotAnArchive, match=words) as caught:
            store.open_archive(tmp_path / name, write=write)
        assert "\n" not in str(caught.value)
    untouched = (tmp_path / "foreign" / "archive.db").read_bytes()
    assert b"_sqlite_migrations" not in untouched


def test_a_newer_archive_is_refused(folder: Path) -> None:
    with sqlite3.connect(folder / "archive.db") as connection:
        connection.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION + 1}")
    connection.close()
    for write in (False, True):
        with pytest.raises(ArchiveTooNew, match="newer Broadsheet"):
            store.open_archive(folder, write=write)


@pytest.mark.parametrize("write", [False, True])
def test_an_old_archive_is_brought_up_to_date(folder: Path, monkeypatch: pytest.MonkeyPatch, write: bool) -> None:
    """A database of the schema as it is now, seen by a later version that has one migration more."""
    with store.open_archive(folder, write=True) as archive:
        Maker(archive.db).commit(Maker(archive.db).page("https://example.org/a", 1, article()))
    later = Migrations("broadsheet")
    later(name="m001_first_tables")(migrations_module.m001_first_tables)

    @later()
    def m_later(db: Database) -> None:
        migrations_module.run(
            db,
            "ALTER TABLE article ADD COLUMN note TEXT;\n"
            "UPDATE article SET note = 'a; b';\n"
            "CREATE TRIGGER t AFTER DELETE ON article BEGIN SELECT 1; SELECT 2; END;\n",
            schema.SCHEMA_VERSION,
        )

    old = schema.SCHEMA_VERSION
    monkeypatch.setattr(migrations_module, "migrations", later)
    monkeypatch.setattr(schema, "SCHEMA_VERSION", old + 1)
    monkeypatch.setattr(folder_module, "SCHEMA_VERSION", old + 1)
    with store.open_archive(folder, write=write) as archive:
        assert pragma(archive.db, "user_version") == old + 1
        assert one(archive.db, "SELECT note FROM article") == "a; b"
        assert one(archive.db, "SELECT headline FROM articles") == "Council meets"


MADE = ["m001_first_tables", "m002_blocks_and_furniture", "m003_custody", "m004_following", "m005_rest"]


def old_archive(folder: Path, format_: int, done: list[str], rows: str = "") -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        tables = Path(__file__).parent / "data" / f"format-{format_}.sql"
        connection.executescript(tables.read_text(encoding="utf-8"))
        connection.executescript(rows)
        connection.execute("CREATE TABLE _sqlite_migrations (migration_set TEXT, name TEXT, applied_at TEXT)")
        connection.executemany(
            "INSERT INTO _sqlite_migrations VALUES ('broadsheet', ?, '2026-01-01')", [(name,) for name in done]
        )
        connection.commit()


@pytest.mark.parametrize(
    ("format_", "done"),
    [(1, MADE[:1]), (2, MADE[:2]), (3, MADE[:3]), (4, MADE[:4]), (5, MADE[:5])],
)
def test_an_archive_of_an_old_format_gets_all_that_a_new_one_has(
    folder: Path, tmp_path: Path, format_: int, done: list[str]
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    old_archive(old, format_, done)
    columns = """SELECT t.name, c.name, c.type, c."notnull" FROM sqlite_master AS t, pragma_table_info(t.name) AS c
                 WHERE t.type IN ('table', 'view') AND t.name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY 1, 2"""
    indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY 1"
    with store.open_archive(old, write=True) as archive, store.open_archive(folder) as new:
        assert archive.db.execute(columns).fetchall() == new.db.execute(columns).fetchall()
        assert archive.db.execute(indexes).fetchall() == new.db.execute(indexes).fetchall()
        maker = Maker(archive.db)
        maker.commit(maker.page("https://example.org/a", 1, article()))
        assert one(archive.db, "SELECT headline FROM articles") == "Council meets"
        archive.db.execute("UPDATE url SET kind = 'requisite'")
        with pytest.raises(sqlite3.IntegrityError):
            archive.db.execute("UPDATE url SET kind = 'picture'")
        assert one(archive.db, "PRAGMA integrity_check") == "ok"


READINGS = """
INSERT INTO site (site_id, name, homepage, added_at) VALUES (1, 'x', 'https://example.org/', '2026-01-01T00:00:00Z');
INSERT INTO url (url_id, url, surt, host, site_id, kind, state, first_seen) VALUES
  (1, 'https://example.org/rss', 'org,example)/rss', 'example.org', 1, 'feed', 'done', '2026-01-01T00:00:00Z'),
  (2, 'https://example.org/a', 'org,example)/a', 'example.org', 1, 'page', 'done', '2026-01-01T00:00:00Z'),
  (3, 'https://example.org/b', 'org,example)/b', 'example.org', 1, 'page', 'done', '2026-01-01T00:00:00Z');
INSERT INTO feed (feed_id, site_id, url_id, kind, first_seen) VALUES (1, 1, 1, 'rss', '2026-01-01T00:00:00Z');
INSERT INTO sighting (sighting_id, url_id, feed_id, seen_at, position, claimed_title) VALUES
  (1, 2, 1, '2026-01-01T01', 2, 'A'), (2, 3, 1, '2026-01-01T01', 1, NULL),
  (3, 2, 1, '2026-01-01T02', 1, 'A'), (4, 2, 1, '2026-01-01T02', 2, 'A'),
  (5, 2, 1, '2026-01-01T03', 1, 'B'), (6, 3, 1, '2026-01-01T03', 2, NULL),
  (7, 2, 1, '2026-01-01T04', 1, 'A');
"""


def test_readings_of_an_old_archive_become_sightings_that_last(tmp_path: Path) -> None:
    old_archive(tmp_path, 5, MADE, READINGS)
    with store.open_archive(tmp_path, write=True) as archive:
        assert archive.db.execute(
            "SELECT sighting_id, url_id, claimed_title, seen_at, last_seen, position FROM sighting"
        ).fetchall() == [
            (1, 2, "A", "2026-01-01T01", "2026-01-01T02", 1),
            (2, 3, None, "2026-01-01T01", "2026-01-01T01", 1),
            (5, 2, "B", "2026-01-01T03", "2026-01-01T03", 1),
            (6, 3, None, "2026-01-01T03", "2026-01-01T03", 2),
            (7, 2, "A", "2026-01-01T04", "2026-01-01T04", 1),
        ]
        assert one(archive.db, "SELECT count(*) FROM pragma_foreign_key_check") == 0


def test_a_database_from_before_the_first_table_gets_them(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.close()
    with store.open_archive(tmp_path) as archive:
        assert one(archive.db, "SELECT count(*) FROM articles") == 0


def test_a_migration_that_fails_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.close()
    with monkeypatch.context() as m:
        m.setattr(schema, "TRIGGERS", schema.TRIGGERS + "CREATE TABLE site (again INTEGER);\n")
        with pytest.raises(StorageFailed, match="older format"):
            store.open_archive(tmp_path, write=True)
    connection = sqlite3.connect(tmp_path / "archive.db")
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    connection.close()
    with store.open_archive(tmp_path, write=True) as archive:
        assert pragma(archive.db, "user_version") == schema.SCHEMA_VERSION


def test_a_reader_cannot_write_and_leaves_no_files(folder: Path) -> None:
    before = sorted(p.name for p in folder.iterdir())
    with store.open_archive(folder) as archive:
        assert one(archive.db, "SELECT count(*) FROM articles") == 0
        with pytest.raises(StorageFailed, match="cannot be written"):
            store.add_site(archive.db, "x", None, "https://example.org/")
    assert sorted(p.name for p in folder.iterdir()) == before


def test_an_archive_on_a_medium_that_cannot_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with store.open_archive(folder) as archive:
        assert one(archive.db, "SELECT count(*) FROM articles") == 0
        assert store.integrity(archive.db) == []
        assert not (folder / "archive.db-shm").exists()


def test_a_folder_with_signs_that_mean_something_in_a_uri(tmp_path: Path) -> None:
    folder = tmp_path / "50% ?mode=memory#1 ü"
    store.create(folder)
    with store.open_archive(folder, write=True) as archive:
        store.add_site(archive.db, "x", None, "https://example.org/")
    with store.open_archive(folder) as archive:
        assert one(archive.db, "SELECT count(*) FROM site") == 1


HOLDER = """
import sys, time
from contextlib import closing
from pathlib import Path
from archive.store.lock import writer_lock
with writer_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_told_who_holds_the_lock(folder: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(ArchiveLocked, match=rf"process {holder.pid} since 20\d\d-\d\d-\d\dT") as caught,
            store.writer_lock(folder),
        ):
            pass
        assert caught.value.exit_code == 5
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with store.writer_lock(folder):
            pass
    finally:
        holder.kill()
        holder.communicate()


def test_the_lock_holds_within_a_process_and_ends_with_its_block(folder: Path) -> None:
    with store.writer_lock(folder), pytest.raises(ArchiveLocked), store.writer_lock(folder):
        pass
    with store.writer_lock(folder):
        pass
    with pytest.raises(ZeroDivisionError), store.writer_lock(folder):
        raise ZeroDivisionError
    with store.writer_lock(folder):
        pass


FORKING_HOLDER = """
import os, sys
from contextlib import closing
from pathlib import Path
from archive.store.lock import writer_lock
with writer_lock(Path(sys.argv[1])):
    if os.fork() == 0:
        print("forked", flush=True)
    sys.stdin.read()
"""


def test_a_forked_child_does_not_keep_the_lock_of_a_parent_that_was_killed(folder: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", FORKING_HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "forked\n"
        with pytest.raises(ArchiveLocked), store.writer_lock(folder):
            pass
        parent.kill()
        parent.wait()
        with store.writer_lock(folder):
            pass
    finally:
        parent.kill()
        parent.communicate()  # closes the child's input as well, which ends it


def test_a_lock_without_a_folder(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive), store.writer_lock(tmp_path / "none"):
        pass
