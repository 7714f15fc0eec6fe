"""`broadsheet cite` and `broadsheet verify --citation`: from a version to a citation, and from there to the bytes."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli_parts import archive_option, json_option, open_folder, print_json
from archive.errors import BadInput, DamageFound, NotFound
from archive.render import plain

if TYPE_CHECKING:
    from archive.citation import Citation
    from archive.citation_check import Check, Holdings
    from archive.cited import CitedRecord

FORMS = ("text", "bibtex", "csl-json")
_LONGEST = 64 << 20  # bytes of a bibliography


@click.command()
@click.argument("refs", metavar="ID|URL...", nargs=-1, required=True)
@archive_option
@click.option(
    "--version", "version_id", type=click.IntRange(1), metavar="N", help="Another version, by its number."
)
@click.option(
    "--format", "form", type=click.Choice(FORMS), default="text", show_default=True, help="What to print."
)
@click.option("--archive-id", metavar="NAME", help="What to call the archive (default: archive_id of sites.toml).")
@json_option
def cite(
    refs: tuple[str, ...],
    archive_path: Path | None,
    version_id: int | None,
    form: str,
    archive_id: str | None,
    as_json: bool,
) -> None:
    """Cite articles so that the citation leads back to the bytes, which verify --citation checks.

    The number of a version is its version_id in the database and in what `export versions` writes.
    """
    from archive.citation import citation
    from archive.identity import archive_id as id_of
    from archive.store.citing import site_title, version_of

    if version_id is not None and len(refs) > 1:
        raise click.UsageError("--version goes with one article")
    if as_json and form != "text":
        raise click.UsageError("--json goes without --format; csl-json is JSON, too")
    with open_folder(archive_path) as archive:
        known_as = id_of(archive.folder, archive_id)
        versions = [version_of(archive.db, ref, version_id) for ref in refs]
        cited = [citation(v, known_as.value, site_title(archive.db, v.capture.site)) for v in versions]
    if as_json:
        for one in cited:
            print_json(one)
    else:
        click.echo(_text(cited, form))
    if not known_as.stated:
        click.echo(
            f"the citation calls this archive {known_as.value!r}, after its folder; a lasting name: archive_id at the"
            " top of sites.toml",
            err=True,
        )


def _text(cited: Sequence[Citation], form: str) -> str:
    from archive.bibtex import as_bibtex
    from archive.citation import as_csl, as_text

    if form == "csl-json":
        return json.dumps([as_csl(one) for one in cited], ensure_ascii=False, indent=2)
    return "\n\n".join(as_bibtex(one) if form == "bibtex" else as_text(one) for one in cited)


def verify_citation(given: str, files: Sequence[Path], archive_path: Path | None, as_json: bool) -> None:
    """Check what `given` cites: a text, the name of a file, or - for standard input; in `files` or in the archive.

    :raises DamageFound: the bytes are not what is cited.
    :raises NotFound: a record that is cited is not there.
    """
    from archive.citation_check import ArchiveHoldings, Check, FileHoldings, check
    from archive.cited import read_citations

    records = read_citations(*_given(given))
    wrong, checks, missing = 0, 0, list[NotFound]()
    with ExitStack() as stack:
        holdings: Holdings
        if files:
            holdings = FileHoldings(files, records)
        else:
            holdings = ArchiveHoldings(stack.enter_context(open_folder(archive_path)))
        for record in records:
            if len(records) > 1 and not as_json:
                click.echo(plain(record.name))
            try:
                for one in check(record, holdings):
                    _print_check(record, one, as_json)
                    checks, wrong = checks + 1, wrong + (one.holds is False)
            except NotFound as error:
                missing.append(error)
                if len(records) > 1 or as_json:
                    _print_check(record, Check("record", False, str(error)), as_json)
    if wrong:
        raise DamageFound(
            f"{wrong} of {checks} checks do not hold",
            hint="the lines above say which; broadsheet verify checks all",
        )
    if len(records) == len(missing) == 1:
        raise missing[0]
    if missing:
        raise NotFound(f"{len(missing)} of {len(records)} records that are cited are not there")
    what = "the citation holds" if len(records) == 1 else f"{len(records)} citations hold"
    click.echo(f"{what}: {checks} checks", err=True)


def _print_check(cited: CitedRecord, check: Check, as_json: bool) -> None:
    if as_json:
        print_json({"cited": cited.name, "check": check.what, "holds": check.holds, "detail": check.detail})
    else:
        word = {True: "holds", False: "DIFFERS", None: "unknown"}[check.holds]
        click.echo(plain(f"{word:8} {check.what}: {check.detail}"))


def _given(given: str) -> tuple[str, object]:
    """The text that is meant, and what it is: standard input, a file, or itself."""
    if given == "-":
        return _decoded(sys.stdin.buffer.read(_LONGEST + 1), "standard input")
    itself = f"{given!r}, which is no file," if len(given) < 80 else "this text"
    try:
        path = Path(given)
        if not path.is_file():
            return given, itself
    except (OSError, ValueError):  # no name of a file can be so long, or hold this
        return given, itself
    with path.open("rb") as file:
        return _decoded(file.read(_LONGEST + 1), path)


def _decoded(data: bytes, what: object) -> tuple[str, object]:
    if b"\0" in data[:4096] or len(data) > _LONGEST:
        raise BadInput(
            f"{what} is no citation and no bibliography",
            hint="WARC files stand without an option: verify FILE --citation ...",
        )
    return data.decode("utf-8-sig", "replace"), what
