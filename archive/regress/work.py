"""What a worker process of `broadsheet regress` does: tell a page's house style, or read it as `reextract` does."""

from __future__ import annotations

from dataclasses import dataclass

from archive import codings, reread
from archive.errors import BadInput, DamageFound
from archive.pipeline import MAX_PAGE_BYTES
from archive.reread import Reading, RecordAt, Task


@dataclass(frozen=True, slots=True)
class StyleOf:
    """Asks for the house style of a page whose record lies there."""

    record: RecordAt


def work(asked: StyleOf | Task) -> str | Reading:
    """-> the fingerprint of the page ("" if it cannot be read), or what the page says."""
    if isinstance(asked, StyleOf):
        return _style(asked.record)
    read = reread.work(asked)
    assert isinstance(read, Reading)
    return read


def _style(at: RecordAt) -> str:
    from archive.house_style import fingerprint

    try:
        answer = reread.record_of_capture(at).response
    except (DamageFound, BadInput):  # to be told when the page is read
        return ""
    if answer is None:
        return ""
    return fingerprint(codings.decode(answer.payload, answer.content_codings, limit=MAX_PAGE_BYTES).data)
