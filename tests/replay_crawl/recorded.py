"""A small site crawled once, of all that a replay has to bring again; and an interpreter that may open no socket."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, environment, run_broadsheet
from tests.crawl.site import article, gzipped, serve

Page = tuple[int, dict[str, str], bytes]
HTML = {"Content-Type": "text/html; charset=utf-8"}
LINKS = ("/old", "/gzip", "/gone", "/private/letter", "/copy", "/flaky", "/refused")
FEED = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>The Gazette</title>'
    b"<item><title>Only in the feed</title><link>/only-in-the-feed</link></item></channel></rss>"
)


class Pages(dict[str, Page]):
    """/flaky fails once."""

    failed = False

    def get(self, path: str, default: Any = None) -> Any:
        if path == "/flaky" and not self.failed:
            self.failed = True
            return 503, {"Retry-After": "1"}, b"later"
        return super().get(path, default)


PAGES: dict[str, Page] = {
    "/robots.txt": (
        200,
        {"Content-Type": "text/plain"},
        b"User-agent: *\nDisallow: /private/\nSitemap: /feed.xml\n",
    ),
    "/feed.xml": (200, {"Content-Type": "application/rss+xml"}, FEED),
    "/only-in-the-feed": (200, HTML, article(20)),
    "/old": (301, {"Location": "/good/3"}, b""),
    "/gzip": gzipped(article(21)),
    "/gone": (410, HTML, b"gone"),
    "/private/letter": (200, HTML, article(22)),
    "/copy": (200, HTML, article(4)),
    "/flaky": (200, HTML, article(23)),
    "/refused": (403, HTML, b"no"),
}


def record(folder: Path) -> str:
    """Crawl the site, which is gone afterwards -> its address."""
    with serve(PAGES, *LINKS) as site:
        site.pages = Pages(site.pages)
        run_broadsheet(
            "crawl",
            site.url,
            "--archive",
            folder,
            "--allow-address",
            "loopback",
            "--delay",
            "0",
            "--quiet",
            code=22,
        )
        return site.url


# An audit hook sees what any library does (https://docs.python.org/3/library/audit_events.html). To ("::1", 0) urllib3
# binds when it is imported, to learn whether there is IPv6.
NO_SOCKETS = """
import os, sys
def refuse(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        os.write(2, f"NETWORK {event} {arguments}".encode())
        os._exit(97)
    if event in ("socket.connect", "socket.bind") and isinstance(arguments[1], tuple) and arguments[1] != ("::1", 0):
        os.write(2, f"NETWORK {event} {arguments}".encode())
        os._exit(97)
sys.addaudithook(refuse)
"""


def without_network(
    program: str, *words: str | Path, cwd: Path | None = None, timeout: float = 100
) -> subprocess.CompletedProcess[str]:
    """Python code in a process that ends with 97 as soon as it looks up a name, connects or listens."""
    return subprocess.run(
        [sys.executable, "-c", NO_SOCKETS + program, *map(str, words)],
        capture_output=True, text=True, timeout=timeout, cwd=cwd or ROOT, env=environment(), check=False,
    )  # fmt: skip


def scrapy_project(folder: Path, document: str) -> Path:
    """What `scrapy startproject` makes, with the line of settings that a document shows -> the folder for spiders."""
    (line,) = re.findall(r"(?m)^ADDONS = .*$", document)
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = plain.settings\n")
    package = folder / "plain"
    (package / "spiders").mkdir(parents=True)
    for place in (package, package / "spiders"):
        (place / "__init__.py").touch()
    (package / "settings.py").write_text(f'SPIDER_MODULES = ["plain.spiders"]\nROBOTSTXT_OBEY = True\n{line}\n')
    return package / "spiders"
