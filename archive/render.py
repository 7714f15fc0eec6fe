"""Articles, hits and states as text for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive.store import Hit

WIDTH = 88
INDENT = 8
MARKS = ("\x02", "\x03")  # stand for what takes no room on a line
WIDE = ("W", "F")  # East Asian Width: two columns
OPENING = ("Ps", "Pi")
CLOSING = ("Po", "Pe", "Pf")
# Japanese marks and small kana that no line begins with either (JIS X 4051).
NEVER_FIRST = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶーゝゞヽヾ々〜")


@lru_cache(maxsize=4096)
def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in WIDE else 1


def columns(text: str) -> int:
    """The columns a text takes on a terminal; wide characters take two, combining ones none."""
    return sum(map(_width, text))


def wrap(text: str, width: int = WIDTH) -> list[str]:
    """Lines of at most `width` columns (a longer word stands alone); wide characters are broken between."""
    lines, line, used = [], "", 0
    for piece in _pieces(text):
        if line and used + columns(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line, used = "", 0
        line += piece
        used += columns(piece)
    return [*lines, line.rstrip()]


def _pieces(text: str) -> Iterator[str]:
    """What a line may end between: after blanks, and around wide characters, but not before a full stop."""
    for word in text.split():
        piece = ""
        for character in word:
            if piece and _may_break(piece[-1], character):
                yield piece
                piece = ""
            piece += character
        yield piece + " "


def _may_break(before: str, after: str) -> bool:
    if _width(before) != 2 and _width(after) != 2:
        return False
    if _width(after) == 0 or after in NEVER_FIRST or unicodedata.category(after) in CLOSING:
        return False
    return unicodedata.category(before) not in OPENING


def plain(text: object) -> str:
    """One line without control characters, which a terminal would obey."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in str(text))


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
    dates = local_date(a.get("date_published"), a.get("date_published_offset"))
    modified = local_date(a.get("date_modified"), a.get("date_modified_offset"))
    rows = [
        ("By", by or a.get("byline_raw")),
        ("Published", dates),
        ("Modified", modified if modified != dates else None),
        ("Site", a.get("site") or a.get("publisher")),
        ("Language", a.get("in_language")),
        ("URL", a.get("url")),
        ("Captured", a.get("captured_at")),
        ("Record", a.get("record")),
        ("Opt-out", a.get("opt_out")),
        ("Versions", a.get("versions")),
        ("Reprint", a.get("reprint")),
        ("Reprints", a.get("reprints")),
        ("Note", "behind a paywall: the text is what the page showed" if a.get("verdict") == "paywall" else None),
    ]
    return [f"{name + ':':11}{value}" for name, value in rows if value]


def local_date(value: str | None, offset: str | None) -> str | None:
    """The local time that the page gave, of a time in UTC as stored; anything else as it is."""
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


def hit_text(hit: Hit, *, bold: tuple[str, str] = ("", ""), width: int = WIDTH) -> str:
    """One hit of a search: number and headline, then the facts, then where the words stand."""
    facts = "  ".join(x for x in ((hit.date_published or "")[:10], hit.site, hit.authors) if x)
    snippet = " ".join(marked(hit.snippet, hit.marks, MARKS).split())
    first, *more = wrap(hit.headline or hit.url, width - INDENT)
    lines = [f"{hit.article_id:>{INDENT - 2}}  {first}"]
    lines += [" " * INDENT + line for line in (*more, facts, *(wrap(snippet, width - INDENT) if snippet else ()))]
    return "\n".join(lines).replace(MARKS[0], bold[0]).replace(MARKS[1], bold[1])
