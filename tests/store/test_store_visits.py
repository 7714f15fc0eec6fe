"""When listings and articles are asked again: it follows from what was fetched, and from nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive import store
from archive.model import Feed, FeedEntry, Found, Outcome, PageKind
from archive.scope import PRIORITY_SECTION
from archive.store import visits
from archive.store.visits import DAY, HOUR, MINUTE, Schedule
from tests.store.store_samples import Maker, article, memory_db, one

FEED, STORY = "https://example.org/feed", "https://example.org/story"
LADDER = (HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY)


@pytest.fixture
def maker() -> Maker:
    return Maker(memory_db())


def moment(hours: float) -> str:
    return (datetime(2024, 1, 20, 12, tzinfo=UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def visit(maker: Maker, hours: float, *listed: str, **facts: Any) -> None:
    """The feed is asked, and lists these stories."""
    entries = tuple(FeedEntry(f"{STORY}/{name}") for name in listed)
    found = tuple(Found(e.url, PageKind.PAGE, position=n) for n, e in enumerate(entries, 1))
    feed = Feed("rss", "News", entries)
    given: dict[str, Any] = {"kind": PageKind.FEED, "feed": feed, "found": found, "started_at": moment(hours)}
    given |= {"capture": {"captured_at": moment(hours)}}
    maker.commit(maker.page(FEED, **(given | facts)))


def read(maker: Maker, hours: float, body: str = "The council met on Monday.", **facts: Any) -> None:
    """The story is fetched."""
    given: dict[str, Any] = {"started_at": moment(hours), "capture": {"captured_at": moment(hours)}}
    maker.commit(maker.page(STORY, 0, article(body), **(given | facts)))


def wait_h(maker: Maker, url: str, hours: float) -> float | None:
    """Hours from the visit at `hours` to the next one."""
    when = one(maker.db, "SELECT next_visit FROM url WHERE url = ?", url)
    if when is None:
        return None
    return (datetime.fromisoformat(when) - datetime.fromisoformat(moment(hours))).total_seconds() / 3600


def interval(maker: Maker) -> int:
    return int(one(maker.db, "SELECT interval_s FROM feed"))


def test_a_listing_is_asked_more_often_while_it_brings_something_new(maker: Maker) -> None:
    visit(maker, 0, "a")
    assert interval(maker) == HOUR
    assert wait_h(maker, FEED, 0) == pytest.approx(1, rel=0.101)
    for number in range(1, 9):
        visit(maker, number, "a", f"new{number}")
    assert interval(maker) == 15 * MINUTE  # the least
    assert one(maker.db, "SELECT unchanged FROM feed") == 0
    assert one(maker.db, "SELECT last_new FROM feed") == moment(8)
    for number in range(9, 21):
        visit(maker, number, "a")
    assert interval(maker) == 2 * HOUR  # the longest
    assert one(maker.db, "SELECT unchanged || ' ' || last_new FROM feed") == f"12 {moment(8)}"


def test_a_sitemap_may_wait_four_times_as_long(maker: Maker) -> None:
    for number in range(12):
        visit(maker, number, "a", feed=Feed("sitemap", None, (FeedEntry(f"{STORY}/a"),)))
    assert interval(maker) == 8 * HOUR


def test_a_listing_that_stays_the_same_may_wait_a_part_of_that_time(maker: Maker) -> None:
    for day in range(40):
        visit(maker, 24 * day, "a", "b")
    assert interval(maker) == DAY
    visit(maker, 24 * 40, "a")  # fewer are no news
    assert interval(maker) == DAY
    visit(maker, 24 * 41, "b")  # once more: nothing that nobody had known, but it lives
    assert one(maker.db, "SELECT last_change FROM feed") == moment(24 * 41)
    assert interval(maker) == 2 * HOUR
    for day in range(42, 48):
        visit(maker, 24 * day, "b")
    assert interval(maker) == 6 * HOUR  # of six days


def test_a_304_is_a_visit_that_brought_nothing_new(maker: Maker) -> None:
    visit(maker, 0, "a")
    visit(maker, 1, feed=None, found=(), outcome=Outcome.UNCHANGED, status=304)
    assert (interval(maker), one(maker.db, "SELECT unchanged FROM feed")) == (HOUR * 3 // 2, 1)


def test_a_dead_feed_backs_off_and_comes_back(maker: Maker) -> None:
    visit(maker, 0, "a")
    waits = []
    for number in range(1, 40):
        visit(maker, number, feed=None, found=(), outcome=Outcome.GONE, status=404)
        waits.append(wait_h(maker, FEED, number) or 0)
    assert one(maker.db, "SELECT failures FROM feed") == 39
    assert 1.7 < waits[0] < 2.3 and 2.6 < waits[1] < 3.4  # linear
    assert 21 < waits[-1] < 27  # the longest
    visit(maker, 40, "b")
    assert one(maker.db, "SELECT failures FROM feed") == 0
    assert wait_h(maker, FEED, 40) < 1.2


def _moved(maker: Maker, hours: float, url: str = FEED, kind: PageKind = PageKind.FEED) -> None:
    given: dict[str, Any] = {"started_at": moment(hours), "capture": {"captured_at": moment(hours)}}
    maker.commit(maker.page(url, kind=kind, outcome=Outcome.REDIRECT, status=301, **given))


def test_a_redirect_is_no_failure_of_a_listing(maker: Maker) -> None:
    """It leads elsewhere, and is asked again as what lists nothing."""
    visit(maker, 0, "a")
    _moved(maker, 1)
    assert one(maker.db, "SELECT failures || ' ' || interval_s || ' ' || (error IS NULL) FROM feed") == "0 3600 1"
    assert wait_h(maker, FEED, 1) == pytest.approx(6, rel=0.101)


def test_a_section_page_that_leads_elsewhere_for_once_is_asked_again(maker: Maker) -> None:
    section = "https://example.org/city"
    found = (Found(STORY, PageKind.PAGE, position=1),)
    entered = Found(section, PageKind.SECTION, PRIORITY_SECTION, depth=1)
    given: dict[str, Any] = {"started_at": moment(0), "capture": {"captured_at": moment(0)}, "entered": entered}
    maker.commit(maker.page(section, kind=PageKind.SECTION, found=found, **given))
    _moved(maker, 1, section, PageKind.SECTION)
    assert wait_h(maker, section, 1) == pytest.approx(6, rel=0.101)
    other = "https://example.org/about"  # not one that is followed
    maker.commit(replace(maker.page(other, kind=PageKind.SECTION, outcome=Outcome.REDIRECT, status=301),
                         entered=Found(other, PageKind.SECTION, depth=1)))  # fmt: skip
    assert one(maker.db, "SELECT next_visit FROM url WHERE url = ?", other) is None


def test_an_attempt_that_was_stopped_leaves_no_feed(maker: Maker) -> None:
    maker.commit(maker.failed(FEED, Outcome.STOPPED, kind=PageKind.FEED, next_state="due"))
    assert one(maker.db, "SELECT count(*) FROM feed") == 0
    visit(maker, 0, "a")
    maker.commit(
        replace(maker.failed(FEED, Outcome.STOPPED, kind=PageKind.FEED, next_state="due"), started_at=moment(1))
    )
    assert (
        one(maker.db, "SELECT failures || ' ' || last_fetch || ' ' || (error IS NULL) FROM feed")
        == f"0 {moment(0)} 1"
    )


def test_a_feed_that_cannot_be_parsed_is_a_failure(maker: Maker) -> None:
    visit(maker, 0, "a")
    visit(maker, 1, feed=Feed("unknown", error="neither RSS, Atom, JSON Feed nor a sitemap"), found=())
    assert one(maker.db, "SELECT failures FROM feed") == 1


def test_the_words_of_sites_toml_hold(maker: Maker) -> None:
    visits.set_schedule(maker.db, maker.site_id, Schedule(2 * HOUR, 3 * HOUR, ()))
    visit(maker, 0, "a")
    assert interval(maker) == 2 * HOUR
    for number in range(1, 9):
        visit(maker, number, "a")
    assert interval(maker) == 3 * HOUR
    read(maker, 0)
    assert wait_h(maker, STORY, 0) is None


def test_an_article_is_looked_at_again_at_the_ages_of_the_ladder(maker: Maker) -> None:
    read(maker, 0)
    age = 0.0
    for rung in LADDER:
        wait = wait_h(maker, STORY, age)
        assert wait is not None
        assert age + wait == pytest.approx(rung / HOUR, rel=0.101)
        age += wait
        read(maker, age)
    assert wait_h(maker, STORY, age) is None


def test_rungs_that_were_missed_are_not_made_up_for(maker: Maker) -> None:
    read(maker, 0)
    read(maker, 48)
    assert wait_h(maker, STORY, 48) == pytest.approx(5 * 24, rel=0.101)


def test_an_article_that_was_edited_is_looked_at_again_sooner(maker: Maker) -> None:
    read(maker, 0)
    read(maker, 24)
    assert wait_h(maker, STORY, 24) == pytest.approx(6 * 24, rel=0.101)
    read(maker, 36, "The council did not meet on Monday.")
    assert wait_h(maker, STORY, 36) == pytest.approx(12, rel=0.101)


def test_an_edit_is_measured_from_the_capture_before(maker: Maker) -> None:
    """Captures have microseconds, attempts have none."""
    for hours, body in ((0, "The council met."), (3, "The council did meet.")):
        read(maker, hours, body, capture={"captured_at": moment(hours).replace("Z", ".250000Z")})
    assert wait_h(maker, STORY, 3) == pytest.approx(3, rel=0.101)


def test_a_page_that_is_another_at_each_visit_ends_with_the_ladder(maker: Maker) -> None:
    at, number = 0.0, 0
    while True:
        read(maker, at, f"The council met. It is now {number}.")
        wait = wait_h(maker, STORY, at)
        if wait is None:
            break
        at, number = at + max(wait, 12), number + 1
        assert at < 24 * 34
    assert at > 24 * 26


def test_what_failed_is_tried_ever_later_and_given_up(maker: Maker) -> None:
    at, waits = 0.0, []
    while (wait := _fail(maker, at)) is not None:
        waits.append(wait)
        at += wait
    assert waits[0] == pytest.approx(1, rel=0.101)
    assert waits == sorted(waits) or max(waits) > 24 * 6
    assert 24 * 30 < at < 24 * 40 and len(waits) < 20


def test_what_has_waited_long_for_its_turn_is_not_given_up_at_its_first_failure(maker: Maker) -> None:
    """As when robots.txt fails once, with a month's sitemaps still to be fetched."""
    store.add_urls(maker.db, maker.site_id, [Found(STORY, PageKind.PAGE)], found_on=None, now=moment(0))
    assert _fail(maker, 24 * 31) == pytest.approx(1, rel=0.101)
    assert _fail(maker, 24 * 75) is not None  # nor after two tries, however far apart they are
    read(maker, 24 * 90)
    assert _fail(maker, 24 * 200) == pytest.approx(1, rel=0.101)


