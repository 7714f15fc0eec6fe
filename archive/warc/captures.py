"""The facts of a capture that the database keeps, from a response just written or from a record read back."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from archive.digests import sha1_base32, sha256_hex
from archive.message import Response
from archive.model import Capture

_NOT_IN_URI = re.compile(rb"[^\x21-\x7e]")


def capture_of_response(
    response: Response,
    url: str,
    *,
    record_id: str,
    captured_at: str,
    block_digest: str,
    truncated: str | None = None,
    ip: str | None = None,
    fetch_ms: int | None = None,
) -> Capture:
    """The facts of a `response` record. A head that was cut has no payload, so no digest of one either."""
    payload = response.payload if response.whole_head else None
    whole = payload is not None and truncated is None
    return Capture(
        record_id=record_id,
        record_type="response",
        captured_at=captured_at,
        status=response.status,
        content_type=response.header("content-type"),
        block_digest=block_digest,
        payload_digest=None if payload is None else sha1_base32(payload),
        payload_sha256=None if payload is None else sha256_hex(payload),
        payload_bytes=None if payload is None else len(payload),
        truncated=truncated,
        ip=ip,
        redirect_to=redirect_target(response, url),
        fetch_ms=fetch_ms,
        etag=response.header("etag"),
        last_modified=response.header("last-modified"),
        shape=shape(response) if whole else None,
    )


def capture_of_revisit(
    response: Response,
    url: str,
    *,
    record_id: str,
    captured_at: str,
    block_digest: str,
    payload_digest: str | None,
    refers_to: str | None,
    truncated: str | None = None,
    ip: str | None = None,
    fetch_ms: int | None = None,
) -> Capture:
    """The facts of a `revisit` record; `payload_digest` and `refers_to` are those of the original.

    `truncated` is about the answer: that the record has no body is the nature of a revisit.
    """
    return Capture(
        record_id=record_id,
        record_type="revisit",
        captured_at=captured_at,
        status=response.status,
        content_type=response.header("content-type"),
        block_digest=block_digest,
        payload_digest=payload_digest,
        payload_sha256=None,
        payload_bytes=None,
        truncated=truncated,
        ip=ip,
        redirect_to=redirect_target(response, url),
        fetch_ms=fetch_ms,
        etag=response.header("etag"),
        last_modified=response.header("last-modified"),
        refers_to=refers_to,
    )


def shape(response: Response) -> str:
    """Transfer and content coding: only captures of one shape may stand for each other's bodies on replay."""
    return "+".join(("chunked" if response.chunked else "plain", *response.content_codings))


def redirect_target(response: Response, url: str) -> str | None:
    """The absolute target of a 3xx, its bytes beyond ASCII percent-encoded as browsers do; None without one."""
    location = response.header("location")
    if not location or response.status == 304 or not 300 <= response.status < 400:
        return None
    encoded = _NOT_IN_URI.sub(lambda match: b"%%%02X" % match[0][0], location.encode("latin-1"))
    try:
        return urljoin(url, encoded.decode("ascii"))
    except ValueError:
        return None
