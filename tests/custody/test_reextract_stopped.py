"""Ctrl-C and kill -9 in the middle of `broadsheet reextract`: what was read stays, and is not read again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from archive import store
from archive.reextract import AHEAD, BATCH_PAGES
from tests.custody.reextract_tasks import COUNTED
from tests.custody.reextracting import pages, query, records, shown, start

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(demo_archive: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_archive, tmp_path / "news")
    return tmp_path / "news"


def drafted(folder: Path) -> set[int]:
    return {capture_id for (capture_id,) in query(folder, "SELECT capture_id FROM draft")}


def until(condition: Any) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def with_new_recipe(folder: Path) -> Path:
    """An archive all of whose pages were read by a recipe that is not known any longer."""
    connection = sqlite3.connect(folder / "archive.db")
    connection.execute("UPDATE capture SET recipe_id = NULL")
    connection.commit()
    connection.close()
    return folder


def test_ctrl_c_keeps_what_was_read(folder: Path, broadsheet: Any) -> None:
    process = start(with_new_recipe(folder), "counting", **{COUNTED: str(folder / "reads")})
    until(lambda: drafted(folder))
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    kept, whole = drafted(folder), pages(folder)
    (record,) = (json.loads(line) for line in out.splitlines())
    assert (record["read"], record["left"]) == (len(kept), len(whole - kept))
    assert (
        error
        == f"broadsheet: stopped: {len(whole - kept)} pages are still to be read (the same command goes on from here)\n"
    )
    assert whole - kept
    (record,) = records(broadsheet("reextract", "--archive", folder, "--json"))
    assert (record["read"], record["differ"]) == (len(whole - kept), 0)
    assert drafted(folder) == whole


def test_ctrl_c_before_anything_was_read(folder: Path) -> None:
    asked = folder / "asked"
    process = start(with_new_recipe(folder), "slow_to_start", **{COUNTED: str(asked)})
    until(asked.exists)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, error) == ("", "broadsheet: stopped before anything was read\n")
    assert drafted(folder) == set()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("after", [1, 40, 100])
def test_kill_9_does_no_work_twice(folder: Path, after: int) -> None:
    """Read twice is at most what was read but not yet entered: a batch, and what is under way."""
    reads = folder / "reads"
    whole = pages(with_new_recipe(folder))
    before = shown(folder)
    process = start(folder, "counting", **{COUNTED: str(reads)})
    until(lambda: len(drafted(folder)) >= after)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    until(lambda: not tasks_of(folder))  # the workers end with the page that they read
    acknowledged = drafted(folder)
    assert after <= len(acknowledged) < len(whole)
    first = Counter(reads.read_text().split())
    assert set(first.values()) == {1}
    assert len(first) <= len(acknowledged) + BATCH_PAGES + 2 * AHEAD
    process = start(folder, "counting", **{COUNTED: str(reads)})
    out, error = process.communicate(timeout=120)
    assert (process.returncode, error) == (0, "")
    assert json.loads(out)["read"] == len(whole) - len(acknowledged)
    assert drafted(folder) == whole
    second = Counter(reads.read_text().split()) - first
    assert {int(capture) for capture in second} == whole - acknowledged  # nothing that was entered is read again
    assert set(second.values()) == {1}
    assert shown(folder) == before
    check_whole(folder)


def tasks_of(folder: Path) -> list[str]:
    """Worker processes that still have a file of this archive's in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(folder).encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:  # gone, or of somebody else
            continue
    return found


def check_whole(folder: Path) -> None:
    with store.open_archive(folder) as archive:
        assert store.integrity(archive.db) == []
