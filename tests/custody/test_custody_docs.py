"""The page on custody: its commands run, one after the other, on an archive of the demo newspaper."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.conftest import run_broadsheet
from tests.test_docs import ROOT, commands

PAGE = ROOT / "docs" / "custody.md"


def test_the_page_on_custody_runs(demo_archive: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_archive, tmp_path / "demo-archive")
    run = [words for words in commands(PAGE.read_text(encoding="utf-8")) if words]
    assert [words[0] for words in run] == ["verify", "verify", "repair", "repair", "takedown", "rebuild"]
    said = [run_broadsheet(*words, cwd=tmp_path).stderr for words in run]
    assert said[0].startswith("all is well: 1 file, ")
    assert "not read again: 1 file" in said[1]
    assert said[2] == said[3] == "nothing is damaged\n"
    assert "taken down: " in said[4]
    assert "and 3 events from 2 files" in said[5]
    run_broadsheet("verify", "--archive", "demo-archive", cwd=tmp_path)


def test_its_options_are_those_of_the_command_line() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for command, options in {
        "verify": ["--quick", "--json"],
        "repair": ["--dry-run", "--missing-is-lost", "--accept-database"],
        "takedown": ["--reason", "--yes"],
    }.items():
        help_text = run_broadsheet(command, "--help").stdout
        for option in options:
            assert option in text and option in help_text
