"""How good extraction is on the real pages beside the checkout, and that it is no worse than it was.

    scripts/eval                        # the figures beside their floors; exit code 1 if one fell
    scripts/eval --raise                # write better floors; refuses while one fell
    scripts/eval --raise --lower web.has --why "the truth was wrong on two pages"
    scripts/eval --save /tmp/before.jsonl
    scripts/eval --diff /tmp/before.jsonl          # pages that went up or down since, and by which lines
    scripts/eval --set news --worst 15
    scripts/eval --classes              # which kinds of surplus lines are left, on how many pages
    scripts/eval --cpu                  # CPU of a page against trafilatura, in turn
    scripts/eval --peers                # other extractors on the same pages, each in its own environment
    scripts/eval --cross-validate       # the body model, trained without the pages it is asked about

The figures are those of the scorer that lies beside the pages; `none` counts pages without a text. The set
`sites-by-site` is `sites` with the pages of a site read together. Exit code 2: the data or the floors cannot be used.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import eval_cpu
import eval_diff
import eval_peers
from eval_data import BESIDE, BY_SITE, NONE, ROOT, Data, Figures, Run, Unusable, load, reads_by_site, run, save
from eval_floors import FLOORS, Floors

COLUMNS = (
    "n", "F1", "P", "R", "clean98", "bad80", "head", "head~", "headany", "auth", "day", "instant", "has", "hasnt", NONE,
)  # fmt: skip


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "scripts/eval", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--data",
        type=Path,
        default=BESIDE,
        metavar="FOLDER",
        help="with gold.jsonl and score.py (beside the checkout)",
    )
    add("--set", choices=["news", "sites", "web"], help="only this set")
    add("--floors", type=Path, default=FLOORS, metavar="FILE", help="another file of floors")
    add(
        "--gate",
        action="store_true",
        help="as scripts/test does: say so and leave with 0 where the data is not there",
    )
    add("--raise", dest="lift", action="store_true", help="write better floors")
    add(
        "--lower", action="append", default=[], metavar="SET.FIGURE", help="with --raise: write this worse one too"
    )
    add("--why", metavar="REASON", help="the reason, which --lower needs")
    add("--from", dest="source", type=Path, metavar="FILE", help="predictions of a file instead of a run")
    add("--save", type=Path, metavar="FILE", help="keep the predictions")
    add("--worst", type=int, default=0, metavar="N", help="show the N pages with the lowest F1")
    add("--diff", type=Path, metavar="FILE", help="pages and lines against earlier predictions")
    add("--classes", action="store_true", help="kinds of surplus and missing text, and on how many pages they are")
    add("--cpu", action="store_true", help="only measure CPU")
    add("--turns", type=int, default=3, help="with --cpu (3)")
    add("--peers", action="store_true", help="only compare with other extractors")
    add("--only", action="append", choices=sorted(eval_peers.PEERS), help="with --peers: only this one")
    add("--fresh", action="store_true", help="with --peers: do not use what a peer said of the same pages before")
    add("--write", type=Path, metavar="FILE", help="with --peers: write the table into this document")
    add("--cross-validate", action="store_true", help="only this: scripts/train --cross-validate")
    options = parser.parse_args(words)
    if (options.lower or options.why) and not options.lift:
        parser.error("--lower and --why go with --raise")
    return options


def main(words: list[str] | None = None) -> int:
    options = arguments(words)
    try:
        data = Data(options.data)
    except Unusable as e:
        if not options.gate:
            raise
        print(f"extraction gate: left out: {e}")
        return 0
    if options.gate and (why := incomparable(Floors.read(options.floors), data)):
        print(f"extraction gate: left out: {why}")
        return 0
    if options.cpu:
        return eval_cpu.compare(data, options.set, options.turns)
    if options.cross_validate:
        return cross_validate(data)
    measured = load(data, options.source, options.set) if options.source else run(data, options.set)
    if options.save:
        save(measured, options.save)
    table = measured.table(data)
    if options.peers:
        eval_peers.compare(
            data, table, names=options.only, only=options.set, fresh=options.fresh, file=options.write,
        )  # fmt: skip
        return 0
    floors = Floors.read(options.floors)
    show(table, floors)
    notes(measured, data, table)
    eval_diff.worst(measured, data, options.worst)
    if options.classes:
        eval_diff.classes(measured, data)
    if options.diff:
        eval_diff.diff(load(data, options.diff, options.set), measured, data)
    if options.lift:
        said = floors.lift(
            table, gold=data.sha256, recipe=measured.recipe, lower=options.lower, why=options.why,
            today=datetime.now(UTC).date(),
        )  # fmt: skip
        print("\n".join([f"\n{options.floors.name}:", *(f"  {line}" for line in said or ["nothing is better"])]))
        return 0
    return judge(table, floors, data)


def incomparable(floors: Floors, data: Data) -> str | None:
    """Why these floors say nothing of these pages, if so."""
    if floors.gold == data.sha256:
        return None
    return "there are no floors yet" if floors.gold is None else "the floors are those of another gold.jsonl"


def judge(table: dict[str, Figures], floors: Floors, data: Data) -> int:
    """The exit code: 0, or 1 if a figure fell, with one line for each."""
    if why := incomparable(floors, data):
        raise Unusable(f"{why}: nothing was compared (scripts/eval --raise writes floors)")
    falls = floors.falls(table)
    for fall in falls:
        print(f"FELL {fall}")
    compared = sum(len(floors.of(name)) for name in table)
    print(f"extraction gate: {compared - len(falls)} of {compared} figures hold their floor")
    return 1 if falls else 0


def show(table: dict[str, Figures], floors: Floors) -> None:
    print(f"{'set':14}" + "".join(f"{column:>8}" for column in COLUMNS))
    for name, figures in table.items():
        print(f"{name:14}" + line(figures))
        if floor := floors.of(name):
            print(f"{'  floor':14}{'':8}" + line(floor)[8:])


def line(figures: Figures) -> str:
    return "".join(f"{cell(column, figures.get(column)):>8}" for column in COLUMNS)


def cell(column: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if column in ("n", NONE) else f"{value:.4f}"


def notes(measured: Run, data: Data, table: dict[str, Figures]) -> None:
    """What the figures hide."""
    if measured.recipe:
        print(f"recipe {measured.recipe}")
    pages = sum(int(figures["n"]) for figures in table.values())
    without = {name: data.without(found, name) for name, found in measured.predictions.items()}
    names = [page for pages in without.values() for page in pages]
    print(f"{len(names)} of {pages} pages without a text{': ' if names else ''}{', '.join(names[:8])}")
    if BY_SITE not in table and "sites" in table:
        reason = "`broadsheet extract` has no --by-site" if not reads_by_site() else "not among the predictions"
        print(f"{BY_SITE} is left out: {reason}")


def cross_validate(data: Data) -> int:
    """The trainer judges its models by this program: see `--from`."""
    trainer = ROOT / "scripts" / "train"
    return subprocess.run([str(trainer), "--cross-validate", "--data", str(data.folder)], check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unusable as e:
        print(f"eval: {e}", file=sys.stderr)
        sys.exit(2)
