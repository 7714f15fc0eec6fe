"""One pass over the tree, from the leaves up: its lines of text with what stands around them, and sizes.

Everything that compares a line of the body with its place on the page, looks for a byline near the headline
or weighs text against links works on this, so that no text is gathered twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from archive.extract.text import line_key


class Around:
    """Bits for what a line stands in: its block and all that contain it. Plain numbers: an enum costs too much here."""

    NAV = 1  # nav, aside, footer
    FURNITURE = 2  # a class or id that names furniture
    CAPTION = 4
    FIGURE = 8
    HEADING = 16
    CELL = 32
    HEADER = 64
    ITEM = 128
    QUOTE = 256
    ARTICLE = 512  # article, main, itemprop=articleBody
    FORM = 1024  # form, button, select, label
    LINK = 2048
    COMMENTS = 4096
    SUMMARY = 8192
    PARAGRAPH = 16384


BLOCKS = frozenset(
    ["p", "div", "section", "article", "main", "aside", "header", "footer", "nav", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "table", "tr", "td", "th", "caption", "figure", "figcaption", "blockquote", "pre", "form", "fieldset", "legend", "address", "hr", "details", "summary", "body", "center", "tbody", "thead", "tfoot", "html", "hgroup", "menu", "dir", "template", "iframe", "picture", "video", "audio", "option", "select", "button", "textarea"]
)
SKIPPED = frozenset(["script", "style", "head", "template", "noscript", "iframe", "select", "textarea", "object", "svg", "math", "title", "meta", "link"])
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BY_TAG = {
    "nav": Around.NAV, "aside": Around.NAV, "footer": Around.NAV, "figcaption": Around.CAPTION,
    "figure": Around.FIGURE, "td": Around.CELL, "th": Around.CELL, "header": Around.HEADER, "li": Around.ITEM,
    "blockquote": Around.QUOTE, "article": Around.ARTICLE, "main": Around.ARTICLE, "form": Around.FORM,
    "button": Around.FORM, "label": Around.FORM, "summary": Around.SUMMARY, "p": Around.PARAGRAPH,
    **dict.fromkeys(HEADINGS, Around.HEADING),
}  # fmt: skip
_FURNITURE_TAGS = frozenset(["div", "section", "aside", "p", "ul", "footer", "nav", "span", "li"])
_FURNITURE = re.compile(
    r"(?i)(?:^|[-_ ])(?:related|newsletter|promo|recommend\w{0,12}|caption|credit|author-?bio|bio|about-author"
    r"|read-?more|more-on|teaser|outbrain|taboola|paywall|subscribe|signup|sign-up|social|share|copyright|tags?"
    r"|breadcrumbs?|kicker|subscription|comments?)(?:[-_ ]|$)"
)
_COMMENTS = re.compile(r"(?i)(?:^|[-_ ])(?:comments?|disqus|kommentare?|commentaires?)(?:[-_ ]|$)")
MARK_LENGTH = 400  # characters of a class or id that are looked at


@dataclass(slots=True)
class Line:
    """A stretch of text that a browser would begin on a line of its own."""

    text: str
    around: int  # bits of Around
    block: HtmlElement
    chars: int  # without blanks at the ends of its pieces
    linked: int  # of these, inside links that leave the page
    anchored: int  # of these, inside any link
    furniture: int = -1  # index into Outline.furniture of the innermost element that names furniture

    @property
    def key(self) -> str:
        return line_key(self.text)


@dataclass(slots=True)
class Outline:
    lines: list[Line] = field(default_factory=list)
    sizes: dict[HtmlElement, int] = field(default_factory=dict)  # characters inside, in document order
    furniture: list[int] = field(default_factory=list)  # sizes of the elements that name furniture
    max_children: int = 0

    @property
    def elements(self) -> list[HtmlElement]:
        return list(self.sizes)


class _Walk:
    def __init__(self, page_url: str) -> None:
        self.outline = Outline()
        self.page = page_url.partition("#")[0]
        self.parts: list[str] = []
        self.chars = self.linked = self.anchored = self.total = 0
        self.around = 0
        self.block: HtmlElement | None = None
        self.furniture = -1
        self.in_link = self.in_leaving = 0
        self.marks: dict[tuple[str, str | None, str | None], int] = {}

    def flush(self) -> None:
        text = " ".join("".join(self.parts).split())
        if text and self.block is not None:
            line = Line(text, self.around, self.block, self.chars, self.linked, self.anchored, self.furniture)
            self.outline.lines.append(line)
        self.parts, self.chars, self.linked, self.anchored = [], 0, 0, 0

    def say(self, text: str) -> None:
        n = len(text.strip())
        self.parts.append(text)
        if n:
            self.chars += n
            self.total += n
            if self.in_link:
                self.anchored += n
                if self.in_leaving:
                    self.linked += n

    def leaves(self, anchor: HtmlElement) -> bool:
        href = (anchor.get("href") or "").strip()
        if not href or href.startswith(("#", "mailto:", "tel:", "javascript:")):
            return False
        return not ("#" in href and href.partition("#")[0] in ("", self.page))

    def flags(self, tag: str, e: HtmlElement) -> int:
        """Bits of `Around` for an element by its tag, class, id and role; those of equal ones are remembered."""
        cls, ident = e.get("class"), e.get("id")
        found = self.marks.get((tag, cls, ident))
        if found is None:
            bits = _BY_TAG.get(tag, 0)
            if cls or ident:
                mark = f"{(cls or '')[:MARK_LENGTH]} {(ident or '')[:MARK_LENGTH]}"
                if tag in _FURNITURE_TAGS and _FURNITURE.search(mark):
                    bits |= Around.FURNITURE
                if _COMMENTS.search(mark) and tag != "body":
                    bits |= Around.COMMENTS
            found = self.marks[(tag, cls, ident)] = bits
        return found


def outline(root: HtmlElement, page_url: str) -> Outline:
    """The lines, sizes and furniture of a tree; `page_url` tells links to the page itself from others."""
    walk = _Walk(page_url)
    out = walk.outline
    saved: list[tuple[int, HtmlElement | None, int, int]] = []
    skip: HtmlElement | None = None
    for event, e in etree.iterwalk(root, events=("start", "end")):
        tag = e.tag
        if event == "start":
            if skip is not None:
                continue
            if tag in SKIPPED:
                skip = e
                continue
            _start(walk, out, saved, tag, e)
        else:
            if skip is not None:
                if e is not skip:
                    continue
                skip = None
            else:
                _end(walk, out, saved, tag, e)
            if tail := e.tail:
                walk.say(tail)
    walk.flush()
    return out


def _start(walk: _Walk, out: Outline, saved: list[tuple[int, HtmlElement | None, int, int]], tag: str, e: HtmlElement) -> None:
    if tag in BLOCKS or "-" in tag:
        walk.flush()
        saved.append((walk.around, walk.block, walk.furniture, len(out.furniture)))
        bits = walk.flags(tag, e)
        walk.block = e
        if bits:
            walk.around |= bits
            if bits & (Around.FURNITURE | Around.NAV):
                walk.furniture = len(out.furniture)
                out.furniture.append(-walk.total)
        if (n := len(e)) > out.max_children:
            out.max_children = n
    elif tag == "br":
        walk.flush()
    elif tag == "a":
        walk.in_link += 1
        walk.in_leaving += walk.leaves(e)
    out.sizes[e] = -walk.total
    if text := e.text:
        walk.say(text)


def _end(walk: _Walk, out: Outline, saved: list[tuple[int, HtmlElement | None, int, int]], tag: str, e: HtmlElement) -> None:
    out.sizes[e] += walk.total
    if tag in BLOCKS or "-" in tag:
        walk.flush()
        before, block, furniture, index = saved.pop()
        if walk.furniture != furniture and index < len(out.furniture):
            out.furniture[index] += walk.total
        walk.around, walk.block, walk.furniture = before, block, furniture
    elif tag == "a":
        walk.in_link -= 1
        walk.in_leaving -= walk.leaves(e)
