"""Rules of an archive in a crawl on loopback, in recovery, and what happens to the recipe."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive import store
from archive.pipeline import process
from archive.recover import recover_archive
from archive.rules import Rules
from archive.warc.writer import WarcWriter
from tests.core.samples import SCOPE, answer, exchange, job
from tests.crawl.site import GOOD_PAGES, Site, serve
from tests.rules.samples import FIRST, PAGE, RULE, SECOND, THIRD, rules_of

HTML = {"Content-Type": "text/html; charset=utf-8"}
LOCAL = RULE.replace("tidewater.example", "127.0.0.1")


@pytest.fixture
def site() -> Any:
    pages = {"/news/bridge": (200, HTML, PAGE.encode())}
    with serve(pages, "/news/bridge") as running:
        yield running


def crawl(site: Site, folder: Path, broadsheet: Any, *, code: int = 0) -> Any:
    words = ("--archive", folder, "--allow-address", "loopback", "--delay", "0", "--quiet")
    return broadsheet("crawl", site.url, *words, code=code)


def with_rules(folder: Path, text: str) -> Path:
    store.create(folder)
    (folder / "rules").mkdir()
    (folder / "rules" / "local.toml").write_text(text)
    return folder


def rows(folder: Path, query: str) -> list[Any]:
    with store.open_archive(folder) as archive:
        return list(archive.db.execute(query))


BRIDGE = "FROM articles JOIN version USING (version_id) WHERE articles.url LIKE '%/news/bridge'"


def test_a_crawl_follows_the_rules_of_its_archive(tmp_path: Path, site: Site, broadsheet: Any) -> None:
    folder = with_rules(tmp_path / "news", LOCAL.replace("[[rule]]", '[[rule]]\npath = "/news/*"'))
    crawl(site, folder, broadsheet)
    ((headline, body, source),) = rows(
        folder, f"SELECT version.headline, version.article_body, version.body_source {BRIDGE}"
    )
    assert (headline, source) == ("Old bridge to be mended after all", "site-rule")
    assert body.split("\n") == [FIRST, SECOND, THIRD]
    removed = rows(folder, "SELECT text, reason FROM removed WHERE reason LIKE 'site rule%'")
    assert [tuple(row) for row in removed] == [("Read more: the ferry is late again", "site rule: drop .c-more")]
    chosen = rows(folder, "SELECT field FROM field_source WHERE source = 'site-rule' AND chosen ORDER BY field")
    assert [field for (field,) in chosen] == [
        "article_section",
        "authors",
        "date_published",
        "description",
        "headline",
    ]
    made = "SELECT DISTINCT coalesce(body_source, ''), definition FROM version JOIN recipe USING (recipe_id)"
    recipes = dict(rows(folder, made))
    assert json.loads(recipes["site-rule"])["rules"]["keep"] == ["div.c-text"]
    assert sum("rules" in json.loads(definition) for definition in recipes.values()) == 1
    ((articles,),) = rows(folder, "SELECT count(*) FROM articles")
    assert articles == GOOD_PAGES + 1


def test_a_crawl_with_a_mistake_in_its_rules_does_not_begin(tmp_path: Path, site: Site, broadsheet: Any) -> None:
    folder = with_rules(tmp_path / "news", '[[rule]]\nhost = "127.0.0.1"\nkepp = "p"\n')
    done = crawl(site, folder, broadsheet, code=10)
    file = folder / "rules" / "local.toml"
    assert done.stderr == (
        f"broadsheet: {file}, line 3: unknown word 'kepp'; did you mean 'keep'? "
        f"(broadsheet rules check {folder / 'rules'})\n"
    )
    assert site.hits == []
    assert broadsheet("rules", "check", "--archive", folder, code=10).stdout.startswith(f"{file}:3:1: ")


def test_rules_that_find_nothing_lose_nothing_and_are_told(tmp_path: Path, site: Site, broadsheet: Any) -> None:
    folder = with_rules(tmp_path / "news", '[[rule]]\nhost = "127.0.0.1"\nkeep = ".gone"\n')
    crawl(site, folder, broadsheet)
    ((articles,),) = rows(folder, "SELECT count(*) FROM articles")
    assert articles == GOOD_PAGES + 1
    told = rows(folder, "SELECT DISTINCT extraction_error FROM capture WHERE verdict = 'article'")
    assert [error for (error,) in told] == ["site rule: keep '.gone' matches nothing"]


def test_extract_of_a_url_follows_rules(tmp_path: Path, site: Site, broadsheet: Any) -> None:
    (tmp_path / "r.toml").write_text(LOCAL)
    words = ("--allow-address", "loopback", "--rules", tmp_path / "r.toml", "--json")
    record = json.loads(broadsheet("extract", f"{site.url}news/bridge", *words).stdout)
    assert record["article_body"].split("\n") == [FIRST, SECOND, THIRD]


NEWS = rules_of(RULE.replace("tidewater.example", "news.example"))


def test_the_pipeline_chooses_by_the_day_of_the_capture() -> None:
    url = "https://news.example/story"
    one = job(answer(PAGE.encode()))
    for rules, ruled in (
        (None, False),
        (NEWS, True),
        (NEWS.of_page(url), True),
        (Rules(tuple(replace(rule, until=one.started.date()) for rule in NEWS.rules)), True),
        (Rules(tuple(replace(rule, since=one.started.date().replace(day=28)) for rule in NEWS.rules)), False),
    ):
        page = process(replace(one, rules=rules))
        assert page.extraction is not None and page.recipe is not None
        assert (page.extraction.body_source == "site-rule") is ruled
        assert ("rules" in json.loads(page.recipe.definition)) is ruled


def test_what_a_dead_crawl_left_is_read_by_the_same_rules(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    store.create(folder)
    with store.writer_lock(folder), store.open_archive(folder, write=True) as archive:
        writer = WarcWriter(archive.warc_folder, info={"software": "broadsheet/test"}, host="test.example")
        writer.open_file()
        one = job(None, exchanges=(exchange(answer(PAGE.encode())),), warcinfo_id=writer.warcinfo_id)
        for group in process(one, unread="only the records are wanted").groups:
            writer.append(group)
        writer.sync()
        writer.abandon()
        assert recover_archive(archive, lambda _: SCOPE, NEWS) == 1
    ((body, source),) = rows(folder, "SELECT article_body, body_source FROM version")
    assert body.split("\n") == [FIRST, SECOND, THIRD]
    assert source == "site-rule"
