"""The recipe: everything but the page that decides what an extraction says, frozen and named by its hash."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from archive.extract import body, clean, verdict
from archive.model import Recipe

EXTRACTOR_VERSION = "2"  # raised with every change that can change an extraction
LIBRARIES = ("trafilatura", "lxml", "dateparser", "justext", "htmldate", "courlan")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@cache
def recipe() -> Recipe:
    """The recipe of this installation: the same versions and options give the same hash on any machine.

    `definition` is canonical JSON (sorted keys, no blanks, UTF-8) and `sha256` its hash in hex.
    """
    definition = json.dumps(
        {
            "extractor": EXTRACTOR_VERSION,
            "libraries": {name: _version(name) for name in LIBRARIES},
            "body": {"engine": body.ENGINE, **body.OPTIONS, **body.CONFIG_VALUES},
            "phrases": clean.PHRASES_SHA256,
            "pages": verdict.PAGES_SHA256,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return Recipe(hashlib.sha256(definition.encode("utf-8")).hexdigest(), definition)
