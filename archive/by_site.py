"""Extraction of many saved pages that learns each site's furniture from them: `extract --jsonl FILE --by-site`."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import IO, Any

from archive.extract.evidence import hash_of
from archive.extract.furniture import Furniture, Seen, apply, learn
from archive.model import Extraction, Removed
from archive.store.articles import article_url
from archive.urls import host_of, normalise, registered_host

SPOOL_BYTES = 64 * 2**20  # of results that are kept in memory; beyond that they go to a temporary file


def evidence_of(extraction: Extraction, url: str) -> Seen | None:
    """What a page can teach about its site; None if it is no article."""
    if extraction.article is None or not extraction.lines:
        return None
    text = extraction.article
    article = article_url(normalise(url) or url, text.canonical_url) if url else f"{hash_of(text.article_body)}"
    return Seen(article, extraction.lines)


def site_of(line: dict[str, Any]) -> str | None:
    """Which pages of an index belong together: those of one `site` if the lines say so, else of one registered host."""
    if line.get("site"):
        return f"site {line['site']}"
    host = host_of(line.get("url") or "")
    return f"host {registered_host(host)}" if host else None


def apply_by_site(results: Iterable[tuple[str | None, Seen | None, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Records without the furniture of their site, in the order in which they came.

    `results`: of each page its site, what it can teach, and its record (`archive.bulk.record`). All of them are
    read before the first is given back; what does not fit into `SPOOL_BYTES` waits in a temporary file.
    """
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as spool:
        places: dict[str, list[int]] = {}
        sites: list[str | None] = []
        for site, seen, record in results:
            sites.append(site)
            if site is not None and seen is not None:
                places.setdefault(site, []).append(spool.tell())
                pickle.dump(seen, spool)
            pickle.dump(record, spool)
        furniture = {site: Furniture(learn(_load(spool, at)).furniture) for site, at in places.items()}
        spool.seek(0)
        for site in sites:
            record = pickle.load(spool)
            if isinstance(record, Seen):
                record = pickle.load(spool)
            yield without_furniture(record, furniture[site]) if site in furniture else record


def _load(spool: IO[bytes], places: list[int]) -> Iterator[Seen]:
    for place in places:
        spool.seek(place)
        yield pickle.load(spool)


def without_furniture(record: dict[str, Any], furniture: Furniture) -> dict[str, Any]:
    """The record with the furniture among `removed`."""
    lines = record["article_body"].split("\n")
    out = apply(lines, furniture)
    if not out:
        return record
    blocks = record["body_blocks"]
    removed = [Removed(lines[i], why, blocks[i]["confidence"] if blocks else None) for i, why in out.items()]
    return record | {
        "article_body": "\n".join(line for i, line in enumerate(lines) if i not in out),
        "body_blocks": [block for i, block in enumerate(blocks) if i not in out],
        "removed": [*record["removed"], *map(asdict, removed)],
    }
