"""Authors: the first source that names a person, from JSON-LD down to what the body engine found."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from archive.extract import byline, names
from archive.extract.jsonld import types
from archive.extract.page import Page
from archive.extract.text import joined_key, key, squeeze, tidy

META = (
    "author", "parsely-author", "sailthru.author", "byl", "article:author_name", "dc.creator",
    "dcterms.creator", "cxenseparse:author", "article:author", "og:article:author", "articleauthor",
    "article_author", "article:byline", "dc.author", "citation_author", "twitter:creator:name",
)  # fmt: skip
MAX_STATED = 200
# An organisation signs alone only where the page itself states it as the author (JSON-LD `author`); a site's name
# from any other source is its publisher and leaves the authors empty.
STATED_HOUSES = True
_HOUSE_LINK = re.compile(
    r"/(?:author|autor)s?/(?:admin\w{0,20}|editor|webmaster|redaktion|newsdesk|staff)/?(?:#.*)?$"
)


@dataclass(frozen=True, slots=True)
class Authors:
    """`names` of people, the untouched `raw` text that names them, `houses` that stand where people should, those
    of them that JSON-LD states `alone`, and every `candidates` (source, names) that was looked at."""

    names: tuple[str, ...]
    raw: str | None
    source: str
    houses: tuple[str, ...]
    alone: tuple[str, ...]
    candidates: tuple[tuple[str, str], ...]


class Finder:
    """The chain of sources. `persons` turns stated texts into names of people, without the site's own names."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.desk_words = [n for n in page.site_names if n.isalpha()]
        self.stated = self._people(page.article.get("author") or page.article.get("creator") or [])
        self.raw: dict[str, list[str]] = {"json_ld": [text for text, _ in self.stated]}
        house = [is_org for _, is_org in self.stated]
        self.only_houses = bool(house) and all(house)

    def _people(self, value: Any, level: int = 0) -> list[tuple[str, bool]]:
        """JSON-LD value -> (text, whether it is an organisation); nested lists flattened."""
        found: list[tuple[str, bool]] = []
        for stated in (value if isinstance(value, list) else [value])[:MAX_STATED]:
            if isinstance(stated, list) and level < 4:
                found += self._people(stated, level + 1)
            elif isinstance(stated, dict):
                node = stated if stated.get("name") else self.page.graph.resolve(stated)
                link = _HOUSE_LINK.search(
                    f"{str(node.get('url') or '')[-200:]} {str(node.get('@id') or '')[-200:]}"
                )
                is_house = "Organization" in " ".join(types(node)) or bool(link)
                name = node.get("name")
                listed = name if isinstance(name, list) else [name]
                found += [(x, is_house) for x in listed[:MAX_STATED] if isinstance(x, str)]
            elif isinstance(stated, str):
                found.append((stated, False))
        return found

    def is_house(self, name: str) -> bool:
        """Whether a name is the site's own, or begins with it and is hardly longer."""
        k = joined_key(name)
        return k in self.page.site_names or (
            len(k) > 5
            and any(len(s) > 5 and k.startswith(s) and len(k) - len(s) < 8 for s in self.page.site_names)
        )

    def split(self, stated: Sequence[tuple[str, bool]]) -> tuple[list[str], list[str]]:
        """-> all names, those of people; unique by key."""
        host = self.page.host.rsplit(".", 2)[-2 if "." in self.page.host else 0]
        every: dict[str, str] = {}
        people: list[str] = []
        for text, is_org in stated[:MAX_STATED]:
            own_host = bool(host) and "." in text and "@" not in text and host in text[:200].lower()
            for name in names.clean(text, self.desk_words):
                k = key(name)
                if k and k not in every:
                    every[k] = name
                    if not is_org and not own_host and not self.is_house(name):
                        people.append(name)
        return list(every.values()), people

    def persons(self, texts: list[str]) -> list[str]:
        return self.split([(text, False) for text in texts])[1]

    def from_meta(self) -> list[str]:
        meta = self.page.meta
        values = [value for name in META for value in meta.get(name, ())]
        usable = [v for v in values if not v.startswith(("http", "@")) and ".com/" not in v[:200]][:6]
        self.raw["meta"] = usable
        return self.persons(usable)

    def from_microdata(self) -> list[str]:
        root, page = self.page.root, self.page
        authors = page.items("author")
        named = (e for author in authors[:4] for e in author.iter("*") if e.get("itemprop") == "name")
        for nodes in ([*islice(named, 4)], authors[:4], [*islice(root.iterfind(".//a[@rel='author']"), 4)]):
            if nodes:
                texts = [page.text(e, 80) or (e.get("content") or "")[:200] for e in nodes]
                self.raw["microdata"] = [t for t in texts if t]
                return self.persons([t for t in texts if t])
        return []

    def from_label(self) -> list[str]:
        value = byline.labelled(self.page)
        return self.persons([value]) if value else []

    def outvoted(self, people: list[str]) -> list[str]:
        """The visible byline and a meta element agree on somebody else: the stated one is the editor."""
        meta = self.page.meta
        stated = {key(y) for y, _ in self.stated}
        rest = {key(tidy(x)) for name in META for x in meta.get(name, ())[:10]} - stated
        if not rest:
            return []
        seen = byline.visible(self.page, self.persons)
        if not seen or len(seen) > 2:
            return []
        if any(set(key(x).split()) & set(key(y).split()) for x in seen for y in people):
            return []
        return seen if all(key(x) in rest for x in seen) else []


