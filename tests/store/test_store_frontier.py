"""The frontier: what becomes due, in which order, and that the indexes serve it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlite_utils import Database
from store_samples import START, Maker, article, at, one

from archive import store
from archive.model import Found, Outcome, PageKind, RefersTo
from archive.store import frontier, visits
from archive.store.visits import make_listings_due

HOST = "example.org"
LATER = "2024-01-21T00:00:00Z"


def page(path: str, priority: int = 0, **fields: Any) -> Found:
    return Found(f"https://{HOST}/{path}", fields.pop("kind", PageKind.PAGE), priority, **fields)


def add(maker: Maker, *founds: Found) -> int:
    return store.add_urls(maker.db, maker.site_id, founds, found_on=None, now=START)


def paths(maker: Maker, now: str = START, limit: int = 100, exclude: frozenset[int] = frozenset()) -> list[str]:
    return [u.url.removeprefix(f"https://{HOST}/") for u in store.due(maker.db, HOST, now, limit, exclude)]


def state(db: Database, path: str) -> tuple[Any, ...]:
    sql = "SELECT state, excluded_by, priority, kind FROM url WHERE url = ?"
    found: tuple[Any, ...] = db.conn.execute(sql, (f"https://{HOST}/{path}",)).fetchone()
    return found


def test_a_site_is_entered_once_and_kept_up_to_date(maker: Maker) -> None:
    first = store.add_site(maker.db, "daily", "Daily", "https://daily.example/")
    assert store.add_site(maker.db, "daily", "The Daily", "https://www.daily.example/") == first
    found = maker.db.conn.execute("SELECT title, homepage FROM site WHERE site_id = ?", (first,)).fetchone()
    assert found == ("The Daily", "https://www.daily.example/")


def test_urls_come_by_priority_and_then_in_the_order_found(maker: Maker) -> None:
    assert add(maker, page("low"), page("high", 9), page("low2"), page("high2", 9)) == 4
    assert paths(maker) == ["high", "high2", "low", "low2"]
    assert paths(maker, limit=1) == ["high"]
    ids = {u.url[-4:]: u.url_id for u in store.due(maker.db, HOST, START, 100)}
    assert paths(maker, limit=2, exclude=frozenset({ids["high"]})) == ["high2", "low"]


def test_what_is_known_is_not_entered_again_but_may_rise(maker: Maker) -> None:
    add(maker, page("a", 5), page("b", 5))
    assert add(maker, page("a", 1), page("b", 7), page("c")) == 1
    assert state(maker.db, "a")[2] == 5
    assert state(maker.db, "b")[2] == 7


def test_one_list_with_a_url_twice(maker: Maker) -> None:
    assert add(maker, page("a", 1, excluded_by="trap"), page("a", 4)) == 1
    assert state(maker.db, "a") == ("due", None, 4, "page")


def test_a_done_url_stays_done(maker: Maker) -> None:
    maker.commit(maker.page(f"https://{HOST}/a", 1))
    assert add(maker, page("a", 99)) == 0
    assert state(maker.db, "a")[0] == "done"
    assert paths(maker) == []


def test_a_page_that_turns_out_to_be_a_listing_becomes_one(maker: Maker) -> None:
    maker.commit(maker.page(f"https://{HOST}/politics", 1))
    add(maker, page("politics", kind=PageKind.SECTION))
    assert state(maker.db, "politics")[3] == "section"
    add(maker, page("politics"))
    assert state(maker.db, "politics")[3] == "section"


def test_what_discovery_excluded_becomes_due_when_discovery_changes_its_mind(maker: Maker) -> None:
    add(maker, page("deep", excluded_by="budget"))
    assert paths(maker) == []
    add(maker, page("deep", 3, excluded_by="budget"))
    assert state(maker.db, "deep")[:2] == ("excluded", "budget")
    add(maker, page("deep", 3))
    assert paths(maker) == ["deep"]
    maker.commit(maker.failed(f"https://{HOST}/deep", Outcome.ROBOTS, next_state="excluded"))
    add(maker, page("deep", 3))
    assert state(maker.db, "deep")[:2] == ("excluded", "robots")


def test_what_is_no_web_address_is_left_out(maker: Maker) -> None:
    bad = ["mailto:a@example.org", "javascript:void(0)", "", "\ud800", "http://", "\0"]
    assert add(maker, *(Found(url, PageKind.PAGE) for url in bad), page("ok")) == 1
    with pytest.raises(ValueError, match="no http"):
        store.ensure_url(maker.db, maker.site_id, Found("mailto:a@example.org", PageKind.PAGE), now=START)


def test_a_retry_waits_for_its_time(maker: Maker) -> None:
    maker.commit(
        maker.failed(f"https://{HOST}/a", Outcome.TIMEOUT, next_state="due", due_at="2024-01-20T13:00:00Z")
    )
    assert paths(maker, "2024-01-20T12:59:59Z") == []
    assert store.due_hosts(maker.db, "2024-01-20T12:59:59Z") == {}
    assert store.next_due_at(maker.db, "2024-01-20T12:59:59Z") == "2024-01-20T13:00:00Z"
    (due,) = store.due(maker.db, HOST, "2024-01-20T13:00:00Z", 9)
    assert due.attempts == 1
    assert store.due_hosts(maker.db, "2024-01-20T14:30:00+01:00") == {HOST: 1}


def test_next_due_at_without_anything_due_and_with_something_due_now(maker: Maker) -> None:
    assert store.next_due_at(maker.db, START) is None
    add(maker, page("a"))
    assert store.next_due_at(maker.db, START) == START


def test_sites_can_be_chosen(maker: Maker) -> None:
    other = store.add_site(maker.db, "other", None, "https://other.example/")
    add(maker, page("a"))
    store.add_urls(maker.db, other, [Found("https://other.example/", PageKind.FRONT)], found_on=None, now=START)
    assert store.due_hosts(maker.db, START, [other]) == {"other.example": 1}
    assert store.due_hosts(maker.db, START, []) == {}
    assert store.next_due_at(maker.db, START, []) is None
    assert store.due(maker.db, HOST, START, 9, site_ids=[other]) == []
    assert len(store.due_hosts(maker.db, START)) == 2


def test_robots_files_are_not_fetched_in_their_turn(maker: Maker) -> None:
    found = Found(f"https://{HOST}/robots.txt", PageKind.ROBOTS)
    row = store.ensure_url(maker.db, maker.site_id, found, now=START)
    assert row.kind is PageKind.ROBOTS
    assert store.ensure_url(maker.db, maker.site_id, found, now=LATER) == row
    assert paths(maker) == []
    assert store.due_hosts(maker.db, START) == {}
    assert store.next_due_at(maker.db, START) is None


def test_listings_become_due_again_except_those_a_resumed_crawl_has(maker: Maker) -> None:
    kinds = {"": PageKind.FRONT, "politics": PageKind.SECTION, "feed": PageKind.FEED, "story": PageKind.PAGE}
    for second, (path, kind) in enumerate(kinds.items()):
        maker.commit(maker.page(f"https://{HOST}/{path}", second * 60, kind=kind))
    assert paths(maker) == []
    assert make_listings_due(maker.db, [maker.site_id + 1]) == 0
    assert make_listings_due(maker.db, [maker.site_id], since=at(60)[:19] + "Z") == 1
    assert paths(maker) == [""]
    assert make_listings_due(maker.db, [maker.site_id]) == 2
    assert paths(maker) == ["", "politics", "feed"]


def test_listings_that_wait_for_a_retry_or_are_excluded_are_left_alone(maker: Maker) -> None:
    url = f"https://{HOST}/feed"
    maker.commit(maker.failed(url, Outcome.TIMEOUT, kind=PageKind.FEED, next_state="due", due_at=LATER))
    assert make_listings_due(maker.db, [maker.site_id]) == 0
    assert store.next_due_at(maker.db, START) == LATER
    maker.commit(maker.failed(url, Outcome.OPT_OUT, 1, kind=PageKind.FEED, next_state="excluded"))
    assert make_listings_due(maker.db, [maker.site_id]) == 0
    maker.commit(maker.failed(url, Outcome.ROBOTS, 2, kind=PageKind.FEED, next_state="excluded"))
    assert make_listings_due(maker.db, [maker.site_id]) == 1  # so that a crawl says why it fetches nothing


def test_failed_ones_get_another_chance(maker: Maker) -> None:
    maker.commit(maker.failed(f"https://{HOST}/a", Outcome.TIMEOUT), maker.page(f"https://{HOST}/b"))
    assert make_listings_due(maker.db, [maker.site_id]) == 1
    (due,) = store.due(maker.db, HOST, START, 9)
    assert (due.url[-1], due.attempts) == ("a", 0)


def test_a_conditional_request_refers_to_the_newest_whole_answer(maker: Maker) -> None:
    url = f"https://{HOST}/a"
    whole = maker.page(
        url, 1, article(), capture={"etag": '"1"', "last_modified": "Sat, 20 Jan 2024 12:00:00 GMT"}
    )
    maker.commit(
        whole,
        maker.page(url, 2, capture={"truncated": "length", "etag": '"2"'}, outcome=Outcome.TOO_LARGE),
        maker.page(url, 3, status=500, capture={"etag": '"3"'}, outcome=Outcome.SERVER_ERROR, next_state="due"),
    )
    (due,) = store.due(maker.db, HOST, LATER, 9)
    capture = whole.captures[0][0]
    assert capture.payload_digest is not None
    assert due.refers_to == RefersTo(capture.record_id, url, capture.captured_at, capture.payload_digest)
    assert (due.etag, due.last_modified) == ('"1"', "Sat, 20 Jan 2024 12:00:00 GMT")
    again = replace(maker.again(whole, 4), next_state="due")
    capture = replace(again.captures[0][0], etag='"1b"')
    maker.commit(replace(again, captures=((capture, *again.captures[0][1:]),)))
    (due,) = store.due(maker.db, HOST, LATER, 9)
    assert (due.etag, due.last_modified) == ('"1b"', "Sat, 20 Jan 2024 12:00:00 GMT")
    assert due.refers_to is not None
    assert due.refers_to.record_id == whole.captures[0][0].record_id


def test_front_hosts_are_those_of_the_homepage_and_where_it_leads(maker: Maker) -> None:
    assert store.front_hosts(maker.db, maker.site_id) == []
    add(maker, page("", kind=PageKind.FRONT), Found("https://www.example.com/", PageKind.FRONT), page("a"))
    assert store.front_hosts(maker.db, maker.site_id) == ["example.org", "www.example.com"]


def plan(db: Database, sql: str, **parameters: Any) -> str:
    return "\n".join(r[3] for r in db.conn.execute(f"EXPLAIN QUERY PLAN {sql}", parameters))


def test_choosing_what_is_due_reads_indexes_only_as_far_as_it_must(maker: Maker) -> None:
    """Among 100,000 URLs on 200 hosts: rows and index entries that are touched, not seconds."""
    maker.db.conn.execute("BEGIN")
    maker.db.conn.executemany(
        """INSERT INTO url (url, surt, host, site_id, kind, state, priority, first_seen, due_at)
           VALUES (?, '', ?, ?, ?, ?, ?, ?, ?)""",
        (
            (f"https://h{n % 200}.example/{n}", f"h{n % 200}.example", maker.site_id,
             "section" if n % 1000 == 0 else "page", ("due", "done", "done", "failed")[n // 200 % 4], n % 7, START,
             LATER if n % 3 == 0 else None)
            for n in range(100_000)
        ),
    )  # fmt: skip
    maker.db.conn.execute("COMMIT")
    chosen = plan(maker.db, frontier.DUE, host="h7.example", now=START, sites=None)
    assert "SEARCH url USING INDEX url_due (host=?)" in chosen
    assert "capture_url (url_id=?)" in chosen
    assert (
        "TEMP B-TREE FOR ORDER BY" not in chosen.replace("CORRELATED SCALAR SUBQUERY", "").split("capture_url")[0]
    )
    hosts = plan(maker.db, frontier.DUE_HOSTS, now=START, sites=None)
    assert "COVERING INDEX url_due" in hosts
    assert "TEMP B-TREE" not in hosts
    upcoming = plan(maker.db, frontier.NEXT_DUE_AT, sites=None)
    assert "url_due_at" in upcoming
    assert "TEMP B-TREE" not in upcoming
    assert "url_listing (site_id=?" in plan(maker.db, visits.LISTINGS_DUE, sites="[1]", since=None)
    assert "url_undone (site_id=? AND state=?)" in plan(maker.db, visits.FAILED_DUE, sites="[1]")
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    maker.db.conn.set_progress_handler(count, 100)  # called every 100 instructions of SQLite's virtual machine
    assert len(store.due(maker.db, "h7.example", START, 20)) == 20
    assert steps < 50
    steps = 0
    assert len(store.due_hosts(maker.db, START)) == 200
    assert steps < 10_000
    steps = 0
    assert store.next_due_at(maker.db, START) == START
    assert steps < 5
    maker.db.conn.set_progress_handler(None, 0)


def test_reading_robots_back(maker: Maker) -> None:
    from archive.model import Robots

    assert store.robots(maker.db, "https://example.org") is None
    rules = Robots("https://example.org", "rules", "User-agent: *\nDisallow: /x", None)
    maker.commit(maker.page("https://example.org/robots.txt", 5, kind=PageKind.ROBOTS, robots=rules))
    assert store.robots(maker.db, "https://example.org") == (rules, "2024-01-20T12:00:05Z")
    closed = Robots("https://example.org", "disallow-all", None, "timeout")
    maker.commit(
        maker.failed("https://example.org/robots.txt", Outcome.TIMEOUT, 9, kind=PageKind.ROBOTS, robots=closed)
    )
    assert store.robots(maker.db, "https://example.org") == (closed, "2024-01-20T12:00:09Z")
    assert one(maker.db, "SELECT count(*) FROM robots") == 1
