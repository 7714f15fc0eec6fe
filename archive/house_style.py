"""The house style of a page: which template it was made with, whatever its text says.

`skeleton` is what two pages of one template have nearly all in common: compare two of them by `likeness`. `fingerprint`
is a short name for its steadiest part, to group pages by: equal where the templates are, and often where only an
optional part (a picture, a box) comes or goes. Nothing here looks at text; same bytes, same answer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache

from lxml.html import HtmlElement

from archive.extract.decode import decode
from archive.extract.parse import parse

# Elements that lay a page out. How many there are of one kind, and what stands in text, is the article's own.
STRUCTURE = frozenset(
    ("div", "section", "main", "article", "aside", "header", "footer", "nav", "form", "center", "table", "td")
)
DEEP = 10  # levels of a skeleton
FLAT = 3  # levels that a fingerprint looks at
MOST_ELEMENTS = 5000  # of a page, that are looked at
_CLASSES = 3  # of an element
_CLASS_LENGTH = 40
_CLASSES_LENGTH = 400
# Classes that name the article and not the style: `postid-17`, `category-politics`.
_OF_CONTENT = re.compile(
    r"(?:post|page|id|category|cat|tag|term|author|section|topic|format)-(?!content|body|text)"
)
_PARTS = re.compile(r"[-_:/.]+")
_MADE = re.compile(r"\d|[a-z][A-Z]+[a-z]+[A-Z]|^[^aeiouyAEIOUY]{5,}$")  # by a program, anew with each build
_VERSION = re.compile(r"[\d.]+.*")


def fingerprint(html: bytes) -> str:
    """The name of a page's template: 12 hex digits; of bytes without any element "" (no style at all).

    `html`: the page, its content codings undone, in any charset.
    """
    tokens = _tokens(html, FLAT)
    if not tokens:
        return ""
    return hashlib.sha256("\n".join(sorted(tokens)).encode("utf-8")).hexdigest()[:12]


def skeleton(html: bytes) -> frozenset[str]:
    """The parts of a page's template: elements with their classes within their parents, each pair once, and what the
    head declares: "div.site>main", "head:generator=wordpress". Empty if there is no element in it.
    """
    return frozenset(_tokens(html, DEEP))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """How much two skeletons have in common, 0 to 1 (Jaccard); 1 of two that are empty."""
    return len(one & other) / len(one | other) if one or other else 1.0


def _tokens(html: bytes, depth: int) -> set[str]:
    parsed = parse(decode(html)[0])
    if parsed is None:
        return set()
    found = set(_declared(parsed.root))
    if parsed.json_ld:
        found.add("head:json-ld")
    body = parsed.root.find("body")
    if body is not None:
        found.update(_pairs(body, depth))
    return found


def _declared(root: HtmlElement) -> Iterator[str]:
    """What the head says of the software: the generator without its version, and kinds of metadata."""
    for meta in root.iterfind("head/meta"):
        name = (meta.get("name") or "").strip().lower()
        if name == "generator":
            words = _VERSION.sub("", meta.get("content") or "").split()
            yield f"head:generator={words[0].lower()[:_CLASS_LENGTH] if words else ''}"
        elif name.startswith("twitter:"):
            yield "head:twitter"
        if (meta.get("property") or "").startswith("og:"):
            yield "head:open-graph"


def _pairs(body: HtmlElement, depth: int) -> Iterator[str]:
    """Each element that lays out within its parent, down to so many levels: one that is new changes no more than
    what stands around it."""
    yield (name := _name(body))
    waiting, seen = [(body, name, 1)], 0
    while waiting:
        element, name, level = waiting.pop()
        for child in element:
            seen += 1
            if seen > MOST_ELEMENTS:
                return
            if child.tag in STRUCTURE:
                own = _name(child)
                yield f"{name}>{own}"
                if level < depth:
                    waiting.append((child, own, level + 1))


def _name(element: HtmlElement) -> str:
    classes = steady(element.get("class") or "")
    return ".".join((str(element.tag), *classes))


@lru_cache(maxsize=8192)
def steady(classes: str) -> tuple[str, ...]:
    """The first classes of an element by alphabet, without what changes from article to article or build to build."""
    found = {word for raw in classes[:_CLASSES_LENGTH].split() if (word := _steady(raw[:_CLASS_LENGTH]))}
    return tuple(sorted(found)[:_CLASSES])


def _steady(word: str) -> str:
    if _OF_CONTENT.match(word):
        return ""
    return "-".join(part.lower() for part in _PARTS.split(word) if part and not _MADE.search(part))
