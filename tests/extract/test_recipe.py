"""The same bytes and the same recipe give the same record: in any order, repeated, in other processes."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from archive.extract import extract, recipe
from crawler.demo import Newspaper, Request
from tests.conftest import environment
from tests.extract.conftest import CAPTURED
from tests.extract.markups import MARKUPS, read

ROOT = Path(__file__).resolve().parents[2]
OWN = Path(__file__).parent / "data" / "article.txt"
PAGES = 200
REPEATED = 40


def pages() -> Iterator[tuple[str, bytes]]:
    """Two hundred different pages: one text in every markup, and articles of eight house styles in five languages."""
    text = read(OWN.read_text("utf-8"), "2025-02-14T07:42:00+00:00")
    found = {f"https://tidewater.example/{name}/story-1": make(text) for name, make in MARKUPS.items()}
    site = Newspaper(seed=4, articles=260)
    for truth in site.truths():
        parts = urlsplit(truth.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        found[truth.url] = site.respond(parts.hostname or "", Request(target, "GET", {"host": parts.netloc})).body
    yield from list(found.items())[:PAGES]


def records(some: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
    for url, html in some:
        found = asdict(extract(html, url=url, captured_at=CAPTURED))
        text = json.dumps(found, sort_keys=True, default=lambda value: value.hex())
        yield url, hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.timeout(300)
def test_pages_shuffled_and_repeated_give_the_same_records() -> None:
    """Here in one order with some pages twice; in a process with other hashes of strings in another order."""
    everything = list(pages())
    assert len({url for url, _ in everything}) == len({html for _, html in everything}) == PAGES
    chance = random.Random(7)
    here = chance.sample(everything, PAGES) + chance.sample(everything, REPEATED)
    chance.shuffle(here)
    found: dict[str, str] = {}
    for url, record in records(here):
        assert found.setdefault(url, record) == record, url
    there = subprocess.run(
        [sys.executable, "-m", "tests.extract.test_recipe"], capture_output=True, text=True, cwd=ROOT, timeout=250,
        env={**environment(), "PYTHONHASHSEED": "99", "LC_ALL": "C", "TZ": "Asia/Kathmandu"}, check=False,
    )  # fmt: skip
    assert there.returncode == 0, there.stderr
    assert json.loads(there.stdout) == {"recipe": recipe().sha256, "records": dict(sorted(found.items()))}


if __name__ == "__main__":
    assert os.environ["PYTHONHASHSEED"] == "99"
    print(json.dumps({"recipe": recipe().sha256, "records": dict(sorted(records(reversed(list(pages())))))}))
