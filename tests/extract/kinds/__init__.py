"""Pages of every verdict, of our own writing: in ten languages and in the markups that sites are made of.

`CASES` holds them all. A page is a function without arguments that gives (url, html); its name says what it is and
ends in its language.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from archive.model import Verdict

Page = Callable[[], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Prose:
    author: str
    date: str
    more: str
    site: str
    titles: list[str]
    paragraphs: list[str]

    def p(self, start: int = 0, end: int | None = None) -> str:
        return "".join(f"<p>{escape(x, quote=False)}</p>" for x in self.paragraphs[start:end])


_TABLES = tomllib.loads((Path(__file__).parent / "prose.toml").read_text("utf-8"))
PROSE = {language: Prose(**table) for language, table in _TABLES.items()}
CASES: list[tuple[Verdict, Page]] = []
NAV_WORDS = ("/news", "/world", "/sport", "/culture", "/weather", "/shop")


def case(verdict: Verdict) -> Callable[[Page], Page]:
    """Puts a page among `CASES`."""

    def keep(page: Page) -> Page:
        CASES.append((verdict, page))
        return page

    return keep


def ld(**node: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@context": "https://schema.org", **node})}</script>'


def nav(language: str) -> str:
    titles = [x.split(" ")[0][:14] for x in PROSE[language].titles]
    links = "".join(f'<li><a href="{path}">{word}</a></li>' for path, word in zip(NAV_WORDS, titles, strict=False))
    return f'<header><a href="/">{PROSE[language].site}</a><nav><ul>{links}</ul></nav></header>'


def foot(language: str) -> str:
    return (
        f'<footer><a href="/imprint">{PROSE[language].site}</a> © 2026 <a href="/terms">AGB · Terms</a></footer>'
    )


def page(language: str, title: str, body: str, head: str = "", *, bare: bool = False) -> str:
    top, bottom = ("", "") if bare else (nav(language), foot(language))
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{top}{body}{bottom}</body></html>"
    )


def teasers(language: str, form: str, *, start: int = 0, path: str = "/2026/10/{}-story.html") -> str:
    """Eight teasers; `form` has {url}, {title}, {text} and {more}."""
    t = PROSE[language]
    return "".join(
        form.format(url=path.format(4100 + i), title=title, text=t.paragraphs[i % 5], more=t.more, date=t.date)
        for i, title in enumerate(t.titles[start:], start)
    )


from tests.extract.kinds import articles, lists, live, messages, pictures, walls  # noqa: E402

MODULES = (articles, lists, live, messages, pictures, walls)
