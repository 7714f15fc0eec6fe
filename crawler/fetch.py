"""One page for `broadsheet extract URL`: fetched like any page of a crawl, but kept nowhere.

A person asks for this one page, so robots.txt is not consulted; the address guard and all limits hold.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings

from archive import codings
from archive.bulk import How
from archive.errors import AddressBlocked, BadInput, CrawlFailed
from archive.model import Extraction
from archive.pipeline import MAX_PAGE_BYTES
from crawler.config import Config, Site
from crawler.guard import GuardedResolver, parse_networks
from crawler.handler import outcome_of
from crawler.report import LOST
from crawler.run import check_contact, user_agent, web_address


class OnePage(scrapy.Spider):
    """Fetches `url`; what came or went wrong stays in `got` or `error`."""

    name = "one-page"

    def __init__(self, url: str, result: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url, self.result = url, result

    async def start(self) -> AsyncIterator[Any]:
        yield scrapy.Request(self.url, self.parse, errback=self.failed, dont_filter=True)

    def parse(self, response: Response) -> None:
        self.result["response"] = response

    def failed(self, failure: Any) -> None:
        self.result["error"] = failure.value


def fetch_and_extract(url: str, *, how: How, contact: str | None, allow: Sequence[str]) -> Extraction:
    """-> the extraction of the page at this address. Raises CrawlFailed or a kind of it if it cannot be had."""
    address = web_address(url)
    if address is None:
        raise BadInput(f"{url!r} is no http(s) address")
    parse_networks(allow)
    contact = check_contact(Config(), [Site("page", address)], contact)
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    redirects = {"scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600}
    middlewares = {**settings.getdict("DOWNLOADER_MIDDLEWARES"), **redirects}
    settings.setdict(
        {
            "USER_AGENT": user_agent(contact),
            "BROADSHEET_ALLOW_ADDRESSES": list(allow),
            "DOWNLOADER_MIDDLEWARES": middlewares,
            "REDIRECT_MAX_TIMES": 10,
            "LOG_INSTALL_ROOT_HANDLER": False,
        },
        priority="cmdline",
    )
    result: dict[str, Any] = {}
    process = CrawlerProcess(settings)
    process.crawl(OnePage, url=address, result=result)
    process.start()
    response: Response | None = result.get("response")
    if response is None:
        raise _failure(address, result.get("error"))
    if response.status >= 400:
        raise CrawlFailed(f"{address} answers {response.status}")
    return _read(response, how)


def _failure(url: str, error: Exception | None) -> CrawlFailed:
    resolver = GuardedResolver.installed
    if resolver is not None and resolver.refused:
        name, address = next(iter(resolver.refused.items()))
        return AddressBlocked(
            f"{name} is {address}, which is not a public address", hint="--allow-address loopback"
        )
    if error is None:
        return CrawlFailed(f"{url} could not be fetched")
    outcome, detail = outcome_of(error, stopping=False)
    kind, words = LOST.get(outcome, (CrawlFailed, outcome.value))
    return kind(f"{url}: {words}", hint=detail)


def _read(response: Response, how: How) -> Extraction:
    layers = (response.headers.get("Content-Encoding") or b"").decode("latin-1").lower()
    names = tuple(name.strip() for name in layers.split(",") if name.strip())
    body = codings.decode(response.body, names, limit=MAX_PAGE_BYTES)
    kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
    charset = kind.partition("charset=")[2].partition(";")[0].strip("\"' ") or None
    return how.extract(body.data, response.url, datetime.now(UTC), charset=charset, complete=body.complete)
