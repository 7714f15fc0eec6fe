"""The tee on Twisted's protocol, fed by hand: where messages end, whatever the segments they come in."""

from __future__ import annotations

from typing import Any

import pytest
from odd_cases import CASES, HTML, INTERIM, OLD, PAGE, chunked, head, sized
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._newclient import Request
from twisted.web.http_headers import Headers

from crawler.wire import MAX_HEAD_BYTES, Take, Tape, TapedConnection, WireProtocol

SHORT = b"<p>A short page.</p>"
MESSAGES = {
    "sized": sized(SHORT),
    "chunked": chunked(SHORT),
    "trailers": head(HTML, b"transfer-encoding: CHUNKED") + b"5;x=1\r\n<p>AB\r\n0\r\nX-T: 1\r\n\r\n",
    "bare-lf": sized(SHORT, eol=b"\n"),
    "no-body": head(status=b"HTTP/1.1 204 No Content"),
    "empty": sized(b""),
    "identity": sized(SHORT, b"Transfer-Encoding: identity"),
    "gzip-chunked": head(HTML, b"Transfer-Encoding: gzip, chunked") + b"5\r\nabcde\r\n0\r\n\r\n",
    "chunked-twice": head(b"Transfer-Encoding: gzip", b"TRANSFER-ENCODING: Chunked") + b"0\r\n\r\n",
}


class Transport(StringTransport):
    def abortConnection(self) -> None:
        self.aborted = True
        super().abortConnection()

    aborted = False


class Wire:
    """One connection, its transport, and what it found quiescent."""

    def __init__(self) -> None:
        self.quiescent: list[WireProtocol] = []
        self.protocol = WireProtocol(self.quiescent.append)
        self.transport = Transport()
        self.protocol.makeConnection(self.transport)

    def ask(self, tape: Tape, request: Request | None = None) -> Take:
        request = request or new_request()
        TapedConnection(self.protocol, tape).request(request).addCallbacks(read_body, lambda _: None)
        return tape.takes[-1]

    def lose(self, reason: type[Exception]) -> None:
        self.protocol.connectionLost(Failure(reason()))


def new_request() -> Request:
    return Request(b"GET", b"/", Headers({b"Host": [b"odd.example"]}), None, persistent=True)


def read_body(response: Any) -> None:
    if response.length:
        response.deliverBody(Protocol())


@pytest.mark.parametrize("excess", [b"", b"\r\nHTTP/1.1 200 OK\r\n\r\n"], ids=["", "excess"])
@pytest.mark.parametrize("name", MESSAGES)
def test_the_end_of_a_message_is_found_wherever_it_is_cut(name: str, excess: bytes) -> None:
    message = INTERIM + MESSAGES[name]
    stream = message + excess
    for at in range(1, len(stream) + 1):
        wire = Wire()
        take = wire.ask(Tape())
        for part in (stream[:at], stream[at:]):
            if part and not take.complete:
                wire.protocol.dataReceived(part)
        assert take.complete, at
        assert take.received == message, at
        assert take.excess == max(0, (at if at >= len(message) else len(stream)) - len(message)), at
        assert (wire.quiescent == [wire.protocol]) is (take.excess == 0), at


def test_bytes_come_one_by_one() -> None:
    for message in MESSAGES.values():
        wire = Wire()
        take = wire.ask(Tape())
        for at in range(len(message)):
            assert not take.complete
            wire.protocol.dataReceived(message[at : at + 1])
        assert (take.received, take.complete, take.excess) == (message, True, 0)


def test_a_connection_serves_again_and_each_take_has_its_own_bytes() -> None:
    wire, tapes = Wire(), (Tape(), Tape())
    for tape in tapes:
        wire.ask(tape)
        wire.protocol.dataReceived(sized(SHORT))
    (first,), (second,) = (tape.takes for tape in tapes)
    assert first.received == second.received == sized(SHORT)
    assert (first.reused, second.reused) == (False, True)
    assert bytes(first.sent + second.sent) == wire.transport.value()
    assert len(wire.quiescent) == 2


def test_bytes_that_come_after_the_end_belong_to_no_answer() -> None:
    wire, tape = Wire(), Tape()
    take = wire.ask(tape)
    wire.protocol.dataReceived(sized(SHORT))
    wire.protocol.dataReceived(b"and more")
    assert take.received == sized(SHORT)
    assert wire.transport.disconnecting


@pytest.mark.parametrize(
    ("reason", "complete"), [(ConnectionDone, True), (ConnectionLost, False), (ConnectionAborted, False)]
)
def test_a_body_until_the_close_is_whole_if_the_close_was_clean(reason: type[Exception], complete: bool) -> None:
    wire, tape = Wire(), Tape()
    take = wire.ask(tape)
    wire.protocol.dataReceived(OLD + PAGE)
    assert not take.complete
    wire.lose(reason)
    assert (take.received, take.complete) == (OLD + PAGE, complete)


