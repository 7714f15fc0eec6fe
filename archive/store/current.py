"""Which versions an article shows, after its captures or its texts have changed."""

from __future__ import annotations

import sqlite3

from archive.model import Verdict
from archive.store import cjk
from archive.store.revisions import mark

# WARC-Dates of different precision compare rightly without their Z.
_SHOWN = """SELECT version.version_id, version.text_sha256, version.same_as
  FROM version CROSS JOIN capture ON capture.version_id = version.version_id
  WHERE version.article_id = ? ORDER BY rtrim(capture.captured_at, 'Z'), capture.capture_id"""
_NEWEST = """SELECT coalesce(version.same_as, version.version_id), version.verdict
  FROM version CROSS JOIN capture ON capture.version_id = version.version_id
  WHERE version.article_id = ? ORDER BY rtrim(capture.captured_at, 'Z') DESC, capture.capture_id DESC LIMIT 1"""
_CJK_TEXT = """SELECT headline, authors, description, article_body, article_section, keywords, other_headlines
  FROM version WHERE version_id = ?"""


def relink(connection: sqlite3.Connection, article_id: int) -> None:
    """Say which versions are one: those of neighbours in time that read the same. The first of them is shown."""
    ids = connection.execute("SELECT version_id FROM version WHERE article_id = ? LIMIT 2", (article_id,))
    if len(ids.fetchall()) < 2:
        return
    first: dict[int, int] = {}  # version -> one that it is the same as; itself if it is the first

    def find(version_id: int) -> int:
        while first[version_id] != version_id:
            version_id = first[version_id]
        return version_id

    rank: dict[int, int] = {}  # in order of time
    stored: dict[int, int | None] = {}
    before: tuple[int, str] | None = None
    for version_id, sha256, same_as in connection.execute(_SHOWN, (article_id,)):
        stored[version_id] = same_as
        rank.setdefault(version_id, len(rank))
        first.setdefault(version_id, version_id)
        if before is not None and before[1] == sha256:
            earlier, later = sorted((find(before[0]), find(version_id)), key=rank.__getitem__)
            first[later] = earlier
        before = version_id, sha256
    for version_id, same_as in stored.items():
        wanted = None if find(version_id) == version_id else find(version_id)
        if wanted != same_as:
            connection.execute("UPDATE version SET same_as = ? WHERE version_id = ?", (wanted, version_id))


def refresh(connection: sqlite3.Connection, article_id: int, version_id: int | None = None) -> None:
    """Make the version that the newest capture shows the current one, and keep both search indexes in step.

    `version_id`: of a new article, whose only version it is.
    """
    if version_id is None:
        mark(connection, article_id)
        found = connection.execute(_NEWEST, (article_id,)).fetchone()
        version_id = found[0] if found and found[1] != Verdict.SOFT_404 else None
    make_current(connection, article_id, version_id)


def make_current(connection: sqlite3.Connection, article_id: int, version_id: int | None) -> None:
    """Let an article have this version as its current one, or none, and enter it in both search indexes."""
    (current,) = connection.execute(
        "SELECT current_version_id FROM article WHERE article_id = ?", (article_id,)
    ).fetchone()
    if current == version_id:
        return
    if current is not None and (pairs := cjk_grams(connection, current)):
        connection.execute(
            "INSERT INTO articles_cjk_fts (articles_cjk_fts, rowid, headline, text) VALUES ('delete', ?, ?, ?)",
            (article_id, *pairs),
        )
    connection.execute(  # a trigger keeps articles_fts
        "UPDATE article SET current_version_id = ?, unsettled = 1 WHERE article_id = ?", (version_id, article_id)
    )
    if version_id is not None and (pairs := cjk_grams(connection, version_id)):
        connection.execute(
            "INSERT INTO articles_cjk_fts (rowid, headline, text) VALUES (?, ?, ?)", (article_id, *pairs)
        )


def cjk_grams(connection: sqlite3.Connection, version_id: int) -> tuple[str, str] | None:
    """What the index of pairs holds of a version: (headline, text); None if it has nothing to hold."""
    headline, *texts = connection.execute(_CJK_TEXT, (version_id,)).fetchone()
    pairs = (cjk.grams(headline), cjk.grams(*texts))
    return pairs if any(pairs) else None
