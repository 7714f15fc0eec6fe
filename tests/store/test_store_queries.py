"""Reading back what was written, and finding what is wrong."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace

import pytest
from store_samples import RECIPE, START, WARC, Maker, article, at, one

from archive import store
from archive.errors import NotFound
from archive.model import Extraction, FieldSource, Found, Outcome, PageKind, Removed, Verdict

URL = "https://example.org/politics/council"


@pytest.fixture
def held(maker: Maker) -> Maker:
    """Two articles, one of them in two versions and reached by two URLs."""
    first = replace(
        article(
            "Old text.",
            authors=("Ada Byron", "Grace Murray"),
            keywords=("a", "b"),
            headline_forms={"og": "Council!"},
            is_accessible_for_free=False,
            canonical_url=URL,
        ),
        removed=(Removed("Share", "share prompt"),),
        sources=(FieldSource("headline", "og", "Council!", False),),
    )
    page = maker.page(URL, 1, first)
    maker.commit(
        page, maker.again(page, 2), maker.page(f"{URL}?page=1", 3, article("New text.", canonical_url=URL))
    )
    maker.commit(maker.page("https://example.org/politics/mayor", 4, article("The mayor.")))
    return maker


@pytest.mark.parametrize(
    "ref",
    [1, "1", URL, f"{URL}#top", "HTTPS://EXAMPLE.org:443/politics/council?utm_source=x", f"{URL}?page=1",
     "example.org/politics/council", "https://example.org/politics/c", "example.org/politics/cou"],
)  # fmt: skip
def test_an_article_is_found_by_number_url_or_beginning(held: Maker, ref: int | str) -> None:
    assert store.find_article(held.db, ref) == 1


@pytest.mark.parametrize(
    ("ref", "words"),
    [(99, "no article 99"), ("9" * 50, "no article"), ("https://example.org/politics", "several"), ("", "no article"),
     ("https://example.org/x", "no article is held"), ("\ud800\0%_", "no article"), ("-1", "no article")],
)  # fmt: skip
def test_what_is_not_held_or_not_clear_is_said(held: Maker, ref: int | str, words: str) -> None:
    with pytest.raises(NotFound, match=words):
        store.article(held.db, ref)


def test_the_full_record_of_an_article(held: Maker) -> None:
    record = store.article(held.db, URL)
    assert (record.url, record.site, record.urls) == (URL, "example", (URL, f"{URL}?page=1"))
    assert record.version.article_body == "New text."
    old, new = record.versions
    assert (old.captured_at, old.first_shown, old.last_shown, old.captures) == (at(1), at(1), at(2), 2)
    assert (new.captured_at, new.captures, new.version_id) == (at(3), 1, record.version.version_id)
    version = store.version(held.db, old.version_id)
    assert version.authors == ("Ada Byron", "Grace Murray")
    assert (version.keywords, version.headline_forms) == (("a", "b"), {"og": "Council!"})
    assert version.is_accessible_for_free is False
    assert version.removed == (Removed("Share", "share prompt"),)
    assert version.sources == (FieldSource("headline", "og", "Council!", False),)
    capture = version.capture
    assert (capture.warc_file, capture.offset, capture.length, capture.url) == (WARC, 0, 100, URL)
    assert (capture.request_offset, capture.request_length) == (100, 50)
    json.dumps(asdict(record))
    with pytest.raises(NotFound):
        store.version(held.db, 99)


def test_an_article_that_is_none_any_longer(held: Maker) -> None:
    listing = store.Reextracted(
        record_id="<urn:uuid:4>", extraction=Extraction(Verdict.LISTING), recipe=RECIPE, extracted_at=START
    )
    store.commit_extractions(held.db, [listing])
    with pytest.raises(NotFound, match="no article"):
        store.article(held.db, 2)


def test_captures_come_in_the_order_of_the_files(held: Maker) -> None:
    all_captures = list(store.captures(held.db))
    assert [c.offset for c in all_captures] == [0, 150, 300, 450]
    assert [c.captured_at for c in store.captures(held.db, url=URL)] == [at(1), at(2)]
    assert [c.captured_at for c in store.captures(held.db, article_id=1)] == [at(1), at(2), at(3)]
    revisit = all_captures[1]
    assert (revisit.record_type, revisit.refers_to, revisit.version_id) == ("revisit", "<urn:uuid:1>", 1)


def test_status_tells_what_is_held_and_what_is_not_and_why(held: Maker) -> None:
    store.add_site(held.db, "zebra", None, "https://zebra.example/")
    found = (
        Found("https://example.org/new", PageKind.PAGE),
        Found("https://example.org/x", PageKind.PAGE, excluded_by="trap"),
    )
    held.commit(
        held.page("https://example.org/", 5, kind=PageKind.FRONT, found=found),
        held.failed("https://example.org/slow", Outcome.TIMEOUT, 6, next_state="due", due_at=START),
        held.failed("https://example.org/slow", Outcome.REFUSED, 7),
        held.failed("https://example.org/closed", Outcome.ROBOTS, 8, next_state="excluded"),
    )
    example, zebra = store.status(held.db)
    assert (example.name, example.known, example.done, example.due) == ("example", 8, 4, 1)
    assert (example.held, example.captured) == (2, 5)
    assert (example.failed, example.excluded) == ({"refused": 1}, {"trap": 1, "robots": 1})
    assert (example.last_fetch, example.last_crawl) == ("2024-01-20T12:00:08Z", START)
    assert (zebra.known, zebra.failed, zebra.last_fetch, zebra.last_crawl) == (0, {}, None, None)


def test_the_summary_of_a_crawl_adds_up(held: Maker) -> None:
    store.close_crawl(held.db, 1, ended_at=at(100), finish_reason="finished")
    crawl_id = store.open_crawl(held.db, software="broadsheet/test", started_at=at(200))
    later = Maker(held.db, crawl_id, count=held.count, end=held.end)
    old = later.page("https://example.org/politics/mayor", 201, article("The mayor, again."))
    later.commit(
        old,
        later.page("https://example.org/new", 202, article("New.")),
        later.page("https://example.org/gone", 203, status=404, outcome=Outcome.GONE),
        later.page("https://example.org/moved", 204, status=301, outcome=Outcome.REDIRECT),
        later.again(old, 205),
        later.failed("https://example.org/slow", Outcome.TIMEOUT, 206, next_state="due", due_at=START),
        later.page("https://example.org/slow", 207, extraction_error="too deep"),
        later.failed("https://example.org/lost", Outcome.TIMEOUT, 208, next_state="due", due_at=START),
        later.failed("https://example.org/lost", Outcome.UNRESOLVED, 209, detail="no such host"),
        later.failed("https://example.org/closed", Outcome.ROBOTS, 210, next_state="excluded", detail="Disallow: /"),
        later.page("https://example.org/robots.txt", 211, status=403, kind=PageKind.ROBOTS, outcome=Outcome.REFUSED),
        later.page(
            "https://example.org/", 212, kind=PageKind.FRONT,
            found=(Found("https://example.org/c", PageKind.PAGE, excluded_by="trap"),),
        ),
    )  # fmt: skip
    summary = store.crawl_summary(held.db, crawl_id)
    assert summary.requested == sum(summary.outcomes.values()) == 12
    assert summary.outcomes == {
        "archived": 4, "unchanged": 1, "gone": 1, "redirect": 1, "timeout": 2, "unresolved": 1, "robots": 1,
        "refused": 1,
    }  # fmt: skip
    assert (summary.archived, summary.unchanged, summary.redirects, summary.gone) == (4, 1, 1, 1)
    assert (summary.fetched, summary.articles, summary.new_versions, summary.unread) == (8, 1, 2, 1)
    assert summary.failed == {"unresolved": 1}
    assert summary.excluded == {"robots": 1, "trap": 1}
    assert summary.examples == {
        "unresolved": "https://example.org/lost: no such host",
        "robots": "https://example.org/closed: Disallow: /",
        "trap": "https://example.org/c",
    }
    assert store.crawl_summary(held.db, 1).articles == 2
    with pytest.raises(NotFound):
        store.crawl_summary(held.db, 99)


def test_a_sound_archive_has_no_problems(held: Maker) -> None:
    held.commit(held.page("https://example.org/jp", 9, article("東京")))
    assert store.integrity(held.db) == []


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("UPDATE version SET article_body = 'Other words'", "articles_fts does not agree"),
        ("INSERT INTO articles_fts (articles_fts) VALUES ('delete-all')", "missing from the search index articles_fts"),
        ("INSERT INTO articles_cjk_fts (articles_cjk_fts) VALUES ('delete-all')", "missing from .* articles_cjk_fts"),
        ("INSERT INTO articles_cjk_fts (rowid, headline, text) VALUES (1, '東', '')", "holds 1 articles that"),
        ("DELETE FROM articles_fts_data WHERE id > 10", "articles_fts does not agree"),
        ("DELETE FROM site", "refers to a row of site"),
        ("UPDATE article SET current_version_id = 1", "another article's version"),
    ],
)  # fmt: skip
def test_damage_is_found_and_the_indexes_can_be_made_anew(held: Maker, damage: str, words: str) -> None:
    held.commit(held.page("https://example.org/jp", 9, article("東京")))
    held.db.conn.execute("PRAGMA foreign_keys = OFF")
    held.db.conn.execute(damage)
    assert any(re.search(words, problem) for problem in store.integrity(held.db))
    if "fts" in damage or "version SET" in damage:
        store.rebuild_indexes(held.db)
        assert store.integrity(held.db) == []


def test_integrity_on_a_reader(archive: store.Archive) -> None:
    maker = Maker(archive.db)
    maker.commit(maker.page(URL, 1, article("東京")))
    with store.open_archive(archive.folder) as reader:
        assert store.integrity(reader.db) == []
        assert one(reader.db, "PRAGMA query_only") == 1
        assert store.search(reader.db, "東京").total == 1
