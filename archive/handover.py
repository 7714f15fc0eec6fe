"""Handing over: a WACZ of the archive or of a part of it, and its CDXJ index."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from archive.errors import DamageFound, NotFound
from archive.imports.handing import Imported, without_taken_down
from archive.journal import FORMAT, SOFTWARE
from archive.needed import needed
from archive.new_file import new_file
from archive.store import handover as held
from archive.store.handover import HeldFile, HeldPage, HeldRecord, Wanted
from archive.store.transaction import snapshot
from archive.warc.cdxj import CdxEntry, SortedLines, is_replayed, mime_of
from archive.warc.groups import parse_date
from archive.warc.selection import Copied, Origin, SelectionWriter
from archive.warc.wacz import WaczPage, WaczWriter

if TYPE_CHECKING:
    from archive.store import Archive

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Made:
    """A WACZ that was written. `digest` is the SHA-256 of its manifest, which names that of every part."""

    file: str
    bytes: int
    digest: str
    articles: int
    captures: int
    warc_files: int
    first: str  # WARC-Date of the oldest capture
    last: str
    unresolved: int  # revisits of captures that the archive does not hold


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the captures of a hand-over come to, and what is said of them."""

    captures: int
    unresolved: int
    first: str
    last: str
    seed: str  # tells these captures from any others
    title: str
    description: str

    @property
    def moment(self) -> datetime:
        return parse_date(self.last)


def make_wacz(
    archive: Archive,
    target: Path,
    wanted: Wanted,
    *,
    said: str = "",
    title: str | None = None,
    force: bool = False,
) -> Made:
    """Write what is wanted of the archive into a WACZ file, which appears when it is whole.

    Of everything, the WARC files are taken as they are; of less, the records are copied one by one into new
    ones, with the originals of revisits and with what pages need to be shown. `said` tells people what was asked
    for.

    :raises NotFound: nothing of the kind is held.
    :raises BadInput: the target cannot be written to, or exists and is not to be replaced (`force`).
    :raises DamageFound: a WARC file is missing or is not what was written.
    :raises StorageFailed: the disk is full or fails.
    """
    with new_file(target, force=force) as file, snapshot(archive.db):
        files = held.held_files(archive.db, archive.warc_folder)
        ids = None if wanted.is_everything else _selected(archive, wanted, files)
        facts = _facts(archive, ids, title, said)
        with WaczWriter(file, facts.moment, target.parent) as wacz, SortedLines(target.parent) as lines:
            if ids is None:
                number = _copy_files(archive, wacz, files, lines, target.parent)
            else:
                number = _copy_records(archive, wacz, files, lines, ids, facts)
            wacz.index(lines)
            articles = wacz.pages(_page(page) for page in held.held_pages(archive.db, ids))
            digest = wacz.finish(
                {
                    "title": facts.title,
                    "description": facts.description,
                    "modified": _milliseconds(facts.last),
                    "software": SOFTWARE,
                    "metadata": {"title": facts.title},  # what replayweb.page calls it
                }
            )
        size = file.seek(0, os.SEEK_END)
    return Made(
        file=str(target),
        bytes=size,
        digest=digest,
        articles=articles,
        captures=facts.captures,
        warc_files=number,
        first=facts.first,
        last=facts.last,
        unresolved=facts.unresolved,
    )


def add_archive_lines(archive: Archive, lines: SortedLines) -> None:
    """Add the index of all captures of the archive, with the names of its WARC files."""
    with snapshot(archive.db):
        files = held.held_files(archive.db, archive.warc_folder)
        names = {number: file.place.name for number, file in files.items()}
        paths = {number: path_of(file) for number, file in files.items() if file.is_imported}
        _add_lines(archive, files, paths, names, lines, milliseconds=False)


def _selected(archive: Archive, wanted: Wanted, files: Mapping[int, HeldFile]) -> set[int]:
    """What was asked for, the originals of revisits, and what pages need to be shown."""
    chosen = held.chosen_captures(archive.db, wanted)
    chosen |= held.originals(archive.db, chosen)
    return chosen | needed(archive, chosen, lambda number: path_of(files[number]))


def _facts(archive: Archive, ids: set[int] | None, title: str | None, said: str) -> _Facts:
    captures = unresolved = 0
    first = last = ""
    digest = hashlib.sha256()
    for record in held.held_records(archive.db, ids):
        captures += 1
        unresolved += record.record_type == "revisit" and record.refers_to is None
        digest.update(record.record_id.encode())
        at = record.captured_at.rstrip("Z")
        first, last = min(first or at, at), max(last, at)
    if not captures:
        raise NotFound("the archive holds no capture of what was asked for", hint="broadsheet status")
    sites = held.site_titles(archive.db, ids)
    days = first[:10] if first[:10] == last[:10] else f"{first[:10]} to {last[:10]}"
    described = f"{captures} captures of {_and(sites)}, {days} (UTC): {said or 'the whole archive'}."
    zone = "Z" if "T" in last else ""
    return _Facts(
        captures, unresolved, first + zone, last + zone, digest.hexdigest(), title or _and(sites), described
    )


