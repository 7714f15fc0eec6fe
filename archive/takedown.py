"""`broadsheet takedown`: an article leaves the archive, and what stands in its place says when and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive import removing, replacing
from archive.errors import BadInput, DamageFound
from archive.imports.copies import search_copies
from archive.imports.event import PREFIX
from archive.journal import SUPERSEDED, TAKEN_DOWN, Event, enter, event_of
from archive.recover import recover_archive
from archive.removing import UNRECORDED
from archive.rules.load import of_archive
from archive.store import Archive, imports, lookups, open_archive, writer_lock
from archive.store.custody import files_of_attempts
from archive.store.folder import SIDECARS
from archive.store.lock import reextraction_lock
from archive.store.superseded import names
from archive.store.takedown import Doom, Target, doom, target
from archive.warc.format import target_uri
from archive.warc.reader import Damage, Record, iter_records, read_record
from archive.warc.removal import is_removal, removal_of

_CAPTURES = frozenset({"response", "revisit"})
_OTHERS = frozenset({"resource", "conversion", "continuation"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What a takedown is about to do, for the person who decides."""

    target: Target
    doom: Doom
    old_databases: tuple[Path, ...]  # of earlier rebuilds; they hold the article too
    rewritten: tuple[tuple[Path, int], ...] = ()  # files that are written anew, with their sizes
    elsewhere: tuple[str, ...] = ()  # files that were imported by reference, which stay as they are
    copies: tuple[
        dict[str, Any], ...
    ] = ()  # facts of what goes from copies of other tools' files and is no capture
    unread: tuple[str, ...] = ()  # places in such copies that may hold it: nobody can read them


@dataclass(slots=True)
class TakenDown:
    """What came of a takedown."""

    url: str
    urls: list[str]
    reason: str
    taken_down_at: str
    records: int
    files: list[str] = field(default_factory=list)  # written anew
    elsewhere: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # places in copies that may hold it
    removed: list[str] = field(default_factory=list)  # files that are gone: old databases, bytes set aside
    listings: int = 0
    naming: int = 0  # other articles that hold its headline
    erased: bool = True  # False: SQLite's log holds the text while another program reads


def plan(folder: Path, ref: str) -> Plan:
    """What would go.

    :raises NotFound: nothing is held that `ref` could mean, or it was taken down already.
    :raises DamageFound: a file of the journal cannot be read.
    """
    with open_archive(folder) as archive:
        return _plan(archive, ref)


def _plan(archive: Archive, ref: str) -> Plan:
    what = target(archive.db, ref)
    goes = doom(archive.db, what)
    old = tuple(path for path in replacing.other_databases(archive) if not path.name.endswith(SIDECARS))
    copies = search_copies(archive, goes)
    told = {record.path.name for record in _journalled(archive, goes)}
    told |= {record["file"] for record in copies.records}
    own = sorted({c.file for c in goes.captures if not c.is_elsewhere} | told)
    sizes = tuple((path, path.stat().st_size) for name in own if (path := archive.warc_folder / name).exists())
    elsewhere = {c.file for c in goes.captures if c.is_elsewhere} | set(copies.elsewhere)
    return Plan(what, goes, old, sizes, tuple(sorted(elsewhere)), tuple(copies.records), tuple(copies.unread))


def take_down(folder: Path, ref: str, reason: str, *, agreed: Callable[[Plan], bool]) -> TakenDown | None:
    """Take an article down, or a URL; `agreed` is asked first, with the plan. None if it does not agree.

    :raises NotFound: see `plan`.
    :raises BadInput: there is no reason.
    :raises ArchiveLocked: a crawl or a re-extraction is running.
    :raises DamageFound: a record that is to go, or a file of the journal, cannot be read.
    :raises StorageFailed: the disk is full or fails.
    """
    if not (reason := " ".join(reason.split())):
        raise BadInput("a takedown needs a reason", hint="it is kept and shown: --reason TEXT")
    if not agreed(plan(folder, ref)):
        return None
    with writer_lock(folder), reextraction_lock(folder), open_archive(folder, write=True) as archive:
        recover_archive(archive, lambda _: None, of_archive(folder))
        planned = _plan(archive, ref)
        at = datetime.now(UTC).replace(microsecond=0)
        facts = _facts(archive, planned, reason)
        rewritten = removing.prepare(archive, facts, at)
        facts["files"] = [
            {"file": new.path.name, "sha256_before": _sha256(archive, new.path.name), "sha256": new.sha256}
            for new in rewritten
        ]
        event = Event(TAKEN_DOWN, at, facts)
        enter(archive, event, lambda: removing.apply(archive, facts, at, rewritten))
        replacing.finish(archive)
        erased = replacing.erase(archive)
    return TakenDown(
        url=facts["url"],
        urls=facts["urls"],
        reason=reason,
        taken_down_at=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        records=len(facts["records"]),
        files=[new.path.name for new in rewritten],
        elsewhere=list(planned.elsewhere),
        unread=list(planned.unread),
        removed=[str(path) for path in erased.removed],
        listings=planned.doom.listings,
        naming=planned.doom.naming,
        erased=erased.whole,
    )


