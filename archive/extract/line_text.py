"""The text of one line as numbers, for the body model: no list of words of any language but those of prompts."""

from __future__ import annotations

import re

from archive.extract import phrases
from archive.extract.outline import Line

NAMES = (
    "words", "chars", "wordlen", "leaving", "linked", "links", "bold", "punct", "comma", "endpunct", "endcolon", "endq",
    "upstart", "caps", "capwords", "digits", "shortlower", "quote", "pipes", "at", "bullet", "phrase", "credit", "date",
    "sentences",
)  # fmt: skip
_KINDS = (
    "related", "newsletter", "paywall", "share", "comments", "advertisement", "player", "credit", "legal", "label",
    "author biography", "editor's note", "next story",
)  # fmt: skip
_KIND = {kind: i + 1 for i, kind in enumerate(_KINDS)}
_MARKS = b".,;:!?"
_BEYOND = re.compile(r"[^\x00-\x7f]")
_SENTENCE = re.compile(r"[.!?…][\"”»“')\]]*(?:\s|$)|[。！？]")
_AGENCY = re.compile(  # of a text in lower case
    r"getty images|/ ?afp\b|/ ?reuters\b|/ ?ap\b|shutterstock|via getty|imago|\bdpa\b.{0,12}$|associated press"
    r"|ap photo|bloomberg$|unsplash"
)
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[:.]\d\d\b")
_AGENCIES = ("getty", "afp", "reuters", "/ap", "/ ap", "shutterstock", "imago", "dpa", "associated", "ap photo",
             "bloomberg", "unsplash")  # fmt: skip
_LIFE = re.compile(  # of a text in lower case
    r"\b(?:is an?|has (?:written|covered|worked|been)|based in|works? (?:as|for|at)|covers|writes|reports? on"
    r"|author of|journalist|redakteur\w*|autor(?:in)?|schreibt|periodista|giornalista|jornalista|journaliste|reporter"
    r"|editor)\b"
)
_ENDS = frozenset(".!?…。！？\"”»“')")
_QUOTES = frozenset("\"“„«‘'「")
_BULLETS = frozenset("-•*>»→▶+")


_UPPER, _DIGITS = (b.encode() for b in ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"))


def life(text: str) -> bool:
    """Whether a line may tell of its author: "is a reporter based in"."""
    return _LIFE.search(text.lower()) is not None


def _agency(end: str) -> bool:
    """Whether the end of a line in lower case names a picture agency."""
    return any(name in end for name in _AGENCIES) and _AGENCY.search(end) is not None


def _characters(t: str) -> tuple[int, int, int]:
    """How many capitals, digits and marks of punctuation a text has; those of ASCII are counted in one go."""
    b = t.encode("ascii", "ignore")
    n = len(b)
    capitals, digits, marks = (n - len(b.translate(None, some)) for some in (_UPPER, _DIGITS, _MARKS))
    if n < len(t):
        beyond = _BEYOND.findall(t)
        capitals += sum(map(str.isupper, beyond))
        digits += sum(map(str.isdigit, beyond))
        marks += t.count("。") + t.count("，") + t.count("、")
    return capitals, digits, marks


def numbers(line: Line, n: int) -> list[float]:
    """One number for each of `NAMES`; `n`: its words."""
    t = line.text
    size, chars = len(t), line.chars or 1
    parts = t.split()
    count = len(parts)
    capitals, digits, marks = _characters(t)
    kind = phrases.kind(t) if n < phrases.LONG else None
    return [
        n, size, size / count, line.linked / chars, line.anchored / chars, line.links,
        line.bold / chars, marks / size, t.count(",") / n, t[-1] in _ENDS,
        t[-1] in ":：", t[-1] in "?？", t[0].isupper(), capitals / size,
        len([p for p in parts if p[0].isupper()]) / count, digits / size,
        len([p for p in parts if len(p) <= 3 and p.islower()]) / count, t[0] in _QUOTES,
        t.count("|") + t.count("·") + t.count("•"), "@" in t, t[0] in _BULLETS, _KIND.get(kind or "", 0),
        n < 60 and _agency(t[-120:].lower()), n < 15 and bool(_DATE.search(t)), len(_SENTENCE.findall(t)),
    ]  # fmt: skip
