"""Bringing an archive back in order after its writer died: torn tails cut, whole records that the database had
not yet heard of entered, files sealed. The caller holds the writer's lock.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from archive import events, replacing, store
from archive.intake import now_text
from archive.journal import event_of
from archive.pipeline import PRELOAD, Page, process
from archive.reentry import Reentry
from archive.rules import Rules
from archive.scope import Scope
from archive.store import Archive, lookups
from archive.warc.groups import ReadGroup
from archive.warc.reader import Damage, read_record
from archive.warc.recovery import Recovered, left_open, recover
from archive.warc.writer import OPEN_SUFFIX
from archive.workers import TaskFailed, WorkerPool


def recover_archive(archive: Archive, scope_of: Callable[[str], Scope | None], rules: Rules | None = None) -> int:
    """-> how many exchanges were found on disk that the database did not know, and now does.

    `scope_of` gives the scope of a site by its name; `rules` are the archive's. Every step can be interrupted and
    done again.
    """
    rules = rules or Rules()
    replacing.finish(archive)
    pending = {path.name.removesuffix(OPEN_SUFFIX): path for path in left_open(archive.warc_folder)}
    for filename in lookups.unsealed_warc_files(archive.db):
        pending.setdefault(filename, archive.warc_folder / (filename + OPEN_SUFFIX))
    found = sum(_recover_file(archive, path, scope_of, rules) for _, path in sorted(pending.items()))
    replacing.erase(archive)
    return found


def _recover_file(archive: Archive, path: Path, scope_of: Callable[[str], Scope | None], rules: Rules) -> int:
    filename = path.name.removesuffix(OPEN_SUFFIX)
    known = lookups.warc_file(archive.db, filename)
    if known is None:
        known = _enter(archive, path)
    recovered = recover(path, known.committed_bytes if known else 0)
    if known is None:
        return 0  # not even its first record was whole
    groups = _unknown(archive, recovered)
    if groups:
        with WorkerPool("archive.pipeline:process", processes=1, preload=PRELOAD) as pool:
            for group in groups:
                event = event_of(group.records[0])
                if event is not None:
                    events.apply(archive, event)
                    continue
                _commit(archive, pool, group, known.crawl_id, scope_of, rules)
    if recovered.sha256 is None:
        lookups.forget_warc_file(archive.db, known.warc_file_id)
    else:
        store.seal_warc_file(
            archive.db, known.warc_file_id, sealed_at=now_text(), sha256=recovered.sha256, size=recovered.bytes
        )
    return len(groups)


def _enter(archive: Archive, path: Path) -> lookups.WarcFile | None:
    """Enter a file that the database never heard of, before it is renamed."""
    try:
        first = read_record(path, 0)
    except (Damage, OSError):
        return None
    store.add_warc_file(archive.db, path.name, warcinfo_id=first.record_id, opened_at=first.date)
    return lookups.warc_file(archive.db, path.name.removesuffix(OPEN_SUFFIX))


def _unknown(archive: Archive, recovered: Recovered) -> list[ReadGroup]:
    return [g for g in recovered.groups if g.url and not lookups.knows_record(archive.db, g.records[0].record_id)]


def _commit(
    archive: Archive,
    pool: WorkerPool,
    group: ReadGroup,
    crawl_id: int | None,
    scope_of: Callable[[str], Scope | None],
    rules: Rules,
) -> None:
    reentry = Reentry(archive, rules, scope_of)
    job = reentry.job(group, crawl_id)
    try:
        page: Page = pool.submit(job).result()
    except TaskFailed as e:
        page = process(job, unread=f"extraction failed: {e}")
    store.commit(archive.db, [reentry.processed(page, group)])
