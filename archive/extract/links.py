"""Where a page leads: its links, its feeds, and whether it asks not to be indexed or kept."""

from __future__ import annotations

from archive.extract.page import Page
from archive.extract.text import squeeze, visible
from archive.model import Link
from archive.urls import normalise

MAX_LINKS = 5000
MAX_TEXT = 300  # characters of a link's text that are kept
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")


def links(page: Page) -> tuple[Link, ...]:
    """Every `<a href>` and `<frame src>` that leaves the page, http(s) only, normalised, the first of each URL, in
    order.

    A link whose first occurrence has no text (a picture) takes the text of a later one.
    """
    here = normalise(page.url) or page.url
    found: dict[str, str] = {}
    seen: dict[str, str | None] = {}
    for content in page.root.xpath("//meta[translate(@http-equiv, 'REFSH', 'refsh') = 'refresh']/@content")[:3]:
        target = normalise(content[:4000].partition("=")[2].strip(" '\""), page.base)
        if target and target != here:
            found[target] = ""  # the page sends its reader on
    for src in page.root.xpath("//frameset//frame/@src")[:100]:
        if (target := normalise(src[:4000], page.base)) and target != here:
            found[target] = ""  # a page that is made of others
    for a in page.root.xpath("//a[@href]"):
        href = a.get("href")
        if href in seen:
            url = seen[href]
        elif len(found) >= MAX_LINKS:
            break
        else:
            url = None if not href or href[0] == "#" else normalise(href, page.base)
            seen[href] = url
        if url is None or url == here or found.get(url):
            continue
        text = a.text if not len(a) else None if page.size(a) > 4 * MAX_TEXT else a.text_content()
        found[url] = squeeze(visible(squeeze(text or "")))[:MAX_TEXT]
    return tuple(Link(url, text) for url, text in found.items())


def feeds(page: Page) -> tuple[Link, ...]:
    """`<link rel=alternate>` to RSS, Atom or JSON Feed; the text of each is its media type."""
    found: dict[str, str] = {}
    for e in page.root.xpath("//link[@href and @type and @rel]"):
        kind = e.get("type").partition(";")[0].strip().lower()
        if (
            kind in FEED_TYPES
            and "alternate" in e.get("rel").lower().split()
            and (url := page.absolute(e.get("href")))
        ):
            found.setdefault(url, kind)
            if len(found) >= 50:
                break
    return tuple(Link(url, kind) for url, kind in found.items())


def opt_out(page: Page) -> tuple[str, ...]:
    """The meta elements by which a page may opt out, "name: content" (read by `archive.optout`)."""
    names = ("robots", "broadsheet", "tdm-reservation")
    return tuple(
        f"{name}: {squeeze(text)[:300]}" for name in names for text in page.meta.get(name, [])[:10] if text
    )


def noindex(page: Page) -> bool:
    """`<meta name=robots content=noindex>` or `none`, for all robots."""
    values = " ".join(page.meta.get("robots", [])[:10]).lower().replace(",", " ").split()
    return "noindex" in values or "none" in values
