"""Which date of a page is that of publication, which one of change, and how exactly each is stated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from archive.model import Article
from tests.extract.conftest import Extract
from tests.extract.test_extract import BODY, TITLE, article, page


def dates(run: Extract, head: str = "", body: str = "", *, lang: str = "en", **ld: Any) -> Article:
    return article(run, page(head, body, ld=ld, lang=lang))


H1 = f"<h1>{TITLE}</h1>"


@pytest.mark.parametrize(
    ("line", "published", "modified"),
    [
        ("March 3, 2026", "2026-03-03", None),
        ("Published on March 3, 2026", "2026-03-03", None),
        ("Last updated: March 9, 2026", None, "2026-03-09"),
        ("March 3, 2026 - Updated March 9, 2026", "2026-03-03", "2026-03-09"),
        ("Updated March 9, 2026 | Published March 3, 2026", "2026-03-03", "2026-03-09"),
        ("<b>Harbour</b><b>March 3, 2026</b><b>Updated: March 9, 2026</b>", "2026-03-03", "2026-03-09"),
        ("by Oda Vestergaard · March 3, 2026 at 3:05 pm · Four readers have answered", "2026-03-03T15:05:00", None),
        ("March 3, 2026 by Oda Vestergaard, who writes about harbours and their boats", "2026-03-03", None),
        ("Veröffentlicht am 3. März 2026, zuletzt aktualisiert am 9. März 2026", "2026-03-03", "2026-03-09"),
        ("Publié le 3 mars 2026, mis à jour le 9 mars 2026", "2026-03-03", "2026-03-09"),
        ("2026年3月3日 公開", "2026-03-03", None),
        ("2026年3月9日 更新", None, "2026-03-09"),
        ("Reviewed by Peter Maudsley on March 9, 2026", None, None),
    ],
)  # fmt: skip
def test_the_line_under_the_headline(run: Extract, line: str, published: str | None, modified: str | None) -> None:
    found = dates(run, body=f"{H1}<div>{line}</div>")
    assert (found.date_published, found.date_modified) == (published, modified)


def test_a_label_in_a_line_of_its_own(run: Extract) -> None:
    parts = ("Posted on", "March 3, 2026", "Updated at", "March 9, 2026", "Written by", "Oda Vestergaard")
    found = dates(run, body=H1 + "".join(f"<div>{x}</div>" for x in parts))
    assert (found.date_published, found.date_modified) == ("2026-03-03", "2026-03-09")


def test_classes_say_what_a_date_without_a_word_is(run: Extract) -> None:
    lines = '<p class="field--name-changed">March 9, 2026</p><p class="entry-date published">March 3, 2026</p>'
    found = dates(run, body=H1 + lines)
    assert (found.date_published, found.date_modified) == ("2026-03-03", "2026-03-09")
    both = '<time class="entry-date published updated" datetime="2026-03-03T08:00:00+01:00">3 March</time>'
    found = dates(run, body=H1 + both)
    assert (found.date_published, found.date_modified) == ("2026-03-03T08:00:00+01:00", None)


CARDS = "".join(f"<div><b>Another story {i}</b><p>April {i}, 2026</p></div>" for i in range(3, 7))


def test_dates_of_other_articles_are_not_this_ones(run: Extract) -> None:
    html = page(body=H1 + "<p>By Oda Vestergaard</p>", ld={}).replace("</body>", CARDS + "</body>")
    assert article(run, html).date_published is None
    html = page(body=H1 + "<p>By Oda Vestergaard</p>", ld={}).replace("</body>", "<p>April 3, 2026</p></body>")
    assert article(run, html).date_published == "2026-04-03"
    masthead = "<header><p>Friday, April 10, 2026</p></header>" + H1 + "<p>March 3, 2026</p>"
    assert dates(run, body=masthead).date_published == "2026-03-03"


def test_the_time_element_nearest_to_the_headline(run: Extract) -> None:
    others = "<header>" + "<time datetime=2026-01-05>5 January</time>" * 3 + "</header>"
    own = "<article><h1>" + TITLE + "</h1><p><time datetime='2026-03-03T12:00:00Z'>03/03/2026</time></p></article>"
    assert dates(run, body=others + own).date_published == "2026-03-03T12:00:00+00:00"


def test_a_sentence_that_tells_when_it_first_came_out(run: Extract) -> None:
    first = "<p>This article was originally published on 26 Sep 2019 at 4:12pm but has been looked over since.</p>"
    found = dates(run, body=f"<p>30 Sep 2022, 11:07am</p>{H1}{BODY}{first}")
    assert found.date_published == "2019-09-26T16:12:00"


@pytest.mark.parametrize(
    ("stated", "changed", "shown", "published"),
    [
        ("2026-06-24", "2026-06-24", "Aug 25, 2024", "2024-08-25"),
        ("2026-06-24T22:02:58Z", "2026-06-24T22:02:58Z", "June 23, 2026", "2026-06-23"),
        # Evening in another zone is the same moment, not an earlier day.
        ("2026-06-24T02:02:58Z", "2026-06-24T02:02:58Z", "June 23, 2026", "2026-06-24T02:02:58+00:00"),
        # It was changed later, so the date of publication is a statement of its own.
        ("2026-06-24", "2026-07-02", "Aug 25, 2024", "2026-06-24"),
        ("2026-06-24", "2026-06-24", "Updated Aug 25, 2024", "2026-06-24"),
        # A later day beside the headline is no date of publication.
        ("2024-06-24", "2026-06-24", "June 24, 2026", "2024-06-24"),
    ],
)
def test_a_system_that_states_the_last_change_as_publication(
    run: Extract, stated: str, changed: str, shown: str, published: str
) -> None:
    found = dates(run, body=f"{H1}<div>{shown}</div>", datePublished=stated, dateModified=changed)
    assert found.date_published == published
    assert found.date_modified is not None and found.date_modified[:10] == changed[:10]


@pytest.mark.parametrize(
    ("name", "published", "modified"),
    [
        ("published", True, False), ("w-published-date", True, False), ("citation_publication_date", True, False),
        ("content.publish_date", True, False), ("site:date_published", True, False), ("modified-date", False, True),
        ("cms-last-updated", False, True), ("site:last-published", False, False), ("expiration_date", False, False),
        ("video:upload_date", False, False), ("last-reviewed", False, False),
    ],
)  # fmt: skip
def test_meta_names_of_a_sites_own_making(run: Extract, name: str, published: bool, modified: bool) -> None:
    found = dates(run, f'<meta name="{name}" content="2026-03-03">')
    assert (found.date_published is not None, found.date_modified is not None) == (published, modified)


def test_the_same_instant_in_local_time(run: Extract) -> None:
    head = '<meta property="article:published_time" content="2026-03-04T03:05:00+00:00">'
    body = H1 + '<p><time datetime="2026-03-03T19:05:00-08:00">March 3, 2026</time></p>'
    found = dates(run, head, body)
    assert found.date_published == "2026-03-03T19:05:00-08:00"


@pytest.mark.parametrize(
    ("numbers", "elsewhere", "published"),
    [
        ("03/04/2026", "", "2026-04-03"),
        ("03/04/2026", "<p>Reported 10/25/2025 in the yearbook</p>", "2026-03-04"),
        ("03-04-2026", "<p>Reported 10/25/2025 in the yearbook</p>", "2026-03-04"),
        ("03/04/2026", "<p>Reported 25/10/2025 in the yearbook</p>", "2026-04-03"),
        ("03/04/2026", "<p>10/25/2025</p><p>25/10/2025</p>", "2026-04-03"),
        ("03/12/2026", "", "2026-03-12"),  # captured in November: the third of December was still to come
    ],
)
def test_order_of_day_and_month_by_the_pages_other_dates(
    run: Extract, numbers: str, elsewhere: str, published: str
) -> None:
    html = page(body=f"{H1}<p>{numbers}</p>", ld={}).replace("</body>", f"<footer>{elsewhere}</footer></body>")
    assert article(run, html).date_published == published


def test_order_of_day_and_month_by_agreement(run: Extract) -> None:
    head = '<meta name="article:published_time" content="03-09-2026">'
    assert dates(run, head, f"{H1}<div>Published March 9, 2026</div>").date_published == "2026-03-09"


@pytest.mark.parametrize(
    ("stated", "value", "precision"),
    [
        ("2026-03-03T08:00:00+01:00", "2026-03-03T08:00:00+01:00", "second"),
        ("2026-03-03T08:00+01:00", "2026-03-03T08:00:00+01:00", "minute"),
        ("March 3, 2026 3:05 pm", "2026-03-03T15:05:00", "minute"),
        ("2026-03-03", "2026-03-03", "day"),
        ("1772525045", "2026-03-03T08:04:05+00:00", "second"),
        ("2026-03", "2026-03", "month"),
        ("March 2026", "2026-03", "month"),
    ],
)
def test_precision_is_what_the_page_states(run: Extract, stated: str, value: str, precision: str) -> None:
    found = dates(run, datePublished=stated, dateModified=stated)
    assert (found.date_published, found.date_published_precision) == (value, precision)
    expected = (None, None) if precision == "month" else (value, precision)
    assert (found.date_modified, found.date_modified_precision) == expected


def test_a_month_only_where_nothing_says_the_day(run: Extract) -> None:
    found = dates(run, body=f"{H1}<p>November 2025</p>")
    assert (found.date_published, found.date_published_precision) == ("2025-11", "month")
    assert dates(run, body=f"{H1}<p>November 2025</p><p>7 November 2025</p>").date_published == "2025-11-07"
    assert dates(run, body=f"{H1}<p>The strike of November 2025 had ended at last.</p>").date_published is None


def test_no_month_after_the_capture(run: Extract) -> None:
    html = page(body=f"{H1}<p>December 2026</p>", ld={})
    assert article(run, html).date_published is None
    later = datetime(2026, 12, 2, tzinfo=UTC)
    assert article(run, html, captured_at=later).date_published == "2026-12"


def test_the_day_of_the_url_is_the_last_resort(run: Extract) -> None:
    url = "https://www.tidewater.example/2026/03/03/night-boat/"
    assert article(run, page(ld={}), url=url).date_published == "2026-03-03"
    assert article(run, page(body=f"{H1}<p>2 March 2026</p>", ld={}), url=url).date_published == "2026-03-02"
    assert article(run, page(ld={}), url=url.replace("/03/03/", "/14/03/")).date_published is None


def test_a_teasers_node_gives_no_date(run: Extract) -> None:
    other = '<script type="application/ld+json">{"@type":"%s","name":"N","datePublished":"2025-01-02"}</script>'
    assert dates(run, other % "WebPage").date_published == "2025-01-02"
    for kind in ("Review", "VideoObject", "Book"):
        assert dates(run, other % kind).date_published is None