@pytest.mark.parametrize("kind", [PageKind.FRONT, PageKind.SECTION, PageKind.FEED])
def test_a_listing_that_is_followed_is_never_given_up(maker: Maker, kind: PageKind) -> None:
    """Even if it never listed anything."""
    url = "https://example.org/news"
    for hours in range(0, 24 * 60, 12):
        maker.commit(replace(maker.failed(url, Outcome.TIMEOUT, kind=kind), started_at=moment(hours)))
        wait = wait_h(maker, url, hours)
        assert wait is not None and wait < 27  # the longest interval


def _fail(maker: Maker, hours: float) -> float | None:
    maker.commit(replace(maker.failed(STORY, Outcome.TIMEOUT), started_at=moment(hours)))
    return wait_h(maker, STORY, hours)


def test_robots_pictures_mere_pages_and_what_is_excluded_are_not_asked_again(maker: Maker) -> None:
    for number, kind in enumerate((PageKind.ROBOTS, PageKind.REQUISITE, PageKind.PAGE)):
        maker.commit(maker.page(f"https://example.org/{number}", number, kind=kind))
    read(maker, 0)
    maker.commit(maker.failed(STORY, Outcome.ROBOTS, 9, next_state="excluded"))
    assert one(maker.db, "SELECT count(*) FROM url WHERE next_visit IS NOT NULL") == 0


