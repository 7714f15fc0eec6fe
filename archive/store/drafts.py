"""Drafts: what the present recipe makes of captures, kept apart from what is shown until somebody promotes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from archive.extract.evidence import merge
from archive.extract.furniture import Furniture
from archive.extraction_json import loads
from archive.model import Extraction, Recipe, Verdict
from archive.store.articles import Articles, article_url, held_article
from archive.store.bodies import read
from archive.store.fields import record_held, record_of, record_sha256
from archive.store.reextraction import Reextracted, commit_extractions
from archive.store.rereading import PRESENT, Present, Selection
from archive.store.superseded import Span, span_of
from archive.store.text import Moment, one_line, row, stamp
from archive.store.transaction import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

BATCH = 50  # drafts that one transaction promotes

_DRAFTED_CAPTURES = """FROM draft CROSS JOIN capture ON capture.capture_id = draft.capture_id
  CROSS JOIN url ON url.url_id = capture.url_id"""
_DRAFTS = f"""SELECT capture.capture_id, url.url, site.name, url.site_id, capture.captured_at, capture.record_id,
    CASE version.verdict WHEN 'soft-404' THEN 'article' ELSE capture.verdict END, capture.version_id,
    version.article_id, article.url, version.word_count, draft.verdict, draft.extraction, draft.error,
    draft.extracted_at, recipe.sha256, recipe.definition
  {_DRAFTED_CAPTURES} JOIN site ON site.site_id = url.site_id JOIN recipe ON recipe.recipe_id = draft.recipe_id
  LEFT JOIN version ON version.version_id = capture.version_id
  LEFT JOIN article ON article.article_id = version.article_id
  WHERE draft.recipe_id = {PRESENT} AND draft.capture_id > :after"""
_FAILED = "(draft.verdict = 'error' AND draft.error IS NOT NULL)"
_SHOWN = """SELECT capture.verdict, capture.version_id, article.url, version.lines FROM capture
  LEFT JOIN version ON version.version_id = capture.version_id
  LEFT JOIN article ON article.article_id = version.article_id WHERE capture.capture_id = ?"""


@dataclass(frozen=True, slots=True)
class Said:
    """What an extraction says of an article, in short: enough to tell whether that is shown already."""

    article_url: str
    record_sha256: str
    lines: bytes  # evidence for furniture


def said(url: str, extraction: Extraction) -> Said | None:
    """Of the page at `url`; None if the archive holds no article of it."""
    article = held_article(extraction)
    if article is None:
        return None
    (where,) = row(article_url(url, article.canonical_url))
    record = record_of(extraction.verdict, article, read(article, extraction.verdict, Furniture()))
    return Said(where, record_sha256(record), extraction.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a recipe made of a capture. `extraction`: as `archive.extraction_json` writes it; None if it failed."""

    capture_id: int
    recipe: Recipe
    verdict: Verdict
    extraction: str | None
    said: Said | None
    error: str | None
    extracted_at: Moment

    @property
    def failed(self) -> bool:
        """Whether the page could not be read; what it shows then stays, whoever promotes."""
        return self.verdict == Verdict.ERROR and self.error is not None


def write(db: Database, batch: Sequence[Draft]) -> int:
    """Enter drafts, all or none -> how many of them differ from what is shown.

    A draft that says nothing new is entered without its extraction.

    :raises StorageFailed: the disk is full or fails.
    """
    differ = 0
    with transaction(db) as connection:
        articles = Articles(connection)
        for draft in batch:
            news = _news(connection, draft)
            if news is None:  # the capture was taken down while it was read
                continue
            differ += news.differs
            connection.execute(
                """INSERT OR REPLACE INTO draft (capture_id, recipe_id, verdict, extraction, error, extracted_at)
                   VALUES (?, ?, ?, ?, ?, ?)""",
                row(
                    draft.capture_id, articles.recipe_id(draft.recipe, stamp(draft.extracted_at)),
                    draft.verdict.value, draft.extraction if news.differs or news.teaches else None,
                    one_line(draft.error), stamp(draft.extracted_at),
                ),
            )  # fmt: skip
    return differ


@dataclass(frozen=True, slots=True)
class _News:
    differs: bool  # some field, or whether there is an article at all
    teaches: bool  # of the site's furniture


def _news(connection: sqlite3.Connection, draft: Draft) -> _News | None:
    """What a draft says beyond what its capture shows; None if there is no such capture."""
    shown = connection.execute(_SHOWN, (draft.capture_id,)).fetchone()
    if shown is None or draft.failed:
        return None if shown is None else _News(False, False)
    verdict, version_id, url, lines = shown
    if draft.said is None:
        return _News(version_id is not None or verdict != draft.verdict, False)
    if version_id is None or url != draft.said.article_url:
        return _News(True, True)
    held = record_sha256(record_held(connection, version_id, full=True))
    known = lines or b""
    return _News(held != draft.said.record_sha256, merge(known, draft.said.lines) != known)


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft of the present recipe, beside what its capture shows now."""

    capture_id: int
    url: str
    site: str
    site_id: int
    captured_at: str
    record_id: str
    shown_verdict: str | None  # of a page that others showed to be a template, the one that it was read as
    version_id: int | None  # that is shown
    article_id: int | None
    article_url: str | None
    word_count: int | None
    verdict: str
    json: str | None  # None: it says what is shown, or it failed
    error: str | None
    extracted_at: str
    recipe_sha256: str
    recipe_definition: str

    @property
    def failed(self) -> bool:
        return self.verdict == Verdict.ERROR and self.error is not None

    @property
    def extraction(self) -> Extraction | None:
        return loads(self.json) if self.json is not None else None


def stored(
    db: Database, present: Present, selection: Selection, *, without_failed: bool = False, step: int = 200
) -> Iterator[list[StoredDraft]]:
    """The drafts of present recipes in the order of their captures' numbers, a few at a time."""
    where, parameters = selection.conditions()
    if without_failed:
        where += f" AND NOT {_FAILED}"
    sql, after = f"{_DRAFTS}{where} ORDER BY draft.capture_id LIMIT {step:d}", 0
    while found := present.rows(db, sql, parameters | {"after": after}):
        yield [StoredDraft(*values) for values in found]
        after = found[-1][0]


