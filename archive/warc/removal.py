"""What stands in the place of a record that is gone: a metadata record that says which it was, and why it went.

It has the WARC-Target-URI and WARC-Date of that record, names it in WARC-Refers-To (ISO 28500 clause 5.11: a metadata
record may refer to the one it describes), and gives its type and digests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from archive.warc.format import WARC_FIELDS, Member, fields_block, new_record_id, serialise, target_uri
from archive.warc.reader import Record

TAKEDOWN, DAMAGE = "takedown", "damage"
_PREFIX = "removed"


@dataclass(frozen=True, slots=True)
class Removal:
    """A record that was removed. `facts` are more fields, such as the reason; what they mean depends on `cause`."""

    cause: str  # takedown | damage
    record_id: str  # empty if it had none
    record_type: str
    url: str
    date: str  # WARC-Date, verbatim
    block_digest: str | None = None
    payload_digest: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    def member(self, warcinfo_id: str | None, *, new_id: Callable[[], str] = new_record_id) -> Member:
        """The record for its place; of the file with this warcinfo record."""
        headers = [
            ("WARC-Date", self.date),
            *([("WARC-Target-URI", target_uri(self.url))] if self.url else []),
            *([("WARC-Warcinfo-ID", warcinfo_id)] if warcinfo_id else []),
            *([("WARC-Refers-To", self.record_id)] if self.record_id else []),
        ]
        own = {
            _PREFIX: self.cause,
            "removedType": self.record_type,
            "removedBlockDigest": self.block_digest,
            "removedPayloadDigest": self.payload_digest,
        }
        block = fields_block({**{name: value for name, value in own.items() if value}, **self.facts})
        return serialise("metadata", new_id(), headers, block, content_type=WARC_FIELDS)


def is_removal(record: Record) -> bool:
    """Whether a record stands for one that is gone."""
    return (
        record.record_type == "metadata"
        and record.fields.get(_PREFIX) in (TAKEDOWN, DAMAGE)
        and "removedType" in record.fields
    )


def removal_of(record: Record) -> Removal | None:
    """What a record says of the one in whose place it stands; None if it stands for none."""
    if not is_removal(record):
        return None
    facts = dict(record.fields)
    return Removal(
        cause=facts.pop(_PREFIX),
        record_id=record.header("WARC-Refers-To") or "",
        record_type=facts.pop("removedType", ""),
        url=record.url or "",
        date=record.date,
        block_digest=facts.pop("removedBlockDigest", None),
        payload_digest=facts.pop("removedPayloadDigest", None),
        facts=facts,
    )
