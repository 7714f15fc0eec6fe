"""Which site a captured URL belongs to. Decided by the URL, the sites that are known and the order of the captures."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from archive import store
from archive.store import Archive, imports, lookups
from archive.urls import host_of, origin_of, registered_host


@dataclass(frozen=True, slots=True)
class KnownSite:
    """A site of sites.toml, as far as a capture needs it to find home."""

    name: str
    title: str | None
    url: str  # of its front page
    hosts: tuple[str, ...]


class SiteChooser:
    """Gives each URL its site, and makes those that are missing; nothing of them becomes due."""

    def __init__(self, archive: Archive, followed: Sequence[KnownSite], named: str | None, now: datetime) -> None:
        """`named`: the site that somebody asked for, which takes all; `now`: when new sites are entered."""
        self._archive, self._followed, self._named, self._now = archive, followed, named, now
        self._of_host: dict[str, tuple[int, str]] = {}  # once it is decided
        self._names = set[str]()
        self._by_host: dict[str, KnownSite] = {}  # host[:port] without www.
        self._by_registered: dict[str, KnownSite] = {}
        held = (KnownSite(name, None, url, (host_of(url),)) for _, name, url in imports.homepages(archive.db))
        for site in (*followed, *held):
            self._note(site)

    def site_of(self, url: str) -> tuple[int, str]:
        """-> id and name of the site. A URL that is known stays with the site that it has."""
        found = imports.site_of_url(self._archive.db, url)
        if found is not None:
            return found
        host = host_of(url)
        if host not in self._of_host:
            site = self._chosen(url, host)
            site_id = lookups.site_id(self._archive.db, site.name)
            if site_id is None:
                site_id = store.add_site(self._archive.db, site.name, site.title, site.url, now=self._now)
                self._note(site)
            self._of_host[host] = site_id, site.name
        return self._of_host[host]

    def _chosen(self, url: str, host: str) -> KnownSite:
        origin = origin_of(url)
        if self._named:
            asked = next((site for site in self._followed if site.name == self._named), None)
            return asked or KnownSite(self._named, None, f"{origin}/", (host,))
        registered = registered_host(host)
        known = self._by_host.get(host.removeprefix("www.")) or self._by_registered.get(registered)
        if known is not None:
            return known
        homepage = origin if _bare(host) == registered else f"{origin.partition(':')[0]}://{registered}"
        return KnownSite(site_name(registered, self._names), None, f"{homepage}/", (host_of(homepage),))

    def _note(self, site: KnownSite) -> None:
        self._names.add(site.name)
        for host in site.hosts:
            self._by_host.setdefault(host.lower().removeprefix("www."), site)
        bare = _bare(host_of(site.url))
        if bare == registered_host(bare):
            self._by_registered.setdefault(bare, site)


def _bare(host: str) -> str:
    """Without port and www."""
    return (host if host.startswith("[") else host.partition(":")[0]).removeprefix("www.")


def site_name(host: str, taken: Container[str] = ()) -> str:
    """A short name for the site of a host: without www., with hyphens for dots, e.g. "example-org"."""
    base = re.sub(r"[^a-z0-9]+", "-", host.lower().removeprefix("www.")).strip("-") or "site"
    return next(name for n in count(1) if (name := base if n == 1 else f"{base}-{n}") not in taken)
