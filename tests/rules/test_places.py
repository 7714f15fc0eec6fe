"""Lines and columns of values in TOML: against hand-made documents, and against tomllib on any document."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.rules.places import Path, places

DOCUMENT = '''\
# [[rule]] in a comment
title = "a = b # [[rule]]"

[[rule]]
host = ["one.example", # a comment, with ] and "
        'two.example']
note = """
[[rule]]
host = "not this"
"""
headline.select = "h1"

  [rule.date_published]  # of the first rule
  "select" = "time[datetime]"
  zone = { name = 'Europe/Paris', "of" = [1, [2, 3]] }

[[ rule ]]
host="three.example"
from = 2024-05-31
[rule.byline]
select = \'\'\'//p[contains(., "'")]\'\'\'
[other."quoted key".table]
x = 1_000
'''


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("title",), 2, 9),
        (("rule", 0, "host"), 5, 8),
        (("rule", 0, "host", 0), 5, 9),
        (("rule", 0, "host", 1), 6, 9),
        (("rule", 0, "note"), 7, 8),
        (("rule", 0, "headline", "select"), 11, 19),
        (("rule", 0, "date_published", "select"), 14, 14),
        (("rule", 0, "date_published", "zone", "name"), 15, 19),
        (("rule", 0, "date_published", "zone", "of", 1, 1), 15, 50),
        (("rule", 1, "host"), 18, 6),
        (("rule", 1, "from"), 19, 8),
        (("rule", 1, "byline", "select"), 21, 10),
        (("other", "quoted key", "table", "x"), 23, 5),
    ],
)
def test_where_a_value_begins(path: Path, line: int, column: int) -> None:
    assert places(DOCUMENT).values[path] == (line, column)


def test_where_keys_and_tables_begin() -> None:
    found = places(DOCUMENT)
    assert found.of_key(("rule", 0)) == (4, 1)
    assert found.of_key(("rule", 1)) == (17, 1)
    assert found.of_key(("rule", 0, "date_published")) == (13, 3)
    assert found.of_key(("rule", 0, "headline")) == (11, 1)
    assert found.of_key(("rule", 0, "date_published", "zone", "of")) == (15, 35)


def test_what_has_no_place_of_its_own_has_that_of_what_holds_it() -> None:
    found = places(DOCUMENT)
    assert found.of(("rule", 1, "nothing")) == (17, 1)
    assert found.of(("rule", 0, "host", 7)) == (5, 8)
    assert found.of(("nothing",)) == (1, 1)


def test_line_ends_of_windows_count_once() -> None:
    assert places(DOCUMENT.replace("\n", "\r\n")) == places(DOCUMENT)


def values(data: Any, path: Path = ()) -> dict[Path, Any]:
    """Every value below, by its path; tables of `[[ ]]` and `[ ]` are no values of their own."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    found: dict[Path, Any] = {}
    for key, value in items:
        if not isinstance(value, dict):
            found[(*path, key)] = value
        found |= values(value, (*path, key))
    return found


KEYS = st.text(alphabet="ab-_ .\"'é#=[", min_size=1, max_size=4)
TEXTS = st.text(alphabet="ab\"'\\\n#[]{},= é", max_size=8)
SIMPLE = st.one_of(TEXTS, st.integers(-9, 10**6), st.booleans(), st.dates(), st.floats(allow_nan=False, width=16))
VALUES = st.recursive(
    SIMPLE, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)), max_leaves=8
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.lists(st.dictionaries(KEYS, VALUES, max_size=3), max_size=3))
def test_any_document_has_the_paths_that_tomllib_finds(data: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    """tomlkit writes the document; what lies at each place is the value that tomllib has read there."""
    text = tomlkit.dumps({**data, "rule": rules} if rules else data)
    read = tomllib.loads(text)
    expected = values(read)
    found = places(text).values
    simple = {path for path, value in expected.items() if not isinstance(value, list)}
    assert simple <= set(found)
    lines = text.split("\n")
    for path in simple:
        line, column = found[path]
        rest = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        value = expected[path]
        if isinstance(value, bool):
            assert rest.startswith(str(value).lower())
        elif isinstance(value, str):
            assert rest[0] in "\"'"
        else:
            assert rest[0] in "+-0123456789i"
