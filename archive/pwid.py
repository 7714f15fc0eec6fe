"""PWID URNs, which name one harvested thing by archive, time and address.

The namespace `pwid` is registered with IANA (https://www.iana.org/assignments/urn-formal/pwid):
`urn:pwid:<archive id>:<UTC time to the second>:<coverage>:<URI>`. What we cite is one record, so its coverage is
`part`: the answer itself, without the pictures and styles that a `page` would take in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

_ARCHIVE_ID = re.compile(r"[A-Za-z0-9._~-]{1,200}")  # unreserved, RFC 3986 section 2.3
# What the namespace-specific string of a URN may not hold (RFC 8141 section 2): all but pchar and "/".
_NOT_IN_NSS = re.compile(r"[^A-Za-z0-9._~!$&'()*+,;=:@/%-]|%(?![0-9A-Fa-f]{2})")
_PWID = re.compile(
    r"urn:pwid:([A-Za-z0-9._~-]+):(\d{4}-\d\d-\d\dT\d\d:?\d\d:?\d\d(?:\.\d{1,9})?Z)"
    r":(part|page|subsite|site|collection|recording|snapshot|other):(.+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Pwid:
    """The parts of a PWID; `item` as it stands in the URN, `moment` in UTC and to the second."""

    archive_id: str
    moment: datetime
    coverage: str
    item: str

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses that may be meant: some writers encode what a URN may not hold, some all, some nothing."""
        ours = _decoded(self.item, "3F|23|5B|5D")
        return tuple(dict.fromkeys((self.item, ours, _decoded(ours, "25"), unquote(self.item))))

    def names(self, url: str, moment: datetime) -> bool:
        """Whether this is the PWID of what was captured of `url` at `moment`."""
        item = _NOT_IN_NSS.sub(_percent, url)
        return self.moment == to_the_second(moment) and (item == self.item or url in self.urls)


def _decoded(text: str, codes: str) -> str:
    return re.sub(f"%(?:{codes})", lambda match: unquote(match[0]), text, flags=re.IGNORECASE)


def is_archive_id(text: str) -> bool:
    """Whether a PWID can hold `text` as its archive id: letters, digits and `-._~`, at most 200 of them."""
    return _ARCHIVE_ID.fullmatch(text) is not None


def to_archive_id(name: str) -> str:
    """`name` with all else made into hyphens; `local` if nothing is left of it."""
    return re.sub(r"[^A-Za-z0-9._~-]+", "-", name).strip("-.~_")[:200] or "local"


def make_pwid(archive_id: str, moment: datetime, url: str) -> str:
    """The PWID of the record that was captured at `moment` of `url`."""
    time = to_the_second(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"urn:pwid:{archive_id}:{time}:part:{_NOT_IN_NSS.sub(_percent, url)}"


def parse_pwid(text: str) -> Pwid | None:
    """The parts of a PWID; None if `text` is none."""
    match = _PWID.fullmatch(text.strip())
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(match[2].upper())
    except ValueError:
        return None
    return Pwid(match[1], to_the_second(moment), match[3].lower(), match[4])


def to_the_second(moment: datetime) -> datetime:
    """`moment` in UTC without what is beyond the second: as PWIDs have it."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))
