"""What of files of other tools belongs to pages that are gone: records that are no captures of this archive, too.

The same page may lie there as a `resource` or a `conversion`, as a record that was left out, or as bytes that are no
record any more; and what refers to such a record tells of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive.digests import sha1_base32
from archive.journal import SUPERSEDED, event_of
from archive.model import LEAST_PAYLOAD
from archive.store.superseded import names
from archive.urls import page_key
from archive.warc.reader import Record, read_record
from archive.warc.removal import TAKEDOWN, removal_of
from archive.warc.unread import Unread, records_and_unread

UNREADABLE = "unreadable"  # the type of what is no record any more
_HOLD_BYTES = frozenset({"response", "revisit", "resource", "conversion", "continuation"})
_TELL = frozenset({"metadata", "revisit", "resource", "conversion", "continuation"})
_REFERRING = frozenset({"warc-refers-to", "warc-concurrent-to", "warc-segment-origin-id"})


@dataclass(frozen=True, slots=True)
class Gone:
    """What is gone: records, pages by their `page_key`, and digests of payloads (sha1, base32)."""

    record_ids: frozenset[str] = frozenset()
    pages: frozenset[str] = frozenset()
    payloads: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.record_ids or self.pages)

    def has(self, record: Record) -> bool:
        """Whether a record is one of those, holds what one of them held, or tells of one."""
        if (event := event_of(record)) is not None:  # of an archive's journal
            named = names(event.facts) if event.name == SUPERSEDED else ()
            return any(name in self.record_ids or page_key(name) in self.pages for name in named)
        removal = removal_of(record)
        if removal is not None:  # what is said of a record that was damaged holds its text
            is_it = removal.record_id in self.record_ids or page_key(removal.url) in self.pages
            return is_it and removal.cause != TAKEDOWN
        if record.record_type not in _HOLD_BYTES | _TELL:
            return False
        if page_key(record.url or "") in self.pages:  # an id alone may be that of another record by mistake
            return True
        return not self.record_ids.isdisjoint(referred(record)) or self._has_bytes(record)

    def _has_bytes(self, record: Record) -> bool:
        if record.record_type not in ("response", "resource", "conversion") or not record.payload:
            return False
        answer = record.response
        return (answer is None or 200 <= answer.status < 300) and sha1_base32(record.payload) in self.payloads


def referred(record: Record) -> list[str]:
    """The ids of the records that a record refers to, if it is one of those that tell of others."""
    if record.record_type not in _TELL:
        return []
    return [value for name, value in record.headers if name.lower() in _REFERRING]


@dataclass(frozen=True, slots=True)
class Going:
    """A record that goes, or bytes that cannot be read any more and once were one."""

    path: Path
    offset: int
    length: int
    record_id: str  # empty if there is none
    record_type: str
    url: str
    date: str  # WARC-Date, verbatim; empty if there is none
    block_digest: str | None = None
    payload_digest: str | None = None
    status: int | None = None  # of an answer whose payload must not come back
    sha256: str | None = None  # of bytes that cannot be read


def going(record: Record) -> Going:
    removal, answer = removal_of(record), record.response
    worth = answer is not None and 200 <= answer.status < 300 and len(record.payload) >= LEAST_PAYLOAD
    is_answer = removal is None and record.record_type == "response"
    return Going(
        record.path,
        record.offset,
        record.length,
        removal.record_id if removal else record.record_id,
        removal.record_type if removal else record.record_type,
        record.url or "",
        record.date,
        sha1_base32(record.block),
        sha1_base32(record.payload) if is_answer and worth else record.header("WARC-Payload-Digest"),
        answer.status if answer and is_answer and worth else None,
    )


@dataclass(slots=True)
class Search:
    """Looks through file after file; what refers to what was found, wherever it lies, is found in the end."""

    gone: Gone
    doubtful: list[Unread] = field(default_factory=list)  # bytes that may hold it; nobody can tell
    _found: list[Going] = field(default_factory=list)
    _refer: dict[int, list[tuple[Path, int]]] = field(default_factory=dict)  # by the hash of the id they refer to

    def look_through(self, path: Path, *, but: Collection[int] = ()) -> None:
        """`but`: offsets of records that are accounted for already."""
        for part in records_and_unread(path):
            if isinstance(part, Unread):
                self._unread(part)
            elif part.offset in but:
                continue
            elif self.gone.has(part):
                self._found.append(going(part))
            else:
                for name in referred(part):
                    self._refer.setdefault(hash(name), []).append((path, part.offset))

    def _unread(self, part: Unread) -> None:
        targets, may_be_more = part.targets()
        url = next((url for url in sorted(targets) if page_key(url) in self.gone.pages), None)
        if url is not None:
            size = part.end - part.offset
            self._found.append(Going(part.path, part.offset, size, "", UNREADABLE, url, "", sha256=part.sha256()))
        elif may_be_more:
            self.doubtful.append(part)

    def found(self, stays: Callable[[str], bool] = lambda record_id: False) -> list[Going]:
        """All that goes, by file and offset. `stays`: whether a record stays that has this id."""
        todo = list(self._found)
        places = {(one.path, one.offset) for one in todo}
        while todo:
            one = todo.pop()
            for place in () if stays(one.record_id) else self._refer.get(hash(one.record_id), ()):
                if place not in places:
                    places.add(place)
                    todo.append(going(read_record(*place)))
                    self._found.append(todo[-1])
        return sorted(self._found, key=lambda one: (one.path, one.offset))


def found_in(path: Path, gone: Gone) -> Iterator[Going]:
    """What of one file must not come in."""
    search = Search(gone)
    search.look_through(path)
    yield from search.found()
