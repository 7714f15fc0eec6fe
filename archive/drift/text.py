"""What `broadsheet drift` prints."""

from __future__ import annotations

from itertools import zip_longest

from archive.drift.find import Change, Side
from archive.drift.look import SiteDrift, why_command
from archive.drift.template import TemplateChange
from archive.render import columns, plain, wrap
from archive.rhythm import least_cases
from archive.store.observed import Observed

SHOWN_PARTS = 3  # of a template's change, without --show
COLUMN = 44  # of two side by side
FIELDS = (
    "verdict", "headline", "description", "authors", "byline_raw", "date_published", "date_published_offset",
    "date_modified", "article_section", "keywords", "in_language", "publisher", "is_accessible_for_free", "image",
    "image_caption", "canonical_url", "words", "body_source", "article_body",
)  # fmt: skip
LONGEST = 240  # characters of a value that is shown


def site_text(found: SiteDrift, *, show: bool = False) -> str:
    """All that changed on a site, the losses first; `show`: with each two pages side by side, once."""
    lasting = len(found.got_worse)
    head = f"{plain(found.site)}: {found.of_these} of {found.pages} pages since {found.since}"
    if lasting:
        head += f"; {lasting} field{'s' if lasting != 1 else ''} got worse"
    elif not found.fields and not found.templates:
        head += f"; {_nothing(found)}"
    lines, shown = [head], set[tuple[str, str]]()
    for change in sorted(
        found.fields, key=lambda change: (not change.worse, change.ended is not None, change.day)
    ):
        lines += [_change_line(change), *_pages(change.before.page, change.after.page, change.field)]
        if show:
            lines += _side_by_side(change.before.page, change.after.page, shown)
    for template in found.templates:
        lines += [*_template_lines(found, template, show), *_pages(template.before, template.after)]
        if show:
            lines += _side_by_side(template.before, template.after, shown)
    return "\n".join(lines)


def _nothing(found: SiteDrift) -> str:
    """Why nothing is told: that may be since nothing could be."""
    if not found.of_these:
        return "nothing to compare"
    least = least_cases()
    return "nothing changed" if found.pages >= least else f"too few to tell a change, which takes {least} pages"


def _change_line(change: Change) -> str:
    mark = "worse" if change.worse else "other"
    now = f", now from {plain(change.now)}" if change.now else ""
    over = f"; over by {change.ended}" if change.ended else ""
    counts = f"{_share(change.after)}, {_share(change.before)} before"
    return f"  {change.day}  {mark}  {change.field}: {plain(change.words)} {counts}{now}{over}"


def _share(side: Side) -> str:
    return f"{side.good} of {side.of}"


def _pages(before: Observed, after: Observed, field: str | None = None) -> list[str]:
    return [
        f"    {name} {page.captured_at[:16]}Z  {plain(why_command(page, field))}"
        for name, page in (("before", before), ("after ", after))
    ]


def _template_lines(found: SiteDrift, template: TemplateChange, show: bool) -> list[str]:
    lost = sorted({change.field for change in found.with_template(template)})
    what = f"with it {', '.join(lost)} got worse" if lost else "fields as before"
    lines = [f"  {template.day}  template changed, {what}"]
    most = None if show else SHOWN_PARTS
    for sign, parts in (("-", template.gone), ("+", template.new)):
        lines += [f"    {sign} {plain(part)}" for part in parts[:most]]
        if most is not None and len(parts) > most:
            lines.append(f"    {sign} {len(parts) - most} more parts: --show")
    return lines


def _side_by_side(before: Observed, after: Observed, shown: set[tuple[str, str]]) -> list[str]:
    if (before.url, after.url) in shown:
        return []
    shown.add((before.url, after.url))
    lines = []
    for name in FIELDS:
        left, right = (_column(getattr(page, name)) for page in (before, after))
        for number, (one, other) in enumerate(zip_longest(left, right, fillvalue="")):
            label = name if number == 0 else ""
            gap = " " * max(COLUMN - columns(one), 0)
            lines.append(f"    {label:<22}  {one}{gap}  {other}".rstrip())
    return lines


def _column(value: object) -> list[str]:
    if value is None:
        return ["-"]
    text = plain(value)
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return [line[at : at + COLUMN] for line in wrap(short, COLUMN) for at in range(0, len(line), COLUMN)] or ["-"]
