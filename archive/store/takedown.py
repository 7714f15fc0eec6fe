"""What a takedown concerns, and taking it out of the database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.errors import NotFound
from archive.model import LEAST_PAYLOAD, Found, PageKind
from archive.store import stories
from archive.store.citing import Takedown
from archive.store.current import make_current, refresh, relink
from archive.store.queries import find_article, spellings
from archive.store.text import row
from archive.store.urls import insert_founds

if TYPE_CHECKING:
    from sqlite_utils import Database

_LEAST_HEADLINE = 8  # characters: "Weather" stands in any text
BY = "takedown"  # url.excluded_by

_DOOMED = """SELECT capture.capture_id, url.url, capture.record_id, capture.record_type, capture.captured_at,
    warc_file.filename, warc_file.path IS NOT NULL, capture."offset", capture.status,
    (SELECT outcome FROM attempt WHERE attempt.capture_id = capture.capture_id), capture.block_digest,
    capture.payload_digest, capture.payload_sha256
  FROM capture JOIN url USING (url_id) JOIN warc_file USING (warc_file_id) WHERE capture.capture_id IN
    (SELECT value FROM json_each(?)) ORDER BY warc_file_id, capture."offset" """
_SHOWING = """SELECT capture_id FROM capture WHERE version_id IN (SELECT version_id FROM version WHERE article_id = ?1)
  UNION SELECT capture_id FROM version WHERE article_id = ?1"""
# The same bytes at whatever address, and what refers to them.
_SAME_BYTES = """SELECT other.capture_id FROM json_each(?1) JOIN capture ON capture.capture_id = value
    JOIN capture AS other ON other.payload_digest = capture.payload_digest
  WHERE capture.status BETWEEN 200 AND 299 AND other.status BETWEEN 200 AND 299
    AND (capture.version_id IS NOT NULL OR capture.payload_bytes IS NULL OR capture.payload_bytes >= ?2)
  UNION SELECT other.capture_id FROM json_each(?1) JOIN capture AS other ON other.refers_to = value"""
# Of these URLs, what shows no other article, and what no other URL's capture refers to.
_REST = """SELECT capture.capture_id FROM capture LEFT JOIN version USING (version_id)
  WHERE url_id IN (SELECT value FROM json_each(?1)) AND (version.article_id IS NULL OR version.article_id IS ?2)
    AND NOT EXISTS (SELECT 1 FROM capture AS other WHERE other.refers_to = capture.capture_id
                    AND other.url_id NOT IN (SELECT value FROM json_each(?1)))"""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be taken down: an article with all its URLs, or one URL that shows none."""

    url: str
    article_id: int | None
    site: str
    headline: str | None


@dataclass(frozen=True, slots=True)
class Doomed:
    """A capture that goes."""

    capture_id: int
    url: str
    record_id: str
    record_type: str
    captured_at: str
    file: str
    is_elsewhere: bool  # the file was imported by reference
    offset: int
    status: int
    outcome: str | None
    block_digest: str
    payload_digest: str | None
    payload_sha256: str | None


@dataclass(frozen=True, slots=True)
class Doom:
    """All that goes with a target."""

    captures: tuple[Doomed, ...]
    urls: tuple[str, ...]  # that are not to be fetched again
    articles: tuple[str, ...]  # by their URLs; more than one where others consist of the same bytes
    listings: int  # captures of feeds and section pages that name one of the URLs; they stay
    naming: int  # other articles whose text, or what was removed from it, holds the headline of one; they stay


def taken_down(db: Database, ref: str) -> Takedown | None:
    """The newest takedown of a URL, as it is or as typed, or of an article by its number; None if there was none."""
    number = int(ref) if ref.isascii() and ref.isdecimal() and len(ref) < 19 else None
    found = db.conn.execute(
        """SELECT url, taken_down_at, reason FROM takedown
           WHERE article_id IS ?1 AND ?1 IS NOT NULL OR url IN (SELECT value FROM json_each(?2)) OR EXISTS
             (SELECT 1 FROM json_each(records) WHERE json_extract(value, '$.url') IN (SELECT value FROM json_each(?2)))
           ORDER BY takedown_id DESC LIMIT 1""",
        (number, json.dumps(spellings(ref) if ref.strip() else [])),
    ).fetchone()
    return Takedown(*found) if found else None


