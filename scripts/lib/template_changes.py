"""Which changes of a template drift and fixtures tell: `scripts/template-changes`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from template_fixtures import EACH, Canary, Song
from template_world import AFTER, BEFORE, World, day_of

from archive import store
from archive.drift.look import SiteDrift, look
from archive.drift.signals import FILLED
from archive.fixtures.items import BODY
from archive.store import observed
from crawler.demo.templates import HARMFUL, HARMLESS, TemplateChange

MARKS = ("both", "drift", "fixtures", "absorbed", "MISSED", "quiet", "ALARM")
FEW_HARMED = 0.4  # of the pages: less than what an alarm needs (archive.rhythm.LEAST_DROP)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/template-changes",
        description="Makes each change of crawler/demo/templates.py to a publisher of the demo newspaper, asks drift "
        "what changed, and each day asks for a page again of which there is a fixture. Fails if neither tells a "
        "harmful one, or if either raises an alarm at a harmless one. Absorbed: of a harmful one extraction reads "
        "nearly all pages as if it had not been made.",
    )
    parser.add_argument("--after", type=int, default=AFTER, metavar="N", help="pages with the new template")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="WORD", default="", help="only changes with this in their name")
    words = parser.parse_args()
    if not 1 <= words.after <= AFTER:
        parser.error(f"--after is 1 to {AFTER}")
    with TemporaryDirectory() as folder:
        world = World(Path(folder), words.seed, words.after)
        canary = Canary(world)
        day = day_of(BEFORE)
        print(
            f"{BEFORE} pages with the old template, {words.after} with the new one, from {day} on; {EACH} fixtures"
        )
        marks = Counter(_harmful(world, canary, change, day) for change in HARMFUL if words.only in change.name)
        marks += Counter(_harmless(world, canary, change) for change in HARMLESS if words.only in change.name)
    print(", ".join(f"{mark.lower()} {marks[mark]}" for mark in MARKS))
    return 1 if marks["MISSED"] or marks["ALARM"] else 0


def _found(world: World, change: TemplateChange) -> SiteDrift:
    with store.open_archive(world.archive(change)) as archive:
        return look(archive, change.publisher)


def _harmful(world: World, canary: Canary, change: TemplateChange, day: str) -> str:
    found = _found(world, change)
    song = canary.first(change, BEFORE, world.after)
    named = [c for c in found.got_worse if c.field in change.fields and c.day == day]
    told = tuple(sorted({c.field for c in named}))
    sung = tuple(field for field in song.fields if _article_field(field) in change.fields) if song else ()
    mark = "both" if told and sung else "drift" if told else "fixtures" if sung else "MISSED"
    said = f"drift {day}: {', '.join(f'{c.field} {c.kind}' for c in named)}" if named else ""
    if mark == "MISSED" and (harmed := _harmed(world, change)) < FEW_HARMED * world.after:
        mark, said = "absorbed", f"{harmed} of {world.after} pages read differently"
    more = ", ".join(f"{c.field} {c.kind} {c.day}" for c in found.got_worse if c not in named)
    _line(mark, change, "; ".join(filter(None, (said, _sung(song)))), more, found)
    return mark


def _article_field(field: str) -> str:
    """The field of an article that an expectation is about."""
    return "article_body" if field in BODY else field


def _sung(song: Song | None) -> str:
    return f"fixtures {song.day}: {', '.join(song.fields)}" if song else ""


def _harmed(world: World, change: TemplateChange) -> int:
    """Pages that are read in another way than without the change; call it before the next archive is made."""
    new = _pages(world.folder / "new", change.publisher)
    old = _pages(world.unchanged(change.publisher), change.publisher)
    return sum(one != other for one, other in zip(old, new, strict=True))


def _pages(folder: Path, site: str) -> list[tuple[object, ...]]:
    """What was read of each page: verdict, body, and all fields but where they were read."""
    with store.open_archive(folder) as archive:
        pages = observed.observed(archive.db, observed.sites(archive.db)[site][0])
    return [(page.verdict, page.article_body, *(getattr(page, name) for name in FILLED)) for page in pages]


def _harmless(world: World, canary: Canary, change: TemplateChange) -> str:
    found = _found(world, change)
    worse = ", ".join(f"{c.field} {c.kind} {c.day}" for c in found.got_worse)
    alarms = "; ".join(filter(None, (worse, _sung(canary.first(change, BEFORE, world.after)))))
    told = ", ".join(f"{c.field} {c.kind}" for c in found.fields if not c.worse)
    mark = "ALARM" if alarms else "quiet"
    _line(mark, change, alarms, told, found)
    return mark


def _line(mark: str, change: TemplateChange, said: str, more: str, found: SiteDrift) -> None:
    shape = f"template {found.templates[0].day}" if found.templates else "template as before"
    parts = "; ".join(part for part in (said, f"also {more}" if more else "", shape) if part)
    print(f"{mark:<8}  {change.name:<32} {change.publisher:<9} {parts}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
