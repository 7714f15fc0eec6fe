"""What scripts/follow measures when the days are over: the archive held against what the newspaper knows of itself.

Each figure says what it counts in its docstring. What another part of Broadsheet does not fill yet is passed over in
so many words.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from typing import Any

from follow_world import World

from archive.urls import normalise
from crawler.demo import Failure, Truth, TruthEdit

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. `met`: None where it could not be measured."""

    name: str
    text: str
    met: bool | None
    details: tuple[str, ...] = ()


def share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


# Articles held


def held(world: World) -> Figure:
    """Of the articles that were published at least a day before the last crawl, are allowed by robots.txt and were
    there at one crawl at least: those that the archive holds, by their canonical URL."""
    known = {normalise(url) for (url,) in _rows(world, "SELECT url FROM article")}
    end = world.steps[-1]
    demanded: list[Truth] = []
    young = forbidden = unseen = 0
    for truth in world.truths():
        published = _when(truth.date_published, truth, world)
        if not truth.allowed_by_robots:
            forbidden += 1
        elif published > end - DAY:
            young += 1
        elif not _was_there(truth, published, world.steps):
            unseen += 1
        else:
            demanded.append(truth)
    missing = [truth.url for truth in demanded if normalise(truth.url) not in known]
    reasons = Counter(_reason(world, url) for url in missing)
    text = (
        f"{len(demanded) - len(missing)} of {len(demanded)} articles held; not counted: {young} younger than a day, "
        f"{unseen} deleted before any crawl, {forbidden} forbidden by robots.txt"
    )
    details = [f"missing: {count} {reason}" for reason, count in reasons.most_common()]
    details += [f"  {url}: {_reason(world, url)}" for url in missing[:10]]
    return Figure("held", text, not missing, tuple(details))


def _when(stated: str, truth: Truth, world: World) -> datetime:
    """A date without a time is taken for the end of its day."""
    moment = datetime.fromisoformat(stated)
    return moment if moment.tzinfo else (moment + DAY).replace(tzinfo=world.steps[0].tzinfo)


def _was_there(truth: Truth, published: datetime, steps: list[datetime]) -> bool:
    gone = next((datetime.fromisoformat(edit.at) for edit in truth.edits if edit.kind == "deleted"), None)
    first = bisect_right(steps, published)
    return first < len(steps) and (gone is None or steps[first] < gone)


def _reason(world: World, url: str) -> str:
    """What became of an article that is not held, as far as the archive knows."""
    rows = _rows(
        world,
        """SELECT state, excluded_by, (SELECT outcome FROM attempt WHERE attempt.url_id = url.url_id
             ORDER BY attempt_id DESC LIMIT 1) FROM url WHERE url = ?""",
        normalise(url),
    )
    if not rows:
        return "never listed where the archive looked"
    state, excluded_by, outcome = rows[0]
    return f"{state}{f' by {excluded_by}' if excluded_by else ''}, last attempt: {outcome or 'none'}"


# Edits


@dataclass(slots=True)
class Window:
    """The time between two visits of one article in a row, with what the newsroom did in it."""

    after: datetime
    until: datetime
    edits: list[TruthEdit]
    kinds: set[str] = field(default_factory=set)  # that a revision may rightly have


@dataclass(slots=True)
class Visits:
    """What the visits of one article could show."""

    truth: Truth
    windows: list[Window] = field(default_factory=list)  # with something to see in them
    before: int = 0  # edits before the first visit
    after: int = 0  # edits after the last visit
    undone: int = 0  # edits that a later one took back before anybody looked
    merged: int = 0  # edits that were seen together with others
    visits: list[datetime] = field(default_factory=list)  # clocks of the newspaper


