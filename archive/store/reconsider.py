"""What discovery left out and never tried, judged again when the words of a site's entry have changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from archive.scope import Scope
from archive.store.frontier import front_hosts
from archive.store.transaction import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

# `blocked`: as attempts at addresses that were not public left it before they were tried again by themselves.
_LEFT_OUT = """SELECT url_id, url, kind, depth, excluded_by,
    (SELECT claimed_modified FROM sighting WHERE sighting.url_id = url.url_id AND claimed_modified IS NOT NULL
     ORDER BY sighting_id DESC LIMIT 1)
  FROM url WHERE site_id = ? AND state = 'excluded' AND kind <> 'robots'
    AND (excluded_by IN ('scope', 'filter', 'depth', 'old') AND last_fetch IS NULL OR excluded_by = 'blocked')"""
_DUE = """UPDATE url SET state = 'due', excluded_by = NULL, attempts = 0, due_at = NULL, next_visit = NULL
  WHERE url_id IN (SELECT value FROM json_each(?))"""


def changed_scopes(db: Database, scopes: Mapping[str, Scope]) -> dict[str, dict[str, Any]]:
    """Those of these scopes, by site, that are not what the newest crawl was told that noted one: {site: its words}."""
    told = db.conn.execute(
        """SELECT scope.key, scope.value FROM crawl, json_each(crawl.settings, '$.scopes') AS scope
           WHERE crawl.settings IS NOT NULL ORDER BY crawl_id"""
    )
    before = {name: json.loads(text) for name, text in told}
    now = {name: json.loads(json.dumps(asdict(scope))) for name, scope in scopes.items()}
    return {name: words for name, words in now.items() if words != before.get(name)}


def reconsider(db: Database, site_id: int, scope: Scope, now: datetime) -> int:
    """Make due what a site's scope has no reason against any more, of what was never fetched -> how many URLs."""
    scope = replace(scope, hosts=(*scope.hosts, *front_hosts(db, site_id)))
    with transaction(db) as connection:
        wanted = []
        for url_id, url, kind, depth, _, modified in connection.execute(_LEFT_OUT, (site_id,)):
            if kind == "feed":
                reason = scope.sitemap_exclusion(url, modified, now, depth=depth)
            else:
                reason = scope.exclusion(url, depth, now.date())
            if reason is None:
                wanted.append(url_id)
        return connection.execute(_DUE, (json.dumps(wanted),)).rowcount
