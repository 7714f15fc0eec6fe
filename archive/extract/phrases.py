"""The phrases of `phrases.toml` as one expression: which lines are prompts of the site, and of what kind."""

from __future__ import annotations

import hashlib
import re
import tomllib
from importlib.resources import files

_SOURCE = files("archive.extract").joinpath("phrases.toml").read_bytes()  # package data, read once at import
PHRASES_SHA256 = hashlib.sha256(_SOURCE).hexdigest()


def _compile(tables: dict[str, dict[str, list[str]]]) -> tuple[re.Pattern[str], dict[str, str]]:
    kinds: dict[str, str] = {}
    for table in tables.values():
        for kind, phrases in table.items():
            if kind == "stray":
                continue
            for phrase in phrases:
                kinds.setdefault(phrase.casefold(), kind)
    alternatives = []
    for phrase in sorted(kinds, key=len, reverse=True):  # the longest of those that begin alike
        text = re.escape(phrase.removesuffix("$")).replace(r"\ ", r"\s+")
        end = r"\W*$" if phrase.endswith("$") else r"(?!\w)" if phrase[-1:].isalnum() else ""
        alternatives.append(text + end)
    return re.compile(r"[^\w©(]*(" + "|".join(alternatives) + ")"), kinds


_TABLES: dict[str, dict[str, list[str]]] = tomllib.loads(_SOURCE.decode("utf-8"))
_EXPRESSION, _KINDS = _compile(_TABLES)
_STRAY = frozenset(phrase for table in _TABLES.values() for phrase in table.get("stray", ()))
_SPACES = re.compile(r"\s+")
_END = re.compile(r"\W*$")


def kind(line: str) -> str | None:
    """The kind of prompt a line begins with (`next story`, `related`, ...), or None."""
    if len(line) < 5 and line.strip().casefold() in _STRAY:
        return "stray"
    match = _EXPRESSION.match(line[:200].casefold())
    if match is None:
        return None
    said = _SPACES.sub(" ", match[1])
    return _KINDS.get(said) or _KINDS.get(_END.sub("", said) + "$") or _KINDS.get(said + "$") or "related"
