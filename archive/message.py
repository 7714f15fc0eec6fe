"""HTTP/1.x messages from raw bytes (RFC 9112), as forgiving as the clients that received them.

Nothing here decodes a content coding (`archive.codings`) or touches a disk. Header values are Latin-1, so
that every byte has a character and comes back by `.encode("latin-1")`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

Headers = tuple[tuple[str, str], ...]

# Credentials of the crawl, which have no place in an archive that is handed on.
CREDENTIALS = frozenset({"authorization", "cookie", "cookie2", "proxy-authorization"})

_END_OF_HEAD = re.compile(rb"\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/(\d{1,3}(?:\.\d{1,3})?)[ \t]+(\d{1,5})([ \t][^\n]*)?\r?\n")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,16})[ \t]*(?:;[^\n]*)?\r?\n")
_CUT_CHUNK_SIZE = re.compile(rb"[ \t]*[0-9a-fA-F]{0,16}[ \t]*(?:;[^\n]*)?\r?")
_LONGEST_SIZE_LINE = 16384


@dataclass(frozen=True)
class _Message:
    head: bytes  # with its empty line
    headers: Headers
    body: bytes  # with the transfer coding
    version: str  # "1.1"
    whole_head: bool  # False: the bytes ended inside the head

    def header(self, name: str) -> str | None:
        """The first value of a header, without regard to case, or None."""
        name = name.lower()
        return next((value for key, value in self.headers if key.lower() == name), None)

    def header_tokens(self, name: str) -> tuple[str, ...]:
        """All values of a comma-separated header, lower case, in order, without parameters."""
        name = name.lower()
        values = ",".join(value for key, value in self.headers if key.lower() == name)
        tokens = (token.partition(";")[0].strip().lower() for token in values.split(","))
        return tuple(token for token in tokens if token)

    @cached_property
    def chunked(self) -> bool:
        """Whether the last transfer coding is chunked, in any case of letters (RFC 9112 section 6.3)."""
        return self.header_tokens("transfer-encoding")[-1:] == ("chunked",)

    @cached_property
    def payload(self) -> bytes:
        """The body without its transfer coding; a content coding stays."""
        return dechunk(self.body) if self.chunked else self.body

    @cached_property
    def content_codings(self) -> tuple[str, ...]:
        """The content codings in the order they were applied, lower case."""
        return self.header_tokens("content-encoding")


@dataclass(frozen=True)
class Response(_Message):
    """The final response of an exchange; `interim` holds the 1xx heads that came before it, verbatim."""

    status: int
    reason: str
    interim: tuple[bytes, ...] = ()
    start: int = 0  # offset of the final head in the raw bytes


@dataclass(frozen=True)
class Request(_Message):
    """A request; `target` is as sent: a path, or a whole URL to a proxy."""

    method: str
    target: str


def parse_response(raw: bytes, *, cut: bool = False) -> Response | None:
    """Read the final response of `raw`; None without a whole head or without a valid status line.

    1xx responses before it are skipped, 101 too, as Twisted does. With `cut`, a head that ends too early is
    accepted as long as its status line is whole; its last line is then dropped from `headers`.
    """
    interim: list[bytes] = []
    start = 0
    while (line := _STATUS_LINE.match(raw, start)) is not None:
        status = int(line[2])
        end = _END_OF_HEAD.search(raw, line.end() - 1)
        if end is not None and 100 <= status < 200:
            interim.append(raw[start : end.end()])
            start = end.end()
            continue
        if end is None and (not cut or 100 <= status < 200):
            return None
        stop = len(raw) if end is None else end.end()
        return Response(
            head=raw[start:stop],
            headers=_headers(raw[line.end() : stop], whole=end is not None),
            body=raw[stop:],
            version=line[1].decode("ascii"),
            whole_head=end is not None,
            status=status,
            reason=(line[3] or b"").strip().decode("latin-1"),
            interim=tuple(interim),
            start=start,
        )
    return None


def parse_request(raw: bytes) -> Request | None:
    """Read a request; None without a whole head or without a valid request line."""
    first = raw.find(b"\n") + 1
    end = _END_OF_HEAD.search(raw, first - 1) if first else None
    words = raw[:first].split()
    if end is None or len(words) < 2:
        return None
    version = words.pop()[5:] if len(words) > 2 and words[-1].startswith(b"HTTP/") else b"0.9"
    return Request(
        head=raw[: end.end()],
        headers=_headers(raw[first : end.end()], whole=True),
        body=raw[end.end() :],
        version=version.decode("latin-1"),
        whole_head=True,
        method=words[0].decode("latin-1"),
        target=b" ".join(words[1:]).decode("latin-1"),
    )


def without_credentials(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A request without the header lines of `CREDENTIALS`, and the names of those taken out, as sent.

    All other bytes stay as they are.
    """
    first = raw.find(b"\n") + 1
    end = _END_OF_HEAD.search(raw, max(first - 1, 0))
    stop = end.end() if end else len(raw)
    lowered = raw[:stop].lower()
    if not first or not any(name.encode() in lowered for name in CREDENTIALS):
        return raw, ()
    kept, removed, dropping = [raw[:first]], [], False
    for line in _lines(raw[first:stop]):
        if line[:1] not in (b" ", b"\t"):
            name = line.partition(b":")[0].strip().decode("latin-1")
            dropping = name.lower() in CREDENTIALS
            if dropping:
                removed.append(name)
        if not dropping:
            kept.append(line)
    return b"".join((*kept, raw[stop:])), tuple(removed)


def dechunk(body: bytes) -> bytes:
    """The payload of a chunked body (RFC 9112 section 7.1); whatever came of one that was cut.

    Extensions and trailers are ignored, bare LF is accepted. A body whose first line is no chunk size was
    never chunked, whatever its head says, and is returned as it is.
    """
    payload, view, at = bytearray(), memoryview(body), 0
    while (line := _CHUNK_SIZE.match(body, at, at + _LONGEST_SIZE_LINE)) is not None:
        size = int(line[1], 16)
        if size == 0:
            return bytes(payload)
        at = min(line.end() + size, len(body))
        payload += view[line.end() : at]
        if body[at : at + 2] == b"\r\n":
            at += 2
        elif body[at : at + 1] == b"\n":
            at += 1
    if at == 0 and not _CUT_CHUNK_SIZE.fullmatch(body, 0, _LONGEST_SIZE_LINE):
        return body
    return bytes(payload)


def _lines(data: bytes) -> Iterator[bytes]:
    """The lines of `data` with their ends; only LF ends a line."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        yield data[start:end]
        start = end


def _headers(lines: bytes, *, whole: bool) -> Headers:
    """The fields of a head after its first line: folded lines joined, lines without a colon skipped."""
    fields: list[list[bytes]] = []
    for line in lines.split(b"\n") if whole else lines.split(b"\n")[:-1]:
        text = line.removesuffix(b"\r")
        if text[:1] in (b" ", b"\t"):
            if fields:
                fields[-1].append(text.strip(b" \t"))
        elif text:
            fields.append([text])
    pairs = (b" ".join(parts).partition(b":") for parts in fields)
    return tuple(
        (name.strip(b" \t").decode("latin-1"), value.strip(b" \t").decode("latin-1"))
        for name, colon, value in pairs
        if colon
    )
