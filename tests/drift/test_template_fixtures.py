"""`scripts/template-changes`: fixtures cut before a change, and their pages asked for again after it."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from crawler.demo.templates import HARMFUL, HARMLESS

CHANGES = {change.name: change for change in (*HARMFUL, *HARMLESS)}


def test_the_first_day_and_the_fields(world_module: ModuleType, tmp_path: Path) -> None:
    canary = importlib.import_module("template_fixtures").Canary(world_module.World(tmp_path))
    day = world_module.day_of(world_module.BEFORE)

    def said(name: str) -> tuple[str, tuple[str, ...]] | None:
        song = canary.first(CHANGES[name], world_module.BEFORE, 8)
        return (song.day, song.fields) if song else None

    assert said("byline removed") == (day, ("authors",))
    assert said("time zone lost") == (day, ("date_published",))
    for harmless in ("one odd article", "a new section", "shorter paragraphs", "nothing at all"):
        assert said(harmless) is None, harmless
