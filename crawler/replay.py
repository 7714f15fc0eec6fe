"""Requests answered by WARC files: a download handler that opens no connection. See docs/replay-crawls.md.

A crawl is replayed without waiting: time stands still between two requests, and each capture keeps its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
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
from archive.recording.answers import Recording
from archive.warc.groups import parse_date
from crawler.handler import archivist_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from archive.recording.answers import Answer

HANDLER = "crawler.replay.ReplayHandler"
# No handler but ours, whatever a project has for other schemes.
HANDLERS = {"http": HANDLER, "https": HANDLER, "ftp": None, "s3": None, "file": None, "data": None}
MISSING = "broadsheet/replay/missing"  # Scrapy's stats
ANSWERED = "broadsheet/replay/answered"
# Request.meta, while contracts are checked: which capture answers, and then the exchange that did.
FIXTURE = "broadsheet_fixture"
EXCHANGE = "broadsheet_exchange"
NO_FIXTURE = "scrapy check fetches nothing: @fixture FILE names what answers, below @meta"
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
    """The files hold no capture of what was asked for; nothing was sent. `why`: without the URL."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url}: {why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class Fixture:
    """The capture of a page that answers one request. `captured_at`: its WARC-Date."""

    warc: str
    captured_at: str
    site: str


class Replay:
    """What answers one crawl, and how often each of its URLs has been asked for; one a crawler.

    `recording`: None where only fixtures answer, each the requests that name it.
    """

    def __init__(self, recording: Recording | None) -> None:
        self.recording = recording
        self.outcomes: dict[str, str] = {}  # {URL: the status, or what else became of the last request for it}
        self._turns: dict[str, int] = {}
        self._fixtures: dict[Fixture, Recording] = {}

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

    def close(self) -> None:
        for recording in (self.recording, *self._fixtures.values()):
            if recording is not None:
                recording.close()

    def answer(self, request: Request) -> Answer:
        """:raises NotInReplay: there is none."""
        conditional = _is_conditional(request)
        fixture: Fixture | None = request.meta.get(FIXTURE)
        try:
            if fixture is not None:
                answer, why = self._of(fixture).answer(request.url), f"not in {fixture.warc}"
            elif self.recording is not None:
                turn = self._turns.get(request.url, 0)
                self._turns[request.url] = turn + 1
                answer = self.recording.answer(request.url, turn, conditional=conditional)
                why = "not in the replay"
            else:
                answer, why = None, NO_FIXTURE
        except DamageFound as e:
            raise NotInReplay(request.url, str(e)) from None
        if answer is None:
            raise NotInReplay(request.url, why)
        return answer

    def _of(self, fixture: Fixture) -> Recording:
        """Its file as of the capture: what it holds of later times answers nothing."""
        if fixture not in self._fixtures:
            self._fixtures[fixture] = Recording([Path(fixture.warc)], parse_date(fixture.captured_at))
        return self._fixtures[fixture]


class ReplayHandler(BaseDownloadHandler):
    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._replay = Replay.of(crawler)
        self._fails_on_loss = crawler.settings.getbool("DOWNLOAD_FAIL_ON_DATALOSS")

    async def download_request(self, request: Request) -> Response:
        """The recorded answer, handed to the archive first if the crawl has one, as a live answer is."""
        try:
            answer = self._replay.answer(request)
        except NotInReplay as e:
            self._hand_over(request, None, e.why)
            raise
        self._hand_over(request, answer)
        if FIXTURE in request.meta:
            request.meta[EXCHANGE] = answer.exchange
        message = parse_response(answer.exchange.response)
        broken = message is None or not answer.exchange.complete
        if message is None or (broken and answer.outcome is not Outcome.ARCHIVED and self._fails_on_loss):
            raise ERRORS.get(answer.outcome, DownloadFailedError)(answer.detail or answer.outcome.value)
        return _response(request, message, answer)

    def _hand_over(self, request: Request, answer: Answer | None, why: str | None = None) -> None:
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
