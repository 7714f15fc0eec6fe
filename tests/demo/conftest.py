from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from crawler.demo import DemoServer, Newspaper, Request, Response

PORT = 8800
Answer = tuple[int, http.client.HTTPMessage, bytes]


def get(site: Newspaper, url: str) -> Response:
    """The response of a site to a URL, without a socket."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    return site.respond(parts.hostname or "", Request(target, "GET", {"host": parts.netloc}))


@pytest.fixture(scope="session")
def small() -> Newspaper:
    return Newspaper(seed=1, articles=50)


@pytest.fixture
def server(small: Newspaper) -> Iterator[DemoServer]:
    with DemoServer(small, log=1000) as running:
        yield running


@pytest.fixture
def fetch(server: DemoServer) -> Callable[..., Answer]:
    """One request over loopback on a connection of its own: fetch(host, target, method, **headers)."""

    def call(host: str, target: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        sent = {"Host": f"{host}.localhost:{server.port}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        try:
            connection.request(method, target, headers=sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    return call
