"""What recurs on a site leaves its articles and comes back, whatever the order in which pages came."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from furniture_samples import (
    APPEAL,
    HOURS,
    NEWER,
    PHRASE,
    body_of,
    check,
    fill,
    furniture_rows,
    page,
    picture,
    settled,
    url,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import START, Maker, memory_db, one, rows, snapshot

from archive import store
from archive.extract.evidence import hash_of
from archive.store import furniture as furniture_module
from archive.store.furniture import settle
from tests.extract.pages import own, own_text


def test_what_recurs_leaves_the_articles_and_is_found_no_longer(maker: Maker) -> None:
    fill(maker, range(5), HOURS, APPEAL)
    assert store.search(maker.db, "presses").total == 5
    (done,) = settle(maker.db, now=START)
    assert (done.furniture, done.versions, done.templates) == (2, 5, 0)
    check(maker.db)
    for i in range(5):
        assert body_of(maker.db, i) == own_text(i)
    record = store.article(maker.db, url(3)).version
    assert [(r.text, r.reason) for r in record.removed] == [
        ("By Mara Quill", "byline"),
        (HOURS, "recurs on 5 pages of this site"),
        (APPEAL, "recurs on 5 pages of this site"),
    ]
    assert [round(r.confidence or 0, 3) for r in record.removed] == [0, 0.908, 0.909]
    assert len(record.body_blocks) == 8
    assert store.search(maker.db, "presses").total == 0
    assert store.search(maker.db, "harbour").total == 5
    assert sorted(furniture_rows(maker.db)) == sorted(
        (hash_of(text), text, 5, 5, "learnt", url(0)) for text in (APPEAL, HOURS)
    )


def test_it_comes_back_when_it_is_none_any_longer(maker: Maker) -> None:
    fill(maker, range(5), APPEAL)
    before = picture(maker.db)
    settled(maker)
    assert picture(maker.db) != before
    fill(maker, range(5, 90))
    settled(maker)
    check(maker.db)
    assert body_of(maker.db, 2) == [*own_text(2), APPEAL]
    assert furniture_rows(maker.db) == []
    again = {capture[0]: capture for capture in picture(maker.db)["captures"]}
    assert [again[url(i)] for i in range(5)] == before["captures"]
    assert store.search(maker.db, "presses").total == 5


def test_settling_twice_changes_nothing(maker: Maker) -> None:
    fill(maker, range(6), HOURS, APPEAL)
    settled(maker)
    before = snapshot(maker.db)
    settle(maker.db, maker.site_id, now="2030-01-01T00:00:00Z")
    assert snapshot(maker.db) == before
    assert settle(maker.db, now=START) == []  # nothing has come since


def test_later_pages_come_without_it(maker: Maker) -> None:
    fill(maker, range(6), APPEAL)
    settled(maker)
    assert maker.commit(maker.page(url(0), 100, page([*own_text(0), APPEAL]))) == store.Committed(0, 0, 0)
    assert maker.commit(maker.page(url(7), 101, page([*own_text(7), APPEAL]))) == store.Committed(1, 1, 1)
    assert body_of(maker.db, 7) == own_text(7)
    reasons = "SELECT DISTINCT reason FROM removed WHERE line IS NOT NULL"
    assert rows(maker.db, reasons) == [("recurs on 6 pages of this site",)]
    check(maker.db)
    settled(maker)
    assert rows(maker.db, reasons) == [("recurs on 7 pages of this site",)]
    check(maker.db)


def test_captures_that_differ_by_furniture_alone_are_one_version(maker: Maker) -> None:
    fill(maker, range(6), HOURS)
    fill(maker, range(6, 12), NEWER)
    maker.commit(maker.page(url(0), 50, page([*own_text(0), NEWER])))
    maker.commit(maker.page(url(0), 60, page([*own_text(0), own(0, 9), NEWER])))
    assert len(store.versions(maker.db, 1)) == 3
    settled(maker)
    check(maker.db)
    first, second = store.versions(maker.db, 1)
    assert (first.captures, second.captures) == (2, 1)
    assert one(maker.db, "SELECT versions FROM articles WHERE url = ?", url(0)) == 2
    unchanged = maker.page(url(0), 70, page([*own_text(0), own(0, 9), HOURS]))
    assert maker.commit(unchanged).new_versions == 0
    assert [v.captures for v in store.versions(maker.db, 1)] == [2, 2]
    assert body_of(maker.db, 0) == [*own_text(0), own(0, 9)]
    seen_again = maker.commit(maker.again(unchanged, 80))
    assert seen_again.new_versions == 0
    assert [v.captures for v in store.versions(maker.db, 1)] == [2, 3]
    assert store.crawl_summary(maker.db, 1).new_versions == 13
    check(maker.db)


def _captures() -> list[tuple[int, int, Any]]:
    """(article, second, extraction): every kind of line, recaptures, copies, a page that became a longer one."""
    found: list[tuple[int, int, Any]] = []
    for i in range(12):
        found.append((i, i, page([*own_text(i), HOURS, APPEAL], beside=[f"Beside {i}"])))
    for i in range(0, 12, 3):
        found.append((i, 100 + i, page([*own_text(i), NEWER, APPEAL])))
        found.append((i, 200 + i, page([*own_text(i), own(i, 20), NEWER], beside=["Weather"])))
        found.append((i, 300 + i, page([*own_text(i), own(i, 20), NEWER], beside=["Weather", f"Tide {i}"])))
    found += [(50 + i, 400 + i, page([*own_text(0)[:6], own(50, i), APPEAL])) for i in range(4)]
    found += [(70 + i, 500 + i, page([*own_text(70 + i, 3), PHRASE, *own_text(70 + i)[3:]])) for i in range(3)]
    gone = page(["There is nothing at this address."], authors=(), date_published=None, headline="Not here")
    found += [(90 + i, 600 + i, gone) for i in range(4)]
    return found


@pytest.mark.slow
@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False))
def test_what_comes_of_it_depends_on_the_captures_only(rng: random.Random) -> None:
    pictures = []
    for order in ("as they came", "shuffled", "shuffled and settled now and then"):
        maker = Maker(memory_db())
        captures = _captures()
        if order != "as they came":
            rng.shuffle(captures)
        for article, second, extraction in captures:
            maker.commit(maker.page(url(article), second, extraction))
            if "settled" in order and rng.random() < 0.2:
                settled(maker)
                check(maker.db)
        settled(maker)
        check(maker.db)
        pictures.append(picture(maker.db))
        maker.db.conn.close()
    assert pictures[0]["furniture"] and pictures[0]["versions"]
    for name in pictures[0]:
        assert pictures[1][name] == pictures[0][name], name
        assert pictures[2][name] == pictures[0][name], name
    verdicts = [verdict for address, _, verdict, *_ in pictures[0]["captures"] if address >= url(90)]
    assert verdicts == ["soft-404"] * 4


@pytest.mark.parametrize("break_at", range(1, 6))
def test_what_was_cut_short_is_done_the_next_time(
    maker: Maker, break_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each transaction is whole, and the site stays marked until the last of them."""
    fill(maker, range(6), HOURS, APPEAL)
    other = Maker(memory_db())
    fill(other, range(6), HOURS, APPEAL)
    settled(other)
    monkeypatch.setattr(furniture_module, "BATCH", 2)
    real, count = furniture_module.transaction, 0

    def dies(db: Any) -> Any:
        nonlocal count
        count += 1
        if count == break_at:
            raise RuntimeError("killed")
        return real(db)

    monkeypatch.setattr(furniture_module, "transaction", dies)
    with pytest.raises(RuntimeError, match="killed"):
        settled(maker)
    check(maker.db)
    assert one(maker.db, "SELECT unsettled FROM site") == 1
    count = 100
    settled(maker)
    assert one(maker.db, "SELECT unsettled FROM site") == 0
    assert picture(maker.db) == picture(other.db)
    other.db.conn.close()


