"""Selectors as people write them: CSS read by cssselect into what `archive.rules.match` can match in one pass, or
XPath 1.0 as libxml2 takes it. What cannot be is a ValueError for people.

Of CSS (Selectors Level 4): element, *, .class, #id, [attribute] with =, ~=, |=, ^=, $=, *= and the flag i; blank, >, +
and ~ between; :not(), :is(), :where(); :first-child, :nth-child() and their kin; :empty, :root; lists with commas.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

from cssselect import SelectorError, parse
from cssselect.parser import parse_series
from lxml import etree

from archive.rules.model import Attribute, Chain, Compound, Nth, Selector

MAX_LENGTH = 1000  # characters of one selector
MAX_PARTS = 30  # compounds of one selector
MAX_NESTING = 5  # of :is() in :is()
CUT_ELEMENTS = ("script", "style", "svg")  # the parser never sees them
XPATH_BEGINS = ("/", "./", "(/", "(./")
_PLACES: dict[str, tuple[Nth, ...]] = {
    "first-child": (Nth(0, 1),),
    "last-child": (Nth(0, 1, from_end=True),),
    "only-child": (Nth(0, 1), Nth(0, 1, from_end=True)),
    "first-of-type": (Nth(0, 1, of_type=True),),
    "last-of-type": (Nth(0, 1, of_type=True, from_end=True),),
    "only-of-type": (Nth(0, 1, of_type=True), Nth(0, 1, of_type=True, from_end=True)),
}
_NTH = {
    "nth-child": (False, False),
    "nth-last-child": (False, True),
    "nth-of-type": (True, False),
    "nth-last-of-type": (True, True),
}
_KNOWN = [*_PLACES, *_NTH, "not", "is", "where", "empty", "root"]
_INSTEAD = {
    "contains": 'write XPath: //p[contains(., "words")]',
    "has": "write XPath: //div[.//h2]",
    "has-text": 'write XPath: //p[contains(., "words")]',
    "lang": "write [lang=en]",
    "link": "write a[href]",
    **dict.fromkeys(
        ("hover", "focus", "active", "visited", "target"), "a saved page has no such state, leave it out"
    ),
}
_XPATH_FUNCTIONS = {
    "last", "position", "count", "id", "local-name", "name", "string", "concat", "starts-with", "contains",
    "substring-before", "substring-after", "substring", "string-length", "normalize-space", "translate", "boolean",
    "not", "true", "false", "lang", "number", "sum", "floor", "ceiling", "round", "node", "text",
}  # fmt: skip
_XPATH_INSTEAD = {
    "matches": "XPath 1.0 has no regular expressions: contains() or starts-with()",
    "ends-with": "XPath 1.0 has none: contains()",
    "lower-case": "XPath 1.0 has none: translate()",
    "upper-case": "XPath 1.0 has none: translate()",
}
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_CALL = re.compile(r"([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)\s{0,9}\(")
_PREFIX = re.compile(r"(?<![:\w.-])([A-Za-z_][\w.-]*):(?!:)[A-Za-z_*]")
_CUT = re.compile(rf"(?:^|[/:\[(|\s])({'|'.join(CUT_ELEMENTS)})(?![\w:(-])")
_NOT_AN_ELEMENT = re.compile(r"(?:@[\w:*-]+|text\(\s*\))\)?\s*(?:\[[^\]]*\]\s*)*(?:\||$)")
_ENDS = {
    "Expected selector, got <EOF": "it ends too early",
    "Expected ident, got <EOF": "it ends too early",
}


def read(text: str, *, elements: bool = True) -> Selector:
    """A selector as written -> what can be matched. With `elements` an XPath may not end in an attribute or a text.

    :raises ValueError: what is wrong with it and what to do.
    """
    text = text.strip()
    if not text:
        raise ValueError("is empty")
    if len(text) > MAX_LENGTH:
        raise ValueError(f"has more than {MAX_LENGTH} characters")
    if not " ".join(text.split()).isprintable():
        raise ValueError("has characters that nobody sees: take them out")
    if text.startswith(XPATH_BEGINS):
        return Selector(text, xpath=_xpath(text, elements))
    chains = _css(text)
    if sum(map(len, chains)) > MAX_PARTS:
        raise ValueError(f"has more than {MAX_PARTS} parts")
    return Selector(text, chains=chains)


def counts_children(selector: Selector) -> bool:
    """Whether it counts siblings of all kinds: those that are cut out before the parser are not counted."""
    return any(
        not place.of_type and (place.a, place.b) != (0, 1)
        for chain in selector.chains
        for _, compound in chain
        for place in compound.places
    )


def _css(text: str) -> tuple[Chain, ...]:
    try:
        parsed = parse(text)
    except SelectorError as e:
        raise ValueError(f"is no CSS selector: {_explained(str(e), text)}") from e
    chains = []
    for one in parsed:
        if one.pseudo_element:
            raise ValueError("names no element: take out what begins with ::, its text is not on the page")
        chains.append(_chain(one.parsed_tree))
    for chain in chains:
        tag = chain[-1][1].tag
        if tag in CUT_ELEMENTS:
            raise ValueError(_cut(tag))
    return tuple(chains)


def _explained(said: str, text: str) -> str:
    """cssselect's words with a place that a person can find."""
    for begin, meaning in _ENDS.items():
        if said.startswith(begin):
            return meaning
    if ":not(" in text and "','" in said:
        return "write :not() once for each: div:not(.a):not(.b)"
    at = re.search(r" at (\d+)>?$", said)
    return f"it goes wrong at {text[int(at[1]) :][:20]!r}" if at else said


