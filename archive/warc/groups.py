"""Records read back as exchanges and captures, so that they can go through the pipeline again."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.digests import sha1_base32
from archive.model import Capture, Exchange, RecordLocation
from archive.warc.captures import capture_of_response, capture_of_revisit
from archive.warc.format import timestamp
from archive.warc.reader import Record
from archive.warc.removal import Removal, is_removal, removal_of

_IN_UTC = re.compile(r"\d{4}(-\d\d){0,2}|\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z", re.ASCII)
_MAIN_TYPES = frozenset({"response", "revisit"})
_GROUPED_TYPES = _MAIN_TYPES | {"request", "metadata"}


@dataclass(frozen=True)
class ReadGroup:
    """The records of one exchange, read back, in the order they have in their file."""

    records: tuple[Record, ...]

    def of_type(self, *record_types: str) -> Record | None:
        """The first record of one of these types, or None."""
        return next((record for record in self.records if record.record_type in record_types), None)

    @property
    def main(self) -> Record | None:
        """The response or revisit record, if there is one."""
        return self.of_type("response", "revisit")

    @property
    def locations(self) -> tuple[RecordLocation, ...]:
        return tuple(record.location for record in self.records)

    @property
    def url(self) -> str | None:
        return next((record.url for record in self.records if record.url), None)

    @property
    def removal(self) -> Removal | None:
        """What stands in the place of a record of this exchange that is gone, or None."""
        return next((removal for record in self.records if (removal := removal_of(record))), None)

    @property
    def metadata(self) -> Record | None:
        """The metadata record, not one that stands for a record that is gone."""
        return next((r for r in self.records if r.record_type == "metadata" and not is_removal(r)), None)

    @property
    def facts(self) -> dict[str, str]:
        """The fields of the metadata record; without one, what is said of the record that is gone, if one is."""
        if metadata := self.metadata:
            return metadata.fields
        removal = self.removal
        return dict(removal.facts) if removal else {}

    @property
    def capture(self) -> Capture | None:
        """The facts of the response or revisit record; None if there is none with an HTTP response in it."""
        main = self.main
        return capture_of(main, self.metadata) if main else None

    @property
    def exchange(self) -> Exchange:
        """The exchange as far as the records have it."""
        return exchange_of(self.records)


def group_records(records: Iterable[Record]) -> Iterator[ReadGroup]:
    """Records that name each other in WARC-Concurrent-To and stand next to each other, as groups.

    Records of other types (warcinfo, resource ...) are left out. Works for both orders in use, response
    before request and request before response.
    """
    group: list[Record] = []
    for record in records:
        if record.record_type not in _GROUPED_TYPES:
            continue
        if group and not _belongs(record, group):
            yield ReadGroup(tuple(group))
            group = []
        group.append(record)
    if group:
        yield ReadGroup(tuple(group))


def _belongs(record: Record, group: Sequence[Record]) -> bool:
    kinds = {_kind(other) for other in group}
    if _kind(record) in kinds:
        return False
    ids = {record_id for other in group for record_id in _ids(other)}
    named = {value for other in group for value in _concurrent(other)}
    return not ids.isdisjoint(_concurrent(record)) or not named.isdisjoint(_ids(record))


def _ids(record: Record) -> set[str]:
    """The id of a record, and of the one in whose place it stands."""
    removal = removal_of(record)
    return {record.record_id, removal.record_id} if removal else {record.record_id}


def _kind(record: Record) -> str:
    if is_removal(record):
        return "removal"
    return "response" if record.record_type in _MAIN_TYPES else record.record_type


def _concurrent(record: Record) -> list[str]:
    return [value for name, value in record.headers if name.lower() == "warc-concurrent-to"]


def capture_of(record: Record, metadata: Record | None = None) -> Capture | None:
    """The facts of a response or revisit record, also one of another tool; None if it holds no HTTP response.

    Digests are computed from the bytes, save for the payload digest of a revisit, which is its header's.
    """
    response = record.response
    if response is None or record.record_type not in _MAIN_TYPES:
        return None
    url = record.url or ""
    fetch_ms = _number(metadata.fields.get("fetchTimeMs") if metadata else None)
    truncated, ip = record.header("WARC-Truncated"), record.header("WARC-IP-Address")
    digest = sha1_base32(record.block)
    if record.record_type == "revisit":
        if is_identical(record) and truncated == "length":
            truncated = None  # the answer came whole, its body lies in the original
        return capture_of_revisit(
            response,
            url,
            record_id=record.record_id,
            captured_at=record.date,
            block_digest=digest,
            payload_digest=record.header("WARC-Payload-Digest"),
            refers_to=record.header("WARC-Refers-To"),
            truncated=truncated,
            ip=ip,
            fetch_ms=fetch_ms,
        )
    return capture_of_response(
        response,
        url,
        record_id=record.record_id,
        captured_at=record.date,
        block_digest=digest,
        truncated=truncated,
        ip=ip,
        fetch_ms=fetch_ms,
    )


def is_identical(record: Record) -> bool:
    """Whether a revisit record stands for an answer with the payload of an earlier one, of WARC/1.0 or 1.1."""
    return (record.header("WARC-Profile") or "").endswith("identical-payload-digest")


def exchange_of(records: Sequence[Record]) -> Exchange:
    """The exchange that these records of one group were made from.

    A revisit of an identical payload has only the head, and is then not `complete`. ValueError without any
    record of an exchange.
    """
    group = ReadGroup(tuple(record for record in records if record.record_type in _GROUPED_TYPES))
    if not group.records:
        raise ValueError("no record of an exchange")
    main, request, facts = group.main, group.of_type("request"), group.facts
    first = main or group.records[0]
    protocols = [value for name, value in first.headers if name.lower() == "warc-protocol"]
    truncated = (main.header("WARC-Truncated") if main else None) or facts.get("truncated")
    return Exchange(
        url=group.url or "",
        request=request.block if request else b"",
        response=_response_bytes(main, facts),
        started=parse_date(first.date),
        fetch_ms=_number(facts.get("fetchTimeMs")),
        ip=next((ip for record in group.records if (ip := record.header("WARC-IP-Address"))), None),
        tls_version=next((value for value in protocols if value.lower().startswith("tls/")), None),
        tls_cipher=first.header("WARC-Cipher-Suite"),
        complete=truncated is None,
        truncated=truncated,
        reused=facts.get("connectionReused") == "true",
        excess=_number(facts.get("excessBytes")) or 0,
        removed_headers=tuple(name for name in facts.get("removedHeaders", "").split(", ") if name),
    )


def _response_bytes(main: Record | None, facts: dict[str, str]) -> bytes:
    if "unrecordedBytes" in facts and main is None:
        try:
            return base64.b64decode(facts["unrecordedBytes"], validate=True)
        except binascii.Error:
            return b""
    heads = _json_strings(facts.get("interimResponses"))
    tail = [main.block] if main is not None else _json_strings(facts.get("unrecordedHead"))
    return b"".join((*heads, *tail))


def _json_strings(text: str | None) -> list[bytes]:
    """The Latin-1 strings of a JSON string or array of strings, as bytes; none of what is not that."""
    try:
        value = json.loads(text or "[]")
        strings = value if isinstance(value, list) else [value]
        return [string.encode("latin-1") for string in strings if isinstance(string, str)]
    except (ValueError, RecursionError):
        return []


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def parse_date(text: str) -> datetime:
    """A WARC-Date as a time in UTC; ValueError for anything else.

    It is the W3C profile of ISO 8601, with any precision from the year on (ISO 28500 clause 5.4).
    """
    if re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
        return datetime.fromisoformat((text + "-01-01")[:10]).replace(tzinfo=UTC)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a WARC-Date without its Z: {text!r}")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"a WARC-Date outside of the calendar: {text!r}") from None


def date_in_utc(text: str) -> str:
    """A WARC-Date as it is, in whatever precision; in UTC where a careless tool wrote another zone."""
    return text if _IN_UTC.fullmatch(text) else timestamp(parse_date(text))
