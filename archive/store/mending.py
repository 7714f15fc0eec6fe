"""What the database knows of the records of a file, for those that are damaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

_ROWS = """SELECT capture.capture_id, url.url, capture.record_id, capture.record_type, capture.captured_at,
    capture."offset", capture.request_offset, capture.metadata_offset, capture.block_digest, capture.payload_digest,
    capture.lost_at, capture.fetch_ms, coalesce(attempt.status, capture.status), attempt.outcome, attempt.detail,
    site.name, url.kind, url.depth, url.redirects, robots.origin
  FROM capture JOIN url ON url.url_id = capture.url_id JOIN site ON site.site_id = url.site_id
  LEFT JOIN attempt ON attempt.capture_id = capture.capture_id
  LEFT JOIN robots ON robots.capture_id = capture.capture_id
  WHERE capture.warc_file_id = ? GROUP BY capture.capture_id ORDER BY capture."offset" """


@dataclass(frozen=True, slots=True)
class KnownCapture:
    """A capture of a file with the places of its records, and what the attempt was that brought it."""

    capture_id: int
    url: str
    record_id: str
    record_type: str
    captured_at: str
    offset: int
    request_offset: int | None
    metadata_offset: int | None
    block_digest: str
    payload_digest: str | None
    lost_at: str | None
    fetch_ms: int | None
    status: int
    outcome: str | None
    detail: str | None
    site: str
    kind: str
    depth: int
    redirects: int
    robots_origin: str | None

    def places(self) -> Iterator[tuple[int, str]]:
        """Where its records lie, and what they are: capture | request | metadata."""
        yield self.offset, "capture"
        if self.request_offset is not None:
            yield self.request_offset, "request"
        if self.metadata_offset is not None:
            yield self.metadata_offset, "metadata"

    def facts(self) -> dict[str, str]:
        """The facts of its metadata record, as far as they are known (`archive.job.facts_of`)."""
        found = {
            "fetchTimeMs": self.fetch_ms, "site": self.site, "kind": self.kind, "depth": self.depth,
            "redirects": self.redirects, "outcome": self.outcome, "detail": self.detail,
            "robotsOrigin": self.robots_origin,
        }  # fmt: skip
        return {name: str(value) for name, value in found.items() if value is not None}


def captures_of_file(db: Database, file_id: int) -> list[KnownCapture]:
    """In the order of their places."""
    return [KnownCapture(*values) for values in db.conn.execute(_ROWS, (file_id,))]


def crawl_of_file(db: Database, file_id: int) -> tuple[str, str | None, str | None]:
    """When the file was opened, the UUID of its crawl and the User-Agent that this had."""
    found: tuple[str, str | None, str | None] = db.conn.execute(
        "SELECT opened_at, uuid, user_agent FROM warc_file LEFT JOIN crawl USING (crawl_id) WHERE warc_file_id = ?",
        (file_id,),
    ).fetchone()
    return found
