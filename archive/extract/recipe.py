"""The recipe: everything but the page that decides what an extraction says, frozen and named by its hash."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

from archive.extract.engines import MODEL
from archive.model import Recipe
from archive.rules import SiteRules

EXTRACTOR_VERSION = "2"  # raised with every change that can change an extraction
LIBRARIES = ("trafilatura", "lxml", "dateparser", "justext", "htmldate", "courlan", "charset-normalizer")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@lru_cache(maxsize=1024)
def recipe(rules: SiteRules | None = None, engine: str = MODEL, model_sha256: str | None = None) -> Recipe:
    """The recipe of this installation: the same versions and options give the same hash on any machine.

    `engine`: what finds the body; `model_sha256`: of the body model's file, if it is not the shipped one; `rules`:
    those that hold for the page. They and their hash are a part of it, and where there are none it is that of an
    archive without rules. `definition` is canonical JSON (sorted keys, no blanks, UTF-8) and `sha256` its hash in hex.
    """
    from archive.extract import body, choice, clean, verdict  # heavy, like `archive.extract.assemble`

    own = {"rules": {"sha256": rules.sha256, **rules.canonical()}} if rules and rules.given() else {}
    model = model_sha256 or choice.MODEL_SHA256
    definition = json.dumps(
        own
        | {
            "extractor": EXTRACTOR_VERSION,
            "libraries": {name: _version(name) for name in LIBRARIES},
            "body": {"engine": engine, "model": model if engine == MODEL else None},
            "trafilatura": {**body.OPTIONS, **body.CONFIG_VALUES},
            "phrases": clean.PHRASES_SHA256,
            "pages": verdict.PAGES_SHA256,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return Recipe(hashlib.sha256(definition.encode("utf-8")).hexdigest(), definition)
