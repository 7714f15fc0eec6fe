"""Which pages a sample takes."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.regress.sample import allocate, by_style, by_turns, first_of_each

STRATA = [(site, month) for site in "abcd" for month in ("2026-01", "2026-02", "2026-03")]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 50), max_size=len(STRATA)), st.integers(0, 300))
def test_shares_add_up_and_leave_nobody_out(numbers: list[int], n: int) -> None:
    sizes = dict(zip(STRATA, numbers, strict=False))
    given_out = allocate(sizes, n, by_turns(sizes))
    assert sum(given_out.values()) == min(n, sum(sizes.values()))
    assert all(0 < number <= sizes[key] for key, number in given_out.items())
    held = [key for key, size in sizes.items() if size]
    if n >= len(held):
        assert set(given_out) == set(held)


def test_shares_follow_the_sizes() -> None:
    sizes = {("a", "1"): 900, ("b", "1"): 90, ("c", "1"): 10}
    assert allocate(sizes, 100, by_turns(sizes)) == {("a", "1"): 90, ("b", "1"): 9, ("c", "1"): 1}
    assert allocate(sizes, 4, by_turns(sizes)) == {("a", "1"): 2, ("b", "1"): 1, ("c", "1"): 1}


def test_each_site_comes_before_one_comes_twice() -> None:
    sizes = {("a", "1"): 50, ("a", "2"): 60, ("b", "1"): 3, ("c", "1"): 4}
    assert by_turns(sizes) == [("a", "2"), ("c", "1"), ("b", "1"), ("a", "1")]
    assert set(allocate(sizes, 3, by_turns(sizes))) == {("a", "2"), ("b", "1"), ("c", "1")}


def test_the_same_seed_takes_the_same_pages_in_whatever_order_they_come() -> None:
    members = [(("a", "1"), f"<urn:{n}>", n) for n in range(3000)]
    wanted = {("a", "1"): 20}
    first = first_of_each(members, wanted, 7)
    shuffled = random.Random(3).sample(members, len(members))
    assert first_of_each(shuffled, wanted, 7) == first
    assert len(first[("a", "1")]) == 20
    assert first_of_each(members, wanted, 8) != first
    assert first_of_each(members, {("b", "1"): 5}, 7) == {}


def test_an_archive_that_grows_keeps_most_of_its_sample() -> None:
    members = [(("a", "1"), f"<urn:{n}>", n) for n in range(1000)]
    before = set(first_of_each(members, {("a", "1"): 100}, 1)[("a", "1")])
    more = [*members, *((("a", "1"), f"<urn:{n}>", n) for n in range(1000, 1050))]
    after = set(first_of_each(more, {("a", "1"): 100}, 1)[("a", "1")])
    assert len(before & after) > 85


def test_each_house_style_is_read() -> None:
    candidates = [(n, "common") for n in range(18)] + [(18, "rare"), (19, "other")]
    chosen = by_style(candidates, 10)
    assert len(chosen) == 10
    assert {18, 19} <= set(chosen)
    assert chosen[:8] == list(range(8))
    assert by_style(candidates, 50) == list(range(20))
