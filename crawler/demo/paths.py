"""The addresses of articles: each house has its own form, and the number in it is the article's."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from urllib.parse import quote

from crawler.demo.publishers import Publisher


def slug(text: str) -> str:
    """Latin letters, digits and hyphens: the part of a URL made from a headline."""
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(letter, plain).replace(letter.upper(), plain)
    plain = unicodedata.normalize("NFKD", text.replace("'", "")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:70].rstrip("-")


def article_path(publisher: Publisher, section: str, published: datetime, headline: str, number: int) -> str:
    """Path and query, percent-encoded. A headline in it stays as it was when the article appeared."""
    if publisher.style == "cms":
        return f"/{section}/{published:%Y/%m}/{slug(headline)}-{number}"
    if publisher.style == "wordpress":
        return f"/{published:%Y/%m/%d}/{slug(headline)}-{number}/"
    if publisher.style == "microdata":
        return f"/{section}/story-{number}.html"
    if publisher.style == "opengraph":
        words = "-".join(re.findall(r"\w+", headline)[:7])
        return f"/{section}/{number}/{quote(words)}"
    if publisher.style == "bare":
        return f"/story.php?id={number}"
    if publisher.style == "breaks":
        return f"/articles/{published:%Y%m%d}-{number}.html"
    return (
        f"/{section}/{slug(headline)}-{number}.html"
        if publisher.style == "graph"
        else (f"/{section}/{slug(headline)}-{number}")
    )


def number_in(publisher: Publisher, path: str) -> int | None:
    """The index of the article that a path seems to name; the caller compares the whole path."""
    if publisher.style == "bare":
        found = re.search(r"[?&]id=(\d{1,9})(?:&|$)", path)
    elif publisher.style == "opengraph":
        found = re.search(r"/(\d{1,9})/[^/]*$", path)
    else:
        found = re.search(r"-(\d{1,9})(?:\.html|/)?$", path)
    return int(found[1]) - publisher.number if found else None
