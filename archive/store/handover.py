"""What is handed over: which captures a selection takes in, where their records lie, and the pages they show."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.store.crawls import OPEN_SUFFIX
from archive.store.decisions import site_of_name
from archive.store.search import date_bound, matching
from archive.urls import normalise

if TYPE_CHECKING:
    from sqlite_utils import Database

Ids = Collection[int] | None  # capture ids; None: all that are held

_AMONG = "(:ids IS NULL OR capture.capture_id IN (SELECT value FROM json_each(:ids)))"
_RECORDS = f"""SELECT capture.capture_id, capture.warc_file_id, url.url, capture.record_id, capture.record_type,
    capture."offset", capture.length, capture.request_offset, capture.request_length, capture.metadata_offset,
    capture.metadata_length, capture.captured_at, capture.status, capture.content_type,
    coalesce(original.payload_digest, capture.payload_digest), capture.truncated,
    CASE WHEN original.lost_at IS NULL THEN capture.refers_to END, capture.redirect_to, url.kind
  FROM capture JOIN url ON url.url_id = capture.url_id
  LEFT JOIN capture AS original ON original.capture_id = capture.refers_to
  WHERE {_AMONG} AND capture.lost_at IS NULL ORDER BY capture.warc_file_id, capture."offset" """
# WARC-Dates of different precision compare rightly without their Z. Of the columns, SQLite takes those of the row
# that has the maximum.
_PAGES = f"""SELECT capture.capture_id, max(rtrim(capture.captured_at, 'Z')) AS at
  FROM capture JOIN version ON version.version_id = capture.version_id
  WHERE version.verdict <> 'soft-404' AND capture.lost_at IS NULL AND {_AMONG}
    AND CASE capture.record_type WHEN 'response' THEN capture.truncated IS NULL ELSE capture.status <> 304 END
  GROUP BY version.article_id ORDER BY at, capture.capture_id"""
_PAGE = """SELECT capture.record_id, url.url, capture.captured_at, version.headline, version.article_body
  FROM capture JOIN url ON url.url_id = capture.url_id JOIN version ON version.version_id = capture.version_id
  WHERE capture.capture_id = ?"""
_URLS_OF_ARTICLES = """SELECT url_id FROM url WHERE article_id IN (SELECT value FROM json_each(?1))
  UNION SELECT capture.url_id FROM version CROSS JOIN capture ON capture.version_id = version.version_id
  WHERE version.article_id IN (SELECT value FROM json_each(?1))"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which captures are wanted: all conditions hold; None stands for no condition.

    `since` and `until` bound the time of capture (UTC), both inclusive: a year, month, day or RFC 3339 time.
    """

    sites: tuple[str, ...] | None = None
    since: str | None = None
    until: str | None = None
    articles: frozenset[int] | None = None

    @property
    def is_everything(self) -> bool:
        return self == Wanted()


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A WARC file of the archive, and where it lies (`place`; while it is written, `.open` is added there)."""

    warc_file_id: int
    filename: str
    place: Path
    warcinfo_id: str  # empty if it has none
    committed_bytes: int
    is_sealed: bool
    sha256: str | None
    is_imported: bool
    is_elsewhere: bool  # imported by reference

    def path(self) -> Path | None:
        """The file that is there now: it may have been sealed since the database was asked."""
        growing = self.place.with_name(self.place.name + OPEN_SUFFIX)
        return next((path for path in (growing, self.place) if path.is_file()), None)


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A capture with its records; offsets and lengths are those of gzip members (or plain records) in its file."""

    capture_id: int
    warc_file_id: int
    url: str
    record_id: str
    record_type: str
    offset: int
    length: int
    request_offset: int | None
    request_length: int | None
    metadata_offset: int | None
    metadata_length: int | None
    captured_at: str
    status: int
    content_type: str | None
    payload_digest: str | None  # of a revisit: that of its original, by which replay tools find it
    truncated: str | None
    refers_to: int | None
    redirect_to: str | None
    kind: str  # of its URL, as in the frontier


@dataclass(frozen=True, slots=True)
class HeldPage:
    """The newest capture that shows an article whole (not a mere 304), and the article as it was read from it."""

    record_id: str
    url: str
    captured_at: str
    headline: str | None
    article_body: str


def held_files(db: Database, warc_folder: Path) -> dict[int, HeldFile]:
    """The archive's WARC files by their number, in the order in which they were opened."""
    found = db.conn.execute(
        """SELECT warc_file_id, filename, path, warcinfo_id, committed_bytes, sealed_at, sha256, imported_from
           FROM warc_file WHERE committed_bytes > 0 ORDER BY warc_file_id"""
    )
    return {
        file_id: HeldFile(
            file_id, name, warc_folder / (path or name), warcinfo_id, committed,
            sealed_at is not None, sha256, imported_from is not None, path is not None,
        )
        for file_id, name, path, warcinfo_id, committed, sealed_at, sha256, imported_from in found
    }  # fmt: skip


def places_of(db: Database, file_id: int) -> dict[str, int]:
    """Where in a file the captures lie, by their record ids."""
    return dict(db.conn.execute('SELECT record_id, "offset" FROM capture WHERE warc_file_id = ?', (file_id,)))


def held_records(db: Database, ids: Ids = None) -> Iterator[HeldRecord]:
    """The captures in the order of files and offsets."""
    for found in db.conn.execute(_RECORDS, {"ids": _json(ids)}):
        yield HeldRecord(*found)


