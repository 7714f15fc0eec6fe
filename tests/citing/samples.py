"""Versions as the database gives them, with the oddities that citations must bear."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from archive.citation import Citation, citation
from archive.store import StoredCapture, VersionRecord

URL = "https://www.news.example/story?id=7&part=a_b"
RECORD_ID = "<urn:uuid:554299ae-54eb-40f7-8a87-76f553420b4e>"
SHA1 = "sha1:SR65AK3JXZ5LV6JYCOTZUXPJUDGZK7XV"
BLOCK = "sha1:TENFV723L5OSHAWNVSPQCIO6SMP7SJTQ"
SHA256 = "5cedf1d8a2bf97d0f75f46840e4056e8ef68444159571548b0fda2e5bfddd4f5"


def capture(**facts: Any) -> StoredCapture:
    known = {
        "capture_id": 3, "url": URL, "warc_file": "X.warc.gz", "record_id": RECORD_ID, "record_type": "response",
        "offset": 0, "length": 10, "captured_at": "2026-11-26T14:29:40.857215Z", "status": 200, "block_digest": BLOCK,
        "payload_digest": SHA1, "payload_sha256": SHA256, "site": "example",
    }  # fmt: skip
    return StoredCapture(**{f.name: None for f in fields(StoredCapture)} | known | facts)


def version(capture_facts: dict[str, Any] | None = None, /, **facts: Any) -> VersionRecord:
    known: dict[str, Any] = {
        "version_id": 12, "article_id": 7, "verdict": "article", "headline": "Bridge is to be mended at last",
        "authors": ("Ana Ruiz", "Bo Lind"), "publisher": "The News", "date_published": "2026-03-01T08:00:00Z",
        "date_published_offset": "+01:00", "date_published_precision": "minute", "in_language": "en-GB",
        "article_section": "Local", "headline_forms": {}, "keywords": (), "body_blocks": (),
        "capture": capture(**capture_facts or {}),
    }  # fmt: skip
    return VersionRecord(
        **{f.name: None for f in fields(VersionRecord)} | {"removed": (), "sources": ()} | known | facts
    )


def cited(**facts: Any) -> Citation:
    """A citation of a version; `capture` has facts of its capture."""
    of_capture = facts.pop("capture", None)
    return citation(version(of_capture, **facts), "news.example.org", "The Site")


# Headlines as publishers write them, and worse.
HEADLINES = [
    "Bridge is to be mended at last",
    '100% of R&D: how $5 #hashtags_{became} ~money^2 \\o/ <b>| and | "more"',
    "& Sons: The Story of a Firm",
    "}{ unbalanced { braces",
    "\\backslash First",
    "Élan, naïveté – “quotes” and ‘more’ …",
    "東雲市で見つかった手描きの海図、初公開",
    "إغلاق جسر السلام في عين الصفاء مدة ٥٥ يوماً",
    "@article{fake, title={injected}}",
    "Trailing backslash \\",
    "and and and",
]
NAMES = [
    "Ana Ruiz",
    "Barnes and Noble",
    "Ruiz, Ana",
    "Davis, Jr.",
    "Meridian Wire",
    "松本葵",
    "O’Neil {Press}",
    "J. R. \\ Foo",
]
