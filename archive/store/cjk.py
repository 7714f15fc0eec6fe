"""Pairs of characters for scripts that put no space between words, so that any part of a run can be found.

The tokenizer of FTS5 takes a run of Chinese, Japanese, Thai, Lao, Khmer or Burmese as one word. A second index
holds, for each such run, its overlapping pairs and its last character: "東京都" becomes "東京 京都 都". Then one
character is a prefix, two are a word, more are a phrase. Korean is treated likewise, because particles are
written on to its nouns. Latin words and numbers that touch such a run ("iPhone発売") are kept beside it, since the
tokenizer would hide them inside the run.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby, pairwise

# Han, kana and Bopomofo: one character counts as one word.
_IDEOGRAPHIC = (
    "\u2e80-\u2fd5\u3005-\u3007\u3021-\u3029\u3038-\u303c\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
_HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb"
# Thai, Lao, Burmese with its extensions, Khmer; letters, marks and digits, without punctuation.
_SOUTH_EAST = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59\u0e81-\u0edf\u1000-\u1049\u1050-\u109d\ua9e0-\ua9fe\uaa60-\uaa7f"
    "\u1780-\u17d3\u17d7\u17dc-\u17e9"
)
UNSPACED_CLASS = f"{_IDEOGRAPHIC}{_HANGUL}{_SOUTH_EAST}"  # inside the brackets of a regular expression

UNSPACED = re.compile(f"[{UNSPACED_CLASS}]")
UNSPACED_WORD = re.compile(f"[{_IDEOGRAPHIC}]")
_TOKEN = re.compile(rf"[^\W_]*[{UNSPACED_CLASS}](?:[^\W_]|[{UNSPACED_CLASS}])*")


def is_unspaced(text: str) -> bool:
    """Whether the text has a character of a script without spaces."""
    return not text.isascii() and UNSPACED.search(text) is not None


def segments(token: str) -> list[str]:
    """A run split where a script without spaces meets another: "iPhone発売" -> ["iPhone", "発売"]."""
    return ["".join(part) for _, part in groupby(token, lambda c: UNSPACED.match(c) is not None)]


def _pairs(run: str) -> list[str]:
    return [a + b for a, b in pairwise(run)]


def grams(*texts: str | None) -> str:
    """The text that goes into the index of pairs; empty if no text has a script without spaces."""
    out: list[str] = []
    for text in texts:
        if text is None or not is_unspaced(text):
            continue
        for token in tokens(text):
            for part in segments(token):
                if UNSPACED.match(part):
                    out += _pairs(part)
                    out.append(part[-1])
                else:
                    out.append(part)
    return " ".join(out)


def tokens(text: str) -> list[str]:
    """The runs of a text that the index of pairs holds, in order; full-width and half-width forms made alike."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text))


def match_expression(token: str, *, prefix: bool = False) -> str:
    """The FTS5 query that finds a run, or a part of one, in the index of pairs."""
    out: list[str] = []
    parts = segments(token)
    for n, part in enumerate(parts):
        if not UNSPACED.match(part):
            out.append(part)
        elif n < len(parts) - 1:  # the run ends here in the text as well
            out += [*_pairs(part), part[-1]]
        elif len(part) == 1:
            out.append(part)
            prefix = True
        else:
            out += _pairs(part)
            prefix = False  # a pair is a whole word there
    return f'"{" ".join(out)}"{" *" if prefix else ""}'
