"""What a page turned out to be, by the evidence on it: what it states, how its text runs, how its links lie."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from urllib.parse import urlsplit

from archive.extract.fields import access
from archive.extract.jsonld import types
from archive.extract.outline import Around, Line
from archive.extract.page import Page
from archive.extract.text import count
from archive.model import Verdict

_SOURCE = files("archive.extract").joinpath("pages.toml").read_bytes()  # package data, read once at import
PAGES_SHA256 = hashlib.sha256(_SOURCE).hexdigest()
_SAID: dict[str, dict[str, list[str]]] = tomllib.loads(_SOURCE.decode("utf-8"))

PROSE = 12  # words of a line that reads like a sentence
SHORT = 200  # words of a body that a paywall may have cut
LITTLE_TEXT = 6000  # characters of a page that may hold nothing but a message
LITTLE = 250  # words of a whole page that holds nothing but a message
_LIST_TYPES = frozenset(["ItemList", "CollectionPage", "SearchResultsPage", "ProfilePage", "WebSite"])
_LIST_PATH = re.compile(
    r"(?i)^/?$|/(?:tags?|topics?|themen?|thema|category|categories|kategorie|section|sections|rubrik|ressort|authors?"
    r"|autor(?:en)?|archive?|page|seite|search|suche|buscar|recherche|latest|sitemap)(?:/|$|\.)"
)
_SEARCH = re.compile(r"(?i)(?:^|&)(?:q|s|query|search|page|paged)=")
_SLUG = re.compile(r"[a-z0-9%]+(?:[-_][a-z0-9%]+){2,}|\d{5,}|\.s?html?$|/\d{4}/\d{1,2}/", re.I)
_PAYWALL_MARK = re.compile(
    r"(?i)(?:^|[-_ ])(?:paywall|subscribe-?wall|subscription-?wall|piano|regwall|subscriber-?only"
    r"|metered|premium-?wall)(?:[-_ ]|$)"
)
_OUTSIDE = Around.NAV | Around.FORM | Around.COMMENTS


@dataclass(frozen=True, slots=True)
class Marks:
    """What the tree says before the body engine uses it up."""

    article_body: bool  # itemprop=articleBody
    articles: int  # article elements, counted to six
    h1_in_article: bool
    captcha: bool
    shell: bool  # the empty root of a program that would draw the page
    banner: bool  # what asks for consent is the smaller part of the page
    headings: str  # title, h1 and first h2, in lower case


def look(page: Page) -> Marks:
    """The marks of a page, by a few path expressions."""
    root, h1 = page.root, page.h1_node
    little = page.size(root) < LITTLE_TEXT
    headings = [
        page.title,
        *(text for _, text in page.h1s),
        *(page.text(e, 200) for e in islice(root.iter("h2"), 3)),
    ]
    return Marks(
        article_body=bool(page.items("articleBody")),
        articles=sum(1 for _ in islice(root.iter("article"), 6)),
        h1_in_article=h1 is not None and any(a.tag == "article" for a in h1.iterancestors()),
        captcha=little and root.xpath("boolean(//*[contains(@class,'captcha') or contains(@id,'captcha')])"),
        shell=little and root.xpath("boolean(//div[@id='root' or @id='app' or @id='__next' or @id='__nuxt'])"),
        banner=little and _is_banner(page),
        headings=" ".join(headings)[:1000].lower(),
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts behind a verdict, in words and lines."""

    words: int  # on the whole page
    body: int  # in the body
    run: int  # in the longest stretch of sentences that no linked title interrupts
    titles: int  # lines that are a linked title
    teased: float  # share of the sentences' words that stand directly behind a linked title, or are links


def weigh(page: Page, body: list[str]) -> Evidence:
    """One pass over the lines of the page outside navigation, forms and comments."""
    run = longest = titles = teased = prose = total = 0
    since_title = 99
    for line in page.outline.lines:
        n = count(line.text)
        total += n
        if line.around & _OUTSIDE:
            continue
        if _is_title(line, n):
            titles += 1
            since_title, run = 0, 0
            continue
        since_title += 1
        if n < PROSE:
            continue
        prose += n
        if (since_title <= 3 and titles) or line.anchored > 0.5 * line.chars:
            teased += n
        run += n
        since_title = 99 if run > n else since_title  # a second sentence line in a row is no teaser
        longest = max(longest, run)
    return Evidence(total, sum(map(count, body)), longest, titles, teased / prose if prose else 1.0)


def _is_title(line: Line, n: int) -> bool:
    return n >= 3 and line.anchored > 0.8 * line.chars and len(line.text) < 250


