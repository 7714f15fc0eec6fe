"""The 8 bytes that stand for a line, and that two captures of one text can be put together."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.extract import evidence
from archive.extract.evidence import AUTHOR, HEADING, KEPT, LINKED, entries, gather, hash_of, merge, numbers
from tests.extract.conftest import Extract
from tests.extract.pages import line

BODY = ["One line of the body, which is the first.", "Another line", "A third line."]


def test_eight_bytes_a_line_the_body_first_in_its_order() -> None:
    page = [
        line("Beside it"),
        *(line(text, heading=text == BODY[1]) for text in BODY),
        line("A link", linked=True),
    ]
    found = list(entries(gather(page, BODY, ["Mara Quill"])))
    assert [e.marks & (AUTHOR | KEPT | HEADING) for e in found] == [AUTHOR, KEPT, KEPT | HEADING, KEPT, 0]
    assert [e.key for e in found[1:]] == [hash_of(text) for text in [*BODY, "Beside it"]]
    assert [e.words for e in found] == [0, 9, 2, 3, 2]
    assert len(gather(page, BODY, ["Mara Quill"])) == 8 * 5


def test_links_beside_the_body_are_left_out_and_those_in_it_marked() -> None:
    page = [line(BODY[0]), line("Read this", linked=True), line("Read that", linked=True), line("Read that")]
    found = {e.key: e.marks for e in entries(gather(page, [BODY[0], "Read this"]))}
    assert found[hash_of("Read this")] & LINKED
    assert not found[hash_of("Read that")] & LINKED  # it stands there without a link as well
    assert len(found) == 3
    assert hash_of("x") not in {e.key for e in entries(gather([line("x", linked=True)], []))}


def test_a_hash_is_that_of_the_words() -> None:
    assert hash_of("• The  Ferry!") == hash_of("the ferry") == 169346264284402
    assert hash_of("—") == 0 == hash_of("")
    assert 0 < hash_of("\ud800 lone") < 2**48


@pytest.mark.parametrize(
    ("given", "back"), [(0.0, 1 / 30), (0.5, 0.5), (1.0, 29 / 30), (7.0, 29 / 30), (-1, 1 / 30)]
)
def test_confidence_in_fifteen_steps(given: float, back: float) -> None:
    first, second = entries(gather([], BODY[:2], confidence=[given]))
    assert first.confidence == pytest.approx(back)
    assert second.confidence is None


def test_lines_without_words_and_repeated_ones_make_no_entry() -> None:
    assert len(numbers(gather([line("***")], [*BODY, "***", BODY[0].upper()]))) == len(BODY)


def test_at_most_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MAX_LINES", 10)
    page = [line(f"Beside it {i}") for i in range(50)]
    few = gather(page, BODY)
    assert len(numbers(few)) == 10
    assert numbers(few) == numbers(gather(page[::-1], BODY))  # which ones does not depend on their order
    many = gather(page, [f"Body {i}" for i in range(50)])
    assert [n & KEPT for n in numbers(many)] == [KEPT] * 10


def test_damaged_evidence_is_read_as_far_as_it_goes() -> None:
    whole = gather([], BODY)
    assert numbers(whole[:-3]) == numbers(whole)[:-1]
    assert numbers(b"") == ()


_pages = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans(), st.booleans()), max_size=8)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(_pages, min_size=3, max_size=3))
def test_captures_of_one_text_are_put_together_in_any_order(
    pages: list[list[tuple[str, bool, bool]]],
) -> None:
    a, b, c = (
        gather([line(text, heading=heading, linked=linked) for text, heading, linked in page], BODY, ["Mara"])
        for page in pages
    )
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, a) == a == merge(a, b"") == merge(b"", a)
    assert {n >> 16 for n in numbers(merge(a, b))} == {n >> 16 for n in (*numbers(a), *numbers(b))}


def test_an_extraction_brings_its_evidence(run: Extract) -> None:
    paragraphs = "".join(
        f"<p>The board met for the {i}th time and agreed on how to share quay {i}.</p>" for i in range(9)
    )
    html = f"""<html><head><meta name="author" content="Mara Quill"></head><body><nav><a href="/x">Elsewhere</a></nav>
      <article><h1>Board agrees on the quay</h1>{paragraphs}</article><footer>Printed on the quay.</footer></body>"""
    found = run(html)
    assert found.article is not None
    keys = {e.key: e.marks for e in entries(found.lines)}
    assert [e.key for e in entries(found.lines) if e.marks & KEPT] == [
        hash_of(text) for text in found.article.article_body.split("\n")
    ]
    assert not keys[hash_of("Printed on the quay.")] & KEPT
    assert keys[hash_of("Board agrees on the quay")] & HEADING
    assert evidence.author_hash("mara quill") in keys
    assert hash_of("Elsewhere") not in keys
    assert run(html).lines == found.lines == struct.pack(f"<{len(keys)}Q", *numbers(found.lines))
    assert run("<html><body><p>Nothing much.</p></body></html>").lines == b""
