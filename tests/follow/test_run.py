"""`broadsheet run` and what starts crawls by the clock: cron and systemd."""

from __future__ import annotations

import queue
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT, environment, run_broadsheet
from tests.crawl.site import Site, article, serve

LONG_S = 90.0


class Running:
    """A process of `broadsheet run`, and the lines that it has told."""

    def __init__(self, folder: Path, *words: str) -> None:
        command = [sys.executable, "-m", "crawler", "run", "--archive", str(folder), "--allow-address", "loopback"]
        self.process = subprocess.Popen(
            [*command, "--workers", "1", *words], cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)
        self._lines.put(None)

    def until(self, pattern: str) -> str:
        """The next line that matches."""
        end, told = time.monotonic() + LONG_S, list[str]()
        try:
            while (line := self._lines.get(timeout=max(0, end - time.monotonic()))) is not None:
                if re.search(pattern, line):
                    return line
                told.append(line)
        except queue.Empty:
            told.append("... and nothing more came")
        raise AssertionError(f"{pattern!r} is not in {told}")

    def ended(self, number: int) -> float:
        """Send a signal -> seconds until the process has ended in order."""
        begun = time.monotonic()
        self.process.send_signal(number)
        assert self.process.wait(timeout=30) == 0
        return time.monotonic() - begun


@contextmanager
def running(folder: Path, *words: str) -> Iterator[Running]:
    run = Running(folder, *words)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.kill()
        run.process.wait()


@pytest.fixture
def site() -> Iterator[Site]:
    with serve({}) as found:
        yield found


def archive_of(folder: Path, *sites: str) -> Path:
    run_broadsheet("init", folder, "--contact", "you@example.org")
    for number, url in enumerate(sites):
        follow(folder, f"paper{number}", url)
    return folder


def follow(folder: Path, name: str, url: str) -> None:
    toml = folder / "sites.toml"
    toml.write_text(toml.read_text() + f'\n[sites.{name}]\nurl = "{url}"\ndelay_s = 0\n')


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_it_crawls_what_is_due_and_tells_prometheus(tmp_path: Path, site: Site) -> None:
    folder, port = archive_of(tmp_path / "news", site.url), free_port()
    with running(folder, "--metrics", str(port)) as run:
        assert "13 fetched, 10 new articles" in run.until("fetched")
        assert run.until("next visit")
        figures = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
        assert 'broadsheet_articles{site="paper0"} 10.0' in figures
        assert 'broadsheet_crawls_total{exit_code="0"} 1.0' in figures
        assert re.search(r"^broadsheet_visits_late_seconds 0\.0$", figures, re.MULTILINE)
        assert run.ended(signal.SIGTERM) < 10


@pytest.mark.slow
def test_it_sees_what_is_edited(tmp_path: Path, site: Site) -> None:
    folder = archive_of(tmp_path / "news", site.url)
    feed = b'<rss version="2.0"><channel><title>More</title></channel></rss>'
    pages = {"/more.xml": (200, {"Content-Type": "application/rss+xml"}, feed)}
    with running(folder) as run, serve(pages) as second:
        assert "13 fetched, 10 new articles" in run.until("fetched")
        assert run.until("next visit")
        follow(folder, "paper1", second.url)
        assert run.until("sites.toml has changed")
        assert "13 fetched, 10 new articles" in run.until("fetched")
        assert len(site.hits) == 12  # nothing of the first was due
        toml = folder / "sites.toml"
        toml.write_text(toml.read_text() + f'feeds = ["{second.url}more.xml"]\n')
        assert "1 fetched" in run.until("fetched")
        (folder / "sites.toml").write_text("[sites.paper0]\n")
        assert "needs url" in run.until("waiting: ")
        assert run.ended(signal.SIGTERM) < 10


@pytest.mark.slow
def test_sigterm_ends_it_within_ten_seconds_while_it_crawls(tmp_path: Path) -> None:
    slow = {f"/slow/{n}": (200, {"Content-Type": "text/html"}, article(n)) for n in range(200)}
    with serve(slow, *slow) as site:
        folder = archive_of(tmp_path / "news", site.url)
        toml = folder / "sites.toml"
        toml.write_text(toml.read_text().replace("delay_s = 0", "delay_s = 0.5"))
        with running(folder) as run:
            end = time.monotonic() + LONG_S
            while len(site.hits) < 5 and time.monotonic() < end:
                time.sleep(0.05)
            assert run.ended(signal.SIGTERM) < 10
    assert run_broadsheet("verify", "--archive", folder).returncode == 0
    assert not list((folder / "warc").glob("*.open"))


def test_a_port_that_is_taken_and_a_folder_that_is_none_are_said(tmp_path: Path, site: Site) -> None:
    folder = archive_of(tmp_path / "news", site.url)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run_process_of("run", "--archive", str(folder), "--metrics", port)
        assert (done.returncode, done.stderr.count("\n")) == (9, 1)
        assert "--metrics with another port" in done.stderr
    assert run_process_of("run", "--archive", str(tmp_path / "none")).returncode == 3


def run_process_of(*words: str) -> subprocess.CompletedProcess[str]:
    from tests.conftest import run_process

    return run_process(*words)


def command_lines() -> dict[str, str]:
    """What cron and systemd are told to run, by file."""
    found = {}
    for path in sorted((ROOT / "docs" / "systemd").iterdir()):
        for line in path.read_text().splitlines():
            if line.startswith("ExecStart="):
                found[path.name] = line.removeprefix("ExecStart=")
    crontab = re.search(r"^\*/\d+ \* \* \* \* (.+)$", (ROOT / "docs" / "following.md").read_text(), re.MULTILINE)
    assert crontab
    return found | {"crontab": crontab[1]}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["broadsheet.service", "broadsheet-crawl.service", "crontab"])
def test_the_documented_command_lines_run(name: str, tmp_path: Path, site: Site) -> None:
    folder = archive_of(tmp_path / "news", site.url)
    toml = folder / "sites.toml"
    toml.write_text(toml.read_text() + 'allow_addresses = ["loopback"]\n')
    line = command_lines()[name].replace("/opt/broadsheet/.venv/bin/broadsheet", f"{sys.executable} -m crawler")
    line = line.replace("/srv/news", str(folder)).replace("%h", str(tmp_path))
    started = subprocess.Popen(
        ["sh", "-c", line if name == "crontab" else f"exec {line}"],
        cwd=ROOT, env=environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    if name == "broadsheet.service":
        end = time.monotonic() + LONG_S
        while len(site.hits) < 12 and time.monotonic() < end:
            time.sleep(0.05)
        started.send_signal(signal.SIGTERM)
    said = started.communicate(timeout=LONG_S)
    assert started.returncode == 0, said
    assert len(site.hits) == 12
    assert shlex.split(line)


def test_two_crawls_at_once_fetch_nothing_twice(tmp_path: Path, site: Site) -> None:
    folder = archive_of(tmp_path / "news", site.url)
    command = [sys.executable, "-m", "crawler", "crawl", "--archive", str(folder), "--allow-address", "loopback"]
    two = [subprocess.Popen([*command, "--quiet"], cwd=ROOT, env=environment(), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True) for _ in range(2)]  # fmt: skip
    said = [one.communicate(timeout=LONG_S) for one in two]
    codes = sorted(one.returncode for one in two)
    assert codes in ([0, 5], [0, 0]), said
    assert len(site.hits) == len(set(site.hits)) == 12
