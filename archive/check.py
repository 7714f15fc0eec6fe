"""Does the archive hold what it says? Every record of every file, the database, and each against the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from archive import store
from archive.digests import sha1_base32
from archive.errors import StorageFailed
from archive.store import Archive, StoredCapture, StoredWarcFile
from archive.store.transaction import storage_errors
from archive.warc.groups import date_in_utc
from archive.warc.reader import Record
from archive.warc.verify import Counts, Finding, verify_files
from archive.warc.writer import OPEN_SUFFIX

CAPTURES = ("response", "revisit")


def verify_archive(archive: Archive, counts: Counts) -> Iterator[Finding]:
    """All that is wrong, as it is found. A file that is being written is checked up to its committed end."""
    database = archive.folder / "archive.db"
    try:
        with storage_errors(archive.db):
            yield from _compare(archive, counts)
            for problem in store.integrity(archive.db):
                yield Finding(database, 0, None, problem)
    except StorageFailed as e:
        yield Finding(database, 0, None, f"the database cannot be read: {e}")


def _compare(archive: Archive, counts: Counts) -> Iterator[Finding]:
    comparison = _Comparison(archive)
    places = {_place(archive.warc_folder, file): file for file in comparison.files.values()}
    sha256 = {path: file.sha256 for path, file in places.items() if file.sha256}
    foreign = {path for path, file in places.items() if file.imported_from is not None}
    for finding in verify_files(
        comparison.paths(), counts=counts, sha256=sha256, foreign=foreign, on_record=comparison.see
    ):
        if not comparison.still_growing(finding):
            yield finding
    yield from comparison.findings


@dataclass(frozen=True, slots=True)
class _Expected:
    """A record as the database has it; of a request or a metadata record it knows only the place."""

    record_type: str
    length: int
    url: str
    record_id: str | None = None
    captured_at: str | None = None
    block_digest: str | None = None
    foreign: bool = False  # times may be spelled, and digests be made, in other ways

    def difference(self, record: Record) -> str | None:
        if (record.record_type, record.length) != (self.record_type, self.length):
            return "another record"
        if self.record_id is not None and record.record_id != self.record_id:
            return "another record"
        stated = record.header("WARC-Block-Digest") if not self.foreign else sha1_base32(record.block)
        date = date_in_utc(record.date) if self.foreign else record.date
        if self.captured_at is not None and date != self.captured_at:
            return f"another time, {self.captured_at},"
        if self.block_digest is not None and stated not in (None, self.block_digest):
            return f"another digest, {self.block_digest},"
        return None


class _Comparison:
    """Records against rows, file by file, so that only one file's rows are held in memory."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.files = {file.filename: file for file in store.warc_files(archive.db)}
        self.findings: list[Finding] = []
        self._known: StoredWarcFile | None = None  # the file that is being read
        self._expected: dict[int, _Expected] = {}

    def paths(self) -> Iterator[Path]:
        """The files, those that the database knows first; between two of them the first one's rows are settled."""
        folder, seen = self.archive.warc_folder, set[str]()
        for file, rows in self._rows():
            path = _path(folder, file)
            if path is not None:
                self._known, self._expected = file, _expected(rows, file.imported_from is not None)
                seen.add(file.filename)
                yield path
                self._settle(path)
            elif file.committed_bytes:
                what = f"the file is missing; the database has {len(rows)} captures in it"
                self.findings.append(Finding(_place(folder, file), 0, rows[0].url if rows else None, what))
        self._known = None
        for path in sorted(
            [*folder.glob("*.warc"), *folder.glob("*.warc.gz"), *folder.glob(f"*.gz{OPEN_SUFFIX}")]
        ):
            if _name(path) not in seen:
                yield path
                self._stranger(path)

    def _rows(self) -> Iterator[tuple[StoredWarcFile, list[StoredCapture]]]:
        """Each file with its captures; both come in the order of the files' numbers."""
        groups = groupby(store.captures(self.archive.db), key=lambda row: row.warc_file)
        name, rows = next(groups, (None, iter(())))
        for file in self.files.values():
            if file.filename != name:
                yield file, []
                continue
            yield file, list(rows)
            name, rows = next(groups, (None, iter(())))

    def see(self, record: Record) -> None:
        known = self._known
        if known is None:
            return
        expected = self._expected.pop(record.offset, None)
        if expected is not None:
            difference = expected.difference(record)
            if difference:
                self._add(record, f"the database has {difference} at this place")
        elif known.imported_from is not None:
            return  # of another tool's records some cannot be entered; import has named them
        elif record.record_type in CAPTURES and record.offset < known.committed_bytes:
            self._add(record, "the database does not know this record")

    def _add(self, record: Record, what: str) -> None:
        self.findings.append(Finding(record.path, record.offset, record.url, what))

    def _settle(self, path: Path) -> None:
        for offset, row in sorted(self._expected.items()):
            what = f"no {row.record_type} record where the database has one"
            self.findings.append(Finding(path, offset, row.url, what))
        self._expected = {}

    def _stranger(self, path: Path) -> None:
        if path.name.endswith(OPEN_SUFFIX):
            return  # opened just now, or left by a crawl that was killed: the next one enters it
        if _name(path) not in {file.filename for file in store.warc_files(self.archive.db)}:
            self.findings.append(Finding(path, 0, None, "the database does not know this file"))

    def still_growing(self, finding: Finding) -> bool:
        """Whether this is only the end of a file that somebody is writing at this moment."""
        known = self.files.get(_name(finding.file))
        growing = finding.file.name.endswith(OPEN_SUFFIX)
        return growing and (known is None or finding.offset >= known.committed_bytes)


def _name(path: Path) -> str:
    return path.name.removesuffix(OPEN_SUFFIX)


def _place(folder: Path, file: StoredWarcFile) -> Path:
    """Where a file belongs: in warc/, or where it was when it was imported by reference."""
    return Path(file.path) if file.path else folder / file.filename


def _path(folder: Path, file: StoredWarcFile) -> Path | None:
    """Where the file lies now: it may have been sealed since the database was asked."""
    place = _place(folder, file)
    places = (place.with_name(place.name + OPEN_SUFFIX), place)
    return next((path for path in places if path.is_file()), None)


def _expected(rows: list[StoredCapture], foreign: bool) -> dict[int, _Expected]:
    """By offset: the capture, the request that was sent for it, and what else was noted."""
    found: dict[int, _Expected] = {}
    for row in rows:
        found[row.offset] = _Expected(
            row.record_type, row.length, row.url, row.record_id, row.captured_at, row.block_digest, foreign
        )
        for record_type, offset, length in (
            ("request", row.request_offset, row.request_length),
            ("metadata", row.metadata_offset, row.metadata_length),
        ):
            if offset is not None and length is not None:
                found[offset] = _Expected(record_type, length, row.url)
    return found
