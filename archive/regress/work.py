"""What a worker process of `broadsheet regress` does: tell a page's house style, or read it as `reextract` does."""

from __future__ import annotations

from dataclasses import dataclass

from archive import codings, reread
from archive.errors import BadInput, DamageFound
from archive.model import Recipe
from archive.pipeline import MAX_PAGE_BYTES
from archive.reread import Reading, RecipeOf, RecordAt, Task


@dataclass(frozen=True, slots=True)
class StyleOf:
    """Asks for the house style of a page whose record lies there."""

    record: RecordAt


def work(asked: StyleOf | Task | RecipeOf) -> str | Reading | Recipe:
    """-> the fingerprint of the page ("" if it cannot be read), what the page says, or the recipe."""
    return _style(asked.record) if isinstance(asked, StyleOf) else reread.work(asked)


def _style(at: RecordAt) -> str:
    from archive.house_style import fingerprint

    try:
        answer = reread.record_of_capture(at).response
    except (DamageFound, BadInput):  # to be told when the page is read
        return ""
    if answer is None:
        return ""
    return fingerprint(codings.decode(answer.payload, answer.content_codings, limit=MAX_PAGE_BYTES).data)
