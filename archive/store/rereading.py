"""Which captures the present recipe has not read: told by the database alone.

The present recipe of a capture depends on its URL and time, since site rules do. SQL asks for it by a function,
`present_recipe(url, captured_at)`, so that what has been read with it already is left out without opening a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.model import Recipe

if TYPE_CHECKING:
    from sqlite_utils import Database

PRESENT = "present_recipe(url.url, capture.captured_at)"
# CROSS JOIN: captures are gone through in the order of an index, a few hundred at a time, and never sorted.
_CAPTURES = """FROM capture CROSS JOIN url ON url.url_id = capture.url_id
  LEFT JOIN capture AS original ON original.capture_id = capture.refers_to"""
# A revisit of the same URL that was read as its original was: it shows whatever that one shows. One of the same bytes
# at another URL, or under other rules, is a page of its own.
_FOLLOWS = f"""(original.capture_id IS NOT NULL AND original.url_id = capture.url_id
  AND original.version_id IS capture.version_id AND original.verdict IS capture.verdict
  AND present_recipe(url.url, original.captured_at) = {PRESENT})"""
# What the live pipeline read as a page, or failed to.
READ_LIVE = """capture.status BETWEEN 200 AND 299 AND url.kind IN ('page', 'front', 'section')
  AND (capture.verdict IS NOT NULL OR capture.extraction_error IS NOT NULL) AND capture.lost_at IS NULL"""
_PAGES = f"{READ_LIVE} AND NOT {_FOLLOWS} AND original.lost_at IS NULL"
_DRAFTED = f"""EXISTS (SELECT 1 FROM draft
  WHERE draft.capture_id = capture.capture_id AND draft.recipe_id = {PRESENT})"""
_PLACE = """{0}_file.filename, {0}_file.path, {0}."offset", {0}.length, {0}.record_id, {0}.block_digest"""
_TO_READ = f"""SELECT capture.warc_file_id, capture."offset", capture.capture_id, url.url, url.kind,
    capture.captured_at, capture.record_type, {_PLACE.format("capture")}, {_PLACE.format("original")}
  {_CAPTURES} JOIN warc_file AS capture_file ON capture_file.warc_file_id = capture.warc_file_id
  LEFT JOIN warc_file AS original_file ON original_file.warc_file_id = original.warc_file_id
  WHERE {_PAGES} AND (capture.warc_file_id, capture."offset") > (:file, :offset)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A part of the archive: all conditions hold. Days are days in UTC or beginnings of them, `2024-05`, inclusive."""

    site_id: int | None = None
    since: str | None = None
    until: str | None = None
    url: str | None = None
    article_id: int | None = None
    verdicts: tuple[str, ...] = ()  # that captures have now

    def conditions(self) -> tuple[str, dict[str, Any]]:
        """-> SQL that follows a condition, and its parameters."""
        sql, parameters = [""], dict[str, Any]()
        if self.site_id is not None:
            sql.append("url.site_id = :site_id")
            parameters["site_id"] = self.site_id
        if self.since is not None:
            sql.append("capture.captured_at >= :since")
            parameters["since"] = self.since
        if self.until is not None:
            sql.append("substr(capture.captured_at, 1, length(:until)) <= :until")
            parameters["until"] = self.until
        if self.url is not None:
            sql.append("capture.url_id = (SELECT url_id FROM url WHERE url.url = :url)")
            parameters["url"] = self.url
        if self.article_id is not None:
            sql.append("""capture.capture_id IN (
              SELECT c.capture_id FROM url AS u JOIN capture AS c USING (url_id) WHERE u.article_id = :article_id UNION
              SELECT c.capture_id FROM version AS v JOIN capture AS c USING (version_id)
              WHERE v.article_id = :article_id)""")
            parameters["article_id"] = self.article_id
        if self.verdicts:
            given = {f"verdict_{n}": verdict for n, verdict in enumerate(self.verdicts)}
            sql.append(f"capture.verdict IN ({', '.join(f':{name}' for name in given)})")
            parameters |= given
        return " AND ".join(sql), parameters


class Present:
    """The present recipes of an archive: which of its rows they are; a number below 0 where none is yet."""

    def __init__(self, db: Database, recipe_for: Callable[[str, str], Recipe]) -> None:
        """`recipe_for`: the present recipe of a URL and the WARC-Date of a capture of it."""
        self.recipe_for = recipe_for
        self._ids: dict[str, int] = dict(db.conn.execute("SELECT sha256, recipe_id FROM recipe").fetchall())
        self._error: BaseException | None = None
        db.conn.create_function("present_recipe", 2, self._row)

    def _row(self, url: str, captured_at: str) -> int:
        if self._error is not None:
            return 0
        try:
            sha256 = self.recipe_for(url, captured_at).sha256
        except BaseException as e:  # Ctrl-C too: SQLite would only say that a function failed
            self._error = e
            return 0
        return self._ids.setdefault(sha256, -len(self._ids) - 1)

    def rows(self, db: Database, sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of a query that asks for present recipes; raises what `recipe_for` raised."""
        found = db.conn.execute(sql, parameters).fetchall()
        if self._error is not None:
            raise self._error
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies, and what it must be. `path`: of a file that was imported by reference."""

    warc_file: str
    path: str | None
    offset: int
    length: int
    record_id: str
    block_digest: str


@dataclass(frozen=True, slots=True)
class ToRead:
    """A capture that the present recipe has not read. `original`: of a revisit, where its body lies."""

    capture_id: int
    url: str
    kind: str
    captured_at: str
    place: Place
    original: Place | None


def _unread(again: bool) -> str:
    return ("" if again else f" AND capture.recipe_id IS NOT {PRESENT}") + f" AND NOT {_DRAFTED}"


def count(db: Database, present: Present, selection: Selection, *, again: bool = False) -> tuple[int, int]:
    """-> pages in this part of the archive, and those of them that are to be read. See `to_read`."""
    where, parameters = selection.conditions()
    ((pages, todo),) = present.rows(
        db,
        f"SELECT count(*), count(*) FILTER (WHERE 1{_unread(again)}) {_CAPTURES} WHERE {_PAGES}{where}",
        parameters,
    )
    return pages, todo


def to_read(
    db: Database, present: Present, selection: Selection, *, again: bool = False, step: int = 500
) -> Iterator[ToRead]:
    """The captures that the present recipe has not read, in the order of their files and places.

    `again`: also those that it read when they came. Between two of them drafts may be written.
    """
    where, parameters = selection.conditions()
    sql = f'{_TO_READ}{where}{_unread(again)} ORDER BY capture.warc_file_id, capture."offset" LIMIT {step:d}'
    place = (0, -1)
    while found := present.rows(db, sql, parameters | {"file": place[0], "offset": place[1]}):
        yield from (_to_read(*values) for values in found)
        place = found[-1][:2]


def _to_read(
    _: int, __: int, capture_id: int, url: str, kind: str, at: str, record_type: str, *where: Any
) -> ToRead:
    own, original = where[:6], where[6:]
    body = Place(*original) if record_type == "revisit" else None
    return ToRead(capture_id, url, kind, at, Place(*own), body)
