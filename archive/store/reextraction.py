"""New readings of captures that are held already: a newer recipe, or other rules, over the same bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.model import Extraction, Recipe
from archive.store.articles import Articles, Source
from archive.store.bodies import mark_unsettled
from archive.store.processed import Committed
from archive.store.text import Moment, one_line, row, stamp
from archive.store.transaction import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

_CAPTURE = """SELECT capture.capture_id, capture.captured_at, capture.url_id, url.url, url.site_id,
  capture.version_id, version.article_id, capture.verdict
  FROM capture JOIN url ON url.url_id = capture.url_id
  LEFT JOIN version ON version.version_id = capture.version_id WHERE capture.record_id = ?"""
# Revisits of the same URL that show what their original shows, and no draft says otherwise; those of a 304 have no
# verdict of their own.
_FOLLOW = """UPDATE capture SET version_id = (SELECT version_id FROM capture WHERE capture_id = ?1),
    verdict = CASE WHEN verdict IS NULL THEN NULL ELSE ?5 END
  WHERE refers_to = ?1 AND url_id = ?2 AND version_id IS ?3 AND (verdict IS NULL OR verdict IS ?4)
    AND NOT EXISTS (SELECT 1 FROM draft WHERE draft.capture_id = capture.capture_id)"""
_LINK = """UPDATE url SET article_id = (
    SELECT version.article_id FROM capture JOIN version ON version.version_id = capture.version_id
    WHERE capture.url_id = ?1 ORDER BY rtrim(capture.captured_at, 'Z') DESC LIMIT 1)
  WHERE url_id = ?1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reextracted:
    """What a recipe made of one capture; the capture is named by its WARC-Record-ID."""

    record_id: str
    extraction: Extraction
    recipe: Recipe
    extracted_at: Moment
    extraction_error: str | None = None


def commit_extractions(db: Database, batch: Sequence[Reextracted]) -> Committed:
    """Write new readings, all or none. Doing it twice changes nothing; old versions stay.

    A reading that differs in any field makes a new version, which its capture and the revisits of that capture then
    show. A page that is no article any longer shows none. Drafts of these captures go.

    :raises ValueError: no capture has that record id.
    :raises StorageFailed: the disk is full or fails.
    """
    with transaction(db) as connection:
        articles = Articles(connection)
        for item in batch:
            _write(connection, articles, item)
        return Committed(0, articles.new_articles, articles.new_versions)


def _write(connection: sqlite3.Connection, articles: Articles, item: Reextracted) -> None:
    found: Any = connection.execute(_CAPTURE, row(item.record_id)).fetchone()
    if found is None:
        raise ValueError(f"no capture has the record id {item.record_id}")
    source, (old_version, old_article, old_verdict) = Source(*found[:5]), found[5:]
    verdict = item.extraction.verdict.value
    article_id = articles.store(source, item.extraction, item.recipe, stamp(item.extracted_at), every_field=True)
    if article_id is None:
        articles.show(source.capture_id, None)
    connection.execute(_FOLLOW, (source.capture_id, source.url_id, old_version, old_verdict, verdict))
    for touched in {article_id, old_article} - {None}:
        articles.refresh(touched)
    connection.execute(
        "UPDATE capture SET verdict = ?, extraction_error = ?, recipe_id = ? WHERE capture_id = ?",
        row(
            verdict,
            one_line(item.extraction_error or item.extraction.error),
            articles.recipe_id(item.recipe, stamp(item.extracted_at)),
            source.capture_id,
        ),
    )
    connection.execute(_LINK, (source.url_id,))
    connection.execute(
        "DELETE FROM draft WHERE capture_id = ?", (source.capture_id,)
    )  # it is about what was shown
    mark_unsettled(connection, source.site_id)
