"""Changes that a publisher might make to a template, as edits of a finished article page of the demo newspaper.

`HARMFUL` take something from whoever reads the pages by program; `HARMLESS` do not.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import html as markup
from lxml.html import HtmlElement

Edit = Callable[[HtmlElement, int], None]  # of a page, and which one it is after the change, from 0


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """`publisher`: whose pages have what is changed; `fields`: of which at least one must be named."""

    name: str
    publisher: str
    edit: Edit
    fields: tuple[str, ...] = ()

    def apply(self, page: bytes, number: int = 0) -> bytes:
        """The page (UTF-8) after the change; `number`: of those after it, from 0."""
        root = markup.document_fromstring(page.decode())
        self.edit(root, number)
        changed: bytes = markup.tostring(root, encoding="utf-8", doctype="<!DOCTYPE html>")
        return changed


# Hands that the edits share.


def _all(root: HtmlElement, name: str) -> list[HtmlElement]:
    """Elements of a class, or, without a dot, of a tag."""
    if name.startswith("."):
        return list(root.find_class(name[1:]))
    return list(root.iter(name))


def _drop(root: HtmlElement, *names: str) -> None:
    for name in names:
        for element in _all(root, name):
            element.drop_tree()


def _drop_meta(root: HtmlElement, *names: str) -> None:
    for meta in list(root.iter("meta")):
        if any((meta.get("property") or meta.get("name") or "").startswith(name) for name in names):
            meta.drop_tree()


def _element(source: str) -> HtmlElement:
    made = markup.fragment_fromstring(source)
    assert isinstance(made, HtmlElement)
    return made


def _rename(root: HtmlElement, name: str, other: str) -> None:
    for element in _all(root, name):
        element.set("class", other)


def _json_ld(root: HtmlElement, change: Callable[[dict[str, Any]], None]) -> None:
    for script in root.xpath('//script[@type="application/ld+json"]'):
        data = json.loads(script.text)
        change(data)
        script.text = json.dumps(data, ensure_ascii=False)


def _body(root: HtmlElement) -> HtmlElement:
    for name in ("article__body", "story-content", "entry-content"):
        if found := root.find_class(name):
            return found[0]
    raise ValueError("the page has no body")


def _paragraphs(root: HtmlElement) -> list[HtmlElement]:
    return [child for child in _body(root) if child.tag == "p"]


def _insert(root: HtmlElement, source: str, every: int = 3) -> None:
    for number, paragraph in enumerate(_paragraphs(root)):
        if number % every == 1:
            paragraph.addnext(_element(source))


# What harms.


def _no_json_ld(root: HtmlElement, _: int) -> None:
    _drop(root, "script")


def _broken_json_ld(root: HtmlElement, _: int) -> None:
    for script in root.xpath('//script[@type="application/ld+json"]'):
        script.text = "{{ article | to_json }}"


def _no_byline(root: HtmlElement, _: int) -> None:
    _drop(root, ".article__byline", ".author-box")
    _json_ld(root, lambda data: data.pop("author"))


def _moved_byline(root: HtmlElement, _: int) -> None:
    (names,) = root.find_class("story-by")
    text = names.text_content()
    _drop(root, ".story-by", ".author-box")
    root.find_class("footer-links")[0].append(_element(f"<span>{text}</span>"))


def _renamed(root: HtmlElement, _: int) -> None:
    (names,) = root.find_class("story-by")
    text = names.text_content()
    for child in list(names):
        names.remove(child)
    names.text = text
    _drop(root, ".author-box")
    for old, new in (("story-by", "c1"), ("story-date", "c2"), ("story-content", "c3"), ("story-wrap", "c4")):
        _rename(root, f".{old}", new)


def _other_date(root: HtmlElement, _: int) -> None:
    (date,) = root.find_class("story-date")
    date[0].text = "Published on: sometime this week"


def _no_date(root: HtmlElement, _: int) -> None:
    _drop(root, ".story-date")


def _no_zone(root: HtmlElement, _: int) -> None:
    def cut(text: str) -> str:
        return re.sub(r"(Z|[+-]\d\d:\d\d)$", "", text)

    for time in root.iter("time"):
        time.set("datetime", cut(time.get("datetime") or ""))
    _json_ld(root, lambda data: data.update({name: cut(data[name]) for name in ("datePublished", "dateModified")}))


def _no_time(root: HtmlElement, _: int) -> None:
    for time in root.iter("time"):
        time.set("datetime", (time.get("datetime") or "")[:10])
        time.text = (time.get("datetime") or "")[:10]
    for meta in root.iter("meta"):
        if (meta.get("property") or "").endswith("_time"):
            meta.set("content", (meta.get("content") or "")[:10])


def _site_as_headline(root: HtmlElement, _: int) -> None:
    name = root.find_class("masthead")[0].text_content()
    for h1 in root.iter("h1"):
        h1.text = name
    for title in root.iter("title"):
        title.text = name
    for meta in root.iter("meta"):
        if meta.get("property") == "og:title":
            meta.set("content", name)


def _no_headline(root: HtmlElement, _: int) -> None:
    for h1 in list(root.iter("h1")):
        h1.text = "Latest news"
    for title in root.iter("title"):
        title.text = "Latest news"
    _drop_meta(root, "og:title")


def _no_open_graph(root: HtmlElement, _: int) -> None:
    _drop_meta(root, "og:", "article:")


def _two_containers(root: HtmlElement, _: int) -> None:
    body = _body(root)
    children = list(body)
    rest = _element('<div class="more-text"></div>')
    for child in children[max(2, len(children) // 4) :]:
        rest.append(child)
    foot = root.find_class("similar-posts")[0]
    foot.addnext(rest)


def _as_list(root: HtmlElement, _: int) -> None:
    body = _body(root)
    items = _element('<ul class="facts"></ul>')
    for paragraph in _paragraphs(root):
        paragraph.tag = "li"
        items.append(paragraph)
    body.insert(0, items)


def _paywall(root: HtmlElement, _: int) -> None:
    for paragraph in _paragraphs(root)[1:]:
        paragraph.drop_tree()
    _body(root).append(
        _element(
            '<section class="paywall box"><h3>Subscribe to read on</h3>'
            "<p>This article is for subscribers. Already a subscriber? Log in.</p><button>Subscribe</button></section>"
        )
    )
    _json_ld(root, lambda data: data.update({"isAccessibleForFree": False}))


def _consent(root: HtmlElement, _: int) -> None:
    (page,) = root.iter("body")
    for child in list(page):
        page.remove(child)
    page.append(
        _element(
            '<div class="consent-wall" role="dialog"><h1>We value your privacy</h1><p>We and our partners store and '
            "access cookies on your device. Please accept to continue to the site.</p>"
            "<button>Accept all</button><button>Manage settings</button></div>"
        )
    )
    _drop(root, "script")
    _drop_meta(root, "og:", "description")


def _related_inside(root: HtmlElement, _: int) -> None:
    links = [item.text_content() for box in root.find_class("related") for item in box.iter("li")]
    for text, paragraph in zip(links, _paragraphs(root)[1:], strict=False):
        made = _element("<p></p>")
        made.text = text
        paragraph.addnext(made)


def _share_inside(root: HtmlElement, _: int) -> None:
    _insert(root, "<p>Tell your friends about this story and find us on every channel you like to read.</p>")


def _biography_inside(root: HtmlElement, _: int) -> None:
    for box in root.find_class("author-box"):
        for text in list(box.iter("p")):
            _paragraphs(root)[-1].addprevious(_element("<p></p>"))
            inside = _paragraphs(root)[-2]
            inside.text = text.text_content()
        box.drop_tree()


def _captions_inside(root: HtmlElement, _: int) -> None:
    for caption in list(root.iter("figcaption")):
        made = _element("<p></p>")
        made.text = caption.text or ""
        _paragraphs(root)[0].addnext(made)
        if caption.getparent() is not None:
            caption.getparent().drop_tree()


def _no_section(root: HtmlElement, _: int) -> None:
    _drop(root, ".cat-links")
    _drop_meta(root, "article:section")
    for article in root.iter("article"):
        article.set("class", "post type-post")


def _wrong_language(root: HtmlElement, _: int) -> None:
    root.set("lang", "fr")
    _json_ld(root, lambda data: data.update({"inLanguage": "fr"}))


def _front_as_canonical(root: HtmlElement, _: int) -> None:
    front = re.match(r"https?://[^/]+/", root.xpath('string(//link[@rel="canonical"]/@href)'))
    assert front
    for link in root.xpath('//link[@rel="canonical"]'):
        link.set("href", front.group())
    for meta in root.xpath('//meta[@property="og:url"]'):
        meta.set("content", front.group())
    _json_ld(root, lambda data: data.update({"mainEntityOfPage": front.group()}))


def _logo(root: HtmlElement, _: int) -> None:
    _drop(root, ".story-image")
    for meta in root.xpath('//meta[@property="og:image"]'):
        meta.set("content", "/logo.png")


def _no_description(root: HtmlElement, _: int) -> None:
    _drop(root, ".lead")
    _drop_meta(root, "description", "og:description")


HARMFUL = (
    TemplateChange("JSON-LD removed", "courier", _no_json_ld, ("keywords", "headline", "authors", "date_published")),
    TemplateChange("JSON-LD broken", "courier", _broken_json_ld, ("keywords", "headline", "authors", "date_published")),
    TemplateChange("byline removed", "courier", _no_byline, ("authors", "byline_raw")),
    TemplateChange("byline moved to the footer", "newsline", _moved_byline, ("authors", "byline_raw")),
    TemplateChange("classes renamed", "newsline", _renamed, ("authors", "byline_raw", "article_body")),
    TemplateChange("date format changed", "newsline", _other_date, ("date_published",)),
    TemplateChange("date removed", "newsline", _no_date, ("date_published",)),
    TemplateChange("time zone lost", "courier", _no_zone, ("date_published",)),
    TemplateChange("time of day lost", "gazette", _no_time, ("date_published",)),
    TemplateChange("headline is the site's name", "newsline", _site_as_headline, ("headline",)),
    TemplateChange("headline the same everywhere", "newsline", _no_headline, ("headline",)),
    TemplateChange("og: tags removed", "newsline", _no_open_graph, ("image", "headline")),
    TemplateChange("body in two containers", "newsline", _two_containers, ("article_body",)),
    TemplateChange("body in a list", "courier", _as_list, ("article_body",)),
    TemplateChange("paywall", "courier", _paywall, ("verdict", "article_body", "is_accessible_for_free")),
    TemplateChange("consent wall", "courier", _consent, ("verdict",)),
    TemplateChange("related links in the body", "courier", _related_inside, ("article_body",)),
    TemplateChange("share prompt in the body", "courier", _share_inside, ("article_body",)),
    TemplateChange("biography in the body", "newsline", _biography_inside, ("article_body",)),
    TemplateChange("captions in paragraphs", "courier", _captions_inside, ("article_body", "image_caption")),
    TemplateChange("section removed", "gazette", _no_section, ("article_section",)),
    TemplateChange("wrong language", "courier", _wrong_language, ("in_language",)),
    TemplateChange("canonical is the front page", "courier", _front_as_canonical, ("canonical_url",)),
    TemplateChange("picture is the logo", "newsline", _logo, ("image",)),
    TemplateChange("description removed", "newsline", _no_description, ("description",)),
)  # fmt: skip


# What does not.


def _into_head(source: str) -> Edit:
    def edit(root: HtmlElement, _: int) -> None:
        root.head.append(_element(source))

    return edit


def _without(*names: str) -> Edit:
    def edit(root: HtmlElement, _: int) -> None:
        _drop(root, *names)

    return edit


def _called(*pairs: tuple[str, str]) -> Edit:
    def edit(root: HtmlElement, _: int) -> None:
        for old, new in pairs:
            _rename(root, f".{old}", new)

    return edit


def _between(source: str) -> Edit:
    def edit(root: HtmlElement, _: int) -> None:
        _insert(root, source)

    return edit


def _at_the_end(source: str) -> Edit:
    def edit(root: HtmlElement, _: int) -> None:
        root.body.append(_element(source))

    return edit


def _wrapped(root: HtmlElement, _: int) -> None:
    (main,) = root.iter("main")
    around = _element('<div class="page-grid"><div class="page-grid__inner"></div></div>')
    main.addprevious(around)
    around[0].append(main)


def _fewer_pictures(root: HtmlElement, number: int) -> None:
    if number % 5 == 0:
        for figure in list(root.iter("figure"))[:1]:
            figure.drop_tree()


def _odd_article(root: HtmlElement, number: int) -> None:
    if number == 2:
        for paragraph in _paragraphs(root)[1:]:
            paragraph.drop_tree()
        _drop(root, ".article__byline")


def _new_section(root: HtmlElement, number: int) -> None:
    if number % 3 == 0:
        _json_ld(root, lambda data: data.update({"articleSection": "Regatta"}))
        for link in root.xpath('//p[@class="article__kicker"]/a'):
            link.text = "Regatta"


def _attributes(root: HtmlElement, number: int) -> None:
    for at, paragraph in enumerate(_paragraphs(root)):
        paragraph.set("data-block", f"{number}-{at}")


def _shorter_paragraphs(root: HtmlElement, _: int) -> None:
    for paragraph in _paragraphs(root):
        first, stop, rest = (paragraph.text or "").partition(". ")
        if stop and rest:
            paragraph.text = rest
            made = _element("<p></p>")
            made.text = first + "."
            paragraph.addprevious(made)


def _spaced(root: HtmlElement, _: int) -> None:
    for element in list(root.iter("p", "div")):
        element.tail = f"{element.tail or ''}\n    "
    root.body.insert(0, markup.HtmlComment(" rendered by a new server "))


def _wrapped_headline(root: HtmlElement, _: int) -> None:
    for h1 in root.iter("h1"):
        inner = _element('<span class="balance"></span>')
        inner.text, h1.text = h1.text, None
        h1.append(inner)


def _json_ld_added(root: HtmlElement, _: int) -> None:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": next(root.iter("h1")).text_content(),
        "author": [
            {"@type": "Person", "name": e.text_content()} for e in root.xpath('//div[@class="story-by"]/a')
        ],
    }
    script = _element('<script type="application/ld+json"></script>')
    script.text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    root.head.append(script)


def _longer_navigation(root: HtmlElement, _: int) -> None:
    for nav in root.iter("nav"):
        for items in nav.iter("ul"):
            items.append(_element('<li><a href="/regatta">Regatta</a></li>'))


def _other_order(root: HtmlElement, _: int) -> None:
    for box in root.find_class("author-box"):
        root.find_class("similar-posts")[0].addnext(copy.deepcopy(box))
        box.drop_tree()


HARMLESS = (
    TemplateChange("body's class renamed", "courier", _called(("article__body", "story__body"))),
    TemplateChange("header's class renamed", "courier", _called(("site-header", "top-bar"), ("site-footer", "base"))),
    TemplateChange("classes made by a build", "courier", _called(("article__meta", "css-1k9x2f"))),
    TemplateChange("one more wrapper", "courier", _wrapped),
    TemplateChange("white space and comments", "courier", _spaced),
    TemplateChange("longer navigation", "courier", _longer_navigation),
    TemplateChange("a picture fewer now and then", "courier", _fewer_pictures),
    TemplateChange("one odd article", "courier", _odd_article),
    TemplateChange("a new section", "courier", _new_section),
    TemplateChange("data attributes", "courier", _attributes),
    TemplateChange("shorter paragraphs", "courier", _shorter_paragraphs),
    TemplateChange("share buttons removed", "courier", _without(".article__share")),
    TemplateChange("comments removed", "courier", _without(".comments")),
    TemplateChange("related stories removed", "courier", _without(".related")),
    TemplateChange("cookie banner removed", "courier", _without(".cookie-banner")),
    TemplateChange("advertisements in the body", "courier", _between('<div class="ad ad--new"><small>Advertisement</small></div>')),
    TemplateChange("a newsletter form", "courier", _at_the_end('<form class="letter"><p>Our letter, every Friday.</p><input type="email"><button>Sign up</button></form>')),
    TemplateChange("theme colour", "newsline", _into_head('<meta name="theme-color" content="#b3132b">')),
    TemplateChange("another stylesheet", "newsline", _into_head('<link rel="stylesheet" href="/new.css">')),
    TemplateChange("headline in a span", "newsline", _wrapped_headline),
    TemplateChange("JSON-LD added", "newsline", _json_ld_added),
    TemplateChange("author box below", "newsline", _other_order),
    TemplateChange("pop-up removed", "newsline", _without(".popup-close")),
    TemplateChange("widget column removed", "gazette", _without(".widget-area")),
    TemplateChange("nothing at all", "gazette", lambda root, number: None),
)  # fmt: skip


def all_changes() -> Iterator[tuple[TemplateChange, bool]]:
    """Each change, and whether it harms."""
    yield from ((change, True) for change in HARMFUL)
    yield from ((change, False) for change in HARMLESS)
