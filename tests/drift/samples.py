"""Pages of a made-up site as they were observed, eight a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

from archive.store.observed import Observed

A_DAY = 8
FIRST = date(2026, 3, 1)
SINCE = "2026-03-06"  # after five days
OLD = 5 * A_DAY


def day(number: int) -> str:
    """When page `number` was captured."""
    return (FIRST + timedelta(days=number // A_DAY)).isoformat()


def page(number: int, **facts: Any) -> Observed:
    """An article in order; now and then one without a picture."""
    body = [f"The council met for the {number}th time, and talked for hours about item {k}." for k in range(6)]
    values: Mapping[str, Any] = {
        "url": f"https://example.org/{number}", "captured_at": f"{day(number)}T{8 + number % A_DAY:02}:00:00Z",
        "verdict": "article", "has_error": False, "warc_file": "a.warc.gz", "offset": number, "length": 1,
        "version_id": number, "article_id": number, "headline": f"The council meets again, item {number}",
        "description": f"What was said of item {number}", "authors": f"Author {number % 4}",
        "date_published": f"{day(number)}T06:00:00Z", "date_published_offset": "+01:00",
        "date_published_precision": "minute", "article_section": ("City", "Sport", "Culture")[number % 3],
        "in_language": "en", "publisher": "The Example", "image": f"https://example.org/{number}.jpg",
        "image_caption": f"The hall before meeting {number}", "canonical_url": f"https://example.org/{number}",
        "article_body": "\n".join(body), "block_kinds": ("p",) * 6, "body_source": "model", "confidence": 0.97,
        "words": 84, "sources": {"headline": "json_ld", "date_published": "json_ld", "authors": "page"},
    }  # fmt: skip
    if number % 7 == 0:
        values = {**values, "image": None, "image_caption": None}
    empty = dict.fromkeys(each.name for each in fields(Observed))
    return Observed(**{**empty, **values, **facts})


def history(change: Callable[[int], Mapping[str, Any]], new: int = 12, end: int = 0) -> list[Observed]:
    """Five days as ever, `new` pages with the change, and `end` as before."""
    pages = [page(number) for number in range(OLD)]
    pages += [page(number, **change(number)) for number in range(OLD, OLD + new)]
    return pages + [page(number) for number in range(OLD + new, OLD + new + end)]
