"""What several tests share: the command line as a process, and one crawled demo newspaper."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests import forked

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parent.parent
Broadsheet = Callable[..., subprocess.CompletedProcess[str]]


def environment() -> dict[str, str]:
    """Without what a developer may have set for an archive of their own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BROADSHEET_")}
    return {**kept, "NO_COLOR": "1", "PYTHONWARNINGS": "default"}


# Commands that use the network end with their process: Twisted's reactor runs once.
OF_THE_NETWORK = frozenset({"add", "crawl", "demo"})


def run_broadsheet(
    *words: str | Path, code: int | None = 0, cwd: Path | None = None, timeout: float = 90
) -> subprocess.CompletedProcess[str]:
    """`broadsheet WORDS`; `code` is the exit code it must have (None: any).

    Commands of the archive run in this process, which starts no interpreter and loads the extractor once; those
    that use the network in one that is forked off (tests.forked), and what is documented in one of their own.
    """
    command = [str(word) for word in words]
    if not command or command[0].startswith("-"):
        done = run_process(*command, cwd=cwd, timeout=timeout)
    elif _needs_network(command):
        done = forked.run(command, cwd=cwd or ROOT, env=environment(), timeout=timeout)
    else:
        done = _run_here(command, cwd or ROOT)
    if code is not None:
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done


def _needs_network(words: list[str]) -> bool:
    asked = words[0] in ("feed", "robots") and any(word.startswith("http") for word in words[1:])
    return words[0] in OF_THE_NETWORK or asked or "--allow-address" in words


def run_process(*words: str, cwd: Path | None = None, timeout: float = 90) -> subprocess.CompletedProcess[str]:
    """`broadsheet WORDS` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "crawler", *words],
        capture_output=True, text=True, timeout=timeout, cwd=cwd or ROOT, env=environment(), check=False,
    )  # fmt: skip


def _run_here(words: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    from crawler.cli import main

    kept, changed = os.environ.copy(), environment()
    said = CliRunner()
    with said.isolation() as (out, err, _), chdir(cwd), pytest.MonkeyPatch.context() as patch:
        for name in kept.keys() - changed.keys():
            patch.delenv(name)
        patch.setenv("NO_COLOR", "1")
        patch.setattr(sys, "argv", ["broadsheet", *words])
        try:
            main()
            code = 0
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0 if left.code is None else 1
        sys.stdout.flush()
        sys.stderr.flush()
        return subprocess.CompletedProcess(words, code, out.getvalue().decode(), err.getvalue().decode())


@pytest.fixture(scope="session")
def broadsheet() -> Broadsheet:
    return run_broadsheet


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], str]) -> tuple[Path, str]:
    """A copy of a folder, and what `make` said when it made that: once for all the processes that share the tests."""
    own = factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, said = shared / name / "folder", shared / name / "said"
    folder.parent.mkdir(exist_ok=True)
    with (shared / name / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a process that failed
            said.write_text(make(folder), encoding="utf-8")
    return shutil.copytree(folder, factory.mktemp(name) / name), said.read_text(encoding="utf-8")


ARTICLES = 60
SEED = 1


@pytest.fixture(scope="session")
def demo_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tour of the demo newspaper: an archive of all it published. Tests only read it."""

    def tour(folder: Path) -> str:
        words = ("--articles", str(ARTICLES), "--seed", str(SEED), "--quiet")
        return run_broadsheet("demo", "--tour", folder, *words).stdout

    return made_once(tmp_path_factory, "demo-archive", tour)[0]


@pytest.fixture
def demo_server() -> Iterator[Callable[[Sequence[str]], dict[str, Any]]]:
    """Start demo servers with the given arguments; they end with the test."""
    from contextlib import ExitStack

    from crawler.tour import demo_server as serve

    with ExitStack() as stack:
        yield lambda words: stack.enter_context(serve(["--port", "0", *words]))
