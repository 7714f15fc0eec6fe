"""What a fixture is cut from: captures that show pages, and what stands around them in a crawl."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archive.errors import BadInput, NotFound
from archive.optout import WELL_KNOWN
from archive.store.decisions import site_of_name
from archive.store.handover import originals
from archive.store.queries import find_article, spellings
from archive.store.search import date_bound
from archive.urls import normalise, origin_of

if TYPE_CHECKING:
    from sqlite_utils import Database

_COLUMNS = """capture.capture_id, capture.url_id, url.url, site.name, capture.captured_at, capture.verdict,
    capture.lost_at IS NOT NULL OR original.lost_at IS NOT NULL
      OR (capture.record_type = 'revisit' AND capture.refers_to IS NULL)"""
_FROM = """FROM capture JOIN url USING (url_id) JOIN site USING (site_id)
    LEFT JOIN capture AS original ON original.capture_id = capture.refers_to"""
_IS_PAGE = "url.kind IN ('page', 'front', 'section') AND capture.status BETWEEN 200 AND 299"
# WARC-Dates of different precision compare rightly without their Z.
_NEWEST_FIRST = "ORDER BY rtrim(capture.captured_at, 'Z') DESC, capture.capture_id DESC"
_BY_URL = f"SELECT {_COLUMNS} {_FROM} WHERE url.url = ? AND {_IS_PAGE} {_NEWEST_FIRST}"
_BY_ARTICLE = f"""SELECT {_COLUMNS} {_FROM} JOIN version ON version.version_id = capture.version_id
  WHERE version.article_id = ? AND {_IS_PAGE} {_NEWEST_FIRST}"""
_SAMPLE = f"""SELECT {_COLUMNS}, coalesce(substr(version.date_published, 1, 7), substr(capture.captured_at, 1, 7)),
    coalesce(version.type, ''), coalesce(version.body_source, ''),
    max(rtrim(capture.captured_at, 'Z'))
  {_FROM} LEFT JOIN version ON version.version_id = capture.version_id
  WHERE {_IS_PAGE} AND capture.verdict IN (SELECT value FROM json_each(:verdicts))
    AND (:sites IS NULL OR url.site_id IN (SELECT value FROM json_each(:sites)))
    AND capture.lost_at IS NULL AND original.lost_at IS NULL
    AND (capture.record_type = 'response' OR capture.refers_to IS NOT NULL)
  GROUP BY coalesce('article ' || version.article_id, url.url) ORDER BY url.url"""
_ANSWERS = f"""SELECT capture.capture_id, capture.captured_at, capture.redirect_to FROM capture JOIN url USING (url_id)
  WHERE url.url = ? AND capture.status <> 304 AND capture.lost_at IS NULL {_NEWEST_FIRST}"""
# Short feeds before long ones: a fixture is kept in somebody's repository.
_FEED = """SELECT sighting.capture_id FROM sighting JOIN feed USING (feed_id)
    JOIN capture ON capture.capture_id = sighting.capture_id
  WHERE sighting.url_id IN (SELECT value FROM json_each(?)) AND capture.lost_at IS NULL
  ORDER BY CASE feed.kind WHEN 'rss' THEN 0 WHEN 'atom' THEN 0 WHEN 'json' THEN 0 WHEN 'news-sitemap' THEN 1
    WHEN 'section' THEN 2 WHEN 'front' THEN 3 ELSE 4 END, sighting.last_seen DESC, sighting.sighting_id DESC LIMIT 1"""

MOST_REDIRECTS = 5  # of a robots.txt, RFC 9309 clause 2.3.1.2


@dataclass(frozen=True, slots=True)
class PageCapture:
    """A capture that shows a page (2xx). `is_lost`: its bytes, or those of its original, are not held any longer."""

    capture_id: int
    url_id: int
    url: str
    site: str
    captured_at: str
    verdict: str | None
    is_lost: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A page that may be sampled, and what tells it from others: site, verdict, month, type, source of the body."""

    capture: PageCapture
    stratum: tuple[str, ...]


def page_captures(db: Database, ref: str, until: str | None = None) -> list[PageCapture]:
    """The captures of the page that `ref` means (an article's number, a URL), the newest first.

    `until`: only those made then or before: a year, month, day or RFC 3339 time.

    :raises NotFound: nothing of it was captured (before that), or it was taken down.
    :raises BadInput: it is a feed, robots.txt or the like, or `until` is no date.
    """
    found = [_page(row) for row in _rows(db, ref)]
    if until is None or not found:
        return found
    bound = date_bound(until).rstrip("Z")
    before = [one for one in found if one.captured_at.rstrip("Z")[: len(bound)] <= bound]
    if not before:
        raise NotFound(
            f"{found[0].url} has no capture of {until} or before", hint=f"the first is of {found[-1].captured_at}"
        )
    return before


def _rows(db: Database, ref: str) -> list[tuple[Any, ...]]:
    known = None
    for url in spellings(ref):
        known = db.conn.execute("SELECT url, kind, state FROM url WHERE url = ?", (url,)).fetchone() or known
        if rows := db.conn.execute(_BY_URL, (url,)).fetchall():
            return list(rows)
    if known is not None and known[1] in ("feed", "robots", "requisite"):
        raise BadInput(f"{known[0]} is no page", hint=f"it was fetched as {known[1]}")
    try:
        article_id = find_article(db, ref)
    except NotFound:
        if known is not None and known[2] != "excluded":
            raise NotFound(f"no capture of {known[0]} shows a page", hint=f"broadsheet why {known[0]}") from None
        raise
    rows = db.conn.execute(_BY_ARTICLE, (article_id,)).fetchall()
    if not rows:
        raise NotFound(f"no capture shows article {article_id} any longer", hint="broadsheet why tells more")
    return list(rows)


