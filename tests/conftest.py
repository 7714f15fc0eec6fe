"""What several tests share: the command line as a process, and one crawled demo newspaper."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

Broadsheet = Callable[..., subprocess.CompletedProcess[str]]


def environment() -> dict[str, str]:
    """Without what a developer may have set for an archive of their own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BROADSHEET_")}
    return {**kept, "NO_COLOR": "1", "PYTHONWARNINGS": "default"}


def run_broadsheet(
    *words: str | Path, code: int | None = 0, cwd: Path | None = None, timeout: float = 90
) -> subprocess.CompletedProcess[str]:
    """`broadsheet WORDS` as a process of its own; `code` is the exit code it must have (None: any)."""
    command = [sys.executable, "-m", "crawler", *map(str, words)]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=timeout, cwd=cwd or root, env=environment(), check=False
    )
    if code is not None:
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="session")
def broadsheet() -> Broadsheet:
    return run_broadsheet


ARTICLES = 60
SEED = 1


@pytest.fixture(scope="session")
def demo_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tour of the demo newspaper: an archive of all it published. Tests only read it."""
    folder = tmp_path_factory.mktemp("tour") / "demo-archive"
    run_broadsheet("demo", "--tour", folder, "--articles", str(ARTICLES), "--seed", str(SEED), "--quiet")
    return folder


@pytest.fixture
def demo_server() -> Iterator[Callable[[Sequence[str]], dict[str, Any]]]:
    """Start demo servers with the given arguments; they end with the test."""
    from contextlib import ExitStack

    from crawler.tour import demo_server as serve

    with ExitStack() as stack:
        yield lambda words: stack.enter_context(serve(["--port", "0", *words]))
