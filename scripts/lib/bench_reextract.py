"""`broadsheet reextract` with one worker and with two, in turn, on one archive.

    scripts/bench-reextract --pages FOLDER [--only set=news] [--turns 5]    # saved pages
    scripts/bench-reextract --articles 500 [--turns 5]                      # the demo newspaper

The archive is crawled first; its pages lie below one host. Times are of the whole command, from its start to its
end: loading the extractor is part of it, the same for any number of workers. Each turn reads all pages once with one
worker and once with two; the ratio is that of the turn. `--one-core` adds a run of all processes on one core.
Other programs that use the cores meanwhile make the ratio smaller: look at the best turn as well.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import measure

from archive import store
from crawler import tour


def main() -> None:
    options = arguments()
    measure.adopt_orphans()
    with tempfile.TemporaryDirectory() as parent:
        folder = options.archive or Path(parent) / "news"
        if options.archive is None:
            crawl(folder, options)
        ways = {"one worker": ["--workers", "1"], "two workers": ["--workers", "2"]}
        if options.one_core:
            ways["one core"] = ["--workers", "1"]
        runs: dict[str, list[measure.Measured]] = {way: [] for way in ways}
        for turn in range(options.turns + 1):
            for way, words in ways.items():
                pages, measured = reextract(folder, words, one_core=way == "one core")
                if turn:  # the first turn warms the caches of the disk
                    runs[way].append(measured)
            if turn:
                show_turn(turn, pages, runs)
        discard(folder)
    show(runs)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, help="saved pages: a folder with an index, or the index")
    parser.add_argument(
        "--only", action="append", default=[], metavar="KEY=VALUE", help="only these lines of the index"
    )
    parser.add_argument("--articles", type=int, default=300, help="of the demo newspaper, without --pages (300)")
    parser.add_argument("--archive", type=Path, help="an archive that is there, instead; its drafts are discarded")
    parser.add_argument("--turns", type=int, default=3, help="counted turns, after one that is not (3)")
    parser.add_argument("--one-core", action="store_true", help="also all processes on one core")
    return parser.parse_args()


def crawl(folder: Path, options: argparse.Namespace) -> None:
    words = ["--port", "0"]
    if options.pages:
        words += ["--one-host", "--pages", str(options.pages), *(x for o in options.only for x in ("--only", o))]
    else:
        words += ["--articles", str(options.articles)]
    with tour.demo_server(words) as announced:
        store.create(folder)
        tour.write_sites(folder, tour.demo_sites(announced))
        command = [sys.executable, "-m", "crawler", "crawl", "--quiet", "--archive", str(folder)]
        subprocess.run([*command, "--concurrency", "8"], check=True, stdout=subprocess.DEVNULL)


def discard(folder: Path) -> None:
    command = [sys.executable, "-m", "crawler", "reextract", "--archive", str(folder), "--discard", "--json"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def reextract(folder: Path, words: list[str], *, one_core: bool) -> tuple[int, measure.Measured]:
    """-> how many pages were read, and what that cost."""
    discard(folder)
    command = [sys.executable, "-m", "crawler", "reextract", "--archive", str(folder), "--all", *words]
    measured = measure.run(["taskset", "-c", "0", *command] if one_core else command)
    again = subprocess.run([*command, "--json"], check=True, capture_output=True, text=True)
    record = json.loads(again.stdout)
    if record["read"] or record["differ"]:
        raise SystemExit(f"not all was read at once, or not the same: {record}")
    return record["pages"], measured


def show_turn(turn: int, pages: int, runs: dict[str, list[measure.Measured]]) -> None:
    parts = [f"{way} {m[-1].wall_s:.1f} s, {m[-1].cpu_s:.1f} CPU s" for way, m in runs.items()]
    print(f"turn {turn}, {pages} pages: {'; '.join(parts)}", flush=True)


def show(runs: dict[str, list[measure.Measured]]) -> None:
    two = runs.pop("two workers")
    for way, measured in runs.items():
        found = [a.wall_s / b.wall_s for a, b in zip(measured, two, strict=True)]
        print(
            f"two workers are {statistics.median(found):.2f} times as fast as {way} (median; best {max(found):.2f}); "
            f"CPU {statistics.median(b.cpu_s / a.cpu_s for a, b in zip(measured, two, strict=True)):.2f}; "
            f"peak memory {statistics.median(m.peak_bytes for m in two) / 2**20:.0f} MB"
        )


if __name__ == "__main__":
    try:
        main()
    except subprocess.SubprocessError as e:
        raise SystemExit(str(e)) from e
