"""Rows of the table `url`: entering what was found, looking up what is known."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from archive.model import Found, PageKind
from archive.store.text import clean
from archive.urls import host_of, surt

IMPORTED_DEPTH = 1000  # of a URL that somebody else fetched, until a crawl finds a link to it
_LISTINGS = frozenset({PageKind.FRONT, PageKind.SECTION, PageKind.FEED})
# What was taken down counts as fetched: nothing makes it due again.
_KNOWN = """SELECT url.url, url.url_id, url.state, url.priority, url.kind,
    CASE excluded_by WHEN 'takedown' THEN coalesce(url.last_fetch, '') ELSE url.last_fetch END, url.depth
  FROM json_each(?) AS asked CROSS JOIN url ON url.url = asked.value"""
_INSERT = """INSERT INTO url (url_id, url, surt, host, site_id, kind, state, excluded_by, priority, depth,
  redirects, found_on, first_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a list of finds: the ids by URL as it was given (cleaned), and how many were new."""

    ids: dict[str, int]
    new: int


def insert_founds(
    connection: sqlite3.Connection, site_id: int, founds: Iterable[Found], *, found_on: int | None, now: str
) -> Entered:
    """See `frontier.add_urls`; the caller holds the write transaction, so ids can be given out here."""
    wanted = _merged(founds)
    known = {r[0]: r[1:] for r in connection.execute(_KNOWN, (json.dumps(list(wanted)),))} if wanted else {}
    ids = {url: facts[0] for url, facts in known.items()}
    next_id = connection.execute("SELECT coalesce(max(url_id), 0) + 1 FROM url").fetchone()[0]
    rows: list[tuple[Any, ...]] = []
    for url, found in wanted.items():
        if (facts := known.get(url)) is not None:
            was_listing = facts[3] in _LISTINGS and facts[5] >= IMPORTED_DEPTH
            # most links are to what is long done
            if facts[1] != "done" or found.kind is not PageKind.PAGE or was_listing:
                _revise(connection, site_id, found, facts)
            continue
        if not (netloc := host_of(url)):
            continue
        state = "excluded" if found.excluded_by else "due"
        rows.append(
            (next_id, url, surt(url), netloc, site_id, found.kind.value, state, found.excluded_by, found.priority,
             found.depth, found.redirects, found_on, now)
        )  # fmt: skip
        ids[url] = next_id
        next_id += 1
    connection.executemany(_INSERT, rows)
    return Entered(ids, len(rows))


def _merged(founds: Iterable[Found]) -> dict[str, Found]:
    """One find for each URL: the first, with the highest priority, a listing if one says so, excluded if all are."""
    wanted: dict[str, Found] = {}
    for found in founds:
        url = clean(found.url)
        first = wanted.get(url)
        if first is None:
            wanted[url] = found
            continue
        # <link rel=alternate> knows better than a mere link; a picture that is a page as well is a page.
        if first.kind == PageKind.PAGE != found.kind and found.kind != PageKind.REQUISITE:
            first = wanted[url] = replace(first, kind=found.kind)
        if found.priority > first.priority or (first.excluded_by and not found.excluded_by):
            reason = first.excluded_by if found.excluded_by else None
            wanted[url] = replace(first, priority=max(first.priority, found.priority), excluded_by=reason)
    return wanted


def _revise(connection: sqlite3.Connection, site_id: int, found: Found, known: tuple[Any, ...]) -> None:
    url_id, state, priority, kind, last_fetch, depth = known
    if state == "due" and found.priority > priority and not found.excluded_by:
        connection.execute("UPDATE url SET priority = ? WHERE url_id = ?", (found.priority, url_id))
    is_listing = not _LISTINGS.isdisjoint({kind, found.kind})
    if is_listing and state == "done" and depth >= IMPORTED_DEPTH > found.depth and not found.excluded_by:
        connection.execute(  # what it lists today nobody has seen
            "UPDATE url SET state = 'due', priority = ?, depth = ? WHERE url_id = ?",
            (found.priority, found.depth, url_id),
        )
    if kind == "page" and found.kind in _LISTINGS:
        connection.execute("UPDATE url SET kind = ? WHERE url_id = ?", (found.kind.value, url_id))
    if state == "excluded" and last_fetch is None and not found.excluded_by:
        connection.execute(  # what one site links to as foreign is the page of another
            """UPDATE url SET state = 'due', excluded_by = NULL, due_at = NULL, priority = ?, depth = min(depth, ?),
                 site_id = ? WHERE url_id = ?""",
            (found.priority, found.depth, site_id, url_id),
        )
