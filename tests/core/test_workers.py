"""Worker processes: what hangs, dies, raises or eats memory costs its own task and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.workers import Limits, TaskFailed, WorkerPool
from tests.core.tasks import Unpicklable

ROOT = Path(__file__).resolve().parents[2]
SHORT = Limits(deadline_s=0.5)


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool("tests.core.tasks:do", processes=2, limits=SHORT) as opened:
        yield opened


def failure(pool: WorkerPool, what: str, value: Any = None) -> str:
    """Why the task failed; what comes after it is done as if nothing had happened."""
    bad, good = pool.submit((what, value)), [pool.submit(("same", n)) for n in range(6)]
    with pytest.raises(TaskFailed) as raised:
        bad.result(20)
    assert [future.result(20) for future in good] == list(range(6))
    return str(raised.value)


DIED = {"the worker died (nobody knows how)"}  # the fork server cannot always say how a child ended


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended but was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone before or while it was read
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def test_a_task_that_hangs_is_killed_at_its_deadline(pool: WorkerPool, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    assert failure(pool, "hang_and_say", str(file)) == "took longer than 0.5 s and was stopped"
    assert wait_until(lambda: not alive(int(file.read_text())))


def test_a_task_whose_worker_dies(pool: WorkerPool) -> None:
    assert failure(pool, "die", signal.SIGSEGV) in DIED | {"the worker died (signal SIGSEGV)"}
    assert failure(pool, "die", signal.SIGKILL) in DIED | {"the worker died (signal SIGKILL)"}
    assert failure(pool, "leave", 3) in DIED | {"the worker died (exit code 3)"}


def test_a_task_that_raises(pool: WorkerPool) -> None:
    assert failure(pool, "raise", "no such thing").startswith("ValueError: no such thing (_raise, line ")
    assert failure(pool, "refuse", "page 7: no such file") == "page 7: no such file"


def test_what_cannot_be_pickled(pool: WorkerPool) -> None:
    assert "cannot leave its process" in failure(pool, "same", Unpicklable())
    assert "its result cannot be sent: TypeError" in failure(pool, "unpicklable")


def test_large_tasks_and_results(pool: WorkerPool) -> None:
    assert pool.submit(("same", b"x" * (5 << 20))).result(20) == b"x" * (5 << 20)
    assert len(pool.submit(("large", 5)).result(20)) == 5 << 20


def test_a_task_that_eats_memory() -> None:
    limits = Limits(deadline_s=20, memory_bytes=300 * 2**20)
    with WorkerPool("tests.core.tasks:do", processes=1, limits=limits) as pool:
        assert failure(pool, "eat", 2000) == "ran out of memory"
        assert pool.submit(("eat", 100)).result(20) == 100 << 20


def test_a_worker_that_has_grown_is_replaced() -> None:
    limits = Limits(deadline_s=20, resident_bytes=200 * 2**20)
    with WorkerPool("tests.core.tasks:do", processes=1, limits=limits) as pool:
        pids = [pool.submit(("grow", 90)).result(20) for _ in range(6)]
    assert len(set(pids)) in (2, 3)  # none survives three times 90 MB


def test_a_worker_is_replaced_after_so_many_tasks() -> None:
    limits = Limits(deadline_s=20, tasks=3)
    with WorkerPool("tests.core.tasks:do", processes=1, limits=limits) as pool:
        pids = [pool.submit(("pid", None)).result(20) for _ in range(9)]
    assert [len({*pids[n : n + 3]}) for n in (0, 3, 6)] == [1, 1, 1]
    assert len(set(pids)) == 3


def test_map_keeps_the_order_and_does_not_run_ahead(pool: WorkerPool) -> None:
    asked = 0

    def tasks() -> Iterator[tuple[str, float]]:
        nonlocal asked
        for seconds in [0.1, 0.0, 0.05, 0.0] * 5:
            asked += 1
            yield "after", seconds

    results = []
    for done, future in enumerate(pool.map(tasks(), ahead=4)):
        results.append(future.result())
        assert asked <= done + 5
    assert results == [0.1, 0.0, 0.05, 0.0] * 5


def test_map_goes_on_after_a_failure(pool: WorkerPool) -> None:
    finished = list(pool.map([("same", 1), ("die", signal.SIGKILL), ("same", 3)]))
    assert [future.exception() is None for future in finished] == [True, False, True]
    assert finished[2].result() == 3


def test_starting_up_is_no_part_of_the_deadline(pool: WorkerPool) -> None:
    """`pool` has started the server that processes are forked from, so the module below is imported in the worker."""
    assert pool.submit(("same", 1)).result(20) == 1
    with WorkerPool("tests.core.slow_tasks:do", processes=1, limits=Limits(deadline_s=0.3)) as slow:
        assert slow.submit("done").result(60) == "done"


def test_a_function_that_is_not_there() -> None:
    with WorkerPool("tests.core.tasks:nothing", processes=1) as pool:
        error = pool.submit(1).exception(60)
    assert str(error) in DIED | {"the worker died (exit code 1)"}


def test_close_leaves_no_process_behind() -> None:
    before = set(threading.enumerate())
    with WorkerPool("tests.core.tasks:do", processes=3, limits=SHORT) as pool:
        futures = [pool.submit(("pid", None)) for _ in range(30)]
        futures += [pool.submit(("hang", None)), pool.submit(("die", signal.SIGKILL)), pool.submit(("pid", None))]
    assert all(future.done() for future in futures)
    pids = {future.result() for future in futures if future.exception() is None}
    assert pids and not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert set(threading.enumerate()) <= before


PARENT = """
import sys, threading
from archive import workers
from archive.workers import Limits, WorkerPool
workers.ORPHAN_GRACE_S = 0.2
if __name__ == "__main__":
    pool = WorkerPool("tests.core.tasks:do", processes=2, limits=Limits(deadline_s=float(sys.argv[2])))
    idle = pool.submit(("pid", None)).result()
    pool.submit(("hang_and_say", sys.argv[1]))
    print(idle, flush=True)
    threading.Event().wait()
"""


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """An idle one sees its pipe close; one that hangs is ended by the alarm it was given with its task."""
    script, file = tmp_path / "parent.py", tmp_path / "pid"
    script.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, script, file, "4"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert parent.stdout is not None
    idle = int(parent.stdout.readline())
    assert wait_until(lambda: file.exists() and file.read_text() != "")
    hanging = int(file.read_text())
    assert alive(idle) and alive(hanging)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_until(lambda: not alive(idle))
    assert wait_until(lambda: not alive(hanging), 15)
