"""Which recorded answer a request gets: order of time, revisits, 304, files of all writers, and what is broken."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.errors import BadInput, DamageFound
from archive.model import Exchange, Outcome, RefersTo
from archive.recording.answers import Answer, Recording
from archive.warc import records
from tests.core.samples import answer, article_page
from tests.custody import writers

URL = "https://paper.example/story"
DAYS = [f"2026-03-0{day}T10:00:00Z" for day in range(1, 6)]


@contextmanager
def recording(path: Path, *made: bytes, until: datetime | None = None) -> Iterator[Recording]:
    path.write_bytes(writers.zipped(made))
    with Recording([path], until) as opened:
        yield opened


def page(day: int, text: bytes) -> bytes:
    return writers.response(URL, DAYS[day], answer(text))


def body(found: Answer | None) -> bytes:
    assert found is not None
    return found.exchange.response.partition(b"\r\n\r\n")[2]


def test_the_nth_request_gets_the_nth_capture_by_time_and_the_last_one_again(tmp_path: Path) -> None:
    with recording(tmp_path / "a.warc.gz", page(2, b"third"), page(0, b"first"), page(1, b"second")) as web:
        assert [body(web.answer(URL, turn)) for turn in range(5)] == [
            b"first", b"second", b"third", b"third", b"third",
        ]  # fmt: skip
        last = [found.is_last for turn in range(3) if (found := web.answer(URL, turn))]
        assert last == [False, False, True]
        first = web.answer(URL)
        assert first is not None and first.exchange.started == datetime(2026, 3, 1, 10, tzinfo=UTC)
        assert web.answer("https://paper.example/other") is None


def test_with_a_time_the_web_stands_still(tmp_path: Path) -> None:
    until = datetime(2026, 3, 2, 12, tzinfo=UTC)
    made = (page(0, b"first"), page(1, b"second"), page(2, b"third"))
    with recording(tmp_path / "a.warc.gz", *made, until=until) as web:
        assert [body(web.answer(URL, turn)) for turn in range(2)] == [b"second", b"second"]
    with pytest.raises(BadInput, match="up to 2020"):
        Recording([tmp_path / "a.warc.gz"], datetime(2020, 1, 1, tzinfo=UTC))


def test_a_page_is_found_without_the_parameters_that_tell_of_its_reader(tmp_path: Path) -> None:
    made = writers.response(f"{URL}?utm_source=x&id=7", DAYS[0], answer(b"seven"))
    with recording(tmp_path / "a.warc.gz", made) as web:
        assert body(web.answer(f"{URL}?id=7")) == body(web.answer(f"{URL}?utm_source=x&id=7")) == b"seven"
        assert web.answer(URL) is None


def test_a_304_answers_only_who_asked_for_it(tmp_path: Path) -> None:
    confirmed = writers.response(
        URL, DAYS[1], answer(status=304), kind="revisit", WARC_Profile=records.NOT_MODIFIED
    )
    with recording(tmp_path / "a.warc.gz", page(0, b"whole"), confirmed) as web:
        asked, unasked = web.answer(URL, 1, conditional=True), web.answer(URL, 1)
        assert asked is not None and asked.exchange.response.startswith(b"HTTP/1.1 304")
        assert body(unasked) == b"whole" and unasked is not None and unasked.is_last


@pytest.mark.parametrize("naming", ["id", "address and date", "digest"])
def test_a_revisit_has_its_own_head_and_the_body_of_its_original(tmp_path: Path, naming: str) -> None:
    text = article_page()
    digest = writers.sha1(text)
    original = writers.response(
        "https://paper.example/first", DAYS[0], answer(text), name="original", WARC_Payload_Digest=digest
    )
    names = {
        "id": {"WARC_Refers_To": writers.record_id("original")},
        "address and date": {
            "WARC_Refers_To_Target_URI": "https://paper.example/first", "WARC_Refers_To_Date": DAYS[0],
        },
        "digest": {"WARC_Payload_Digest": digest},
    }[naming]  # fmt: skip
    head = answer(b"", "X-Own: yes").replace(b"Content-Length: 0", f"Content-Length: {len(text)}".encode())
    profile = "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
    revisit = writers.response(URL, DAYS[1], head, kind="revisit", WARC_Profile=profile, **names)
    with recording(tmp_path / "a.warc.gz", revisit, original) as web:
        found = web.answer(URL)
        assert found is not None and found.outcome is Outcome.ARCHIVED and found.exchange.complete
        assert found.exchange.response == head + text
    with recording(tmp_path / "b.warc.gz", revisit, page(0, b"x")) as web:
        assert body(web.answer(URL)) == b"x" and "1 revisits" in web.notes()[0]


def test_what_broadsheet_noted_of_an_attempt_without_an_answer_happens_again(tmp_path: Path) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)

    def note(**facts: str) -> bytes:
        return b"".join(m.data for m in records.note(URL, at, warcinfo_id="<urn:x:1>", facts=facts).members)

    path = tmp_path / "a.warc.gz"
    timed_out = note(outcome="timeout", detail="no answer in 45 s")
    path.write_bytes(timed_out + note(outcome="robots") + note(outcome="timeout", final="false"))
    with Recording([path]) as web:
        found = web.answer(URL)
        assert found is not None and (found.outcome, found.detail) == (Outcome.TIMEOUT, "no answer in 45 s")
        assert found.exchange.response == b"" and found.exchange.started == at
        assert found.is_last and found.is_transient


def test_an_answer_that_was_cut_is_cut_again(tmp_path: Path) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    whole = answer(article_page())
    exchange = Exchange(
        URL, b"GET /story HTTP/1.1\r\n\r\n", whole[:-100], at, complete=False, truncated="disconnect"
    )
    later = Exchange(URL, b"", answer(b"", status=304), at + timedelta(days=1))
    refers = RefersTo("<urn:x:1>", URL, DAYS[0], "sha1:X")
    groups = (
        records.build(exchange, warcinfo_id="<urn:x:1>", facts={"outcome": "truncated"}),
        records.build(later, warcinfo_id="<urn:x:1>", refers_to=refers),
    )
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(member.data for group in groups for member in group.members))
    with Recording([path]) as web:
        found = web.answer(URL)
        assert found is not None and found.outcome is Outcome.TRUNCATED and not found.exchange.complete
        assert found.exchange.response == whole[:-100] and found.exchange.request == exchange.request


def test_files_of_other_tools_and_a_wacz(tmp_path: Path) -> None:
    pages = writers.articles(1, 2, 3)
    heritrix = writers.heritrix(tmp_path / "h.warc.gz", pages)
    urls, texts = list(pages), [article_page(n) for n in (1, 2, 3)]
    whole = writers.fastwarc_responses(tmp_path / "f.warc.gz", urls, texts, whole=True)
    container = writers.wacz(
        tmp_path / "c.wacz", [writers.browsertrix(tmp_path / "b.warc.gz", pages)], deflated=True
    )
    pairs = writers.warcio_pairs(tmp_path / "w.warc", urls, texts, compressed=False)
    for file in (heritrix, whole, container, pairs):
        with Recording([file]) as web:
            assert [article_page(n) in body(web.answer(url)) for n, url in enumerate(urls, 1)] == [True] * 3, file
            assert web.names == (file.name,)


def test_what_cannot_be_read_costs_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    made = [writers.zipped([record]) for record in (page(0, b"first"), page(1, b"second"), page(2, b"third"))]
    path.write_bytes(made[0] + made[1][:-20] + bytes(20) + made[2])
    with Recording([path]) as web:
        assert [body(web.answer(URL, turn)) for turn in range(2)] == [b"first", b"third"]
        assert "cannot be read" in web.notes()[0]
        path.write_bytes(made[0][:40])
        with pytest.raises(DamageFound):
            web.answer(URL)


def test_what_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no WARC")
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "zip.gz").write_bytes(gzip.compress(b"no WARC"))
    for name in ("text", "empty", "folder", "zip.gz", "nothing-there"):
        with pytest.raises(BadInput, match=name):
            Recording([tmp_path / name])
