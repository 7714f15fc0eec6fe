"""An HTTP server on raw sockets that answers as `odd_cases` says and remembers every byte, by connection.

A thread a connection; loopback only; port 0. With a TLS context it speaks TLS. It is also a small proxy: targets
in absolute form are answered by their path, CONNECT opens a tunnel.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from odd_cases import Answer, front_page, sized

NOWHERE = Answer(sized(b"<p>no such page</p>", status=b"HTTP/1.1 404 Not Found"), outcome="gone")
DRIP_S = 0.2


@dataclass
class Served:
    """One request as it came in, and every byte that was written because of it."""

    connection: int
    nth: int  # on its connection, from 0
    request: bytes
    answer: Answer | None  # None: the request was read and dropped
    written: bytearray = field(default_factory=bytearray)

    @property
    def target(self) -> str:
        return self.request.split(b" ", 2)[1].decode("ascii")

    @property
    def path(self) -> str:
        parts = urlsplit(self.target)
        return parts.path + (f"?{parts.query}" if parts.query else "")


class OddServer:
    """A context manager; `served` is complete when the crawl has ended."""

    def __init__(self, cases: dict[str, list[Answer]], tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.cases = {**cases, "/": [front_page(cases)]}
        self.served: list[Served] = []
        self.ciphers: set[tuple[str, str]] = set()  # (protocol, OpenSSL's name of the cipher)
        self.protocols: set[str | None] = set()  # what ALPN came to
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.ended.set()
        for sock in (self._listener, *self._sockets):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        number = 0
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets.append(sock)
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()
            number += 1

    def _serve(self, plain: socket.socket, number: int) -> None:
        with suppress(OSError, ValueError):  # the other side may leave at any time
            sock = plain
            if self.tls is not None:
                secure = self.tls.wrap_socket(plain, server_side=True)
                self._sockets.append(secure)
                cipher = secure.cipher()
                assert cipher is not None
                self.ciphers.add((secure.version() or "", cipher[0]))
                self.protocols.add(secure.selected_alpn_protocol())
                sock = secure
            _Connection(self, sock, number).run()

    def begin(self, connection: int, nth: int, request: bytes, *, dropped: bool) -> Served:
        """Note a request and choose its answer."""
        served = Served(connection, nth, request, None)
        with self._lock:
            if not dropped:
                answers = self.cases.get(served.path, [NOWHERE])
                served.answer = answers[min(self._asked[served.path], len(answers) - 1)]
                self._asked[served.path] += 1
            self.served.append(served)
        return served


class _Connection:
    def __init__(self, server: OddServer, sock: socket.socket, number: int) -> None:
        self.server, self.sock, self.number = server, sock, number
        self.buffer = b""

    def run(self) -> None:
        stale = False
        nth = 0
        while (request := self._request()) is not None:
            if request.startswith(b"CONNECT "):
                self._tunnel(request)
                return
            served = self.server.begin(self.number, nth, request, dropped=stale)
            if served.answer is None:
                self.sock.close()
                return
            self._answer(served, served.answer)
            if served.answer.ending not in ("keep", "stale"):
                return
            stale = served.answer.ending == "stale"
            nth += 1

    def _request(self) -> bytes | None:
        while b"\r\n\r\n" not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                return None
            self.buffer += data
        request, blank, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return request + blank

    def _answer(self, served: Served, answer: Answer) -> None:
        pieces = [*answer.pieces]
        pieces[0] = answer.interim + pieces[0]
        pieces[-1] += answer.excess  # in one write with the end, so that both arrive together
        for piece in pieces:
            self._send(served, piece)
        getattr(self, f"_{answer.ending}")(served)

    def _send(self, served: Served, data: bytes) -> None:
        served.written += data  # before it is sent: whoever has it, has it from here
        self.sock.sendall(data)

    # The endings.

    def _keep(self, _: Served) -> None:
        return

    _stale = _keep

    def _close(self, _: Served) -> None:
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.unwrap()  # sends close_notify and waits for the other's
        self.sock.close()

    def _vanish(self, _: Served) -> None:
        self.sock.close()

    def _reset(self, _: Served) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def _hold(self, _: Served) -> None:
        while self.sock.recv(65536):
            pass

    def _drip(self, served: Served) -> None:
        while not self.server.ended.wait(DRIP_S):
            self._send(served, b".")

    def _flood(self, served: Served) -> None:
        chunk = b"1000\r\n" + b"f" * 4096 + b"\r\n"
        while not self.server.ended.is_set():
            self._send(served, chunk)

    # The proxy.

    def _tunnel(self, request: bytes) -> None:
        host, _, port = request.split(b" ", 2)[1].rpartition(b":")
        served = self.server.begin(self.number, 0, request, dropped=True)
        with socket.create_connection((host.decode(), int(port))) as origin:
            self.server._sockets.append(origin)
            self._send(served, b"HTTP/1.1 200 Connection established\r\nX-Proxy: odd\r\n\r\n")
            threading.Thread(target=_pump, args=(origin, self.sock), daemon=True).start()
            _pump(self.sock, origin)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
