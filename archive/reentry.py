"""Exchanges that lie in WARC files, on their way into the database again: in recovery, rebuild and import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from archive import store
from archive.errors import BadInput
from archive.intake import to_processed
from archive.job import Job, facts_to_settings
from archive.message import Response, parse_response
from archive.model import Capture, Exchange, Found, Outcome, PageKind, RecordLocation, RefersTo
from archive.pipeline import Page
from archive.rules import Rules
from archive.scope import PRIORITY_FRONT, Scope
from archive.store import Archive, Processed, lookups, lost
from archive.store.transaction import transaction
from archive.urls import host_of
from archive.warc.groups import ReadGroup, is_identical
from archive.warc.reader import Damage, read_record
from archive.warc.removal import DAMAGE, is_removal


class Reentry:
    """Makes jobs of what was read, as the facts of the metadata records tell, and rows of what became of them."""

    def __init__(self, archive: Archive, rules: Rules, scope_of: Callable[[str], Scope | None]) -> None:
        """`scope_of` gives the scope of a site by its name, where the facts do not tell its hosts."""
        self.archive, self.rules, self.scope_of = archive, rules, scope_of
        self._site_ids: dict[str, int] = {}
        self._held: dict[str, Mapping[str, Any]] = {}  # by record id: what notes tell whose records are lost

    def job(self, group: ReadGroup, crawl_id: int | None) -> Job:
        """The attempt as it was. Its `url_id` is 0: the commit finds the row, or makes it."""
        facts, exchange = group.facts, self._whole(group)
        site = facts.get("site") or host_of(exchange.url)
        kind, depth, redirects, robots_origin = facts_to_settings(facts)
        removal = group.removal
        outcome = (removal.facts.get("outcome") if removal else None) or facts.get("outcome", "")
        return Job(
            url_id=0,
            url=exchange.url,
            site_id=self._site_id(site, exchange.url),
            site=site,
            kind=kind,
            started=exchange.started,
            outcome=Outcome(outcome) if outcome in set(Outcome) else Outcome.ARCHIVED,
            exchanges=(exchange,) if exchange.response else (),
            detail=facts.get("detail"),
            depth=depth,
            redirects=redirects,
            attempts=_tries(facts.get("triesBefore")),
            crawl_id=crawl_id,
            refers_to=_confirmed(group),
            scope=self._scope(site, exchange.url, facts.get("scopeHosts")),
            robots_origin=robots_origin,
            final=facts.get("final") != "false",
            status=_status(facts.get("status")),
            rules=self.rules.of_page(exchange.url),
            recorded=True,
        )

    def processed(self, page: Page, group: ReadGroup, *, first_seen: str | None = None) -> Processed:
        """The rows of a page. `first_seen`: of its URL, should nothing have led to it."""
        job = page.job
        priority = PRIORITY_FRONT + 1 if job.kind == PageKind.ROBOTS else 0
        entered = Found(job.url, job.kind, priority, job.depth, job.redirects)
        recorded = [lost_capture(group) or (group.capture, group.locations)]
        processed = replace(to_processed(page, recorded), url_id=None, entered=entered, first_seen=first_seen)
        if (removal := group.removal) is not None:  # what was answered is not there any more
            processed = replace(processed, status=_status(removal.facts.get("status")))
        return processed

    def is_told(self, group: ReadGroup) -> bool:
        """Whether what the capture shows is told by a note, since its bytes, or those of its original, are lost.

        Such a group is entered by itself, unread, and then `restore` is called.
        """
        if (state := _state(group)) is not None:
            self._held |= dict.fromkeys(state["shown"], state)
        return state is not None or (group.main is not None and group.main.record_id in self._held)

    def restore(self, group: ReadGroup, *, others: bool = False) -> None:
        """Let the capture show what the note tells; and the `others` that refer to it, if they are here already."""
        removal = group.removal
        record_id = group.main.record_id if group.main else removal.record_id if removal else ""
        state = self._held[record_id]
        with transaction(self.archive.db) as connection:
            if group.main is None and removal is not None:
                lost.mark_lost(connection, record_id, removal.facts.get("foundAt", removal.date))
            for shows in state["shown"] if others else (record_id,):
                lost.restore(connection, shows, state)

    def needs(self, group: ReadGroup) -> str | None:
        """The id of the record whose payload this group shares; it must be in the database before `job`."""
        main = group.main
        if main is None or main.record_type != "revisit" or not is_identical(main):
            return None
        return main.header("WARC-Refers-To")

    def _whole(self, group: ReadGroup) -> Exchange:
        """The exchange; a revisit of an identical payload with the body that lies in its original."""
        original_id = self.needs(group)
        original = response_of(self.archive, original_id) if original_id else None
        return with_payload(group.exchange, original) if original else group.exchange

    def _site_id(self, name: str, url: str) -> int:
        if name not in self._site_ids:
            known = lookups.site_id(self.archive.db, name)
            self._site_ids[name] = known or store.add_site(self.archive.db, name, None, url)
        return self._site_ids[name]

    def _scope(self, site: str, url: str, hosts: str | None) -> Scope:
        scope = self.scope_of(site) or Scope((host_of(url),))
        return replace(scope, hosts=tuple(hosts.split())) if hosts else scope


def response_of(archive: Archive, record_id: str) -> Response | None:
    """The answer of a capture that is held; None if it is not, or cannot be read."""
    place = lookups.place_of(archive.db, record_id)
    if place is None:
        return None
    path, offset, length = place
    try:
        return read_record(_where(archive.warc_folder, path), offset, length).response
    except (Damage, BadInput):
        return None


def with_payload(exchange: Exchange, original: Response) -> Exchange:
    """A revisit of an identical payload, whole: its own head, if it has one, with the body of its original."""
    cut = exchange.truncated if exchange.truncated != "length" else None
    answer = parse_response(exchange.response)
    if answer is None:
        whole = original.head + original.body
    else:
        head = exchange.response[: len(exchange.response) - len(answer.body)]
        whole = head + (original.body if answer.chunked == original.chunked else original.payload)
    return replace(exchange, response=whole, complete=cut is None, truncated=cut)


def _where(folder: Path, name: str) -> Path:
    """A file of the archive, or one that was imported by reference; it may be growing still."""
    path = folder / name
    return path if path.exists() else path.with_name(path.name + ".open")


def _state(group: ReadGroup) -> dict[str, Any] | None:
    """What the note on a lost record tells of it; None if the group has none."""
    removal = group.removal
    if removal is None or removal.cause != DAMAGE or group.main is not None:
        return None
    return lost.unpacked(removal.facts.get("state", ""))


def lost_capture(group: ReadGroup) -> tuple[Capture, tuple[RecordLocation, ...]] | None:
    """The capture whose record is lost, at the place of the note on it; None if the group has none."""
    removal, state = group.removal, _state(group)
    if removal is None or state is None:
        return None
    locations = tuple(
        replace(record.location, record_type=removal.record_type) if is_removal(record) else record.location
        for record in group.records
    )
    return lost.capture_in(state, removal.record_id, removal.record_type), locations


def _status(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 4 else None


def _tries(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 0


def _confirmed(group: ReadGroup) -> RefersTo | None:
    """What the revisit record of a 304 says that it confirms: that, not the database, is what was asked for."""
    main = group.main
    if main is None or main.record_type != "revisit" or is_identical(main):
        return None
    return RefersTo(
        record_id=main.header("WARC-Refers-To") or "",
        url=main.header("WARC-Refers-To-Target-URI") or main.url or "",
        date=main.header("WARC-Refers-To-Date") or "",
        payload_digest=main.header("WARC-Payload-Digest") or "",
    )
