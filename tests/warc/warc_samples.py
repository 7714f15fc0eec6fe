"""Exchanges as odd as the web sends them, and small archives made of them. All texts are our own."""

from __future__ import annotations

import gzip
import itertools
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli

from archive.model import Exchange
from archive.warc.records import build
from archive.warc.writer import WarcWriter

START = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
REQUEST = b"GET /harbour HTTP/1.1\r\nHost: news.example\r\nUser-Agent: Broadsheet\r\n\r\n"
PAGE = b"<!doctype html><title>Harbour</title><p>The ferry came in late, and nobody minded." + b" It rained." * 40


def chunked(body: bytes, size: int = 100, *, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    """`body` in chunks of `size` bytes."""
    parts = (body[at : at + size] for at in range(0, len(body), size))
    lines = b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
    return lines + b"0" + extension + b"\r\n" + trailers + b"\r\n"


def head(*lines: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return b"\r\n".join((status, *lines, b"", b""))


FAKE_RECORD = b"WARC/1.1\r\nWARC-Type: warcinfo\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
GZIPPED = gzip.compress(PAGE, mtime=0)

# name -> (the bytes of the response from its final head on, the payload without transfer coding)
ODD: dict[str, tuple[bytes, bytes]] = {
    "plain": (head(b"Content-Type: text/html", b"Content-Length: %d" % len(PAGE)) + PAGE, PAGE),
    "header case, order and spacing": (head(b"x-zULU:   9", b"CONTENT-type:text/html  ", b"A : b") + PAGE, PAGE),
    "folded header": (head(b"X-Long: one", b"  two", b"\tthree") + PAGE, PAGE),
    "latin-1 header": (head(b"X-Name: caf\xe9", b"Set-Cookie: \xff=1") + PAGE, PAGE),
    "three cookies": (head(b"Set-Cookie: a=1", b"set-cookie: b=2", b"SET-COOKIE: c=3") + PAGE, PAGE),
    "own reason": (head(status=b"HTTP/1.1 200 Fine, thank you") + PAGE, PAGE),
    "no reason": (head(status=b"HTTP/1.1 200") + PAGE, PAGE),
    "no reason, blank": (head(status=b"HTTP/1.1 200 ") + PAGE, PAGE),
    "bare LF": (b"HTTP/1.1 200 OK\nContent-Type: text/html\nX-A: b\n\n" + PAGE, PAGE),
    "line without a colon": (head(b"this is no header", b"Content-Type: text/html") + PAGE, PAGE),
    "HTTP/1.0": (head(b"Content-Type: text/html", status=b"HTTP/1.0 200 OK") + PAGE, PAGE),
    "chunked": (head(b"Transfer-Encoding: chunked") + chunked(PAGE), PAGE),
    "chunked, extension": (head(b"Transfer-Encoding: chunked") + chunked(PAGE, extension=b";ext=1"), PAGE),
    "chunked, trailers": (head(b"Transfer-Encoding: chunked") + chunked(PAGE, trailers=b"X-T: 1\r\n"), PAGE),
    "CHUNKED": (head(b"TRANSFER-ENCODING: Chunked") + chunked(PAGE), PAGE),
    "chunked, bare LF": (head(b"Transfer-Encoding: chunked") + b"5\nhello\n0\n\n", b"hello"),
    "chunked by name only": (head(b"Transfer-Encoding: chunked") + PAGE, PAGE),
    "gzip": (head(b"Content-Encoding: gzip") + GZIPPED, GZIPPED),
    "x-gzip": (head(b"Content-Encoding: x-gzip") + GZIPPED, GZIPPED),
    "br": (head(b"Content-Encoding: br") + brotli.compress(PAGE), brotli.compress(PAGE)),
    "deflate": (head(b"Content-Encoding: deflate") + zlib.compress(PAGE), zlib.compress(PAGE)),
    "unknown coding": (head(b"Content-Encoding: zstd") + b"\x28\xb5\x2f\xfd....", b"\x28\xb5\x2f\xfd...."),
    "gzip, chunked": (
        head(b"Content-Encoding: gzip", b"Transfer-Encoding: chunked") + chunked(GZIPPED, 7),
        GZIPPED,
    ),
    "redirect": (head(b"Location: /caf\xe9 1", b"Content-Length: 0", status=b"HTTP/1.1 301 Moved"), b""),
    "204": (head(status=b"HTTP/1.1 204 No Content"), b""),
    "empty": (head(b"Content-Length: 0"), b""),
    "404": (head(status=b"HTTP/1.1 404 Not Found") + b"gone", b"gone"),
    "body that looks like a record": (head() + FAKE_RECORD, FAKE_RECORD),
    "body of CR and LF": (head() + b"\r\n\r\n\r\n\r\n", b"\r\n\r\n\r\n\r\n"),
}
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 101 Switching\r\n\r\n"
TLS = {"tls_version": "tls/1.3", "tls_cipher": "TLS_AES_128_GCM_SHA256"}


def exchange(response: bytes, *, url: str = "https://news.example/harbour", **facts: object) -> Exchange:
    values: dict[str, object] = {"request": REQUEST, "started": START, "fetch_ms": 12, "ip": "192.0.2.7"} | facts
    return Exchange(url=url, response=response, **values)  # type: ignore[arg-type]


def counted_ids() -> Callable[[], str]:
    """Record ids that are the same in every run."""
    numbers = itertools.count(1)
    return lambda: f"<urn:uuid:00000000-0000-4000-8000-{next(numbers):012d}>"


def clock(step_s: float = 0) -> Callable[[], datetime]:
    """A clock that goes on by `step_s` whenever it is read."""
    ticks = itertools.count()
    return lambda: START + timedelta(seconds=step_s * next(ticks))


def new_writer(folder: Path, **settings: object) -> WarcWriter:
    writer = WarcWriter(
        folder,
        info={"software": "Broadsheet/test"},
        host="crawler.example",
        clock=clock(),
        **settings,  # type: ignore[arg-type]
    )
    writer.open_file()
    return writer


def write_archive(folder: Path, responses: Iterable[bytes]) -> Path:
    """A sealed file with one group for each response."""
    writer = new_writer(folder)
    for response in responses:
        writer.append(build(exchange(response), warcinfo_id=writer.warcinfo_id))
    sealed = writer.seal()
    assert sealed is not None
    return folder / sealed.filename
