"""What stands around each line of the page: its block elements with their classes, and sums over what they hold.

Everything is computed once an element, parents before children, so that a page costs the number of its elements and
never the square of its depth.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from lxml.html import HtmlElement

from archive.extract.outline import BLOCKS, Line

# Words of a class or id, by what they say of an element; two words that stand side by side are looked up as one.
CATEGORIES = {
    "related": r"related|recommend\w*|readmore|readnext|more(?:on|from|stories)|most(?:read|popular)|trending|popular"
    r"|outbrain|taboola|alsolike|next(?:story|article)|upnext|similar|suggest\w*|latest",
    "teaser": r"teaser|card|promo\w*|tile|feed|listing|listitem|carousel|slider|grid|river|collection",
    "newsletter": r"newsletter|subscri\w*|signup|cta|optin|mailing|registration|donat\w*|membership|paywall|offer|piano"
    r"|gate",
    "caption": r"caption|credits?|figure|gallery|photo|image|media|video|picture|player",
    "author": r"author\w*|bio|byline|contributors?|writer|profile|avatar",
    "share": r"shar(?:e|ing)|social|follow|facebook|twitter|whatsapp|buttons?",
    "comment": r"comments?|disqus|respond|discussion|replies|reply",
    "ad": r"ads?|advert\w*|sponsor\w*|banner|dfp|gpt|affiliate|commercial",
    "tags": r"tags?|topics?|keywords?|breadcrumbs?|categor\w*|labels?|kicker|pill",
    "nav": r"nav\w*|menu\w*|toolbar|pagination|pager|toc|skip|search|topbar|masthead",
    "footer": r"footer|foot|copyright|legal|disclaimer|disclosure|colophon",
    "side": r"sidebar|side|rail|aside|widget\w*|secondary|right|left|modal|popup|overlay|cookie\w*|consent|gdpr|hidden"
    r"|sticky|tooltip",
    "date": r"date|time\w*|published|updated|meta\w*|info|duration|reading",
    "title": r"title|headline|heading|head|header|hed",
    "lead": r"lead|lede|dek|summary|intro\w*|standfirst|subtitle|subhead\w*|excerpt|description|abstract|chapo"
    r"|highlights?|keypoints?|takeaways?",
    "body": r"(?:article|story|post|entry|page|main|body)(?:content|body|text|copy)|content(?:body|text)|richtext|rte"
    r"|prose|wysiwyg",
    "article": r"article|story|post|entry|content|main|body|text|copy|single|hentry",
    "para": r"paragraphs?|para|p",
    "embed": r"embed\w*|tweet|instagram|youtube|quote|pullquote|blockquote|box|factbox|infobox|callout|note|table",
}
_N = len(CATEGORIES)
_EXPRESSIONS = [re.compile(words) for words in CATEGORIES.values()]
_ANY = re.compile("|".join(CATEGORIES.values()))  # of most words none says anything: one look tells
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN = re.compile(r"[-_\s]+")
_DIGITS = re.compile(r"\d+")
MARK_LENGTH = 300  # characters of a class and id that are looked at
FAR = 9  # levels to an element of a category; also what stands for "none"
MAX_LEVELS = 200  # of blocks around a line that are looked at

FLAGS = (
    "article", "main", "aside", "nav", "footer", "header", "figure", "figcaption", "form", "table", "list",
    "blockquote", "button", "details", "article_body", "hidden", "role",
)  # fmt: skip
_BIT = {name: 1 << i for i, name in enumerate(FLAGS)}
_BY_TAG = {name: bit for name, bit in _BIT.items() if name not in ("list", "article_body", "hidden", "role")}
_BY_TAG |= {"ul": _BIT["list"], "ol": _BIT["list"]}
_SIDE_ROLES = frozenset(("navigation", "complementary", "banner", "contentinfo", "dialog", "search"))


@lru_cache(maxsize=16384)
def _of_word(word: str) -> tuple[int, ...]:
    if not _ANY.fullmatch(word):
        return ()
    return tuple(i for i, expression in enumerate(_EXPRESSIONS) if expression.fullmatch(word))


@lru_cache(maxsize=8192)
def categories(classes: str, ident: str) -> tuple[int, ...]:
    """Indices into `CATEGORIES` of what the words of a class and id say."""
    marks = f"{classes} {ident}"[:MARK_LENGTH]
    words = [w for w in _BETWEEN.split(_CAMEL.sub("-", marks).lower()) if w]
    pairs = (a + b for a, b in pairwise(words))
    return tuple(dict.fromkeys(i for word in (*words, *pairs) for i in _of_word(word)))


@lru_cache(maxsize=8192)
def _look(classes: str) -> str:
    """Four of an element's classes, without their numbers: what elements of one style share."""
    return _DIGITS.sub("0", " ".join(sorted(classes[:MARK_LENGTH].split())[:4]))


