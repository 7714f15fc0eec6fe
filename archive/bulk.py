"""Extraction of many saved pages on all cores, in the order of an index: `broadsheet extract --jsonl FILE`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.codings import decode
from archive.errors import BadInput
from archive.model import Article, Extraction, Recipe, Verdict
from archive.pipeline import PRELOAD
from archive.rules import Rules
from archive.workers import Limits, TaskFailed, WorkerPool

if TYPE_CHECKING:
    from archive.extract.forest import Forest
    from archive.extract.furniture import Seen

MAX_BYTES = 64 * 2**20
DEADLINE_S = 30.0  # of one page
EXTRACT_LINE = "archive.bulk:extract_line"
EXTRACT_AND_LEARN = "archive.bulk:extract_and_learn"
# The first bytes of what people save beside pages.
OTHER_KINDS = {
    b"%PDF-": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"RIFF": "WebP",
    b"PK\x03\x04": "zip",
    b"SQLite format 3": "SQLite",
    b"WARC/1.": "WARC",
}


def record(extraction: Extraction) -> dict[str, Any]:
    """An extraction as one flat JSON object with the field names of schema.org NewsArticle in snake_case."""
    fields = asdict(extraction.article or Article())
    return {
        **fields,
        "removed": [asdict(block) for block in extraction.removed],
        "verdict": extraction.verdict.value,
        "body_source": extraction.body_source,
        "confidence": extraction.confidence,
        "error": extraction.error,
    }


def read_page(path: Path) -> bytes:
    """A saved page, gzipped or not. Raises BadInput with one line."""
    return page_bytes(read_file(path), str(path))


def read_file(path: Path) -> bytes:
    """A file of at most `MAX_BYTES` as it is. Raises BadInput with one line."""
    try:
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{path}: larger than {MAX_BYTES >> 20} MB")
        return path.read_bytes()
    except (OSError, ValueError) as e:
        raise BadInput(f"{path}: {getattr(e, 'strerror', None) or e}") from e


def page_bytes(data: bytes, where: str) -> bytes:
    """The page in these bytes, unpacked if they are gzip. Raises BadInput if they cannot be a page."""
    if data.startswith(b"\x1f\x8b"):
        body = decode(data, ("gzip",), limit=MAX_BYTES)
        if not body.complete:
            raise BadInput(f"{where}: {body.problem or 'damaged gzip data'}")
        data = body.data
    if not data.strip():
        raise BadInput(f"{where} is empty")
    kind = next((name for magic, name in OTHER_KINDS.items() if data.startswith(magic)), None)
    if kind is None and b"\x00" in data[:1024] and b"<" not in data[:1024]:
        kind = "binary"
    if kind is not None:
        raise BadInput(f"{where} is no HTML page but a {kind} file")
    return data


@dataclass(frozen=True, slots=True)
class How:
    """How pages are extracted: by which engine and, if not the shipped one, by the body model of which file; with
    which site rules, chosen by each page's URL and time."""

    engine: str = "model"
    model: Path | None = None
    rules: Rules | None = None

    def extract(self, html: bytes, url: str, captured_at: datetime, **more: Any) -> Extraction:
        """`archive.extract.extract` of one page in this way."""
        from archive.extract import extract

        rules = self.rules.choose(url, captured_at) if self.rules else None
        trees = forest(self.model) if self.model else None
        return extract(
            html, url=url, captured_at=captured_at, rules=rules, engine=self.engine, forest=trees, **more
        )

    def recipe(self, url: str, captured_at: datetime) -> Recipe:
        """The recipe by which `extract` does that page."""
        from archive.extract import recipe

        rules = self.rules.choose(url, captured_at) if self.rules else None
        model = hashlib.sha256(self.model.read_bytes()).hexdigest() if self.model else None
        return recipe(rules, self.engine, model)


DEFAULT = How()


@cache
def forest(model: Path) -> Forest:
    """A body model from its file. Raises BadInput with one line."""
    from archive.extract.forest import Forest

    try:
        return Forest.read(model.read_bytes())
    except OSError as e:
        raise BadInput(f"{model}: {e.strerror or e}") from e
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as e:
        why = e if str(e).startswith("it ") else "it is no JSON file of trees"
        raise BadInput(f"{model} is no body model for this version: {why}", hint="scripts/train makes one") from e


