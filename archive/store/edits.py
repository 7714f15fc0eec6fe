"""Reading the edits of articles, and the versions between which they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.store.queries import versions
from archive.store.records import VersionSummary
from archive.store.text import row

if TYPE_CHECKING:
    from sqlite_utils import Database

_EDITS = """SELECT revision.revision_id, revision.article_id, article.url, site.name, newer.version_id,
    older.version_id, coalesce(newer.headline, older.headline), older.headline, revision.after_at, revision.seen_at,
    revision.kind, revision.acknowledged, revision.fields, revision.words_added, revision.words_removed,
    capture.record_id
  FROM revision JOIN article ON article.article_id = revision.article_id
  JOIN site ON site.site_id = article.site_id
  JOIN version AS older ON older.version_id = revision.previous_id
  LEFT JOIN version AS newer ON newer.version_id = revision.version_id
  JOIN capture ON capture.capture_id = revision.capture_id"""


@dataclass(frozen=True, slots=True)
class EditRecord:
    """One edit: it was made after `after_at` and not later than `seen_at`."""

    revision_id: int
    article_id: int
    url: str
    site: str
    version_id: int | None  # what the article became; None: it was deleted
    previous_id: int
    headline: str | None  # after the edit
    previous_headline: str | None
    after_at: str
    seen_at: str
    kind: str
    acknowledged: str | None  # modified-date | notice | both; None: silent
    fields: tuple[str, ...]
    words_added: int
    words_removed: int
    record_id: str  # of the capture that shows it first


def edits(
    db: Database,
    *,
    site_id: int | None = None,
    article_id: int | None = None,
    since: str | None = None,
    until: str | None = None,
    silent: bool = False,
    kinds: Sequence[str] = (),
) -> Iterator[EditRecord]:
    """Edits in the order in which they were seen. `since`, `until`: days, or the beginnings of days, both included."""
    where, parameters = list[str](), list[Any]()
    for condition, value in (
        ("article.site_id = ?", site_id),
        ("revision.article_id = ?", article_id),
        ("revision.seen_at >= ?", since),
        ("revision.seen_at < ?", f"{until}\U0010ffff" if until else None),
    ):
        if value is not None:
            where.append(condition)
            parameters.append(value)
    if silent:
        where.append("revision.acknowledged IS NULL")
    if kinds:
        where.append(f"revision.kind IN ({', '.join('?' * len(kinds))})")
        parameters += kinds
    clause = f" WHERE {' AND '.join(where)}" if where else ""
    order = " ORDER BY revision.seen_at, revision.after_at, article.url, revision.revision_id"
    for values in db.conn.execute(_EDITS + clause + order, row(*parameters)):
        facts = list(values)
        facts[12] = tuple(facts[12].split())
        yield EditRecord(*facts)


def address(db: Database, article_id: int) -> tuple[str, str]:
    """The URL of an article, and the name of its site."""
    url, site = db.conn.execute(
        "SELECT article.url, site.name FROM article JOIN site USING (site_id) WHERE article_id = ?", (article_id,)
    ).fetchone()
    return url, site


def shown_versions(db: Database, article_id: int) -> list[VersionSummary]:
    """The versions that captures show, in the order in which they were first seen: number 1 is the first."""
    shown = [v for v in versions(db, article_id) if v.first_shown is not None]
    return sorted(shown, key=lambda v: ((v.first_shown or "").rstrip("Z"), v.version_id))
