"""Changes of a template that take something from whoever reads the pages by program."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from crawler.demo.page_edits import (
    TemplateChange,
    body_of,
    change_json_ld,
    drop,
    drop_meta,
    element_of,
    insert,
    paragraphs,
)


def _no_json_ld(root: HtmlElement, _: int) -> None:
    drop(root, "script")


def _broken_json_ld(root: HtmlElement, _: int) -> None:
    for script in root.xpath('//script[@type="application/ld+json"]'):
        script.text = "{{ article | to_json }}"


def _no_byline(root: HtmlElement, _: int) -> None:
    drop(root, ".article__byline", ".author-box")
    change_json_ld(root, lambda data: data.pop("author"))


def _moved_byline(root: HtmlElement, _: int) -> None:
    (names,) = root.find_class("story-by")
    text = names.text_content()
    drop(root, ".story-by", ".author-box")
    root.find_class("footer-links")[0].append(element_of(f"<span>{text}</span>"))


def _renamed(root: HtmlElement, _: int) -> None:
    """What the names and dates are found by."""
    for element in root.iter("*"):
        for name in ("itemprop", "itemtype", "itemscope", "rel"):
            if name in element.attrib and element.tag != "link":
                element.set(f"data-{name}", element.attrib.pop(name))
        if element.tag not in ("html", "body", "main", "article") and "class" in element.attrib:
            element.set("class", "n" + str(len(element.get("class") or "")))
    for time in list(root.iter("time")):
        time.tag = "span"
        time.attrib.pop("datetime", None)


def _other_date(root: HtmlElement, _: int) -> None:
    (date,) = root.find_class("story-date")
    date[0].text = "Published on: sometime this week"


def _no_date(root: HtmlElement, _: int) -> None:
    drop(root, ".story-date")


def _no_zone(root: HtmlElement, _: int) -> None:
    def cut(text: str) -> str:
        return re.sub(r"(Z|[+-]\d\d:\d\d)$", "", text)

    for time in root.iter("time"):
        time.set("datetime", cut(time.get("datetime") or ""))
        time.text = re.sub(r" ?[A-Z]{2,4}$", "", time.text or "")  # "9.05am GMT"
    change_json_ld(
        root, lambda data: data.update({name: cut(data[name]) for name in ("datePublished", "dateModified")})
    )


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
    drop_meta(root, "og:title")


def _no_open_graph(root: HtmlElement, _: int) -> None:
    drop_meta(root, "og:", "article:")


def _two_containers(root: HtmlElement, _: int) -> None:
    children = list(body_of(root))
    rest = element_of('<div class="bottom-slot"></div>')
    for child in children[max(2, len(children) // 4) :]:
        rest.append(child)
    root.find_class("site-footer")[0].append(rest)


def _as_list(root: HtmlElement, _: int) -> None:
    body = body_of(root)
    items = element_of('<ul class="facts"></ul>')
    for paragraph in paragraphs(root):
        paragraph.tag = "li"
        items.append(paragraph)
    body.insert(0, items)


def _paywall(root: HtmlElement, _: int) -> None:
    for paragraph in paragraphs(root)[1:]:
        paragraph.drop_tree()
    body_of(root).append(
        element_of(
            '<section class="paywall box"><h3>Subscribe to read on</h3>'
            "<p>This article is for subscribers. Already a subscriber? Log in.</p><button>Subscribe</button></section>"
        )
    )
    change_json_ld(root, lambda data: data.update({"isAccessibleForFree": False}))


def _consent(root: HtmlElement, _: int) -> None:
    (page,) = root.iter("body")
    for child in list(page):
        page.remove(child)
    page.append(
        element_of(
            '<div class="consent-wall" role="dialog"><h1>We value your privacy</h1><p>We and our partners store and '
            "access cookies on your device. Please accept to continue to the site.</p>"
            "<button>Accept all</button><button>Manage settings</button></div>"
        )
    )
    drop(root, "script")
    drop_meta(root, "og:", "description")


def _related_inside(root: HtmlElement, _: int) -> None:
    links = [item.text_content() for box in root.find_class("related") for item in box.iter("li")]
    for text, paragraph in zip(links, paragraphs(root)[1:], strict=False):
        made = element_of("<p></p>")
        made.text = text
        paragraph.addnext(made)


def _share_inside(root: HtmlElement, _: int) -> None:
    insert(root, "<p>Tell your friends about this story and find us on every channel you like to read.</p>")


def _biography_inside(root: HtmlElement, _: int) -> None:
    for box in root.find_class("author-box"):
        for text in list(box.iter("p")):
            paragraphs(root)[-1].addprevious(element_of("<p></p>"))
            inside = paragraphs(root)[-2]
            inside.text = text.text_content()
        box.drop_tree()


def _captions_inside(root: HtmlElement, _: int) -> None:
    for caption in list(root.iter("figcaption")):
        made = element_of("<p></p>")
        made.text = caption.text or ""
        paragraphs(root)[0].addnext(made)
        if caption.getparent() is not None:
            caption.getparent().drop_tree()


def _no_section(root: HtmlElement, _: int) -> None:
    drop(root, ".cat-links")
    drop_meta(root, "article:section")
    for article in root.iter("article"):
        article.set("class", "post type-post")


def _wrong_language(root: HtmlElement, _: int) -> None:
    root.set("lang", "fr")
    change_json_ld(root, lambda data: data.update({"inLanguage": "fr"}))


def _front_as_canonical(root: HtmlElement, _: int) -> None:
    front = re.match(r"https?://[^/]+/", root.xpath('string(//link[@rel="canonical"]/@href)'))
    assert front
    for link in root.xpath('//link[@rel="canonical"]'):
        link.set("href", front.group())
    for meta in root.xpath('//meta[@property="og:url"]'):
        meta.set("content", front.group())
    change_json_ld(root, lambda data: data.update({"mainEntityOfPage": front.group()}))


def _logo(root: HtmlElement, _: int) -> None:
    drop(root, ".story-image")
    for meta in root.xpath('//meta[@property="og:image"]'):
        meta.set("content", "/logo.png")


def _no_description(root: HtmlElement, _: int) -> None:
    drop(root, ".lead")
    drop_meta(root, "description", "og:description")


JSON_LD = ("keywords", "headline", "authors", "date_published", "date_modified")
HARMFUL = (
    TemplateChange("JSON-LD removed", "courier", _no_json_ld, JSON_LD),
    TemplateChange("JSON-LD broken", "courier", _broken_json_ld, JSON_LD),
    TemplateChange("byline removed", "courier", _no_byline, ("authors", "byline_raw")),
    TemplateChange("byline moved to the footer", "newsline", _moved_byline, ("authors", "byline_raw")),
    TemplateChange("attributes renamed", "samachar", _renamed, ("authors", "byline_raw", "date_published")),
    TemplateChange("date format changed", "newsline", _other_date, ("date_published",)),
    TemplateChange("date removed", "newsline", _no_date, ("date_published",)),
    TemplateChange("time zone lost", "courier", _no_zone, ("date_published",)),
    TemplateChange("time of day lost", "gazette", _no_time, ("date_published",)),
    TemplateChange("headline is the site's name", "newsline", _site_as_headline, ("headline",)),
    TemplateChange("headline the same everywhere", "newsline", _no_headline, ("headline",)),
    TemplateChange("og: tags removed", "newsline", _no_open_graph, ("image", "headline")),
    TemplateChange("body in two containers", "courier", _two_containers, ("article_body",)),
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
