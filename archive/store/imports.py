"""Files of other tools in the database: their rows, what is known of their records, and revisits that wait."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.store.articles import Articles, Source
from archive.store.bodies import mark_unsettled
from archive.store.processed import Processed
from archive.store.text import Moment, one_line, row, stamp
from archive.store.transaction import transaction
from archive.store.urls import IMPORTED_DEPTH
from archive.urls import surt

if TYPE_CHECKING:
    from sqlite_utils import Database

_ASKED_AT_ONCE = 5000
_FILE = """SELECT warc_file_id, filename, path, imported_from, sha256, opened_at, committed_bytes, sealed_at IS NOT NULL
  FROM warc_file"""
# The original of a revisit, by what the revisit tells of it, the surest first. One that is a revisit itself leads on.
_ORIGINAL = """SELECT coalesce(further.record_id, capture.record_id)
  FROM capture LEFT JOIN capture AS further ON further.capture_id = capture.refers_to"""
_BY_ID = f"{_ORIGINAL} WHERE capture.record_id = ?"
_BY_DATE = f"""{_ORIGINAL} JOIN url ON url.url_id = capture.url_id
  WHERE url.url = ?1 AND substr(capture.captured_at, 1, 19) = substr(?2, 1, 19) AND capture.record_id <> ?3
  ORDER BY capture.captured_at = ?2 DESC, capture.record_type = 'response' DESC, capture.capture_id LIMIT 1"""
_BY_DIGEST = f"""{_ORIGINAL} JOIN url ON url.url_id = capture.url_id
  WHERE url.url = ?1 AND capture.payload_digest = ?2 AND capture.record_type = 'response'
  ORDER BY rtrim(capture.captured_at, 'Z'), capture.capture_id LIMIT 1"""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file that came from elsewhere."""

    warc_file_id: int
    filename: str
    path: str | None  # where it lies; None: in warc/
    imported_from: str
    sha256: str
    opened_at: str  # when it was imported
    committed_bytes: int
    is_whole: bool  # all of it is in the database


