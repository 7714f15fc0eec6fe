"""Commands that need a process of their own, forked off one that has imported all they need.

Twisted's reactor runs once a process, so every crawl of a test is a process; most of what a small one costs are its
imports. `run` gives the same as `python -m crawler WORDS`, from the fork on: own descriptors, folder, environment,
reactor and exit. What is to be checked from the first import on is run by `conftest.run_process`.
"""

from __future__ import annotations

import atexit
import importlib
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Client, Connection, wait
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
IMPORTED = (
    "archive.shingles", "archive.store.migrations", "crawler.add", "crawler.addon", "crawler.archivist",
    "crawler.cli", "crawler.demo", "crawler.fetch", "crawler.progress", "crawler.report", "crawler.run",
    "crawler.spiders.news", "crawler.tour", "scrapy.dupefilters", "scrapy.logformatter", "scrapy.pqueues",
    "scrapy.squeues", "scrapy.statscollectors",
)  # fmt: skip


def run(
    words: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """`broadsheet WORDS`. Raises subprocess.TimeoutExpired after `timeout` seconds, and kills it."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        with Client(_server()) as pipe:
            pipe.send((list(words), str(cwd), dict(env), str(out), str(err)))
            process = pipe.recv()
            try:
                if not pipe.poll(timeout):
                    raise subprocess.TimeoutExpired(words, timeout)
                code = pipe.recv()
            except BaseException:  # the end of the test as well
                os.kill(process, signal.SIGKILL)
                raise
        return subprocess.CompletedProcess(words, code, *(f.read_text(encoding="utf-8") for f in (out, err)))


@cache
def _server() -> str:
    """The address of the process that forks; it ends with this one."""
    address = str(Path(tempfile.mkdtemp(prefix="forked-")) / "socket")
    command, env = [sys.executable, "-m", "tests.forked", address], {**os.environ, "PYTHONWARNINGS": "default"}
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin and process.stdout
    atexit.register(process.stdin.close)
    assert process.stdout.readline() == b"ready\n", "the process that forks did not start"
    return address


def _serve(address: str) -> tuple[list[str], str, dict[str, str], str, str]:
    """Returns in each process that is forked off: with what it has to do."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        print("ready", flush=True)
        while sys.stdin not in wait([listener, sys.stdin]):
            pipe = Connection(listener.accept()[0].detach())
            if os.fork() == 0:
                task: tuple[list[str], str, dict[str, str], str, str] = pipe.recv()
                process = os.fork()
                if process == 0:
                    pipe.close()
                    return task
                _report(pipe, process)
            pipe.close()
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    Path(address).unlink(missing_ok=True)
    Path(address).parent.rmdir()
    os._exit(0)


def _report(pipe: Connection, process: int) -> NoReturn:
    with suppress(OSError):  # nobody waits any more
        pipe.send(process)
        pipe.send(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
    os._exit(0)


def _import() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    from scrapy.settings.default_settings import SPIDER_MIDDLEWARES_BASE
    from scrapy.utils.misc import load_object

    from archive.pipeline import PRELOAD
    from crawler import settings

    for path in (*settings.EXTENSIONS_BASE, *settings.DOWNLOADER_MIDDLEWARES_BASE, *SPIDER_MIDDLEWARES_BASE):
        load_object(path)
    assert "twisted.internet.reactor" not in sys.modules
    # The processes that read pages come from one server for all commands, in place of one for each.
    forkserver.set_forkserver_preload(["archive.workers", "archive.pipeline", *PRELOAD])
    resource_tracker.ensure_running()
    forkserver.ensure_running()


def _become(cwd: str, env: dict[str, str], out: str, err: str) -> None:
    for descriptor, path, flags in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY), (2, err, os.O_WRONLY)):
        opened = os.open(path, flags | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)


def main() -> None:
    _import()
    words, *place = _serve(sys.argv[1])
    _become(*place)
    # It runs, but is no child of this process.
    forkserver._forkserver.ensure_running = forkserver.ensure_running = lambda: None
    sys.argv = ["", *words]
    runpy.run_module("crawler", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
