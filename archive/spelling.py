"""Whether a change of words is one of spelling: letters, capitals, punctuation; or one of what is said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from archive.sentences import phrases
from archive.store.cjk import UNSPACED_WORD
from archive.textdiff import Words

LEAST = 4  # letters of a word in which one may be wrong
LONG = 8  # in which two may be
_DIGIT = re.compile(r"\d")
_NUMERAL = re.compile(r"[\d〇零一二三四五六七八九十百千万萬億亿兆两兩廿]")  # also written in words
_TOKEN = re.compile(r"\S+")
# Signs that only part or mark words. Not those that mean something: % ‰ € $ + = & # @ § °.
_SIGNS = re.compile(
    r"[\s.,;:!?'\"()\[\]{}…\-_/\\|*•·¡¿،؛؟।॥。、，！？：；「」『』（）【】〈〉《》・«»‹›"
    r"\u00ad\u0640\u200b-\u200f\u2010-\u2015\u2018-\u201f]"
)
_EDGES = re.compile(r"^[^\w%‰€$£¥+\-−]+|[^\w%‰€$£¥]+$")
_KANA = re.compile(r"[\u3041-\u3096\u3099\u309a\u30a1-\u30fa\u30fc、。・！？「」『』ー]*")


def is_typographic(old: str, new: str, before: str = "", after: str = "") -> bool:
    """Whether two runs of words differ in spelling alone; `before` and `after`: what stands beside them.

    Numbers, names of numbers and what is left out or put in are never only spelling, but for a word written twice.
    """
    if _fold(old) == _fold(new):
        return True
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    if not a or not b:
        return _is_doubled(a or b, before, after)
    if UNSPACED_WORD.search(old + new):
        return _is_slip(_fold(old), _fold(new))
    return len(a) == len(b) and all(x == y or _is_misspelt(_fold(x), _fold(y)) for x, y in zip(a, b, strict=True))


def is_part_of_number(run: str, before: str, after: str) -> bool:
    """Whether words that were put in or left out are numerals beside numerals, as in 十二 and 二十二."""
    beside = before.strip()[-1:] + after.strip()[:1]
    return all(map(_NUMERAL.match, run.strip())) and _NUMERAL.search(beside) is not None


def with_slips(steps: Sequence[Words]) -> list[Words]:
    """Differences in which two characters that were exchanged, of a script without blanks, are one change."""
    out: list[Words] = []
    for step in steps:
        out.append(step)
        if len(out) >= 3 and out[-3].what == step.what != out[-2].what and _is_short(out[-2].new):
            old, new = ("".join(getattr(s, side) for s in out[-3:]) for side in ("old", "new"))
            if is_typographic(old, new):
                out[-3:] = [Words(step.what, old, new)]
    return out


def _is_short(text: str) -> bool:
    return len(text.strip()) <= 2 and UNSPACED_WORD.match(text) is not None


def _fold(text: str) -> str:
    """Letters and what means something, without case, accents, punctuation and white space. Around digits, signs stay:
    1.5 is not 15."""
    text = unicodedata.normalize("NFKD", text.casefold())
    out = []
    for token in _TOKEN.findall(text):
        if _DIGIT.search(token):
            out.append(_EDGES.sub("", token))
            continue
        bare = _SIGNS.sub("", token)
        # Accents, Arabic and Hebrew points; not the vowel signs of India nor the voicing marks of Japan, which are
        # below these classes.
        out.append("".join(c for c in bare if unicodedata.combining(c) < 10))
    parted = any(_DIGIT.search(token) for token in out)
    return (" " if parted else "").join(part for part in out if part)


def _is_misspelt(a: str, b: str) -> bool:
    """Whether two words, folded, are one with a letter or two wrong; a slip leaves the first letter right."""
    from rapidfuzz.distance import OSA

    if a == b:
        return True
    if not a or not b or _DIGIT.search(a) or _DIGIT.search(b):
        return False
    wrong = OSA.distance(a, b, score_cutoff=2)
    if wrong == 1 and sorted(a) == sorted(b):  # two letters in the wrong order
        return True
    shorter = min(len(a), len(b))
    if a[0] != b[0] or a in _numbers() or b in _numbers():
        return False
    return (wrong == 1 and shorter >= LEAST) or (wrong == 2 and shorter >= LONG)


@cache
def _numbers() -> frozenset[str]:
    """Words for numbers, folded: of two of them, neither is a slip."""
    return frozenset(_fold(word) for word in phrases("numbers"))


def _is_slip(a: str, b: str) -> bool:
    """Of a script without blanks: kana that were mixed up, left out or doubled; or any two characters exchanged."""
    from rapidfuzz.distance import OSA

    if _NUMERAL.search(a + b):
        return False
    if sorted(a) == sorted(b) and 1 < len(a) <= 4:
        return True
    both_kana = _KANA.fullmatch(a) is not None and _KANA.fullmatch(b) is not None
    return both_kana and OSA.distance(a, b) <= 1 and max(len(a), len(b)) > 1


def _is_doubled(tokens: list[str], before: str, after: str) -> bool:
    """Whether what was put in or left out is a word that stands beside it already, or nothing but punctuation."""
    run = [_fold(t) for t in tokens]
    if not any(run):
        return True
    if all(UNSPACED_WORD.match(t) for t in run):
        said = "".join(run)
        return not _NUMERAL.search(said) and (_fold(before).endswith(said) or _fold(after).startswith(said))
    beside = [_fold(t) for t in _TOKEN.findall(before)][-len(run) :], [_fold(t) for t in _TOKEN.findall(after)]
    return run == beside[0] or run == beside[1][: len(run)]
