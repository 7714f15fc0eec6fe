"""The edits of articles: rows of `revision`, which follow from the captures and versions held.

An article is followed at one address, so that two renderings of it (AMP, print) are never taken for an edit: its own
URL if that shows it twice at least, else the one that shows it most. There, what one capture shows is compared with
what the capture before showed, if both were read in the same way:

- with one recipe: a new extractor or site rule makes other texts of the same page. Captures that were read again
  with the present recipe (`reextract --promote`) can be compared with new ones;
- whole: not if the transfer was cut;
- both without a paywall, or both with one; else only headline, authors, date and section are.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archive.model import Verdict
from archive.store.text import to_second
from archive.store.transaction import storage_errors, transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

    from archive.revisions import Text

BATCH = 20  # articles that one transaction brings up to date, so that nobody waits long for it
GONE = (404, 410)

_PENDING = "SELECT article_id FROM article WHERE unrevised = 1 ORDER BY article_id LIMIT ?"
# Every capture of the addresses that have shown an article, in order of time. A revisit was read as its original.
_CAPTURES = """SELECT url.surt, url.url, capture.capture_id, capture.captured_at, capture.status,
    capture.truncated IS NOT NULL, coalesce(capture.recipe_id, original.recipe_id),
    coalesce(capture.extraction_error, original.extraction_error), coalesce(capture.verdict, original.verdict),
    coalesce(version.same_as, version.version_id), version.article_id, version.verdict, version.recipe_id
  FROM url CROSS JOIN capture ON capture.url_id = url.url_id
  LEFT JOIN version ON version.version_id = capture.version_id
  LEFT JOIN capture AS original ON original.capture_id = capture.refers_to
  WHERE url.surt IN (SELECT place.surt FROM version AS shown
    CROSS JOIN capture AS shows ON shows.version_id = shown.version_id
    JOIN url AS place ON place.url_id = shows.url_id WHERE shown.article_id = ?)
  ORDER BY rtrim(capture.captured_at, 'Z'), capture.capture_id"""
_TEXT = """SELECT capture.captured_at, headline, description, date_published, date_published_precision, date_modified,
    date_modified_precision, article_section, article_body, in_language, version.verdict
  FROM version JOIN capture USING (capture_id) WHERE version.version_id = ?"""
_COLUMNS = (
    "article_id", "version_id", "previous_id", "capture_id", "seen_at", "after_at", "kind", "acknowledged", "fields",
    "words_added", "words_removed",
)  # fmt: skip
_HELD = """SELECT previous_id, version_id, capture_id, kind, acknowledged, fields, words_added, words_removed
  FROM revision WHERE article_id = ? AND version_id IS NOT NULL"""
_Row = tuple[Any, ...]  # of `_COLUMNS`


def mark(connection: sqlite3.Connection, article_id: int) -> None:
    """Note that captures or versions of an article have changed since its edits were entered."""
    connection.execute("UPDATE article SET unrevised = 1 WHERE article_id = ? AND unrevised = 0", (article_id,))


def mark_if_known(connection: sqlite3.Connection, article_id: int, url_id: int) -> None:
    """The same of a new article, if something else was captured of its URL: files are imported in any order."""
    connection.execute(
        """UPDATE article SET unrevised = 1 WHERE article_id = ?1 AND 1 <
             (SELECT count(*) FROM (SELECT 1 FROM capture WHERE url_id = ?2 LIMIT 2))""",
        (article_id, url_id),
    )


def mark_address(connection: sqlite3.Connection, url_id: int) -> None:
    """The same of articles that were shown at the address of a URL."""
    connection.execute(
        """UPDATE article SET unrevised = 1 WHERE unrevised = 0 AND article_id IN
             (SELECT article_id FROM url WHERE surt = (SELECT surt FROM url WHERE url_id = ?))""",
        (url_id,),
    )


def pending(db: Database) -> int:
    """How many articles have changed since their edits were entered."""
    return int(db.conn.execute("SELECT count(*) FROM article WHERE unrevised = 1").fetchone()[0])


def revise(db: Database) -> int:
    """Bring the edits of all articles up to date that have changed -> how many articles those are.

    What is known of two versions is not compared again. Done in short transactions: if it is cut short, the next goes
    on. Doing it twice changes nothing. The caller holds the writer's lock.

    :raises StorageFailed: the disk is full or fails.
    """
    number = 0
    while article_ids := [n for (n,) in db.conn.execute(_PENDING, (BATCH,))]:
        with storage_errors(db):  # comparing takes long, and nobody else changes articles meanwhile
            found = {article_id: _edits(db.conn, article_id) for article_id in article_ids}
        with transaction(db) as connection:
            for article_id, edits in found.items():
                _enter(connection, article_id, edits)
        number += len(article_ids)
    return number


def forget(connection: sqlite3.Connection, version_id: int) -> None:
    """Forget the edits that led to or from a version whose text is another now: they are compared anew."""
    connection.execute("DELETE FROM revision WHERE version_id = ?1 OR previous_id = ?1", (version_id,))


def _enter(connection: sqlite3.Connection, article_id: int, edits: Sequence[_Row]) -> None:
    """Rows that are as they should be stay, with their numbers."""
    names = ", ".join(_COLUMNS)
    held = {
        tuple(values): revision_id
        for revision_id, *values in connection.execute(
            f"SELECT revision_id, {names} FROM revision WHERE article_id = ?", (article_id,)
        )
    }
    wanted = set(edits)
    connection.executemany(
        "DELETE FROM revision WHERE revision_id = ?", [(n,) for values, n in held.items() if values not in wanted]
    )
    connection.executemany(
        f"INSERT INTO revision ({names}) VALUES ({', '.join('?' * len(_COLUMNS))})",
        [values for values in edits if values not in held],
    )
    connection.execute("UPDATE article SET unrevised = 0 WHERE article_id = ?", (article_id,))


# What was seen of an article.


@dataclass(frozen=True, slots=True)
class _Seen:
    """One capture of an address that has shown the article."""

    surt: str
    url: str
    capture_id: int
    captured_at: str
    status: int
    is_cut: bool
    recipe_id: int | None
    error: str | None  # why less was read than the page holds
    verdict: str | None
    version_id: int | None
    article_id: int | None  # whose version that is
    version_verdict: str | None
    version_recipe: int | None

    @property
    def second(self) -> str:
        return to_second(self.captured_at)


@dataclass(slots=True)
class _Run:
    """Captures in a row that show one version."""

    version_id: int
    is_walled: bool
    first: _Seen
    last: _Seen
    read_by: set[tuple[int | None, str | None]] = field(default_factory=set)  # recipes, and what hindered them


def _edits(connection: sqlite3.Connection, article_id: int) -> list[_Row]:
    seen = [_Seen(*values) for values in connection.execute(_CAPTURES, (article_id,))]
    shows = [s for s in seen if s.article_id == article_id and s.version_verdict != Verdict.SOFT_404]
    if not shows:
        return []
    (url,) = connection.execute("SELECT url FROM article WHERE article_id = ?", (article_id,)).fetchone()
    place = _place(shows, url)
    runs = _runs(s for s in shows if s.surt == place and not s.is_cut)
    held = {values[:3]: values[3:] for values in connection.execute(_HELD, (article_id,))}
    edits = (_edit(connection, article_id, runs, n, held) for n in range(1, len(runs)))
    found = [edit for edit in edits if edit is not None]
    gone = _gone([s for s in seen if s.surt == place], article_id, shows[-1])
    if gone is not None:
        found.append(_deletion(connection, article_id, shows[-1], gone))
    return found


def _place(shows: Sequence[_Seen], url: str) -> str:
    """The address at which an article is followed."""
    numbers: dict[str, int] = {}
    for s in shows:
        if not s.is_cut:
            numbers[s.surt] = numbers.get(s.surt, 0) + 1
    own = next((s.surt for s in shows if s.url == url), None)
    if own is not None and numbers.get(own, 0) > 1:
        return own
    return max(numbers, key=lambda surt: (numbers[surt], surt == own), default=shows[0].surt)


def _runs(shows: Any) -> list[_Run]:
    runs: list[_Run] = []
    for s in shows:
        if not runs or runs[-1].version_id != s.version_id:
            runs.append(_Run(s.version_id, s.version_verdict == Verdict.PAYWALL, s, s))
        runs[-1].last = s
        runs[-1].read_by |= {(s.recipe_id, s.error), (s.version_recipe, s.error)}
    return runs


def _edit(
    connection: sqlite3.Connection, article_id: int, runs: Sequence[_Run], n: int, held: Mapping[_Row, _Row]
) -> _Row | None:
    """What led from one run to the next, if that is an edit. `held`: what is known of such pairs."""
    new, before = runs[n], runs[n - 1]
    between = None
    if before.is_walled and not new.is_walled:
        whole = next((run for run in reversed(runs[:n]) if not run.is_walled), None)
        if whole is not None:
            before, between = whole, _text(connection, runs[n - 1])
    if not (before.read_by & new.read_by):
        return None
    judged = held.get((before.version_id, new.version_id, new.first.capture_id)) if between is None else None
    if judged is None and (judged := _judged(connection, before, new, between)) is None:
        return None
    return (
        article_id, new.version_id, before.version_id, new.first.capture_id, new.first.second, before.last.second,
        *judged,
    )  # fmt: skip


def _judged(connection: sqlite3.Connection, before: _Run, new: _Run, between: Text | None) -> _Row | None:
    """What the edit is, as the last columns of the row tell."""
    from archive.revisions import compare

    with_body = before.is_walled == new.is_walled
    change = compare(_text(connection, before), _text(connection, new), with_body=with_body, between=between)
    if change is None:
        return None
    return change.kind, change.acknowledged, " ".join(change.fields), change.words_added, change.words_removed


def _gone(seen: Sequence[_Seen], article_id: int, last: _Seen) -> _Seen | None:
    """The capture that tells that an article was deleted: its address answers so, and nothing good has come since."""
    gone: _Seen | None = None
    for s in seen:
        if (s.captured_at.rstrip("Z"), s.capture_id) <= (last.captured_at.rstrip("Z"), last.capture_id):
            continue
        if s.article_id is not None and s.article_id != article_id:
            return None  # the address is another article's now
        if s.status in GONE:
            gone = gone or s
        elif (200 <= s.status < 300 or s.status == 304) and s.verdict != Verdict.SOFT_404:
            gone = None
    return gone


def _deletion(connection: sqlite3.Connection, article_id: int, last: _Seen, gone: _Seen) -> _Row:
    from archive.revisions import DELETED
    from archive.store.text import word_count

    headline, words = connection.execute(
        "SELECT headline, word_count FROM version WHERE version_id = ?", (last.version_id,)
    ).fetchone()
    words += word_count(headline or "")
    return (
        article_id, None, last.version_id, gone.capture_id, gone.second, last.second, DELETED, None, "", 0, words
    )  # fmt: skip


def _text(connection: sqlite3.Connection, run: _Run) -> Text:
    return text_of(connection, run.version_id, captured_at=run.first.captured_at)


def text_of(connection: sqlite3.Connection, version_id: int, *, captured_at: str | None = None) -> Text:
    """What is compared of a version."""
    from archive.revisions import Text

    (own_time, headline, description, published, published_precision, modified, modified_precision, section, body,
     language, verdict) = connection.execute(_TEXT, (version_id,)).fetchone()  # fmt: skip
    names = connection.execute(
        "SELECT name FROM version_author JOIN author USING (author_id) WHERE version_id = ? ORDER BY position",
        (version_id,),
    )
    removed = connection.execute("SELECT text FROM removed WHERE version_id = ? ORDER BY position", (version_id,))
    return Text(
        captured_at=captured_at or own_time,
        headline=headline,
        description=description,
        authors=tuple(name for (name,) in names),
        date_published=published,
        date_published_precision=published_precision,
        date_modified=modified,
        date_modified_precision=modified_precision,
        article_section=section,
        article_body=body,
        in_language=language,
        is_live=verdict == Verdict.LIVE_BLOG,
        removed=tuple(text for (text,) in removed),
    )
