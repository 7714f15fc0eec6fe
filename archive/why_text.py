"""`broadsheet why` as text: tables for a terminal, wide characters counted as two columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archive.render import WIDTH, columns, plain, wrap
from archive.why import BODY, FieldWhy, Why

SOURCES = {
    "json_ld": "JSON-LD", "meta": "meta element", "microdata": "microdata", "page": "text of the page",
    "title": "title element", "url": "URL", "http": "HTTP header", "model": "body model",
    "paragraphs": "plain paragraphs", "site-rule": "rule for the site", "h1": "h1 element", "og": "Open Graph",
    "twitter": "Twitter card",
}  # fmt: skip
GAP = "  "


def why_text(why: Why, name: str | None = None, *, width: int = WIDTH) -> str:
    """All fields, a line each, or one field in full."""
    parts = ["\n".join(_title(why, width))]
    one = why.field(name) if name else None
    if one is not None:
        parts += _body(one, width) if one.name == BODY else _field(one, width)
    elif why.fields:
        rows = [(f.name, _from(f), _summary(f)) for f in why.fields if not _empty(f.value)]
        parts.append(table(rows, width, head=("field", "read from", "value"), cut_last=True))
        if missing := [f.name for f in why.fields if _empty(f.value)]:
            parts.append("\n".join(wrap(f"nothing found: {', '.join(missing)}", width)))
    if why.read_from:
        parts.append(table(list(_places(why)), width))
    return "\n\n".join(part for part in parts if part)


def _title(why: Why, width: int) -> Iterator[str]:
    number = f"article {why.article_id}" if why.article_id is not None else None
    yield GAP.join(plain(part) for part in (why.url, number) if part)
    if why.verdict:
        yield f"verdict: {plain(why.verdict)}"
        if why.because and why.verdict != "article":
            yield from wrap(f"because: {'; '.join(map(plain, why.because))}", width)
    if why.error:
        yield f"note: {plain(why.error)}"


def _places(why: Why) -> Iterator[tuple[str, str]]:
    facts = why.read_from
    if "captured_at" in facts:
        yield "captured", f"{facts['captured_at']}, status {facts['status']}"
        yield "WARC file", f"{facts['warc_file']}, offset {facts['offset']}, {facts['length']} bytes"
        yield "record", str(facts["record_id"])
        if facts.get("opt_out"):
            yield "opt-out", str(facts["opt_out"])
    if facts.get("charset"):
        yield "charset", str(facts["charset"])
    if facts.get("recipe_sha256"):
        yield "recipe", str(facts["recipe_sha256"])


def _from(one: FieldWhy) -> str:
    if one.source is None:
        return "" if _empty(one.value) else "(not recorded)"
    return label(one.source)


def label(source: str) -> str:
    """A source in words."""
    return SOURCES.get(source, source)


def _empty(value: Any) -> bool:
    return value is None or value in ("", [])


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _summary(one: FieldWhy) -> str:
    if one.name == BODY:
        return _size(one)
    shown = _shown(one.value)
    others = len({c.value for c in one.candidates if not c.chosen} - {shown})
    return shown + (f" ({others} other{'s' if others != 1 else ''})" if others else "")


def _size(one: FieldWhy) -> str:
    facts = one.facts
    blocks = len(facts["blocks"])
    said = f"{facts['words']} words, {blocks} block{'s' if blocks != 1 else ''}, {len(facts['removed'])} removed"
    return said if facts["confidence"] is None else f"{said}, sure {facts['confidence']:.2f}"


def _field(one: FieldWhy, width: int) -> Iterator[str]:
    yield "\n".join(wrap(f"{one.name}: {'nothing found' if _empty(one.value) else _shown(one.value)}", width))
    if one.candidates:
        ordered = sorted(one.candidates, key=lambda c: not c.chosen)
        rows = [("chosen" if c.chosen else "", label(c.source), c.value) for c in ordered]
        yield table(rows, width, head=("", "read from", "candidate"))
    elif not _empty(one.value):
        yield "Where it was read is not recorded."
    if forms := one.facts.get("forms"):
        yield table([(label(source), text) for source, text in forms.items()], width, head=("form", "headline"))
    dates = (
        ("raw", "as the page has it", "not recorded"), ("precision", "precision", "not recorded"),
        ("zone", "zone", "the page gives none"), ("utc", "UTC", ""),
    )  # fmt: skip
    if one.name == "authors" and one.facts.get("byline_raw"):
        yield table([("as the page has it", one.facts["byline_raw"])], width)
    elif one.name.startswith("date_") and not _empty(one.value):
        yield table([(word, one.facts[part] or otherwise) for part, word, otherwise in dates], width)


def _body(one: FieldWhy, width: int) -> Iterator[str]:
    if _empty(one.value):
        yield f"{BODY}: nothing found"
    else:
        yield f"{BODY}: {_size(one)}; read from: {_from(one)}"
        rows = [
            (str(number), block["kind"] or "", _confidence(block), block["text"])
            for number, block in enumerate(one.facts["blocks"], 1)
        ]
        yield table(rows, width, head=("", "kind", "sure", "kept"), cut_last=True)
    if removed := one.facts["removed"]:
        rows = [(cut(r["reason"], 26), cut(r["place"] or "", 24), _confidence(r), r["text"]) for r in removed]
        yield table(rows, width, head=("removed as", "in", "sure", "text"), cut_last=True)


def _confidence(block: Any) -> str:
    return "" if block["confidence"] is None else f"{block['confidence']:.2f}"


def table(rows: Sequence[Sequence[str]], width: int, *, head: Sequence[str] = (), cut_last: bool = False) -> str:
    """Rows in columns; the last is cut to one line, or wrapped below itself."""
    cells = [[plain(cell) for cell in row] for row in ([head] if head else [])] + [
        [plain(c) for c in r] for r in rows
    ]
    if not rows:
        return ""
    cells = _without_empty_columns(cells, bool(head))
    *front, _ = zip(*cells, strict=True)
    widths = [max(map(columns, column)) for column in front]
    indent = sum(widths) + len(GAP) * len(widths)
    room = max(width - indent, 24)
    lines = []
    for *first, last in cells:
        begin = "".join(f"{cell}{' ' * (w - columns(cell))}{GAP}" for cell, w in zip(first, widths, strict=True))
        texts = [cut(last, room)] if cut_last else wrap(last, room)
        lines += [f"{begin}{texts[0]}".rstrip(), *(f"{' ' * indent}{text}" for text in texts[1:])]
    return "\n".join(lines)


def _without_empty_columns(cells: list[list[str]], headed: bool) -> list[list[str]]:
    """Columns in which no row says anything say nothing by their head either; the last always stays."""
    used = [any(column[headed:]) for column in zip(*cells, strict=True)][:-1]
    return [[*(cell for cell, keep in zip(row[:-1], used, strict=True) if keep), row[-1]] for row in cells]


def cut(text: str, width: int) -> str:
    """At most so many columns of one line, with an ellipsis if that is not all."""
    text = " ".join(text.split())
    if columns(text) <= width:
        return text
    kept = 0
    used = 1  # the ellipsis
    for kept, character in enumerate(text):  # noqa: B007
        used += columns(character)
        if used > width:
            break
    return text[:kept].rstrip() + "…"
