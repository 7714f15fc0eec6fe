"""Commands that explain what is held."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli_parts import archive_option, json_option, open_folder, print_json
from archive.errors import NotFound

if TYPE_CHECKING:
    from archive.model import Extraction, Recipe
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
                found = why_url(trace_url(archive.db, ref))
            except NotFound:
                raise no_article from None
    if name and not found.fields:
        raise NotFound(f"{found.url} is no article: {found.verdict or found.error}", hint="so it has no fields")
    _print(found, name, as_json)


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
