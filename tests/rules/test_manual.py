"""docs/site-rules.md is run: its files are written, its commands give what it shows, its fragments are rules."""

from __future__ import annotations

import re
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rules.samples import mistakes_of

ROOT = Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "docs" / "site-rules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", MANUAL)
NAMED = re.compile(r"\A(?:# |<!-- )([\w.]+\.(?:toml|html))(?: -->)?\n")


def test_every_kind_of_block_is_looked_at() -> None:
    assert {kind for kind, _ in BLOCKS} == {"toml", "html", "console", "sql"}
    assert MANUAL.count("```") == 2 * len(BLOCKS)


def steps(console: str) -> Iterator[tuple[str, str]]:
    """Each command of a block with the output below it."""
    for part in re.split(r"(?m)^\$ ", console)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def assert_shown(shown: str, output: str) -> None:
    """The output as the manual shows it; `…` alone on a line, which must be the last, stands for the rest."""
    if shown.endswith("\n…\n"):
        shown = shown.removesuffix("…\n")
        output = output[: len(shown)]
    assert output == shown


def test_the_manual_runs(tmp_path: Path, broadsheet: Any) -> None:
    """Files are written as the manual goes on, so that a later version of one replaces the earlier."""
    code, ran = 0, 0
    for kind, block in BLOCKS:
        if (named := NAMED.match(block)) is not None:
            (tmp_path / named[1]).write_text(block if kind == "toml" else block[named.end() :], encoding="utf-8")
        for command, output in steps(block) if kind == "console" else ():
            if command == "echo $?":
                assert output == f"{code}\n"
                continue
            program, *words = shlex.split(command)
            assert program == "broadsheet"
            done = broadsheet(*words, cwd=tmp_path, code=None)
            code, ran = done.returncode, ran + 1
            assert_shown(output, done.stdout + done.stderr)
    assert ran == 6


@pytest.mark.parametrize("block", [block for kind, block in BLOCKS if kind == "toml"])
def test_every_example_is_a_rule(block: str) -> None:
    if (named := NAMED.match(block)) and named[1].startswith("wrong"):
        return  # run above
    text = block if "[[rule]]" in block else f'[[rule]]\nhost = "example.org"\n{block}'
    rules, mistakes = mistakes_of(text)
    assert mistakes == []
    assert rules.rules


def test_the_query_answers(demo_archive: Path) -> None:
    (query,) = (block for kind, block in BLOCKS if kind == "sql")
    connection = sqlite3.connect(f"file:{demo_archive}/archive.db?mode=ro", uri=True)
    connection.execute(query).fetchall()
    connection.close()


def test_the_table_has_every_word() -> None:
    from archive.rules.words import WORDS

    table = MANUAL.partition("## All words")[2]
    named = set(
        re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in table.splitlines() if line[:3] == "| `"))
    )
    assert named == set(WORDS)
