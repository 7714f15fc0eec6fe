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


@migrations()
def m002_blocks_and_furniture(db: Database) -> None:
    """Kinds and confidence of blocks, precision of dates, credits, furniture. A new database has all of it."""
    if "furniture" not in db.table_names():
        columns = (
            ("version", "date_published_precision TEXT"),
            ("version", "date_modified_precision TEXT"),
            ("version", "image_credit TEXT"),
            ("version", "body_blocks TEXT"),
            ("version", "body_source TEXT"),
            ("version", "confidence REAL"),
            ("version", "lines BLOB"),
            ("version", "full_sha256 TEXT"),
            ("version", "same_as INTEGER REFERENCES version(version_id)"),
            ("removed", "confidence REAL"),
            ("removed", "place TEXT"),
            ("removed", "line INTEGER"),
            ("removed", "kind TEXT"),
            ("site", "unsettled INTEGER NOT NULL DEFAULT 0"),
        )
        added = "".join(f"ALTER TABLE {table} ADD COLUMN {column};\n" for table, column in columns)
        made = map(_made, ("version_article", "removed_furniture", "furniture", "articles"))
        run(db, f"{added}DROP INDEX version_article;\nDROP VIEW articles;\n{''.join(made)}", 2)
    run(db, "", 2)


@migrations()
def m003_custody(db: Database) -> None:
    """Payloads, drafts, takedowns, imported and verified files, requisites. A new database has all of it."""
    if "payload" not in db.table_names():
        columns = (
            ("warc_file", "path TEXT"),
            ("warc_file", "imported_from TEXT"),
            ("warc_file", "verified_at TEXT"),
            ("warc_file", "verified_bytes INTEGER"),
            ("warc_file", "verified_mtime INTEGER"),
            ("capture", "recipe_id INTEGER REFERENCES recipe(recipe_id)"),
            ("capture", "lost_at TEXT"),
        )
        added = "".join(f"ALTER TABLE {table} ADD COLUMN {column};\n" for table, column in columns)
        made = map(_made, ("payload", "payload_capture", "draft", "draft_recipe", "takedown"))
        run(db, added + "".join(made) + _RECIPE_OF_CAPTURES, 3)
        _allow_requisites(db)
    run(db, "", 3)


@migrations()
def m004_following(db: Database) -> None:
    """Schedules, opt-out signals, revisions, stories. A new database has all of it."""
    if "revision" not in db.table_names():
        columns = (
            ("site", "schedule TEXT"),
            ("site", "edit_curve TEXT"),
            ("site", "edit_curve_at TEXT"),
            ("url", "next_visit TEXT"),
            ("feed", "foreign_entries INTEGER"),
            ("feed", "interval_s INTEGER"),
            ("feed", "unchanged INTEGER NOT NULL DEFAULT 0"),
            ("feed", "failures INTEGER NOT NULL DEFAULT 0"),
            ("feed", "last_new TEXT"),
            ("capture", "opt_out TEXT"),
            ("robots", "tdm TEXT"),
            ("robots", "tdm_fetched_at TEXT"),
            ("article", "story_id INTEGER REFERENCES story(story_id)"),
            ("article", "similarity REAL"),
            ("article", "unrevised INTEGER NOT NULL DEFAULT 0"),
            ("article", "unsettled INTEGER NOT NULL DEFAULT 1"),
        )
        added = "".join(f"ALTER TABLE {table} ADD COLUMN {column};\n" for table, column in columns)
        made = (
            "url_next_visit", "revision", "revision_article", "revision_capture", "revision_version", "revision_seen",
            "story", "article_story", "article_unrevised", "article_unsettled", "sketch", "shingle", "articles",
        )  # fmt: skip
        # What edits there are, the end of the next crawl finds.
        changed = "UPDATE article SET unrevised = 1;\n"
        run(db, f"{added}DROP VIEW articles;\n{''.join(map(_made, made))}{changed}", 4)
    run(db, "", 4)


@migrations()
def m005_rest(db: Database) -> None:
    """How long hosts want to be left alone. A new database has it."""
    run(db, "" if "rest" in db.table_names() else _made("rest"), 5)


@migrations()
def m006_sightings_that_last(db: Database) -> None:
    """One sighting for all readings of a feed that say the same. A new database has it."""
    if "last_seen" not in {column.name for column in db["sighting"].columns}:
        made = map(_made, ("sighting", "sighting_url", "sighting_feed", "url_site", "url_undone"))
        drop = "".join(f"DROP INDEX {name};\n" for name in ("sighting_url", "sighting_feed", "url_site"))
        sighting, *rest = made
        renamed = f"{drop}ALTER TABLE sighting RENAME TO reading;\n{sighting}"
        run(db, f"{renamed}{_SIGHTINGS}DROP TABLE reading;\n{''.join(rest)}", 6)
    run(db, "", 6)


# Readings of a feed are numbered; while a URL has the same claims in one after the other, the difference between their
# count and its own stays the same.
_SIGHTINGS = """
INSERT INTO sighting (sighting_id, url_id, feed_id, capture_id, seen_at, last_seen, position, link_text, claimed_title,
    claimed_published, claimed_modified)
  WITH numbered AS (
    SELECT *, dense_rank() OVER (PARTITION BY feed_id ORDER BY seen_at)
      - dense_rank() OVER (PARTITION BY feed_id, url_id, link_text, claimed_title, claimed_published, claimed_modified
                           ORDER BY seen_at) AS stay
    FROM reading),
  lasting AS (
    SELECT min(sighting_id) AS sighting_id, min(seen_at) AS since, max(seen_at) AS until, min(position) AS foremost
    FROM numbered
    GROUP BY feed_id, url_id, link_text, claimed_title, claimed_published, claimed_modified, stay)
  SELECT sighting_id, url_id, feed_id, capture_id, since, until, foremost, link_text, claimed_title, claimed_published,
    claimed_modified
  FROM lasting JOIN reading USING (sighting_id) ORDER BY sighting_id;
"""

_RECIPE_OF_CAPTURES = """
UPDATE capture SET recipe_id = (SELECT recipe_id FROM version WHERE version.version_id = capture.version_id)
  WHERE version_id IS NOT NULL;
"""


def _allow_requisites(db: Database) -> None:
    """A CHECK is changed where it is written (https://www.sqlite.org/lang_altertable.html, section 7)."""
    old, new = "'feed', 'robots')", "'feed', 'robots', 'requisite')"
    db.conn.execute("PRAGMA writable_schema = ON")
    db.conn.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'url'", (old, new)
    )
    version = db.conn.execute("PRAGMA schema_version").fetchone()[0]
    db.conn.execute(f"PRAGMA schema_version = {version + 1:d}")
    db.conn.execute("PRAGMA writable_schema = OFF")


def _made(name: str) -> str:
    """The statement of the present schema that makes a table, view or index."""
    kinds = ("TABLE", "VIEW", "INDEX")
    begin = next(schema.TABLES.index(made) for k in kinds if (made := f"CREATE {k} {name} ") in schema.TABLES)
    return next(statements(schema.TABLES[begin:])) + "\n"


def migrate(db: Database) -> None:
    """Apply what is pending, in one transaction that excludes other writers from its first moment."""
    with transaction(db) as connection:
        if connection.execute("PRAGMA user_version").fetchone()[0] < schema.SCHEMA_VERSION:
            migrations.apply(db)
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID:d}")
