"""`scripts/lib` is no package: its modules are found as they are when a script runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import store

LIB = Path(__file__).resolve().parents[2] / "scripts" / "lib"
if str(LIB) not in sys.path:
    sys.path.append(str(LIB))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[store.Archive]:
    """An empty archive on disk."""
    store.create(tmp_path / "news")
    with store.open_archive(tmp_path / "news", write=True) as opened:
        yield opened
