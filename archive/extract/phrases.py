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
        end = (
            r"\W*$"
            if phrase.endswith("$")
            else r"(?!\w)"
            if phrase[-1:].isalnum() and phrase[-1] < "\u0e00"
            else ""
        )
        alternatives.append(text + end)
    return re.compile(r"[^\w©(]*(" + "|".join(alternatives) + ")"), kinds


_TABLES: dict[str, dict[str, list[str]]] = tomllib.loads(_SOURCE.decode("utf-8"))
_EXPRESSION, _KINDS = _compile(_TABLES)
_STRAY = frozenset(phrase for table in _TABLES.values() for phrase in table.get("stray", ()))
_SPACES = re.compile(r"\s+")
# Punctuation at the end, but no vowel sign of Hebrew, Arabic or Indian scripts, which `\\w` does not know.
_END = re.compile(r"[^\w\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff]*$")


SHORT, LONG = 30, 80  # words of a line that may be a prompt; the second for phrases that can mean nothing else
CERTAIN = 18  # characters of a phrase that can mean nothing else


def prompt(line: str, words: int) -> str | None:
    """The kind of prompt that a line of that many words is, or None; stray characters are none."""
    found = kind(line) if words < LONG else None
    if found is None or found == "stray" or (words >= SHORT and len(_said(line)) < CERTAIN):
        return None
    return found


def kind(line: str) -> str | None:
    """The kind of prompt a line begins with (`next story`, `related`, ...), or None."""
    if len(line) < 5 and line.strip().casefold() in _STRAY:
        return "stray"
    said = _said(line)
    return _KINDS.get(said) or _KINDS.get(_END.sub("", said) + "$") if said else None


def _said(line: str) -> str:
    """The phrase that a line begins with, as it is spelt; empty if there is none."""
    match = _EXPRESSION.match(line[:200].casefold())
    return _SPACES.sub(" ", match[1]) if match else ""
