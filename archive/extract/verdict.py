"""What a page turned out to be, by the evidence on it."""

from __future__ import annotations

from archive.extract.page import Page
from archive.model import Verdict


def judge(page: Page, lines: list[str]) -> Verdict:
    return Verdict.ARTICLE if lines else Verdict.SCRIPT_SHELL
