"""Something is done in a child process, which is killed before one of its steps."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archive.store import folder as folder_module

FILE_STEPS = (
    (os, "fsync"), (os, "fdatasync"), (os, "pwrite"), (os, "ftruncate"),
    (Path, "replace"), (Path, "rename"), (Path, "unlink"),
)  # fmt: skip


def dies_at(step: int, work: Callable[[], object]) -> int | None:
    """Do it, and be killed before the `step`-th change of a file or statement of SQL.

    -> how many steps there were, if it came through.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            seen = _count(step)
            work()
            os.write(writing, str(seen()).encode())
        finally:
            os._exit(1)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    assert said or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL)
    return int(said) if said else None


def _count(step: int) -> Callable[[], int]:
    """Count the steps of this process from now on, and die before one of them."""
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

    for owner, name in FILE_STEPS:
        setattr(owner, name, _counted(getattr(owner, name), count))
    connect = folder_module._connect

    def watched(uri: str, *, write: bool) -> Any:
        db = connect(uri, write=write)
        db.conn.set_trace_callback(count)
        return db

    folder_module._connect = watched
    return lambda: seen


def _counted(function: Callable[..., Any], count: Callable[[], None]) -> Callable[..., Any]:
    def call(*arguments: Any, **words: Any) -> Any:
        count()
        return function(*arguments, **words)

    return call
