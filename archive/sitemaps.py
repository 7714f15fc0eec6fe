"""Sitemaps (sitemaps.org 0.9), their indexes, and Google's news sitemaps, read without building a tree."""

from __future__ import annotations

import re

from lxml import etree

from archive.feed_entries import MAX_ENTRIES, entry_of
from archive.model import Feed, FeedEntry

MAX_VALUE = 4096  # characters of one fact of an entry
CHUNK = 64 * 1024
OF_MEDIA = re.compile(r"sitemap-(?:image|video)")  # namespaces with a `loc` and a `title` of their own
BARE_AMPERSAND = re.compile(rb"(<!\[CDATA\[.*?\]\]>)|&(?!#?\w{1,32};)", re.DOTALL)


class _Reader:
    """A parser's target: no tree is built, so memory does not grow with what a server sends."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.entries: dict[str, FeedEntry] = {}
        self.feeds: dict[str, FeedEntry] = {}
        self.news = False
        self.whole = False  # the root element has ended
        self._depth = 0
        self._within: str | None = None  # url | sitemap
        self._facts: dict[str, str] = {}
        self._text = ""

    @property
    def full(self) -> bool:
        return len(self.entries) + len(self.feeds) >= MAX_ENTRIES

    def start(self, tag: str, _: object) -> None:
        name = tag.rpartition("}")[2].lower()
        self._depth += 1
        self._text = ""
        if name in ("url", "sitemap") and self._within is None:
            self._within, self._facts = name, {}

    def data(self, text: str) -> None:
        if self._within and len(self._text) < MAX_VALUE:
            self._text += text[:MAX_VALUE]

    def end(self, tag: str) -> None:
        name = tag.rpartition("}")[2].lower()
        self._depth -= 1
        self.whole = self._depth == 0
        if self._within is None:
            return
        if name != self._within:
            if not OF_MEDIA.search(tag):
                self._facts.setdefault(name, self._text.strip())
            self._text = ""
            return
        f = self._facts
        self.news = self.news or "publication_date" in f
        entry = entry_of(
            f.get("loc"),
            self.base,
            title=f.get("title"),
            published=f.get("publication_date"),
            modified=f.get("lastmod"),
            language=f.get("language"),
        )
        if entry is not None and not self.full:
            (self.entries if name == "url" else self.feeds).setdefault(entry.url, entry)
        self._within = None

    def close(self) -> None:
        pass


def parse_sitemap(payload: bytes, url: str) -> Feed:
    """-> the sitemap or index; what could be read, with `error`, if it is broken. Never raises."""
    # A bare ampersand is the commonest mistake in URLs; within CDATA it is none.
    payload = BARE_AMPERSAND.sub(lambda found: found[1] or b"&amp;", payload)
    target = _Reader(url)
    # Without huge_tree, which would lift the parser's own guard against entities that unfold.
    parser = etree.XMLParser(target=target, resolve_entities=False, no_network=True, recover=True)
    error = None
    try:
        for at in range(0, len(payload), CHUNK):
            parser.feed(payload[at : at + CHUNK])
            if target.full:
                break
        whole = target.whole or target.full  # closing ends what was left open
        parser.close()
    except etree.XMLSyntaxError as e:
        whole, error = True, f"broken XML: {e.msg}"
    if not whole:
        error = "broken XML: it ends too early"
    kind = "sitemap-index" if target.feeds and not target.entries else "news-sitemap" if target.news else "sitemap"
    return Feed(kind, None, tuple(target.entries.values()), tuple(target.feeds.values()), error)
