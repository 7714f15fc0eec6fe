"""Dates as pages write them: the right value, the offset that is stated, and nothing that is not."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.dates import day_order, is_ambiguous, parse_date, to_utc

LATEST = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2026-03-16T15:05:00+05:30", "2026-03-16T15:05:00+05:30"),
        ("2026-03-16T15:05:00.123456789Z", "2026-03-16T15:05:00+00:00"),
        ("2026-03-16 15:05:00 +0100", "2026-03-16T15:05:00+01:00"),
        ("2026-03-16T15:05", "2026-03-16T15:05:00"),
        ("2026/03/16 15:05:00 UTC", "2026-03-16T15:05:00+00:00"),
        ("2026-03-16T15:05:00+01:00[Europe/Berlin]", "2026-03-16T15:05:00+01:00"),
        ("2026-03-16", "2026-03-16"),
        ("20260316", "2026-03-16"),
        ("1773673500", "2026-03-16T15:05:00+00:00"),
        ("1773673500000", "2026-03-16T15:05:00+00:00"),
        ("Mon, 16 Mar 2026 15:05:00 +0100", "2026-03-16T15:05:00+01:00"),
        ("Mon Mar 16 2026 15:05:00 GMT+0100 (CET)", "2026-03-16T15:05:00+01:00"),
        ("20 Jan 2024 12:17 PM GMT", "2024-01-20T12:17:00+00:00"),
        ("Published on: 20 Jan 2024 12:17 AM GMT", "2024-01-20T00:17:00+00:00"),
        ("March 16, 2026 at 3:05 p.m. ET", "2026-03-16T15:05:00-04:00"),
        ("January 16, 2026 at 3:05 p.m. Eastern Time", "2026-01-16T15:05:00-05:00"),
        ("Updated 3:05 PM EDT, Mon March 16, 2026", "2026-03-16T15:05:00-04:00"),
        ("16.03.2026, 15:05 Uhr", "2026-03-16T15:05:00"),
        ("Montag, 16. März 2026, 15:05 Uhr MEZ", "2026-03-16T15:05:00+01:00"),
        ("Le 16 mars 2026 à 15h05", "2026-03-16T15:05:00"),
        ("16 de março de 2026", "2026-03-16"),
        ("16 marca 2026", "2026-03-16"),
        ("16 mars 2026 klokken 15.05", "2026-03-16T15:05:00"),
        ("2026. március 16. 15:05", "2026-03-16T15:05:00"),
        ("16 марта 2026, 15:05 МСК", "2026-03-16T15:05:00+03:00"),
        ("2026年3月16日 15時05分（JST）", "2026-03-16T15:05:00+09:00"),
        ("2026年3月16日 午後3時05分", "2026-03-16T15:05:00"),
        ("2026년 3월 16일 오후 3:05", "2026-03-16T15:05:00"),
        ("16 मार्च 2026, 03:05 PM IST", "2026-03-16T15:05:00+05:30"),
        ("१६ मार्च २०२६, १५:०५", "2026-03-16T15:05:00"),
        ("١٦ مارس ٢٠٢٦ - ١٥:٠٥", "2026-03-16T15:05:00"),
        ("16 كانون الثاني 2026", "2026-01-16"),
        ("16 Eylül 2026 15:05", "2026-09-16T15:05:00"),
        ("5 tháng 3, 2026 15:05 GMT+7", "2026-03-05T15:05:00+07:00"),
        ("16 มี.ค. 2569 15:05", "2026-03-16T15:05:00"),
        ("16 מרץ 2026 15:05", "2026-03-16T15:05:00"),
    ],
)
def test_reads(raw: str, value: str) -> None:
    found = parse_date(raw, latest=LATEST)
    assert found is not None and found.value == value


@pytest.mark.parametrize(
    "raw",
    ["", "yesterday", "2 hours ago", "March 2026", "15:05", "2023-99-99", "2026-02-30", "0001-01-01", "1970-01-01T00:00:00Z",  # noqa: E501
     "9999-12-31", "2026-12-01T00:00:00Z", "31 Dec 2098", "12345", "Section 12 of 2024", "x" * 5000],
)  # fmt: skip
def test_invents_nothing(raw: str) -> None:
    assert parse_date(raw, latest=LATEST) is None


def test_the_page_words_are_kept_without_their_label() -> None:
    found = parse_date("Published on:\u00a0 20 Jan 2024 12:17 PM GMT", latest=LATEST)
    assert found is not None and found.raw == "20 Jan 2024 12:17 PM GMT"
    found = parse_date("2026年3月16日 15時05分（JST）", latest=LATEST)
    assert found is not None and found.raw == "2026年3月16日 15時05分（JST）"


@pytest.mark.parametrize(
    ("languages", "value"),
    [((), "2026-04-03"), (("en",), "2026-04-03"), (("en-US",), "2026-03-04"), (("de", "en-US"), "2026-04-03")],
)
def test_order_of_day_and_month(languages: tuple[str, ...], value: str) -> None:
    found = parse_date("03/04/2026", languages=languages, latest=LATEST)
    assert found is not None and found.value == value


@pytest.mark.parametrize(
    ("raw", "order", "value"),
    [
        ("03/04/2026", "mdy", "2026-03-04"),
        ("03-04-2026", "mdy", "2026-03-04"),
        ("03.04.2026", "dmy", "2026-04-03"),
        ("25/04/2026", "mdy", "2026-04-25"),
        ("2026/03/04", "dmy", "2026-03-04"),
        ("03/12/2026", "dmy", "2026-03-12"),  # the third of December would be in the future
        ("03.12.2026", "dmy", None),  # nobody writes the month first between dots
    ],
)
def test_an_order_that_is_known(raw: str, order: str, value: str | None) -> None:
    found = parse_date(raw, latest=LATEST, order=order)
    assert (found and found.value) == value


def test_what_other_dates_say_of_the_order() -> None:
    assert day_order(["on 10/25/2026", "03/04/2026"]) == "mdy"
    assert day_order(["on 25.10.2026, 99/10/2026"]) == "dmy"
    assert day_order(["10/25/2026", "25/10/2026"]) is None
    assert day_order(["2026-10-25", "03/04/2026", "1/2/26"]) is None
    assert [is_ambiguous(x) for x in ("3/4/2026", "03.03.2026", "25/4/2026", "2026-03-04")] == [True, *[False] * 3]


@pytest.mark.parametrize(
    ("raw", "precision"),
    [
        ("2026-03-16T15:05:00+05:30", "second"),
        ("2026-03-16T15:05+05:30", "minute"),
        ("2026-03-16 15:05", "minute"),
        ("20260316T150500Z", "second"),
        ("1773673500", "second"),
        ("Mon, 16 Mar 2026 15:05:00 +0100", "second"),
        ("16.03.26, 15:05 Uhr", "minute"),
        ("16 March 2026, 3 p.m.", "minute"),
        ("16 March 2026", "day"),
    ],
)
def test_precision(raw: str, precision: str) -> None:
    found = parse_date(raw, latest=LATEST)
    assert found is not None and found.precision == precision


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("November 2025", "2025-11"),
        ("2025-11", "2025-11"),
        ("2025年11月", "2025-11"),
        ("Noviembre de 2025", "2025-11"),
        ("November 25, 2025", "2025-11-25"),
        ("December 2026", None),
        ("Spring 2026", None),
        ("2025-13", None),
        ("November 1889", None),
    ],
)
def test_a_month_only_when_asked_for(raw: str, value: str | None) -> None:
    found = parse_date(raw, latest=LATEST, months=True, thorough=False)
    assert (found and found.value) == value
    if found and found.precision == "month":
        assert parse_date(raw, latest=LATEST, thorough=False) is None
        assert to_utc(found.value) == (found.value, None)


def test_a_number_above_twelve_decides_the_order() -> None:
    for raw in ("16/03/2026", "03/16/2026"):
        found = parse_date(raw, latest=LATEST)
        assert found is not None and found.value == "2026-03-16"


@pytest.mark.parametrize(("languages", "offset"), [((), "+05:30"), (("en-IE",), "+01:00"), (("he",), "+02:00")])
def test_ist_by_country(languages: tuple[str, ...], offset: str) -> None:
    found = parse_date("16 March 2026 15:05 IST", languages=languages, latest=LATEST)
    assert found is not None and found.value == "2026-03-16T15:05:00" + offset


def test_never_later_than_the_capture_whatever_the_zone() -> None:
    noon = datetime(2026, 3, 16, 12, tzinfo=UTC)
    assert parse_date("2026-03-16T12:00:01Z", latest=noon) is None
    assert parse_date("2026-03-16T13:30:00+01:00", latest=noon) is None
    assert parse_date("2026-03-16T21:00:00+09:00", latest=noon) is not None
    # Without a zone it may be local time of the earliest zone on earth, and no more than that.
    assert parse_date("2026-03-17T02:00:00", latest=noon) is not None
    assert parse_date("2026-03-17T02:01:00", latest=noon) is None


def test_a_language_beyond_the_tables_goes_to_dateparser() -> None:
    found = parse_date("16 марта 2026", languages=("ru",), latest=LATEST)
    assert found is not None
    found = parse_date("16 sausio 2026", languages=("lt",), latest=LATEST)
    assert found is None or found.value == "2026-01-16"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("2026-03-16T15:05:00+05:30", ("2026-03-16T09:35:00Z", "+05:30")),
        ("2026-03-16T15:05:00-03:30", ("2026-03-16T18:35:00Z", "-03:30")),
        ("2026-03-16T15:05:00+00:00", ("2026-03-16T15:05:00Z", "+00:00")),
        ("2026-03-16T15:05:00", ("2026-03-16T15:05:00", None)),
        ("2026-03-16", ("2026-03-16", None)),
        ("no date", ("no date", None)),
    ],
)
def test_to_utc(value: str, wanted: tuple[str, str | None]) -> None:
    assert to_utc(value) == wanted


@given(st.text(max_size=210))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = parse_date(text, latest=LATEST, thorough=False)
    if found:
        datetime.fromisoformat(found.value)
        to_utc(found.value)


@pytest.mark.parametrize(
    "piece", ["1", "1/", "jan ", "12:00 ", "2024 ", "年", "1.", "+", "march 1, ", "\u0661", "GMT"]
)
def test_hostile_repetition_is_bounded(piece: str) -> None:
    begin = time.process_time()
    for _ in range(20):
        parse_date((piece * 200)[:200], latest=LATEST, thorough=False)
    assert time.process_time() - begin < 5, "quadratic or worse in 200 characters"