def _stated_names(finder: Finder) -> list[tuple[str, bool]]:
    """Names that JSON-LD gives as author, with whether each is an organisation or the site itself."""
    found = ((tidy(text), is_org or finder.is_house(tidy(text))) for text, is_org in finder.stated)
    return [(text, is_org) for text, is_org in found if 1 < len(text) < 70 and "://" not in text]


def signed(page: Page, body: list[str]) -> tuple[str, ...]:
    """Authors by the signature over or under the lines of the body: the last resort."""
    return tuple(byline.signature(page, body, Finder(page).persons))


def find(page: Page) -> Authors:
    """Authors of a page by what it states and shows."""
    finder = Finder(page)
    every, people = finder.split(finder.stated)
    candidates: list[tuple[str, str]] = [("json_ld", ", ".join(every))] if every else []
    source = "json_ld" if people else ""
    houses = [name for name in every if name not in people]
    if people and houses:
        people = every  # one person is named: keep the list as stated, organisations too
        houses = []
    chain: tuple[tuple[str, Callable[[], list[str]], bool], ...] = (
        ("meta", finder.from_meta, True),
        ("microdata", finder.from_microdata, True),
        ("page", finder.from_label, True),
        ("page", lambda: byline.visible(page, finder.persons), not finder.only_houses),
        ("page", lambda: byline.near_date(page, finder.persons), page.h1_node is not None),
    )
    for i, (name, look, allowed) in enumerate(chain):
        if not allowed or (people and i > 1):
            continue
        found = look()
        if found:
            candidates.append((name, ", ".join(found)))
            if not people:
                people, source = found, name
    if source in ("json_ld", "meta") and len(people) < 4 and (more := byline.linked(page, people, finder.persons)):
        people, source = more, "page"
        candidates.append(("page", ", ".join(more)))
    if source == "json_ld" and len(people) <= 2 and (other := finder.outvoted(people)):
        people, source = other, "page"
        candidates.append(("page", ", ".join(other)))
    alone = (
        tuple(name for name, is_org in _stated_names(finder) if is_org)[:3] if STATED_HOUSES and not people else ()
    )
    raw = "; ".join(squeeze(tidy(x)) for x in finder.raw.get(source, people)[:20]) or None
    return Authors(tuple(people[:MAX_STATED]), raw, source, tuple(houses), alone, tuple(candidates))
