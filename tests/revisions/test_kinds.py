"""The kinds of edits in several languages; what is none; what acknowledges one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive.revisions import Text, compare
from tests.revisions.samples import AFTER, BEFORE, BODIES, CLOCKS, EDITS, NOISE, NOTES, article, change


def edited(language: str, old: str, new: str) -> tuple[str, str]:
    body = BODIES[language]
    assert body.count(old) == 1, old
    return body, body.replace(old, new)


@pytest.mark.parametrize(("language", "kind", "old", "new"), EDITS)
def test_kind(language: str, kind: str, old: str, new: str) -> None:
    found = change(*edited(language, old, new), language)
    assert found is not None
    assert (found.kind, found.fields, found.acknowledged) == (kind, ("article_body",), None)
    if kind != "typographic":
        assert (found.words_added > 0) == (kind != "removal")
        assert found.words_removed == 0 or kind != "addition"


def test_what_was_added_was_removed_the_other_way_round() -> None:
    opposite = {"addition": "removal", "removal": "addition"}
    for language, kind, old, new in EDITS:
        before, after = edited(language, old, new)
        there, back = change(before, after, language), change(after, before, language)
        assert there is not None and back is not None
        assert back.kind == opposite.get(kind, kind), (language, old, new)
        assert (back.words_added, back.words_removed) == (there.words_removed, there.words_added)


@pytest.mark.parametrize(("language", "old", "new"), NOISE)
def test_the_same_text_is_no_edit(language: str, old: str, new: str) -> None:
    before, after = edited(language, old, new)
    assert before != after
    assert change(before, after, language) is None
    assert change(after, before, language) is None


@pytest.mark.parametrize(("language", "old", "new"), CLOCKS)
def test_what_the_page_counts_is_no_edit(language: str, old: str, new: str) -> None:
    body = BODIES.get(language, BODIES["en"])
    assert change(f"{old}\n{body}", f"{new}\n{body}", language) is None
    assert change(f"{body}\n{old}", f"{body}\n{new}", language) is None
    assert change(f"{body}\n{old}", body, language) is None


def test_a_time_within_a_sentence_is_text() -> None:
    old, new = (f"{BODIES['en']}\nPolice had closed the road {n} hours ago, a witness said." for n in (2, 3))
    found = change(old, new)
    assert found is not None and found.kind == "correction"


@pytest.mark.parametrize(("language", "note"), NOTES)
def test_a_note_acknowledges(language: str, note: str) -> None:
    body = BODIES.get(language, BODIES["en"])
    alone = change(body, f"{body}\n{note}", language)
    assert alone is not None and (alone.kind, alone.acknowledged) == ("addition", "notice")
    corrected = change(body, f"{body.replace('1931', '1913')}\n{note}", language)
    assert corrected is not None and (corrected.kind, corrected.acknowledged) == ("correction", "notice")
    later = change(f"{body}\n{note}", f"{body.replace('1931', '1913')}\n{note}", language)
    assert later is not None and later.acknowledged is None, "the note stood there before"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The bill has been amended to include bridges, and the map was updated on 3 May."),
        ("en", "Corrections officers updated their lists."),
        ("de", "Das Gesetz wurde in einer ersten Fassung abgelehnt und später geändert."),
        ("ja", "選手は自己ベストを更新しました。"),
        ("hi", "टूर्नामेंट के पिछले संस्करण में टीम हार गई थी।"),
        ("es", "El déficit se ha corregido en un año."),
    ],
)
def test_other_corrections_acknowledge_nothing(language: str, text: str) -> None:
    found = change(BODIES["en"], f"{BODIES['en']}\n{text}", language)
    assert found is not None and (found.kind, found.acknowledged) == ("addition", None)


def test_a_note_that_cleaning_took_out_acknowledges() -> None:
    body = BODIES["en"]
    found = change(body, body.replace("1931", "1913"), removed=("Editors’ note: a year was wrong.",))
    assert found is not None and found.acknowledged == "notice"
    found = change(body, body.replace("1931", "1913"), removed=("Read more: bridges of the county",))
    assert found is not None and found.acknowledged is None


@pytest.mark.parametrize(
    ("old", "new", "acknowledged"),
    [
        ("2026-03-01T08:00:00Z", "2026-03-02T08:00:00Z", "modified-date"),
        (None, "2026-03-02T08:00:00Z", "modified-date"),
        ("2026-03-01", "2026-03-02", "modified-date"),
        ("2026-03-01T08:00:00Z", "2026-03-01T08:00:00Z", None),
        ("2026-03-01T08:00:00Z", None, None),
        ("2026-03-02T08:00:00Z", "2026-03-01T08:00:00Z", None),
        (BEFORE, AFTER, None),  # the page's own clock
        (None, None, None),
    ],
)
def test_the_modified_date_acknowledges_if_it_moves(
    old: str | None, new: str | None, acknowledged: str | None
) -> None:
    body = BODIES["en"]
    before = article(body, date_modified=old)
    found = compare(before, article(body.replace("1931", "1913"), at=AFTER, date_modified=new))
    assert found is not None and found.acknowledged == acknowledged
    assert ("date_modified" in found.fields) == (old != new and (old, new) != (BEFORE, AFTER))
    assert compare(before, article(body, at=AFTER, date_modified=new)) is None, "alone, it is no edit"


def test_a_line_with_the_time_of_the_change_acknowledges() -> None:
    body = BODIES["en"]
    old, new = (f"Last updated: {n} March 2026, 10:15\n{body}" for n in (1, 2))
    found = change(old, new.replace("1931", "1913"))
    assert found is not None and (found.kind, found.acknowledged) == ("correction", "modified-date")


def test_a_date_and_a_note() -> None:
    body = BODIES["en"]
    found = change(body, f"{body}\nCorrection: it was Monday.", date_modified="2026-03-02T09:00:00Z")
    assert found is not None and found.acknowledged == "both"


@pytest.mark.parametrize(
    ("fields", "kind", "differs"),
    [
        ({"headline": "Council says yes to the old bridge"}, "headline-only", ("headline",)),
        ({"headline": "Council says yes", "description": "A vote."}, "headline-only", ("headline", "description")),
        ({"authors": ("Ann Lee", "Bo Ray")}, "metadata", ("authors",)),
        ({"article_section": "Town"}, "metadata", ("article_section",)),
        ({"date_published": "2026-02-27T10:00:00Z"}, "metadata", ("date_published",)),
        ({"headline": "“Council” votes on the old  bridge".replace("“Council”", "Council")}, None, ()),
        ({"authors": ("ANN LEE",)}, None, ()),
        ({}, None, ()),
    ],
)
def test_other_fields(fields: dict[str, object], kind: str | None, differs: tuple[str, ...]) -> None:
    found = change(BODIES["en"], BODIES["en"], **fields)
    assert (found.kind if found else None, found.fields if found else ()) == (kind, differs)
    if kind == "headline-only":
        assert found is not None and found.words_added > 0


def test_dates_are_compared_as_far_as_both_go() -> None:
    old = article("One line.", date_published="2026-03-01", date_published_precision="day")
    new = article("One line.", at=AFTER, date_published="2026-03-01T07:00:00Z", date_published_precision="minute")
    assert compare(old, new) is None
    assert compare(old, replace(new, date_published="2026-03-02T07:00:00Z")) is not None
    clocks = [replace(old, date_published=BEFORE), replace(new, date_published=AFTER)]
    assert compare(*clocks) is None


def test_a_description_that_is_cut_elsewhere_is_the_same() -> None:
    long = "The council of Ashford met on Monday to discuss the old bridge over the river."
    old = article("One line.", description=long)
    assert compare(old, article("One line.", at=AFTER, description=f"{long[:40]}…")) is None
    assert compare(old, article("One line.", at=AFTER, description="Another text.")) is not None


def test_spelling_beside_a_new_headline() -> None:
    body = BODIES["en"]
    found = change(body, body.replace("council", "councl"), headline="A different headline altogether")
    assert found is not None and (found.kind, found.fields) == ("headline-only", ("headline", "article_body"))


def test_a_live_blog_grows() -> None:
    entries = [f"10:0{n} The party of candidate {n} claims victory in its stronghold." for n in range(6)]
    old = "\n".join(entries[2:])
    new = "\n".join([*entries[:2], *entries[2:]]).replace("claims victory in", "has claimed victory in", 1)
    grown = compare(article(old, is_live=True), article(new, at=AFTER, is_live=True))
    assert grown is not None and grown.kind == "addition"
    touched = new.replace("candidate 3 claims", "candidate 3 now claims").replace("candidate 4", "Number 4")
    found = compare(article(old, is_live=True), article(touched, at=AFTER, is_live=True))
    assert found is not None and found.kind == "addition"


def test_a_moved_sentence_adds_and_removes_nothing() -> None:
    lines = BODIES["en"].split("\n")
    found = change("\n".join(lines), "\n".join([lines[2], lines[0], lines[1]]))
    assert found is not None
    assert (found.kind, found.words_added, found.words_removed) == ("rewrite", 0, 0)


def test_bodies_that_cannot_be_compared() -> None:
    old, new = article(BODIES["en"]), article(BODIES["en"][:60], at=AFTER)
    assert compare(old, new, with_body=False) is None
    found = compare(old, replace(new, headline="Another headline"), with_body=False)
    assert found is not None and found.kind == "headline-only"


def test_what_was_seen_in_between_is_not_told_twice() -> None:
    old = article(BODIES["en"])
    new = article(BODIES["en"].replace("1931", "1913"), at=AFTER, headline="Another headline")
    found = compare(old, new, between=replace(new, article_body="A teaser."))
    assert found is not None and (found.kind, found.fields) == ("correction", ("article_body",))


def test_empty_articles() -> None:
    assert compare(Text(BEFORE), Text(AFTER)) is None
    found = compare(Text(BEFORE), Text(AFTER, article_body="All of it is new."))
    assert found is not None and found.kind == "addition"
