"""A crawl that is stopped by force keeps what had come of the answer it was reading."""

from __future__ import annotations

import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from crawling import start
from odd_cases import PAGE, Answer, sized
from odd_server import OddServer, Served

BEGINNING = sized(PAGE)[:-500]
DRIPS = 3  # of a byte each, so that the beginning has certainly been read


def dripping(server: OddServer) -> list[Served]:
    return [one for one in server.served if one.path == "/slow" and len(one.written) >= len(BEGINNING) + DRIPS]


def test_what_came_before_a_forced_stop_is_kept(tmp_path: Path) -> None:
    with OddServer({"/slow": [Answer(BEGINNING, "drip")]}) as server:
        crawl = start(server, tmp_path / "news", timeout_s=60)
        while not dripping(server):
            assert crawl.process.poll() is None
            time.sleep(0.05)
        while crawl.process.poll() is None:  # the first asks it to finish, the second to stop, the rest it ignores
            crawl.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                crawl.process.wait(0.3)
        crawl.wait()
        (served,) = dripping(server)
    (group,) = crawl.groups_of(f"{server.url}/slow")
    assert group.request.block == served.request
    assert group.response is not None
    assert group.response.get("WARC-Truncated") == "unspecified"
    assert group.response.block.startswith(BEGINNING)
    assert bytes(served.written).startswith(group.response.block)
    assert crawl.outcomes(f"{server.url}/slow") == ["stopped"]
    (row,) = crawl.rows("SELECT state FROM url WHERE url = ?", f"{server.url}/slow")
    assert row["state"] == "due"
