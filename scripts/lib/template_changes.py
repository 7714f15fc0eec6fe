"""Which changes of a template drift tells: `scripts/template-changes`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from template_world import AFTER, BEFORE, World, day_of

from archive import store
from archive.drift.look import SiteDrift, look
from crawler.demo.templates import HARMFUL, HARMLESS, TemplateChange


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/template-changes",
        description="Makes each change of crawler/demo/templates.py to a publisher of the demo newspaper and asks drift "
        "what changed. Fails if a harmful one is missed or a harmless one raises an alarm.",
    )
    parser.add_argument("--after", type=int, default=AFTER, metavar="N", help="pages with the new template")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="WORD", default="", help="only changes with this in their name")
    words = parser.parse_args()
    if not 1 <= words.after <= AFTER:
        parser.error(f"--after is 1 to {AFTER}")
    with TemporaryDirectory() as folder:
        world = World(Path(folder), words.seed, words.after)
        day = day_of(BEFORE)
        print(f"{BEFORE} pages with the old template, {words.after} with the new one, from {day} on")
        caught = sum([_harmful(world, change, day) for change in HARMFUL if words.only in change.name])
        quiet = sum([_harmless(world, change) for change in HARMLESS if words.only in change.name])
    harmful, harmless = (sum(words.only in one.name for one in kind) for kind in (HARMFUL, HARMLESS))
    print(f"harmful: {caught} of {harmful} caught; harmless: {harmless - quiet} of {harmless} raised an alarm")
    return 0 if (caught, quiet) == (harmful, harmless) else 1


def _found(world: World, change: TemplateChange) -> SiteDrift:
    with store.open_archive(world.archive(change)) as archive:
        return look(archive, change.publisher)


def _harmful(world: World, change: TemplateChange, day: str) -> bool:
    found = _found(world, change)
    named = [c for c in found.got_worse if c.field in change.fields and c.day == day]
    others = [c for c in found.got_worse if c not in named]
    said = ", ".join(f"{c.field} {c.kind}" for c in named)
    more = ", ".join(f"{c.field} {c.kind} {c.day}" for c in others)
    _line("caught" if named else "MISSED", change, f"{day}: {said}" if said else "", more, found)
    return bool(named)


def _harmless(world: World, change: TemplateChange) -> bool:
    found = _found(world, change)
    alarms = ", ".join(f"{c.field} {c.kind} {c.day}" for c in found.got_worse)
    told = ", ".join(f"{c.field} {c.kind}" for c in found.fields if not c.worse)
    _line("ALARM" if alarms else "quiet", change, alarms, told, found)
    return not alarms


def _line(mark: str, change: TemplateChange, said: str, more: str, found: SiteDrift) -> None:
    shape = f"template {found.templates[0].day}" if found.templates else "template as before"
    parts = "; ".join(part for part in (said, f"also {more}" if more else "", shape) if part)
    print(f"{mark}  {change.name:<30} {change.publisher:<9} {parts}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
