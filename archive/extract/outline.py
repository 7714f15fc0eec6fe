"""One pass over the tree, from the leaves up: its lines of text with what stands around them, and sizes.

Everything that compares a line of the body with its place on the page, looks for a byline near the headline
or weighs text against links works on this, so that no text is gathered twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from archive.extract.text import line_key, squeeze


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
    COMMENTS = 4096
    SUMMARY = 8192
    PARAGRAPH = 16384
    PICTURE = 32768  # its own block holds a picture as well
    AFTER_PICTURE = 65536  # no other line stands between a picture and this one


BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "main",
        "aside",
        "header",
        "footer",
        "nav",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "tr",
        "td",
        "th",
        "caption",
        "figure",
        "figcaption",
        "blockquote",
        "pre",
        "form",
        "fieldset",
        "legend",
        "address",
        "hr",
        "details",
        "summary",
        "body",
        "center",
        "tbody",
        "thead",
        "tfoot",
        "html",
        "hgroup",
        "menu",
        "dir",
        "template",
        "iframe",
        "picture",
        "video",
        "audio",
        "option",
        "select",
        "button",
        "textarea",
    ]
)
SKIPPED = frozenset(
    [
        "script",
        "style",
        "head",
        "template",
        "noscript",
        "iframe",
        "select",
        "textarea",
        "object",
        "svg",
        "math",
        "title",
        "meta",
        "link",
    ]
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BY_TAG = {
    "nav": Around.NAV, "aside": Around.NAV, "footer": Around.NAV, "figcaption": Around.CAPTION,
    "figure": Around.FIGURE, "td": Around.CELL, "th": Around.CELL, "header": Around.HEADER, "li": Around.ITEM,
    "blockquote": Around.QUOTE, "article": Around.ARTICLE, "main": Around.ARTICLE, "form": Around.FORM,
    "button": Around.FORM, "label": Around.FORM, "summary": Around.SUMMARY, "p": Around.PARAGRAPH,
    **dict.fromkeys(HEADINGS, Around.HEADING),
}  # fmt: skip
_BOLD = frozenset(("b", "strong", "em", "i"))
_FURNITURE_TAGS = frozenset(["div", "section", "aside", "p", "ul", "footer", "nav", "span", "li"])
_FURNITURE = re.compile(
    r"(?i)(?:^|[-_ ])(?:related|newsletter|promo|recommend\w{0,12}|caption|credit|author-?bio|bio|about-author"
    r"|read-?more|more-on|teaser|outbrain|taboola|paywall|subscribe|signup|sign-up|social|share|copyright|tags?"
    r"|breadcrumbs?|kicker|subscription|comments?)(?:[-_ ]|$)"
)
_STANDFIRST = re.compile(
    r"(?i)(?:^|[-_ ])(?:standfirst|lead|lede|intro|subtitle|sub-?title|sub-?head(?:line|ing)?|deck|dek|summary|excerpt"
    r"|vorspann|chapo|entradilla|ingress|manchet|perex|sottotitolo|sommario|bajada|lid|abstract|description"
    r"|article-?desc)(?:[-_ ]|$)"
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
    links: int = 0  # that begin in it
    bold: int = 0  # of its characters, in b, strong, em or i

    _key: str | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def key(self) -> str:
        if self._key is None:
            self._key = line_key(self.text)
        return self._key


@dataclass(slots=True)
class Outline:
    lines: list[Line] = field(default_factory=list)
    sizes: dict[HtmlElement, int] = field(default_factory=dict)  # characters inside, in document order
    furniture: list[int] = field(default_factory=list)  # sizes of the elements that name furniture
    max_children: int = 0

    @property
    def elements(self) -> list[HtmlElement]:
        return list(self.sizes)


class _Marks:
    """Bits of `Around` for elements by tag, class and id; those of equal ones are remembered."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str | None, str | None], int] = {}

    def of(self, tag: str, cls: str | None, ident: str | None) -> int:
        found = self.known.get((tag, cls, ident))
        if found is None:
            found = _BY_TAG.get(tag, 0)
            if cls or ident:
                mark = f"{(cls or '')[:MARK_LENGTH]} {(ident or '')[:MARK_LENGTH]}"
                if tag in _FURNITURE_TAGS and _FURNITURE.search(mark):
                    found |= Around.FURNITURE
                if tag != "body" and _COMMENTS.search(mark):
                    found |= Around.COMMENTS
            self.known[(tag, cls, ident)] = found
        return found


def leaves(anchor: HtmlElement, page: str) -> bool:
    """Whether a link leads to another page than `page` (its URL without fragment)."""
    href = (anchor.get("href") or "").strip()
    if not href or href.startswith(("#", "mailto:", "tel:", "javascript:")):
        return False
    return not ("#" in href and href.partition("#")[0] in ("", page))


