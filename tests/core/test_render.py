"""Text for a terminal, in scripts of all kinds."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.render import article_text, columns, hit_text, plain, wrap
from archive.status import status_text
from archive.store import Hit, SiteStatus

ENGLISH = (
    "The council met on Tuesday evening and agreed — after two hours of debate — to mend the “old bridge”, "
    "said Ms O’Neill (see https://news.example/a/very/long/address/that/does/not/fit/into/one/line/at/all)."
)
JAPANESE = (
    "気象庁は２日、東京で「今年初めて」の雪を観測したと発表した。昨年より３日早く、平年より１０日遅い。"
    "担当者は「油断しないでほしい」と話した。ニュースサイトでは写真が相次いでいる！"
)
HINDI = "मुख्यमंत्री ने मंगलवार को कहा कि पुराने पुल की मरम्मत का काम वसंत में शुरू होगा और दो वर्ष तक चलेगा।"
ARABIC = "قال المتحدث باسم البلدية إنّ أعمال الترميم ستبدأ في الربيع وتستمر عامين على الأقل."


def test_columns() -> None:
    assert columns("abc") == 3
    assert columns("東京") == 4
    assert columns("２日") == 4
    assert columns("e\u0301") == 1
    assert columns("की") == 2  # the vowel sign stands beside its consonant
    assert columns("पु") == 1  # and this one below
    assert columns("إنّ") == 2
    assert columns("a\u200bb\u200f") == 2
    assert columns("") == 0


@pytest.mark.parametrize("width", [20, 40, 88])
def test_latin_text_is_broken_as_the_standard_library_does(width: int) -> None:
    expected = textwrap.wrap(ENGLISH, width, break_long_words=False, break_on_hyphens=False)
    assert wrap(ENGLISH, width) == expected


@pytest.mark.parametrize("width", range(10, 40))
def test_japanese_lines_are_full_and_begin_and_end_well(width: int) -> None:
    lines = wrap(JAPANESE, width)
    assert "".join(lines) == JAPANESE
    for line in lines:
        assert columns(line) <= width + 2  # a mark that may not begin a line hangs
        assert line[0] not in "。、」！ーっ"
        assert line[-1] != "「"
    assert all(columns(line) >= width - 5 for line in lines[:-1])


@pytest.mark.parametrize("text", [HINDI, ARABIC])
def test_hindi_and_arabic_are_broken_at_blanks_by_what_they_take(text: str) -> None:
    lines = wrap(text * 3, 40)
    assert " ".join(lines) == " ".join((text * 3).split())
    assert all(columns(line) <= 40 for line in lines)
    assert all(columns(line) >= 25 for line in lines[:-1])


def test_mixed_text() -> None:
    assert wrap("Twitterでは写真", 10) == ["Twitterで", "は写真"]
    assert wrap("東京 2026", 88) == ["東京 2026"]
    assert wrap("", 88) == [""]


@given(st.text(max_size=200), st.integers(1, 60))
def test_nothing_is_lost_but_blanks(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert lines


RECORD = {
    "headline": "Bridge to be mended at last",
    "description": "Two hours of debate, one vote.",
    "authors": ("Ana Ruiz", "Bo Lind"),
    "date_published": "2026-03-01T08:00:00Z",
    "date_published_offset": "+05:30",
    "date_modified": "2026-03-01T08:00:00Z",
    "date_modified_offset": "+05:30",
    "article_section": "Politics",
    "in_language": "en",
    "site": "news",
    "url": "https://news.example/1",
    "verdict": "paywall",
    "article_body": "First paragraph.\nSecond paragraph.\n",
    "removed": [{"text": "Next\nStory " * 40, "reason": "next story"}],
}

PAGE = """\
POLITICS

Bridge to be mended at last
===========================

Two hours of debate, one vote.

By:        Ana Ruiz, Bo Lind
Published: 2026-03-01T13:30+05:30
Site:      news
Language:  en
URL:       https://news.example/1
Note:      behind a paywall: the text is what the page showed

First paragraph.

Second paragraph."""


def test_an_article_reads_like_one() -> None:
    assert article_text(RECORD) == PAGE
    removed = article_text(RECORD, removed=True)
    assert removed.startswith(PAGE + "\n\n-- removed from the page --\n\n[next story] Next Story Next")
    assert removed.endswith("…")


def test_an_article_of_which_little_is_known() -> None:
    text = article_text(
        {"headline": None, "article_body": None, "date_published": "2026-03-01", "byline_raw": "By us"}
    )
    assert text == "(no headline)\n=============\n\nBy:        By us\nPublished: 2026-03-01"
    assert "11:00" in article_text({"date_published": "2026-03-01T11:00:00", "date_published_offset": None})


def test_a_hit() -> None:
    hit = Hit(
        article_id=58, url="https://news.example/1", headline="Bridge to be mended", authors="Ana Ruiz",
        date_published="2026-03-01T08:00:00Z", site="news", language="en",
        snippet="… the old bridge is to be mended …", marks=((10, 16),), rank=-1.0,
    )  # fmt: skip
    assert hit_text(hit, bold=("<", ">")) == (
        "    58  Bridge to be mended\n"
        "        2026-03-01  news  Ana Ruiz\n"
        "        … the old <bridge> is to be mended …"
    )
    assert hit_text(hit, width=30).splitlines()[-1] == "        be mended …"


def test_what_a_terminal_would_obey_is_shown_not_sent() -> None:
    assert plain("a\x1b[31mb\nc\td\u202e e\u00e9 東") == "a\ufffd[31mb c d\ufffd e\u00e9 東"


def test_a_site_is_a_paragraph() -> None:
    site = SiteStatus(
        site_id=1, name="gazette", title="The Gazette", homepage="https://g.example/", known=40, done=30, due=3,
        held=25, captured=44, failed={"timeout": 2, "refused": 1}, excluded={"robots": 4},
        last_crawl="2026-03-02T08:00:00Z",
    )  # fmt: skip
    text = status_text(Path("news"), [site, SiteStatus(2, "new", None, "https://n.example/")])
    assert text == (
        "gazette (The Gazette)  https://g.example/\n"
        "  25 articles from 44 captures; 3 of 40 known URLs are due\n"
        "  3 failed: refused 1, timeout 2\n"
        "  4 excluded: robots 4\n"
        "  last crawl: 2026-03-02 08:00:00 UTC\n"
        "\n"
        "new  https://n.example/\n"
        "  0 articles from 0 captures; 0 of 0 known URLs are due\n"
        "  last crawl: never"
    )
    assert status_text(Path("news"), []) == "news: no site yet; broadsheet add URL"
