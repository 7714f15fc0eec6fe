"""What a crawl fetches, by how robots.txt is answered: a site for each way, one crawl; and `broadsheet robots`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from archive.robots import MAX_BYTES
from tests.crawl.site import Handler, Site, article

HTML = {"Content-Type": "text/html; charset=utf-8"}
TEXT = {"Content-Type": "text/plain"}
RULES = b"User-agent: *\nDisallow: /page\n"
FRONT = (
    b"<html><head><title>Front</title></head><body><ul>"
    + b'<li><a href="/page">The story</a></li></ul></body></html>'
)
Reply = tuple[int, dict[str, str], bytes] | Callable[[Handler], None]
over = threading.Event()


class OddHandler(Handler):
    """A reply may be a function that does as it likes with the connection."""

    def do_GET(self) -> None:
        reply: Any = self.server.pages.get(self.path)
        if callable(reply):
            self.server.hits.append(self.path)
            self.close_connection = True
            reply(self)
        else:
            super().do_GET()


def hangs(handler: Handler) -> None:
    over.wait(60)


def resets(handler: Handler) -> None:
    handler.connection.close()


def endless(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + RULES)
    try:
        while not over.is_set():
            handler.wfile.write(b"# and so on\n" * 5000)
    except OSError:
        return


def hop(n: int) -> tuple[int, dict[str, str], bytes]:
    return 302, {"Location": f"/hop{n}"}, b""


def hops(count: int) -> dict[str, Reply]:
    """robots.txt behind so many redirects."""
    found: dict[str, Reply] = {"/robots.txt": hop(1), f"/hop{count}": (200, TEXT, RULES)}
    return found | {f"/hop{n}": hop(n + 1) for n in range(1, count)}


def robots(status: int, body: bytes = RULES, headers: dict[str, str] = TEXT) -> dict[str, Reply]:
    return {"/robots.txt": (status, headers, body)}


LONG = b"User-agent: *\nDisallow: /page\n# " + b"x" * (MAX_BYTES - 60) + b"\nAllow: /page/and/more/than/that\n"
# How it is answered, and what then may be fetched: "all", "rules" (all but /page), "none".
OURS = b"User-agent: broad\nDisallow: /\n\nUser-agent: Broadsheet\nDisallow: /page"
CASES: dict[str, tuple[dict[str, Reply], str]] = {
    "rules": (robots(200), "rules"),
    "empty": (robots(200, b""), "all"),
    "500": (robots(500), "none"),
    "503-html": (robots(503, b"<html>out of order</html>", HTML), "none"),
    "429": (robots(429), "none"),  # by the RFC it may be fetched; a server in trouble is left alone
    "hangs": ({"/robots.txt": hangs}, "none"),
    "resets": ({"/robots.txt": resets}, "none"),
    "endless": ({"/robots.txt": endless}, "rules"),
    "404-with-rules": (robots(404), "all"),
    "403": (robots(403), "all"),
    "401": (robots(401), "all"),
    "410": (robots(410), "all"),
    "five-redirects": (hops(5), "rules"),
    "six-redirects": (hops(6), "all"),
    "redirect-loop": ({"/robots.txt": (301, {"Location": "/robots.txt"}, b"")}, "all"),
    "redirect-to-404": ({"/robots.txt": (301, {"Location": "/gone.txt"}, b"")}, "all"),
    "redirect-to-500": ({"/robots.txt": (301, {"Location": "/x"}, b""), "/x": (500, {}, b"")}, "none"),
    "bom": (robots(200, b"\xef\xbb\xbf" + RULES), "rules"),
    "cr": (robots(200, RULES.replace(b"\n", b"\r")), "rules"),
    "nobody-but-us": (robots(200, OURS), "rules"),
    "html-for-200": (robots(200, b"<!doctype html><p>Not found", HTML), "all"),
    "long": (robots(200, LONG), "rules"),
}


@contextmanager
def site_of(replies: dict[str, Reply]) -> Iterator[Site]:
    pages: Any = {"/": (200, HTML, FRONT), "/page": (200, HTML, article(1)), **replies}
    site = Site(pages)
    site.RequestHandlerClass = OddHandler
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        over.set()
        ThreadingHTTPServer.shutdown(site)
        site.server_close()
        thread.join()


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, Site]]:
    over.clear()
    with ExitStack() as stack:
        yield {name: stack.enter_context(site_of(replies)) for name, (replies, _) in CASES.items()}


@pytest.fixture(scope="module")
def fetched(
    sites: dict[str, Site], tmp_path_factory: pytest.TempPathFactory, broadsheet: Any
) -> dict[str, set[str]]:
    """{case: the pages that one crawl of all sites asked for}."""
    folder = tmp_path_factory.mktemp("robots") / "a"
    broadsheet("init", folder, "--contact", "a@b.example")
    with (folder / "sites.toml").open("a") as f:
        f.writelines(f'\n[sites."{name}"]\nurl = "{site.url}"\n' for name, site in sites.items())
    quick = ("--allow-address", "loopback", "--delay", "0", "--quiet", "--timeout", "5", "--max-bytes", "2000000")
    broadsheet("crawl", "--archive", folder, *quick, code=None, timeout=300)
    return {name: {hit for hit in site.hits if hit in ("/", "/page")} for name, site in sites.items()}


ALLOWED = {"all": {"/", "/page"}, "rules": {"/"}, "none": set[str]()}


@pytest.mark.parametrize("case", CASES)
def test_what_is_fetched(case: str, fetched: dict[str, set[str]]) -> None:
    assert fetched[case] == ALLOWED[CASES[case][1]]


@pytest.mark.parametrize("case", ["404-with-rules", "503-html", "six-redirects", "endless", "resets", "rules"])
def test_the_command_answers_as_the_crawl_decides(case: str, sites: dict[str, Site], broadsheet: Any) -> None:
    url = sites[case].url
    may = ALLOWED[CASES[case][1]]
    code = 0 if "/page" in may else 14
    words = ("--url", "/", "--url", "/page", "--allow-address", "loopback", "--json")
    done = broadsheet("robots", url, *words, code=code)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert {a["url"].removeprefix(url.rstrip("/")) for a in answers if a["allowed"]} == may
    if case == "rules":
        assert (answers[1]["rule"], answers[1]["line"], answers[1]["status"]) == ("Disallow: /page", 2, "rules")


def test_the_command_on_a_file(tmp_path: Path, broadsheet: Any) -> None:
    file = tmp_path / "robots.txt"
    file.write_bytes(RULES + b"Crawl-delay: 5\n\nUser-agent: GPTBot\nDisallow: /\n")
    done = broadsheet("robots", file, "--url", "/a", "--url", "https://e.org/page/1", code=14)
    assert done.stdout.splitlines() == [
        "allowed      /a  (no rule is about it, crawl delay 5 s)",
        "not allowed  https://e.org/page/1  (line 2: Disallow: /page, crawl delay 5 s)",
    ]
    assert done.stderr == "broadsheet: not allowed to broadsheet: 1 of 2\n"
    assert broadsheet("robots", file, "--url", "/a").stdout.startswith("allowed")
    broadsheet("robots", file, "--agent", "GPTBot/1.2", code=14)
    for option, value, code in (
        ("--agent", "Mozilla/5.0 (GPTBot)", 2),
        ("--agent", "", 2),
        ("--url", "page", 9),
        ("--url", "ftp://e.org/", 9),
    ):
        done = broadsheet("robots", file, option, value, code=code)
        assert len(done.stderr.splitlines()) == 1
    broadsheet("robots", tmp_path / "none.txt", code=9)


def test_one_robots_txt_speaks_for_one_origin(broadsheet: Any) -> None:
    done = broadsheet("robots", "https://a.example/robots.txt", "--url", "https://b.example/x", code=9)
    assert "each robots.txt speaks for its own origin" in done.stderr
