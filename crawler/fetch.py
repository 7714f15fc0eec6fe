"""Pages that a person asks for by `extract URL`, `feed URL` and `robots URL`: fetched like any page of a crawl, but
kept nowhere.

A person asks for them by name, so robots.txt is not consulted; the address guard and all limits hold.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.http import Response
from scrapy.settings import Settings

from archive import codings, feeds
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

Took = Callable[[Response], Sequence[str]]  # what becomes of an answer -> what to ask for next


class Pages(scrapy.Spider):
    """Fetches `url`, hands each answer to `took`, and then what that asks for; what went wrong stays in `errors`."""

    name = "pages"

    def __init__(
        self, url: str, took: Took, errors: dict[str, Exception], enough: int | None = None, **kwargs: Any
    ) -> None:
        """`enough`: bytes after which the rest of the first answer is not waited for."""
        super().__init__(**kwargs)
        self.url, self.took, self.errors = url, took, errors
        self.enough, self.came = enough, 0

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Pages:
        spider: Pages = super().from_crawler(crawler, *args, **kwargs)
        if spider.enough is not None:
            crawler.signals.connect(spider.bytes_received, signals.bytes_received)
        return spider

    def bytes_received(self, data: bytes) -> None:
        self.came += len(data)
        if self.enough is not None and self.came > self.enough:
            raise StopDownload(fail=False)

    async def start(self) -> AsyncIterator[Any]:
        yield self._request(self.url)

    def _request(self, url: str) -> scrapy.Request:
        return scrapy.Request(url, self.parse, errback=self.failed, dont_filter=True, meta={"asked": url})

    def parse(self, response: Response) -> Iterator[scrapy.Request]:
        for url in self.took(response):
            yield self._request(url)

    def failed(self, failure: Any) -> None:
        self.errors[failure.request.meta["asked"]] = failure.value


def fetch_and_extract(url: str, *, how: How, contact: str | None, allow: Sequence[str]) -> Extraction:
    """-> the extraction of the page at this address. Raises CrawlFailed or a kind of it if it cannot be had."""
    address = _address(url)
    answers: list[Response] = []

    def took(response: Response) -> Sequence[str]:
        answers.append(response)
        return ()

    errors = _fetch(address, took, contact=contact, allow=allow)
    if not answers:
        raise _failure(address, errors.get(address))
    response = answers[0]
    if response.status >= 400:
        raise _refused(address, response.status)
    return _read(response, how)


def fetch_each(
    url: str,
    *,
    read: Callable[[str, str, bytes], Sequence[str]],
    contact: str | None,
    allow: Sequence[str],
    delay_s: float,
) -> list[str]:
    """Hand this answer to `read` (asked for, where it came from, its payload), and so on what that asks for.

    -> what could not be had, in words. Raises CrawlFailed or a kind of it if that is the first.
    """
    address = _address(url)
    refused: dict[str, CrawlFailed] = {}

    def took(response: Response) -> Sequence[str]:
        asked: str = response.meta["asked"]
        if response.status >= 400:
            refused[asked] = _refused(asked, response.status)
            return ()
        body = codings.decode(response.body, _codings(response), limit=feeds.MAX_BYTES + 1)
        return read(asked, response.url, body.data)

    more = {"DOWNLOAD_MAXSIZE": feeds.MAX_BYTES, "DOWNLOAD_DELAY": delay_s, "CONCURRENT_REQUESTS_PER_DOMAIN": 1}
    errors = _fetch(address, took, contact=contact, allow=allow, settings=more)
    if address in refused:
        raise refused[address]
    if address in errors:
        raise _failure(address, errors[address])
    return [
        *(each.message for each in refused.values()),
        *(str(_failure(asked, error)) for asked, error in errors.items()),
    ]


def _address(url: str) -> str:
    address = web_address(url)
    if address is None:
        raise BadInput(f"{url!r} is no http(s) address")
    return address


def fetch_robots(url: str, *, contact: str | None, allow: Sequence[str]) -> Robots:
    """What the robots.txt of this address' origin means now, as a crawl takes it (RFC 9309 clause 2.3.1)."""
    origin = origin_of(url)
    address = f"{origin}/robots.txt"
    answers: list[Response] = []

    def took(response: Response) -> Sequence[str]:
        answers.append(response)
        return ()

    hops = {"REDIRECT_MAX_TIMES": MAX_HOPS}
    errors = _fetch(address, took, contact=contact, allow=allow, settings=hops, enough=MAX_BYTES)
    if not answers:
        error = errors.get(address)
        if isinstance(error, IgnoreRequest):
            return Robots(origin, "allow-all", None, "too many redirects")
        failed = _failure(address, error)
        if isinstance(failed, AddressBlocked):
            raise failed
        outcome = outcome_of(error, stopping=False)[0] if error is not None else Outcome.UNREACHABLE
        return Robots(origin, "disallow-all", None, outcome.value)
    response = answers[0]
    body = codings.decode(response.body, _codings(response), limit=MAX_BYTES)
    whole = body.complete or len(body.data) >= MAX_BYTES or "download_stopped" in response.flags
    text = text_of(body.data) if 200 <= response.status < 300 and whole else None
    return of_answer(origin, response.status, text)


def _fetch(
    address: str,
    took: Took,
    *,
    contact: str | None,
    allow: Sequence[str],
    settings: dict[str, Any] | None = None,
    enough: int | None = None,
) -> dict[str, Exception]:
    """-> errors by what was asked for. Once a process."""
    parse_networks(allow)
    contact = check_contact(Config(), [Site("page", address)], contact)
    values = Settings()
    values.setmodule("crawler.settings", priority="project")
    redirects = {"scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600}
    middlewares = {**values.getdict("DOWNLOADER_MIDDLEWARES"), **redirects}
    values.setdict(
        {
            "USER_AGENT": user_agent(contact),
            "BROADSHEET_ALLOW_ADDRESSES": list(allow),
            "DOWNLOADER_MIDDLEWARES": middlewares,
            "REDIRECT_MAX_TIMES": 10,
            "LOG_INSTALL_ROOT_HANDLER": False,
            **(settings or {}),
        },
        priority="cmdline",
    )
    errors: dict[str, Exception] = {}
    process = CrawlerProcess(values)
    process.crawl(Pages, url=address, took=took, errors=errors, enough=enough)
    process.start()
    return errors


def _refused(url: str, status: int) -> CrawlFailed:
    """The error for an answer that is no page, of the kind that a crawl would end with."""
    if status in (404, 410):
        return CrawlFailed(f"{url} answers {status}", hint="check the address")
    outcome = Outcome.REFUSED if status in (401, 402, 403, 407, 451) else Outcome.SERVER_ERROR
    return LOST[outcome][0](f"{url} answers {status}")


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


def _codings(response: Response) -> tuple[str, ...]:
    layers = (response.headers.get("Content-Encoding") or b"").decode("latin-1").lower()
    return tuple(name.strip() for name in layers.split(",") if name.strip())


def _read(response: Response, how: How) -> Extraction:
    body = codings.decode(response.body, _codings(response), limit=MAX_PAGE_BYTES)
    kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
    charset = kind.partition("charset=")[2].partition(";")[0].strip("\"' ") or None
    return how.extract(body.data, response.url, datetime.now(UTC), charset=charset, complete=body.complete)