def judge(page: Page, marks: Marks, body: list[str], *, dated: bool, signed: bool) -> Verdict:
    """The verdict on a page with the cleaned lines of its body; `dated`, `signed`: whether publication date and
    authors were found."""
    e = weigh(page, body)
    article = for_article(page, marks, e, dated=dated, signed=signed)
    listing = for_listing(page, marks, e)
    if (message := _message(page, marks, e, article)) is not None:
        return message
    if not e.body:
        return Verdict.LISTING if e.titles >= 5 else Verdict.SCRIPT_SHELL
    if listing > article or (listing == article and e.run < 150):
        return Verdict.LISTING
    if e.body < SHORT and _has_paywall(page):
        return Verdict.PAYWALL
    return Verdict.ARTICLE


def for_article(page: Page, marks: Marks, e: Evidence, *, dated: bool, signed: bool) -> int:
    """Points for an article: what the page states of itself, and text that runs on."""
    points = 4 if page.article else 0
    points += 2 * page.first("og:type").lower().startswith("article")
    points += 2 * marks.article_body
    points += "articlepublishedtime" in page.meta_plain
    points += dated + signed
    points += sum(e.run >= enough for enough in (60, 120, 200, 400))
    points += 4 * (e.run >= 300 and e.teased < 0.2 and e.titles < 6)
    points += bool(_SLUG.search(urlsplit(page.url).path))
    points += marks.h1_in_article
    return points


def for_listing(page: Page, marks: Marks, e: Evidence) -> int:
    """Points for a front or section page, a tag, a search, a map of the site."""
    parts = urlsplit(page.url)
    points = (
        4 * (parts.path in ("", "/"))
        + 2 * bool(_LIST_PATH.search(parts.path))
        + 2 * bool(_SEARCH.search(parts.query))
    )
    if not page.article and any(_LIST_TYPES & set(types(node)) for node in page.graph.nodes[:200]):
        points += 1
    points += page.first("og:type").lower() in ("website", "object", "section")
    points += marks.articles >= 4
    if e.titles >= 3:
        points += 3 * (e.teased > 0.6) + (e.teased > 0.85)
    points += (e.titles >= 8 and e.run < 120) + (e.titles >= 20 and e.run < 120) + (e.titles * 12 > e.words)
    points += 2 * (e.run < 25)
    # All its sentences stand behind links to other pages, be it only one, and its headline is no sentence.
    points += 2 * (e.titles > 0 and e.teased == 1.0 and e.run < 60 and count(page.h1) <= 3)
    return points


def _has_paywall(page: Page) -> bool:
    if access(page) is False:
        return True
    kinds = (
        f"{x.get('class') or ''} {x.get('id') or ''}"[:200] for x in page.root.iter("div", "section", "aside")
    )
    if any(_PAYWALL_MARK.search(kind) for kind in islice(kinds, 3000)):
        return True
    text = " ".join(line.text for line in page.outline.lines if len(line.text) < 300)[:20000].lower()
    return any(phrase in text for phrase in _SAID["paywall"]["text"])


def _message(page: Page, marks: Marks, e: Evidence, article: int) -> Verdict | None:
    """A page that holds nothing but a message: a wall, a question, an apology."""
    if (e.words > LITTLE and e.body > 60) or e.titles >= 4:
        return None
    text = " ".join(line.text for line in page.outline.lines)[:20000].lower()
    for verdict in (Verdict.CAPTCHA, Verdict.CONSENT, Verdict.SOFT_404):
        if verdict is Verdict.CONSENT and marks.banner:
            continue  # the page goes on under it
        said = _SAID[verdict.value]
        title = sum(phrase in marks.headings for phrase in said["title"])
        body = sum(phrase in text for phrase in said["text"])
        if verdict is Verdict.CAPTCHA:
            body += marks.captcha
        says_so = (title and body) or (title and article < 4 and verdict is not Verdict.CONSENT) or body >= 3
        if says_so and article < 7:
            return verdict
    if e.body < 30 and article < 6 and (e.words < 40 or any(p in text for p in _SAID["script-shell"]["text"])):
        return Verdict.SCRIPT_SHELL if marks.shell or e.words < 40 else None
    return None


def _is_banner(page: Page) -> bool:
    found = page.root.xpath(
        "//*[contains(@class,'cookie') or contains(@class,'consent')"
        " or contains(@id,'cookie') or contains(@id,'consent')]"
    )
    asking = max((page.size(e) for e in found[:50] if e.tag not in ("html", "body")), default=0)
    return bool(0 < asking < 0.6 * page.size(page.root))
