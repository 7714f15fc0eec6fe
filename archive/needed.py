"""What the pages of a selection need to be shown and the selection does not hold: pictures, styles, fonts.

The pages tell it themselves. That a picture was found on another page first, or captured on another day, is no
reason to leave it behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from archive import codings
from archive.store import handover as held
from archive.store.handover import HeldRecord
from archive.urls import normalise
from archive.warc.cdxj import mime_of
from archive.warc.reader import read_record

if TYPE_CHECKING:
    from archive.store import Archive

_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_MAX_PAGE = 16 << 20  # bytes that are read of a page


def needed(archive: Archive, ids: set[int], place: Callable[[int], Path]) -> set[int]:
    """The captures beside `ids` that show what these pages need, as it was just before and just after each.

    `place` tells where a WARC file lies, by its number. What revisits refer to comes along.

    :raises DamageFound: a record is not what was written.
    """
    db = archive.db
    if not held.has_other_requisites(db, ids):
        return set()
    found: set[int] = set()
    looked: set[int] = set()
    new = ids
    while new:
        looked |= new
        near = {
            capture_id
            for record in held.held_records(db, new)
            for url in _needs(record, place)
            for capture_id in held.nearest_captures(db, url, record.captured_at)
        }
        near |= held.originals(db, near)
        new = near - looked
        found |= new
    return found - ids


def _needs(record: HeldRecord, place: Callable[[int], Path]) -> Iterator[str]:
    """What a page, a stylesheet or a redirect asks for."""
    from archive import requisites  # late: it loads a parser

    if record.kind == "requisite" and record.redirect_to is not None:
        target = normalise(record.redirect_to)
        yield from [target] if target else []
    mime = mime_of(record.record_type, record.content_type)
    if record.status != 200 or not (mime in _PAGES or mime == "text/css"):
        return
    response = read_record(place(record.warc_file_id), record.offset, record.length).response
    if response is None:
        return
    body = codings.decode(response.payload, response.content_codings, limit=_MAX_PAGE).data
    if mime == "text/css":
        yield from requisites.of_stylesheet(body.decode("utf-8", "replace"), record.url)
    else:
        yield from requisites.of_page(body, record.url)
