"""Records replaced within sealed files, so that a kill at any moment leaves the old state or the new one.

The new files are made first, beside the old ones. Then the database is told, in one transaction, where all records lie
in them, and what the sha256 of each is. Then they take the places of the old ones. `finish` does the last step again:
whether the database was told, the sha256 shows.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.digests import file_sha256
from archive.journal import PLACE, SUPERSEDED
from archive.store import Archive, lookups
from archive.store.erase import erase_deleted
from archive.store.folder import DATABASE
from archive.store.takedown import Traces, note_erased, unfinished
from archive.warc.format import target_uri
from archive.warc.rewrite import WRITING, WRITTEN
from archive.warc.writer import storage, sync_folder

SET_ASIDE = "damaged"  # the folder in warc/ for bytes that are no records any more
_GZIP = re.compile(rb"\x1f\x8b\x08")
_HEAD = 1 << 16
_STEP = 256
_SUPERSEDED = f"{PLACE}{SUPERSEDED}".encode()


def left_over(folder: Path) -> list[Path]:
    """New files whose making, or whose way to their places, was interrupted."""
    return sorted([*folder.glob(f"*{WRITING}"), *folder.glob(f"*{WRITTEN}")])


def finish(archive: Archive) -> None:
    """Put the new files in the places of the old ones, where the database was told of them; others go.

    :raises StorageFailed: the disk fails.
    """
    folder = archive.warc_folder
    for path in left_over(folder):
        final = path.with_name(path.name.removesuffix(WRITTEN))
        known = lookups.warc_file(archive.db, final.name)
        with storage(path, "move"):
            if path.name.endswith(WRITTEN) and known and known.sha256 == file_sha256(path):
                path.replace(final)
            else:
                path.unlink()
        sync_folder(folder)


def take_all(folder: Path) -> None:
    """The same without a database: every new file that is whole is taken, since its records say what went."""
    for path in left_over(folder):
        with storage(path, "move"):
            if path.name.endswith(WRITTEN):
                path.replace(path.with_name(path.name.removesuffix(WRITTEN)))
            else:
                path.unlink()
        sync_folder(folder)


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of the traces of what was taken down."""

    removed: tuple[Path, ...] = ()  # files that are gone
    whole: bool = True  # False: SQLite's log holds the text while another program reads the database


def erase(archive: Archive) -> Erased:
    """Leave no trace of what was taken down, in the database and beside it, where that is still to be done.

    :raises StorageFailed: the disk is full or fails, or another process keeps the database locked.
    """
    pending = unfinished(archive.db)
    if not pending:
        return Erased()
    removed = [*archive.folder.glob(f"{DATABASE}.old*"), *_remnants(archive.warc_folder, pending)]
    for path in removed:
        with storage(path, "remove"):
            path.unlink(missing_ok=True)
    if not erase_deleted(archive):
        return Erased(tuple(removed), whole=False)
    note_erased(archive.db, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return Erased(tuple(removed))


def _remnants(folder: Path, pending: Traces) -> Iterator[Path]:
    """What recoveries and repairs have set aside of these URLs."""
    urls = [target_uri(url).encode() for url in pending.urls]
    told = [json.dumps(name).encode() for name in pending.told]
    known = {folder / name for name in pending.set_aside}
    for path in sorted([*folder.glob("*.torn"), *(folder / SET_ASIDE).glob("*")]):
        if path in known or any(_is_of(text, urls, told) for text in _texts(path)):
            yield path


def _texts(path: Path) -> Iterator[bytes]:
    """The bytes, and what can be inflated of the beginnings of members in them, up to where they are damaged."""
    data = path.read_bytes()
    yield data
    for match in _GZIP.finditer(data):
        inflate, text = zlib.decompressobj(31), bytearray()
        with suppress(zlib.error):
            for start in range(match.start(), match.start() + _HEAD, _STEP):
                text += inflate.decompress(data[start : start + _STEP], _HEAD)
        yield bytes(text)


def _is_of(text: bytes, urls: list[bytes], told: list[bytes]) -> bool:
    """Whether a record in this text is of one of the URLs, or tells of an old version of such an article."""
    if any(_names(text, url) for url in urls):
        return True
    return _SUPERSEDED in text and any(name in text for name in told)


def _names(text: bytes, url: bytes) -> bool:
    """Whether a header of a record in this text has the URL as its target."""
    return re.search(rb"(?im)^WARC-Target-URI: *<?" + re.escape(url) + rb">?\r?$", text) is not None
