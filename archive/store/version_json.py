"""A version with all its parts as JSON, for a record in a WARC file, and back.

{columns: of its row, but numbers of other rows and what is null; bytes in hex, article: [url, first_seen], recipe:
sha256, record_id: of its capture, authors, removed, field_source}
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from archive.store.text import row

_NUMBERS = frozenset({"version_id", "article_id", "capture_id", "recipe_id", "same_as", "name"})
_PARTS = {
    "removed": "SELECT * FROM removed WHERE version_id = ? ORDER BY position",
    "field_source": "SELECT * FROM field_source WHERE version_id = ? ORDER BY position",
}


def told(connection: sqlite3.Connection, version_id: int) -> dict[str, Any]:
    """What the database knows of a version."""
    cursor = connection.execute("SELECT * FROM version WHERE version_id = ?", (version_id,))
    found = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
    article = connection.execute(
        "SELECT url, first_seen FROM article WHERE article_id = ?", (found["article_id"],)
    ).fetchone()
    (recipe,) = connection.execute(
        "SELECT sha256 FROM recipe WHERE recipe_id = ?", (found["recipe_id"],)
    ).fetchone()
    (record_id,) = connection.execute(
        "SELECT record_id FROM capture WHERE capture_id = ?", (found["capture_id"],)
    ).fetchone()
    authors = connection.execute(
        "SELECT name FROM version_author JOIN author USING (author_id) WHERE version_id = ? ORDER BY position",
        (version_id,),
    )
    columns = {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in found.items()
        if name not in _NUMBERS and value is not None
    }
    parts = {name: _rows(connection, sql, version_id) for name, sql in _PARTS.items()}
    return {"columns": columns, "article": article, "recipe": recipe, "record_id": record_id,
            "authors": [name for (name,) in authors], **parts}  # fmt: skip


def _rows(connection: sqlite3.Connection, sql: str, number: int) -> list[dict[str, Any]]:
    cursor = connection.execute(sql, (number,))
    names = [column[0] for column in cursor.description]
    return [
        {name: value for name, value in zip(names, values, strict=True) if name != "version_id"}
        for values in cursor
    ]


def recipes(connection: sqlite3.Connection, hashes: Collection[str | None]) -> list[tuple[str, str, str]]:
    """Recipes by their sha256: (sha256, definition, first used)."""
    found = connection.execute(
        "SELECT sha256, definition, first_used FROM recipe WHERE sha256 IN (SELECT value FROM json_each(?))",
        (json.dumps([sha256 for sha256 in hashes if sha256]),),
    )
    return found.fetchall()


def full_sha256(held: Mapping[str, Any]) -> str:
    """The hash of its text with the furniture still in the body."""
    columns: Mapping[str, str] = held["columns"]
    return columns.get("full_sha256") or columns["text_sha256"]


# Bringing it back. The caller holds the transaction.


def enter_recipes(connection: sqlite3.Connection, found: Iterable[Sequence[str]]) -> None:
    connection.executemany(
        "INSERT INTO recipe (sha256, definition, first_used) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [row(*recipe) for recipe in found],
    )


def enter_article(connection: sqlite3.Connection, site_id: int, held: Mapping[str, Any]) -> int:
    """The number of its article, entered if it is not there."""
    url, first_seen = held["article"]
    connection.execute(
        """INSERT INTO article (site_id, url, first_seen) VALUES (?, ?, ?)
           ON CONFLICT (url) DO UPDATE SET first_seen = min(first_seen, excluded.first_seen)""",
        row(site_id, url, first_seen),
    )
    (article_id,) = connection.execute("SELECT article_id FROM article WHERE url = ?", row(url)).fetchone()
    return int(article_id)


def enter(connection: sqlite3.Connection, article_id: int, capture_id: int, held: Mapping[str, Any]) -> int:
    """Enter a version with all its parts -> its number. Its recipe must be there; nothing shows it yet."""
    (recipe_id,) = connection.execute(
        "SELECT recipe_id FROM recipe WHERE sha256 = ?", row(held["recipe"])
    ).fetchone()
    columns = dict(held["columns"])
    if "lines" in columns:
        columns["lines"] = bytes.fromhex(columns["lines"])
    columns |= {"article_id": article_id, "capture_id": capture_id, "recipe_id": recipe_id}
    version_id = _insert(connection, "version", columns)
    names: Sequence[str] = held["authors"]
    connection.executemany("INSERT INTO author (name) VALUES (?) ON CONFLICT DO NOTHING", [row(n) for n in names])
    connection.executemany(
        "INSERT INTO version_author SELECT ?, ?, author_id FROM author WHERE name = ?",
        [row(version_id, position, name) for position, name in enumerate(names, 1)],
    )
    for table in _PARTS:
        for part in held[table]:
            _insert(connection, table, {**part, "version_id": version_id})
    return version_id


def _insert(connection: sqlite3.Connection, table: str, columns: Mapping[str, Any]) -> int:
    """Enter a row; columns that this version of the schema does not have are left out."""
    known = {name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}
    names = [name for name in columns if name in known]
    cursor = connection.execute(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
        row(*(columns[name] for name in names)),
    )
    return cursor.lastrowid or 0
