"""`pytest --page-fixtures` on fixtures cut from the demo newspaper, in one process and in two (pytest-xdist).

    scripts/bench-fixtures [--fixtures 500] [--turns 3]

The demo newspaper is crawled first, and the fixtures are cut: that is not measured. Times are of the whole command,
from its start to its end, in a folder that holds nothing but the fixtures; hypothesis, which has a plugin of its own in
this checkout, is left out.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from archive import store
from crawler import tour

WAYS = {"one process": [], "two processes": ["-n", "2", "--dist", "loadfile"]}


@dataclass(frozen=True, slots=True)
class Measured:
    """One run, in seconds."""

    wall_s: float
    cpu_s: float  # of all its processes


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory() as parent:
        repository = Path(parent) / "repository"
        (repository / "fixtures").mkdir(parents=True)
        number = cut(Path(parent) / "news", repository / "fixtures", options.fixtures)
        runs: dict[str, list[Measured]] = {way: [] for way in WAYS}
        for turn in range(1, options.turns + 1):
            for way, words in WAYS.items():
                runs[way].append(test(repository, words))
            parts = (f"{way} {m[-1].wall_s:.1f} s, {m[-1].cpu_s:.1f} CPU s" for way, m in runs.items())
            print(f"turn {turn}, {number} fixtures: {'; '.join(parts)}", flush=True)
    for way, measured in runs.items():
        wall = [m.wall_s for m in measured]
        cpu = statistics.median(m.cpu_s for m in measured)
        print(f"{way}: {statistics.median(wall):.1f} s (median; best {min(wall):.1f}), {cpu:.1f} CPU s")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fixtures", type=int, default=500, help="to be cut and tested (500)")
    parser.add_argument("--turns", type=int, default=3, help="(3)")
    return parser.parse_args()


def cut(archive: Path, folder: Path, fixtures: int) -> int:
    """Crawl the demo newspaper and cut fixtures of it -> how many there are."""
    with tour.demo_server(["--port", "0", "--articles", str(fixtures + fixtures // 10)]) as announced:
        store.create(archive)
        tour.write_sites(archive, tour.demo_sites(announced))
        broadsheet("crawl", "--quiet", "--archive", str(archive), "--concurrency", "8")
    broadsheet("fixture", "cut", "--archive", str(archive), "--sample", str(fixtures), "-o", str(folder))
    return len(list(folder.glob("*.expected.toml")))


def broadsheet(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "crawler", *words], check=True, stdout=subprocess.DEVNULL)


def test(repository: Path, words: list[str]) -> Measured:
    fixtures = ["--page-fixtures", str(repository / "fixtures"), "--rootdir", str(repository)]
    without = ["-p", "no:hypothesispytest", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", str(repository), *fixtures, *without, *words]
    start, before = time.monotonic(), cpu_s()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return Measured(time.monotonic() - start, cpu_s() - before)


def cpu_s() -> float:
    """CPU time of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    try:
        main()
    except subprocess.SubprocessError as e:
        raise SystemExit(str(e)) from e
