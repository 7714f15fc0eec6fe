"""Article or listing: counts behind the verdict, and points for either with the reason of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from archive.extract import phrases
from archive.extract.jsonld import types
from archive.extract.marks import Mark, Marks
from archive.extract.outline import Around, Line
from archive.extract.page import Page
from archive.extract.text import count, key, line_key

PROSE = 12  # words of a line that reads like a sentence
TEASER_LINES = 3  # lines behind a linked title that may be its teaser
_LIST_TYPES = frozenset(["ItemList", "CollectionPage", "SearchResultsPage", "ProfilePage", "WebSite", "Blog"])
_LIST_PATH = re.compile(
    r"(?i)/(?:tags?|topics?|themen?|thema|category|categories|kategorie|section|sections|rubrik|ressort|authors?"
    r"|autor(?:en)?|archive?|page|seite|search|suche|buscar|recherche|latest|sitemap)(?:/|$|\.)"
)
_SEARCH = re.compile(r"(?i)(?:^|&)(?:q|s|query|search|page|paged)=")
_SLUG = re.compile(r"[a-z0-9%]+(?:[-_][a-z0-9%]+){2,}|\d{5,}|\.s?html?$|/\d{4}/\d{1,2}/", re.I)
_NOT_TEXT = Around.CAPTION | Around.FIGURE | Around.HEADING | Around.SUMMARY


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict: where it was read (`json_ld`, `meta`, `microdata`, `page`, `url`, `http`) and what, for people."""

    source: str
    says: str
    points: int = 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts behind a verdict, in words and lines."""

    words: int  # on the whole page
    body: int  # in the body
    run: int  # in the longest stretch of sentences that no linked title interrupts
    own: int  # in sentences outside captions, walls, teasers and links
    asked: int  # in elements that are named a request for consent
    titles: int  # lines that are a linked title
    teased: float  # share of the sentences' words that stand directly behind a linked title, or are links
    listed: float  # the same share of the body's words, linked titles included
    plain: int  # words of the body in lines that are no links


def weigh(page: Page, marks: Marks, body: list[str]) -> Evidence:
    """One pass over the lines of the page outside navigation, forms and comments."""
    outside = _outside(page)
    bits = marks.lines or (0,) * len(page.outline.lines)
    run = longest = titles = teased = prose = own = asked = total = 0
    of_list: set[str] = set()
    links: set[str] = set()
    headline = {key(page.h1), *(key(part) for part in re.split(r"\s[|–—-]\s", page.title[:300]))}
    since_title = 99
    for line, mark in zip(page.outline.lines, bits, strict=True):
        n = count(line.text)
        total += n
        if mark & Mark.CONSENT:
            asked += n
        if line.anchored > 0.5 * line.chars:
            links.add(line.key)
        if line.around & outside:
            continue
        if line.around & Around.HEADING and line.key and line.key in headline:
            since_title = 99  # what stands below the page's own headline is no teaser
        if is_title(line, n):
            titles += 1
            since_title, run = 0, 0
            of_list.add(line.key)
            continue
        since_title += 1
        if n < PROSE:
            continue
        prose += n
        behind = since_title <= TEASER_LINES and titles > 0
        if behind or line.anchored > 0.5 * line.chars:
            teased += n
            of_list.add(line.key)
        elif not (line.around & _NOT_TEXT or mark & (Mark.CONSENT | Mark.PAYWALL)):
            own += n
        run += n
        since_title = 99 if run > n else since_title  # a second sentence line in a row is no teaser
        longest = max(longest, run)
    counts = [(line_key(line), count(line)) for line in body]
    in_body = sum(n for _, n in counts)
    listed = sum(n for k, n in counts if k in of_list)
    plain = sum(n for k, n in counts if k not in links)
    return Evidence(
        words=total,
        body=in_body,
        run=longest,
        own=own,
        asked=asked,
        titles=titles,
        teased=teased / prose if prose else 1.0,
        listed=listed / in_body if in_body else 1.0,
        plain=plain,
    )


def _outside(page: Page) -> int:
    """What holds the headline is not outside, whatever it is called."""
    bits = Around.NAV | Around.FORM | Around.COMMENTS
    h1 = page.h1_node
    headline = next((x for x in page.outline.lines if h1 is not None and x.block is h1), None)
    return bits if headline is None else bits & ~headline.around


def is_title(line: Line, n: int) -> bool:
    if line.anchored <= 0.8 * line.chars or len(line.text) >= 250:
        return False
    return n >= 3 or (line.linked > 0 and phrases.kind(line.text) == "related")


def for_article(page: Page, marks: Marks, e: Evidence, *, dated: bool, signed: bool) -> list[Reason]:
    """Points for an article: what the page states of itself, and text that runs on."""
    kind = next(iter(types(page.article)), "") if page.article else ""
    og = page.first("og:type").lower()
    long = e.run >= 300 and e.teased < 0.2 and e.titles < 6
    return [
        *_if(bool(page.article), 4, "json_ld", f"it states {kind}"),
        *_if(og.startswith("article"), 2, "meta", f"og:type {og}"),
        *_if(marks.article_body, 2, "microdata", "it marks its text as articleBody"),
        *_if("articlepublishedtime" in page.meta_plain, 3, "meta", "article:published_time"),
        *_if(dated and signed, 2, "page", "it has a date and an author"),
        *_if(dated != signed, 1, "page", "it has a date" if dated else "it has an author"),
        *_if(e.run >= 60, sum(e.run >= n for n in (60, 120, 200, 400)) + 4 * long, "page",
             f"text runs on for {e.run} words"),
        *_if(e.own >= 100 and e.listed < 0.5, 1, "page", f"it has {e.own} words of its own"),
        *_if(bool(_SLUG.search(urlsplit(page.url).path)), 1, "url", "its address is that of an article"),
        *_if(marks.h1_in_article, 1, "page", "its headline stands in an article element"),
    ]  # fmt: skip


def is_list_address(url: str) -> bool:
    """Whether an address is that of a front page, a section, a search."""
    parts = urlsplit(url)
    front = parts.path in ("", "/") and bool(parts.netloc)
    return front or bool(_LIST_PATH.search(parts.path)) or bool(_SEARCH.search(parts.query))


def for_listing(page: Page, marks: Marks, e: Evidence) -> list[Reason]:
    """Points for a front or section page, a tag, an author, a search, a map of the site."""
    parts = urlsplit(page.url)
    listed = next((t for node in page.graph.nodes[:200] for t in types(node) if t in _LIST_TYPES), None)
    og = page.first("og:type").lower()
    front = parts.path in ("", "/") and bool(parts.netloc)
    links = (e.titles >= 8 and e.run < 120) + (e.titles >= 20 and e.run < 120) + (e.titles * 12 > e.words)
    teasers = 3 * (e.teased > 0.6) + (e.teased > 0.85) if e.titles >= 3 and (e.listed > 0.5 or e.own < 60) else 0
    # All its sentences stand behind links to other pages, be it only one, and its headline is no sentence.
    only = e.titles > 0 and e.teased == 1.0 and e.run < 60 and count(page.h1) <= 3
    return [
        *_if(front, 6, "url", "its address is that of a front page"),
        *_if(not front and bool(_LIST_PATH.search(parts.path)), 2, "url", "its address is that of a list"),
        *_if(bool(_SEARCH.search(parts.query)), 2, "url", "its address is that of a search"),
        *_if(listed is not None and not page.article, 1, "json_ld", f"it states {listed}"),
        *_if(og in ("website", "object", "section"), 1, "meta", f"og:type {og}"),
        *_if(marks.articles >= 4, 1, "page", "it has four article elements or more"),
        *_if(teasers > 0, teasers, "page", f"{e.teased:.0%} of its sentences stand behind linked titles"),
        *_if(links > 0, links, "page", f"it links to {e.titles} titles"),
        *_if(e.run < 25, 2, "page", "no text of it runs on"),
        *_if(only, 2, "page", "all it says stands behind links"),
    ]  # fmt: skip


def _if(holds: bool, points: int, source: str, says: str) -> Iterator[Reason]:
    if holds:
        yield Reason(source, says, points)


def total(reasons: Iterable[Reason]) -> int:
    return sum(reason.points for reason in reasons)
