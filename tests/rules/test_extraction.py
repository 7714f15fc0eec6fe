"""What rules do to an extraction: body, fields with their sources, what is dropped, and what happens if they miss."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from archive.model import Article, Extraction, Verdict
from tests.rules.samples import ASIDE, CAPTURED, FIRST, PAGE, RULE, SECOND, THIRD, URL, extracted


def article(found: Extraction) -> Article:
    assert found.article is not None, (found.verdict, found.error)
    return found.article


def chosen(found: Extraction, field: str) -> tuple[str, str]:
    (source,) = [s for s in found.sources if s.field == field and s.chosen]
    return source.source, source.value


def test_the_page_needs_rules() -> None:
    """Without this the tests below would say nothing."""
    without = article(extracted(None))
    assert without.headline == "Tidewater: news from the coast"
    assert without.authors == ("Clara Wrongly",)
    assert without.date_published == "2024-05-30T06:00:00+00:00"
    assert without.description is None
    assert extracted(None).body_source != "site-rule"


def test_a_whole_rule() -> None:
    found = extracted()
    page = article(found)
    assert found.error is None
    assert (found.verdict, found.body_source) == (Verdict.ARTICLE, "site-rule")
    assert page.article_body.split("\n") == [FIRST, SECOND, THIRD]
    assert page.headline == "Old bridge to be mended after all"
    assert page.authors == ("Ann Example", "Bert Sample")
    assert page.byline_raw == "By Ann Example and Bert Sample"
    assert page.date_published == "2024-05-03T14:05:00+01:00"
    assert page.date_published_raw == "3/5/2024 at 2.05 PM"
    assert page.description == "The bridge will be mended after all."
    assert page.article_section == "Town"
    assert [(r.text, r.reason, r.place) for r in found.removed] == [
        ("Read more: the ferry is late again", "site rule: drop .c-more", "div.c-more")
    ]


def test_candidates_of_rules_come_first_and_the_others_stay() -> None:
    found = extracted()
    for field, value in {
        "headline": "Old bridge to be mended after all",
        "authors": "Ann Example, Bert Sample",
        "date_published": "2024-05-03T14:05:00+01:00",
        "description": "The bridge will be mended after all.",
        "article_section": "Town",
    }.items():
        mine = [s for s in found.sources if s.field == field]
        assert (mine[0].source, mine[0].value, mine[0].chosen) == ("site-rule", value, True), field
        assert [s.chosen for s in mine[1:]] == [False] * (len(mine) - 1), field
    before = {(s.field, s.source, s.value) for s in extracted(None).sources if s.field in ("headline", "authors")}
    assert before <= {(s.field, s.source, s.value) for s in found.sources}
    assert article(found).headline_forms["site-rule"] == "Old bridge to be mended after all"
    assert article(found).headline_forms["og"] == "Tidewater: news from the coast"


def test_links_of_what_is_dropped_are_still_links_of_the_page() -> None:
    assert extracted().links == extracted(None).links
    assert "https://www.tidewater.example/news/ferry" in [link.url for link in extracted().links]


def test_the_same_bytes_and_rules_give_the_same_extraction() -> None:
    assert extracted() == extracted()
    extracted('keep = "h1"')
    assert extracted() == extracted()


def body(words: str, page: str = PAGE) -> list[str]:
    found = extracted(words, page)
    assert found.error is None, found.error
    assert found.body_source == "site-rule"
    return article(found).article_body.split("\n")


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ('keep = ".c-text"', [FIRST, "Read more: the ferry is late again", SECOND, THIRD]),
        ('keep = ".c-text > p"', [FIRST, SECOND, THIRD]),
        ('keep = ["p:last-of-type", ".c-text p"]', [FIRST, SECOND, THIRD, ASIDE]),
        ('keep = [".c-offer p:first-child", ".c-title"]', ["Old bridge to be mended", "after all", ASIDE]),
        ("keep = \"//p[contains(., 'engineer')]\"", [SECOND]),
        ('keep = "./body/div[5]/p"', [FIRST, SECOND, THIRD]),
        ('keep = ["body", ".c-text"]\ndrop = ["h1", "body > div:not(.c-text)", ".c-more"]', [FIRST, SECOND, THIRD]),
        ('keep = ".c-text"\ndrop = ["//div[a]", "p:nth-of-type(2)"]', [FIRST, THIRD]),
    ],
)  # fmt: skip
def test_the_body_is_exactly_what_is_kept_in_the_order_of_the_page(words: str, lines: list[str]) -> None:
    assert body(words) == lines


def test_a_kept_piece_of_a_line_is_a_line_of_its_own() -> None:
    page = PAGE.replace("<p>" + SECOND, f"<p>Town: <span class=t>{SECOND}<br>And more.</span> (tw)")
    assert body('keep = "span.t"', page) == [SECOND, "And more."]


def test_text_behind_something_dropped_stays_where_it_is() -> None:
    text = "<div class=t>One sentence <b class=x>no</b>of it.<div class=x>gone</div>Another <i>sentence</i>.</div>"
    page = PAGE.replace('<div class="c-text">', f'{text}<div class="c-text">')
    found = extracted('keep = ".t"\ndrop = ".x"', page)
    assert article(found).article_body.split("\n") == ["One sentence of it.", "Another sentence."]
    assert [(r.text, r.place) for r in found.removed] == [("no", "b.x"), ("gone", "div.x")]


def test_what_is_dropped_inside_of_what_is_dropped_is_recorded_once() -> None:
    found = extracted('drop = [".c-offer p", ".c-offer"]')
    reasons = [r.reason for r in found.removed if r.text == ASIDE]
    assert reasons == ["site rule: drop .c-offer"] * 3
    assert ASIDE not in article(found).article_body
    assert FIRST in article(found).article_body


def test_cleaning_is_for_the_general_way_unless_a_rule_asks_for_it() -> None:
    page = PAGE.replace(f"<p>{THIRD}", f"<p>Sign up for our newsletter</p><p>{THIRD}")
    assert "Sign up for our newsletter" in body('keep = ".c-text > p"', page)
    found = extracted('keep = ".c-text > p"\nclean = true', page)
    assert article(found).article_body.split("\n") == [FIRST, SECOND, THIRD]
    assert ("Sign up for our newsletter", "prompt: newsletter") in [(r.text, r.reason) for r in found.removed]


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ('keep = ".gone"', "site rule: keep '.gone' matches nothing"),
        ('keep = [".gone", "//p[@class]"]', "site rule: keep '.gone', '//p[@class]' matches nothing"),
        ('keep = "head"', "site rule: what keep 'head' matches holds no text"),
        ('keep = ".c-text"\ndrop = "div"', "would take the whole page, so it took nothing"),
        ('drop = "body"', "site rule: drop 'body' would take the whole page, so it took nothing"),
        ('drop = "html"', "site rule: drop 'html' would take the whole page, so it took nothing"),
        (
            'date_published = ".c-title"',
            "site rule: date_published reads no date before the capture in 'Old bridge",
        ),
    ],
)
def test_a_rule_that_misses_does_not_lose_the_page(words: str, note: str) -> None:
    found = extracted(words)
    assert found.error is not None and note in found.error
    without = article(extracted(None))
    assert FIRST in article(found).article_body and THIRD in article(found).article_body
    assert article(found).headline == without.headline
    assert article(found).date_published == without.date_published
    if 'keep = ".c-text"' not in words:
        assert article(found) == without
        assert found.body_source != "site-rule"


def test_what_is_kept_but_dropped_as_well_is_not_kept() -> None:
    found = extracted('keep = ".c-more"\ndrop = ".c-more a, .c-more"')
    assert found.error == "site rule: what keep '.c-more' matches holds no text"
    assert FIRST in article(found).article_body


def test_a_field_that_is_not_there_is_left_to_the_general_way_without_a_note() -> None:
    found = extracted('headline = ".gone"\nbyline = ".gone"\ndate_published = ".gone"\nsection = "p.gone"')
    assert found.error is None
    assert article(found) == article(extracted(None))


def test_the_first_selector_whose_text_reads_wins() -> None:
    assert article(extracted('headline = [".gone", ".c-kicker", ".c-title"]')).headline == "Town"
    words = 'headline = { select = ["h1", ".c-title"], pattern = "^Old (.+) after" }'
    assert article(extracted(words)).headline == "bridge to be mended"


@pytest.mark.parametrize(
    ("rule", "authors"),
    [
        ('".c-who"', ("Ann Example", "Bert Sample")),
        ('".c-who b"', ("Ann Example", "Bert Sample")),
        ("{ select = \".c-who\", pattern = 'and (?P<value>.+)$' }", ("Bert Sample",)),
        ("{ select = \".c-who\", pattern = 'Ann \\w+' }", ("Ann Example",)),
        ('{ select = "meta[name=lead]", attribute = "name" }', ("lead",)),
        ('"//b[1]/text()"', ("Ann Example",)),
        ("\"//meta[@name='lead']/@name\"", ("lead",)),
    ],
)
def test_bylines(rule: str, authors: tuple[str, ...]) -> None:
    assert article(extracted(f"byline = {rule}")).authors == authors


def test_a_byline_that_names_nobody_is_no_byline() -> None:
    """The house itself, by the cleaning of names that every byline passes."""
    page = PAGE.replace('<meta name="lead"', '<meta property="og:site_name" content="Tidewater"><meta name="lead"')
    page = page.replace("By <b>Ann Example</b> and <b>Bert Sample</b>", "Tidewater")
    assert article(extracted('byline = ".c-who"', page)).authors == ("Clara Wrongly",)


def published(text: str, rule: str = "", **more: Any) -> str | None:
    page = PAGE.replace("Posted on 3/5/2024 at 2.05 PM", text).replace(
        '"datePublished":"2024-05-30T06:00:00Z",', ""
    )
    words = f'date_published = {{ select = ".c-when"{", " if rule else ""}{rule} }}'
    return article(extracted(words, page, **more)).date_published


@pytest.mark.parametrize(
    ("text", "rule", "value"),
    [
        ("3 May 2024 14:05 BST", "", "2024-05-03T14:05:00+01:00"),
        ("3 May 2024", "", "2024-05-03"),
        ("3 May 2024", 'timezone = "Europe/London"', "2024-05-03"),
        ("3 May 2024, 14:05", 'timezone = "Europe/London"', "2024-05-03T14:05:00+01:00"),
        ("3 Jan 2024, 14:05", 'timezone = "Europe/London"', "2024-01-03T14:05:00+00:00"),
        ("3 May 2024, 14:05 EDT", 'timezone = "Europe/London"', "2024-05-03T14:05:00-04:00"),
        ("3 May 2024, 14:05", 'timezone = "-03:30"', "2024-05-03T14:05:00-03:30"),
        ("05.03.24", 'format = "%m.%d.%y"', "2024-05-03"),
        ("3/5/2024", 'format = "%m/%d/%Y"', "2024-03-05"),
        ("le 3 mai 2024 à 14h05", 'format = "%d %B %Y à %Hh%M"', "2024-05-03T14:05:00"),
        ("2024-05-03 12:10 AM", 'format = "%Y-%m-%d %I:%M %p"', "2024-05-03T00:10:00"),
        ("2024-05-03 12:10 p.m.", 'format = "%Y-%m-%d %I:%M %p"', "2024-05-03T12:10:00"),
        ("20240503140500+0200", 'format = "%Y%m%d%H%M%S%z"', "2024-05-03T14:05:00+02:00"),
        ("3. 5. of 2024", "pattern = '(?P<day>\\d+)\\. (?P<month>\\d+)\\. of (?P<year>\\d+)'", "2024-05-03"),
        ("Mai 2024, 3", "pattern = '(?P<month>\\w+) (?P<year>\\d{4}), (?P<day>\\d+)'", "2024-05-03"),
        ("Shown 1 May 2024, printed 3 May 2024", "pattern = 'printed (.+)'", "2024-05-03"),
        ("from 1/2/24 to 3/5/24", "pattern = 'to (.+)', format = \"%d/%m/%y\"", "2024-05-03"),
        ("31/31/2024", 'format = "%d/%m/%Y"', None),
        ("3 Wibble 2024", 'format = "%d %B %Y"', None),
        ("1 July 2024", "", None),  # after the capture
        ("1 June 2024 13:30", 'timezone = "Europe/Paris"', "2024-06-01T13:30:00+02:00"),
    ],
)
def test_dates(text: str, rule: str, value: str | None) -> None:
    assert published(text, rule) == value


def test_a_zone_may_show_that_a_time_is_after_the_capture() -> None:
    page = PAGE.replace("Posted on 3/5/2024 at 2.05 PM", "1 June 2024 14:30")
    found = extracted('date_published = { select = ".c-when", timezone = "Europe/Paris" }', page)
    assert chosen(found, "date_published") == ("json_ld", "2024-05-30T06:00:00+00:00")
    assert "site-rule" not in [s.source for s in found.sources if s.field == "date_published"]


def test_a_time_element_is_read_by_its_datetime_and_a_meta_by_its_content() -> None:
    page = PAGE.replace("Posted on", '<time datetime="2024-05-02T10:00:00Z">yesterday</time>')
    found = extracted('date_published = "time"\ndate_modified = { select = "time", attribute = "datetime" }', page)
    assert chosen(found, "date_published") == ("site-rule", "2024-05-02T10:00:00+00:00")
    assert chosen(found, "date_modified") == ("site-rule", "2024-05-02T10:00:00+00:00")
    assert article(extracted('headline = "time"', page)).headline == "yesterday"
    assert article(extracted('headline = "meta[name=lead]"')).headline == "The bridge will be mended after all."


def test_a_day_that_a_rule_gives_is_not_changed_for_a_time_that_something_else_gives() -> None:
    page = PAGE.replace("3/5/2024 at 2.05 PM", "30/5/2024")
    found = extracted('date_published = { select = ".c-when", format = "%d/%m/%Y" }', page)
    assert chosen(found, "date_published") == ("site-rule", "2024-05-30")


def test_fields_are_read_from_what_is_dropped_too() -> None:
    found = extracted('drop = [".c-who", ".c-when"]\nbyline = ".c-who b"')
    assert article(found).authors == ("Ann Example", "Bert Sample")
    assert "By Ann Example and Bert Sample" in [r.text for r in found.removed]


def test_what_a_page_states_in_its_head_can_be_dropped() -> None:
    page = PAGE.replace('"author":{"@type":"Person","name":"Clara Wrongly"}', '"author":[]')
    page = page.replace("Tidewater Desk Service", "Dora Wrongly")
    assert article(extracted(None, page)).authors == ("Dora Wrongly",)
    found = article(extracted('drop = "meta[name=author]"', page))
    assert found.authors == ("Ann Example", "Bert Sample")


def test_the_language_of_a_rule_is_that_of_the_page_and_of_its_dates() -> None:
    found = extracted('language = "en-US"\ndate_published = ".c-when"')
    assert chosen(found, "in_language") == ("site-rule", "en-US")
    assert article(found).date_published == "2024-03-05T14:05:00"


def test_a_verdict_is_taken_only_with_what_the_rule_keeps() -> None:
    listing = "<html><body><ul>" + "".join(
        f'<li><a href="/s/{n}">Story number {n} of the day in town</a></li>' for n in range(30)
    )
    assert extracted(None, listing).verdict is Verdict.LISTING
    assert extracted('verdict = "article"', listing).verdict is Verdict.ARTICLE
    assert extracted('verdict = "article"\nkeep = "li"', listing).verdict is Verdict.ARTICLE
    missed = extracted('verdict = "article"\nkeep = ".gone"', listing)
    assert (missed.verdict, missed.article) == (Verdict.LISTING, None)
    assert extracted(RULE + 'verdict = "listing"\n').verdict is Verdict.LISTING


@pytest.mark.parametrize(
    "page", ["", "<p>", "<html></html>", "\x00\x01\x02" * 50, "<body><div class=c-text></div>", "{}"]
)
def test_odd_pages(page: str) -> None:
    found = extracted(RULE, page)
    assert found.error is None or "failed" not in found.error


def test_a_rule_that_fails_inside_costs_the_rule_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("archive.extract.ruled.find", broken)
    found = extracted()
    assert found.error == "site rules could not be read: RuntimeError: boom"
    assert article(found) == article(extracted(None))


def test_the_capture_decides_which_rule_holds() -> None:
    rules = RULE.replace("keep", "until = 2024-05-31\nkeep")
    before, after = datetime(2024, 5, 31, tzinfo=UTC), CAPTURED
    assert extracted(rules, captured_at=before).body_source == "site-rule"
    assert extracted(rules, captured_at=after) == extracted(None, captured_at=after)
    assert URL.startswith("https://")
