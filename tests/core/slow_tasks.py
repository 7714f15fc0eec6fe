"""A module that takes a while to import."""

from __future__ import annotations

import time

time.sleep(0.8)


def do(task: str) -> str:
    return task
