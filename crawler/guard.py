"""The address guard: no connection to an address that is not public, unless a person allowed it.

The address that is checked is the address that is connected to, so a name that changes its mind between the
check and the connection (DNS rebinding) gains nothing. Names under .localhost mean loopback (RFC 6761 6.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from scrapy.resolver import CachingThreadedResolver
from twisted.internet import defer
from twisted.internet.error import DNSLookupError

from crawler.addresses import Network, is_allowed, is_local_name, parse_networks

__all__ = ["GuardedResolver", "Network", "is_allowed", "is_local_name", "parse_networks"]


class GuardedResolver(CachingThreadedResolver):
    """Scrapy's resolver (IPv4) that gives out no address that is not allowed.

    `refused` keeps what was turned away, {name: address}: Twisted drops the reason of a failed look-up.
    """

    installed: ClassVar[GuardedResolver | None] = None  # the process has one reactor, so one resolver

    def __init__(self, reactor: Any, cache_size: int, timeout: float, allowed: tuple[Network, ...]) -> None:
        super().__init__(reactor, cache_size, timeout)
        self.allowed = allowed
        self.refused: dict[str, str] = {}

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> GuardedResolver:
        settings = crawler.settings
        size = settings.getint("DNSCACHE_SIZE") if settings.getbool("DNSCACHE_ENABLED") else 0
        allowed = parse_networks(settings.getlist("BROADSHEET_ALLOW_ADDRESSES"))
        cls.installed = cls(reactor, size, settings.getfloat("DNS_TIMEOUT"), allowed)
        return cls.installed

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> defer.Deferred[str]:
        found = defer.succeed("127.0.0.1") if is_local_name(name) else super().getHostByName(name, timeout)

        def check(address: str) -> str:
            if not is_allowed(address, self.allowed):
                self.refused[name] = address
                raise DNSLookupError(f"{name} is {address}, which is not a public address")
            return address

        return found.addCallback(check)