Task = tuple[dict[str, Any], str, datetime, How]


def extract_line(task: Task) -> dict[str, Any]:
    """In a worker: one line of the index -> its record."""
    return record(_extract(task))


def extract_and_learn(task: Task) -> tuple[dict[str, Any], Seen | None]:
    """In a worker: one line of the index -> its record, and what it can teach of its site."""
    from archive.by_site import evidence_of

    extraction = _extract(task)
    return record(extraction), evidence_of(extraction, task[0].get("url") or "")


def _extract(task: Task) -> Extraction:
    line, folder, now, how = task
    html = read_page(Path(folder) / line["page"])
    captured = _time(line["captured_at"]) if line.get("captured_at") else now
    return how.extract(html, line.get("url") or "", captured)


def _time(text: str) -> datetime:
    """RFC 3339; UTC where no offset is given."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def extract_file(
    index: Path, *, now: datetime, how: How = DEFAULT, processes: int | None = None, by_site: bool = False
) -> Iterator[dict[str, Any]]:
    """One record for each line of the index (`id`, `url`, `page` relative to the index), in its order.

    `now` stands in where a line has no `captured_at`; rules are chosen by each line's URL and time. A page that
    cannot be read has its reason in `error`; a line that is no JSON object with a page raises BadInput with its
    number. With `by_site` what recurs on the pages of a site (`site` of the line, else the registered host) leaves
    their bodies; then nothing is given back before all pages are read.
    """
    lines = list(_lines(index))
    if how.model:
        forest(how.model)  # before any worker starts
    tasks = [(line, str(index.parent), now, _for_page(how, line)) for line in lines]
    if not by_site:
        for (line, *_), result in _results(EXTRACT_LINE, tasks, processes):
            yield _head(line) | (_failed(result) if isinstance(result, TaskFailed) else result)
        return
    from archive.by_site import apply_by_site, site_of

    def results() -> Iterator[tuple[str | None, Seen | None, dict[str, Any]]]:
        for (line, *_), result in _results(EXTRACT_AND_LEARN, tasks, processes):
            values, seen = (_failed(result), None) if isinstance(result, TaskFailed) else result
            yield site_of(line), seen, _head(line) | values

    yield from apply_by_site(results())


def _head(line: dict[str, Any]) -> dict[str, Any]:
    return {"id": line.get("id"), "url": line.get("url")}


def _failed(why: TaskFailed) -> dict[str, Any]:
    return record(Extraction(verdict=Verdict.ERROR)) | {"error": str(why)}


def _results(function: str, tasks: list[Task], processes: int | None) -> Iterator[tuple[Task, Any]]:
    """Each task with what the function made of it, or the TaskFailed that says why nothing."""
    limits = Limits(deadline_s=DEADLINE_S)
    with WorkerPool(function, processes=processes, limits=limits, preload=PRELOAD) as pool:
        for task, future in zip(tasks, pool.map(tasks), strict=True):
            try:
                yield task, future.result()
            except TaskFailed as e:
                yield task, e


def _for_page(how: How, line: dict[str, Any]) -> How:
    """The same with only the rules that can hold for this page: they go through a pipe."""
    return replace(how, rules=how.rules.of_page(line.get("url") or "")) if how.rules else how


def _lines(index: Path) -> Iterator[dict[str, Any]]:
    try:
        text = index.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as e:
        raise BadInput(f"{index}: {getattr(e, 'strerror', None) or e}") from e
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield _checked(json.loads(line))
            except (ValueError, RecursionError) as e:
                what = f"no JSON ({e.msg})" if isinstance(e, json.JSONDecodeError) else e
                raise BadInput(f"{index}, line {number}: {what}") from e


def _checked(value: Any) -> dict[str, Any]:
    """Raises ValueError for what is no line of an index."""
    if not isinstance(value, dict) or not isinstance(value.get("page"), str):
        raise ValueError("needs an object with `page`, the path of a saved page")
    for name in ("url", "captured_at"):
        if not isinstance(value.get(name), str | None):
            raise ValueError(f"`{name}` must be a text")
    if value.get("captured_at"):
        _time(value["captured_at"])
    return value
