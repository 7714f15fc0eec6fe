"""One exchange as WARC/1.1 records (ISO 28500:2017): response or revisit, request, metadata. Pure.

The block of a response is every byte as it was received; its payload is the body without transfer coding
and with its content coding. Records are serialised here and in `format`, not by a library, since those at
hand build the HTTP head anew.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from archive.digests import sha1_base32
from archive.message import Response, parse_response, without_credentials
from archive.model import Capture, Exchange, RefersTo
from archive.warc.captures import capture_of_response, capture_of_revisit, shape
from archive.warc.format import (
    COMPRESSED,
    IDENTICAL_PAYLOAD,
    STORED,
    WARC_FIELDS,
    Fields,
    Member,
    field_key,
    fields_block,
    new_record_id,
    parse_fields,
    serialise,
    target_uri,
    timestamp,
)

__all__ = ["Member", "RecordGroup", "build", "new_record_id", "parse_fields", "shape", "timestamp", "warcinfo"]

# What WARC-Payload-Digest says of a chunked body. "spec": the digest without the framing, which checkers that
# hash the stored bytes call wrong. "stored": with the framing, which the standard calls wrong.
ChunkedDigest = Literal["omit", "spec", "stored"]

RESPONSE_TYPE = "application/http;msgtype=response"
REQUEST_TYPE = "application/http;msgtype=request"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

# The names of the metadata record's fields that `build` writes itself.
OWN_FACTS = frozenset(
    {
        "fetchTimeMs",
        "connectionReused",
        "interimResponses",
        "interimResponsesBytes",
        "excessBytes",
        "removedHeaders",
        "truncated",
        "unrecordedHead",
        "unrecordedBytes",
        "unrecordedLength",
    }
)
_MOST_UNRECORDED = 1 << 20
_MOST_INTERIM = 1 << 16
_COMPRESSED_CODINGS = frozenset({"br", "zstd", "deflate"})
_GZIP_MAGIC = b"\x1f\x8b"


Originals = Mapping[int, RefersTo]  # by the number of the exchange: an earlier capture with the same payload


@dataclass(frozen=True, slots=True)
class RecordGroup:
    """The records of one exchange, to be written together, in the order response or revisit, request, metadata.

    `capture` is None when no record of a response could be made; what came is then in the metadata record.
    """

    members: tuple[Member, ...]
    warcinfo_id: str
    capture: Capture | None


def build(
    exchange: Exchange,
    *,
    warcinfo_id: str,
    refers_to: RefersTo | None = None,
    same_payload_as: RefersTo | None = None,
    facts: Mapping[str, str] | None = None,
    new_id: Callable[[], str] = new_record_id,
    chunked_digest: ChunkedDigest = "omit",
) -> RecordGroup:
    """The records of `exchange`; none if no byte was received.

    `refers_to` is the earlier capture that a 304 confirms; other answers ignore it. A 304 without it is no
    `response` either: its head goes into the metadata record. `same_payload_as` is an earlier capture with
    the same payload and the same `shape`: only the head is then written. `facts` are added to the metadata
    record. ValueError for a fact with a name of `OWN_FACTS`, for `same_payload_as` with another payload, and
    for a time without a zone.
    """
    facts = {field_key(key): value for key, value in (facts or {}).items()}
    if taken := OWN_FACTS & facts.keys():
        raise ValueError(
            f"facts of the metadata record that are written by build itself: {', '.join(sorted(taken))}"
        )
    if not exchange.response:
        return RecordGroup((), warcinfo_id, None)
    exchange = _cleared(exchange)
    response = parse_response(exchange.response) or parse_response(exchange.response, cut=True)
    common = _common_fields(exchange, warcinfo_id)
    members: list[Member] = []
    capture: Capture | None = None
    if response is not None and (response.status != 304 or refers_to is not None):
        original = refers_to if response.status == 304 else same_payload_as
        if original is None:
            main, capture = _response(exchange, response, common, new_id(), chunked_digest)
        else:
            main, capture = _revisit(exchange, response, original, common, new_id())
        members.append(main)
    if exchange.request:
        fields = common + _concurrent_to(members)
        members.append(serialise("request", new_id(), fields, exchange.request, content_type=REQUEST_TYPE))
    block = fields_block(_own_facts(exchange, response, recorded=capture is not None) | facts)
    fields = common[:2] + _warcinfo_field(warcinfo_id) + _concurrent_to(members)
    members.append(serialise("metadata", new_id(), fields, block, content_type=WARC_FIELDS))
    return RecordGroup(tuple(members), warcinfo_id, capture)


def note(
    url: str,
    date: datetime,
    *,
    warcinfo_id: str,
    facts: Mapping[str, str],
    new_id: Callable[[], str] = new_record_id,
) -> RecordGroup:
    """A metadata record alone: an attempt of which no byte came, or an event of the archive (`archive.journal`)."""
    fields = [("WARC-Date", timestamp(date)), ("WARC-Target-URI", target_uri(url)), *_warcinfo_field(warcinfo_id)]
    member = serialise("metadata", new_id(), fields, fields_block(facts), content_type=WARC_FIELDS)
    return RecordGroup((member,), warcinfo_id, None)


def warcinfo(
    filename: str, fields: Mapping[str, str], date: datetime, *, new_id: Callable[[], str] = new_record_id
) -> Member:
    """The record that opens a file and says what made it, and for whom."""
    headers = [("WARC-Date", timestamp(date)), ("WARC-Filename", filename)]
    return serialise("warcinfo", new_id(), headers, fields_block(fields), content_type=WARC_FIELDS)


def _cleared(exchange: Exchange) -> Exchange:
    """No credential is ever written, whoever forgot to take it out."""
    request, removed = without_credentials(exchange.request)
    if not removed:
        return exchange
    return replace(exchange, request=request, removed_headers=exchange.removed_headers + removed)


def _common_fields(exchange: Exchange, warcinfo_id: str) -> Fields:
    fields = [("WARC-Date", timestamp(exchange.started)), ("WARC-Target-URI", target_uri(exchange.url))]
    if exchange.ip:
        fields.append(("WARC-IP-Address", exchange.ip))
    fields += _warcinfo_field(warcinfo_id)
    fields.append(("WARC-Protocol", "http/1.1"))
    if exchange.tls_version:
        fields.append(("WARC-Protocol", exchange.tls_version))
    if exchange.tls_cipher:
        fields.append(("WARC-Cipher-Suite", exchange.tls_cipher))
    return fields


def _warcinfo_field(warcinfo_id: str) -> Fields:
    return [("WARC-Warcinfo-ID", warcinfo_id)]


def _concurrent_to(members: list[Member]) -> Fields:
    return [("WARC-Concurrent-To", members[0].record_id)] if members else []


def _truncated(exchange: Exchange, response: Response | None) -> str | None:
    """The reason of WARC-Truncated; a message that came whole never has one."""
    if exchange.complete and (response is None or response.whole_head):
        return None
    return exchange.truncated or "unspecified"


def _response(
    exchange: Exchange, response: Response, common: Fields, record_id: str, chunked_digest: ChunkedDigest
) -> tuple[Member, Capture]:
    block = exchange.response[response.start :]
    truncated = _truncated(exchange, response)
    capture = capture_of_response(
        response,
        exchange.url,
        record_id=record_id,
        captured_at=timestamp(exchange.started),
        block_digest=sha1_base32(block),
        truncated=truncated,
        ip=exchange.ip,
        fetch_ms=exchange.fetch_ms,
    )
    fields = common + ([("WARC-Truncated", truncated)] if truncated else [])
    payload_digest = capture.payload_digest
    if response.chunked and chunked_digest != "spec":
        payload_digest = sha1_base32(response.body) if chunked_digest == "stored" else None
    if payload_digest and response.whole_head:
        fields.append(("WARC-Payload-Digest", payload_digest))
    level = STORED if _is_compressed(response) else COMPRESSED
    digest = capture.block_digest
    main = serialise(
        "response", record_id, fields, block, content_type=RESPONSE_TYPE, block_digest=digest, level=level
    )
    return main, capture


def _is_compressed(response: Response) -> bool:
    return response.payload.startswith(_GZIP_MAGIC) or not _COMPRESSED_CODINGS.isdisjoint(response.content_codings)


def _revisit(
    exchange: Exchange, response: Response, original: RefersTo, common: Fields, record_id: str
) -> tuple[Member, Capture]:
    """The head alone, and what it refers to; replay tools find the original by its URI and date."""
    truncated = _truncated(exchange, response)
    not_modified = response.status == 304
    if not not_modified and (truncated or original.payload_digest != sha1_base32(response.payload)):
        raise ValueError(f"not the payload of {original.record_id}: {exchange.url}")
    left_out = truncated or ("length" if response.body else None)
    fields = common + ([("WARC-Truncated", left_out)] if left_out else [])
    fields += [
        ("WARC-Profile", NOT_MODIFIED if not_modified else IDENTICAL_PAYLOAD),
        ("WARC-Refers-To", original.record_id),
        ("WARC-Refers-To-Target-URI", target_uri(original.url)),
        ("WARC-Refers-To-Date", original.date),
    ]
    if original.payload_digest:
        fields.append(("WARC-Payload-Digest", original.payload_digest))
    capture = capture_of_revisit(
        response,
        exchange.url,
        record_id=record_id,
        captured_at=timestamp(exchange.started),
        block_digest=sha1_base32(response.head),
        payload_digest=original.payload_digest or None,
        refers_to=original.record_id,
        truncated=truncated,
        ip=exchange.ip,
        fetch_ms=exchange.fetch_ms,
    )
    return serialise("revisit", record_id, fields, response.head, content_type=RESPONSE_TYPE), capture


def _own_facts(exchange: Exchange, response: Response | None, *, recorded: bool) -> dict[str, str]:
    facts: dict[str, str] = {}
    if exchange.fetch_ms is not None:
        facts["fetchTimeMs"] = str(exchange.fetch_ms)
    facts["connectionReused"] = "true" if exchange.reused else "false"
    if exchange.excess:
        facts["excessBytes"] = str(exchange.excess)
    if exchange.removed_headers:
        facts["removedHeaders"] = ", ".join(dict.fromkeys(exchange.removed_headers))
    if response is not None and response.interim:
        facts |= _interim_facts(response.interim)
    if not recorded:
        facts |= _unrecorded_facts(exchange, response)
    return facts


def _interim_facts(interim: tuple[bytes, ...]) -> dict[str, str]:
    """The 1xx heads as a JSON array of Latin-1 strings; beyond 64 KiB only their size."""
    size = sum(map(len, interim))
    if size > _MOST_INTERIM:
        return {"interimResponsesBytes": str(size)}
    return {"interimResponses": json.dumps([head.decode("latin-1") for head in interim])}


def _unrecorded_facts(exchange: Exchange, response: Response | None) -> dict[str, str]:
    """What came but is no response record: the head of a 304 as a JSON string, other bytes in base64."""
    facts: dict[str, str] = {}
    truncated = _truncated(exchange, response)
    if truncated:
        facts["truncated"] = truncated
    if response is not None:
        facts["unrecordedHead"] = json.dumps(response.head[:_MOST_UNRECORDED].decode("latin-1"))
        return facts
    facts["unrecordedLength"] = str(len(exchange.response))
    facts["unrecordedBytes"] = base64.b64encode(exchange.response[:_MOST_UNRECORDED]).decode("ascii")
    return facts
