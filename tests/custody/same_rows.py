"""All rows of a database without its numbers: what refers to a row names it, so that two databases can be compared."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

# What names a row of a table, for those that others refer to.
_NAMES = {
    "site": ("name",), "crawl": ("uuid",), "url": ("url",), "warc_file": ("filename",), "capture": ("record_id",),
    "recipe": ("sha256",), "article": ("url",), "version": ("capture_id", "recipe_id", "full_sha256"),
    "author": ("name",), "feed": ("url_id",), "story": ("first_article_id",),
}  # fmt: skip
# When something was done to the database itself, not to the archive; and whose value is a number of a row.
_OWN = {
    ("version", "extracted_at"), ("recipe", "first_used"), ("warc_file", "sealed_at"), ("warc_file", "verified_at"),
    ("warc_file", "verified_bytes"), ("warc_file", "verified_mtime"), ("crawl", "summary"), ("takedown", "erased_at"),
}  # fmt: skip


def rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    """{table: its rows, sorted}, each a dict of columns; keys of other tables are the names of their rows."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    tables = [
        name
        for (name, sql) in connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
        if not sql.startswith("CREATE VIRTUAL") and "_fts_" not in name and not name.startswith(("sqlite", "_"))
    ]
    raw = {table: [dict(row) for row in connection.execute(f"SELECT * FROM {table}")] for table in tables}
    keys = {
        table: {found["from"]: found["table"] for found in connection.execute(f"PRAGMA foreign_key_list({table})")}
        for table in tables
    }
    connection.close()
    by_id = {table: {row[f"{table}_id"]: row for row in raw[table]} for table in _NAMES}

    def name(table: str, row_id: Any) -> Any:
        row = by_id[table].get(row_id)
        if row is None:
            return row_id
        return tuple(name(keys[table][c], row[c]) if c in keys[table] else row[c] for c in _NAMES[table])

    return {
        table: sorted(
            (
                {
                    column: name(keys[table][column], value) if column in keys[table] else value
                    for column, value in row.items()
                    if column != f"{table}_id" and (table, column) not in _OWN
                }
                for row in raw[table]
            ),
            key=repr,
        )
        for table in tables
    }


def differences(one: Path, other: Path) -> list[str]:
    """A line for each row that only one of the two has."""
    found: list[str] = []
    a, b = rows(one), rows(other)
    for table in sorted(a.keys() | b.keys()):
        left, right = [repr(r) for r in a.get(table, [])], [repr(r) for r in b.get(table, [])]
        found += [f"- {table}: {row}" for row in left if row not in set(right)]
        found += [f"+ {table}: {row}" for row in right if row not in set(left)]
    return found
