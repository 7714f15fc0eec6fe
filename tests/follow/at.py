"""Runs `broadsheet WORDS` in a process whose clock shows another time: `tests/follow/at.py CLOCK -- WORDS`.

CLOCK is RFC 3339. It runs on from there. Only Python's `datetime` and `time` are moved: monotonic clocks, which
measure waits and deadlines, SQLite's and the worker processes' are not, and nothing in the product can move one.

`tests/follow/at.py --many` reads jobs as JSON lines ({"clock", "words", "stdout", "stderr"}: two files), runs one after
the other, each in a process of its own that has the imports behind it, and writes each exit code as a line.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import traceback
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What a crawl imports, without Twisted's reactor: that belongs to the process that runs it.
PRELOAD = (
    "time_machine", "crawler.cli", "crawler.run", "crawler.archivist", "crawler.handler", "crawler.report",
    "crawler.progress", "crawler.spiders.news", "archive.pipeline", "scrapy.crawler", "scrapy.utils.log",
    "scrapy.extensions.feedexport", "scrapy.extensions.remote_control", "scrapy.extensions.telnet",
    "scrapy.downloadermiddlewares.cookies", "scrapy.downloadermiddlewares.httpcompression",
    "scrapy.downloadermiddlewares.robotstxt", "scrapy.spidermiddlewares.referer", "scrapy.pqueues", "scrapy.squeues",
    "twisted.web.client", "twisted.internet.asyncioreactor",
)  # fmt: skip


def run(clock: datetime, words: list[str]) -> None:
    """`broadsheet WORDS` at a clock, in this process: it leaves with the command's exit code (SystemExit)."""
    import time_machine

    from crawler.cli import main

    if clock.tzinfo is None:
        raise ValueError(f"{clock} has no zone")
    sys.argv = ["broadsheet", *words]
    with time_machine.travel(clock, tick=True):
        main()


def run_many() -> None:
    """All share one process that workers are forked off: what that imports costs more than most of these crawls."""
    from multiprocessing import forkserver

    from archive.pipeline import PRELOAD as OF_WORKERS

    for name in PRELOAD:
        importlib.import_module(name)
    forkserver.set_forkserver_preload(["archive.workers", "archive.pipeline", *OF_WORKERS])
    forkserver.ensure_running()
    forkserver._forkserver.ensure_running = lambda: None  # a child cannot wait for a process that is not its own
    forkserver.ensure_running = forkserver._forkserver.ensure_running
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            _child(job)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _child(job: dict[str, str]) -> None:
    """Never returns."""
    code = 1
    try:
        for number, name in ((0, os.devnull), (1, job["stdout"]), (2, job["stderr"])):
            opened = os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(opened, number)
            os.close(opened)
        sys.stdin = Path(os.devnull).open()  # noqa: SIM115
        try:
            run(datetime.fromisoformat(job["clock"]), list(job["words"]))
            code = 0
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0 if left.code is None else 1
        except BaseException:
            traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # this checkout, and not the folder of this file
    if sys.argv[1:] == ["--many"]:
        with contextlib.suppress(BrokenPipeError):  # whoever asked has gone
            run_many()
    elif len(sys.argv) > 3 and sys.argv[2] == "--":
        run(datetime.fromisoformat(sys.argv[1]), sys.argv[3:])
    else:
        sys.exit("usage: tests/follow/at.py CLOCK -- WORDS OF broadsheet")
