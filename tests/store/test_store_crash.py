"""A commit is all or nothing: mistakes, a full disk, a kill; and readers do not stop it."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from store_samples import Maker, article, one, snapshot

from archive import store
from archive.errors import StorageFailed
from archive.store import transaction as transaction_module

URL = "https://example.org/politics/council"


def test_a_mistake_in_the_last_page_takes_the_whole_batch_back(archive: store.Archive) -> None:
    maker = Maker(archive.db)
    maker.commit(maker.page(URL, 1, article()))
    before = snapshot(archive.db)
    good = [maker.page(f"{URL}/{n}", n, article(f"Text {n}.", headline="\u6771\u4eac")) for n in range(5)]
    with pytest.raises(Exception, match="UNIQUE"):
        maker.commit(*good, replace(good[0], url=f"{URL}/x"))
    assert snapshot(archive.db) == before
    assert not archive.db.conn.in_transaction
    assert maker.commit(*good).new_articles == 5


def test_a_full_disk_loses_nothing_that_was_acknowledged(archive: store.Archive) -> None:
    maker = Maker(archive.db)
    maker.commit(maker.page(URL, 1, article()))
    before = snapshot(archive.db)
    archive.db.conn.execute(f"PRAGMA max_page_count = {one(archive.db, 'PRAGMA page_count') + 3}")
    batch = [maker.page(f"{URL}/{n}", n, article(f"Text {n}. " * 2000)) for n in range(5)]
    with pytest.raises(StorageFailed, match=r"archive\.db: the disk is full") as caught:
        maker.commit(*batch)
    assert caught.value.exit_code == 6
    assert snapshot(archive.db) == before
    archive.db.conn.execute("PRAGMA max_page_count = 1073741823")
    assert maker.commit(*batch).new_articles == 5
    assert store.integrity(archive.db) == []


def test_a_writer_that_is_locked_out_says_so(archive: store.Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction_module, "BUSY_TIMEOUT_S", 0)
    with store.open_archive(archive.folder, write=True) as other:
        other.db.conn.execute("BEGIN IMMEDIATE")
        archive.db.conn.execute("PRAGMA busy_timeout = 0")
        with pytest.raises(StorageFailed, match="another process has locked it"):
            store.add_site(archive.db, "x", None, "https://example.org/")


def test_a_reader_in_mid_transaction_does_not_stop_a_commit(archive: store.Archive) -> None:
    maker = Maker(archive.db)
    archive.db.conn.execute("PRAGMA busy_timeout = 0")
    with store.open_archive(archive.folder) as reader:
        reader.db.conn.execute("BEGIN")
        assert one(reader.db, "SELECT count(*) FROM articles") == 0
        maker.commit(maker.page(URL, 1, article()))
        assert one(reader.db, "SELECT count(*) FROM articles") == 0  # its own moment, still
        reader.db.conn.execute("COMMIT")
        assert one(reader.db, "SELECT count(*) FROM articles") == 1


def _die_in_commit(folder: Path, statement: int) -> None:
    """In a child: commit a batch and be killed before its `statement`-th statement."""
    archive = store.open_archive(folder, write=True)
    maker = Maker(archive.db, crawl_id=1, count=1000, end=100_000)
    batch = [maker.page(f"{URL}/{n}", n, article(f"\u6771\u4eac {n}. " * 500)) for n in range(8)]
    seen = 0

    def count(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    archive.db.conn.execute("PRAGMA cache_size = 5")  # so that pages reach the log before the end
    archive.db.conn.set_trace_callback(count)
    store.commit(archive.db, batch)
    os._exit(0)


def _run(folder: Path, statement: int) -> bool:
    """Whether the child came through."""
    child = os.fork()
    if child == 0:
        try:
            _die_in_commit(folder, statement)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0
    return True


def test_a_kill_anywhere_in_a_commit_leaves_all_of_it_or_nothing(folder: Path) -> None:
    with store.open_archive(folder, write=True) as archive:
        Maker(archive.db).commit(Maker(archive.db).page(URL, 1, article()))
        before = snapshot(archive.db)
    statement = 1
    while not _run(folder, statement):
        with store.open_archive(folder, write=True) as archive:
            assert snapshot(archive.db) == before, statement
        statement += 23
    assert statement > 100
    with store.open_archive(folder) as archive:
        assert one(archive.db, "SELECT count(*) FROM articles") == 9
        assert store.integrity(archive.db) == []