def test_only_what_is_due_becomes_due(maker: Maker) -> None:
    visit(maker, 0)
    read(maker, 0)
    sites = [maker.site_id]
    assert visits.next_visit(maker.db, sites) == one(maker.db, "SELECT min(next_visit) FROM url")
    assert not visits.any_due(maker.db, moment(0.5), sites)
    assert visits.make_due(maker.db, moment(0.5), sites) == 0
    assert not visits.any_due(maker.db, moment(2), [maker.site_id + 1])
    assert visits.make_due(maker.db, moment(2), [maker.site_id + 1]) == 0
    assert visits.any_due(maker.db, moment(2), sites)
    assert visits.make_due(maker.db, moment(2), sites) == 2
    assert {u.url for u in store.due(maker.db, "example.org", moment(2), 9)} == {FEED, STORY}
    assert visits.next_visit(maker.db, sites) is None
    assert visits.make_due(maker.db, moment(99), sites) == 0


def test_the_same_history_gives_the_same_times() -> None:
    """So a rebuild gives them too; and two URLs that began together do not stay together."""
    times = []
    for _ in range(2):
        maker = Maker(memory_db())
        visit(maker, 0, "a", "b")
        read(maker, 0.1)
        times.append(maker.db.conn.execute("SELECT url, next_visit FROM url ORDER BY url").fetchall())
    assert times[0] == times[1]


