"""Extraction of many saved pages on all cores, in the order of an index: `broadsheet extract --jsonl FILE`."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.errors import BadInput
from archive.model import Article, Extraction, Verdict
from archive.pipeline import PRELOAD
from archive.workers import Limits, TaskFailed, WorkerPool

MAX_BYTES = 64 * 2**20


def record(extraction: Extraction) -> dict[str, Any]:
    """An extraction as one flat JSON object with the field names of schema.org NewsArticle in snake_case."""
    fields = asdict(extraction.article or Article())
    return {
        **fields,
        "removed": [asdict(block) for block in extraction.removed],
        "verdict": extraction.verdict.value,
        "error": extraction.error,
    }


def read_page(path: Path) -> bytes:
    """A saved page, gzipped or not. Raises BadInput with one line."""
    try:
        data = path.read_bytes()
        if data.startswith(b"\x1f\x8b"):
            with gzip.open(path) as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as e:
        raise BadInput(f"{path}: {getattr(e, 'strerror', None) or e}") from e
    if len(data) > MAX_BYTES:
        raise BadInput(f"{path}: larger than {MAX_BYTES // 2**20} MB")
    return data


def extract_line(task: tuple[dict[str, Any], str, datetime]) -> dict[str, Any]:
    """In a worker: one line of the index -> its record."""
    from archive.extract import extract

    line, folder, now = task
    html = read_page(Path(folder) / line["page"])
    captured = datetime.fromisoformat(line["captured_at"]) if line.get("captured_at") else now
    return record(extract(html, url=line.get("url") or "", captured_at=captured))


def extract_file(index: Path, *, now: datetime, processes: int | None = None) -> Iterator[dict[str, Any]]:
    """One record for each line of the index (`id`, `url`, `page` relative to the index), in its order.

    `now` stands in where a line has no `captured_at`. A page that cannot be read has its reason in `error`;
    a line that is no JSON object with a page raises BadInput with its number.
    """
    lines = list(_lines(index))
    limits = Limits(deadline_s=30.0)
    with WorkerPool("archive.bulk:extract_line", processes=processes, limits=limits, preload=PRELOAD) as pool:
        results = pool.map((line, str(index.parent), now) for line in lines)
        for line, future in zip(lines, results, strict=True):
            head = {"id": line.get("id"), "url": line.get("url")}
            try:
                yield head | future.result()
            except TaskFailed as e:
                empty = record(Extraction(verdict=Verdict.ERROR))
                yield head | empty | {"error": str(e)}


def _lines(index: Path) -> Iterator[dict[str, Any]]:
    try:
        text = index.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise BadInput(f"{index}: {getattr(e, 'strerror', None) or e}") from e
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as e:
            raise BadInput(f"{index}, line {number}: no JSON ({e})") from e
        if not isinstance(value, dict) or not isinstance(value.get("page"), str):
            raise BadInput(f"{index}, line {number}: needs an object with `page`, the path of a saved page")
        yield value
