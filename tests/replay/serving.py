"""Files on loopback, with the Range requests that readers of WACZ files need (RFC 9110 clause 14)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".wacz": "application/wacz"}


class Files(ThreadingHTTPServer):
    """`files`: {path: a file or its bytes}; `asked`: the paths asked for."""

    daemon_threads = True

    def __init__(self, files: Mapping[str, Path | bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = dict(files)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Files

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append(path)
        held = self.server.files.get(path)
        if held is None:
            self._answer(404, b"nothing here", {})
            return
        data = held if isinstance(held, bytes) else held.read_bytes()
        headers = {
            "Content-Type": TYPES.get(Path(path).suffix, "application/octet-stream"),
            "Accept-Ranges": "bytes",
        }
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if not asked or asked[0] == "bytes=-":
            self._answer(200, data, headers)
            return
        first = int(asked[1]) if asked[1] else max(0, len(data) - int(asked[2]))
        last = min(int(asked[2]), len(data) - 1) if asked[1] and asked[2] else len(data) - 1
        headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        self._answer(206, data[first : last + 1], headers)

    do_HEAD = do_GET

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve_files(files: Mapping[str, Path | bytes]) -> Iterator[Files]:
    server = Files(files)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
