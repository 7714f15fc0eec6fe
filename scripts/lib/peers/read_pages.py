"""One other extractor over saved pages, in the environment of that extractor: `scripts/eval --peers` starts it.

    python read_pages.py PEER INDEX OUT

INDEX has lines with `id`, `url` and `page` (absolute). OUT gets one JSON line a page, at once: the prediction, or
`crash` with the reason. Pages that OUT knows already are left out; the last line of OUT may be a page that was begun
and never ended, because it took the process down: it is a crash too. Standard library only, but for the peer itself.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
import signal
import socket
import sys
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

DEADLINE_S = 60.0  # CPU of one page, whatever else runs on the machine
BLOCKS = {
    "p",
    "div",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "tr",
    "section",
    "article",
    "br",
}


def no_network(*_: object, **__: object) -> NoReturn:
    raise OSError("no network here")


def block_network() -> None:
    """The pages are given; nothing else may be fetched. Sockets within the machine (pipes of a pool) stay."""
    for name in ("connect", "connect_ex", "sendto", "sendmsg"):
        setattr(socket.socket, name, no_network)
    for name in ("create_connection", "getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        setattr(socket, name, no_network)


def trafilatura() -> Callable[[str, str], dict[str, Any]]:
    """Without comments, which suits articles better than its default."""
    from trafilatura import bare_extraction

    def read(html: str, url: str) -> dict[str, Any]:
        found: Any = bare_extraction(html, url=url or None, with_metadata=True, include_comments=False)
        if found is None:
            return {}
        names = [name.strip() for name in (found.author or "").split(";") if name.strip()]
        return prediction(found.title, names, found.date, found.text)

    return read


def newspaper4k() -> Callable[[str, str], dict[str, Any]]:
    """The language is left to the library, which reads it from the page."""
    import newspaper

    def read(html: str, url: str) -> dict[str, Any]:
        found = newspaper.article(url or "https://localhost/", input_html=html)
        return prediction(found.title, found.authors, found.publish_date, found.text)

    return read


def news_please() -> Callable[[str, str], dict[str, Any]]:
    from newsplease import NewsPlease

    def read(html: str, url: str) -> dict[str, Any]:
        found = NewsPlease.from_html(html, url=url or None, fetch_images=False)
        return prediction(found.title, found.authors, found.date_publish, found.maintext)

    return read


def readability() -> Callable[[str, str], dict[str, Any]]:
    """Gives HTML: its text is that of the blocks. It reads no date."""
    from lxml import html as lxml_html
    from readability import Document

    def read(html: str, url: str) -> dict[str, Any]:
        document = Document(html, url=url or None)
        title, author = document.short_title(), document.author()
        tree = lxml_html.fromstring(document.summary())
        for element in tree.iter():
            if element.tag in BLOCKS:
                element.tail = "\n" + (element.tail or "")
                element.text = "\n" + (element.text or "") if element.tag != "br" else element.text
        return prediction(title, [] if author == "[no-author]" else [author], None, tree.text_content())

    return read


def goose3() -> Callable[[str, str], dict[str, Any]]:
    from goose3 import Goose

    goose = Goose({"enable_image_fetching": False})

    def read(html: str, url: str) -> dict[str, Any]:
        found = goose.extract(url=url or None, raw_html=html)
        return prediction(found.title, found.authors, found.publish_date, found.cleaned_text)

    return read


PEERS = {
    "trafilatura": trafilatura,
    "newspaper4k": newspaper4k,
    "news-please": news_please,
    "readability-lxml": readability,
    "goose3": goose3,
}


def prediction(headline: Any, authors: Any, date: Any, text: Any) -> dict[str, Any]:
    lines = [" ".join(line.split()) for line in (text or "").split("\n")]
    return {
        "headline": headline or None,
        "authors": [str(name) for name in authors or []],
        "date_published": date_text(date),
        "article_body": "\n".join(line for line in lines if line),
    }


def date_text(date: Any) -> str | None:
    """What the library gives, as RFC 3339 where it gives a time; a list means its first."""
    if isinstance(date, (list, tuple)):
        date = date[0] if date else None
    if isinstance(date, datetime):
        return date.isoformat()
    text = str(date).strip() if date else ""
    return re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text) or None


class TookTooLong(BaseException):
    """Not an Exception: a library that catches everything must not catch this."""


def ring(signum: int, frame: FrameType | None) -> NoReturn:
    raise TookTooLong(f"took more than {DEADLINE_S:g} s of CPU")


def read_page(read: Callable[[str, str], dict[str, Any]], row: dict[str, Any]) -> dict[str, Any]:
    data = Path(row["page"]).read_bytes()
    html = (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode("utf-8", "replace")
    signal.setitimer(signal.ITIMER_PROF, DEADLINE_S)
    try:
        return read(html, row.get("url") or "")
    except (Exception, TookTooLong) as error:
        return {"crash": " ".join(f"{type(error).__name__}: {error}".split())[:200]}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]


def main(peer: str, index: Path, out: Path) -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGPROF, ring)
    block_network()
    read = PEERS[peer]()
    known = {row["id"] for row in lines(out)} if out.exists() else set()
    rows = lines(index)
    with out.open("a", encoding="utf-8") as file:
        for row in (row for row in rows if row["id"] not in known):
            # Overtaken by the line of the result, unless the page takes this process down.
            file.write(json.dumps({"id": row["id"], "crash": "the process ended"}) + "\n")
            file.flush()
            file.write(json.dumps({"id": row["id"], **read_page(read, row)}, ensure_ascii=False) + "\n")
            file.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
