"""What the body engine left out between two lines it kept: sub-headings, short paragraphs, items of lists."""

from __future__ import annotations

from collections import Counter

from lxml.html import HtmlElement

from archive.extract.body import split_lines
from archive.extract.outline import Around, Line, Outline
from archive.extract.text import count, line_key

REACH = 14  # lines of the page between two kept lines that are looked at
LEAD, LEAD_WORDS = 3, 15  # paragraphs before the first kept line that may come back, and their least words
_OUTSIDE = (
    Around.NAV | Around.FURNITURE | Around.CAPTION | Around.FIGURE | Around.FORM | Around.COMMENTS | Around.CELL
)
_SUBHEADINGS = ("h2", "h3", "h4", "h5", "h6")


def fill(lines: list[str], page: Outline) -> list[str]:
    """The lines with those put back that stand between two of them in the element that holds the text.

    Only what lies between kept lines comes back, in the same parent as kept paragraphs, hardly linked and not
    in furniture; the order of the page is kept.
    """
    places: dict[str, list[int]] = {}
    for place, there in enumerate(page.lines):
        places.setdefault(there.key, []).append(place)
    at = _positions(lines, places)
    parents = Counter(
        parent
        for j in at
        if j is not None
        and page.lines[j].around & (Around.PARAGRAPH | Around.ITEM | Around.QUOTE)
        and (parent := _holder(page.lines[j])) is not None
    )
    main = {e for e, n in parents.items() if n >= 2}
    known = {line_key(line) for line in lines}
    out: list[str] = [text for x in _lead(at, page, main, known) for text in split_lines(x.text)]
    before: int | None = None
    for line, j in zip(lines, at, strict=True):
        if before is not None and j is not None and 1 < j - before <= REACH:
            between = page.lines[before + 1 : j]
            back = [
                x for x in between if _belongs(x, main) and (x.key not in known or x.block.tag in _SUBHEADINGS)
            ]
            out += [text for x in back for text in split_lines(x.text)]
        out.append(line)
        before = j if j is not None else before
    return out


def _lead(at: list[int | None], page: Outline, main: set[HtmlElement], known: set[str]) -> list[Line]:
    """Paragraphs directly before the first kept line, in the same element: the lead that the engine left out."""
    first = next((j for j in at if j is not None), None)
    if first is None or at[0] is None:
        return []
    begin, here = first, page.lines[first]
    while begin > 0 and first - begin < LEAD:
        x = page.lines[begin - 1]
        same = x.block is here.block or (x.block.tag == "p" and _belongs(x, main))
        if (
            not same
            or x.around & _OUTSIDE
            or x.key in known
            or count(x.text) < LEAD_WORDS
            or x.anchored > 0.3 * x.chars
        ):
            break
        begin -= 1
    return page.lines[begin:first]


def _positions(lines: list[str], places: dict[str, list[int]]) -> list[int | None]:
    """Where each line stands on the page, in rising order; None if it stands nowhere behind the one before."""
    found: list[int | None] = []
    last = -1
    for line in lines:
        j = next((x for x in places.get(line_key(line), ())[:50] if x > last), None)
        if j is not None and (last < 0 or j - last < 200):
            last = j
            found.append(j)
        else:
            found.append(None)
    return found


def _holder(line: Line) -> HtmlElement | None:
    """The element that holds the paragraph, heading or whole list that a line is (part) of."""
    e: HtmlElement | None = line.block.getparent()
    while e is not None and e.tag in ("ul", "ol", "li", "blockquote"):
        e = e.getparent()
    return e


def _belongs(line: Line, main: set[HtmlElement]) -> bool:
    if line.around & _OUTSIDE or line.anchored > 0.5 * line.chars or _holder(line) not in main:
        return False
    tag = line.block.tag
    if tag in _SUBHEADINGS:
        return line.anchored <= 0.2 * line.chars and len(line.text) < 200
    return tag in ("p", "li", "blockquote") and count(line.text) >= 3
