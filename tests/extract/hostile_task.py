"""In a worker process: one hostile page -> what extraction says of it."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.extract import extract
from archive.model import Extraction

URL = "https://www.tidewater.example/news/night-ferry-sails-again-4711.html"


def run(task: tuple[bytes, str | None]) -> Extraction:
    page, charset = task
    return extract(page, url=URL, captured_at=datetime(2026, 11, 1, 12, tzinfo=UTC), charset=charset)
