"""Requests, responses and what HTTP demands between them: conditions, content codings, framing. No sockets."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Protocol

import brotli

_REASONS = {
    200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 307: "Temporary Redirect",
    400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 410: "Gone",
    431: "Request Header Fields Too Large", 500: "Internal Server Error",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `target` is path and query as sent; header names are lower case."""

    target: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The Host header with its port; empty if there is none."""
        return self.headers.get("host", "")


@dataclass(frozen=True, slots=True)
class Response:
    """What a site has at a target, before conditions and codings (RFC 9110 calls it the selected representation).

    `codings`: content codings the server can apply, best first. `coded`: bodies already coded, by coding.
    `fails_first`: the server answers 500 the first time it is asked for this.
    """

    status: int
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    etag: str = ""  # the opaque part, without quotes
    last_modified: datetime | None = None
    location: str = ""
    codings: tuple[str, ...] = ()
    chunked: bool = False
    date: datetime | None = None
    fails_first: bool = False
    coded: Mapping[str, bytes] = field(default_factory=dict)


class Site(Protocol):
    """Something that answers for hosts; a pure function of its own value and the request."""

    def respond(self, host: str, request: Request) -> Response:
        """The response of `host` (lower case, without port)."""
        ...

    def origins(self, port: int) -> list[str]:
        """Base URLs of its publishers when it is served on `port`."""
        ...


def http_date(when: datetime) -> str:
    """IMF-fixdate (RFC 9110, 5.6.7)."""
    return format_datetime(when.astimezone(UTC).replace(microsecond=0), usegmt=True)


def entity_tag(body: bytes) -> str:
    """The opaque part of an entity tag, from the bytes."""
    return hashlib.blake2b(body, digest_size=9).hexdigest()


def choose_coding(accepted: str, offered: tuple[str, ...]) -> str:
    """The first offered coding that Accept-Encoding allows; empty for none (RFC 9110, 12.5.3)."""
    allowed: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.strip().partition(";")
        _, _, quality = parameters.replace(" ", "").partition("q=")
        try:
            allowed[name.strip()] = float(quality) if quality else 1.0
        except ValueError:
            allowed[name.strip()] = 0.0
    for coding in offered:
        if allowed.get(coding, allowed.get("*", 0.0)) > 0:
            return coding
    return ""


def encode(body: bytes, coding: str) -> bytes:
    """`body` in a content coding; the same bytes every time."""
    if coding == "gzip":
        return gzip.compress(body, compresslevel=5, mtime=0)
    if coding == "br":
        return bytes(brotli.compress(body, quality=4))
    return body


def gunzip_single(data: bytes) -> bytes | None:
    """The content of exactly one gzip member, or None if it is none or more than one."""
    decoder = zlib.decompressobj(wbits=31)
    try:
        content = decoder.decompress(data)
    except zlib.error:
        return None
    return content if decoder.eof and not decoder.unused_data else None


def unchanged(request: Request, response: Response) -> bool:
    """Whether the client's copy is current (RFC 9110, 13.2.2): If-None-Match, compared weakly, goes first."""
    if response.status != 200:
        return False
    tags = request.headers.get("if-none-match")
    if tags is not None:
        if tags.strip() == "*":
            return True
        seen = {part.strip().removeprefix("W/").strip('"') for part in tags.split(",")}
        return bool(response.etag) and response.etag in seen
    since = request.headers.get("if-modified-since")
    if since is None or response.last_modified is None:
        return False
    try:
        limit = parsedate_to_datetime(since)
    except ValueError:
        return False
    if limit.tzinfo is None:
        limit = limit.replace(tzinfo=UTC)
    return response.last_modified.replace(microsecond=0) <= limit


def assemble(request: Request, response: Response, coding: str, coded: bytes, close: bool = False) -> bytes:
    """The bytes of the whole answer. `coded`: the body in `coding`; HEAD and 304 leave it out."""
    not_modified = unchanged(request, response)
    status = 304 if not_modified else response.status
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}", "Server: broadsheet-demo"]
    if response.date:
        lines.append(f"Date: {http_date(response.date)}")
    if response.etag:
        lines.append(f'ETag: W/"{response.etag}"' if coding else f'ETag: "{response.etag}"')
    if response.last_modified:
        lines.append(f"Last-Modified: {http_date(response.last_modified)}")
    if response.codings:
        lines.append("Vary: Accept-Encoding")
    if response.etag or response.last_modified:
        lines.append("Cache-Control: max-age=0, must-revalidate")
    if response.location:
        lines.append(f"Location: {response.location}")
    if status == 405:
        lines.append("Allow: GET, HEAD")
    chunked = response.chunked and response.status == 200
    if not not_modified:
        lines.append(f"Content-Type: {response.content_type}")
        if coding:
            lines.append(f"Content-Encoding: {coding}")
        lines.append("Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(coded)}")
    if close:
        lines.append("Connection: close")
    head = "\r\n".join((*lines, "", "")).encode("latin-1")
    if not_modified or request.method == "HEAD":
        return head
    return head + (_chunks(coded) if chunked else coded)


def _chunks(body: bytes, size: int = 4096) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
