"""Which listings are visited by schedule: what is named or shown as one, not every page that proves to be one."""

from __future__ import annotations

from typing import Any

import pytest

from archive.model import Feed, FeedEntry, Found, Outcome, PageKind
from archive.scope import PRIORITY_FEED, PRIORITY_LISTED, PRIORITY_SECTION
from archive.store import visits
from tests.store.store_samples import Maker, memory_db, one
from tests.store.test_store_visits import STORY, moment, wait_h


@pytest.fixture
def maker() -> Maker:
    return Maker(memory_db())


def listing(maker: Maker, url: str, hours: float, entered: Found, **facts: Any) -> float | None:
    """A page that proves to be a listing is fetched -> hours to its next visit."""
    found = (Found(STORY, PageKind.PAGE, position=1),)
    given: dict[str, Any] = {"kind": PageKind.SECTION, "entered": entered, "found": found}
    given |= {"started_at": moment(hours), "capture": {"captured_at": moment(hours)}}
    maker.commit(maker.page(url, **(given | facts)))
    return wait_h(maker, url, hours)


TAG = "https://example.org/tag/bridge"
SITEMAP = {"kind": PageKind.FEED, "feed": Feed("sitemap", None, (FeedEntry(STORY),))}


@pytest.mark.parametrize(
    ("entered", "facts", "is_followed"),
    [
        (Found(TAG, PageKind.PAGE, depth=1, priority=PRIORITY_LISTED), {}, False),  # of a sitemap of tags
        (Found(TAG, PageKind.PAGE, depth=2, priority=PRIORITY_LISTED), SITEMAP, False),  # the feed of an article
        (Found(TAG, PageKind.PAGE, depth=1, priority=PRIORITY_SECTION), {}, True),  # on the front page
        (Found(TAG, PageKind.SECTION), {}, True),  # in sites.toml
        (Found(TAG, PageKind.FEED, PRIORITY_FEED, depth=2), SITEMAP, True),  # of an index
    ],
)
def test_not_every_page_that_proves_to_be_a_listing_is_followed(
    maker: Maker, entered: Found, facts: dict[str, Any], is_followed: bool
) -> None:
    assert (listing(maker, TAG, 0, entered, **facts) is not None) == is_followed
    assert visits.make_listings_due(maker.db, [maker.site_id]) == is_followed


def test_a_listing_becomes_followed_when_the_front_page_shows_it(maker: Maker) -> None:
    assert listing(maker, TAG, 0, Found(TAG, PageKind.PAGE, depth=1, priority=PRIORITY_LISTED)) is None
    shown = (Found(TAG, PageKind.PAGE, depth=1, priority=PRIORITY_SECTION),)
    front = {"kind": PageKind.FRONT, "started_at": moment(1), "found": shown}
    maker.commit(maker.page("https://example.org/", **front))
    assert one(maker.db, "SELECT state FROM url WHERE url = ?", TAG) == "due"
    assert listing(maker, TAG, 2, shown[0]) is not None
    maker.commit(maker.page("https://example.org/", **(front | {"started_at": moment(3)})))
    assert one(maker.db, "SELECT state FROM url WHERE url = ?", TAG) == "done"


def test_where_a_section_of_the_front_page_leads_is_followed(maker: Maker) -> None:
    leads: dict[str, Any] = {
        "outcome": Outcome.REDIRECT,
        "found": (Found(f"{TAG}/", PageKind.PAGE, depth=1, priority=PRIORITY_LISTED),),
    }
    entered = Found(TAG, PageKind.PAGE, depth=1, priority=PRIORITY_SECTION)
    assert listing(maker, TAG, 0, entered, kind=PageKind.PAGE, **leads) is None
    assert listing(maker, f"{TAG}/", 0, leads["found"][0]) is not None


@pytest.mark.parametrize(("depth", "ends"), [(1, True), (0, False)])
def test_a_listing_that_is_gone_for_long_is_not_asked_any_more(maker: Maker, depth: int, ends: bool) -> None:
    entered = Found(TAG, PageKind.PAGE, depth=depth, priority=PRIORITY_SECTION)
    gone: dict[str, Any] = {"outcome": Outcome.GONE, "status": 404, "found": ()}
    assert listing(maker, TAG, 0, entered) is not None
    waits = [listing(maker, TAG, hours, entered, **gone) for hours in range(24, 24 * 60, 24)]
    assert (waits[-1] is None) == ends
    assert None not in waits[:28]
    assert listing(maker, TAG, 24 * 60, entered) is not None
