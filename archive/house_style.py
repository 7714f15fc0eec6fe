"""The house style of a page: which template it was made with, whatever its text says.

`skeleton` is what two pages of one template have nearly all in common: compare two of them by `likeness`. `fingerprint`
is a short name for its steadiest part, to group pages by: the outer levels, without boxes that come and go (related
links, newsletters, comments). Pages of one template mostly share it, those of two templates hardly ever. Nothing here
looks at text, ids or numbers in classes; same bytes, same answer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from archive.extract.containers import CATEGORIES, categories
from archive.extract.decode import decode
from archive.extract.parse import parse

# Elements that lay a page out. How many there are of one kind, and what stands in text, is the article's own.
STRUCTURE = frozenset(
    ("div", "section", "main", "article", "aside", "header", "footer", "nav", "form", "center", "table", "td")
)
# Of these, what comes and goes from page to page of one template, by its tag or by what its classes say.
OPTIONAL = frozenset(("aside", "form", "nav", "table", "td"))
_BOXES = frozenset(
    number for number, name in enumerate(CATEGORIES)
    if name in ("related", "newsletter", "caption", "author", "share", "comment", "ad", "tags", "embed")
)  # fmt: skip
DEEP = 10  # levels of a skeleton
FLAT = 2  # levels that a fingerprint looks at
MOST_ELEMENTS = 5000  # of a page, that are looked at
_CLASSES = 3  # of an element
_CLASS_LENGTH = 40
_CLASSES_LENGTH = 400
# Classes that name the article and not the style: `postid-17`, `category-politics`.
_OF_CONTENT = re.compile(
    r"(?:post|postid|page|pageid|id|category|cat|tag|term|author|section|topic|format)-(?!content|body|text)"
)
_PARTS = re.compile(r"[-_:/.]+")
_MADE = re.compile(r"\d|[a-z][A-Z]+[a-z]+[A-Z]|^[^aeiouyAEIOUY]{5,}$")  # by a program, anew with each build
_VERSION = re.compile(r"[\d.]+.*")


def fingerprint(html: bytes) -> str:
    """The name of a page's template: 12 hex digits; of bytes without any element "" (no style at all).

    `html`: the page, its content codings undone, in any charset.
    """
    tokens = _tokens(html, FLAT, _is_lasting)
    if not tokens:
        return ""
    return hashlib.sha256("\n".join(sorted(tokens)).encode("utf-8")).hexdigest()[:12]


def skeleton(html: bytes) -> frozenset[str]:
    """The parts of a page's template: elements with their classes within their parents, each pair once, and what the
    head declares: "div.site>main", "head:generator=wordpress". Empty if there is no element in it.
    """
    return frozenset(_tokens(html, DEEP, _lays_out))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """How much two skeletons have in common, 0 to 1 (Jaccard); 1 of two that are empty."""
    return len(one & other) / len(one | other) if one or other else 1.0


def _tokens(html: bytes, depth: int, counts: Callable[[HtmlElement], bool]) -> set[str]:
    parsed = parse(decode(html)[0])
    if parsed is None:
        return set()
    found = set(_declared(parsed.root))
    if parsed.json_ld:
        found.add("head:json-ld")
    body = parsed.root.find("body")
    if body is not None:
        found.update(_pairs(body, depth, counts))
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


def _pairs(body: HtmlElement, depth: int, counts: Callable[[HtmlElement], bool]) -> Iterator[str]:
    """Each element that lays out within its parent, down to so many levels: one that is new changes no more than
    what stands around it."""
    yield (name := _name(body))
    waiting, seen = [(body, name, 1)], 0
    while waiting:
        element, name, level = waiting.pop()
        looked_at = list(islice(element, MOST_ELEMENTS - seen))
        seen += len(looked_at)
        children = [child for child in looked_at if counts(child)]
        below = level + (len(children) > 1)  # what only wraps another element is no level
        for child in children:
            own = _name(child)
            yield f"{name}>{own}"
            if below <= depth:
                waiting.append((child, own, below))


def _lays_out(element: HtmlElement) -> bool:
    return element.tag in STRUCTURE


def _is_lasting(element: HtmlElement) -> bool:
    if element.tag not in STRUCTURE or element.tag in OPTIONAL:
        return False
    return _BOXES.isdisjoint(categories(" ".join(steady(element.get("class") or "")), ""))


def _name(element: HtmlElement) -> str:
    classes = steady(element.get("class") or "")
    return ".".join((str(element.tag), *classes))


@lru_cache(maxsize=8192)
def steady(classes: str) -> tuple[str, ...]:
    """The first classes of an element by alphabet, without what changes from article to article or build to build, and
    without kinds of a class that is there as well (`story story-wide`)."""
    found = {word for raw in classes[:_CLASSES_LENGTH].split() if (word := _steady(raw[:_CLASS_LENGTH]))}
    kept = (word for word in sorted(found) if not any(word.startswith(f"{other}-") for other in found))
    return tuple(islice(kept, _CLASSES))


def _steady(word: str) -> str:
    if _OF_CONTENT.match(word):
        return ""
    return "-".join(part.lower() for part in _PARTS.split(word) if part and not _MADE.search(part))
