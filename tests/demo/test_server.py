"""The server over loopback: conditions, codings, framing, faults that heal, politeness that can be proved."""

from __future__ import annotations

import gzip
import http.client
import socket
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import brotli
import pytest

from archive.errors import BadInput
from crawler import config
from crawler.demo import DEFAULT_CLOCK, PUBLISHERS, DemoServer, Newspaper, sites_entries
from crawler.demo.http import Request, Response, choose_coding, unchanged
from tests.demo.conftest import Answer

Fetch = Callable[..., Answer]


def article_path(server: DemoServer, name: str, kind: str = "article") -> str:
    assert isinstance(server.site, Newspaper)
    base = f"http://{name}.localhost:{server.port}"
    return next(
        truth.url.removeprefix(base)
        for truth in server.site.truths(server.port)
        if truth.url.startswith(base) and truth.kind == kind
    )


@pytest.mark.parametrize("publisher", PUBLISHERS, ids=lambda each: each.name)
def test_all_codings_carry_the_same_body(server: DemoServer, fetch: Fetch, publisher: object) -> None:
    name, codings = publisher.name, publisher.codings  # type: ignore[attr-defined]
    path = article_path(server, name, "opinion")
    status, plain_headers, plain = fetch(name, path)
    assert status == 200
    assert plain_headers["Content-Encoding"] is None
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress}
    for coding in ("gzip", "br"):
        _, headers, body = fetch(name, path, Accept_Encoding=coding)
        if coding in codings:
            assert headers["Content-Encoding"] == coding
            assert headers["Vary"] == "Accept-Encoding"
            assert unpack[coding](body) == plain
        else:
            assert headers["Content-Encoding"] is None
            assert body == plain
        chunked = publisher.chunked  # type: ignore[attr-defined]
        assert (headers["Transfer-Encoding"] == "chunked") == chunked
        assert (headers["Content-Length"] is None) == chunked


def test_the_four_framings_exist() -> None:
    assert {bool(each.codings) for each in PUBLISHERS if each.chunked} == {True, False}
    assert {bool(each.codings) for each in PUBLISHERS if not each.chunked} == {True, False}


