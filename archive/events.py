"""What the events of the journal do to the database: once when they happen, again in a recovery or a rebuild."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from archive import crawls, removing
from archive.errors import BroadsheetError
from archive.extract.evidence import hash_of
from archive.imports.event import IMPORT_ENDED, IMPORTED, imported_of, put_in_place, register
from archive.journal import DECIDED, DISMISSED, DUE, FORGIVEN, PROMOTED, REPAIRED, SUPERSEDED, TAKEN_DOWN, Event
from archive.store import Archive, lookups, superseded, visits
from archive.store.decisions import decide, drop_text, furniture_ids, site_of_name
from archive.store.settling import settle
from archive.store.transaction import transaction


def apply(archive: Archive, event: Event) -> bool:
    """Do what an event says, again -> whether it could be done; doing it twice changes nothing."""
    facts = event.facts
    try:
        if event.name == crawls.BEGAN:
            plan = crawls.plan_of(event)
            if lookups.crawl_id(archive.db, plan.uuid) is None:
                crawls.begin(archive, plan)
        elif event.name == crawls.ENDED:
            crawl_id = lookups.crawl_id(archive.db, facts["uuid"])
            if crawl_id is None:
                return False
            crawls.end(archive, crawl_id, event.at, facts["finish_reason"])
        elif event.name == FORGIVEN:
            lookups.forgive(archive.db, facts["host"], facts["reason"], facts.get("respect", {}))
        elif event.name == DUE:
            ids = [lookups.site_id(archive.db, name) for name in facts["sites"]]
            visits.make_due(archive.db, event.at, [site_id for site_id in ids if site_id is not None])
        elif event.name == DISMISSED:
            lookups.dismiss(archive.db, facts["urls"], facts["reason"])
        elif event.name == DECIDED:
            overrule(archive, facts["site"], facts["decisions"], facts["dropped_texts"], event.at)
        elif event.name == IMPORTED:  # what the file holds, the next import enters
            imported = imported_of(event)
            register(archive, imported)
            put_in_place(archive, imported)
        elif event.name == IMPORT_ENDED:
            settle(archive.db, now=event.at)
        elif event.name == SUPERSEDED:
            with transaction(archive.db) as connection:
                return superseded.restore(connection, facts, (facts["shown_from"], facts["shown_until"]))
        elif event.name == PROMOTED:
            settle(archive.db, now=event.at)
        elif event.name == TAKEN_DOWN:
            removing.again(archive, facts, event.at)
        else:
            return event.name == REPAIRED  # the notes in the places of the records tell all that is to be known
    except (BroadsheetError, KeyError, TypeError, ValueError):
        return False
    return True


def overrule(
    archive: Archive, site: str, decisions: Mapping[str, Sequence[str]], dropped: Sequence[str], at: datetime
) -> Any:
    """Enter what a person decided of a site's furniture, and let its articles follow.

    `decisions`: {keep | drop | learnt: texts of lines}. `dropped`: lines that were not learnt.
    """
    site_id = site_of_name(archive.db, site)
    for decision, texts in decisions.items():
        ids = furniture_ids(archive.db, site_id, [hash_of(text) for text in texts])
        decide(archive.db, site_id, ids, decision, now=at)
    for text in dropped:
        drop_text(archive.db, site_id, text, now=at)
    return settle(archive.db, site_id, now=at)[0]
