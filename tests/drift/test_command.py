"""`broadsheet drift` on archives of the demo newspaper whose template changed on 13 March."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import Drifted
from tests.conftest import ROOT, environment, run_broadsheet
from tests.drift.conftest import LIB
from tests.test_docs import commands

DAY = "2026-03-13"


def test_a_field_that_is_lost(changed: dict[str, Path]) -> None:
    done = run_broadsheet("drift", "--archive", changed["byline removed"], code=Drifted.exit_code)
    assert done.stderr.startswith("broadsheet: 2 fields got worse on courier (")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("courier: ") and lines[0].endswith("; 2 fields got worse")
    assert f"  {DAY}  worse  authors: filled in 0 of 16, 44 of 44 before" in lines
    before, after = (next(line for line in lines if line.strip().startswith(name)) for name in ("before", "after"))
    for line, until in ((before, "2026-03-12"), (after, DAY)):
        assert until in line
        command = shlex.split(line.partition("broadsheet ")[2])
        assert run_broadsheet(*command, "--archive", changed["byline removed"]).stdout


def test_the_same_as_json(changed: dict[str, Path]) -> None:
    done = run_broadsheet("drift", "courier", "--json", "--archive", changed["byline removed"], code=17)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    one = next(each for each in found if each["field"] == "authors")
    assert (one["what"], one["kind"], one["day"], one["worse"]) == ("field", "filled", DAY, True)
    assert (one["before"]["good"], one["before"]["of"], one["after"]["good"], one["after"]["of"]) == (
        44,
        44,
        0,
        16,
    )
    assert one["after"]["url"].startswith("http://courier.localhost/") and one["p"] < 1e-6


def test_a_template_that_changes_nothing_else(changed: dict[str, Path]) -> None:
    done = run_broadsheet("drift", "--archive", changed["one more wrapper"])
    assert f"  {DAY}  template changed, fields as before" in done.stdout
    assert "    - body>main" in done.stdout
    (line,) = run_broadsheet("drift", "--json", "--archive", changed["one more wrapper"]).stdout.splitlines()
    assert json.loads(line)["fields"] == [] and json.loads(line)["day"] == DAY


def test_both_pages_side_by_side(changed: dict[str, Path]) -> None:
    done = run_broadsheet("drift", "--show", "--archive", changed["byline removed"], code=17)
    authors = [line for line in done.stdout.splitlines() if line.startswith("    authors ")]
    assert authors and authors[0].endswith(" -")
    assert "article_body" in done.stdout


def test_since(changed: dict[str, Path]) -> None:
    archive = changed["byline removed"]
    assert (
        "2 fields got worse" in run_broadsheet("drift", "--since", "2026-03", "--archive", archive, code=17).stdout
    )
    assert "nothing changed" in run_broadsheet("drift", "--since", "2026-03-16", "--archive", archive).stdout
    assert "0 of 60 pages" in run_broadsheet("drift", "--since", "2030", "--archive", archive).stdout


def test_mistakes_are_one_line(changed: dict[str, Path], tmp_path: Path) -> None:
    archive = changed["byline removed"]
    assert "no site is called" in run_broadsheet("drift", "nowhere", "--archive", archive, code=8).stderr
    assert "is no date" in run_broadsheet("drift", "--since", "soon", "--archive", archive, code=2).stderr
    assert "--show goes" in run_broadsheet("drift", "--show", "--json", "--archive", archive, code=2).stderr
    run_broadsheet("drift", "--archive", tmp_path / "none", code=3)
    run_broadsheet("init", tmp_path / "empty")
    assert run_broadsheet("drift", "--archive", tmp_path / "empty").stdout == ""


def test_fields_are_told_without_the_warc_files(changed: dict[str, Path], tmp_path: Path) -> None:
    archive = shutil.copytree(changed["byline removed"], tmp_path / "bare")
    for number, path in enumerate(sorted((archive / "warc").glob("*.warc.gz*"))):
        if number:
            path.unlink()
        else:
            path.write_bytes(b"\x1f\x8b damaged" * 100)
    done = run_broadsheet("drift", "--archive", archive, code=17)
    assert "authors: filled in 0 of 16" in done.stdout and "template" not in done.stdout


def test_the_page_on_drift_runs(changed: dict[str, Path], tmp_path: Path) -> None:
    text = (ROOT / "docs" / "drift.md").read_text(encoding="utf-8")
    (tmp_path / "news").symlink_to(changed["byline removed"])
    run = commands(text)
    assert len(run) >= 4
    for words in run:
        done = run_broadsheet(*words, cwd=tmp_path, code=None)
        assert done.returncode in (0, 17), done.stderr
    shown = run_broadsheet(*run[0], cwd=tmp_path, code=17).stdout
    assert all(line in text for line in shown.splitlines())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_each_harmful_change_is_told_and_no_harmless_one() -> None:
    done = subprocess.run(
        [sys.executable, str(LIB / "template_changes.py")],
        capture_output=True, text=True, check=False, timeout=880, env=environment(), cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("absorbed 1, missed 0, quiet 26, alarm 0")
    assert done.stdout.splitlines()[-1].startswith("both 15, drift 9, "), "as the page on drift says"
