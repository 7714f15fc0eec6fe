"""Articles and their versions.

A capture shows a version (`capture.version_id`): its own, or that of a neighbour in time that reads the same, so
an unchanged page makes no new version. The current version is the one that the newest capture shows. Both are
decided by capture time, never by the order in which captures are committed.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from archive.dates import to_utc
from archive.model import HELD, Article, Extraction, Recipe, Verdict
from archive.store import cjk
from archive.store.text import other_headlines, row, text_sha256, to_json, word_count
from archive.urls import host_of, normalise, same_site

_VERSION_COLUMNS = (
    "article_id", "capture_id", "recipe_id", "verdict", "type", "headline", "headline_forms", "other_headlines",
    "description", "authors", "byline_raw", "date_published", "date_published_offset", "date_published_raw",
    "date_published_precision", "date_modified", "date_modified_offset", "date_modified_raw",
    "date_modified_precision", "article_section", "keywords", "in_language", "publisher", "is_accessible_for_free",
    "image", "image_caption", "image_credit", "canonical_url", "article_body", "body_blocks", "body_source",
    "confidence", "word_count", "text_sha256", "extracted_at", "lines",
)  # fmt: skip
_VERSION = f"""INSERT INTO version ({", ".join(_VERSION_COLUMNS)})
  VALUES ({", ".join("?" * len(_VERSION_COLUMNS))})"""
# WARC-Dates of different precision compare rightly without their Z.
_SHOWN = """SELECT capture.capture_id, version.version_id, version.text_sha256,
    rtrim(capture.captured_at, 'Z') AS at
  FROM version CROSS JOIN capture ON capture.version_id = version.version_id
  WHERE version.article_id = ?1 AND capture.capture_id <> ?2"""
_BEFORE = f"{_SHOWN} AND (at, capture.capture_id) < (?3, ?2) ORDER BY at DESC, capture.capture_id DESC LIMIT 1"
_AFTER = f"{_SHOWN} AND (at, capture.capture_id) > (?3, ?2) ORDER BY at, capture.capture_id LIMIT 1"
_NEWEST = """SELECT capture.version_id FROM version CROSS JOIN capture ON capture.version_id = version.version_id
  WHERE version.article_id = ? ORDER BY rtrim(capture.captured_at, 'Z') DESC, capture.capture_id DESC LIMIT 1"""
_CJK_TEXT = """SELECT headline, authors, description, article_body, article_section, keywords, other_headlines
  FROM version WHERE version_id = ?"""


@dataclass(frozen=True, slots=True)
class Source:
    """The capture that an extraction was made from."""

    capture_id: int
    captured_at: str
    url_id: int
    url: str
    site_id: int

    @property
    def at(self) -> str:
        return self.captured_at.rstrip("Z")


def article_url(url: str, canonical: str | None) -> str:
    """What identifies the article: its canonical URL if that lies on the same site, else the URL itself.

    A canonical URL that leads to the front page from elsewhere is a mistake of the site's template.
    """
    target = normalise(canonical, url) if canonical else None
    if target is None or not same_site(host_of(target), host_of(url)):
        return url
    if _is_root(target) and not _is_root(url):
        return url
    return target


def _is_root(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


class Articles:
    """Writes articles inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.new_articles = 0
        self.new_versions = 0
        self._recipes: dict[str, int] = {}

    def store(
        self, source: Source, extraction: Extraction, recipe: Recipe | None, extracted_at: str
    ) -> int | None:
        """Enter what was extracted -> the article's id; None if the page is no article or has no text.

        :raises ValueError: an article without the recipe that made it.
        """
        article = extraction.article
        if article is None or extraction.verdict not in HELD or not article.article_body.strip():
            return None
        if recipe is None:
            raise ValueError(f"an article without a recipe: {source.url}")
        dates = _dates(article)
        sha256 = _sha256(article, extraction.verdict, dates)
        article_id, is_new = self._article_id(source, article, extracted_at)
        version_id = None if is_new else self._same_text(article_id, source, sha256)
        if version_id is None:
            recipe_id = self._recipe_id(recipe, extracted_at)
            facts = (article_id, source.capture_id, recipe_id, extraction.verdict.value)
            version_id = self._insert(facts, extraction, article, dates, sha256, extracted_at)
            self._insert_details(version_id, extraction, article)
        self.show(source.capture_id, version_id)
        self.refresh(article_id, version_id if is_new else None)
        return article_id

    def seen_again(self, source: Source) -> int | None:
        """A revisit shows what its original shows -> the article's id; None if that is no article."""
        found = self.connection.execute(
            """SELECT version.version_id, version.article_id FROM capture
               JOIN capture AS original ON original.capture_id = capture.refers_to
               JOIN version ON version.version_id = original.version_id WHERE capture.capture_id = ?""",
            (source.capture_id,),
        ).fetchone()
        if found is None:
            return None
        version_id, article_id = found
        self.show(source.capture_id, version_id)
        self.refresh(article_id)
        return int(article_id)

    def show(self, capture_id: int, version_id: int | None) -> None:
        self.connection.execute("UPDATE capture SET version_id = ? WHERE capture_id = ?", (version_id, capture_id))

    def refresh(self, article_id: int, version_id: int | None = None) -> None:
        """Make the version that the newest capture shows the current one, and keep both search indexes in step."""
        if version_id is None:
            found = self.connection.execute(_NEWEST, (article_id,)).fetchone()
            version_id = found[0] if found else None
        (current,) = self.connection.execute(
            "SELECT current_version_id FROM article WHERE article_id = ?", (article_id,)
        ).fetchone()
        if current == version_id:
            return
        if current is not None and (pairs := cjk_grams(self.connection, current)):
            self.connection.execute(
                """INSERT INTO articles_cjk_fts (articles_cjk_fts, rowid, headline, text)
                   VALUES ('delete', ?, ?, ?)""",
                (article_id, *pairs),
            )
        self.connection.execute(  # a trigger keeps articles_fts
            "UPDATE article SET current_version_id = ? WHERE article_id = ?", (version_id, article_id)
        )
        if version_id is not None and (pairs := cjk_grams(self.connection, version_id)):
            self.connection.execute(
                "INSERT INTO articles_cjk_fts (rowid, headline, text) VALUES (?, ?, ?)", (article_id, *pairs)
            )

    def _article_id(self, source: Source, article: Article, now: str) -> tuple[int, bool]:
        (url,) = row(article_url(source.url, article.canonical_url))
        found = self.connection.execute("SELECT article_id FROM article WHERE url = ?", (url,)).fetchone()
        if found:
            return found[0], False
        cursor = self.connection.execute(
            "INSERT INTO article (site_id, url, first_seen) VALUES (?, ?, ?)", (source.site_id, url, now)
        )
        self.new_articles += 1
        assert cursor.lastrowid is not None
        return cursor.lastrowid, True

    def _same_text(self, article_id: int, source: Source, sha256: str) -> int | None:
        """The version with the same text that this capture shows already, or a neighbour in time does."""
        own = self.connection.execute(
            """SELECT version_id, text_sha256 FROM version
               WHERE article_id = ? AND version_id = (SELECT version_id FROM capture WHERE capture_id = ?)""",
            (article_id, source.capture_id),
        ).fetchone()
        if own and own[1] == sha256:
            return int(own[0])
        for query in (_BEFORE, _AFTER):
            near = self.connection.execute(query, (article_id, source.capture_id, source.at)).fetchone()
            if near and near[2] == sha256:
                return int(near[1])
        return None

    def _recipe_id(self, recipe: Recipe, now: str) -> int:
        if recipe.sha256 not in self._recipes:
            self.connection.execute(
                "INSERT INTO recipe (sha256, definition, first_used) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                row(recipe.sha256, recipe.definition, now),
            )
            found = self.connection.execute("SELECT recipe_id FROM recipe WHERE sha256 = ?", (recipe.sha256,))
            self._recipes[recipe.sha256] = found.fetchone()[0]
        return self._recipes[recipe.sha256]

    def _insert(
        self,
        facts: tuple[int, int, int, str],
        e: Extraction,
        a: Article,
        dates: _Dates,
        sha256: str,
        extracted_at: str,
    ) -> int:
        cursor = self.connection.execute(
            _VERSION,
            row(
                *facts, a.type, a.headline, to_json(dict(a.headline_forms)) if a.headline_forms else None,
                other_headlines(a), a.description, "; ".join(a.authors) or None, a.byline_raw, *dates[0],
                a.date_published_raw, a.date_published_precision, *dates[1], a.date_modified_raw,
                a.date_modified_precision, a.article_section, to_json(list(a.keywords)) if a.keywords else None,
                a.in_language, a.publisher, a.is_accessible_for_free, a.image, a.image_caption, a.image_credit,
                a.canonical_url, a.article_body, _blocks(a), e.body_source, e.confidence,
                word_count(a.article_body), sha256, extracted_at, e.lines or None,
            ),
        )  # fmt: skip
        self.new_versions += 1
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _insert_details(self, version_id: int, extraction: Extraction, article: Article) -> None:
        names = [row(name)[0] for name in article.authors]
        many = self.connection.executemany
        many("INSERT INTO author (name) VALUES (?) ON CONFLICT DO NOTHING", [(name,) for name in names])
        many(
            "INSERT INTO version_author SELECT ?, ?, author_id FROM author WHERE name = ?",
            [(version_id, position, name) for position, name in enumerate(names, 1)],
        )
        many(
            """INSERT INTO removed (version_id, position, reason, text, confidence, place)
               VALUES (?, ?, ?, ?, ?, ?)""",
            [
                row(version_id, n, block.reason, block.text, block.confidence, block.place)
                for n, block in enumerate(extraction.removed, 1)
            ],
        )
        many(
            """INSERT INTO field_source (version_id, position, field, source, value, chosen)
               VALUES (?, ?, ?, ?, ?, ?)""",
            [
                row(version_id, n, s.field, s.source, s.value, s.chosen)
                for n, s in enumerate(extraction.sources, 1)
            ],
        )