def _sha256(archive: Archive, name: str) -> str | None:
    known = lookups.warc_file(archive.db, name)
    return known.sha256 if known else None


def _facts(archive: Archive, planned: Plan, reason: str) -> dict[str, Any]:
    """The event: all that is needed to do it again."""
    records: list[dict[str, Any]] = [
        {name: value for name, value in asdict(c).items() if name not in ("capture_id", "is_elsewhere")}
        | ({"elsewhere": True} if c.is_elsewhere else {})
        for c in planned.doom.captures
    ]
    for record in records:
        if (aside := _set_aside(archive, record)) is not None:
            record["set_aside"] = aside
    files = {c.file for c in planned.doom.captures if not c.is_elsewhere}
    files |= set(files_of_attempts(archive.db, planned.doom.urls))
    urls = {target_uri(url) for url in planned.doom.urls}
    records += [_as_facts(record) for record in _journalled(archive, planned.doom)]
    known, going = {record["record_id"] for record in records}, _going(planned.doom)
    for name in sorted(name for name in files if not name.startswith(PREFIX)):
        more = _more(archive, archive.warc_folder / name, urls, going)
        records += [_as_facts(record) for record in more if record.record_id not in known]
    records += planned.copies
    return {
        "url": planned.target.url,
        "urls": list(planned.doom.urls),
        "articles": list(planned.doom.articles),
        "article_id": planned.target.article_id,
        "site": planned.target.site,
        "reason": reason,
        "records": records,
    }


def _set_aside(archive: Archive, record: Mapping[str, Any]) -> str | None:
    """Where the bytes are of a capture that was lost; None of one that was not."""
    path = archive.warc_folder / record["file"]
    try:
        removal = removal_of(read_record(path, record["offset"]))
    except (Damage, BadInput):
        return None
    return removal.facts.get("setAside") if removal else None


def _more(archive: Archive, path: Path, urls: set[str], going: set[str]) -> Iterator[Record]:
    """What else of these URLs is in a file: records that the database does not list one by one."""
    if not path.is_file():
        return
    for record in iter_records(path, on_damage=lambda _: None):
        if (target_uri(record.url or "") in urls and _holds_bytes(archive, record)) or _tells_of(record, going):
            yield record


def _journalled(archive: Archive, goes: Doom) -> Iterator[Record]:
    """What the journal tells of old versions that go.

    :raises DamageFound: a file of the journal cannot be read, so nobody knows what it holds.
    """
    going = _going(goes)
    for name in sorted(imports.journal_files(archive.db)):
        path = archive.warc_folder / name
        if path.is_file():
            yield from (r for r in iter_records(path, on_damage=_refuse) if _tells_of(r, going))


def _going(goes: Doom) -> set[str]:
    return {*goes.articles, *(capture.record_id for capture in goes.captures)}


def _tells_of(record: Record, going: set[str]) -> bool:
    """Whether a record holds what an older recipe read: of an article that goes, or from a capture that does."""
    event = event_of(record)
    return event is not None and event.name == SUPERSEDED and not going.isdisjoint(names(event.facts))


def _refuse(damage: Damage) -> None:
    raise DamageFound(
        f"{damage}; it may hold an old version of what is to be taken down",
        hint="broadsheet repair sets aside what is damaged; then take it down again",
    )


def _as_facts(record: Record) -> dict[str, Any]:
    return {
        "url": record.url,
        "record_id": record.record_id,
        "record_type": record.record_type,
        "captured_at": record.date,
        "file": record.path.name,
        "offset": record.offset,
        "block_digest": record.header("WARC-Block-Digest"),
        "payload_digest": record.header("WARC-Payload-Digest"),
    }


def _holds_bytes(archive: Archive, record: Record) -> bool:
    if record.record_type == "metadata":
        return not is_removal(record) and any(name in record.fields for name in UNRECORDED)
    if record.record_type in _CAPTURES:
        return not lookups.knows_record(archive.db, record.record_id)
    return record.record_type in _OTHERS