def test_articles_of_other_sites_are_left_alone(maker: Maker) -> None:
    fill(maker, range(5), APPEAL)
    elsewhere = store.add_site(maker.db, "other", "The Other", "https://other.example/", now=START)
    other = maker.page("https://other.example/1", 90, page([*own_text(1), APPEAL]), site_id=elsewhere)
    maker.commit(other)
    settled(maker)
    assert one(maker.db, "SELECT article_body FROM articles WHERE site = 'other'").endswith(APPEAL)
    assert [r[2] for r in furniture_rows(maker.db)] == [5]


def test_the_index_of_pairs_follows(maker: Maker) -> None:
    appeal = "本紙は毎朝港の風とともに読者のもとへ届けられます。"
    for i in range(5):
        own_lines = [f"第{i}号の記事は{n}番目の段落で{i}番の港について述べている。" for n in range(6)]
        maker.commit(maker.page(url(i), i, page([*own_lines, appeal])))
    assert store.search(maker.db, "読者").total == 5
    settled(maker)
    assert store.integrity(maker.db) == []
    assert store.search(maker.db, "読者").total == 0
    assert store.search(maker.db, "段落").total == 5


def test_a_new_recipe_learns_from_what_its_captures_show(maker: Maker) -> None:
    pages = [maker.page(url(i), i, page([*own_text(i), APPEAL])) for i in range(5)]
    maker.commit(*pages)
    settled(maker)
    better = [
        store.Reextracted(
            record_id=p.captures[0][0].record_id,
            extraction=page(own_text(i)),
            recipe=replace(p.recipe, sha256="b" * 64) if p.recipe else None,  # type: ignore[arg-type]
            extracted_at=START,
        )
        for i, p in enumerate(pages)
    ]
    store.commit_extractions(maker.db, better)
    settled(maker)
    check(maker.db)
    assert furniture_rows(maker.db) == []  # the new recipe leaves nothing to learn
    assert body_of(maker.db, 2) == own_text(2)


