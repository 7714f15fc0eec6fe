"""Citations read back: which records a text cites, and with which digests. Pure.

Takes whatever holds identifiers: the forms of `archive.citation`, a bibliography of many, a PWID, a record id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from archive.bibtex import without_latex
from archive.errors import BadInput
from archive.pwid import Pwid, parse_pwid

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TOKEN = re.compile(
    rf"""(?P<pwid>urn:pwid:[^\s"<>\\^`{{|}}]+)
    |<(?P<bracketed>(?!urn:pwid:)(?:urn|uuid):[^<>\s]+)>
    |(?P<uuid>urn:uuid:{_UUID})
    |(?:\b(?P<of>block|payload)[\s_-]*(?:digests?|sha-?\d+)?[^\w\n]{{0,8}})?
     \b(?P<algorithm>md5|sha-?(?:1|224|256|384|512)):(?P<value>[A-Za-z0-9]{{26,128}}=*)""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CitedDigest:
    """`of`: block, payload, or None where the text does not say."""

    of: str | None
    digest: str  # algorithm:value, as it stands


@dataclass(slots=True)
class CitedRecord:
    """What a text says of one record; at least one of `pwid` and `record_id` is there."""

    pwid: str | None = None
    record_id: str | None = None  # with angle brackets
    digests: list[CitedDigest] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.record_id or self.pwid or ""

    @property
    def pwids(self) -> tuple[Pwid, ...]:
        """What the PWID can mean: as it stands, and without the full stop or bracket that clings to it."""
        texts = dict.fromkeys((self.pwid, _without_punctuation(self.pwid))) if self.pwid else ()
        return tuple(pwid for text in texts if text and (pwid := parse_pwid(text)))

    def take(self, slot: str, value: str) -> bool:
        """Enter a value; False if another stands there, so that this one belongs to the next record."""
        known = getattr(self, slot)
        if known is None:
            setattr(self, slot, value)
        return known is None or _without_punctuation(known) == _without_punctuation(value)

    def take_digest(self, new: CitedDigest) -> bool:
        """As `take`: of one block or payload there is one digest of each algorithm."""
        if any(d.digest == new.digest and (d.of == new.of or new.of is None) for d in self.digests):
            return True
        if new.of and any(d.of == new.of and _algorithm(d) == _algorithm(new) for d in self.digests):
            return False
        self.digests.append(new)
        return True


def read_citations(text: str, what: object = "this text") -> list[CitedRecord]:
    """The records that a text cites, in its order; `what` it is, for messages.

    :raises BadInput: it holds neither a PWID nor a record id.
    """
    found = [CitedRecord()]
    for token in _TOKEN.finditer(_plain_text(text)):
        if not _enter(token, found[-1]):
            found.append(CitedRecord())
            _enter(token, found[-1])
    records = [record for record in found if record.name]
    if not records:
        raise BadInput(
            f"{what} cites no record: neither a PWID nor a WARC-Record-ID is in it",
            hint="broadsheet cite ID prints both",
        )
    return records


def _enter(token: re.Match[str], record: CitedRecord) -> bool:
    if token["pwid"]:
        return record.take("pwid", token["pwid"])
    if token["bracketed"] or token["uuid"]:
        return record.take("record_id", f"<{token['bracketed'] or token['uuid']}>")
    of = token["of"].lower() if token["of"] else None
    return record.take_digest(CitedDigest(of, f"{token['algorithm'].lower().replace('-', '')}:{token['value']}"))


def _without_punctuation(pwid: str) -> str:
    """A PWID at the end of a sentence or in parentheses."""
    bare = pwid.rstrip(".,;:'!")
    if bare.endswith(")") and bare.count("(") < bare.count(")"):
        return _without_punctuation(bare[:-1])
    return bare


def _algorithm(cited: CitedDigest) -> str:
    return cited.digest.partition(":")[0]


def _plain_text(text: str) -> str:
    """JSON as lines of names and values, LaTeX without its escapes, anything else as it is."""
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        try:
            return "\n".join(_lines("", json.loads(text.lstrip("\ufeff"))))
        except (ValueError, RecursionError):
            pass
    return without_latex(text)


def _lines(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _lines(str(key), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _lines(name, inner)
    elif isinstance(value, str):
        yield f"{name}: {value}"
