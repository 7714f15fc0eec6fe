"""Looks for drift in an archive: reads the pages of a site, hands them to `find` and `template`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from shlex import quote
from typing import TYPE_CHECKING, Any

from archive import codings
from archive.drift.find import Change, Side, changes, start_of
from archive.drift.template import TemplateChange, template_changes
from archive.errors import BadInput
from archive.pipeline import MAX_PAGE_BYTES
from archive.store.citing import warc_path
from archive.store.observed import Observed, observed, sites
from archive.warc.reader import Damage, read_record

if TYPE_CHECKING:
    from archive.store import Archive

DAYS = 7  # that are looked at, up to the newest page of the site
NEAR_DAYS = 1  # between the first page of a new template and the first that lost a field


@dataclass(frozen=True, slots=True)
class SiteDrift:
    """What changed on a site since a day. `pages` were looked at, `of_these` since then; both 0 if none is held."""

    site: str
    since: str  # YYYY-MM-DD, UTC
    pages: int
    of_these: int
    fields: tuple[Change, ...] = ()
    templates: tuple[TemplateChange, ...] = ()

    @property
    def got_worse(self) -> tuple[Change, ...]:
        """Losses that last."""
        return tuple(change for change in self.fields if change.worse and change.ended is None)

    def with_template(self, template: TemplateChange) -> tuple[Change, ...]:
        """The fields that got worse when the template changed."""
        return tuple(change for change in self.fields if change.worse and _is_near(change.day, template.day))


def look(archive: Archive, site: str, since: str | None = None) -> SiteDrift:
    """`site`: a known name; `since`: YYYY-MM-DD, without it `DAYS` days up to the site's newest page."""
    site_id, title = sites(archive.db)[site]
    pages = observed(archive.db, site_id)
    if not pages:
        return SiteDrift(site, since or "", 0, 0)
    newest = date.fromisoformat(pages[-1].day).toordinal()
    since = since or date.fromordinal(max(newest - DAYS + 1, 1)).isoformat()
    start = start_of(pages, since)
    return SiteDrift(
        site, since, len(pages), len(pages) - start,
        tuple(changes(pages, since, frozenset(name for name in (site, title) if name))),
        tuple(template_changes(pages, start, lambda page: page_bytes(archive, page))),
    )  # fmt: skip


def page_bytes(archive: Archive, page: Observed) -> bytes | None:
    """The page as it was captured, its content codings undone; None if its record cannot be read."""
    path = warc_path(archive, page.warc_file)
    if path is None:
        return None
    try:
        answer = read_record(path, page.offset, page.length).response
    except (Damage, BadInput):
        return None
    if answer is None:
        return None
    return codings.decode(answer.payload, answer.content_codings, limit=MAX_PAGE_BYTES).data


def as_json(found: SiteDrift) -> list[dict[str, Any]]:
    """One object for each change: of a field, or of the template."""
    return [*(_field_json(found.site, change) for change in found.fields), *_templates_json(found)]


def _field_json(site: str, change: Change) -> dict[str, Any]:
    return {
        "site": site, "what": "field", "field": change.field, "kind": change.kind, "day": change.day,
        "worse": change.worse, "ended": change.ended, "words": change.words, "now": change.now,
        "p": float(f"{change.p:.2g}"),
        "before": _side(change.before, change.field), "after": _side(change.after, change.field),
    }  # fmt: skip


def _side(side: Side, field: str) -> dict[str, Any]:
    return {"good": side.good, "of": side.of, **_page(side.page, field)}


def _page(page: Observed, field: str | None = None) -> dict[str, Any]:
    return {"url": page.url, "captured_at": page.captured_at, "why": why_command(page, field)}


def _templates_json(found: SiteDrift) -> Sequence[dict[str, Any]]:
    return [
        {
            "site": found.site, "what": "template", "day": template.day,
            "fields": [change.field for change in found.with_template(template)],
            "gone": list(template.gone), "new": list(template.new),
            "before": _page(template.before), "after": _page(template.after),
        }
        for template in found.templates
    ]  # fmt: skip


def why_command(page: Observed, field: str | None = None) -> str:
    """The command that shows where a page's field was read. Of a page that shows no article it tells why."""
    named = f" {field}" if field and field != "verdict" and page.version_id is not None else ""
    return f"broadsheet why {quote(page.url)}{named}"


def _is_near(one: str, other: str) -> bool:
    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days) <= NEAR_DAYS
