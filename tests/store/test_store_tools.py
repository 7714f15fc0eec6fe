"""The archive in the hands of other tools: Datasette, sqlite-utils, plain SQLite, without any configuration."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from datasette.app import Datasette
from sqlite_utils.cli import cli
from store_samples import Maker, article

from archive import store
from archive.model import Found, PageKind


@pytest.fixture
def path(archive: store.Archive) -> Path:
    maker = Maker(archive.db)
    found = (Found("https://example.org/a", PageKind.PAGE, position=1),)
    maker.commit(
        maker.page("https://example.org/", 1, kind=PageKind.FRONT, found=found),
        maker.page(
            "https://example.org/a", 2, article("The café opened.", headline="Apples", authors=("Ada Byron",))
        ),
        maker.page("https://example.org/b", 3, article("It's covid-19.", headline="Pears")),
    )
    archive.close()
    return archive.folder / "archive.db"


def get(path: Path, *urls: str) -> list[Any]:
    async def ask() -> list[Any]:
        datasette = Datasette([str(path)])
        await datasette.invoke_startup()
        return [await datasette.client.get(url) for url in urls]

    return asyncio.run(ask())


def test_datasette_lists_the_tables_and_hides_the_indexes(path: Path) -> None:
    (answer,) = get(path, "/archive.json")
    tables = {t["name"]: t["hidden"] for t in answer.json()["tables"]}
    assert all(hidden == ("fts" in name) for name, hidden in tables.items())
    assert {"site", "url", "capture", "version", "article", "attempt", "sighting"} <= set(tables)
    assert {v["name"] for v in answer.json()["views"]} == {"articles", "frontier"}


def test_datasette_searches_the_view_of_articles(path: Path) -> None:
    *answers, page = get(
        path,
        "/archive/articles.json?_shape=array",
        "/archive/articles.json?_shape=array&_search=cafe",
        "/archive/articles.json?_shape=array&_search=covid-19",
        "/archive/articles.json?_shape=array&_search=apples",
        "/archive/articles.json?_shape=array&_search=nothing",
        "/archive/articles?_search=caf%C3%A9",
    )
    assert [[row["headline"] for row in a.json()] for a in answers] == [
        ["Apples", "Pears"], ["Apples"], ["Pears"], ["Apples"], [],
    ]  # fmt: skip
    assert page.status_code == 200
    assert 'name="_search"' in page.text
    assert "Apples" in page.text
    assert "Pears" not in page.text


def test_datasette_links_rows_by_readable_names(path: Path) -> None:
    pages = get(
        path, *(f"/archive/{t}" for t in ("capture", "version", "sighting", "attempt", "version_author", "url"))
    )
    assert {page.status_code for page in pages} == {200}
    capture, version, sighting, attempt, version_author, url = (page.text for page in pages)
    assert '<a href="/archive/url/2">https://example.org/a</a>' in capture
    assert '<a href="/archive/version/1">Apples</a>' in capture
    assert '<a href="/archive/warc_file/1">BROADSHEET-' in capture
    assert '<a href="/archive/article/1">https://example.org/a</a>' in version
    assert '<a href="/archive/feed/1">front</a>' in sighting
    assert '<a href="/archive/url/3">https://example.org/b</a>' in attempt
    assert '<a href="/archive/author/1">Ada Byron</a>' in version_author
    assert '<a href="/archive/site/1">example</a>' in url


def test_sqlite_utils_reads_and_searches(path: Path) -> None:
    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(cli, [arguments[0], str(path), *arguments[1:]], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.output)

    assert {"table": "article", "count": 2} in run("tables", "--counts")
    assert {row["headline"] for row in run("rows", "articles")} == {"Apples", "Pears"}
    assert run("query", "select headline from articles where authors = 'Ada Byron'") == [{"headline": "Apples"}]
    assert [row["headline"] for row in run("search", "articles_fts", "cafe")] == ["Apples"]
    assert [row["headline"] for row in run("search", "articles_fts", "covid-19", "--quote")] == ["Pears"]


def test_plain_sqlite_is_enough(path: Path) -> None:
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT headline FROM articles ORDER BY headline").fetchall() == [
        ("Apples",),
        ("Pears",),
    ]
    sql = "SELECT headline FROM articles WHERE rowid IN (SELECT rowid FROM articles_fts('opened') ORDER BY rank)"
    assert connection.execute(sql).fetchall() == [("Apples",)]
    connection.execute("DELETE FROM sighting")
    connection.execute("UPDATE url SET article_id = NULL")
    connection.execute("UPDATE capture SET version_id = NULL")
    connection.execute("DELETE FROM article WHERE article_id = 1")  # foreign keys are off in the shell
    assert connection.execute("SELECT count(*) FROM articles_fts('opened')").fetchone() == (0,)
    connection.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)")
    connection.close()


def test_importing_the_store_does_not_import_its_heavy_parts() -> None:
    code = "import sys, archive.store; print(sorted({m.partition('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for heavy in ("sqlite_utils", "lxml", "trafilatura", "scrapy", "dateparser", "click"):
        assert f"'{heavy}'" not in loaded
    assert "'sqlite3'" in loaded
