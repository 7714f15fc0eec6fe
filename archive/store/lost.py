"""Captures whose records were damaged and set aside: what the database knows of them outlives the bytes.

Their rows and texts stay. They are also written into the note that takes the place of the record (`state`), so that a
rebuild, which has the WARC files alone, brings them back (`restore`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archive.model import Capture
from archive.store import version_json
from archive.store.bodies import mark_unsettled
from archive.store.current import refresh, relink
from archive.store.text import row

if TYPE_CHECKING:
    from sqlite_utils import Database

_FACTS = (
    "captured_at", "status", "content_type", "block_digest", "payload_digest", "payload_sha256", "payload_bytes",
    "truncated", "ip", "redirect_to", "fetch_ms",
)  # fmt: skip
_SHOWN = """SELECT capture.record_id, capture.verdict, capture.extraction_error, recipe.sha256, capture.version_id
  FROM capture LEFT JOIN recipe USING (recipe_id) WHERE capture_id = ?1 OR refers_to = ?1"""
_LINK = """UPDATE url SET article_id = (
    SELECT version.article_id FROM capture JOIN version ON version.version_id = capture.version_id
    WHERE capture.url_id = ?1 ORDER BY rtrim(capture.captured_at, 'Z') DESC LIMIT 1) WHERE url_id = ?1"""


def lost_captures(db: Database) -> int:
    """How many there are."""
    return int(db.conn.execute("SELECT count(*) FROM capture WHERE lost_at IS NOT NULL").fetchone()[0])


def mark_lost(connection: sqlite3.Connection, record_id: str, at: str) -> None:
    """Note that a capture has lost its record. No new one may refer to it."""
    connection.execute("UPDATE capture SET lost_at = coalesce(lost_at, ?) WHERE record_id = ?", row(at, record_id))
    connection.execute(
        "DELETE FROM payload WHERE capture_id = (SELECT capture_id FROM capture WHERE record_id = ?)",
        row(record_id),
    )


def state(db: Database, capture_id: int) -> dict[str, Any]:
    """What the database knows of a capture, and of those that refer to it, as far as the records cannot tell: for JSON.

    {record_id, capture: its facts, refers_to: the record id of its original, shown: {record id: what that capture
    shows}, versions: clean records, recipes: those that were used}; a version is named by its place in the list, a
    recipe by its sha256.
    """
    connection = db.conn
    record_id, *facts = connection.execute(
        f"""SELECT capture.record_id, {", ".join(f"capture.{name}" for name in _FACTS)}, original.record_id FROM capture
            LEFT JOIN capture AS original ON original.capture_id = capture.refers_to WHERE capture.capture_id = ?""",
        (capture_id,),
    ).fetchone()
    shown: dict[str, Any] = {}
    versions: dict[int, int] = {}
    for shows, verdict, error, recipe, version_id in connection.execute(_SHOWN, (capture_id,)):
        place = versions.setdefault(version_id, len(versions)) if version_id is not None else None
        shown[shows] = {"verdict": verdict, "extraction_error": error, "recipe": recipe, "version": place}
    held = [version_json.told(connection, version_id) for version_id in versions]
    used = {one["recipe"] for one in (*shown.values(), *held)}
    return {
        "record_id": record_id,
        "capture": dict(zip(_FACTS, facts, strict=False)),
        "refers_to": facts[-1],
        "shown": shown,
        "versions": held,
        "recipes": version_json.recipes(connection, used),
    }


def capture_in(held: Mapping[str, Any], record_id: str, record_type: str) -> Capture:
    """The capture of a state, for a commit."""
    return Capture(record_id=record_id, record_type=record_type, refers_to=held["refers_to"], **held["capture"])


# Bringing it back. The caller holds the transaction.


def restore(connection: sqlite3.Connection, record_id: str, held: Mapping[str, Any]) -> None:
    """Let a capture that was entered just now show what it showed, with its clean record if that is not there."""
    shown = held["shown"].get(record_id)
    found = connection.execute(
        """SELECT capture_id, url.url_id, url.site_id FROM capture JOIN url USING (url_id) WHERE record_id = ?""",
        row(record_id),
    ).fetchone()
    if shown is None or found is None:
        return
    capture_id, url_id, site_id = found
    connection.execute(
        """UPDATE capture SET refers_to = (SELECT capture_id FROM capture WHERE record_id = ?1)
           WHERE capture_id = ?2 AND record_id <> ?1 AND refers_to IS NULL""",
        row(held["record_id"], capture_id),
    )
    version_json.enter_recipes(connection, held["recipes"])
    version_id, recipe = None, shown["recipe"]
    articles = connection.execute(
        """SELECT article_id FROM capture JOIN version ON version.version_id = capture.version_id
           WHERE capture.capture_id = ?""",
        (capture_id,),
    ).fetchall()
    if shown["version"] is not None:
        version_id = _restored(connection, site_id, capture_id, held["versions"][shown["version"]])
    connection.execute(
        """UPDATE capture SET verdict = ?, extraction_error = ?, version_id = ?,
             recipe_id = (SELECT recipe_id FROM recipe WHERE sha256 = ?) WHERE capture_id = ?""",
        row(shown["verdict"], shown["extraction_error"], version_id, recipe, capture_id),
    )
    articles += connection.execute("SELECT article_id FROM version WHERE version_id = ?", (version_id,)).fetchall()
    for article_id in {article_id for (article_id,) in articles}:
        relink(connection, article_id)
        refresh(connection, article_id)
    connection.execute(_LINK, (url_id,))
    mark_unsettled(connection, site_id)


def _restored(connection: sqlite3.Connection, site_id: int, capture_id: int, held: Mapping[str, Any]) -> int:
    """The number of a version, entered if it is not there."""
    article_id = version_json.enter_article(connection, site_id, held)
    source = connection.execute(
        "SELECT capture_id FROM capture WHERE record_id = ?", row(held["record_id"])
    ).fetchone()
    known = connection.execute(
        """SELECT version_id FROM version
           WHERE article_id = ? AND capture_id IS ? AND coalesce(full_sha256, text_sha256) = ?""",
        (article_id, source[0] if source else None, version_json.full_sha256(held)),
    ).fetchone()
    if known is not None:
        return int(known[0])
    return version_json.enter(connection, article_id, source[0] if source else capture_id, held)


_KEYS = frozenset({"record_id", "capture", "refers_to", "shown", "versions", "recipes"})


def packed(held: Mapping[str, Any]) -> str:
    """A state as one line of text."""
    return json.dumps(held, ensure_ascii=True, sort_keys=True)


def unpacked(text: str) -> dict[str, Any] | None:
    """The reverse of `packed`; None for what is no state."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return held if isinstance(held, dict) and held.keys() >= _KEYS else None
