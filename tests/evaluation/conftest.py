"""`scripts/lib` is no package: its modules are found as they are when a script runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tests.evaluation import pages

LIB = Path(__file__).resolve().parents[2] / "scripts" / "lib"


@pytest.fixture(scope="session")
def lib() -> Callable[[str], ModuleType]:
    """A module of scripts/lib by its name."""
    if str(LIB) not in sys.path:
        sys.path.append(str(LIB))
    return import_module


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pages.make(tmp_path / "data")


@pytest.fixture
def evaluate(
    lib: Callable[[str], ModuleType], data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """`scripts/eval WORDS` in this process, on the data and floors of the test -> (exit code, what it printed)."""
    module = lib("eval")

    def run(*words: str | Path) -> tuple[int, str]:
        own = ["--data", str(data), "--floors", str(tmp_path / "floors.toml")]
        code = module.main([*own, *map(str, words)])
        return code, capsys.readouterr().out

    return run
