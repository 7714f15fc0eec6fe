"""The bytes of every exchange, taken inside Twisted's HTTP/1.1 client: above TLS, below every parser.

Above the protocol object header names are re-cased, chunks are gone, interim heads are skipped and broken
transfers are exceptions without a body. A `Tape` rides on Twisted's own Request object, so the silent resend
after a stale keep-alive connection makes a second exchange on the same tape. All parents are private: the
contract test fails when a release of Scrapy or Twisted moves them.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory, _LenientHTTP11ClientProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from archive.model import Exchange

TLS_VERSIONS = {"TLSv1.3": "tls/1.3", "TLSv1.2": "tls/1.2", "TLSv1.1": "tls/1.1", "TLSv1": "tls/1.0"}
CREDENTIALS = (b"proxy-authorization", b"authorization", b"cookie")


class Take:
    """One request and its answer on one connection, while they cross it."""

    def __init__(self, transport: Any, *, reused: bool) -> None:
        self.started = datetime.now(UTC)
        self._start = time.monotonic()
        self._end: float | None = None
        self.sent, self.received = bytearray(), bytearray()
        self.excess = 0
        self.complete = False
        self.reused = reused
        self.ip: str | None = getattr(transport.getPeer(), "host", None)
        self.tls: tuple[str | None, str | None] = (None, None)

    def note_tls(self, transport: Any) -> None:
        """Only after data came back: when the request is made the handshake is not done."""
        handle: Any = getattr(transport, "getHandle", lambda: None)()
        if hasattr(handle, "get_protocol_version_name"):
            version = handle.get_protocol_version_name()
            self.tls = (TLS_VERSIONS.get(version, version.lower()), iana_cipher(handle.get_cipher_name()))

    def end(self) -> None:
        self._end = self._end or time.monotonic()

    def exchange(self, url: str, truncated: str | None, *, proxied: bool) -> Exchange:
        request, removed = without_credentials(bytes(self.sent))
        return Exchange(
            url=url,
            request=request,
            response=bytes(self.received),
            started=self.started,
            fetch_ms=round(1000 * ((self._end or time.monotonic()) - self._start)),
            ip=None if proxied else self.ip,
            tls_version=self.tls[0],
            tls_cipher=self.tls[1],
            complete=self.complete,
            truncated=None if self.complete else truncated or "unspecified",
            reused=self.reused,
            excess=self.excess,
            removed_headers=removed,
        )


class Tape:
    """The exchanges that one Scrapy request came to make."""

    def __init__(self) -> None:
        self.takes: list[Take] = []


def without_credentials(request: bytes) -> tuple[bytes, tuple[str, ...]]:
    """-> the request without the header lines that hold secrets, and the names of those lines."""
    head, blank, body = request.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    secret = [line for line in lines[1:] if line.partition(b":")[0].strip().lower() in CREDENTIALS]
    if not secret:
        return request, ()
    kept = [line for line in lines if line not in secret]
    return b"\r\n".join(kept) + blank + body, tuple(x.partition(b":")[0].decode("latin-1") for x in secret)


def iana_cipher(name: str | None) -> str | None:
    """OpenSSL's name of a TLS 1.2 suite -> the IANA name that WARC-Cipher-Suite wants."""
    if name is None or name.startswith("TLS_"):
        return name
    parts = name.split("-")
    exchange = "_".join(p for p in parts if p in ("ECDHE", "DHE", "RSA", "ECDSA", "PSK"))
    rest = [p for p in parts if p not in ("ECDHE", "DHE", "RSA", "ECDSA", "PSK")]
    text = "_".join(rest).replace("AES128", "AES_128").replace("AES256", "AES_256")
    text = text.replace("CHACHA20_POLY1305", "CHACHA20_POLY1305_SHA256")
    text = text.replace("AES_128_SHA", "AES_128_CBC_SHA").replace("AES_256_SHA", "AES_256_CBC_SHA")
    return f"TLS_{exchange or 'RSA'}_WITH_{text}"


class TeeTransport:
    """Copies what the client writes onto the take, then hands it on."""

    def __init__(self, transport: Any, take: Take) -> None:
        self._transport, self._take = transport, take

    def write(self, data: bytes) -> None:
        self._take.sent += data
        self._transport.write(data)

    def writeSequence(self, parts: Any) -> None:
        parts = list(parts)
        self._take.sent += b"".join(parts)
        self._transport.writeSequence(parts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class WireProtocol(_LenientHTTP11ClientProtocol):
    _take: Take | None = None
    _served = 0

    def request(self, request: Any) -> Any:
        tape = getattr(request, "_tape", None)
        if tape is not None and self._state == "QUIESCENT":
            take = self._take = Take(self.transport, reused=self._served > 0)
            tape.takes.append(take)
            self._served += 1
            write_to = type(request).writeTo  # the class's method, so that a resend does not nest tees
            request.writeTo = lambda transport: write_to(request, TeeTransport(transport, take))
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:
        take = self._take
        if take is not None and not take.complete:
            if not take.received:
                take.note_tls(self.transport)
            take.received += data
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def _finishResponse(self, rest: bytes) -> None:
        take = self._take
        if take is not None and not take.complete:
            if rest:
                del take.received[-len(rest) :]
                take.excess = len(rest)
            take.complete = True
            take.end()
        super()._finishResponse(rest)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        # For a body that ends with the connection the parent calls _finishResponse: judge by `complete`.
        if self._take is not None:
            self._take.end()
        super().connectionLost(reason)  # type: ignore[no-untyped-call]


class WireFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> WireProtocol:
        return WireProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class TapedConnection:
    """A connection from the pool that puts the tape on what it is asked to send."""

    def __init__(self, protocol: Any, tape: Tape) -> None:
        self._protocol, self._tape = protocol, tape

    def request(self, request: Any) -> Any:
        request._tape = self._tape
        return self._protocol.request(request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)


class TapedPool:
    """The shared pool, seen by one request."""

    def __init__(self, pool: Any, tape: Tape) -> None:
        self._pool, self._tape = pool, tape

    def getConnection(self, key: Any, endpoint: Any) -> Any:
        return self._pool.getConnection(key, endpoint).addCallback(TapedConnection, self._tape)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)