def test_versions_from_before_there_was_evidence_take_part_once_they_are_seen_again(maker: Maker) -> None:
    fill(maker, range(5), APPEAL)
    maker.db.conn.execute("UPDATE version SET lines = NULL, full_sha256 = NULL")
    settled(maker)
    assert furniture_rows(maker.db) == []
    pages = [maker.page(url(i), 100 + i, page([*own_text(i), APPEAL])) for i in range(5)]
    assert maker.commit(*pages).new_versions == 0
    settled(maker)
    check(maker.db)
    assert [r[2:4] for r in furniture_rows(maker.db)] == [(5, 5)]
    assert body_of(maker.db, 4) == own_text(4)


def test_an_older_database_gets_the_same_indexes(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "archive.db")
    connection.executescript((Path(__file__).parent / "data" / "format-1.sql").read_text(encoding="utf-8"))
    connection.executescript(
        """CREATE TABLE _sqlite_migrations (migration_set TEXT, name TEXT, applied_at TEXT);
           INSERT INTO _sqlite_migrations VALUES ('broadsheet', 'm001_first_tables', '2026-01-01');"""
    )
    connection.close()
    named = "SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'trigger', 'view') AND sql IS NOT NULL"
    with store.open_archive(tmp_path, write=True) as archive:
        assert sorted(rows(archive.db, named)) == sorted(rows(memory_db(), named))


# Pages that are no articles.


def _gone(words: int = 8, **fields: Any) -> Any:
    fields = {"authors": (), "date_published": None, "headline": "Nothing here"} | fields
    return page([" ".join(f"word{n}" for n in range(words))], **fields)


def verdicts(maker: Maker) -> set[str]:
    return {verdict for (verdict,) in rows(maker.db, "SELECT verdict FROM capture")}


def test_a_template_at_several_addresses_is_no_article(maker: Maker) -> None:
    fill(maker, range(2))
    maker.commit(*(maker.page(url(20 + i), 20 + i, _gone()) for i in range(2)))
    settled(maker)
    assert one(maker.db, "SELECT count(*) FROM articles") == 4
    maker.commit(maker.page(url(22), 22, _gone()))
    settled(maker)
    check(maker.db)
    assert one(maker.db, "SELECT count(*) FROM articles") == 2
    assert rows(maker.db, "SELECT verdict FROM capture ORDER BY capture_id")[2:] == [("soft-404",)] * 3
    assert store.search(maker.db, "word3").total == 0
    assert store.crawl_summary(maker.db, 1).articles == 2
    maker.commit(maker.page(url(22), 30, _gone()))  # asked again: the same template
    assert one(maker.db, "SELECT verdict FROM capture ORDER BY capture_id DESC LIMIT 1") == "soft-404"
    maker.commit(maker.page(url(22), 40, page(own_text(22))))  # and then it was there
    settled(maker)
    assert body_of(maker.db, 22) == own_text(22)
    assert one(maker.db, "SELECT versions FROM articles WHERE url = ?", url(22)) == 1


@pytest.mark.parametrize(
    ("extraction", "addresses"),
    [
        (_gone(date_published="2024-01-20"), [url(i) for i in range(5)]),
        (_gone(authors=("Mara Quill",)), [url(i) for i in range(5)]),
        (_gone(words=130), [url(i) for i in range(5)]),
        (_gone(), [f"{url(1)}?sid={i}" for i in range(5)]),
        (_gone(), [f"{url(1)};jsessionid={i:032x}" for i in range(5)]),
        (_gone(), [url(1), url(2)]),
        (_gone(canonical_url=url(1)), [url(i) for i in range(5)]),
    ],
    ids=["dated", "signed", "long", "session ids", "session ids in the path", "twice", "canonical"],
)
def test_what_could_be_an_article_stays_one(maker: Maker, extraction: Any, addresses: list[str]) -> None:
    maker.commit(*(maker.page(address, i, extraction) for i, address in enumerate(addresses)))
    settled(maker)
    assert verdicts(maker) == {"article"}
    assert one(maker.db, "SELECT count(*) FROM articles") >= 1


def test_a_template_that_proves_to_be_none_is_an_article_again(maker: Maker) -> None:
    pages = [maker.page(url(i), i, _gone()) for i in range(3)]
    maker.commit(*pages)
    settled(maker)
    assert verdicts(maker) == {"soft-404"}
    dated = store.Reextracted(
        record_id=pages[0].captures[0][0].record_id,
        extraction=_gone(date_published="2024-01-20"),
        recipe=pages[0].recipe,  # type: ignore[arg-type]
        extracted_at=START,
    )
    store.commit_extractions(maker.db, [dated])
    settled(maker)
    check(maker.db)
    assert verdicts(maker) == {"article"}
    assert one(maker.db, "SELECT count(*) FROM articles") == 3
