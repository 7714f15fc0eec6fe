"""The body of an article as lines: trafilatura behind one function, and plain paragraphs where it must not run.

This is the only place that knows trafilatura.
"""

from __future__ import annotations

import logging
import unicodedata
from configparser import ConfigParser
from typing import Any

import trafilatura
from lxml.html import HtmlElement
from trafilatura.external import jt_stoplist_init
from trafilatura.settings import use_config

from archive.extract.outline import Around, Outline
from archive.extract.text import line_key, visible

OPTIONS: dict[str, bool] = {
    "with_metadata": False,
    "include_comments": False,
    "include_tables": True,
    "include_images": False,
    "include_links": False,
    "include_formatting": False,
    "deduplicate": False,  # it would remember across calls and empty the second capture of a page
    "favor_precision": False,
    "favor_recall": False,
    "fast": False,
}
# Beyond these trafilatura takes the square of the number (or more): plain paragraphs take over.
MAX_CHILDREN = 2500
MAX_ELEMENTS = 40_000
MAX_TEXT = 2_000_000  # characters
_PROSE_WORDS = 5
GLUED = 120  # characters of a line that may hold two of the page without a blank
LABEL = 50  # characters of a label such as "Published on:"
CONFIG_VALUES = {"EXTRACTION_TIMEOUT": "0", "MIN_EXTRACTED_SIZE": "250", "MIN_OUTPUT_SIZE": "1"}


def _config() -> ConfigParser:
    config = use_config()
    for name, value in CONFIG_VALUES.items():
        config.set("DEFAULT", name, value)
    return config


_CONFIG = _config()
jt_stoplist_init()  # read once at import: nothing is opened while a page is extracted
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("justext").setLevel(logging.CRITICAL)


def limit_hit(root: HtmlElement, page: Outline) -> str | None:
    """Why trafilatura must not see this page; None if it may."""
    if page.max_children > MAX_CHILDREN:
        return f"an element has more than {MAX_CHILDREN} children"
    if len(page.sizes) > MAX_ELEMENTS:
        return f"the page has more than {MAX_ELEMENTS} elements"
    if page.sizes.get(root, 0) > MAX_TEXT:
        return f"the page has more than {MAX_TEXT} characters of text"
    return None


_UNREAD = frozenset(
    ["select", "iframe", "noscript", "link", "meta", "input", "source", "video", "audio", "object", "template"]
)
_IF_EMPTY = frozenset(["div", "section", "ul", "button", "form", "picture", "img", "figure"])
_IF_SMALL = frozenset(("nav", "footer"))
SMALL = 0.3  # of the page's characters: an unclosed nav may hold the whole article


def prune(root: HtmlElement, page: Outline) -> None:
    """Takes out what no body is in, so that the engine, which walks the tree many times, has less of it."""
    sizes = page.sizes
    small = SMALL * sizes.get(root, 0)
    for e in list(root.iter("*")):
        tag = e.tag
        if (
            tag in _UNREAD
            or (tag in _IF_EMPTY and not sizes.get(e, 1))
            or (tag in _IF_SMALL and sizes.get(e, 0) < small)
        ):
            parent = e.getparent()
            if parent is None:
                continue
            if tail := e.tail:
                before = e.getprevious()
                if before is not None:
                    before.tail = (before.tail or "") + tail
                else:
                    parent.text = (parent.text or "") + tail
            parent.remove(e)


def engine_lines(root: HtmlElement, url: str, page: Outline) -> list[str]:
    """The body as trafilatura gives it: one line a paragraph, heading or item. The tree is used up by this."""
    prune(root, page)
    options: dict[str, Any] = {**OPTIONS}
    found: Any = trafilatura.bare_extraction(root, url=url, config=_CONFIG, **options)
    return by_page(split_lines((found.text if found is not None else None) or ""), page)


def plain_lines(page: Outline) -> list[str]:
    """Paragraphs and what reads like one, in the order of the page, without navigation and without links."""
    outside = Around.NAV | Around.FORM | Around.COMMENTS | Around.CAPTION | Around.FURNITURE
    kept = []
    for line in page.lines:
        if line.around & outside or line.linked > 0.5 * line.chars:
            continue
        if line.around & Around.PARAGRAPH or len(line.text.split()) >= _PROSE_WORDS or not line.text.isascii():
            kept.append(line.text)
    return [text for line in kept for text in split_lines(line)]


