"""The caption of the lead picture and who made it: JSON-LD, the figure that holds it, and the words between the two.

schema.org ImageObject: caption, creditText, creator, copyrightHolder, copyrightNotice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from archive.extract import names
from archive.extract.fields import Candidates
from archive.extract.jsonld import Node, first_text
from archive.extract.page import Page, spaced
from archive.extract.text import key, tidy

MAX_FIGURES = 40
MAX_CAPTION = 600  # characters
MAX_CREDIT = 120
MAX_IMAGES = 200
BEFORE, AFTER = 80, 120  # elements around the h1 in which the lead picture stands
_CREDIT_CLASS = re.compile(
    r"(?i)credit|copyright|photographer|fotograf|photo-?by|urheber|image-?source|img-?source"
    r"|(?:^|[-_ ])(?:source|quelle|rights|autor|author|attribution|agency|agentur|byline)(?:[-_ ]|$)"
)
_CAPTION_CLASS = re.compile(r"(?i)caption|legend|bildunterschrift|bildtext|didascalia|leyenda|pie-?de-?foto")
_OUTSIDE = re.compile(
    r"(?i)\b(?:nav|footer)\b|comment|related|recirc|recommend|teaser|promo|sidebar|author|avatar|logo|newsletter"
)
_NO_TEXT = frozenset(("button", "script", "style", "noscript", "svg", "template"))
_WORD = (
    r"(?:(?:\w{2,12})?(?:foto|bild|photo)|image|picture|pic|fotografía|fotografia|fotó|photographe|crédits?|credits?"
    r"|cr[ée]dit photo|photo credit|image credit|photo courtesy|image courtesy|courtesy|source|quelle|fuente|fonte|bron"
    r"|fotograf\w{0,3}|fotoğraf|collage|montage|grafik|graphic|illustration|写真|撮影|фото|коллаж|zdjęcie|kuva|kép"
    r")(?:/[^\W\d_]{2,12})?"
)
_ENDS = r"[)\]]?\s?\.?$"
# "Photo: Jane Doe/Agency", "© Agency", "(Foto: Jane Doe (AGENCY))"; "photo by" only where a sentence begins.
_LABELLED = re.compile(
    rf"(?i)(?:(?:^|[\s.,;!?…»”\"'(\[|–—-])(?:{_WORD}\s?[:：]|courtesy of\b|©|\(c\)|ⓒ)"
    rf"|(?:^|[.,;!?…»”\"'(\[|–—-]\s?){_WORD}\s(?:by|von|di|de|par)\b)\s?"
    rf"(?P<who>[^()\[\]]{{2,110}}(?:\([^()]{{2,40}}\)[^()\[\]]{{0,40}})?){_ENDS}"
)
_AGENCY = (
    r"(?:AFP|AP|dpa|Reuters|EPA|ANSA|EFE|ANP|NTB|TT|PA|Getty(?: Images)?|Shutterstock|Alamy|iStock|Imago|Bloomberg"
    r"|Xinhua|Kyodo|Yonhap|TASS|Belga|Keystone|Scanpix|Ritzau|Unsplash|Pexels|Pixabay|Adobe ?Stock|picture alliance"
    r"|AP Photo|Press Association|Associated Press|Archiv|Handout|Wikimedia(?: Commons)?|Flickr|Depositphotos)"
)
# A name and an agency at the end: "(Jane Doe/AFP)", "[AP Photo/Jane Doe]", "| Jane Doe / Getty Images".
_BY_AGENCY = re.compile(
    rf"(?:[(\[]|\s[|–—]\s|[.!?]\s?|^)(?P<who>(?:[^()\[\].|]{{0,60}}?\s?[/,–-]\s?)?{_AGENCY}\b"
    rf"(?:(?:\s?[/,]\s?|\s(?:via|for)\s)[^()\[\].|]{{2,60}})?){_ENDS}"
)
# A name in brackets behind the last sentence: "The quay at night. (Jane Doe)", "(Jane Doe/HOUSE)".
_BRACKETED = re.compile(
    r"(?:(?<=[.!?…»”])\s?\((?P<a>[^()/\d]{5,50})\)|\((?P<b>[^()/\d]{3,50}/[^()\d]{2,40})\))\.?$"
)
_CJK = re.compile(
    r"[（(＝、](?P<a1>[^（）()＝、]{2,20}?)(?:撮影|提供)[）)]?$|＝(?P<a2>ＡＰ|AP|ＡＦＰ|AFP|ロイター|共同|時事|ゲッティ)$"
)
_PREFIX = re.compile(
    r"(?i)^(?:(?:image caption|image source|caption|alt text|bildunterschrift|l[ée]gende|leyenda)\s?[,:]|[|–—·•-])\s"
    r"|^(?-i:Caption)\s(?=[A-Z])"
)
_LABEL = re.compile(
    rf"(?i)^(?:(?:photo|image|picture) credits?\b|{_WORD}\s?(?:[:：]|\b(?:by|von)\b)|©|\(c\)|ⓒ|{_WORD}$)\s?"
)
_HOUSE = re.compile(r"[^./\d]{3,40}\s?/\s?[^./\d]{2,40}")  # nothing but "Jane Doe / House"
_REST = re.compile(r"\s/\s?[^/.]{2,50}$")
_ONLY_LABEL = re.compile(rf"(?i){_WORD}")
_MORE = re.compile(r"(?i)\s(?:read|show|see|view) more$|\svis mer$|\smehr (?:anzeigen|lesen)$")
_SIZE = re.compile(r"[-_](?:\d{2,4}x\d{0,4}|scaled|\d{3,4}w?)$")


@dataclass(slots=True)
class Picture:
    """Candidates (source, text) of the caption and of the credit, the likeliest first."""

    titles: frozenset[str] = frozenset()  # keys of the headline's forms, which are no caption
    names: frozenset[str] = frozenset()  # keys of the publisher's names
    captions: Candidates = field(default_factory=list)
    credits: Candidates = field(default_factory=list)

    def add(self, source: str, caption: str, credit: str = "") -> None:
        """A caption may hold its credit, which then goes by itself; a credit that is stated stands for itself."""
        caption = _PREFIX.sub("", _MORE.sub("", tidy(caption)))
        text, found = split(caption) if caption else ("", "")
        credit = _PREFIX.sub("", _MORE.sub("", tidy(credit)))
        credit = _LABEL.sub("", _LABEL.sub("", credit)).strip(" .,;|()[]") or found
        credit += found if found.startswith("/") and credit != found else ""
        if credit and (rest := _REST.search(text)):  # the house stands behind the element that names the person
            credit, text = credit + rest[0].strip(), text[: rest.start()].strip()
        if credit and text and key(text).endswith(key(credit)) and key(text) != key(credit):
            text = _without_end(text, credit)
        if key(text) in self.names:  # a house below its picture
            credit, text = credit or text, ""
        fits = 1 < len(text) <= MAX_CAPTION and any(map(str.isalpha, text)) and not _ONLY_LABEL.fullmatch(text)
        if fits and key(text) not in self.titles and not names.BY_TEXT.match(text):
            self.captions.append((source, text))
        if 1 < len(credit) <= MAX_CREDIT and any(map(str.isalpha, credit)):
            longer = any(key(credit).startswith(f"{key(known)} ") for _, known in self.credits)
            self.credits.insert(0 if longer else len(self.credits), (source, credit))


def describe(page: Page, image: str | None) -> Picture:
    """What the page says of `image` (absolute URL): its figure, then JSON-LD; or JSON-LD, and then the first figure
    of the article, if none is known to hold it."""
    titles = frozenset(key(x) for x in (page.h1, page.og, page.ld_headline, page.title))
    houses = frozenset(key(x) for x in (page.publisher_name(), page.first("og:site_name")) if x)
    picture = Picture(titles, houses)
    figures = [e for e in islice(page.root.iter("figure"), MAX_FIGURES) if not _is_outside(e)]
    own = _holder(page, figures, image) if image else None
    if own is not None:
        picture.add("page", *_said(page, own))
    for node in _nodes(page, image):
        holder = next((x for x in ("creditText", "creator", "author", "copyrightHolder", "copyrightNotice")
                       if first_text(page.graph.resolve(node.get(x)))), "")  # fmt: skip
        credit = first_text(page.graph.resolve(node.get(holder))) if holder else None
        caption = tidy(first_text(node.get("caption")) or "")
        picture.add("json_ld", caption if _is_caption(page, caption) else "", credit or "")
    if own is None and (first := _first(page, figures)) is not None:
        picture.add("page", *_said(page, first))
    return picture


def _is_caption(page: Page, stated: str) -> bool:
    """Whether a stated caption is one, and not the name of a file, the headline or a text for screen readers: it is
    shown, a sentence, or long."""
    k = key(stated)
    if " " not in k:
        return False
    if stated[-1] in ".!?…”»\"')" or len(k.split()) > 8:
        return True
    return any(k in line.key for line in page.outline.lines if len(line.text) <= MAX_CAPTION)


def split(caption: str) -> tuple[str, str]:
    """A caption -> (caption, credit): `The quay at night (Photo: Jane Doe/Agency)`; either may be empty."""
    caption = caption[:MAX_CAPTION]
    if _HOUSE.fullmatch(caption) and names.nameish(caption.partition("/")[0]):
        return "", caption
    for expression in (_LABELLED, _BY_AGENCY, _BRACKETED, _CJK):
        match = expression.search(caption)
        who = next((x for x in match.groups() if x), "") if match else ""
        if not match or len(who.split()) > 12 or (match.lastgroup == "a" and not names.nameish(who)):
            continue
        before = caption[: match.start()]
        if caption[match.start()] in ".!?…»”\"'":
            before += caption[match.start()]
        return before.strip(" ,;|–—-([").strip(), who.strip(" .,;|")
    return caption, ""


def _without_end(text: str, credit: str) -> str:
    at = text.casefold().rfind(credit.casefold())
    return _LABEL.sub("", text[:at][::-1])[::-1].rstrip(" ,;|–—-([©") if at > 0 else text


def _nodes(page: Page, image: str | None) -> Iterator[Node]:
    """The ImageObjects of the article that are this picture, or its only one."""
    value = page.article.get("image")
    stated = [page.graph.resolve(x) for x in (value if isinstance(value, list) else [value])[:10]]
    nodes = [x for x in stated if isinstance(x, dict)]
    same = [x for x in nodes if _same(_url(x), image)]
    yield from same or nodes[:1]


def _url(node: Node) -> str:
    value: Any = node.get("url") or node.get("contentUrl") or node.get("@id")
    return first_text(value) or ""


def _same(one: str, other: str | None) -> bool:
    """Whether two URLs are of the same picture, whatever its size."""
    return bool(one and other) and _stem(one) == _stem(other or "") != ""


def _stem(url: str) -> str:
    name = unquote(urlsplit(url[:2000]).path).rstrip("/").rpartition("/")[2].rpartition(".")
    stem = (name[0] or name[2]).lower()
    return _SIZE.sub("", stem) if len(stem) > 4 else ""


def _holder(page: Page, figures: list[HtmlElement], image: str) -> HtmlElement | None:
    """The figure, or what stands for one, that holds the picture."""
    for e in figures:
        if any(_same(src, image) for src in _sources(e)):
            return e if _caption_of(page, e) is not None else None
    for img in islice(page.root.iter("img"), MAX_IMAGES):
        if any(_same(src, image) for src in _sources(img)) and not _is_outside(img):
            return next((a for a in islice(img.iterancestors(), 4) if _caption_of(page, a) is not None), None)
    return None


def _first(page: Page, figures: list[HtmlElement]) -> HtmlElement | None:
    """The first figure beside the h1 that is a picture with a caption, and neither a film nor a way elsewhere."""
    if page.h1_node is None or not figures:
        return None
    wanted = {*figures, page.h1_node}
    at = {e: i for i, e in enumerate(page.outline.sizes) if e in wanted}
    h1 = at.get(page.h1_node)
    if h1 is None:
        return None
    for e in figures:
        if not h1 - BEFORE <= at.get(e, -1000) <= h1 + AFTER or next(e.iter("img", "picture"), None) is None:
            continue
        elsewhere = next(e.iter("video", "iframe", "audio"), None) is not None or e.getparent().tag == "a"
        caption = _caption_of(page, e)
        if caption is not None and not elsewhere and page.size(caption) > _linked(page, caption):
            return e
    return None


def _linked(page: Page, e: HtmlElement) -> int:
    return 2 * sum(page.size(a) for a in islice(e.iter("a"), 20))


def _is_outside(e: HtmlElement) -> bool:
    around = islice(e.iterancestors(), 5)
    marks = " ".join(f"{a.tag} {(a.get('class') or '')[:200]}" for a in around if a.tag not in ("html", "body"))
    return bool(_OUTSIDE.search(marks))


def _sources(e: HtmlElement) -> Iterator[str]:
    for node in islice(e.iter("img", "source"), 8):
        for name in ("src", "data-src", "data-original", "srcset", "data-srcset"):
            if value := node.get(name):
                yield value[:1000].strip().partition(" ")[0]


def _caption_of(page: Page, e: HtmlElement) -> HtmlElement | None:
    caption = next(e.iter("figcaption"), None)
    if caption is None and page.size(e) <= 2 * MAX_CAPTION:
        marked = (x for x in islice(e.iter("div", "p", "span", "small", "em"), 60) if x is not e)
        caption = next((x for x in marked if _CAPTION_CLASS.search((x.get("class") or "")[:200])), None)
        if caption is None and e.tag == "figure":
            caption = next(_credits(e), None)
    return caption if caption is not None and 0 < page.size(caption) <= MAX_CAPTION else None


def _credits(e: HtmlElement) -> Iterator[HtmlElement]:
    for x in islice(e.iter("span", "div", "p", "small", "em", "cite", "a", "b", "i"), 60):
        if x is not e and _CREDIT_CLASS.search(f"{(x.get('class') or '')[:200]} {(x.get('itemprop') or '')[:40]}"):
            yield x


def _said(page: Page, figure: HtmlElement) -> tuple[str, str]:
    """(caption, credit) of a figure: the text of its caption without that of the element which names the maker."""
    caption = _caption_of(page, figure)
    if caption is None:
        return "", ""
    around = figure if page.size(figure) <= 2 * MAX_CAPTION else caption
    credit = next((x for x in _credits(around) if 0 < page.size(x) <= MAX_CREDIT), None)
    said = _text(credit) if credit is not None else ""
    if credit is caption:
        return "", said
    inside = credit is not None and any(a is caption for a in credit.iterancestors())
    return _text(caption, without=credit if inside else None), said


def _text(e: HtmlElement, without: HtmlElement | None = None) -> str:
    """The text of an element as a reader sees it, without buttons and without one element inside it."""
    return spaced(e, lambda x: x is without or x.tag in _NO_TEXT)
