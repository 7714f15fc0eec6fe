"""Feeds of every kind, read from bytes: RSS and Atom (feedparser), JSON Feed 1.1, sitemaps.org 0.9 and its index,
Google's news sitemap. Nothing here fetches; what cannot be read is said in `Feed.error`.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from io import BytesIO
from itertools import islice

from lxml import etree

from archive.dates import parse_date
from archive.model import Feed, FeedEntry
from archive.urls import normalise

MAX_BYTES = 50 * 1024 * 1024  # sitemaps.org: 50 MB and 50,000 URLs a file
MAX_SYNDICATION_BYTES = 4 * 1024 * 1024  # of RSS and Atom: the parser is slow, and they list only what is new
MAX_ENTRIES = 50_000
SNIFF = 2048
MAX_VALUE = 4096  # characters of one fact of an entry
CHUNK = 64 * 1024
GZIP = b"\x1f\x8b"
# What may stand before the root element, and its name without prefix.
ROOT = re.compile(
    rb"\A\s*(?:<\?[^>]*>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>\s*)*<(?:[\w.-]+:)?([\w.-]+)",
    re.DOTALL | re.IGNORECASE,
)
DECLARATION = re.compile(rb"\A\s*<\?xml[^>]*\?>")
SITEMAPS = (b"urlset", b"sitemapindex")
SYNDICATION = (b"rss", b"feed", b"rdf")
OF_MEDIA = re.compile(r"sitemap-(?:image|video)")  # namespaces with a `loc` and a `title` of their own
BARE_AMPERSAND = re.compile(rb"&(?!#?\w{1,32};)")


def sniff(payload: bytes, content_type: str | None) -> bool:
    """Whether an answer is a feed, by its first bytes; the type that servers declare is often wrong."""
    head = _head(payload)
    if _root(head) in (*SITEMAPS, *SYNDICATION):
        return True
    declared = (content_type or "").startswith("application/feed+json")
    return head.startswith(b"{") and (declared or re.search(rb"jsonfeed\.org\\?/version", head) is not None)


def parse(payload: bytes, url: str) -> Feed:
    """-> the feed; `kind` is "unknown" and `error` says why if it is none. Never raises.

    Relative links are relative to `url`. At most `MAX_BYTES` are read and `MAX_ENTRIES` kept.
    """
    payload, error = _unpack(payload)
    payload = _as_utf8(payload)
    head = _head(payload)
    root = _root(head)
    if root in SITEMAPS:
        feed = _sitemap(payload, url)
    elif root in SYNDICATION:
        feed = _syndication(payload, url)
    elif head.startswith(b"{"):
        feed = _json_feed(payload, url)
    elif head.startswith((b"http://", b"https://")):
        feed = _text_sitemap(payload, url)
    else:
        what = "the answer is empty" if not head else "neither RSS, Atom, JSON Feed nor a sitemap"
        feed = Feed("unknown", error=what)
    return replace(feed, error=error) if error and (not feed.error or feed.kind == "unknown") else feed


def _as_utf8(payload: bytes) -> bytes:
    """UTF-16 with a byte order mark as UTF-8; all other encodings are for the parsers, which can see them."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if payload.startswith(mark):
            data = payload[2:].decode(encoding, "replace").encode("utf-8", "replace")
            return DECLARATION.sub(b"", data, count=1)
    return payload


def _head(payload: bytes) -> bytes:
    """The first bytes in an encoding that ASCII can be read from, unpacked if they are gzip."""
    head = payload[: 2 * SNIFF]
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(31).decompress(head, 2 * SNIFF)
        except zlib.error:
            return b""
    return _as_utf8(head).removeprefix(b"\xef\xbb\xbf").lstrip()


def _root(head: bytes) -> bytes:
    found = ROOT.match(head)
    return found[1].lower() if found else b""


def _unpack(payload: bytes) -> tuple[bytes, str | None]:
    """sitemap.xml.gz is gzip within the payload (not a content coding)."""
    data, problem = payload[: MAX_BYTES + 1], None
    if payload.startswith(GZIP):
        unpacker = zlib.decompressobj(31)
        try:
            data = unpacker.decompress(payload, MAX_BYTES + 1)
            problem = None if unpacker.eof else "the gzip data ends too early"
        except zlib.error as e:
            return b"", f"damaged gzip: {e}"
    if len(data) > MAX_BYTES:
        return data[:MAX_BYTES], f"longer than {MAX_BYTES >> 20} MB: the rest was left out"
    return data, problem


