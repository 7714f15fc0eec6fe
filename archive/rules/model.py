"""The values of site rules: frozen, small and picklable, for they travel to the worker processes."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from archive.model import Verdict
from archive.urls import host_of, normalise

TEXT_FIELDS = ("headline", "byline", "description", "section")
DATE_FIELDS = ("date_published", "date_modified")
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Nth:
    """Position among the siblings, `a`n+`b`, counted from one; of the same element name if `of_type`."""

    a: int
    b: int
    of_type: bool = False
    from_end: bool = False

    def holds(self, place: int) -> bool:
        n = place - self.b
        return n == 0 if self.a == 0 else n % self.a == 0 and n // self.a >= 0


@dataclass(frozen=True, slots=True)
class Attribute:
    """What one attribute must be; `operator`: exists, =, ~=, |=, ^=, $=, *= (Selectors Level 4 clause 6) or !=."""

    name: str
    operator: str = "exists"
    value: str = ""
    any_case: bool = False


@dataclass(frozen=True, slots=True)
class Compound:
    """What one element must be: a compound selector (Selectors Level 4 clause 3.1) without its combinators."""

    tag: str | None = None
    ids: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    places: tuple[Nth, ...] = ()
    empty: bool = False
    root: bool = False
    any_of: tuple[tuple[Compound, ...], ...] = ()
    none_of: tuple[Compound, ...] = ()


# A complex selector from left to right: each compound with the combinator before it, "" for the first.
Chain = tuple[tuple[str, Compound], ...]


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector as written: either the chains of its CSS, any of which may match, or an XPath 1.0 expression."""

    text: str
    chains: tuple[Chain, ...] = ()
    xpath: str | None = None


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone without its database: from which local time on (minutes since 1970) which minutes east of UTC.

    A local time that clocks show twice is the first of the two; one that they skip is read by the offset before.
    """

    name: str
    offsets: tuple[int, ...]
    begins: tuple[int, ...] = ()  # of the second offset and all that follow

    def offset(self, local: datetime) -> int:
        """Minutes east of UTC at a local time without an offset."""
        return self.offsets[bisect_right(self.begins, (local - _EPOCH) // timedelta(minutes=1))]


@dataclass(frozen=True, slots=True)
class Field:
    """Where a field stands. The first selector whose text reads as the field wins.

    `pattern`: what of the text is meant; for dates its groups may be year, month, day, hour, minute, second, half
    and zone. `format` is the same as people wrote it; `date_pattern` is the expression made of it.
    """

    selectors: tuple[Selector, ...]
    attribute: str | None = None
    pattern: str | None = None
    format: str | None = None
    date_pattern: str | None = None
    zone: Zone | None = None


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What holds for one page, all rules for it put together; what is None or empty is left to the general way."""

    keep: tuple[Selector, ...] = ()
    drop: tuple[Selector, ...] = ()
    clean: bool | None = None  # whether what `keep` holds is cleaned like any other body
    headline: Field | None = None
    byline: Field | None = None
    date_published: Field | None = None
    date_modified: Field | None = None
    description: Field | None = None
    section: Field | None = None
    language: str | None = None  # BCP 47
    verdict: Verdict | None = None

    def given(self) -> dict[str, Any]:
        """{word: value} of the words that say something."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in found.items() if value is not None and value != ()}

    def canonical(self) -> dict[str, Any]:
        """The same as JSON values: what the recipe keeps."""
        return {name: _plain(value) for name, value in self.given().items()}

    @property
    def sha256(self) -> str:
        """Of the canonical JSON (sorted keys, no blanks, UTF-8), in hex."""
        text = json.dumps(self.canonical(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _plain(value: Any) -> Any:
    """Selectors as their text, which decides all the rest; a zone as its name and the hash of its offsets."""
    if isinstance(value, Selector):
        return value.text
    if isinstance(value, Zone):
        table = json.dumps([value.offsets, value.begins])
        return [value.name, hashlib.sha256(table.encode()).hexdigest()[:16]]
    if isinstance(value, tuple):
        return [_plain(x) for x in value]
    if is_dataclass(value):
        return {f.name: _plain(x) for f in fields(value) if (x := getattr(value, f.name)) not in (None, ())}
    return value


@dataclass(frozen=True, slots=True)
class Rule:
    """One `[[rule]]`: for which pages, and what of them. `hosts` without www.; dates are days in UTC, inclusive."""

    hosts: tuple[str, ...]
    effect: SiteRules
    paths: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    note: str | None = None
    example: str | None = None
    file: str = ""
    line: int = 0

    def misses(self, url: str, captured_at: datetime) -> str | None:
        """Why this rule does not hold for a page, for people; None if it does."""
        if not self._names(bare_host(url)):
            return f"its host is {' or '.join(self.hosts)}"
        if self.paths and not any(path_matches(path, url) for path in self.paths):
            return f"its path is {' or '.join(self.paths)}"
        day = _day(captured_at)
        if self.since and day < self.since:
            return f"it holds from {self.since}"
        if self.until and day > self.until:
            return f"it holds until {self.until}"
        return None

    def _names(self, host: str) -> bool:
        return any(host == known or host.endswith("." + known) for known in self.hosts)

    def rank(self, host: str) -> tuple[int, int, int]:
        """How closely it means a page of this host: labels of the host, a path, days; more is closer."""
        labels = max(
            (k.count(".") + 1 for k in self.hosts if host == k or host.endswith("." + k)),
            default=0,
        )
        return labels, bool(self.paths), bool(self.since) + bool(self.until)

    @property
    def place(self) -> str:
        return f"{self.file}, line {self.line}" if self.file else f"line {self.line}"


@dataclass(frozen=True)
class Rules:
    """All rules of an archive or a command, in the order of their files and in them."""

    rules: tuple[Rule, ...] = field(default=())

    @cached_property
    def _by_host(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for i, rule in enumerate(self.rules):
            for host in dict.fromkeys(rule.hosts):
                found.setdefault(host, []).append(i)
        return found

    def of_page(self, url: str) -> Rules | None:
        """Those for the host of a URL, for a worker to choose from; None if there are none."""
        labels = bare_host(url).split(".")
        known = self._by_host
        at = {i for n in range(len(labels)) for i in known.get(".".join(labels[n:]), ())}
        return Rules(tuple(self.rules[i] for i in sorted(at))) if at else None

    def choose(self, url: str, captured_at: datetime) -> SiteRules | None:
        """What holds for the page of this URL as it was captured then; None if nothing does.

        `drop` of all rules that match adds up. Of every other word the rule counts that means the page most
        closely (the longer host, then a path, then days), and of equals the last.
        """
        return merged(rule for rule in self.ranked(url) if rule.misses(url, captured_at) is None)

    def ranked(self, url: str) -> list[Rule]:
        """The rules for a URL's host, from the most general on."""
        host = bare_host(url)
        mine = self.of_page(url)
        return sorted(mine.rules, key=lambda rule: rule.rank(host)) if mine else []


def merged(rules: Iterable[Rule]) -> SiteRules | None:
    """Rules from the most general to the closest as one; None of none."""
    values: dict[str, Any] = {}
    drop: dict[Selector, None] = {}
    for rule in rules:
        given = rule.effect.given()
        drop |= dict.fromkeys(given.pop("drop", ()))
        values |= given
    return SiteRules(**values, drop=tuple(drop)) if values or drop else None


def bare_host(url: str) -> str:
    """The host of a URL without port and www."""
    return host_of(url).partition(":")[0].removeprefix("www.")


def path_matches(pattern: str, url: str) -> bool:
    """Whether the path of a URL is of this form, in which `*` stands for any characters; with a `?` in it the
    form is of path and query. Linear: each piece is looked for once, from left to right."""
    parts = urlsplit(normalise(url) or url)
    path = f"{parts.path or '/'}?{parts.query}" if "?" in pattern else parts.path or "/"
    first, *rest = pattern.split("*")
    if not rest:
        return path == pattern
    *middle, last = rest
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in middle:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return path.endswith(last) and len(path) - len(last) >= at


def _day(captured_at: datetime) -> date:
    return (captured_at.astimezone(UTC) if captured_at.tzinfo else captured_at).date()
