"""The demo newspaper: realistic publishers on loopback, made from a seed, with the truth of every page.

>>> from crawler.demo import DemoServer, Newspaper
>>> with DemoServer(Newspaper(seed=1, articles=120)) as server:
...     origins = server.origins()

Hosts are names below `.localhost`, which always mean loopback (RFC 6761, 6.3), on one port.
"""

from __future__ import annotations

from typing import Any

from crawler.demo.failures import DEFAULT_CLOCK, FAILURES, Failure
from crawler.demo.http import Request, Response, Site
from crawler.demo.newspaper import Newspaper, feed_paths, origin
from crawler.demo.publishers import PUBLISHERS, Publisher
from crawler.demo.saved import OneHost, SavedPage, SavedPages
from crawler.demo.server import DemoServer, Hit
from crawler.demo.truth import Truth, TruthEdit

__all__ = [
    "DEFAULT_CLOCK",
    "FAILURES",
    "PUBLISHERS",
    "DemoServer",
    "Failure",
    "Hit",
    "Newspaper",
    "OneHost",
    "Publisher",
    "Request",
    "Response",
    "SavedPage",
    "SavedPages",
    "Site",
    "Truth",
    "TruthEdit",
    "sites_entries",
]


def sites_entries(server: DemoServer) -> list[dict[str, Any]]:
    """What sites.toml needs of each publisher of a running server: name, title, url, feeds (absolute URLs)."""
    site, port = server.site, server.port
    if isinstance(site, Newspaper):
        return [
            {
                "name": publisher.name,
                "title": publisher.title,
                "url": origin(publisher.host, port) + "/",
                "feeds": [origin(publisher.host, port) + path for path in feed_paths(publisher)],
            }
            for publisher in site.publishers
        ]
    entries = []
    for base in server.origins():
        host = base.removeprefix("http://").partition(":")[0].removesuffix(".localhost")
        feeds = [] if isinstance(site, OneHost) else [base + "/feed.xml", base + "/sitemap.xml"]
        entries.append({"name": host.replace(".", "-"), "title": host, "url": base + "/", "feeds": feeds})
    return entries
