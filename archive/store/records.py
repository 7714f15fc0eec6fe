"""What queries give back: frozen values, ready for `dataclasses.asdict` and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archive.model import Block, FieldSource, Removed


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """A capture and where its records lie; offsets and lengths are those of gzip members in `warc_file`."""

    capture_id: int
    url: str
    warc_file: str
    record_id: str
    record_type: str
    offset: int
    length: int
    request_offset: int | None
    request_length: int | None
    metadata_offset: int | None
    metadata_length: int | None
    captured_at: str
    status: int
    content_type: str | None
    block_digest: str
    payload_digest: str | None
    payload_sha256: str | None
    payload_bytes: int | None
    refers_to: str | None  # record id of the original of a revisit
    truncated: str | None
    ip: str | None
    redirect_to: str | None
    fetch_ms: int | None
    verdict: str | None
    extraction_error: str | None
    version_id: int | None
    crawl_id: int | None
    site: str
    lost_at: str | None = None  # its record was damaged and set aside; a note lies in its place
    opt_out: str | None = None  # signals against reuse, separated by blanks


@dataclass(frozen=True, slots=True)
class StoredWarcFile:
    """One WARC file that the archive knows of."""

    warc_file_id: int
    filename: str
    crawl_id: int | None
    warcinfo_id: str
    opened_at: str
    committed_bytes: int
    sealed_at: str | None
    sha256: str | None
    path: str | None = None  # where it lies, if it was imported by reference
    imported_from: str | None = None  # its name elsewhere, if it was imported


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """One version among others, and when it was to be seen."""

    version_id: int
    recipe_sha256: str
    verdict: str
    headline: str | None
    word_count: int
    text_sha256: str
    captured_at: str  # of the capture it was extracted from
    first_shown: str | None  # of the captures that show it; None if none does any longer
    last_shown: str | None
    captures: int


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A clean record with all that is known of it; fields as in `archive.model.Article`, dates in UTC."""

    version_id: int
    article_id: int
    verdict: str
    type: str | None
    headline: str | None
    headline_forms: Mapping[str, str]
    description: str | None
    authors: tuple[str, ...]
    byline_raw: str | None
    date_published: str | None
    date_published_offset: str | None
    date_published_raw: str | None
    date_published_precision: str | None
    date_modified: str | None
    date_modified_offset: str | None
    date_modified_raw: str | None
    date_modified_precision: str | None
    article_section: str | None
    keywords: tuple[str, ...]
    in_language: str | None
    publisher: str | None
    is_accessible_for_free: bool | None
    image: str | None
    image_caption: str | None
    image_credit: str | None
    canonical_url: str | None
    article_body: str
    body_blocks: tuple[Block, ...]  # one for each line of article_body; empty in versions of old recipes
    body_source: str | None
    confidence: float | None
    word_count: int
    text_sha256: str
    extracted_at: str
    recipe_sha256: str
    capture: StoredCapture
    removed: tuple[Removed, ...] = ()
    sources: tuple[FieldSource, ...] = ()


@dataclass(frozen=True, slots=True)
class StoryArticle:
    """One holder of a story's text."""

    article_id: int
    site: str
    url: str
    headline: str | None
    date_published: str | None
    first_seen: str
    word_count: int
    similarity: float  # with the first, 0 to 1: how much of the shorter text stands in the longer one


@dataclass(frozen=True, slots=True)
class StoryRecord:
    """One text at several addresses."""

    story_id: int
    headline: str | None  # as who had it first has it
    sites: tuple[str, ...]  # different ones, in the order in which they had it
    first: StoryArticle
    reprints: tuple[StoryArticle, ...]


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """An article with its current version in full and all versions in brief, in order of capture."""

    article_id: int
    url: str
    site: str
    first_seen: str
    urls: tuple[str, ...]  # those that lead to it
    version: VersionRecord
    versions: tuple[VersionSummary, ...]
    story: StoryRecord | None = None  # the text that it shares with others


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """What is held of a site and what is not."""

    site_id: int
    name: str
    title: str | None
    homepage: str
    known: int = 0  # URLs
    done: int = 0
    due: int = 0
    held: int = 0  # articles
    captured: int = 0  # response and revisit records
    failed: Mapping[str, int] = field(default_factory=dict)  # {outcome: URLs}
    excluded: Mapping[str, int] = field(default_factory=dict)  # {reason: URLs}
    last_fetch: str | None = None
    last_crawl: str | None = None  # when the last crawl began that asked the site for anything


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """What one crawl came to. Attempts: `requested` is the sum of `outcomes`. URLs: `failed` and `excluded`."""

    crawl_id: int
    started_at: str
    ended_at: str | None
    finish_reason: str | None
    requested: int  # attempts, those included that a rule stopped before anything was sent
    outcomes: Mapping[str, int]
    fetched: int  # attempts whose answer is on disk
    pages: int  # of these, those that were no robots.txt
    archived: int
    unchanged: int
    redirects: int
    gone: int
    articles: int  # that were not held before
    new_versions: int
    unread: int  # captures on disk that extraction could not read at all
    excluded: Mapping[str, int]  # {reason: URLs}
    failed: Mapping[str, int]  # {outcome of the last attempt: URLs}; not those that succeeded later
    examples: Mapping[str, str]  # {reason: one URL with its detail}
