"""Bytes of one page -> its clean record: `extract` is a pure function, without I/O, clock or memory.

Order: decode, one parse, links, the rules of the site, everything that reads the tree, then the body engine (which
uses the tree up), then cleaning and the verdict.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from archive.extract.engines import ENGINES, MODEL
from archive.extract.recipe import recipe
from archive.model import Extraction, Recipe, Verdict
from archive.rules import SiteRules

if TYPE_CHECKING:
    from archive.extract.forest import Forest

__all__ = ["ENGINES", "extract", "recipe"]


def extract(
    html: bytes,
    *,
    url: str,
    captured_at: datetime,
    charset: str | None = None,
    complete: bool = True,
    recipe: Recipe | None = None,
    rules: SiteRules | None = None,
    engine: str = MODEL,
    forest: Forest | None = None,
) -> Extraction:
    """All that one page's bytes say.

    `html`: the payload without content coding; `charset`: that of the HTTP header; `captured_at`: no date is
    later than it; `complete`: False if the bytes end where the connection broke; `recipe`: the one this is done
    by (there is only this installation's own, `recipe(rules, engine)`); `rules`: what holds for this page of the rules
    of its site (`archive.rules.Rules.choose`); `engine`: what finds the body, one of `ENGINES`; `forest`: another body
    model than the one that is shipped (to judge it). Never raises: what fails costs its field or the body, and
    `error` says so.
    """
    from archive.extract.assemble import Run  # heavy, and who only reads an archive does without it

    try:
        return Run(url, captured_at, complete, rules, engine, forest).run(html, charset)
    except Exception as error:
        return Extraction(Verdict.ERROR, error=f"extraction failed: {type(error).__name__}: {error}"[:300])
