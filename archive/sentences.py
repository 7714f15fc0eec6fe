"""Text in pieces that can be compared: sentences, words, and what of them is noise.

Sentence boundaries are those of `sentencex` (Wikimedia), for any language; nothing is lost: the pieces put together
are the text.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from archive.store.cjk import UNSPACED_WORD

MOST_SENTENCES = 10_000  # of a text; what is behind them is one more
LONGEST_LINE = 20_000  # characters, in which the library looks for boundaries
MOST_QUOTES = 100  # in a line: for each that is not closed the library looks through all of the line
NOTICE, MODIFIED, NOISE = "notice", "modified", "noise"

# A word with the blanks that follow it; where words are not parted by blanks, a character.
WORD = re.compile(rf"\s*{UNSPACED_WORD.pattern}\s*|\s*(?:(?!{UNSPACED_WORD.pattern})\S)+\s*")
_ALIKE = str.maketrans(
    dict.fromkeys("“”„‟«»″〝〞〟＂「」『』﹁﹂", '"')
    | dict.fromkeys("‘’‚‛‹›′´`＇ʼʹ", "'")
    | dict.fromkeys("‐‑‒–—―−－﹣", "-")
    | {"…": "...", "‥": ".."}
    | dict.fromkeys(
        map(chr, (0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF))
    )
)
_BLANKS = re.compile(r"\s+")
_SIDE = rf"(?:[^\w\s]|{UNSPACED_WORD.pattern})"  # beside these, white space says nothing
_NEXT_TO_A_SIGN = re.compile(rf"(?<={_SIDE})\s+|\s+(?={_SIDE})")
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
_ENDS = re.compile(r"[.!?。！？｡।॥؟۔…]['\"”’»」』)）\]]*\s*")
_OPENING = "\"'“„‟«‹‘‚([{¿¡（「『【〈《"
_CLOSING = "\"'”“’»›)]}.,;:!?…،؛؟।॥۔、。！？；：）」』】〉》 \t\n\r\u00a0\u202f\u2009\u3000"
_QUOTES = "\"'“‘«‹„‚「『(（[【《〈"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of a text, with the blanks that follow it. Two with the same key say the same."""

    text: str
    key: str
    role: str = ""  # notice | modified | noise: what it says of the text, or of the page; empty: it is of the text


def key(text: str) -> str:
    """What a text says, without noise: white space, kinds of quotes and dashes, what is not to be seen."""
    text = text.replace("`", "'") if text.isascii() else unicodedata.normalize("NFC", text).translate(_ALIKE)
    return _NEXT_TO_A_SIGN.sub("", _BLANKS.sub(" ", text).strip())


def words(text: str) -> list[str]:
    """The words of a text with the blanks around them, and the signs beside them; put together they are the text."""
    if not text or text.isspace():
        return [text] if text else []
    return [part for word in WORD.findall(text) for part in _parts(word)]


def _parts(word: str) -> Iterable[str]:
    """ "(where?) " -> "(", "where", "?) ": what stands beside a word can change without it."""
    if word.strip().isalnum():
        return (word,)
    begin = len(word) - len(word.lstrip(_OPENING))
    end = len(word.rstrip(_CLOSING))
    return [part for part in (word[:begin], word[begin:end], word[end:]) if part] if begin < end else (word,)


def sentences(text: str, language: str | None = None) -> list[Sentence]:
    """The sentences of a text whose blocks are lines."""
    found: list[Sentence] = []
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if len(found) >= MOST_SENTENCES:
            rest = "".join(lines[number:])
            return [*found, Sentence(rest, key(rest))]
        found += _of_line(line, (language or "en").partition("-")[0].lower())
    return found


def _of_line(line: str, language: str) -> Iterable[Sentence]:
    if (role := _role_of_line(line)) is not None:
        # Of a line that only counts, the number is nothing to compare.
        yield Sentence(line, f"\0{role}" if role == NOISE else key(line), role)
        return
    noted = False
    before = ""
    for piece in _pieces(line, language):
        if not piece.strip():  # no sentence: it belongs to its neighbour
            before += piece
            continue
        noted = noted or is_notice(piece)
        yield Sentence(before + piece, key(piece), NOTICE if noted else "")
        before = ""
    if before:
        yield Sentence(before, "")


