"""Text to tree: scripts and their like cut out by a linear scanner, one parse, and limits on what comes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlComment, HtmlElement

from archive.extract.decode import legal_references, without_controls
from archive.extract.mend import mend_markup, mend_tree

MAX_INPUT = 16_000_000  # bytes of a page that are looked at
MAX_MARKUP = 4_000_000  # bytes that are left for the parser once scripts are cut
MAX_JSON_LD = 1_000_000  # bytes of all JSON-LD together
MAX_JSON_LD_SCRIPTS = 200
MAX_TAG = 4096  # bytes of one tag; beyond it, one with many attributes keeps its name only
MAX_ATTRIBUTES = 100
MAX_DEPTH = 60  # levels that are left of a page which nests deeper than PARSER_DEPTH, implied ones not counted
PARSER_DEPTH = 250  # libxml2 stops reading at 256
SUSPICIOUS_ATTRIBUTES = 30_000  # signs of equality in one page's markup

_OPENING = re.compile(rb"<(?:(script|style|svg)(?=[\s/>])|!--)")
_LD = re.compile(rb"ld\+json|json\+ld")
_LONG_TAG = re.compile(rb"<([a-zA-Z][\w:-]{0,40})[^<>]{%d,}>" % MAX_TAG)
_BRACKETED = re.compile(rb"""=\s?(?:"[^"<>]*[<>][^"]*"|'[^'<>]*[<>][^']*')""")
_TOKEN = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9-]*)([^<>]*)>")
_UNCOUNTED = frozenset(
    b"area base br col embed hr img input link meta source track wbr p li td th tr dt dd option thead tbody".split()
)
_INLINE = frozenset(
    b"a abbr b bdi bdo big cite code del em font i ins kbd mark q s small span strong sub sup u".split()
)


@dataclass(slots=True)
class Parsed:
    """The tree without scripts, styles, drawings and comments; JSON-LD apart; `notes` say which limits were hit.
    `source`: the bytes it was read from, scripts included."""

    root: HtmlElement
    json_ld: list[str]
    notes: list[str] = field(default_factory=list)
    source: bytes = b""


def parse(data: bytes) -> Parsed | None:
    """UTF-8 bytes as a tree of lxml.html elements; None if there is no element in it at all."""
    notes: list[str] = []
    if len(data) > MAX_INPUT:
        notes.append(f"only the first {MAX_INPUT} bytes of the page were read")
        data = data[:MAX_INPUT]
    markup, json_ld = cut(data)
    markup, never_closed = mend_markup(markup)
    if len(markup) > MAX_MARKUP:
        notes.append(f"only the first {MAX_MARKUP} bytes of the page's markup were read")
        markup = markup[:MAX_MARKUP]
    markup = legal_references(without_controls(markup))
    if markup.count(b"=") > SUSPICIOUS_ATTRIBUTES:  # only then can one tag hide thousands behind its quotes
        markup = _BRACKETED.sub(b"=x", markup)
    if (
        max(map(len, markup.split(b"<"))) > MAX_TAG
    ):  # else no tag can be as long, and the search would be for nothing
        markup = _LONG_TAG.sub(_shorten, markup)
    root = _tree(markup)
    if root is not None and _depth(root) >= PARSER_DEPTH:
        notes.append(f"elements nested deeper than {MAX_DEPTH} levels were flattened")
        root = _tree(flatten(markup))
    if root is None:
        return None
    mend_tree(root, never_closed)
    return Parsed(root, json_ld, notes, data)


def cut(data: bytes) -> tuple[bytes, list[str]]:
    """UTF-8 markup without script, style, svg and comments, and the texts of its JSON-LD scripts.

    Linear: every byte is searched once for an opening and once for each kind of end; an end that was not
    found is not looked for again. What is never closed is taken out to the end if it is a script or a style
    (a browser shows none of it), and loses only its opening if it is a comment or a drawing.
    """
    low = data.lower()
    kept: list[bytes] = []
    json_ld: list[str] = []
    ld_size = position = 0
    missing: set[bytes] = set()
    for match in _OPENING.finditer(low):
        start = match.start()
        if start < position:
            continue
        name = match[1] or b"!--"
        end_mark = b"-->" if name == b"!--" else b"</" + name
        end = -1 if name in missing else low.find(end_mark, match.end())
        if end < 0:
            missing.add(name)
            kept.append(data[position:start])
            if name in (b"script", b"style"):
                return b"".join(kept), json_ld
            position = match.end()
            continue
        kept.append(data[position:start])
        if name == b"script":
            opened = low.find(b">", match.end(), end)
            content = data[opened + 1 : end] if opened >= 0 else b""
            fits = ld_size + len(content) <= MAX_JSON_LD and len(json_ld) < MAX_JSON_LD_SCRIPTS
            if opened >= 0 and fits and _LD.search(low, match.end(), opened):
                json_ld.append(content.decode("utf-8", "replace"))
                ld_size += len(content)
        closed = end + 3 if name == b"!--" else low.find(b">", end) + 1
        position = closed or len(data)
        kept.append(b" " if name == b"svg" else b"")
    kept.append(data[position:])
    return b"".join(kept), json_ld


def _shorten(match: re.Match[bytes]) -> bytes:
    """Attributes cost the parser the square of their number: a tag with too many keeps its name only."""
    tag = match[0]
    return b"<" + match[1] + b">" if len(tag.split()) > MAX_ATTRIBUTES and tag.count(b"=") != 1 else tag


def _tree(markup: bytes) -> HtmlElement | None:
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    lookup = etree.ElementDefaultClassLookup(element=HtmlElement, comment=HtmlComment)
    parser.set_element_class_lookup(lookup)  # in C: a Python call for every node is saved
    try:
        root = etree.fromstring(markup, parser)
    except (etree.LxmlError, ValueError):
        return None
    return root if isinstance(root, HtmlElement) else None


def _depth(root: HtmlElement) -> int:
    """Depth of the deepest branch, looked for only as far as the last element (where the parser stopped)."""
    deepest, node = 0, root
    while len(node):
        deepest, node = deepest + 1, node[-1]
    return deepest


def flatten(markup: bytes) -> bytes:
    """The same markup without the tags that open below `MAX_DEPTH`; a block's tag leaves a line break."""
    depth = 0

    def shallow(match: re.Match[bytes]) -> bytes:
        nonlocal depth
        name = match[2].lower()
        if name in _UNCOUNTED or match[3].endswith(b"/"):
            return match[0]
        if not match[1]:
            depth += 1
            too_deep = depth > MAX_DEPTH
        else:
            too_deep = depth > MAX_DEPTH
            depth = max(0, depth - 1)
        if not too_deep:
            return match[0]
        return b" " if name in _INLINE else b"<br>"

    return _TOKEN.sub(shallow, markup)
