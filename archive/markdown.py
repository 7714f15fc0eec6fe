"""A clean article as Markdown: CommonMark 0.31, and tables as GitHub writes them, where the body has rows.

Every character that Markdown would take as syntax is escaped, so what a parser makes of it is the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from archive.model import BlockKind
from archive.render import local_date

# `_` within a word and `<` before a blank mean nothing; `~` is a strike in many dialects.
_INLINE = re.compile(r"[\\`*\[~]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=#?\w+;)")
_AT_START = re.compile(r"#{1,6}(?:\s|$)|>|[-+](?:\s|$)|-[-\s]*$|=+$")
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_CLOSING = re.compile(r"(^|\s)(#+)$")  # hashes that would end a heading
_CELL = re.compile(r"(?:^|(?<=\s))\|(?=\s|$)")
_FENCE = re.compile(r"`{3,}")
_LINE_END = re.compile(r"[\s\x00-\x1f\x7f\x85\u2028\u2029]+")


def article_markdown(a: Mapping[str, Any]) -> str:
    """Headline, a line of authors, date and site, and the body; `a` has the fields of `archive.store.article`'s
    version or of an extraction, as `dataclasses.asdict` gives them."""
    authors = a.get("authors") or ()
    names = authors if isinstance(authors, str) else ", ".join(authors)
    dated = local_date(a.get("date_published"), a.get("date_published_offset"))
    facts = [inline(fact) for fact in (names, dated, a.get("site") or a.get("publisher")) if fact]
    lines = (a.get("article_body") or "").split("\n")
    kinds = [BlockKind(block["kind"]) for block in a.get("body_blocks") or ()]
    head = f"# {_heading(a.get('headline') or '(no headline)')}"
    return "\n\n".join(part for part in (head, at_start(" · ".join(facts)), body_markdown(lines, kinds)) if part)


def body_markdown(lines: Sequence[str], kinds: Sequence[BlockKind] = ()) -> str:
    """The lines of `article_body` and what each is; lines without kinds (one for each) are plain paragraphs."""
    if len(kinds) != len(lines):
        kinds = [BlockKind.PARAGRAPH] * len(lines)
    parts = []
    for kind, group in groupby(zip(kinds, lines, strict=True), key=lambda block: block[0]):
        texts = [line for _, line in group if line.strip()]
        if texts:
            parts.append(_BLOCKS[kind](texts))
    return "\n\n".join(parts)


def inline(text: str) -> str:
    """Text of one line, which means nothing but itself within a paragraph."""
    return _INLINE.sub(r"\\\g<0>", _LINE_END.sub(" ", text).strip())


def at_start(escaped: str) -> str:
    """The same where it begins a block: no heading, list, quote, rule or underline begins with it."""
    escaped = _NUMBER.sub(r"\1\\\2", escaped, count=1) if _NUMBER.match(escaped) else escaped
    return "\\" + escaped if _AT_START.match(escaped) else escaped


def _text(text: str) -> str:
    return at_start(inline(text))


def _heading(text: str) -> str:
    return _CLOSING.sub(r"\1\\\2", inline(text))


def _headings(level: int) -> Callable[[list[str]], str]:
    return lambda texts: "\n\n".join(f"{'#' * level} {_heading(text)}" for text in texts)


def _paragraphs(texts: list[str]) -> str:
    return "\n\n".join(_text(text) for text in texts)


def _items(texts: list[str]) -> str:
    return "\n".join(f"- {_text(text)}" for text in texts)


def _numbered(texts: list[str]) -> str:
    return "\n".join(f"{number}. {_text(text)}" for number, text in enumerate(texts, 1))


def _quote(texts: list[str]) -> str:
    return "\n>\n".join(f"> {_text(text)}" for text in texts)


def _table(texts: list[str]) -> str:
    """Markdown has no table without a head: the first row is it."""
    rows = [[inline(cell).replace("|", r"\|") for cell in _CELL.split(text)] for text in texts]
    width = max(map(len, rows))
    rows = [row + [""] * (width - len(row)) for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * width, *rows[1:]))


def _preformatted(texts: list[str]) -> str:
    longest = max((len(run) for text in texts for run in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return "\n".join([fence, *(text.replace("\r", " ") for text in texts), fence])


_BLOCKS: dict[BlockKind, Callable[[list[str]], str]] = {
    BlockKind.PARAGRAPH: _paragraphs,
    BlockKind.H2: _headings(2),
    BlockKind.H3: _headings(3),
    BlockKind.H4: _headings(4),
    BlockKind.H5: _headings(5),
    BlockKind.H6: _headings(6),
    BlockKind.ITEM: _items,
    BlockKind.NUMBERED: _numbered,
    BlockKind.QUOTE: _quote,
    BlockKind.ROW: _table,
    BlockKind.PREFORMATTED: _preformatted,
}