@dataclass(frozen=True, slots=True)
class Refers:
    """What a revisit record tells of its original."""

    record_id: str | None = None
    url: str | None = None
    date: str | None = None
    payload_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A revisit whose original is not here, and where it lies."""

    record_id: str
    filename: str
    path: str | None
    offset: int
    length: int


def add_imported_file(
    db: Database,
    filename: str,
    *,
    imported_from: str,
    path: str | None,
    sha256: str,
    warcinfo_id: str,
    imported_at: Moment,
    before: str | None = None,
) -> ImportedFile:
    """Enter a file whose records are to be entered; one that is known already is returned as it is.

    `before`: the name that it had when it lay elsewhere; all that is known of it stays.
    """
    with transaction(db) as connection:
        if before is not None:
            connection.execute(
                """UPDATE warc_file SET filename = ?1, path = ?2, imported_from = ?3, verified_at = NULL,
                     verified_bytes = NULL, verified_mtime = NULL WHERE filename = ?4""",
                row(filename, path, imported_from, before),
            )
        connection.execute(
            """INSERT INTO warc_file (filename, warcinfo_id, opened_at, committed_bytes, sha256, path, imported_from)
               VALUES (?, ?, ?, 0, ?, ?, ?) ON CONFLICT (filename) DO NOTHING""",
            row(filename, warcinfo_id, stamp(imported_at), sha256, path, imported_from),
        )
        found = connection.execute(f"{_FILE} WHERE filename = ?", row(filename)).fetchone()
    return _file(found)


def file_of_sha256(db: Database, sha256: str) -> tuple[str, str | None, bool] | None:
    """A file with these bytes: its name, where it lies (None: in warc/), and whether it was imported."""
    sql = "SELECT filename, path, imported_from IS NOT NULL FROM warc_file WHERE sha256 = ?"
    found = db.conn.execute(sql, row(sha256)).fetchone()
    return (found[0], found[1], bool(found[2])) if found else None


def knows_filename(db: Database, filename: str) -> bool:
    sql = "SELECT 1 FROM warc_file WHERE filename = ? COLLATE NOCASE"
    return db.conn.execute(sql, row(filename)).fetchone() is not None


def unfinished_imports(db: Database) -> list[ImportedFile]:
    """The files that are not entered to their end: an import was stopped."""
    found = db.conn.execute(f"{_FILE} WHERE imported_from IS NOT NULL AND sealed_at IS NULL ORDER BY warc_file_id")
    return [_file(values) for values in found]


def _file(values: Any) -> ImportedFile:
    file_id, filename, path, name, sha256, opened_at, committed, is_whole = values
    return ImportedFile(file_id, filename, path, name, sha256, opened_at, committed, bool(is_whole))


Known = tuple[str, str]  # block digest and URL of a capture


def known_captures(db: Database, record_ids: Iterable[str]) -> dict[str, Known]:
    """Those of these records that the archive holds, by their ids."""
    ids, found = list(record_ids), dict[str, Known]()
    for start in range(0, len(ids), _ASKED_AT_ONCE):
        asked = json.dumps(ids[start : start + _ASKED_AT_ONCE])
        sql = """SELECT record_id, block_digest, url FROM capture JOIN url USING (url_id)
                 WHERE record_id IN (SELECT value FROM json_each(?))"""
        found.update((name, (digest, url)) for name, digest, url in db.conn.execute(sql, (asked,)))
    return found


def site_of_url(db: Database, url: str) -> tuple[int, str] | None:
    """The id and name of the site that a known URL belongs to."""
    sql = "SELECT site_id, site.name FROM url JOIN site USING (site_id) WHERE url = ?"
    found = db.conn.execute(sql, row(url)).fetchone()
    return (found[0], found[1]) if found else None


def homepages(db: Database) -> list[tuple[int, str, str]]:
    """Id, name and homepage of all sites, the oldest first."""
    found = db.conn.execute("SELECT site_id, name, homepage FROM site ORDER BY site_id")
    return [(site_id, name, homepage) for site_id, name, homepage in found]


def original_of(db: Database, refers: Refers, record_id: str) -> str | None:
    """The record id of the capture that the revisit `record_id` refers to, if it is held."""
    tries: list[tuple[str, tuple[Any, ...]]] = []
    if refers.record_id:
        tries.append((_BY_ID, row(refers.record_id)))
    if refers.url and refers.date:
        tries.append((_BY_DATE, row(refers.url, refers.date, record_id)))
    if refers.url and refers.payload_digest:
        tries.append((_BY_DIGEST, row(refers.url, refers.payload_digest)))
    for sql, parameters in tries:
        found = db.conn.execute(sql, parameters).fetchone()
        if found and found[0] != record_id:
            return str(found[0])
    return None


def unlinked_revisits(db: Database) -> Iterator[Unlinked]:
    """All revisits whose originals are not here, in the order in which they came."""
    found = db.conn.execute(
        """SELECT record_id, filename, path, "offset", length FROM capture JOIN warc_file USING (warc_file_id)
           WHERE record_type = 'revisit' AND refers_to IS NULL ORDER BY capture_id"""
    ).fetchall()
    return (Unlinked(*values) for values in found)


def link_revisit(db: Database, record_id: str, original_id: str, p: Processed) -> bool:
    """A revisit whose original has come, read anew with its payload -> whether it shows another version now.

    :raises ValueError: one of the two is not held.
    """
    with transaction(db) as connection:
        capture_id, captured_at, url_id, url, site_id = _row_of(db, record_id)
        articles = Articles(connection)
        recipe_id = articles.recipe_id(p.recipe, _read_at(p)) if p.recipe and p.extraction else None
        connection.execute(
            """UPDATE capture SET refers_to = ?, verdict = ?, extraction_error = ?, recipe_id = ?
               WHERE capture_id = ?""",
            row(
                _row_of(db, original_id)[0], p.verdict.value if p.verdict else None,
                one_line(p.extraction_error), recipe_id, capture_id,
            ),
        )  # fmt: skip
        connection.execute(
            "UPDATE attempt SET detail = ?, outcome = ? WHERE capture_id = ?",
            row(one_line(p.detail), p.outcome.value, capture_id),
        )
        source = Source(capture_id, captured_at, url_id, url, site_id)
        if p.extraction is not None:
            article_id = articles.store(source, p.extraction, p.recipe, _read_at(p))
        else:
            article_id = articles.seen_again(source)
        if article_id is not None:
            connection.execute(
                """UPDATE url SET article_id = ?1 WHERE url_id = ?2 AND NOT EXISTS (
                     SELECT 1 FROM capture WHERE url_id = ?2 AND version_id IS NOT NULL
                       AND rtrim(captured_at, 'Z') > ?3)""",
                (article_id, url_id, source.at),
            )
    return article_id is not None


def _row_of(db: Database, record_id: str) -> tuple[int, str, int, str, int]:
    found = db.conn.execute(
        """SELECT capture_id, captured_at, url_id, url.url, url.site_id FROM capture JOIN url USING (url_id)
           WHERE record_id = ?""",
        row(record_id),
    ).fetchone()
    if found is None:
        raise ValueError(f"no capture has the record id {record_id}")
    return found[0], found[1], found[2], found[3], found[4]


def _read_at(p: Processed) -> str:
    return stamp(p.extracted_at if p.extracted_at is not None else p.started_at)


def adopt(db: Database, site_id: int, hosts: Iterable[str]) -> int:
    """Give a site that is followed now what was imported of its hosts and belongs to another one -> how many URLs.

    What a crawl has fetched or found stays where it is.
    """
    moved = 0
    with transaction(db) as connection:
        for host in hosts:
            begin = surt(f"http://{host}/").partition(")")[0] + ")"
            among = """surt >= ?2 AND surt < ?3 AND depth >= ?4 AND site_id <> ?1"""
            parameters = (site_id, begin, begin[:-1] + "*", IMPORTED_DEPTH)
            sql = f"SELECT DISTINCT site_id FROM url WHERE {among}"
            others = [other for (other,) in connection.execute(sql, parameters)]
            if not others:
                continue
            connection.execute(
                f"""UPDATE article SET site_id = ?1 WHERE site_id <> ?1 AND article_id IN (
                      SELECT article_id FROM url WHERE {among})""",
                parameters,
            )
            moved += connection.execute(f"UPDATE url SET site_id = ?1 WHERE {among}", parameters).rowcount
            for unsettled in (site_id, *others):
                mark_unsettled(connection, unsettled)
    return moved


def urls_taken_down(db: Database) -> list[str]:
    """The URLs that are excluded because they were taken down."""
    return [url for (url,) in db.conn.execute("SELECT url FROM url WHERE excluded_by = 'takedown'")]


def is_unsettled(db: Database) -> bool:
    """Whether pages have come since the furniture of their sites was learnt, or since stories were looked for."""
    found = db.conn.execute(
        "SELECT 1 FROM site WHERE unsettled = 1 UNION ALL SELECT 1 FROM article WHERE unsettled = 1 LIMIT 1"
    )
    return found.fetchone() is not None


def journal_files(db: Database) -> list[str]:
    """Names of the archive's own WARC files that belong to no crawl, the newest first: they hold events."""
    found = db.conn.execute(
        "SELECT filename FROM warc_file WHERE crawl_id IS NULL AND imported_from IS NULL ORDER BY warc_file_id DESC"
    )
    return [name for (name,) in found]
