"""Small functions on text that every part of extraction shares: tidying, comparing, counting words."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3"
_CJK_ANY = re.compile(f"[{_CJK}]")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # Thai, Lao, Burmese, Khmer
_SPACES = re.compile(r"[^\S\u3000]+")
_TOKEN = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")
_WORDS = re.compile(r"\w+")
_INVISIBLE = re.compile(
    "[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]"
)
_JOINER = re.compile("[\u200c\u200d]")
_TAG = re.compile(r"<[^<>]*>")
_BULLET = re.compile(r"^\s*[-•*>»·▪●–—|]+\s*")
LIMIT = 4000  # characters of one field's value that are looked at


def words(text: str) -> list[str]:
    """Words in lower case; one for each character of scripts that do not space words."""
    return (_WORDS if text.isascii() else _TOKEN).findall(text.lower())


@lru_cache(maxsize=2048)
def key(text: str) -> str:
    """Text for comparison: NFKC, case folded, words only, one blank between them."""
    if not text.isascii():
        text = _JOINER.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))
    return " ".join(_WORDS.findall(text.casefold()))


def joined_key(text: str) -> str:
    """`key` without its blanks: for names, which some write in one word."""
    return key(text).replace(" ", "")


def line_key(line: str) -> str:
    """`key` of a line of the body, which may carry the bullet of its list."""
    return key(_BULLET.sub("", line))


def squeeze(text: str) -> str:
    """White space to single blanks; the ideographic space is a letter's width of its own and stays inside."""
    if "\u3000" in text:
        return _SPACES.sub(" ", text).strip()
    return " ".join(text.split())


def count(text: str) -> int:
    """Number of words as a reader counts them: those between blanks; in scripts that set no blanks two characters
    are one word, or five letters."""
    if text.isascii():
        return len(text.split())
    if _CJK_ANY.search(text):
        return (len(_TOKEN.findall(text)) + 1) // 2
    return len(text.split()) + len(_UNSPACED.findall(text)) // 5


def visible(text: str) -> str:
    """NFC without characters that nobody sees; joiners stay where a script or an emoji needs them."""
    if text.isascii() and text.isprintable():
        return text
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return _JOINER.sub(_needed, text) if _JOINER.search(text) else text


def _needed(match: re.Match[str]) -> str:
    at, text = match.start(), match.string
    beside = text[at - 1 : at] + text[at + 1 : at + 2]
    return match[0] if any(ord(c) > 0x5FF and not c.isspace() for c in beside) else ""


def tidy(text: str) -> str:
    """One line of plain text from a stated value: entities and tags resolved, invisible characters out."""
    text = text[:LIMIT]
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _TAG.sub(" ", text)
    return squeeze(visible(squeeze(text)))


def tidy_lines(text: str) -> str:
    """`tidy` for a text of several lines, of any length."""
    text = html.unescape(html.unescape(text)) if "&" in text else text
    return _TAG.sub(" ", text) if "<" in text else text


def overlap(a: str, b: str) -> float:
    """Share of the words of two texts that both have, from 0 to 1."""
    return set_overlap(set(words(a)), set(words(b)))


def set_overlap(a: set[str], b: set[str]) -> float:
    return len(a & b) / max(1, len(a | b))