class Containers:
    """The block elements around the lines of a page, as parallel lists; the first is the root of all.

    `parent[i] < i` but for the root, which is its own parent.
    """

    def __init__(self) -> None:
        self.nodes: list[HtmlElement] = []
        self.parent: list[int] = []
        self.depth: list[int] = []
        self.flags: list[int] = []
        self.near: list[list[int]] = []  # levels up to the nearest element of each category
        self.signature: list[str] = []
        self.article: list[int] = []  # number of the enclosing article element, 0 for none
        self.articles = 0
        self._index: dict[HtmlElement, int] = {}

    def of(self, line: Line) -> int:
        """The index of a line's block; elements around it are entered as they are met."""
        found = self._index.get(line.block)
        if found is not None:
            return found
        chain: list[HtmlElement] = []
        e: HtmlElement | None = line.block
        while e is not None and e not in self._index and len(chain) < MAX_LEVELS:
            if e.tag in BLOCKS or "-" in e.tag or not chain:
                chain.append(e)
            e = e.getparent()
        at = self._index[e] if e is not None and e in self._index else -1
        for e in reversed(chain):
            at = self._enter(e, at)
        return at

    def _enter(self, e: HtmlElement, parent: int) -> int:
        here = len(self.nodes)
        self._index[e] = here
        self.nodes.append(e)
        self.parent.append(max(parent, 0))
        classes, ident = e.get("class") or "", e.get("id") or ""
        flags = _BY_TAG.get(e.tag, 0)
        if len(e.attrib) > bool(classes) + bool(ident):
            flags |= _stated(e.attrib)
        own = categories(classes, ident) if classes or ident else ()
        if len(e) == 1 and not (e.text and e.text.strip()) and not (e[0].tail and e[0].tail.strip()):
            own = (*own, *categories(e[0].get("class") or "", ""))  # an inline element that holds all of it
        if parent < 0:
            self.depth.append(0)
            self.flags.append(flags)
            near = [FAR] * _N
            number = 0
        else:
            self.depth.append(self.depth[parent] + 1)
            self.flags.append(flags | self.flags[parent])
            near = [d + 1 if d < FAR else FAR for d in self.near[parent]]
            number = self.article[parent]
        for category in own:
            near[category] = 0
        if e.tag == "article":
            self.articles += 1
            number = self.articles
        self.near.append(near)
        self.article.append(number)
        self.signature.append(f"{e.tag}.{_look(classes)}" if classes else e.tag)
        return here

    def place(self, at: int) -> str:
        """An element as a selector for people: tag and first class, e.g. "aside.related"."""
        e = self.nodes[at]
        classes = (e.get("class") or "").split()
        return f"{e.tag}.{classes[0][:40]}" if classes else str(e.tag)

    def category(self, at: int) -> tuple[str, int] | None:
        """The nearest category that names something else than text, and how many levels up it stands."""
        near = self.near[at]
        level, name = min(
            ((near[i], name) for i, name in enumerate(CATEGORIES) if name not in _TEXT), default=(FAR, "")
        )
        return (name, level) if level < FAR else None


_TEXT = frozenset(("body", "article", "para", "lead", "title", "embed"))


def _stated(attributes: dict[str, str]) -> int:
    """What attributes say of an element."""
    flags = 0
    if "articleBody" in attributes.get("itemprop", ""):
        flags |= _BIT["article_body"]
    style = attributes.get("style", "")
    if (
        "hidden" in attributes
        or ("none" in style and "display" in style)
        or attributes.get("aria-hidden") == "true"
    ):
        flags |= _BIT["hidden"]
    role = attributes.get("role")
    if role in _SIDE_ROLES:
        flags |= _BIT["role"]
    if role in ("main", "article"):
        flags |= _BIT["main"]
    return flags
