"""A WARC file as other tools write them."""

from __future__ import annotations

from pathlib import Path


def foreign(path: Path) -> Path:
    """What other tools write: WARC/1.0, not compressed, resources, an answer to HEAD, a revisit without a head."""
    http = "application/http; msgtype="
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nhello"
    digest = "WARC-Payload-Digest: sha256:theirs"
    path.write_bytes(
        record(1, "response", page, f"{http}response", "<http://news.example/a b>", digest)
        + record(2, "resource", b"PNG", "image/png", "urn:thumbnail:x", "WARC-Block-Digest: sha1:THUMB")
        + record(3, "response", b"HTTP/1.1 200 OK\r\n\r\n", f"{http}response", "http://news.example/head")
        + record(
            4, "request", b"HEAD /head HTTP/1.1\r\n\r\n", f"{http}request", "http://news.example/head",
            "WARC-Concurrent-To: <urn:uuid:3>",
        )
        + record(
            5, "revisit", b"", f"{http}response", "http://news.example/bare", digest,
            "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest",
            "WARC-Refers-To-Target-URI: http://news.example/a b", "WARC-Refers-To-Date: 2026-03-02T08:00:00Z",
        )
    )  # fmt: skip
    return path


def record(number: int, kind: str, block: bytes, content_type: str, url: str, *more: str) -> bytes:
    lines = [
        "WARC/1.0", f"WARC-Type: {kind}", f"WARC-Record-ID: <urn:uuid:{number}>", "WARC-Date: 2026-03-02T08:00:00Z",
        f"WARC-Target-URI: {url}", *more, f"Content-Type: {content_type}", f"Content-Length: {len(block)}", "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + block + b"\r\n\r\n"
