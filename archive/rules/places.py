"""Where each value of a TOML document stands: tomllib, which reads it, tells no places but those of its errors."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field

Path = tuple[str | int, ...]  # ("rule", 0, "keep", 1): keys of tables and places in arrays
Place = tuple[int, int]  # line and column, both from 1

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}' r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'", re.S
)  # fmt: skip
_SCALAR = re.compile(r"[^\s,\]}#][^,\]}#\n]*")


@dataclass(slots=True)
class Places:
    """`keys`: where the key (or the table's header) of a path stands; `values`: where its value begins."""

    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)

    def of(self, path: Path) -> Place:
        """The place of a value, or of the nearest thing that holds it."""
        for n in range(len(path), 0, -1):
            found = self.values.get(path[:n]) or self.keys.get(path[:n])
            if found:
                return found
        return (1, 1)

    def of_key(self, path: Path) -> Place:
        return self.keys.get(path) or self.of(path)


def places(text: str) -> Places:
    """The places of a document that tomllib has read without an error; what it has not is not looked for."""
    return _Scanner(text.replace("\r\n", "\n")).document()


class _Scanner:
    """Reads just enough of TOML 1.0 to know where things begin; that the document is valid is known."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.out = Places()
        self.counts: dict[Path, int] = {}  # tables of an array so far
        self.line, self.line_begin, self.counted = 1, 0, 0

    def document(self) -> Places:
        table: Path = ()
        while self.skip(_BLANK) < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
        return self.out

    def skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at

    def place(self) -> Place:
        """Line and column of where the scanner is; it only ever goes forward."""
        self.line += self.text.count("\n", self.counted, self.at)
        self.line_begin = self.text.rfind("\n", 0, self.at) + 1
        self.counted = self.at
        return self.line, self.at - self.line_begin + 1

    def header(self) -> Path:
        """[table] or [[array of tables]] -> its path."""
        where = self.place()
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        *outer, last = self.key()
        self.at = self.text.index("]", self.at) + (2 if double else 1)
        path: Path = ()
        for name in outer:
            path = self.inside((*path, name))
        path = (*path, last)
        if double:
            self.counts[path] = self.counts.get(path, 0) + 1
            path = self.inside(path)
        self.out.keys.setdefault(path, where)
        return path

    def inside(self, path: Path) -> Path:
        """The last table of an array of tables; else the path itself."""
        return (*path, self.counts[path] - 1) if path in self.counts else path

    def key(self) -> list[str]:
        """A dotted key, without its blanks."""
        parts = []
        while True:
            self.skip(_SPACE)
            if match := _BARE_KEY.match(self.text, self.at):
                parts.append(match[0])
            else:
                match = _STRING.match(self.text, self.at)
                assert match is not None, "the document is valid"
                parts.append(next(iter(tomllib.loads(f"{match[0]} = 0"))))
            self.at = match.end()
            self.skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def pair(self, table: Path) -> None:
        where = self.key_place()
        path = table
        for part in self.key():
            path = (*path, part)
            self.out.keys.setdefault(path, where)
        self.at = self.text.index("=", self.at) + 1
        self.skip(_SPACE)
        self.value(path)

    def key_place(self) -> Place:
        self.skip(_SPACE)
        return self.place()

    def value(self, path: Path) -> None:
        self.out.values[path] = self.place()
        opening = self.text[self.at]
        if opening == "[":
            self.members(path, "]")
        elif opening == "{":
            self.members(path, "}")
        else:
            self.skip(_STRING if opening in "\"'" else _SCALAR)

    def members(self, path: Path, closing: str) -> None:
        """The values of an array or the pairs of an inline table."""
        self.at += 1
        index = 0
        while self.skip(_BLANK) < len(self.text) and self.text[self.at] != closing:
            if self.text[self.at] == ",":
                self.at += 1
            elif closing == "]":
                self.value((*path, index))
                index += 1
            else:
                self.pair(path)
        self.at += 1
