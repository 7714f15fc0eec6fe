"""What became of one URL: for pages that show no article, and for URLs that were never fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.errors import NotFound
from archive.store.queries import captures, spellings
from archive.store.records import StoredCapture

if TYPE_CHECKING:
    from sqlite_utils import Database

_URL = """SELECT url.url_id, url.url, site.name, url.kind, url.state, url.excluded_by FROM url JOIN site USING (site_id)
  WHERE url.url = ?"""
_ATTEMPT = """SELECT outcome, status, detail, started_at FROM attempt WHERE url_id = ?
  ORDER BY attempt_id DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class UrlTrace:
    """A URL that is known: its newest capture, and how the last attempt to fetch it ended."""

    url: str
    site: str
    kind: str  # page | front | section | feed | robots | requisite
    state: str  # due | done | excluded | failed
    excluded_by: str | None
    outcome: str | None  # of the last attempt; None if there was none
    outcome_detail: str | None
    attempted_at: str | None
    capture: StoredCapture | None


def trace_url(db: Database, ref: str) -> UrlTrace:
    """What is known of a URL, as it is or as typed.

    :raises NotFound: nothing is.
    """
    for url in spellings(ref):
        found = db.conn.execute(_URL, (url,)).fetchone()
        if found is None:
            continue
        url_id, url, site, kind, state, excluded_by = found
        outcome, status, detail, at = db.conn.execute(_ATTEMPT, (url_id,)).fetchone() or (None,) * 4
        said = ", ".join(str(part) for part in (status, detail) if part) or None
        in_order_of_time = [None, *captures(db, url=url)]
        return UrlTrace(url, site, kind, state, excluded_by, outcome, said, at, in_order_of_time[-1])
    raise NotFound(f"nothing is known of {ref.strip() or 'an empty URL'}", hint="broadsheet search finds articles")
