"""Which site a captured URL belongs to. Decided by the URL, the sites that are known and the order of the captures."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from archive import store
from archive.store import Archive, imports, lookups
from archive.urls import host_of, origin_of, registered_host, same_site


@dataclass(frozen=True, slots=True)
class KnownSite:
    """A site of sites.toml, as far as a capture needs it to find home."""

    name: str
    title: str | None
    url: str  # of its front page
    hosts: tuple[str, ...]


class SiteChooser:
    """Gives each URL its site, and makes those that are missing; nothing of them becomes due."""

    def __init__(self, archive: Archive, known: Sequence[KnownSite], named: str | None, now: datetime) -> None:
        """`named`: the site that somebody asked for, which takes all; `now`: when new sites are entered."""
        self._archive, self._known, self._named, self._now = archive, known, named, now
        self._of_host: dict[str, tuple[int, str]] = {}

    def site_of(self, url: str) -> tuple[int, str]:
        """-> id and name of the site. A URL that is known stays with the site that it has."""
        found = imports.site_of_url(self._archive.db, url)
        if found is not None:
            return found
        host = host_of(url)
        if host not in self._of_host:
            self._of_host[host] = self._by_name(url) if self._named else self._by_host(url, host)
        return self._of_host[host]

    def _by_name(self, url: str) -> tuple[int, str]:
        assert self._named is not None
        followed = next((site for site in self._known if site.name == self._named), None)
        return self._enter(followed or KnownSite(self._named, None, origin_of(url) + "/", ()))

    def _by_host(self, url: str, host: str) -> tuple[int, str]:
        held = [KnownSite(name, None, homepage, ()) for _, name, homepage in imports.homepages(self._archive.db)]
        for site in (*self._known, *held):
            if same_site(host, site.hosts or host_of(site.url)):
                return self._enter(site)
        registered = registered_host(host)
        for site in (*self._known, *held):
            if _bare(host_of(site.url)) == registered:
                return self._enter(site)
        homepage = (
            origin_of(url) if _bare(host) == registered else f"{url.partition(':')[0].lower()}://{registered}"
        )
        taken = {site.name for site in (*self._known, *held)}
        return self._enter(KnownSite(site_name(registered, taken), None, homepage + "/", ()))

    def _enter(self, site: KnownSite) -> tuple[int, str]:
        site_id = lookups.site_id(self._archive.db, site.name)
        if site_id is None:
            site_id = store.add_site(self._archive.db, site.name, site.title, site.url, now=self._now)
        return site_id, site.name


def _bare(host: str) -> str:
    """Without port and www."""
    return (host if host.startswith("[") else host.partition(":")[0]).removeprefix("www.")


def site_name(host: str, taken: Container[str] = ()) -> str:
    """A short name for the site of a host: without www., with hyphens for dots, e.g. "example-org"."""
    base = re.sub(r"[^a-z0-9]+", "-", host.lower().removeprefix("www.")).strip("-") or "site"
    return next(name for n in count(1) if (name := base if n == 1 else f"{base}-{n}") not in taken)
