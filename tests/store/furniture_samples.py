"""A made-up site whose articles share lines, as extractions with evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlite_utils import Database
from store_samples import START, Maker, rows

from archive import store
from archive.extract.evidence import gather
from archive.model import Article, Block, BlockKind, Extraction, Removed, Verdict
from archive.store.bodies import sha256_of, whole
from archive.store.furniture import settle
from tests.extract.pages import line, own_text

APPEAL = (
    "Our reporters are out in every weather; a small gift each month keeps their boots dry and the presses warm."
)
HOURS = "The counter in Quay Street is open from eight to noon."
NEWER = "The counter in Quay Street has moved to the old customs house."
PHRASE = "The harbour office could not be reached for an answer before this page was made up."


def url(article: int) -> str:
    return f"https://example.org/harbour/{article}"


def page(body: Sequence[str], *, beside: Sequence[str] = (), **fields: Any) -> Extraction:
    """An article with this body, a block for each line, and one line that cleaning removed."""
    fields = {"headline": body[0][:20], "date_published": "2024-01-20", "authors": ("Mara Quill",)} | fields
    kinds = [BlockKind.PARAGRAPH if len(text) > 40 else BlockKind.H2 for text in body]
    sure = tuple(Block(kind, round(0.9 + i / 1000, 3)) for i, kind in enumerate(kinds))
    lines = gather([line(text) for text in (*body, *beside)], body, fields["authors"])
    return Extraction(
        Verdict.ARTICLE,
        Article(article_body="\n".join(body), body_blocks=sure, **fields),
        removed=(Removed("By Mara Quill", "byline"),),
        lines=lines,
    )


def fill(maker: Maker, articles: Sequence[int], *tail: str) -> None:
    """Commit so many articles with these lines at their ends."""
    maker.commit(*(maker.page(url(i), i, page([*own_text(i), *tail])) for i in articles))


def settled(maker: Maker) -> None:
    settle(maker.db, now=START)


def body_of(db: Database, article: int) -> list[str]:
    ((body,),) = rows(db, "SELECT article_body FROM articles WHERE url = ?", url(article))
    return str(body).split("\n")


def furniture_rows(db: Database) -> list[tuple[Any, ...]]:
    return rows(
        db,
        """SELECT line_key, text, furniture.articles, of_articles, decided, article.url FROM furniture
           LEFT JOIN article ON article_id = example_article_id ORDER BY line_key""",
    )


def picture(db: Database) -> dict[str, Any]:
    """All that a database says, without the numbers and times that depend on when something came."""
    captures = rows(
        db,
        """SELECT url.url, capture.captured_at, capture.verdict, version.version_id, shown.headline,
             shown.article_body, shown.text_sha256, version.full_sha256, version.lines
           FROM capture JOIN url USING (url_id) LEFT JOIN version USING (version_id)
           LEFT JOIN version AS shown ON shown.version_id = coalesce(version.same_as, version.version_id)
           ORDER BY url.url, capture.captured_at""",
    )
    removed = """SELECT position, reason, text, confidence, place, line, kind FROM removed WHERE version_id = ?
      ORDER BY position"""
    return {
        "captures": [(*c[:3], *c[4:], rows(db, removed, c[3]), c[3] and whole(db.conn, c[3])) for c in captures],
        "versions": rows(
            db,
            """SELECT article.url, article_body, body_blocks, word_count, text_sha256, full_sha256, version.verdict,
                 same_as IS NULL FROM version JOIN article USING (article_id) ORDER BY 1, 5, 6""",
        ),
        "articles": rows(
            db, "SELECT url, headline, article_body, word_count, versions FROM articles ORDER BY url"
        ),
        "furniture": furniture_rows(db),
    }


def check(db: Database) -> None:
    """What must hold at any time: the indexes agree, every hash is that of its text, blocks fit their lines."""
    assert store.integrity(db) == []
    for version_id, body, text_sha256, full_sha256, words, blocks in rows(
        db,
        """SELECT version_id, article_body, text_sha256, full_sha256, word_count,
             coalesce(json_array_length(body_blocks), 0) FROM version""",
    ):
        everything = "\n".join(each.text for each in whole(db.conn, version_id))
        assert sha256_of(db.conn, version_id, body) == text_sha256
        assert sha256_of(db.conn, version_id, everything) == full_sha256
        assert words == len([word for word in body.split() if word[0].isalnum()])
        assert blocks == len(body.split("\n"))
