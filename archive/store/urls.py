"""Rows of the table `url`: entering what was found, looking up what is known."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from archive.model import Found, PageKind
from archive.scope import PRIORITY_FEED, PRIORITY_SECTION
from archive.store.text import clean
from archive.traps import Family, family
from archive.urls import host_of, surt

IMPORTED_DEPTH = 1000  # of a URL that somebody else fetched, until a crawl finds a link to it
NO_FEED = "no-feed"  # url.excluded_by of what was guessed to be one
LISTINGS = frozenset({PageKind.FRONT, PageKind.SECTION, PageKind.FEED})
# Listings that are visited by schedule: what a person or the site itself names as one, what looks like a section on
# its front page, the sitemaps of its indexes. Any other page may turn out to be a listing, each tag's for one.
FOLLOWED = f"""(url.depth = 0 OR url.depth = 1 AND url.priority >= {PRIORITY_SECTION}
  OR url.kind = 'feed' AND url.priority >= {PRIORITY_FEED})"""
# What was taken down counts as fetched: nothing makes it due again.
_KNOWN = """SELECT url.url, url.url_id, url.state, url.priority, url.kind,
    CASE excluded_by WHEN 'takedown' THEN coalesce(url.last_fetch, '') ELSE url.last_fetch END, url.depth,
    url.excluded_by
  FROM json_each(?) AS asked CROSS JOIN url ON url.url = asked.value"""
# URLs that show an article each are no variants of one another; any number that shows the same one is.
_COUNT = "SELECT count(url.url_id) - count(DISTINCT article_id), count(*)"
_VARIANTS = f"{_COUNT} FROM url WHERE url >= :low AND url < :high AND state <> 'excluded'"
# A date has nothing but digits and what parts them. Dates may stand before all that a site has; so what goes on with
# anything else is passed over in one step, with all that begins like it.
_REST = "ltrim(substr(__URL__, length(:low)), '0123456789-/')"
_IS_DATE = f"{_REST} = '' AND length(__URL__) <= :longest"
_STEPS = 10_000  # more take longer than looking at each URL
_DATES = f"""WITH RECURSIVE seen(url) AS (
    SELECT min(url) FROM url WHERE url >= :low AND url < :high
    UNION ALL
    SELECT (SELECT min(url.url) FROM url WHERE url.url < :high AND url.url > CASE WHEN {_IS_DATE} THEN seen.url
        ELSE substr(seen.url, 1, min(:longest, length(seen.url) - length({_REST}) + ({_REST} < ':'))) || char(1114111)
      END) FROM seen WHERE seen.url IS NOT NULL LIMIT {_STEPS})
  {_COUNT} FROM seen LEFT JOIN url ON url.url = seen.url AND {_IS_DATE} AND state <> 'excluded'
""".replace("__URL__", "seen.url")
_EACH_DATE = f"{_VARIANTS} AND {_IS_DATE.replace('__URL__', 'url')}"
# What it lists today nobody has seen, and nothing else would ask for it.
_AWAKEN = """UPDATE url SET state = 'due', attempts = 0, due_at = NULL
  WHERE url_id = ? AND state IN ('done', 'failed') AND next_visit IS NULL"""
_INSERT = """INSERT INTO url (url_id, url, surt, host, site_id, kind, state, excluded_by, priority, depth,
  redirects, found_on, first_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a list of finds: the ids by URL as it was given (cleaned); which were new, and why excluded."""

    ids: dict[str, int]
    new: dict[str, str | None]


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
    new: dict[str, str | None] = {}
    families = _Families(connection, date.fromisoformat(now[:10]), max_variants) if max_variants else None
    for url, found in wanted.items():
        if (facts := known.get(url)) is not None:
            is_listing = facts[3] in LISTINGS and (
                facts[5] >= IMPORTED_DEPTH or found.priority == PRIORITY_SECTION
            )
            if families and _is_excluded_for_now(facts) and not found.excluded_by and families.is_full(found):
                continue
            # most links are to what is long done
            if facts[1] != "done" or found.kind is not PageKind.PAGE or is_listing:
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
        ids[url], new[url] = next_id, reason
        next_id += 1
    connection.executemany(_INSERT, rows)
    return Entered(ids, new)


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
            self.counts[mine] = self._followed(mine)
        self.counts[mine] += 1
        return self.counts[mine] > self.most

    def _followed(self, mine: Family) -> int:
        sql = _VARIANTS if mine.longest is None else _DATES
        count, steps = self.connection.execute(sql, asdict(mine)).fetchone()
        if sql is _DATES and steps == _STEPS:
            count, _ = self.connection.execute(_EACH_DATE, asdict(mine)).fetchone()
        return int(count)


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
    url_id, state, priority, kind, last_fetch, depth, excluded_by = known
    if kind == "page" and found.kind in LISTINGS:
        connection.execute("UPDATE url SET kind = ? WHERE url_id = ?", (found.kind.value, url_id))
    if found.excluded_by:
        return
    if kind == "robots" and found.kind in LISTINGS and state != "excluded":
        connection.execute(  # a robots.txt has led to it, and it was read as one
            "UPDATE url SET kind = ?, state = 'due', priority = ?, depth = ? WHERE url_id = ?",
            (found.kind.value, found.priority, found.depth, url_id),
        )
        return
    if state == "due" and found.priority > priority:
        connection.execute("UPDATE url SET priority = ? WHERE url_id = ?", (found.priority, url_id))
    if state == "excluded" and (last_fetch is None or (excluded_by == NO_FEED and found.kind in LISTINGS)):
        connection.execute(  # what one site links to as foreign is the page of another
            """UPDATE url SET state = 'due', excluded_by = NULL, due_at = NULL, priority = ?, depth = min(depth, ?),
                 site_id = ? WHERE url_id = ?""",
            (found.priority, found.depth, site_id, url_id),
        )
    elif kind in LISTINGS or found.kind in LISTINGS:
        is_named = found.kind in LISTINGS or found.priority == PRIORITY_SECTION
        is_better = is_named and is_followed(found.kind, found.depth, found.priority)
        is_news = found.depth < depth or not is_followed(kind, depth, priority)
        if depth >= IMPORTED_DEPTH > found.depth or (is_better and is_news):
            connection.execute(
                "UPDATE url SET depth = min(depth, ?), priority = max(priority, ?) WHERE url_id = ?",
                (found.depth, found.priority, url_id),
            )
            connection.execute(_AWAKEN, (url_id,))


def is_followed(kind: str, depth: int, priority: int) -> bool:
    """Whether a listing is visited by schedule: `FOLLOWED` of one row."""
    if kind == PageKind.FEED and priority >= PRIORITY_FEED:
        return True
    return depth == 0 or (depth == 1 and priority >= PRIORITY_SECTION)
