"""`scripts/lib` is no package: its modules are found as they are when a script runs."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from crawler.demo.templates import HARMFUL, HARMLESS, TemplateChange
from tests.conftest import made_once

LIB = Path(__file__).resolve().parents[2] / "scripts" / "lib"
USED = ("byline removed", "one more wrapper")


@pytest.fixture(scope="session")
def world_module() -> ModuleType:
    if str(LIB) not in sys.path:
        sys.path.append(str(LIB))
    return importlib.import_module("template_world")


@pytest.fixture(scope="session")
def changed(world_module: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Archives by the name of the change that was made in them. Tests only read them."""

    def make(folder: Path) -> str:
        world = world_module.World(folder / "world")
        (folder / "world").mkdir(parents=True)
        for change in changes():
            shutil.move(world.archive(change), folder / change.name)
        return ""

    folder = made_once(tmp_path_factory, "changed", make)[0]
    return {change.name: folder / change.name for change in changes()}


def changes() -> list[TemplateChange]:
    return [change for change in (*HARMFUL, *HARMLESS) if change.name in USED]
