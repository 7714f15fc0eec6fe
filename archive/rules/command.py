"""`broadsheet rules`: site rules explained by line, and tried on a saved page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from archive.errors import BadInput, ConfigInvalid, NotFound
from archive.locate import archive_folder
from archive.render import plain

if TYPE_CHECKING:
    from archive.rules import Rules
    from archive.rules.trial import Trial

F = TypeVar("F", bound=Callable[..., Any])
TEXT = 56  # characters of a text in the table


def _time(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """A day or an RFC 3339 time; UTC where no offset is given."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError as e:
        raise click.BadParameter(f"{value!r} is no time: write 2024-05-31 or 2024-05-31T14:05:00Z") from e
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def captured_option(function: F) -> F:
    """--captured-at, the same for every command that reads a saved page."""
    return click.option(
        "--captured-at",
        callback=_time,
        metavar="TIME",
        help="When a saved page was captured: a day, or an RFC 3339 time (default: now).",
    )(function)


@click.group(name="rules")
def rules_group() -> None:
    """Site rules: what to keep, drop and read on the pages of one site (docs/site-rules.md)."""


@rules_group.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE|DIR]...")
@click.option(
    "--archive",
    "archive_path",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The archive whose rules are checked if no FILE is named.",
)
@click.option("--page", type=click.Path(path_type=Path), metavar="FILE", help="Try the rules on this saved page.")
@click.option("--url", help="Where the page comes from; with --page.")
@captured_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
def check(
    files: tuple[Path, ...],
    archive_path: Path | None,
    page: Path | None,
    url: str | None,
    captured_at: datetime | None,
    as_json: bool,
) -> None:
    """Explain every mistake in rules by file, line and column; with --page, show what they find there.

    Exit code 0: no mistake (advice is none); 10: a mistake; 8: no rule is for the page, or what they keep is not on
    it; 9: a file that is not there.
    """
    from archive.rules import load

    if (page is None) != (url is None):
        raise click.UsageError("--page and --url belong together: rules are chosen by the page's address")
    folder = archive_folder(archive_path)
    if not files and page is None and folder.is_dir() and not (folder / load.FOLDER).exists():
        click.echo(f"{folder} has no rules, and needs none", err=True)
        return
    chosen = list(files) or [folder / load.FOLDER]
    rules, mistakes = load.check(chosen)
    for mistake in mistakes:
        click.echo(json.dumps(asdict(mistake), ensure_ascii=False) if as_json else plain(str(mistake)))
    wrong = sum(not mistake.advice for mistake in mistakes)
    names = load.files(chosen)
    if not names:
        raise BadInput(f"{' '.join(map(str, chosen))} holds no *.toml", hint="name a file of rules, or its folder")
    if wrong:
        raise ConfigInvalid(
            f"{_counted(wrong, 'mistake')} in {_counted(len(names), 'file')}",
            hint="the lines above say where and what to do",
        )
    if page is None or url is None:
        click.echo(
            f"no mistakes: {_counted(len(rules.rules), 'rule')} in {_counted(len(names), 'file')}", err=True
        )
        return
    _try(rules, page, url, captured_at or datetime.now(UTC), as_json)


def _try(rules: Rules, page: Path, url: str, captured_at: datetime, as_json: bool) -> None:
    from archive.bulk import read_page
    from archive.rules.trial import attempt

    trial = attempt(read_page(page), url, captured_at, rules)
    if as_json:
        click.echo(json.dumps(trial.as_json(), ensure_ascii=False))
    else:
        click.echo("\n".join(map(plain, lines_of(trial))))
    if not trial.applied:
        raise NotFound(f"no rule is for {url} captured on {captured_at.date()}", hint="host, path, from and until")
    if trial.kept_nothing:
        raise NotFound(f"nothing that keep names is in {page}", hint="the page is read the general way")


def lines_of(trial: Trial) -> list[str]:
    """The trial for a terminal."""
    out = [f"rules for this page: {'; '.join(trial.applied) or 'none'}"]
    out += [f"not for it: {why}" for why in trial.passed]
    if trial.matches:
        out += ["", "What the selectors find"]
    width = min(40, max((len(m.selector) for m in trial.matches), default=0))
    for m in trial.matches:
        what = f"{m.count} x {m.element}" if m.element else str(m.count) if m.count else "nothing"
        out.append(f"  {m.word:<14}  {m.selector:<{width}}  {what:<20}  {_cut(m.text or '')}".rstrip())
    return [*out, "", "What the page says with these rules", *_values(trial)]


def _values(trial: Trial) -> Iterator[str]:
    for v in trial.values:
        was = f"  (without: {_cut(v.before) or 'nothing'})" if v.before is not None else ""
        yield _row(v.field, (_cut(v.value) or "nothing") + was, v.ruled)
    words = sum(len(line.split()) for line in trial.lines)
    size = f"{_counted(len(trial.lines), 'line')}, {_counted(words, 'word')}"
    yield _row("body", size, trial.body_by_rule)
    if trial.lines:
        yield _row("first line", _cut(trial.lines[0]))
        yield _row("last line", _cut(trial.lines[-1]))
    if trial.dropped:
        yield _row("dropped", _counted(trial.dropped, "line"), True)
    yield _row("verdict", trial.verdict)
    if trial.error:
        yield _row("note", trial.error)


def _row(name: str, value: str, by_rule: bool = False) -> str:
    return f"  {'rule' if by_rule else '':<6}{name:<16}  {value}"


def _cut(text: str) -> str:
    return text if len(text) <= TEXT else text[: TEXT - 1] + "…"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
