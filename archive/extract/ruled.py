"""A page as the rules of its site have it: what they keep, drop and read, taken from the tree before anything else.

Fields are read from the whole page; then what is dropped leaves the tree. CSS is matched in one pass, XPath only on
pages of a usual size. A rule that finds nothing leaves its matter to the general way, and a note says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from archive.extract import authors, fields, headline, published
from archive.extract.body import split_lines
from archive.extract.kinds import Piece, pieces
from archive.extract.outline import BLOCKS, outline
from archive.extract.page import Page
from archive.extract.ruled_fields import SOURCE, read_date, read_texts
from archive.model import Removed, Verdict
from archive.rules import Field, Selector, SiteRules
from archive.rules.match import evaluate, find, measure
from archive.rules.model import DATE_FIELDS, TEXT_FIELDS

FIELDS = (*TEXT_FIELDS, *DATE_FIELDS)
LITTLE = 100  # characters: what leaves a page with less has dropped it all
# Fields of the record by the word of the rule; headline, byline and dates have their own ways.
_PLAIN = {"description": "description", "article_section": "section"}


@dataclass(slots=True)
class Ruled:
    """What the rules of a site make of one page."""

    rules: SiteRules = field(default_factory=SiteRules)
    texts: dict[str, list[str]] = field(default_factory=dict)  # by word: what its selectors hold, in their order
    kept: list[HtmlElement] = field(default_factory=list)
    dropped: tuple[Removed, ...] = ()
    notes: list[str] = field(default_factory=list)

    def candidates(self, name: str) -> fields.Candidates:
        """Of a plain field of the record, to stand before all others."""
        if name == "in_language":
            return [(SOURCE, self.rules.language)] if self.rules.language else []
        said = self.texts.get(_PLAIN.get(name, ""), [])
        return [(SOURCE, text) for text in said[:1]]

    def headline(self, found: headline.Headline) -> headline.Headline:
        """The headline with the rule's own first."""
        said = self.texts.get("headline")
        return (
            headline.Headline(said[0], SOURCE, {SOURCE: said[0], **found.forms}, found.stated) if said else found
        )

    def authors(self, page: Page, found: authors.Authors) -> authors.Authors:
        """The authors, the rule's own first, cleaned like any other byline; as they were if it names nobody."""
        said = self.texts.get("byline", [])
        people = tuple(authors.Finder(page).persons(said)) if said else ()
        if not people:
            return found
        candidates = ((SOURCE, ", ".join(people)), *found.candidates)
        return replace(found, names=people, raw="; ".join(said), source=SOURCE, candidates=candidates)

    def dates(self, page: Page, tags: Sequence[str], found: published.Dates) -> published.Dates:
        """The dates, the rules' own first; none is later than the capture."""
        first = self._date("date_published", page.captured_at, tags)
        changed = self._date("date_modified", page.captured_at, tags)
        return published.Dates(
            first or found.published,
            changed or found.modified,
            (*([first] if first else []), *found.published_candidates),
            (*([changed] if changed else []), *found.modified_candidates),
        )

    def _date(self, word: str, latest: datetime, tags: Sequence[str]) -> published.Stated | None:
        rule: Field | None = getattr(self.rules, word)
        read = (read_date(text, rule, latest, tags) for text in self.texts.get(word, ()) if rule)
        stated = next((s for s in read if s), None)
        if stated is None and self.texts.get(word):
            self.notes.append(
                f"site rule: {word} reads no date before the capture in {self.texts[word][0][:80]!r}"
            )
        return stated

    def body(self, page: Page) -> list[Piece]:
        """The lines that stand in what is kept, in the order of the page; nothing if no rule keeps anything."""
        at = kept_lines(page, self.kept)
        found = pieces(page.outline.lines, at, [None] * len(at))
        if self.kept and not found:
            self.notes.append(f"site rule: what keep {listed(self.rules.keep)} matches holds no text")
        return found

    def verdict(self, body: Sequence[Piece]) -> Verdict | None:
        """What the rules say that the page is, if there is what they keep."""
        return self.rules.verdict if body or not self.rules.keep else None


def apply(page: Page, rules: SiteRules) -> Ruled:
    """Reads fields, then takes what is dropped out of the page's tree: the page must be made anew from it."""
    out = Ruled(rules)
    finder = Finder(page, rules)
    for word in FIELDS:
        rule: Field | None = getattr(rules, word)
        if rule is not None:
            out.texts[word] = finder.texts(word, rule)
    out.kept = [e for selector in rules.keep for e in finder.elements(selector)]
    if rules.keep and not out.kept:
        out.notes.append(f"site rule: keep {listed(rules.keep)} matches nothing")
    out.dropped = _drop(page, finder, out.notes)
    for e in out.kept:
        if e.tag not in BLOCKS:
            e.tag = "div"  # what is kept stands for itself, whatever it is a part of
    out.notes += finder.notes
    return out


