"""`broadsheet canary`, for a daily job."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from archive.cli_fixture import rules_of, rules_option
from archive.cli_parts import json_option, print_json
from archive.errors import FixturesDiffer
from archive.render import plain
from crawler.cli_options import allow_option, contact_option, delay_option


@click.command()
@click.argument("paths", metavar="[DIR|FILE]...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--archive", "archive_path", type=click.Path(path_type=Path), metavar="DIR",
    help="Whose sites.toml says how each site is asked (default: a second between two requests).",
)  # fmt: skip
@contact_option
@allow_option
@delay_option
@click.option("--pages", type=click.IntRange(1, 100), default=1, show_default=True, help="So many of each site.")
@rules_option("rules, if there is such a folder here")
@json_option
def canary(
    paths: tuple[Path, ...],
    archive_path: Path | None,
    contact: str | None,
    allow: tuple[str, ...],
    delay: float | None,
    pages: int,
    rules_folder: Path | None,
    as_json: bool,
) -> None:
    """Ask for one page of each site, and check it against its fixture (default: those in ./fixtures).

    Meant for a daily job, apart from the tests: what fails here may be the publisher's doing. Each day has the next
    fixture of each site. What editors change in an article is no failure. Exit code 15 if a page says something else.
    """
    from archive.fixtures.text import change
    from archive.fixtures.update import files
    from crawler.canary import choose, failure, sing

    chosen = choose(files(paths or (Path("fixtures"),)), datetime.now(UTC).date(), pages)
    rules = rules_of(rules_folder, Path("rules"))
    sung = sing(chosen, rules, archive_path, contact=contact, allow=allow, delay_s=delay)
    for one in sung:
        if as_json:
            print_json(one.as_json())
            continue
        said = "as expected" if one.is_well else one.error or "differs"
        click.echo(f"{plain(one.site)}: {plain(said)}: {plain(one.url)}")
        for difference in one.differences:
            click.echo(f"  {difference.field}: {change(difference)}")
    differ = [one for one in sung if one.differences]
    if differ:
        sites = ", ".join(sorted({one.site for one in differ}))
        raise FixturesDiffer(
            f"pages say something else than their fixtures: {sites}",
            hint="look at the pages; if a template changed: docs/add-a-site.md",
        )
    if (lost := failure(sung)) is not None:
        raise lost
