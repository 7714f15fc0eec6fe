"""Where a site may list its articles: what `broadsheet add` tries besides robots.txt and the front page's links."""

from __future__ import annotations

from archive.model import Found, PageKind
from archive.scope import PRIORITY_FEED
from archive.urls import origin_of

USUAL_PLACES = (
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/sitemap-news.xml",
    "/news-sitemap.xml",
    "/feed",
    "/feed.xml",
    "/rss",
    "/rss.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.json",
)


def usual_places(url: str) -> list[Found]:
    origin = origin_of(url)
    return [Found(origin + path, PageKind.FEED, PRIORITY_FEED - 1) for path in USUAL_PLACES]