def listed(selectors: Sequence[Selector]) -> str:
    return ", ".join(repr(s.text) for s in selectors)


class Finder:
    """What the selectors of rules match on a page, all of CSS in one pass; `notes` say which XPath was not tried."""

    def __init__(self, page: Page, rules: SiteRules) -> None:
        self.page, self.rules = page, rules
        given = [getattr(rules, word) for word in FIELDS]
        selectors = list(
            dict.fromkeys([*rules.keep, *rules.drop, *(s for rule in given if rule for s in rule.selectors)])
        )
        self.notes: list[str] = []
        self._found: dict[Selector, list[Any]] = dict(zip(selectors, find(page.root, selectors), strict=True))
        xpaths = [s for s in selectors if s.xpath]
        size = measure(page.root) if xpaths else None
        for selector in xpaths:
            if size and size.allows(selector):
                self._found[selector] = self._xpath(selector)
            else:
                self.notes.append(f"site rule: {selector.text!r} was not tried: the page is too large for XPath")

    def all(self, selector: Selector) -> list[Any]:
        """Elements, and texts that an XPath may select, in document order."""
        return self._found[selector]

    def elements(self, selector: Selector) -> list[HtmlElement]:
        return [x for x in self._found[selector] if not isinstance(x, str)]

    def texts(self, word: str, rule: Field) -> list[str]:
        """What a field may be, the likeliest first. A byline is all that the first selector finds that finds any."""
        out: list[str] = []
        for selector in rule.selectors:
            out += read_texts(self.page, rule, self.all(selector), dated=word.startswith("date_"))
            if out and word == "byline":
                break
        return out

    def _xpath(self, selector: Selector) -> list[Any]:
        try:
            return evaluate(self.page.root, selector)
        except etree.XPathError as e:
            self.notes.append(f"site rule: {selector.text!r} cannot be tried: {e}")
            return []


def _drop(page: Page, finder: Finder, notes: list[str]) -> tuple[Removed, ...]:
    """Takes out what the rules drop; not if that were all of the page."""
    by: dict[HtmlElement, Selector] = {}
    for selector in finder.rules.drop:
        for e in finder.elements(selector):
            by.setdefault(e, selector)
    inside: set[HtmlElement] = set()
    outer: list[HtmlElement] = []
    for e in page.root.iter("*") if by else ():
        parent = e.getparent()
        if parent is not None and (parent in inside or parent in by):
            inside.add(e)
        elif e in by:
            outer.append(e)
    whole = page.size(page.root)
    rest = whole - sum(page.size(e) for e in outer)
    if outer and (rest < LITTLE <= whole or page.root in by):
        notes.append(f"site rule: drop {listed(finder.rules.drop)} would take the whole page, so it took nothing")
        return ()
    return tuple(removed for e in outer for removed in _take_out(page, e, by[e]))


def _take_out(page: Page, e: HtmlElement, selector: Selector) -> Iterator[Removed]:
    """Removes one element from the tree; -> its lines."""
    reason, place = f"site rule: drop {selector.text}", selector_of(e)
    _detach(e)
    for line in outline(e, page.url).lines:
        yield from (Removed(text, reason, place=place) for text in split_lines(line.text))


def _detach(e: HtmlElement) -> None:
    """Takes an element out and leaves the text behind it where it was, on a line of its own behind a block."""
    parent, before, tail = e.getparent(), e.getprevious(), e.tail
    e.tail = None
    if e.tag in BLOCKS and tail and tail.strip():
        line_break = e.makeelement("br")
        line_break.tail = tail
        parent.replace(e, line_break)
        return
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail
    parent.remove(e)


def selector_of(e: HtmlElement) -> str:
    """An element as a short selector: `aside.related`, `div#share`."""
    marks = "".join(f".{name}" for name in (e.get("class") or "")[:200].split()[:2])
    ident = (e.get("id") or "").strip()[:60]
    return f"{e.tag}#{ident}" if ident else f"{e.tag}{marks}"


def kept_lines(page: Page, kept: Sequence[HtmlElement]) -> list[int]:
    """Which lines of a page's outline have one of these elements as their block or lie in one, in order."""
    inside: dict[HtmlElement, bool] = dict.fromkeys(kept, True)
    return [i for i, line in enumerate(page.outline.lines) if _lies_in(line.block, inside)] if kept else []


def _lies_in(block: HtmlElement, inside: dict[HtmlElement, bool]) -> bool:
    """Remembers the answer for every element on the way up, so that all lines together ask each element once."""
    way: list[HtmlElement] = []
    e: HtmlElement | None = block
    while e is not None and e not in inside:
        way.append(e)
        e = e.getparent()
    answer = e is not None and inside[e]
    inside.update(dict.fromkeys(way, answer))
    return answer
