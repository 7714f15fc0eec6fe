"""`broadsheet run`: crawls for ever, each in a process of its own, whenever something is due.

Nothing is planned here: what is due when stands in the database. So whatever kills this, or a crawl, the next start
goes on; and a crawl by hand or from a crontab does no harm beside it.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from archive import store
from archive.errors import ArchiveLocked, BroadsheetError, ConfigInvalid, CrawlFailed, CrawlStopped
from archive.store import manners, visits
from crawler import config

LOOK_EVERY_S = 30.0  # at sites.toml, and at what others have made due
REST_S = 20.0  # between two crawls at least
IDLE_S = 300.0  # after a crawl that could fetch nothing of what is due
LOCKED_S = 60.0
TROUBLE_S = 300.0  # after a full disk, or an error that nobody foresaw
GRACE_S = 7.0  # for a crawl to end in order; after that it is stopped hard, which loses nothing that is on disk
LOST: tuple[type[BroadsheetError], ...] = (CrawlFailed, *CrawlFailed.__subclasses__())
CRAWLED = {0, CrawlStopped.exit_code} | {error.exit_code for error in LOST}


@dataclass(slots=True)
class State:
    """What `run` has come to, for the metrics."""

    crawls: dict[int, int] = field(default_factory=dict)  # exit code -> how many
    last_exit_code: int | None = None
    last_ended: float | None = None  # seconds since 1970
    next_due: float | None = None
    crawling: bool = False


class Runner:
    """Crawls whenever something is due, until `stop`. `words`: options of `broadsheet crawl` for each crawl."""

    def __init__(self, folder: Path, words: Sequence[str], say: Callable[[str], None]) -> None:
        self.folder, self.words, self.say = folder, list(words), say
        self.state = State()
        self._stopping = threading.Event()
        self._crawled_with: int | None = None  # state of sites.toml that the last crawl came to know
        self._crawl: subprocess.Popen[str] | None = None

    def run(self) -> None:
        """Until somebody stops it; signals SIGTERM and SIGINT do."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        told: str | None = None
        while not self._stopping.is_set():
            try:
                wait_s, line = self._look()
            except BroadsheetError as e:
                wait_s, line = TROUBLE_S, f"waiting: {e}"
            if wait_s > 0:
                if line != told:
                    self.say(line)
                    told = line
                self._wait(wait_s)
                continue
            self._wait(self._crawl_once())
            told = None

    def stop(self) -> None:
        """End after the crawl that is going on, which ends early."""
        self._stopping.set()
        if self._crawl is not None and self._crawl.poll() is None:
            self._crawl.send_signal(signal.SIGTERM)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop()

    def _look(self) -> tuple[float, str]:
        """Seconds until something is due, and what to tell of it."""
        sites = config.load(self.folder).sites
        if not sites:
            raise ConfigInvalid("sites.toml names no site", hint="broadsheet add URL")
        when = next_due(self.folder, list(sites))
        if self._crawled_with not in (None, _changed(self.folder)):
            when = datetime.now(UTC)  # what it names now, a crawl enters
        self.state.next_due = when.timestamp() if when else None
        if when is None:
            return LOOK_EVERY_S, "nothing will be due by itself: sites.toml asks for no visits"
        wait_s = (when - datetime.now(UTC)).total_seconds()
        return wait_s, f"next visit {when:%Y-%m-%d %H:%M} UTC"

    def _wait(self, seconds: float) -> None:
        """That long, or until sites.toml changes or somebody stops us."""
        until, before = time.monotonic() + seconds, _changed(self.folder)
        while (left := until - time.monotonic()) > 0 and not self._stopping.is_set():
            self._stopping.wait(min(left, LOOK_EVERY_S, 1.0))
            if _changed(self.folder) != before:
                self.say("sites.toml has changed")
                return

    def _crawl_once(self) -> float:
        """One crawl -> seconds to wait after it."""
        command = [sys.executable, "-m", "crawler", "crawl", "--archive", str(self.folder), "--quiet", "--json"]
        self._crawl = subprocess.Popen(
            [*command, *self.words], stdout=subprocess.PIPE, text=True, start_new_session=True, cwd=Path.cwd()
        )
        self.state.crawling = True
        crawls_with = _changed(self.folder)
        if self._stopping.is_set():  # the signal came before the process
            self.stop()
        said = self._finished(self._crawl)
        code = self._crawl.returncode
        self.state.crawling = False
        self.state.last_exit_code, self.state.last_ended = code, time.time()
        self.state.crawls[code] = self.state.crawls.get(code, 0) + 1
        summary = _summary(said)
        self.say(_told(code, summary))
        if code not in CRAWLED:
            return LOCKED_S if code == ArchiveLocked.exit_code else TROUBLE_S
        self._crawled_with = crawls_with
        return REST_S if summary and sum(summary.get("outcomes", {}).values()) else IDLE_S

    def _finished(self, crawl: subprocess.Popen[str]) -> str:
        """What a crawl printed; one that does not end in time after somebody stopped us is killed."""
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.append(crawl.stdout.read() if crawl.stdout else ""))
        reader.start()
        asked_at: float | None = None
        while crawl.poll() is None:
            self._stopping.wait(0.1) if not self._stopping.is_set() else time.sleep(0.1)
            if self._stopping.is_set():
                asked_at = asked_at or time.monotonic()
                if time.monotonic() - asked_at > GRACE_S:
                    crawl.kill()
        reader.join()
        if crawl.stdout is not None:
            crawl.stdout.close()
        return "".join(said)


def next_due(folder: Path, sites: Sequence[str]) -> datetime | None:
    """When the first URL of these sites is due, at a host that may be asked then; None if none ever will be.

    A site that was never crawled is due.
    """
    with store.open_archive(folder) as archive:
        ids = visits.ids_of(archive.db, sites)
        now = datetime.now(UTC)
        if len(ids) < len(sites):
            return now
        resting = manners.resting(archive.db, now)
        times = [store.next_due_at(archive.db, now, ids, without=resting), visits.next_visit(archive.db, ids)]
        times += [until for host, until in resting.items() if store.due(archive.db, host, until, 1, (), ids)]
    return min((datetime.fromisoformat(text) for text in times if text is not None), default=None)


def _changed(folder: Path) -> int | None:
    try:
        return (folder / config.FILE).stat().st_mtime_ns
    except OSError:
        return None


def _summary(said: str) -> dict[str, Any] | None:
    try:
        found = json.loads(said)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _told(code: int, summary: dict[str, Any] | None) -> str:
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    if summary is None:
        return f"{at} crawl ended with exit code {code}"
    fetched = sum(summary.get("outcomes", {}).values())
    lost = sum(summary.get("failed", {}).values())
    words = f"{at} {fetched} fetched, {summary.get('articles', 0)} new articles"
    versions = summary.get("new_versions", 0) - summary.get("articles", 0)
    words += f", {versions} new versions" if versions > 0 else ""
    words += f", {lost} failed" if lost else ""
    return words + (f" (exit code {code})" if code else "")
