"""Errors that a person meets: one line that says what, where and what to do, and the documented exit code."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from archive import cli, errors, store
from archive.errors import BroadsheetError
from crawler import cli as crawler_cli
from tests.conftest import environment
from tests.core.samples import small_archive

ROOT = Path(__file__).resolve().parents[2]


def classes() -> dict[str, int]:
    found = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, BroadsheetError)]
    return {c.__name__: c.exit_code for c in found}


def test_the_document_lists_exactly_the_classes() -> None:
    text = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| +(\d+) +\| (\w*) *\|", text)
    assert ("0", "") in rows
    assert {name: int(code) for code, name in rows if name} == classes()
    assert [int(code) for code, _ in rows] == sorted({0, *classes().values()})


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = {
        name: int(code) for name, code in re.findall(r"(\w+) (\d+)\b", errors.__doc__ or "") if name in classes()
    }
    assert drawn == classes()


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run `broadsheet WORDS` in this process -> the one line it says; `code` is the exit code it must leave with."""

    def run(*words: str | Path, code: int) -> str:
        monkeypatch.setattr(sys, "argv", ["broadsheet", *map(str, words)])
        for name in [name for name in os.environ if name.startswith("BROADSHEET_")]:
            monkeypatch.delenv(name)
        with pytest.raises(SystemExit) as left:
            crawler_cli.main()
        captured = capsys.readouterr()
        assert left.value.code == code, captured.err
        assert captured.out == ""
        if code == 2:
            return captured.err
        (line,) = captured.err.splitlines()
        assert line.startswith("broadsheet: ")
        return line

    return run


@pytest.mark.parametrize("command", [("search", "x"), ("show", "1"), ("status",), ("verify",), ("crawl",)])
def test_what_is_no_archive(command: tuple[str, ...], tmp_path: Path, said: Any) -> None:
    assert "does not exist" in said(*command, "--archive", tmp_path / "none", code=3)
    assert "broadsheet init" in said(*command, "--archive", tmp_path, code=3)


def test_a_database_that_is_none_of_ours(tmp_path: Path, said: Any) -> None:
    file = tmp_path / "archive.db"
    file.write_text("these are words, and no database at all\n" * 100)
    assert "no SQLite database" in said("status", "--archive", tmp_path, code=3)
    file.unlink()
    sqlite3.connect(file).execute("CREATE TABLE mine (a)").connection.close()
    assert "no archive of Broadsheet" in said("status", "--archive", tmp_path, code=3)
    assert "is a file" in said("status", "--archive", file, code=3)


def test_an_archive_of_the_future(tmp_path: Path, said: Any) -> None:
    folder = tmp_path / "news"
    store.create(folder)
    connection = sqlite3.connect(folder / "archive.db")
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    assert "update Broadsheet" in said("search", "x", "--archive", folder, code=4)


def test_what_is_not_found(tmp_path: Path, said: Any) -> None:
    folder = small_archive(tmp_path / "news")
    assert "no article 99" in said("show", "99", "--archive", folder, code=8)
    assert "no article is held" in said("show", "https://x.example/", "--archive", folder, code=8)
    assert "several" in said("show", "news.example/story", "--archive", folder, code=8)
    assert "no site 'nowhere'" in said("crawl", "nowhere", "--archive", folder, code=8)


def test_input_that_cannot_be(tmp_path: Path, said: Any) -> None:
    folder = small_archive(tmp_path / "news")
    assert "x.html: No such file" in said("extract", tmp_path / "x.html", code=9)
    assert "no http(s) address" in said("crawl", "ftp://a.example/", "--archive", folder, code=9)
    said("init", folder, "--contact", "nobody", code=9)
    assert "is no date" in said("search", "x", "--since", "whenever", "--archive", folder, code=2)
    for words in (("extract",), ("search",), ("nonsense",), ("extract", "a", "--jsonl", "b")):
        assert "Usage: " in said(*words, code=2)


def test_a_configuration_that_cannot_be(tmp_path: Path, said: Any) -> None:
    folder = small_archive(tmp_path / "news")
    assert "names no site" in said("crawl", "--archive", folder, code=10)
    (folder / "sites.toml").write_text('[sites.a]\nurl = "https://a.example/"\n')
    assert "--contact" in said("crawl", "--archive", folder, code=11)
    (folder / "sites.toml").write_text('[sites.a]\nurl = "https://a.example/"\ndelay = 3\n')
    line = said("crawl", "--archive", folder, code=10)
    assert "sites.toml" in line and "[sites.a]" in line and "'delay'" in line


def test_an_error_is_one_line_whatever_it_says(tmp_path: Path, said: Any) -> None:
    line = said("extract", tmp_path / "two\nlines\x1b[31m", code=9)
    assert "\x1b" not in line


def test_errors_of_the_system_are_one_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    group = click.Group()

    @group.command()
    def go() -> None:
        Path("/dev/null/nothing").read_bytes()

    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as left:
        patch.setattr(sys, "argv", ["broadsheet", "go"])
        cli.run_cli(group, {})
    assert left.value.code == 6
    assert capsys.readouterr().err == "broadsheet: /dev/null/nothing: Not a directory\n"


def test_a_reader_that_has_had_enough(tmp_path: Path) -> None:
    """As `| head -1` does: no traceback, nothing about broken pipes."""
    folder = small_archive(tmp_path / "news", articles=12)
    process = subprocess.Popen(
        [sys.executable, "-m", "crawler", "search", "bridge", "-n", "1000", "--json", "--archive", folder],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=environment(),
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    errors_said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(30) == 0
    assert errors_said == ""
