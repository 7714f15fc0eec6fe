"""Fixtures of pages from before a change, each day another one asked for again, as `broadsheet canary` does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from template_world import A_DAY, FIRST_DAY, World, exchange_of

from archive import store
from archive.fixtures.cut import Cut, cut
from archive.fixtures.sample import stratified
from archive.model import HELD, Extraction, PageKind, Verdict
from archive.pipeline import reread
from archive.rules import Rules
from archive.store.fixtures import candidates
from crawler.canary import choose, compare
from crawler.demo.templates import OLDER, TemplateChange

EACH = 3  # fixtures of a publisher, as docs/add-a-site.md cuts them


@dataclass(frozen=True, slots=True)
class Song:
    """What the canary says on the first day on which it says anything."""

    day: str
    fields: tuple[str, ...]


class Canary:
    """Cuts the fixtures of each publisher once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._files: dict[str, list[Path]] = {}

    def first(self, change: TemplateChange, before: int, after: int) -> Song | None:
        """Asked each day from that of page `before` on, for as many days as `after` pages take."""
        files = self._cut(change.publisher)
        pages = self.world.old_pages(change.publisher)
        start = FIRST_DAY + timedelta(days=before // A_DAY)
        for number in range(-(-after // A_DAY)):
            at = start + timedelta(days=number)
            ((_, expected),) = choose(files, at.date(), 1)
            page = change.apply(pages[expected.url], OLDER)
            read = reread(exchange_of(expected.url, page, at), expected.url, PageKind.PAGE, None)
            extraction = read.extraction or Extraction(read.verdict or Verdict.ERROR)
            if found := compare(expected, extraction):
                return Song(at.date().isoformat(), tuple(difference.field for difference in found))
        return None

    def _cut(self, publisher: str) -> list[Path]:
        if publisher not in self._files:
            folder = self.world.folder / f"fixtures-{publisher}"
            with store.open_archive(self.world.old(publisher)) as archive:
                found = candidates(archive.db, [publisher], sorted(HELD))
                pages = ((page, None) for page in stratified(found, 0))
                made = list(cut(archive, pages, folder, Rules(), most=EACH))
            self._files[publisher] = [Path(one.expected) for one in made if isinstance(one, Cut)]
        return self._files[publisher]
