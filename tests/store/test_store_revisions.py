"""The table `revision`: which captures are compared, and that nothing is told that no publisher did."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import furniture_samples as furnished
import pytest
from store_samples import Maker, article, at, memory_db, one, rows

from archive import store
from archive.model import Extraction, Outcome, PageKind, Recipe, Verdict
from archive.revisions import Change, Text, compare
from archive.store.decisions import decide, drop_text
from archive.store.furniture import settle
from archive.store.revisions import pending, revise
from archive.store.takedown import take_out

URL = "https://example.org/bridge"
OLD = "The council met on Monday. The bridge was built in 1931. It carries 4,000 cars a day."
NEW = OLD.replace("1931", "1913")
NEWER = f"{NEW} A second one is planned."
NEW_RECIPE = Recipe("b" * 64, '{"extractor": "2"}')


def edits(maker: Maker) -> list[tuple[Any, ...]]:
    """(kind, number of the version before, of the version after, seen, after) of each, in order."""
    revise(maker.db)
    assert pending(maker.db) == 0
    return rows(
        maker.db,
        """SELECT kind, previous_id, version_id, substr(seen_at, 15, 5), substr(after_at, 15, 5) FROM revision
           ORDER BY seen_at, revision_id""",
    )


def gone(maker: Maker, second: int, url: str = URL, status: int = 404) -> store.Processed:
    return maker.page(url, second, status=status, outcome=Outcome.GONE, verdict=Verdict.ERROR)


def test_an_edit_lies_between_two_captures(maker: Maker) -> None:
    first = maker.page(URL, 0, article(OLD))
    maker.commit(
        first, maker.again(first, 60), maker.page(URL, 120, article(NEW)), maker.page(URL, 180, article(NEW))
    )
    assert edits(maker) == [("correction", 1, 2, "02:00", "01:00")]
    seen, after = rows(maker.db, "SELECT seen_at, after_at FROM revision")[0]
    assert (seen, after) == ("2024-01-20T12:02:00Z", "2024-01-20T12:01:00Z")
    assert rows(maker.db, "SELECT fields, words_added, words_removed, acknowledged, capture_id FROM revision") == [
        ("article_body", 1, 1, None, 3)
    ]


def test_rows_that_are_right_keep_their_numbers(maker: Maker) -> None:
    maker.commit(maker.page(URL, 0, article(OLD)), maker.page(URL, 60, article(NEW)))
    assert len(edits(maker)) == 1
    number = one(maker.db, "SELECT revision_id FROM revision")
    maker.commit(maker.page(URL, 120, article(NEWER)))
    assert [kind for kind, *_ in edits(maker)] == ["correction", "addition"]
    assert one(maker.db, "SELECT min(revision_id) FROM revision") == number
    assert revise(maker.db) == 0


def test_what_is_known_is_not_compared_again_nor_while_others_wait(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a live page with many versions only the newest is compared, outside of any transaction."""
    texts = [f"{OLD} Entry {n} of the day." for n in range(6)]
    maker.commit(*(maker.page(URL, n * 60, article(text)) for n, text in enumerate(texts[:5])))
    assert len(edits(maker)) == 4
    compared: list[bool] = []

    def counted(*texts: Text, **facts: Any) -> Change | None:
        compared.append(maker.db.conn.in_transaction)
        return compare(*texts, **facts)

    monkeypatch.setattr("archive.revisions.compare", counted)
    maker.commit(maker.page(URL, 600, article(texts[5])))
    assert len(edits(maker)) == 5
    assert compared == [False]


def test_what_was_edited_back_is_two_edits(maker: Maker) -> None:
    maker.commit(*(maker.page(URL, n * 60, article(text)) for n, text in enumerate((OLD, NEW, OLD))))
    assert [(kind, a, b) for kind, a, b, *_ in edits(maker)] == [("correction", 1, 2), ("correction", 2, 3)]


