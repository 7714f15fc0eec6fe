"""Processes that do the work which can hang, crash or eat memory, so that one page can only cost itself.

Each worker is a process with one pipe. It gets one task at a time; a task that passes its deadline is killed
with its process, and a new process takes the place. A worker is also replaced after so many tasks, or when its
memory has grown beyond a limit, because extraction libraries keep what they learnt from large pages.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import os
import pickle
import queue
import resource
import signal
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

from archive.errors import BroadsheetError

PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")
START_S = 60.0  # for a process to come up and import what it needs; not part of any task's deadline
ORPHAN_GRACE_S = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    deadline_s: float = 20.0  # of one task
    memory_bytes: int = 1536 * 2**20  # address space of a worker beyond what it starts with
    resident_bytes: int = 400 * 2**20  # a worker that holds more after a task is replaced
    tasks: int = 2000  # a worker is replaced after so many


class TaskFailed(Exception):
    """A task gave no result: it passed its deadline, or its worker died or raised. The text is for people."""


class WorkerPool:
    """`submit` tasks for `module:function`, a picklable function of one argument.

    Tasks are done by as many processes as asked for (default: one a core). Results come as futures; a task
    that failed raises `TaskFailed` from its future. Threads only wait on pipes; `close` ends all processes.
    """

    def __init__(
        self,
        function: str,
        *,
        processes: int | None = None,
        limits: Limits | None = None,
        preload: Sequence[str] = (),
    ) -> None:
        """`preload`: modules imported once, before the processes are forked off, and shared by all of them.

        The process that they are forked off begins to import at once, while the caller goes on.
        """
        self.function = function
        self.limits = limits or Limits()
        self.processes = processes or max(2, os.cpu_count() or 1)
        self._tasks: queue.SimpleQueue[tuple[Any, Future[Any]] | None] = queue.SimpleQueue()
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__, function.partition(":")[0], *preload])
        _start_forkserver()
        self._threads = [
            threading.Thread(target=self._serve, name=f"worker-{n}", daemon=True) for n in range(self.processes)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, task: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._tasks.put((task, future))
        return future

    def map(self, tasks: Iterable[Any], *, ahead: int | None = None) -> Iterator[Future[Any]]:
        """Finished futures in the order of the tasks, with a bounded number of tasks under way."""
        ahead = ahead or 4 * self.processes
        waiting: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        count = 0
        for task in tasks:
            waiting.put(self.submit(task))
            count += 1
            if count >= ahead:
                yield _finished(waiting.get())
                count -= 1
        for _ in range(count):
            yield _finished(waiting.get())

    def close(self) -> None:
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self) -> None:
        worker: _Worker | None = None
        while (item := self._tasks.get()) is not None:
            task, future = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                worker = worker or _Worker(self._context, self.function, self.limits)
                future.set_result(worker.do(task))
            except TaskFailed as e:
                future.set_exception(e)
            except Exception as e:  # a task that cannot be pickled, a machine out of processes
                future.set_exception(TaskFailed(f"{type(e).__name__}: {e}"))
            if worker and worker.used_up:
                worker.end()
                worker = None
            del item, task, future  # the next task may be long in coming
        if worker:
            worker.end()


def _start_forkserver() -> None:
    """Ctrl-C is not for it: it would end in the middle of its imports, and say so at length."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # is inherited
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _finished(future: Future[Any]) -> Future[Any]:
    future.exception()  # waits
    return future


class _Worker:
    """One process and its pipe, seen from the parent."""

    def __init__(self, context: Any, function: str, limits: Limits) -> None:
        self.limits = limits
        self.done = 0
        self.used_up = False
        self._pipe: Connection
        self._pipe, child = context.Pipe()
        self._process: ForkServerProcess = context.Process(
            target=_work, args=(child, function, limits), daemon=True, name="broadsheet-worker"
        )
        self._process.start()
        child.close()
        self._ready = False

    def do(self, task: Any) -> Any:
        """The result of one task; TaskFailed says why there is none."""
        try:
            if not self._ready:
                self._receive(START_S, "did not start within")
                self._ready = True
            self._pipe.send(task)
            ok, result, resident = self._receive(self.limits.deadline_s, "took longer than")
        except (EOFError, OSError) as e:
            self.used_up = True
            raise TaskFailed(f"the worker died ({self._last_words()})") from e
        self.done += 1
        if self.done >= self.limits.tasks or resident > self.limits.resident_bytes:
            self.used_up = True
        if not ok:
            raise TaskFailed(result)
        return result

    def _receive(self, seconds: float, what: str) -> Any:
        if not self._pipe.poll(seconds):
            self.used_up = True
            raise TaskFailed(f"{what} {seconds:g} s and was stopped")
        return self._pipe.recv()

    def _last_words(self) -> str:
        self._process.join(1)
        code = self._process.exitcode
        if code in (None, 255):  # 255: the fork server could not say
            return "nobody knows how"
        if code >= 0:
            return f"exit code {code}"
        return f"signal {signal.Signals(-code).name if -code in set(signal.Signals) else -code}"

    def end(self) -> None:
        self._pipe.close()
        if self.used_up:
            self._process.kill()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _work(pipe: Connection, function: str, limits: Limits) -> None:
    """The life of a worker process; it ends when its pipe is closed, so also when its parent is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with contextlib.suppress(ValueError, OSError):
        limit = _pages(0) + limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    module, _, name = function.partition(":")
    call: Callable[[Any], Any] = getattr(importlib.import_module(module), name)
    gc.freeze()  # what the imports made is never garbage
    gc.set_threshold(50_000, 20, 20)
    with contextlib.suppress(EOFError, OSError):  # the pipe is closed
        pipe.send("ready")
        while True:
            answer = _answer(call, pipe.recv(), limits)
            try:
                pipe.send((*answer, _pages(1)))
            except (TypeError, ValueError, AttributeError, MemoryError, pickle.PicklingError) as e:
                pipe.send((False, f"its result cannot be sent: {type(e).__name__}: {e}", _pages(1)))
            del answer


def _answer(call: Callable[[Any], Any], task: Any, limits: Limits) -> tuple[bool, Any]:
    """-> whether the task was done, and its result or why not.

    A parent that was killed cannot stop a task that hangs: then the kernel's alarm ends this process.
    """
    signal.setitimer(signal.ITIMER_REAL, limits.deadline_s + ORPHAN_GRACE_S)
    try:
        return True, call(task)
    except MemoryError:
        return False, "ran out of memory"
    except BroadsheetError as e:
        return False, str(e)
    except Exception as e:
        where = traceback.extract_tb(e.__traceback__)[-1]
        return False, f"{type(e).__name__}: {e} ({where.name}, line {where.lineno})"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _pages(field: int) -> int:
    """Bytes of this process: 0 address space, 1 resident (proc(5) statm; 0 where there is none)."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - hot and tiny
            return int(file.read().split()[field]) * PAGE_SIZE
    except OSError:
        return 0
