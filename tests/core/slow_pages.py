"""The extractor as a page from hell would have it."""

from __future__ import annotations

import time
from typing import Any

from archive import bulk


def extract_line(task: Any) -> dict[str, Any]:
    while task[0]["page"] == "hang":
        time.sleep(1)
    return bulk.extract_line(task)
