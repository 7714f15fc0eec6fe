"""What a page needs to be shown as its readers saw it: pictures, styles and fonts. Pure.

Scripts are left out: what they would fetch cannot be known from the page, and an article is there without them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import tinycss2
from lxml import etree, html
from lxml.html import HtmlElement

from archive.urls import normalise

MOST = 200  # of one page or stylesheet
MAX_STYLES = 2 * 2**20  # characters of a stylesheet that are read
_CANDIDATE = re.compile(r"[\s,]*(\S+)([^,]*)")
_RELATIONS = frozenset({"stylesheet", "icon", "apple-touch-icon", "preload", "mask-icon"})
_PRELOADED = frozenset({"style", "font", "image"})
_LAZY = ("data-src", "data-original", "data-lazy-src")


def of_page(body: bytes, url: str, charset: str | None = None) -> list[str]:
    """Addresses of what an HTML page needs, absolute and normalised, in document order, at most `MOST`."""
    try:
        root = html.document_fromstring(body, parser=html.HTMLParser(encoding=charset, huge_tree=False))
    except (etree.ParserError, LookupError, ValueError):
        return []
    stated = next(root.iter("base"), None)
    base = (normalise(stated.get("href") or "", url) if stated is not None else None) or url
    return _distinct(_named(root), base)


def of_stylesheet(text: str, url: str) -> list[str]:
    """Addresses of what a stylesheet imports or shows: other sheets, fonts, pictures."""
    return _distinct(_in_styles(text), url)


def _named(root: HtmlElement) -> Iterator[str]:
    for e in root.iter(
        "img", "source", "picture", "link", "style", "input", "video", "image", "body", "table", "td"
    ):
        if e.tag == "link":
            yield from _of_link(e)
        elif e.tag == "style":
            yield from _in_styles(e.text or "")
        elif e.tag == "image":  # of an SVG
            yield e.get("href") or e.get("{http://www.w3.org/1999/xlink}href") or e.get("xlink:href") or ""
        else:
            if e.tag == "img" or (e.tag == "input" and e.get("type") == "image"):
                yield e.get("src") or ""
                yield from (e.get(name) or "" for name in _LAZY)
            yield e.get("poster") or ""
            yield e.get("background") or ""
            for name in ("srcset", "data-srcset"):
                yield from _candidates(e.get(name))
    for e in root.xpath("//*[@style]")[: 10 * MOST]:
        if "url(" in (style := e.get("style")):
            yield from _in_styles(f"a {{{style[:20_000]}}}")


def _of_link(e: HtmlElement) -> Iterator[str]:
    relations = set((e.get("rel") or "").lower().split())
    if relations & _RELATIONS and ("preload" not in relations or e.get("as") in _PRELOADED):
        yield e.get("href") or ""
        yield from _candidates(e.get("imagesrcset"))


def _candidates(srcset: str | None) -> Iterator[str]:
    """The addresses of a `srcset`, of which commas can be part (HTML Living Standard, 4.8.4.2.2)."""
    text, at = (srcset or "")[:20_000], 0
    while match := _CANDIDATE.match(text, at):
        address = match[1].rstrip(",")
        at = match.end(1) if address != match[1] else match.end()
        yield address


def _in_styles(text: str) -> Iterator[str]:
    """`url(...)` and `@import "..."` (CSS Syntax Level 3), wherever they stand."""
    yield from _urls(tinycss2.parse_component_value_list(text[:MAX_STYLES], skip_comments=True))


def _urls(tokens: Iterable[object]) -> Iterator[str]:
    todo = [iter(tokens)]
    importing = False
    while todo:
        token = next(todo[-1], None)
        if token is None:
            todo.pop()
            continue
        kind = getattr(token, "type", "")
        if kind == "at-keyword":
            importing = token.lower_value == "import"  # type: ignore[attr-defined]
        elif kind == "url" or (kind == "string" and importing):
            yield str(token.value)  # type: ignore[attr-defined]
            importing = False
        elif kind == "function":
            arguments = token.arguments  # type: ignore[attr-defined]
            if token.lower_name in ("url", "src"):  # type: ignore[attr-defined]
                yield from (str(a.value) for a in arguments if a.type == "string")
            else:
                todo.append(iter(arguments))
        elif hasattr(token, "content"):
            todo.append(iter(token.content))
        elif kind != "whitespace":
            importing = False


def _distinct(addresses: Iterable[str], base: str) -> list[str]:
    found: dict[str, None] = {}
    for address in addresses:
        address = address.strip()
        if not address or address.startswith(("data:", "#", "blob:", "about:")):
            continue
        if (url := normalise(address[:4000], base)) is not None:
            found[url] = None
            if len(found) >= MOST:
                break
    return list(found)
