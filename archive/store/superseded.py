"""Versions that a promotion takes from view: what an older recipe made, and a rebuild cannot read from the pages again.

`state` says all of one, for an event of the journal; `restore` enters it from there, beside what is read today.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from archive.extract.evidence import merge
from archive.store import version_json
from archive.store.bodies import mark_unsettled
from archive.store.current import make_current, refresh, relink
from archive.store.fields import record_held, record_told
from archive.store.takedown import forget_versions
from archive.store.text import row

Span = tuple[str, str]  # WARC-Dates without their Z: of the first capture and of the last that showed a version

_SPAN = "SELECT min(rtrim(captured_at, 'Z')), max(rtrim(captured_at, 'Z')) FROM capture WHERE version_id = ?"
_SAME_AS = """SELECT capture.record_id, coalesce(other.full_sha256, other.text_sha256) FROM version
  JOIN version AS other ON other.version_id = version.same_as JOIN capture ON capture.capture_id = other.capture_id
  WHERE version.version_id = ?"""
# What was read from its capture, or from one that showed the same at that time.
_ALIKE = """SELECT version.version_id, version.capture_id, recipe.sha256 FROM version
  JOIN capture ON capture.capture_id = version.capture_id JOIN recipe ON recipe.recipe_id = version.recipe_id
  WHERE version.article_id = ?1 AND coalesce(version.full_sha256, version.text_sha256) = ?2
    AND (version.capture_id = ?3 OR rtrim(capture.captured_at, 'Z') BETWEEN ?4 AND ?5)
  ORDER BY version.capture_id <> ?3, recipe.sha256 <> ?6, version.version_id"""


def span_of(connection: sqlite3.Connection, version_id: int) -> Span:
    """From when to when captures were made that show a version."""
    first, last = connection.execute(_SPAN, (version_id,)).fetchone()
    return first, last


def state(connection: sqlite3.Connection, version_id: int) -> dict[str, Any]:
    """A version with its recipe, and which one it was a part of: {version, recipe, same_as}, fit for JSON."""
    held = version_json.told(connection, version_id)
    (recipe,) = version_json.recipes(connection, [held["recipe"]])
    same_as = connection.execute(_SAME_AS, (version_id,)).fetchone()
    return {"version": held, "recipe": recipe, "same_as": same_as}


def names(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Of which article a state is, by its URL, and from which capture, by its record id; none of what is no state."""
    try:
        return str(facts["version"]["article"][0]), str(facts["version"]["record_id"])
    except (KeyError, TypeError, IndexError):
        return ()


# Bringing it back. The caller holds the transaction.


def restore(connection: sqlite3.Connection, facts: Mapping[str, Any], shown: Span) -> bool:
    """Enter a version that is not there; no capture is made to show it -> whether its capture is here.

    If what is read today says the same in every field, there is one version: as it was made first.
    """
    held = facts["version"]
    source = connection.execute(
        "SELECT capture_id, site_id FROM capture JOIN url USING (url_id) WHERE record_id = ?",
        row(held["record_id"]),
    ).fetchone()
    if source is None:
        return False
    capture_id, site_id = source
    version_json.enter_recipes(connection, [facts["recipe"]])
    article_id = version_json.enter_article(connection, site_id, held)
    alike = next(_alike(connection, article_id, capture_id, held, shown), None)
    if alike is not None and alike[1:] == (capture_id, held["recipe"]):
        version_id = alike[0]
        connection.execute(
            "UPDATE version SET extracted_at = ? WHERE version_id = ?",
            row(held["columns"]["extracted_at"], version_id),
        )
    else:
        version_id = version_json.enter(connection, article_id, capture_id, held)
        if alike is not None:
            _take_place(connection, article_id, alike[0], version_id)
        _unsettle(connection, article_id)
    if _learn(connection, version_id, held["columns"].get("lines")):
        _unsettle(connection, article_id)
    _link(connection, article_id, version_id, facts["same_as"])
    return True


def _alike(
    connection: sqlite3.Connection, article_id: int, capture_id: int, held: Mapping[str, Any], shown: Span
) -> Iterator[tuple[int, int, str]]:
    """Versions that say the same: (number, capture, recipe); what was read from its capture with its recipe first."""
    record = record_told(held["columns"], held["removed"])
    parameters = row(article_id, version_json.full_sha256(held), capture_id, *shown, held["recipe"])
    for found in connection.execute(_ALIKE, parameters).fetchall():
        if record_held(connection, found[0], full=True) == record:
            yield found


def _take_place(connection: sqlite3.Connection, article_id: int, old: int, new: int) -> None:
    """Let captures show another version, and forget the one that they show."""
    make_current(connection, article_id, None)
    _learn(
        connection,
        new,
        connection.execute("SELECT hex(lines) FROM version WHERE version_id = ?", (old,)).fetchone()[0],
    )
    connection.execute("UPDATE capture SET version_id = ? WHERE version_id = ?", (new, old))
    connection.execute("UPDATE version SET same_as = ? WHERE same_as = ?", (new, old))
    forget_versions(connection, "version_id = ?", old)
    relink(connection, article_id)
    refresh(connection, article_id)


def _learn(connection: sqlite3.Connection, version_id: int, lines: str | None) -> bool:
    """Add evidence for furniture, in hex -> whether any of it is new."""
    (known,) = connection.execute("SELECT lines FROM version WHERE version_id = ?", (version_id,)).fetchone()
    both = merge(known or b"", bytes.fromhex(lines or ""))
    if both == (known or b""):
        return False
    connection.execute("UPDATE version SET lines = ? WHERE version_id = ?", (both, version_id))
    return True


def _link(
    connection: sqlite3.Connection, article_id: int, version_id: int, same_as: tuple[str, str] | None
) -> None:
    """Say again of which version it was a part, unless a capture shows it: then its neighbours tell."""
    connection.execute(
        """UPDATE version SET same_as = (
             SELECT other.version_id FROM version AS other JOIN capture USING (capture_id)
             WHERE other.article_id = ?2 AND capture.record_id = ?3 AND other.version_id <> ?1
               AND coalesce(other.full_sha256, other.text_sha256) = ?4 ORDER BY other.version_id LIMIT 1)
           WHERE version_id = ?1 AND NOT EXISTS (SELECT 1 FROM capture WHERE capture.version_id = ?1)""",
        row(version_id, article_id, *(same_as or (None, None))),
    )


def _unsettle(connection: sqlite3.Connection, article_id: int) -> None:
    (site_id,) = connection.execute("SELECT site_id FROM article WHERE article_id = ?", (article_id,)).fetchone()
    mark_unsettled(connection, site_id)