def places(record: HeldRecord) -> list[tuple[int, int]]:
    """(offset, length) of a capture and of its request and metadata records, where there are such."""
    others = (
        (record.request_offset, record.request_length),
        (record.metadata_offset, record.metadata_length),
    )
    return [
        (record.offset, record.length),
        *((offset, length) for offset, length in others if offset is not None and length is not None),
    ]


def held_pages(db: Database, ids: Ids = None) -> Iterator[HeldPage]:
    """One page for each article that the captures show, the oldest capture first."""
    newest = [capture_id for capture_id, _ in db.conn.execute(_PAGES, {"ids": _json(ids)})]
    for capture_id in newest:
        yield HeldPage(*db.conn.execute(_PAGE, (capture_id,)).fetchone())


def chosen_captures(db: Database, wanted: Wanted) -> set[int]:
    """The captures that meet the conditions, nothing that comes along with them.

    :raises NotFound: there is no site of a name.
    :raises BadInput: `since` or `until` is no date.
    """
    conditions, parameters = ["1"], dict[str, Any]()
    if wanted.sites is not None:
        conditions.append("url.site_id IN (SELECT value FROM json_each(:sites))")
        parameters["sites"] = _json({site_of_name(db, name) for name in wanted.sites})
    if wanted.since is not None:
        conditions.append("rtrim(capture.captured_at, 'Z') >= :since")
        parameters["since"] = date_bound(wanted.since).rstrip("Z")
    if wanted.until is not None:
        conditions.append("substr(rtrim(capture.captured_at, 'Z'), 1, length(:until)) <= :until")
        parameters["until"] = date_bound(wanted.until).rstrip("Z")
    if wanted.articles is not None:
        conditions.append("capture.url_id IN (SELECT value FROM json_each(:urls))")
        parameters["urls"] = _json(_urls_of_articles(db, wanted.articles))
    found = db.conn.execute(
        f"SELECT capture_id FROM capture JOIN url USING (url_id) WHERE {' AND '.join(conditions)}", parameters
    )
    return {capture_id for (capture_id,) in found}


def found_articles(db: Database, text: str) -> frozenset[int]:
    """The articles that a search finds, however many. Raises BadInput if there is no word to search for."""
    sql, parameters = matching(db, text)
    return frozenset(article_id for article_id, *_ in db.conn.execute(sql, parameters))


def originals(db: Database, ids: Iterable[int]) -> set[int]:
    """The captures that these revisits refer to, and those that they refer to."""
    found, new = set[int](), set(ids)
    while new:
        referred = db.conn.execute(
            """SELECT DISTINCT refers_to FROM capture
               WHERE refers_to IS NOT NULL AND capture_id IN (SELECT value FROM json_each(?))""",
            (_json(new),),
        )
        new = {capture_id for (capture_id,) in referred} - found
        found |= new
    return found


def has_other_requisites(db: Database, ids: Collection[int]) -> bool:
    """Whether there are captures of pictures, styles or fonts that are not among these."""
    found = db.conn.execute(
        """SELECT 1 FROM url JOIN capture USING (url_id) WHERE url.kind = 'requisite'
           AND capture_id NOT IN (SELECT value FROM json_each(?)) LIMIT 1""",
        (_json(ids),),
    )
    return found.fetchone() is not None


def nearest_captures(db: Database, url: str, at: str) -> list[int]:
    """The whole captures of a requisite just before and just after a WARC-Date; none of what is no requisite."""
    found: list[int] = []
    for at_or, order in (("<=", "DESC"), (">", "ASC")):
        nearest = db.conn.execute(
            f"""SELECT capture_id FROM url JOIN capture USING (url_id)
                WHERE url.url = ?1 AND url.kind IN ('requisite', 'page') AND status < 400 AND truncated IS NULL
                  AND lost_at IS NULL
                  AND rtrim(captured_at, 'Z') {at_or} rtrim(?2, 'Z') ORDER BY captured_at {order} LIMIT 1""",
            (url, at),
        ).fetchone()
        found += nearest or ()
    return found


def site_titles(db: Database, ids: Ids = None) -> list[str]:
    """Names for people of the sites that the captures are of, by name."""
    found = db.conn.execute(
        f"""SELECT coalesce(title, name) FROM site WHERE site_id IN (
              SELECT url.site_id FROM capture JOIN url USING (url_id) WHERE {_AMONG}) ORDER BY name""",
        {"ids": _json(ids)},
    )
    return [title for (title,) in found]


def _urls_of_articles(db: Database, articles: Collection[int]) -> set[int]:
    """The URLs that show the articles or did so, and those that redirect there."""
    ids = {url_id for (url_id,) in db.conn.execute(_URLS_OF_ARTICLES, (_json(articles),))}
    redirects = [
        (url_id, normalise(target))
        for url_id, target in db.conn.execute(
            "SELECT DISTINCT url_id, redirect_to FROM capture WHERE redirect_to IS NOT NULL"
        )
    ]
    new = ids
    while redirects and new:
        named = db.conn.execute(
            "SELECT url FROM url WHERE url_id IN (SELECT value FROM json_each(?))", (_json(new),)
        )
        urls = {url for (url,) in named}
        new = {url_id for url_id, target in redirects if target in urls} - ids
        ids |= new
    return ids


def _json(ids: Ids) -> str | None:
    return None if ids is None else json.dumps(sorted(ids))
