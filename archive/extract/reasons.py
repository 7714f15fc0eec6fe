"""Why a line of the page is not in its body, in words for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from archive.extract import phrases
from archive.extract.body import split_lines
from archive.extract.choice import HALF, Choice
from archive.extract.features import NAMES, PROSE
from archive.extract.outline import Around, Line, Outline
from archive.extract.text import key
from archive.model import Removed

SEEN = 0.02  # probability over which a line is told of wherever it stands
BEFORE, AFTER = 12, 30  # lines around the body that are told of
MOST = 150  # lines of one page that are told of
_CATEGORY = {
    "related": "related articles", "teaser": "teaser of another article", "newsletter": "newsletter or subscription",
    "caption": "caption", "author": "byline or author biography", "share": "share buttons", "comment": "comments",
    "ad": "advertisement", "tags": "tags", "nav": "navigation", "footer": "footer", "side": "side column",
    "date": "date line",
}  # fmt: skip
_LIFE = NAMES.index("life")
_BYNAME = NAMES.index("byname")


def left_out(choice: Choice, outline: Outline, headlines: Sequence[str]) -> list[tuple[int, Removed]]:
    """The lines around the body and those that came near it, with the reason why they are not in it, each with its
    index among the lines of the page; navigation far from the text is not told of."""
    chosen = np.flatnonzero(choice.chosen)
    if not len(chosen):
        return []
    first, last = int(chosen[0]), int(chosen[-1])
    titles = {key(x) for x in headlines if x}
    found = []
    for i in _worth_telling(choice, first, last):
        line = choice.table.lines[i]
        reason = _reason(choice, i, line, titles)
        place = choice.table.containers.place(choice.table.blocks[i])
        text = " ".join(split_lines(line.text))
        found.append((choice.table.at[i], Removed(text, reason, float(choice.p[i]), place)))
    found += _amid(outline, choice.table.at[first], choice.table.at[last], set(choice.table.at))
    return sorted(found, key=lambda each: each[0])[:MOST]


def _amid(outline: Outline, first: int, last: int, looked_at: set[int]) -> Iterator[tuple[int, Removed]]:
    """The lines within the body that the model was not asked about: short ones of side columns, forms and menus."""
    for at in range(first, last):
        line = outline.lines[at]
        if at not in looked_at and (text := " ".join(split_lines(line.text))):
            yield (
                at,
                Removed(
                    text, "form" if line.around & Around.FORM else "side column or menu", None, line.block.tag
                ),
            )


def _worth_telling(choice: Choice, first: int, last: int) -> Iterator[int]:
    for i in np.flatnonzero(~choice.chosen):
        line = choice.table.lines[i]
        near = first - BEFORE <= i <= last + AFTER and not line.around & Around.NAV
        if choice.p[i] >= SEEN or first < i < last or near:
            yield int(i)


def _reason(choice: Choice, i: int, line: Line, titles: set[str]) -> str:
    if choice.p[i] >= HALF:
        return "stands above already"
    if line.key in titles:
        return "repeats the headline"
    if line.around & Around.CAPTION:
        return "caption"
    words = int(choice.table.words[i])
    if kind := phrases.prompt(line.text, words):
        return f"prompt: {kind}"
    row = choice.table.rows[i]
    if row[_BYNAME]:
        return "author biography" if row[_LIFE] and words >= PROSE else "byline"
    near = choice.table.containers.category(choice.table.blocks[i])
    if near is not None and near[1] <= 3:
        return f"{_CATEGORY[near[0]]}, by its class"
    if line.linked > 0.75 * line.chars:
        return "link"
    if line.around & Around.NAV:
        return "navigation"
    if line.around & Around.FORM:
        return "form"
    return "stands outside of the text" if words < PROSE else "reads like another text"
