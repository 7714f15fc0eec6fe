"""House styles. Each has `shell(house, title, head, main)` for any page and `article(page)` for an article.

`STYLES` maps a style's name to its module-like pair; `stated_dates` says which dates an article page states, which
is what a reader of the page can know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crawler.demo.layout import House, Page, iso
from crawler.demo.styles import bare, breaks, cms, graph, microdata, newsline, opengraph, wordpress


@dataclass(frozen=True, slots=True)
class Style:
    """`shell(house, title, head, main)` and `article(page)` give a whole HTML document."""

    shell: Callable[[House, str, str, str], str]
    article: Callable[[Page], str]


STYLES = {
    "cms": Style(cms.shell, cms.article),
    "wordpress": Style(wordpress.shell, wordpress.article),
    "newsline": Style(newsline.shell, newsline.article),
    "microdata": Style(microdata.shell, microdata.article),
    "opengraph": Style(opengraph.shell, opengraph.article),
    "bare": Style(bare.shell, bare.article),
    "graph": Style(graph.shell, graph.article),
    "breaks": Style(breaks.shell, breaks.article),
}


def stated_dates(page: Page) -> tuple[str, str | None]:
    """(published, modified) as the page states them: RFC 3339 with offset, a bare day where it has no more."""
    style, modified = page.house.publisher.style, page.article.modified
    published = page.published
    if style == "bare":
        return (published[:10] if page.card.kind == "opinion" else published), None
    if style in ("cms", "wordpress") or (style == "graph" and (page.unsigned or not page.old_template)):
        return published, iso(modified or page.card.published)
    if style == "graph" or modified is None:
        return published, None
    if style in ("newsline", "breaks", "microdata"):  # their notations have no seconds
        return published, iso(modified.replace(second=0))
    return published, iso(modified)
