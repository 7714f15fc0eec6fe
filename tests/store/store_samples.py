"""Finished attempts, made up: what the pipeline would hand to `commit`."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from sqlite_utils import Database

from archive import store
from archive.model import Article, Capture, Extraction, Outcome, Recipe, RecordLocation, Verdict
from archive.store.migrations import migrate

DAY = "2024-01-20"
START = f"{DAY}T12:00:00Z"
RECIPE = Recipe("a" * 64, '{"extractor": "1"}')
WARC = "BROADSHEET-20240120120000-00000-example.org.warc.gz"


def at(second: int) -> str:
    """A time of the sample day, as a WARC-Date with microseconds."""
    return f"{DAY}T{12 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.250000Z"


def article(body: str = "The council met on Monday.", **fields: Any) -> Extraction:
    fields.setdefault("headline", "Council meets")
    return Extraction(Verdict.ARTICLE, Article(article_body=body, **fields))


def memory_db() -> Database:
    """An archive's database without a disk, for tests that make many."""
    db = Database(sqlite3.connect(":memory:", isolation_level=None), execute_plugins=False)
    db.conn.execute("PRAGMA foreign_keys = ON")
    migrate(db)
    return db


@dataclass
class Maker:
    """Makes `Processed` pages whose records follow one another in one WARC file of one crawl and site."""

    db: Database
    crawl_id: int | None = None
    count: int = 0
    end: int = 0

    def __post_init__(self) -> None:
        self.site_id = store.add_site(self.db, "example", "The Example", "https://example.org/", now=START)
        if self.crawl_id is None:
            self.crawl_id = store.open_crawl(self.db, software="broadsheet/test", started_at=START)
        self.file_id = store.add_warc_file(
            self.db, WARC, crawl_id=self.crawl_id, warcinfo_id="<urn:uuid:0>", opened_at=START
        )

    def locate(self, record_id: str, record_type: str, length: int = 100) -> RecordLocation:
        location = RecordLocation(WARC, self.end, length, record_id, record_type)
        self.end += length
        return location

    def capture(self, second: int, status: int = 200, **fields: Any) -> Capture:
        self.count += 1
        digest = base64.b32encode(hashlib.sha1(str(self.count).encode()).digest()).decode()
        facts: dict[str, Any] = {
            "record_id": f"<urn:uuid:{self.count}>",
            "record_type": "response",
            "captured_at": at(second),
            "status": status,
            "content_type": "text/html",
            "block_digest": f"sha1:{digest}",
            "payload_digest": f"sha1:{digest}",
            "payload_sha256": "0" * 64,
            "payload_bytes": 1000,
        }
        return Capture(**(facts | fields))

    def page(
        self, url: str, second: int = 0, extraction: Extraction | None = None, status: int = 200, **fields: Any
    ) -> store.Processed:
        """A page with a capture; pass `capture={...}` to change the capture's facts."""
        capture = self.capture(second, status, **fields.pop("capture", {}))
        answer = self.locate(capture.record_id, capture.record_type)
        request = self.locate(f"<urn:uuid:q{self.count}>", "request", 50)
        facts: dict[str, Any] = {
            "url": url,
            "site_id": self.site_id,
            "crawl_id": self.crawl_id,
            "started_at": at(second),
            "outcome": Outcome.ARCHIVED,
            "status": status,
            "captures": ((capture, answer, request, None),),
            "verdict": extraction.verdict if extraction else None,
            "extraction": extraction,
            "recipe": RECIPE,
            "extracted_at": START,
        }
        return store.Processed(**(facts | fields))

    def again(self, original: store.Processed, second: int) -> store.Processed:
        """A 304 that refers to an earlier page."""
        first = original.captures[0][0]
        facts = {"record_type": "revisit", "refers_to": first.record_id, "payload_sha256": None}
        page = self.page(original.url, second, status=304, capture=facts, outcome=Outcome.UNCHANGED)
        return replace(page, extraction=None, verdict=None)

    def failed(self, url: str, outcome: Outcome, second: int = 0, **fields: Any) -> store.Processed:
        """An attempt that left nothing on disk."""
        facts: dict[str, Any] = {"next_state": "failed", "detail": "why"}
        return store.Processed(
            url=url,
            site_id=self.site_id,
            crawl_id=self.crawl_id,
            started_at=at(second),
            outcome=outcome,
            **(facts | fields),
        )

    def commit(self, *pages: store.Processed) -> store.Committed:
        return store.commit(self.db, pages)


def one(db: Database, sql: str, *parameters: Any) -> Any:
    """The first value of the first row."""
    return db.conn.execute(sql, parameters).fetchone()[0]


def snapshot(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all real tables, the full-text indexes' included."""
    names = [n for (n,) in db.conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")]
    return {name: db.conn.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}


def rows(db: Database, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = db.conn.execute(sql, parameters).fetchall()
    return found