def target(db: Database, ref: str) -> Target:
    """What a person means: an article by number or URL, else a URL of which something is held.

    :raises NotFound: there is no such thing, or several; or it was taken down already, and has not come again.
    """
    gone = taken_down(db, ref)
    try:
        article_id = find_article(db, ref)
    except NotFound:
        held = "AND EXISTS (SELECT 1 FROM capture WHERE capture.url_id = url.url_id)" if gone else ""
        for url in spellings(ref):
            known = db.conn.execute(
                f"SELECT site.name FROM url JOIN site USING (site_id) WHERE url = ? {held}", row(url)
            )
            if (found := known.fetchone()) is not None:
                return Target(url, None, found[0], None)
        if gone is not None:
            raise NotFound(f"{gone.url} was taken down already, on {gone.taken_down_at}") from None
        raise
    url, site, headline = db.conn.execute(
        """SELECT article.url, site.name, version.headline FROM article JOIN site USING (site_id)
           LEFT JOIN version ON version_id = current_version_id WHERE article.article_id = ?""",
        (article_id,),
    ).fetchone()
    return Target(url, article_id, site, headline)


def doom(db: Database, of: Target) -> Doom:
    """What goes with it: captures of the article and of its URLs, and the same bytes at whatever address."""
    connection = db.conn
    if of.article_id is not None:
        seeds = {n for (n,) in connection.execute(_SHOWING, (of.article_id,))}
        found = connection.execute(
            """SELECT url_id FROM url WHERE article_id = ?1 OR url = ?2 OR article_id IS NULL AND url_id IN
                 (SELECT url_id FROM capture WHERE capture_id IN (SELECT value FROM json_each(?3)))""",
            (of.article_id, of.url, _json(seeds)),
        )
        url_ids = {n for (n,) in found}
    else:
        url_ids = {connection.execute("SELECT url_id FROM url WHERE url = ?", row(of.url)).fetchone()[0]}
        found = connection.execute("SELECT capture_id FROM capture WHERE url_id = ?", tuple(url_ids))
        seeds = {n for (n,) in found}
    if twins := _twins(connection, url_ids):
        url_ids |= twins
        at_twins = "SELECT capture_id FROM capture WHERE url_id IN (SELECT value FROM json_each(?))"
        seeds |= {n for (n,) in connection.execute(at_twins, (_json(twins),))}
    doomed = seeds | _same_bytes(connection, seeds)
    doomed |= {n for (n,) in connection.execute(_REST, (_json(url_ids), of.article_id))}
    articles = [of.url] if of.article_id is not None else []
    articles += _emptied(connection, doomed, of.article_id)
    urls = {of.url, *articles} | {
        url
        for (url,) in connection.execute(
            """SELECT url FROM url WHERE url_id IN (SELECT value FROM json_each(?1)) OR article_id IN
                 (SELECT article_id FROM article WHERE url IN (SELECT value FROM json_each(?2)))""",
            (_json(url_ids), json.dumps(articles)),
        )
    }
    (listings,) = connection.execute(
        """SELECT count(DISTINCT attempt.capture_id) FROM url CROSS JOIN sighting USING (url_id)
             JOIN feed USING (feed_id) CROSS JOIN attempt ON attempt.url_id = feed.url_id
               AND started_at BETWEEN sighting.seen_at AND sighting.last_seen AND outcome = 'archived'
           WHERE url.url IN (SELECT value FROM json_each(?))
             AND attempt.capture_id NOT IN (SELECT value FROM json_each(?))""",
        (json.dumps(list(urls)), _json(doomed)),
    ).fetchone()
    captures = tuple(
        Doomed(n, url, record_id, kind, at, file, bool(is_elsewhere), *rest)
        for n, url, record_id, kind, at, file, is_elsewhere, *rest in connection.execute(_DOOMED, (_json(doomed),))
    )
    return Doom(captures, tuple(sorted(urls)), tuple(articles), listings, _naming(connection, articles))


def payloads_of(db: Database, captures: Collection[int]) -> set[str]:
    """The digests by which the pages of these captures are known again."""
    found = db.conn.execute(
        """SELECT DISTINCT payload_digest FROM capture WHERE capture_id IN (SELECT value FROM json_each(?1))
             AND status BETWEEN 200 AND 299 AND payload_digest IS NOT NULL
             AND (version_id IS NOT NULL OR payload_bytes IS NULL OR payload_bytes >= ?2)""",
        (_json(captures), LEAST_PAYLOAD),
    )
    return {digest for (digest,) in found}


