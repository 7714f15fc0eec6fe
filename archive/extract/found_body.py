"""The body of a page by the engine that was asked for: the learned model with trafilatura where it doubts itself, or
trafilatura alone; and plain paragraphs or the page's own JSON-LD where neither may or can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from archive.extract import body, gaps
from archive.extract.choice import Choice, choose, shipped
from archive.extract.engines import MODEL, TRAFILATURA
from archive.extract.features import Stated, table
from archive.extract.forest import Forest
from archive.extract.kinds import Piece, kind_of, pieces
from archive.extract.outline import Outline
from archive.extract.page import Page
from archive.extract.text import count, line_key, words
from archive.model import BlockKind

STATED_BODY = 120  # words of an articleBody that may stand for a page without text
SHARED = 0.65  # of the words of a doubtful choice that trafilatura's text must have to be taken instead
NO_BODY = 25  # words under which a page has none


@dataclass(frozen=True, slots=True)
class Body:
    """`pieces` in the order of the page; `source` is one of Extraction.body_source; `notes` are for people."""

    pieces: Sequence[Piece] = ()
    source: str = MODEL
    choice: Choice | None = None
    notes: Sequence[str] = field(default=())


def find(page: Page, stated: Stated, engine: str = MODEL, forest: Forest | None = None) -> Body:
    """The body before cleaning. Where trafilatura is asked, the tree is used up by this."""
    choice = choose(table(page.outline.lines, stated), forest or shipped())
    own = _chosen(choice, page.outline)
    notes: list[str] = []
    if limit := body.limit_hit(page.root, page.outline):
        sure = own and not choice.doubtful and choice.table.whole
        notes.append(limit if sure else f"{limit}: the body is plain paragraphs")
        found = Body(own, MODEL, choice) if sure else _paragraphs(page.outline, choice)
    elif engine == MODEL and not choice.doubtful:
        found = Body(own, MODEL, choice)
    else:
        found = _by_trafilatura(page, choice)
        if not found.pieces or (engine == MODEL and _loses(found.pieces, own)):
            found = Body(own, MODEL, choice) if own else _paragraphs(page.outline, choice)
    if sum(count(piece.text) for piece in found.pieces) < NO_BODY and count(stated.article_body) >= STATED_BODY:
        notes.append("the page shows no text: the body is what its JSON-LD states")
        lines = body.split_lines(stated.article_body)
        found = Body([Piece(line) for line in lines], "json_ld", choice)
    return Body(found.pieces, found.source, choice, notes)


def _loses(other: Sequence[Piece], own: Sequence[Piece]) -> bool:
    """Whether another body lacks so much of the choice that it must have missed the article."""
    mine = Counter(word for piece in own for word in words(piece.text))
    theirs = Counter(word for piece in other for word in words(piece.text))
    return (mine & theirs).total() < SHARED * mine.total()


def _chosen(choice: Choice, outline: Outline) -> list[Piece]:
    indices = np.flatnonzero(choice.chosen)
    at = [choice.table.at[i] for i in indices]
    return pieces(outline.lines, at, [float(choice.p[i]) for i in indices])


def _paragraphs(outline: Outline, choice: Choice) -> Body:
    return Body([Piece(line) for line in body.plain_lines(outline)], "paragraphs", choice)


def _by_trafilatura(page: Page, choice: Choice) -> Body:
    kinds: dict[str, tuple[BlockKind, float]] = {}  # of all lines, while there is a tree
    for line, p in zip(choice.table.lines, choice.p, strict=True):
        if line.key not in kinds or p > kinds[line.key][1]:
            kinds[line.key] = kind_of(line), float(p)
    lines = gaps.fill(body.engine_lines(page.root, page.url, page.outline), page.outline)
    unknown = (BlockKind.PARAGRAPH, None)
    said = [(line, line_key(line)) for line in lines]  # what has no word are the rules of its tables
    return Body([Piece(line, *kinds.get(k, unknown)) for line, k in said if k], TRAFILATURA, choice)
