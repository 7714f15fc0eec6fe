"""The Scrapy extension that ties a crawl to its archive: one object a crawler, reached by both handlers."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.misc import load_object
from twisted.internet.threads import deferToThread

from archive.errors import BroadsheetError, CaptureBypassed
from archive.model import Exchange, Outcome
from crawler.guard import GuardedResolver, parse_networks
from crawler.handler import WarcHTTPHandler
from crawler.pace import answer_of
from crawler.replay import ReplayHandler

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from archive.pipeline import Page
    from crawler.frontier import Claim, Frontier

logger = logging.getLogger(__name__)


def check_capture(settings: Any, *, replayed: bool = False) -> None:
    """Raise CaptureBypassed if an answer could reach the spider without passing the capture.

    `replayed`: whether answers come from files; then no other may come.
    """
    archiving = ReplayHandler if replayed else WarcHTTPHandler
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS")
    for scheme, path in handlers.items():
        if path is None:
            continue
        try:
            handler = load_object(path)
        except (ImportError, ValueError, NameError):
            handler = None
        if not (isinstance(handler, type) and issubclass(handler, archiving)):
            raise CaptureBypassed(
                f"DOWNLOAD_HANDLERS[{scheme!r}] is {path}: its answers would not be archived",
                hint="use crawler.handler.WarcHTTPHandler for http and https and None for the rest",
            )
    if settings.getbool("HTTPCACHE_ENABLED"):
        raise CaptureBypassed("HTTPCACHE_ENABLED is on: cached answers have no capture", hint="turn it off")


class Archivist:
    """Enabled for spiders that bring a `session` (`crawler.spiders.news`); others crawl as Scrapy does."""

    def __init__(self, crawler: Crawler) -> None:
        self.session = crawler.spider.session  # type: ignore[union-attr]
        self.crawler = crawler
        self.stopping = False
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)
        crawler.signals.connect(self._stopped, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Archivist:
        session = getattr(crawler.spider, "session", None)
        if session is None:
            raise NotConfigured
        check_capture(crawler.settings, replayed=session.options.replay is not None)
        archivist = cls(crawler)
        crawler.archivist = archivist  # type: ignore[attr-defined]
        return archivist

    @staticmethod
    def of(crawler: Crawler) -> Archivist | None:
        return getattr(crawler, "archivist", None)

    def _opened(self) -> None:
        from twisted.internet import reactor

        resolver = GuardedResolver.installed
        if resolver is not None:
            sites = self.session.sites.values()
            resolver.allowed += parse_networks(a for site in sites for a in site.allow_addresses)
        call: Any = reactor.callFromThread
        self.session.on_released = lambda pairs: call(self._released, pairs)
        self.session.on_failed = lambda error: call(self._failed, error)

    def took(
        self,
        request: Request,
        exchanges: tuple[Exchange, ...],
        outcome: Outcome,
        detail: str | None,
        *,
        final: bool = True,
    ) -> None:
        """Called by the download handler when an attempt has ended, however it ended. `final`: see `Session.took`."""
        claim: Claim | None = request.meta.get("claim")
        if claim is None:
            self.crawler.stats.inc_value("warc/uncaptured")
            return
        resolver = GuardedResolver.installed
        if outcome == Outcome.UNRESOLVED and resolver is not None and claim.host in resolver.refused:
            outcome = Outcome.BLOCKED
            address = resolver.refused[claim.host]
            name = claim.host if claim.host == address else f"{claim.host} ({address})"
            detail = f"{name} is not a public address"
        self.session.took(claim, exchanges, outcome, detail, final=final)
        frontier: Frontier = self.crawler.spider.frontier  # type: ignore[union-attr]
        frontier.answered(claim, answer_of(exchanges, outcome))
        frontier.fetched(claim, sum(len(e.response) for e in exchanges))

    def _released(self, pairs: list[tuple[Claim, Page]]) -> None:
        frontier = getattr(self.crawler.spider, "frontier", None)
        if frontier is not None:
            frontier.released(pairs)

    def _failed(self, error: BroadsheetError) -> None:
        """The disk failed: nothing is crawled that cannot be kept."""
        logger.warning("%s", error)
        self.stopping = True
        frontier = getattr(self.crawler.spider, "frontier", None)
        if frontier is not None:
            frontier.abandon(error)
        _close(self.crawler, "storage-failed")

    def _closed(self, reason: str) -> None:
        self.reason = reason
        self.stopping = True
        frontier = getattr(self.crawler.spider, "frontier", None)
        if frontier is not None:
            self.session.slowed = frontier.notes()

    async def _stopped(self) -> None:
        from scrapy.utils.defer import maybe_deferred_to_future

        await maybe_deferred_to_future(deferToThread(self.session.close, getattr(self, "reason", "stopped")))


def _close(crawler: Crawler, reason: str) -> None:
    if crawler.engine.spider is not None:
        _closing.append(asyncio.ensure_future(crawler.engine.close_spider_async(reason=reason)))


_closing: list[asyncio.Future[None]] = []  # the loop itself keeps only weak references to its tasks
