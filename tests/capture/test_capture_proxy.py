"""Through a proxy with credentials: none of them is archived, and its address is not taken for that of a site."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from crawling import Crawl, make_certificate, start, tls_context
from odd_cases import OK
from odd_server import OddServer, Served
from warc_members import original

from archive import optout

SECRET = base64.b64encode(b"reader:open sesame")
PAGES = {"/story": [OK]}


@pytest.fixture(scope="module")
def origin_and_crawl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[OddServer, Crawl]]:
    """The http site lies only behind the proxy; the https site is reached through a tunnel."""
    folder = tmp_path_factory.mktemp("proxy")
    with ExitStack() as stack:
        proxy = stack.enter_context(OddServer(PAGES))
        origin = stack.enter_context(OddServer(PAGES, tls_context(make_certificate(folder))))
        address = f"http://reader:open%20sesame@127.0.0.1:{proxy.port}"
        crawl = start(
            proxy, folder / "archive", f"{origin.url}/", env={"http_proxy": address, "https_proxy": address}
        )
        stack.callback(crawl.process.kill)
        yield origin, crawl.wait()


def test_all_went_through_the_proxy(origin_and_crawl: tuple[OddServer, Crawl]) -> None:
    origin, crawl = origin_and_crawl
    assert crawl.process.returncode == 0, crawl.errors
    tunnels = [one for one in crawl.server.served if one.request.startswith(b"CONNECT ")]
    direct = [one for one in crawl.server.served if one not in tunnels]
    assert tunnels
    assert (
        {one.path for one in direct}
        == {"/robots.txt", optout.WELL_KNOWN, "/", "/story"}
        == {one.path for one in origin.served}
    )
    assert all(one.target.startswith("http://127.0.0.1:") for one in direct)
    assert all(b"Proxy-Authorization: Basic " + SECRET in one.request for one in crawl.server.served)
    assert all(b"roxy-" not in one.request for one in origin.served)


def test_no_credential_is_in_the_file(origin_and_crawl: tuple[OddServer, Crawl]) -> None:
    _, crawl = origin_and_crawl
    for member in crawl.members:
        assert SECRET not in member.block
        assert not re.search(rb"(?i)^proxy-authorization", member.block, re.MULTILINE)
    data, raw = crawl.warc.read_bytes(), b""
    while data:  # also outside of what is a record
        inflater = zlib.decompressobj(31)
        raw += inflater.decompress(data)
        data = inflater.unused_data
    assert SECRET not in raw
    assert b"sesame" not in raw


def test_records_are_what_crossed_the_wire_without_that_line(origin_and_crawl: tuple[OddServer, Crawl]) -> None:
    origin, crawl = origin_and_crawl
    for server, removed in ((crawl.server, "Proxy-Authorization"), (origin, None)):
        served = {server.url + one.path: one for one in server.served if not one.request.startswith(b"CONNECT")}
        for url, one in served.items():
            (group,) = crawl.groups_of(url)
            assert group.request.block == without_the_line(one)
            assert group.response is not None
            if group.response.type == "response":
                assert group.response.block == bytes(one.written)
            else:  # the page came before: its head is here
                assert bytes(one.written).startswith(group.response.block)
                assert original(group.response, crawl.members).type == "response"
            assert group.metadata.facts.get("removedHeaders") == removed
            version = group.response.all("WARC-Protocol")[1:]
            assert version == (["tls/1.3"] if server is origin else [])


def without_the_line(served: Served) -> bytes:
    lines = served.request.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.startswith(b"Proxy-Authorization:"))


def test_the_address_is_left_out(origin_and_crawl: tuple[OddServer, Crawl]) -> None:
    _, crawl = origin_and_crawl
    assert all(member.get("WARC-IP-Address") is None for member in crawl.members)
    assert {row["ip"] for row in crawl.rows("SELECT ip FROM capture")} == {None}
