"""What is watched of each page: pure functions from the pages of a site to yes and no, page by page.

What is usual (a source, a language, a length) is learnt from the pages before the time that is looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import eq, ne
from statistics import median
from unicodedata import category

from archive.model import HELD
from archive.rhythm import LEAST_AFTER, LEAST_BEFORE
from archive.store.observed import Observed

Cases = tuple[bool | None, ...]

FILLED = (
    "headline", "description", "authors", "byline_raw", "date_published", "date_modified", "article_section",
    "keywords", "in_language", "publisher", "is_accessible_for_free", "image", "image_caption", "canonical_url",
)  # fmt: skip
# A page that is read soon after it appeared was not changed yet: its absence says something only where it never is.
ALWAYS = {"date_modified": 0.95}
SOURCED = tuple(name for name in FILLED if name != "date_modified")
# How well a source says what it means: one of less rank is a loss, though the value may still be right.
RANKS = {
    "site-rule": 4, "json_ld": 3, "microdata": 3, "meta": 2, "model": 2, "page": 1, "trafilatura": 1,
    "paragraphs": 0, "title": 0, "url": 0, "http": 0,
}  # fmt: skip
NAMED = ("headline", "authors", "article_section")  # that a template may fill with the name of the site
VARIED = ("headline", "description", "image", "canonical_url")  # that each article has of its own
EXACT = frozenset({"minute", "second"})
SHORT, LONG = 0.6, 1.7  # of the usual number of words
FEW_BLOCKS = 0.4  # of the usual number
LEAST_LINE = 12  # characters of a line that may be furniture
LEAST_RECURRING = 3  # pages that have such a line since then
LONGEST_BYLINE = 60
LONGEST_SHOWN = 60  # characters of a value in a message
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Signal:
    """One yes or no for each page, in the order of capture; None where the page cannot say.

    `words`: what a yes means, for people, e.g. "filled in"; `worse`: that a fall of the share of yes is a loss.
    """

    field: str
    kind: str
    words: str
    cases: Cases
    worse: bool = True


def signals(pages: Sequence[Observed], start: int, names: frozenset[str] = frozenset()) -> list[Signal]:
    """`start`: the first of the pages that are looked at; `names`: what the site is called."""
    usual = pages[: max(start, LEAST_BEFORE)]
    recent = pages[start:]
    found = [*_verdicts(pages), *_filled(pages, usual), *_values(pages, usual, recent, names), *_dates(pages)]
    return [*found, *_bodies(pages, usual, recent), *_sources(pages, usual)]


def rank(source: str | None) -> int:
    return RANKS.get(source or "", 0)


def _cases(pages: Sequence[Observed], test: Callable[[Observed], bool | None]) -> Cases:
    """Of the pages that show an article."""
    return tuple(test(page) if page.version_id is not None else None for page in pages)


def _verdicts(pages: Sequence[Observed]) -> Iterator[Signal]:
    held = tuple(page.version_id is not None and page.verdict in HELD for page in pages)
    yield Signal("verdict", "article", "an article", held)
    yield Signal("verdict", "paywall", "open to all", _cases(pages, lambda p: p.verdict != "paywall"))
    yield Signal("verdict", "error", "read without error", tuple(not page.has_error for page in pages))


def _filled(pages: Sequence[Observed], usual: Sequence[Observed]) -> Iterator[Signal]:
    for name in FILLED:
        cases = _cases(pages, partial(_is_filled, name=name))
        before = [case for case in cases[: len(usual)] if case is not None]
        if sum(before) >= ALWAYS.get(name, 0.0) * len(before):
            yield Signal(name, "filled", "filled in", cases)
        if name not in ALWAYS:
            yield Signal(name, "new", "empty", _not(cases), worse=False)


def _is_filled(page: Observed, name: str) -> bool | None:
    if name == "image_caption" and page.image is None:
        return None
    return getattr(page, name) is not None


def _values(
    pages: Sequence[Observed], usual: Sequence[Observed], recent: Sequence[Observed], names: frozenset[str]
) -> Iterator[Signal]:
    called = {_key(name) for name in names} | {_key(page.publisher) for page in usual if page.publisher}
    for name in NAMED:
        yield Signal(
            name, "named", "other than the site's name", _of_value(pages, name, lambda v: _key(v) not in called)
        )
    for name in VARIED:
        value = _most(getattr(page, name) for page in recent)
        if value is not None:
            other = _of_value(pages, name, partial(ne, value))
            shown = value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…"
            yield Signal(name, "same", f"other than {shown!r}", other)
    language = _most(page.in_language for page in usual)
    if language is not None:
        yield Signal("in_language", "usual", language, _of_value(pages, "in_language", partial(eq, language)))


def _of_value(pages: Sequence[Observed], name: str, test: Callable[[str], bool]) -> Cases:
    """Of the pages where the field is filled."""
    return _cases(pages, lambda p: None if getattr(p, name) is None else test(getattr(p, name)))


def _dates(pages: Sequence[Observed]) -> Iterator[Signal]:
    def has_time(page: Observed) -> bool | None:
        return None if page.date_published is None else page.date_published_precision in EXACT

    def has_zone(page: Observed) -> bool | None:
        return page.date_published_offset is not None if has_time(page) else None

    yield Signal("date_published", "time", "with a time", _cases(pages, has_time))
    yield Signal("date_published", "zone", "with a time zone", _cases(pages, has_zone))
    yield Signal(
        "date_published", "future", "before the capture", _cases(pages, lambda p: _apart(p, p.captured_at, 1))
    )
    yield Signal("date_published", "feed", "as the feed says", _cases(pages, _claimed))
    first = pages[0].day if pages else ""
    fresh = _cases(pages, lambda p: _soon(p) if p.day > first else None)
    yield Signal("date_published", "fresh", "of the days before the capture", fresh)


def _apart(page: Observed, other: str, days: float) -> bool | None:
    gap = _gap_s(page, other)
    return None if gap is None else gap >= -days * DAY_S


def _claimed(page: Observed) -> bool | None:
    gap = _gap_s(page, page.claimed) if page.claimed else None
    return None if gap is None else abs(gap) <= 1.5 * DAY_S


def _soon(page: Observed) -> bool | None:
    gap = _gap_s(page, page.captured_at)
    return None if gap is None else gap <= 7 * DAY_S


def _gap_s(page: Observed, other: str) -> float | None:
    """From publication to the other time; days count from their beginning. None if either cannot be read."""
    try:
        published, then = (datetime.fromisoformat(text) for text in (page.date_published or "", other))
    except ValueError:
        return None
    return (then.replace(tzinfo=None) - published.replace(tzinfo=None)).total_seconds()


def _bodies(pages: Sequence[Observed], usual: Sequence[Observed], recent: Sequence[Observed]) -> Iterator[Signal]:
    read = [page for page in usual if page.words]
    if not read:
        return
    words = median(page.words for page in read)
    blocks = median(len(page.block_kinds) for page in read)
    own = _Lines(pages, usual, recent)
    sure = _cases(pages, lambda p: None if p.confidence is None else p.confidence >= 0.9)
    tests: Mapping[str, tuple[str, Callable[[Observed], bool | None]]] = {
        "links": ("free of the headlines of others", own.has_no_headline),
        "caption": ("free of the picture's caption", _has_no_caption),
        "byline": ("free of the byline", _has_no_byline),
        "furniture": ("free of lines that other articles have as well", own.is_own),
        "stray": ("of whole sentences", _is_of_sentences),
        "short": (f"of {SHORT * words:.0f} words or more", lambda p: p.words >= SHORT * words),
        "long": (f"of {LONG * words:.0f} words or fewer", lambda p: p.words <= LONG * words),
        "blocks": (f"of {FEW_BLOCKS * blocks:.0f} blocks or more", lambda p: len(p.block_kinds) >= FEW_BLOCKS * blocks),
        "lists": ("mostly of paragraphs", _is_of_paragraphs),
    }  # fmt: skip
    for kind, (said, test) in tests.items():
        yield Signal("article_body", kind, said, _cases(pages, test))
    yield Signal("article_body", "sure", "surely found", sure)


class _Lines:
    """Lines of bodies that the pages before did not have."""

    def __init__(self, pages: Sequence[Observed], usual: Sequence[Observed], recent: Sequence[Observed]) -> None:
        held = {line for page in usual for line in _lines(page)}
        counts = Counter(line for page in recent for line in _lines(page))
        self.recurring = {line for line, count in counts.items() if count >= LEAST_RECURRING and line not in held}
        self.headlines = Counter(_key(page.headline) for page in pages if page.headline)

    def is_own(self, page: Observed) -> bool:
        return self.recurring.isdisjoint(_lines(page))

    def has_no_headline(self, page: Observed) -> bool:
        own = _key(page.headline)
        return not any(line in self.headlines and line != own for line in _lines(page))


def _lines(page: Observed) -> set[str]:
    return {_key(line) for line in page.article_body.split("\n") if len(line) >= LEAST_LINE}


def _has_no_caption(page: Observed) -> bool | None:
    return None if page.image_caption is None else page.image_caption not in page.article_body


def _is_of_sentences(page: Observed) -> bool | None:
    """Whether each paragraph ends with a mark: captions, links and prompts often do not."""
    if not page.block_kinds:
        return None
    lines = zip(page.article_body.split("\n"), page.block_kinds, strict=False)
    ends = (line.rstrip()[-1:] for line, kind in lines if kind == "p")
    return all(category(end)[0] in "PS" for end in ends if end)


def _has_no_byline(page: Observed) -> bool | None:
    names = [name for name in (page.authors or "").split("; ") if name]
    if not names:
        return None
    short = [line for line in page.article_body.split("\n") if len(line) <= LONGEST_BYLINE]
    return not any(name in line for line in short for name in names)


def _is_of_paragraphs(page: Observed) -> bool | None:
    return sum(kind == "p" for kind in page.block_kinds) * 2 >= len(page.block_kinds) if page.block_kinds else None


def _sources(pages: Sequence[Observed], usual: Sequence[Observed]) -> Iterator[Signal]:
    for name in (*SOURCED, "article_body"):
        source = _most(source_of(page, name) for page in usual)
        if source is not None:
            cases = _cases(pages, partial(_is_from, name=name, source=source))
            yield Signal(name, "source", f"read from {source}", cases)


def source_of(page: Observed, name: str) -> str | None:
    """Where a field was read; None if it is empty, or nothing says so."""
    return page.body_source if name == "article_body" else page.sources.get(name)


def _is_from(page: Observed, name: str, source: str) -> bool | None:
    found = source_of(page, name)
    return None if found is None else found == source


def _most(values: Iterator[str | None]) -> str | None:
    """The most frequent value, of at least so many as can show a change."""
    counted = Counter(value for value in values if value is not None).most_common(1)
    return counted[0][0] if counted and counted[0][1] >= LEAST_AFTER else None


def _not(cases: Cases) -> Cases:
    return tuple(None if case is None else not case for case in cases)


def _key(text: str | None) -> str:
    return " ".join((text or "").casefold().split())
