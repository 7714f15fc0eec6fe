"""What the commands share: options, opening the archive, printing JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from archive.locate import archive_folder

if TYPE_CHECKING:
    from archive.store import Archive

_DAY = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)
F = TypeVar("F", bound=Callable[..., Any])


def archive_option(function: F) -> F:
    """--archive, the same for every command."""
    return click.option(
        "--archive",
        "archive_path",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="The archive's folder (default: $BROADSHEET_ARCHIVE, the current folder if it is one, or ./news).",
    )(function)


def json_option(function: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")(function)


def url_options(function: F) -> F:
    """--contact and --allow-address of a command that reads a file, or what lies at a URL."""
    contact = click.option("--contact", metavar="ADDRESS", help="For a URL: how the publisher can reach you.")
    allow = click.option(
        "--allow-address", "allow", multiple=True, metavar="NETWORK", help="For a URL: allow this address."
    )
    return contact(allow(function))


def markdown_option(function: F) -> F:
    return click.option("--markdown", is_flag=True, help="Print Markdown (CommonMark).")(function)


def one_form(markdown: bool, as_json: bool, removed: bool) -> None:
    if markdown and (as_json or removed):
        raise click.UsageError("--markdown goes with neither --json nor --removed")


def print_article(values: dict[str, Any], removed: bool, markdown: bool) -> None:
    """A record as a page to read, or as Markdown."""
    from archive.markdown import article_markdown
    from archive.render import article_text

    click.echo(article_markdown(values) if markdown else article_text(values, removed=removed))


def print_json(value: Any) -> None:
    """One line; a dataclass as an object."""
    is_record = is_dataclass(value) and not isinstance(value, type)
    click.echo(json.dumps(asdict(value) if is_record else value, ensure_ascii=False))


def day(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A day or the beginning of one."""
    if value is None:
        return None
    try:
        if not _DAY.fullmatch(value.strip()):
            raise ValueError
        date.fromisoformat((value.strip() + "-01-01")[:10])
    except ValueError:
        raise click.BadParameter(f"{value!r} is no date: write 2024, 2024-05 or 2024-05-17") from None
    return value.strip()


def moment_or_day(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A time with its zone, a day, or the beginning of one, as `archive.store` takes them."""
    from archive.errors import BadInput
    from archive.store.search import date_bound

    try:
        return None if value is None else date_bound(value)
    except BadInput as e:
        raise click.BadParameter(f"{e.message}: {e.hint}") from None


@contextmanager
def open_folder(archive_path: Path | None) -> Iterator[Archive]:
    """The archive that a command means, for reading; damage met on the way is an error for people."""
    from archive.store import open_archive
    from archive.store.transaction import storage_errors

    with open_archive(archive_folder(archive_path)) as archive, storage_errors(archive.db):
        yield archive
