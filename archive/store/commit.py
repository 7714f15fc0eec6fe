"""One transaction for a batch of finished attempts: all their rows, or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.model import ANSWERED, Capture, Found, Outcome, PageKind, RecordLocation
from archive.scope import PRIORITY_SECTION
from archive.store import manners, visits
from archive.store.articles import Articles, Source
from archive.store.crawls import warc_name
from archive.store.listings import write_listing
from archive.store.processed import Committed, Processed, Recorded
from archive.store.revisions import mark_address
from archive.store.text import one_line, row, stamp
from archive.store.transaction import transaction
from archive.store.urls import LISTINGS, Entered, insert_founds, is_followed
from archive.store.visits import Listing, Schedule

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = ["Committed", "Processed", "commit"]

_CAPTURE = """INSERT INTO capture (url_id, crawl_id, warc_file_id, record_id, record_type, "offset", length,
  request_offset, request_length, metadata_offset, metadata_length, captured_at, status, content_type,
  block_digest, payload_digest, payload_sha256, payload_bytes, refers_to, truncated, ip, redirect_to, fetch_ms,
  verdict, extraction_error, recipe_id, opt_out)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
  (SELECT capture_id FROM capture WHERE record_id = ?), ?, ?, ?, ?, ?, ?, ?, ?)"""
_PAYLOAD = "INSERT INTO payload (digest, shape, capture_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_ATTEMPT = """INSERT INTO attempt (url_id, crawl_id, started_at, outcome, status, capture_id, detail)
  VALUES (?, ?, ?, ?, ?, ?, ?)"""
_URL = """UPDATE url SET state = ?, excluded_by = ?, due_at = ?, next_visit = NULL,
  kind = CASE kind WHEN 'page' THEN ? ELSE kind END,
  attempts = CASE ? WHEN 'reset' THEN 0 WHEN 'count' THEN attempts + 1 ELSE attempts END,
  last_fetch = max(coalesce(last_fetch, ''), ?)
  WHERE url_id = ? RETURNING last_fetch = ?"""
# A URL that was never fetched and is excluded must still look so, for discovery to change its mind.
_IMPORTED = """UPDATE url SET state = CASE WHEN ? THEN 'done' ELSE state END,
  last_fetch = CASE state WHEN 'excluded' THEN last_fetch ELSE max(coalesce(last_fetch, ''), ?) END WHERE url_id = ?"""
_IS_NEWEST = """SELECT NOT EXISTS (SELECT 1 FROM capture WHERE url_id = ?1
  AND rtrim(captured_at, 'Z') > (SELECT rtrim(captured_at, 'Z') FROM capture WHERE capture_id = ?2))"""
_ROBOTS = """INSERT INTO robots (origin, fetched_at, status, rules, reason, capture_id) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (origin) DO UPDATE SET fetched_at = excluded.fetched_at, status = excluded.status,
  rules = excluded.rules, reason = excluded.reason, capture_id = excluded.capture_id"""


def commit(
    db: Database,
    batch: Sequence[Processed],
    *,
    warc_file_id: int | None = None,
    committed_bytes: int | None = None,
) -> Committed:
    """Write the rows of a batch whose records are on disk: attempts, captures, the frontier, articles, feeds.

    The records' files must have been entered with `add_warc_file`. Each file's `committed_bytes` moves to the end
    of its last record here; `warc_file_id` and `committed_bytes` say so where the file ends later than that.

    :raises StorageFailed: the disk is full or fails; nothing of the batch is written.
    :raises ValueError: a record lies in a file that was never entered, or an article has no recipe.
    """
    with transaction(db) as connection:
        writer = _Writer(connection)
        for processed in batch:
            writer.write(processed)
        if warc_file_id is not None and committed_bytes is not None:
            writer.ends[warc_file_id] = max(committed_bytes, writer.ends.get(warc_file_id, 0))
        connection.executemany(
            "UPDATE warc_file SET committed_bytes = max(committed_bytes, ?) WHERE warc_file_id = ?",
            [(end, file_id) for file_id, end in writer.ends.items()],
        )
        return Committed(writer.new_urls, writer.articles.new_articles, writer.articles.new_versions)


class _Writer:
    """The state of one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.articles = Articles(connection)
        self.ends: dict[int, int] = {}  # warc_file_id -> end of the last record
        self.new_urls = 0
        self._file_ids: dict[str, int] = {}
        self._schedules: dict[int, Schedule] = {}  # by site

    def write(self, p: Processed) -> None:
        started = stamp(p.started_at)
        before = self.new_urls
        url_id = p.url_id if p.url_id is not None else self._url_id(p, started)
        capture_id = None
        for number, recorded in enumerate(p.captures, 1):
            capture_id = self._capture(p, url_id, recorded, last=number == len(p.captures))
        self.connection.execute(
            _ATTEMPT,
            row(url_id, p.crawl_id, started, p.outcome.value, p.status, capture_id, one_line(p.detail)),
        )
        if p.imported:
            newest = self._imported_url(p, url_id, started, capture_id, is_new=self.new_urls > before)
        else:
            newest = self._url(p, url_id, started)
        children = self._children(p, url_id, started)
        listing = write_listing(self.connection, p, url_id, capture_id, started, children)
        if p.robots is not None:
            r = p.robots
            self.connection.execute(_ROBOTS, row(r.origin, started, r.status, r.rules, r.reason, capture_id))
        if p.tdm is not None:
            manners.write_tdm_file(self.connection, p.tdm, started)
        if p.rest_until is not None and not p.imported:
            manners.write_rest(self.connection, p.url, p.rest_until)
        versions = self.articles.new_versions
        if capture_id is not None:
            self._article(p, url_id, capture_id, newest)
        if not p.imported:
            self._schedule(p, url_id, started, listing, edited=self.articles.new_versions > versions)

    def _schedule(
        self, p: Processed, url_id: int, at: str, listing: tuple[int, Listing] | None, *, edited: bool
    ) -> None:
        """Enter when the URL is asked again, if it is."""
        depth, priority, article_id = self.connection.execute(
            "SELECT depth, priority, article_id FROM url WHERE url_id = ?", (url_id,)
        ).fetchone()
        followed = p.kind in LISTINGS and is_followed(p.kind, depth, priority)
        if p.outcome is Outcome.ROBOTS and p.next_state == "excluded" and followed:
            visits.after_forbidden(self.connection, url_id, at)
            return
        if p.next_state not in ("done", "failed") or p.kind in (PageKind.ROBOTS, PageKind.REQUISITE):
            return
        schedule = self._schedules.get(p.site_id)
        if schedule is None:
            schedule = self._schedules[p.site_id] = visits.schedule_of(self.connection, p.site_id)
        if listing is not None and followed:
            may_end = p.outcome is Outcome.GONE and depth > 0
            visits.after_listing(self.connection, schedule, url_id, listing[0], at, listing[1], may_end=may_end)
        elif p.next_state == "failed":
            visits.after_failure(self.connection, schedule, url_id, at, may_end=not followed)
        elif followed:  # it leads elsewhere, or is none any more
            visits.after_nothing(self.connection, schedule, url_id, at)
        elif article_id is not None:
            visits.after_page(self.connection, schedule, url_id, at, edited=edited)

    def _url_id(self, p: Processed, started: str) -> int:
        found = p.entered or Found(p.url, p.kind)
        now = stamp(p.first_seen) if p.first_seen is not None else started
        known = self.connection.execute("SELECT url_id FROM url WHERE url = ?", row(found.url)).fetchone()
        if known:
            return int(known[0])
        entered = insert_founds(self.connection, p.site_id, [found], found_on=None, now=now)
        if not entered.ids:
            raise ValueError(f"no http(s) URL: {p.url!r}")
        self.new_urls += len(entered.new)
        return next(iter(entered.ids.values()))

    def _children(self, p: Processed, url_id: int, started: str) -> Entered:
        if not p.found:
            return Entered({}, {})
        most = p.max_variants if p.feed is None else None  # what a feed lists, the publisher means
        founds = self._as_section(p.found, url_id) if p.outcome is Outcome.REDIRECT else p.found
        entered = insert_founds(
            self.connection, p.site_id, founds, found_on=url_id, now=started, max_variants=most
        )
        self.new_urls += len(entered.new)
        return entered

    def _as_section(self, founds: Sequence[Found], url_id: int) -> Sequence[Found]:
        """Where a section of the front page leads is that section."""
        (priority,) = self.connection.execute("SELECT priority FROM url WHERE url_id = ?", (url_id,)).fetchone()
        return [replace(f, priority=priority) for f in founds] if priority == PRIORITY_SECTION else founds

    def _capture(self, p: Processed, url_id: int, recorded: Recorded, *, last: bool) -> int:
        capture, answer, request, metadata = recorded
        # In files of other tools these may lie anywhere: what comes before the end of a far one is not yet entered.
        parts = () if p.imported else (request, metadata)
        file_id = self._file_id(answer, (answer, *parts))
        error = p.extraction_error or (p.extraction.error if p.extraction else None)
        read = last and p.extraction is not None and p.recipe is not None
        cursor = self.connection.execute(
            _CAPTURE,
            row(
                url_id, p.crawl_id, file_id, capture.record_id, capture.record_type, answer.offset, answer.length,
                *_place(request), *_place(metadata), capture.captured_at, capture.status, capture.content_type,
                capture.block_digest, capture.payload_digest, capture.payload_sha256, capture.payload_bytes,
                capture.refers_to, capture.truncated, capture.ip, capture.redirect_to,
                p.fetch_ms if last and capture.fetch_ms is None else capture.fetch_ms,
                p.verdict.value if last and p.verdict else None, one_line(error) if last else None,
                self.articles.recipe_id(p.recipe, _read_at(p)) if read and p.recipe else None,
                self._opt_out(p, capture) if last else None,
            ),
        )  # fmt: skip
        assert cursor.lastrowid is not None
        if capture.can_stand_for_others:
            self.connection.execute(_PAYLOAD, row(capture.payload_digest, capture.shape, cursor.lastrowid))
        return cursor.lastrowid

    def _opt_out(self, p: Processed, capture: Capture) -> str | None:
        if p.kind in (PageKind.ROBOTS, PageKind.REQUISITE):
            return None
        confirms = capture.refers_to if capture.status == 304 else None
        return manners.opt_out(self.connection, p.url, p.stated, confirms=confirms, alone=p.imported)

    def _file_id(self, answer: RecordLocation, locations: Iterable[RecordLocation | None]) -> int:
        if (file_id := self._file_ids.get(answer.warc_file)) is None:
            found = self.connection.execute(
                "SELECT warc_file_id FROM warc_file WHERE filename = ?", (warc_name(answer.warc_file),)
            ).fetchone()
            if found is None:
                raise ValueError(f"{answer.warc_file} was never entered with add_warc_file")
            file_id = self._file_ids[answer.warc_file] = int(found[0])
        end = max(location.offset + location.length for location in locations if location is not None)
        self.ends[file_id] = max(end, self.ends.get(file_id, 0))
        return file_id

    def _url(self, p: Processed, url_id: int, started: str) -> bool:
        """Bring the frontier up to date -> whether this is the URL's newest attempt so far.

        Where a robots.txt leads to a page, that is still to be fetched as such.
        """
        if p.kind is PageKind.ROBOTS and not self._is_robots(url_id):
            return False
        if p.outcome == Outcome.STOPPED:
            attempts = "keep"
        else:
            failing = p.next_state in ("due", "failed") and p.outcome not in ANSWERED
            attempts = "count" if failing else "reset"
        due_at = stamp(p.due_at) if p.due_at is not None and p.next_state == "due" else None
        excluded_by = (p.excluded_by or p.outcome.value) if p.next_state == "excluded" else None
        found = self.connection.execute(
            _URL, row(p.next_state, excluded_by, due_at, p.kind.value, attempts, started, url_id, started)
        ).fetchone()
        if found is None:
            raise ValueError(f"no URL has the id {url_id}")
        newest = bool(found[0])
        if newest and p.captures:
            self._validators(p.captures[-1][0], url_id)
        return newest

    def _is_robots(self, url_id: int) -> bool:
        found = self.connection.execute("SELECT kind = 'robots' FROM url WHERE url_id = ?", (url_id,)).fetchone()
        return found is None or bool(found[0])

    def _imported_url(
        self, p: Processed, url_id: int, started: str, capture_id: int | None, *, is_new: bool
    ) -> bool:
        """The same for what somebody else fetched, at whatever time: it is a reason to fetch nothing, nor not to."""
        self.connection.execute(_IMPORTED, row(is_new, started, url_id))
        if capture_id is None:
            return False
        newest = bool(self.connection.execute(_IS_NEWEST, (url_id, capture_id)).fetchone()[0])
        if newest:
            self._validators(p.captures[-1][0], url_id)
        return newest

    def _validators(self, capture: Capture, url_id: int) -> None:
        """Keep what the next conditional request will ask with (RFC 9110 clause 13.1)."""
        if capture.truncated is None and 200 <= capture.status < 300:
            sql = "UPDATE url SET etag = ?, last_modified = ? WHERE url_id = ?"
        elif capture.status == 304:
            sql = """UPDATE url SET etag = coalesce(?, etag), last_modified = coalesce(?, last_modified)
                     WHERE url_id = ?"""
        else:
            return
        self.connection.execute(sql, row(capture.etag, capture.last_modified, url_id))

    def _article(self, p: Processed, url_id: int, capture_id: int, newest: bool) -> None:
        capture = p.captures[-1][0]
        source = Source(capture_id, capture.captured_at, url_id, p.url, p.site_id)
        if p.extraction is not None:
            article_id = self.articles.store(source, p.extraction, p.recipe, _read_at(p))
        elif capture.refers_to is not None:
            article_id = self.articles.seen_again(source)
        else:
            article_id = None
        if p.kind in (PageKind.PAGE, PageKind.SECTION):
            mark_address(self.connection, url_id)  # what it showed before may be gone
        if article_id is not None and newest:
            self.connection.execute(
                "UPDATE url SET article_id = ?1 WHERE url_id = ?2 AND article_id IS NOT ?1", (article_id, url_id)
            )


def _read_at(p: Processed) -> str:
    return stamp(p.extracted_at if p.extracted_at is not None else p.started_at)


def _place(location: RecordLocation | None) -> tuple[int | None, int | None]:
    return (location.offset, location.length) if location is not None else (None, None)
