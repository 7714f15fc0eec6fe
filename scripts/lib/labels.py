"""True text -> which lines of a page are its body: the labels that the body model is trained with.

The truth is a list of paragraphs, the page a list of lines, and one line may stand on the page several times. Long
lines are judged by the 3-word shingles they share with the truth, short ones by being a line of it and near sure ones.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from archive.extract.text import words

LONG = 6  # words from which a line is judged by its shingles
SURE = 8  # words of a line that stands once on the page and cannot be meant otherwise
LIKE = 0.6  # share of its shingles that the truth must have
REACH, CLOSE = 8, 2  # lines to a sure one, for a whole line of the truth and for a part of one
OPTIONAL = 0.1  # weight of lines that the truth leaves open
NEWS = 2.0  # weight of the pages of newsrooms

Labels = npt.NDArray[np.bool_]


def label_page(truth: dict[str, Any], tokens: Sequence[Sequence[str]]) -> tuple[Labels, Labels]:
    """-> which lines are the body, and which of them only in paragraphs that the truth leaves open.

    `truth`: an entry of the data set, with `body`, or `paragraphs` and `optional`; `tokens`: the words of each line.
    """
    if truth.get("paragraphs") is None:
        return _labels(tokens, truth["body"].split("\n")), np.zeros(len(tokens), bool)
    required = [p for p, optional in zip(truth["paragraphs"], truth["optional"], strict=True) if not optional]
    sure, every = _labels(tokens, required), _labels(tokens, truth["paragraphs"])
    return sure | every, every & ~sure


def weights(
    counts: npt.NDArray[np.int64], body: Labels, optional: Labels, *, news: bool
) -> npt.NDArray[np.float64]:
    """Every page weighs alike; within it long lines weigh more, those that the truth leaves open little."""
    found = (counts + 2.0) ** 0.7
    found = np.minimum(found / (found[body].sum() or found.sum()), 1.0)
    found = np.where(optional, found * OPTIONAL, found)
    return found * NEWS if news else found


def _labels(tokens: Sequence[Sequence[str]], truth: Sequence[str]) -> Labels:
    keys = [" ".join(t) for t in tokens]
    found = np.zeros(len(keys), bool)
    lines = Counter(" ".join(words(line)) for line in truth if line.strip())
    all_words = [word for line in truth for word in words(line)]
    running = f" {' '.join(all_words)} "
    known = set(zip(all_words, all_words[1:], all_words[2:], strict=False))
    like = [_likeness(t, k, known, lines, running) for t, k in zip(tokens, keys, strict=True)]
    times = Counter(keys)
    sure = [i for i, t in enumerate(tokens) if like[i] >= LIKE and len(t) >= SURE and times[keys[i]] == 1]
    sure = sure or [i for i, t in enumerate(tokens) if like[i] >= LIKE and len(t) >= SURE - 3]
    if not sure:
        return found
    middle = float(np.median(np.repeat(sure, [len(tokens[i]) for i in sure])))

    def distance(i: int) -> int:
        at = bisect(sure, i)
        return min(abs(i - j) for j in sure[max(0, at - 1) : at + 1])

    groups = defaultdict(list)
    for i, how_much in enumerate(like):
        if how_much >= 0.5:
            groups[keys[i]].append(i)
    for k, members in groups.items():
        wanted = lines.get(k) or (max(1, running.count(f" {k} ")) if len(k) > 15 else 1)
        members.sort(key=lambda i: (distance(i), abs(i - middle)))
        for i in members[:wanted]:
            if len(tokens[i]) >= LONG:
                found[i] = like[i] >= LIKE
            elif like[i] == 1.0:
                found[i] = distance(i) <= REACH or sure[0] <= i <= sure[-1]
            elif len(tokens[i]) >= 3:
                found[i] = distance(i) <= CLOSE and sure[0] - 1 <= i <= sure[-1] + 1
    return found


def _likeness(
    tokens: Sequence[str], key: str, known: set[tuple[str, ...]], lines: Counter[str], running: str
) -> float:
    """Share of a long line's shingles in the truth; for a short one whether it is a line of it (1) or part of one."""
    if len(tokens) >= LONG:
        shingles = list(zip(tokens, tokens[1:], tokens[2:], strict=False))
        return sum(s in known for s in shingles) / len(shingles)
    if key in lines:
        return 1.0
    return 0.8 if f" {key} " in running else 0.0
