"""Regular expressions of rules: checked before use so that none can take long on a text of `MAX_TEXT` characters.

Python's `re` goes back and tries again; how often, at most, follows from the expression. `check` counts the ways in
which its repetitions can share out a text, over the parse tree that `re` itself makes, and refuses what has too many.
"""

from __future__ import annotations

import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser  # type: ignore[import-not-found]
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import comb
from typing import Any

MAX_LENGTH = 500  # characters of an expression
MAX_TEXT = 200  # characters of a text that is looked at
MAX_STEPS = 300_000_000  # of the matching engine, at worst: a second or two
MANY = 20  # repetitions beyond which only the text's length is the limit
FEW = 3
MAX_SCAN = 50
DATE_GROUPS = ("year", "month", "day", "hour", "minute", "second", "half", "zone")
_CATEGORIES = {
    sre.CATEGORY_DIGIT: str.isdecimal,
    sre.CATEGORY_NOT_DIGIT: lambda c: not c.isdecimal(),
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    sre.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    sre.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}
_SAMPLE = "".join(map(chr, [*range(0x3100), *range(0x3100, 0x10000, 61)]))
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_ENDS = (sre.AT_END, sre.AT_END_STRING)
_ONE = (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN)


def check(pattern: str, groups: Iterable[str] = ()) -> re.Pattern[str]:
    """The compiled expression. `groups`: names that its groups may have.

    :raises ValueError: what is wrong with it and what to do.
    """
    if len(pattern) > MAX_LENGTH:
        raise ValueError(f"has more than {MAX_LENGTH} characters")
    try:
        compiled = re.compile(pattern)
        tree = re._parser.parse(pattern)
    except (re.error, RecursionError, OverflowError) as e:
        raise ValueError(f"is no regular expression: {e}") from e
    known = tuple(groups)
    if unknown := [name for name in compiled.groupindex if name not in known]:
        may = f"known: {', '.join(known)}" if known else "groups have no names here"
        raise ValueError(f"has a group named {unknown[0]!r}; {may}")
    if compiled.search("") is not None:
        raise ValueError("matches the empty text, so it says nothing: use + instead of *")
    cost = _Cost(bool(compiled.flags & re.IGNORECASE))
    cost.sequence(list(tree), (None,))
    if cost.steps(_anchored(list(tree))) > MAX_STEPS:
        raise ValueError(
            "can take very long: too many of its * and + can share out the same text; use fewer, let each end at a"
            " character that it cannot match itself ([^,]+,), or begin with ^"
        )
    return compiled


def _anchored(items: Sequence[Any]) -> bool:
    return bool(items) and items[0] == (sre.AT, sre.AT_BEGINNING)


