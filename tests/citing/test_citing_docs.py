"""docs/citing.md and docs/export.md: every command in them runs, and what they promise of the forms is so."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from archive.export import FLAGS, LISTS, TIMES
from archive.store.export import VERSION_COLUMNS
from tests.conftest import environment
from tests.test_docs import ROOT, run_document


@pytest.mark.parametrize(("document", "command", "least"), [("citing", "cite", 4), ("export", "export", 5)])
def test_the_page_runs(document: str, command: str, least: int, demo_archive: Path, tmp_path: Path) -> None:
    run = run_document(f"docs/{document}.md", demo_archive, tmp_path)
    assert {words[0] for words in run} == {command}
    assert len(run) >= least
    if document == "export":
        (query,) = re.findall(r"(?s)```sql\n(.*?)```", text_of(document))
        found = duckdb.sql(query.replace("articles.parquet", str(tmp_path / "articles.parquet"))).fetchall()
        assert found and all(published for _, published in found)


def test_from_a_citation_back_as_the_page_says(demo_archive: Path, tmp_path: Path) -> None:
    (tmp_path / "demo-archive").symlink_to(demo_archive)
    (block,) = re.findall(r"(?s)```sh\n(.*?)```", text_of("citing"))
    lines = block.splitlines()
    assert len(lines) == 3
    for line in lines:
        here = re.sub(r"^scripts/run", shlex.quote(sys.executable) + " -m crawler", line)
        done = subprocess.run(
            ["bash", "-c", here], capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False,
            env=environment() | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        if "verify" in line:
            assert [row.split()[0] for row in done.stdout.splitlines()] == ["holds"] * 5


def text_of(document: str) -> str:
    return (ROOT / "docs" / f"{document}.md").read_text(encoding="utf-8")


def test_the_page_names_every_column_that_has_a_type_of_its_own() -> None:
    named = set(re.findall(r"`(\w+)`", text_of("export")))
    assert {*FLAGS, *LISTS, *TIMES, *VERSION_COLUMNS} <= named
