"""What replay has to cope with, and what a reader must then see."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from archive import store
from archive.model import Outcome, PageKind
from tests.conftest import run_broadsheet
from tests.custody import writers
from tests.handover.containers import run
from tests.handover.holdings import Holdings, day, html, response

HOME = "http://news.localhost:8000/"
CODINGS = {
    "gzip-chunked": ("gzip", True),
    "gzip": ("gzip", False),
    "chunked": (None, True),
    "plain": (None, False),
}


@dataclass(frozen=True)
class Moment:
    """What a reader must see of a URL at a time."""

    url: str
    timestamp: str  # 14 digits
    headline: str
    color: str | None = None  # of the headline
    picture: int | None = None  # its width

    @property
    def name(self) -> str:
        """For a file."""
        place = self.url.partition("://")[2]
        return "".join(c if c.isalnum() else "-" for c in place)[:80] + f"-{self.timestamp}"


@dataclass(frozen=True)
class Exhibition:
    """An archive and what is to be seen of it."""

    folder: Path
    moments: list[Moment]

    def wacz(self, name: str, *words: str) -> Path:
        path = self.folder.parent / name
        run("wacz", "--archive", self.folder, "-o", path, "--force", *words)
        return path


def moment(path: str, number: int, headline: str, color: str | None = None, picture: int | None = None) -> Moment:
    return Moment(HOME + path, f"202603{number:02}080000", headline, color, picture)


def exhibits(folder: Path) -> Exhibition:
    """Each coding with a 304, a repeated payload, the same payload elsewhere and a change; a page with requisites."""
    moments: list[Moment] = []
    with Holdings(folder) as held:
        for name, (coding, chunked) in CODINGS.items():
            first, second = f"First {name}", f"Second {name}"
            url, other = HOME + name, HOME + "other/" + name
            answer = response(html(first), coding=coding, chunked=chunked)
            original = held.capture(url, answer, at=day(2).replace(microsecond=999_999), headline=first)
            not_modified = response(status=304, type=None, headers={"ETag": '"x"'})
            held.capture(url, not_modified, at=day(4), refers_to=original, outcome=Outcome.UNCHANGED)
            held.capture(url, answer, at=day(5), same_payload_as=original, headline=first)
            held.capture(other, answer, at=day(6), same_payload_as=original, headline=first)
            changed = response(html(second), coding=coding, chunked=chunked)
            held.capture(url, changed, at=day(8).replace(microsecond=1), headline=second)
            moments += [moment(name, number, first) for number in (2, 4, 5)]
            moments += [moment("other/" + name, 6, first), moment(name, 8, second)]
        moments.append(_dressed(held))
        moved = response(status=301, type=None, headers={"Location": "/plain"})
        held.capture(HOME + "old", moved, at=day(2), outcome=Outcome.REDIRECT)
        moments.append(moment("old", 2, "First plain"))
        cut = response(html("Half a page"))[:600]
        held.capture(HOME + "plain", cut, at=day(3), truncated="time", outcome=Outcome.TIMEOUT)
    return Exhibition(folder, moments)


def _dressed(held: Holdings) -> Moment:
    """A page in Japanese with a picture, and with a style that another page had first."""
    headline, head = "港に新しい灯台が完成", '<link rel="stylesheet" href="/style.css">'
    held.capture(HOME, response(html("Front", head=head)), at=day(1), kind=PageKind.FRONT)
    page = html(headline, head=head, body='<img src="/lighthouse.png" alt="">')
    answer = response(page, coding="gzip", chunked=True)
    held.capture(
        HOME + "dressed", answer, at=day(3), headline=headline, text="Der Leuchtturm steht, the keeper waves."
    )
    css = response(b"h1 { color: rgb(1, 2, 3) }", type="text/css", coding="gzip")
    held.capture(HOME + "style.css", css, at=day(1), kind=PageKind.REQUISITE, found_on=HOME)
    picture = response(png(37, 11), type="image/png")
    held.capture(HOME + "lighthouse.png", picture, at=day(3), kind=PageKind.REQUISITE, found_on=HOME + "dressed")
    return moment("dressed", 3, headline, "rgb(1, 2, 3)", 37)


def png(width: int, height: int) -> bytes:
    """A grey picture of this size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# For each site, one article of those whose newest capture is an answer of its own.
_ONE_A_SITE = """SELECT url.url, capture.captured_at, articles.headline, min(articles.article_id)
  FROM articles JOIN capture ON capture.record_id = articles.warc_record_id JOIN url USING (url_id)
  GROUP BY articles.site ORDER BY articles.site"""


def demo_newspaper(folder: Path) -> Exhibition:
    """The demo newspaper, crawled: one article of each of its publishers."""
    run_broadsheet("demo", "--tour", folder, "--articles", "120", "--quiet")
    with store.open_archive(folder) as archive:
        rows = archive.db.conn.execute(_ONE_A_SITE).fetchall()
    return Exhibition(
        folder,
        [Moment(url, "".join(filter(str.isdigit, at))[:14], headline) for url, at, headline, _ in rows],
    )


def imported_files(folder: Path) -> Exhibition:
    """Two files of another tool that hold the same."""
    at, page, other = "2020-01-01T00:00:00Z", "https://paper.example/page", "https://paper.example/resource"
    records = [
        writers.response(page, at, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + html("From elsewhere")),
        writers.other("resource", other, at, html("A resource"), "text/html"),
    ]
    more = writers.response(page + "/2", at, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + html("Two"))
    store.create(folder / "news")
    for name, held in (("新聞.warc.gz", records), ("समाचार.warc.gz", [*records, more])):
        (folder / name).write_bytes(writers.zipped(held))
        run("import", "--archive", folder / "news", folder / name)
    moments = [Moment(page, "20200101000000", "From elsewhere"), Moment(other, "20200101000000", "A resource")]
    return Exhibition(folder / "news", [*moments, Moment(page + "/2", "20200101000000", "Two")])
