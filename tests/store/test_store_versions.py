"""Which captures are one article, and what makes a new version of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import START, Maker, article, at, memory_db, one, rows, snapshot

from archive import store
from archive.model import Extraction, Recipe, Verdict
from archive.store.articles import article_url

URL = "https://example.org/politics/council"


@pytest.mark.parametrize(
    ("url", "canonical", "expected"),
    [
        (URL, None, URL),
        (URL, "https://www.example.org/c?utm_medium=x#top", "https://www.example.org/c"),
        (URL, "/c", "https://example.org/c"),
        (URL, "https://elsewhere.example/c", URL),
        (URL, "https://example.org/", URL),
        (URL, "javascript:void(0)", URL),
        (URL, "\ud800", URL),
        ("https://example.org/", "https://example.org/", "https://example.org/"),
    ],
)
def test_what_identifies_an_article(url: str, canonical: str | None, expected: str) -> None:
    assert article_url(url, canonical) == expected


def test_two_urls_with_one_canonical_are_one_article(maker: Maker) -> None:
    same = article(canonical_url=URL)
    maker.commit(maker.page(f"{URL}/amp", 1, same))
    assert maker.commit(maker.page(URL, 2, same)) == store.Committed(1, 0, 0)
    assert rows(maker.db, "SELECT url, versions FROM articles") == [(URL, 1)]
    assert rows(maker.db, "SELECT article_id FROM url") == [(1,), (1,)]


def test_versions_are_made_by_changes_of_the_clean_record_only(maker: Maker) -> None:
    first = article(authors=("A",), image="https://example.org/1.jpg", date_published="2024-01-20T12:00:00Z")
    assert first.article is not None
    maker.commit(maker.page(URL, 1, first))
    moved = replace(first.article, image="https://example.org/2.jpg", date_published="2024-01-20T13:00:00+01:00")
    assert maker.commit(maker.page(URL, 2, replace(first, article=moved))).new_versions == 0
    for second, change in enumerate(
        (
            {"article_body": "The council met on Tuesday."},
            {"headline": "Council met"},
            {"authors": ("B",)},
            {"description": "New"},
            {"date_modified": "2024-01-21"},
        ),
        3,
    ):
        changed: Any = replace(first.article, **change)  # type: ignore[arg-type]
        assert maker.commit(maker.page(URL, second, replace(first, article=changed))).new_versions == 1
    assert one(maker.db, "SELECT versions FROM articles") == 6
    assert maker.commit(maker.page(URL, 9, first)).new_versions == 1  # back to what it was


def test_a_304_shows_what_it_refers_to(maker: Maker) -> None:
    page = maker.page(URL, 1, article())
    maker.commit(page)
    maker.commit(maker.again(page, 2))
    assert rows(maker.db, "SELECT record_type, refers_to, version_id FROM capture ORDER BY capture_id") == [
        ("response", None, 1), ("revisit", 1, 1),
    ]  # fmt: skip
    assert one(maker.db, "SELECT captured_at FROM articles") == at(1)


def test_the_newest_capture_wins_in_whatever_order_they_come() -> None:
    bodies = {1: "First text.", 2: "Second text.", 3: "Second text.", 4: "Fourth text."}
    for order in permutations(bodies):
        maker = Maker(memory_db())
        for second in order:
            maker.commit(maker.page(URL, second, article(bodies[second])))
        assert one(maker.db, "SELECT article_body FROM articles") == "Fourth text."
        assert one(maker.db, "SELECT versions FROM articles") == 3
        assert store.integrity(maker.db) == []
        maker.db.conn.close()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from("ABC"), min_size=1, max_size=6).flatmap(
    lambda texts: st.tuples(st.just(texts), st.permutations(range(len(texts))))
))  # fmt: skip
def test_every_capture_shows_its_own_text(case: tuple[list[str], list[int]]) -> None:
    texts, order = case
    maker = Maker(memory_db())
    for second in order:
        maker.commit(maker.page(URL, second, article(f"Text {texts[second]} \u6771\u4eac{texts[second]}.")))
    shown = "SELECT article_body FROM capture JOIN version USING (version_id) ORDER BY captured_at"
    assert [body[5] for (body,) in rows(maker.db, shown)] == texts
    assert one(maker.db, "SELECT article_body FROM articles")[5] == texts[-1]
    assert store.integrity(maker.db) == []
    maker.db.conn.close()


def test_captured_times_of_different_precision(maker: Maker) -> None:
    page = maker.page(URL, 1, article("Older."), capture={"captured_at": "2024-01-20T12:00:01Z"})
    maker.commit(page)
    maker.commit(maker.page(URL, 1, article("Newer."), capture={"captured_at": "2024-01-20T12:00:01.5Z"}))
    assert one(maker.db, "SELECT article_body FROM articles") == "Newer."


def test_a_new_recipe_reads_old_captures_again(maker: Maker) -> None:
    page = maker.page(URL, 1, article("The text. Share this!"))
    maker.commit(page, maker.again(page, 2), maker.page(f"{URL}/2", 3, article("A menu.", headline="Menu")))
    better = store.Reextracted(
        record_id=page.captures[0][0].record_id,
        extraction=article("The text."),
        recipe=Recipe("b" * 64, "{}"),
        extracted_at=START,
    )
    menu = replace(better, record_id="<urn:uuid:3>", extraction=Extraction(Verdict.LISTING))
    assert store.commit_extractions(maker.db, [better, menu]) == store.Committed(0, 0, 1)
    assert rows(maker.db, "SELECT article_body, versions FROM articles") == [("The text.", 2)]
    assert rows(maker.db, "SELECT version_id, verdict FROM capture") == [
        (3, "article"),
        (3, None),
        (None, "listing"),
    ]
    assert rows(maker.db, "SELECT article_id FROM url ORDER BY url_id") == [(1,), (None,)]
    before = snapshot(maker.db)
    assert store.commit_extractions(maker.db, [better, menu]) == store.Committed(0, 0, 0)
    assert snapshot(maker.db) == before
    assert store.integrity(maker.db) == []
    with pytest.raises(ValueError, match="no capture"):
        store.commit_extractions(maker.db, [replace(better, record_id="<urn:uuid:none>")])
