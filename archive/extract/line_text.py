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
_PUNCTUATION = re.compile(r"[.,;:!?。，、]")
_SENTENCE = re.compile(r"[.!?…][\"”»“')\]]*(?:\s|$)|[。！？]")
_AGENCY = re.compile(
    r"(?i)getty images|/ ?afp\b|/ ?reuters\b|/ ?ap\b|shutterstock|via getty|imago|\bdpa\b.{0,12}$|associated press"
    r"|ap photo|bloomberg$|unsplash"
)
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[:.]\d\d\b")
LIFE = re.compile(
    r"(?i)\b(?:is an?|has (?:written|covered|worked|been)|based in|works? (?:as|for|at)|covers|writes|reports? on"
    r"|author of|journalist|redakteur\w*|autor(?:in)?|schreibt|periodista|giornalista|jornalista|journaliste|reporter"
    r"|editor)\b"
)
_ENDS = frozenset(".!?…。！？\"”»“')")
_QUOTES = frozenset("\"“„«‘'「")
_BULLETS = frozenset("-•*>»→▶+")


def numbers(line: Line, n: int) -> list[float]:
    """One number for each of `NAMES`; `n`: its words."""
    t = line.text
    size, chars = len(t), line.chars or 1
    parts = t.split()
    count = len(parts)
    kind = phrases.kind(t) if n < phrases.LONG else None
    return [
        n, size, size / count, line.linked / chars, line.anchored / chars, line.links,
        line.bold / chars, len(_PUNCTUATION.findall(t)) / size, t.count(",") / n, t[-1] in _ENDS,
        t[-1] in ":：", t[-1] in "?？", t[0].isupper(), sum(map(str.isupper, t)) / size,
        len([p for p in parts if p[0].isupper()]) / count, sum(map(str.isdigit, t)) / size,
        len([p for p in parts if len(p) <= 3 and p.islower()]) / count, t[0] in _QUOTES,
        t.count("|") + t.count("·") + t.count("•"), "@" in t, t[0] in _BULLETS, _KIND.get(kind or "", 0),
        n < 60 and bool(_AGENCY.search(t[-120:])), n < 15 and bool(_DATE.search(t)), len(_SENTENCE.findall(t)),
    ]  # fmt: skip
