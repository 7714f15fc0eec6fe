"""Commands of custody: the database made again from the WARC files."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from archive.cli_parts import archive_option, json_option, print_json
from archive.errors import DamageFound
from archive.locate import archive_folder


@click.command()
@archive_option
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that read pages (default: one a core).")
@json_option
def rebuild(archive_path: Path | None, workers: int | None, as_json: bool) -> None:
    """Make archive.db again from the files in warc/.

    Articles, versions, outcomes, sightings and exclusions come out as they were; pages are read with the extractor
    and the site rules of today. An old archive.db is kept as archive.db.old. What cannot be read is named and left out;
    the exit code is then 7.
    """
    from archive.rebuild import rebuild as make_again
    from archive.rules.load import of_archive

    folder = archive_folder(archive_path)
    with click.progressbar(length=1, file=sys.stderr, label="rebuilding", hidden=not sys.stderr.isatty()) as bar:

        def progress(done: int, all_: int) -> None:
            bar.length = all_
            bar.update(done - bar.pos)

        found = make_again(folder, of_archive(folder), processes=workers, progress=progress)
    for line in (*found.damaged, *found.strange):
        click.echo(line, err=True)
    if as_json:
        print_json(asdict(found) | {"old_database": str(found.old_database) if found.old_database else None})
    said = (
        f"{found.exchanges} attempts and {found.events} events from {found.files} files: {found.articles} articles"
    )
    kept = f"; the old database is {found.old_database}" if found.old_database else ""
    click.echo(said + kept, err=True)
    if left_out := len(found.damaged) + len(found.strange):
        what = "1 place or file" if left_out == 1 else f"{left_out} places or files"
        raise DamageFound(
            f"{what} could not be read, or not made anything of: not in the new database",
            hint="the lines above name them; broadsheet verify names what is missing",
        )


@click.command()
@click.argument("ref", metavar="ID|URL")
@archive_option
@click.option(
    "--reason", required=True, metavar="TEXT", help="Why: it is kept, and shown to who asks for the article."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def takedown(ref: str, archive_path: Path | None, reason: str, yes: bool, as_json: bool) -> None:
    """Remove an article, on request: all its versions and captures, and what was said of it.

    In its WARC files a note takes the place of each of its records; all else stays as it was. It is not fetched again.
    """
    from archive.takedown import Plan, take_down
    from archive.takedown_text import plan_text, taken_down_text

    def agreed(plan: Plan) -> bool:
        click.echo(plan_text(plan), err=True)
        if yes:
            return True
        if not sys.stdin.isatty():
            raise click.UsageError("takedown asks before it removes anything; without a terminal: --yes")
        return click.confirm("This cannot be undone. Take it down?", err=True)

    done = take_down(archive_folder(archive_path), ref, reason, agreed=agreed)
    if done is None:
        click.echo("nothing was changed", err=True)
        return
    if as_json:
        print_json(done)
    click.echo(taken_down_text(done), err=True)


@click.command()
@archive_option
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--missing-is-lost", is_flag=True, help="Give up WARC files that are not there any more.")
@click.option(
    "--accept-database", is_flag=True, help="Another program changed archive.db on purpose: take it as it is."
)
@json_option
def repair(
    archive_path: Path | None, dry_run: bool, missing_is_lost: bool, accept_database: bool, as_json: bool
) -> None:
    """Set aside what is damaged in the WARC files, and keep the rest.

    What is cut out goes to warc/damaged/. The clean text of a capture that is lost so stays in the database, and a
    note in the file says what was there. A damaged archive.db is for `rebuild`.
    """
    from archive.repair import repair as mend
    from archive.repair_text import repaired_text

    done = mend(
        archive_folder(archive_path),
        dry_run=dry_run,
        missing_is_lost=missing_is_lost,
        accept_database=accept_database,
    )
    if as_json:
        print_json(done)
    click.echo(repaired_text(done, dry_run=dry_run), err=True)
    if done.remaining:
        raise DamageFound(
            f"{len(done.remaining)} of these cannot be mended here", hint="the lines above say what can be done"
        )
