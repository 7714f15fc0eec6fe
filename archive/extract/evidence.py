"""What one page adds to the knowledge of its site's furniture: a short number for each of its lines.

An entry has 64 bits, little-endian: 48 of a hash of the line without case, punctuation and white space, and 16 of
marks. The lines of the body come first, in their order, then what stands beside it, by hash. Of 10 million
different lines on one site two are expected to share a hash, and one such pair never counts for much.
"""

from __future__ import annotations

import hashlib
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.extract.text import count, key, line_key

if TYPE_CHECKING:
    from archive.extract.outline import Line

MAX_LINES = 2000  # of a page, the body's first
MAX_AUTHORS = 8


# Bits of an entry's lower half.
WORDS = 63  # how many words the line has, at most so many
KEPT = 64  # it stands in the body, after cleaning
LINKED = 128  # most of it leads to other pages
HEADING = 256
AUTHOR = 512  # no line, but an author of the page
CONFIDENCE = 15 << 10  # of the model that it is text of the article, in 15 steps; 0: not asked


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, taken apart."""

    key: int
    marks: int

    @property
    def words(self) -> int:
        return self.marks & WORDS

    @property
    def confidence(self) -> float | None:
        step = (self.marks & CONFIDENCE) >> 10
        return (step - 0.5) / 15 if step else None


def hash_of(text: str) -> int:
    """The number that stands for a line: 48 bits of BLAKE2b (RFC 7693) of its `line_key`; 0 if it has no word."""
    return _hash(line_key(text))


def _hash(said: str) -> int:
    if not said:
        return 0
    return int.from_bytes(hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=6).digest(), "little")


def author_hash(name: str) -> int:
    return _hash(f"author\n{key(name)}")


def gather(
    page: Iterable[Line], body: Sequence[str], authors: Iterable[str] = (), confidence: Sequence[float | None] = ()
) -> bytes:
    """The evidence of one page: 8 bytes for each of its different lines, at most `MAX_LINES`.

    `page`: all lines of the page; `body`: those that are left after cleaning; `confidence`: of each of them, 0 to
    1, if the model was asked. Lines beside the body that are mostly links are left out: they change with every
    capture and are no text.
    """
    from archive.extract.outline import Around  # needs lxml, which those who only read evidence do not

    around: dict[str, int] = {}
    for line in page:
        if said := line.key:
            marks = HEADING if line.around & Around.HEADING else 0
            if line.linked * 2 > line.chars:
                marks |= LINKED
            around[said] = around[said] & marks | (around[said] | marks) & HEADING if said in around else marks
    kept: dict[int, int] = {}
    for i, text in enumerate(body):
        if (said := line_key(text)) and (number := _hash(said)) not in kept:
            sure = confidence[i] if i < len(confidence) else None
            kept[number] = _words(said) | KEPT | around.pop(said, 0) | _step(sure)
    beside = {_hash(said): _words(said) | marks for said, marks in around.items() if not marks & LINKED}
    people = {author_hash(name): AUTHOR for name in list(authors)[:MAX_AUTHORS]}
    return _pack(people, kept, {number: marks for number, marks in beside.items() if number not in kept})


def _words(said: str) -> int:
    return min(count(said), WORDS)


def _step(confidence: float | None) -> int:
    """0 to 1 as 1 to 15."""
    return 0 if confidence is None else (1 + min(14, max(0, int(confidence * 15)))) << 10


def _pack(people: dict[int, int], kept: dict[int, int], beside: dict[int, int]) -> bytes:
    entries = [number << 16 | marks for part in (people, kept) for number, marks in part.items()][:MAX_LINES]
    entries += sorted(number << 16 | marks for number, marks in beside.items())[: MAX_LINES - len(entries)]
    return struct.pack(f"<{len(entries)}Q", *entries)


def numbers(lines: bytes) -> tuple[int, ...]:
    """The entries of a page as they are stored: `key << 16 | marks`."""
    return struct.unpack_from(f"<{len(lines) // 8}Q", lines)


def split(lines: bytes) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The entries of a page as they are stored: its authors, the lines of its body, those beside it."""
    found = numbers(lines)
    people = bisect_left(found, True, hi=min(len(found), MAX_AUTHORS), key=lambda n: not n & AUTHOR)
    body = bisect_left(found, True, lo=people, key=lambda n: not n & KEPT)
    return found[:people], found[people:body], found[body:]


def entries(lines: bytes) -> Iterator[Entry]:
    """The entries of a page, taken apart."""
    return (Entry(number >> 16, number & 0xFFFF) for number in numbers(lines))


def merge(one: bytes, other: bytes) -> bytes:
    """The evidence of two captures whose bodies read the same; the order in which they come does not matter."""
    if one == other or not other:
        return one
    if not one:
        return other
    people: dict[int, int] = {}
    kept: dict[int, int] = {}
    beside: dict[int, int] = {}
    for number in (*numbers(one), *numbers(other)):
        marks = number & 0xFFFF
        part = people if marks & AUTHOR else kept if marks & KEPT else beside
        part[number >> 16] = _both(part.get(number >> 16), marks)
    return _pack(people, kept, {number: marks for number, marks in beside.items() if number not in kept})


def _both(one: int | None, other: int) -> int:
    """Marks of one line on two captures: the greater confidence, and what either says."""
    if one is None:
        return other
    sure = max(one & CONFIDENCE, other & CONFIDENCE)
    return (one | other) & ~CONFIDENCE | sure
