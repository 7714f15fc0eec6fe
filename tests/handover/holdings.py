"""Archives made by hand, capture by capture, to be handed over: every kind of record that an archive can hold."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import brotli

from archive import store
from archive.model import (
    Article,
    Capture,
    Exchange,
    Extraction,
    Found,
    Outcome,
    PageKind,
    Recipe,
    RecordLocation,
    RefersTo,
    Verdict,
)
from archive.warc.reader import iter_records
from archive.warc.records import build
from archive.warc.writer import WarcWriter

START = datetime(2026, 3, 2, 8, 0, 0, 250_000, tzinfo=UTC)
RECIPE = Recipe("a" * 64, "{}")
CODINGS = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "deflate": zlib.compress,
    "br": brotli.compress,
}
SENTENCE = "The ferry came in late on Monday, and nobody on the quay minded, since the sun was out."


def html(headline: str, *, head: str = "", body: str = "") -> bytes:
    """A page of more than a kilobyte, so that a capture of it can stand for others."""
    text = "".join(f"<p>{SENTENCE} ({n})</p>" for n in range(20))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{headline}</title>{head}</head>'
        f"<body><article><h1>{headline}</h1>{body}{text}</article></body></html>"
    ).encode()


def response(
    body: bytes = b"",
    *,
    status: int = 200,
    type: str | None = "text/html; charset=utf-8",
    coding: str | None = None,
    chunked: bool = False,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """An answer as it crosses the wire."""
    lines = [f"HTTP/1.1 {status} X"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Type: {type}"] if type else []
    if coding:
        body = CODINGS[coding](body)
        lines.append(f"Content-Encoding: {coding}")
    if chunked:
        parts = [body[at : at + 500] for at in range(0, len(body), 500)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        lines.append("Transfer-Encoding: chunked")
    elif status != 304:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Holdings:
    """An archive that is being filled; `seal` or the end of the `with` finishes its WARC file."""

    def __init__(self, folder: Path, *, max_bytes: int = 1 << 30) -> None:
        if not (folder / "archive.db").exists():
            store.create(folder)
        self.folder = folder
        self.archive = store.open_archive(folder, write=True)
        self.crawl_id = store.open_crawl(self.archive.db, software="broadsheet/test", started_at=START)
        self.sites: dict[str, int] = {}
        self._ticks = 0
        self._max_bytes = max_bytes
        self._writer: WarcWriter | None = None
        self._file_id = 0

    def __enter__(self) -> Holdings:
        return self

    def __exit__(self, *_: object) -> None:
        self.seal()
        self.archive.close()

    @property
    def writer(self) -> WarcWriter:
        if self._writer is None:
            info = {"software": "broadsheet/test"}
            self._writer = WarcWriter(
                self.archive.warc_folder, info=info, host="test.example", clock=self._now, serial=self._file_id
            )
            self._writer.open_file()
            self._file_id = store.add_warc_file(
                self.archive.db, self._writer.filename, crawl_id=self.crawl_id,
                warcinfo_id=self._writer.warcinfo_id, opened_at=START, committed_bytes=self._writer.synced,
            )  # fmt: skip
        return self._writer

    def _now(self) -> datetime:
        return START + timedelta(seconds=self._ticks)

    def seal(self) -> None:
        """Finish the file; the next capture begins another."""
        if self._writer is None:
            return
        sealed = self._writer.seal()
        assert sealed is not None
        store.seal_warc_file(
            self.archive.db, self._file_id, sealed_at=START, sha256=sealed.sha256, size=sealed.bytes
        )
        self._writer = None

    def site(self, url: str) -> int:
        host = url.split("/")[2].partition(":")[0]
        name = host.partition(".")[0]
        if name not in self.sites:
            self.sites[name] = store.add_site(
                self.archive.db, name, f"The {name.title()}", f"http://{host}/", now=START
            )
        return self.sites[name]

    def capture(
        self,
        url: str,
        answer: bytes,
        *,
        at: datetime | None = None,
        headline: str | None = None,
        text: str = "\n".join([SENTENCE] * 3),
        refers_to: RefersTo | None = None,
        same_payload_as: RefersTo | None = None,
        kind: PageKind = PageKind.PAGE,
        found_on: str | None = None,
        method: str = "GET",
        truncated: str | None = None,
        outcome: Outcome = Outcome.ARCHIVED,
    ) -> RefersTo:
        """Enter one exchange; `headline` makes it show an article with this `text` -> what a revisit of it says."""
        self._ticks += 1
        started = at or self._now()
        path = "/" + url.split("/", 3)[3]
        request = f"{method} {path} HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n\r\n".encode()
        exchange = Exchange(
            url, request, answer, started, fetch_ms=7, ip="127.0.0.1", complete=truncated is None,
            truncated=truncated,
        )  # fmt: skip
        group = build(
            exchange, warcinfo_id=self.writer.warcinfo_id, refers_to=refers_to, same_payload_as=same_payload_as
        )
        places = {place.record_type: place for place in self.writer.append(group)}
        self.writer.sync()
        capture = group.capture
        assert capture is not None
        site_id = self.site(url)
        if found_on is not None:
            page = store.ensure_url(self.archive.db, site_id, Found(found_on, PageKind.PAGE), now=START)
            store.add_urls(self.archive.db, site_id, [Found(url, kind)], found_on=page.url_id, now=START)
        article = Article(headline=headline, article_body=text) if headline else None
        self._commit(url, site_id, capture, places, kind, article, outcome)
        if self.writer.size >= self._max_bytes:
            self.seal()
        return RefersTo(capture.record_id, url, capture.captured_at, capture.payload_digest or "")

    def _commit(
        self,
        url: str,
        site_id: int,
        capture: Capture,
        places: Mapping[str, RecordLocation],
        kind: PageKind,
        article: Article | None,
        outcome: Outcome,
    ) -> None:
        facts: dict[str, Any] = {}
        if article is not None:
            facts = {
                "extraction": Extraction(Verdict.ARTICLE, article),
                "verdict": Verdict.ARTICLE,
                "recipe": RECIPE,
            }
        recorded = (capture, places[capture.record_type], places.get("request"), places.get("metadata"))
        processed = store.Processed(
            url=url, site_id=site_id, started_at=capture.captured_at, outcome=outcome, kind=kind,
            crawl_id=self.crawl_id, status=capture.status, captures=(recorded,), **facts,
        )  # fmt: skip
        store.commit(self.archive.db, [processed])


def day(number: int, hour: int = 8) -> datetime:
    """A time in March 2026."""
    return datetime(2026, 3, number, hour, 0, 0, 500_000, tzinfo=UTC)


def import_by_reference(folder: Path, plain: Path) -> None:
    """As if the archive's file had been imported from `plain`, where it lies uncompressed."""
    (sealed,) = (folder / "warc").glob("*.warc.gz")
    plain.write_bytes(gzip.decompress(sealed.read_bytes()))
    now = {r.record_id: (r.offset, r.length) for r in iter_records(plain)}
    places = [(*now[r.record_id], r.offset) for r in iter_records(sealed)]
    sealed.unlink()
    with store.open_archive(folder, write=True) as opened:
        db = opened.db.conn
        db.execute(
            "UPDATE warc_file SET filename = ?, path = ?, imported_from = ?, sha256 = NULL",
            (plain.name, str(plain), plain.name),
        )
        for kind in ("", "request_", "metadata_"):
            for offset, length, before in reversed(places):  # from the end: offsets only grow
                db.execute(
                    f'UPDATE capture SET "{kind}offset" = ?, {kind}length = ? WHERE "{kind}offset" = ?',
                    (offset, length, before),
                )
