"""Numbered migrations: migration n takes a database from `user_version` n-1 to n, all or nothing.

`sqlite3.executescript` commits, so the statements are run one by one inside the migration's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from sqlite_utils import Database, Migrations

from archive.store import schema
from archive.store.transaction import transaction

migrations = Migrations("broadsheet")


def statements(sql: str) -> Iterator[str]:
    """The single statements of a script; triggers, whose bodies hold semicolons, come out whole."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
    if statement.strip():
        raise ValueError(f"incomplete SQL statement: {statement.strip()[:60]}")


def run(db: Database, sql: str, version: int) -> None:
    """Run a script and note the version it leads to; the caller's transaction holds both together."""
    for statement in statements(sql):
        db.conn.execute(statement)
    db.conn.execute(f"PRAGMA user_version = {version:d}")


@migrations()
def m001_first_tables(db: Database) -> None:
    run(db, schema.TABLES + schema.TRIGGERS, 1)


def migrate(db: Database) -> None:
    """Apply what is pending, in one transaction that excludes other writers from its first moment."""
    with transaction(db) as connection:
        if connection.execute("PRAGMA user_version").fetchone()[0] < schema.SCHEMA_VERSION:
            migrations.apply(db)
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID:d}")
