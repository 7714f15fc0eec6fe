"""What a worker process of `broadsheet reextract` does: one capture read from its WARC file with the present recipe.

The worker opens the file itself, so that only what it read goes through the pipe.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive.digests import matches
from archive.errors import BadInput, DamageFound
from archive.extraction_json import dumps
from archive.model import PageKind, Recipe, Verdict
from archive.pipeline import reread
from archive.reentry import with_payload
from archive.rules import Rules, SiteRules
from archive.store.drafts import Said, said
from archive.warc.groups import exchange_of
from archive.warc.reader import Damage, read_record
from archive.warc.writer import OPEN_SUFFIX

if TYPE_CHECKING:
    from archive.message import Response
    from archive.warc.reader import Record


@dataclass(frozen=True, slots=True)
class RecipeOf:
    """Asks a worker for its recipe: the command itself need not load the extractor."""

    rules: SiteRules | None


@dataclass(frozen=True, slots=True)
class RecordAt:
    """A record and where it lies; `path` without the `.open` of a file that is being written."""

    path: str
    offset: int
    length: int
    record_id: str
    block_digest: str


@dataclass(frozen=True, slots=True)
class Task:
    """One capture to read, and where its record lies, as in `RecordAt`.

    `original`: of a revisit of an identical payload, the record that holds the body.
    """

    capture_id: int
    path: str
    offset: int
    length: int
    record_id: str
    block_digest: str
    url: str
    kind: PageKind
    rules: Rules | None  # those for the URL's host
    original: RecordAt | None = None

    @property
    def record(self) -> RecordAt:
        return RecordAt(self.path, self.offset, self.length, self.record_id, self.block_digest)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a task came to.

    `extraction`: as `archive.extraction_json` writes it; None where nothing could be read. `said`: None if it shows no
    article. `damage`: why the record itself could not be read, for people.
    """

    capture_id: int
    verdict: Verdict = Verdict.ERROR
    extraction: str | None = None
    said: Said | None = None
    error: str | None = None
    damage: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the page could not be read, though its record could."""
        return self.verdict == Verdict.ERROR and self.error is not None and self.damage is None


def work(task: Task | RecipeOf) -> Reading | Recipe:
    if isinstance(task, RecipeOf):
        from archive.extract import recipe

        return recipe(task.rules)
    try:
        exchange = exchange_of([record_of_capture(task.record)])
        if task.original is not None:
            exchange = with_payload(exchange, _answer(record_of_capture(task.original)))
    except (DamageFound, BadInput) as e:
        return Reading(task.capture_id, damage=str(e))
    page = reread(exchange, task.url, task.kind, task.rules)
    if page.verdict is None:
        return Reading(task.capture_id, error="it is not read as a page any longer")
    if page.extraction is None:
        return Reading(task.capture_id, error=page.error or "it could not be read")
    in_short = said(task.url, page.extraction)
    return Reading(task.capture_id, page.verdict, dumps(page.extraction), in_short, page.error)


def record_of_capture(at: RecordAt) -> Record:
    """The record of a capture.

    :raises DamageFound: it is not the one that was written.
    :raises BadInput: its file is gone.
    """
    path = Path(at.path)
    growing = path.with_name(path.name + OPEN_SUFFIX)
    try:
        # In this order: a file may be sealed, and so lose its suffix, at any moment.
        record = read_record(growing if growing.is_file() else path, at.offset, at.length)
    except BadInput:
        record = read_record(path, at.offset, at.length)
    if record.record_id != at.record_id:
        raise Damage(path, at.offset, "the database has another record at this place")
    if matches(at.block_digest, record.block) is False:
        raise Damage(path, at.offset, f"the block is not that of digest {at.block_digest}")
    return record


def _answer(original: Record) -> Response:
    if original.response is None:
        raise Damage(original.path, original.offset, "the original of a revisit holds no answer")
    return original.response
