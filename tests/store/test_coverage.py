"""Every URL that a publisher listed is in exactly one class, and in the right one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import store
from archive.coverage import PERIODS, coverage_text, lines, wanted_name
from archive.model import Feed, FeedEntry, Found, Outcome, PageKind, Verdict
from archive.store.coverage import CLASSES, Count, coverage, listed_urls
from tests.store.store_samples import START, Maker, article, at, memory_db, one, rows

FEED, FRONT, SITE = "https://example.org/feed", "https://example.org/", "https://example.org/"


@pytest.fixture
def maker() -> Maker:
    return Maker(memory_db())


def lists(
    maker: Maker, *urls: str, feed: str = FEED, second: int = 0, excluded: str | None = None, **claims: str
) -> None:
    """A feed lists these URLs."""
    entries = tuple(FeedEntry(url, published=claims.get("published")) for url in urls)
    found = tuple(
        Found(e.url, PageKind.PAGE, depth=1, position=n, claimed_published=e.published, excluded_by=excluded)
        for n, e in enumerate(entries, 1)
    )
    maker.commit(maker.page(feed, second, kind=PageKind.FEED, feed=Feed("rss", "News", entries), found=found))


def classes(maker: Maker, **facts: Any) -> dict[str, str]:
    """{URL without its site: "class" or "class: reason"}."""
    found = listed_urls(maker.db, "listed", **facts)
    return {u.url.removeprefix(SITE): u.cls + (f": {u.reason}" if u.reason else "") for u in found}


def counted(maker: Maker, **facts: Any) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in coverage(maker.db, **facts):
        total[count.cls] += count.urls
    return dict(total)


def redirect(maker: Maker, url: str, target: str, second: int = 1) -> None:
    maker.commit(
        maker.page(
            url, second, status=301, outcome=Outcome.REDIRECT, capture={"redirect_to": target},
            found=(Found(target, PageKind.PAGE, depth=1, redirects=1),),
        )
    )  # fmt: skip


def test_each_class_has_its_urls(maker: Maker) -> None:
    names = ("story", "gone", "broken", "robots", "section", "gallery", "waits", "retried", "pdf", "empty")
    lists(maker, *(SITE + name for name in names))
    lists(maker, "https://ads.example.com/buy", second=1, excluded="scope")
    lists(maker, SITE + "filtered", second=2, excluded="filter")
    maker.commit(
        maker.page(SITE + "story", 3, article()),
        maker.page(SITE + "gone", 3, status=404, outcome=Outcome.GONE, verdict=Verdict.ERROR),
        maker.failed(SITE + "broken", Outcome.TIMEOUT, 3),
        maker.failed(SITE + "robots", Outcome.ROBOTS, 3, next_state="excluded"),
        maker.page(SITE + "section", 3, kind=PageKind.SECTION, verdict=Verdict.LISTING),
        maker.page(SITE + "gallery", 3, verdict=Verdict.GALLERY),
        maker.failed(SITE + "retried", Outcome.TIMEOUT, 3, next_state="due"),
        maker.page(SITE + "pdf", 3),
        maker.page(SITE + "empty", 3, article("")),
    )
    assert classes(maker) == {
        "story": "held",
        "gone": "failed: gone",
        "broken": "failed: timeout",
        "robots": "excluded: robots",
        "section": "not_article: listing",
        "gallery": "not_article: gallery",
        "waits": "not_yet_due",
        "retried": "not_yet_due",
        "pdf": "not_article: no-page",
        "empty": "not_article: no-text",
        "https://ads.example.com/buy": "scope",
        "filtered": "excluded: filter",
    }
    assert sum(counted(maker).values()) == 12


def test_what_is_held_stays_held(maker: Maker) -> None:
    """While it is due again, when it fails later, when it is gone."""
    lists(maker, *(SITE + name for name in ("a", "b", "c")))
    for name in ("a", "b", "c"):
        maker.commit(maker.page(SITE + name, 1, article(name)))
    maker.commit(
        maker.failed(SITE + "a", Outcome.TIMEOUT, 9, next_state="due"),
        maker.failed(SITE + "b", Outcome.TIMEOUT, 9),
        maker.page(SITE + "c", 9, status=410, outcome=Outcome.GONE, verdict=Verdict.ERROR),
    )
    assert set(classes(maker).values()) == {"held"}


def test_a_listed_url_that_leads_to_an_article_is_held(maker: Maker) -> None:
    """By redirects, over several, to a URL as it is written with tracking; and by its canonical URL."""
    lists(maker, *(SITE + name for name in ("one", "two", "utm", "alias", "canonical")))
    redirect(maker, SITE + "one", SITE + "two")
    redirect(maker, SITE + "two", "/story#top")
    redirect(maker, SITE + "utm", SITE + "story")
    maker.commit(
        maker.page(SITE + "story", 3, article()),
        maker.page(SITE + "alias", 3, article("Another one.", canonical_url=SITE + "canonical")),
    )
    assert set(classes(maker).values()) == {"held"}
    found = {u.url: (u.leads_to, u.article_id) for u in listed_urls(maker.db, "held")}
    assert found[SITE + "one"] == (SITE + "story", 1)
    assert found[SITE + "alias"] == (None, 2) == found[SITE + "canonical"]


def test_redirects_that_lead_nowhere(maker: Maker) -> None:
    lists(maker, *(SITE + name for name in ("round", "about", "out", "to-gone", "to-waiting", "to-front")))
    redirect(maker, SITE + "round", SITE + "about")
    redirect(maker, SITE + "about", SITE + "round")
    maker.commit(
        maker.page(
            SITE + "out", 2, status=302, outcome=Outcome.REDIRECT, capture={"redirect_to": "https://else.example/"},
            found=(Found("https://else.example/", PageKind.PAGE, depth=1, redirects=1, excluded_by="scope"),),
        )
    )  # fmt: skip
    redirect(maker, SITE + "to-gone", SITE + "gone")
    redirect(maker, SITE + "to-waiting", SITE + "waiting")
    redirect(maker, SITE + "to-front", FRONT)
    maker.commit(
        maker.page(SITE + "gone", 3, status=404, outcome=Outcome.GONE, verdict=Verdict.ERROR),
        maker.page(FRONT, 3, kind=PageKind.FRONT, verdict=Verdict.LISTING),
    )
    assert classes(maker) == {
        "round": "failed: redirect", "about": "failed: redirect", "out": "scope", "to-gone": "failed: gone",
        "to-waiting": "not_yet_due", "to-front": "not_article: listing",
    }  # fmt: skip


def test_what_one_site_links_to_and_another_publishes(maker: Maker) -> None:
    """Foreign for the first, held for the second, whichever listed it first; and the second fetches it as its own."""
    other = store.add_site(maker.db, "other", None, "https://other.example/", now=START)
    urls = ("https://other.example/early", "https://other.example/late")
    lists(maker, urls[0], excluded="scope")
    feed = Feed("rss", "Other", tuple(map(FeedEntry, urls)))
    found = tuple(Found(url, PageKind.PAGE, depth=1, position=n) for n, url in enumerate(urls, 1))
    its_feed = maker.page("https://other.example/feed", 1, kind=PageKind.FEED, feed=feed, found=found)
    maker.commit(replace(its_feed, site_id=other))
    lists(maker, urls[1], second=2, excluded="scope")
    assert one(maker.db, "SELECT count(*) FROM url WHERE site_id = ? AND state = 'due'", other) == 2
    maker.commit(*(replace(maker.page(url, 3, article(url)), site_id=other) for url in urls))
    found_classes = {(u.site, u.url): u.cls for u in listed_urls(maker.db, "listed")}
    assert found_classes == {
        ("example", urls[0]): "scope", ("example", urls[1]): "scope",
        ("other", urls[0]): "held", ("other", urls[1]): "held",
    }  # fmt: skip
    assert counted(maker, site_ids=[other]) == {"held": 2}


def test_two_sites_of_one_host_are_not_foreign_to_each_other(maker: Maker) -> None:
    sport = store.add_site(maker.db, "sport", None, SITE + "sport", now=START)
    maker.commit(replace(maker.page(SITE + "sport", 0, kind=PageKind.FRONT), site_id=sport))
    lists(maker, SITE + "match")
    maker.commit(maker.page(SITE + "match", 1, article()))
    entries = (FeedEntry(SITE + "match"),)
    found = (Found(SITE + "match", PageKind.PAGE, depth=1, position=1),)
    page = maker.page(SITE + "sport/feed", 2, kind=PageKind.FEED, feed=Feed("rss", "Sport", entries), found=found)
    maker.commit(replace(page, site_id=sport))
    assert counted(maker, site_ids=[sport]) == {"held": 1}


def test_a_takedown_is_an_exclusion(maker: Maker) -> None:
    lists(maker, SITE + "story")
    maker.db.conn.execute("UPDATE url SET state = 'excluded', excluded_by = 'takedown' WHERE url LIKE '%story'")
    assert classes(maker) == {"story": "excluded: takedown"}


# Days


@pytest.mark.parametrize(
    ("claimed", "day"),
    [
        (None, "2024-01-20"),  # first listed
        ("2024-01-18T23:30:00-05:00", "2024-01-19"),  # UTC
        ("2023-12-31", "2023-12-31"),
        ("2024-01-21T08:00:00Z", "2024-01-21"),  # a clock that is ahead
        ("2031-01-01T00:00:00Z", "2024-01-20"),  # no claim about the past
        ("2024-01", "2024-01-20"),  # no day
    ],
)
def test_a_url_belongs_to_the_day_that_is_claimed(maker: Maker, claimed: str | None, day: str) -> None:
    lists(maker, SITE + "story", **({"published": claimed} if claimed else {}))
    lists(maker, SITE + "story", second=40_000, feed=SITE + "feed2")
    assert [count.day for count in coverage(maker.db)] == [day]
    assert counted(maker, since=day, until=day) == {"not_yet_due": 1}
    assert counted(maker, since=day[:7], until=day[:4]) == {"not_yet_due": 1}
    assert counted(maker, until="2001") == counted(maker, since="2040") == {}


def test_weeks_and_months_are_sums_of_days() -> None:
    counts = [Count("s", None, day, "held", None, 1) for day in ("2024-12-29", "2024-12-30", "2025-01-05")]
    assert [(line.key, line.listed) for line in lines(counts, "week")] == [("2024-W52", 1), ("2025-W01", 2)]
    assert [(line.key, line.listed) for line in lines(counts, "month")] == [("2024-12", 2), ("2025-01", 1)]


def test_by_feed_a_url_counts_at_each_feed(maker: Maker) -> None:
    lists(maker, SITE + "a", SITE + "b")
    lists(maker, SITE + "b", second=1, feed=SITE + "feed2")
    lists(maker, SITE + "b", second=2, feed=SITE + "feed2")
    found = lines(coverage(maker.db, by_feed=True), "feed")
    assert [(line.key, line.listed) for line in found] == [(FEED, 2), (SITE + "feed2", 1)]
    assert found[0].as_json() == {
        "site": "example", "by": "feed", "feed": FEED, "listed": 2, "held": 0, "not_article": 0, "scope": 0,
        "excluded": 0, "failed": 0, "not_yet_due": 2, "reasons": {},
    }  # fmt: skip
    assert counted(maker) == {"not_yet_due": 2}


def test_the_urls_behind_a_number(maker: Maker) -> None:
    lists(maker, SITE + "a", SITE + "b", SITE + "c")
    maker.commit(maker.failed(SITE + "a", Outcome.TIMEOUT, 1), maker.failed(SITE + "b", Outcome.REFUSED, 1))
    for wanted, number in (
        ("failed", 2),
        ("timeout", 1),
        ("failed:refused", 1),
        ("not_yet_due", 1),
        ("listed", 3),
    ):
        assert len(list(listed_urls(maker.db, wanted))) == number
    assert next(listed_urls(maker.db, "timeout")).detail == "why"
    assert wanted_name("Not yet due") == wanted_name("not-yet-due") == "not_yet_due"
    assert wanted_name("foreign") == "scope" and wanted_name("no article:listing") == "not_article:listing"
    assert wanted_name("too-large") == "too-large"


# Whatever an archive holds

URLS = [f"{SITE}{n}" for n in range(8)] + [f"https://other.example/{n}" for n in range(4)]
OUTCOMES = [o.value for o in Outcome]
numbers = st.integers(0, len(URLS) - 1)
url_rows = st.tuples(
    st.sampled_from(["page", "front", "section", "feed"]),
    st.sampled_from(["due", "done", "failed", "excluded"]),
    st.sampled_from(["robots", "scope", "takedown", None]),
    st.integers(1, 2),  # site
    st.booleans(),  # shows an article
    st.none() | numbers,  # leads to
    st.none() | st.sampled_from([v.value for v in Verdict]),
    st.lists(st.sampled_from(OUTCOMES), max_size=3),
)
sightings = st.lists(
    st.tuples(
        numbers, st.integers(1, 3), st.integers(0, 5), st.sampled_from([None, "2024-01-18", "2024", "9999-01-01"])
    ),
    max_size=30,
)


def made_up(facts: list[Any], seen: list[Any]) -> Maker:
    """Rows as no crawl would leave them, too."""
    maker = Maker(memory_db())
    store.add_site(maker.db, "other", None, "https://other.example/", now=START)
    c = maker.db.conn
    c.execute("INSERT INTO recipe (sha256, definition, first_used) VALUES ('a', '{}', ?)", (START,))
    for n, (kind, state, reason, site, is_article, target, verdict, outcomes) in enumerate(facts, 1):
        url, leads_to = URLS[n - 1], None if target is None else URLS[target]
        c.execute(
            """INSERT INTO url (url_id, url, surt, host, site_id, kind, state, excluded_by, first_seen)
               VALUES (?, ?, '', ?, ?, ?, ?, ?, ?)""",
            (n, url, url.split("/")[2], site, kind, state, reason if state == "excluded" else None, START),
        )
        if verdict or leads_to:
            c.execute(
                """INSERT INTO capture (capture_id, url_id, warc_file_id, record_id, record_type, "offset", length,
                     captured_at, status, block_digest, verdict, redirect_to)
                   VALUES (?1, ?1, 1, ?1, 'response', ?1, 1, ?2, 200, '', ?3, ?4)""",
                (n, START, verdict, leads_to),
            )
        if is_article and (verdict or leads_to):
            c.execute(
                "INSERT INTO article (article_id, site_id, url, first_seen) VALUES (?, ?, ?, ?)",
                (n, site, url, START),
            )
            c.execute(
                """INSERT INTO version (version_id, article_id, capture_id, recipe_id, verdict, article_body,
                     word_count, text_sha256, extracted_at) VALUES (?1, ?1, ?1, 1, 'article', '', 1, '', ?2)""",
                (n, START),
            )
            c.execute("UPDATE article SET current_version_id = ?1 WHERE article_id = ?1", (n,))
            c.execute("UPDATE url SET article_id = ?1 WHERE url_id = ?1", (n,))
        for outcome in outcomes:
            c.execute("INSERT INTO attempt (url_id, started_at, outcome) VALUES (?, ?, ?)", (n, START, outcome))
    for feed in (1, 2, 3):
        c.execute(
            "INSERT INTO feed (feed_id, site_id, url_id, kind, first_seen) VALUES (?, ?, ?, 'rss', ?)",
            (feed, 1 + feed // 3, feed, START),
        )
    for number, feed, second, claimed in seen:
        c.execute(
            """INSERT INTO sighting (url_id, feed_id, seen_at, last_seen, position, claimed_published)
               VALUES (?1, ?2, ?3, ?3, 1, ?4)""",
            (number + 1, feed, at(second)[:19] + "Z", claimed),
        )
    return maker


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(url_rows, min_size=len(URLS), max_size=len(URLS)), sightings)
def test_the_classes_add_up_to_what_was_listed(facts: list[Any], seen: list[Any]) -> None:
    maker = made_up(facts, seen)
    listed = rows(
        maker.db,
        """SELECT site.name, count(DISTINCT sighting.url_id) FROM sighting JOIN feed USING (feed_id)
           JOIN site USING (site_id) JOIN url USING (url_id) WHERE url.kind <> 'feed' GROUP BY 1""",
    )
    by_feed = rows(
        maker.db,
        """SELECT url.url, count(DISTINCT sighting.url_id) FROM sighting JOIN feed USING (feed_id)
           JOIN url ON url.url_id = feed.url_id JOIN url AS page ON page.url_id = sighting.url_id
           WHERE page.kind <> 'feed' GROUP BY 1""",
    )
    for by in PERIODS:
        found = lines(coverage(maker.db, by_feed=by == "feed"), by)
        total: Counter[str] = Counter()
        for line in found:
            values = line.as_json()
            assert values["listed"] == sum(values[name] for name in CLASSES) == line.listed
            assert all(sum(reasons.values()) == values[name] for name, reasons in values["reasons"].items())
            total[line.key if by == "feed" else line.site] += line.listed
        assert dict(total) == dict(by_feed if by == "feed" else listed)
        assert coverage_text(found) or not found
    urls = [(u.site, u.url) for u in listed_urls(maker.db, "listed")]
    assert len(urls) == len(set(urls)) == sum(number for _, number in listed)
    assert sum(len(list(listed_urls(maker.db, name))) for name in CLASSES) == len(urls)
    maker.db.conn.close()
