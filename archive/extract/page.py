"""One parsed page with everything that more than one field needs, gathered once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from archive.extract.jsonld import Graph, Node, first_text
from archive.extract.outline import BLOCKS, Outline, outline
from archive.extract.parse import Parsed
from archive.extract.text import joined_key, squeeze, tidy, visible, words
from archive.urls import host_of, normalise

MAX_META = 400
MAX_ITEMS = 2000
MAX_HEADINGS = 40
SITE_NAME_LENGTH = 45  # characters; what is longer is no site's name but a title in the wrong place
MAX_HOME_LINKS = 300
_GENERIC = {
    "homepage",
    "startseite",
    "startpage",
    "accueil",
    "inicio",
    "frontpage",
    "mainpage",
    "gohome",
    "backhome",
}
_PLAIN = re.compile(r"[^a-z0-9]")


def spaced(e: HtmlElement, leave_out: Callable[[HtmlElement], bool] | None = None) -> str:
    """Text of an element in one line, with a blank for a line break or a block, and where an element begins or ends
    between a small letter and a capital: words that only a style sheet sets apart."""
    parts: list[str] = []
    hidden: HtmlElement | None = None
    for event, node in etree.iterwalk(e, events=("start", "end")):
        if event == "end" and node is e:
            break
        if hidden is not None and (event == "start" or node is not hidden):
            continue
        if hidden is None and event == "start" and node is not e and leave_out is not None and leave_out(node):
            hidden = node
            continue
        hidden = None
        if node.tag in BLOCKS or node.tag == "br":
            parts.append(" ")
        text = node.text if event == "start" else node.tail
        if text:
            if parts and parts[-1][-1].islower() and text[0].isupper():
                parts.append(" ")
            parts.append(text)
    return squeeze("".join(parts))


class Page:
    """Metadata as stated, the lines of the page and its headings. `url` is where it was captured."""

    def __init__(self, parsed: Parsed, url: str, captured_at: datetime) -> None:
        self.root = parsed.root
        self.source = parsed.source
        self._items: dict[str, list[HtmlElement]] | None = None
        self.url = url
        self.captured_at = captured_at
        self.host = host_of(url).partition(":")[0].removeprefix("www.")
        self.base = self._base(url)
        self.meta, self.meta_plain = self._read_meta()
        self.graph = Graph(parsed.json_ld)
        self.outline: Outline = outline(parsed.root, url)
        self.h1s = self._headings()
        self.og = self.first("og:title")
        self.title = self._title()
        self.twitter = self.first("twitter:title")
        reference = f"{self.og} {self.title} " + " ".join(text for _, text in self.h1s)
        self.article: Node = self.graph.article(set(words(reference)), self._own_urls())
        self.ld_headline = tidy(first_text(self.article.get("headline")) or "")
        self.publisher_node: Any = self._publisher()
        self.site_names = self._site_names()
        self._home_names: set[str] | None = None
        self.h1_node, self.h1 = self._best_h1()

    @property
    def host_label(self) -> str:
        """Key of the part of the host that its owner chose: `tidewater` of news.tidewater.co.example; the longest."""
        labels = self.host.split(".")
        longest = max(labels[:-1], key=len, default="")
        return joined_key(longest) if len(longest) > 4 else ""

    def first(self, name: str) -> str:
        """First value of a meta element of that name or property, tidied; empty if there is none."""
        return tidy(self.meta[name][0]) if name in self.meta else ""

    def absolute(self, url: str | None) -> str | None:
        return normalise(url.strip(), self.base) if url and url.strip() else None

    def size(self, e: HtmlElement) -> int:
        """Characters inside an element, from the outline; 0 for what the outline skips."""
        return self.outline.sizes.get(e, 0)

    def text(self, e: HtmlElement, limit: int = 2000) -> str:
        """Text of an element in one line; empty if there is more of it than `limit` characters."""
        if self.size(e) > limit:
            return ""
        return squeeze(e.text_content())

    def items(self, name: str) -> list[HtmlElement]:
        """Elements with that itemprop (microdata), in document order."""
        if self._items is None:
            self._items = {}
            for e in self.root.xpath("//*[@itemprop]")[:MAX_ITEMS]:
                for each in (e.get("itemprop") or "").split()[:5]:
                    self._items.setdefault(each, []).append(e)
        return self._items.get(name, [])

    def _base(self, url: str) -> str:
        e = next(self.root.iter("base"), None)
        return normalise(e.get("href") or "", url) or url if e is not None else url

    def _read_meta(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        exact: dict[str, list[str]] = {}
        plain: dict[str, list[str]] = {}
        for i, e in enumerate(self.root.iter("meta")):
            if i >= MAX_META:
                break
            name = (e.get("property") or e.get("name") or e.get("itemprop") or e.get("http-equiv") or "").lower()
            value = e.get("content") or e.get("value")
            if name and value and value.strip() and len(name) < 100:
                exact.setdefault(name, []).append(value)
                plain.setdefault(_PLAIN.sub("", name), []).append(value)
        return exact, plain

    def _headings(self) -> list[tuple[HtmlElement, str]]:
        found = []
        for i, e in enumerate(self.root.iter("h1")):
            if i >= MAX_HEADINGS:
                break
            if 0 < self.size(e) <= 600 and (text := spaced(e)):
                # As the reader sees it: a `<br>` in the text of a heading is no tag but what it is about.
                found.append((e, tidy(text) if "<" not in text or "</" in text else squeeze(visible(text))))
        return found

    def _title(self) -> str:
        e = next(self.root.iter("title"), None)
        return tidy(e.text or "") if e is not None else ""

    def _own_urls(self) -> set[str]:
        """The page's URL and the canonical one, as a node may give them."""
        canonical = next((e.get("href") for e in self.root.iter("link") if e.get("rel") == "canonical"), None)
        return {x.partition("#")[0] for x in (self.url, canonical, self.meta.get("og:url", [""])[0]) if x}

    def _publisher(self) -> Any:
        value = self.article.get("publisher")
        value = value[0] if isinstance(value, list) and value else value
        return self.graph.resolve(value)

    def publisher_name(self) -> str:
        return tidy(first_text(self.publisher_node) or "")

    def _site_names(self) -> list[str]:
        """Keys without blanks of all names the site gives itself; some pages put their title into such a field."""
        fields = (
            "og:site_name",
            "application-name",
            "twitter:site",
            "al:ios:app_name",
            "apple-mobile-web-app-title",
        )
        stated = [self.publisher_name(), *(self.first(name) for name in fields)]
        keys = [joined_key(name) for name in stated if name]
        if self.host:
            keys += [joined_key(self.host), joined_key(self.host.rpartition(".")[0])]
        titles = {joined_key(x) for x in (self.ld_headline, self.og, self.title) if x}
        return list(dict.fromkeys(k for k in keys if k and len(k) <= SITE_NAME_LENGTH and k not in titles))

    @property
    def home_names(self) -> set[str]:
        """Keys of what links to the site's front page are called (`<a href="/">The Tidewater</a>`), and of the section.
        As the tail of a title they are no part of the headline; in any other place they say too little."""
        if self._home_names is None:
            front = (
                self.url.partition("//")[0] + "//" + self.url.split("/", 3)[2] if self.url.count("/") > 1 else ""
            )
            found = set()
            for a in islice(self.root.iter("a"), MAX_HOME_LINKS):
                href = (a.get("href") or "")[:300].strip()
                if href == "/" or (front and href.rstrip("/") == front):
                    logo = next(a.iter("img"), None)
                    said = (
                        self.text(a, 60),
                        a.get("title"),
                        a.get("aria-label"),
                        logo is not None and logo.get("alt"),
                    )
                    found |= {k for x in said if x and 4 < len(k := joined_key(x[:80])) <= SITE_NAME_LENGTH}
            sections = (first_text(self.article.get("articleSection")), self.first("article:section"))
            self._home_names = (found - _GENERIC) | {k for x in sections if x and len(k := joined_key(x[:80])) > 2}
        return self._home_names

    def is_own_name(self, tail: str) -> bool:
        """Whether the tail of a title is the site's name: by its own names, its host, or links to its front page."""
        k = joined_key(tail)
        plain = k.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
        names = [n for n in (*self.site_names, self.host_label) if len(n) > 3]
        return k in self.home_names or any(n in plain or (plain in n and len(plain) > 3) for n in names)

    def _best_h1(self) -> tuple[HtmlElement | None, str]:
        """The h1 that shares most words with what other sources call this page; the first if none does."""
        if not self.h1s:
            return None, ""
        titles = set(words(f"{self.ld_headline} {self.og} {self.title}"))
        rival = set(words(self.ld_headline or self.og or self.title))

        def rank(found: tuple[HtmlElement, str]) -> float:
            w = set(words(found[1]))
            return len(w & titles) / (1 + len(w | rival))

        return max(self.h1s, key=rank)
