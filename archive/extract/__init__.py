"""Bytes of one page -> its clean record: `extract` is a pure function, without I/O, clock or memory.

Order: decode, one parse, everything that reads the tree, then the body engine (which uses the tree up), then
cleaning and the verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from archive.extract import authors as authors_
from archive.extract import body, clean, fields, gaps, links, opening, published, verdict
from archive.extract import headline as headline_
from archive.extract.decode import decode
from archive.extract.page import Page
from archive.extract.parse import parse
from archive.extract.recipe import recipe
from archive.extract.text import visible
from archive.model import Article, Extraction, FieldSource, Link, Recipe, Removed, Verdict

__all__ = ["extract", "recipe"]

T = TypeVar("T")
MAX_CANDIDATES = 12
MAX_VALUE = 300  # characters of a candidate that are kept


def extract(
    html: bytes,
    *,
    url: str,
    captured_at: datetime,
    charset: str | None = None,
    complete: bool = True,
    recipe: Recipe | None = None,
) -> Extraction:
    """All that one page's bytes say.

    `html`: the payload without content coding; `charset`: that of the HTTP header; `captured_at`: no date is
    later than it; `complete`: False if the bytes end where the connection broke; `recipe`: the one this is done
    by (there is only this installation's own, `recipe()`). Never raises: what fails costs its field or the body,
    and `error` says so.
    """
    try:
        return _Run(url, captured_at, complete).run(html, charset)
    except Exception as error:
        return Extraction(Verdict.ERROR, error=f"extraction failed: {_say(error)}")


def _say(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


class _Run:
    """One extraction: collects what went wrong and where each value came from."""

    def __init__(self, url: str, captured_at: datetime, complete: bool) -> None:
        self.url, self.captured_at = url, captured_at
        self.errors: list[str] = [] if complete else ["the page is cut off: the connection broke"]
        self.sources: list[FieldSource] = []

    def attempt(self, what: str, work: Callable[[], T], otherwise: T) -> T:
        try:
            return work()
        except Exception as error:
            self.errors.append(f"{what} could not be read: {_say(error)}")
            return otherwise

    def choose(self, name: str, candidates: list[tuple[str, str]], chosen: str | None = None) -> str | None:
        """Keeps the candidates of a field; the chosen one is the first unless another is named."""
        unique = list(dict.fromkeys((source, value) for source, value in candidates if value))
        if chosen is None and unique:
            chosen = unique[0][1]
        at = next((i for i, (_, value) in enumerate(unique) if value == chosen), None)
        if at is None and chosen:
            unique.insert(0, ("page", chosen))
            at = 0
        if at is not None and at >= MAX_CANDIDATES:
            unique.insert(0, unique.pop(at))
            at = 0
        for i, (source, value) in enumerate(unique[:MAX_CANDIDATES]):
            self.sources.append(FieldSource(name, source, value[:MAX_VALUE], i == at))
        return chosen or None

    def run(self, html: bytes, charset: str | None) -> Extraction:
        data, decided = decode(html, charset)
        parsed = parse(data)
        if parsed is None:
            return Extraction(Verdict.ERROR, charset=decided, error="there is no text in the page")
        self.errors += parsed.notes
        page = Page(parsed, self.url, self.captured_at)
        found_links: tuple[Link, ...] = self.attempt("links", lambda: links.links(page), ())
        found_feeds: tuple[Link, ...] = self.attempt("feeds", lambda: links.feeds(page), ())
        article, removed, judged = self.article(page)
        return Extraction(
            verdict=judged,
            article=article if judged in (Verdict.ARTICLE, Verdict.PAYWALL) else None,
            removed=removed,
            sources=tuple(self.sources),
            links=found_links,
            feeds=found_feeds,
            noindex=links.noindex(page),
            charset=decided,
            error="; ".join(self.errors) or None,
        )

    def article(self, page: Page) -> tuple[Article | None, tuple[Removed, ...], Verdict]:
        title = self.attempt("headline", lambda: headline_.find(page), headline_.Headline(None, "", {}, {}))
        sample = " ".join(line.text for line in page.outline.lines if len(line.text) > 60)[:4000]
        language = self.choose("in_language", self.attempt("language", lambda: fields.languages(page, sample), []))
        tags = published.languages(page, language)
        start = self.attempt("opening", lambda: opening.read(page, title.text, tags), opening.Opening())
        headline = title.text or start.headline
        none = published.Dates(None, None, (), ())
        dates = self.attempt("dates", lambda: published.find(page, language), none)
        raw_lines = self.body(page)
        people = self.attempt("authors", lambda: authors_.find(page, lambda: raw_lines), None)
        names = people.names if people else ()
        by = people.raw if people else None
        if not names and people and start.authors:
            names = tuple(authors_.Finder(page).persons([start.authors]))
            by = start.byline_line
        describes = self.attempt("description", lambda: fields.descriptions(page, headline, start.standfirst), [])
        description = self.choose("description", describes)
        known = clean.Known(
            headlines=[*title.forms.values(), *title.stated.values(), headline or ""],
            description=description,
            standfirst=start.standfirst,
            authors=names,
            before_text=start.before_text,
            is_date=lambda text: published.date_line(text, tags, page) is not None,
        )
        whole = clean.Cleaned(tuple(raw_lines), ())
        cleaned = self.attempt("cleaning", lambda: clean.clean(raw_lines, page.outline, known), whole)
        judged = self.attempt("verdict", lambda: verdict.judge(page, list(cleaned.lines), dated=bool(dates.published), signed=bool(names)), Verdict.ERROR)
        where = {"json_ld": "json_ld", "h1": "page", "og": "meta", "title": "title", "twitter": "meta"}
        self.choose("headline", [(where[k], v) for k, v in title.forms.items()], headline)
        self.choose("authors", list(people.candidates) if people else [], ", ".join(names) or None)
        houses = people.houses if people else ()
        publisher = self.choose("publisher", self.attempt("publisher", lambda: fields.publishers(page, houses), []))
        published_at, changed_at = dates.published, dates.modified
        self.choose("date_published", [(d.source, d.value) for d in dates.published_candidates],
                    published_at.value if published_at else None)  # fmt: skip
        self.choose("date_modified", [(d.source, d.value) for d in dates.modified_candidates],
                    changed_at.value if changed_at else None)  # fmt: skip
        article = Article(
            headline=headline,
            headline_forms=title.forms,
            description=description,
            authors=names,
            byline_raw=visible(by) if by else None,
            date_published=published_at.value if published_at else None,
            date_published_raw=published_at.raw if published_at else None,
            date_modified=changed_at.value if changed_at else None,
            date_modified_raw=changed_at.raw if changed_at else None,
            article_section=self.choose("article_section", self.attempt("section", lambda: fields.sections(page), [])),
            keywords=self.attempt("keywords", lambda: fields.keywords(page), ()),
            in_language=language,
            publisher=publisher,
            is_accessible_for_free=self.attempt("access", lambda: fields.access(page), None),
            image=self.choose("image", self.attempt("image", lambda: fields.images(page), [])),
            canonical_url=self.choose("canonical_url", self.attempt("canonical", lambda: fields.canonicals(page), [])),
            type=self.attempt("type", lambda: fields.schema_type(page), None),
            article_body="\n".join(cleaned.lines),
        )
        return article, cleaned.removed, judged

    def body(self, page: Page) -> list[str]:
        limit = body.limit_hit(page.root, page.outline)
        if limit:
            self.errors.append(f"{limit}: the body is plain paragraphs")
            return body.plain_lines(page.outline)
        lines = self.attempt("body", lambda: body.engine_lines(page.root, page.url, page.outline), [])
        return self.attempt("gaps", lambda: gaps.fill(lines, page.outline), lines)
