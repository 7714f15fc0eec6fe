"""Rules tried on one saved page: what each selector matches, and what the page says with them and without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from archive.extract import extract
from archive.extract.decode import decode
from archive.extract.page import Page
from archive.extract.parse import parse
from archive.extract.ruled import FIELDS, Finder, selector_of
from archive.extract.ruled_fields import SOURCE, read_texts
from archive.extract.text import squeeze
from archive.model import Article, Extraction
from archive.rules.model import Field, Rules, SiteRules

SHOWN = 60  # characters of a text
RECORD_NAMES = {"byline": "authors", "section": "article_section", "language": "in_language"}


@dataclass(frozen=True, slots=True)
class Match:
    """One selector of one word on the page: how many elements (or texts) it matches, and the first of them."""

    word: str
    selector: str
    count: int
    element: str | None = None  # the first as a short selector
    text: str | None = None  # its text, or what its pattern leaves of it


@dataclass(frozen=True, slots=True)
class Value:
    """A field of the record, as it is with the rules; `ruled`: whether a rule gave it."""

    field: str
    value: str
    ruled: bool
    before: str | None = None  # without the rules, where that is something else


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it. `applied` and `passed` are places of rules, the latter with why they do not hold."""

    url: str
    captured_at: str
    applied: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    matches: tuple[Match, ...] = ()
    values: tuple[Value, ...] = ()
    verdict: str = ""
    error: str | None = None
    body_by_rule: bool = False
    lines: tuple[str, ...] = field(default=())
    dropped: int = 0

    @property
    def kept_nothing(self) -> bool:
        return any(m.word == "keep" for m in self.matches) and not self.body_by_rule

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def attempt(html: bytes, url: str, captured_at: datetime, rules: Rules) -> Trial:
    """Try rules on a page's bytes, as they would hold for this URL captured at this time."""
    ranked = rules.ranked(url)
    asked = [(rule.place, rule.misses(url, captured_at)) for rule in ranked]
    elsewhere = len(rules.rules) - len(ranked)
    passed = [f"{place}: {why}" for place, why in asked if why is not None]
    passed += [f"{elsewhere} for other hosts"] if elsewhere else []
    chosen = rules.choose(url, captured_at)
    new = extract(html, url=url, captured_at=captured_at, rules=chosen)
    old = extract(html, url=url, captured_at=captured_at)
    return Trial(
        url=url,
        captured_at=captured_at.isoformat(),
        applied=tuple(place for place, why in asked if why is None),
        passed=tuple(passed),
        matches=tuple(_matches(html, url, captured_at, chosen)) if chosen else (),
        values=tuple(_values(new, old)),
        verdict=new.verdict.value,
        error=new.error,
        body_by_rule=new.body_source == SOURCE,
        lines=tuple(new.article.article_body.split("\n")) if new.article else (),
        dropped=sum(removed.reason.startswith("site rule:") for removed in new.removed),
    )


def _matches(html: bytes, url: str, captured_at: datetime, rules: SiteRules) -> Iterator[Match]:
    parsed = parse(decode(html, None)[0])
    if parsed is None:
        return
    page = Page(parsed, url, captured_at)
    finder = Finder(page, rules)
    for word in ("keep", "drop"):
        for selector in getattr(rules, word):
            elements = finder.elements(selector)
            texts = (squeeze(e.text_content()) for e in elements[:20])
            yield Match(word, selector.text, len(elements), _element(elements), next(filter(None, texts), None))
    for word in FIELDS:
        rule: Field | None = getattr(rules, word)
        for selector in rule.selectors if rule else ():
            found = finder.all(selector)
            said = read_texts(page, rule, found, dated=word.startswith("date_")) if rule else []
            yield Match(word, selector.text, len(found), _element(found), said[0] if said else None)


def _element(found: list[Any]) -> str | None:
    first = next((x for x in found if not isinstance(x, str)), None)
    return selector_of(first) if first is not None else None


def _values(new: Extraction, old: Extraction) -> Iterator[Value]:
    article, before = new.article or Article(), old.article or Article()
    ruled = {s.field for s in new.sources if s.source == SOURCE and s.chosen}
    for word in ("headline", "byline", "date_published", "date_modified", "description", "section", "language"):
        name = RECORD_NAMES.get(word, word)
        value, was = (_shown(getattr(x, name)) for x in (article, before))
        if value or was:
            yield Value(name, value, name in ruled, was if was != value else None)


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else value or ""
