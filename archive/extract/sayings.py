"""The phrases of `pages.toml`: what walls, messages, live blogs and galleries say of themselves, in many languages."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

_SOURCE = files("archive.extract").joinpath("pages.toml").read_bytes()  # package data, read once at import
PAGES_SHA256 = hashlib.sha256(_SOURCE).hexdigest()
_TABLES: dict[str, dict[str, dict[str, list[str]]]] = tomllib.loads(_SOURCE.decode("utf-8"))
_OTHER_SCRIPT = re.compile("[\u0370-\u1dff\u2e80-\uffff]")  # neither Latin letters nor the signs used with them
_SPACED_END = "\u0530"  # Latin, Greek, Cyrillic: scripts that part words by blanks and glue nothing to them
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Phrase:
    text: str
    first: str | None  # its first word where a text must hold that as a whole word; None where it need not
    left: bool  # must stand at the beginning of a word
    right: bool  # must end with a word


def _phrase(text: str) -> _Phrase:
    stem, text = text.endswith("*"), text.removesuffix("*")
    left = text[0].isalnum() and text[0] < _SPACED_END
    right = text[-1].isalnum() and text[-1] < _SPACED_END and " " not in text and not stem
    word = _WORD.match(text)
    whole = left and word is not None and (right or word.end() < len(text))
    return _Phrase(text, word[0] if word and whole else None, left, right)


def _compile() -> dict[tuple[str, str], tuple[list[_Phrase], list[_Phrase]]]:
    found: dict[tuple[str, str], tuple[list[_Phrase], list[_Phrase]]] = {}
    for verdict, places in _TABLES.items():
        for place, languages in places.items():
            unique = dict.fromkeys(phrase for phrases in languages.values() for phrase in phrases)
            latin = [_phrase(x) for x in unique if not _OTHER_SCRIPT.search(x)]
            other = [_phrase(x) for x in unique if _OTHER_SCRIPT.search(x)]
            found[verdict, place] = (latin, other)
    return found


_PHRASES = _compile()
_BUTTONS = frozenset(x for phrases in _TABLES["consent"]["button"].values() for x in phrases)
SOURCES = {
    strength: tuple(x.encode("ascii") for x in phrases)
    for strength, phrases in _TABLES["captcha"]["source"].items()
}


def lowered(text: str) -> str:
    """Lower case as the phrases are written: straight apostrophes, and the dot of a Turkish capital I gone."""
    return text.lower().replace("’", "'").replace("\u0307", "")


class Words:
    """A text in which phrases are looked for, in lower case, with its words gathered once."""

    def __init__(self, text: str) -> None:
        self.text = lowered(text)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(_WORD.findall(self.text))

    @cached_property
    def other(self) -> bool:
        """Whether it holds letters of another script than Latin."""
        return bool(_OTHER_SCRIPT.search(self.text))

    def said(self, verdict: str, place: str, limit: int = 4) -> list[str]:
        """The phrases of that table that the text holds, at most `limit`. Linear in its length."""
        latin, other = _PHRASES[verdict, place]
        found: list[str] = []
        for phrases in (latin, other if self.other else ()):
            for p in phrases:
                if (p.first is None or p.first in self.words) and p.text in self.text and _stands(p, self.text):
                    found.append(p.text)
                    if len(found) >= limit:
                        return found
        return found


def _stands(phrase: _Phrase, text: str) -> bool:
    """Whether one of the first places where it occurs begins and ends as the phrase asks for."""
    at, n = -1, len(phrase.text)
    for _ in range(20):
        at = text.find(phrase.text, at + 1)
        if at < 0:
            return False
        before, after = text[at - 1 : at] if at else "", text[at + n : at + n + 1]
        if not (phrase.left and before.isalnum()) and not (phrase.right and after.isalnum()):
            return True
    return False


def is_button(line: str) -> bool:
    """Whether a whole line is what the button of a request for consent says."""
    return len(line) < 40 and lowered(line).strip(" \t.!→>»›✓✔✕×") in _BUTTONS
