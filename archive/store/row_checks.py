"""Whether rows agree with one another: the hashes of the clean texts, and what is stored twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from archive.store.bodies import sha256_of, whole
from archive.store.text import word_count

if TYPE_CHECKING:
    from sqlite_utils import Database

Problem = tuple[str | None, str]  # URL, what

_VERSIONS = """SELECT version.version_id, article.url, version.article_body, version.authors, version.word_count,
    version.text_sha256, version.full_sha256
  FROM version JOIN article USING (article_id) WHERE version_id > ? ORDER BY version_id LIMIT ?"""
_NAMES = """SELECT group_concat(name, '; ') FROM (SELECT name FROM version_author JOIN author USING (author_id)
  WHERE version_id = ? ORDER BY position)"""
_BATCH = 500

# What must not be there, as (URL, number) -> what is said of it.
_CONTRADICTIONS = (
    (
        """SELECT url.url, capture.capture_id FROM payload JOIN capture USING (capture_id) JOIN url USING (url_id)
           WHERE payload.digest IS NOT capture.payload_digest""",
        "the payload of capture {} is listed under another digest",
    ),
    (
        """SELECT url.url, capture.capture_id FROM attempt JOIN capture USING (capture_id)
           JOIN url ON url.url_id = attempt.url_id WHERE capture.url_id <> attempt.url_id""",
        "an attempt has capture {} of another URL",
    ),
)


def row_problems(db: Database) -> Iterator[Problem]:
    """What contradicts itself in the database."""
    for sql, what in _CONTRADICTIONS:
        for url, number in db.conn.execute(sql):
            yield url, what.format(number)
    yield from _texts(db.conn)


def _texts(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Every version must have the hashes of what it says."""
    last = 0
    while found := connection.execute(_VERSIONS, (last, _BATCH)).fetchall():
        for version_id, url, body, authors, words, text_sha256, full_sha256 in found:
            if sha256_of(connection, version_id, body) != text_sha256:
                yield url, f"the text of version {version_id} is not that of its text_sha256"
            elif full_sha256 is not None and _whole_sha256(connection, version_id) != full_sha256:
                yield url, f"version {version_id} with its furniture is not that of its full_sha256"
            if word_count(body) != words:
                yield url, f"version {version_id} has {word_count(body)} words, not {words}"
            (names,) = connection.execute(_NAMES, (version_id,)).fetchone()
            if names != authors:
                yield url, f"the authors of version {version_id} are {names or 'none'}, not {authors or 'none'}"
        last = found[-1][0]


def _whole_sha256(connection: sqlite3.Connection, version_id: int) -> str:
    return sha256_of(connection, version_id, "\n".join(line.text for line in whole(connection, version_id)))