@dataclass(frozen=True, slots=True)
class Promoted:
    """What a promotion came to: drafts that became what is shown, what that added, and what it took from view."""

    drafts: int = 0
    new_articles: int = 0
    new_versions: int = 0
    superseded: Mapping[int, Span] = field(default_factory=dict)  # versions, and since when and until when shown


Work = Callable[[], Promoted]


def promote(
    db: Database,
    present: Present,
    selection: Selection,
    *,
    record: Callable[[Work], Promoted] = lambda work: work(),
) -> Iterator[Promoted]:
    """Let the drafts of present recipes be what is shown, but for those that failed; old versions stay.

    A few at a time, each in one transaction, told of as they are done: a promotion that was cut short is gone on
    with by the next. `record` does each of these works, in a transaction of its own that also keeps what it tells.
    The caller holds the writer's lock and settles the furniture afterwards.

    :raises StorageFailed: the disk is full or fails.
    """
    for batch in stored(db, present, selection, without_failed=True, step=BATCH):
        yield record(partial(_promote, db, batch))


def _promote(db: Database, batch: Sequence[StoredDraft]) -> Promoted:
    with transaction(db) as connection:
        shown = {v: span_of(connection, v) for d in batch if d.json and (v := d.version_id) is not None}
        readings = [_reading(draft, e) for draft in batch if (e := draft.extraction) is not None]
        done = commit_extractions(db, readings)
        for draft in (draft for draft in batch if draft.json is None):
            connection.execute(
                """UPDATE capture SET extraction_error = ?,
                     recipe_id = (SELECT recipe_id FROM recipe WHERE sha256 = ?) WHERE capture_id = ?""",
                (draft.error, draft.recipe_sha256, draft.capture_id),
            )
            connection.execute("DELETE FROM draft WHERE capture_id = ?", (draft.capture_id,))
        past = {draft.version_id for draft in batch if _is_past(connection, draft)}
        superseded = {version_id: span for version_id, span in shown.items() if version_id in past}
    return Promoted(len(batch), done.new_articles, done.new_versions, superseded)


def _is_past(connection: sqlite3.Connection, draft: StoredDraft) -> bool:
    """Whether a capture that was promoted shows another version now."""
    (now,) = connection.execute(
        "SELECT version_id FROM capture WHERE capture_id = ?", (draft.capture_id,)
    ).fetchone()
    return bool(now != draft.version_id)


def _reading(draft: StoredDraft, extraction: Extraction) -> Reextracted:
    return Reextracted(
        record_id=draft.record_id,
        extraction=extraction,
        recipe=Recipe(draft.recipe_sha256, draft.recipe_definition),
        extracted_at=draft.extracted_at,
        extraction_error=draft.error,
    )


def discard(db: Database, selection: Selection) -> int:
    """Throw away the drafts of a part of the archive, whatever their recipe -> how many."""
    where, parameters = selection.conditions()
    with transaction(db) as connection:
        return connection.execute(
            f"DELETE FROM draft WHERE capture_id IN (SELECT draft.capture_id {_DRAFTED_CAPTURES} WHERE 1{where})",
            parameters,
        ).rowcount


def failures(db: Database, present: Present, selection: Selection) -> int:
    """How many pages the present recipes could not read."""
    where, parameters = selection.conditions()
    sql = f"SELECT count(*) {_DRAFTED_CAPTURES} WHERE {_FAILED} AND draft.recipe_id = {PRESENT}{where}"
    return int(present.rows(db, sql, parameters)[0][0])


def outdated(db: Database, present: Present, selection: Selection) -> int:
    """How many drafts are of recipes that are not the present ones any longer."""
    where, parameters = selection.conditions()
    sql = f"SELECT count(*) {_DRAFTED_CAPTURES} WHERE draft.recipe_id <> {PRESENT}{where}"
    return int(present.rows(db, sql, parameters)[0][0])


def shows_without(db: Database, article_id: int, captures: Set[int]) -> bool:
    """Whether any capture shows an article but for these, and the revisits that follow them."""
    shown = db.conn.execute(
        """SELECT capture.capture_id, original.capture_id FROM version
           CROSS JOIN capture ON capture.version_id = version.version_id
           LEFT JOIN capture AS original ON original.capture_id = capture.refers_to
             AND original.url_id = capture.url_id AND original.version_id = capture.version_id
           WHERE version.article_id = ?""",
        (article_id,),
    )
    return any(capture not in captures and original not in captures for capture, original in shown)


def is_shown(db: Database, article_url: str) -> bool:
    """Whether an article of this URL is held and shown."""
    found = db.conn.execute(
        "SELECT 1 FROM article WHERE url = ? AND current_version_id IS NOT NULL", row(article_url)
    ).fetchone()
    return found is not None
