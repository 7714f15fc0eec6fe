"""The recorded site, once for all tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import made_once
from tests.replay_crawl.recorded import record


@dataclass(frozen=True)
class Recorded:
    """The archive of a live crawl, and the address that was crawled."""

    folder: Path
    url: str

    @property
    def warc(self) -> Path:
        (file,) = (self.folder / "warc").glob("*.warc.gz")
        return file


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded(*made_once(tmp_path_factory, "recorded-site", record))
