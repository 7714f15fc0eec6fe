"""Alarms in an archive that has been followed for weeks: none while all is well, the right one within a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from archive.alarms import Alarm
from archive.model import Extraction, Outcome, Verdict
from archive.watch import look
from tests.store.followed import FEED, FRONT, ORIGIN, Followed, archive_of, copy_of, new, text_of
from tests.store.store_samples import one

DAYS = 28


@pytest.fixture(autouse=True)
def roomy_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.watch.shutil.disk_usage", lambda _: SimpleNamespace(free=10**12))


def seen(followed: Followed, now: datetime | None = None, **quiet: tuple[str, ...]) -> list[Alarm]:
    return look(archive_of(followed.maker.db), now or followed.now, quiet or None)


@pytest.fixture(scope="module")
def past() -> Iterator[Followed]:
    followed = new()
    followed.go(DAYS)
    yield followed
    followed.maker.db.conn.close()


@pytest.fixture
def followed(past: Followed) -> Iterator[Followed]:
    copied = copy_of(past)
    yield copied
    copied.maker.db.conn.close()


def only(followed: Followed, name: str, subject: str | None = None, *, days: float = 1) -> Alarm:
    """After that time there is this alarm, and no other."""
    broke = followed.now
    followed.go(days)
    found = seen(followed)
    assert [(alarm.name, alarm.subject) for alarm in found] == [(name, subject)], found
    (alarm,) = found
    assert alarm.site == "example"
    assert alarm.evidence
    assert text_of(broke - timedelta(days=1)) <= alarm.since <= text_of(followed.now)
    return alarm


@pytest.mark.slow
def test_all_is_well_while_nothing_breaks(followed: Followed) -> None:
    found: list[Alarm] = []
    for _ in range(16):
        followed.go(0.5)
        found += seen(followed)
    assert found == []
    assert seen(followed, followed.now + timedelta(hours=2)) == []


def test_a_new_archive_knows_too_little_for_alarms() -> None:
    followed = new(seed=3)
    found: list[Alarm] = []
    followed.go(5, lambda: found.extend(seen(followed)))
    followed.publishes = False
    followed.go(1, lambda: found.extend(seen(followed)))
    assert found == []


def test_a_site_that_stops_publishing(followed: Followed) -> None:
    followed.publishes = False
    alarm = only(followed, "no-new-articles")
    missed, longest = alarm.evidence["missed"], alarm.evidence["longest"]
    assert isinstance(missed, float) and isinstance(longest, float) and missed > longest > 0
    followed.go(20)
    assert [a.name for a in seen(followed)] == ["no-new-articles"]  # it goes on until somebody looks
    followed.publishes = True
    followed.go(1)
    assert seen(followed) == []


def test_a_site_that_brings_four_articles_a_day_is_missed_within_one() -> None:
    followed = new(seed=2, every_h=6)
    for _ in range(7):
        followed.go(DAYS / 7)
        assert seen(followed) == []
    followed.publishes = False
    only(followed, "no-new-articles")


@pytest.mark.parametrize("days", [2, 7])
def test_after_a_pause_a_listing_is_not_quiet_that_brings_something(followed: Followed, days: int) -> None:
    followed.pause(days)
    followed.go(0.1)
    assert seen(followed) == []
    followed.go(1)
    assert seen(followed) == []


def test_who_looks_seldom_misses_a_site_by_its_own_rhythm() -> None:
    """An article every six hours, looked for twice a day: what was found late had not come late."""
    followed = new(seed=2, every_h=6)
    for _ in range(DAYS * 2):
        followed.pause(0.375)
        followed.go(0.125)
    assert seen(followed) == []
    followed.publishes = False
    followed.pause(0.875)
    followed.go(0.125)
    assert [alarm.name for alarm in seen(followed)] == ["no-new-articles"]


def test_a_feed_that_turns_404(followed: Followed) -> None:
    followed.feed_is = "gone"
    followed.go(0.1)
    broke = followed.now
    alarm = only(followed, "feed-dead", FEED)
    assert "404" in alarm.what
    assert alarm.since == text_of(broke)  # the first visit that found it gone
    followed.feed_is = "well"
    followed.go(0.1)
    assert seen(followed) == []


@pytest.mark.parametrize("how", ["broken", "empty"])
def test_a_feed_that_lists_nothing_any_more(followed: Followed, how: str) -> None:
    followed.feed_is = how
    only(followed, "feed-dead", FEED)


def test_one_failure_of_a_feed_is_no_death(followed: Followed) -> None:
    followed.feed_is = "broken"
    followed.go(0.1)
    assert seen(followed) == []


def test_a_feed_that_moved_is_not_dead(followed: Followed) -> None:
    followed.feed_is = "moved"
    found: list[Alarm] = []
    for _ in range(8):
        followed.go(0.5)
        found += seen(followed)
    assert found == []


def test_a_feed_that_leads_to_the_front_page_has_ended(followed: Followed) -> None:
    followed.feed_is = "ended"
    followed.go(0.1)
    broke = followed.now
    assert seen(followed) == []  # for once that says nothing
    alarm = only(followed, "feed-dead", FEED)
    assert alarm.what.startswith(f"leads to {FRONT}, which is no such listing")
    assert alarm.since == text_of(broke)


def test_a_feed_that_lists_only_what_is_old(followed: Followed) -> None:
    followed.feed_is = "frozen"
    alarm = only(followed, "feed-quiet", FEED)
    assert alarm.evidence["missed"]


def test_a_section_that_stops(followed: Followed) -> None:
    followed.silent = "city"  # two in five of all articles
    alarm = only(followed, "section-quiet", "city")
    assert "nothing for" in alarm.what


def test_a_section_that_stops_where_articles_do_not_name_theirs() -> None:
    followed = new(seed=5, labelled=False, daily=24)
    found: list[Alarm] = []
    for _ in range(9):
        followed.go(2)
        found += seen(followed)
    assert found == []
    followed.silent = "city"
    only(followed, "section-quiet", f"{ORIGIN}/city")


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("authors", (), "authors"),
        ("date_published", None, "date_published"),
        ("article_section", None, "article_section"),
        ("image", None, "image"),
        ("headline", None, "headline"),
    ],
)
def test_a_template_after_which_a_field_is_missing(followed: Followed, name: str, value: Any, field: str) -> None:
    followed.shows = lambda story: followed.shown(story, **{name: value})
    assert only(followed, "field-missing", field).evidence["good"] == 0


def test_a_template_after_which_bodies_are_missing(followed: Followed) -> None:
    followed.shows = lambda story: Extraction(Verdict.ERROR)
    only(followed, "extraction-worse", "articles")


def test_a_template_after_which_bodies_are_short(followed: Followed) -> None:
    followed.shows = lambda story: followed.shown(story, body=f"{story.number} Read more in the app.")
    only(followed, "extraction-worse", "words")


def test_captures_that_fail(followed: Followed) -> None:
    followed.answers = Outcome.TIMEOUT
    assert only(followed, "captures-fail", "pages").evidence["timeout"]


def test_a_publisher_who_opts_out_is_no_failure(followed: Followed) -> None:
    followed.answers = Outcome.OPT_OUT
    followed.go(1)
    assert [alarm.name for alarm in seen(followed)] == []


def test_robots_that_forbids_all(followed: Followed) -> None:
    forbidden = followed.maker.failed(FRONT, Outcome.ROBOTS, next_state="failed", detail="robots.txt disallows /")
    at = text_of(followed.now + timedelta(hours=1))
    followed.maker.commit(replace(forbidden, started_at=at))
    (alarm,) = [alarm for alarm in seen(followed) if alarm.name == "robots-forbids"]
    assert (alarm.since, alarm.what) == (at, "robots.txt disallows /")


def test_nothing_is_crawled_any_more(followed: Followed) -> None:
    for hours, names in ((3, []), (24, ["crawl-overdue"])):
        assert [a.name for a in seen(followed, followed.now + timedelta(hours=hours))] == names


def test_a_crawl_that_did_not_end(followed: Followed) -> None:
    last = one(followed.maker.db, "SELECT max(crawl_id) FROM crawl")
    followed.maker.db.conn.execute(
        "UPDATE crawl SET ended_at = NULL, finish_reason = NULL WHERE crawl_id = ?", (last,)
    )
    (alarm,) = seen(followed)
    assert (alarm.name, alarm.site) == ("crawl-unfinished", None)


def test_a_full_disk(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.watch.shutil.disk_usage", lambda _: SimpleNamespace(free=10**8))
    (alarm,) = seen(followed)
    assert (alarm.name, alarm.evidence["free_bytes"]) == ("disk-low", 10**8)


def test_what_a_person_silenced_and_what_is_not_followed(followed: Followed) -> None:
    followed.publishes, followed.feed_is = False, "gone"
    followed.go(1)
    assert {alarm.name for alarm in seen(followed)} == {"no-new-articles", "feed-dead"}
    assert {a.name for a in seen(followed, example=("no-new-articles",))} == {"feed-dead"}
    assert {a.name for a in seen(followed, example=(f"feed-dead:{FEED}",))} == {"no-new-articles"}
    assert seen(followed, another=()) == []
