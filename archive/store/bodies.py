"""The body of a version and the furniture that was taken out of it, which can be put together again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from archive.dates import to_utc
from archive.extract.furniture import Furniture, apply
from archive.model import Article, Verdict
from archive.store.text import clean, row, text_sha256, to_json

_REMOVED = """INSERT INTO removed (version_id, position, reason, text, confidence, place, line, kind)
  VALUES (?, ?, ?, ?, ?, NULL, ?, ?)"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a body with the kind and confidence of its block; both None where the recipe gave no blocks."""

    text: str
    kind: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Parted:
    """A body without its furniture, and that by its number in the whole body (1 is the first) with the reason."""

    kept: tuple[Line, ...]
    furniture: tuple[tuple[int, Line, str], ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.kept)

    @property
    def blocks(self) -> str | None:
        """The kinds of the body's blocks as JSON: `[["p", 0.98], ["li", null]]`."""
        blocks = [[line.kind, line.confidence] for line in self.kept if line.kind is not None]
        return to_json(blocks) if blocks else None


@dataclass(frozen=True, slots=True)
class Reading:
    """What makes one clean record differ from another."""

    parted: Parted
    published: tuple[str | None, str | None]  # UTC, offset
    modified: tuple[str | None, str | None]
    text_sha256: str
    full_sha256: str  # with the furniture still in the body


def read(article: Article, verdict: Verdict, furniture: Furniture) -> Reading:
    """Take the site's furniture out of an article that was extracted just now."""
    lines = _lines_of(article)
    parted = part(lines, furniture)
    published = to_utc(article.date_published) if article.date_published else (None, None)
    modified = to_utc(article.date_modified) if article.date_modified else (None, None)
    facts = (
        verdict.value, *row(article.headline, article.description), list(row(*article.authors)), published[0],
        modified[0], *row(article.article_section),
    )  # fmt: skip
    full_sha256 = text_sha256((*facts, "\n".join(line.text for line in lines)))
    part_sha256 = text_sha256((*facts, parted.text)) if parted.furniture else full_sha256
    return Reading(parted, published, modified, part_sha256, full_sha256)


def sha256_of(connection: sqlite3.Connection, version_id: int, body: str) -> str:
    """The hash of a stored version, if this is its body; the same as `read` gives."""
    verdict, headline, description, published, modified, section = connection.execute(
        """SELECT verdict, headline, description, date_published, date_modified, article_section FROM version
           WHERE version_id = ?""",
        (version_id,),
    ).fetchone()
    if verdict == Verdict.SOFT_404:  # it was read as an article
        verdict = Verdict.ARTICLE.value
    names = connection.execute(
        "SELECT name FROM version_author JOIN author USING (author_id) WHERE version_id = ? ORDER BY position",
        (version_id,),
    )
    authors = [name for (name,) in names]
    return text_sha256((verdict, headline, description, authors, published, modified, section, body))


def _lines_of(article: Article) -> list[Line]:
    """The lines of a body as they are stored."""
    texts, blocks = clean(article.article_body).split("\n"), article.body_blocks
    if len(blocks) != len(texts):
        return [Line(text) for text in texts]
    return [Line(text, block.kind.value, block.confidence) for text, block in zip(texts, blocks, strict=True)]


def part(lines: Sequence[Line], furniture: Furniture) -> Parted:
    """Take a site's furniture out of a whole body."""
    out = apply([line.text for line in lines], furniture)
    return Parted(
        tuple(line for i, line in enumerate(lines) if i not in out),
        tuple((i + 1, lines[i], why) for i, why in out.items()),
    )


def whole(connection: sqlite3.Connection, version_id: int) -> list[Line]:
    """The whole body of a version, with the furniture that is apart from it."""
    body, blocks = connection.execute(
        "SELECT article_body, body_blocks FROM version WHERE version_id = ?", (version_id,)
    ).fetchone()
    apart = connection.execute(
        """SELECT line, text, kind, confidence FROM removed WHERE version_id = ? AND line IS NOT NULL
           ORDER BY line""",
        (version_id,),
    )
    return put_together(body, blocks, ((number, Line(*line)) for number, *line in apart))


def put_together(body: str, blocks: str | None, apart: Iterable[tuple[int, Line]]) -> list[Line]:
    """A body and its blocks as they are stored, with the furniture that is `apart`, by its number, in that order."""
    texts = body.split("\n")
    kinds: list[list[Any]] = json.loads(blocks) if blocks else []
    lines = (
        [Line(text, *kind) for text, kind in zip(texts, kinds, strict=True)]
        if len(kinds) == len(texts)
        else [Line(text) for text in texts]
    )
    for number, line in apart:
        lines.insert(number - 1, line)
    return lines


def write_furniture(connection: sqlite3.Connection, version_id: int, parted: Parted) -> None:
    """Enter what was taken out, behind what cleaning had removed; whatever was entered before goes."""
    connection.execute("DELETE FROM removed WHERE version_id = ? AND line IS NOT NULL", (version_id,))
    (last,) = connection.execute(
        "SELECT coalesce(max(position), 0) FROM removed WHERE version_id = ?", (version_id,)
    ).fetchone()
    connection.executemany(
        _REMOVED,
        [
            row(version_id, last + n, why, line.text, line.confidence, number, line.kind)
            for n, (number, line, why) in enumerate(parted.furniture, 1)
        ],
    )


def site_furniture(connection: sqlite3.Connection, site_id: int) -> Furniture:
    """What leaves the bodies of a site at present: learnt, or dropped by a person, and not kept by one."""
    found = connection.execute(
        "SELECT line_key, articles, decided FROM furniture WHERE site_id = ?", (site_id,)
    ).fetchall()
    return Furniture(
        {key: articles for key, articles, decided in found if decided == "learnt"},
        frozenset(key for key, _, decided in found if decided == "drop"),
    )


def mark_unsettled(connection: sqlite3.Connection, site_id: int) -> None:
    """Note that there is something to learn of a site (`archive.store.furniture.settle`)."""
    connection.execute("UPDATE site SET unsettled = 1 WHERE site_id = ? AND unsettled = 0", (site_id,))
