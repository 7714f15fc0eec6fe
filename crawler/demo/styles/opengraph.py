"""Open Graph properties in the head and nothing else: class names are what a bundler left of them."""

from __future__ import annotations

import zlib

from crawler.demo.layout import (
    House,
    Page,
    Piece,
    attribute,
    author_path,
    feed_links,
    iso,
    link,
    navigation,
    pieces,
    text,
)


def _name(meaning: str) -> str:
    """A class name as CSS-in-JS tools make them."""
    return f"css-{zlib.crc32(meaning.encode()):08x}"[:11]


def shell(house: House, title: str, head: str, main: str) -> str:
    labels, publisher = house.labels, house.publisher
    direction = "rtl" if publisher.words == "ar" else "ltr"
    return f"""<!DOCTYPE html>
<html lang="{publisher.language}" dir="{direction}">
<head>
<meta charset="utf-8">
<title>{text(title)} | {text(publisher.title)}</title>
{head}
{feed_links(house)}
<link rel="stylesheet" href="/style.css">
</head>
<body>
<div id="root"><div class="{_name("cookies")} box" id="cookies">{text(labels["cookies"])} <button>\
{text(labels["accept"])}</button><button>{text(labels["reject"])}</button></div>
<header class="{_name("header")}"><div class="masthead"><a href="/">{text(publisher.title)}</a></div>
<nav class="{_name("nav")}"><ul>{navigation(house)}</ul></nav></header>
<div class="{_name("main")}">
{main}
</div>
<footer class="{_name("footer")}"><span>© {text(publisher.title)}</span> <span>{text(labels["copyright"])}</span>
<a href="/about">{text(labels["imprint"])}</a></footer></div>
</body>
</html>
"""


def article(page: Page) -> str:
    card = page.card
    names = " ".join(
        f'<a class="{_name("author")}" href="{author_path(author)}">{text(author.name)}</a>'
        for author in page.article.authors
    )
    main = f"""<div class="{_name("article")}">
<span class="{_name("section")}">{text(page.section)}</span>
<h1 class="{_name("headline")}">{text(card.headline)}</h1>
<div class="{_name("lead")} lead">{text(card.description)}</div>
<div class="{_name("meta")}">{names} <span class="{_name("date")}">{page.house.when(card.published)}</span>
<span>{text(page.minutes)}</span></div>
<div class="{_name("share")}"><button>Facebook</button><button>Telegram</button></div>
{_image(page)}<div class="{_name("body")}">
{"".join(_render(page, piece) for piece in pieces(page))}{_paywall(page)}</div>
{_author_box(page)}</div>
{_below(page)}"""
    return shell(page.house, card.headline, _head(page), main)


def _head(page: Page) -> str:
    card = page.card
    values = [
        ("og:type", "article"),
        ("og:title", card.headline),
        ("og:description", card.description),
        ("og:url", page.url),
        ("og:site_name", card.publisher.title),
        ("og:locale", "ar_AR"),
        ("article:published_time", page.published),
        ("article:section", page.section),
        *(("article:author", name) for name in page.names),
        *(("article:tag", tag) for tag in page.article.tags),
    ]
    if page.article.modified:
        values.append(("article:modified_time", iso(page.article.modified)))
    if page.image:
        values.append(("og:image", page.image_url))
    lines = [f'<meta property="{name}" content="{attribute(value)}">' for name, value in values]
    return "\n".join([f'<link rel="canonical" href="{attribute(page.url)}">', *lines])


def _image(page: Page) -> str:
    if not page.image:
        return ""
    return (
        f'<div class="{_name("image")}"><img src="{page.image_url}" alt="{attribute(page.card.headline)}">'
        f'<div class="{_name("caption")}"><small>{text(page.article.captions[0])} - {text(page.credit)}</small>'
        "</div></div>\n"
    )


def _render(page: Page, piece: Piece) -> str:
    if piece.kind == "p":
        return f'<p class="{_name("p")}">{piece.html}</p>\n'
    if piece.kind == "h2":
        return f'<h2 class="{_name("h2")}">{piece.html}</h2>\n'
    if piece.kind == "quote":
        return f"<blockquote>{piece.html}</blockquote>\n"
    if piece.kind == "ul":
        return "<ul>" + "".join(f"<li>{item}</li>" for item in piece.items) + "</ul>\n"
    if piece.kind == "pull":
        return f'<div class="{_name("pull")} box"><span>{piece.html}</span></div>\n'
    if piece.kind == "related":
        return (
            f'<div class="{_name("more")} box"><span>{text(page.labels["read_more"])}</span> '
            f"{link(page.related[-1])}</div>\n"
        )
    if piece.kind == "newsletter":
        return f'<div class="{_name("letter")} box">{text(page.labels["newsletter_text"])}</div>\n'
    if piece.kind == "advertisement":
        return f'<div class="{_name("ad")}">{piece.html}</div>\n'
    if piece.kind == "figure":
        return (
            f'<div class="{_name("slide")}"><img src="{page.picture(piece.number)}" alt="">'
            f'<div class="{_name("caption")}"><small>{piece.html}</small></div></div>\n'
        )
    assert piece.at is not None
    return f'<div class="{_name("time")}">{piece.at:%H:%M}</div>\n'


def _paywall(page: Page) -> str:
    if page.card.kind != "paywall":
        return ""
    title, prompt = text(page.labels["paywall_title"]), text(page.labels["paywall_text"])
    return f'<div class="{_name("wall")} box">{title}. {prompt}</div>\n'


def _author_box(page: Page) -> str:
    if not page.biography:
        return ""
    author = page.article.authors[0]
    return f'<div class="{_name("bio")} box"><b>{text(author.name)}</b><div>{text(author.biography)}</div></div>\n'


def _below(page: Page) -> str:
    items = "".join(f'<div class="{_name("card")}">{link(card)}</div>' for card in page.related)
    return f'<div class="{_name("related")} box"><b>{text(page.labels["related"])}</b>{items}</div>'
