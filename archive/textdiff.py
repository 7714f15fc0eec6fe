"""Two texts compared by sentence, and sentences that are alike by word.

A sentence that was rewritten is shown whole, before and after: words that two different sentences happen to share,
one by one, nobody can read. The steps put together are both texts, to the character.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress, pairwise

from archive.sentences import Sentence, key, sentences, words
from archive.store.cjk import UNSPACED_WORD

ALIKE = 0.4  # of the words of two sentences, by which they are one that has changed
ALIKE_UNSPACED = 0.5  # of the characters, where words are not parted by blanks: those recur in any two sentences
ALIKE_SPELT = 0.8  # of the letters
MOST_CELLS = 20_000  # pairs of sentences of two texts that are compared; where more changed, all is new
MOST_LETTERS = 500  # of a sentence whose letters are compared
MOST_WORDS = 100_000_000  # the product of the numbers of words that are compared
_SIGNS = re.compile(r"^[\W_]+|[\W_]+$")
SAME, CHANGED, ADDED, REMOVED = "same", "changed", "added", "removed"


@dataclass(frozen=True, slots=True)
class Words:
    """A run of words within a changed sentence: the same in both, or changed, with "" where there is nothing."""

    what: str  # same | changed
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a sentence. `old` and `new`: as they stand in the texts; of one that is the same they can differ
    in white space and kinds of quotes."""

    what: str  # same | changed | added | removed
    old: str = ""
    new: str = ""
    words: tuple[Words, ...] = ()  # of a changed one
    role: str = ""  # as of `archive.sentences.Sentence`
    moved: bool = False  # removed here and added there


def diff(old: str, new: str, language: str | None = None) -> list[Step]:
    """What leads from one text to another, in the order of the new one."""
    before, after = sentences(old, language), sentences(new, language)
    steps: list[Step] = []
    left = MOST_CELLS
    for what, a, b, c, d in opcodes([s.key for s in before], [s.key for s in after]):
        if what == SAME:
            steps += [
                Step(SAME, x.text, y.text, role=y.role) for x, y in zip(before[a:b], after[c:d], strict=True)
            ]
        elif (x := _whole(before[a:b])) and (y := _whole(after[c:d])) and key(x) == key(y):
            steps.append(Step(SAME, x, y))  # only where sentences end is seen in another way
        else:
            steps += _aligned(before[a:b], after[c:d], left)
            left -= min(left, (b - a) * (d - c))
    return _with_moves(steps)


def opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """(same | changed, from and to in the old, from and to in the new), as few changes as there can be."""
    from rapidfuzz.distance import LCSseq

    if len(old) * len(new) > MOST_WORDS:
        whole = (0, len(old), 0, len(new))
        return [(SAME if old == new else CHANGED, *whole)]
    found: list[tuple[str, int, int, int, int]] = []
    for op in LCSseq.opcodes(old, new):
        what = SAME if op.tag == "equal" else CHANGED
        a, c = op.src_start, op.dest_start
        if found and what == CHANGED == found[-1][0]:
            _, a, _, c, _ = found.pop()
        found.append((what, a, op.src_end, c, op.dest_end))
    return found


# Sentences.


def _whole(part: Sequence[Sentence]) -> str:
    return "".join(s.text for s in part)


def _aligned(old: Sequence[Sentence], new: Sequence[Sentence], most: int) -> list[Step]:
    """What stands in the place of what: the pairs whose likeness is greatest in sum; one sentence may become two."""
    olds, news = [_bare(s.text) for s in old], [_bare(s.text) for s in new]
    pairs, words_of_pairs = len(old) * len(new), sum(map(len, olds)) * sum(map(len, news))
    if not pairs or pairs > most or words_of_pairs > MOST_WORDS:
        return [*(_removed(s) for s in old), *(_added(s) for s in new)]
    # Weighed by length, and of two equal ways the one that keeps sentences apart.
    weights = {
        (1, 1): _weights(olds, news, 1.0),
        (2, 1): _weights(_joined(olds), news, 0.95),
        (1, 2): _weights(olds, _joined(news), 0.95),
    }
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    way = [[(0, 0)] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) + 1):
        for j in range(len(new) + 1):
            if i == j == 0:
                continue
            choices = [(best[i][j - 1], (0, 1))] if j else []  # what went stands before what came
            choices += [(best[i - 1][j], (1, 0))] if i else []
            for (m, n), of in weights.items():
                if i < m or j < n or not (weight := of[i - m][j - n]):
                    continue
                if not _roles_differ(old[i - m : i], new[j - n : j]):
                    choices.append((best[i - m][j - n] + weight, (m, n)))
            best[i][j], way[i][j] = max(choices, key=lambda choice: choice[0])
    return _walked(old, new, way)


