"""The page on replays: its commands run, and the demo newspaper comes out as it was crawled."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from tests.conftest import run_broadsheet
from tests.replay_crawl.test_replay_crawl import SAME, facts
from tests.replay_crawl.test_scrapy_replay import DOCUMENT
from tests.test_docs import commands, run_document

# Of the demo newspaper two pages are fetched at once, so chance has a say in what found a URL first.
BY_CHANCE = {"feed", "url"}


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_demo_newspaper_comes_out_as_it_was_crawled(demo_archive: Path, tmp_path: Path) -> None:
    run = run_document("docs/replay-crawls.md", demo_archive, tmp_path)
    assert [words[0] for words in run] == ["crawl", "crawl"]
    live, again, still = (facts(folder) for folder in (demo_archive, tmp_path / "again", tmp_path / "courier"))
    for table in set(SAME) - BY_CHANCE:
        assert again[table] == live[table], table
    # One site alone: an article of it may lack the story that others share with it.
    assert still["version"] and still["version"] < live["version"]
    connection = sqlite3.connect(tmp_path / "again" / "archive.db")
    (query,) = re.findall(r"(?s)```sql\n(.*?)```", DOCUMENT)
    assert len(connection.execute(query).fetchall()) == 1
    connection.close()


def test_its_commands_are_those_of_the_command_line() -> None:
    help_text = run_broadsheet("crawl", "--help").stdout
    assert "--replay FILE" in help_text and "--until TIME" in help_text
    for words in commands(DOCUMENT):
        assert words[:2] == ["crawl", "--archive"]
