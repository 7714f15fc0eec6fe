"""No connection to an address that is not public, unless a person allowed it."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from scrapy.resolver import CachingThreadedResolver
from twisted.internet import defer
from twisted.internet.error import DNSLookupError
from twisted.python.failure import Failure

from archive.errors import UsageError
from crawler.guard import GuardedResolver, is_allowed, is_local_name, parse_networks

PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fc00::1", "fdff::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1", "100::1",
    "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:a00:1",  # IPv4-mapped
    "::10.0.0.1", "::127.0.0.1",  # IPv4-compatible
    "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "64:ff9b:1:fffe::10.0.0.1",  # NAT64
    "2002:a00:1::", "2002:7f00:1::1", "2002:c0a8:101::1",  # 6to4
    "2001:0:7f00:1::",  # Teredo
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "172.32.0.1", "192.169.0.1", "223.255.255.255",
    "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_allowed(address, ())


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_that_are(address: str) -> None:
    assert is_allowed(address, ())


@pytest.mark.parametrize("notation", ["127.1", "0", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1"])
def test_old_notations_are_what_the_system_takes_them_for(notation: str) -> None:
    """The resolver asks the system, so what is checked is what would be connected to."""
    assert not is_allowed(socket.gethostbyname(notation), ())


def test_what_a_person_allows() -> None:
    allowed = parse_networks(["loopback", "10.1.2.3", " 192.168.0.0/16 ", "fd00::/8"])
    for address in ("127.0.0.1", "127.9.9.9", "::1", "10.1.2.3", "192.168.7.7", "::ffff:10.1.2.3", "fd00::1"):
        assert is_allowed(address, allowed)
    for address in ("10.1.2.4", "169.254.169.254", "::ffff:10.1.2.4", "fc00::1"):
        assert not is_allowed(address, allowed)
    assert parse_networks(["10.1.2.3/8"]) == parse_networks(["10.0.0.0/8"])


@pytest.mark.parametrize("value", ["", "home", "10.0.0.0/33", "example.org", "1.2.3"])
def test_what_is_no_network(value: str) -> None:
    with pytest.raises(UsageError, match="no address or network"):
        parse_networks([value])


def test_local_names() -> None:
    assert all(is_local_name(name) for name in ("localhost", "LOCALHOST.", "gazette.localhost", "a.b.localhost."))
    assert not any(is_local_name(name) for name in ("localhost.example", "notlocalhost", "localhost.com", ""))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the system's resolver would say, {name: addresses in turn}."""
    book: dict[str, list[str]] = {}

    def look_up(_: Any, name: str, timeout: Any = ()) -> defer.Deferred[str]:
        if name not in book:
            return defer.fail(DNSLookupError(f"no address for {name}"))
        return defer.succeed(book[name].pop(0))

    monkeypatch.setattr(CachingThreadedResolver, "getHostByName", look_up)
    return book


def ask(resolver: GuardedResolver, name: str) -> str | Failure:
    found: list[Any] = []
    resolver.getHostByName(name).addBoth(found.append)
    result: str | Failure = found[0]
    return result


def resolver(*allowed: str) -> GuardedResolver:
    return GuardedResolver(reactor=None, cache_size=0, timeout=1.0, allowed=parse_networks(allowed))


def test_the_resolver_gives_out_public_addresses(answers: dict[str, list[str]]) -> None:
    answers["news.example"] = ["93.184.216.34"]
    one = resolver()
    assert ask(one, "news.example") == "93.184.216.34"
    assert one.refused == {}


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0"])
def test_the_resolver_gives_out_no_other(address: str, answers: dict[str, list[str]]) -> None:
    answers["evil.example"] = [address]
    one = resolver()
    failed = ask(one, "evil.example")
    assert isinstance(failed, Failure) and failed.check(DNSLookupError)
    assert address in failed.getErrorMessage()
    assert one.refused == {"evil.example": address}


def test_a_name_that_does_not_resolve_is_not_called_refused(answers: dict[str, list[str]]) -> None:
    one = resolver()
    assert isinstance(ask(one, "nowhere.example"), Failure)
    assert one.refused == {}


def test_local_names_mean_loopback_and_are_not_looked_up(answers: dict[str, list[str]]) -> None:
    answers["gazette.localhost"] = ["93.184.216.34"]
    assert ask(resolver("loopback"), "gazette.localhost") == "127.0.0.1"
    assert isinstance(ask(resolver(), "gazette.localhost"), Failure)


def test_a_name_that_changes_its_mind_is_checked_each_time(answers: dict[str, list[str]]) -> None:
    answers["rebind.example"] = ["93.184.216.34", "127.0.0.1", "93.184.216.34"]
    one = resolver()
    assert ask(one, "rebind.example") == "93.184.216.34"
    assert isinstance(ask(one, "rebind.example"), Failure)
    assert ask(one, "rebind.example") == "93.184.216.34"