def outline(root: HtmlElement, page_url: str) -> Outline:
    """The lines, sizes and furniture of a tree; `page_url` tells links to the page itself from others.

    One loop over begin and end of every element without calls for each: it runs on every element of every page.
    """
    out = Outline()
    lines, sizes, furniture = out.lines, out.sizes, out.furniture
    marks, page = _Marks(), page_url.partition("#")[0]
    parts: list[str] = []
    away: list[bool] = []  # of each open link, whether it leaves the page
    chars = linked = anchored = links = bold = total = 0
    in_link = in_leaving = in_bold = around = 0
    block, inner = root, -1  # the innermost open block, and the innermost open element that names furniture
    saved: list[tuple[int, HtmlElement, int, int]] = []
    skip: HtmlElement | None = None
    pictured: HtmlElement | None = None
    for event, e in etree.iterwalk(root, events=("start", "end")):
        tag = e.tag
        if skip is not None:
            if event == "start" or e is not skip:
                continue
            skip, text = None, e.tail
        else:
            is_block = tag in BLOCKS or "-" in tag or (tag == "span" and "block" in (e.get("style") or ""))
            if (is_block or tag == "br") and parts:
                if said := squeeze("".join(parts)):
                    bits = around
                    if pictured is not None:
                        bits |= (
                            Around.PICTURE | Around.AFTER_PICTURE if pictured is block else Around.AFTER_PICTURE
                        )
                        pictured = block if pictured is block else None
                    lines.append(Line(said, bits, block, chars, linked, anchored, inner, links, bold))
                parts, chars, linked, anchored, links, bold = [], 0, 0, 0, 0, 0
            if event == "start":
                if tag in SKIPPED:
                    skip = e
                    continue
                if is_block:
                    saved.append((around, block, inner, len(furniture)))
                    block = e
                    if bits := marks.of(tag, e.get("class"), e.get("id")):
                        around |= bits
                        if bits & (Around.FURNITURE | Around.NAV):
                            inner = len(furniture)
                            furniture.append(-total)
                    if (n := len(e)) > out.max_children:
                        out.max_children = n
                elif tag == "a":
                    in_link += 1
                    links += 1
                    away.append(leaves(e, page))
                    in_leaving += away[-1]
                elif tag == "img":
                    pictured = block
                else:
                    in_bold += tag in _BOLD
                    if (n := len(e)) > out.max_children:
                        out.max_children = n
                sizes[e] = -total
                text = e.text
            else:
                sizes[e] += total
                if is_block:
                    here, (around, block, inner, index) = inner, saved.pop()
                    if here != inner and index < len(furniture):
                        furniture[index] += total
                elif tag == "a":
                    in_link -= 1
                    in_leaving -= away.pop()
                elif tag in _BOLD:
                    in_bold -= 1
                text = e.tail
        if text and block.tag == "pre" and "\n" in text:
            *whole, text = text.split("\n")
            for piece in whole:  # the line breaks of preformatted text are those the reader sees
                parts.append(piece)
                n = len(piece.strip())
                if said := squeeze("".join(parts)):
                    lines.append(Line(said, around, block, chars + n, linked, anchored, inner, links, bold))
                    parts, chars, linked, anchored, links, bold = [], 0, 0, 0, 0, 0
                total += n
        if text and (n := len(text.strip())):
            parts.append(text)
            chars += n
            total += n
            if in_link:
                anchored += n
                if in_leaving:
                    linked += n
            if in_bold:
                bold += n
        elif text:
            parts.append(" ")
    if said := squeeze("".join(parts)):
        lines.append(Line(said, around, block, chars, linked, anchored, inner, links, bold))
    _unclosed(out, total)
    return out


def _unclosed(out: Outline, total: int) -> None:
    """Where nearly the whole page lies in navigation, a form or comments, one of them was never closed (or is a
    wrapper): then it says nothing."""
    for bits in (Around.NAV, Around.FORM, Around.COMMENTS):
        if sum(line.chars for line in out.lines if line.around & bits) > 0.8 * total:
            for line in out.lines:
                line.around &= ~bits


def is_standfirst(line: Line, page: Outline) -> bool:
    """Whether a line is set apart as a standfirst: a heading of some length, or the class of its element or of
    one around it that holds hardly more."""
    if line.around & Around.HEADING and len(line.text) > 40:
        return True
    e: HtmlElement | None = line.block
    for _ in range(3):
        if e is None or page.sizes.get(e, 0) > 2 * line.chars + 100:
            return False
        if _STANDFIRST.search((e.get("class") or "")[:MARK_LENGTH]):
            return True
        e = e.getparent()
    return False
