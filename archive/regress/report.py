"""A run as text for a terminal, and as JSON, one object a line."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from archive.field_changes import BODY, rank
from archive.reextract_text import WIDTH, counted, indented, shown_value
from archive.regress.counting import LOST, Counts, PageFacts, Shown
from archive.regress.run import Outcome
from archive.regress.thresholds import ALL, Exceeded
from archive.render import plain
from archive.why import ALIASES, FIELDS
from archive.why_text import cut, table

INDENT = "  "
HEAD = ("site", "field", "had it", "gained", "lost", "changed", "same", "threshold")


@dataclass(frozen=True, slots=True)
class Report:
    """A run and what is to be said of it. `against`: what pages were compared with, for people; `folder`: the archive
    as it was named on the command line, None if it was not."""

    outcome: Outcome
    worst: Sequence[Shown]
    exceeded: Sequence[Exceeded]
    against: str
    seed: int | None
    folder: Path | None = None

    def rows(self) -> Iterator[tuple[str, str, Counts]]:
        """Site, field and counts: each site by name, its most telling fields first; at the end all sites together."""
        sites = self.outcome.tally.sites
        for site in sorted(sites):
            for name in sorted(sites[site].fields, key=rank):
                yield site, name, sites[site].fields[name]
        if len(sites) > 1:
            for name, counts in self.outcome.tally.total().items():
                yield ALL, name, counts

    def differing(self) -> list[tuple[str, str, Counts]]:
        """The rows in which anything differs."""
        return [row for row in self.rows() if row[2].differ]

    def failures(self) -> Mapping[tuple[str, str], list[Exceeded]]:
        """The thresholds that are exceeded, by site and field."""
        found: dict[tuple[str, str], list[Exceeded]] = {}
        for exceeded in self.exceeded:
            found.setdefault((exceeded.site, exceeded.field), []).append(exceeded)
        return found


def text(report: Report, *, width: int = WIDTH) -> str:
    """The whole run: its summary, the fields that differ, and what to look at."""
    parts = ["\n".join(summary(report))]
    if rows := report.differing():
        failures = report.failures()
        cells = [(*cells_of(*row), verdict(failures, *row[:2])) for row in rows]
        parts.append(table(cells, width, head=HEAD))
    if report.worst:
        parts.append("\n\n".join(("to look at first:", *(_change(report, one, width) for one in report.worst))))
    return "\n\n".join(parts)


def summary(report: Report) -> Iterator[str]:
    """Lines that tell what was compared with what, and what came of it."""
    done = report.outcome
    drawn = f" of {done.population}" if report.seed is not None else ""
    seed = f" (seed {report.seed})" if report.seed is not None else ""
    sites = counted(len(done.tally.sites), "site")
    styles = counted(done.styles, "house style")
    yield f"{done.pages}{drawn} pages of {sites} in {styles}{seed}, against {report.against}"
    yield f"{done.same} say the same, {done.differ} differ" + (
        f"; {done.failed} could not be read" if done.failed else ""
    )
    if done.damaged:
        yield f"{counted(done.damaged, 'page')} left out: the record could not be read from the WARC files"
    if done.missing:
        yield f"{counted(done.missing, 'page')} of the saved run left out: not held here"


def cells_of(site: str, name: str, counts: Counts) -> tuple[str, ...]:
    """A row of the table, without its last column."""
    numbers = (counts.had, counts.gained, counts.lost, counts.changed, counts.same)
    return (site, name, *map(str, numbers))


def verdict(failures: Mapping[tuple[str, str], Sequence[Exceeded]], site: str, name: str) -> str:
    """Which threshold a field of a site exceeds; "ok" if none."""
    return "; ".join(f"WORSE: {one.in_short}" for one in failures.get((site, name), ())) or "ok"


def title(one: Shown) -> str:
    """What became of which field."""
    change = one.change
    return f"{change.what}: {change.field} of {change.page.site}"


def sides(one: Shown) -> Iterator[str]:
    """Before and after, a line each; then how they differ by word, where both have something to compare."""
    change = one.change
    if change.field == BODY and one.diff is not None and change.what != LOST:
        yield one.diff
        return
    yield f"- {shown_value(one.old)}"
    if change.what != LOST or one.new is not None:
        yield f"+ {shown_value(one.new)}"
    if one.diff is not None and change.what != LOST:
        yield f"~ {one.diff}"


def further(page: PageFacts, field: str, folder: Path | None) -> str:
    """The command that tells where what is shown comes from."""
    words = ["broadsheet", "why"]
    if folder is not None:
        words += ["--archive", str(folder)]
    words.append(page.url if page.article_id is None else str(page.article_id))
    known = ALIASES.get(field, field)
    if page.article_id is not None and known in FIELDS:
        words.append(known)
    return shlex.join(words)


def _change(report: Report, one: Shown, width: int) -> str:
    page = one.change.page
    lines = [f"{plain(page.url)}  {page.captured_at}", *(cut(plain(line), 4 * width) for line in sides(one))]
    lines.append(f"-> {plain(further(page, one.change.field, report.folder))}")
    return "\n".join((title(one), indented("\n".join(lines))))


def as_json(report: Report) -> Iterator[dict[str, Any]]:
    """The run, each field of each site and of all together (`site` null), and what to look at."""
    done, failures = report.outcome, report.failures()
    names = (
        "population",
        "strata",
        "pages",
        "same",
        "differ",
        "failed",
        "damaged",
        "missing",
        "styles",
        "seconds",
    )
    yield {
        "record": "run",
        "against": report.against,
        "seed": report.seed,
        **{name: getattr(done, name) for name in names},
        "worse": bool(report.exceeded),
    }
    for site, name, counts in report.rows():
        above = [{"what": e.what, "limit": e.limit} for e in failures.get((site, name), ())]
        stated = {"site": None if site == ALL else site, "field": name, "had": counts.had, **asdict(counts)}
        yield {"record": "field", **stated, "exceeded": above}
    for one in report.worst:
        change = one.change
        yield {
            "record": "worst",
            "what": change.what,
            "field": change.field,
            **asdict(change.page),
            "old": one.old,
            "new": one.new,
            "diff": one.diff,
            "words": change.words,
            "further": further(change.page, change.field, report.folder),
        }
