"""Differences of words as a line of text: in the notation of wdiff, or in colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive.sentences import words
from archive.textdiff import SAME, Words


@dataclass(frozen=True, slots=True)
class Style:
    """What stands around words that are gone, and around new ones."""

    gone: tuple[str, str] = ("[-", "-]")
    new: tuple[str, str] = ("{+", "+}")


PLAIN = Style()


def wdiff(steps: Sequence[Words], style: Style = PLAIN, *, around: int | None = None) -> str:
    """One line; `around`: so many words are shown beside each difference, else all."""
    out: list[str] = []
    for n, step in enumerate(steps):
        if step.what == SAME:
            out += _around(words(step.new), around, first=n == 0, last=n == len(steps) - 1)
            continue
        out += _marked(style.gone, step.old, blank=" " if step.new else "")
        out += _marked(style.new, step.new, blank="")
    return "".join(out).strip()


def _marked(marks: tuple[str, str], text: str, blank: str) -> Iterable[str]:
    """Marks around words, inside the blanks that follow them."""
    said = text.rstrip()
    return (marks[0], said, marks[1], text[len(said) :] or blank) if text else ()


def _around(same: list[str], around: int | None, *, first: bool, last: bool) -> list[str]:
    if around is None or len(same) <= 2 * around:
        return same
    return ([] if first else same[:around]) + ["… "] + ([] if last else same[-around:])
