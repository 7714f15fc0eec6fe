"""Each way in which a field gets worse is told with its day; what is no loss raises no alarm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from archive.drift.find import Change, changes
from archive.drift.signals import FILLED, rank
from tests.drift.samples import OLD, SINCE, day, history, page

Edit = Callable[[int], Mapping[str, Any]]
BODY = page(1).article_body


def told(edit: Edit, new: int = 12) -> list[Change]:
    return changes(history(edit, new), SINCE, frozenset({"The Example"}))


WORSE: list[tuple[str, str, Edit]] = [
    ("authors", "filled", lambda n: {"authors": None}),
    ("image", "filled", lambda n: {"image": None}),
    ("image_caption", "filled", lambda n: {"image_caption": None}),
    ("date_published", "time", lambda n: {"date_published": day(n), "date_published_precision": "day"}),
    ("date_published", "zone", lambda n: {"date_published_offset": None}),
    ("date_published", "future", lambda n: {"date_published": "2026-11-03T06:00:00Z"}),
    ("date_published", "fresh", lambda n: {"date_published": "2025-03-06T06:00:00Z"}),
    ("headline", "named", lambda n: {"headline": "The Example"}),
    ("headline", "same", lambda n: {"headline": "Latest news"}),
    ("image", "same", lambda n: {"image": "https://example.org/logo.png"}),
    ("in_language", "usual", lambda n: {"in_language": "fr"}),
    ("headline", "source", lambda n: {"sources": {"headline": "title"}}),
    ("verdict", "paywall", lambda n: {"verdict": "paywall"}),
    ("verdict", "article", lambda n: {"verdict": "consent", "version_id": None}),
    ("verdict", "error", lambda n: {"has_error": True}),
    ("article_body", "short", lambda n: {"words": 20}),
    ("article_body", "long", lambda n: {"words": 400}),
    ("article_body", "lists", lambda n: {"block_kinds": ("li",) * 6}),
    ("article_body", "blocks", lambda n: {"block_kinds": ("p",)}),
    ("article_body", "sure", lambda n: {"confidence": 0.5}),
    ("article_body", "furniture", lambda n: {"article_body": f"{n} {BODY}\nTell your friends about us."}),
    ("article_body", "links", lambda n: {"article_body": f"{n} {BODY}\n{page(n - 1).headline}"}),
    ("article_body", "caption", lambda n: {"article_body": f"{n} {BODY}\nThe hall before meeting {n}"}),
    ("article_body", "byline", lambda n: {"article_body": f"By Author {n % 4}.\n{n} {BODY}"}),
    ("article_body", "stray", lambda n: {"article_body": f"Number {n} of our letters\n{BODY}"}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "kind", "edit"), WORSE, ids=[f"{field}-{kind}" for field, kind, _ in WORSE])
def test_a_loss_is_told_with_its_day_and_a_page_on_each_side(field: str, kind: str, edit: Edit) -> None:
    found = [change for change in told(edit) if change.field == field]
    assert [(change.kind, change.day, change.worse, change.ended) for change in found] == [
        (kind, day(OLD), True, None)
    ]
    assert found[0].before.page.captured_at < found[0].after.page.captured_at
    assert (
        found[0].after.page.url == f"https://example.org/{OLD + (1 if OLD % 7 == 0 and 'image' in field else 0)}"
    )
    assert found[0].before.good / found[0].before.of > 0.8 and found[0].after.good == 0


def test_a_feed_that_says_otherwise() -> None:
    pages = [page(number, claimed=f"{day(number)}T06:00:00Z") for number in range(OLD)]
    pages += [
        page(n, claimed=f"{day(n)}T06:00:00Z", date_published="2026-03-03T06:00:00Z")
        for n in range(OLD + 8, OLD + 24)
    ]
    (change,) = changes(pages, SINCE)
    assert (change.field, change.kind, change.words) == ("date_published", "feed", "as the feed says")


HARMLESS: dict[str, Edit] = {
    "nothing": lambda n: {},
    "a new section": lambda n: {"article_section": "Regatta"},
    "another author": lambda n: {"authors": "Author 9"},
    "one odd article": lambda n: {"authors": None, "words": 5, "headline": None} if n == OLD + 3 else {},
    "a better source": lambda n: {"sources": {"authors": "json_ld"}},
    "a picture fewer": lambda n: {"image": None, "image_caption": None} if n % 4 == 0 else {},
    "keywords appear": lambda n: {"keywords": '["bridge"]'},
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_no_loss_raises_no_alarm(name: str) -> None:
    assert [change for change in told(HARMLESS[name]) if change.worse] == []


def test_what_appears_and_a_better_source_are_told() -> None:
    (appeared,) = told(HARMLESS["keywords appear"])
    assert (appeared.field, appeared.kind, appeared.worse) == ("keywords", "new", False)
    (source,) = told(HARMLESS["a better source"])
    assert (source.field, source.kind, source.now, source.worse) == ("authors", "source", "json_ld", False)


def test_what_was_mended_is_told_and_over() -> None:
    (change,) = changes(history(lambda n: {"authors": None}, 12, 20), SINCE)
    assert change.day == day(OLD) and change.ended is not None and change.ended > change.day


def test_what_was_known_before_is_not_told_again() -> None:
    pages = history(lambda n: {"authors": None}, 24)
    assert changes(pages, day(OLD + 16)) == []


@pytest.mark.parametrize("noted", ["2018", "2018-01", "2018-01-01", "2018-01-01T04:05:06Z"])
def test_days_of_captures_that_other_tools_noted(noted: str) -> None:
    assert page(1, captured_at=noted).day == "2018-01-01"
    pages = [page(number, captured_at=noted) for number in range(OLD)]
    pages += [page(number, authors=None) for number in range(OLD, OLD + 12)]
    assert [(change.field, change.day) for change in changes(pages, SINCE)] == [("authors", day(OLD))]


def test_too_little_says_nothing() -> None:
    assert told(lambda n: {"authors": None}, new=3) == []
    assert changes([], SINCE) == []
    assert changes([page(number, authors=None) for number in range(10)], SINCE) == []


def test_a_date_of_change_that_is_usually_there_later_only() -> None:
    """Of a backlog many articles were changed before they were read; of what is read at once none."""
    pages = [page(n, date_modified=day(n) if n % 2 and n < OLD else None) for n in range(OLD + 16)]
    assert changes(pages, SINCE) == []


def test_every_field_that_is_watched_is_one_of_a_page() -> None:
    assert all(hasattr(page(1), name) for name in FILLED)
    assert rank("json_ld") > rank("meta") > rank("page") > rank("title") == rank(None)
