"""The demo server: many publishers on one loopback port, told apart by the Host header."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from time import monotonic
from types import TracebackType

from archive.errors import BadInput
from crawler.demo.http import Request, Response, Site, assemble, choose_coding, encode

_HEAD_LIMIT = 65_536
_CACHE_BYTES = 48_000_000


@dataclass(frozen=True, slots=True)
class Hit:
    """One answered request. `at`: seconds of a monotonic clock when it had arrived; `bytes`: of the whole answer."""

    host: str
    target: str
    method: str
    status: int
    at: float
    bytes: int = 0


class Desk:
    """Answers requests for a site and remembers bodies, coded ones too, up to a bound. No sockets."""

    def __init__(self, site: Site, log: int = 0) -> None:
        self.site = site
        self.hits: deque[Hit] | None = deque(maxlen=log) if log else None
        self._failed: set[tuple[str, str]] = set()
        self._responses: OrderedDict[tuple[str, str], tuple[Response, dict[str, bytes]]] = OrderedDict()
        self._bytes = 0

    def use(self, site: Site) -> None:
        """Serve another site, or the same newspaper at another clock, from now on."""
        self.site = site
        self._responses.clear()
        self._bytes = 0

    def answer(self, request: Request, close: bool = False) -> bytes:
        """The bytes that answer a request."""
        arrived = monotonic()
        response, bodies = self._look_up(request)
        coding = choose_coding(request.headers.get("accept-encoding", ""), response.codings)
        if coding not in bodies:
            bodies[coding] = response.coded.get(coding) or encode(response.body, coding)
            self._bytes += len(bodies[coding])
        data = assemble(request, response, coding, bodies[coding], close)
        if self.hits is not None:
            status = int(data[9:12])
            host = request.host.partition(":")[0]
            self.hits.append(Hit(host, request.target, request.method, status, arrived, len(data)))
        return data

    def _look_up(self, request: Request) -> tuple[Response, dict[str, bytes]]:
        if request.method not in ("GET", "HEAD"):
            return Response(405, b"GET and HEAD only\n", "text/plain"), {}
        key = (request.host.lower(), request.target)
        found = self._responses.get(key)
        if found is None:
            response = self.site.respond(key[0].partition(":")[0], request)
            if response.fails_first and key not in self._failed:
                self._failed.add(key)
                return Response(500, b"<h1>500</h1>", date=response.date), {}
            found = self._responses[key] = (response, {"": response.body})
            self._bytes += len(response.body)
            while self._bytes > _CACHE_BYTES and len(self._responses) > 1:
                _, (_, old) = self._responses.popitem(last=False)
                self._bytes -= sum(len(body) for body in old.values())
        return found


class _Connection(asyncio.Protocol):
    """One client connection: reads heads, answers in order, keeps alive (RFC 9112)."""

    def __init__(self, desk: Desk, open_ones: set[asyncio.Transport]) -> None:
        self._desk, self._open = desk, open_ones
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while not self._transport.is_closing():
            head, mark, rest = self._buffer.partition(b"\r\n\r\n")
            if len(head) > _HEAD_LIMIT:
                return self._refuse(431)
            if not mark:
                return None
            self._buffer = rest
            self._serve(head)
        return None

    def _serve(self, head: bytes) -> None:
        lines = head.decode("latin-1").split("\r\n")
        parts = lines[0].split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            return self._refuse(400)
        method, target, version = parts
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if target.startswith("http://"):  # absolute form, as sent to a proxy (RFC 9112, 3.2.2)
            authority, _, path = target.removeprefix("http://").partition("/")
            headers["host"], target = authority, "/" + path
        if not headers.get("host") or not target.startswith("/"):
            return self._refuse(400)
        body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        wish = headers.get("connection", "").lower()
        close = body or wish == "close" or (version == "HTTP/1.0" and wish != "keep-alive")
        try:
            data = self._desk.answer(Request(target, method, headers), close)
        except Exception:
            self._refuse(500)
            raise
        self._transport.write(data)
        if close:
            self._transport.close()
        return None

    def _refuse(self, status: int) -> None:
        response = Response(status, f"{status}\n".encode(), "text/plain")
        self._transport.write(assemble(Request("/"), response, "", response.body, close=True))
        self._transport.close()


class DemoServer:
    """Serves a site on 127.0.0.1: `with DemoServer(site) as server:` in a thread, `serve_forever()` in this one.

    `port` 0 takes a free one. `log` keeps the last so many requests in `hits`.
    """

    def __init__(self, site: Site, port: int = 0, *, log: int = 0) -> None:
        self._desk = Desk(site, log)
        self._wanted = port
        self.port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None
        self._error: OSError | None = None

    @property
    def site(self) -> Site:
        return self._desk.site

    @property
    def hits(self) -> list[Hit]:
        """The logged requests, oldest first; empty unless `log` was given."""
        return list(self._desk.hits or ())

    def clear_hits(self) -> None:
        """Begin the log anew."""
        if self._desk.hits is not None:
            self._desk.hits.clear()

    def origins(self) -> list[str]:
        """Base URLs of the site's publishers: http://courier.localhost:8800 ..."""
        return self.site.origins(self.port)

    def use(self, site: Site) -> None:
        """Serve another site from the next request on, for instance `newspaper.at(later)`."""
        if self._loop is None:
            self._desk.use(site)
            return
        done = threading.Event()

        def switch() -> None:
            self._desk.use(site)
            done.set()

        self._loop.call_soon_threadsafe(switch)
        done.wait(10)

    def __enter__(self) -> DemoServer:
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run(ready)), name="demo-newspaper", daemon=True
        )
        self._thread.start()
        ready.wait()
        if self._error is not None:
            self._thread.join()
            raise self._refused()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread is not None:
            self._thread.join(10)

    def serve_forever(self, ready: threading.Event | None = None) -> None:
        """Serve in this thread until KeyboardInterrupt or `stop`; `ready` is set when `port` is known."""
        ready = ready or threading.Event()
        asyncio.run(self._run(ready))
        if self._error is not None:
            raise self._refused()

    def stop(self) -> None:
        """End `serve_forever` from another thread or a signal handler."""
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)

    def _refused(self) -> BadInput:
        assert self._error is not None
        return BadInput(
            f"cannot listen on 127.0.0.1:{self._wanted}: {self._error.strerror}", hint="choose another port"
        )

    async def _run(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        open_ones: set[asyncio.Transport] = set()
        try:
            server = await self._loop.create_server(
                lambda: _Connection(self._desk, open_ones), "127.0.0.1", self._wanted, backlog=512
            )
        except OSError as error:
            self._error, self._loop = error, None
            ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        try:
            await self._stop.wait()
        finally:
            server.close()
            for transport in tuple(open_ones):
                transport.abort()
            self._loop = None
