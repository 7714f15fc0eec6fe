"""Rows of the table `url`: entering what was found, looking up what is known."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from archive.model import Found, PageKind
from archive.store.text import clean
from archive.traps import Family, family
from archive.urls import host_of, surt

IMPORTED_DEPTH = 1000  # of a URL that somebody else fetched, until a crawl finds a link to it
_LISTINGS = frozenset({PageKind.FRONT, PageKind.SECTION, PageKind.FEED})
# What was taken down counts as fetched: nothing makes it due again.
_KNOWN = """SELECT url.url, url.url_id, url.state, url.priority, url.kind,
    CASE excluded_by WHEN 'takedown' THEN coalesce(url.last_fetch, '') ELSE url.last_fetch END, url.depth
  FROM json_each(?) AS asked CROSS JOIN url ON url.url = asked.value"""
# URLs that show an article each are no variants of one another; any number that shows the same one is.
_FOLLOWED = """SELECT count(*) - count(DISTINCT article_id) FROM url
  WHERE url >= ? AND url < ? AND length(url) <= ? AND state <> 'excluded'"""
_INSERT = """INSERT INTO url (url_id, url, surt, host, site_id, kind, state, excluded_by, priority, depth,
  redirects, found_on, first_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a list of finds: the ids by URL as it was given (cleaned), and how many were new."""

    ids: dict[str, int]
    new: int


def insert_founds(
    connection: sqlite3.Connection,
    site_id: int,
    founds: Iterable[Found],
    *,
    found_on: int | None,
    now: str,
    max_variants: int | None = None,
) -> Entered:
    """See `frontier.add_urls`; the caller holds the write transaction, so ids can be given out here.

    `max_variants`: how many URLs of one family (`archive.traps`) may be followed that show no article of their own.
    """
    wanted = _merged(founds)
    known = {r[0]: r[1:] for r in connection.execute(_KNOWN, (json.dumps(list(wanted)),))} if wanted else {}
    ids = {url: facts[0] for url, facts in known.items()}
    next_id = connection.execute("SELECT coalesce(max(url_id), 0) + 1 FROM url").fetchone()[0]
    rows: list[tuple[Any, ...]] = []
    families = _Families(connection, date.fromisoformat(now[:10]), max_variants) if max_variants else None
    for url, found in wanted.items():
        if (facts := known.get(url)) is not None:
            was_listing = facts[3] in _LISTINGS and facts[5] >= IMPORTED_DEPTH
            if families and _is_excluded_for_now(facts) and not found.excluded_by and families.is_full(found):
                continue
            # most links are to what is long done
            if facts[1] != "done" or found.kind is not PageKind.PAGE or was_listing:
                _revise(connection, site_id, found, facts)
            continue
        if not (netloc := host_of(url)):
            continue
        reason = found.excluded_by or ("trap" if families and families.is_full(found) else None)
        state = "excluded" if reason else "due"
        rows.append(
            (next_id, url, surt(url), netloc, site_id, found.kind.value, state, reason, found.priority,
             found.depth, found.redirects, found_on, now)
        )  # fmt: skip
        ids[url] = next_id
        next_id += 1
    connection.executemany(_INSERT, rows)
    return Entered(ids, len(rows))


def _is_excluded_for_now(known: tuple[Any, ...]) -> bool:
    """By discovery, which may change its mind: nothing was ever fetched."""
    return known[1] == "excluded" and known[4] is None


class _Families:
    """Counts how many of each family are followed; those that are entered now count at once."""

    def __init__(self, connection: sqlite3.Connection, today: date, most: int) -> None:
        self.connection, self.today, self.most = connection, today, most
        self.counts: dict[Family, int] = {}

    def is_full(self, found: Found) -> bool:
        """Whether a page is one too many; one that is not is counted."""
        mine = family(found.url, self.today) if found.kind is PageKind.PAGE else None
        if mine is None:
            return False
        if mine not in self.counts:
            longest = mine.longest or 1 << 31
            self.counts[mine] = self.connection.execute(_FOLLOWED, (mine.low, mine.high, longest)).fetchone()[0]
        self.counts[mine] += 1
        return self.counts[mine] > self.most


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
    if found.depth == 0 < depth < IMPORTED_DEPTH and found.kind in _LISTINGS:  # a person has named it since
        connection.execute("UPDATE url SET depth = 0 WHERE url_id = ?", (url_id,))
    if kind == "robots" and found.kind in _LISTINGS and state != "excluded" and not found.excluded_by:
        connection.execute(  # a robots.txt has led to it, and it was read as one
            "UPDATE url SET kind = ?, state = 'due', priority = ?, depth = ? WHERE url_id = ?",
            (found.kind.value, found.priority, found.depth, url_id),
        )
    if kind == "page" and found.kind in _LISTINGS:
        connection.execute("UPDATE url SET kind = ? WHERE url_id = ?", (found.kind.value, url_id))
    if state == "excluded" and last_fetch is None and not found.excluded_by:
        connection.execute(  # what one site links to as foreign is the page of another
            """UPDATE url SET state = 'due', excluded_by = NULL, due_at = NULL, priority = ?, depth = min(depth, ?),
                 site_id = ? WHERE url_id = ?""",
            (found.priority, found.depth, site_id, url_id),
        )
