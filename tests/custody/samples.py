"""Archives with a past, made without a network."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.core.samples import KINDS, PARAGRAPH, START, answer, article_page, front_page, small_archive, take_in

CHANGED = article_page(0).replace(b"</article>", PARAGRAPH.format("nought").encode() + b"</article>")


def two_crawls(folder: Path) -> Path:
    """A changed article, one that was confirmed by a 304, revisits of the others, a second one with the text of one."""
    small_archive(folder)
    paths = [f"story/{number}" for number in range(4)]
    answers = {"": answer(front_page(["/" + path for path in paths]))}
    answers |= {path: answer(article_page(number)) for number, path in enumerate(paths)}
    answers |= {"story/0": answer(CHANGED), "story/1": answer(b"", status=304), "copy": answer(article_page(2))}
    take_in(folder, answers, kinds=KINDS, start=START + timedelta(days=1))
    return folder
