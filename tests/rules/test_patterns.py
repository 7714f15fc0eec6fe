"""Regular expressions of rules: what may take long is refused, what people write for bylines and dates is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.rules.patterns import DATE_GROUPS, MAX_TEXT, check

NASTY = [
    "a" * MAX_TEXT,
    " " * MAX_TEXT,
    "1" * MAX_TEXT,
    "aA " * 67,
    "a1,b " * 40,
    "ab" * 100,
    "\n" * MAX_TEXT,
    "字" * MAX_TEXT,
]


@pytest.mark.parametrize(
    "pattern",
    [
        r"^By ([^|]+)",
        r"(?i)von (.+?) (?:und|,)",
        r"[A-Z][a-z]+( [A-Z][a-z]+){1,3}",
        r"([A-ZÄÖÜ]\w+ )+\|",
        r"^(.+?) \| (.+?) \| .+$",
        r"(?P<day>\d{1,2})\. (?P<month>\w+) (?P<year>\d{4}),? (?P<hour>\d{1,2})[.:](?P<minute>\d\d)",
        r"(\d+)-(\d+)-(\d+) (\d+):(\d+)",
        r"(\d+\.)+\d+",
        r"記者[:：]\s*([^（(]+)",
        r"[一-龥]+報道",
        r"Updated:?\s+(.*)$",
        r"(?:Mr|Ms|Dr)\.? (\w+)",
        r"(?>a+)b",
        r"\w++,",
        r"(?=\d)\d{4}",
        r"\bby\b (\w+)",
    ],
)
def test_patterns_of_bylines_and_dates_are_taken(pattern: str) -> None:
    compiled = check(pattern, ("value", *DATE_GROUPS))
    for text in NASTY:
        compiled.search(text)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"(a+)+b", "repetitions or alternatives inside of a repetition"),
        (r"(a|ab|b)*c", "repetitions or alternatives inside of a repetition"),
        (r"(?:\w+\s?)+!", "repetitions or alternatives inside of a repetition"),
        (r"(?:a?){30}b", "repetitions or alternatives inside of a repetition"),
        (r"(\w+,?)+$x", "repetitions or alternatives inside of a repetition"),
        (r"(.*)(.*)(.*)(.*)x", "can take very long"),
        (r"\w+\w+\w+\w+!", "can take very long"),
        (r"\s{0,20}\s{0,20}\s{0,20}\s{0,20}\s{0,20}x", "can take very long"),
        (r"[一-龥]+[一-龥]+[一-龥]+[一-龥]+x", "can take very long"),
        (r"(a)\1", "refers back to a group"),
        (r"(?P<value>a)(?(value)b|c)", "refers back to a group"),
        (r"a*", "matches the empty text"),
        (r"(", "is no regular expression"),
        (r"[z-a]", "is no regular expression"),
        ("(" * 200, "is no regular expression"),
        (r"(?P<name>a)", "has a group named 'name'"),
        ("a" * 501, "more than 500 characters"),
    ],
)
def test_patterns_that_may_take_long_are_refused(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        check(pattern, ("value",))


ATOMS = st.sampled_from(["a", "b", r"\w", r"\d", ".", "[ab]", "[^a]", r"\s", " ", ",", "aa", "$", r"\b"])
QUANTIFIERS = st.sampled_from(["", "", "*", "+", "?", "{1,3}", "{2}", "*?", "+?", "{0,30}"])
PATTERNS = st.recursive(
    st.tuples(ATOMS, QUANTIFIERS).map("".join),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.tuples(st.lists(inner, min_size=1, max_size=3).map("|".join), QUANTIFIERS).map(
            lambda p: f"({p[0]}){p[1]}"
        ),
    ),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(PATTERNS)
def test_whatever_is_taken_ends(pattern: str) -> None:
    """A pattern that slipped through would hang here until the test's own limit."""
    try:
        compiled = check(pattern)
    except ValueError:
        return
    for text in NASTY:
        compiled.search(text)
