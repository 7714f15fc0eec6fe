"""One page for `broadsheet extract URL`, or a robots.txt for `broadsheet robots URL`: fetched like any page of a crawl,
but kept nowhere.

A person asks for this one page, so robots.txt is not consulted; the address guard and all limits hold.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.http import Response
from scrapy.settings import Settings

from archive import codings
from archive.bulk import How
from archive.errors import AddressBlocked, BadInput, CrawlFailed
from archive.model import Extraction, Outcome, Robots
from archive.pipeline import MAX_PAGE_BYTES
from archive.robots import MAX_BYTES, of_answer, text_of
from archive.urls import origin_of
from crawler.config import Config, Site
from crawler.guard import GuardedResolver, parse_networks
from crawler.handler import outcome_of
from crawler.report import LOST
from crawler.robots import MAX_HOPS
from crawler.run import check_contact, user_agent, web_address


class OnePage(scrapy.Spider):
    """Fetches `url`; what came or went wrong stays in `got` or `error`."""

    name = "one-page"

    def __init__(self, url: str, result: dict[str, Any], enough: int | None = None, **kwargs: Any) -> None:
        """`enough`: bytes after which the rest is not waited for."""
        super().__init__(**kwargs)
        self.url, self.result, self.enough, self.came = url, result, enough, 0

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> OnePage:
        spider: OnePage = super().from_crawler(crawler, *args, **kwargs)
        if spider.enough is not None:
            crawler.signals.connect(spider.bytes_received, signals.bytes_received)
        return spider

    def bytes_received(self, data: bytes) -> None:
        self.came += len(data)
        if self.enough is not None and self.came > self.enough:
            raise StopDownload(fail=False)

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
    result = _fetched(address, contact, allow)
    response: Response | None = result.get("response")
    if response is None:
        raise _failure(address, result.get("error"))
    if response.status >= 400:
        raise CrawlFailed(f"{address} answers {response.status}")
    return _read(response, how)


def fetch_robots(url: str, *, contact: str | None, allow: Sequence[str]) -> Robots:
    """What the robots.txt of this address' origin means now, as a crawl takes it (RFC 9309 clause 2.3.1)."""
    origin = origin_of(url)
    result = _fetched(f"{origin}/robots.txt", contact, allow, hops=MAX_HOPS, enough=MAX_BYTES)
    response: Response | None = result.get("response")
    if response is None:
        error = result.get("error")
        if isinstance(error, IgnoreRequest):
            return Robots(origin, "allow-all", None, "too many redirects")
        failed = _failure(f"{origin}/robots.txt", error)
        if isinstance(failed, AddressBlocked):
            raise failed
        outcome = outcome_of(error, stopping=False)[0] if error is not None else Outcome.UNREACHABLE
        return Robots(origin, "disallow-all", None, outcome.value)
    body = _decoded(response, MAX_BYTES)
    whole = body.complete or len(body.data) >= MAX_BYTES or "download_stopped" in response.flags
    text = text_of(body.data) if 200 <= response.status < 300 and whole else None
    return of_answer(origin, response.status, text)


def _fetched(
    address: str, contact: str | None, allow: Sequence[str], *, hops: int = 10, enough: int | None = None
) -> dict[str, Any]:
    """{"response": the answer behind at most `hops` redirects} or {"error": why there is none}."""
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
            "REDIRECT_MAX_TIMES": hops,
            "LOG_INSTALL_ROOT_HANDLER": False,
        },
        priority="cmdline",
    )
    result: dict[str, Any] = {}
    process = CrawlerProcess(settings)
    process.crawl(OnePage, url=address, result=result, enough=enough)
    process.start()
    return result


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


def _decoded(response: Response, limit: int) -> codings.Decoded:
    layers = (response.headers.get("Content-Encoding") or b"").decode("latin-1").lower()
    names = tuple(name.strip() for name in layers.split(",") if name.strip())
    return codings.decode(response.body, names, limit=limit)


def _read(response: Response, how: How) -> Extraction:
    body = _decoded(response, MAX_PAGE_BYTES)
    kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
    charset = kind.partition("charset=")[2].partition(";")[0].strip("\"' ") or None
    return how.extract(body.data, response.url, datetime.now(UTC), charset=charset, complete=body.complete)
