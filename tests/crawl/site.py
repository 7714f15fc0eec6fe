"""A small site on loopback for the faults that a demo newspaper should not have."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from archive import optout

GOOD_PAGES = 10
PARAGRAPH = (
    "<p>The council met on Tuesday evening and agreed, after two hours of debate, to mend the old bridge.</p>"
)


def article(number: int, body: str = PARAGRAPH * 12) -> bytes:
    return (
        f'<!doctype html><html lang="en"><head><title>Bridge story {number}</title>'
        '<meta property="og:type" content="article"></head>'
        f"<body><article><h1>The old bridge is to be mended, part {number}</h1>{body}</article></body></html>"
    ).encode()


def front(*more: str) -> bytes:
    links = [f"/good/{n}" for n in range(GOOD_PAGES)] + list(more)
    items = "".join(f'<li><a href="{link}">Read the story at {link}</a></li>' for link in links)
    return f"<html><head><title>The Gazette</title></head><body><ul>{items}</ul></body></html>".encode()


def bomb(megabytes: int) -> bytes:
    """A gzip body of many megabytes of NUL, small on the wire."""
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(z.compress(bytes(1 << 20)) for _ in range(megabytes)) + z.flush()


class Site(ThreadingHTTPServer):
    """`pages`: {path: (status, headers, body)}; `hits`: the paths asked for, in order, but for a tdmrep.json that is
    not there: every crawl asks for it once."""

    daemon_threads = True

    def __init__(self, pages: dict[str, tuple[int, dict[str, str], bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages = pages
        self.hits: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        if self.path != optout.WELL_KNOWN or self.path in self.server.pages:
            self.server.hits.append(self.path)
        status, headers, body = self.server.pages.get(self.path, (404, {}, b"nothing here"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # the client has seen enough
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve(pages: dict[str, tuple[int, dict[str, str], bytes]], *more: str) -> Iterator[Site]:
    """Ten good articles, a front page that links them and `more`, and these pages."""
    html = {"Content-Type": "text/html; charset=utf-8"}
    good = {f"/good/{n}": (200, html, article(n)) for n in range(GOOD_PAGES)}
    site = Site({"/": (200, html, front(*more)), **good, **pages})
    thread = Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join()


def gzipped(body: bytes) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip"}, gzip.compress(body)
