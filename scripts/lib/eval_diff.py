"""Pages and lines: the worst pages, what is surplus on them, and what changed against earlier predictions."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import eval_classes
from eval_data import Data, Figures, Prediction, Row, Run, page_bytes

NOTABLE = 0.01  # F1; pages that moved by more are counted as up or down
SHOWN = 100  # characters of a line
FIELDS = ("head", "headany", "auth", "day", "instant", "has", "hasnt")


def worst(run: Run, data: Data, number: int) -> None:
    """The pages of lowest F1."""
    scored = [
        (data.score(row, found.get(row["id"], {})), name, row)
        for name, found in run.predictions.items()
        for row in data.rows(name)
    ]
    for figures, name, row in sorted(scored, key=lambda one: one[0]["F1"])[:number]:
        others = " ".join(f"{f} {figures[f]:.2f}" for f in FIELDS if f in figures)
        print(
            f"{figures['F1']:.3f} P {figures['P']:.2f} R {figures['R']:.2f} {name} {row['id']} {row['url']} {others}"
        )


def classes(run: Run, data: Data) -> None:
    """Of each class of surplus and missing text: the share of pages that have some, and of all such words."""
    for title, find in (("surplus", surplus), ("missing", missing)):
        pages: dict[str, Counter[str]] = {}
        words: dict[str, Counter[str]] = {}
        for name, found in run.predictions.items():
            pages[name], words[name] = Counter(), Counter()
            for row in data.rows(name):
                lines = find(data, row, found.get(row["id"], {}))
                pages[name].update({kind for kind, _ in lines})
                for kind, line in lines:
                    words[name][kind] += len(eval_classes.line_key(line).split())
        names = list(run.predictions)
        print(f"\n{title + ': % of pages (% of words)':42}" + "".join(f"{name:>16}" for name in names))
        kinds = sorted({k for name in names for k in pages[name]}, key=lambda k: -sum(pages[n][k] for n in names))
        for kind in kinds:
            cells = [
                f"{100 * pages[n][kind] / len(data.rows(n)):.0f} ({100 * words[n][kind] / (words[n].total() or 1):.0f})"
                for n in names
            ]
            print(f"{kind:42}" + "".join(f"{c:>16}" for c in cells))


def surplus(data: Data, row: Row, prediction: Prediction) -> list[tuple[str, str]]:
    page = eval_classes.read_page(page_bytes(data.folder / row["page"]))
    return list(eval_classes.surplus(row, prediction, page))


def missing(data: Data, row: Row, prediction: Prediction) -> list[tuple[str, str]]:
    return list(eval_classes.missing(row, prediction))


@dataclass
class Change:
    """One page, before and now."""

    row: Row
    before: Figures
    now: Figures
    old: Prediction
    new: Prediction

    @property
    def gain(self) -> float:
        return self.now["F1"] - self.before["F1"]

    @property
    def turned(self) -> list[str]:
        """Figures besides F1 that are not what they were."""
        return [
            f"{name} {self.before[name]:.2f} -> {self.now[name]:.2f}"
            for name in FIELDS
            if name in self.now and name in self.before and self.now[name] != self.before[name]
        ]


def diff(before: Run, now: Run, data: Data) -> None:
    """What changed, set by set: how many pages, which, and by which lines."""
    for name, new in now.predictions.items():
        old = before.predictions.get(name)
        if old is None:
            print(f"\n{name}: not among the earlier predictions")
            continue
        changes = [
            Change(row, data.score(row, o), data.score(row, n), o, n)
            for row in data.rows(name)
            for o, n in [(old.get(row["id"], {}), new.get(row["id"], {}))]
        ]
        _report(name, changes, data)


def _report(name: str, changes: list[Change], data: Data) -> None:
    up = sum(c.gain > NOTABLE for c in changes)
    down = sum(c.gain < -NOTABLE for c in changes)
    f1 = [statistics.mean(c.before["F1"] for c in changes), statistics.mean(c.now["F1"] for c in changes)]
    print(f"\n{name}: {up} up, {down} down by more than {NOTABLE} F1; F1 {f1[0]:.5f} -> {f1[1]:.5f}")
    went: dict[str, Counter[str]] = defaultdict(Counter)
    for change in sorted(changes, key=lambda c: c.gain):
        if not change.turned and abs(change.gain) < 1e-9 and keyed(change.old) == keyed(change.new):
            continue
        turned = f"  {', '.join(change.turned)}" if change.turned else ""
        print(
            f"  {change.gain:+.4f}  {change.before['F1']:.4f} -> {change.now['F1']:.4f}  {change.row['id']}{turned}"
        )
        for sign, kind, line in moved(change, data):
            went[kind][sign] += 1
            print(f"      {sign} [{kind}] {line[:SHOWN]}{'…' if len(line) > SHOWN else ''}")
    for kind, signs in sorted(went.items(), key=lambda one: -one[1].total()):
        print(f"  {kind:42}{signs['-']:>5} went {signs['+']:>5} came")


def moved(change: Change, data: Data) -> Iterator[tuple[str, str, str]]:
    """(sign, class, line): `-` for a line that is no longer in the text, `+` for one that is now.

    Lines of the article are of the class `article`; the others are surplus, by their class.
    """
    old, new = keyed(change.old), keyed(change.new)
    if old.keys() == new.keys():
        return
    page = eval_classes.read_page(page_bytes(data.folder / change.row["page"]))
    for sign, gone, prediction in (
        ("-", old.keys() - new.keys(), change.old),
        ("+", new.keys() - old.keys(), change.new),
    ):
        kinds = {line: kind for kind, line in eval_classes.surplus(change.row, prediction, page)}
        for line in (line for key, line in {**old, **new}.items() if key in gone):
            yield sign, kinds.get(line, "article"), line


def keyed(prediction: Prediction) -> dict[tuple[str, int], str]:
    """The lines by their key and how often it came before: bullets, case and blanks make no other line."""
    seen: Counter[str] = Counter()
    found = {}
    for line in eval_classes.body_lines(prediction):
        key = eval_classes.line_key(line)
        found[key, seen[key]] = line
        seen[key] += 1
    return found
