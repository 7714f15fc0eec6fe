"""`broadsheet why` and `extract --why`: every field with its source, and the way back to the bytes."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive import store
from archive.cli import cli
from archive.errors import BadInput, BroadsheetError, NotFound, UsageError
from archive.model import (
    Article,
    Block,
    BlockKind,
    Extraction,
    FieldSource,
    Found,
    PageKind,
    Recipe,
    Removed,
    Verdict,
)
from archive.render import columns
from archive.why import ALIASES, FIELDS, known_field, why_extraction
from archive.why_text import cut, why_text
from tests.core.samples import SITE, START, answer, article_page, front_page, small_archive, take_in

RECIPE = Recipe("c" * 64, '{"extractor": "test"}')
EXTRACTION = Extraction(
    Verdict.ARTICLE,
    Article(
        headline="橋の修理が決まる",
        headline_forms={"h1": "橋の修理が決まる", "og": "Bridge to be mended | The News"},
        authors=("Ana Ruiz", "Bo Lind"),
        byline_raw="By Ana Ruiz and Bo Lind",
        date_published="2026-03-01T09:00:00+05:30",
        date_published_raw="1 March 2026, 9:00 IST",
        date_published_precision="minute",
        date_modified="2026-03-01",
        keywords=("bridge", "council"),
        is_accessible_for_free=False,
        article_body="The council met.\nWhat it decided\nIt will mend the bridge.",
        body_blocks=(Block(BlockKind.PARAGRAPH, 0.98), Block(BlockKind.H2, 0.7), Block(BlockKind.PARAGRAPH, None)),
    ),
    removed=(Removed("Sign up for our newsletter", "newsletter", 0.03, "aside.promo"), Removed("Next", "label")),
    sources=(
        FieldSource("headline", "meta", "Bridge to be mended | The News", False),
        FieldSource("headline", "page", "橋の修理が決まる", True),
        FieldSource("authors", "json_ld", "Ana Ruiz, Bo Lind", True),
        FieldSource("date_published", "page", "2026-03-01T09:00:00+05:30", True),
        FieldSource("date_published", "meta", "2026-03-02", False),
    ),
    charset="utf-8",
    body_source="model",
    confidence=0.964,
)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, words)])


def printed(*words: str | Path) -> str:
    done = run(*words)
    assert done.exception is None, done.exception
    return done.stdout


def error(*words: str | Path) -> BroadsheetError:
    done = run(*words)
    assert isinstance(done.exception, BroadsheetError), (done.exception, done.output)
    assert done.stdout == ""
    return done.exception


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four articles, of which the one at story/2 was read anew as `EXTRACTION`; one URL that a rule excludes."""
    folder = small_archive(tmp_path_factory.mktemp("why") / "news")
    take_in(folder, {"moved": answer(b"", "Location: /story/1", status=301)})
    with store.open_archive(folder, write=True) as held:
        (capture,) = store.captures(held.db, url=SITE + "story/2")
        reading = store.Reextracted(
            record_id=capture.record_id, extraction=EXTRACTION, recipe=RECIPE, extracted_at=START
        )
        store.commit_extractions(held.db, [reading])
        excluded = Found(SITE + "private/1", PageKind.PAGE, excluded_by="robots")
        store.add_urls(held.db, 1, [excluded, Found(SITE + "later", PageKind.PAGE)], found_on=None, now=START)
    return folder


def test_every_field_of_the_model_can_be_asked_for() -> None:
    names = {field.name for field in fields(Article)}
    assert names == {name for name in (*FIELDS, *ALIASES) if name in names}
    assert {known_field(name) for name in names} == set(FIELDS)
    assert known_field("Date-Published") == "date_published"


def test_all_fields_a_line_each(archive: Path) -> None:
    text = printed("why", SITE + "story/2", "--archive", archive)
    lines = text.splitlines()
    assert lines[:2] == [f"{SITE}story/2  article 3", "verdict: article"]
    rows = {line.split()[0]: line for line in lines[4:] if line}
    assert rows["headline"].split(None, 1)[1] == "text of the page  橋の修理が決まる (1 other)"
    assert rows["authors"].split(None, 1)[1] == "JSON-LD           Ana Ruiz, Bo Lind"
    assert "2026-03-01T09:00:00+05:30" in rows["date_published"]
    assert rows["keywords"].split(None, 1)[1] == "(not recorded)    bridge, council"
    assert rows["is_accessible_for_free"].endswith(" no")
    assert rows["article_body"].endswith("body model        11 words, 3 blocks, 2 removed, sure 0.96")
    assert "nothing found: description, article_section" in text
    assert all(columns(line) <= 88 for line in lines[1:])
    with store.open_archive(archive) as held:
        (capture,) = store.captures(held.db, url=SITE + "story/2")
    assert f"captured   {capture.captured_at}, status 200" in lines
    assert f"WARC file  {capture.warc_file}, offset {capture.offset}, {capture.length} bytes" in lines
    assert f"record     {capture.record_id}" in lines
    assert f"recipe     {RECIPE.sha256}" in lines


