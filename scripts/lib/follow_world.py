"""The world of scripts/follow: the demo newspaper on loopback, an archive, and one clock for both."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive import store
from crawler import tour
from crawler.demo import DEFAULT_CLOCK, DemoServer, Failure, Hit, Newspaper, Truth, sites_entries

ROOT = Path(__file__).resolve().parents[2]
AT = ROOT / "tests" / "follow" / "at.py"
FINE = {0, 20, 26, 27}  # the last try of a page was 5xx, or robots.txt forbids all: the newspaper means it so


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    stdout: str
    stderr: str


class Clockwork:
    """Runs `broadsheet` at any clock, each time in a process of its own (tests/follow/at.py)."""

    def __init__(self, folder: Path) -> None:
        self._out, self._err = folder / "stdout", folder / "stderr"
        self._process = subprocess.Popen(
            [sys.executable, str(AT), "--many"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    def run(self, clock: datetime, *words: str) -> Ran:
        assert self._process.stdin is not None and self._process.stdout is not None
        job = {"clock": clock.isoformat(), "words": words, "stdout": str(self._out), "stderr": str(self._err)}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return Ran(code, self._out.read_text(encoding="utf-8"), self._err.read_text(encoding="utf-8"))

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait()


@dataclass(slots=True)
class Alarm:
    """What `status` said at a clock."""

    clock: datetime
    code: int
    alarms: set[tuple[str, str]] | None  # (site, kind); None: this `status` knows no alarms


@dataclass(slots=True)
class World:
    newspaper: Newspaper
    server: DemoServer
    folder: Path  # the archive
    clockwork: Clockwork
    followed: tuple[str, ...]  # names of publishers
    steps: list[datetime] = field(default_factory=list)  # at which a crawl ran
    idle: int = 0  # steps at which nothing was due
    status: list[Alarm] = field(default_factory=list)
    bytes: int = 0
    requests: int = 0
    again: list[str] = field(default_factory=list)  # asked for more than once in one crawl, unless it had failed

    @property
    def port(self) -> int:
        return self.server.port

    def truths(self) -> Iterator[Truth]:
        """What the publishers that are followed have published until the last crawl."""
        hosts = {f"{name}.localhost" for name in self.followed}
        for truth in self.newspaper.at(self.steps[-1]).truths(self.port):
            if truth.host in hosts:
                yield truth

    def failures(self) -> list[Failure]:
        """What has begun to go wrong at them between the first and the last crawl."""
        failures = self.newspaper.at(self.steps[-1]).failures()
        return [each for each in failures if each.publisher in self.followed and each.since >= self.steps[0]]

    def crawl(self, clock: datetime, *words: str) -> list[Hit]:
        """Move the newspaper to `clock` and crawl then -> the requests it made."""
        self.server.use(self.newspaper.at(clock))
        self.server.clear_hits()
        ran = self.clockwork.run(
            clock, "crawl", "--archive", str(self.folder), "--delay", "0", "--deadline", "120", "--quiet", *words
        )
        if ran.code not in FINE:
            raise SystemExit(f"the crawl at {clock:%Y-%m-%d %H:%M} left with {ran.code}: {ran.stderr[-2000:]}")
        hits = self.server.hits
        self.steps.append(clock)
        self.bytes += sum(hit.bytes for hit in hits)
        self.requests += len(hits)
        self.again += [f"{clock:%m-%d %H:%M} {url}" for url in repeated(hits)]
        return hits

    def is_due(self, clock: datetime) -> bool:
        """Whether a crawl at `clock` would have anything to do."""
        if not self.steps:
            return True
        with self.database() as db:
            (due,) = db.execute(
                "SELECT EXISTS (SELECT 1 FROM url WHERE state = 'due' OR next_visit <= ?)", (stamp(clock),)
            ).fetchone()
        return bool(due)

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """The archive's database, to read."""
        db = sqlite3.connect(f"file:{self.folder / 'archive.db'}?mode=ro", uri=True)
        try:
            yield db
        finally:
            db.close()

    def ask_status(self, clock: datetime) -> None:
        """Note what `broadsheet status` has to report at `clock`."""
        ran = self.clockwork.run(clock, "status", "--archive", str(self.folder), "--json")
        self.status.append(Alarm(clock, ran.code, _alarms(ran.stdout)))


def _alarms(text: str) -> set[tuple[str, str]] | None:
    """{(site, kind)} from the lines of `status --json`: each site's line has "alarms", objects with a "name"."""
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    if not any(isinstance(row, dict) and "alarms" in row for row in rows):
        return None
    found: set[tuple[str, str]] = set()
    for row in rows:
        for alarm in row.get("alarms") or ():
            found.add((str(alarm.get("site") or row.get("name") or row.get("site")), str(alarm["name"])))
    return found


def repeated(hits: list[Hit]) -> list[str]:
    """The URLs that one crawl asked for again although they had been answered."""
    seen: set[tuple[str, str]] = set()
    found = []
    for hit in hits:
        key = (hit.host, hit.target)
        if key in seen:
            found.append(f"{hit.host}{hit.target}")
        if hit.status < 500:
            seen.add(key)
    return found


@contextmanager
def world(folder: Path, seed: int, articles: int, only: Sequence[str] = ()) -> Iterator[World]:
    """A newspaper that is served, and an archive that is to follow it (or `only` these publishers), empty yet."""
    folder.mkdir(parents=True, exist_ok=True)
    clockwork = Clockwork(folder)  # first: it forks, and must not hold threads of ours
    newspaper = Newspaper(seed, articles)
    followed = tuple(only) or tuple(each.name for each in newspaper.publishers)
    try:
        with DemoServer(newspaper, log=100_000) as server:
            entries = [entry for entry in sites_entries(server) if entry["name"] in followed]
            store.create(folder / "news")
            # as politely as one's own machine asks for
            tour.write_sites(folder / "news", tour.demo_sites({"sites": entries}))
            yield World(newspaper, server, folder / "news", clockwork, followed)
    finally:
        clockwork.close()


def follow(world: World, begin: datetime, days: float, step: timedelta, tell: Any = None) -> None:
    """Crawl from `begin` on at every step at which something is due; ask `status` at each that could tell of news.

    That is once a day, and at every step within a day after a failure began.
    """
    failures = world.newspaper.at(begin + timedelta(days=days)).failures()
    clock, end, asked = begin, begin + timedelta(days=days), begin
    began = time.monotonic()
    while clock <= end:
        if world.is_due(clock):
            world.crawl(clock)
        else:
            world.idle += 1
        fresh = any(timedelta(0) <= clock - each.since <= timedelta(days=1) for each in failures)
        if fresh or clock - asked >= timedelta(days=1):
            world.ask_status(clock)
            asked = clock
        if tell is not None:
            tell(f"{clock:%Y-%m-%d %H:%M}  {len(world.steps)} crawls, {world.requests} requests, "
                 f"{time.monotonic() - began:.0f} s")  # fmt: skip
        clock += step


def begin_of(days: float) -> datetime:
    return DEFAULT_CLOCK + timedelta(days=days)


def stamp(when: datetime) -> str:
    """As the archive writes times."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
