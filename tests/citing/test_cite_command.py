"""`broadsheet cite` as people use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive import store
from archive.cli import cli
from archive.errors import NotFound, UsageError
from tests.citing.commands import ALL_HOLD, checks, cite, run, verify
from tests.core.samples import answer, article_page, take_in


@pytest.fixture
def two_versions(folder: Path) -> Path:
    take_in(folder, {"story/0": answer(article_page(1).replace(b"two hours", b"nine hours"))})
    return folder


def test_another_version(two_versions: Path) -> None:
    with store.open_archive(two_versions) as archive:
        older, newer = store.article(archive.db, 1).versions
    current = json.loads(run("cite", "--archive", two_versions, 1, "--json").stdout)
    assert current["version_id"] == newer.version_id
    former = json.loads(run("cite", "--archive", two_versions, 1, "--version", older.version_id, "--json").stdout)
    assert former["version_id"] == older.version_id and former["record_id"] != current["record_id"]
    for number in (older.version_id, newer.version_id):
        assert checks(verify(two_versions, cite(two_versions, 1, "--version", number))) == ALL_HOLD
    for number in (2, 99, 2**70):
        done = run("cite", "--archive", two_versions, 1, "--version", number, error=NotFound)
        assert f"article 1 has no version {number}" in str(done.exception)
        assert f"it has {older.version_id} (2026-03-02), {newer.version_id} (2026-03-02)" in str(done.exception)


def test_cite_as_a_newcomer(folder: Path, broadsheet: Any) -> None:
    done = broadsheet("cite", "--archive", folder, "1")
    assert done.stdout.splitlines()[0] == (
        "“Bridge 0 is to be mended at last”. The News, 2026-03-01T09:00:00+01:00. https://news.example/story/0"
    )
    assert "urn:pwid:news:2026-03-02T08:00:01Z:part:https://news.example/story/0" in done.stdout
    assert (
        done.stderr.startswith("the citation calls this archive 'news', after its folder")
        and "\n" not in done.stderr.strip()
    )
    (folder / "sites.toml").write_text('archive_id = "news.example.org"\n', encoding="utf-8")
    done = broadsheet("cite", "--archive", folder, "news.example/story/0")
    assert "urn:pwid:news.example.org:2026-03-02" in done.stdout and done.stderr == ""
    done = broadsheet("cite", "--archive", folder, "news.example/no", code=8)
    assert "no article is held of news.example/no" in done.stderr


def test_options_that_do_not_go_together(folder: Path) -> None:
    for words in (("1", "2", "--version", "1"), ("1", "--json", "--format", "bibtex")):
        done = CliRunner().invoke(cli, ["cite", "--archive", str(folder), *words])
        assert done.exit_code == UsageError.exit_code
