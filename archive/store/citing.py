"""What a citation needs from the database, and what finding a cited record again needs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import NotFound
from archive.store.folder import Archive
from archive.store.queries import article, find_article, version, versions
from archive.store.records import VersionRecord
from archive.store.text import row

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Takedown:
    """A record that was removed on request."""

    url: str
    taken_down_at: str
    reason: str


def version_of(db: Database, ref: int | str, version_id: int | None = None) -> VersionRecord:
    """The current version of the article that `ref` means (see `article`), or the one of this number.

    :raises NotFound: there is no such article, or it has no such version.
    """
    if version_id is None:
        return article(db, ref).version
    article_id = find_article(db, ref)
    try:
        found = version(db, min(version_id, 2**62))
    except NotFound:
        found = None
    if found is None or found.article_id != article_id:
        of = ", ".join(f"{known.version_id} ({known.captured_at[:10]})" for known in versions(db, article_id))
        raise NotFound(f"article {article_id} has no version {version_id}", hint=f"it has {of or 'none'}")
    return found


def site_title(db: Database, name: str) -> str | None:
    """What the site is called for people."""
    found = db.conn.execute("SELECT title FROM site WHERE name = ?", row(name)).fetchone()
    return found[0] if found else None


def takedown_of(db: Database, record_id: str) -> Takedown | None:
    """The takedown that took this record; None if none did."""
    found = db.conn.execute(
        "SELECT url, taken_down_at, reason FROM takedown WHERE instr(records, ?) ORDER BY takedown_id LIMIT 1",
        row(json.dumps(record_id, ensure_ascii=False)),
    ).fetchone()
    return Takedown(*found) if found else None


def warc_path(archive: Archive, filename: str) -> Path | None:
    """Where a WARC file lies that the database knows, also while it is being written; None if it is not there."""
    found = archive.db.conn.execute("SELECT path FROM warc_file WHERE filename = ?", row(filename)).fetchone()
    folder = archive.warc_folder
    elsewhere = [folder / found[0]] if found and found[0] else []
    places = (*elsewhere, folder / f"{filename}.open", folder / filename)
    return next((path for path in places if path.is_file()), None)
