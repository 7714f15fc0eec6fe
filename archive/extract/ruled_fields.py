"""Fields where a site rule says that they stand: texts of elements and attributes, narrowed by patterns, and dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from archive.dates import month_number, parse_date
from archive.extract.outline import BLOCKS, SKIPPED
from archive.extract.page import Page
from archive.extract.published import Stated
from archive.extract.text import squeeze, tidy
from archive.rules import Field
from archive.rules.patterns import MAX_TEXT

SOURCE = "site-rule"  # of a FieldSource
MAX_FOUND = 20  # places of a field that are read
MAX_SAID = 2000  # characters of an element that may be a field
_ZONED = re.compile(r"(?:[+-]\d\d:\d\d|Z)$")


def read_texts(page: Page, rule: Field, found: Sequence[Any], *, dated: bool) -> list[str]:
    """What one selector found, as texts that the rule's pattern leaves something of."""
    said = (tidy(_said(page, x, rule.attribute, dated=dated)) for x in found[:MAX_FOUND])
    return [narrow for text in said if text and (narrow := _narrowed(text, rule.pattern))]


def _said(page: Page, x: Any, attribute: str | None, *, dated: bool) -> str:
    """The text of what a selector found: of an attribute, of a meta element its content, of a time for a date its
    datetime, else what a reader reads there."""
    if isinstance(x, str):
        return x[:MAX_SAID]
    name = attribute or ("content" if x.tag == "meta" else "datetime" if dated and x.tag == "time" else None)
    if attribute or (name and x.get(name)):
        return (x.get(name) or "")[:MAX_SAID]
    return "" if page.size(x) > MAX_SAID else "".join(_pieces(x))[:MAX_SAID]


def _pieces(root: HtmlElement) -> Iterator[str]:
    """The text of an element, a blank where a browser begins a line."""
    for event, e in etree.iterwalk(root, events=("start", "end")):
        if e.tag == "br" or e.tag in BLOCKS:
            yield " "
        if event == "start" and e.text and (e is root or e.tag not in SKIPPED):
            yield e.text
        elif event == "end" and e is not root and e.tail:
            yield e.tail


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _narrowed(text: str, pattern: str | None) -> str:
    """The part of a text that a pattern means: its group `value`, else its first group, else all that it matches. A
    pattern that names the parts of a date means the whole text."""
    if pattern is None:
        return text
    compiled = _compiled(pattern)
    if "year" in compiled.groupindex:
        return text
    match = compiled.search(text[:MAX_TEXT])
    if match is None:
        return ""
    return squeeze(match["value" if "value" in compiled.groupindex else min(1, compiled.groups)] or "")


def read_date(text: str, rule: Field, latest: datetime, tags: Sequence[str]) -> Stated | None:
    """The date that a text states, by the rule's format or pattern, else as any other; None if it states none."""
    expression = rule.date_pattern or rule.pattern
    value: str | None = text
    if expression and "year" in _compiled(expression).groupindex:
        match = _compiled(expression).search(text[:MAX_TEXT])
        value = _put_together(match.groupdict(), tags) if match else None
        text = match["value"] if match and "value" in match.groupdict() else match[0] if match else text
    found = parse_date(value, languages=tags, latest=None) if value else None
    if found is None:
        return None
    value = found.value
    if rule.zone and len(value) > 10 and not _ZONED.search(value):
        minutes = rule.zone.offset(datetime.fromisoformat(value))
        value += f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    past = parse_date(value, languages=tags, latest=latest)
    raw = text if expression else found.raw
    return Stated(past.value, squeeze(raw), SOURCE) if past else None


def _put_together(parts: dict[str, str | None], tags: Sequence[str]) -> str | None:
    """ISO 8601 of the named parts of a date; None if they are none."""
    month = _month(parts.get("month") or "", tags)
    year, day = parts.get("year") or "", parts.get("day") or ""
    if month is None or not (year.isdecimal() and day.isdecimal()):
        return None
    number = int(year) + (2000 if len(year) == 2 else 0)
    value = f"{number:04d}-{month:02d}-{int(day):02d}"
    hour = parts.get("hour") or ""
    if not hour.isdecimal():
        return value
    h, half = int(hour), (parts.get("half") or "").lower()
    h = h % 12 + 12 * half.startswith("p") if half and h <= 12 else h
    minute, second = (int(x) if (x := parts.get(name) or "0").isdecimal() else 0 for name in ("minute", "second"))
    return f"{value}T{h:02d}:{minute:02d}:{second:02d}{parts.get('zone') or ''}"


def _month(text: str, tags: Sequence[str]) -> int | None:
    if text.isdecimal():
        return int(text)
    return month_number(text, tags)