def _twins(connection: sqlite3.Connection, url_ids: Collection[int]) -> set[int]:
    """The same addresses with the other one of http and https."""
    found = connection.execute(
        """SELECT twin.url_id FROM json_each(?) JOIN url ON url.url_id = value
           JOIN url AS twin ON twin.url = CASE WHEN url.url LIKE 'https:%' THEN 'http' || substr(url.url, 6)
                                               ELSE 'https' || substr(url.url, 5) END""",
        (_json(url_ids),),
    )
    return {n for (n,) in found}


def _same_bytes(connection: sqlite3.Connection, seeds: Collection[int]) -> set[int]:
    found, new = set[int](), set(seeds)
    while new:
        found |= new
        new = {n for (n,) in connection.execute(_SAME_BYTES, (_json(new), LEAST_PAYLOAD))} - found
    return found


def _emptied(connection: sqlite3.Connection, doomed: Collection[int], article_id: int | None) -> list[str]:
    """The other articles that nothing would be left of."""
    found = connection.execute(
        """SELECT DISTINCT article.url FROM version JOIN article USING (article_id)
           WHERE version.capture_id IN (SELECT value FROM json_each(?1)) AND article_id IS NOT ?2 AND NOT EXISTS
             (SELECT 1 FROM capture JOIN version AS held ON held.version_id = capture.version_id
              WHERE held.article_id = article.article_id
                AND capture.capture_id NOT IN (SELECT value FROM json_each(?1)))""",
        (_json(doomed), article_id),
    )
    return sorted(url for (url,) in found)


def _naming(connection: sqlite3.Connection, articles: Sequence[str]) -> int:
    """How many other articles hold one of the headlines, as the text of a link to it most likely."""
    (number,) = connection.execute(
        """WITH going AS MATERIALIZED (
             SELECT article_id FROM article WHERE url IN (SELECT value FROM json_each(?1))),
           said AS MATERIALIZED (
             SELECT DISTINCT headline FROM version JOIN going USING (article_id) WHERE length(headline) >= ?2)
           SELECT count(DISTINCT article_id) FROM version CROSS JOIN said
           WHERE article_id NOT IN (SELECT article_id FROM going) AND (instr(article_body, said.headline)
             OR EXISTS (SELECT 1 FROM removed WHERE removed.version_id = version.version_id
                          AND instr(text, said.headline)))""",
        (json.dumps(articles), _LEAST_HEADLINE),
    ).fetchone()
    return int(number)


def _json(numbers: Iterable[int]) -> str:
    return json.dumps(sorted(numbers))


# Taking it out. The caller holds the transaction.


def take_out(connection: sqlite3.Connection, site_id: int, facts: Mapping[str, Any], at: str) -> set[int]:
    """Take out all that the facts of a takedown name, as far as it is there -> the sites whose articles changed."""
    records: Sequence[Mapping[str, Any]] = facts["records"]
    ids = [record["record_id"] for record in records if not record.get("shared")]
    found = connection.execute(
        "SELECT capture_id FROM capture WHERE record_id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
    )
    captures = [n for (n,) in found]
    sites = {site_id}
    for (article_id,) in connection.execute(
        "SELECT article_id FROM article WHERE url IN (SELECT value FROM json_each(?))",
        (json.dumps(facts["articles"]),),
    ).fetchall():
        sites.add(_take_out_article(connection, article_id))
    sites |= _take_out_versions(connection, captures)
    _take_out_captures(connection, captures)
    _exclude(connection, site_id, facts["urls"], at)
    _note(connection, facts, at)
    return sites


def _take_out_article(connection: sqlite3.Connection, article_id: int) -> int:
    stories.forget(connection, article_id)
    make_current(connection, article_id, None)
    connection.execute("DELETE FROM revision WHERE article_id = ?", (article_id,))
    forget_versions(connection, "article_id = ?", article_id)
    connection.execute("UPDATE url SET article_id = NULL WHERE article_id = ?", (article_id,))
    connection.execute(
        "UPDATE furniture SET example_article_id = NULL WHERE example_article_id = ?", (article_id,)
    )
    (site_id,) = connection.execute(
        "DELETE FROM article WHERE article_id = ? RETURNING site_id", (article_id,)
    ).fetchone()
    return int(site_id)