def candidates(db: Database, sites: Sequence[str], verdicts: Sequence[str]) -> list[Candidate]:
    """Pages with one of these verdicts, of these sites (of all, if none is named): of each the newest capture.

    :raises NotFound: there is no site of a name.
    """
    ids = json.dumps([site_of_name(db, name) for name in sites]) if sites else None
    rows = db.conn.execute(_SAMPLE, {"sites": ids, "verdicts": json.dumps(list(verdicts))})
    return [Candidate(_page(row), (row[3], row[5], *row[7:10])) for row in rows.fetchall()]


def _page(row: Sequence[Any]) -> PageCapture:
    capture_id, url_id, url, site, captured_at, verdict, is_lost = row[:7]
    return PageCapture(capture_id, url_id, url, site, captured_at, verdict, bool(is_lost))


class Surroundings:
    """What a crawl would need beside a page: where it was redirected from, a feed, robots.txt."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def of(self, page: PageCapture) -> tuple[list[int], list[int]]:
        """The captures to be kept: of the page, with its original if it is a revisit; and what stands around them."""
        redirects = self._leading_to({page.url}, page.captured_at)
        pages = [page.capture_id, *redirects]
        feed = self._feed([page.url_id, *self._url_ids(redirects)])
        urls = self._urls([*pages, *feed])
        feed_redirects = self._leading_to(set(urls) - {page.url}, page.captured_at) if feed else []
        robots = list(self._robots(urls, page.captured_at))
        chosen = list(dict.fromkeys([*pages, *feed, *feed_redirects, *robots]))
        own = [page.capture_id, *sorted(originals(self.db, [page.capture_id]))]
        others = dict.fromkeys([*chosen, *sorted(originals(self.db, chosen))])
        return own, [capture_id for capture_id in others if capture_id not in own]

    @cached_property
    def _redirects(self) -> dict[str, list[tuple[str, int, str]]]:
        """{target: [(URL, capture, time)]}, the newest first."""
        found: dict[str, list[tuple[str, int, str]]] = {}
        for url, capture_id, at, target in self.db.conn.execute(
            f"""SELECT url.url, capture.capture_id, capture.captured_at, capture.redirect_to
                FROM capture JOIN url USING (url_id)
                WHERE capture.redirect_to IS NOT NULL AND capture.lost_at IS NULL {_NEWEST_FIRST}"""
        ):
            if (normal := normalise(target)) is not None:
                found.setdefault(normal, []).append((url, capture_id, at))
        return found

    def _leading_to(self, targets: set[str], at: str) -> list[int]:
        """Of each URL that was redirected there, directly or not, its last capture then, or the next one."""
        seen, new, found = set(targets), list(targets), list[int]()
        while new:
            by_url: dict[str, list[tuple[int, str]]] = {}
            for url, capture_id, when in (
                one for target in sorted(new) for one in self._redirects.get(target, ())
            ):
                by_url.setdefault(url, []).append((capture_id, when))
            new = [url for url in by_url if url not in seen]
            found += [_nearest(by_url[url], at) for url in new]
            seen.update(new)
        return found

    def _robots(self, urls: Sequence[str], at: str) -> Iterator[int]:
        """robots.txt and tdmrep.json of each origin, as they were then, with what they were redirected to."""
        for origin in dict.fromkeys(map(origin_of, urls)):
            for path in ("/robots.txt", WELL_KNOWN):
                yield from self._followed(origin + path, at)

    def _followed(self, url: str | None, at: str) -> Iterator[int]:
        for _ in range(MOST_REDIRECTS):
            rows = self.db.conn.execute(_ANSWERS, (url,)).fetchall()
            if not rows:
                return
            chosen = _nearest([(capture_id, when) for capture_id, when, _ in rows], at)
            yield chosen
            target = next(to for capture_id, _, to in rows if capture_id == chosen)
            url = normalise(target) if target else None

    def _feed(self, url_ids: Sequence[int]) -> list[int]:
        found = self.db.conn.execute(_FEED, (json.dumps(list(url_ids)),)).fetchone()
        return [found[0]] if found else []

    def _url_ids(self, captures: Sequence[int]) -> list[int]:
        rows = self.db.conn.execute(
            "SELECT DISTINCT url_id FROM capture WHERE capture_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(captures)),),
        )
        return [url_id for (url_id,) in rows]

    def _urls(self, captures: Sequence[int]) -> list[str]:
        rows = self.db.conn.execute(
            """SELECT DISTINCT url.url FROM capture JOIN url USING (url_id)
               WHERE capture_id IN (SELECT value FROM json_each(?)) ORDER BY url.url""",
            (json.dumps(list(captures)),),
        )
        return [url for (url,) in rows]


def _nearest(captures: Sequence[tuple[int, str]], at: str) -> int:
    """Of captures with their times, the newest first, the last that was made at a time or before; else the first."""
    before = [capture_id for capture_id, when in captures if when.rstrip("Z") <= at.rstrip("Z")]
    return before[0] if before else captures[-1][0]
