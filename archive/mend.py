"""One WARC file that is damaged: what is cut out of it, and what takes the places of the records that were there."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from archive.digests import file_sha256
from archive.examine import Examined, Torn, examine
from archive.journal import FORMAT
from archive.replacing import SET_ASIDE
from archive.store import Archive, lost
from archive.store.custody import KeptFile
from archive.store.mending import KnownCapture, captures_of_file, crawl_of_file
from archive.warc import records
from archive.warc.format import WARC_FIELDS, Member, fields_block, new_record_id, serialise, target_uri
from archive.warc.groups import parse_date
from archive.warc.removal import DAMAGE, Removal
from archive.warc.rewrite import Change, Rewritten, rewrite
from archive.warc.writer import storage, sync_folder

AGAIN = "madeAgain"  # a fact of a record that was made again from the database: when


@dataclass(frozen=True, slots=True)
class SetAside:
    """Bytes that leave a file, and where they are then, below the folder of the WARC files."""

    offset: int
    bytes: int
    what: str
    saved: str | None  # None: there were none
    sha256: str | None
    url: str | None = None


@dataclass(slots=True)
class FilePlan:
    """What is to be done with one file: changes, and where the records are that the database knows.

    The keys of `stays` and `replaced` are offsets as the database has them.
    """

    file: KeptFile
    path: Path
    sha256_found: str | None  # None: it is missing
    set_aside: list[SetAside] = field(default_factory=list)
    mended: int = 0  # members in which only bytes had changed that carry nothing
    lost: list[KnownCapture] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    stays: dict[int, tuple[int, int]] = field(default_factory=dict)  # offset and length in the damaged file
    replaced: dict[int, tuple[int, int] | None] = field(default_factory=dict)  # by which record of which change

    def places(self, new: Rewritten | None) -> dict[int, tuple[int, int] | None]:
        """Where all records are that the database knows, in the new file: offset and length."""
        found: dict[int, tuple[int, int] | None] = {
            known: (new.moved(offset) if new else offset, length) for known, (offset, length) in self.stays.items()
        }
        for known, where in self.replaced.items():
            found[known] = new.places[where[0]][where[1]] if where is not None and new else None
        return found


def plan_file(archive: Archive, file: KeptFile, at: str, *, missing_is_lost: bool) -> FilePlan | None:
    """What is to be done with a sealed file; None if it is what it was sealed as.

    A file that is missing is left so, unless it is given up.

    :raises OSError: the disk fails.
    """
    path = archive.warc_folder / file.filename
    if not path.exists():
        plan = FilePlan(file, path, None)
        if missing_is_lost:
            found = Examined(path, 0, torn=[Torn(0, 0, "the file is missing")])
            _Planner(archive, plan, found, at).run()
        return plan
    sha256 = file_sha256(path)
    if sha256 == file.sha256:
        return None
    plan = FilePlan(file, path, sha256)
    digests = None
    if file.imported_from is not None:
        digests = {row.record_id: row.block_digest for row in captures_of_file(archive.db, file.warc_file_id)}
    _Planner(archive, plan, examine(path, digests), at).run()
    return plan


@dataclass(frozen=True, slots=True)
class _Insertion:
    """A record that takes the place of one that is gone."""

    at: int  # in the damaged file
    known: int | None  # where the database has it
    member: Member


class _Planner:
    def __init__(self, archive: Archive, plan: FilePlan, found: Examined, at: str) -> None:
        self.archive, self.plan, self.found, self.at = archive, plan, found, at
        self.asides = {torn.start: self._set_aside(torn) for torn in found.torn}
        self.insertions: list[_Insertion] = []

    def run(self) -> None:
        first = next((torn for torn in self.found.torn if torn.start == 0), None)
        warcinfo_id = self.plan.file.warcinfo_id
        if first is not None and warcinfo_id and warcinfo_id not in self.found.whole:
            self.insertions.append(_Insertion(first.end, None, self._warcinfo()))
        for row in captures_of_file(self.archive.db, self.plan.file.warc_file_id):
            self._place(row)
        self._change()

    def _place(self, row: KnownCapture) -> None:
        """Find the records of a capture, or what is to have their places."""
        whole: dict[str, tuple[int, int]] = {}
        keys: dict[str, str | tuple[str, str]] = {"capture": row.record_id}
        keys |= {kind: (row.record_id, kind) for kind in ("request", "metadata")}
        for kind, key in keys.items():
            if (there := self.found.whole.get(key)) is not None:
                whole[kind] = there
        for known, kind in row.places():
            if kind in whole:
                self.plan.stays[known] = whole[kind]
            elif kind == "request":
                self.plan.replaced[known] = None
            elif kind == "capture":
                torn = self._nearest(known)
                at = min((offset for offset, _ in whole.values()), default=torn.end)
                self.insertions.append(_Insertion(at, known, self._note(row, torn)))
                self.plan.lost.append(row)
            else:
                at = max((sum(there) for there in whole.values()), default=self._nearest(row.offset).end)
                self.insertions.append(_Insertion(at, known, self._metadata(row)))

    def _nearest(self, offset: int) -> Torn:
        """The torn bytes that a record was most likely among; what is before them may have become shorter or longer."""
        end = Torn(self.found.size, self.found.size, "it is missing from the file")
        return min(self.found.torn, key=lambda torn: abs(torn.start - offset), default=end)

    def _change(self) -> None:
        """The changes in their order: what is cut out, what is mended, and what comes in."""
        cuts = [(torn.start, torn.end, list[_Insertion]()) for torn in self.found.torn]
        for insertion in self.insertions:  # a stable order: those of one place come as they were found
            for _, end, insertions in cuts:
                if end == insertion.at:
                    insertions.append(insertion)
                    break
            else:
                cuts.append((insertion.at, insertion.at, [insertion]))
        parts: list[tuple[int, int, list[tuple[int | None, Member]]]] = [
            (start, end, [(i.known, i.member) for i in insertions]) for start, end, insertions in cuts
        ]
        known_at = {offset: known for known, (offset, _) in self.plan.stays.items()}
        for offset, member in self.found.mended.items():
            parts.append((offset, offset + len(member.data), [(known_at.get(offset), member)]))
            self.plan.stays.pop(known_at.get(offset, -1), None)
            self.plan.mended += 1
        for start, end, members in sorted(parts, key=lambda part: (part[0], part[1])):
            for number, (known, _) in enumerate(members):
                if known is not None:
                    self.plan.replaced[known] = (len(self.plan.changes), number)
            self.plan.changes.append(Change(start, end, tuple(member for _, member in members)))

    def _set_aside(self, torn: Torn) -> SetAside:
        size = torn.end - torn.start
        digest = hashlib.sha256()
        for block in self.found.blocks(torn):
            digest.update(block)
        sha256 = digest.hexdigest() if size else None
        saved = self._free_name(torn, digest.hexdigest()) if size else None
        aside = SetAside(torn.start, size, torn.what, saved, sha256, torn.url)
        self.plan.set_aside.append(aside)
        return aside

    def _free_name(self, torn: Torn, sha256: str) -> str:
        """What an earlier repair has set aside is not written over."""
        first = name = f"{SET_ASIDE}/{self.plan.file.filename}.{torn.start}"
        number = 1
        while (path := self.archive.warc_folder / name).exists() and file_sha256(path) != sha256:
            number += 1
            name = f"{first}.{number}"
        return name

    def _note(self, row: KnownCapture, torn: Torn) -> Member:
        aside = self.asides.get(torn.start)
        facts = {
            **row.facts(),
            "foundAt": row.lost_at or self.at,
            "what": torn.what,
            "setAside": aside.saved if aside else None,
            "setAsideSha256": aside.sha256 if aside else None,
            "status": str(row.status),
            "outcome": row.outcome,
            "state": lost.packed(lost.state(self.archive.db, row.capture_id)),
        }
        removal = Removal(
            DAMAGE,
            row.record_id,
            row.record_type,
            row.url,
            row.captured_at,
            row.block_digest,
            row.payload_digest,
            {name: value for name, value in facts.items() if value},
        )
        return removal.member(self.plan.file.warcinfo_id)

    def _metadata(self, row: KnownCapture) -> Member:
        warcinfo_id = self.plan.file.warcinfo_id
        headers = [
            ("WARC-Date", row.captured_at),
            ("WARC-Target-URI", target_uri(row.url)),
            *([("WARC-Warcinfo-ID", warcinfo_id)] if warcinfo_id else []),
            ("WARC-Concurrent-To", row.record_id),
        ]
        block = fields_block({**row.facts(), AGAIN: self.at})
        return serialise("metadata", new_record_id(), headers, block, content_type=WARC_FIELDS)

    def _warcinfo(self) -> Member:
        file = self.plan.file
        opened_at, crawl, agent = crawl_of_file(self.archive.db, file.warc_file_id)
        facts = {**FORMAT, AGAIN: self.at}
        if file.imported_from is not None:  # what wrote it, is not known any more
            del facts["software"]
        facts |= {"isPartOf": f"urn:uuid:{crawl}"} if crawl else {}
        facts |= {"robots": "obey", "http-header-user-agent": agent} if agent else {}
        return records.warcinfo(file.filename, facts, parse_date(opened_at), new_id=lambda: file.warcinfo_id)


def save(archive: Archive, plan: FilePlan) -> None:
    """Bring what is to be set aside to its place, on disk.

    :raises StorageFailed: the disk is full or fails.
    """
    folder = archive.warc_folder / SET_ASIDE
    for aside in plan.set_aside:
        if aside.saved is None:
            continue
        with storage(folder, "make"):
            folder.mkdir(exist_ok=True)
        _copy(plan.path, aside, archive.warc_folder / aside.saved)
        sync_folder(folder)


def _copy(path: Path, aside: SetAside, target: Path) -> None:
    torn = Torn(aside.offset, aside.offset + aside.bytes, aside.what)
    with storage(target, "write"), target.open("wb") as new:
        for block in Examined(path, 0).blocks(torn):
            new.write(block)
        new.flush()
        os.fsync(new.fileno())


def make(plan: FilePlan) -> Rewritten | None:
    """The file without what is damaged, beside the old one; None if its records are all whole as they are.

    :raises StorageFailed: the disk is full or fails.
    """
    if not plan.changes:
        return None
    if plan.sha256_found is None:
        with storage(plan.path, "make"):
            plan.path.touch()
    return rewrite(plan.path, plan.changes)