def _roles_differ(old: Sequence[Sentence], new: Sequence[Sentence]) -> bool:
    return len({s.role for s in (*old, *new)}) > 1


def _walked(old: Sequence[Sentence], new: Sequence[Sentence], way: list[list[tuple[int, int]]]) -> list[Step]:
    i, j = len(old), len(new)
    steps: list[Step] = []
    while i or j:
        m, n = way[i][j]
        if m == 0:
            steps.append(_added(new[j - 1]))
        elif n == 0:
            steps.append(_removed(old[i - 1]))
        else:
            a, b = _whole(old[i - m : i]), _whole(new[j - n : j])
            steps.append(Step(CHANGED, a, b, tuple(word_steps(a, b)), new[j - 1].role))
        i, j = i - m, j - n
    return steps[::-1]


def _bare(text: str) -> list[str]:
    """The words of a sentence without the signs around them."""
    return [bare for word in words(text) if (bare := _SIGNS.sub("", word.casefold()))]


def _joined(parts: Sequence[list[str]]) -> list[list[str]]:
    return [one + other for one, other in pairwise(parts)]


def _weights(old: Sequence[list[str]], new: Sequence[list[str]], factor: float) -> list[list[float]]:
    """How much any two sentences have in common, by their words; 0 where they are not one that has changed."""
    import numpy as np
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cdist

    if not old or not new:
        return []
    likeness = partial(cdist, scorer=Indel.normalized_similarity, dtype=np.float64)
    unspaced = np.array([sum(len(w) == 1 and bool(UNSPACED_WORD.match(w)) for w in s) * 2 > len(s) for s in new])
    like = np.zeros((len(old), len(new)))
    for columns, least in ((~unspaced, ALIKE), (unspaced, ALIKE_UNSPACED)):
        like[:, columns] = likeness(old, list(compress(new, columns)), score_cutoff=least)
    letters = [[text if len(text := " ".join(s)) <= MOST_LETTERS else "" for s in side] for side in (old, new)]
    spelt = likeness(*letters, score_cutoff=ALIKE_SPELT)
    too_long = np.logical_or.outer(*(np.array([not text for text in side]) for side in letters))
    misspelt = (like < ALIKE_SPELT) & ~too_long & ~unspaced  # or it may be: a short one, whose letters tell
    like[misspelt] = np.maximum(like, spelt)[misspelt]
    sizes = np.add.outer([len(s) for s in old], [len(s) for s in new])
    found: list[list[float]] = (like * sizes * factor).tolist()
    return found


def _added(s: Sentence) -> Step:
    return Step(ADDED, new=s.text, role=s.role)


def _removed(s: Sentence) -> Step:
    return Step(REMOVED, old=s.text, role=s.role)


def _with_moves(steps: list[Step]) -> list[Step]:
    """Mark sentences that only stand elsewhere now."""
    gone: dict[str, list[int]] = {}
    for n, step in enumerate(steps):
        if step.what == REMOVED and key(step.old):
            gone.setdefault(key(step.old), []).append(n)
    for n, step in enumerate(steps):
        if step.what == ADDED and (before := gone.get(key(step.new))):
            m = before.pop(0)
            steps[n] = Step(ADDED, new=step.new, role=step.role, moved=True)
            steps[m] = Step(REMOVED, old=steps[m].old, role=steps[m].role, moved=True)
    return steps


# Words.


def word_steps(old: str, new: str) -> list[Words]:
    """Two sentences word by word, as few words changed as there can be."""
    before, after = words(old), words(new)
    steps = []
    for what, a, b, c, d in opcodes([key(w) for w in before], [key(w) for w in after]):
        x, y = "".join(before[a:b]), "".join(after[c:d])
        steps.append(Words(SAME if key(x) == key(y) else what, x, y))
    return steps


def exact_steps(old: str, new: str, most: int) -> list[Words]:
    """The same to the character, of at most so many words of each."""
    before, after = words(old)[:most], words(new)[:most]
    return [Words(what, "".join(before[a:b]), "".join(after[c:d])) for what, a, b, c, d in opcodes(before, after)]


def legible(steps: Sequence[Words]) -> list[Words]:
    """The same for a reader: where less is the same between two changes than either of them changes, they are one."""
    out: list[Words] = []
    for n, step in enumerate(steps):
        if step.what == CHANGED and out and out[-1].what == CHANGED:
            step = Words(CHANGED, out[-1].old + step.old, out[-1].new + step.new)
            out.pop()
        elif step.what == SAME and out and 0 < n < len(steps) - 1 and out[-1].what == CHANGED:
            least = min(_size(out[-1]), _size(steps[n + 1]))
            if len(words(step.new)) < least:
                before = out.pop()
                step = Words(CHANGED, before.old + step.old, before.new + step.new)
        out.append(step)
    return out


def _size(step: Words) -> int:
    return max(len(words(step.old)), len(words(step.new)))
