from __future__ import annotations

import pytest
from warc_samples import INTERIM, ODD, PAGE, chunked, head

from archive.message import dechunk, parse_request, parse_response, without_credentials


@pytest.mark.parametrize("name", ODD)
def test_a_response_is_split_without_losing_a_byte(name: str) -> None:
    raw, payload = ODD[name]
    response = parse_response(INTERIM + raw)
    assert response is not None
    assert b"".join(response.interim) == INTERIM
    assert response.start == len(INTERIM)
    assert response.head + response.body == raw
    assert response.payload == payload
    assert response.status == int(raw.split()[1])


def test_headers_are_read_as_clients_read_them() -> None:
    raw = (
        b"HTTP/1.1 200 Fine, thanks \r\nX-Long: one\n  two\r\n\tthree\r\n"
        b"no colon\r\nA : caf\xe9\r\nB:\r\nb: 2\r\n\r\n"
    )
    response = parse_response(raw)
    assert response is not None
    assert response.reason == "Fine, thanks"
    assert response.version == "1.1"
    assert response.headers == (("X-Long", "one two three"), ("A", "café"), ("B", ""), ("b", "2"))
    assert response.header("b") == ""
    assert response.header("x-long") == "one two three"
    assert response.header("C") is None


def test_codings_are_listed_in_the_order_they_were_applied() -> None:
    response = parse_response(
        head(
            b"Content-Encoding: Deflate , GZIP",
            b"content-encoding: br",
            b"Transfer-Encoding: gzip",
            b"transfer-encoding: Chunked;q=1",
        )
    )
    assert response is not None
    assert response.content_codings == ("deflate", "gzip", "br")
    assert response.chunked


@pytest.mark.parametrize("coding", [b"identity", b"chunked, gzip", b"chunkedness"])
def test_only_a_last_coding_of_chunked_is_chunked(coding: bytes) -> None:
    response = parse_response(head(b"Transfer-Encoding: " + coding) + b"5\r\nhello\r\n0\r\n\r\n")
    assert response is not None
    assert not response.chunked
    assert response.payload == response.body


@pytest.mark.parametrize(
    "raw",
    [b"", b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\r\nHTTP/1.1 200 OK\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nA: b\r\n", INTERIM, INTERIM + b"HTTP/1.1 2"],
)  # fmt: skip
def test_what_is_no_whole_response_is_none(raw: bytes) -> None:
    assert parse_response(raw) is None


def test_a_cut_head_is_read_on_request_up_to_its_last_whole_line() -> None:
    raw = INTERIM + b"HTTP/1.1 200 OK\r\nA: 1\r\nContent-Ty"
    response = parse_response(raw, cut=True)
    assert response is not None
    assert not response.whole_head
    assert response.headers == (("A", "1"),)
    assert (response.head, response.body) == (raw[len(INTERIM) :], b"")
    assert parse_response(INTERIM + b"HTTP/1.1 200 O", cut=True) is None
    assert parse_response(b"HTTP/1.1 103 Early\r\nLink: x", cut=True) is None


def test_every_cut_of_a_chunked_body_gives_a_prefix_of_the_payload() -> None:
    body = chunked(PAGE, 50, extension=b";a=b", trailers=b"X: y\r\n")
    lengths = []
    for end in range(len(body)):
        payload = dechunk(body[:end])
        assert PAGE.startswith(payload)
        lengths.append(len(payload))
    assert lengths == sorted(lengths)
    assert dechunk(body) == PAGE


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        (b"3\r\nabc\r\nzz\r\n", b"abc"),
        (b"3\r\nabc\r\nffffffffffffffff\r\nrest", b"abcrest"),
        (b"  3 \r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"0\r\n\r\n", b""),
        (b"", b""),
        (b"<p>never chunked", b"<p>never chunked"),
    ],
)
def test_dechunk_takes_what_servers_send(body: bytes, payload: bytes) -> None:
    assert dechunk(body) == payload


def test_a_request_is_read() -> None:
    request = parse_request(b"POST /a b?c HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
    assert request is not None
    assert (request.method, request.target, request.version) == ("POST", "/a b?c", "1.1")
    assert request.header("host") == "x"
    assert request.body == b"hi"
    assert parse_request(b"GET / HTTP/1.1\r\nHost: x\r\n") is None
    assert parse_request(b"\r\n\r\n") is None


def test_credentials_are_taken_out_and_nothing_else() -> None:
    raw = (
        b"GET http://news.example/ HTTP/1.1\r\nHost: x\r\nPROXY-authorization : Basic c2VjcmV0\r\n"
        b"  folded-secret\r\nX-Cookie: stays\r\nCookie: a=secret\nAccept: */*\r\n"
        b"Authorization: Bearer secret\r\n\r\nCookie: body stays"
    )
    cleared, removed = without_credentials(raw)
    assert cleared == (
        b"GET http://news.example/ HTTP/1.1\r\nHost: x\r\nX-Cookie: stays\r\nAccept: */*\r\n\r\nCookie: body stays"
    )
    assert removed == ("PROXY-authorization", "Cookie", "Authorization")
    assert without_credentials(cleared) == (cleared, ())


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200" + b" " * 3_000_000 + b"\t" * 3_000_000,
        b"HTTP/1.1 200" + b" " * 3_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n" + b" folded\r\n" * 300_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"\r" * 3_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 100 Go on\r\n\r\n" * 100_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 300_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b";" * 3_000_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + b", " * 1_000_000 + b"\r\n\r\n",
    ],
    ids=range(9),
)
def test_hostile_heads_cost_no_more_than_their_length(raw: bytes) -> None:
    """What is quadratic here would run into the suite's time limit."""
    response = parse_response(raw, cut=True)
    if response is not None:
        assert len(response.payload) <= len(raw)
    without_credentials(b"GET / HTTP/1.1\r\nCookie: a\r\n" + raw)
