"""What an article page says, known because we wrote it: the yardstick for extraction, crawls and benchmarks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from crawler.demo.edits import Edit
from crawler.demo.layout import Page
from crawler.demo.styles import stated_dates


@dataclass(frozen=True, slots=True)
class TruthEdit:
    """An edit made so far, as the page shows it. `at`: RFC 3339.

    `kind` (as `revision.kind` of an archive): typographic | addition | removal | correction | rewrite | headline-only
    | deleted. `acknowledged`: notice | modified-date | both; None: silent. `before`, `after`: the text that was
    replaced, paragraphs on lines; empty where text only came or went.
    """

    at: str
    kind: str
    acknowledged: str | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Truth:
    """One published article page. Times are RFC 3339 with the publisher's offset; a day where the page has no more.

    `article_body`: paragraphs, sub-headings, list items and block quotes of the body, one a line. Pull quotes,
    captions, standfirst, related links, prompts, comments, author boxes and entry times are no part of it.
    """

    publisher: str
    host: str
    house_style: str
    url: str
    headline: str
    description: str | None  # the standfirst; None where a page has none
    authors: tuple[str, ...]
    date_published: str
    date_modified: str | None
    article_body: str
    section: str
    language: str
    kind: str  # article | live-blog | gallery | opinion | wire | paywall
    listed: str  # everywhere | sitemap-only | section-only
    allowed_by_robots: bool
    wire: str = ""  # the same for all articles that carry one wire story; empty: no wire story
    edits: tuple[TruthEdit, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON lines."""
        return asdict(self)


def truth_of(page: Page) -> Truth:
    """The truth of a page that `styles` lays out."""
    card, article = page.card, page.article
    published, modified = stated_dates(page)
    return Truth(
        publisher=card.publisher.title,
        host=card.publisher.host,
        house_style=card.publisher.style,
        url=page.url,
        headline=card.headline,
        description=card.description if card.publisher.style != "bare" else None,
        authors=page.names,
        date_published=published,
        date_modified=modified,
        article_body="\n".join(line.text for line in article.body),
        section=page.section,
        language=card.publisher.language,
        kind=card.kind,
        listed=card.reach,
        allowed_by_robots=not card.internal,
        wire=page.wire,
        edits=tuple(_edit(edit, states_changes=modified is not None) for edit in article.edits),
    )


def _edit(edit: Edit, *, states_changes: bool) -> TruthEdit:
    """`states_changes`: this page says when it was modified."""
    dated = edit.dated and states_changes
    acknowledged = {(True, True): "both", (True, False): "notice", (False, True): "modified-date"}
    return TruthEdit(
        edit.at.isoformat(), edit.kind, acknowledged.get((edit.notice, dated)), edit.before, edit.after
    )
