"""Authors: the first source that names a person, from JSON-LD down to what the body engine found."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from archive.extract import byline, names, wording
from archive.extract.jsonld import is_page, types
from archive.extract.page import Page
from archive.extract.text import joined_key, key, squeeze, tidy

META = (
    "author", "parsely-author", "sailthru.author", "byl", "article:author_name", "dc.creator",
    "dcterms.creator", "cxenseparse:author", "article:author", "og:article:author", "articleauthor",
    "article_author", "article:byline", "dc.author", "citation_author", "twitter:creator:name",
)  # fmt: skip
MAX_STATED = 200
# Where nobody is named at all, an organisation or the site itself signs if the page states it as the author (JSON-LD,
# meta, microdata, a card): many a site bears its only author's name. What is merely shown is the publisher.
STATED_HOUSES = True
_ACCOUNT = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*|[A-Z][a-z]+[A-Z]\w?|\S*\d\S*")
_EDITOR = re.compile(r"(?i)(?:editors?|edited by|redaktur|penyunting|redaktion|redazione|édité par|editör)\b")
BESIDE = 40  # lines after the h1 in which a stated name that is the author's would be shown
_HOUSE_LINK = re.compile(
    r"/(?:author|autor)s?/(?:admin\w{0,20}|editor|webmaster|redaktion|newsdesk|staff)/?(?:#.*)?$"
)


_CARD_LABEL = re.compile(
    r"(?i)\bby$|^(?:author|autor\w?|auteur|autore|verfasst von|geschrieben von|écrit par|escrito por|scritto da"
    r"|geschreven door|skrevet a[vf]|skriven av|napisane przez|автор|written)\b"
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
        self.stated = self._people(
            page.article.get("author") or page.article.get("creator") or self._of_the_page()
        )
        self.raw: dict[str, list[str]] = {"json_ld": [text for text, _ in self.stated]}
        self._seen: list[byline.Candidate] | None = None
        house = [is_org for _, is_org in self.stated]
        self.only_houses = bool(house) and all(house)

    def _of_the_page(self) -> Any:
        """Some state the author with the page and leave the article without."""
        return next((x for n in self.page.graph.nodes if (x := n.get("author")) and is_page(n)), [])

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
        authors = [e for e in page.items("author")[:40] if not byline.of_something_else(e)]
        named = (e for author in authors[:4] for e in author.iter("*") if e.get("itemprop") == "name")
        for nodes in ([*islice(named, 4)], authors[:4], [*islice(root.iterfind(".//a[@rel='author']"), 4)]):
            if nodes:
                texts = [page.text(e, 80) or (e.get("content") or "")[:200] for e in nodes]
                self.raw["microdata"] = [t for t in texts if t]
                return self.persons([t for t in texts if t])
        return []

    def from_card(self) -> list[str]:
        """`Written by` of the two labelled values of a twitter card."""
        labelled = ((self.page.first(f"twitter:label{n}"), self.page.first(f"twitter:data{n}")) for n in (1, 2))
        self.raw["card"] = [value for label, value in labelled if _CARD_LABEL.search(label)]
        return self.persons(self.raw["card"])

    def visible(self, *, sure: bool = False, marked: bool = False) -> list[str]:
        if self._seen is None:
            self._seen = byline.candidates(self.page)
        return self.keep(byline.visible(self.page, self.persons, self._seen, sure=sure, marked=marked))

    def keep(self, found: byline.Found) -> list[str]:
        """The names of a byline; its text is kept as the page has it."""
        if found[0]:
            self.raw["page"] = [found[1]]
        return found[0]

    def from_label(self) -> list[str]:
        value = byline.labelled(self.page)
        return self.keep((self.persons([value]), value)) if value else []

    def houses_stated(self) -> tuple[str, ...]:
        """The organisations, or the site itself, that JSON-LD, else meta or microdata state as author."""
        for texts in (
            self.stated,
            *([(t, False) for t in self.raw.get(x, ())] for x in ("meta", "microdata", "card")),
        ):
            found = [(tidy(text), is_org) for text, is_org in texts]
            houses = [x for x, is_org in found if is_org or self.is_house(x)]
            if fit := [x for x in houses if 1 < len(x) < 70 and "://" not in x and "@" not in x]:
                return tuple(dict.fromkeys(fit))[:3]
        return ()

    def linked(self, people: list[str]) -> list[str]:
        return self.keep(byline.linked(self.page, people, self.persons))

    def _beside_headline(self, people: list[str]) -> bool:
        lines = self.page.outline.lines
        at = next((i for i, x in enumerate(lines) if x.block is self.page.h1_node), 0)
        wanted = [key(x) for x in people]
        near = [x for x in lines[max(0, at - 10) : at + BESIDE] if not _EDITOR.match(x.text)]
        return any(w in x.key for x in near for w in wanted)

    def outvoted(self, people: list[str]) -> list[str]:
        """The visible byline names somebody else, and the stated one is nowhere beside the headline, is the name of
        an account, or a meta element agrees with the byline: what is stated is then the editor, or who put it up."""
        if self._beside_headline(people):
            return []
        sure = self.visible(sure=True, marked=True)
        if sure and not _share_words(sure, people) and not any(map(names.JOB.search, sure)):
            return sure
        if len(people) == 1 and _ACCOUNT.fullmatch(people[0]):
            seen = self.visible()
            return seen if all(map(names.nameish, seen)) else []
        meta = self.page.meta
        stated = {key(y) for y, _ in self.stated}
        rest = {key(tidy(x)) for name in META for x in meta.get(name, ())[:10]} - stated
        if not rest:
            return []
        seen = self.visible()
        if not seen or len(seen) > 2:
            return []
        if _share_words(seen, people):
            return []
        return seen if all(key(x) in rest for x in seen) else []


def _share_words(some: list[str], others: list[str]) -> bool:
    return any(set(key(x).split()) & set(key(y).split()) for x in some for y in others)


def signed(page: Page, body: list[str]) -> tuple[str, ...]:
    """Authors by the signature over or under the lines of the body: the last resort."""
    return tuple(byline.signature(page, body, Finder(page).persons))


def find(page: Page, headline: str | None = None) -> Authors:
    """Authors of a page by what it states and shows."""
    finder = Finder(page)
    every, people = finder.split(finder.stated)
    candidates: list[tuple[str, str]] = [("json_ld", ", ".join(every))] if every else []
    source = "json_ld" if people else ""
    houses = [name for name in every if name not in people]
    chain: tuple[tuple[str, Callable[[], list[str]], bool], ...] = (
        ("meta", finder.from_meta, True),
        ("microdata", finder.from_microdata, True),
        ("meta", finder.from_card, True),
        ("page", finder.from_label, True),
        ("page", lambda: finder.visible(sure=finder.only_houses), True),
        ("page", lambda: finder.keep(byline.near_date(page, finder.persons)), page.h1_node is not None),
        ("page", lambda: finder.keep(wording.said(page, headline, finder.persons)), not finder.only_houses),
    )
    for i, (name, look, allowed) in enumerate(chain):
        if not allowed or (people and i > 1):
            continue
        found = look()
        if found:
            candidates.append((name, ", ".join(found)))
            if not people:
                people, source = found, name
    if (
        source in ("json_ld", "meta")
        and len(people) < 4
        and (more := finder.keep(byline.linked(page, people, finder.persons)))
    ):
        people, source = more, "page"
        candidates.append(("page", ", ".join(more)))
    if source in ("json_ld", "meta") and len(people) <= 2 and (other := finder.outvoted(people)):
        people, source = other, "page"
        candidates.append(("page", ", ".join(other)))
    alone = finder.houses_stated() if STATED_HOUSES and not people else ()
    raw = "; ".join(squeeze(tidy(x)) for x in finder.raw.get(source, people)[:20]) or None
    return Authors(tuple(people[:MAX_STATED]), raw, source, tuple(houses), alone, tuple(candidates))
