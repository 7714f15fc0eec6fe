"""The day of a new template is found by reading few pages."""

from __future__ import annotations

from collections.abc import Callable

from archive.drift.template import TemplateChange, template_changes
from archive.store.observed import Observed
from tests.drift.samples import OLD, day, page

PARTS = ("", '<div class="video"></div>', '<div class="gallery"></div>', '<aside class="quote"></aside>')


def html_of(name: str, number: int, *, more: int = 3) -> bytes:
    """A page whose optional parts and numbers of paragraphs differ from one to the next."""
    part = PARTS[number % len(PARTS)] + PARTS[number // 3 % len(PARTS)]
    text = f"<p>Text {number}.</p>" * (more + number % 5)
    return f'<html><body><main><div class="{name}">{text}</div>{part}</main></body></html>'.encode()


def found(name_of: Callable[[int], str], pages: int = 80) -> tuple[list[TemplateChange], set[str]]:
    read: set[str] = set()

    def reads(one: Observed) -> bytes:
        read.add(one.url)
        number = one.version_id or 0
        return html_of(name_of(number), number)

    return template_changes([page(number) for number in range(pages)], OLD, reads), read


def test_the_day_and_the_pages_on_both_sides_by_a_few_reads() -> None:
    changes, read = found(lambda number: "old" if number < 59 else "new", 400)
    (change,) = changes
    assert (change.day, change.before.version_id, change.after.version_id) == (day(59), 58, 59)
    assert (change.gone, change.new) == (("div.old", "main>div.old")[1:], ("main>div.new",))
    assert len(read) < 60


def test_two_changes() -> None:
    changes, _ = found(lambda number: "old" if number < 50 else "new" if number < 66 else "newest")
    assert [change.day for change in changes] == [day(50), day(66)]


def test_a_change_with_the_last_four_pages() -> None:
    changes, _ = found(lambda number: "old" if number < 76 else "new")
    assert [change.day for change in changes] == [day(76)]


def test_texts_and_optional_parts_are_no_change() -> None:
    assert found(lambda number: "same")[0] == []


def test_what_cannot_be_read_says_nothing() -> None:
    pages = [page(number) for number in range(80)]
    assert template_changes(pages, OLD, lambda one: None) == []
    assert template_changes([], 0, lambda one: None) == []
    listings = [page(number, verdict="listing") for number in range(80)]
    assert template_changes(listings, OLD, lambda one: b"<html><body></body></html>") == []
