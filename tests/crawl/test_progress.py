"""What a person sees while a crawl runs."""

from __future__ import annotations

import io
import sys
from collections import Counter
from dataclasses import replace

import pytest

from archive.model import Outcome, PageKind, Robots
from archive.pipeline import Page, process
from crawler import progress
from crawler.progress import PlainProgress, TerminalProgress, Troubles, count, trouble
from tests.core.samples import SITE, answer, article_page, front_page, job


def lost(outcome: Outcome = Outcome.TIMEOUT, detail: str | None = "45 s") -> Page:
    return process(job(outcome=outcome, attempts=2, detail=detail))


def test_counts() -> None:
    counts: Counter[str] = Counter()
    for page in (process(job(answer(article_page()))), lost(), process(job(answer(b"", status=404)))):
        count(counts, page)
    assert counts == {"fetched": 2, "archived": 1, "articles": 1, "failed": 1}


def test_trouble() -> None:
    assert trouble(process(job(answer(article_page())))) is None
    assert trouble(process(job(outcome=Outcome.TIMEOUT))) is None  # it will be tried again
    assert trouble(lost()) == f"timeout: {SITE}story (45 s)"
    assert trouble(process(job(answer(b"", status=403)))) == f"refused: {SITE}story (HTTP 403)"
    assert trouble(lost(detail=None)) == f"timeout: {SITE}story"
    unread = process(job(answer(article_page())), unread="extraction failed: took longer than 20 s")
    assert "archived but not read" in (trouble(unread) or "")
    robots = replace(lost(), job=job(kind=PageKind.ROBOTS), robots=Robots(SITE, "disallow-all", None, "503"))
    assert "cannot be read (503): its pages are left alone" in (trouble(robots) or "")


def test_each_trouble_once() -> None:
    troubles = Troubles()
    assert troubles.line(lost()) is not None
    assert troubles.line(lost()) is None


def test_plain_lines_now_and_then(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    display = PlainProgress()
    display.page(process(job(answer(article_page()))))
    display.page(lost())
    assert capsys.readouterr().err == f"timeout: {SITE}story (45 s)\n"
    now = 11.0
    display.page(lost())
    assert capsys.readouterr().err == "1 fetched, 1 articles, 2 failed\n"
    display.close()


def test_a_line_at_the_foot_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "300")
    display = progress.progress(quiet=False)
    assert isinstance(display, TerminalProgress)
    display.page(
        process(job(answer(front_page(f"/story/{n}" for n in range(20))), SITE, kind=PageKind.FRONT, depth=0))
    )
    display.page(lost(detail="[bold]as it stands[/bold]"))
    display.close()
    assert "of 22 known pages" in terminal.getvalue()
    assert f"timeout: {SITE}story ([bold]as it stands[/bold])" in terminal.getvalue()


def test_quiet_and_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert progress.progress(quiet=True) is None
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(progress.progress(quiet=False), PlainProgress)
