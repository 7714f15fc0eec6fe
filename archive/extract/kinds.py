"""What a line of the body is of: paragraph, sub-heading, item, quotation, row of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from lxml.html import HtmlElement

from archive.extract.body import split_lines, without_bullets
from archive.extract.outline import Around, Line
from archive.model import BlockKind

SHORT = 30  # words of a line that may be the cell of a table; longer ones lie in a table that is mere layout
_HEADINGS = {
    "h1": BlockKind.H2,
    **{k.value: k for k in (BlockKind.H2, BlockKind.H3, BlockKind.H4, BlockKind.H5, BlockKind.H6)},
}
_CELLS = ("td", "th")
_LISTS = ("ul", "ol", "menu", "dir")


@dataclass(frozen=True, slots=True)
class Piece:
    """One line of the body on its way to the record. `at`: index of its line in the page's outline, if it has one."""

    text: str
    kind: BlockKind = BlockKind.PARAGRAPH
    confidence: float | None = None
    at: int | None = None


def pieces(lines: Sequence[Line], at: Sequence[int], confidence: Sequence[float | None]) -> list[Piece]:
    """The lines at these indices of the outline as pieces; cells of one row become one piece."""
    found: list[Piece] = []
    row: HtmlElement | None = None
    for i, sure in zip(at, confidence, strict=True):
        line = lines[i]
        texts = split_lines(line.text)
        here = row_of(line)
        if here is not None and here is row and texts:
            found[-1] = replace(found[-1], text=f"{found[-1].text} | {' '.join(texts)}")
            continue
        row = here
        kind = BlockKind.ROW if here is not None else kind_of(line)
        found += [Piece(text, kind, sure, i) for text in texts]
    plain = without_bullets([piece.text for piece in found])
    return [
        _item_of(piece, text) if text != piece.text else piece for piece, text in zip(found, plain, strict=True)
    ]


def _item_of(piece: Piece, text: str) -> Piece:
    """A list that is written with bullets is one."""
    return replace(piece, text=text, kind=BlockKind.ITEM)


def row_of(line: Line) -> HtmlElement | None:
    """The row that a line is a cell of; None if it is none, or the table is there for layout."""
    if line.block.tag not in _CELLS or len(line.text.split()) > SHORT:
        return None
    row = line.block.getparent()
    if row is None or row.tag != "tr":
        return None
    cells = (cell for cell in row if cell.tag in _CELLS)  # two are enough: a hostile row has a hundred thousand
    return row if len([*islice(cells, 2)]) == 2 else None


def kind_of(line: Line) -> BlockKind:
    """By the line's own block and, for items and quotations, by what it lies in."""
    tag = line.block.tag
    if (heading := _HEADINGS.get(tag)) is not None:
        return heading
    if tag == "pre":
        return BlockKind.PREFORMATTED
    if line.around & Around.ITEM and (item := _item(line.block)) is not None:
        return item
    return BlockKind.QUOTE if line.around & Around.QUOTE else BlockKind.PARAGRAPH


def _item(block: HtmlElement) -> BlockKind | None:
    """The kind of list, if the block is an item or the first in one."""
    e: HtmlElement | None = block
    while e is not None and e.tag != "li":
        if e.getprevious() is not None:
            return None
        e = e.getparent()
    mother = e.getparent() if e is not None else None
    if mother is None or mother.tag not in _LISTS:
        return BlockKind.ITEM if e is not None else None
    return BlockKind.NUMBERED if mother.tag == "ol" else BlockKind.ITEM