def _and(names: list[str], most: int = 3) -> str:
    """A; A and B; A, B and 6 more."""
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} more"]
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _copy_files(
    archive: Archive, wacz: WaczWriter, files: Mapping[int, HeldFile], lines: SortedLines, folder: Path
) -> int:
    """All WARC files as they are; of one that is being written, what the database knows of -> how many.

    A file that was imported by reference goes in without what was taken down; its other form is made in `folder`.
    """
    names: dict[int, str] = {}
    with TemporaryDirectory(dir=folder, prefix=".broadsheet-") as drafts:
        paths = {n: without_taken_down(archive, file, path_of(file), Path(drafts)) for n, file in files.items()}
        for number, file in files.items():
            path = paths[number]
            names[number] = _name(file, path)
            is_as_it_was = path.parent != Path(drafts)
            size = path.stat().st_size if file.is_sealed else file.committed_bytes
            with wacz.part(f"archive/{names[number]}", size=size) as part:
                for block in _blocks(path, size):
                    part.write(block)
            is_other = file.is_sealed and is_as_it_was and file.sha256 not in (None, part.sha256)
            if part.size < size or is_other:
                raise DamageFound(f"{path} is not what was written", hint="broadsheet verify tells where")
        _add_lines(archive, files, paths, names, lines, milliseconds=True)
    return len(files)


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    """The first `size` bytes of a file, or all that it has. What fails here is not the disk that is written to."""
    try:
        with path.open("rb") as source:
            while size > 0 and (block := source.read(min(_BLOCK, size))):
                yield block
                size -= len(block)
    except OSError as error:
        raise DamageFound(f"{path} cannot be read: {error.strerror}") from None


def path_of(file: HeldFile) -> Path:
    """Where a WARC file is now.

    :raises DamageFound: it is missing; with what to do.
    """
    path = file.path()
    if path is None:
        here = "put it back, or tell where it is now: broadsheet import --reference FILE"
        hint = here if file.is_elsewhere else "put it back from a copy; broadsheet verify lists more"
        raise DamageFound(f"{file.place} is missing", hint=hint)
    return path


def _name(file: HeldFile, path: Path) -> str:
    """The name within the container, whose end has to tell whether the file is compressed."""
    ending = ".warc.gz" if b"".join(_blocks(path, 2)) == b"\x1f\x8b" else ".warc"
    return file.filename if file.filename.endswith(ending) else file.filename + ending


def _add_lines(
    archive: Archive,
    files: Mapping[int, HeldFile],
    paths: Mapping[int, Path],
    names: Mapping[int, str],
    lines: SortedLines,
    *,
    milliseconds: bool,
) -> None:
    """The index of all files: of our own from the database, of others', which may hold more, from themselves."""
    imported = Imported(archive)
    for number, file in files.items():
        if file.is_imported:
            for entry in imported.entries(file, paths[number]):
                lines.add(replace(entry, filename=names[number]).line(milliseconds=milliseconds))
    for record in held.held_records(archive.db):
        number = record.warc_file_id
        if not files[number].is_imported and is_replayed(record.record_type, record.status, record.truncated):
            place = Copied(names[number], record.offset, record.length, record.url, "GET")
            lines.add(_entry(record, place).line(milliseconds=milliseconds))


def _copy_records(
    archive: Archive,
    wacz: WaczWriter,
    files: Mapping[int, HeldFile],
    lines: SortedLines,
    ids: set[int],
    facts: _Facts,
) -> int:
    """These captures with their request and metadata records, in new WARC files -> how many files."""
    info = {**FORMAT, "description": f"{facts.description} Records are copied as they were written."}
    with SelectionWriter(wacz, moment=facts.moment, seed=facts.seed, info=info) as writer:
        for record in held.held_records(archive.db, ids):
            file = files[record.warc_file_id]
            copied = writer.copy(Origin(path_of(file), file.warcinfo_id), record.record_id, held.places(record))
            if is_replayed(record.record_type, record.status, record.truncated, copied.method):
                lines.add(_entry(record, copied).line(milliseconds=True))
    return writer.files


def _entry(record: HeldRecord, place: Copied) -> CdxEntry:
    return CdxEntry(
        url=place.url,
        date=record.captured_at,
        mime=mime_of(record.record_type, record.content_type),
        status=record.status,
        digest=record.payload_digest,
        length=place.length,
        offset=place.offset,
        filename=place.filename,
    )


def _page(page: HeldPage) -> WaczPage:
    return WaczPage(
        id=page.record_id.strip("<>").removeprefix("urn:uuid:"),
        url=page.url,
        ts=_milliseconds(page.captured_at),
        title=page.headline or page.url,
        text=page.article_body,
    )


def _milliseconds(date: str) -> str:
    """A WARC-Date as precise as the index: from a page, a reader goes on to the first capture not before that."""
    return parse_date(date).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
