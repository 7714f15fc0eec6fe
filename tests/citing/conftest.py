from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.samples import small_archive


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_archive(tmp_path / "news", articles=3)
