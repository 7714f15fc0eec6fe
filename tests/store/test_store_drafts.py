"""Drafts: what is to be read, what says something new, what promotion makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from furniture_samples import HOURS, body_of, fill, page, url
from store_samples import RECIPE, START, Maker, article, at, one, rows, snapshot

from archive import store
from archive.errors import BroadsheetError
from archive.extraction_json import dumps
from archive.model import Extraction, Outcome, PageKind, Recipe, Verdict
from archive.store import drafts, rereading
from archive.store.drafts import Draft
from archive.store.furniture import settle
from archive.store.rereading import Present, Selection
from tests.extract.pages import own_text

URL = "https://example.org/news/bridge"
NEW = Recipe("b" * 64, '{"extractor": "2"}')
ALL = Selection()


def present(maker: Maker, recipe: Recipe = NEW) -> Present:
    return Present(maker.db, lambda url, captured_at: recipe)


def to_read(maker: Maker, selection: Selection = ALL, **how: Any) -> list[str]:
    recipe = how.pop("recipe", NEW)
    found = list(rereading.to_read(maker.db, present(maker, recipe), selection, **how))
    again = {name: value for name, value in how.items() if name == "again"}
    assert rereading.count(maker.db, present(maker, recipe), selection, **again)[1] == len(found)
    return [f"{each.url} {each.captured_at[11:19]}" for each in found]


def draft(maker: Maker, at_url: str, extraction: Extraction | None, **fields: Any) -> Draft:
    """What the new recipe makes of the first capture of a URL."""
    capture_id = one(maker.db, "SELECT min(capture_id) FROM capture JOIN url USING (url_id) WHERE url = ?", at_url)
    facts: dict[str, Any] = {
        "capture_id": capture_id,
        "recipe": NEW,
        "verdict": extraction.verdict if extraction else Verdict.ERROR,
        "extraction": dumps(extraction) if extraction else None,
        "said": drafts.said(at_url, extraction) if extraction else None,
        "error": None if extraction else "extraction failed: took longer than 20 s",
        "extracted_at": START,
    }
    return Draft(**(facts | fields))


def promote(maker: Maker, selection: Selection = ALL) -> list[drafts.Promoted]:
    return list(drafts.promote(maker.db, present(maker), selection))


# What is to be read.


def test_pages_that_were_read_with_another_recipe(maker: Maker) -> None:
    first = maker.page(URL, 1, article())
    maker.commit(
        first,
        maker.page(f"{URL}/listing", 2, Extraction(Verdict.LISTING)),
        maker.again(first, 3),  # a revisit shows what its original shows
        maker.page(f"{URL}/gone", 4, status=404, outcome=Outcome.GONE, verdict=Verdict.ERROR),
        maker.page(f"{URL}/feed", 5, kind=PageKind.FEED),
        maker.page(f"{URL}/picture", 6),  # nothing read it
        maker.page(f"{URL}/slow", 7, extraction_error="extraction failed: took longer than 20 s"),
        maker.page(f"{URL}/cut", 8, article("Cut"), capture={"truncated": "disconnect"}),
    )
    every = [f"{URL} 12:00:01", f"{URL}/listing 12:00:02", f"{URL}/slow 12:00:07", f"{URL}/cut 12:00:08"]
    assert to_read(maker) == every
    assert to_read(maker, step=1) == every
    assert to_read(maker, recipe=RECIPE) == [every[2]]  # which no recipe has read
    assert to_read(maker, recipe=RECIPE, again=True) == every
    assert rereading.count(maker.db, present(maker), ALL) == (4, 4)


def test_what_has_a_draft_is_not_read_again(maker: Maker) -> None:
    maker.commit(maker.page(URL, 1, article()), maker.page(f"{URL}/2", 2, article("Other")))
    drafts.write(maker.db, [draft(maker, URL, article())])
    assert to_read(maker) == [f"{URL}/2 12:00:02"]
    assert to_read(maker, again=True) == [f"{URL}/2 12:00:02"]
    drafts.write(maker.db, [draft(maker, f"{URL}/2", None)])
    assert to_read(maker) == []  # it failed, and would again
    assert to_read(maker, recipe=Recipe("c" * 64, "{}")) == [f"{URL} 12:00:01", f"{URL}/2 12:00:02"]


def test_recipes_differ_by_url_and_time(maker: Maker) -> None:
    pages = [maker.page(f"{URL}/{n}", n, article(f"Text {n}")) for n in range(4)]
    maker.commit(*pages)

    def recipe_for(url: str, captured_at: str) -> Recipe:
        return NEW if url.endswith("/1") or captured_at >= at(3) else RECIPE

    found = rereading.to_read(maker.db, Present(maker.db, recipe_for), ALL)
    assert [each.url for each in found] == [f"{URL}/1", f"{URL}/3"]


def test_a_recipe_that_cannot_be_had_is_an_error_for_people(maker: Maker) -> None:
    maker.commit(maker.page(URL, 1, article()))

    def broken(url: str, captured_at: str) -> Recipe:
        raise BroadsheetError("the extractor does not start")

    with pytest.raises(BroadsheetError, match="does not start"):
        list(rereading.to_read(maker.db, Present(maker.db, broken), ALL))


def test_a_part_of_the_archive(maker: Maker) -> None:
    other = store.add_site(maker.db, "other", "Other", "https://other.example/", now=START)
    canonical = article("Canonical", canonical_url=f"{URL}/1")
    maker.commit(
        maker.page(f"{URL}/1", 1, article("One")),
        maker.page(f"{URL}/2", 2, Extraction(Verdict.LISTING), capture={"captured_at": "2024-02-01T00:00:00Z"}),
        maker.page("https://other.example/3", 3, article("Three"), site_id=other),
        maker.page(f"{URL}/4", 4, canonical),
    )
    assert to_read(maker, Selection(site_id=other)) == ["https://other.example/3 12:00:03"]
    assert to_read(maker, Selection(since="2024-02")) == [f"{URL}/2 00:00:00"]
    assert to_read(maker, Selection(since="2024-01-21")) == [f"{URL}/2 00:00:00"]
    assert len(to_read(maker, Selection(until="2024-01"))) == 3
    assert len(to_read(maker, Selection(until="2024-01-19"))) == 0
    assert len(to_read(maker, Selection(since="2024", until="2024"))) == 4
    assert to_read(maker, Selection(url=f"{URL}/4")) == [f"{URL}/4 12:00:04"]
    article_id = store.find_article(maker.db, f"{URL}/1")
    assert to_read(maker, Selection(article_id=article_id)) == [f"{URL}/1 12:00:01", f"{URL}/4 12:00:04"]
    assert to_read(maker, Selection(verdicts=("listing",))) == [f"{URL}/2 00:00:00"]
    assert len(to_read(maker, Selection(verdicts=("listing", "article")))) == 4
    both = Selection(verdicts=("listing",), site_id=other)
    assert to_read(maker, both) == []
    drafts.write(maker.db, [draft(maker, f"{URL}/{n}", article("x")) for n in (1, 2, 4)])
    drafts.write(maker.db, [draft(maker, "https://other.example/3", article("x"))])
    assert drafts.discard(maker.db, Selection(site_id=other)) == 1
    assert drafts.discard(maker.db, Selection(article_id=article_id)) == 2
    assert drafts.discard(maker.db, ALL) == 1


# What a draft says.


def drafted(maker: Maker) -> list[tuple[Any, ...]]:
    return rows(maker.db, "SELECT capture_id, verdict, extraction IS NULL, error FROM draft ORDER BY capture_id")


def test_what_is_shown_already_needs_no_extraction(maker: Maker) -> None:
    held = article(keywords=("bridge", "town"), authors=("Ann",), headline_forms={"og": "A", "h1": "B"})
    maker.commit(maker.page(URL, 1, held), maker.page(f"{URL}/2", 2, Extraction(Verdict.LISTING)))
    before = snapshot(maker.db)
    readings = [draft(maker, URL, held), draft(maker, f"{URL}/2", Extraction(Verdict.LISTING))]
    assert drafts.write(maker.db, readings) == 0
    assert drafted(maker) == [(1, "article", 1, None), (2, "listing", 1, None)]
    after = snapshot(maker.db)
    assert {t for t in after if after[t] != before[t]} == {"draft", "recipe"}


@pytest.mark.parametrize(
    ("held", "new"),
    [
        (article(), article(keywords=("new",))),  # no part of version.text_sha256
        (article(), article(image_credit="Jane Doe")),
        (article(is_accessible_for_free=None), article(is_accessible_for_free=False)),
        (article(headline_forms={"og": "A"}), article(headline_forms={"og": "B"})),
        (article(), article("The council met on Tuesday.")),
        (article(), Extraction(Verdict.LISTING)),
        (Extraction(Verdict.LISTING), article()),
        (Extraction(Verdict.LISTING), Extraction(Verdict.VIDEO)),
        (article(), replace(article(), verdict=Verdict.PAYWALL)),
        (article(), article(canonical_url="https://example.org/other")),
        (article(), article("   ")),  # no article without text
    ],
)
def test_what_differs_is_kept_and_promoted(maker: Maker, held: Extraction, new: Extraction) -> None:
    maker.commit(maker.page(URL, 1, held))
    shown = rows(maker.db, "SELECT * FROM articles")
    assert drafts.write(maker.db, [draft(maker, URL, new)]) == 1
    assert rows(maker.db, "SELECT * FROM articles") == shown
    old_versions = rows(maker.db, "SELECT * FROM version ORDER BY version_id")
    (done,) = promote(maker)
    assert done.drafts == 1
    assert drafted(maker) == []
    assert one(maker.db, "SELECT sha256 FROM capture JOIN recipe USING (recipe_id)") == NEW.sha256
    assert rows(maker.db, "SELECT * FROM version ORDER BY version_id")[: len(old_versions)] == old_versions
    assert rows(maker.db, "SELECT * FROM articles") != shown or not shown
    assert store.integrity(maker.db) == []
    assert to_read(maker) == []
    # What is shown now is what the draft said.
    assert drafts.write(maker.db, [draft(maker, URL, new)]) == 0


def test_evidence_for_furniture_is_news_but_no_difference(maker: Maker) -> None:
    maker.commit(maker.page(URL, 1, article()))
    taught = replace(article(), lines=bytes(range(8)))
    assert drafts.write(maker.db, [draft(maker, URL, taught)]) == 0
    assert drafted(maker) == [(1, "article", 0, None)]
    promote(maker)
    assert rows(maker.db, "SELECT lines FROM version") == [(bytes(range(8)),)]
    drafts.write(maker.db, [draft(maker, URL, taught)])
    assert drafted(maker) == [(1, "article", 1, None)]


def test_a_capture_that_is_gone_gets_no_draft(maker: Maker) -> None:
    """Taken down while it was read: nothing of its text is kept."""
    maker.commit(maker.page(URL, 1, article()))
    gone = draft(maker, URL, article("Other"), capture_id=99)
    assert (
        drafts.write(
            maker.db, [gone, replace(gone, capture_id=1), replace(gone, verdict=Verdict.ERROR, error="x")]
        )
        == 1
    )
    assert [capture_id for capture_id, *_ in drafted(maker)] == [1]


# Promotion.


def test_revisits_follow_and_the_search_too(maker: Maker) -> None:
    first = maker.page(URL, 1, article("Old words."))
    maker.commit(first, maker.again(first, 2), maker.again(first, 3))
    drafts.write(maker.db, [draft(maker, URL, article("New words."))])
    assert store.search(maker.db, "old").total == 1
    promote(maker)
    assert store.search(maker.db, "old").total == 0
    assert store.search(maker.db, "new").total == 1
    assert rows(maker.db, "SELECT DISTINCT version_id FROM capture") == [(2,)]
    assert len(store.versions(maker.db, 1)) == 2


def test_a_revisit_with_a_reading_of_its_own_does_not_follow(maker: Maker) -> None:
    """The same bytes again, under other rules: read by itself, it still says what is shown."""
    first = maker.page(URL, 1, article("Old."))
    facts = {"record_type": "revisit", "refers_to": first.captures[0][0].record_id, "payload_sha256": None}
    maker.commit(first, maker.page(URL, 2, article("Old."), capture=facts))
    assert to_read(maker) == [f"{URL} 12:00:01"]  # it would follow, were the recipe the same

    def recipe_for(url: str, captured_at: str) -> Recipe:
        return NEW if captured_at < at(2) else Recipe("c" * 64, "{}")

    apart = Present(maker.db, recipe_for)
    assert [page.capture_id for page in rereading.to_read(maker.db, apart, ALL)] == [1, 2]
    drafts.write(maker.db, [draft(maker, URL, article("New."))])
    drafts.write(maker.db, [draft(maker, URL, article("Old."), capture_id=2, recipe=Recipe("c" * 64, "{}"))])
    list(drafts.promote(maker.db, Present(maker.db, recipe_for), ALL))
    shown = "SELECT article_body FROM capture JOIN version USING (version_id) ORDER BY capture.capture_id"
    assert rows(maker.db, shown) == [("New.",), ("Old.",)]


def test_neighbours_share_what_a_new_recipe_reads(maker: Maker) -> None:
    maker.commit(*(maker.page(URL, n, article()) for n in (1, 2, 3)))
    assert one(maker.db, "SELECT count(*) FROM version") == 1
    better = article(keywords=("bridge",))
    drafts.write(maker.db, [replace(draft(maker, URL, better), capture_id=n) for n in (1, 2, 3)])
    (done,) = promote(maker)
    assert (done.drafts, done.new_versions) == (3, 1)
    assert rows(maker.db, "SELECT keywords FROM articles") == [('["bridge"]',)]
    assert rows(maker.db, "SELECT DISTINCT version_id FROM capture") == [(2,)]


def test_the_old_recipe_again_shows_the_old_version(maker: Maker) -> None:
    maker.commit(maker.page(URL, 1, article("Old.")))
    drafts.write(maker.db, [draft(maker, URL, article("New."))])
    promote(maker)
    drafts.write(maker.db, [draft(maker, URL, article("Old."), recipe=RECIPE)])
    (done,) = drafts.promote(maker.db, present(maker, RECIPE), ALL)
    assert done.new_versions == 0
    assert rows(maker.db, "SELECT article_body, versions FROM articles") == [("Old.", 2)]
    assert rows(maker.db, "SELECT version_id FROM capture") == [(1,)]


def test_what_failed_stays_as_it_was(maker: Maker) -> None:
    maker.commit(maker.page(URL, 1, article()), maker.page(f"{URL}/2", 2, article("Other")))
    drafts.write(maker.db, [draft(maker, URL, None), draft(maker, f"{URL}/2", article("Better"))])
    assert drafts.failures(maker.db, present(maker), ALL) == 1
    (done,) = promote(maker)
    assert done.drafts == 1
    assert drafted(maker) == [(1, "error", 1, "extraction failed: took longer than 20 s")]
    assert [body for (body,) in rows(maker.db, "SELECT article_body FROM articles ORDER BY article_id")] == [
        "The council met on Monday.",
        "Better",
    ]
    assert rows(maker.db, "SELECT verdict, extraction_error FROM capture") == [("article", None)] * 2
    assert promote(maker) == []


def test_only_the_present_recipe_and_the_part_asked_for(maker: Maker) -> None:
    maker.commit(*(maker.page(f"{URL}/{n}", n, article(f"Text {n}")) for n in range(3)))
    drafts.write(maker.db, [draft(maker, f"{URL}/{n}", article(f"New {n}")) for n in range(2)])
    drafts.write(maker.db, [draft(maker, f"{URL}/2", article("Older"), recipe=Recipe("c" * 64, "{}"))])
    assert drafts.outdated(maker.db, present(maker), ALL) == 1
    (done,) = promote(maker, Selection(url=f"{URL}/1"))
    assert done.drafts == 1
    assert [body for (body,) in rows(maker.db, "SELECT article_body FROM articles ORDER BY url")] == [
        "Text 0",
        "New 1",
        "Text 2",
    ]


def test_a_promotion_that_was_cut_short_is_gone_on_with(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "BATCH", 2)
    maker.commit(*(maker.page(f"{URL}/{n}", n, article(f"Text {n}")) for n in range(5)))
    drafts.write(maker.db, [draft(maker, f"{URL}/{n}", article(f"New {n}")) for n in range(5)])
    going = drafts.promote(maker.db, present(maker), ALL)
    assert next(going).drafts == 2
    going.close()
    assert len(drafted(maker)) == 3
    assert sum(done.drafts for done in promote(maker)) == 3
    bodies = rows(maker.db, "SELECT article_body FROM articles ORDER BY url")
    assert bodies == [(f"New {n}",) for n in range(5)]
    assert one(maker.db, "SELECT count(*) FROM version") == 10


def test_a_template_that_is_read_the_same_stays_one(maker: Maker) -> None:
    template = article("This page was not found.", headline="Sorry")
    maker.commit(*(maker.page(f"{URL}/{n}", n, template) for n in range(3)))
    settle(maker.db, now=START)
    assert rows(maker.db, "SELECT DISTINCT verdict FROM capture") == [("soft-404",)]
    before = snapshot(maker.db)
    assert drafts.write(maker.db, [draft(maker, f"{URL}/{n}", template) for n in range(3)]) == 0
    promote(maker)
    settle(maker.db, now=START)
    after = snapshot(maker.db)
    assert {t for t in after if after[t] != before[t]} == {"capture", "recipe"}
    assert rows(maker.db, "SELECT DISTINCT verdict, recipe_id FROM capture") == [("soft-404", 2)]


def test_furniture_that_was_taken_out_is_no_difference(maker: Maker) -> None:
    fill(maker, range(5), HOURS)
    settle(maker.db, now=START)
    assert HOURS not in body_of(maker.db, 2)
    readings = [draft(maker, url(n), page([*own_text(n), HOURS])) for n in range(5)]
    assert drafts.write(maker.db, readings) == 0
    without = draft(maker, url(2), page(own_text(2)), recipe=RECIPE)  # cleaning told it by itself
    assert drafts.write(maker.db, [without]) == 1
