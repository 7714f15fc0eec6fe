"""Pages of made-up sites as lines, for what is learnt from many of them."""

from __future__ import annotations

from collections.abc import Sequence

from lxml.html import HtmlElement, fromstring

from archive.extract.evidence import gather
from archive.extract.furniture import Furniture, Seen, apply, learn
from archive.extract.outline import Around, Line

_BLOCK: HtmlElement = fromstring("<p>x</p>")


def line(text: str, *, linked: bool = False, heading: bool = False) -> Line:
    """A line of a page's outline."""
    return Line(text, Around.HEADING if heading else Around.PARAGRAPH, _BLOCK, len(text), len(text) * linked, 0)


def own(article: int, number: int) -> str:
    """Line `number` of an article's own text, which no other article has."""
    return f"Report {article} says in its part {number} what the harbour board of town {article} has to say to it."


def own_text(article: int, lines: int = 8) -> list[str]:
    return [own(article, number) for number in range(lines)]


def seen(
    article: int | str,
    body: Sequence[str],
    *,
    beside: Sequence[Line] = (),
    headings: Sequence[str] = (),
    linked: Sequence[str] = (),
    authors: Sequence[str] = (),
) -> Seen:
    """A page with this body; `headings` and `linked` name lines of it."""
    page = [line(text, heading=text in headings, linked=text in linked) for text in body]
    name = article if isinstance(article, str) else f"https://harbour.example/{article:05}"
    return Seen(name, gather([*page, *beside], body, authors))


def left(pages: Sequence[Seen], body: Sequence[str]) -> dict[str, str]:
    """{line that leaves the body: reason}, after learning from the pages."""
    return {body[i]: why for i, why in apply(body, Furniture(learn(pages).furniture)).items()}