def by_page(lines: list[str], page: Outline) -> list[str]:
    """The same text in the lines and the spelling that the page has: bars of a layout table and bullets of lists
    go, and a line that the engine put together from several of the page is taken apart again."""
    places: dict[str, list[int]] = {}
    keys = [line.key for line in page.lines]
    texts: dict[str, str] = {}
    for i, k in enumerate(keys):
        if k:
            places.setdefault(k.partition(" ")[0], []).append(i)
            texts.setdefault(k, page.lines[i].text)
    out: list[str] = []
    i = 0
    while i < len(lines):
        line = lines[i]
        if line.startswith("|") and (cell := line.strip("| ")) and " | " not in cell:
            line = cell
        k = line_key(line)
        taken = 1
        if k in texts:
            found = split_lines(texts[k])
        elif whole := _joined(lines, i, places, keys):
            taken, found = whole[0], split_lines(page.lines[whole[1]].text)
        elif line.endswith(":") and len(line) < LABEL and (label := _labelled(k, places, keys, page)):
            found = split_lines(label)
        else:
            found = _pieces(k, places, keys, page) or [line]
        out += found
        i += taken
    return _in_order(without_bullets(out), page)


def without_bullets(lines: list[str]) -> list[str]:
    """Items of a list that is written with bullets, two or more in a row, are lines like those of a real list."""
    marked = [False, *(line.startswith(("- ", "• ", "* ", "· ", "・")) for line in lines), False]
    return [
        line[1:].lstrip() if marked[i + 1] and (marked[i] or marked[i + 2]) else line
        for i, line in enumerate(lines)
    ]


def _labelled(k: str, places: dict[str, list[int]], keys: list[str], page: Outline) -> str | None:
    """The short line of the page that begins with a label, whose value (a time element) the engine dropped."""
    found = (page.lines[j].text for j in places.get(k.partition(" ")[0], ())[:20] if keys[j].startswith(k + " "))
    return next((text for text in found if len(text) < 2 * LABEL), None)


def _joined(lines: list[str], i: int, places: dict[str, list[int]], keys: list[str]) -> tuple[int, int] | None:
    """How many lines from `i` on make up one line of the page, which the engine broke at a link, and which."""
    k = line_key(lines[i])
    for j in places.get(k.partition(" ")[0], ())[:20]:
        if not k or not keys[j].startswith(k + " "):
            continue
        rest, n = keys[j][len(k) + 1 :], 1
        while rest and i + n < len(lines) and n < 30:
            more = line_key(lines[i + n])
            if not more or not (rest + " ").startswith(more + " "):
                break
            rest, n = rest[len(more) + 1 :], n + 1
        if not rest and n > 1:
            return n, j
    return None


def _pieces(k: str, places: dict[str, list[int]], keys: list[str], page: Outline) -> list[str]:
    """Texts of consecutive lines of the page that make up a key; empty unless they do so without a rest. A short
    line may have been put together without a blank between."""
    glued = len(k) < GLUED
    whole = k.replace(" ", "") if glued else k + " "
    for i in places.get(k.partition(" ")[0], ())[:20]:
        rest, found = whole, list[str]()
        for j in range(i, min(i + 400, len(keys))):
            if not keys[j]:
                continue
            piece = keys[j].replace(" ", "") if glued else keys[j] + " "
            if rest.startswith(piece):
                found.append(page.lines[j].text)
                rest = rest[len(piece) :]
                if not rest:
                    return [text for line in found for text in split_lines(line)]
            elif not found:
                break
    return []


def _in_order(lines: list[str], page: Outline) -> list[str]:
    """Lines that stand on the page only before the first one go to the front: the engine at times adds what it
    had left out of the head of an article behind the text."""
    last_at = {line.key: j for j, line in enumerate(page.lines)}
    at = [last_at.get(line_key(line)) for line in lines]
    if not at or at[0] is None:
        return lines
    first = line_key(lines[0])
    begin = next(j for j, line in enumerate(page.lines) if line.key == first)
    early = sorted((j, i) for i, j in enumerate(at) if j is not None and j < begin)
    moved = {i for _, i in early}
    return [lines[i] for _, i in early] + [line for i, line in enumerate(lines) if i not in moved]


def split_lines(text: str) -> list[str]:
    """NFC lines without control and invisible characters; none is empty."""
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    lines = (" ".join(visible(line).split()) for line in text.split("\n"))
    return [line for line in lines if line]
