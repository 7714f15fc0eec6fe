"""The page on importing: its commands run, and what it shows is printed."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

from archive import store
from tests.conftest import run_broadsheet
from tests.custody import writers
from tests.test_docs import ROOT, commands


def test_the_page_on_importing_runs(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    store.create(tmp_path / "news")
    old = writers.heritrix(tmp_path / "old.warc.gz", writers.articles(1, 2, 3))
    (tmp_path / "crawls").mkdir()
    shutil.copy(old, tmp_path / "crawls")
    inner = writers.browsertrix(tmp_path / "data.warc.gz", writers.articles(4, 5))
    writers.wacz(tmp_path / "crawl.wacz", [inner])
    writers.news_crawl(tmp_path / "big.warc.gz", writers.articles(6))
    writers.heritrix(
        tmp_path / "gazette-2015.warc.gz", writers.articles(7, path="gazette"), date="2015-01-01T00:00:00Z"
    )
    first, *others = [words for words in commands(text) if words]
    done = run_broadsheet(*first, cwd=tmp_path)
    assert done.stdout + done.stderr.splitlines()[-1] in text
    said = [run_broadsheet(*words, cwd=tmp_path).stdout for words in others]
    assert len(said) == 5 and '"state": "known"' in said[-1]
    with store.open_archive(tmp_path / "news") as archive:
        assert archive.db.execute("SELECT count(*) FROM articles").fetchone() == (7,)


def test_its_commands_are_those_of_the_command_line() -> None:
    """Every option of the command is explained in the page or by its help."""
    text = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    for option in ("--reference", "--dry-run", "--site", "--json"):
        assert option in text
    help_text = run_broadsheet("import", "--help").stdout
    for word in shlex.split("--copy --reference --site --dry-run --workers --json --archive"):
        assert word in help_text
