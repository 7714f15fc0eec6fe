"""docs/add-a-site.md is followed to the letter in a new repository, and CI's script is green there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import environment

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "add-a-site.md").read_text(encoding="utf-8")
Serve = Callable[[Sequence[str]], dict[str, Any]]


@pytest.fixture
def shell(tmp_path: Path) -> Callable[[str, int], None]:
    """Run a line of the page in the new repository, with the programs of this interpreter."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, module in (("broadsheet", "crawler"), ("pytest", "pytest -p no:hypothesispytest")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
        (programs / name).chmod(0o755)
    who = {
        f"GIT_{role}_{what}": "you@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    variables = {**environment(), **who, "PATH": f"{programs}:{os.environ['PATH']}"}
    repository = tmp_path / "repository"
    repository.mkdir()

    def run(line: str, code: int) -> None:
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=repository,
            env=variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, f"{line}\n{done.stdout}\n{done.stderr}"

    return run


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_page_can_be_followed(shell: Callable[[str, int], None], tmp_path: Path, demo_server: Serve) -> None:
    port = str(demo_server(["--articles", "50"])["port"])
    repository = tmp_path / "repository"
    blocks = re.findall(r"(?s)```(console|toml)\n(.*?)```", PAGE.replace("8765", port))
    for kind, block in blocks:
        if kind == "toml":
            (repository / "rules").mkdir()
            (repository / "rules" / "ledger.toml").write_text(block)
            continue
        for line in re.findall(r"(?m)^\$ (.*)$", block):
            if "pip install" not in line:
                shell(line, 1 if line.endswith("# exit code 1") else 0)
    assert len(list((repository / "fixtures").glob("*.expected.toml"))) == 3
    assert (repository / "base.json").is_file()
    shell(f"sh {ROOT / 'docs' / 'ci' / 'ci.sh'}", 0)
    assert (repository / "regress.xml").is_file()


@pytest.mark.parametrize("name", ["github-actions.yml", "gitlab-ci.yml"])
def test_the_files_for_ci_call_the_script(name: str) -> None:
    text = (ROOT / "docs" / "ci" / name).read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)
    job = jobs.get("jobs", jobs)["fixtures"]
    steps = [step["run"] for step in job["steps"] if "run" in step] if "steps" in job else job["script"]
    assert steps == ['pip install "$BROADSHEET" pytest', "sh ci.sh"]
