"""The lines of feeds of all kinds: one way from what a publisher wrote to a `FeedEntry`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from archive.dates import parse_date
from archive.model import FeedEntry
from archive.urls import normalise

MAX_ENTRIES = 50_000  # sitemaps.org: 50,000 URLs a file


def entry_of(
    url: object,
    base: str,
    *,
    title: object = None,
    published: object = None,
    modified: object = None,
    language: object = None,
) -> FeedEntry | None:
    """-> the entry; None if `url`, relative to `base`, is no http(s) address. What else is no text counts as absent."""
    absolute = normalise(url.strip(), base) if isinstance(url, str) and url.strip() else None
    if absolute is None:
        return None
    return FeedEntry(absolute, text_of(title), time_of(published), time_of(modified), text_of(language, 35))


def text_of(value: object, limit: int = 500) -> str | None:
    """A text on one line, cut at `limit` characters (35: the longest BCP 47 tag); None if there is none."""
    return " ".join(value.split())[:limit] or None if isinstance(value, str) else None


def time_of(value: object) -> str | None:
    """A W3C or RFC 822 date -> RFC 3339, a day, or None."""
    if not isinstance(value, str) or not value.strip():
        return None
    parsed = parse_date(value.strip()[:100], latest=None, thorough=False)  # standard notations; thousands of them
    return parsed.value if parsed else None


def unique(entries: Iterable[FeedEntry | None]) -> tuple[FeedEntry, ...]:
    """The first of each URL, at most `MAX_ENTRIES`."""
    seen: dict[str, FeedEntry] = {}
    for entry in islice(entries, MAX_ENTRIES):
        if entry is not None:
            seen.setdefault(entry.url, entry)
    return tuple(seen.values())
