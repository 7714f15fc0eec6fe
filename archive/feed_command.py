"""`broadsheet feed`: what a feed, a sitemap or an index of sitemaps lists, read from a file or as it was fetched."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive import feeds
from archive.errors import BadInput, BroadsheetError, PageTooLarge
from archive.model import Feed, FeedEntry
from archive.render import columns, plain
from archive.scope import MAX_INDEXES
from archive.workers import Limits, TaskFailed, WorkerPool

MAX_FOLLOWED = 1000  # sitemaps below one index
QUICK_BYTES = 128 * 1024  # a feed up to this is read at once, a larger one in a process that can be ended
DEADLINE_S = 60.0
TITLE_COLUMNS = 60
UNDATED = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listing:
    """One feed that was read. `where`: its file or address; `url`: what its links are relative to, if anything."""

    where: str
    url: str
    feed: Feed

    @property
    def problem(self) -> str | None:
        return f"{self.where}: {self.feed.error}" if self.feed.error else None


@dataclass(slots=True)
class Following:
    """Reads what is fetched, one after the other, and says what is to be fetched next: an index's sitemaps."""

    follow: bool
    problems: list[str] = field(default_factory=list)
    _listings: list[tuple[str, Listing]] = field(default_factory=list)  # with what was asked for
    _came_by: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of each URL, the indexes that led there

    @property
    def listings(self) -> list[Listing]:
        """What was read, in the order in which the indexes name it."""
        order = {url: number for number, url in enumerate(self._came_by)}
        return [listing for _, listing in sorted(self._listings, key=lambda read: order[read[0]])]

    def read(self, asked: str, url: str, payload: bytes) -> list[str]:
        """`asked`: what was asked for; `url`: where the answer came from, in the end -> what to ask for next."""
        listing = Listing(url, url, parse(payload, url))
        self._listings.append((asked, listing))
        way = (*self._came_by.setdefault(asked, ()), asked)
        if not self.follow:
            return []
        return [child.url for child in listing.feed.feeds if self._is_wanted(child.url, listing, (*way, url))]

    def _is_wanted(self, child: str, listing: Listing, way: tuple[str, ...]) -> bool:
        if child in way:
            self.problems.append(f"{listing.where} lists {child}, which led to it: an endless loop of indexes")
        elif child in self._came_by:
            return False
        elif len(dict.fromkeys(way)) > MAX_INDEXES:
            self.problems.append(f"{listing.where}: indexes below indexes below indexes: {child} is not followed")
        elif len(self._came_by) > MAX_FOLLOWED:
            self.problems.append(f"more than {MAX_FOLLOWED} sitemaps: the rest is not followed")
        else:
            self._came_by[child] = way
            return True
        return False


def parse(payload: bytes, url: str) -> Feed:
    """`archive.feeds.parse`, but of what takes too long only that it does."""
    if len(payload) <= QUICK_BYTES and not payload.startswith(feeds.GZIP):
        return feeds.parse(payload, url)
    with WorkerPool("archive.feed_command:parse_task", processes=1, limits=Limits(deadline_s=DEADLINE_S)) as pool:
        try:
            found: Feed = pool.submit((payload[: feeds.MAX_BYTES + 1], url)).result()
        except TaskFailed as e:
            return Feed("unknown", error=f"it cannot be read: {e}")
        return found


def parse_task(task: tuple[bytes, str]) -> Feed:
    """The same, for a worker process."""
    return feeds.parse(*task)


def read_file(source: str, base: str) -> Listing:
    """A feed in a file; "-" is standard input. Raises BadInput if it cannot be read."""
    if source == "-":
        return Listing("standard input", base, parse(sys.stdin.buffer.read(feeds.MAX_BYTES + 1), base))
    try:
        with Path(source).open("rb") as file:
            payload = file.read(feeds.MAX_BYTES + 1)
    except (OSError, ValueError) as e:
        raise BadInput(f"{source}: {getattr(e, 'strerror', None) or e}") from e
    return Listing(source, base, parse(payload, base))


def failure(listings: Sequence[Listing], problems: Sequence[str] = ()) -> BroadsheetError | None:
    """What went wrong, the first of it as the error; None if nothing did."""
    found = [*filter(None, (listing.problem for listing in listings)), *problems]
    if not found:
        return None
    kind = PageTooLarge if any(listing.feed.limit for listing in listings) else BadInput
    more = f"and {len(found) - 1} more like it" if len(found) > 1 else None
    read = any(listing.feed.entries or listing.feed.feeds for listing in listings)
    return kind(found[0], hint=more or ("what could be read is above" if read else None))


def as_json(listing: Listing, limit: int | None) -> dict[str, Any]:
    """One object: `entries` and `feeds` (the sitemaps of an index) newest first, at most `limit` of each."""
    feed = listing.feed
    return {
        "url": listing.url or None,
        "kind": feed.kind,
        "title": feed.title,
        "entries": [asdict(entry) for entry in newest_first(feed.entries)[:limit]],
        "feeds": [{"url": child.url, "modified": child.modified} for child in newest_first(feed.feeds)[:limit]],
        "error": feed.error,
    }


def as_text(listing: Listing, limit: int | None) -> Iterator[str]:
    """A line on the feed, then a table: dates, title and URL, as far as there are any; newest first."""
    feed = listing.feed
    rows = newest_first((*feed.feeds, *feed.entries))
    counts = [f"{len(feed.feeds)} sitemaps"] if feed.feeds else []
    counts += [f"{len(feed.entries)} entries"] if feed.entries or not feed.feeds else []
    newest = f", newest {day}" if rows and (day := (rows[0].published or rows[0].modified or "")[:10]) else ""
    yield plain("  ".join(filter(None, (feed.kind, feed.title, " and ".join(counts) + newest, listing.where))))
    shown = rows[:limit]
    table = [[*_dates(row, rows), _title(row)] if _has_titles(rows) else _dates(row, rows) for row in shown]
    widths = [max(map(columns, column)) for column in zip(*table, strict=True)]
    for cells, row in zip(table, shown, strict=True):
        padded = [cell + " " * (width - columns(cell)) for cell, width in zip(cells, widths, strict=True)]
        yield "  " + "  ".join([*padded, row.url])
    if len(rows) > len(shown):
        yield f"  ... and {len(rows) - len(shown)} more: --limit {len(rows)}"


def newest_first(entries: Sequence[FeedEntry]) -> list[FeedEntry]:
    """By the publisher's own dates; what has none comes last, in the feed's order."""
    return sorted(entries, key=_moment, reverse=True)


def _moment(entry: FeedEntry) -> datetime:
    try:
        found = datetime.fromisoformat(entry.published or entry.modified or "")
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return UNDATED


def _has_titles(rows: Sequence[FeedEntry]) -> bool:
    return any(row.title for row in rows)


def _dates(row: FeedEntry, rows: Sequence[FeedEntry]) -> list[str]:
    """Published, then changed; a column that no row would fill is left out."""
    cells = []
    if any(other.published for other in rows):
        cells.append(_minute(row.published))
    if any(other.modified for other in rows):
        cells.append(_minute(row.modified))
    return cells


def _minute(time: str | None) -> str:
    """2026-03-16 08:15+05:30"""
    if not time or "T" not in time:
        return time or "-"
    zone = time[19:].replace("+00:00", "Z")
    return f"{time[:10]} {time[11:16]}{zone}"


def _title(row: FeedEntry) -> str:
    title = plain(row.title or "-")
    while columns(title) > TITLE_COLUMNS:
        title = title[: min(len(title) - 2, TITLE_COLUMNS)].rstrip() + "…"
    return title
