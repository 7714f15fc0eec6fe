"""Bringing an archive back in order after its writer died: torn tails cut, whole records that the database had
not yet heard of entered, files sealed. The caller holds the writer's lock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from archive import store
from archive.intake import now_text, to_processed
from archive.model import Found, Outcome, RefersTo
from archive.pipeline import PRELOAD, Job, Page, facts_to_settings, process
from archive.rules import Rules
from archive.scope import Scope
from archive.store import Archive, lookups
from archive.urls import host_of
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
    pending = {path.name.removesuffix(OPEN_SUFFIX): path for path in left_open(archive.warc_folder)}
    for filename in lookups.unsealed_warc_files(archive.db):
        pending.setdefault(filename, archive.warc_folder / (filename + OPEN_SUFFIX))
    return sum(_recover_file(archive, path, scope_of, rules) for _, path in sorted(pending.items()))


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
    job = replace(_job(archive, group, crawl_id, scope_of), rules=rules.of_page(group.exchange.url))
    try:
        page: Page = pool.submit(job).result()
    except TaskFailed as e:
        page = process(job, unread=f"extraction failed: {e}")
    store.commit(archive.db, [to_processed(page, [(group.capture, group.locations)])])


def _job(archive: Archive, group: ReadGroup, crawl_id: int | None, scope_of: Callable[[str], Scope | None]) -> Job:
    """The attempt as the metadata record tells it."""
    facts, exchange = group.facts, group.exchange
    site = facts.get("site") or host_of(exchange.url)
    site_id = lookups.site_id(archive.db, site)
    if site_id is None:
        site_id = store.add_site(archive.db, site, None, exchange.url)
    kind, depth, redirects, robots_origin = facts_to_settings(facts)
    outcome = facts.get("outcome", "")
    found = Found(exchange.url, kind, depth=depth, redirects=redirects)
    due = store.ensure_url(archive.db, site_id, found, now=exchange.started)
    return Job(
        url_id=due.url_id,
        url=due.url,
        site_id=site_id,
        site=site,
        kind=due.kind,
        started=exchange.started,
        outcome=Outcome(outcome) if outcome in set(Outcome) else Outcome.ARCHIVED,
        exchanges=(exchange,),
        depth=due.depth,
        redirects=due.redirects,
        attempts=due.attempts,
        crawl_id=crawl_id,
        refers_to=_refers_to(group),
        scope=scope_of(site) or Scope((host_of(exchange.url),)),
        robots_origin=robots_origin,
    )


def _refers_to(group: ReadGroup) -> RefersTo | None:
    """What a revisit record says that it confirms: that, not the database, is what was asked for."""
    main = group.main
    if main is None or main.record_type != "revisit":
        return None
    return RefersTo(
        record_id=main.header("WARC-Refers-To") or "",
        url=main.header("WARC-Refers-To-Target-URI") or main.url or "",
        date=main.header("WARC-Refers-To-Date") or "",
        payload_digest=main.header("WARC-Payload-Digest") or "",
    )