def edits(world: World) -> Figure:
    """Edits found with the right kind, as far as visits could show them.

    A visit is a capture of the article (200, 304, 404, 410). The edits between two visits in a row are one thing to
    find: a revision that the second visit shows. Its kind is right if it is that of the edit; of several edits, if
    it is that of one of them or, where two changed the body, `rewrite`; `deleted` if the article is gone. Edits that
    left no trace between two visits, those before the first and those after the last are not to be found, but
    counted.
    Recall: things found with the right kind among all things to find. Precision: revisions with the right kind
    among all revisions; those of kind `metadata` that the change of a template explains are counted apart.
    """
    if not _rows(world, "SELECT 1 FROM revision LIMIT 1"):
        return Figure("edits", "left out: the table `revision` is empty", None)
    watched = _watched(world)
    lost = [each for each in world.failures() if each.kind == "field-lost"]
    right = wrong = invented = template = acknowledged = 0
    seen: set[tuple[str, datetime]] = set()
    confused: Counter[tuple[str, str]] = Counter()
    examples: list[str] = []
    for url, kind, seen_at, after_at, told, fields in _rows(
        world,
        """SELECT article.url, revision.kind, seen_at, after_at, acknowledged, fields
           FROM revision JOIN article USING (article_id) ORDER BY revision_id""",
    ):
        article = watched.get(str(normalise(url)))
        until = _step(world, seen_at)
        window = next((w for w in article.windows if w.until == until), None) if article else None
        if window is None:
            if kind == "metadata" and article and _explained(article.truth, lost, after_at, seen_at):
                template += 1
                continue
            invented += 1
            examples.append(f"invented: {kind} ({fields}) at {seen_at}: {url}")
            continue
        seen.add((article.truth.url if article else url, until))
        if kind in window.kinds:
            right += 1
            acknowledged += told in {edit.acknowledged for edit in window.edits}
        else:
            wrong += 1
            confused["+".join(sorted({edit.kind for edit in window.edits})), kind] += 1
            examples.append(f"{'+'.join(sorted(window.kinds))} taken for {kind} ({fields}) at {seen_at}: {url}")
    wanted = [(each.truth.url, window) for each in watched.values() for window in each.windows]
    overlooked = [(url, window) for url, window in wanted if (url, window.until) not in seen]
    examples += [f"overlooked: {'+'.join(sorted(w.kinds))} until {w.until}: {url}" for url, w in overlooked]
    recall, precision = share(right, len(wanted)), share(right, right + wrong + invented)
    made = sum(len(each.truth.edits) for each in watched.values())
    text = (
        f"recall {recall:.3f} ({right} of {len(wanted)} with the right kind), precision {precision:.3f} "
        f"({wrong} of another kind, {invented} invented); acknowledged or silent rightly: {acknowledged} of {right}"
    )
    unseen = (
        f"of {made} edits: {sum(e.merged for e in watched.values())} seen together with others, "
        f"{sum(e.undone for e in watched.values())} undone before a visit, "
        f"{sum(e.before for e in watched.values())} before the first visit, "
        f"{sum(e.after for e in watched.values())} after the last; {template} revisions by a new template"
    )
    kinds = [f"{count} x {were} taken for {kind}" for (were, kind), count in confused.most_common()]
    met = recall >= 0.98 and precision >= 0.98
    return Figure("edits", text, met, (unseen, *kinds, *(f"  {each}" for each in examples[:20])))


def visible(world: World) -> Figure:
    """How many of all edits the visits could show, whatever is made of them: what the schedule is worth."""
    watched = _watched(world)
    made = Counter(edit.kind for each in watched.values() for edit in each.truth.edits)
    things = sum(len(each.windows) for each in watched.values())
    merged, undone = (sum(getattr(each, name) for each in watched.values()) for name in ("merged", "undone"))
    before, after = (sum(getattr(each, name) for each in watched.values()) for name in ("before", "after"))
    text = (
        f"{sum(made.values())} edits of articles held: {things} changes to be found at a visit "
        f"({merged} edits merged), {undone} undone before one, {before} before the first, {after} after the last"
    )
    visits = sum(len(each.visits) for each in watched.values())
    per = f"{visits} visits of {len(watched)} articles; made: " + ", ".join(
        f"{n} {k}" for k, n in made.most_common()
    )
    return Figure("visible", text, None, (per,))


