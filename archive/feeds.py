"""Feeds of every kind, read from bytes: RSS and Atom (feedparser), JSON Feed 1.1, sitemaps.org 0.9 and its index,
Google's news sitemap. Nothing here fetches; what cannot be read is said in `Feed.error`.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree

from archive.dates import parse_date
from archive.model import Feed, FeedEntry
from archive.urls import normalise

MAX_BYTES = 50 * 1024 * 1024  # sitemaps.org: 50 MB and 50,000 URLs a file
MAX_ENTRIES = 50_000
SNIFF = 2048


def sniff(payload: bytes, content_type: str | None) -> bool:
    """Whether an answer is a feed, by its first bytes; the type that servers declare is often wrong."""
    head = payload[:SNIFF].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"\x1f\x8b"):
        return True  # a sitemap stored compressed; a page would have been decoded by now
    if re.search(rb"<(?:rss|feed|urlset|sitemapindex|rdf:RDF|(?:\w+:)?urlset)[\s>]", head):
        return not re.search(rb"<html[\s>]", head, re.IGNORECASE)
    return b"jsonfeed.org/version" in head or (content_type or "").startswith("application/feed+json")


def parse(payload: bytes, url: str) -> Feed:
    """-> the feed; `kind` is "unknown" and `error` says why if it is none."""
    payload, error = _unpack(payload)
    head = payload[:SNIFF].lstrip(b"\xef\xbb\xbf \t\r\n")
    if re.search(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]", head):
        feed = _sitemap(payload, url)
    elif head.startswith(b"{"):
        feed = _json_feed(payload, url)
    elif re.search(rb"<(?:rss|feed|rdf:rdf)[\s>]", head, re.IGNORECASE):
        feed = _syndication(payload, url)
    elif (lines := _text_sitemap(payload, url)) is not None:
        feed = lines
    else:
        feed = Feed("unknown", error="neither RSS, Atom, JSON Feed nor a sitemap")
    if error and not feed.error:
        feed = Feed(feed.kind, feed.title, feed.entries, feed.feeds, error)
    return feed


def _unpack(payload: bytes) -> tuple[bytes, str | None]:
    """sitemap.xml.gz is gzip within the payload (not a content coding)."""
    if not payload.startswith(b"\x1f\x8b"):
        return payload[:MAX_BYTES], "longer than 50 MB: the rest was left out" if len(
            payload
        ) > MAX_BYTES else None
    try:
        with gzip.GzipFile(fileobj=BytesIO(payload)) as file:
            data = file.read(MAX_BYTES)
            return data, "longer than 50 MB: the rest was left out" if file.read(1) else None
    except (OSError, EOFError, zlib.error) as e:
        z = zlib.decompressobj(31)
        try:
            return z.decompress(payload, MAX_BYTES), f"damaged gzip: {e}"
        except zlib.error:
            return b"", f"damaged gzip: {e}"


def _time(value: object) -> str | None:
    """A W3C or RFC 822 date -> RFC 3339, a day, or None."""
    if not isinstance(value, str) or not value.strip():
        return None
    parsed = parse_date(value.strip()[:100], latest=None)
    return parsed.value if parsed else None


def _entry(url: object, base: str, title: object, published: object, modified: object) -> FeedEntry | None:
    absolute = normalise(url.strip(), base) if isinstance(url, str) else None
    if absolute is None:
        return None
    text = " ".join(title.split())[:500] if isinstance(title, str) else None
    return FeedEntry(absolute, text or None, _time(published), _time(modified))


def _unique(entries: Iterator[FeedEntry | None]) -> tuple[FeedEntry, ...]:
    seen: dict[str, FeedEntry] = {}
    for entry in entries:
        if entry is not None:
            seen.setdefault(entry.url, entry)
            if len(seen) >= MAX_ENTRIES:
                break
    return tuple(seen.values())


def _sitemap(payload: bytes, url: str) -> Feed:
    """A stream over the tree: a child element is freed as soon as it is read; entities are not resolved."""
    kind, error, news = "sitemap", None, False
    entries: dict[str, FeedEntry] = {}
    feeds: dict[str, FeedEntry] = {}
    context = etree.iterparse(
        BytesIO(payload), events=("end",), resolve_entities=False, no_network=True, huge_tree=True, recover=True
    )
    try:
        for _, element in context:
            tag = _local(element)
            if tag not in ("url", "sitemap"):
                continue
            facts = {_local(e): (e.text or "").strip() for e in element.iter() if e is not element and e.text}
            news = news or "publication_date" in facts
            entry = _entry(
                facts.get("loc"), url, facts.get("title"), facts.get("publication_date"), facts.get("lastmod")
            )
            if entry is not None:
                (entries if tag == "url" else feeds).setdefault(entry.url, entry)
            element.clear()
            if len(entries) + len(feeds) >= MAX_ENTRIES:
                break
    except etree.XMLSyntaxError as e:
        error = f"broken XML: {e.msg}"
    if feeds and not entries:
        kind = "sitemap-index"
    elif news:
        kind = "news-sitemap"
    return Feed(kind, None, tuple(entries.values()), tuple(feeds.values()), error)


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rsplit("}", 1)[-1].lower() if isinstance(tag, str) else ""


def _text_sitemap(payload: bytes, url: str) -> Feed | None:
    """sitemaps.org allows a text file with one URL a line."""
    lines = payload.decode("utf-8", "replace").split()
    if not lines or not all(line.startswith(("http://", "https://")) for line in lines[:20]):
        return None
    return Feed("sitemap", None, _unique(_entry(line, url, None, None, None) for line in lines))


def _json_feed(payload: bytes, url: str) -> Feed:
    try:
        data = json.loads(payload)
    except ValueError as e:
        return Feed("json", error=f"broken JSON: {e}")
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        return Feed("unknown", error="JSON, but no JSON Feed")
    items = [item for item in data["items"] if isinstance(item, dict)]
    title = data.get("title")
    return Feed(
        "json",
        title if isinstance(title, str) else None,
        _unique(
            _entry(
                i.get("url") or i.get("id"), url, i.get("title"), i.get("date_published"), i.get("date_modified")
            )
            for i in items
        ),
    )


def _syndication(payload: bytes, url: str) -> Feed:
    import feedparser  # late: most answers are pages

    parsed = feedparser.parse(BytesIO(payload), sanitize_html=False, resolve_relative_uris=False)
    kind = "atom" if str(parsed.get("version", "")).startswith("atom") else "rss"
    title = parsed.feed.get("title")
    entries = _unique(
        _entry(
            item.get("link") or item.get("id"), url, item.get("title"), item.get("published"), item.get("updated")
        )
        for item in parsed.entries
    )
    broken = parsed.get("bozo_exception") if parsed.get("bozo") and not entries else None
    return Feed(kind, title or None, entries, error=f"broken feed: {broken}" if broken else None)
