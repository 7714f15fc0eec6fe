"""CPU of a page: Broadsheet's whole extraction against trafilatura with metadata.

    python eval_cpu.py SIDE INDEX      # one side: numbers of pages on standard input, CPU ms on standard output

Each side is a process of the same kind with all pages in memory. Page by page the one reads while the other waits,
so that whatever else the machine does slows both alike. trafilatura gets decoded text, which spares it the guess of
the charset.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from eval_data import BY_SITE, ROOT, Data, Unusable, page_bytes, page_lines, write
from eval_data import read as read_lines

SIDES = ("trafilatura", "broadsheet")
WARM = 12  # pages read before the first that counts

Measured = dict[str, list[list[float]]]  # {side: CPU ms of each page, turn by turn}


def compare(data: Data, only: str | None, turns: int) -> int:
    """Prints, set by set, the mean CPU ms of a page, each page by the median of its turns, and the ratio."""
    if turns < 1:
        raise Unusable("--turns must be at least 1")
    print(f"{'CPU ms a page':14}{'pages':>8}{'trafilatura':>14}{'Broadsheet':>14}{'ratio':>8}   of each turn")
    for name in data.names(only):
        if name != BY_SITE:
            print(row(name, measure(data, name, turns)))
    return 0


def row(name: str, measured: Measured) -> str:
    theirs, ours = ([statistics.median(page) for page in zip(*measured[s], strict=True)] for s in SIDES)
    means = f"{statistics.mean(theirs):>14.1f}{statistics.mean(ours):>14.1f}"
    turns = " ".join(f"{sum(b) / sum(a):.3f}" for a, b in zip(*(measured[side] for side in SIDES), strict=True))
    return f"{name:14}{len(ours):>8}{means}{sum(ours) / sum(theirs):>8.3f}   {turns}"


def measure(data: Data, name: str, turns: int) -> Measured:
    rows = data.rows(name)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as index, ExitStack() as stack:
        write(page_lines(data, rows), index)
        ask = {side: stack.enter_context(Side(side, index.name)) for side in SIDES}
        for page in range(min(WARM, len(rows))):
            for side in SIDES:
                ask[side].cpu_ms(page)
        measured: Measured = {side: [] for side in SIDES}
        for turn in range(turns):
            for side in SIDES:
                measured[side].append([])
            for page in range(len(rows)):
                for side in SIDES if (turn + page) % 2 == 0 else SIDES[::-1]:
                    measured[side][turn].append(ask[side].cpu_ms(page))
    return measured


class Side:
    """One side as a process that waits until it is asked."""

    def __init__(self, name: str, index: str) -> None:
        self.name, self.command = name, [sys.executable, __file__, name, index]

    def __enter__(self) -> Side:
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def cpu_ms(self, page: int) -> float:
        """What reading this page costs now."""
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(f"{page}\n")
            self.process.stdin.flush()
            return float(self.process.stdout.readline())
        except (OSError, ValueError) as e:
            raise Unusable(f"{self.name} ended at page {page}") from e


def work(side: str) -> Callable[[bytes, str], object]:
    if side == "broadsheet":
        from archive.extract import extract

        now = datetime.now(UTC)
        return lambda html, url: extract(html, url=url, captured_at=now)
    from trafilatura import bare_extraction

    return lambda html, url: bare_extraction(html.decode("utf-8", "replace"), url=url or None, with_metadata=True)


def main(side: str, index: Path) -> None:
    read = work(side)
    pages = [(page_bytes(Path(row["page"])), row["url"]) for row in read_lines(index)]
    for line in sys.stdin:
        html, url = pages[int(line)]
        start = time.process_time()
        read(html, url)
        print(1000 * (time.process_time() - start), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
