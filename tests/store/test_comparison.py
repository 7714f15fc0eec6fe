"""What drafts would change: gained, lost and changed fields, bodies word by word, articles that come and go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from furniture_samples import HOURS, fill, page, url
from hypothesis import given
from hypothesis import strategies as st
from store_samples import RECIPE, START, Maker, article
from store_samples import at as moment

from archive import store
from archive.comparison import SiteComparison, compare
from archive.extraction_json import dumps
from archive.field_changes import first_difference, word_diff
from archive.model import Extraction, Recipe, Verdict
from archive.reextract_text import comparison_text
from archive.store import drafts
from archive.store.drafts import Draft
from archive.store.furniture import settle
from archive.store.rereading import Present, Selection
from tests.extract.pages import own_text

URL = "https://example.org/news"
NEW = Recipe("b" * 64, '{"extractor": "2"}')


@pytest.fixture
def maker(archive: store.Archive) -> Maker:
    return Maker(archive.db)


def reread(maker: Maker, *readings: tuple[int, Extraction | None]) -> None:
    """Enter what the new recipe makes of captures, by their numbers."""
    urls = dict(maker.db.execute("SELECT capture_id, url.url FROM capture JOIN url USING (url_id)").fetchall())
    drafts.write(
        maker.db,
        [
            Draft(
                capture_id=number, recipe=NEW, verdict=e.verdict if e else Verdict.ERROR,
                extraction=dumps(e) if e else None, said=drafts.said(urls[number], e) if e else None,
                error=None if e else "extraction failed: it hung", extracted_at=START,
            )
            for number, e in readings
        ],
    )  # fmt: skip


def compared(archive: store.Archive, samples: int = 3, recipe: Recipe = NEW) -> list[SiteComparison]:
    return compare(archive, Present(archive.db, lambda url, at: recipe), Selection(), samples=samples)


def counts(site: SiteComparison) -> dict[str, tuple[int, int, int]]:
    return {name: (f.gained, f.lost, f.changed) for name, f in site.fields.items()}


def changes(old: Any, new: Any, archive: store.Archive, maker: Maker) -> SiteComparison:
    maker.commit(maker.page(URL, 1, old))
    reread(maker, (1, new))
    (site,) = compared(archive)
    return site


def test_gained_lost_and_changed(archive: store.Archive, maker: Maker) -> None:
    old = article(
        "Same body.", authors=("Ann",), description="About it", keywords=("a",), headline_forms={"og": "A"}
    )
    new = article(
        "Same body.", authors=("Ann", "Bert"), image="https://example.org/a.jpg", keywords=("a",),
        headline_forms={"og": "A"}, is_accessible_for_free=False,
    )  # fmt: skip
    site = changes(old, new, archive, maker)
    assert counts(site) == {
        "description": (0, 1, 0),
        "authors": (0, 0, 1),
        "image": (1, 0, 0),
        "is_accessible_for_free": (1, 0, 0),
    }
    assert (site.pages, site.same, site.differ, site.failed) == (1, 0, 1, 0)
    sample = site.fields["authors"].samples[0]
    assert (sample.change, sample.old, sample.new, sample.url) == ("changed", "Ann", "Ann; Bert", URL)
    assert (sample.article_id, sample.captured_at) == (1, moment(1))


def test_a_date_is_shown_as_the_page_has_it(archive: store.Archive, maker: Maker) -> None:
    old = article(date_published="2024-01-20T10:00:00+05:30", date_published_precision="second")
    new = article(date_published="2024-01-20T04:30:00Z", date_published_precision="second")
    site = changes(old, new, archive, maker)
    assert counts(site) == {"date_published": (0, 0, 1)}  # the same moment, but not what the page says
    sample = site.fields["date_published"].samples[0]
    assert (sample.old, sample.new) == ("2024-01-20T10:00+05:30", "2024-01-20T04:30+00:00")


def test_numbers_of_words_and_of_samples(archive: store.Archive, maker: Maker) -> None:
    for n in range(1, 6):
        maker.commit(maker.page(f"{URL}/{n}", n, article("one two three")))
    reread(maker, *((n, article("one two" if n < 5 else "one two three")) for n in range(1, 6)))
    (site,) = compared(archive, samples=2)
    assert (site.words_before, site.words_after) == (15, 11)
    assert (site.same, site.differ, counts(site)) == (1, 4, {"article_body": (0, 0, 4)})
    assert [sample.url for sample in site.fields["article_body"].samples] == [f"{URL}/1", f"{URL}/2"]
    assert compared(archive, samples=0)[0].fields["article_body"].samples == []
    assert compared(archive, recipe=RECIPE) == []  # only what the present recipe made


def test_articles_that_come_and_go(archive: store.Archive, maker: Maker) -> None:
    maker.commit(
        maker.page(f"{URL}/goes", 1, article("Goes.", headline="Goes")),
        maker.page(f"{URL}/comes", 2, Extraction(Verdict.LISTING)),
        maker.page(f"{URL}/stays", 3, article("Stays.")),
        maker.page(f"{URL}/stays", 4, article("Stays, changed.")),
        maker.page(f"{URL}/moves", 5, article("Moves.", headline="Moves")),
        maker.page(f"{URL}/both", 6, article("Both.")),
    )
    reread(
        maker,
        (1, Extraction(Verdict.GALLERY)),
        (2, article("Comes.", headline="Comes")),
        (3, Extraction(Verdict.LISTING)),  # its other capture shows the article still
        (5, article("Moves.", headline="Moves", canonical_url=f"{URL}/moved")),
        (6, article("Both.", canonical_url=f"{URL}/stays")),  # to an article that is shown already
    )
    (site,) = compared(archive)
    assert [(c.url, c.headline, c.verdict) for c in site.vanish] == [
        (f"{URL}/both", "Council meets", "article"),
        (f"{URL}/goes", "Goes", "gallery"),
        (f"{URL}/moves", "Moves", "article"),
    ]
    assert [(c.url, c.headline) for c in site.appear] == [(f"{URL}/comes", "Comes"), (f"{URL}/moved", "Moves")]
    assert counts(site) == {"verdict": (0, 0, 3), "canonical_url": (2, 0, 0)}
    assert (site.pages, site.differ) == (5, 5)
    # And so it is.
    before = {u for (u,) in maker.db.execute("SELECT url FROM articles").fetchall()}
    list(drafts.promote(maker.db, Present(maker.db, lambda url, at: NEW), Selection()))
    after = {u for (u,) in maker.db.execute("SELECT url FROM articles").fetchall()}
    assert before - after == {c.url for c in site.vanish}
    assert after - before == {c.url for c in site.appear}


def test_a_revisit_goes_with_its_original(archive: store.Archive, maker: Maker) -> None:
    first = maker.page(URL, 1, article())
    maker.commit(first, maker.again(first, 2))
    reread(maker, (1, Extraction(Verdict.LISTING)))
    (site,) = compared(archive)
    assert [c.url for c in site.vanish] == [URL]


def test_failures_are_named_and_change_nothing(archive: store.Archive, maker: Maker) -> None:
    maker.commit(maker.page(URL, 1, article("one two")))
    reread(maker, (1, None))
    (site,) = compared(archive)
    assert (site.pages, site.same, site.differ, site.failed) == (1, 0, 0, 1)
    assert (site.words_before, site.words_after, site.vanish) == (2, 2, [])
    assert site.as_json()[0]["failures"] == [
        {"url": URL, "captured_at": moment(1), "error": "extraction failed: it hung"}
    ]
    assert (
        "  1 page could not be read; what it shows stays\n"
        f"    {URL}  2024-01-20\n      extraction failed: it hung\n"
    ) in comparison_text(site)


def test_furniture_is_left_out_on_both_sides(archive: store.Archive, maker: Maker) -> None:
    fill(maker, range(5), HOURS)
    settle(maker.db, now=START)
    changed = page([*own_text(2), HOURS], description="New")
    reread(maker, (3, changed))
    (site,) = compared(archive)
    assert site.fields["description"].samples[0].url == url(2)
    assert counts(site) == {"description": (1, 0, 0)}
    assert site.words_before == site.words_after


def test_a_template_is_no_article_that_goes(archive: store.Archive, maker: Maker) -> None:
    template = article("This page was not found.", headline="Sorry")
    maker.commit(*(maker.page(f"{URL}/{n}", n, template) for n in range(3)))
    settle(maker.db, now=START)
    reread(maker, (1, Extraction(Verdict.SOFT_404)), (2, replace(template, verdict=Verdict.PAYWALL)))
    (site,) = compared(archive)
    assert (site.appear, site.vanish) == ([], [])
    assert counts(site) == {"verdict": (0, 0, 2)}


# Bodies.


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a\nb\nc", "a\nc", ("b", None, "[-b-]")),
        ("a\nc", "a\nb\nc", (None, "b", "{+b+}")),
        ("a", "a\nb\nc", (None, "b\nc", "{+b+}")),
        ("a\nb", "a", ("b", None, "[-b-]")),
        ("", "a", ("", "a", "{+a+}")),
        (
            "a\nthe old bridge",
            "a\nthe new bridge",
            ("the old bridge", "the new bridge", "the [-old-] {+new+} bridge"),
        ),
        ("若葉町に工場", "若葉町の工場", ("若葉町に工場", "若葉町の工場", "若葉町[-に-] {+の+}工場")),
    ],
)
def test_the_first_difference(old: str, new: str, expected: tuple[str | None, str | None, str]) -> None:
    assert first_difference(old, new) == expected


def test_a_word_diff_shows_what_is_around() -> None:
    words = [f"w{n}" for n in range(60)]
    changed = [*words[:30], "other", *words[31:]]
    assert word_diff(" ".join(words), " ".join(changed)) == (
        "… w24 w25 w26 w27 w28 w29 [-w30-] {+other+} w31 w32 w33 w34 w35 w36 …"
    )


@given(st.text("ab \n若", max_size=20), st.text("ab \n若", max_size=20))
def test_any_two_bodies_can_be_compared(old: str, new: str) -> None:
    if old != new:
        first_difference(old, new)


# As text.


def test_what_a_person_reads(archive: store.Archive, maker: Maker) -> None:
    maker.commit(
        maker.page(f"{URL}/1", 1, article("The old bridge.", authors=("Ann",))),
        maker.page(f"{URL}/2", 2, Extraction(Verdict.LISTING)),
    )
    reread(maker, (1, article("The new bridge.")), (2, article("Comes.", headline="It comes\x1b[31m")))
    (site,) = compared(archive)
    assert comparison_text(site) == (
        "example: 2 pages compared, 0 say the same, 2 differ\n"
        "\n"
        "  words of all bodies: 3 before, 4 after\n"
        "\n"
        "  field         gained  lost  changed\n"
        "  verdict       0       0     1\n"
        "  authors       0       1     0\n"
        "  article_body  0       0     1\n"
        "\n"
        "  1 article would appear\n"
        "    + It comes\ufffd[31m\n"
        "      https://example.org/news/2\n"
        "\n"
        "  verdict\n"
        "    changed: https://example.org/news/2  2024-01-20\n"
        "      - listing\n"
        "      + article\n"
        "\n"
        "  authors\n"
        "    lost: article 1  https://example.org/news/1  2024-01-20\n"
        "      - Ann\n"
        "\n"
        "  article_body\n"
        "    changed: article 1  https://example.org/news/1  2024-01-20\n"
        "      The [-old-] {+new+} bridge.\n"
    )