def test_the_schedule_of_a_site_survives_its_text(maker: Maker) -> None:
    assert visits.schedule_of(maker.db.conn, maker.site_id) == Schedule()
    odd = Schedule(1, 2, (3, 4))
    visits.set_schedule(maker.db, maker.site_id, odd)
    assert visits.schedule_of(maker.db.conn, maker.site_id) == odd


def test_the_question_what_is_due_reads_an_index(maker: Maker) -> None:
    for sql in (visits.ANY_DUE, visits.MAKE_DUE, visits.NEXT_VISIT):
        plan = maker.db.conn.execute(f"EXPLAIN QUERY PLAN {sql}", {"now": "x", "sites": "[]"}).fetchall()
        assert any("url_next_visit" in step[3] for step in plan)


def test_the_ladder_learns_from_how_a_site_edits(maker: Maker) -> None:
    """Hourly edits, and none after a day: an early visit more, hardly any late one."""
    for number in range(60):
        for hours, body in ((0, "The council met."), (1, "The council did meet."), (6, "The council did meet."),
                            (24, "The council did meet.")):  # fmt: skip
            maker.commit(
                maker.page(f"{STORY}/{number}", 0, article(body), started_at=moment(hours),
                           capture={"captured_at": moment(hours)})
            )  # fmt: skip
    visits.learn(maker.db, [maker.site_id], moment(30))
    curve = json.loads(one(maker.db, "SELECT edit_curve FROM site"))
    assert curve[:3] == [[HOUR, 60, 60], [6 * HOUR, 60, 0], [DAY, 60, 0]]
    ages = [Schedule().ages_s(curve, f"{STORY}/{number}") for number in range(200)]
    assert all(found[:2] == [round(HOUR / 2**0.5), HOUR] for found in ages)
    assert 20 < sum(6 * HOUR in found for found in ages) < 80
    assert all(30 * DAY in found for found in ages)  # of which nothing is known
    visits.learn(maker.db, [maker.site_id], moment(40))
    assert one(maker.db, "SELECT edit_curve_at FROM site") == moment(30)  # once a day


def test_without_experience_the_ladder_is_as_it_is_written() -> None:
    assert Schedule().ages_s((), STORY) == list(LADDER)
    assert Schedule(ladder_s=()).ages_s((), STORY) == []


def test_a_site_that_forbids_everything_is_asked_again_when_its_rules_are_old(maker: Maker) -> None:
    """Else nothing would ever read its robots.txt again (RFC 9309 clause 2.4)."""
    visit(maker, 0, "a")
    forbidden = {"next_state": "excluded", "excluded_by": "robots"}
    maker.commit(
        maker.failed(FEED, Outcome.ROBOTS, 3600, kind=PageKind.FEED, **forbidden),
        maker.failed(STORY, Outcome.ROBOTS, 3600, **forbidden),
    )
    wait = wait_h(maker, FEED, 1)
    assert wait is not None
    assert 12 <= wait <= 15
    assert wait_h(maker, STORY, 1) is None  # the rules are read again before one page, not before all
    assert visits.next_visit(maker.db, [maker.site_id]) == one(maker.db, "SELECT max(next_visit) FROM url")
    assert visits.make_due(maker.db, moment(12), [maker.site_id]) == 0
    assert visits.any_due(maker.db, moment(16), [maker.site_id])
    assert visits.make_due(maker.db, moment(16), [maker.site_id]) == 1
    assert {due.url for due in store.due(maker.db, "example.org", moment(31), 9)} == {FEED, f"{STORY}/a"}
    assert one(maker.db, "SELECT excluded_by FROM url WHERE url = ?", FEED) is None


def test_a_clock_that_was_ahead_ends_no_schedule(maker: Maker) -> None:
    visit(maker, 24 * 400, "a")
    visit(maker, 0, "b")
    assert wait_h(maker, FEED, 0) == pytest.approx(0.8, rel=0.101)
