"""Dates of publication and of change: stated ones first, the reader's line beside them, none invented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

from lxml.html import HtmlElement

from archive.dates import ParsedDate, parse_date
from archive.extract import byline
from archive.extract.jsonld import first_text
from archive.extract.outline import Around
from archive.extract.page import Page

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
_ZONED = re.compile(r"(?:[+-]\d\d:\d\d|Z)$")
_LABEL = re.compile(r"(?i)^(?:datum|date|published|veröffentlicht|publié|fecha|data)\s?:?$")
_LABELLED = re.compile(r"^\D{0,12}(\d{1,2})[./](\d{1,2})[./]((?:19|20)\d\d)")
_TITLE_DATE = re.compile(r"[|–—\-]\s?(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)\s?$")
_CHANGED = re.compile(
    r"(?i)updated|modified|last edit|aktualisiert|geändert|zuletzt|mis à jour|modifié|actualizad|aggiornat|atualizad"
    r"|bijgewerkt|uppdaterad|oppdatert|opdateret|päivitetty|aktualizov|zaktualizow|güncelle|diperbarui|обновл|更新|수정|अपडेट"
)
_YEAR = re.compile(r"(?:19|20|२०|٢٠)\S\S|\d{2}[./]\d{2}[./]\d{2}")
_LETTERS = re.compile(r"[^\W\d_]+")
MAX_LINE = 110  # characters of a line that may be nothing but a date with its label
MAX_LOOKED = 30  # short lines that are looked at
MAX_CANDIDATES = 24


@dataclass(frozen=True, slots=True)
class Stated:
    """One date of one source."""

    value: str
    raw: str
    source: str


@dataclass(frozen=True, slots=True)
class Dates:
    published: Stated | None
    modified: Stated | None
    published_candidates: tuple[Stated, ...]
    modified_candidates: tuple[Stated, ...]


def languages(page: Page, in_language: str | None) -> tuple[str, ...]:
    """Tags that tell how the page writes dates: its language, and the country when its host says so."""
    tags = [in_language] if in_language else []
    country = {"ie": "en-IE", "il": "he-IL"}.get(page.host.rpartition(".")[2])
    return tuple([*tags, country] if country else tags)


def find(page: Page, in_language: str | None) -> Dates:
    tags = languages(page, in_language)

    def read(raw: str | None, source: str) -> Stated | None:
        found = parse_date(raw, languages=tags, latest=page.captured_at) if raw else None
        return Stated(found.value, found.raw, source) if found else None

    shown, shown_modified = _shown(page, tags)
    published = [s for raw, source in islice(_published(page), MAX_CANDIDATES) if (s := read(raw, source))]
    if not any(_ZONED.search(s.value) for s in published):
        published += [s for raw, source in _from_epoch(page) if (s := read(raw, source))]
    modified = [s for raw, source in islice(_modified(page), MAX_CANDIDATES) if (s := read(raw, source))]
    if not published and not shown and (written := _written(page)):
        published = [s for s in [read(written, "page")] if s]
    best = _best([*published, *shown])
    changed = _best([*modified, *shown_modified])
    return Dates(
        _as_shown(best, shown),
        _as_shown(changed, shown_modified),
        (*published, *shown),
        (*modified, *shown_modified),
    )


def _best(found: list[Stated]) -> Stated | None:
    """The first; but of the same day one with a zone, else one with a time, before one without."""
    if not found:
        return None
    best = found[0]
    if len(best.value) > 10 and _ZONED.search(best.value):
        return best
    same_day = [x for x in found if x.value[:10] == best.value[:10] and len(x.value) > 10]
    zoned = [x for x in same_day if _ZONED.search(x.value)]
    return (zoned or same_day or [best])[0] if len(best.value) <= 10 or zoned else best


def _as_shown(best: Stated | None, shown: list[Stated]) -> Stated | None:
    """The chosen date with the words in which the page shows the same one to its readers."""
    if best is None:
        return None
    same = next((s for s in shown if s.value == best.value), None)
    return Stated(best.value, same.raw, best.source) if same else best


def _published(page: Page) -> Iterator[tuple[str | None, str]]:
    article = page.article
    yield first_text(article.get("datePublished")), "json_ld"
    yield from _from_meta(page, PUBLISHED_META)
    yield from _from_microdata(page, "datePublished")
    if not article.get("datePublished"):
        stated = [n.get("datePublished") for n in page.graph.nodes if n.get("datePublished")]
        yield from ((first_text(value), "json_ld") for value in stated[:1])
    for path in (
        "//article//time[@datetime]|//header//time[@datetime]|//main//time[@datetime]",
        "//time[@datetime]",
    ):
        for e in islice(page.root.xpath(path), 6):
            if not _CHANGED.search(_before(e)):
                yield e.get("datetime"), "page"
                break


def _modified(page: Page) -> Iterator[tuple[str | None, str]]:
    yield first_text(page.article.get("dateModified")), "json_ld"
    yield from _from_meta(page, MODIFIED_META)
    yield from _from_microdata(page, "dateModified")
    for e in islice(page.root.iter("time"), 12):
        if e.get("datetime") and _CHANGED.search(_before(e)):
            yield e.get("datetime"), "page"
            break


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


def _from_meta(page: Page, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    seen = set()
    for name in names:  # compared without punctuation: article:published:time and its like
        plain = _PLAIN.sub("", name)
        if plain not in seen and plain in page.meta_plain:
            yield page.meta_plain[plain][0], "meta"
        seen.add(plain)


def _from_microdata(page: Page, name: str) -> Iterator[tuple[str, str]]:
    for e in islice(page.items(name), 2):
        yield e.get("datetime") or e.get("content") or page.text(e, 100), "microdata"


def _from_epoch(page: Page) -> Iterator[tuple[str, str]]:
    """Seconds since 1970 in an attribute beside a date that is written without a zone: the page states both the
    instant and the local time, and so the offset between them."""
    for e in islice(page.root.xpath("//*[@data-timestamp or @data-time or @data-published or @data-date]"), 4):
        raw = next(
            (v for a in ("data-timestamp", "data-time", "data-published", "data-date") if (v := e.get(a))), ""
        )
        stated = parse_date(raw, latest=page.captured_at, thorough=False)
        if stated is None or not _ZONED.search(stated.value):
            continue
        written = parse_date(page.text(e, 100), latest=None, thorough=False)
        if written and len(written.value) > 10 and not _ZONED.search(written.value):
            utc = datetime.fromisoformat(stated.value)
            ahead = datetime.fromisoformat(written.value).replace(tzinfo=UTC) - utc.replace(second=0)
            if abs(ahead) <= timedelta(hours=14) and ahead % timedelta(minutes=15) == timedelta():
                yield utc.astimezone(timezone(ahead)).isoformat(), "page"
                continue
        yield stated.value, "page"


def _shown(page: Page, tags: tuple[str, ...]) -> tuple[list[Stated], list[Stated]]:
    """Dates in lines that are nothing but a date with its label: (published, modified)."""
    published: list[Stated] = []
    modified: list[Stated] = []
    looked = 0
    for line in page.outline.lines:
        text = line.text
        if (
            len(text) > MAX_LINE
            or line.around & (Around.NAV | Around.COMMENTS | Around.FORM)
            or not _YEAR.search(text)
        ):
            continue
        looked += 1
        if looked > MAX_LOOKED:
            break
        if found := date_line(text, tags, page):
            (modified if _CHANGED.search(text) else published).append(Stated(found.value, found.raw, "page"))
    return published[:6], modified[:6]


def date_line(text: str, tags: tuple[str, ...], page: Page) -> ParsedDate | None:
    """The date of a line that holds hardly more than it: up to four other words of label."""
    found = parse_date(text, languages=tags, latest=page.captured_at, thorough=False)
    if found is None or len(text) > MAX_LINE:
        return None
    return found if len(_LETTERS.findall(text)) - len(_LETTERS.findall(found.raw)) <= 5 else None


def _written(page: Page) -> str | None:
    """d.m.yyyy at the end of a title or after a label."""
    match = _TITLE_DATE.search(page.og) or _TITLE_DATE.search(page.title)
    if not match:
        value = byline.labelled(page, _LABEL)
        match = _LABELLED.match(value) if value else None
    return f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}" if match and int(match[2]) <= 12 else None
