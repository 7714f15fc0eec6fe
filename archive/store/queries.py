"""Reading the archive: articles, captures, WARC files, sites."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from archive.errors import NotFound
from archive.model import Block, BlockKind, FieldSource, Removed
from archive.store.records import (
    ArticleRecord,
    SiteStatus,
    StoredCapture,
    StoredWarcFile,
    VersionRecord,
    VersionSummary,
)
from archive.store.story_queries import story
from archive.store.text import clean
from archive.urls import normalise

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

_CAPTURE = """SELECT capture.capture_id, url.url, warc_file.filename, capture.record_id, capture.record_type,
  capture."offset", capture.length, capture.request_offset, capture.request_length, capture.metadata_offset,
  capture.metadata_length, capture.captured_at, capture.status, capture.content_type, capture.block_digest,
  capture.payload_digest, capture.payload_sha256, capture.payload_bytes, original.record_id, capture.truncated,
  capture.ip, capture.redirect_to, capture.fetch_ms, capture.verdict, capture.extraction_error,
  capture.version_id, capture.crawl_id, site.name, capture.lost_at, capture.opt_out
  FROM capture JOIN url ON url.url_id = capture.url_id JOIN site ON site.site_id = url.site_id
  JOIN warc_file ON warc_file.warc_file_id = capture.warc_file_id
  LEFT JOIN capture AS original ON original.capture_id = capture.refers_to"""
_COLUMNS = (
    "version_id", "article_id", "verdict", "type", "headline", "headline_forms", "description", "byline_raw",
    "date_published", "date_published_offset", "date_published_raw", "date_published_precision", "date_modified",
    "date_modified_offset", "date_modified_raw", "date_modified_precision", "article_section", "keywords",
    "in_language", "publisher", "is_accessible_for_free", "image", "image_caption", "image_credit", "canonical_url",
    "article_body", "body_blocks", "body_source", "confidence", "word_count", "text_sha256", "extracted_at",
)  # fmt: skip
_VERSION = f"""SELECT recipe.sha256, capture_id, {", ".join(_COLUMNS)}
  FROM version JOIN recipe USING (recipe_id) WHERE version_id = ?"""
_VERSIONS = """SELECT version.version_id, recipe.sha256, version.verdict, version.headline, version.word_count,
  version.text_sha256, own.captured_at, min(shown.captured_at), max(shown.captured_at), count(shown.capture_id)
  FROM version JOIN recipe USING (recipe_id) JOIN capture AS own ON own.capture_id = version.capture_id
  LEFT JOIN (SELECT capture.capture_id, captured_at, coalesce(part.same_as, part.version_id) AS version_id
             FROM version AS part CROSS JOIN capture ON capture.version_id = part.version_id
             WHERE part.article_id = ?1) AS shown ON shown.version_id = version.version_id
  WHERE version.article_id = ?1 AND version.same_as IS NULL AND version.verdict <> 'soft-404'
  GROUP BY version.version_id
  ORDER BY rtrim(own.captured_at, 'Z'), version.extracted_at, version.version_id"""


def article(db: Database, ref: int | str) -> ArticleRecord:
    """The article that `ref` means: its number, its URL (also as typed or redirected), or the only URL that
    begins so.

    :raises NotFound: there is none, or there are several.
    """
    article_id = find_article(db, ref)
    facts = db.conn.execute(
        """SELECT article.url, site.name, article.first_seen, article.current_version_id, article.story_id
           FROM article JOIN site USING (site_id) WHERE article_id = ?""",
        (article_id,),
    ).fetchone()
    url, site, first_seen, current, story_id = facts
    if current is None:
        raise NotFound(f"{url} is held, but its newest capture shows no article", hint="broadsheet status")
    urls = db.conn.execute("SELECT url FROM url WHERE article_id = ? ORDER BY url_id", (article_id,))
    return ArticleRecord(
        article_id=article_id,
        url=url,
        site=site,
        first_seen=first_seen,
        urls=tuple(u for (u,) in urls),
        version=version(db, current),
        versions=versions(db, article_id),
        story=story(db, story_id) if story_id is not None else None,
    )


def find_article(db: Database, ref: int | str) -> int:
    """The id of the article that `ref` means; see `article`."""
    if isinstance(ref, int) or (ref.isascii() and ref.isdecimal()):
        number = min(int(ref), 2**62)
        found = db.conn.execute("SELECT article_id FROM article WHERE article_id = ?", (number,)).fetchone()
        if found is None:
            _say_if_taken_down(db, str(number))
            raise NotFound(f"there is no article {ref}", hint="broadsheet search finds articles")
        return int(found[0])
    ref = clean(ref).strip()
    for url in spellings(ref):
        if (exact := _by_url(db.conn, url)) is not None:
            return exact
    matches = {a: u for prefix in _typed(ref) for a, u in _by_prefix(db.conn, prefix)} if ref else {}
    if len(matches) == 1:
        return next(iter(matches))
    if matches:
        some = ", ".join(sorted(matches.values())[:3])
        raise NotFound(f"several articles begin with {ref}: {some} ...", hint="give more of the URL")
    _say_if_taken_down(db, ref)
    raise NotFound(f"no article is held of {ref or 'an empty URL'}", hint="broadsheet search finds articles")


def _say_if_taken_down(db: Database, ref: str) -> None:
    from archive.store.takedown import taken_down

    if (gone := taken_down(db, ref)) is not None:
        raise NotFound(f"{gone.url} was taken down on {gone.taken_down_at}: {gone.reason}")


def _typed(ref: str) -> list[str]:
    """The URLs that a person can mean who leaves out the scheme."""
    return (
        [ref] if "://" in ref else [f"https://{ref}", f"http://{ref}", f"https://www.{ref}", f"http://www.{ref}"]
    )


def spellings(ref: str) -> list[str]:
    """The URLs that may be held of what a person typed, each as it is and normalised."""
    return list(dict.fromkeys(u for typed in _typed(clean(ref).strip()) for u in (typed, normalise(typed)) if u))


def _by_url(connection: sqlite3.Connection, url: str) -> int | None:
    found = connection.execute(
        """SELECT article_id FROM article WHERE url = ?1 UNION ALL
           SELECT article_id FROM url WHERE url = ?1 AND article_id IS NOT NULL LIMIT 1""",
        (url,),
    ).fetchone()
    return int(found[0]) if found else None


def _by_prefix(connection: sqlite3.Connection, prefix: str) -> list[tuple[int, str]]:
    return connection.execute(
        """SELECT * FROM (SELECT article_id, url FROM article WHERE url >= ?1 AND url < ?2 LIMIT 4) UNION
           SELECT * FROM (SELECT article_id, url FROM url
                          WHERE url >= ?1 AND url < ?2 AND article_id IS NOT NULL LIMIT 4)""",
        (prefix, prefix + "\U0010ffff"),
    ).fetchall()


def version(db: Database, version_id: int) -> VersionRecord:
    """One version with what was removed, every candidate of every field, and its capture.

    :raises NotFound: there is none of that number.
    """
    found = db.conn.execute(_VERSION, (version_id,)).fetchone()
    if found is None:
        raise NotFound(f"there is no version {version_id}")
    recipe_sha256, capture_id, *values = found
    facts: dict[str, Any] = dict(zip(_COLUMNS, values, strict=True))
    facts["headline_forms"] = json.loads(facts["headline_forms"] or "{}")
    facts["body_blocks"] = tuple(
        Block(BlockKind(kind), confidence) for kind, confidence in json.loads(facts["body_blocks"] or "[]")
    )
    facts["keywords"] = tuple(json.loads(facts["keywords"] or "[]"))
    if facts["is_accessible_for_free"] is not None:
        facts["is_accessible_for_free"] = bool(facts["is_accessible_for_free"])
    names = db.conn.execute(
        "SELECT name FROM version_author JOIN author USING (author_id) WHERE version_id = ? ORDER BY position",
        (version_id,),
    )
    removed = db.conn.execute(
        "SELECT text, reason, confidence, place FROM removed WHERE version_id = ? ORDER BY position",
        (version_id,),
    )
    sources = db.conn.execute(
        "SELECT field, source, value, chosen FROM field_source WHERE version_id = ? ORDER BY position",
        (version_id,),
    )
    return VersionRecord(
        **facts,
        authors=tuple(name for (name,) in names),
        recipe_sha256=recipe_sha256,
        capture=_capture(db, capture_id),
        removed=tuple(Removed(*r) for r in removed),
        sources=tuple(FieldSource(f, s, value, bool(chosen)) for f, s, value, chosen in sources),
    )


def versions(db: Database, article_id: int) -> tuple[VersionSummary, ...]:
    """All versions of an article in order of capture time; those of one capture in the order in which it was read."""
    return tuple(VersionSummary(*r) for r in db.conn.execute(_VERSIONS, (article_id,)))


def _capture(db: Database, capture_id: int) -> StoredCapture:
    return StoredCapture(*db.conn.execute(f"{_CAPTURE} WHERE capture.capture_id = ?", (capture_id,)).fetchone())


def captures(
    db: Database, *, url: str | None = None, article_id: int | None = None, record_id: str | None = None
) -> Iterator[StoredCapture]:
    """Every capture in the order of files and offsets, or those of one URL or one article in order of time, or one."""
    rest, parameters = 'ORDER BY capture.warc_file_id, capture."offset"', tuple[str | int, ...]()
    if url is not None:
        rest, parameters = "WHERE url.url = ? ORDER BY capture.captured_at", (clean(url),)
    elif article_id is not None:
        shown = "SELECT version_id FROM version WHERE article_id = ?"
        rest, parameters = f"WHERE capture.version_id IN ({shown}) ORDER BY capture.captured_at", (article_id,)
    elif record_id is not None:
        rest, parameters = "WHERE capture.record_id = ?", (clean(record_id),)
    for found in db.conn.execute(f"{_CAPTURE} {rest}", parameters):
        yield StoredCapture(*found)


def warc_files(db: Database) -> list[StoredWarcFile]:
    """The WARC files that the archive knows of, in the order in which they were opened."""
    found = db.conn.execute(
        """SELECT warc_file_id, filename, crawl_id, warcinfo_id, opened_at, committed_bytes, sealed_at, sha256,
             path, imported_from FROM warc_file ORDER BY warc_file_id"""
    )
    return [StoredWarcFile(*r) for r in found]


def status(db: Database) -> list[SiteStatus]:
    """Each site: what is due, held, captured, failed and excluded, with the reasons."""
    connection = db.conn
    states = _grouped(
        connection,
        """SELECT site_id, 'known', count(*) FROM url GROUP BY site_id
           UNION ALL SELECT site_id, state, count(*) FROM url
             WHERE state = 'due' OR state = 'excluded' OR state = 'failed' GROUP BY site_id, state""",
    )
    excluded = _grouped(
        connection,
        """SELECT site_id, coalesce(excluded_by, 'unknown'), count(*) FROM url WHERE state = 'excluded'
           GROUP BY site_id, 2""",
    )
    failed = _grouped(
        connection,
        """SELECT site_id, coalesce((SELECT outcome FROM attempt WHERE attempt.url_id = url.url_id
                                     ORDER BY attempt_id DESC LIMIT 1), 'unknown'), count(*)
           FROM url WHERE state = 'failed' GROUP BY site_id, 2""",
    )
    held = dict(
        connection.execute(
            "SELECT site_id, count(*) FROM article WHERE current_version_id IS NOT NULL GROUP BY site_id"
        )
    )
    captured = dict(
        connection.execute("SELECT site_id, count(*) FROM capture JOIN url USING (url_id) GROUP BY site_id")
    )
    sites = connection.execute("SELECT site_id, name, title, homepage FROM site ORDER BY name").fetchall()
    out = []
    for site_id, name, title, homepage in sites:
        state = Counter(states.get(site_id, {}))
        done = state["known"] - state["due"] - state["excluded"] - state["failed"]
        last_fetch, last_crawl = _last(connection, site_id)
        out.append(
            SiteStatus(
                site_id=site_id, name=name, title=title, homepage=homepage, known=state["known"],
                done=done, due=state["due"], held=held.get(site_id, 0),
                captured=captured.get(site_id, 0), failed=failed.get(site_id, {}),
                excluded=excluded.get(site_id, {}), last_fetch=last_fetch, last_crawl=last_crawl,
            )
        )  # fmt: skip
    return out


def _grouped(connection: sqlite3.Connection, sql: str) -> dict[int, dict[str, int]]:
    out: dict[int, dict[str, int]] = {}
    for site_id, reason, count in connection.execute(sql):
        out.setdefault(site_id, {})[reason] = count
    return out


def _last(connection: sqlite3.Connection, site_id: int) -> tuple[str | None, str | None]:
    """When the site was last asked for anything, and when the crawl began that did."""
    fetched = connection.execute(
        "SELECT url_id, max(last_fetch) FROM url WHERE site_id = ? AND last_fetch IS NOT NULL", (site_id,)
    ).fetchone()
    crawl = connection.execute(
        """SELECT started_at FROM crawl WHERE crawl_id =
             (SELECT crawl_id FROM attempt WHERE url_id = ? ORDER BY attempt_id DESC LIMIT 1)""",
        (fetched[0],),
    ).fetchone()
    return fetched[1], crawl[0] if crawl else None
