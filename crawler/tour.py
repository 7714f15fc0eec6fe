"""The tour: a new archive of the demo newspaper (or of saved pages), crawled to the end, in one command."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from archive import store
from archive.errors import BadInput, BroadsheetError
from archive.locate import DATABASE
from crawler import config
from crawler.config import Site

MARK = ".demo"  # in an archive that a tour made, and that the next tour may replace
# An article that most who take the tour can read, long enough to be worth it.
EXAMPLE = "SELECT article_id, headline FROM articles ORDER BY language LIKE 'en%' DESC, word_count DESC LIMIT 1"


@contextmanager
def demo_server(arguments: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The demo server as a process of its own -> what it serves: {"port", "sites": [{name, title, url, feeds}]}."""
    command = [sys.executable, "-m", "crawler", "demo", "--announce", *arguments]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None and server.stdin is not None
    try:
        line = server.stdout.readline()
        if not line:
            raise BroadsheetError("the demo newspaper did not start; its own message stands above")
        yield json.loads(line)
    finally:
        server.stdin.close()  # it leaves when nobody listens any more
        server.stdout.close()
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def new_archive(folder: Path) -> None:
    """Make an archive here, in the place of one that an earlier tour made. Raises BadInput for anything else."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if not (folder / MARK).is_file() or not (folder / DATABASE).is_file():
            raise BadInput(f"{folder} exists and was not made by a tour", hint="name another folder")
        with store.writer_lock(folder):
            pass  # nobody is writing it
        shutil.rmtree(folder)
    store.create(folder)
    (folder / MARK).write_text("made by `broadsheet demo`; the next tour replaces this folder\n", encoding="utf-8")


def demo_sites(announced: dict[str, Any]) -> list[Site]:
    """Entries of sites.toml for what a demo server serves: nobody need be polite to one's own machine."""
    return [
        Site(
            name=entry["name"],
            url=entry["url"],
            title=entry.get("title"),
            feeds=tuple(entry.get("feeds", ())),
            delay_s=0.0,
            concurrency=2,
            max_depth=entry.get("max_depth", 5),
            allow_addresses=("loopback",),
        )
        for entry in announced["sites"]
    ]


def write_sites(folder: Path, sites: Sequence[Site]) -> None:
    config.write_new(folder, None)
    config.add_sites(folder, sites)


def closing_words(folder: Path) -> str:
    """Three commands worth trying next, with a word that is there to be found."""
    with store.open_archive(folder) as archive:
        row = archive.db.execute(EXAMPLE).fetchone()
    article_id, headline = row or (1, "")
    words = [w.strip(".,:;!?\"'“”„») (") for w in (headline or "").split()]
    word = max(words, key=len, default="news")
    at = click.format_filename(folder)
    return (
        "Three commands worth trying next:\n"
        f"  scripts/run search --archive {at} {word}\n"
        f"  scripts/run show --archive {at} {article_id}\n"
        f"  scripts/run status --archive {at}\n"
    )
