"""Whether two texts are one: wire copy and reprints, cut, or with a beginning of their own.

A text is taken apart into shingles, overlapping runs of a few words (Broder, "On the resemblance and containment of
documents", 1997). What may be alike is found by sketches: of each text the shingles with the smallest hashes. The
decision is exact: how much of the shorter text stands in runs that the longer one has too.

Forms that are filled in (weather, lottery, markets) have most words in common and yet are different texts. They differ
where their numbers and names stand; so most of these must stand in common runs as well.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from archive.store.cjk import UNSPACED, UNSPACED_CLASS

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, WIDTH_UNSPACED = 3, 6  # words of a shingle; characters where nothing spaces words
LEAST, LEAST_UNSPACED = 50, 120  # words of a text; shorter ones are alike too easily
LEAST_PART = 0.3  # of the longer text's length: a paragraph that both quote makes no reprint
ALIKE = 0.5  # of the shorter text's words, at least

# Of its numbers, and of its names, there must be: enough in common runs,
_OF_ALL = 0.5  # of all,
_OF_SHARE = 0.7  # and of the words' own share, since a reprint changes them no more than other words;
# or enough of those that stand in common runs and in gaps that a form could fill: other passages count for nothing;
_OF_SLOTS = 0.65
_SLOT = 3  # such a gap is at most so many times as wide as a shingle
# or few that differ: a story that goes on.
_FEW = 0.01  # of the words

SKETCH, SKETCH_PART = 24, 16  # shingles of a sketch: so many; of a long text, one in so many
_FAVOUR = 5  # bits: one with a number comes into the sketch before 32 others; forms would all meet in the others
_LEAST_SHARED = 2
_ESTIMATE = 0.2  # of the sketches in common, at least, to be looked at exactly

# Signs of vowels and the like are no letters to Python: of Latin, Hebrew, Arabic, and of the scripts of India.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0971-\u0dff"
_TOKEN = re.compile(
    rf"\d+|[{UNSPACED_CLASS}]|(?:(?![{UNSPACED_CLASS}])[^\W\d_])(?:(?![{UNSPACED_CLASS}])[^\W\d_]|(?!\d)[{_MARKS}])*"
)
_BREAK = re.compile(r"[^\s,'’-]")  # behind it a capital makes no name
_PRIME, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True, slots=True, eq=False)
class Shingled:
    """A text taken apart. `numbers` and `names` say of each word whether it is one."""

    words: NDArray[np.uint64]
    shingles: NDArray[np.uint64]
    numbers: NDArray[np.bool_]
    names: NDArray[np.bool_]
    width: int
    key: bytes  # the same for texts of the same words

    def __len__(self) -> int:
        return len(self.words)

    def sketch(self) -> NDArray[np.int64]:
        """Some of the shingles, ascending: those that come first in an order that is the same for all texts."""
        with_number = np.zeros(len(self.shingles), np.bool_)
        for i in range(self.width):
            with_number |= self.numbers[i : i + len(self.shingles)]
        ranks = self.shingles >> np.where(with_number, np.uint64(1 + _FAVOUR), np.uint64(1))
        return np.unique(ranks)[: max(SKETCH, len(ranks) // SKETCH_PART)].astype(np.int64)


def shingled(text: str) -> Shingled | None:
    """A text taken apart; None if it is too short to be told from others."""
    text = unicodedata.normalize("NFKC", text)
    found, numbers, names = list[str](), list[bool](), list[bool]()
    unspaced = end = 0
    for match in _TOKEN.finditer(text):
        word = match[0]
        numbers.append(word[0].isdecimal())
        names.append(word[0].isupper() and end > 0 and not _BREAK.search(text, end, match.start()))
        unspaced += len(word) == 1 and not word.isascii() and UNSPACED.match(word) is not None
        found.append(word.casefold())
        end = match.end()
    is_unspaced = 2 * unspaced > len(found)
    if len(found) < (LEAST_UNSPACED if is_unspaced else LEAST):
        return None
    hashes = {word: int.from_bytes(blake2b(word.encode(), digest_size=8).digest()) for word in set(found)}
    words = np.array([hashes[word] for word in found], np.uint64)
    width = WIDTH_UNSPACED if is_unspaced else WIDTH
    key = blake2b(words.tobytes(), digest_size=16).digest()
    return Shingled(words, _shingles(words, width), np.array(numbers), np.array(names), width, key)


def _shingles(words: NDArray[np.uint64], width: int) -> NDArray[np.uint64]:
    """The hash of each run of `width` words."""
    number = len(words) - width + 1
    hashes = np.zeros(number, np.uint64)
    for i in range(width):
        hashes = hashes * _PRIME + words[i : i + number]
        hashes ^= hashes >> np.uint64(29)
    hashes *= _MIX
    return hashes ^ (hashes >> np.uint64(32))


def may_be_alike(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """What sketches say, as far as both reach."""
    reach = min(one[-1], other[-1])
    least = min(int(np.searchsorted(one, reach, "right")), int(np.searchsorted(other, reach, "right")))
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared >= max(_LEAST_SHARED, _ESTIMATE * least)


def similarity(one: Shingled, other: Shingled) -> float | None:
    """How much of the shorter text stands in the longer one, 0 to 1; None if they are different texts."""
    short, long = (one, other) if (len(one), one.key) <= (len(other), other.key) else (other, one)
    if short.key == long.key:
        return 1.0
    if short.width != long.width or len(short) < LEAST_PART * len(long):
        return None
    common = _common(short, long)
    share = float(common.mean())
    if share < ALIKE:
        return None
    in_slots = ~common & (_gaps(common) <= _SLOT * short.width)
    if not all(_keeps(common, in_slots, which) for which in (short.numbers, short.names)):
        return None
    return round(share, 3)


def _common(short: Shingled, long: Shingled) -> NDArray[np.bool_]:
    """Of each word of the one, whether it stands in a run that the other has too."""
    begins = np.isin(short.shingles, long.shingles)
    common = np.zeros(len(short), np.bool_)
    for i in range(short.width):
        common[i : i + len(begins)] |= begins
    return common


def _gaps(common: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Of each word the length of its gap between common runs; 0 inside a run."""
    edges = np.diff(np.concatenate(([False], ~common, [False])).astype(np.int8))
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    lengths = np.zeros(len(common), np.int64)
    lengths[~common] = np.repeat(ends - begins, ends - begins)
    return lengths


def _keeps(common: NDArray[np.bool_], in_slots: NDArray[np.bool_], which: NDArray[np.bool_]) -> bool:
    """Whether a reprint would keep so many of its numbers, or names, as these texts have in common."""
    all_, kept = int(which.sum()), int((which & common).sum())
    slots = int((which & in_slots).sum())
    # One more is counted on both sides, so that a single one decides nothing.
    return (
        (kept + 1) / (all_ + 1) >= max(_OF_ALL, _OF_SHARE * float(common.mean()))
        or (kept + 1) / (kept + slots + 1) >= _OF_SLOTS
        or slots < _FEW * len(common)
    )
