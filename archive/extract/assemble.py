"""The steps of one extraction put together, each of which may fail alone, with the source of every value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from archive.extract import (
    authors,
    clean,
    evidence,
    fields,
    found_body,
    headline,
    links,
    opening,
    pictures,
    published,
    reasons,
    ruled,
    verdict,
)
from archive.extract.body import plain_lines
from archive.extract.decode import is_binary, read
from archive.extract.engines import MODEL
from archive.extract.features import Stated, Table, table
from archive.extract.forest import Forest
from archive.extract.found_body import Body
from archive.extract.jsonld import first_text, is_news
from archive.extract.kinds import Piece
from archive.extract.page import Page
from archive.extract.parse import Parsed, parse
from archive.extract.ruled_fields import SOURCE as RULE
from archive.extract.text import tidy, tidy_lines, visible
from archive.extract.weigh import Reason
from archive.model import HELD, Article, Block, Extraction, FieldSource, Link, Removed, Verdict
from archive.rules import SiteRules

T = TypeVar("T")
MAX_CANDIDATES = 12  # of one field that are kept
MAX_VALUE = 300  # characters of a candidate that are kept
SIGNATURE = 60  # characters of a line that may sign a text
MAX_STATED = 300_000  # characters of an articleBody that are looked at
_FORM_SOURCE = {"json_ld": "json_ld", "h1": "page", "og": "meta", "title": "title", "twitter": "meta",
                RULE: RULE}  # fmt: skip
_NO_DATES = published.Dates(None, None, (), ())
_NO_AUTHORS = authors.Authors((), None, "", (), (), ())


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

    def __init__(
        self,
        url: str,
        captured_at: datetime,
        complete: bool,
        rules: SiteRules | None = None,
        engine: str = MODEL,
        forest: Forest | None = None,
    ) -> None:
        self.url, self.captured_at, self.engine, self.forest = url, captured_at, engine, forest
        self.rules, self.ruled = rules, ruled.Ruled()
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
        none: fields.Candidates = []
        return self.choose(name, self.ruled.candidates(name) + self.attempt(name.replace("_", " "), find, none))

    def run(self, html: bytes, charset: str | None) -> Extraction:
        decoded = read(html, charset)
        data, decided = decoded.data, decoded.charset
        if is_binary(data):
            return Extraction(
                Verdict.ERROR, charset=decided, error="this is no text: it is full of control characters"
            )
        if decoded.how == "guessed":
            self.sources.append(FieldSource("charset", "page", f"{decided}, by what its bytes look like", True))
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
        page = self.by_rules(parsed, page)
        facts = self.facts(page)
        article = self.article(page, facts)
        by_rule = self.attempt("body by site rule", lambda: self.ruled.body(page), list[Piece]())
        found = Body(by_rule, RULE) if by_rule else self.body(page, facts)
        lines = _signed_lines(page, found)
        if not facts.names:
            facts.names = self.attempt("signature", lambda: authors.signed(page, lines), ()) or facts.authors.alone
        self.choose("authors", list(facts.authors.candidates), ", ".join(facts.names) or None)
        whole = bool(by_rule) and not self.ruled.rules.clean
        cleaned = clean.Cleaned(tuple(by_rule)) if whole else self.cleaned(page, facts, found)
        kept_lines = [piece.text for piece in cleaned.kept]
        ruled_verdict = self.ruled.verdict(by_rule)
        by_site = Reason(RULE, "a rule of the site says so")
        judged = verdict.Judgement(ruled_verdict, (by_site,)) if ruled_verdict else self.attempt(
            "verdict",
            lambda: verdict.judge(page, facts.marks, kept_lines,
                                  dated=bool(facts.dates.published), signed=bool(facts.names)),
            verdict.Judgement(Verdict.ERROR, ()),
        )  # fmt: skip
        self.sources += judged.sources()
        return Extraction(
            verdict=judged.verdict,
            article=article(facts.names, cleaned.kept) if judged.verdict in HELD else None,
            removed=(*self.ruled.dropped, *self.removed(page, found, cleaned, facts)),
            sources=tuple(self.sources),
            links=found_links,
            feeds=found_feeds,
            noindex=links.noindex(page),
            opt_out=links.opt_out(page),
            charset=decided,
            error="; ".join([*self.errors, *self.ruled.notes]) or None,
            lines=self.evidence(page, cleaned.kept, facts.names) if judged.verdict in HELD else b"",
            body_source=found.source,
            confidence=found.choice.expected if found.choice and self.engine == MODEL else None,
        )

    def evidence(self, page: Page, kept: Sequence[Piece], names: Sequence[str]) -> bytes:
        """What the page can teach about the furniture of its site."""
        lines, sure = [piece.text for piece in kept], [piece.confidence for piece in kept]
        return self.attempt("lines", lambda: evidence.gather(page.outline.lines, lines, names, sure), b"")

    def by_rules(self, parsed: Parsed, page: Page) -> Page:
        """The page as its site's rules leave it; also where they fail half-way."""
        rules = self.rules
        if rules is None:
            return page
        self.ruled = self.attempt("site rules", lambda: ruled.apply(page, rules), self.ruled)
        return Page(parsed, self.url, self.captured_at)

    def table(self, html: bytes, charset: str | None = None) -> Table | None:
        """The lines of a page as the body model sees them, to train it; None if there is no page in the bytes."""
        parsed = parse(read(html, charset).data)
        if parsed is None:
            return None
        page = Page(parsed, self.url, self.captured_at)
        return table(page.outline.lines, stated(page, self.facts(page)))

    def facts(self, page: Page) -> Facts:
        title = self.attempt("headline", lambda: headline.find(page), headline.Headline(None, "", {}, {}))
        title = self.ruled.headline(title)
        sample = " ".join(line.text for line in page.outline.lines if len(line.text) > 60)[:4000]
        language = self.pick("in_language", lambda: fields.languages(page, sample))
        tags = published.languages(page, language)
        start = self.attempt("opening", lambda: opening.read(page, title.text, tags), opening.Opening())
        chosen = title.text or start.headline
        people = self.attempt("authors", lambda: authors.find(page, chosen), _NO_AUTHORS)
        people = self.attempt("byline by site rule", lambda: self.ruled.authors(page, people), people)
        dates = self.attempt("dates", lambda: published.find(page, language, chosen), _NO_DATES)
        dates = self.attempt("dates by site rule", lambda: self.ruled.dates(page, tags, dates), dates)
        names, by = people.names, people.raw
        if not names and start.authors:
            names, by = tuple(authors.Finder(page).persons([start.authors])), start.byline_line
        return Facts(
            title=title,
            start=start,
            headline=chosen,
            language=language,
            tags=tags,
            dates=dates,
            authors=people,
            names=names,
            byline=by,
            description=self.pick("description", lambda: fields.descriptions(page, chosen, start.standfirst)),
            marks=self.attempt("marks", lambda: verdict.look(page), verdict.NO_MARKS),
        )

    def article(self, page: Page, facts: Facts) -> Callable[[tuple[str, ...], Sequence[Piece]], Article]:
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
        return lambda names, pieces: Article(
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
            article_body="\n".join(piece.text for piece in pieces),
            body_blocks=tuple(Block(piece.kind, piece.confidence) for piece in pieces),
        )

    def body(self, page: Page, facts: Facts) -> Body:
        """The body before cleaning. The tree may be used up by this."""
        nothing = Body()
        found = self.attempt(
            "body", lambda: found_body.find(page, stated(page, facts), self.engine, self.forest), nothing
        )
        if found is nothing:
            found = Body([Piece(line) for line in plain_lines(page.outline)], "paragraphs")
        self.errors += found.notes
        return found

    def cleaned(self, page: Page, facts: Facts, found: Body) -> clean.Cleaned:
        known = clean.Known(
            headlines=[*facts.title.forms.values(), *facts.title.stated.values(), facts.headline or ""],
            description=facts.description,
            standfirst=facts.start.standfirst,
            authors=facts.names,
            is_date=lambda text: published.date_line(text, facts.tags, page) is not None,
        )
        whole = clean.Cleaned(tuple(found.pieces))

        chosen = found.source == MODEL

        def work() -> clean.Cleaned:
            links = not chosen or is_news(page.article)
            return clean.clean(found.pieces, page.outline, known, chosen=chosen, links=links)

        return self.attempt("cleaning", work, whole)

    def removed(self, page: Page, found: Body, cleaned: clean.Cleaned, facts: Facts) -> tuple[Removed, ...]:
        """What cleaning took out, and what the model left out of the choice, in the order of the page."""
        told = [
            (piece.at or 0, Removed(piece.text, reason, piece.confidence)) for piece, reason in cleaned.removed
        ]
        if found.choice is not None and found.source == MODEL:
            headlines = [*facts.title.forms.values(), *facts.title.stated.values()]
            nothing: list[tuple[int, Removed]] = []
            choice = found.choice
            told += self.attempt(
                "what was left out", lambda: reasons.left_out(choice, page.outline, headlines), nothing
            )
            told.sort(key=lambda each: each[0])
        return tuple(each for _, each in told)


def _signed_lines(page: Page, found: Body) -> list[str]:
    """The body with the short line below it, which may be its signature and then is no text to the model."""
    lines = [piece.text for piece in found.pieces]
    last = found.pieces[-1].at if found.pieces else None
    below = page.outline.lines[last + 1 : last + 2] if last is not None else []
    return lines + [line.text for line in below if len(line.text) < SIGNATURE]


def stated(page: Page, facts: Facts) -> Stated:
    """What the page states of itself, for the lines of the body to be compared with."""
    about = (tidy(first_text(page.article.get("description")) or ""), page.first("og:description"),
             page.first("description"))  # fmt: skip
    body = page.article.get("articleBody")
    return Stated(
        titles=[x for x in dict.fromkeys((page.ld_headline, page.og, page.title)) if x],
        about=[x for x in dict.fromkeys(about) if x],
        article_body=tidy_lines(body[:MAX_STATED]) if isinstance(body, str) else "",
        authors=facts.names,
        type=1 + is_news(page.article) if page.article else 0,
        og_article="article" in page.first("og:type").lower(),
    )
