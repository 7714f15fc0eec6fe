"""`broadsheet takedown`: an article leaves the archive, and what stands in its place says when and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive import removing, replacing
from archive.errors import BadInput
from archive.journal import TAKEN_DOWN, Event, enter
from archive.recover import recover_archive
from archive.removing import UNRECORDED
from archive.rules.load import of_archive
from archive.store import Archive, lookups, open_archive, writer_lock
from archive.store.custody import files_of_attempts
from archive.store.folder import old_databases
from archive.store.lock import reextraction_lock
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
    removed: list[str] = field(default_factory=list)  # files that are gone: old databases, bytes set aside
    listings: int = 0
    erased: bool = True  # False: SQLite's log holds the text while another program reads


def plan(folder: Path, ref: str) -> Plan:
    """What would go.

    :raises NotFound: nothing is held that `ref` could mean, or it was taken down already.
    """
    with open_archive(folder) as archive:
        return _plan(archive, ref)


def _plan(archive: Archive, ref: str) -> Plan:
    what = target(archive.db, ref)
    goes = doom(archive.db, what)
    old = tuple(old_databases(archive.folder))
    own = sorted({c.file for c in goes.captures if not c.is_elsewhere})
    sizes = tuple((path, path.stat().st_size) for name in own if (path := archive.warc_folder / name).exists())
    return Plan(what, goes, old, sizes, tuple(sorted({c.file for c in goes.captures if c.is_elsewhere})))


def take_down(folder: Path, ref: str, reason: str, *, agreed: Callable[[Plan], bool]) -> TakenDown | None:
    """Take an article down, or a URL; `agreed` is asked first, with the plan. None if it does not agree.

    :raises NotFound: see `plan`.
    :raises BadInput: there is no reason.
    :raises ArchiveLocked: a crawl or a re-extraction is running.
    :raises DamageFound: a record that is to go cannot be read.
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
        removed=[str(path) for path in erased.removed],
        listings=planned.doom.listings,
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
    known = {record["record_id"] for record in records}
    for name in sorted(files):
        records += [r for r in _more(archive, archive.warc_folder / name, urls) if r["record_id"] not in known]
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


def _more(archive: Archive, path: Path, urls: set[str]) -> Iterator[dict[str, Any]]:
    """What else of these URLs is in a file: records that the database does not list one by one."""
    if not path.is_file():
        return
    for record in iter_records(path, on_damage=lambda _: None):
        if target_uri(record.url or "") in urls and _holds_bytes(archive, record):
            yield {
                "url": record.url,
                "record_id": record.record_id,
                "record_type": record.record_type,
                "captured_at": record.date,
                "file": path.name,
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