def _pieces(line: str, language: str) -> list[str]:
    from sentencex import segment

    if len(line) <= LONGEST_LINE and all(line.count(quote) <= MOST_QUOTES for quote in _QUOTES):
        try:
            pieces: list[str] = segment(language, line)
        except UnicodeEncodeError:  # half a surrogate pair
            return [line]
        if "".join(pieces) == line:
            return pieces
    ends = [0, *(found.end() for found in _ENDS.finditer(line)), len(line)]
    return [line[a:b] for a, b in pairwise(ends) if a < b]


# What is said around an edit.


def is_notice(text: str) -> bool:
    """Whether a sentence says that the text was corrected or updated, in any of the languages of editing.toml."""
    said = _said(text)
    known = _phrases()
    # Substrings first: an expression of so many phrases is slow in a long text.
    return known.begins.match(said) is not None or any(
        phrase in said and expression.search(said) for phrase, expression in known.says
    )


def _role_of_line(line: str) -> str | None:
    """Of a whole line: modified | noise; None for text."""
    if len(line) > 100:
        return None
    said, known = _said(line), _phrases()
    if known.counter.fullmatch(said):
        return NOISE
    if found := known.modified.match(said):
        rest = said[found.end() :]
        sure = rest[:1] == ":" or rest.lstrip(" ")[:1] == "#" or " " in found.group()
        if sure and "#" in rest and len(rest.split()) <= 8:
            return NOISE if known.relative.search(rest) else MODIFIED
    if (found := known.relative.search(said)) and not _ENDS.search(said[-1:]):
        others = f"{said[: found.start()]} {said[found.end() :]}"
        if len(others.split()) <= 3 and len(UNSPACED_WORD.findall(others)) <= 6:
            return NOISE
    return None


def _said(text: str) -> str:
    """In the spelling of editing.toml: small letters, one kind of quotes, numbers as #."""
    folded = _BLANKS.sub(" ", text.translate(_ALIKE)).strip().casefold()
    return _DIGITS.sub("#", folded)


@dataclass(frozen=True, slots=True)
class _Phrases:
    begins: re.Pattern[str]
    says: tuple[tuple[str, re.Pattern[str]], ...]
    modified: re.Pattern[str]
    relative: re.Pattern[str]
    counter: re.Pattern[str]


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("archive").joinpath("editing.toml").read_text(encoding="utf-8"))


def phrases(kind: str) -> set[str]:
    """What editing.toml has of a kind, in all languages."""
    return {phrase for table in _tables().values() for phrase in table.get(kind, ())}


@cache
def _phrases() -> _Phrases:
    kinds = {
        kind: {_said(phrase) for phrase in phrases(kind)}
        for kind in ("begins", "says", "modified", "relative", "counter")
    }
    return _Phrases(
        begins=re.compile(rf"[\W_]{{0,3}}(?:{_either(kinds['begins'])})"),
        says=tuple((phrase, re.compile(_bounded(phrase))) for phrase in sorted(kinds["says"])),
        modified=re.compile(_either(kinds["modified"])),
        relative=re.compile(_either(kinds["relative"])),
        counter=re.compile(_either(kinds["counter"])),
    )


def _either(phrases: Iterable[str]) -> str:
    """Any of these, the longest first; a phrase of Latin, Greek or Cyrillic letters does not end within a word."""
    return "|".join(_bounded(phrase) for phrase in sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))


def _bounded(phrase: str) -> str:
    begin = r"(?<!\w)" if phrase[0].isalnum() and phrase[0] < "\u0900" else ""
    end = r"(?!\w)" if phrase[-1].isalnum() and phrase[-1] < "\u0900" else ""
    return begin + re.escape(phrase) + end