def _watched(world: World) -> dict[str, Visits]:
    """{normalised URL: what its visits could show} of every article that is held."""
    shown: dict[str, list[datetime]] = {}
    for url, captured_at in _rows(
        world,
        """SELECT article.url, captured_at FROM capture JOIN url USING (url_id)
           JOIN article ON article.article_id = url.article_id
           WHERE capture.status IN (200, 304, 404, 410) ORDER BY captured_at""",
    ):
        shown.setdefault(str(normalise(url)), []).append(_step(world, captured_at))
    found = {}
    for truth in world.truths():
        key = str(normalise(truth.url))
        if key in shown:
            found[key] = _visits(world, truth, sorted(set(shown[key])))
    return found


def _visits(world: World, truth: Truth, steps: list[datetime]) -> Visits:
    found = Visits(truth, visits=steps)
    times = [datetime.fromisoformat(edit.at) for edit in truth.edits]
    found.before = sum(at <= steps[0] for at in times)
    found.after = sum(at > steps[-1] for at in times)
    for after, until in pairwise(steps):
        here = [edit for edit, at in zip(truth.edits, times, strict=True) if after < at <= until]
        if not here:
            continue
        if len(here) > 1 and here[-1].kind != "deleted" and _same(world, truth, after, until):
            found.undone += len(here)
            continue
        found.merged += len(here) if len(here) > 1 else 0
        found.windows.append(Window(after, until, here, _kinds(here)))
    return found


def _kinds(here: list[TruthEdit]) -> set[str]:
    kinds = {edit.kind for edit in here}
    if "deleted" in kinds:
        return {"deleted"}
    of_body = [edit for edit in here if edit.kind != "headline-only"]
    return kinds | ({"rewrite"} if len(of_body) > 1 else set())


def _same(world: World, truth: Truth, after: datetime, until: datetime) -> bool:
    """Whether the page says the same at both clocks."""
    one, two = (world.newspaper.at(clock).truth(truth.url, world.port) for clock in (after, until))
    return (one.headline, one.article_body, one.date_modified) == (
        two.headline,
        two.article_body,
        two.date_modified,
    )


def _explained(truth: Truth, lost: Iterable[Failure], after_at: str, seen_at: str) -> bool:
    """Whether a template that changed between two captures took the field that differs."""
    after, seen = datetime.fromisoformat(after_at), datetime.fromisoformat(seen_at)
    return any(truth.host == f"{each.publisher}.localhost" and after < each.since <= seen for each in lost)


def _step(world: World, captured_at: str) -> datetime:
    """The clock of the newspaper when a capture was made: it stands still during a crawl."""
    at = bisect_right(world.steps, datetime.fromisoformat(captured_at))
    return world.steps[max(0, at - 1)]


# Failures


NAMES = {  # one of these words is in what an alarm of ours calls the failure
    "feed-dead": ("feed",),
    "feed-empty": ("feed",),
    "publisher-silent": ("no-new-articles",),
    "section-silent": ("section", "silent", "quiet"),
    "field-lost": ("field", "extraction"),
    "robots": ("robots", "excluded"),
}


