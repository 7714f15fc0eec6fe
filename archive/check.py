"""Does the archive hold what it says? Every record of every file, the database, and each against the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archive import store
from archive.store import Archive
from archive.store.records import StoredWarcFile
from archive.warc.reader import Record
from archive.warc.verify import Counts, Finding, verify_files
from archive.warc.writer import OPEN_SUFFIX


def verify_archive(archive: Archive, counts: Counts) -> Iterator[Finding]:
    """All that is wrong, as it is found. A file that is being written is checked up to its committed end."""
    files = {f.filename: f for f in store.warc_files(archive.db)}
    unseen = {(c.warc_file, c.offset): c for c in store.captures(archive.db)}
    unknown: list[Finding] = []

    def compare(record: Record) -> None:
        """A record against its row, both ways round."""
        name = record.path.name.removesuffix(OPEN_SUFFIX)
        if record.record_type not in ("response", "revisit"):
            return
        row = unseen.pop((name, record.offset), None)
        known = files.get(name)
        if row is None:
            if known is not None and known.sealed_at is not None:
                unknown.append(_finding(record, "the database does not know this record"))
        elif (row.length, row.record_id) != (record.length, record.record_id):
            unknown.append(_finding(record, "the database knows another record at this place"))

    paths = _paths(archive, files)
    sha256 = {name: f.sha256 for name, f in files.items() if f.sha256}
    for finding in verify_files(paths, counts=counts, sha256=sha256, on_record=compare):
        if not _still_growing(finding, files):
            yield finding
    found = {path.name.removesuffix(OPEN_SUFFIX) for path in paths}
    for name, known in files.items():
        if name not in found and known.committed_bytes:
            yield Finding(archive.warc_folder / name, 0, None, "the file is missing")
    yield from unknown
    for (name, offset), row in unseen.items():
        if name in found:
            yield Finding(archive.warc_folder / name, offset, row.url, "no record where the database has one")
    for problem in store.integrity(archive.db):
        yield Finding(archive.folder / "archive.db", 0, None, problem)


def _paths(archive: Archive, files: dict[str, StoredWarcFile]) -> list[Path]:
    """The files of the archive; foreign ones in the folder are checked as well."""
    folder = archive.warc_folder
    return sorted([*folder.glob("*.warc"), *folder.glob("*.warc.gz"), *folder.glob(f"*.warc.gz{OPEN_SUFFIX}")])


def _still_growing(finding: Finding, files: dict[str, StoredWarcFile]) -> bool:
    """Whether this is only the end of a file that somebody is writing at this moment."""
    known = files.get(finding.file.name.removesuffix(OPEN_SUFFIX))
    growing = finding.file.name.endswith(OPEN_SUFFIX)
    return growing and (known is None or finding.offset >= known.committed_bytes)


def _finding(record: Record, what: str) -> Finding:
    return Finding(record.path, record.offset, record.url, what)
