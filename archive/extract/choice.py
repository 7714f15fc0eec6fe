"""The body by the learned model: which lines of the page are text of the article, and how sure that is.

The model gives every line a probability (`archive.extract.forest`); what is above one half is the body. The expected F1
of that choice says when to doubt it: the choice fails seldom, but wholly.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
from lxml.html import HtmlElement

from archive.extract.features import Table
from archive.extract.forest import Forest
from archive.extract.kinds import row_of
from archive.extract.text import count

HALF = 0.5
DOUBT = 0.9  # expected F1 under which another engine is asked
CELL = 0.1  # probability of a cell that goes with its row or table
LITTLE = 25  # words of a body; under it the next best lines are taken as well
LONG = 8  # words of a line that counts once only
MUCH = 0.1  # by which a later place must be likelier than the first
MODEL = "body-model.json"
_SOURCE = files("archive.extract").joinpath(MODEL).read_bytes()  # package data, read once at import

MODEL_SHA256 = hashlib.sha256(_SOURCE).hexdigest()


@cache
def shipped() -> Forest:
    """The model that Broadsheet ships; docs/body-model.md is its card."""
    return Forest.read(_SOURCE)


@dataclass(frozen=True, slots=True)
class Choice:
    """The lines of `table` that are the body. `p`: probability of each line; `expected`: F1 of the choice if all `p`
    were true."""

    table: Table
    p: npt.NDArray[np.float64]
    chosen: npt.NDArray[np.bool_]
    expected: float

    @property
    def doubtful(self) -> bool:
        return self.expected < DOUBT


def choose(table: Table, forest: Forest) -> Choice:
    p = forest.p(table.rows)
    chosen = _with_rows(_above(p, table.words), p, table)
    return Choice(table, p, _once(chosen, p, table), _expected(p, chosen, table.words))


def _above(p: npt.NDArray[np.float64], words: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    chosen = p >= HALF
    if len(p) and words[chosen].sum() < LITTLE:
        ranked = np.sort(p)
        chosen = p >= min(HALF, max(0.05, 0.6 * float(ranked[int(0.9 * (len(p) - 1))])))
    return chosen


def _with_rows(chosen: npt.NDArray[np.bool_], p: npt.NDArray[np.float64], table: Table) -> npt.NDArray[np.bool_]:
    """With the cells that stand in one row with a chosen one, and with all of a table of which much is chosen: a row
    that lacks cells says nothing."""
    rows: dict[HtmlElement, list[int]] = {}
    tables: dict[HtmlElement | None, list[int]] = {}
    for i, line in enumerate(table.lines):
        if (row := row_of(line)) is not None:
            rows.setdefault(row, []).append(i)
            tables.setdefault(next(row.iterancestors("table"), None), []).append(i)
    kept = chosen.copy()
    for cells in rows.values():
        if chosen[cells].any():
            kept[cells] |= p[cells] >= CELL
    for cells in tables.values():
        if 3 * table.words[cells][chosen[cells]].sum() >= table.words[cells].sum():
            kept[cells] |= p[cells] >= CELL
    return kept


def _once(chosen: npt.NDArray[np.bool_], p: npt.NDArray[np.float64], table: Table) -> npt.NDArray[np.bool_]:
    """A chosen line of some words that stands on the page again is taken at its likeliest place (the entry of a table
    of contents is less likely than the heading that it leads to)."""
    best: dict[str, int] = {}
    kept = chosen.copy()
    for i in np.flatnonzero(chosen):
        if count(table.lines[i].text) < LONG:
            continue
        before = best.setdefault(table.keys[i], int(i))
        if before != i:
            worse = int(i) if p[i] <= p[before] + MUCH else before
            kept[worse] = False
            best[table.keys[i]] = before if worse == i else int(i)
    return kept


def _expected(p: npt.NDArray[np.float64], chosen: npt.NDArray[np.bool_], words: npt.NDArray[np.int64]) -> float:
    sure = p * words
    whole = float(words[chosen].sum() + sure.sum())
    return round(2 * float(sure[chosen].sum()) / whole, 4) if whole else 0.0
