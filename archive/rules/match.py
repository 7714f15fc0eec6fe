"""All CSS selectors of a page's rules matched in one pass over its tree: linear in the page, whatever it nests.

Each compound of each chain is a bit. An element carries the bits of the compounds that it fulfils with all that
stand before them; a later compound looks at the bits of parent, ancestors or siblings only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lxml import etree

from archive.rules.model import Attribute, Compound, Nth, Selector

Element = Any  # of lxml, which has no types
_NONE: frozenset[str] = frozenset()
MAX_WORK = 2_000_000_000  # of libxml2 for one XPath, at worst; some seconds
MAX_CHILDREN = 2500  # of one element of a page on which XPath is tried


@dataclass(slots=True)
class _Level:
    """What is known of one open element when its children are read."""

    element: Element
    above: int = 0  # bits of the element and all its ancestors
    own: int = 0
    size: int | None = None  # children
    last: int = 0  # bits of the child before
    earlier: int = 0  # bits of all children so far
    count: int = 0  # children so far
    by_tag: dict[str, int] | None = None  # of these, by tag; only where places are asked for
    totals: dict[str, int] | None = None  # all children by tag; asked for only by what counts from the end


@dataclass(slots=True)
class _Steps:
    """Compounds by the surest mark an element must have: (bit, combinator, bit before, compound)."""

    by_id: dict[str, list[tuple[int, str, int, Compound]]] = field(default_factory=dict)
    by_class: dict[str, list[tuple[int, str, int, Compound]]] = field(default_factory=dict)
    by_tag: dict[str, list[tuple[int, str, int, Compound]]] = field(default_factory=dict)
    other: list[tuple[int, str, int, Compound]] = field(default_factory=list)
    final: dict[int, int] = field(default_factory=dict)  # last bit of a chain: index of its selector
    counting: bool = False  # whether any compound asks for places

    def add(self, compound: Compound, step: tuple[int, str, int, Compound]) -> None:
        if compound.ids:
            self.by_id.setdefault(compound.ids[0], []).append(step)
        elif compound.classes:
            self.by_class.setdefault(compound.classes[0], []).append(step)
        elif compound.tag:
            self.by_tag.setdefault(compound.tag, []).append(step)
        else:
            self.other.append(step)


def find(root: Element, selectors: Sequence[Selector]) -> list[list[Element]]:
    """The elements that each CSS selector matches, in document order; nothing for those that are XPath."""
    steps, bit = _Steps(), 1
    for i, selector in enumerate(selectors):
        for chain in selector.chains:
            before = 0
            for combinator, compound in chain:
                steps.counting |= _counts(compound)
                steps.add(compound, (bit, combinator, before, compound))
                before, bit = bit, bit << 1
            steps.final[before] = i
    found: list[list[Element]] = [[] for _ in selectors]
    if steps.final:
        _walk(root, steps, found)
    return found


def _walk(root: Element, steps: _Steps, found: list[list[Element]]) -> None:
    ends = sum(steps.final)
    level = _Level(None)
    open_levels: list[_Level] = []
    for event, e in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            level = open_levels.pop()
            continue
        if steps.counting:
            level.count += 1
            if level.by_tag is None:
                level.by_tag = {}
            level.by_tag[e.tag] = level.by_tag.get(e.tag, 0) + 1
        own = _bits(e, steps, level)
        level.last = own
        if own:
            level.earlier |= own
            for i in {i for bit, i in steps.final.items() if own & bit} if own & ends else ():
                found[i].append(e)
        open_levels.append(level)
        level = _Level(e, level.above | own, own)


def _bits(e: Element, steps: _Steps, level: _Level) -> int:
    marks = e.get("class")
    classes = frozenset(marks.split()) if marks else _NONE
    candidates = [*steps.other, *steps.by_tag.get(e.tag, ())]
    for name in classes & steps.by_class.keys() if classes else ():
        candidates += steps.by_class[name]
    if steps.by_id and (ident := e.get("id")):
        candidates += steps.by_id.get(ident, ())
    own = 0
    for bit, combinator, before, compound in candidates:
        if combinator:
            context = (
                level.above if combinator == " " else level.own if combinator == ">"
                else level.last if combinator == "+" else level.earlier
            )  # fmt: skip
            if not context & before:
                continue
        if _is(e, compound, classes, level):
            own |= bit
    return own


def _counts(compound: Compound) -> bool:
    inner = (*compound.none_of, *(one for some in compound.any_of for one in some))
    return bool(compound.places) or any(map(_counts, inner))


def _is(e: Element, wanted: Compound, classes: frozenset[str], level: _Level) -> bool:
    if wanted.tag is not None and e.tag != wanted.tag:
        return False
    if wanted.ids and any(e.get("id") != ident for ident in wanted.ids):
        return False
    if wanted.classes and not classes.issuperset(wanted.classes):
        return False
    return _is_plain(wanted) or _is_more(e, wanted, classes, level)


def _is_plain(wanted: Compound) -> bool:
    """Whether there is no more to it than its name, id and classes."""
    more = wanted.attributes or wanted.places or wanted.any_of or wanted.none_of
    return not (more or wanted.root or wanted.empty)


def _is_more(e: Element, wanted: Compound, classes: frozenset[str], level: _Level) -> bool:
    return (
        all(_has(e, attribute) for attribute in wanted.attributes)
        and all(place.holds(_place(e, place, level)) for place in wanted.places)
        and not (wanted.root and level.element is not None)
        and not (wanted.empty and (len(e) or e.text))
        and all(any(_is(e, one, classes, level) for one in some) for some in wanted.any_of)
        and not any(_is(e, one, classes, level) for one in wanted.none_of)
    )


def _place(e: Element, place: Nth, level: _Level) -> int:
    before = (level.by_tag or {}).get(e.tag, 0) if place.of_type else level.count
    if not place.from_end:
        return before
    children = level.element if level.element is not None else [e]
    if not place.of_type:
        if level.size is None:
            level.size = len(children)  # libxml2 counts them each time
        return level.size - before + 1
    if level.totals is None:
        level.totals = Counter(child.tag for child in children)
    return level.totals[e.tag] - before + 1


def _has(e: Element, wanted: Attribute) -> bool:
    value = e.get(wanted.name)
    if value is None:
        return wanted.operator == "!="
    given = wanted.value
    if wanted.any_case:
        value, given = value.lower(), given.lower()
    match wanted.operator:
        case "exists":
            return True
        case "=":
            return bool(value == given)
        case "!=":
            return bool(value != given)
        case "~=":
            return given in value.split()
        case "|=":
            return bool(value == given or value.startswith(given + "-"))
        case "^=":
            return bool(given) and bool(value.startswith(given))
        case "$=":
            return bool(given) and bool(value.endswith(given))
        case "*=":
            return bool(given) and given in value
    return False


@lru_cache(maxsize=512)
def _compiled(xpath: str) -> etree.XPath:
    return etree.XPath(xpath, smart_strings=False)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a page there is for XPath: `descent` for steps from and to what holds it, `rows` for siblings.

    libxml2 compares what each step finds with all that it has found before: that is at worst the number of pairs of
    an element and one around it, times the number of elements; for siblings the cube of their number.
    """

    descent: int
    rows: int
    most_children: int

    def allows(self, selector: Selector) -> bool:
        rows = self.rows if "-sibling" in (selector.xpath or "") else 0
        return max(self.descent, rows) <= MAX_WORK and self.most_children <= MAX_CHILDREN


def measure(root: Element) -> Size:
    """The size of a page, in one pass."""
    elements = depth = pairs = rows = most = 0
    for event, e in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        elements += 1
        pairs += depth
        children = len(e)
        rows += children**3
        most = max(most, children)
    return Size(pairs * elements, rows, most)


def evaluate(root: Element, selector: Selector) -> list[Any]:
    """Elements and texts (of attributes and text nodes) that an XPath selects, in document order.

    The caller sees to it that the page is not too large for it (`measure`).
    """
    result = _compiled(selector.xpath)(root) if selector.xpath else []
    return [x for x in result if isinstance(x, str) or hasattr(x, "tag")] if isinstance(result, list) else []
