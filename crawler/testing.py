"""A pytest fixture for spiders and sites: `replay_crawl` runs one against WARC files. See docs/replay-crawls.md.

Loaded by every pytest that has Broadsheet installed, so nothing heavy is imported here. Each crawl is a process of its
own: Twisted's event loop runs once in each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replayed crawl came to.

    `items`: of a spider what it yielded, of a site the rows of the view `articles`. `outcomes`: {URL: what became of
    the last request for it}: of a site the words of the data dictionary, of a spider the status ("200"), or
    "not-in-replay" and the like. `stats`: Scrapy's, or the summary of the crawl. `log`: standard error.
    """

    exit_code: int
    items: tuple[dict[str, Any], ...] = ()
    outcomes: Mapping[str, str] = field(default_factory=dict)
    stats: Mapping[str, Any] = field(default_factory=dict)
    log: str = ""


ReplayCrawl = Callable[..., Replayed]


@pytest.fixture
def replay_crawl(tmp_path_factory: pytest.TempPathFactory) -> ReplayCrawl:
    """`replay_crawl(warc, what)`: `what` is a spider class, the name of a spider of the Scrapy project in the current
    folder, an address, which is crawled as Broadsheet does, or None: the sites that the file itself is of."""

    def run(
        warc: Path | str | Sequence[Path | str],
        what: type | str | None = None,
        *,
        arguments: Mapping[str, str] | None = None,
        settings: Mapping[str, Any] | None = None,
        timeout_s: float = 60,
    ) -> Replayed:
        """`arguments` and `settings` are for a spider (`-a` and `-s` of Scrapy), fit for JSON.

        :raises ValueError: no file is named, and the crawl would not be a replay; or the spider cannot be imported.
        :raises subprocess.TimeoutExpired: the crawl took longer than `timeout_s`.
        """
        given = [warc] if isinstance(warc, (str, Path)) else warc
        if not given:
            raise ValueError("no WARC file is named: nothing would answer but the network")
        if isinstance(what, type) and "<locals>" in what.__qualname__:
            raise ValueError(
                f"{what.__name__} is defined in a function: a process of its own imports it, by module"
            )
        files = [str(Path(one).resolve()) for one in given]
        folder = tmp_path_factory.mktemp("replayed")
        if what is None or (isinstance(what, str) and what.startswith(("http://", "https://"))):
            return _site(folder, files, what, timeout_s)
        name = what if isinstance(what, str) else f"{what.__module__}:{what.__qualname__}"
        asked = {"files": files, "spider": name, "arguments": arguments or {}, "settings": settings or {}}
        return _spider(folder, asked, timeout_s)

    return run


def _spider(folder: Path, asked: Mapping[str, Any], timeout_s: float) -> Replayed:
    result = folder / "result.json"
    done = _process(["crawler.replayed_spider", str(result)], json.dumps(asked), timeout_s)
    if not result.exists():
        return Replayed(done.returncode or 1, log=done.stderr)
    found = json.loads(result.read_text(encoding="utf-8"))
    return Replayed(done.returncode, tuple(found["items"]), found["outcomes"], found["stats"], done.stderr)


def _site(folder: Path, files: Sequence[str], url: str | None, timeout_s: float) -> Replayed:
    words = [word for name in files for word in ("--replay", name)] + ([url] if url else [])
    command = ["crawler", "crawl", "--archive", str(folder / "archive"), "--quiet", "--json", "--verbose", *words]
    done = _process(command, "", timeout_s)
    archive_folder = folder / "archive"
    if not archive_folder.exists() or not done.stdout:
        return Replayed(done.returncode, log=done.stderr)
    from archive.store import open_archive

    with open_archive(archive_folder) as archive:
        items = tuple(archive.db.query("SELECT * FROM articles ORDER BY url"))
        attempts = "SELECT url, outcome FROM attempt JOIN url USING (url_id) ORDER BY attempt_id"
        outcomes = {row["url"]: row["outcome"] for row in archive.db.query(attempts)}
    return Replayed(done.returncode, items, outcomes, json.loads(done.stdout), done.stderr)


def _process(words: Sequence[str], asked: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
    """`python -m WORDS`, which can import what this process can."""
    path = os.pathsep.join(dict.fromkeys(part or str(Path.cwd()) for part in sys.path))
    return subprocess.run(
        [sys.executable, "-m", *words], input=asked, capture_output=True, text=True, timeout=timeout_s,
        env={**os.environ, "PYTHONPATH": path}, check=False,
    )  # fmt: skip
