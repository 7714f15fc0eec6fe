"""What the tests of extraction share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from archive.extract import extract
from archive.model import Extraction

CAPTURED = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Extract:
    """`extract` with a URL and a time of capture that most tests do not care about."""

    url = "https://www.tidewater.example/news/harbour-board-and-ferry-line-4711.html"

    def __call__(self, html: str | bytes, **more: Any) -> Extraction:
        data = html.encode("utf-8") if isinstance(html, str) else html
        return extract(data, **{"url": self.url, "captured_at": CAPTURED, **more})


@pytest.fixture(scope="session")
def run() -> Extract:
    return Extract()
