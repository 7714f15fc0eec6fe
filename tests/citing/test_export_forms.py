"""CSV, JSON Lines and Parquet of any text whatever, however many rows."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import export
from archive.export import neutral
from archive.store.export import Rows
from tests.citing.commands import from_csv

ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@settings(deadline=None)
@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT), min_size=1, max_size=5))
def test_any_text_comes_back(pairs: list[tuple[str, str]]) -> None:
    columns = ("headline", "article_body")
    file = io.BytesIO()
    assert export.write(Rows(columns, iter(pairs)), file, "csv") == len(pairs)
    assert from_csv(file.getvalue()) == [dict(zip(columns, map(neutral, pair), strict=True)) for pair in pairs]
    file = io.BytesIO()
    export.write(Rows(columns, iter(pairs)), file, "jsonl")
    lines = file.getvalue().decode().splitlines()
    assert [json.loads(line) for line in lines] == [dict(zip(columns, pair, strict=True)) for pair in pairs]
    assert all(line.isprintable() or not any(c < " " for c in line) for line in lines)
    file = io.BytesIO()
    export.write(Rows(columns, iter(pairs)), file, "parquet")
    assert [tuple(row.values()) for row in pq.read_table(io.BytesIO(file.getvalue())).to_pylist()] == pairs


@settings(deadline=None)
@given(ANY_TEXT)
def test_a_neutral_cell_is_no_formula_and_loses_no_letter(text: str) -> None:
    cell = neutral(text)
    assert not cell.startswith(tuple("=+-@\t\r\n＝＋－＠"))
    assert cell.removeprefix("'") == "".join("\ufffd" if is_control(c) else c for c in text).removeprefix("'")


def is_control(c: str) -> bool:
    return (c not in "\t\n\r" and (c < " " or "\x7f" <= c <= "\x9f")) or c in "\u2028\u2029"


@pytest.mark.parametrize("form", export.FORMATS)
def test_memory_does_not_grow_with_the_rows(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times as many rows, beyond what one batch holds, need no more memory at their peak."""
    monkeypatch.setattr(export, "_CHARACTERS", 1 << 20)
    body = "The council met. " * 3000  # 50 kB, so that a batch is full after 20 rows

    def peak(number: int) -> int:
        rows = ((n, f"{body}{n}") for n in range(number))
        with Path(os.devnull).open("wb") as file:
            tracemalloc.start()
            try:
                assert export.write(Rows(("article_id", "article_body"), rows), file, form) == number
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    peak(10)  # what is imported once
    assert peak(200) < 1.5 * peak(50) + 200_000