def _blocks(article: Article) -> str | None:
    """The kinds of the body's blocks as JSON: `[["p", 0.98], ["li", null]]`."""
    blocks = [[block.kind.value, block.confidence] for block in article.body_blocks]
    return to_json(blocks) if blocks else None


_Dates = tuple[tuple[str | None, str | None], tuple[str | None, str | None]]


def _dates(article: Article) -> _Dates:
    """(UTC, offset) of the dates of publication and modification."""
    published, modified = article.date_published, article.date_modified
    return (
        to_utc(published) if published else (None, None),
        to_utc(modified) if modified else (None, None),
    )


def _sha256(a: Article, verdict: Verdict, dates: _Dates) -> str:
    parts: tuple[Any, ...] = (
        verdict.value, a.headline, a.description, list(a.authors), dates[0][0], dates[1][0], a.article_section,
        a.article_body,
    )  # fmt: skip
    return text_sha256(parts)


def cjk_grams(connection: sqlite3.Connection, version_id: int) -> tuple[str, str] | None:
    """What the index of pairs holds of a version: (headline, text); None if it has nothing to hold."""
    headline, *texts = connection.execute(_CJK_TEXT, (version_id,)).fetchone()
    pairs = (cjk.grams(headline), cjk.grams(*texts))
    return pairs if any(pairs) else None
