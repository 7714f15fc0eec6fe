"""How much may get worse: what a repository sets in `[tool.broadsheet.regress]`, and what exceeds it.

A threshold is a share of the pages that had the field. It is exceeded by at least `min_pages` pages (2 unless the table
says otherwise): of a small sample, one odd page proves nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from archive.errors import BadInput, ConfigInvalid
from archive.field_changes import BLOCKS, BODY, VERDICT, rank
from archive.regress.counting import CHANGED, LOST, Counts, SiteTally
from archive.store.fields import NAMES

FILE = "pyproject.toml"
TABLE = "tool.broadsheet.regress"
MIN_PAGES = 2
ALL = "all sites"
FIELDS = tuple(
    sorted((VERDICT, BODY, BLOCKS, *(name for name in NAMES if not name.endswith("_offset"))), key=rank)
)
_LIMITS = ("max_lost", "max_changed")


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest share that is allowed, 0 to 1; None: nothing is said."""

    max_lost: float | None = None
    max_changed: float | None = None

    def of(self, what: str) -> float | None:
        return self.max_lost if what == LOST else self.max_changed


@dataclass(frozen=True, slots=True)
class SiteLimits:
    """Of one site, or of all: of any field, and of single ones."""

    general: Limits = Limits()
    fields: Mapping[str, Limits] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`overall` holds for each site that has no word of its own. `file`: where they were read; None: nowhere."""

    overall: SiteLimits = SiteLimits(Limits(max_lost=0.0))
    sites: Mapping[str, SiteLimits] = field(default_factory=dict)
    min_pages: int = MIN_PAGES
    file: Path | None = None

    def limit(self, what: str, site: str, name: str) -> float | None:
        """What holds for a field of a site; the closest counts: field of the site, field, site, all."""
        nothing = Limits()
        own = self.sites.get(site, SiteLimits())
        closest = (own.fields.get(name, nothing), self.overall.fields.get(name, nothing), own.general)
        said = (limits.of(what) for limits in (*closest, self.overall.general))
        return next((limit for limit in said if limit is not None), None)

    def with_options(self, max_lost: float | None, max_changed: float | None) -> Thresholds:
        """The same, but what an option says stands in the place of all that the table says of it."""
        found = self
        for name, value in zip(_LIMITS, (max_lost, max_changed), strict=True):
            if value is not None:
                cleared = {site: _set(limits, name, None) for site, limits in found.sites.items()}
                found = replace(found, sites=cleared, overall=_set(found.overall, name, value))
        return found


def _set(limits: SiteLimits, name: str, value: float | None) -> SiteLimits:
    fields = {key: _with(one, name, None) for key, one in limits.fields.items()}
    return SiteLimits(_with(limits.general, name, value), fields)


def _with(limits: Limits, name: str, value: float | None) -> Limits:
    return Limits(value, limits.max_changed) if name == "max_lost" else Limits(limits.max_lost, value)


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A threshold that is exceeded: so many pages of those that had the field, where this share was allowed."""

    site: str
    field: str
    what: str  # lost | changed
    pages: int
    of: int
    limit: float

    def __str__(self) -> str:
        return f"{self.what} on {self.pages} of {self.of} pages: {self._shares}"

    @property
    def in_short(self) -> str:
        return f"{self.what} {self._shares}"

    @property
    def _shares(self) -> str:
        return f"{percent(self.pages / self.of)}, allowed {percent(self.limit)}"


def percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0") + "%"


def judge(sites: Mapping[str, SiteTally], thresholds: Thresholds) -> list[Exceeded]:
    """What exceeds its threshold: fields of sites, and of the sites without a word of their own together."""
    found = [
        exceeded
        for site, tally in sites.items()
        for name, counts in tally.fields.items()
        for exceeded in _judged(site, name, counts, thresholds)
    ]
    alike = [tally for site, tally in sites.items() if site not in thresholds.sites]
    if len(alike) > 1:
        together: dict[str, Counts] = {}
        for tally in alike:
            for name, counts in tally.fields.items():
                together.setdefault(name, Counts()).add(counts)
        found += [e for name, counts in together.items() for e in _judged(ALL, name, counts, thresholds)]
    return sorted(found, key=lambda e: (e.site == ALL, e.site, rank(e.field), e.what != LOST))


