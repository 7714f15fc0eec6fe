"""Everything that touches `archive.db`: making and opening an archive, the frontier, commits, search, queries."""

from __future__ import annotations

from archive.store.commit import Committed, Processed, commit
from archive.store.crawls import (
    UnfinishedCrawl,
    add_warc_file,
    close_crawl,
    open_crawl,
    seal_warc_file,
    unfinished_crawl,
)
from archive.store.folder import Archive, create, open_archive
from archive.store.frontier import (
    DueUrl,
    add_site,
    add_urls,
    due,
    due_hosts,
    ensure_url,
    front_hosts,
    next_due_at,
    robots,
)
from archive.store.indexes import integrity, rebuild_indexes
from archive.store.lock import writer_lock
from archive.store.queries import article, captures, find_article, status, version, versions, warc_files
from archive.store.records import (
    ArticleRecord,
    CrawlSummary,
    SiteStatus,
    StoredCapture,
    StoredWarcFile,
    VersionRecord,
    VersionSummary,
)
from archive.store.reextraction import Reextracted, commit_extractions
from archive.store.schema import SCHEMA_VERSION
from archive.store.search import Hit, SearchResult, search
from archive.store.summary import crawl_summary
from archive.store.trace import UrlTrace, trace_url

__all__ = [
    "SCHEMA_VERSION",
    "Archive",
    "ArticleRecord",
    "Committed",
    "CrawlSummary",
    "DueUrl",
    "Hit",
    "Processed",
    "Reextracted",
    "SearchResult",
    "SiteStatus",
    "StoredCapture",
    "StoredWarcFile",
    "UnfinishedCrawl",
    "UrlTrace",
    "VersionRecord",
    "VersionSummary",
    "add_site",
    "add_urls",
    "add_warc_file",
    "article",
    "captures",
    "close_crawl",
    "commit",
    "commit_extractions",
    "crawl_summary",
    "create",
    "due",
    "due_hosts",
    "ensure_url",
    "find_article",
    "front_hosts",
    "integrity",
    "next_due_at",
    "open_archive",
    "open_crawl",
    "rebuild_indexes",
    "robots",
    "seal_warc_file",
    "search",
    "status",
    "trace_url",
    "unfinished_crawl",
    "version",
    "versions",
    "warc_files",
    "writer_lock",
]
