"""`broadsheet coverage`: what the publisher listed against what is held, by period or by feed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from archive.errors import BadInput
from archive.model import Outcome, Verdict
from archive.render import plain
from archive.store.coverage import CLASSES, Count, ListedUrl

PERIODS = ("day", "week", "month", "feed")
HEADS = {
    "held": "held",
    "not_article": "no article",
    "scope": "foreign",
    "excluded": "excluded",
    "failed": "failed",
    "not_yet_due": "not yet due",
}
NOTE = "days are those that feeds claim as publication, else when a URL was first listed (UTC)"
FEED_NOTE = "a URL counts at each feed that listed it: feeds do not add up to the site"


@dataclass(slots=True)
class Line:
    """What one site listed in one period, or one of its feeds; the classes add up to `listed`."""

    site: str
    by: str  # one of PERIODS
    key: str  # 2026-03-15, 2026-W11 (ISO 8601), 2026-03, or the feed's URL
    classes: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, Counter[str]] = field(default_factory=dict)  # by class

    @property
    def listed(self) -> int:
        return self.classes.total()

    def add(self, count: Count) -> None:
        self.classes[count.cls] += count.urls
        if count.reason is not None:
            self.reasons.setdefault(count.cls, Counter())[count.reason] += count.urls

    def as_json(self) -> dict[str, Any]:
        """The line as `--json` prints it."""
        place = {"feed": self.key} if self.by == "feed" else {"period": self.key}
        counts = {"listed": self.listed, **{name: self.classes[name] for name in CLASSES}}
        reasons = {name: dict(sorted(found.items())) for name, found in sorted(self.reasons.items())}
        return {"site": self.site, "by": self.by, **place, **counts, "reasons": reasons}


def lines(counts: Iterable[Count], by: str) -> list[Line]:
    """One line for each site and period (or feed), in this order."""
    found: dict[tuple[str, str], Line] = {}
    for count in counts:
        key = period(count, by)
        line = found.setdefault((count.site, key), Line(count.site, by, key))
        line.add(count)
    return [found[place] for place in sorted(found)]


def period(count: Count, by: str) -> str:
    """Where a count belongs."""
    if by == "feed":
        return count.feed or ""
    if by == "week":
        year, week, _ = date.fromisoformat(count.day).isocalendar()
        return f"{year:04}-W{week:02}"
    return count.day[:7] if by == "month" else count.day


def coverage_text(found: Sequence[Line]) -> str:
    """A table for each site, with a row for all of it and the reasons below."""
    return "\n\n".join("\n".join(_table(site, list(rows))) for site, rows in groupby(found, lambda row: row.site))


def _table(site: str, rows: Sequence[Line]) -> Iterator[str]:
    by_feed = rows[0].by == "feed"
    total = Line(site, rows[0].by, "all")
    for row in rows:
        total.classes += row.classes
        for cls, reasons in row.reasons.items():
            total.reasons.setdefault(cls, Counter()).update(reasons)
    used = [name for name in CLASSES if total.classes[name] or name in ("held", "failed")]
    shown = [*rows] if by_feed or len(rows) == 1 else [*rows, total]
    first = max(len(plain(row.key)) for row in shown)
    heads = ["listed", *(HEADS[name] for name in used)]
    yield plain(site)
    yield "  " + " " * first + "".join(f"  {head}" for head in heads)
    for row in shown:
        numbers = [row.listed, *(row.classes[name] for name in used)]
        cells = "".join(f"  {number:>{len(head)}}" for number, head in zip(numbers, heads, strict=True))
        yield f"  {plain(row.key):{first}}{cells}"
    for cls in CLASSES if not by_feed else ():
        if cls in total.reasons:
            parts = ", ".join(f"{plain(reason)} {n}" for reason, n in sorted(total.reasons[cls].items()))
            yield f"  {HEADS[cls]}: {parts}"


def url_text(found: ListedUrl) -> str:
    """One listed URL on a line: its day, its class and reason, the URL, and where it leads if that is elsewhere."""
    why = f"{HEADS[found.cls]}: {found.reason}" if found.reason else HEADS[found.cls]
    arrow = f" -> {found.leads_to}" if found.leads_to else ""
    detail = f"  ({found.detail})" if found.detail and found.cls in ("failed", "excluded") else ""
    return plain(f"{found.day}  {why}  {found.url}{arrow}{detail}")


def url_json(found: ListedUrl) -> dict[str, Any]:
    """The same as `--json` prints it."""
    return {
        "site": found.site, "day": found.day, "class": found.cls, "reason": found.reason, "url": found.url,
        "leads_to": found.leads_to, "article_id": found.article_id, "first_listed": found.first_listed,
        "title": found.title, "detail": found.detail,
    }  # fmt: skip


def check_wanted(name: str, counts: Iterable[Count]) -> None:
    """:raises BadInput: `name`, of which there is no URL, is neither a column nor a reason of which there could be."""
    cls, colon, reason = name.partition(":")
    reasons = {count.reason for count in counts if count.reason} | {*map(str, Outcome), *map(str, Verdict)}
    if (cls in CLASSES and (reason in reasons or not colon)) or (not colon and cls in {*reasons, "listed"}):
        return
    columns = ", ".join(HEADS[name] for name in CLASSES)
    raise BadInput(
        f"--urls {name!r} is no column and no reason", hint=f"columns: {columns}; or what stands below them"
    )


def wanted_name(words: str) -> str:
    """A class or reason as a person writes it ("not yet due", "foreign", "failed:timeout") -> as it is stored."""
    cls, colon, reason = words.strip().lower().partition(":")
    spoken = {head: name for name, head in HEADS.items()}
    names = {spelling.replace(" ", "_"): name for spelling, name in (spoken | {n: n for n in CLASSES}).items()}
    cls = names.get(cls.strip().replace(" ", "_").replace("-", "_"), cls.strip())
    return f"{cls}:{reason.strip()}" if colon else cls
