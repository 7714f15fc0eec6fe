"""CPU of a page: Broadsheet's whole extraction against trafilatura with metadata, side by side.

    python eval_cpu.py SIDE INDEX      # one side, in a process of its own; prints JSON

Both sides run in the same kind of process, in turn; pages are in memory, and some are read before the clock starts.
trafilatura is given decoded text, which spares it the guess of the charset.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from eval_data import BY_SITE, ROOT, Data, Unusable, page_bytes, page_lines, write
from eval_data import read as read_lines

SIDES = ("trafilatura", "broadsheet")
WARM = 12  # pages read before


def compare(data: Data, only: str | None, turns: int) -> int:
    """Prints CPU ms a page of both sides for each set, medians of the turns, and the ratio turn by turn."""
    if turns < 1:
        raise Unusable("--turns must be at least 1")
    print(f"{'CPU ms a page':14}{'pages':>8}{'trafilatura':>14}{'Broadsheet':>14}{'ratio':>8}   of each turn")
    for name in data.names(only):
        if name == BY_SITE:
            continue
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as index:
            write(page_lines(data, data.rows(name)), index)
            pairs = [tuple(one_side(side, index.name) for side in order(turn)) for turn in range(turns)]
        both = [pair if turn % 2 == 0 else pair[::-1] for turn, pair in enumerate(pairs)]
        theirs, ours = (statistics.median(side) for side in zip(*both, strict=True))
        ratios = [b / a for a, b in both]
        shown = " ".join(f"{ratio:.3f}" for ratio in ratios)
        count = len(data.rows(name))
        print(f"{name:14}{count:>8}{theirs:>14.1f}{ours:>14.1f}{statistics.median(ratios):>8.3f}   {shown}")
    return 0


def order(turn: int) -> tuple[str, ...]:
    """Who goes first changes with every turn."""
    return SIDES if turn % 2 == 0 else SIDES[::-1]


def one_side(side: str, index: str) -> float:
    """CPU ms a page of one side, in a new process."""
    command = [sys.executable, __file__, side, index]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    if done.returncode != 0:
        raise Unusable(f"{side} left with exit code {done.returncode}")
    return float(json.loads(done.stdout)["cpu_ms"])


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
    for html, url in pages[:WARM]:
        read(html, url)
    gc.collect()
    start = time.process_time()
    for html, url in pages:
        read(html, url)
    print(json.dumps({"cpu_ms": 1000 * (time.process_time() - start) / len(pages)}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
