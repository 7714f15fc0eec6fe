"""Where a site may list its articles, and which of what was found is worth following."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from archive.model import Found, PageKind
from archive.scope import PRIORITY_FEED
from archive.store.offers import Offer
from archive.url_shape import may_be_section
from archive.urls import origin_of

# What `broadsheet add` tries besides robots.txt and the front page's links.
USUAL_PLACES = (
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/sitemap-index.xml",
    "/sitemap.xml.gz",
    "/sitemap-news.xml",
    "/news-sitemap.xml",
    "/sitemap_news.xml",
    "/feed",
    "/feed.xml",
    "/rss",
    "/rss.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.json",
)
DEAD_DAYS = 365  # a news feed whose newest entry is older is not followed
OF_NEWS = ("rss", "atom", "json")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was found and is not followed, and why."""

    offer: Offer
    reason: str


def usual_places(url: str) -> list[Found]:
    origin = origin_of(url)
    return [Found(origin + path, PageKind.FEED, PRIORITY_FEED - 1) for path in USUAL_PLACES]


def sift(offers: Sequence[Offer], today: date, named: frozenset[str]) -> tuple[list[Offer], list[LeftOut]]:
    """-> what is worth following, in order, and what is not.

    Of two feeds with the same entries the one with more dates stays, unless a person has named the other; of two
    sections, the first. `named`: what sites.toml names already.
    """
    kept: list[Offer] = []
    left_out: list[LeftOut] = []
    for offer in offers:
        if offer.url not in named and (reason := _unfit(offer, today)):
            left_out.append(LeftOut(offer, reason))
            continue
        same = next((other for other in kept if offer.listed and other.listed == offer.listed), None)
        if same is None or {same.url, offer.url} <= named:
            kept.append(offer)
            continue
        better, worse = (offer, same) if _worth(offer, named) > _worth(same, named) else (same, offer)
        kept[kept.index(same)] = better
        left_out.append(LeftOut(worse, f"the same entries as {better.url}"))
    return kept, left_out


def _unfit(offer: Offer, today: date) -> str | None:
    if offer.kind == "section" and not may_be_section(offer.url):
        return "its address is not that of a section"
    if offer.kind in OF_NEWS and offer.newest and offer.newest[:10] < (today - timedelta(DEAD_DAYS)).isoformat():
        return f"dead: its newest entry is of {offer.newest[:10]}"
    if offer.foreign and offer.foreign == offer.entries:
        return "all that it lists lies on other hosts"
    return None


def _worth(offer: Offer, named: frozenset[str]) -> tuple[bool, bool, int]:
    return offer.url in named, offer.kind != "section", offer.dates
