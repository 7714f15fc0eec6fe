"""The bytes of every exchange, taken inside Twisted's HTTP/1.1 client: above TLS, below every parser.

Above the protocol object header names are re-cased, chunks are gone, interim heads are skipped and broken
transfers are exceptions without a body. A `Tape` rides on Twisted's own Request object, so the silent resend
after a stale keep-alive connection makes a second exchange on the same tape. All parents are private: the
contract test fails when a release of Scrapy or Twisted moves them.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import BODY

from archive.message import without_credentials
from archive.model import Exchange

TLS_VERSIONS = {"TLSv1.3": "tls/1.3", "TLSv1.2": "tls/1.2", "TLSv1.1": "tls/1.1", "TLSv1": "tls/1.0"}
MAX_HEAD_BYTES = 256 * 1024  # of all heads of one answer, as browsers allow; nothing else would limit them

# OpenSSL's names of the TLS 1.2 suites that need no key agreed beforehand, for instance
# ECDHE-RSA-AES128-GCM-SHA256, AES256-SHA, DHE-RSA-AES128-CCM8, ECDHE-ECDSA-CHACHA20-POLY1305.
_SUITE = re.compile(
    r"(?:(ECDHE|DHE)-)?(?:(RSA|ECDSA|DSS)-)?"
    r"(?:(AES|ARIA|CAMELLIA)(128|256)(-GCM|-CCM8|-CCM)?|(CHACHA20-POLY1305)|(DES-CBC3))(?:-(SHA(?:256|384)?))?"
)


class TooLarge(Exception):
    """We stopped reading: the answer is larger than what we take."""


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

    @property
    def over(self) -> bool:
        """Nothing that comes now belongs to the answer, nor makes it complete."""
        return self._end is not None

    def note_tls(self, transport: Any) -> None:
        """Only after data came back: when the request is made the handshake is not done."""
        handle: Any = getattr(transport, "getHandle", lambda: None)()
        if hasattr(handle, "get_protocol_version_name"):
            version = handle.get_protocol_version_name()
            self.tls = (TLS_VERSIONS.get(version, version.lower()), iana_cipher(handle.get_cipher_name()))

    def finish(self, rest: bytes) -> None:
        """The message has ended where HTTP says; `rest` came behind it."""
        if rest:
            del self.received[-len(rest) :]
            self.excess = len(rest)
        self.complete = True
        self.end()

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
    """The exchanges that one Scrapy request came to make; `max_bytes` limits each answer's body as it comes."""

    def __init__(self, max_bytes: int = 0) -> None:
        self.takes: list[Take] = []
        self.max_bytes = max_bytes  # 0: no limit

    @property
    def answered(self) -> bool:
        """Whether any byte came back."""
        return any(take.received for take in self.takes)


def iana_cipher(name: str | None) -> str | None:
    """OpenSSL's name of a TLS suite -> the IANA name that WARC-Cipher-Suite wants; None if there is no telling."""
    if name is None or name.startswith("TLS_"):
        return name
    match = _SUITE.fullmatch(name)
    if match is None:
        return None
    exchange, signature, cipher, bits, mode, chacha, triple_des, digest = match.groups()
    keys = "_".join(x for x in (exchange, signature or "RSA") if x)
    if chacha:
        return f"TLS_{keys}_WITH_CHACHA20_POLY1305_SHA256"
    if triple_des:
        return f"TLS_{keys}_WITH_3DES_EDE_CBC_SHA"
    mode = {None: "CBC", "-CCM8": "CCM_8"}.get(mode) or mode.removeprefix("-")
    return "_".join(x for x in (f"TLS_{keys}_WITH_{cipher}", bits, mode, digest) if x)


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


class WireParser(_LenientHTTPClientParser):
    """Reads what browsers read, and nothing without end."""

    MAX_LENGTH = MAX_HEAD_BYTES

    def lineLengthExceeded(self, line: bytes) -> None:
        raise TooLarge("a header line without end")

    def headerReceived(self, name: bytes, value: bytes) -> None:
        with suppress(ValueError):  # a name that can be none: skipped, as a line without a colon is
            super().headerReceived(name, value)  # type: ignore[no-untyped-call]

    def allHeadersReceived(self) -> None:
        """Only chunked, as the last coding, says how a body ends (RFC 9112 clause 6.3); the parent knows no other."""
        codings = b",".join(self.connHeaders.getRawHeaders(b"Transfer-Encoding", []))
        if codings.rpartition(b",")[2].strip().lower() == b"chunked":
            self.connHeaders.setRawHeaders(b"Transfer-Encoding", [b"chunked"])
        else:
            self.connHeaders.removeHeader(b"Transfer-Encoding")
        super().allHeadersReceived()  # type: ignore[no-untyped-call]


class WireProtocol(_LenientHTTP11ClientProtocol):
    _take: Take | None = None
    _max_bytes = 0
    _served = 0

    def request(self, request: Any) -> Any:
        tape = getattr(request, "_tape", None)
        if tape is not None and self._state == "QUIESCENT":
            take = self._take = Take(self.transport, reused=self._served > 0)
            tape.takes.append(take)
            self._max_bytes = tape.max_bytes
            self._served += 1
            write_to = type(request).writeTo  # the class's method, so that a resend does not nest tees
            request.writeTo = lambda transport: write_to(request, TeeTransport(transport, take))
        answered = super().request(request)
        if self._parser is not None:
            self._parser.__class__ = WireParser
        return answered

    def dataReceived(self, data: bytes) -> None:
        take = self._take
        if take is None or take.over:
            super().dataReceived(data)  # type: ignore[no-untyped-call]
            return
        if not take.received:
            take.note_tls(self.transport)
        take.received += data
        super().dataReceived(data)  # type: ignore[no-untyped-call]
        if not take.over and self._parser is not None and self._is_too_large(take):
            self._giveUp(Failure(TooLarge(f"after {len(take.received)} bytes")))  # type: ignore[no-untyped-call]

    def _is_too_large(self, take: Take) -> bool:
        """Scrapy limits the body without its framing, and heads not at all."""
        in_body = self._parser is not None and self._parser.state == BODY
        if not in_body:
            return len(take.received) > MAX_HEAD_BYTES
        return 0 < self._max_bytes < len(take.received) - MAX_HEAD_BYTES

    def _finishResponse(self, rest: bytes) -> None:
        if self._take is not None and not self._take.over:
            self._take.finish(rest)
        if rest and self._currentRequest is not None:
            self._currentRequest.persistent = False  # whoever sends more than an answer is not asked here again
        super()._finishResponse(rest)

    def _giveUp(self, reason: Failure) -> None:
        """Also called when an answer is whole and the connection is not kept; else it is cut here."""
        cut = self._take is not None and not self._take.over
        if self._take is not None:
            self._take.end()
        super()._giveUp(reason)  # type: ignore[no-untyped-call]
        if cut and self.transport is not None:
            self.transport.abortConnection()  # over TLS a mere loseConnection waits for the other side

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """For a body that ends with the connection the parent calls _finishResponse.

        It is complete only if the connection was closed in good order, over TLS with close_notify (RFC 9112 clause 8).
        """
        if self._take is not None and not isinstance(reason.value, ConnectionDone):
            self._take.end()
        super().connectionLost(reason)  # type: ignore[no-untyped-call]
        if self._take is not None:
            self._take.end()


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
