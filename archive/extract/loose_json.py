"""Broken JSON as pages write it, read in one pass without ever looking back.

What `json` refuses and this takes: quotes inside a text that nobody escaped, line breaks and control characters in
texts, comments, commas too many or missing, names without quotes or in single ones, several values one after the
other, and an end that is missing (what was open is closed; a text that was cut off is left out).
"""

from __future__ import annotations

import re
from typing import Any

MAX_DEPTH = 60
MAX_VALUES = 200_000  # of one script
_BLANK = re.compile(r"(?:\s+|//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?)+")
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?(?![\w.])")
_WORD = re.compile(r"[A-Za-z_$@][\w$@:-]{0,80}")
_WORDS = {"true": True, "false": False, "null": None, "undefined": None, "NaN": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "", "\n": ""}
_STOP = {'"': re.compile(r'["\\]'), "'": re.compile(r"['\\]")}
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_LOOSE_NAMES = re.compile(r"[\s\[{]*[A-Za-z_$@]")
# What may follow the quote that ends a text: asked for every quote, so all of it is bounded and never tried twice.
_GAP = r"(?>\s{0,80}(?:(?://[^\n]{0,120}\n|/\*[^*]{0,120}\*/)\s{0,80})?)"
_AFTER_NAME = re.compile(rf"{_GAP}:")


def _after(names: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What may follow a text in an object and in a list, where `names` look like this."""
    return (
        re.compile(rf"{_GAP}(?:$|[}}\]]{_GAP}(?:$|[,}}\]{{;])|,{_GAP}(?:{names}|[}}\]]|$)|{names})"),
        re.compile(rf"{_GAP}(?:$|\]{_GAP}(?:$|[,}}\];]|{names})|,{_GAP}(?:[\"'{{\[\]\d\-]|true|false|null|$))"),
    )


_STRICT = _after(r"""(?:"[^"\n]{1,80}"|'[^'\n]{1,80}')\s{0,20}:""")
_LOOSE = _after(r"""["']?[\w$@-]{1,80}["']?\s{0,20}:""")


class _End(Exception):
    """The text is over, or is no JSON from here on."""


def read(text: str) -> list[Any]:
    """The values that a text holds one after the other, as far as they can be read; none if it is no JSON at all."""
    return _Reader(text).values()


def _paired(text: str) -> str:
    """Surrogates that were escaped one by one as the character they stand for."""
    if not any("\ud800" <= c <= "\udfff" for c in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.count = text, 0, 0
        self.after_value, self.after_item = _LOOSE if _LOOSE_NAMES.match(text) else _STRICT

    def values(self) -> list[Any]:
        found: list[Any] = []
        while True:
            self.blanks(",;")
            if self.text[self.at : self.at + 1] not in ("{", "["):
                return found
            value, whole = self.container(0)
            if value:
                found.append(value)
            if not whole:
                return found

    def blanks(self, also: str = "") -> str:
        """Goes to the next character that says something -> it, or an empty text at the end."""
        while True:
            if match := _BLANK.match(self.text, self.at):
                self.at = match.end()
            next_one = self.text[self.at : self.at + 1]
            if not next_one or next_one not in also:
                return next_one
            self.at += 1

    def container(self, depth: int) -> tuple[Any, bool]:
        """The object or list that begins here, and whether it came to its end."""
        opened = self.text[self.at]
        self.at += 1
        if depth > MAX_DEPTH:
            return None, False
        into: Any = {} if opened == "{" else []
        try:
            while True:
                next_one = self.blanks(",")
                if next_one in ("}", "]"):
                    self.at += 1
                    return into, True
                name = self.name(next_one) if opened == "{" else None
                value, whole = self.value(depth, in_list=opened == "[")
                if opened == "[":
                    into.append(value)
                else:
                    into.setdefault(name, value)
                if not whole:
                    return into, False
        except _End:
            return into, False

    def name(self, next_one: str) -> str:
        if next_one in ('"', "'"):
            name = self.string(next_one, _AFTER_NAME)
        elif word := _WORD.match(self.text, self.at):
            name, self.at = word[0].rstrip(":"), word.end() - word[0].endswith(":")
        else:
            raise _End
        if self.blanks() != ":":
            raise _End
        self.at += 1
        return name

    def value(self, depth: int, *, in_list: bool) -> tuple[Any, bool]:
        self.count += 1
        next_one = self.blanks()
        if not next_one or self.count > MAX_VALUES:
            raise _End
        if next_one in "{[":
            return self.container(depth + 1)
        if next_one in "\"'":
            return self.string(next_one, self.after_item if in_list else self.after_value), True
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            return (float(number[0]) if re.search("[.eE]", number[0]) else int(number[0])), True
        if word := _WORD.match(self.text, self.at):
            self.at = word.end()
            return _WORDS.get(word[0], word[0]), True
        if next_one in "}]":  # `"name": }`
            return None, True
        raise _End

    def string(self, quote: str, after: re.Pattern[str]) -> str:
        """The text that begins here: it ends at a quote behind which the JSON goes on."""
        text, stop = self.text, _STOP[quote]
        parts: list[str] = []
        begin = self.at + 1
        while match := stop.search(text, begin):
            parts.append(text[begin : match.start()])
            begin = match.end()
            if match[0] == quote:
                if after.match(text, begin):
                    self.at = begin
                    return _paired("".join(parts))
                parts.append(quote)
                continue
            escaped = text[begin : begin + 1]
            begin += 1
            if escaped == "u" and (code := _HEX.match(text, begin)):
                parts.append(chr(int(code[0], 16)))
                begin = code.end()
            else:
                parts.append(_ESCAPES.get(escaped, escaped))
        raise _End