def _cut(tag: str | None) -> str:
    return f"means a {tag}: scripts, styles and drawings are taken out before rules are read"


def _chain(tree: Any) -> Chain:
    """From the right to the left, as cssselect nests them, turned round."""
    parts: list[tuple[str, Compound]] = []
    while type(tree).__name__ == "CombinedSelector":
        if len(parts) >= MAX_PARTS:
            raise ValueError(f"has more than {MAX_PARTS} parts")
        parts.append((tree.combinator, _compound(tree.subselector)))
        tree = tree.selector
    parts.append(("", _compound(tree)))
    return tuple(reversed(parts))


def _compound(tree: Any, level: int = 0) -> Compound:
    found: dict[str, Any] = {}
    if level > MAX_NESTING:
        raise ValueError("has :is() in :is() too many times over")

    def add(name: str, *values: Any) -> None:
        found[name] = (*values, *found.get(name, ()))  # cssselect nests the last one outermost

    while (kind := type(tree).__name__) != "Element":
        if kind == "Hash":
            add("ids", tree.id)
        elif kind == "Class":
            add("classes", tree.class_name)
        elif kind == "Attrib":
            add("attributes", _attribute(tree))
        elif kind == "Negation":
            add("none_of", _inner(tree.subselector, "not", level + 1))
        elif kind in ("Matching", "SpecificityAdjustment"):
            add("any_of", tuple(_inner(x, "is", level + 1) for x in tree.selector_list))
        elif kind == "Function" and tree.name in _NTH:
            add("places", _nth(tree))
        elif kind == "Pseudo" and tree.ident in _PLACES:
            add("places", *_PLACES[tree.ident])
        elif kind == "Pseudo" and tree.ident in ("empty", "root"):
            found[tree.ident] = True
        elif kind == "CombinedSelector":
            raise ValueError("has blanks, > or + inside :not() or :is(): only one element may stand there")
        else:
            raise ValueError(_unknown(str(getattr(tree, "name", None) or getattr(tree, "ident", "has"))))
        tree = tree.selector
    if tree.namespace not in (None, "*"):
        raise ValueError(f"has the namespace {tree.namespace}|: HTML knows none, leave it out")
    return Compound(tag=tree.element.lower() if tree.element else None, **found)


def _inner(tree: Any, name: str, level: int) -> Compound:
    if type(tree).__name__ == "CombinedSelector":
        raise ValueError(f"has blanks, > or + inside :{name}(): only one element may stand there")
    return _compound(tree, level)


def _unknown(name: str) -> str:
    close = get_close_matches(name, _KNOWN, 1)
    meant = _INSTEAD.get(name) or (f"did you mean :{close[0]}?" if close else f"known: {', '.join(_KNOWN)}")
    return f"has :{name}, which is not known here; {meant}"


def _attribute(tree: Any) -> Attribute:
    if tree.namespace not in (None, "*"):
        raise ValueError(f"has the namespace {tree.namespace}|: HTML knows none, leave it out")
    value = getattr(tree.value, "value", tree.value)
    return Attribute(
        tree.attrib.lower(), tree.operator, value or "", (getattr(tree, "flag", None) or "").lower() == "i"
    )


def _nth(tree: Any) -> Nth:
    try:
        a, b = parse_series(tree.arguments)
    except ValueError as e:
        raise ValueError(f"has :{tree.name}() with something else than a number, 2n+1, odd or even") from e
    if max(abs(a), abs(b)) > 1_000_000:
        raise ValueError(f"has :{tree.name}() with a number that is too large")
    of_type, from_end = _NTH[tree.name]
    return Nth(a, b, of_type, from_end)


def _xpath(text: str, elements: bool) -> str:
    try:
        etree.XPath(text)
    except etree.XPathError as e:
        raise ValueError(f"is no XPath: {e}") from e
    bare = _STRING.sub("''", text)
    for name in _CALL.findall(bare):
        if name in ("and", "or", "div", "mod") or name.endswith(("::node", "::text")):
            continue
        if name not in _XPATH_FUNCTIONS:
            close = get_close_matches(name, sorted(_XPATH_FUNCTIONS), 1)
            meant = _XPATH_INSTEAD.get(name) or (f"did you mean {close[0]}()?" if close else "XPath 1.0 has none")
            raise ValueError(f"has the function {name}(), which is not known; {meant}")
    if match := _PREFIX.search(bare):
        raise ValueError(f"has the namespace {match[1]}:, and HTML knows none; leave it out")
    if "$" in bare:
        raise ValueError("has a variable ($), and there are none")
    if "preceding::" in bare or "following::" in bare:
        raise ValueError("takes the square of the page's size: write preceding-sibling:: or following-sibling::")
    _refuse_costly(bare)
    if match := _CUT.search(bare):
        raise ValueError(_cut(match[1]))
    if elements and _NOT_AN_ELEMENT.search(bare):
        raise ValueError("names an attribute or a text: end it with the element")
    return text


def _refuse_costly(bare: str) -> None:
    """A path from the root inside of brackets is walked again for every element, siblings of siblings as well."""
    depth = 0
    before = ""
    for i, c in enumerate(bare):
        if depth > 1 and bare.startswith("-sibling", i):
            raise ValueError(
                "looks at siblings inside of [ ] in [ ]: that can take very long; do without one of them"
            )
        depth += (c == "[") - (c == "]")
        if c == "/" and depth and before in ("", "[", "(", "|", "=", "<", ">", ",", "+", "-"):
            raise ValueError("looks from the page's root inside of [ ]: begin there with ./ or .//")
        if not c.isspace():
            before = c
    if bare.count("//") + bare.count("descendant") > 4:
        raise ValueError("has more than four //: name fewer elements on the way")
