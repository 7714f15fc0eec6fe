"""Feeds of every kind, read from bytes: RSS and Atom (feedparser), JSON Feed 1.0 and 1.1, sitemaps.org 0.9 and its
index, Google's news sitemap, a list of URLs. Nothing here fetches; what cannot be read is said in `Feed.error`.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import replace
from io import BytesIO
from typing import Any

from archive.feed_entries import MAX_ENTRIES, entry_of, unique
from archive.model import Feed, FeedEntry
from archive.prolog import has_hostile_entities, prolog
from archive.sitemaps import parse_sitemap
from archive.urls import normalise

__all__ = ["MAX_BYTES", "MAX_ENTRIES", "parse", "sniff"]

MAX_BYTES = 50 * 1024 * 1024  # sitemaps.org: 50 MB and 50,000 URLs a file
MAX_SYNDICATION_BYTES = 4 * 1024 * 1024  # of RSS and Atom: the parser is slow, and they list only what is new
SNIFF = 2048
MAX_PROLOG = 256 * 1024  # bytes before the root element, comments and declarations
MAX_CHAFF = 4096  # bytes before the document itself: warnings of a server's own programs
GZIP = b"\x1f\x8b"
DECLARATION = re.compile(rb"\A\s*<\?xml[^>]*\?>")
ENCODING = re.compile(rb"\A\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']", re.IGNORECASE)
NO_CHARSETS = ("punycode", "idna", "utf-7")  # Python has them as such; the first takes the square of the length
IS_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
BEGINNING = re.compile(rb"<\?xml\s|<(?:rss|feed|urlset|sitemapindex|(?:\w{1,20}:)?rdf)[\s>]", re.IGNORECASE)
SITEMAPS = (b"urlset", b"sitemapindex")
SYNDICATION = (b"rss", b"feed", b"rdf")
EMPTY = "it is empty"
PAGE = "a web page, not a feed"
UNKNOWN = "neither RSS, Atom, JSON Feed nor a sitemap"
HOSTILE = "it declares entities that unfold or read files: not read"


def sniff(payload: bytes, content_type: str | None) -> bool:
    """Whether an answer is a feed, by its first bytes; the type that servers declare is often wrong."""
    head = _head(payload)
    if prolog(head).root in (*SITEMAPS, *SYNDICATION):
        return True
    declared = (content_type or "").startswith("application/feed+json")
    return head.startswith(b"{") and (declared or re.search(rb"jsonfeed\.org\\?/version", head) is not None)


def parse(payload: bytes, url: str) -> Feed:
    """-> the feed; `kind` is "unknown" and `error` says why if it is none. Never raises.

    Relative links are relative to `url`. At most `MAX_BYTES` are read and `MAX_ENTRIES` kept; `Feed.limit` says if
    that was not all.
    """
    payload, error, limit = _unpack(payload)
    payload = _without_chaff(_as_utf8(payload).removeprefix(b"\xef\xbb\xbf").lstrip())
    before = prolog(payload[:MAX_PROLOG])
    if before.root in SITEMAPS + SYNDICATION and has_hostile_entities(before.subset):
        feed = Feed("unknown", error=HOSTILE)
    elif before.root in SITEMAPS:
        feed = parse_sitemap(_readable(payload), url)
    elif before.root in SYNDICATION:
        feed = _syndication(payload, url)
    elif payload.startswith((b"{", b"[")):
        feed = _json_feed(payload, url)
    elif payload.startswith((b"http://", b"https://")):
        feed = _text_sitemap(payload, url)
    else:
        feed = Feed(
            "unknown", error=EMPTY if not payload else PAGE if IS_HTML.search(payload[:SNIFF]) else UNKNOWN
        )
    if error:  # the reason for all others
        feed = replace(feed, error=error)
    return _without_itself(replace(feed, limit=limit or feed.limit), url)


def _without_itself(feed: Feed, url: str) -> Feed:
    """An index that lists itself leads nowhere new."""
    here = normalise(url)
    others = tuple(child for child in feed.feeds if child.url != here)
    if len(others) == len(feed.feeds):
        return feed
    return replace(feed, feeds=others, error=feed.error or "the index lists itself")


def _as_utf8(payload: bytes) -> bytes:
    """UTF-16 with a byte order mark as UTF-8; all other encodings are for the parsers, which can see them."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if payload.startswith(mark):
            data = payload[2:].decode(encoding, "replace").encode("utf-8", "replace")
            return DECLARATION.sub(b"", data, count=1)
    return payload


def _readable(payload: bytes) -> bytes:
    """A sitemap in the encoding it declares; where that is not so, it is taken for Windows-1252, as browsers would."""
    found = ENCODING.match(payload[:512])
    declared = found[1].decode("ascii").lower().replace("_", "-") if found else "utf-8"
    try:
        if declared not in NO_CHARSETS:
            payload.decode(declared)
            return payload
    except UnicodeDecodeError as e:
        if e.start >= len(payload) - 4:  # cut within a character
            return payload
    except (LookupError, ValueError):
        pass
    return DECLARATION.sub(b"", payload, count=1).decode("cp1252", "replace").encode()


