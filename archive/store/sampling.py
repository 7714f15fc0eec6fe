"""The pages that a regression can look at, each with the version that it is compared with; read only.

A page is a capture that was read from an answer of its own, and whose version was made from that very capture: what a
neighbour in time says as well, or a revisit, is said once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.errors import NotFound
from archive.extract.furniture import Furniture
from archive.store.bodies import site_furniture
from archive.store.fields import record_held
from archive.store.rereading import READ_LIVE, Place, ToRead

if TYPE_CHECKING:
    from sqlite_utils import Database

CHUNK = 500  # captures that are asked for at once
_SHOWN = "capture.version_id"
_OF_RECIPE = """CASE WHEN capture.recipe_id = :recipe THEN capture.version_id ELSE (SELECT max(v.version_id)
  FROM version AS v WHERE v.capture_id = capture.capture_id AND v.recipe_id = :recipe) END"""
_FROM = """FROM capture JOIN url ON url.url_id = capture.url_id JOIN site ON site.site_id = url.site_id
  LEFT JOIN version ON version.version_id = {version}"""
_OWN = "(version.version_id IS NULL OR version.capture_id = capture.capture_id)"
_STRATUM = "site.name, substr(capture.captured_at, 1, 7)"
_PAGE = """SELECT capture.capture_id, url.url, url.kind, capture.captured_at, warc_file.filename, warc_file.path,
    capture."offset", capture.length, capture.record_id, capture.block_digest, site.name, site.site_id,
    version.version_id, version.article_id, coalesce(capture.verdict, 'error')"""


@dataclass(frozen=True, slots=True)
class Part:
    """Which pages: of these sites (all, if none is named), and those that a recipe has read (None: any)."""

    site_ids: tuple[int, ...] = ()
    recipe_id: int | None = None

    def sql(self) -> tuple[str, str, dict[str, Any]]:
        """-> FROM, the condition, and their parameters."""
        version = _SHOWN if self.recipe_id is None else _OF_RECIPE
        where = [READ_LIVE, "capture.record_type = 'response'", _OWN]
        parameters: dict[str, Any] = {f"site_{n}": site_id for n, site_id in enumerate(self.site_ids)}
        if parameters:
            where.append(f"url.site_id IN ({', '.join(f':{name}' for name in parameters)})")
        if self.recipe_id is not None:
            parameters["recipe"] = self.recipe_id
            where.append("(capture.recipe_id = :recipe OR version.version_id IS NOT NULL)")
        return _FROM.format(version=version), " AND ".join(where), parameters


@dataclass(frozen=True, slots=True)
class HeldPage:
    """A page to read, and what it is compared with: a version, or the verdict of a page that shows no article."""

    to_read: ToRead
    site: str
    site_id: int
    version_id: int | None
    article_id: int | None
    verdict: str

    @property
    def record_id(self) -> str:
        return self.to_read.place.record_id


Stratum = tuple[str, str]  # the site's name, the month of capture


def strata(db: Database, part: Part) -> dict[Stratum, int]:
    """How many pages there are of each site and month, in the order of their names."""
    source, where, parameters = part.sql()
    sql = f"SELECT {_STRATUM}, count(*) {source} WHERE {where} GROUP BY 1, 2 ORDER BY 1, 2"
    return {(site, month): number for site, month, number in db.conn.execute(sql, parameters).fetchall()}


def members(db: Database, part: Part) -> Iterator[tuple[Stratum, str, int]]:
    """Every page: its stratum, record id and capture."""
    source, where, parameters = part.sql()
    sql = f"SELECT {_STRATUM}, capture.record_id, capture.capture_id {source} WHERE {where}"
    for site, month, record_id, capture_id in db.conn.execute(sql, parameters):
        yield (site, month), record_id, capture_id


def pages(db: Database, part: Part, capture_ids: Sequence[int]) -> list[HeldPage]:
    """The pages of these captures, in their order."""
    found = _pages(db, part, "capture.capture_id", capture_ids)
    by_id = {page.to_read.capture_id: page for page in found}
    return [by_id[capture_id] for capture_id in capture_ids if capture_id in by_id]


def pages_of_records(db: Database, part: Part, record_ids: Sequence[str]) -> list[HeldPage]:
    """The pages whose captures have these WARC-Record-IDs, in their order; those that are not held are left out."""
    by_id = {page.record_id: page for page in _pages(db, part, "capture.record_id", record_ids)}
    return [by_id[record_id] for record_id in record_ids if record_id in by_id]


def _pages(db: Database, part: Part, column: str, keys: Sequence[Any]) -> Iterator[HeldPage]:
    source, where, parameters = part.sql()
    source += " JOIN warc_file ON warc_file.warc_file_id = capture.warc_file_id"
    for start in range(0, len(keys), CHUNK):
        named = {f"key_{n}": key for n, key in enumerate(keys[start : start + CHUNK])}
        among = ", ".join(f":{name}" for name in named)
        sql = f"{_PAGE} {source} WHERE {where} AND {column} IN ({among})"
        for row in db.conn.execute(sql, parameters | named):
            capture_id, url, kind, at, *place = row[:10]
            yield HeldPage(ToRead(capture_id, url, kind, at, Place(*place), None), *row[10:])


def record_compared_with(db: Database, page: HeldPage) -> dict[str, Any]:
    """What is held of a page, with the furniture still in the body; without an article its verdict alone."""
    if page.version_id is None:
        return {"verdict": page.verdict}
    return record_held(db.conn, page.version_id, full=True)


def furniture_of(db: Database, site_id: int) -> Furniture:
    """What leaves the bodies of a site at present."""
    return site_furniture(db.conn, site_id)


def find_recipe(db: Database, ref: str) -> tuple[int, str]:
    """-> number and sha256 of the recipe that a person means: by its number, or the beginning of its sha256.

    :raises NotFound: there is none, or several begin so; the message lists the newest ones.
    """
    known = db.conn.execute("SELECT recipe_id, sha256, first_used FROM recipe ORDER BY recipe_id DESC").fetchall()
    word = ref.strip().lower()
    for recipe_id, sha256, _ in known:
        if word == str(recipe_id):
            return recipe_id, sha256
    found = [(recipe_id, sha256) for recipe_id, sha256, _ in known if word and sha256.startswith(word)]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} recipes begin with {ref!r}" if found else f"there is no recipe {ref!r} in this archive"
    shown = "; ".join(f"{number}: {sha256[:12]} of {at[:10]}" for number, sha256, at in known[:10])
    more = f"; and {len(known) - 10} older" if len(known) > 10 else ""
    raise NotFound(what, hint=f"known are {shown}{more}" if known else "nothing has been read yet")
