"""Two records of one page compared field by field: what both say, what differs, and how, word by word.

A record is {field: value} as `archive.store.fields` makes it; of a page that shows no article it is the verdict alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.render import local_date
from archive.textdiff import CHANGED, exact_steps, opcodes
from archive.wdiff import wdiff

BODY, BLOCKS, VERDICT = "article_body", "body_blocks", "verdict"
LOOK_AHEAD = 60  # lines behind the first difference that are looked at to tell what happened there
MOST_WORDS = 600  # of a line, that are compared one by one
AROUND = 6  # words that are shown around a difference
_FIRST = (VERDICT, "headline", "description", "authors", "date_published", "date_modified", BODY, BLOCKS)


def pairs(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """{field: values before and after} of the fields that both have; of a page that shows no article before or after,
    the verdict alone. Kinds of blocks count only where they are those of the same text."""
    old, new = _by_field(old), _by_field(new)
    found = {name: (old[name], new[name]) for name in sorted(old.keys() & new.keys(), key=rank)}
    if BODY in found and found[BODY][0] != found[BODY][1]:
        found.pop(BLOCKS, None)
    return found


def kind_of(old: Any, new: Any) -> str:
    """gained (it was empty) | lost (it would be empty) | changed, of two values that differ."""
    return "gained" if is_empty(old) else "lost" if is_empty(new) else "changed"


def is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def rank(name: str) -> tuple[int, str]:
    """What fields are sorted by: the most telling first."""
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)


def _by_field(record: Mapping[str, Any]) -> dict[str, Any]:
    """Dates as the page gave them: with the offset, which is a column of its own."""
    values = dict(record)
    for name in ("date_published", "date_modified"):
        if name in values:
            values[name] = local_date(values[name], values.pop(f"{name}_offset"))
    return values


def first_difference(old: str, new: str) -> tuple[str | None, str | None, str]:
    """The first lines in which two bodies differ (None where there is none to compare with), and how, word by word."""
    before, after = old.split("\n"), new.split("\n")
    at = next((i for i, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]),
              min(len(before), len(after)))  # fmt: skip
    before, after = before[at : at + LOOK_AHEAD], after[at : at + LOOK_AHEAD]
    _, a, b, c, d = next(code for code in opcodes(before, after) if code[0] == CHANGED)
    if c == d:
        return "\n".join(before[a:b]), None, f"[-{_cut(before[a])}-]"
    if a == b:
        return None, "\n".join(after[c:d]), f"{{+{_cut(after[c])}+}}"
    return before[a], after[c], word_diff(before[a], after[c])


def word_diff(old: str, new: str) -> str:
    """Two lines in the notation of wdiff, with a few words around each difference."""
    return wdiff(exact_steps(old, new, MOST_WORDS), around=AROUND)


def _cut(text: str, length: int = 400) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
