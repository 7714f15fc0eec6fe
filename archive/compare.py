"""The records of WARC files against the rows of the database, in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from archive import store
from archive.digests import file_sha256
from archive.store import Archive, StoredCapture, lookups
from archive.store.custody import KeptFile, kept_files, knows_file
from archive.store.taken_down import record_ids_taken_down
from archive.store.text import clean
from archive.urls import captured_url
from archive.warc.format import target_uri
from archive.warc.groups import capture_of, date_in_utc
from archive.warc.reader import Record
from archive.warc.removal import removal_of
from archive.warc.verify import Finding
from archive.warc.writer import OPEN_SUFFIX

CAPTURES = ("response", "revisit")
FACTS = (
    "status", "content_type", "payload_digest", "payload_sha256", "payload_bytes", "truncated", "ip", "redirect_to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expected:
    """A record that the database has at some place: a capture, or what belongs to one."""

    record_type: str
    length: int
    row: StoredCapture
    is_ours: bool  # not imported: other tools write what stands beside a capture in other ways

    def difference(self, record: Record) -> str | None:
        """What the database says otherwise; None if it agrees."""
        if self.row.lost_at is not None and self.record_type in CAPTURES:
            removal = removal_of(record)
            is_note = removal is not None and removal.record_id == self.row.record_id
            return None if is_note and record.length == self.length else "a note on a lost record"
        if (record.record_type, record.length) != (self.record_type, self.length):
            return "another record"
        if self.record_type not in CAPTURES:
            return self._difference_beside(record)
        row = self.row
        if record.record_id != row.record_id:
            return "another record"
        url = record.url or ""
        if target_uri(url if self.is_ours else captured_url(url)) != target_uri(row.url):
            return f"another URL, {row.url},"
        if (record.date if self.is_ours else date_in_utc(record.date)) != row.captured_at:
            return f"another time, {row.captured_at},"
        if self.is_ours and record.header("WARC-Block-Digest") not in (None, row.block_digest):
            return f"another digest, {row.block_digest},"
        return self._difference_within(record)

    def _difference_beside(self, record: Record) -> str | None:
        if not self.is_ours:
            return None
        if record.header("WARC-Concurrent-To") != self.row.record_id:
            return "the record of another capture"
        fetch_ms = record.fields.get("fetchTimeMs") if self.record_type == "metadata" else None
        if fetch_ms is not None and fetch_ms != str(self.row.fetch_ms):
            return f"another fetch_ms, {self.row.fetch_ms},"
        return None

    def _difference_within(self, record: Record) -> str | None:
        found = capture_of(record)
        if found is None:
            return None if self._has_head_elsewhere(record) else "a capture"
        if found.block_digest != self.row.block_digest:
            return f"another digest, {self.row.block_digest},"
        for name in FACTS:
            is_, said = getattr(found, name), getattr(self.row, name)
            if name == "truncated" and said is None and self.record_type == "revisit":
                continue  # that a revisit has no body is its nature
            if (clean(is_) if isinstance(is_, str) else is_) != said:
                return f"another {name}, {'none' if said is None else said},"
        return None

    def _has_head_elsewhere(self, record: Record) -> bool:
        """Whether it is a revisit without an HTTP head, as other tools write it: that of its original is its own."""
        return not self.is_ours and self.record_type == "revisit" and not record.block


@dataclass(slots=True)
class _Reading:
    """The file that is being read."""

    file: KeptFile
    path: Path
    expected: dict[int, list[Expected]]  # by offset; several are a contradiction
    rows: dict[str, StoredCapture]  # by record id


@dataclass(slots=True)
class Comparison:
    """Goes through the files, and is told of each record; holds only one file's rows in memory."""

    archive: Archive
    findings: list[Finding] = field(default_factory=list)
    sha256: dict[Path, str] = field(default_factory=dict)  # that the file must have which is read now
    foreign: set[Path] = field(default_factory=set)  # the file that is read now, if it was imported
    starts: dict[str, int] = field(default_factory=dict)  # where to begin to read, by the file's name
    left_out: set[str] = field(default_factory=set)  # names of files that are not read
    done: set[Path] = field(default_factory=set)  # files whose turn is over, or has begun
    files: dict[str, KeptFile] = field(init=False)
    _now: _Reading | None = None
    _taken_down: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self._taken_down = record_ids_taken_down(self.archive.db)
        self.files = {file.filename: file for file in kept_files(self.archive.db)}

    def unread(self) -> list[tuple[int, int | None]]:
        """The numbers of the files that are not read, with the offset up to which they are not; None: to their end."""
        return [
            (file.warc_file_id, self.starts.get(file.filename + OPEN_SUFFIX))
            for file in self.files.values()
            if file.filename in self.left_out or file.filename + OPEN_SUFFIX in self.starts
        ]

    def paths(self) -> Iterator[Path]:
        """The files, those that the database knows first; between two of them the first one's rows are settled."""
        for file, rows in self._rows():
            path = place(self.archive, file)
            if file.filename in self.left_out and path is not None:
                self.done.add(path)
            elif path is not None:
                self.done.add(path)
                expected = _expected(file, rows, self.starts.get(path.name, 0))
                self._now = _Reading(file, path, expected, {row.record_id: row for row in rows})
                self.sha256 |= {path: file.sha256} if file.sha256 else {}
                self.foreign |= {path} if file.imported_from is not None else set()
                yield path
                self._settle(self._now)
                self.sha256.clear()
                self.foreign.clear()
            elif file.committed_bytes:
                what = f"the file is missing; the database has {len(rows)} captures in it"
                where = self.archive.warc_folder / (file.path or file.filename)
                self.findings.append(Finding(where, 0, rows[0].url if rows else None, what))
        self._now = None
        for path in files_in(self.archive.warc_folder):
            if path not in self.done:
                self.done.add(path)
                yield path
                self._stranger(path)

    def _rows(self) -> Iterator[tuple[KeptFile, list[StoredCapture]]]:
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
        now = self._now
        if now is None or (record.record_id in self._taken_down and record.offset not in now.expected):
            return  # in a file that was imported by reference
        if record.offset == 0 and now.file.warcinfo_id and now.file.imported_from is None:
            self._see_first(now.file, record)
        expected = now.expected.pop(record.offset, [])
        for one in expected:
            difference = one.difference(record)
            if difference:
                self._add(record, f"the database has {difference} at this place")
            elif record.record_type == "revisit" and one.is_ours:
                self._see_revisit(one.row, record)
        if not expected and record.offset < now.file.committed_bytes and self._is_due(now, record):
            self._add(record, f"the database does not know this {_KINDS.get(record.record_type, 'record')}")

    def _see_first(self, file: KeptFile, record: Record) -> None:
        if record.record_type != "warcinfo" or record.record_id != file.warcinfo_id:
            self._add(record, f"the database has another warcinfo record, {file.warcinfo_id}, at this place")
            return
        crawl = record.fields.get("isPartOf", "").removeprefix("urn:uuid:")
        if file.crawl_uuid and crawl and crawl != file.crawl_uuid:
            self._add(record, f"the database has another crawl, {file.crawl_uuid}, for this file")

    def _see_revisit(self, row: StoredCapture, record: Record) -> None:
        """The row refers to what the record refers to, unless that is not in the archive."""
        named = record.header("WARC-Refers-To")
        if named is None or named == row.refers_to:
            return
        if row.refers_to is not None or lookups.knows_record(self.archive.db, named):
            self._add(record, f"the database has another original, {row.refers_to or 'none'}, for this revisit")

    def _is_due(self, now: _Reading, record: Record) -> bool:
        """Whether the database should have this record: a capture, or the request or metadata of one.

        Of another tool's records some cannot be entered; import has named them.
        """
        if now.file.imported_from is not None:
            return False
        if record.record_type in CAPTURES:
            return True
        if record.record_type not in _KINDS:
            return False
        for name, value in record.headers:
            row = now.rows.get(value) if name.lower() == "warc-concurrent-to" else None
            if row is not None:
                return getattr(row, f"{record.record_type}_offset") is None
        return False

    def _add(self, record: Record, what: str) -> None:
        self.findings.append(Finding(record.path, record.offset, record.url, what))

    def _settle(self, now: _Reading) -> None:
        for offset, rows in sorted(now.expected.items()):
            for expected in rows:
                what = f"no {expected.record_type} record where the database has one"
                self.findings.append(Finding(now.path, offset, expected.row.url, what))

    def _stranger(self, path: Path) -> None:
        if path.name.endswith(OPEN_SUFFIX):
            return  # opened just now, or left by a crawl that was killed: the next one enters it
        if knows_file(self.archive.db, path.name):
            return  # sealed since the database was asked
        sha256 = file_sha256(path)
        known = next((file.filename for file in self.files.values() if file.sha256 == sha256), None)
        as_ = f"; by its sha256 it is {known}" if known else ""
        self.findings.append(Finding(path, 0, None, f"the database does not know this file{as_}"))

    def named(self, finding: Finding) -> Finding:
        """With the URL that the database has at this place, whatever is left of it in the bytes."""
        now = self._now
        expected = now.expected.get(finding.offset) if now is not None and now.path == finding.file else None
        return replace(finding, url=expected[0].row.url) if expected else finding

    def still_growing(self, finding: Finding) -> bool:
        """Whether this is only the end of a file that somebody is writing at this moment."""
        known = self.files.get(_name(finding.file))
        growing = finding.file.name.endswith(OPEN_SUFFIX)
        return growing and (known is None or finding.offset >= known.committed_bytes)


