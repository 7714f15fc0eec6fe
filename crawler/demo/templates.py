"""Changes that a publisher might make to a template, each with a name: those that harm, and those that do not."""

from __future__ import annotations

from crawler.demo.harm import HARMFUL
from crawler.demo.harmless import HARMLESS
from crawler.demo.page_edits import OLDER, TemplateChange

__all__ = ["HARMFUL", "HARMLESS", "OLDER", "TemplateChange"]