def _head(payload: bytes) -> bytes:
    """The first bytes in an encoding that ASCII can be read from, unpacked if they are gzip."""
    head = payload[: 2 * SNIFF]
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(31).decompress(head, 2 * SNIFF)
        except zlib.error:
            return b""
    return _as_utf8(head).removeprefix(b"\xef\xbb\xbf").lstrip()


def _without_chaff(payload: bytes) -> bytes:
    """What some servers print before a feed is no part of it; a page that speaks of feeds stays a page."""
    head = payload[:MAX_CHAFF]
    if head.startswith((b"<?xml", b"{", b"[", b"http")) or IS_HTML.search(head):
        return payload
    found = BEGINNING.search(head)
    return payload[found.start() :] if found and not head.startswith(b"<!") else payload


def _unpack(payload: bytes) -> tuple[bytes, str | None, int | None]:
    """sitemap.xml.gz is gzip within the payload (not a content coding) -> bytes, what is wrong, the limit if met."""
    data, problem = payload[: MAX_BYTES + 1], None
    if payload.startswith(GZIP):
        unpacker = zlib.decompressobj(31)
        try:
            data = unpacker.decompress(payload, MAX_BYTES + 1)
            problem = None if unpacker.eof else "the gzip data ends too early"
        except zlib.error as e:
            return b"", f"damaged gzip: {e}", None
    if len(data) > MAX_BYTES:
        return data[:MAX_BYTES], f"longer than {MAX_BYTES >> 20} MB: the rest was left out", MAX_BYTES
    return data, problem, None


def _text_sitemap(payload: bytes, url: str) -> Feed:
    """sitemaps.org allows a text file with one URL a line."""
    lines = BytesIO(payload)
    return Feed("sitemap", None, unique(entry_of(line.decode("utf-8", "replace"), url) for line in lines))


def _json_feed(payload: bytes, url: str) -> Feed:
    """https://www.jsonfeed.org/version/1.1/ and 1"""
    try:
        data = json.loads(payload)
    except (ValueError, RecursionError) as e:
        return Feed("json", error=f"broken JSON: {e}")
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        return Feed("unknown", error="JSON, but no JSON Feed")
    title = data.get("title")
    entries = unique(_json_entry(item, url) for item in data["items"] if isinstance(item, dict))
    return Feed("json", title if isinstance(title, str) else None, entries)


def _json_entry(item: dict[str, Any], url: str) -> FeedEntry | None:
    return entry_of(
        item.get("url") or _web_address(item.get("id")),
        url,
        title=item.get("title"),
        published=item.get("date_published"),
        modified=item.get("date_modified"),
        language=item.get("language"),
    )


def _web_address(identifier: object) -> str | None:
    """An entry's id is often its URL; any other is no address, and not relative to one."""
    is_one = isinstance(identifier, str) and identifier.startswith(("http://", "https://"))
    return str(identifier) if is_one else None


def _syndication(payload: bytes, url: str) -> Feed:
    import feedparser  # late: most answers are pages

    error, limit = None, None
    if len(payload) > MAX_SYNDICATION_BYTES:
        payload, limit = payload[:MAX_SYNDICATION_BYTES], MAX_SYNDICATION_BYTES
        error = f"longer than {MAX_SYNDICATION_BYTES >> 20} MB: the rest was left out"
    try:
        parsed = feedparser.parse(BytesIO(payload), sanitize_html=False, resolve_relative_uris=False)
        entries = unique(_syndicated(item, url) for item in parsed.entries)
    except Exception as e:  # what a parser for all that is broken can raise is not known
        return Feed("rss", error=f"broken feed: {type(e).__name__}")
    if parsed.get("bozo") and not entries:
        error = f"broken feed: {' '.join(str(parsed.get('bozo_exception')).split())[:200]}"
    elif parsed.get("bozo") and not error and not _ends_with_root(payload):
        error = "broken XML: it ends too early"
    kind = "atom" if str(parsed.get("version", "")).startswith("atom") else "rss"
    title = parsed.feed.get("title")
    return Feed(kind, title if title and isinstance(title, str) else None, entries, error=error, limit=limit)


def _ends_with_root(payload: bytes) -> bool:
    return re.search(rb"</(?:\w{1,20}:)?(?:rss|feed|rdf)\s*>", payload[-SNIFF:], re.IGNORECASE) is not None


def _syndicated(item: Any, url: str) -> FeedEntry | None:
    """One item of RSS or entry of Atom, as feedparser gives it."""
    return entry_of(
        _address(item),
        url,
        title=item.get("title"),
        published=item.get("published"),
        modified=dict.get(item, "updated"),  # feedparser itself would give `published` for it
    )


def _address(item: Any) -> str | None:
    """Where the publisher has it, not where a service that counts readers does; an id only if it is an address."""
    original = _web_address(item.get("feedburner_origlink"))
    if original is not None:
        return original
    link, identifier = item.get("link"), item.get("id")
    if link and not (link == identifier and item.get("guidislink")):
        return str(link)
    return _web_address(link or (identifier if item.get("guidislink", True) else None))
