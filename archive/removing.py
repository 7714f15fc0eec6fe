"""A takedown carried out: when it is ordered, and again in a recovery or a rebuild. Doing it twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from archive import store
from archive.digests import sha1_base32, sha256_hex
from archive.errors import DamageFound
from archive.imports.event import PREFIX
from archive.journal import FACTS
from archive.replacing import finish
from archive.store import Archive, lookups
from archive.store.custody import note_rewritten
from archive.store.settling import settle
from archive.store.takedown import take_out
from archive.store.text import stamp
from archive.store.transaction import transaction
from archive.urls import page_key
from archive.warc.reader import Record, iter_records
from archive.warc.removal import TAKEDOWN, Removal, removal_of
from archive.warc.rewrite import Change, Rewritten, rewrite

UNRECORDED = ("unrecordedHead", "unrecordedBytes")  # facts of a metadata record that are bytes of the page
_TELLING = frozenset({*UNRECORDED, FACTS})  # and those that hold its text


def again(archive: Archive, facts: Mapping[str, Any], at: datetime) -> None:
    """Carry out a takedown as its event tells, as far as that is still to be done."""
    rewritten = prepare(archive, facts, at, all_of_it=False)
    apply(archive, facts, at, rewritten)
    finish(archive)


def prepare(
    archive: Archive, facts: Mapping[str, Any], at: datetime, *, all_of_it: bool = True
) -> list[Rewritten]:
    """Make those files anew that hold records which are to go.

    :raises DamageFound: a record that is to go cannot be read, and `all_of_it` is wanted.
    :raises StorageFailed: the disk is full or fails.
    """
    wanted: dict[str, list[Mapping[str, Any]]] = {}
    for record in facts["records"]:
        if not record.get("elsewhere"):
            wanted.setdefault(record["file"], []).append(record)
    made = []
    for name, records in sorted(wanted.items()):
        path = archive.warc_folder / name
        if path.is_file() and (changes := _changes(path, records, facts["reason"], stamp(at), all_of_it)):
            made.append(rewrite(path, changes))
    return made


def _changes(
    path: Path, wanted: Sequence[Mapping[str, Any]], reason: str, at: str, all_of_it: bool
) -> list[Change]:
    changes = list[Change]()
    by_id: dict[str, list[Mapping[str, Any]]] = {}
    for entry in wanted:
        if "sha256" not in entry:
            by_id.setdefault(entry["record_id"], []).append(entry)
    missing, warcinfo_id = set(by_id), None
    for record in iter_records(path, on_damage=lambda _: None):
        if record.record_type == "warcinfo":
            warcinfo_id = record.record_id
        removal = removal_of(record)
        record_id = removal.record_id if removal else record.record_id
        missing.discard(record_id)
        meant = _meant(record, removal, by_id.get(record_id, []))
        if meant is not None and (removal is None or removal.cause != TAKEDOWN):
            note = _note(record, removal, meant, reason, at)
            changes.append(Change(record.offset, record.offset + record.length, (note.member(warcinfo_id),)))
    if missing and all_of_it:
        first = by_id[min(missing)][0]
        raise DamageFound(
            f"{path} at {first['offset']}: the record that is to be taken down cannot be read",
            hint="broadsheet repair sets aside what is damaged; then take it down again",
        )
    changes += _unread(path, wanted, reason, at, warcinfo_id)
    return sorted(changes, key=lambda change: change.start)


def _meant(
    record: Record, removal: Removal | None, of_its_id: list[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """What is to be known of a record that goes; None of one that stays. In files of others an id may come twice."""
    if of_its_id and removal is None and record.path.name.startswith(PREFIX):
        digest, page = sha1_base32(record.block), page_key(record.url or "")
        of_its_id = [e for e in of_its_id if e["block_digest"] == digest or page_key(e["url"]) == page]
    return min(of_its_id, key=lambda entry: bool(entry["offset"] != record.offset), default=None)


def _unread(
    path: Path, wanted: Sequence[Mapping[str, Any]], reason: str, at: str, warcinfo_id: str | None
) -> Iterator[Change]:
    """Bytes that were such a record once: those that are there still."""
    with path.open("rb") as file:
        for entry in wanted:
            if "sha256" not in entry:
                continue
            file.seek(entry["offset"])
            if sha256_hex(file.read(entry["bytes"])) == entry["sha256"]:
                told = {"takenDownAt": at, "reason": reason}
                note = Removal(TAKEDOWN, "", entry["record_type"], entry["url"], at, facts=told)
                yield Change(entry["offset"], entry["offset"] + entry["bytes"], (note.member(warcinfo_id),))


def _note(record: Record, removal: Removal | None, wanted: Mapping[str, Any], reason: str, at: str) -> Removal:
    """What stands in its place; of a metadata record of ours also the facts that are none of the page's bytes."""
    facts = {"takenDownAt": at, "reason": reason}
    facts |= {name: str(wanted[name]) for name in ("status", "outcome") if wanted.get(name) is not None}
    if record.record_type == "metadata" and removal is None and not record.path.name.startswith(PREFIX):
        facts = {name: value for name, value in record.fields.items() if name not in _TELLING} | facts
    return Removal(
        TAKEDOWN,
        removal.record_id if removal else record.record_id,
        wanted["record_type"],
        record.url or "",
        record.date or at,
        wanted.get("block_digest"),
        wanted.get("payload_digest"),
        facts,
    )


def apply(archive: Archive, facts: Mapping[str, Any], at: datetime, rewritten: list[Rewritten]) -> None:
    """Tell the database: what goes, and where all else lies now. One transaction."""
    archive.db.conn.execute("PRAGMA secure_delete = ON")
    with transaction(archive.db) as connection:
        site = facts["site"]
        site_id = lookups.site_id(archive.db, site) or store.add_site(archive.db, site, None, facts["url"])
        sites = take_out(connection, site_id, facts, stamp(at))
        for new in rewritten:
            note_rewritten(
                archive.db, new.path.name, new.moved, size=new.size, sha256=new.sha256, end_moved=new.end_moved
            )
        for changed in sorted(sites):
            settle(archive.db, changed, now=at)
