"""Rows to be written elsewhere, one after another: articles as in the view, or all their versions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.store import schema
from archive.store.search import matching
from archive.store.transaction import storage_errors

if TYPE_CHECKING:
    from sqlite_utils import Database

# The view, but each version of an article with its own capture; VERSION_COLUMNS come after the view's.
_CURRENT = "JOIN version ON version.version_id = article.current_version_id"
_EACH = """JOIN version ON version.article_id = article.article_id
    AND version.same_as IS NULL AND version.verdict <> 'soft-404'
  JOIN recipe ON recipe.recipe_id = version.recipe_id"""
VERSION_COLUMNS = {
    "is_current": "version.version_id = article.current_version_id",
    "recipe_sha256": "recipe.sha256",
    "extracted_at": "version.extracted_at",
    "text_sha256": "version.text_sha256",
    "block_digest": "capture.block_digest",
    "payload_digest": "capture.payload_digest",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that are read from the disk as they are drawn, in the order of the articles' numbers."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


def articles(db: Database, query: str | None = None, **filters: str | None) -> Rows:
    """The view `articles`: all of it, or what a search finds. `filters` and errors are those of `search`."""
    ids, parameters = matching(db, query, **filters)
    return _rows(db, f"SELECT * FROM articles WHERE article_id IN ({ids}) ORDER BY article_id", parameters)


def versions(db: Database, query: str | None = None, **filters: str | None) -> Rows:
    """Every version of the articles that `articles` has, the older first."""
    ids, parameters = matching(db, query, **filters)
    sql = f"""{_select_versions()} WHERE article.article_id IN ({ids})
      ORDER BY article.article_id, rtrim(capture.captured_at, 'Z'), version.extracted_at, version.version_id"""
    return _rows(db, sql, parameters)


def _select_versions() -> str:
    view = schema.TABLES[schema.TABLES.index("CREATE VIEW articles AS") :]
    select = view[view.index("SELECT") : view.index(";")].replace(_CURRENT, _EACH)
    more = ", ".join(f"{sql} AS {name}" for name, sql in VERSION_COLUMNS.items())
    return select.replace("\n  FROM article\n", f", {more}\n  FROM article\n")


def _rows(db: Database, sql: str, parameters: dict[str, Any]) -> Rows:
    with storage_errors(db):
        cursor = db.conn.execute(sql, parameters)
    return Rows(tuple(column[0] for column in cursor.description), cursor)