def _take_out_versions(connection: sqlite3.Connection, captures: Sequence[int]) -> set[int]:
    """What other articles say that was read from these captures, unless others of theirs show it too."""
    sites: set[int] = set()
    for version_id, article_id, site_id, other in connection.execute(
        """SELECT version_id, article_id, site_id,
             (SELECT capture_id FROM capture WHERE capture.version_id = version.version_id
                AND capture_id NOT IN (SELECT value FROM json_each(?1)) ORDER BY captured_at LIMIT 1)
           FROM version JOIN article USING (article_id) WHERE capture_id IN (SELECT value FROM json_each(?1))""",
        (_json(captures),),
    ).fetchall():
        sites.add(site_id)
        if other is not None:
            connection.execute("UPDATE version SET capture_id = ? WHERE version_id = ?", (other, version_id))
            continue
        make_current(connection, article_id, None)
        forget_versions(connection, "version_id = ?", version_id)
        relink(connection, article_id)
        refresh(connection, article_id)
    return sites


def forget_versions(connection: sqlite3.Connection, which: str, number: int) -> None:
    chosen = f"(SELECT version_id FROM version WHERE {which})"
    names = connection.execute(
        f"SELECT DISTINCT author_id FROM version_author WHERE version_id IN {chosen}", (number,)
    ).fetchall()
    connection.execute(f"UPDATE capture SET version_id = NULL WHERE version_id IN {chosen}", (number,))
    connection.execute(f"UPDATE version SET same_as = NULL WHERE same_as IN {chosen}", (number,))
    for column in ("version_id", "previous_id"):  # those that remain are found anew
        connection.execute(f"DELETE FROM revision WHERE {column} IN {chosen}", (number,))
    for table in ("version_author", "removed", "field_source", "version"):
        connection.execute(f"DELETE FROM {table} WHERE version_id IN {chosen}", (number,))
    connection.executemany(
        """DELETE FROM author WHERE author_id = ?1
           AND NOT EXISTS (SELECT 1 FROM version_author WHERE author_id = ?1)""",
        names,
    )


def _take_out_captures(connection: sqlite3.Connection, captures: Sequence[int]) -> None:
    chosen = "(SELECT value FROM json_each(?))"
    numbers = (_json(captures),)
    connection.execute(
        f"""UPDATE article SET unrevised = 1 WHERE article_id IN
              (SELECT article_id FROM revision WHERE capture_id IN {chosen})""",
        numbers,
    )
    connection.execute(f"DELETE FROM revision WHERE capture_id IN {chosen}", numbers)
    for table in ("payload", "draft"):
        connection.execute(f"DELETE FROM {table} WHERE capture_id IN {chosen}", numbers)
    for table in ("attempt", "sighting", "robots"):
        connection.execute(f"UPDATE {table} SET capture_id = NULL WHERE capture_id IN {chosen}", numbers)
    connection.execute(f"UPDATE capture SET refers_to = NULL WHERE refers_to IN {chosen}", numbers)
    connection.execute(f"DELETE FROM capture WHERE capture_id IN {chosen}", numbers)


def _exclude(connection: sqlite3.Connection, site_id: int, urls: Sequence[str], at: str) -> None:
    """No crawl fetches these again, and what listings said of them is not kept."""
    founds = [Found(url, PageKind.PAGE, excluded_by=BY) for url in urls]
    insert_founds(connection, site_id, founds, found_on=None, now=at)
    for url in urls:
        connection.execute(
            """UPDATE url SET state = 'excluded', excluded_by = ?, due_at = NULL, next_visit = NULL,
                 article_id = NULL, etag = NULL,
                 last_modified = NULL WHERE url = ?""",
            row(BY, url),
        )
        connection.execute(
            """UPDATE sighting SET link_text = NULL, claimed_title = NULL
               WHERE url_id = (SELECT url_id FROM url WHERE url = ?)""",
            row(url),
        )


def _note(connection: sqlite3.Connection, facts: Mapping[str, Any], at: str) -> None:
    connection.execute(
        """INSERT INTO takedown (url, article_id, taken_down_at, reason, records)
           SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS
             (SELECT 1 FROM takedown WHERE url = ?1 AND taken_down_at = ?3)""",
        row(
            facts["url"], facts.get("article_id"), at, facts["reason"],
            json.dumps(facts["records"], ensure_ascii=False, sort_keys=True),
        ),
    )  # fmt: skip