@pytest.mark.parametrize("reason", [ConnectionDone, ConnectionLost])
@pytest.mark.parametrize("name", ["sized", "chunked", "bare-lf"])
def test_a_message_with_an_end_is_not_whole_before_it(name: str, reason: type[Exception]) -> None:
    message = MESSAGES[name]
    for at in range(len(message)):
        wire = Wire()
        take = wire.ask(Tape())
        if at:
            wire.protocol.dataReceived(message[:at])
        wire.lose(reason)
        assert (take.received, take.complete) == (message[:at], False)


def test_a_resend_is_a_take_of_its_own_with_the_same_bytes() -> None:
    tape, request = Tape(), new_request()
    stale, fresh = Wire(), Wire()
    first = stale.ask(tape, request)
    stale.lose(ConnectionDone)
    second = fresh.ask(tape, request)
    fresh.protocol.dataReceived(sized(SHORT))
    assert bytes(first.sent) == bytes(second.sent) == stale.transport.value() == fresh.transport.value()
    assert (first.complete, bytes(first.received)) == (False, b"")
    assert (second.complete, second.received) == (True, sized(SHORT))


@pytest.mark.parametrize(
    "endless",
    [head(b"X-Long: ")[:-4] + b"l" * 9, head(b"X: " + b"m" * 900)[:-2], head(status=b"HTTP/1.1 103 Wait")],
    ids=["line", "lines", "interim heads"],
)
def test_heads_without_end_are_cut(endless: bytes) -> None:
    wire, tape = Wire(), Tape()
    take = wire.ask(tape)
    start, more = (endless, b"l" * 4096) if endless.endswith(b"l") else (endless, endless)
    if start.endswith(b"m\r\n"):
        more = b"X: " + b"m" * 900 + b"\r\n"
    sent = start
    wire.protocol.dataReceived(start)
    while not wire.transport.aborted and len(sent) < 2 * MAX_HEAD_BYTES:
        wire.protocol.dataReceived(more)
        sent += more
    assert wire.transport.aborted
    assert not take.complete
    assert sent.startswith(take.received)
    assert len(take.received) <= MAX_HEAD_BYTES + len(more) + len(start)


def test_framing_without_end_is_cut() -> None:
    """Scrapy counts the body alone: a byte a chunk, with a long extension each, would go on for ever."""
    wire, tape = Wire(), Tape(max_bytes=1000)
    take = wire.ask(tape)
    wire.protocol.dataReceived(head(b"Transfer-Encoding: chunked"))
    chunk, count = b"1;" + b"e" * 900 + b"\r\nx\r\n", 0
    while not wire.transport.aborted and count < 999:
        wire.protocol.dataReceived(chunk)
        count += 1
    assert wire.transport.aborted
    assert not take.complete


def test_what_is_cut_by_us_is_not_whole_although_its_body_ends_with_the_connection() -> None:
    wire, tape = Wire(), Tape(max_bytes=1000)
    take = wire.ask(tape)
    wire.protocol.dataReceived(OLD)
    wire.protocol.dataReceived(b"b" * (MAX_HEAD_BYTES + 2000))
    wire.lose(ConnectionDone)
    assert wire.transport.aborted
    assert not take.complete


@pytest.mark.parametrize("path", ["/head/200-kb-line", "/head/300-fields", "/head/impossible-names"])
def test_strange_heads_are_read(path: str) -> None:
    wire, tape = Wire(), Tape()
    take = wire.ask(tape)
    message = CASES[path][0].whole
    wire.protocol.dataReceived(message)
    assert (take.received, take.complete) == (message, True)


def test_an_exchange_holds_no_credentials_and_names_those_taken_out() -> None:
    wire, tape = Wire(), Tape()
    headers = Headers({b"Host": [b"odd.example"], b"Cookie": [b"sid=secret"], b"Authorization": [b"Basic secret"]})
    take = wire.ask(tape, Request(b"GET", b"/", headers, None, persistent=True))
    wire.protocol.dataReceived(sized(SHORT))
    assert b"secret" in wire.transport.value()
    exchange = take.exchange("http://odd.example/", None, proxied=False)
    assert exchange.request.startswith(b"GET / HTTP/1.1\r\n")
    assert exchange.request.endswith(b"\r\n\r\n")
    assert b"secret" not in exchange.request
    assert sorted(exchange.removed_headers) == ["Authorization", "Cookie"]
    assert (exchange.response, exchange.complete, exchange.truncated) == (sized(SHORT), True, None)
