"""Workers of `reextract` that count what they read, and as a page from hell would have them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from archive import reread
from archive.model import Recipe

COUNTED = "BROADSHEET_TEST_READS"  # names a file


def counting(task: reread.Task | reread.RecipeOf) -> reread.Reading | Recipe:
    """As the real one, with a line in a file for each capture that is read."""
    if isinstance(task, reread.Task):
        file = os.open(os.environ[COUNTED], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, f"{task.capture_id}\n".encode())
        os.close(file)
    return reread.work(task)


def slow_to_start(task: reread.Task | reread.RecipeOf) -> reread.Reading | Recipe:
    """As the real one, but for the first answer: it says that it was asked, and takes its time."""
    if isinstance(task, reread.RecipeOf):
        Path(os.environ[COUNTED]).touch()
        time.sleep(2)
    return reread.work(task)


def failing(task: reread.Task | reread.RecipeOf) -> reread.Reading | Recipe:
    """One page hangs, one kills its process."""
    if isinstance(task, reread.Task):
        words = Path(task.path).with_name("fail").read_text().split()
        if task.url == words[0]:
            while True:
                time.sleep(1)
        if task.url == words[1]:
            os.kill(os.getpid(), signal.SIGKILL)
    return reread.work(task)
