"""kill -9 at ten moments of a crawl: nothing acknowledged is lost, nothing is archived twice."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from archive import store
from archive.warc.reader import read_record
from crawler import tour

KILLS = 10


def start(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "crawler", "crawl", "--quiet", "--archive", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def captures(folder: Path) -> dict[str, str]:
    """{record id: URL} of what is acknowledged."""
    connection = sqlite3.connect(f"file:{folder}/archive.db?mode=ro", uri=True)
    try:
        return dict(connection.execute("SELECT record_id, url FROM capture JOIN url USING (url_id)"))
    finally:
        connection.close()


def kill_after(process: subprocess.Popen[bytes], folder: Path, more: int, pause_s: float) -> dict[str, str]:
    """Kill when `more` captures have been added (and a moment later) -> what was acknowledged before."""
    before = len(captures(folder))
    until = time.monotonic() + 30
    while process.poll() is None and len(captures(folder)) < before + more and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(pause_s)
    acknowledged = captures(folder)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL  # one that had finished would rightly read the listings again
    return acknowledged


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ten_kills_lose_nothing_and_repeat_nothing(tmp_path: Path, demo_server: Any, broadsheet: Any) -> None:
    announced = demo_server(["--articles", "600"])  # more than are fetched between ten kills
    folder = tmp_path / "a"
    store.create(folder)
    tour.write_sites(folder, tour.demo_sites(announced))
    moments = random.Random(7)
    acknowledged: dict[str, str] = {}
    for _ in range(KILLS):
        held = kill_after(start(folder), folder, moments.randint(0, 25), moments.uniform(0, 0.3))
        assert acknowledged.items() <= held.items()
        acknowledged = held
    broadsheet("crawl", "--quiet", "--archive", folder)
    check_whole(folder, acknowledged)
    broadsheet("verify", "--archive", folder)


def check_whole(folder: Path, acknowledged: dict[str, str]) -> None:
    with store.open_archive(folder) as archive:
        stored = list(store.captures(archive.db))
        assert acknowledged.items() <= {c.record_id: c.url for c in stored}.items()
        for capture in stored:
            record = read_record(archive.warc_folder / capture.warc_file, capture.offset, capture.length)
            assert record.record_id == capture.record_id
        times = Counter(c.url for c in stored if c.status == 200)
        assert [url for url, count in times.items() if count > 1] == []
        due = archive.db.execute("SELECT count(*) FROM frontier").fetchone()[0]
        assert due == 0
    assert not list((folder / "warc").glob("*.open"))
