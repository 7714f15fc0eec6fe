"""Digests of bytes, in the forms that WARC headers and the database use."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview


def sha1_base32(data: Buffer) -> str:
    """`sha1:` and the base32 digest: the form of WARC-Block-Digest that CDX tools and checkers expect."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode("ascii")


def sha256_hex(data: Buffer) -> str:
    """The SHA-256 digest in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def file_sha256(path: Path) -> str:
    """The SHA-256 digest of a whole file, in lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def matches(labelled: str, data: Buffer) -> bool | None:
    """Whether `data` has the digest `labelled` ("algorithm:value", ISO 28500 clause 5.8), or None if unknown.

    The value may be base32 or hexadecimal, in either case, as the tools of the field write it.
    """
    algorithm, colon, value = labelled.strip().partition(":")
    algorithm = algorithm.strip().lower().replace("-", "")
    if not colon or algorithm not in {"md5", "sha1", "sha224", "sha256", "sha384", "sha512"}:
        return None
    found = hashlib.new(algorithm, data).digest()
    value = value.strip()
    if len(value) == 2 * len(found):
        return value.lower() == found.hex()
    return value.upper().rstrip("=") == base64.b32encode(found).decode("ascii").rstrip("=")
