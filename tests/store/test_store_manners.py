"""What hosts want: rules that were forgiven, robots.txt that is a page as well, rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive import store
from archive.model import Found, Outcome, PageKind, Robots
from archive.store import manners, visits
from archive.store.lookups import forgive
from tests.store.store_samples import Maker, memory_db, one
from tests.store.test_store_visits import FEED, STORY, moment


@pytest.fixture
def maker() -> Maker:
    return Maker(memory_db())


def test_what_is_forgiven_is_due_and_waits_for_no_visit(maker: Maker) -> None:
    maker.commit(maker.failed(FEED, Outcome.ROBOTS, kind=PageKind.FEED, next_state="excluded"))
    assert forgive(maker.db, "example.org", "robots", {}) == 0  # nothing is known of its rules
    read_rules(maker, "User-agent: *\nDisallow: /feed")
    assert forgive(maker.db, "example.org", "robots", {}) == 0
    read_rules(maker, "User-agent: *\nDisallow: /no")
    assert forgive(maker.db, "example.org", "robots", {}) == 1
    assert one(maker.db, "SELECT state || ifnull(next_visit, '') FROM url WHERE url = ?", FEED) == "due"


def test_what_is_forgiven_of_opting_out_is_what_robots_txt_said(maker: Maker) -> None:
    for url, status in ((FEED, None), (STORY, 200)):
        out = maker.failed(url, Outcome.OPT_OUT, next_state="excluded", excluded_by="opt-out")
        maker.commit(replace(out, status=status))
    (name,) = maker.db.execute("SELECT name FROM site").fetchone()
    read_rules(maker, "User-agent: gptbot\nDisallow: /")
    assert forgive(maker.db, "example.org", "opt-out", {name: ["robots:gptbot"]}) == 0
    assert forgive(maker.db, "example.org", "opt-out", {"another": ["robots:gptbot"]}) == 1
    assert [due.url for due in store.due(maker.db, "example.org", moment(1), 9)] == [FEED]


def read_rules(maker: Maker, rules: str) -> None:
    url = "https://example.org/robots.txt"
    robots = Robots("https://example.org", "rules", rules)
    maker.commit(
        replace(maker.failed(url, Outcome.ARCHIVED, kind=PageKind.ROBOTS), robots=robots, next_state="done")
    )


def test_a_robots_txt_that_is_a_page_as_well_leaves_that_as_it_was(maker: Maker) -> None:
    store.add_urls(maker.db, maker.site_id, [Found(STORY, PageKind.PAGE, 7)], found_on=None, now=moment(0))
    due = store.due(maker.db, "example.org", moment(1), 9)
    found = Found(STORY, PageKind.ROBOTS, 50)
    assert store.ensure_url(maker.db, maker.site_id, found, now=moment(1)) == due[0]
    maker.commit(replace(maker.failed(STORY, Outcome.ARCHIVED, kind=PageKind.ROBOTS), next_state="done"))
    assert store.due(maker.db, "example.org", moment(1), 9) == due
    assert one(maker.db, "SELECT priority FROM url WHERE url = ?", STORY) == 7


def test_a_listing_that_was_only_known_as_a_robots_txt_is_due(maker: Maker) -> None:
    maker.commit(replace(maker.failed(STORY, Outcome.ARCHIVED, kind=PageKind.ROBOTS), next_state="done"))
    store.add_urls(maker.db, maker.site_id, [Found(STORY, PageKind.PAGE)], found_on=None, now=moment(1))
    assert store.due(maker.db, "example.org", moment(1), 9) == []
    store.add_urls(maker.db, maker.site_id, [Found(STORY, PageKind.FRONT)], found_on=None, now=moment(1))
    assert [due.kind for due in store.due(maker.db, "example.org", moment(1), 9)] == [PageKind.FRONT]


def test_a_host_that_wants_rest_has_it_whatever_becomes_of_the_url(maker: Maker) -> None:
    for hours, state in ((3, "failed"), (1, "done")):
        busy = replace(maker.failed(STORY, Outcome.SERVER_ERROR, status=429), next_state=state)
        maker.commit(replace(busy, rest_until=moment(hours)))
    visits.make_listings_due(maker.db, [maker.site_id])
    assert manners.resting(maker.db, moment(2)) == {"example.org": moment(3)}
    assert manners.resting_until(maker.db, "www.example.org", moment(2)) is None
    assert manners.resting_until(maker.db, "example.org", moment(3)) is None
    maker.commit(replace(maker.failed(FEED, Outcome.SERVER_ERROR), rest_until=moment(9), imported=True))
    assert manners.resting_until(maker.db, "example.org", moment(4)) is None  # it did not ask us