@pytest.mark.parametrize("coding", ["", "gzip", "br"])
def test_conditional_requests(server: DemoServer, fetch: Fetch, coding: str) -> None:
    for path in (article_path(server, "courier"), "/", "/feed.xml", "/local/"):
        _, headers, body = fetch("courier", path, Accept_Encoding=coding)
        assert body
        tag, date = headers["ETag"], headers["Last-Modified"]
        assert tag.startswith('W/"') == bool(coding)
        for conditions in (
            {"If_None_Match": tag},
            {"If_None_Match": f'"other", {tag.removeprefix("W/")}'},
            {"If_None_Match": "*"},
            {"If_Modified_Since": date},
            {"If_None_Match": tag, "If_Modified_Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        ):
            status, answer, rest = fetch("courier", path, Accept_Encoding=coding, **conditions)
            assert (status, rest) == (304, b""), conditions
            assert answer["ETag"] == tag
            assert answer["Content-Length"] is None
        for conditions in (
            {"If_None_Match": '"other"'},
            {"If_None_Match": '"other"', "If_Modified_Since": date},
            {"If_Modified_Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
            {"If_Modified_Since": "not a date"},
        ):
            assert fetch("courier", path, Accept_Encoding=coding, **conditions)[0] == 200, conditions


def test_validators_differ_by_publisher(server: DemoServer, fetch: Fetch) -> None:
    found = {}
    for publisher in PUBLISHERS:
        _, headers, _ = fetch(publisher.name, article_path(server, publisher.name, "opinion"))
        found[publisher.name] = (headers["ETag"] is not None, headers["Last-Modified"] is not None)
    assert set(found.values()) == {(True, True), (True, False), (False, True), (False, False)}


def test_last_modified_is_not_after_date(server: DemoServer, fetch: Fetch) -> None:
    for path in (article_path(server, "courier", "live-blog"), "/", "/atom.xml"):
        _, headers, _ = fetch("courier", path)
        assert parsedate_to_datetime(headers["Last-Modified"]) <= parsedate_to_datetime(headers["Date"])


def test_head(server: DemoServer, fetch: Fetch) -> None:
    path = article_path(server, "newsline", "opinion")
    _, headers, body = fetch("newsline", path, Accept_Encoding="gzip")
    status, head, nothing = fetch("newsline", path, "HEAD", Accept_Encoding="gzip")
    assert (status, nothing) == (200, b"")
    assert head["Content-Length"] == headers["Content-Length"] == str(len(body))
    assert head["ETag"] == headers["ETag"]


def test_500_recovers(server: DemoServer, fetch: Fetch, small: Newspaper) -> None:
    publisher = next(each for each in PUBLISHERS if "flaky" in each.specials.values())
    index = small.count(publisher) - 1 - next(rank for rank, what in publisher.specials.items() if what == "flaky")
    path = small.edition.card(publisher, index).path
    assert [fetch(publisher.name, path)[0] for _ in range(3)] == [500, 200, 200]
    assert any(truth.url.endswith(path) for truth in small.truths())
    with DemoServer(small) as again:  # each server begins anew
        connection = http.client.HTTPConnection("127.0.0.1", again.port)
        connection.request("GET", path, headers={"Host": publisher.host})
        assert connection.getresponse().status == 500
        connection.close()


def test_redirects_and_gone(server: DemoServer, fetch: Fetch) -> None:
    status, headers, _ = fetch("courier", "/chain/1")
    assert (status, headers["Location"]) == (302, f"http://courier.localhost:{server.port}/chain/2")
    assert fetch("courier", "/gone")[0] == 410
    assert fetch("courier", "/missing")[0] == 404
    assert fetch("ledger", "/robots.txt")[0] == 404


def test_keep_alive_pipelining_and_log(server: DemoServer) -> None:
    host = f"courier.localhost:{server.port}"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        request = f"GET /robots.txt HTTP/1.1\r\nHost: {host}\r\n\r\n"
        last = f"GET /gone HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        client.sendall((request + request + last).encode())
        data = b""
        while part := client.recv(65_536):
            data += part
    assert data.count(b"HTTP/1.1 200 OK") == 2
    assert data.count(b"HTTP/1.1 410 Gone") == 1
    assert [(hit.host, hit.target, hit.status) for hit in server.hits] == [
        ("courier.localhost", "/robots.txt", 200),
        ("courier.localhost", "/robots.txt", 200),
        ("courier.localhost", "/gone", 410),
    ]
    times = [hit.at for hit in server.hits]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: courier.localhost\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: courier.localhost\r\nContent-Length: 2\r\n\r\nhi", 405),
        (b"GET http://courier.localhost/gone HTTP/1.1\r\nConnection: close\r\n\r\n", 410),
        (b"GET /gone HTTP/1.0\r\nHost: courier.localhost\r\n\r\n", 410),
    ],
    ids=["no-http", "no-host", "too-long", "post", "absolute", "http-1.0"],
)
def test_odd_requests(server: DemoServer, sent: bytes, status: int) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(sent)
        data = b""
        try:
            while part := client.recv(65_536):
                data += part
        except ConnectionResetError:  # the server closed before it had read all of a request that it refused
            assert data
    assert data.startswith(f"HTTP/1.1 {status} ".encode())
    assert data.count(b"HTTP/1.1 ") == 1


def test_clock_moves_while_serving(server: DemoServer, fetch: Fetch, small: Newspaper) -> None:
    path = article_path(server, "gazette")  # the newest is corrected after the default clock
    _, headers, before = fetch("gazette", path)
    server.use(small.at(DEFAULT_CLOCK + timedelta(days=1)))
    status, _, after = fetch("gazette", path, If_None_Match=headers["ETag"])
    assert status == 200
    assert after != before
    assert b"Correction:" in after


def test_port_in_use(server: DemoServer, small: Newspaper) -> None:
    with pytest.raises(BadInput, match=f"cannot listen on 127.0.0.1:{server.port}"):
        DemoServer(small, port=server.port).__enter__()
    with pytest.raises(BadInput, match="cannot listen"):
        DemoServer(small, port=server.port).serve_forever()


def test_binds_loopback_only(server: DemoServer) -> None:
    assert server.port > 0
    assert server.origins()[0] == f"http://courier.localhost:{server.port}"


def test_sites_entries(server: DemoServer, fetch: Fetch) -> None:
    entries = sites_entries(server)
    assert [entry["name"] for entry in entries] == [publisher.name for publisher in PUBLISHERS]
    for entry in entries:
        assert entry["url"] == f"http://{entry['name']}.localhost:{server.port}/"
        for feed in entry["feeds"]:
            assert fetch(entry["name"], feed.removeprefix(entry["url"][:-1]))[0] == 200


def test_accept_encoding() -> None:
    offered = ("br", "gzip")
    assert choose_coding("gzip, deflate, br", offered) == "br"
    assert choose_coding("gzip;q=0.5, br;q=0", offered) == "gzip"
    assert choose_coding("*", offered) == "br"
    assert choose_coding("", offered) == ""
    assert choose_coding("identity;q=1, *;q=0", offered) == ""
    assert choose_coding("gzip; q=broken", offered) == ""


def test_unchanged_without_validators() -> None:
    request = Request("/", "GET", {"if-none-match": '"a"', "if-modified-since": "Mon, 16 Mar 2026 12:00:00 GMT"})
    assert not unchanged(request, Response(200, b""))
    assert not unchanged(request, Response(404, b"", etag="a"))
    assert unchanged(request, Response(200, b"", etag="a"))


def test_its_sites_go_into_an_archive_that_is_made_for_them(tmp_path: Path, demo_server: Any) -> None:
    folder = tmp_path / "new"
    announced = demo_server(["--articles", "50", "--archive", str(folder)])
    assert (folder / "archive.db").exists()
    assert set(config.load(folder).sites) == {site["name"] for site in announced["sites"]}
