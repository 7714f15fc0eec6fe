"""The full-text indexes: whether they agree with the articles, and making them anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from archive.store import cjk
from archive.store.current import cjk_grams
from archive.store.transaction import storage_errors, transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

_CURRENT = """SELECT article.article_id, headline, authors, description, article_body, article_section, keywords,
  other_headlines FROM article JOIN version ON version_id = current_version_id"""


def integrity(db: Database, *, quick: bool = False) -> list[str]:
    """What is wrong with the database, one line each; empty if it is sound.

    Reads all of it. FTS5 checks itself through a statement that counts as a write, so a crawl waits meanwhile.
    `quick` looks at SQLite's structures and references alone, without comparing indexes.

    :raises StorageFailed: the disk fails, or another process keeps the database locked.
    """
    return structure_problems(db, quick=quick) + ([] if quick else index_problems(db))


def structure_problems(db: Database, *, quick: bool = False) -> list[str]:
    """What is wrong with SQLite's structures and with references between rows."""
    return _collected(db, _structure(db.conn, quick))


def index_problems(db: Database) -> list[str]:
    """Where the full-text indexes do not agree with the articles; `rebuild_indexes` mends it."""
    return _collected(db, _indexes(db.conn))


def _collected(db: Database, found: Iterator[str]) -> list[str]:
    problems: list[str] = []
    with storage_errors(db):
        try:
            problems.extend(found)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_CORRUPT:
                raise
            problems.append(f"SQLite: {error}; the checks ended here")
    return problems


def _structure(connection: sqlite3.Connection, quick: bool) -> Iterator[str]:
    for (line,) in connection.execute(f"PRAGMA {'quick_check' if quick else 'integrity_check'}(100)"):
        if line != "ok":
            yield f"SQLite: {line}"
    for table, row_id, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"row {row_id} of {table} refers to a row of {parent} that is not there"
    (strays,) = connection.execute(
        """SELECT count(*) FROM article JOIN version ON version_id = current_version_id
           WHERE version.article_id <> article.article_id"""
    ).fetchone()
    if strays:
        yield f"{strays} articles have another article's version as their current one"


def _indexes(connection: sqlite3.Connection) -> Iterator[str]:
    (read_only,) = connection.execute("PRAGMA query_only").fetchone()
    connection.execute("PRAGMA query_only = OFF")
    try:
        for index in ("articles_fts", "articles_cjk_fts"):
            yield from _self_check(connection, index)
    finally:
        connection.execute(f"PRAGMA query_only = {read_only:d}")
    held = {article_id for (article_id,) in connection.execute(
        "SELECT article_id FROM article WHERE current_version_id IS NOT NULL"
    )}  # fmt: skip
    yield from _differences("articles_fts", held, _indexed(connection, "articles_fts"))
    unspaced = {
        article_id
        for article_id, *texts in connection.execute(_CURRENT)
        if any(text and cjk.is_unspaced(text) for text in texts)
    }
    yield from _differences("articles_cjk_fts", unspaced, _indexed(connection, "articles_cjk_fts"))


def _self_check(connection: sqlite3.Connection, index: str) -> Iterator[str]:
    """`rank` 1 makes FTS5 compare with the text as well, where there is text to compare with."""
    try:
        connection.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_READONLY:
            return  # on a medium that cannot be written; the other checks have to do
        if code != sqlite3.SQLITE_CORRUPT:
            raise
        yield f"the search index {index} does not agree with the articles"


def _indexed(connection: sqlite3.Connection, index: str) -> set[int]:
    return {row_id for (row_id,) in connection.execute(f"SELECT id FROM {index}_docsize")}


def _differences(index: str, wanted: set[int], indexed: set[int]) -> Iterator[str]:
    if missing := wanted - indexed:
        yield f"{len(missing)} articles are missing from the search index {index}"
    if surplus := indexed - wanted:
        yield f"the search index {index} holds {len(surplus)} articles that it should not"


def rebuild_indexes(db: Database) -> None:
    """Make both full-text indexes anew from the current versions, in one transaction."""
    with transaction(db) as connection:
        connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('rebuild')")
        connection.execute("INSERT INTO articles_cjk_fts (articles_cjk_fts) VALUES ('delete-all')")
        current = connection.execute(
            "SELECT article_id, current_version_id FROM article WHERE current_version_id IS NOT NULL"
        ).fetchall()
        for article_id, version_id in current:
            if pairs := cjk_grams(connection, version_id):
                connection.execute(
                    "INSERT INTO articles_cjk_fts (rowid, headline, text) VALUES (?, ?, ?)", (article_id, *pairs)
                )