def test_a_headline_with_its_forms_and_candidates(archive: Path) -> None:
    text = printed("why", "3", "headline", "--archive", archive)
    assert (
        "headline: 橋の修理が決まる\n"
        "\n"
        "        read from         candidate\n"
        "chosen  text of the page  橋の修理が決まる\n"
        "        meta element      Bridge to be mended | The News\n"
        "\n"
        "form        headline\n"
        "h1 element  橋の修理が決まる\n"
        "Open Graph  Bridge to be mended | The News\n"
    ) in text


def test_a_date_with_what_the_page_says(archive: Path) -> None:
    text = printed("why", "3", "date_published", "--archive", archive)
    assert "date_published: 2026-03-01T09:00:00+05:30\n" in text
    assert "chosen  text of the page  2026-03-01T09:00:00+05:30\n        meta element      2026-03-02\n" in text
    assert (
        "as the page has it  1 March 2026, 9:00 IST\n"
        "precision           minute\n"
        "zone                +05:30\n"
        "UTC                 2026-03-01T03:30:00Z\n"
    ) in text
    text = printed("why", "3", "date_modified", "--archive", archive)
    assert "Where it was read is not recorded." in text
    assert "zone                the page gives none\n" in text


def test_a_body_with_what_was_kept_and_removed(archive: Path) -> None:
    text = printed("why", "3", "article_body", "--archive", archive)
    assert (
        "article_body: 11 words, 3 blocks, 2 removed, sure 0.96; read from: body model\n"
        "\n"
        "   kind  sure  kept\n"
        "1  p     0.98  The council met.\n"
        "2  h2    0.70  What it decided\n"
        "3  p           It will mend the bridge.\n"
        "\n"
        "removed as  in           sure  text\n"
        "newsletter  aside.promo  0.03  Sign up for our newsletter\n"
        "label                          Next\n"
    ) in text


def test_authors_with_their_line(archive: Path) -> None:
    text = printed("why", "3", "authors", "--archive", archive)
    assert "chosen  JSON-LD    Ana Ruiz, Bo Lind\n\nas the page has it  By Ana Ruiz and Bo Lind\n" in text


def test_json_has_all_of_it(archive: Path) -> None:
    whole = json.loads(printed("why", "3", "--archive", archive, "--json"))
    assert (whole["url"], whole["article_id"], whole["verdict"]) == (SITE + "story/2", 3, "article")
    assert list(whole["fields"]) == list(FIELDS)
    assert whole["fields"]["date_published"] == {
        "value": "2026-03-01T09:00:00+05:30", "source": "page",
        "candidates": [
            {"source": "page", "value": "2026-03-01T09:00:00+05:30", "chosen": True},
            {"source": "meta", "value": "2026-03-02", "chosen": False},
        ],
        "raw": "1 March 2026, 9:00 IST", "precision": "minute", "zone": "+05:30", "utc": "2026-03-01T03:30:00Z",
    }  # fmt: skip
    body = whole["fields"]["article_body"]
    assert [block["kind"] for block in body["blocks"]] == ["p", "h2", "p"]
    assert body["removed"][0] == {
        "text": "Sign up for our newsletter", "reason": "newsletter", "confidence": 0.03, "place": "aside.promo",
    }  # fmt: skip
    assert whole["read_from"]["recipe_sha256"] == RECIPE.sha256
    one = json.loads(printed("why", "3", "headline", "--archive", archive, "--json"))
    assert list(one["fields"]) == ["headline"]
    assert one["fields"]["headline"] == whole["fields"]["headline"]
    assert one["read_from"] == whole["read_from"]


def test_a_version_of_an_older_recipe_has_no_kinds(archive: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(archive, old)
    with store.open_archive(old, write=True) as opened:
        opened.db.conn.execute("UPDATE version SET body_blocks = NULL, body_source = NULL, confidence = NULL")
    text = printed("why", "1", "article_body", "--archive", old)
    assert "1  The council met on Tuesday evening and agreed" in text
    assert "Bridge 0 is to be mended at last\n" in text


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("", "verdict: listing"),
        ("missing", "verdict: error"),
        ("moved", f"verdict: redirect to {SITE}story/1"),
        ("private/1", "note: never captured; excluded: robots"),
        ("later", "note: never captured; due"),
    ],
)
def test_a_url_that_is_no_article(path: str, says: str, archive: Path) -> None:
    lines = printed("why", f"news.example/{path}", "--archive", archive).splitlines()
    assert lines[:2] == [SITE + path, says]
    captured = not says.startswith("note")
    assert any(line.startswith("record     <urn:uuid:") for line in lines) is captured
    data = json.loads(printed("why", SITE + path, "--archive", archive, "--json"))
    assert data["fields"] == {}
    assert ("record_id" in data["read_from"]) is captured
    if says == "verdict: listing":
        assert lines[2].startswith("because: ") and "its address is that of a front page" in data["because"]
    else:
        assert data["because"] == []
    no_field = error("why", SITE + path, "headline", "--archive", archive)
    assert isinstance(no_field, NotFound)
    assert str(no_field).startswith(f"{SITE + path} is no article: ")


