"""The WARC/1.1 format itself: one record as one gzip member, and the `application/warc-fields` block.

Whatever a server, a publisher or a caller puts into a value, it cannot add a line to a header, nor a record
to a file: all that could is percent-encoded here, in one place.
"""

from __future__ import annotations

import re
import uuid
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.digests import sha1_base32

Fields = list[tuple[str, str]]

WARC_FIELDS = "application/warc-fields"
IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
STORED, COMPRESSED = 0, 6  # levels of the gzip member of a record

# Every member begins with the same ten bytes, so that a changed one stands out: no name, no time, "Unix".
GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
END_OF_RECORD = b"\r\n\r\n"

_NOT_IN_URI = re.compile(r"[^\x21-\x7e]")
_NOT_IN_HEADER = re.compile(r"[^\x20-\x7e]")
_NOT_IN_FIELD = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_KEY = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True, slots=True)
class Member:
    """One record, ready to be written: `data` is a whole gzip member."""

    record_type: str
    record_id: str  # <urn:uuid:...>
    data: bytes


def new_record_id() -> str:
    """A new WARC-Record-ID, with the angle brackets."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def timestamp(moment: datetime) -> str:
    """WARC-Date in UTC with microseconds (ISO 28500 clause 5.4). ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a WARC-Date needs a time zone: {moment!r}")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def target_uri(url: str) -> str:
    """`url` as a WARC-Target-URI: blanks, controls, non-ASCII and lone surrogates percent-encoded."""
    return _NOT_IN_URI.sub(_percent, url)


def header_value(value: str) -> str:
    """`value` for one line of a record header: visible ASCII and blanks, all else percent-encoded."""
    return _NOT_IN_HEADER.sub(_percent, value.strip(" "))


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))


def serialise(
    record_type: str,
    record_id: str,
    headers: Iterable[tuple[str, str]],
    block: bytes,
    *,
    content_type: str,
    block_digest: str | None = None,
    level: int = COMPRESSED,
) -> Member:
    """One record as one gzip member.

    `headers` come between WARC-Record-ID and WARC-Block-Digest, in their order. `level` is zlib's;
    `STORED` is for blocks that are compressed already.
    """
    lines = [
        ("WARC-Type", record_type),
        ("WARC-Record-ID", record_id),
        *headers,
        ("WARC-Block-Digest", block_digest or sha1_base32(block)),
        ("Content-Type", content_type),
        ("Content-Length", str(len(block))),
    ]
    head = "".join(f"{name}: {header_value(value)}\r\n" for name, value in lines).encode("ascii")
    compressor = zlib.compressobj(level, zlib.DEFLATED, 31)
    parts = [
        compressor.compress(b"WARC/1.1\r\n" + head + b"\r\n"),
        compressor.compress(block),
        compressor.compress(END_OF_RECORD),
        compressor.flush(),
    ]
    return Member(record_type, record_id, GZIP_HEADER + b"".join(parts)[len(GZIP_HEADER) :])


def fields_block(fields: Mapping[str, str]) -> bytes:
    """A block of `application/warc-fields`, UTF-8; control characters of values are percent-encoded."""
    return "".join(f"{field_key(key)}: {_field_value(value)}\r\n" for key, value in fields.items()).encode("utf-8")


def field_key(key: str) -> str:
    """`key` as the name of a warc-field: other characters than letters, digits, `_.-` become `_`."""
    return _NOT_IN_KEY.sub("_", key) or "_"


def _field_value(value: str) -> str:
    return _NOT_IN_FIELD.sub(_percent, value).strip()


def parse_fields(block: bytes) -> dict[str, str]:
    """The fields of a warc-fields block; folded lines are joined, the values of a repeated name by ", "."""
    fields: dict[str, str] = {}
    key = ""
    for line in block.decode("utf-8", "replace").split("\n"):
        text = line.rstrip("\r")
        if text[:1] in (" ", "\t") and key:
            fields[key] += " " + text.strip()
            continue
        key, colon, value = text.partition(":")
        key = key.strip()
        if colon and key:
            fields[key] = f"{fields[key]}, {value.strip()}" if key in fields else value.strip()
        else:
            key = ""
    return fields
