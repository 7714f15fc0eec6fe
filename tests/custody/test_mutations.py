"""Single bytes of an archive are changed at random: `verify` must find every one (`scripts/mutate-archive`)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import environment
from tests.custody.samples import two_crawls

ROOT = Path(__file__).resolve().parents[2]


def mutate(*words: str | Path) -> str:
    """What the script prints; it leaves with 1 if anything was not found."""
    command = [sys.executable, ROOT / "scripts" / "lib" / "mutate_archive.py", *words]
    root = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, env=environment() | root, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_some_mutations_of_a_small_archive(tmp_path: Path) -> None:
    said = mutate("--archive", two_crawls(tmp_path / "news"), "--mutations", "150", "--whole", "10", "--seed", "3")
    assert said.endswith("150 of 150 mutations were found\n")
    for line in said.splitlines():
        if line.startswith("WARC files"):
            (found, named) = re.findall(r"(\d+)/(\d+)", line)[:2]
            assert found[0] == found[1] == named[0] == named[1], line


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_mutations_of_the_demo_newspaper() -> None:
    assert mutate("--whole", "100").endswith("10000 of 10000 mutations were found\n")