def test_captures_may_come_in_any_order() -> None:
    texts = (OLD, NEW, NEWER)
    found = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)):
        maker = Maker(memory_db())
        for n in order:
            maker.commit(replace(maker.page(URL, n * 60, article(texts[n])), imported=True))
            revise(maker.db)
        maker.commit(replace(gone(maker, 240), imported=True))
        found.append([(kind, seen, after) for kind, _, _, seen, after in edits(maker)])
        maker.db.conn.close()
    wanted = [("correction", "01:00", "00:00"), ("addition", "02:00", "01:00"), ("deleted", "04:00", "02:00")]
    assert found == [wanted] * 4


def test_an_article_whose_deletion_was_imported_first(maker: Maker) -> None:
    maker.commit(replace(gone(maker, 60), imported=True))
    maker.commit(replace(maker.page(URL, 0, article(OLD)), imported=True))
    assert edits(maker) == [("deleted", 1, None, "01:00", "00:00")]


@pytest.mark.parametrize("status", [404, 410])
def test_deleted(maker: Maker, status: int) -> None:
    first = maker.page(URL, 0, article(OLD))
    maker.commit(first, maker.again(first, 30), gone(maker, 60, status=status), gone(maker, 120))
    assert edits(maker) == [("deleted", 1, None, "01:00", "00:30")]
    assert rows(maker.db, "SELECT fields, words_added, words_removed, acknowledged FROM revision") == [
        ("", 0, 19, None)
    ]


@pytest.mark.parametrize(
    "after",
    [
        lambda m: m.page(URL, 120, article(OLD)),
        lambda m: m.page(URL, 120, Extraction(Verdict.CONSENT)),
        lambda m: m.page(URL, 120, article("Another article.", canonical_url="https://example.org/other")),
    ],
)
def test_what_came_back_was_not_deleted(maker: Maker, after: Any) -> None:
    maker.commit(maker.page(URL, 0, article(OLD)), gone(maker, 60))
    assert [kind for kind, *_ in edits(maker)] == ["deleted"]
    maker.commit(after(maker))
    assert edits(maker) == []


def test_trouble_at_the_server_deletes_nothing(maker: Maker) -> None:
    maker.commit(maker.page(URL, 0, article(OLD)))
    for n, (status, outcome) in enumerate(
        [(503, Outcome.SERVER_ERROR), (403, Outcome.REFUSED), (301, Outcome.REDIRECT), (451, Outcome.REFUSED)], 1
    ):
        maker.commit(maker.page(URL, n * 60, status=status, outcome=outcome, verdict=Verdict.ERROR))
    assert edits(maker) == []


def test_an_article_that_lives_elsewhere_was_not_deleted(maker: Maker) -> None:
    """Its tracking address is gone, its own is there."""
    other = f"{URL}?page=full"
    maker.commit(maker.page(URL, 0, article(OLD)), maker.page(other, 10, article(OLD, canonical_url=URL)))
    maker.commit(gone(maker, 60, url=other))
    assert edits(maker) == []


def test_two_renderings_are_no_edits(maker: Maker) -> None:
    """The AMP page leaves out a sentence; both are visited again and again, and edited once."""
    amp = f"{URL}/amp"
    for n in range(4):
        text = OLD if n < 2 else NEW
        maker.commit(maker.page(URL, n * 100, article(text)))
        short = text.replace(" It carries 4,000 cars a day.", "")
        maker.commit(maker.page(amp, n * 100 + 50, article(short, canonical_url=URL)))
    assert [kind for kind, *_ in edits(maker)] == ["correction"]
    assert one(maker.db, "SELECT count(*) FROM article") == 1


def test_the_same_address_with_and_without_https(maker: Maker) -> None:
    plain = URL.replace("https:", "http:")
    maker.commit(maker.page(plain, 0, article(OLD, canonical_url=URL)), maker.page(URL, 60, article(NEW)))
    assert [kind for kind, *_ in edits(maker)] == ["correction"]


def test_versions_of_different_recipes_are_not_compared(maker: Maker) -> None:
    """What another recipe makes of the same page is no edit; after a promotion, both sides have one recipe."""
    first, second = maker.page(URL, 0, article(OLD)), maker.page(URL, 60, article(NEW), recipe=NEW_RECIPE)
    maker.commit(first, second)
    assert edits(maker) == []
    again = store.Reextracted(
        record_id=first.captures[0][0].record_id, extraction=article(f"{OLD} Read by a new recipe."),
        recipe=NEW_RECIPE, extracted_at=at(90),
    )  # fmt: skip
    store.commit_extractions(maker.db, [again])
    assert one(maker.db, "SELECT count(*) FROM version") == 3
    ((_, before, after, *_),) = edits(maker)
    assert (before, after) == (3, 2)


