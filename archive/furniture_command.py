"""`broadsheet furniture SITE`: what recurs on a site, and what a person decides of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from archive import events
from archive.errors import BadInput
from archive.journal import DECIDED, Event, enter
from archive.render import INDENT, WIDTH, plain, wrap
from archive.store import Archive, open_archive, writer_lock
from archive.store.decisions import FurnitureRecord, furniture, is_unsettled, site_of_name, texts_of

SHOWN = 160  # characters of a line that are printed
_DECIDED = {
    "learnt": "learnt",
    "keep": "keep: a person says that it is text",
    "drop": "drop: a person says that it is furniture",
    "stays": "stays: taken for text",
}


def overrule(
    folder: Path,
    site: str,
    *,
    keep: Sequence[str],
    drop: Sequence[str],
    drop_text: Sequence[str],
    undo: Sequence[str],
) -> str:
    """Enter what a person decided, and let the articles follow -> what came of it, for people.

    :raises NotFound: there is no such site, or it has no such furniture; nothing is decided then.
    :raises BadInput: an id is no number, or is named twice; a text has no word.
    :raises ArchiveLocked: a crawl is writing.
    """
    decisions = {"keep": _ids(keep), "drop": _ids(drop), "learnt": _ids(undo)}
    named = [furniture_id for ids in decisions.values() for furniture_id in ids]
    for furniture_id in named:
        if named.count(furniture_id) > 1:
            raise BadInput(f"furniture {furniture_id} is named twice", hint="decide one way")
    now = datetime.now(UTC)
    with open_archive(folder) as archive:
        site_of_name(archive.db, site)  # a mistake need not wait for the lock
    with writer_lock(folder), open_archive(folder, write=True) as archive:
        site_id = site_of_name(archive.db, site)
        texts = {decision: texts_of(archive.db, site_id, ids) for decision, ids in decisions.items()}
        event = Event(DECIDED, now, {"site": site, "decisions": texts, "dropped_texts": list(drop_text)})
        settled = enter(archive, event, lambda: events.overrule(archive, site, texts, drop_text, now))
    return f"{_counted(settled.versions, 'article')} read differently now"


def _ids(words: Iterable[str]) -> list[int]:
    parts = [part for word in words for part in word.replace(",", " ").split()]
    for part in parts:
        if not (part.isascii() and part.isdigit() and len(part) < 19):
            raise BadInput(
                f"{plain(part)} is no number of a line of furniture", hint="broadsheet furniture lists them"
            )
    return [int(part) for part in parts]


def show_furniture(archive: Archive, site: str, *, also_what_stays: bool) -> tuple[list[FurnitureRecord], str]:
    """-> the lines, and a note that sums them up. Raises NotFound if there is no such site."""
    site_id = site_of_name(archive.db, site)
    records = furniture(archive.db, site_id, also_what_stays=also_what_stays)
    leave = sum(record.decided in ("learnt", "drop") for record in records)
    note = f"{_counted(leave, 'line')} recur{'s' if leave == 1 else ''} on {plain(site)} and leave its articles"
    if leave == 0:
        note = f"nothing that recurs on {plain(site)} is known to be furniture"
    if is_unsettled(archive.db, site_id):
        note += "; pages have come since: the next crawl, or --learn, takes them in"
    return records, note


def furniture_text(record: FurnitureRecord) -> str:
    """One line of furniture for a terminal."""
    text = plain(record.text)
    short = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    first, *more = wrap(short, WIDTH - INDENT)
    number = "" if record.furniture_id is None else str(record.furniture_id)
    facts = f"recurs on {record.articles} of {record.of_articles} articles; {_DECIDED[record.decided]}"
    if record.example_article_id is not None:
        facts += f"; article {record.example_article_id} has it"
    return "\n".join([f"{number:>{INDENT - 2}}  {first}", *(" " * INDENT + line for line in (*more, facts)), ""])


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
