"""Requests answered by WARC files: a download handler that opens no connection. See docs/replay-crawls.md.

A crawl is replayed without waiting: time stands still between two requests, and each capture keeps its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Headers
from scrapy.utils._download_handlers import make_response

from archive.errors import DamageFound
from archive.message import Response as Message
from archive.message import parse_response
from archive.model import Outcome
from crawler.handler import archivist_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from archive.recording.answers import Answer, Recording

HANDLER = "crawler.replay.ReplayHandler"
# No handler but ours, whatever a project has for other schemes.
HANDLERS = {"http": HANDLER, "https": HANDLER, "ftp": None, "s3": None, "file": None, "data": None}
MISSING = "broadsheet/replay/missing"  # Scrapy's stats
ANSWERED = "broadsheet/replay/answered"
# What Twisted's client keeps for itself (RFC 9110 clause 7.6.1), so that no spider ever sees it.
OF_THE_CONNECTION = frozenset({
    "connection", "keep-alive", "proxy-connection", "te", "trailers", "transfer-encoding", "upgrade",
})  # fmt: skip
ERRORS: dict[Outcome, type[Exception]] = {
    Outcome.TIMEOUT: DownloadTimeoutError,
    Outcome.UNRESOLVED: CannotResolveHostError,
    Outcome.BLOCKED: CannotResolveHostError,
    Outcome.UNREACHABLE: DownloadConnectionRefusedError,
    Outcome.TOO_LARGE: DownloadCancelledError,
    Outcome.TRUNCATED: ResponseDataLossError,
}


class NotInReplay(IgnoreRequest):
    """The files hold no capture of what was asked for; nothing was sent."""


class Replay:
    """The recording of one crawl, and how often each of its URLs has been asked for; one a crawler."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.outcomes: dict[str, str] = {}  # {URL: the status, or what else became of the last request for it}
        self._turns: dict[str, int] = {}

    @staticmethod
    def of(crawler: Crawler) -> Replay:
        """:raises LookupError: the crawler replays nothing."""
        replay: Replay | None = getattr(crawler, "broadsheet_replay", None)
        if replay is None:
            raise LookupError("no replay: BROADSHEET_REPLAY and the add-on crawler.addon.Replay belong together")
        return replay

    def put(self, crawler: Crawler) -> None:
        # Scrapy hands its handlers the crawler and nothing else; the type knows no place for what is ours.
        crawler.broadsheet_replay = self  # type: ignore[attr-defined]

    def answer(self, url: str, *, conditional: bool) -> Answer | None:
        turn = self._turns.get(url, 0)
        self._turns[url] = turn + 1
        return self.recording.answer(url, turn, conditional=conditional)


class ReplayHandler(BaseDownloadHandler):
    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._replay = Replay.of(crawler)
        self._fails_on_loss = crawler.settings.getbool("DOWNLOAD_FAIL_ON_DATALOSS")

    async def download_request(self, request: Request) -> Response:
        """The recorded answer, handed to the archive first if the crawl has one, as a live answer is."""
        why = "not in the replay"
        try:
            answer = self._replay.answer(request.url, conditional=_is_conditional(request))
        except DamageFound as e:
            answer, why = None, str(e)
        self._hand_over(request, answer, why)
        if answer is None:
            raise NotInReplay(f"{request.url}: {why}")
        message = parse_response(answer.exchange.response)
        broken = message is None or not answer.exchange.complete
        if message is None or (broken and answer.outcome is not Outcome.ARCHIVED and self._fails_on_loss):
            raise ERRORS.get(answer.outcome, DownloadFailedError)(answer.detail or answer.outcome.value)
        return _response(request, message, answer)

    def _hand_over(self, request: Request, answer: Answer | None, why: str) -> None:
        stats: Any = self.crawler.stats
        stats.inc_value(ANSWERED if answer else MISSING)
        self._replay.outcomes[request.url] = _outcome(answer)
        archivist = archivist_of(self.crawler)
        if archivist is None:
            return
        if answer is None:
            archivist.took(request, (), Outcome.NOT_IN_REPLAY, why)
            return
        # Nothing better would come of another try.
        final = not (answer.is_last and answer.is_transient and request.meta["claim"].robots_origin is None)
        archivist.took(request, (answer.exchange,), answer.outcome, answer.detail, final=final)


def _is_conditional(request: Request) -> bool:
    return "If-None-Match" in request.headers or "If-Modified-Since" in request.headers


def _outcome(answer: Answer | None) -> str:
    if answer is None:
        return Outcome.NOT_IN_REPLAY.value
    message = parse_response(answer.exchange.response)
    return str(message.status) if message and answer.exchange.complete else answer.outcome.value


def _response(request: Request, message: Message, answer: Answer) -> Response:
    """What Scrapy's own handler would have made of these bytes."""
    headers = Headers()
    for name, value in message.headers:
        if name.lower() not in OF_THE_CONNECTION:
            headers.appendlist(name, value.encode("latin-1"))
    body = b"" if request.method == "HEAD" else message.payload
    flags = [] if answer.exchange.complete else ["dataloss"]
    protocol = f"HTTP/{message.version}"
    return make_response(request.url, message.status, headers, body, flags=flags, protocol=protocol)
