"""What the odd server answers: every way to bend HTTP/1.x that a crawl meets, a path each.

A path has a list of answers; the first request gets the first one, the last one is repeated. `outcome` and
`truncated` are what the archive must say of it.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Literal

import brotli

TEXT = b"The harbour ferry sails again from Monday, the council said after a long evening of talks. " * 12
PAGE = b"<!doctype html><html><head><title>Ferry</title></head><body><p>" + TEXT + b"</p></body></html>\n"
HTML = b"Content-Type: text/html; charset=utf-8"
ZSTD = bytes.fromhex("28b52ffd2406310000686172626f750a") + b"\xc7\x1e\x9a\x02"  # whatever is in it, it is kept

Ending = Literal[
    "keep",  # the connection waits for the next request
    "close",  # closed in good order, over TLS with close_notify
    "vanish",  # closed, over TLS without close_notify
    "reset",  # TCP RST
    "hold",  # nothing more, for ever
    "drip",  # a byte now and then, for ever
    "flood",  # chunks as fast as they go, for ever
    "stale",  # as keep, but the next request on the connection is read and not answered
]


@dataclass(frozen=True)
class Answer:
    """The bytes of one answer and what must become of it.

    Sent are `interim`, `message`, `excess`, one after the other, `message` in as many pieces as it has; then
    `ending` happens. `recorded`: the WARC file has a response record of it, not only the request and metadata records.
    """

    message: bytes | tuple[bytes, ...]
    ending: Ending = "keep"
    outcome: str = "archived"
    truncated: str | None = None
    interim: bytes = b""
    excess: bytes = b""
    recorded: bool = True

    @property
    def pieces(self) -> tuple[bytes, ...]:
        return (self.message,) if isinstance(self.message, bytes) else self.message

    @property
    def whole(self) -> bytes:
        return b"".join(self.pieces)


def head(*lines: bytes, status: bytes = b"HTTP/1.1 200 OK", eol: bytes = b"\r\n") -> bytes:
    return eol.join((status, *lines)) + eol * 2


def sized(body: bytes, *lines: bytes, status: bytes = b"HTTP/1.1 200 OK", eol: bytes = b"\r\n") -> bytes:
    """A response with Content-Length."""
    return head(HTML, *lines, b"Content-Length: %d" % len(body), status=status, eol=eol) + body


def chunks(body: bytes, *, size: int = 300, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    framed = (b"%X%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
    return b"".join(framed) + b"0\r\n" + trailers + b"\r\n"


def chunked(body: bytes, *lines: bytes, name: bytes = b"Transfer-Encoding: chunked") -> bytes:
    return head(HTML, name, *lines) + chunks(body)


GZIPPED = gzip.compress(PAGE, mtime=0)
CUT_CHUNK = chunked(PAGE)[:-200]
COOKIES = (b"Set-Cookie: a=1; Path=/", b"set-cookie: b=2", b"SET-COOKIE: c=3; HttpOnly")
MANY = tuple(b"X-Number-%03d: %s" % (n, b"v" * (n % 40)) for n in range(300))
INTERIM = head(b"Link: </style.css>; rel=preload", status=b"HTTP/1.1 103 Early Hints")
MOVED = sized(b"<p>moved</p>", b"Location: /hop/2", status=b"HTTP/1.1 301 Moved Permanently")
FOUND = sized(b"", b"Location: /hop/3?from=2", status=b"HTTP/1.1 302 Found")
FAILED = sized(b"<p>too busy</p>", status=b"HTTP/1.1 503 Service Unavailable")
NOT_MODIFIED = head(b'ETag: "a"', status=b"HTTP/1.1 304 Not Modified")
OLD = head(HTML, status=b"HTTP/1.0 200 OK")
ROBOTS = b"User-agent: *\nDisallow: /private/\n"
OK = Answer(sized(PAGE))
RESET = Answer(b"", "reset", "unreachable")
CLOSED = Answer(b"", "close", "unreachable")


def once(first: Answer) -> list[Answer]:
    """An answer that is not repeated: the second try gets the page."""
    return [first, OK]


CASES: dict[str, list[Answer]] = {
    "/robots.txt": [
        Answer(head(b"content-type: text/plain", b"CONTENT-LENGTH: %d" % len(ROBOTS)) + ROBOTS),
    ],
    # Heads.
    "/head/case-order-spacing": [
        Answer(
            head(b"x-zULU:   9  ", HTML, b"Server:\todd", b"A-First:1", b"Content-LENGTH:%d" % len(PAGE)) + PAGE
        )
    ],
    "/head/folded": [Answer(sized(PAGE, b"X-Folded: one", b"\ttwo", b"   three", b"X-After: 4"))],
    "/head/latin-1": [Answer(sized(PAGE, b"X-Name: Caf\xe9 \xff\xfe", b"Server: \xc3\xa9"))],
    "/head/cookies": [Answer(sized(PAGE, *COOKIES))],
    "/head/reason": [Answer(sized(PAGE, status=b"HTTP/1.1 200 Fine; thanks  for  asking"))],
    "/head/no-reason": [Answer(sized(PAGE, status=b"HTTP/1.1 200"))],
    "/head/blank-reason": [Answer(sized(PAGE, status=b"HTTP/1.1 200 "))],
    "/head/bare-lf": [Answer(sized(PAGE, eol=b"\n"))],
    "/head/no-colon": [Answer(sized(PAGE, b"this line has none", b"X-After: 1"))],
    "/head/impossible-names": [Answer(sized(PAGE, b"Two Words: 1", b": 2", b"X(y): 3", b"X-Nul: a\0b", b"X-After: 4"))],
    "/head/300-fields": [Answer(sized(PAGE, *MANY))],
    "/head/200-kb-line": [Answer(sized(PAGE, b"X-Long: " + b"l" * 200_000))],
    "/head/400-kb-line": [
        Answer(sized(PAGE, b"X-Long: " + b"l" * 400_000), "hold", "too-large", "length"),
    ],
    "/head/600-kb-of-lines": [
        Answer(sized(PAGE, *(b"X-More: " + b"m" * 6000 for _ in range(100))), "hold", "too-large", "length"),
    ],
    "/head/early-hints": [Answer(sized(PAGE), interim=INTERIM + head(status=b"HTTP/1.1 102 Processing"))],
    "/head/cut": once(Answer(sized(PAGE)[:40], "close", "truncated", "disconnect")),
    "/head/cut-in-status-line": once(Answer(b"HTTP/1.1 20", "close", "truncated", recorded=False)),
    "/head/in-pieces": [Answer(tuple(sized(PAGE, *COOKIES)[n : n + 7] for n in range(0, 1400, 7)))],
    # How a body ends.
    "/body/http-1.0": [Answer(OLD + PAGE, "close")],
    "/body/until-close": [Answer(head(HTML, b"Connection: close") + PAGE, "close")],
    "/body/closed-politely": [Answer(sized(PAGE, b"Connection: Close"), "close")],
    "/body/chunked": [
        Answer(
            head(HTML, b"Transfer-Encoding: chunked", b"Trailer: X-T")
            + chunks(PAGE, extension=b';name="a b"', trailers=b"X-T: 1\r\nx-u:2\r\n")
        )
    ],
    "/body/Chunked": [Answer(chunked(PAGE, name=b"TRANSFER-encoding: Chunked"))],
    "/body/chunked-and-length": [Answer(chunked(PAGE, b"Content-Length: 7"))],
    "/body/identity": [Answer(sized(PAGE, b"Transfer-Encoding: identity"))],
    "/body/gzip": [Answer(sized(GZIPPED, b"Content-Encoding: gzip"))],
    "/body/br": [Answer(sized(brotli.compress(PAGE), b"content-encoding: br"))],
    "/body/zstd": [Answer(sized(ZSTD, b"Content-Encoding: zstd"))],
    "/body/chunked-gzip": [Answer(chunked(GZIPPED, b"Content-Encoding: GZIP"))],
    "/body/none": [Answer(sized(b""))],
    "/body/excess": [Answer(sized(PAGE), "keep", excess=b"HTTP/1.1 200 Injected\r\n\r\n<p>not ours</p>")],
    "/body/excess-after-chunks": [Answer(chunked(PAGE), "keep", excess=b"\r\nleft over")],
    # Broken transfers.
    "/cut/length": once(Answer(sized(PAGE)[:-100], "close", "truncated", "disconnect")),
    "/cut/chunked": once(Answer(CUT_CHUNK, "close", "truncated", "disconnect")),
    "/cut/vanished": once(Answer(sized(GZIPPED, b"Content-Encoding: gzip")[:-9], "vanish", "truncated", "disconnect")),
    "/cut/always": [Answer(sized(PAGE)[:-1], "close", "truncated", "disconnect")],
    "/cut/bad-chunk": once(
        Answer(chunked(PAGE)[:400] + b"zz\r\n" + PAGE, "hold", "bad-response", "unspecified")
    ),
    "/cut/two-lengths": once(
        Answer(sized(PAGE, b"Content-Length: 7"), "hold", "bad-response", "unspecified")
    ),
    "/cut/drip": once(Answer(sized(PAGE)[:-500], "drip", "timeout", "time")),
    "/cut/no-answer": once(Answer(b"", "hold", "timeout")),
    "/cut/flood": [Answer(head(HTML, b"Transfer-Encoding: chunked"), "flood", "too-large", "length")],
    "/cut/declared": [Answer(head(HTML, b"Content-Length: 9999999") + PAGE, "hold", "too-large", "length")],
    # Twice, since the client asks again by itself if the connection was not new.
    "/cut/reset": [RESET, RESET, OK],
    "/cut/closed": [CLOSED, CLOSED, OK],
    "/cut/garbage": once(Answer(b"\x15\x03\x01\x00\x02\x02\r\nSSH-2.0\r\n", "close", "bad-response", recorded=False)),
    # Statuses.
    "/hop/1": [Answer(MOVED, outcome="redirect")],
    "/hop/2": [Answer(FOUND, outcome="redirect")],
    "/hop/3?from=2": [OK],
    "/status/204": [Answer(head(b"X-Empty: yes", status=b"HTTP/1.1 204 No Content"))],
    "/status/304": [Answer(NOT_MODIFIED, outcome="http-error", recorded=False)],
    "/status/404": [Answer(sized(b"<p>gone</p>", status=b"HTTP/1.1 404 Not Found"), outcome="gone")],
    "/status/503": [Answer(FAILED, outcome="server-error")],
    # Connections.
    "/keep/stale": [Answer(sized(PAGE), "stale")],
    "/keep/after-stale": [OK],
}  # fmt: skip

# A body that ends with the connection is cut if TLS is not closed in good order (RFC 9112 clause 8).
TLS_CASES: dict[str, list[Answer]] = {
    "/cut/no-close-notify": once(Answer(OLD + PAGE, "vanish", "truncated", "disconnect")),
}
PLAIN_CASES: dict[str, list[Answer]] = {"/body/until-fin": [Answer(OLD + PAGE, "vanish")]}

NOT_LINKED = ("/robots.txt", "/hop/2", "/hop/3?from=2")
FORBIDDEN = "/private/page"


def front_page(cases: dict[str, list[Answer]]) -> Answer:
    """A listing with a link to every case, and to what robots.txt forbids if there is one."""
    paths = [path for path in cases if path not in NOT_LINKED] + [FORBIDDEN] * ("/robots.txt" in cases)
    links = "".join(f'<li><a href="{path}">The story of {path}</a></li>\n' for path in paths)
    return Answer(sized(f"<!doctype html><title>Odd News</title><ul>\n{links}</ul>\n".encode()))
