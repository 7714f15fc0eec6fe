"""A command that is forked off is the command: the same words, exit codes, folder and environment, and an end."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import forked
from tests.conftest import environment, run_process
from tests.crawl.site import serve


@pytest.mark.parametrize(
    "words", [("crawl", "--archive", "none"), ("crawl", "ftp://example.org/"), ("feed",), ("robots", "--help")]
)
def test_it_says_and_leaves_as_a_process_of_its_own(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "sites.toml").write_text("contact = 3\n")
    own = run_process(*words, cwd=tmp_path)
    done = forked.run(words, cwd=tmp_path, env=environment(), timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (own.returncode, own.stdout, own.stderr)
    assert done.stdout or done.stderr


def test_folder_and_environment_are_its_own(tmp_path: Path) -> None:
    with serve({}) as site:
        words = ("crawl", site.url, "--delay", "0", "--quiet", "--allow-address", "loopback")
        env = {**environment(), "BROADSHEET_ARCHIVE": "here"}
        done = forked.run(words, cwd=tmp_path, env=env, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "here" / "archive.db").exists()


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        forked.run(("demo", "--port", "0"), cwd=tmp_path, env=environment(), timeout=0.1)