_KINDS = {"request": "request record", "metadata": "metadata record"}


def files_in(folder: Path) -> list[Path]:
    """The WARC files that lie in a folder, those that are being written too."""
    return sorted([*folder.glob("*.warc"), *folder.glob("*.warc.gz"), *folder.glob(f"*.gz{OPEN_SUFFIX}")])


def place(archive: Archive, file: KeptFile) -> Path | None:
    """Where a file lies now: it may have been sealed since the database was asked."""
    if file.path is not None:
        return path if (path := archive.warc_folder / file.path).is_file() else None
    folder = archive.warc_folder
    places = (folder / (file.filename + OPEN_SUFFIX), folder / file.filename)
    return next((path for path in places if path.is_file()), None)


def _name(path: Path) -> str:
    return path.name.removesuffix(OPEN_SUFFIX)


def _expected(file: KeptFile, rows: list[StoredCapture], start: int) -> dict[int, list[Expected]]:
    """By offset, from `start` on: the capture, the request that was sent for it, and what else was noted."""
    found: dict[int, list[Expected]] = {}
    is_ours = file.imported_from is None
    for row in rows:
        for record_type, offset, length in (
            (row.record_type, row.offset, row.length),
            ("request", row.request_offset, row.request_length),
            ("metadata", row.metadata_offset, row.metadata_length),
        ):
            if offset is not None and length is not None and offset >= start:
                found.setdefault(offset, []).append(Expected(record_type, length, row, is_ours))
    return found