def test_a_page_that_both_recipes_read_alike_links_them(maker: Maker) -> None:
    maker.commit(maker.page(URL, 0, article(OLD)), maker.page(URL, 60, article(OLD), recipe=NEW_RECIPE))
    maker.commit(maker.page(URL, 120, article(NEW), recipe=NEW_RECIPE))
    assert edits(maker) == [("correction", 1, 2, "02:00", "01:00")]


def test_a_recipe_that_reads_an_unchanged_page_in_another_way(maker: Maker) -> None:
    first = maker.page(URL, 0, article(OLD))
    maker.commit(first, maker.again(first, 60))
    for extraction in (article(f"{OLD} More was found."), article(OLD, headline="Read in another way")):
        again = store.Reextracted(
            record_id=first.captures[0][0].record_id, extraction=extraction, recipe=NEW_RECIPE, extracted_at=at(90)
        )
        store.commit_extractions(maker.db, [again])
    assert one(maker.db, "SELECT count(*) FROM version") == 3
    assert edits(maker) == []


def test_a_page_that_was_cut_short_is_not_compared(maker: Maker) -> None:
    maker.commit(
        maker.page(URL, 0, article(OLD)),
        maker.page(URL, 60, article(OLD[:40]), outcome=Outcome.TRUNCATED, capture={"truncated": "disconnect"}),
        maker.page(URL, 120, article(NEW)),
    )
    assert edits(maker) == [("correction", 1, 3, "02:00", "00:00")]


def test_what_was_read_badly_is_compared_with_its_like(maker: Maker) -> None:
    bad = replace(article(OLD[:40]), error="took too long: only its paragraphs were read")
    maker.commit(maker.page(URL, 0, article(OLD)), maker.page(URL, 60, bad))
    assert edits(maker) == []


def paywalled(headline: str = "Council meets") -> Extraction:
    return replace(article(OLD[:26], headline=headline), verdict=Verdict.PAYWALL)


def test_a_paywall_is_no_removal(maker: Maker) -> None:
    maker.commit(maker.page(URL, 0, article(OLD)), maker.page(URL, 60, paywalled()))
    assert edits(maker) == []
    maker.commit(maker.page(URL, 120, paywalled("Council votes")))
    assert [(kind, a, b) for kind, a, b, *_ in edits(maker)] == [("headline-only", 2, 3)]
    maker.commit(maker.page(URL, 180, article(NEW, headline="Council votes")))
    assert [(kind, a, b) for kind, a, b, *_ in edits(maker)] == [("headline-only", 2, 3), ("correction", 1, 4)]


def test_noise_is_no_edit(maker: Maker) -> None:
    maker.commit(maker.page(URL, 0, article(OLD)), maker.page(URL, 60, article(OLD.replace(". ", ".  "))))
    maker.commit(maker.page(URL, 120, article(OLD, date_modified="2024-01-20T12:01:00Z")))
    assert one(maker.db, "SELECT count(*) FROM version") == 3
    assert edits(maker) == []


def test_a_template_for_errors_is_no_edit(maker: Maker) -> None:
    """Pages of a site that prove to be templates (soft-404) are versions of nothing."""
    urls = [f"https://example.org/{n}" for n in range(3)]
    maker.commit(*(maker.page(url, n, article(f"{OLD} Number {n}.", headline=f"Bridge {n}", authors=("A B",)))
                   for n, url in enumerate(urls)))  # fmt: skip
    template = article("This page has moved. Please use the search.", headline="Sorry")
    maker.commit(*(maker.page(url, 60 + n, template) for n, url in enumerate(urls)))
    settle(maker.db, now=at(120))
    assert one(maker.db, "SELECT count(*) FROM version WHERE verdict = 'soft-404'") == 3
    assert edits(maker) == []


