"""What became of each field of each page: gained, lost, changed or the same; and the changes to look at first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any

from archive.field_changes import BODY, VERDICT, first_difference, is_empty, kind_of, pairs, rank, word_diff
from archive.model import Verdict
from archive.sentences import words
from archive.why import ALIASES

LOST, CHANGED, GAINED, SAME = "lost", "changed", "gained", "same"
_LONG = 5000  # characters of a value other than the body that are compared word by word
Record = Mapping[str, Any]


@dataclass(slots=True)
class Counts:
    """Of one field: pages that gained it (it was empty), lost it (it is empty now), changed it, or say the same."""

    gained: int = 0
    lost: int = 0
    changed: int = 0
    same: int = 0

    @property
    def had(self) -> int:
        """Pages that had the field: what shares are of."""
        return self.lost + self.changed + self.same

    @property
    def differ(self) -> int:
        return self.gained + self.lost + self.changed

    def share(self, what: str) -> float:
        """The share that lost or changed the field, of the pages that had it, 0 to 1."""
        return float(getattr(self, what)) / self.had if self.had else 0.0

    def add(self, other: Counts) -> None:
        self.gained += other.gained
        self.lost += other.lost
        self.changed += other.changed
        self.same += other.same


@dataclass(frozen=True, slots=True)
class PageFacts:
    """The page of a change."""

    site: str
    url: str
    captured_at: str
    style: str
    article_id: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one page that was lost or has changed. `words`: that differ, with one another or with nothing."""

    what: str  # lost | changed
    field: str
    page: PageFacts
    old: Any
    new: Any
    words: int

    @property
    def order(self) -> tuple[Any, ...]:
        """The worst first, of one field of a site."""
        return -self.words, self.page.url, self.page.captured_at


@dataclass(frozen=True, slots=True)
class Shown:
    """A change as it is shown: of texts, the first lines that differ, and how, in the notation of wdiff."""

    change: Change
    old: Any
    new: Any
    diff: str | None


@dataclass(slots=True)
class SiteTally:
    """Of one site: pages compared, those that differ in some field, their house styles, and each field's counts."""

    pages: int = 0
    differ: int = 0
    styles: Counter[str] = field(default_factory=Counter)
    fields: dict[str, Counts] = field(default_factory=dict)


class Tally:
    """Takes in pages, one after the other."""

    def __init__(self, worst: int) -> None:
        """`worst`: how many changes are kept to be looked at."""
        self.sites: dict[str, SiteTally] = {}
        self._most = worst
        self._changes: dict[tuple[str, str, str], list[Change]] = {}  # by what, site and field

    def add(self, page: PageFacts, old: Record, new: Record) -> bool:
        """-> whether any field differs."""
        site = self.sites.setdefault(page.site, SiteTally())
        site.pages += 1
        site.styles[page.style] += 1
        found = list(compared(old, new))
        differing = {name for name, what, _ in found if what != SAME}
        for name, what, values in found:
            counts = site.fields.setdefault(name, Counts())
            setattr(counts, what, getattr(counts, what) + 1)
            told_by_another = ALIASES.get(name) in differing  # how a date was written, beside the date
            if what in (LOST, CHANGED) and self._most and not told_by_another:
                size = _size(old.get(BODY), None) if name == VERDICT and what == LOST else _size(*values)
                self._keep(Change(what, name, page, *values, size))
        site.differ += bool(differing)
        return bool(differing)

    def _keep(self, change: Change) -> None:
        kept = self._changes.setdefault((change.what, change.page.site, change.field), [])
        kept.append(change)
        if len(kept) > 2 * self._most + 20:
            kept[:] = nsmallest(self._most, kept, key=lambda one: one.order)

    def total(self) -> dict[str, Counts]:
        """The counts of all sites together, by field, the most telling field first."""
        found: dict[str, Counts] = {}
        for site in self.sites.values():
            for name, counts in site.fields.items():
                found.setdefault(name, Counts()).add(counts)
        return {name: found[name] for name in sorted(found, key=rank)}

    def worst(self) -> list[Shown]:
        """What to look at: lost before changed, the largest difference of each field of each site before the next."""
        ranked: list[tuple[Any, ...]] = []
        for (what, site, name), kept in self._changes.items():
            for turn, change in enumerate(nsmallest(self._most, kept, key=lambda one: one.order)):
                ranked.append((what != LOST, turn, -change.words, rank(name), site, change.page.url, change))
        ranked.sort(key=lambda row: row[:-1])
        return [_shown(row[-1]) for row in ranked[: self._most]]


def compared(old: Record, new: Record) -> Iterator[tuple[str, str, tuple[Any, Any]]]:
    """(field, what became of it, values before and after) of two records of a page; fields that are empty in both are
    left out."""
    for name, values in pairs(old, new).items():
        if values[0] != values[1]:
            yield name, _of_verdict(old, new) if name == VERDICT else kind_of(*values), values
        elif not is_empty(values[0]):
            yield name, SAME, values


def _of_verdict(old: Record, new: Record) -> str:
    """A page that could not be read had no verdict; one that shows an article no longer has lost it."""
    if old[VERDICT] == Verdict.ERROR:
        return GAINED
    shows_none_now = BODY in old and BODY not in new
    return LOST if shows_none_now or new[VERDICT] == Verdict.ERROR else CHANGED


def _size(old: Any, new: Any) -> int:
    """Words that are in one and not in the other."""
    one, other = (Counter(w.strip() for w in words(as_text(value))) for value in (old, new))
    return (one - other).total() + (other - one).total()


def as_text(value: Any) -> str:
    """A field's value as one text; "" of nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shown(change: Change) -> Shown:
    old, new = change.old, change.new
    if change.field == BODY:
        return Shown(change, *first_difference(old, new))
    both = isinstance(old, str) and isinstance(new, str) and change.field != VERDICT
    if not both or max(len(old), len(new)) > _LONG:
        return Shown(change, old, new, None)
    return Shown(change, old, new, word_diff(old, new))
