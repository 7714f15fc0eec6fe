"""What worker processes do in tests: good work, and all that can go wrong."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from archive.errors import BadInput


class Unpicklable:
    def __reduce__(self) -> Any:
        raise TypeError("this cannot leave its process")


def do(task: tuple[str, Any]) -> Any:
    """(what to do, with what) -> a result."""
    what, value = task
    return globals()[f"_{what}"](value)


def _same(value: Any) -> Any:
    return value


def _pid(_: Any) -> int:
    return os.getpid()


def _after(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def _hang(_: Any) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    while True:
        time.sleep(1)


def _hang_and_say(path: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123
        file.write(str(os.getpid()))
    _hang(None)


def _die(number: int) -> None:
    os.kill(os.getpid(), number)


def _leave(code: int) -> None:
    os._exit(code)


def _raise(text: str) -> None:
    raise ValueError(text)


def _refuse(text: str) -> None:
    raise BadInput(text)


def _eat(megabytes: int) -> int:
    return len(bytes(megabytes << 20))


def _grow(megabytes: int) -> int:
    globals().setdefault("_kept", []).append(os.urandom(1 << 20) * megabytes)
    return os.getpid()


def _unpicklable(_: Any) -> Unpicklable:
    return Unpicklable()


def _large(megabytes: int) -> bytes:
    return bytes(megabytes << 20)
