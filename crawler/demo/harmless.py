"""Changes of a template that take nothing from whoever reads the pages by program."""

from __future__ import annotations

import copy
import json

from lxml import html as markup
from lxml.html import HtmlElement

from crawler.demo.page_edits import (
    Edit,
    TemplateChange,
    change_json_ld,
    drop,
    element_of,
    insert,
    paragraphs,
    rename,
)


def _into_head(source: str) -> Edit:
    def edit(root: HtmlElement, _: int) -> None:
        root.head.append(element_of(source))

    return edit


def _without(*names: str) -> Edit:
    def edit(root: HtmlElement, _: int) -> None:
        drop(root, *names)

    return edit


def _called(*pairs: tuple[str, str]) -> Edit:
    def edit(root: HtmlElement, _: int) -> None:
        for old, new in pairs:
            rename(root, f".{old}", new)

    return edit


def _between(source: str) -> Edit:
    def edit(root: HtmlElement, _: int) -> None:
        insert(root, source)

    return edit


def _at_the_end(source: str) -> Edit:
    def edit(root: HtmlElement, _: int) -> None:
        root.body.append(element_of(source))

    return edit


def _wrapped(root: HtmlElement, _: int) -> None:
    (main,) = root.iter("main")
    around = element_of('<div class="page-grid"><div class="page-grid__inner"></div></div>')
    main.addprevious(around)
    around[0].append(main)


def _fewer_pictures(root: HtmlElement, number: int) -> None:
    if number % 5 == 0:
        for figure in list(root.iter("figure"))[:1]:
            figure.drop_tree()


def _odd_article(root: HtmlElement, number: int) -> None:
    if number == 2:
        for paragraph in paragraphs(root)[1:]:
            paragraph.drop_tree()
        drop(root, ".article__byline")


def _new_section(root: HtmlElement, number: int) -> None:
    if number % 3 == 0:
        change_json_ld(root, lambda data: data.update({"articleSection": "Regatta"}))
        for link in root.xpath('//p[@class="article__kicker"]/a'):
            link.text = "Regatta"


def _attributes(root: HtmlElement, number: int) -> None:
    for at, paragraph in enumerate(paragraphs(root)):
        paragraph.set("data-block", f"{number}-{at}")


def _shorter_paragraphs(root: HtmlElement, _: int) -> None:
    for paragraph in paragraphs(root):
        first, stop, rest = (paragraph.text or "").partition(". ")
        if stop and rest:
            paragraph.text = rest
            made = element_of("<p></p>")
            made.text = first + "."
            paragraph.addprevious(made)


def _spaced(root: HtmlElement, _: int) -> None:
    for element in list(root.iter("p", "div")):
        element.tail = f"{element.tail or ''}\n    "
    root.body.insert(0, markup.HtmlComment(" rendered by a new server "))


def _wrapped_headline(root: HtmlElement, _: int) -> None:
    for h1 in root.iter("h1"):
        inner = element_of('<span class="balance"></span>')
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
    script = element_of('<script type="application/ld+json"></script>')
    script.text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    root.head.append(script)


def _longer_navigation(root: HtmlElement, _: int) -> None:
    for nav in root.iter("nav"):
        for items in nav.iter("ul"):
            items.append(element_of('<li><a href="/regatta">Regatta</a></li>'))


def _other_order(root: HtmlElement, _: int) -> None:
    for box in root.find_class("author-box"):
        root.find_class("similar-posts")[0].addnext(copy.deepcopy(box))
        box.drop_tree()


STORY = (("story-by", "c1"), ("story-date", "c2"), ("story-content", "c3"), ("story-wrap", "c4"))
ADVERTISEMENT = '<div class="ad ad--new"><small>Advertisement</small></div>'
LETTER = '<form class="letter"><p>Our letter, every Friday.</p><input type="email"><button>Sign up</button></form>'

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
    TemplateChange("advertisements in the body", "courier", _between(ADVERTISEMENT)),
    TemplateChange("a newsletter form", "courier", _at_the_end(LETTER)),
    TemplateChange("every class of the story renamed", "newsline", _called(*STORY)),
    TemplateChange("theme colour", "newsline", _into_head('<meta name="theme-color" content="#b3132b">')),
    TemplateChange("another stylesheet", "newsline", _into_head('<link rel="stylesheet" href="/new.css">')),
    TemplateChange("headline in a span", "newsline", _wrapped_headline),
    TemplateChange("JSON-LD added", "newsline", _json_ld_added),
    TemplateChange("author box below", "newsline", _other_order),
    TemplateChange("pop-up removed", "newsline", _without(".popup-close")),
    TemplateChange("widget column removed", "gazette", _without(".widget-area")),
    TemplateChange("nothing at all", "gazette", lambda root, number: None),
)  # fmt: skip
