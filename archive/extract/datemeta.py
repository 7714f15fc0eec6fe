"""Dates as a page states them for machines: meta elements, microdata, `time` elements, seconds since 1970."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

from lxml.html import HtmlElement

from archive.dates import parse_date
from archive.extract.jsonld import first_text, is_page
from archive.extract.page import Page
from archive.extract.shown import CHANGED, PUBLISHED

PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "datepublished", "date.published",
    "article:published", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime", "dc.date.issued", "dcterms.created", "dcterms.date", "dc.date.created",
    "publish-date", "publish_date", "publishdate", "pubdate", "publication_date", "date", "dc.date",
    "last-published", "og:pubdate", "article.published", "originalpublicationdate", "ptime", "created",
    "rnews:datepublished",
)  # fmt: skip
MODIFIED_META = (
    "article:modified_time", "og:article:modified_time", "datemodified", "date.modified", "article:modified",
    "dcterms.modified", "dc.date.modified", "last-modified", "lastmod", "og:updated_time",
    "cxenseparse:recs:articlelastmodified", "revised",
)  # fmt: skip
_PLAIN = re.compile(r"[^a-z0-9]")
# Names of a site's own making, compared without punctuation: w-published-date, content_publish_date, citation_date.
_PUBLISHED_NAME = re.compile(
    r"(?:publi(?:sh(?:ed)?|cation)(?:date|time|on|at|day)?|pub(?:date|day)|date(?:published|ofpublication|issued|posted|pub)"
    r"|(?:issue|post|posted|release)date|citation(?:online)?date)$"
)
_MODIFIED_NAME = re.compile(
    r"(?:(?:modified|updated?|modification|revision|lastmod)(?:date|time|on)|date(?:modified|updated?)|lastupdated?)$"
)
_NEITHER_NAME = re.compile(r"last.*publi|expir|upload|event|video|image|review")
_NOT_ITS_OWN = re.compile(
    r"(?i)\b(?:aside|nav|footer)\b|comment|related|recirc|recommend|teaser|sidebar|popular|most-?read|trending"
)
NEAR_AFTER, NEAR_BEFORE = 120, 40  # elements around the h1 in which its own time stands
MAX_TIMES = 60


def published(page: Page) -> Iterator[tuple[str | None, str]]:
    """(text, source), the most reliable first."""
    article = page.article
    yield first_text(article.get("datePublished")), "json_ld"
    yield from _from_meta(page, PUBLISHED_META, _PUBLISHED_NAME)
    yield from _from_microdata(page, "datePublished")
    if not article.get("datePublished"):
        yield from ((value, "json_ld") for value in _from_other_nodes(page))
    if (e := _time(page)) is not None:
        yield e.get("datetime"), "page"


def modified(page: Page) -> Iterator[tuple[str | None, str]]:
    """The same for dates of change."""
    yield first_text(page.article.get("dateModified")), "json_ld"
    yield from _from_meta(page, MODIFIED_META, _MODIFIED_NAME)
    yield from _from_microdata(page, "dateModified")
    for e in islice(page.root.iter("time"), 12):
        if e.get("datetime") and _is_changed(e):
            yield e.get("datetime"), "page"
            break


def _from_other_nodes(page: Page) -> list[str]:
    """The first date that a node of the page itself gives; not one of what it shows or of other articles."""
    for node in page.graph.nodes:
        value = first_text(node.get("datePublished"))
        if value and is_page(node):
            return [value]
    return []


def _time(page: Page) -> HtmlElement | None:
    """The `time` of the article: nearest after its h1, nearest before it, in article, header or main, anywhere."""
    times = [e for e in islice(page.root.iter("time"), MAX_TIMES) if e.get("datetime")]
    times = [e for e in times if not _is_changed(e)]
    if not times:
        return None
    wanted = {*times, page.h1_node}
    at = {e: i for i, e in enumerate(page.outline.sizes) if e in wanted}
    h1 = at.get(page.h1_node) if page.h1_node is not None else None

    def rank(e: HtmlElement) -> tuple[int, int]:
        place = at.get(e, 1_000_000)
        if _elsewhere(e) and not PUBLISHED.search(_before(e)):
            return 4, place
        if h1 is not None and h1 < place <= h1 + NEAR_AFTER:
            return 0, place - h1
        if h1 is not None and h1 - NEAR_BEFORE <= place < h1:
            return 1, h1 - place
        inside = any(a.tag in ("article", "header", "main") for a in e.iterancestors())
        return 2 if inside else 3, place

    return min(times, key=rank)


def _elsewhere(e: HtmlElement) -> bool:
    around = islice(e.iterancestors(), 6)
    return any(_NOT_ITS_OWN.search(f"{a.tag} {(a.get('class') or '')[:200]}") for a in around)


def _is_changed(e: HtmlElement) -> bool:
    """Whether a `time` is one of change; `class="published updated"` says that the text was not changed since."""
    own = (e.get("class") or "")[:200].lower()
    return "published" not in own.split() and bool(CHANGED.search(_before(e)))


def _before(e: HtmlElement) -> str:
    """What a reader reads before a date: its own words, those before it in its parent, and their classes."""
    parent = e.getparent()
    said = [e.get("class") or "", e.get("itemprop") or "", e.text or ""]
    if parent is not None:
        said += [parent.get("class") or "", parent.text or ""]
        before = e.getprevious()
        if before is not None:
            said += [before.text or "", before.tail or ""]
    return " ".join(x[-100:] for x in said)


def _from_meta(page: Page, names: tuple[str, ...], like: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    seen = set()
    for name in names:  # compared without punctuation: article:published:time and its like
        plain = _PLAIN.sub("", name)
        if plain not in seen and plain in page.meta_plain:
            yield page.meta_plain[plain][0], "meta"
        seen.add(plain)
    own = [n for n in page.meta_plain if n not in seen and like.search(n) and not _NEITHER_NAME.search(n)]
    for plain in sorted(own, key=lambda n: "date" not in n):  # editors give dates, systems times
        yield page.meta_plain[plain][0], "meta"


def _from_microdata(page: Page, name: str) -> Iterator[tuple[str, str]]:
    for e in islice(page.items(name), 2):
        yield e.get("datetime") or e.get("content") or page.text(e, 100), "microdata"


def from_epoch(page: Page) -> Iterator[tuple[str, str]]:
    """Seconds since 1970 in an attribute beside a date that is written without a zone: the page states both the
    instant and the local time, and so the offset between them."""
    for e in islice(page.root.xpath("//*[@data-timestamp or @data-time or @data-published or @data-date]"), 4):
        raw = next(
            (v for a in ("data-timestamp", "data-time", "data-published", "data-date") if (v := e.get(a))), ""
        )
        stated = parse_date(raw, latest=page.captured_at, thorough=False)
        if stated is None or not is_zoned(stated.value):
            continue
        written = parse_date(page.text(e, 100), latest=None, thorough=False)
        if written and len(written.value) == 19:
            utc = datetime.fromisoformat(stated.value)
            if (zone := offset(utc, written.value)) is not None:
                yield utc.astimezone(zone).isoformat(), "page"
                continue
        yield stated.value, "page"


def offset(utc: datetime, local: str) -> timezone | None:
    """The zone in which an instant has that local time, to the minute; None if there is no such zone."""
    stated = datetime.fromisoformat(local).replace(second=0, tzinfo=UTC)
    ahead = stated - utc.replace(second=0, microsecond=0)
    fits = abs(ahead) <= timedelta(hours=14) and ahead % timedelta(minutes=15) == timedelta()
    return timezone(ahead) if fits else None


def is_zoned(value: str) -> bool:
    return len(value) > 10 and (value[-6] in "+-" or value.endswith("Z"))
