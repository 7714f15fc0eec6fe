from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_samples import Maker, memory_db

from archive import store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty archive on disk."""
    store.create(tmp_path / "news")
    return tmp_path / "news"


@pytest.fixture
def archive(folder: Path) -> Iterator[store.Archive]:
    with store.open_archive(folder, write=True) as opened:
        yield opened


@pytest.fixture
def maker() -> Iterator[Maker]:
    """An archive's database in memory."""
    made = Maker(memory_db())
    yield made
    made.db.conn.close()