def test_what_cannot_be_asked(archive: Path) -> None:
    unknown = error("why", "3", "colour", "--archive", archive)
    assert isinstance(unknown, UsageError)
    assert unknown.exit_code == 2
    assert str(unknown).startswith("there is no field 'colour' (known are headline, description, authors, ")
    assert "\n" not in str(unknown)
    assert isinstance(error("why", "99", "--archive", archive), NotFound)
    assert "no article is held of https://x.example/" in str(
        error("why", "https://x.example/", "--archive", archive)
    )
    assert "several articles begin" in str(error("why", "news.example/story", "--archive", archive))


def test_a_page_without_an_archive(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(article_page())
    url = "https://news.example/story/1"
    for words in (("extract", page, "--url", url, "--why"), ("extract", "--url", url, "--why", page)):
        text = printed(*words)
        assert text.startswith(f"{url}\nverdict: article\n")
        assert "\ndate_published  meta element      2026-03-01T09:00:00+01:00\n" in text
        assert "charset  utf-8\nrecipe " in text
    text = printed("extract", page, "--why", "headline")
    assert "chosen  text of the page  Bridge 1 is to be mended at last\n" in text
    assert "title element     Bridge 1 to be mended\n" in text
    data = json.loads(printed("extract", page, "--why", "body", "--json"))
    assert list(data["fields"]) == ["article_body"]
    assert isinstance(error("extract", page, "--why", "colour"), UsageError)
    assert isinstance(error("extract", tmp_path / "none", "--why"), BadInput)
    for words in (("extract", "--why"), ("extract", "--jsonl", page, "--why"), ("extract", page, "x", "--why")):
        assert run(*words).exit_code == 2


def test_a_page_that_is_no_article_says_what_it_is(tmp_path: Path) -> None:
    page = tmp_path / "front.html"
    page.write_bytes(front_page(f"/story/{n}" for n in range(20)))
    text = printed("extract", page, "--why")
    assert text.startswith(f"{page}\nverdict: listing\nbecause: ")
    assert "\nheadline  title element  The Gazette\n" in text


def test_nothing_but_a_verdict() -> None:
    text = why_text(
        why_extraction(Extraction(Verdict.ERROR, error="there is no text"), "https://a.example/", "d" * 64)
    )
    assert text.startswith(
        "https://a.example/\nverdict: error\nnote: there is no text\n\nnothing found: headline, "
    )
    empty = replace(EXTRACTION, article=Article(), sources=(), removed=())
    assert "headline: nothing found" in why_text(why_extraction(empty, "x", "d" * 64), "headline")
    assert "article_body: nothing found" in why_text(why_extraction(empty, "x", "d" * 64), "article_body")


def test_what_a_terminal_would_obey_is_not_sent() -> None:
    evil = replace(EXTRACTION, sources=(FieldSource("headline", "meta\x1b[31m", "a\x1b]0;x\x07b", True),))
    assert "\x1b" not in why_text(why_extraction(evil, "https://a.example/\x1b[2J", "d" * 64), "headline")


def test_lines_are_cut_by_what_they_take() -> None:
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcde…"
    assert cut("東京東京", 8) == "東京東京"
    assert cut("東京東京", 7) == "東京東…"
    assert cut("東京東京", 6) == "東京…"
    assert cut("a b c", 4) == "a b…"


def test_markdown_of_what_is_held_and_of_a_page(archive: Path, tmp_path: Path) -> None:
    assert printed("show", "3", "--archive", archive, "--markdown") == (
        "# 橋の修理が決まる\n\nAna Ruiz, Bo Lind · 2026-03-01T09:00+05:30 · news\n\n"
        "The council met.\n\n## What it decided\n\nIt will mend the bridge.\n"
    )
    page = tmp_path / "page.html"
    page.write_bytes(article_page())
    text = printed("extract", page, "--markdown")
    assert text.startswith(
        "# Bridge 1 is to be mended at last\n\n2026-03-01T09:00:00+01:00\n\nThe council met on "
    )
    page.write_bytes(front_page(f"/story/{n}" for n in range(20)))
    assert isinstance(error("extract", page, "--markdown"), NotFound)
    for words in (("show", "3", "--archive", archive), ("extract", page)):
        for other in ("--json", "--removed"):
            assert run(*words, "--markdown", other).exit_code == 2
    assert run("extract", "--jsonl", page, "--markdown").exit_code == 2
