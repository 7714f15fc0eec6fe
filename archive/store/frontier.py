"""The frontier: the URLs known but not yet fetched, with when each is due. A table, not memory.

All functions take the open database first. `site_ids=None` means all sites; times are aware or RFC 3339.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.model import Found, PageKind, RefersTo, Robots
from archive.scope import PRIORITY_SECTION
from archive.store.text import Moment, row, stamp
from archive.store.transaction import transaction
from archive.store.urls import insert_founds

if TYPE_CHECKING:
    from sqlite_utils import Database

# The query has to repeat the conditions of the partial indexes to be allowed to use them.
_IS_DUE = "url.state = 'due' AND url.kind <> 'robots'"
_IS_SEED = f"""(url.kind IN ('front', 'feed') AND url.depth = 0 OR url.kind = 'section' AND url.depth <= 1
  OR url.priority = {PRIORITY_SECTION} AND url.depth = 1)"""
_LISTING = "kind IN ('front', 'section', 'feed')"
_OF_SITES = "(:sites IS NULL OR site_id IN (SELECT value FROM json_each(:sites)))"
_NOT_AT = "host NOT IN (SELECT value FROM json_each(:without))"
_EPOCH = "1970-01-01T00:00:00Z"
_COLUMNS = """url.url_id, url.url, url.site_id, url.kind, url.depth, url.redirects, url.attempts, url.etag,
  url.last_modified, original.opt_out, original.record_id, original_url.url, original.captured_at,
  original.payload_digest"""
# What a 304 can refer to: the newest whole answer, or the capture of which that was a revisit.
_ORIGINAL = """LEFT JOIN capture AS original ON original.capture_id = (
    SELECT CASE record_type WHEN 'revisit' THEN refers_to ELSE capture_id END
    FROM capture WHERE capture.url_id = url.url_id
      AND status BETWEEN 200 AND 299 AND truncated IS NULL AND payload_digest IS NOT NULL
    ORDER BY captured_at DESC LIMIT 1) AND original.lost_at IS NULL
  LEFT JOIN url AS original_url ON original_url.url_id = original.url_id"""

DUE = f"""SELECT {_COLUMNS} FROM url INDEXED BY url_due {_ORIGINAL}
  WHERE {_IS_DUE} AND url.host = :host AND (url.due_at IS NULL OR url.due_at <= :now)
    AND {_OF_SITES.replace("site_id", "url.site_id")}
  ORDER BY url.priority DESC, url.url_id"""
DUE_HOSTS = f"""SELECT host, count(*) FROM url INDEXED BY url_due
  WHERE {_IS_DUE} AND (due_at IS NULL OR due_at <= :now) AND {_OF_SITES} GROUP BY host"""
NEXT_DUE_AT = f"""SELECT coalesce(due_at, '{_EPOCH}') FROM url INDEXED BY url_due_at
  WHERE {_IS_DUE} AND {_OF_SITES} ORDER BY due_at LIMIT 1"""


@dataclass(frozen=True, slots=True)
class DueUrl:
    """A URL to fetch, with what a conditional request for it needs."""

    url_id: int
    url: str
    site_id: int
    kind: PageKind
    depth: int = 0
    redirects: int = 0
    attempts: int = 0
    etag: str | None = None
    last_modified: str | None = None
    signals: str | None = None  # of opting out, that the capture gave which `refers_to` is
    refers_to: RefersTo | None = None  # its newest capture that is a whole answer with a 2xx status


def add_site(db: Database, name: str, title: str | None, homepage: str, *, now: Moment | None = None) -> int:
    """The id of a site, made if there is none of that name; title and homepage are brought up to date."""
    added = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')" if now is None else "?4"
    with transaction(db) as connection:
        parameters = row(name, title, homepage) if now is None else row(name, title, homepage, stamp(now))
        connection.execute(
            f"""INSERT INTO site (name, title, homepage, added_at) VALUES (?1, ?2, ?3, {added})
                ON CONFLICT (name) DO UPDATE SET title = excluded.title, homepage = excluded.homepage""",
            parameters,
        )
        found: int = connection.execute("SELECT site_id FROM site WHERE name = ?", row(name)).fetchone()[0]
    return found


def add_urls(db: Database, site_id: int, founds: Sequence[Found], *, found_on: int | None, now: Moment) -> int:
    """Enter URLs into the frontier, due at once or excluded -> how many were new.

    What is known stays as it is, with these exceptions: a URL still due rises to a higher priority; a mere page that
    turns out to be a listing becomes one; a listing that is named as one to follow becomes that, and due unless it
    waits for a visit; and what discovery excluded and never tried, or as no feed, becomes due when discovery now finds
    no reason against it. What is no http(s) URL is left out.
    """
    with transaction(db) as connection:
        return len(insert_founds(connection, site_id, founds, found_on=found_on, now=stamp(now)).new)


def ensure_url(db: Database, site_id: int, found: Found, *, now: Moment, found_on: int | None = None) -> DueUrl:
    """The row of one URL, whatever its state, entered if it is new and else left as it is.

    :raises ValueError: it is no http(s) URL.
    """
    sql = f"SELECT {_COLUMNS} FROM url {_ORIGINAL} WHERE url.url = ?"
    with transaction(db) as connection:
        known = connection.execute(sql, row(found.url)).fetchone()
        if known is None:
            insert_founds(connection, site_id, [found], found_on=found_on, now=stamp(now))
            known = connection.execute(sql, row(found.url)).fetchone()
        if known is None:
            raise ValueError(f"no http(s) URL: {found.url!r}")
        return _due_url(known)


def due(
    db: Database,
    host: str,
    now: Moment,
    limit: int,
    exclude: Collection[int] = frozenset(),
    site_ids: Sequence[int] | None = None,
    *,
    seeds_only: bool = False,
) -> list[DueUrl]:
    """At most `limit` URLs of a host that are due, the most urgent first, without those of the ids `exclude`."""
    out: list[DueUrl] = []
    cursor = db.conn.execute(
        _narrowed(DUE, seeds_only), {"host": host, "now": stamp(now), "sites": _sites(site_ids)}
    )
    for found in cursor:
        if len(out) >= limit:
            break
        if found[0] not in exclude:
            out.append(_due_url(found))
    cursor.close()
    return out


def _due_url(found: tuple[Any, ...]) -> DueUrl:
    url_id, url, site_id, kind, depth, redirects, attempts, etag, last_modified, signals, *original = found
    refers_to = RefersTo(*original) if original[0] else None
    return DueUrl(
        url_id, url, site_id, PageKind(kind), depth, redirects, attempts, etag, last_modified, signals, refers_to
    )


def _narrowed(sql: str, seeds_only: bool) -> str:
    """The query, on the front pages and feeds alone that a site is entered with, and what may be its sections."""
    return sql.replace(_IS_DUE, f"{_IS_DUE} AND {_IS_SEED}") if seeds_only else sql


def due_hosts(
    db: Database, now: Moment, site_ids: Sequence[int] | None = None, *, seeds_only: bool = False
) -> dict[str, int]:
    """{host: how many of its URLs are due now}."""
    parameters = {"now": stamp(now), "sites": _sites(site_ids)}
    return dict(db.conn.execute(_narrowed(DUE_HOSTS, seeds_only), parameters).fetchall())


def next_due_at(
    db: Database,
    now: Moment | None = None,
    site_ids: Sequence[int] | None = None,
    *,
    without: Collection[str] = (),
    seeds_only: bool = False,
) -> str | None:
    """When the next URL falls due at a host that is none of `without`, RFC 3339.

    `now` (or 1970) if one is due already; None if none ever will.
    """
    sql = NEXT_DUE_AT.replace(_OF_SITES, f"{_OF_SITES} AND {_NOT_AT}") if without else NEXT_DUE_AT
    parameters = {"sites": _sites(site_ids), "without": json.dumps(sorted(without))}
    found = db.conn.execute(_narrowed(sql, seeds_only), parameters).fetchone()
    if found is None:
        return None
    at: str = found[0]
    return at if now is None else max(at, stamp(now))


def front_hosts(db: Database, site_id: int) -> list[str]:
    """The hosts at which a site's front page was found: its homepage's, and those it redirects to."""
    found = db.conn.execute(
        f"""SELECT DISTINCT host FROM url INDEXED BY url_listing
            WHERE {_LISTING} AND site_id = ? AND kind = 'front' ORDER BY host""",
        (site_id,),
    )
    return [host for (host,) in found]


def robots(db: Database, origin: str) -> tuple[Robots, str] | None:
    """What an origin's robots.txt said when it was last asked, and when that was; None if it never was."""
    found = db.conn.execute(
        "SELECT origin, status, rules, reason, fetched_at FROM robots WHERE origin = ?", row(origin)
    ).fetchone()
    return (Robots(*found[:4]), found[4]) if found else None


def _sites(site_ids: Sequence[int] | None) -> str | None:
    return None if site_ids is None else json.dumps(list(site_ids))
