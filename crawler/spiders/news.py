"""The one spider: it hands out what the frontier says is due and yields the clean articles as items.

    scrapy crawl news -a site=NAME                 # a site of sites.toml, in the archive of BROADSHEET_ARCHIVE
    scrapy crawl news -a site=NAME -O articles.jsonl
    scrapy check news                              # parse against a fixture, offline

The page is read in a worker process before `parse` is called, so a callback has nothing to parse.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.http import Response

from archive.errors import BroadsheetError
from archive.model import Exchange, Extraction, Outcome, PageKind
from archive.pipeline import reread
from crawler.frontier import Claim, Frontier
from crawler.replay import EXCHANGE, FIXTURE, Replay
from crawler.session import conditional_headers

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.python.failure import Failure

    from crawler.session import Session


class NewsSpider(scrapy.Spider):
    name = "news"
    frontier: Frontier | None = None

    def __init__(self, site: str | None = None, session: Session | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.site = site
        self.session: Any = session

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NewsSpider:
        spider: NewsSpider = super().from_crawler(crawler, *args, **kwargs)
        if spider.session is None and "SCRAPY_CHECK" not in os.environ:  # `scrapy check` crawls nothing
            from crawler.run import session_for_scrapy

            spider.session = session_for_scrapy(crawler.settings, spider.site)
        if spider.session is not None and spider.session.options.replay is not None:
            Replay(spider.session.options.replay).put(crawler)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        self.frontier = Frontier(self.session)
        async for claim in self.frontier.claims():
            yield scrapy.Request(
                claim.due.url,
                callback=self.parse,
                errback=self.failed,
                dont_filter=True,
                headers=conditional_headers(claim.due),
                meta={"claim": claim, "verbatim_url": True},
            )

    async def parse(self, response: Response, **_: Any) -> AsyncIterator[dict[str, Any]]:
        """Wait until the page is on disk; then yield its clean record, if it is an article.

        @fixture tests/fixtures/pages/late-frost.expected.toml
        @returns items 1 1
        @scrapes url site
        """
        claim: Claim | None = response.meta.get("claim")
        if claim is None:
            for item in _of_fixture(response):
                yield item
            return
        try:
            page = await claim.done
        except BroadsheetError:  # the disk failed; the crawl is being stopped and says so
            return
        for item in _items(page.job.url, page.job.site, page.extraction):
            yield item

    async def failed(self, failure: Failure) -> None:
        """A request that never reached the download handler (dropped, or stopped early) still gets its outcome."""
        claim: Claim | None = failure.request.meta.get("claim")  # type: ignore[attr-defined]
        if claim is None:
            return
        if not claim.taken:
            self.session.took(claim, (), Outcome.STOPPED, str(failure.value)[:300])
            if self.frontier is not None:
                self.frontier.fetched(claim, 0)
        with suppress(BroadsheetError):
            await claim.done


def _items(url: str, site: str, extraction: Extraction | None) -> Iterator[dict[str, Any]]:
    if extraction is not None and extraction.article is not None:
        yield {"url": url, "site": site, **asdict(extraction.article)}


def _of_fixture(response: Response) -> Iterator[dict[str, Any]]:
    """What `scrapy check` asked for is in no archive: it is read here, by the code of the worker processes."""
    exchange: Exchange | None = response.meta.get(EXCHANGE)
    if exchange is not None:
        page = reread(exchange, exchange.url, PageKind.PAGE, None)
        yield from _items(exchange.url, response.meta[FIXTURE].site, page.extraction)
