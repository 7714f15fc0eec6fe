"""Commands that explain what is held."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli_parts import archive_option, json_option, open_folder, print_json
from archive.errors import NotFound

if TYPE_CHECKING:
    from archive.model import Extraction, Recipe
    from archive.store import Archive, UrlTrace
    from archive.why import Why


@click.command()
@click.argument("ref", metavar="ID|URL")
@click.argument("field", required=False)
@archive_option
@json_option
def why(ref: str, field: str | None, archive_path: Path | None, as_json: bool) -> None:
    """Where an article's fields come from: source, losing candidates, what was removed, the WARC record.

    FIELD shows one field in full: headline, authors, date_published, article_body ... Of a URL that shows no
    article it tells what was captured, or why nothing was.
    """
    from archive.store import article, trace_url
    from archive.why import known_field, why_article, why_url

    name = known_field(field) if field else None
    with open_folder(archive_path) as archive:
        try:
            found = why_article(article(archive.db, ref))
        except NotFound as no_article:
            try:
                trace = trace_url(archive.db, ref)
                found = why_url(trace, _read_again(archive, trace))
            except NotFound:
                raise no_article from None
    if name and not found.fields:
        raise NotFound(f"{found.url} is no article: {found.verdict or found.error}", hint="so it has no fields")
    _print(found, name, as_json)


def _read_again(archive: Archive, trace: UrlTrace) -> Extraction | None:
    """What the newest capture of a URL says, with the recipe of today; None if it is no page, or cannot be read."""
    capture = trace.capture
    if capture is None or capture.verdict is None or capture.record_type != "response":
        return None
    from archive.extraction_json import loads
    from archive.model import PageKind
    from archive.reread import Reading, Task, work
    from archive.rules.load import of_archive
    from archive.store.citing import warc_path

    rules = of_archive(archive.folder).of_page(capture.url)
    task = Task(
        capture.capture_id, str(warc_path(archive, capture.warc_file)), capture.offset, capture.length,
        capture.record_id, capture.block_digest, capture.url, PageKind(trace.kind), rules,
    )  # fmt: skip
    reading = work(task)
    return loads(reading.extraction) if isinstance(reading, Reading) and reading.extraction else None


def print_why_extraction(
    extraction: Extraction, where: str, recipe: Recipe, field: str | None, as_json: bool
) -> None:
    """The same of a page without an archive."""
    from archive.why import known_field, why_extraction

    name = known_field(field) if field else None
    _print(why_extraction(extraction, where, recipe.sha256), name, as_json)


def _print(found: Why, name: str | None, as_json: bool) -> None:
    from archive.why_text import why_text

    if as_json:
        print_json(found.as_json(name))
    else:
        click.echo(why_text(found, name))