class _Cost:
    """Counts what multiplies: open repetitions, which share one text, and everything else by its number of ways.

    A repetition whose characters cannot be those of what follows ends in one place only and multiplies nothing;
    but it is run through again for each way of what stands before it (`scan`).
    """

    def __init__(self, any_case: bool) -> None:
        self.any_case = any_case
        self.open = 0  # repetitions without a small limit
        self.ways = 1
        self.scan = 1

    def steps(self, anchored: bool) -> int:
        """At most: places to begin, times the ways to share out the text between open repetitions, times the rest."""
        begins = 1 if anchored else MAX_TEXT
        return begins * comb(MAX_TEXT + self.open, self.open) * self.ways * self.scan

    def sequence(self, items: list[Any], after: tuple[Any, ...]) -> None:
        """`after`: the items of which one follows; None is the end of the expression."""
        for i, item in enumerate(items):
            self.item(item, _first(items[i + 1 :], after))

    def item(self, item: Any, after: tuple[Any, ...]) -> None:
        what, value = item
        if what in _REPEATS:
            least, most, inner = value
            self.repeat(least, most, list(inner), what, after)
        elif what is sre.SUBPATTERN:
            self.sequence(list(value[3]), after)
        elif what is sre.ATOMIC_GROUP:
            self.sequence(list(value), after)
        elif what is sre.BRANCH:
            self.ways *= max(1, len(value[1]))
            for branch in value[1]:
                self.sequence(list(branch), after)
        elif what in (sre.ASSERT, sre.ASSERT_NOT):
            self.sequence(list(value[1]), (None,))
        elif what in (sre.GROUPREF, sre.GROUPREF_EXISTS):
            raise ValueError("refers back to a group (\\1): that is not possible here")

    def repeat(self, least: int, most: int, inner: list[Any], what: Any, after: tuple[Any, ...]) -> None:
        spread = min(most, MAX_TEXT) - min(least, MAX_TEXT)
        if most > 1:
            self.body(inner, most, after)
        else:
            self.sequence(inner, after)
        if spread == 0 or what is sre.POSSESSIVE_REPEAT:
            return
        if len(inner) == 1 and self.ends_once(inner[0], after):
            self.scan = max(self.scan, min(spread, MAX_SCAN))
        elif spread > MANY:
            self.open += 1
        else:
            self.ways *= spread + 1

    def body(self, inner: list[Any], most: int, after: tuple[Any, ...]) -> None:
        """What is repeated more than once may be matched in one way only, or only a few times."""
        one = _Cost(self.any_case)
        one.sequence(inner, (*_first(inner, after), *after))
        self.scan = max(self.scan, one.scan)
        if not one.open and one.ways == 1:
            return
        if most > FEW:
            raise ValueError(
                "has repetitions or alternatives inside of a repetition, such as (a+)+ or (a|b)*: that can take very"
                " long; write [ab]* or take one of them out"
            )
        self.open += one.open * most
        self.ways *= one.ways**most

    def ends_once(self, item: Any, after: tuple[Any, ...]) -> bool:
        """Whether a repetition of this item can end in one place only."""
        if item[0] not in _ONE:
            return False
        mine = _characters(item, self.any_case)
        return all(x is None or (x[0] in _ONE and not mine & _characters(x, self.any_case)) for x in after)


def _first(items: Sequence[Any], after: tuple[Any, ...]) -> tuple[Any, ...]:
    """The items of which one stands for the next character; None where the text or the expression may end."""
    found: dict[int, Any] = {}
    open_end = _collect(items, found)
    return (*found.values(), *(after if open_end else ()))


def _collect(items: Iterable[Any], found: dict[int, Any]) -> bool:
    """Adds the first items of a sequence; -> whether it may match nothing, so that what follows it counts too."""
    for item in items:
        what, value = item
        if what in (sre.ASSERT, sre.ASSERT_NOT) or (what is sre.AT and value not in _ENDS):
            continue
        if what is sre.AT:
            found[id(item)] = None
            return False
        if what is sre.SUBPATTERN:
            empty = _collect(value[3], found)
        elif what is sre.ATOMIC_GROUP:
            empty = _collect(value, found)
        elif what is sre.BRANCH:
            can_be = [_collect(branch, found) for branch in value[1]]
            empty = any(can_be)
        elif what in _REPEATS:
            empty = _collect(value[2], found) or value[0] == 0
        else:
            found[id(item)] = item
            empty = False
        if not empty:
            return False
    return True


def _characters(item: Any, any_case: bool) -> frozenset[str]:
    """Those of a sample that one item matches."""
    what, value = item
    if what is sre.IN:
        return _of_set(tuple(value), any_case)
    if what is sre.ANY:
        return frozenset(_SAMPLE)
    literal = _both(chr(value), any_case)
    return literal if what is sre.LITERAL else frozenset(_SAMPLE) - literal


@lru_cache(maxsize=256)
def _of_set(items: tuple[Any, ...], any_case: bool) -> frozenset[str]:
    found: set[str] = set()
    for what, value in items:
        if what is sre.LITERAL:
            found |= _both(chr(value), any_case)
        elif what is sre.RANGE:
            low, high = value
            span = {c for c in _SAMPLE if low <= ord(c) <= high} | {chr(low), chr(high)}
            found |= {each for c in span for each in _both(c, any_case)} if any_case else span
        elif what is sre.CATEGORY:
            found |= set(filter(_CATEGORIES[value], _SAMPLE))
    return frozenset(_SAMPLE) - found if items and items[0][0] is sre.NEGATE else frozenset(found)


def _both(c: str, any_case: bool) -> frozenset[str]:
    return frozenset((c, c.lower(), c.upper())) if any_case else frozenset((c,))
