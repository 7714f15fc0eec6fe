"""The download handler for http and https: Scrapy's own, with every exchange handed to the archive.

The hand-over happens for answers, for errors and for cancellation alike, so every attempt has its outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _ScrapyAgent
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    StopDownload,
)
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.error import SSLError
from twisted.web._newclient import (
    ParseError,
    RequestGenerationFailed,
    RequestTransmissionFailed,
    ResponseNeverReceived,
)
from twisted.web.http import _MalformedChunkedDataError

from archive.model import Outcome
from crawler.wire import Tape, TapedPool, TooLarge, WireFactory

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.archivist import Archivist

# What ended a transfer -> what the attempt came to, and WARC-Truncated if bytes had come.
TRUNCATED = {
    Outcome.TOO_LARGE: "length",
    Outcome.TIMEOUT: "time",
    Outcome.TRUNCATED: "disconnect",
    Outcome.BAD_RESPONSE: "unspecified",  # it is we who hung up
    Outcome.STOPPED: "unspecified",
}
# What the parser raises for bytes that are no HTTP; ValueError: two lengths that differ.
NOT_HTTP = (ParseError, ValueError, _MalformedChunkedDataError)
NEVER_ANSWERED = (ResponseNeverReceived, RequestGenerationFailed, RequestTransmissionFailed)
CUT = "only its beginning is kept"
BROKEN = "the connection broke in the middle of the answer"


class WarcHTTPHandler(HTTP11DownloadHandler):
    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        from twisted.internet import reactor

        super().__init__(crawler)
        self._pool._factory = WireFactory
        self._tapes: dict[Request, Tape] = {}  # of what is being fetched
        end: Any = reactor
        end.addSystemEventTrigger("before", "shutdown", self._stopped)

    async def download_request(self, request: Request) -> Response:
        """The parent's method with a taped pool; `archivist.took` runs whatever happens."""
        tape = self._tapes[request] = Tape(self._default_maxsize)
        agent = _ScrapyAgent(
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=TapedPool(self._pool, tape),  # type: ignore[arg-type]
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=self._tls_verbose_logging,
        )
        outcome: Outcome = Outcome.STOPPED
        detail: str | None = None
        try:
            with wrap_twisted_exceptions():
                response: Response = await maybe_deferred_to_future(agent.download_request(request))
            outcome, detail = outcome_of_answer(response.flags, tape)
            return response
        except Exception as e:
            archivist = archivist_of(self._crawler)
            stopping = archivist is not None and archivist.stopping
            outcome, detail = outcome_of(e, stopping=stopping, answered=tape.answered)
            raise
        finally:
            self._hand_over(request, outcome, detail)

    def _hand_over(self, request: Request, outcome: Outcome, detail: str | None) -> None:
        """Once for each request: what came of it goes to the archive."""
        tape, archivist = self._tapes.pop(request, None), archivist_of(self._crawler)
        if tape is None or archivist is None:
            return
        truncated = TRUNCATED.get(outcome, "disconnect")
        proxied = bool(request.meta.get("proxy"))
        exchanges = [take.exchange(request.url, truncated, proxied=proxied) for take in tape.takes]
        archivist.took(request, tuple(exchanges), outcome, detail)

    def _stopped(self) -> None:
        """The event loop ends although something is being fetched: nobody else would ever hear of it."""
        for request in tuple(self._tapes):
            self._hand_over(request, Outcome.STOPPED, "stopped")


def archivist_of(crawler: Crawler) -> Archivist | None:
    from crawler.archivist import Archivist  # late: it needs the class above

    return Archivist.of(crawler)


def outcome_of_answer(flags: list[str], tape: Tape) -> tuple[Outcome, str | None]:
    """-> what an answer that Scrapy takes for one came to: it may have been cut all the same."""
    if "download_stopped" in flags:
        return Outcome.TOO_LARGE, CUT
    if "dataloss" in flags or (tape.takes and not tape.takes[-1].complete):
        return Outcome.TRUNCATED, BROKEN
    return Outcome.ARCHIVED, None


def outcome_of(error: Exception, *, stopping: bool, answered: bool | None = None) -> tuple[Outcome, str]:
    """-> what an exception of the downloader means, and a line for people.

    `answered`: whether any byte had come; without it the exception tells as well as it can.
    """
    causes = _causes(error)
    if answered is None:
        lost = isinstance(error, (ResponseDataLossError, DownloadFailedError))
        answered = lost and not any(isinstance(e, NEVER_ANSWERED) for e in causes)
    if isinstance(error, (StopDownload, DownloadCancelledError)):
        return (Outcome.STOPPED, "stopped") if stopping else (Outcome.TOO_LARGE, CUT)
    if any(isinstance(e, TooLarge) for e in causes):
        return Outcome.TOO_LARGE, CUT
    detail = _text(causes)
    if isinstance(error, DownloadTimeoutError):
        return Outcome.TIMEOUT, detail
    if isinstance(error, CannotResolveHostError):
        return Outcome.UNRESOLVED, detail
    if isinstance(error, DownloadConnectionRefusedError):
        return Outcome.UNREACHABLE, "connection refused"
    mistake = next((e for e in causes if isinstance(e, NOT_HTTP)), None)
    if answered:
        if mistake is not None:
            return Outcome.BAD_RESPONSE, f"not HTTP: {_text([mistake])}"
        return Outcome.TRUNCATED, BROKEN
    if any("OpenSSL" in type(e).__module__ or isinstance(e, SSLError) for e in causes):
        return Outcome.TLS_FAILED, f"TLS: {detail}"
    if any(isinstance(e, ResponseNeverReceived) for e in causes):
        return Outcome.UNREACHABLE, "the connection was closed without an answer"
    return Outcome.UNREACHABLE, detail


def _text(causes: list[BaseException]) -> str:
    """The innermost exception that says anything, in one line."""
    innermost = next((e for e in reversed(causes) if str(e)), causes[0])
    said = innermost.args[0] if innermost.args and isinstance(innermost.args[0], str) else str(innermost)
    return (said or type(innermost).__name__).splitlines()[0][:300]


def _causes(error: BaseException) -> list[BaseException]:
    """The exception, its causes, and the failures that Twisted keeps in `reasons`, outermost first."""
    found: list[BaseException] = []
    todo: list[Any] = [error]
    while todo and len(found) < 20:
        e = todo.pop(0)
        e = getattr(e, "value", e)
        if not isinstance(e, BaseException) or e in found:
            continue
        found.append(e)
        todo += [e.__cause__, e.__context__]
        reasons = getattr(e, "reasons", None)
        todo += reasons if isinstance(reasons, list) else []
    return found
