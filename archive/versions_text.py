"""`broadsheet diff` and `broadsheet edits` as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archive.render import WIDTH, plain, wrap
from archive.store.edits import EditRecord
from archive.textdiff import ADDED, CHANGED, REMOVED, SAME, Step, Words
from archive.versions import FieldDiff, Side, VersionDiff
from archive.wdiff import PLAIN, Style, wdiff

# Stand for the marks of a style while lines are broken: they take no room.
_HOLD = Style(("\x01", "\x02"), ("\x03", "\x04"))
COLOURED = Style(("\x1b[9;31m", "\x1b[0m"), ("\x1b[1;32m", "\x1b[0m"))  # struck out and red, bold and green
CONTEXT = 1  # sentences that are shown around those that differ
SIGNS = {SAME: "  ", CHANGED: "~ ", ADDED: "+ ", REMOVED: "- "}


def diff_text(d: VersionDiff, *, coloured: bool = False, width: int = WIDTH) -> str:
    """Headline, byline, dates and section first, then the body by sentence; `coloured`: in a terminal's colours."""
    style = COLOURED if coloured else PLAIN
    head = [f"{plain(d.url)}  (article {d.article_id})", _side("from", d.before), _side("to", d.after)]
    head.append(_judgement(d))
    if d.note:
        head += wrap(f"note: {plain(d.note)}", width)
    if d.deleted_at:
        head.append(f"then it was deleted: seen at {d.deleted_at}")
    parts = ["\n".join(head)]
    if d.fields:
        parts.append("\n".join(line for field in d.fields for line in _field(field, style, width)))
    if any(step.what != SAME for step in d.body):
        parts.append("\n".join(_body(d.body, style, width)))
    return "\n\n".join(parts)


def _side(word: str, side: Side) -> str:
    last = f" to {_minute(side.last_shown)}" if side.captures > 1 else ""
    return f"{word:4} version {side.number}, seen {_minute(side.first_shown)}{last}"


def _minute(at: str) -> str:
    return f"{at[:10]} {at[11:16]}".rstrip()


def _judgement(d: VersionDiff) -> str:
    if d.kind is None:
        return "no edit of the text"
    return f"{d.kind}, {_said(d.acknowledged)}; words: {d.words_added} added, {d.words_removed} removed"


def _said(acknowledged: str | None) -> str:
    return {None: "silent", "both": "acknowledged: modified-date, notice"}.get(
        acknowledged, f"acknowledged: {acknowledged}"
    )


def _field(field: FieldDiff, style: Style, width: int) -> Iterator[str]:
    if field.words:
        yield from _hung(f"{field.field}: ", _words(field.words), style, width)
        return
    if field.old not in (None, [], ""):
        yield from _hung(f"{field.field}: ", f"{_HOLD.gone[0]}{_shown(field.old)}{_HOLD.gone[1]}", style, width)
    if field.new not in (None, [], ""):
        yield from _hung(f"{field.field}: ", f"{_HOLD.new[0]}{_shown(field.new)}{_HOLD.new[1]}", style, width)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(", ".join(map(str, value)) if isinstance(value, list) else value)


def _words(steps: Sequence[Words]) -> str:
    return wdiff([Words(s.what, plain(s.old), plain(s.new)) for s in steps], _HOLD)


def _body(steps: Sequence[Step], style: Style, width: int) -> Iterator[str]:
    shown = {n for n, step in enumerate(steps) if step.what != SAME}
    near = {n + by for n in shown for by in range(-CONTEXT, CONTEXT + 1)}
    left_out = 0
    for n, step in enumerate(steps):
        if n not in near:
            left_out += 1
            continue
        if left_out:
            yield _omitted(left_out)
            left_out = 0
        yield from _hung(SIGNS[step.what], _sentence(step), style, width)
    if left_out:
        yield _omitted(left_out)


def _omitted(number: int) -> str:
    return f"  … {number} sentence{'' if number == 1 else 's'} the same"


def _sentence(step: Step) -> str:
    moved = " (moved)" if step.moved else ""
    if step.what == CHANGED:
        return _words(step.words)
    text = plain(step.new or step.old).strip()
    if step.what == SAME:
        return text
    marks = _HOLD.new if step.what == ADDED else _HOLD.gone
    return f"{marks[0]}{text}{marks[1]}{moved}"


def _hung(sign: str, text: str, style: Style, width: int) -> Iterator[str]:
    """Lines with a sign before the first; a mark that is open at the end of a line is opened again on the next."""
    opened = ""
    for n, line in enumerate(wrap(text, width - len(sign)) or [""]):
        begin = opened
        for character in line:
            if character in (_HOLD.gone[0], _HOLD.new[0]):
                opened = character
            elif character in (_HOLD.gone[1], _HOLD.new[1]):
                opened = ""
        close = {_HOLD.gone[0]: _HOLD.gone[1], _HOLD.new[0]: _HOLD.new[1]}.get(opened, "")
        whole = f"{begin}{line}{close}" if style is not PLAIN else line
        yield (sign if n == 0 else " " * len(sign)) + _styled(whole, style)


def _styled(text: str, style: Style) -> str:
    for hold, mark in zip((*_HOLD.gone, *_HOLD.new), (*style.gone, *style.new), strict=True):
        text = text.replace(hold, mark)
    return text


def edit_text(e: EditRecord) -> str:
    """One edit as one line: when, what kind, whether the publisher says so, and of what."""
    said = "silent" if e.acknowledged is None else e.acknowledged if e.acknowledged != "both" else "date+notice"
    window = f"{_minute(e.after_at)} .. {_minute(e.seen_at)}"
    words = f"+{e.words_added} -{e.words_removed}"
    return plain(
        f"{window}  {e.kind:13} {said:13} {words:>11}  {e.site}  {e.article_id}  {e.headline or '(no headline)'}"
    )
