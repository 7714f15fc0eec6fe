"""An archive on disk with articles that were edited."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from archive import store
from archive.model import Article, Capture, Extraction, Outcome, Recipe, RecordLocation, Verdict
from archive.store.revisions import revise
from tests.revisions.samples import BODIES

RECIPE = Recipe("a" * 64, '{"extractor": "1"}')
WARC = "BROADSHEET-20260301100000-00000-example.org.warc.gz"
SITE = "https://example.org/"


def seen(url: str, *bodies: str | None, headlines: Sequence[str] = (), **fields: Any) -> Iterator[dict[str, Any]]:
    """What captures of a URL show, a day apart; None: it is gone."""
    for n, body in enumerate(bodies):
        headline = headlines[min(n, len(headlines) - 1)] if headlines else "Council votes on the old bridge"
        article = Article(article_body=body, headline=headline, **fields) if body is not None else None
        yield {"url": url, "day": n + 1, "article": article}


def make(folder: Path) -> Path:
    """Articles 1: corrected in silence, then added to; 2: a new headline, with a note; 3: deleted; 4: never changed."""
    store.create(folder)
    body = BODIES["en"]
    corrected = body.replace("1931", "1913")
    shown = [
        *seen(f"{SITE}bridge", body, corrected, f"{corrected}\nA second bridge is planned for the north."),
        *seen(f"{SITE}note", body, f"{body}\nCorrection: it was wrong.", headlines=("Council says no", "Council says yes")),  # noqa: E501
        *seen(f"{SITE}gone", body, None),
        *seen(f"{SITE}same", f"{body} That is all.", f"{body}  That is all."),
        *seen(f"{SITE}ja", BODIES["ja"], BODIES["ja"].replace("35億", "38億"), in_language="ja", headlines=("古い橋",)),
    ]  # fmt: skip
    with store.open_archive(folder, write=True) as archive:
        start = "2026-03-01T00:00:00Z"
        site_id = store.add_site(archive.db, "example", "The Example", SITE, now=start)
        crawl_id = store.open_crawl(archive.db, software="broadsheet/test", started_at=start)
        store.add_warc_file(archive.db, WARC, crawl_id=crawl_id, warcinfo_id="<urn:uuid:0>", opened_at=start)
        pages = [_page(n, site_id, crawl_id, **s) for n, s in zip(count(1), shown, strict=False)]
        store.commit(archive.db, pages)
        revise(archive.db)
    return folder


def _page(n: int, site_id: int, crawl_id: int, url: str, day: int, article: Article | None) -> store.Processed:
    at = f"2026-03-{day:02}T10:{n:02}:00.250000Z"
    digest = "sha1:" + base64.b32encode(hashlib.sha1(str(n).encode()).digest()).decode()
    status = 200 if article else 410
    capture = Capture(
        record_id=f"<urn:uuid:{n}>", record_type="response", captured_at=at, status=status, content_type="text/html",
        block_digest=digest, payload_digest=digest, payload_sha256="0" * 64, payload_bytes=1000,
    )  # fmt: skip
    location = RecordLocation(WARC, n * 100, 100, capture.record_id, "response")
    extraction = Extraction(Verdict.ARTICLE, article) if article else None
    return store.Processed(
        url=url, site_id=site_id, crawl_id=crawl_id, started_at=at, status=status,
        outcome=Outcome.ARCHIVED if article else Outcome.GONE, captures=((capture, location, None, None),),
        verdict=extraction.verdict if extraction else Verdict.ERROR, extraction=extraction,
        recipe=RECIPE if extraction else None, extracted_at=at,
    )  # fmt: skip
