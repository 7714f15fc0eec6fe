"""How a version is cited: the facts, and the forms that people and reference managers read. Pure.

Every form ends in what leads back to the bytes: PWID, WARC-Record-ID and digests; `archive.cited` reads them again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from archive.pwid import make_pwid
from archive.render import plain

if TYPE_CHECKING:
    from archive.store import VersionRecord

_LOW = {"month": 7, "day": 10}  # characters of a date that states no more
_SUFFIX = re.compile(r"(?i)(?:jr|sr|ii|iii|iv|esq|m\.?d|ph\.?d|r\.?n|mba?)\.?")


@dataclass(frozen=True, slots=True)
class Citation:
    """One version of an article, the record it was read from, and who published it.

    `date_published` is what the page states, no more: RFC 3339 with its own offset, without one where it gives none,
    `2024-05-17` or `2024-05`. Digests are `algorithm:value`, the first that of the WARC header.
    """

    article_id: int
    version_id: int
    authors: tuple[str, ...]
    headline: str | None
    published_by: str  # the publisher as the page names it, else the site's title, else its host
    article_section: str | None
    in_language: str | None
    date_published: str | None
    url: str  # that was captured
    captured_at: str  # WARC-Date, verbatim
    truncated: str | None
    archive_id: str
    pwid: str
    record_id: str
    record_type: str
    payload_digests: tuple[str, ...]
    block_digest: str

    @property
    def key(self) -> str:
        """A name for the entry in a bibliography: the site's host, the year, the numbers."""
        host = re.sub(r"[^a-z0-9]+", "-", (urlsplit(self.url).hostname or "").lower().removeprefix("www."))
        year = (self.date_published or self.captured_at)[:4]
        return f"{host.strip('-') or 'article'}-{year}-{self.article_id}-{self.version_id}"

    @property
    def captured_on(self) -> str:
        """The day of the capture in UTC."""
        return self.captured_at[:10]


def citation(version: VersionRecord, archive_id: str, site_title: str | None = None) -> Citation:
    """The facts of a version and of the capture that it was read from."""
    capture = version.capture
    sha256 = (f"sha256:{capture.payload_sha256}",) if capture.payload_sha256 else ()
    return Citation(
        article_id=version.article_id,
        version_id=version.version_id,
        authors=tuple(plain(name) for name in version.authors),
        headline=plain(version.headline) if version.headline else None,
        published_by=plain(version.publisher or site_title or urlsplit(capture.url).hostname or capture.site),
        article_section=plain(version.article_section) if version.article_section else None,
        in_language=version.in_language,
        date_published=_as_stated(version),
        url=plain(capture.url),
        captured_at=capture.captured_at,
        truncated=capture.truncated,
        archive_id=archive_id,
        pwid=make_pwid(archive_id, moment_of(capture.captured_at), capture.url),
        record_id=capture.record_id,
        record_type=capture.record_type,
        payload_digests=((capture.payload_digest,) if capture.payload_digest else ()) + sha256,
        block_digest=capture.block_digest,
    )


def moment_of(date: str) -> datetime:
    """A WARC-Date as a time in UTC; where it states less than a second, the beginning of what it states."""
    full = (date + "-01-01")[:10] if len(date) <= 10 else date
    moment = datetime.fromisoformat(full)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _as_stated(version: VersionRecord) -> str | None:
    """The local time that the page gives, to the precision that it gives."""
    date, offset, precision = (
        version.date_published,
        version.date_published_offset,
        version.date_published_precision,
    )
    if not date or precision in _LOW or len(date) <= 10:
        return date[: _LOW.get(precision or "", 10)] if date else None
    moment = datetime.fromisoformat(date)
    if offset and moment.tzinfo:
        moment = moment.astimezone(datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo)
    text = moment.isoformat(timespec="minutes" if precision == "minute" else "seconds")
    return text.removesuffix("+00:00") + "Z" if moment.tzinfo and not offset else text


def identifiers(c: Citation) -> Iterator[str]:
    """The lines that lead back to the bytes, the same in every form."""
    yield f"PWID {c.pwid}"
    yield f"WARC record {c.record_id}"
    yield from (f"Payload digest {digest}" for digest in c.payload_digests)
    yield f"Block digest {c.block_digest}"


def captured(c: Citation) -> str:
    """When it was captured, and whether all of it was."""
    cut = f", cut short ({c.truncated})" if c.truncated else ""
    return f"Captured {c.captured_at}{cut}"


def as_text(c: Citation) -> str:
    """For a footnote: who, what, where, when, and the lines that lead back."""
    who = f"{', '.join(c.authors)}: " if c.authors else ""
    what = f"“{c.headline}”" if c.headline else "[no headline]"
    when = c.date_published or "undated"
    if len(when) > 10 and not re.search(r"(Z|[+-]\d\d:\d\d)$", when):
        when += " (no zone given)"
    first = f"{who}{what}. {c.published_by}, {when}. {c.url}\n{captured(c)}."
    return "\n".join([first, *identifiers(c)])


def as_csl(c: Citation) -> dict[str, Any]:
    """One item of CSL-JSON (https://docs.citationstyles.org/, version 1.0.2 of its schema).

    What no variable of CSL stands for is in `custom`, and in `note` for managers that drop `custom`.
    """
    custom = {
        "date_published": c.date_published,
        "captured_at": c.captured_at,
        "truncated": c.truncated,
        "pwid": c.pwid,
        "warc_record_id": c.record_id,
        "payload_digest": list(c.payload_digests),
        "block_digest": c.block_digest,
    }
    item = {
        "id": c.key,
        "type": "article-newspaper",
        "title": c.headline,
        "author": [_csl_name(name) for name in c.authors],
        "container-title": c.published_by,
        "section": c.article_section,
        "issued": _csl_date(c.date_published),
        "accessed": _csl_date(c.captured_on),
        "URL": c.url,
        "language": c.in_language,
        "archive": c.archive_id,
        "archive_location": c.pwid,
        "note": "\n".join([captured(c), *identifiers(c)]),
        "custom": _filled(custom),
    }
    return _filled(item)


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _csl_date(stated: str | None) -> dict[str, list[list[int]]] | None:
    return {"date-parts": [[int(part) for part in stated[:10].split("-")]]} if stated else None


def _csl_name(name: str) -> dict[str, str]:
    parts = family_given(name)
    return {"family": parts[0], "given": parts[1]} if parts else {"literal": name}


def family_given(name: str) -> tuple[str, str] | None:
    """The parts of a name that says itself which is which: "Doe, Jane".

    Of any other it cannot be known: which part of "Li Wei" is the family's name, and that "Meridian Wire" has none.
    """
    parts = [part.strip() for part in name.split(",")]
    if len(parts) != 2 or not all(parts) or _SUFFIX.fullmatch(parts[1]):
        return None
    return parts[0], parts[1]