def test_furniture_that_is_learnt_is_no_edit(maker: Maker) -> None:
    """The opening hours under every article have changed: when the crawl ends, they are furniture before and after."""
    furnished.fill(maker, range(8), furnished.HOURS)
    maker.commit(
        *(
            maker.page(furnished.url(n), 100 + n, furnished.page([*furnished.own_text(n), furnished.NEWER]))
            for n in range(8)
        )
    )
    settle(maker.db, now=at(200))
    assert one(maker.db, "SELECT count(*) FROM version WHERE same_as IS NOT NULL") == 8
    assert edits(maker) == []


def test_furniture_that_comes_back_is_compared_again(maker: Maker) -> None:
    furnished.fill(maker, [1], "The office is open from nine to noon on market days.")
    text = "The office is open from ten to noon on market days."
    maker.commit(maker.page(furnished.url(1), 100, furnished.page([*furnished.own_text(1), text])))
    settle(maker.db, now=at(200))
    assert [kind for kind, *_ in edits(maker)] == ["correction"]
    drop_text(maker.db, maker.site_id, text, now=at(300))
    drop_text(maker.db, maker.site_id, text.replace("ten", "nine"), now=at(300))
    settle(maker.db, now=at(300))
    assert edits(maker) == []
    ids = [n for (n,) in rows(maker.db, "SELECT furniture_id FROM furniture")]
    decide(maker.db, maker.site_id, ids, "keep", now=at(400))
    settle(maker.db, now=at(400))
    assert [kind for kind, *_ in edits(maker)] == ["correction"]


def test_what_is_known_of_texts_that_lost_furniture_is_forgotten(maker: Maker) -> None:
    text = "The office is open from nine to noon on market days."
    furnished.fill(maker, [1], text)
    later = furnished.page([*furnished.own_text(1), "A second bridge is planned.", text.replace("nine", "ten")])
    maker.commit(maker.page(furnished.url(1), 100, later))
    settle(maker.db, now=at(200))
    assert rows(maker.db, "SELECT words_added, words_removed FROM revision") == [(6, 1)]
    drop_text(maker.db, maker.site_id, text, now=at(300))
    drop_text(maker.db, maker.site_id, text.replace("nine", "ten"), now=at(300))
    settle(maker.db, now=at(300))
    assert rows(maker.db, "SELECT words_added, words_removed FROM revision") == [(5, 0)]


def test_articles_seen_once_cost_nothing(maker: Maker) -> None:
    maker.commit(*(maker.page(f"https://example.org/{n}", n, article(f"{OLD} {n}")) for n in range(5)))
    assert pending(maker.db) == 0
    maker.commit(maker.page("https://example.org/feed", 50, kind=PageKind.FEED))
    assert pending(maker.db) == 0


def test_a_takedown_takes_its_edits_along(maker: Maker) -> None:
    maker.commit(maker.page(URL, 0, article(OLD)), maker.page(URL, 60, article(NEW)), gone(maker, 120))
    other = "https://example.org/other"
    maker.commit(maker.page(other, 0, article(f"{OLD} 1")), maker.page(other, 60, article(f"{NEW} 1")))
    assert len(edits(maker)) == 3
    facts = {
        "url": URL, "urls": [URL], "articles": [URL], "reason": "asked for",
        "records": [{"record_id": f"<urn:uuid:{n}>", "url": URL} for n in (1, 2, 3)],
    }  # fmt: skip
    take_out(maker.db.conn, maker.site_id, facts, "2024-01-21T00:00:00Z")
    assert rows(maker.db, "SELECT url FROM revision JOIN article USING (article_id)") == [(other,)]
    assert len(edits(maker)) == 1
    assert maker.db.conn.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_capture_that_is_taken_out_takes_its_edit_along(maker: Maker) -> None:
    maker.commit(*(maker.page(URL, n * 60, article(text)) for n, text in enumerate((OLD, NEW, NEWER))))
    assert len(edits(maker)) == 2
    facts = {"url": "https://example.org/x", "urls": [], "articles": [], "reason": "asked for",
             "records": [{"record_id": "<urn:uuid:2>", "url": URL}]}  # fmt: skip
    take_out(maker.db.conn, maker.site_id, facts, "2024-01-21T00:00:00Z")
    ((kind, before, after, *_),) = edits(maker)
    assert (kind, before, after) == ("correction", 1, 3)
