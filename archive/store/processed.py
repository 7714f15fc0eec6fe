"""What the pipeline knows of one finished attempt: the input of `commit`."""

from __future__ import annotations

from dataclasses import dataclass

from archive.model import (
    Capture,
    Extraction,
    Feed,
    Found,
    Outcome,
    PageKind,
    Recipe,
    RecordLocation,
    Robots,
    TdmFile,
    Verdict,
)
from archive.optout import NOTHING, Stated
from archive.store.text import Moment

# A capture with the places of its response (or revisit), request and metadata records.
Recorded = tuple[Capture, RecordLocation, RecordLocation | None, RecordLocation | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """One finished attempt. Times are aware or RFC 3339."""

    url: str
    site_id: int
    started_at: Moment
    outcome: Outcome
    kind: PageKind = PageKind.PAGE
    url_id: int | None = None  # None: the URL is looked up, and entered if it is not known
    entered: Found | None = None  # as what it is entered then
    first_seen: Moment | None = None  # and since when; None: when the attempt started
    crawl_id: int | None = None
    status: int | None = None
    detail: str | None = None  # one line for people
    fetch_ms: int | None = None
    captures: tuple[Recorded, ...] = ()  # usually one; the last one answers
    verdict: Verdict | None = None
    extraction: Extraction | None = None
    extraction_error: str | None = None
    recipe: Recipe | None = None  # needed where `extraction` holds an article
    feed: Feed | None = None
    robots: Robots | None = None
    tdm: TdmFile | None = None
    stated: Stated = NOTHING  # signals of opting out that the answer itself gives
    found: tuple[Found, ...] = ()
    max_variants: int | None = None  # see `archive.scope.Scope`
    next_state: str = "done"  # done | due | failed | excluded
    excluded_by: str | None = None
    due_at: Moment | None = None
    rest_until: Moment | None = None  # the host wants no request before
    extracted_at: Moment | None = None  # None: when the attempt started
    imported: bool = (
        False  # somebody else fetched it: what is due and what is excluded stays so, a new URL is done
    )


@dataclass(frozen=True, slots=True)
class Committed:
    """What one transaction added."""

    new_urls: int = 0
    new_articles: int = 0
    new_versions: int = 0
