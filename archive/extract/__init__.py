"""Bytes of one page -> its clean record: `extract` is a pure function, without I/O, clock or memory.

Order: decode, one parse, everything that reads the tree, then the body engine (which uses the tree up), then
cleaning and the verdict.
"""

from __future__ import annotations

from datetime import datetime

from archive.extract.recipe import recipe
from archive.model import Extraction, Recipe, Verdict

__all__ = ["extract", "recipe"]


def extract(
    html: bytes,
    *,
    url: str,
    captured_at: datetime,
    charset: str | None = None,
    complete: bool = True,
    recipe: Recipe | None = None,
) -> Extraction:
    """All that one page's bytes say.

    `html`: the payload without content coding; `charset`: that of the HTTP header; `captured_at`: no date is
    later than it; `complete`: False if the bytes end where the connection broke; `recipe`: the one this is done
    by (there is only this installation's own, `recipe()`). Never raises: what fails costs its field or the body,
    and `error` says so.
    """
    from archive.extract.assemble import Run  # heavy, and who only reads an archive does without it

    try:
        return Run(url, captured_at, complete).run(html, charset)
    except Exception as error:
        return Extraction(Verdict.ERROR, error=f"extraction failed: {type(error).__name__}: {error}"[:300])