def _judged(site: str, name: str, counts: Counts, thresholds: Thresholds) -> Iterable[Exceeded]:
    for what in (LOST, CHANGED):
        pages, limit = getattr(counts, what), thresholds.limit(what, site, name)
        if limit is not None and pages >= thresholds.min_pages and counts.share(what) > limit:
            yield Exceeded(site, name, what, pages, counts.had, limit)


# Reading the table.


def find(start: Path) -> Path | None:
    """The nearest pyproject.toml, in this folder or above it."""
    start = start.resolve()
    return next((file for folder in (start, *start.parents) if (file := folder / FILE).is_file()), None)


def load(path: Path, *, required: bool) -> Thresholds:
    """The table of a TOML file; without one the thresholds that hold anyway, or, if it is `required`, an error.

    :raises BadInput: there is no such file, or it cannot be read.
    :raises ConfigInvalid: it is no TOML, or says something that cannot be; the message names file and key.
    """
    try:
        with path.open("rb") as file:
            table: Any = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as e:
        raise ConfigInvalid(f"{path} is no TOML: {e}", hint="mend it, or --config another file") from e
    except (OSError, ValueError) as e:
        raise BadInput(f"{path}: {getattr(e, 'strerror', None) or e}", hint="--config FILE names one") from e
    reader = _Reader(path)
    way = ""
    for word in TABLE.split("."):
        way = f"{way}.{word}".removeprefix(".")
        if word not in table:
            if way == TABLE and table:  # a slip in its name would leave all thresholds out
                raise reader.wrong(f"tool.broadsheet.{next(iter(table))}", f"is not known; [{TABLE}] is")
            if required:
                raise ConfigInvalid(f"{path} has no table [{TABLE}]", hint="docs/regress.md shows one")
            return Thresholds(file=path)
        table = reader.table(table[word], way)
    return reader.thresholds(table)


class _Reader:
    """Reads the table of one file, and names file and key of what cannot be."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def wrong(self, key: str, what: str) -> ConfigInvalid:
        return ConfigInvalid(f"{self.path}: {key} {what}", hint="docs/regress.md")

    def table(self, value: Any, key: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a table")
        return value

    def thresholds(self, table: dict[str, Any]) -> Thresholds:
        sites = {
            name: self.limits(self.table(value, f"{TABLE}.sites.{name}"), f"{TABLE}.sites.{name}")
            for name, value in self.table(table.get("sites", {}), f"{TABLE}.sites").items()
        }
        overall = self.limits(table, TABLE, more=("sites", "min_pages"))
        if overall.general.max_lost is None:
            overall = replace(overall, general=replace(overall.general, max_lost=0.0))
        return Thresholds(overall, sites, self.min_pages(table), self.path)

    def min_pages(self, table: dict[str, Any]) -> int:
        value = table.get("min_pages", MIN_PAGES)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.wrong(f"{TABLE}.min_pages", f"must be a whole number of 1 or more, not {value!r}")
        return value

    def limits(self, table: dict[str, Any], key: str, more: tuple[str, ...] = ()) -> SiteLimits:
        fields = {}
        for name, value in self.table(table.get("fields", {}), f"{key}.fields").items():
            if name not in FIELDS:
                raise self.wrong(f"{key}.fields.{name}", f"is no field; known are {', '.join(FIELDS)}")
            one = f"{key}.fields.{name}"
            fields[name] = self.shares(self.table(value, one), one, ())
        return SiteLimits(self.shares(table, key, ("fields", *more)), fields)

    def shares(self, table: dict[str, Any], key: str, more: tuple[str, ...]) -> Limits:
        known = (*_LIMITS, *more)
        if unknown := next((name for name in table if name not in known), None):
            raise self.wrong(f"{key}.{unknown}", f"is not known here; known are {', '.join(known)}")
        return Limits(*(self.share(table[name], f"{key}.{name}") if name in table else None for name in _LIMITS))

    def share(self, value: Any, key: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.wrong(key, f"must be a share from 0 to 1, not {value!r}")
        return float(value)
