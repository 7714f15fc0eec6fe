"""JSON-LD of a page (schema.org in script elements): reading, repairing, and which node is this article."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Container, Iterable
from typing import Any

from archive.extract import loose_json
from archive.extract.text import tidy, words

Node = dict[str, Any]

MAX_NODES = 3000
MAX_LEVELS = 12
_OPENED = re.compile(r"^\s*(?:<!--|(?://|/\*)?\s?<!\[CDATA\[(?:\s?\*/)?)")
_CLOSED = re.compile(r"(?:-->|(?://|/\*)?\s?\]\]>(?:\s?\*/)?)$")
_ARTICLE_TYPE = re.compile(r"(?:Article|Posting|Report)$")
# What a page shows or is about: their authors and dates are not those of the page.
OTHER_THINGS = re.compile(
    r"Review|Comment|Video|Image|Audio|Media|Product|Book|Movie|Person|Organization|Answer|Question|Event|Offer|Course"
    r"|Recipe|Job|Episode|Music|Dataset|Software"
)
_NEWS_TYPE = re.compile(r"News|Report|LiveBlog|Opinion|Analysis|Review")


class Graph:
    """All nodes of all scripts of a page, and those that others refer to by `@id`."""

    def __init__(self, scripts: Iterable[str] = ()) -> None:
        self.nodes: list[Node] = []
        self.by_id: dict[str, Node] = {}
        for script in scripts:
            for value in load(script):
                self._walk(value, 0)

    def _walk(self, value: Any, level: int) -> None:
        if level > MAX_LEVELS or len(self.nodes) >= MAX_NODES:
            return
        if isinstance(value, dict):
            self.nodes.append(value)
            name = value.get("@id")
            if isinstance(name, str) and len(value) > 1:
                self.by_id.setdefault(name, value)
            for inner in value.values():
                if isinstance(inner, dict | list):
                    self._walk(inner, level + 1)
        elif isinstance(value, list):
            for inner in value:
                if isinstance(inner, dict | list):
                    self._walk(inner, level + 1)

    def resolve(self, value: Any) -> Any:
        """The node that a mere reference stands for, with what the reference itself says on top."""
        if isinstance(value, dict) and isinstance(value.get("@id"), str):
            return {**self.by_id.get(value["@id"], {}), **value}
        return value

    def article(self, reference: set[str], urls: Container[str] = ()) -> Node:
        """The node of this article: the one whose headline shares most with `reference` (words of og:title, title
        and h1), or that names one of `urls`, the page's own, as its own. Empty if there is none, or if there are
        several and all belong to others (teasers)."""
        found = [n for n in self.nodes if is_article(n)]

        def rank(node: Node) -> tuple[float, bool, bool, int]:
            stated = set(words(tidy(first_text(node.get("headline")) or first_text(node.get("name")) or "")))
            body = node.get("articleBody")
            own = 0.5 if any(url in urls for url in own_urls(node)) else 0.0
            return (
                own + len(stated & reference) / max(1, len(stated)),
                bool(node.get("author")),
                bool(node.get("datePublished")),
                len(body) if isinstance(body, str) else 0,
            )

        best = max(found, key=rank, default={})
        if best and len(found) > 1 and reference and rank(best)[0] < 0.3:
            return {}
        return best


def own_urls(node: Node) -> list[str]:
    """The URLs that a node gives as its own or as that of its page."""
    entity = node.get("mainEntityOfPage")
    values = (node.get("url"), node.get("@id"), entity.get("@id") if isinstance(entity, dict) else entity)
    return [x.partition("#")[0] for x in values if isinstance(x, str)]


def load(script: str) -> list[Any]:
    """The values of one script, repaired as far as that is safe; empty if it cannot be read."""
    script = _CLOSED.sub("", _OPENED.sub("", script.strip()).rstrip(" \t\r\n;")).strip().rstrip("; \t\r\n")
    if not script:
        return []
    whole = [script, html.unescape(script)] if "&" in script else [script]
    for text in whole:
        try:
            return [json.loads(text, strict=False)]
        except (ValueError, RecursionError):
            continue
    return loose_json.read(script if '"' in script else whole[-1])


def is_article(node: Node) -> bool:
    if not any(_ARTICLE_TYPE.search(t) and t != "JobPosting" for t in types(node)):
        return False
    return bool(node.get("headline") or node.get("datePublished") or node.get("articleBody"))


def is_page(node: Node) -> bool:
    """Whether a node may be the page itself: neither an article (of which it may show several) nor another thing."""
    return not is_article(node) and not any(OTHER_THINGS.search(t) for t in types(node))


def types(node: Node) -> list[str]:
    """Last path segments of `@type`: `https://schema.org/NewsArticle` and `NewsArticle` are the same."""
    stated = node.get("@type") or []
    return [str(t)[-80:].rsplit("/", 1)[-1] for t in (stated[:5] if isinstance(stated, list) else [stated])]


def is_news(node: Node) -> bool:
    return any(_NEWS_TYPE.search(t) for t in types(node))


def first_text(value: Any) -> str | None:
    """The text of a value that may be a string, a list of them, or a node with a value or a name."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
        if isinstance(value, list):
            value = value[0] if value else None
    return value if isinstance(value, str) else None
