"""The steps of one extraction put together, each of which may fail alone, with the source of every value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from archive.extract import (
    authors,
    body,
    clean,
    fields,
    gaps,
    headline,
    links,
    opening,
    pictures,
    published,
    verdict,
)
from archive.extract.decode import decode, is_binary
from archive.extract.jsonld import first_text
from archive.extract.page import Page
from archive.extract.parse import parse
from archive.extract.text import count, visible
from archive.model import HELD, Article, Extraction, FieldSource, Link, Verdict

T = TypeVar("T")
MAX_CANDIDATES = 12  # of one field that are kept
MAX_VALUE = 300  # characters of a candidate that are kept
STATED_BODY = 120  # words of an articleBody that may stand for a page without text
NO_BODY = 25  # words under which a page has none
_FORM_SOURCE = {"json_ld": "json_ld", "h1": "page", "og": "meta", "title": "title", "twitter": "meta"}
_NO_DATES = published.Dates(None, None, (), ())
_NO_AUTHORS = authors.Authors((), None, "", (), (), ())
_NO_MARKS = verdict.Marks(False, 0, False, False, False, False, "")


@dataclass(slots=True)
class Facts:
    """What the tree says before the body engine uses it up."""

    title: headline.Headline
    start: opening.Opening
    headline: str | None
    language: str | None
    tags: tuple[str, ...]
    dates: published.Dates
    authors: authors.Authors
    names: tuple[str, ...]
    byline: str | None
    description: str | None
    marks: verdict.Marks


class Run:
    """One extraction: collects what went wrong and where each value came from."""

    def __init__(self, url: str, captured_at: datetime, complete: bool) -> None:
        self.url, self.captured_at = url, captured_at
        self.errors: list[str] = [] if complete else ["the page is cut off: the connection broke"]
        self.sources: list[FieldSource] = []

    def attempt(self, what: str, work: Callable[[], T], otherwise: T) -> T:
        try:
            return work()
        except Exception as error:
            self.errors.append(f"{what} could not be read: {type(error).__name__}: {error}"[:200])
            return otherwise

    def choose(self, name: str, candidates: fields.Candidates, chosen: str | None = None) -> str | None:
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

    def pick(self, name: str, find: Callable[[], fields.Candidates]) -> str | None:
        return self.choose(name, self.attempt(name.replace("_", " "), find, []))

    def run(self, html: bytes, charset: str | None) -> Extraction:
        data, decided = decode(html, charset)
        if is_binary(data):
            return Extraction(
                Verdict.ERROR, charset=decided, error="this is no text: it is full of control characters"
            )
        if 100 * data.count(b"\xef\xbf\xbd") > len(data):
            self.errors.append(f"much of it cannot be read as {decided}, which it is said to be")
        parsed = parse(data)
        if parsed is None:
            return Extraction(Verdict.ERROR, charset=decided, error="there is no text in the page")
        self.errors += parsed.notes
        page = Page(parsed, self.url, self.captured_at)
        no_links: tuple[Link, ...] = ()
        found_links = self.attempt("links", lambda: links.links(page), no_links)
        found_feeds = self.attempt("feeds", lambda: links.feeds(page), no_links)
        facts = self.facts(page)
        article = self.article(page, facts)
        lines = self.body(page)
        if not facts.names:
            facts.names = self.attempt("signature", lambda: authors.signed(page, lines), ()) or facts.authors.alone
        self.choose("authors", list(facts.authors.candidates), ", ".join(facts.names) or None)
        cleaned = self.cleaned(page, facts, lines)
        judged = self.attempt(
            "verdict",
            lambda: verdict.judge(page, facts.marks, list(cleaned.lines),
                                  dated=bool(facts.dates.published), signed=bool(facts.names)),
            Verdict.ERROR,
        )  # fmt: skip
        kept = judged in HELD
        return Extraction(
            verdict=judged,
            article=article(facts.names, "\n".join(cleaned.lines)) if kept else None,
            removed=cleaned.removed,
            sources=tuple(self.sources),
            links=found_links,
            feeds=found_feeds,
            noindex=links.noindex(page),
            charset=decided,
            error="; ".join(self.errors) or None,
        )

    def facts(self, page: Page) -> Facts:
        title = self.attempt("headline", lambda: headline.find(page), headline.Headline(None, "", {}, {}))
        sample = " ".join(line.text for line in page.outline.lines if len(line.text) > 60)[:4000]
        language = self.pick("in_language", lambda: fields.languages(page, sample))
        tags = published.languages(page, language)
        start = self.attempt("opening", lambda: opening.read(page, title.text, tags), opening.Opening())
        chosen = title.text or start.headline
        people = self.attempt("authors", lambda: authors.find(page, chosen), _NO_AUTHORS)
        names, by = people.names, people.raw
        if not names and start.authors:
            names, by = tuple(authors.Finder(page).persons([start.authors])), start.byline_line
        return Facts(
            title=title,
            start=start,
            headline=chosen,
            language=language,
            tags=tags,
            dates=self.attempt("dates", lambda: published.find(page, language, chosen), _NO_DATES),
            authors=people,
            names=names,
            byline=by,
            description=self.pick("description", lambda: fields.descriptions(page, chosen, start.standfirst)),
            marks=self.attempt("marks", lambda: verdict.look(page), _NO_MARKS),
        )

    def article(self, page: Page, facts: Facts) -> Callable[[tuple[str, ...], str], Article]:
        """Everything but authors and body, read from the tree now; those two are given later."""
        first, changed = facts.dates.published, facts.dates.modified
        self.choose("headline", [(_FORM_SOURCE[k], v) for k, v in facts.title.forms.items()], facts.headline)
        for name, stated, all_stated in (
            ("date_published", first, facts.dates.published_candidates),
            ("date_modified", changed, facts.dates.modified_candidates),
        ):
            self.choose(name, [(d.source, d.value) for d in all_stated], stated.value if stated else None)
        section = self.pick("article_section", lambda: fields.sections(page))
        publisher = self.pick("publisher", lambda: fields.publishers(page, facts.authors.houses))
        image = self.pick("image", lambda: fields.images(page))
        picture = self.attempt("caption", lambda: pictures.describe(page, image), pictures.Picture())
        caption = self.choose("image_caption", picture.captions)
        credit = self.choose("image_credit", picture.credits)
        canonical = self.pick("canonical_url", lambda: fields.canonicals(page))
        no_keywords: tuple[str, ...] = ()
        keywords = self.attempt("keywords", lambda: fields.keywords(page), no_keywords)
        free = self.attempt("access", lambda: fields.access(page), None)
        kind = self.attempt("type", lambda: fields.schema_type(page), None)
        return lambda names, text: Article(
            headline=facts.headline,
            headline_forms=facts.title.forms,
            description=facts.description,
            authors=names,
            byline_raw=(visible(facts.byline) if facts.byline else None) or ", ".join(names) or None,
            date_published=first.value if first else None,
            date_published_raw=first.raw if first else None,
            date_published_precision=first.precision if first else None,
            date_modified=changed.value if changed else None,
            date_modified_raw=changed.raw if changed else None,
            date_modified_precision=changed.precision if changed else None,
            article_section=section,
            keywords=keywords,
            in_language=facts.language,
            publisher=publisher,
            is_accessible_for_free=free,
            image=image,
            image_caption=caption,
            image_credit=credit,
            canonical_url=canonical,
            type=kind,
            article_body=text,
        )

    def body(self, page: Page) -> list[str]:
        """Lines of the body before cleaning. The tree is used up by this."""
        if limit := body.limit_hit(page.root, page.outline):
            self.errors.append(f"{limit}: the body is plain paragraphs")
            return body.plain_lines(page.outline)
        nothing: list[str] = []
        lines = self.attempt("body", lambda: body.engine_lines(page.root, page.url, page.outline), nothing)
        lines = self.attempt("gaps", lambda: gaps.fill(lines, page.outline), lines) or body.plain_lines(
            page.outline
        )
        if sum(map(count, lines)) < NO_BODY:
            stated = first_text(page.article.get("articleBody")) or ""
            if count(stated) >= STATED_BODY:
                self.errors.append("the page shows no text: the body is what its JSON-LD states")
                return body.split_lines(stated)
        return lines

    def cleaned(self, page: Page, facts: Facts, lines: list[str]) -> clean.Cleaned:
        known = clean.Known(
            headlines=[*facts.title.forms.values(), *facts.title.stated.values(), facts.headline or ""],
            description=facts.description,
            standfirst=facts.start.standfirst,
            authors=facts.names,
            is_date=lambda text: published.date_line(text, facts.tags, page) is not None,
        )
        whole = clean.Cleaned(tuple(lines), ())
        return self.attempt("cleaning", lambda: clean.clean(lines, page.outline, known), whole)
