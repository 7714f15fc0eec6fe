"""What people type into a search box, made into queries that FTS5 cannot trip over.

Words must all occur; "quoted words" must stand together; a word that ends in * is a prefix. Everything is handed
to FTS5 inside quotes, so its operators and punctuation mean nothing: "covid-19" is the phrase of its two parts.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from archive.store import cjk

MAX_CHARACTERS = 1000
MAX_TERMS = 32

_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02\u300c\u300d\u300e\u300f", '"'))
_TOKEN_CATEGORIES = frozenset({"Co", "Mn", "Mc"})  # with L* and N*: as the index's tokenizer is configured


@dataclass(frozen=True, slots=True)
class Query:
    """`words` are FTS5 expressions for the index of words, `pairs` for the index of pairs of characters."""

    words: tuple[str, ...]
    pairs: tuple[str, ...]
    needles: tuple[str, ...]  # plain text to mark in what is shown
    cut: bool  # it was too long; the end was left out

    @property
    def is_empty(self) -> bool:
        return not self.words and not self.pairs


def parse(text: str) -> Query:
    """Read a query as typed; any text is one, though perhaps an empty one."""
    cut = len(text) > MAX_CHARACTERS
    text = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode().replace("\0", " ")
    parts = unicodedata.normalize("NFC", text).translate(_QUOTES).split('"')
    balanced = len(parts) % 2 == 1
    terms: dict[tuple[tuple[str, ...], bool], None] = {}
    for number, part in enumerate(parts):
        if number % 2 and (balanced or number < len(parts) - 1):
            terms[(_tokens(part), False)] = None
        else:
            for chunk in part.split():
                terms[(_tokens(chunk), _is_prefix(chunk))] = None
    wanted = [term for term in terms if term[0]]
    return _query(wanted[:MAX_TERMS], cut or len(wanted) > MAX_TERMS)


def _query(terms: list[tuple[tuple[str, ...], bool]], cut: bool) -> Query:
    words: dict[str, None] = {}
    pairs: dict[str, None] = {}
    needles: dict[str, None] = {}
    for tokens, prefix in terms:
        phrase: list[str] = []
        for n, token in enumerate(tokens, 1):
            if cjk.is_unspaced(token):
                _add_phrase(words, needles, phrase, prefix=False)
                phrase = []
                for run in cjk.tokens(token):
                    pairs[cjk.match_expression(run, prefix=prefix and n == len(tokens))] = None
                needles[token] = None
            else:
                phrase.append(token)
        _add_phrase(words, needles, phrase, prefix=prefix)
    return Query(tuple(words), tuple(pairs), tuple(needles), cut)


def _add_phrase(words: dict[str, None], needles: dict[str, None], phrase: list[str], *, prefix: bool) -> None:
    if phrase:
        words[f'"{" ".join(phrase)}"{" *" if prefix else ""}'] = None
        needles.update(dict.fromkeys(phrase))


def _is_prefix(chunk: str) -> bool:
    bare = chunk.rstrip("*")
    return bare != chunk and bare != "" and _in_token(bare[-1])


def _tokens(text: str) -> tuple[str, ...]:
    """The words of a text as the tokenizer of the index would part it."""
    kept = "".join(c if _in_token(c) else " " for c in text)
    return tuple(token for token in kept.split() if any(unicodedata.category(c)[0] != "M" for c in token))


def _in_token(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LN" or category in _TOKEN_CATEGORIES