def _time(value: object) -> str | None:
    """A W3C or RFC 822 date -> RFC 3339, a day, or None."""
    if not isinstance(value, str) or not value.strip():
        return None
    parsed = parse_date(value.strip()[:100], latest=None, thorough=False)  # standard notations; thousands of them
    return parsed.value if parsed else None


def _entry(url: object, base: str, facts: Mapping[str, object]) -> FeedEntry | None:
    """`facts`: title, published, modified, as far as there are any."""
    absolute = normalise(url.strip(), base) if isinstance(url, str) and url.strip() else None
    if absolute is None:
        return None
    title = facts.get("title")
    text = " ".join(title.split())[:500] if isinstance(title, str) else None
    return FeedEntry(absolute, text or None, _time(facts.get("published")), _time(facts.get("modified")))


def _unique(entries: Iterable[FeedEntry | None]) -> tuple[FeedEntry, ...]:
    seen: dict[str, FeedEntry] = {}
    for entry in islice(entries, MAX_ENTRIES):
        if entry is not None:
            seen.setdefault(entry.url, entry)
    return tuple(seen.values())


class _SitemapReader:
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
        facts = {"title": f.get("title"), "published": f.get("publication_date"), "modified": f.get("lastmod")}
        entry = _entry(f.get("loc"), self.base, facts)
        if entry is not None and not self.full:
            (self.entries if name == "url" else self.feeds).setdefault(entry.url, entry)
        self._within = None

    def close(self) -> None:
        pass


def _sitemap(payload: bytes, url: str) -> Feed:
    if b"<![CDATA[" not in payload:
        payload = BARE_AMPERSAND.sub(b"&amp;", payload)  # the commonest mistake in URLs
    target = _SitemapReader(url)
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


def _text_sitemap(payload: bytes, url: str) -> Feed:
    """sitemaps.org allows a text file with one URL a line."""
    lines = BytesIO(payload.removeprefix(b"\xef\xbb\xbf"))
    return Feed("sitemap", None, _unique(_entry(line.decode("utf-8", "replace"), url, {}) for line in lines))


def _json_feed(payload: bytes, url: str) -> Feed:
    """https://www.jsonfeed.org/version/1.1/"""
    try:
        data = json.loads(payload)
    except (ValueError, RecursionError) as e:
        return Feed("json", error=f"broken JSON: {e}")
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        return Feed("unknown", error="JSON, but no JSON Feed")
    title = data.get("title")
    items = (item for item in data["items"] if isinstance(item, dict))
    entries = _unique(
        _entry(
            item.get("url") or _web_address(item.get("id")),
            url,
            {
                "title": item.get("title"),
                "published": item.get("date_published"),
                "modified": item.get("date_modified"),
            },
        )
        for item in items
    )
    return Feed("json", title if isinstance(title, str) else None, entries)


def _web_address(identifier: object) -> str | None:
    """An entry's id is often its URL; any other is no address, and not relative to one."""
    is_one = isinstance(identifier, str) and identifier.startswith(("http://", "https://"))
    return str(identifier) if is_one else None


def _syndication(payload: bytes, url: str) -> Feed:
    import feedparser  # late: most answers are pages

    error = None
    if len(payload) > MAX_SYNDICATION_BYTES:
        payload = payload[:MAX_SYNDICATION_BYTES]
        error = f"longer than {MAX_SYNDICATION_BYTES >> 20} MB: the rest was left out"
    try:
        parsed = feedparser.parse(BytesIO(payload), sanitize_html=False, resolve_relative_uris=False)
    except Exception as e:  # what a parser for all that is broken can raise is not known
        return Feed("rss", error=f"broken feed: {type(e).__name__}")
    entries = _unique(
        _entry(
            item.get("link") or _web_address(item.get("id")),
            url,
            {
                "title": item.get("title"),
                "published": item.get("published"),
                "modified": dict.get(item, "updated"),
            },
        )
        for item in parsed.entries
    )
    if parsed.get("bozo") and not entries:
        error = f"broken feed: {' '.join(str(parsed.get('bozo_exception')).split())[:200]}"
    kind = "atom" if str(parsed.get("version", "")).startswith("atom") else "rss"
    return Feed(kind, parsed.feed.get("title") or None, entries, error=error)
