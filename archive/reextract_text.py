"""`broadsheet reextract` as text: what a run came to, what drafts would change, and a bar while it runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from archive.comparison import ArticleChange, Failure, FieldComparison, Sample, SiteComparison
from archive.field_changes import BODY
from archive.render import plain
from archive.why_text import cut, table

if TYPE_CHECKING:
    from archive.reextract import Run

WIDTH = 100
SAMPLE_ROWS = 20  # articles and failures that are named for each site
INDENT = "  "


def run_text(run: Run) -> str:
    """One line: every page of the part that was asked for is in one of the counts."""
    parts = [f"{counted(run.pages, 'page')}: {run.read} read"]
    if run.read:
        parts[0] += f" in {run.seconds:.1f} s, {run.differ} of them differ from what is shown"
    if run.failed:
        parts.append(f"{run.failed} of them could not be read")
    if run.damaged:
        parts.append(f"{run.damaged} with a damaged record")
    if run.left:
        parts.append(f"{run.left} still to be read")
    if unchanged := run.pages - run.todo:
        parts.append(f"{unchanged} had been read with this recipe")
    return "; ".join(parts)


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def comparison_text(site: SiteComparison, *, width: int = WIDTH) -> str:
    """What would change on one site."""
    parts = [
        f"{plain(site.site)}: {counted(site.pages, 'page')} compared, {site.same} say the same, {site.differ} differ"
        + (f", {site.failed} could not be read" if site.failed else ""),
        f"{INDENT}words of all bodies: {site.words_before} before, {site.words_after} after",
    ]
    if site.fields:
        rows = [(name, *map(str, (f.gained, f.lost, f.changed))) for name, f in site.fields.items()]
        parts.append(indented(table(rows, width, head=("field", "gained", "lost", "changed"))))
    for sign, word, changes in (("+", "appear", site.appear), ("-", "vanish", site.vanish)):
        if changes:
            parts.append("\n".join(_articles(sign, word, changes, width)))
    if site.failures:
        parts.append("\n".join(_failures(site.failures)))
    parts += ["\n".join(_samples(name, found, width)) for name, found in site.fields.items() if found.samples]
    return "\n\n".join(parts) + "\n"


def indented(text: str) -> str:
    return "\n".join(INDENT + line for line in text.split("\n"))


def _articles(sign: str, word: str, changes: Sequence[ArticleChange], width: int) -> Iterator[str]:
    yield f"{INDENT}{counted(len(changes), 'article')} would {word}"
    for change in changes[:SAMPLE_ROWS]:
        read_as = f" (the page is read as {change.verdict})" if word == "vanish" else ""
        yield f"{INDENT * 2}{sign} {cut(plain(change.headline or '(no headline)'), width - 6)}"
        yield f"{INDENT * 3}{plain(change.url)}{read_as}"
    yield from _more(len(changes))


def _failures(failures: Sequence[Failure]) -> Iterator[str]:
    shows = "it shows" if len(failures) == 1 else "they show"
    yield f"{INDENT}{counted(len(failures), 'page')} could not be read; what {shows} stays"
    for failure in failures[:SAMPLE_ROWS]:
        yield f"{INDENT * 2}{plain(failure.url)}  {failure.captured_at[:10]}"
        yield f"{INDENT * 3}{plain(failure.error)}"
    yield from _more(len(failures))


def _more(number: int) -> Iterator[str]:
    if number > SAMPLE_ROWS:
        yield f"{INDENT * 2}and {number - SAMPLE_ROWS} more: --json shows all"


def _samples(name: str, found: FieldComparison, width: int) -> Iterator[str]:
    yield f"{INDENT}{name}"
    for sample in found.samples:
        article = f"article {sample.article_id}  " if sample.article_id is not None else ""
        yield f"{INDENT * 2}{sample.change}: {article}{plain(sample.url)}  {sample.captured_at[:10]}"
        for line in _sides(name, sample):
            yield f"{INDENT * 3}{cut(plain(line), 4 * width)}"


def _sides(name: str, sample: Sample) -> Iterator[str]:
    if name == BODY and sample.diff is not None:
        yield sample.diff
        return
    if sample.change != "gained":
        yield f"- {shown_value(sample.old)}"
    if sample.change != "lost":
        yield f"+ {shown_value(sample.new)}"


def shown_value(value: Any) -> str:
    """A field's value for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


class Plain:
    """Only what went wrong, a line each."""

    def begin(self, todo: int) -> None:
        pass

    def page(self, run: Run) -> None:
        pass

    def trouble(self, line: str) -> None:
        print(plain(line), file=sys.stderr, flush=True)

    def close(self) -> None:
        pass


class Bar:
    """A bar at the foot of a terminal, and what went wrong above it."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.completed} of {task.total} pages"),
            BarColumn(),
            TextColumn("{task.fields[differ]} differ  {task.fields[failed]} failed"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task("reextract", total=None, differ=0, failed=0)

    def begin(self, todo: int) -> None:
        self._bar.update(self._task, total=todo)
        self._bar.start()

    def page(self, run: Run) -> None:
        done = run.read + run.damaged
        self._bar.update(self._task, completed=done, differ=run.differ, failed=run.failed + run.damaged)

    def trouble(self, line: str) -> None:
        self._console.print(plain(line), markup=False, highlight=False)

    def close(self) -> None:
        self._bar.stop()


def progress() -> Plain | Bar:
    return Bar() if sys.stderr.isatty() else Plain()