def failures(world: World) -> Figure:
    """Hidden failures of which `broadsheet status` tells within one simulated day after they began.

    Told is: at some status within that day there is an alarm of the failure's site and of its kind that was not there
    at the last status before, and the exit code is not 0. Alarms of sites that suffer nothing are counted.
    """
    begun = world.failures()
    if not begun:
        return Figure("failures", "left out: none began in these days", None)
    asked = [each for each in world.status if each.alarms is not None]
    if not asked:
        return Figure("failures", "left out: `broadsheet status --json` names no alarms", None)
    told: dict[Failure, datetime] = {}
    for each in begun:
        before = [told_at for told_at in asked if told_at.clock < each.since]
        known = before[-1].alarms or set() if before else set()
        for state in asked:
            fresh = (state.alarms or set()) - known
            if each.since <= state.clock <= each.since + DAY and state.code and _named(each, fresh):
                told.setdefault(each, state.clock)
    false = {
        (site, kind)
        for state in asked
        for site, kind in state.alarms or ()
        if not any(site == each.publisher and state.clock >= each.since for each in begun)
    }
    details = [
        f"{each.kind} at {each.publisher} since {each.since:%m-%d %H:%M}: "
        + (f"told after {told[each] - each.since}" if each in told else "not told within a day")
        for each in begun
    ]
    details += [f"told without a reason: {kind} at {site}" for site, kind in sorted(false)]
    text = f"{len(told)} of {len(begun)} told within a day; {len(false)} alarms without a reason"
    return Figure("failures", text, len(told) == len(begun) and not false, tuple(details))


def _named(failure: Failure, alarms: set[tuple[str, str]]) -> bool:
    words = NAMES[failure.kind]
    return any(site == failure.publisher and any(word in kind for word in words) for site, kind in alarms)


# Coverage and stories


CLASSES = ("held", "not_article", "scope", "excluded", "failed", "not_yet_due")  # of docs/coverage.md


def coverage(world: World) -> Figure:
    """`broadsheet coverage SITE --json`: its classes add up to what was listed, in every line of every site."""
    clock = world.steps[-1]
    lines = wrong = 0
    details = []
    for name in world.followed:
        ran = world.clockwork.run(clock, "coverage", name, "--archive", str(world.folder), "--json")
        if ran.code == 2 and "No such command" in ran.stderr:
            return Figure("coverage", "left out: there is no `broadsheet coverage`", None)
        for line in ran.stdout.splitlines():
            row = json.loads(line)
            parts = sum(_count(row[name]) for name in CLASSES)
            lines += 1
            if parts != _count(row["listed"]):
                wrong += 1
                details.append(f"{name}: {line[:200]}")
    return Figure(
        "coverage", f"{lines - wrong} of {lines} lines add up", lines > 0 and not wrong, tuple(details[:10])
    )


def _count(value: Any) -> int:
    """A number, or the sum of numbers by reason."""
    return sum(value.values()) if isinstance(value, dict) else int(value or 0)


def stories(world: World) -> Figure:
    """Pairs of articles that carry one wire story: grouped by `article.story_id`, among those held."""
    if not _rows(world, "SELECT 1 FROM article WHERE story_id IS NOT NULL LIMIT 1"):
        return Figure("stories", "left out: no article has a `story_id`", None)
    rows = _rows(world, "SELECT url, story_id FROM article")
    story = {str(normalise(url)): story_id for url, story_id in rows}
    wires: dict[str, list[str]] = {}
    for truth in world.truths():
        if truth.wire and (key := str(normalise(truth.url))) in story:
            wires.setdefault(truth.wire, []).append(key)
    wanted = {pair for urls in wires.values() for pair in combinations(sorted(urls), 2)}
    groups: dict[int, list[str]] = {}
    for url, story_id in story.items():
        if story_id is not None:
            groups.setdefault(story_id, []).append(url)
    found = {pair for urls in groups.values() for pair in combinations(sorted(urls), 2)}
    recall, precision = share(len(found & wanted), len(wanted)), share(len(found & wanted), len(found))
    details = [f"not grouped: {a} {b}" for a, b in sorted(wanted - found)[:5]]
    details += [f"wrongly grouped: {a} {b}" for a, b in sorted(found - wanted)[:5]]
    text = f"recall {recall:.3f} of {len(wanted)} pairs, precision {precision:.3f} of {len(found)}"
    return Figure("stories", text, recall >= 0.95 and precision >= 0.95, tuple(details))


def _rows(world: World, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with world.database() as db:
        db: sqlite3.Connection
        return db.execute(sql, values).fetchall()
