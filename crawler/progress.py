"""What a person sees of a crawl while it runs: a bar on a terminal, a plain line now and then otherwise."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from archive.model import Outcome, PageKind

if TYPE_CHECKING:
    from rich.progress import TaskID

    from archive.pipeline import Page

EVERY_S = 10.0


class Progress(Protocol):
    """`page` is told of each page on disk, from the writing thread; `close` ends the display."""

    def page(self, page: Page) -> None: ...
    def close(self) -> None: ...


def count(counts: Counter[str], page: Page) -> None:
    counts["fetched"] += bool(page.job.exchanges)
    counts["archived"] += page.outcome in (Outcome.ARCHIVED, Outcome.UNCHANGED)
    counts["articles"] += page.extraction is not None and page.extraction.article is not None
    counts["failed"] += page.next_state == "failed"


def trouble(page: Page) -> str | None:
    """A line on a page that was lost, or archived but not read."""
    if page.next_state == "failed" and page.job.kind != PageKind.ROBOTS:
        reason = page.detail or (f"HTTP {page.status}" if page.status else "")
        return f"{page.outcome}: {page.job.url}" + (f" ({reason})" if reason else "")
    if page.robots is not None and page.robots.status == "disallow-all":
        return (
            f"robots.txt of {page.robots.origin} cannot be read ({page.robots.reason}): its pages are left alone"
        )
    if page.extraction_error and page.extraction is None:
        return f"archived but not read: {page.job.url} ({page.extraction_error})"
    return None


class Troubles:
    """Each line once: a host that is down fails for every page the same way."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def line(self, page: Page) -> str | None:
        text = trouble(page)
        if text is None or text in self._seen:
            return None
        self._seen.add(text)
        return text


class PlainProgress:
    """For logs and crontabs: trouble at once, a count every ten seconds."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._last = time.monotonic()
        self._troubles = Troubles()

    def page(self, page: Page) -> None:
        count(self._counts, page)
        line = self._troubles.line(page)
        if line:
            print(line, file=sys.stderr, flush=True)
        if time.monotonic() - self._last >= EVERY_S:
            self._last = time.monotonic()
            c = self._counts
            print(
                f"{c['fetched']} fetched, {c['articles']} articles, {c['failed']} failed",
                file=sys.stderr,
                flush=True,
            )

    def close(self) -> None:
        pass


class TerminalProgress:
    """A live line at the foot of the terminal, trouble above it."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        self._counts: Counter[str] = Counter()
        self._known: set[int] = set()
        self._troubles = Troubles()
        self._console = Console(stderr=True)
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.completed} of {task.total} known pages"),
            BarColumn(),
            TextColumn("{task.fields[articles]} articles  {task.fields[failed]} failed"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._task: TaskID = self._bar.add_task("crawl", total=0, articles=0, failed=0)
        self._bar.start()

    def page(self, page: Page) -> None:
        count(self._counts, page)
        self._known.add(hash(page.job.url))
        self._known.update(hash(found.url) for found in page.found if found.excluded_by is None)
        line = self._troubles.line(page)
        if line:
            self._console.print(line, markup=False, highlight=False)
        c = self._counts
        self._bar.update(
            self._task, completed=c["fetched"], total=max(len(self._known), c["fetched"]),
            articles=c["articles"], failed=c["failed"],
        )  # fmt: skip

    def close(self) -> None:
        self._bar.stop()


def progress(quiet: bool) -> Progress | None:
    if quiet:
        return None
    return TerminalProgress() if sys.stderr.isatty() else PlainProgress()
