"""Revisits whose originals are not in the archive, found again by what they tell of them."""

from __future__ import annotations

from collections.abc import Iterator

from archive.model import Capture
from archive.store.imports import Refers, Unlinked

_Key = tuple[str, ...]
_SECOND = 19  # characters of a time up to the second


class UnlinkedRevisits:
    """Kept in the order in which they came."""

    def __init__(self) -> None:
        self._by_key: dict[_Key, list[tuple[Unlinked, Refers]]] = {}
        self._ids = set[str]()

    def add(self, revisit: Unlinked, refers: Refers) -> None:
        self._ids.add(revisit.record_id)
        for key in _keys(refers.record_id, refers.url, refers.date, refers.payload_digest):
            self._by_key.setdefault(key, []).append((revisit, refers))

    def take(self, capture: Capture, url: str) -> list[tuple[Unlinked, Refers]]:
        """Those for which this capture may be the original; they do not wait any longer."""
        digest = capture.payload_digest if capture.record_type == "response" else None
        found: dict[str, tuple[Unlinked, Refers]] = {}
        for key in _keys(capture.record_id, url, capture.captured_at, digest) if self._ids else ():
            for revisit, refers in self._by_key.pop(key, ()):
                if revisit.record_id in self._ids:
                    found.setdefault(revisit.record_id, (revisit, refers))
        self._ids -= found.keys()
        return list(found.values())


def _keys(record_id: str | None, url: str | None, date: str | None, digest: str | None) -> Iterator[_Key]:
    if record_id:
        yield ("id", record_id)
    if url and date:
        yield ("date", url, date[:_SECOND])
    if url and digest:
        yield ("digest", url, digest)
