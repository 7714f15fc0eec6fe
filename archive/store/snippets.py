"""A piece of an article around what was searched for, with the places to mark."""

from __future__ import annotations

import re
from collections.abc import Sequence

OPEN, CLOSE = "\x02", "\x03"  # clean text has no control characters
ELLIPSIS = "\u2026"
BEFORE, LENGTH = 30, 120  # characters, where words cannot be counted

Marks = tuple[tuple[int, int], ...]


def take_marks(marked: str) -> tuple[str, Marks]:
    """Text with OPEN and CLOSE around hits -> plain text on one line, and (start, end) of each hit in it."""
    out: list[str] = []
    marks: list[tuple[int, int]] = []
    length, start = 0, 0
    for piece in re.split(f"([{OPEN}{CLOSE}])", " ".join(marked.split())):
        if piece == OPEN:
            start = length
        elif piece == CLOSE:
            marks.append((start, length))
        else:
            out.append(piece)
            length += len(piece)
    return "".join(out), tuple(marks)


def around(text: str, needles: Sequence[str]) -> tuple[str, Marks]:
    """The surroundings of the first needle in a text, all needles in it marked; else the beginning of the text."""
    text = " ".join(text.split())
    alternatives = sorted(needles, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, alternatives)) or r"(?!)", re.IGNORECASE)
    first = pattern.search(text)
    start = max(0, first.start() - BEFORE) if first else 0
    piece = text[start : start + LENGTH]
    head = ELLIPSIS if start else ""
    tail = ELLIPSIS if start + LENGTH < len(text) else ""
    marks = tuple((m.start() + len(head), m.end() + len(head)) for m in pattern.finditer(piece))
    return f"{head}{piece}{tail}", marks
