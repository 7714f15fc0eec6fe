"""IP addresses that may be connected to: public ones, and those that a person allowed. Knows neither Scrapy nor DNS."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from archive.errors import UsageError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that IANA has given out; RFC 4291 section 2.4
IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")  # RFC 4291 section 2.5.5.1, given up but still routed by some


def parse_networks(values: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks in CIDR notation; "loopback" is 127.0.0.0/8 and ::1."""
    networks: list[Network] = []
    for value in values:
        for text in ("127.0.0.0/8", "::1/128") if value.strip().lower() == "loopback" else (value,):
            try:
                networks.append(ipaddress.ip_network(text.strip(), strict=False))
            except ValueError:
                raise UsageError(
                    f"{value!r} is no address or network",
                    hint='write 10.1.2.3, 10.0.0.0/8, or "loopback"',
                ) from None
    return tuple(networks)


def is_allowed(address: str, allowed: Iterable[Network]) -> bool:
    """Whether to connect to this IP address: public, or in one of the networks; an embedded IPv4 counts."""
    ip = ipaddress.ip_address(address)
    plain = _embedded(ip) or ip
    if any(plain in network or ip in network for network in allowed):
        return True
    if plain.version == 6 and plain not in GLOBAL_UNICAST:
        return False
    return plain.is_global and not plain.is_multicast


def _embedded(ip: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, in any of the ways that a host may translate."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in NAT64 or (ip in IPV4_COMPATIBLE and int(ip) > 1):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def is_local_name(name: str) -> bool:
    """Names that mean loopback without being looked up (RFC 6761 section 6.3)."""
    name = name.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost")
