"""Articles, hits and states as text for a terminal."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

WIDTH = 88
WIDE = ("W", "F")  # East Asian Width: two columns


def columns(text: str) -> int:
    """The columns a text takes on a terminal; wide characters take two, combining ones none."""
    return sum(
        2 if unicodedata.east_asian_width(c) in WIDE else 0 if unicodedata.combining(c) else 1 for c in text
    )


def wrap(text: str, width: int = WIDTH) -> list[str]:
    """Lines of at most `width` columns; a script without spaces is broken between characters."""
    if all(ord(c) < 0x1100 for c in text):
        return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
    lines, line, used = [], "", 0
    for word in _breakable(text):
        size = columns(word)
        if used + size > width and line:
            lines.append(line.rstrip())
            line, used = "", 0
            word = word.lstrip()
        line += word
        used += columns(word)
    return [*lines, line.rstrip()] if line else lines or [""]


def _breakable(text: str) -> Iterable[str]:
    """Pieces between which a line may end: after blanks, and around wide characters."""
    piece = ""
    for character in text:
        if unicodedata.east_asian_width(character) in WIDE:
            closing = unicodedata.category(character) in ("Po", "Pe", "Pf")
            if closing:
                piece += character  # no line begins with a full stop
                continue
            if piece:
                yield piece
            piece = character
        else:
            if (piece and piece[-1] == " " and character != " ") or (
                piece and unicodedata.east_asian_width(piece[-1]) in WIDE
            ):
                yield piece
                piece = ""
            piece += character
    if piece:
        yield piece


def article_text(a: dict[str, Any], *, removed: bool = False, width: int = WIDTH) -> str:
    """A clean record as a page to read; `a` has the fields of `archive.store.article` or of an extraction."""
    parts: list[str] = []
    if a.get("article_section"):
        parts.append(str(a["article_section"]).upper())
    headline = "\n".join(wrap(a.get("headline") or "(no headline)", width))
    parts.append(headline + "\n" + "=" * min(width, max(columns(line) for line in headline.split("\n"))))
    if a.get("description"):
        parts.append("\n".join(wrap(a["description"], width)))
    parts.append("\n".join(_facts(a)))
    parts += ["\n".join(wrap(line, width)) for line in (a.get("article_body") or "").split("\n") if line.strip()]
    if removed and a.get("removed"):
        parts.append("-- removed from the page --")
        parts += ["\n".join(wrap(f"[{r['reason']}] {_short(r['text'])}", width)) for r in a["removed"]]
    return "\n\n".join(parts)


def _facts(a: dict[str, Any]) -> list[str]:
    authors = a.get("authors") or ()
    by = authors if isinstance(authors, str) else ", ".join(authors)
    dates = _date(a.get("date_published"), a.get("date_published_offset"))
    modified = _date(a.get("date_modified"), a.get("date_modified_offset"))
    rows = [
        ("By", by or a.get("byline_raw")),
        ("Published", dates),
        ("Modified", modified if modified != dates else None),
        ("Site", a.get("site") or a.get("publisher")),
        ("Language", a.get("in_language")),
        ("URL", a.get("url")),
        ("Captured", a.get("captured_at")),
        ("Record", a.get("record")),
        ("Note", "behind a paywall: the text is what the page showed" if a.get("verdict") == "paywall" else None),
    ]
    return [f"{name + ':':11}{value}" for name, value in rows if value]


def _date(value: str | None, offset: str | None) -> str | None:
    """UTC as stored, and the local time the page gave."""
    if not value or not offset or not value.endswith("Z"):
        return value
    from datetime import datetime

    local = datetime.fromisoformat(value).astimezone(datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo)
    return local.isoformat(timespec="minutes" if local.second == 0 else "seconds")


def _short(text: str, length: int = 160) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def marked(snippet: str, marks: Sequence[tuple[int, int]], style: tuple[str, str]) -> str:
    """A snippet with what matched between the two strings of `style`."""
    out, at = [], 0
    for start, end in marks:
        out += [snippet[at:start], style[0], snippet[start:end], style[1]]
        at = end
    return "".join([*out, snippet[at:]])
