"""A news CMS: JSON-LD, Open Graph and telling class names on everything."""

from __future__ import annotations

import json
from typing import Any

from crawler.demo.layout import (
    House,
    Page,
    Piece,
    attribute,
    author_path,
    feed_links,
    iso,
    joined,
    link,
    navigation,
    pieces,
    section_path,
    text,
)


def shell(house: House, title: str, head: str, main: str) -> str:
    labels, publisher = house.labels, house.publisher
    return f"""<!DOCTYPE html>
<html lang="{publisher.language}">
<head>
<meta charset="utf-8">
<title>{text(title)} | {text(publisher.title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
{head}
{feed_links(house)}
<link rel="stylesheet" href="/style.css">
</head>
<body>
<a class="skip-link" href="#main">{text(labels["skip"])}</a>
<div id="cookies" class="cookie-banner" role="dialog" aria-label="Cookies"><p>{text(labels["cookies"])}</p>
<button class="cookie-banner__accept">{text(labels["accept"])}</button>
<button class="cookie-banner__reject">{text(labels["reject"])}</button></div>
<header class="site-header"><div class="masthead"><a href="/">{text(publisher.title)}</a>
<small>{text(labels["site_tagline"])}</small></div>
<nav class="site-nav" aria-label="{text(labels["menu"])}"><ul>{navigation(house)}</ul></nav></header>
<main id="main">
{main}
</main>
<footer class="site-footer"><p>© {text(publisher.title)}. {text(labels["copyright"])}</p>
<p><a href="/about">{text(labels["imprint"])}</a> <a href="/privacy">{text(labels["privacy"])}</a></p></footer>
</body>
</html>
"""


def article(page: Page) -> str:
    card, labels = page.card, page.labels
    kicker = labels.get({"opinion": "opinion", "live-blog": "live", "gallery": "gallery"}.get(card.kind, ""), "")
    main = f"""<article class="article article--{card.kind}">
<header class="article__header">
<p class="article__kicker"><a href="{section_path(page.house.publisher, card.section)}">{text(page.section)}</a>\
{f' <span class="article__label">{text(kicker)}</span>' if kicker else ""}</p>
<h1 class="article__headline">{text(card.headline)}</h1>
<p class="article__standfirst lead">{text(card.description)}</p>
<div class="article__meta"><span class="article__byline">{byline(page)}</span>
<time class="article__date" datetime="{page.published}">{page.house.when(card.published)}</time>{updated(page)}
<span class="article__reading-time">{text(page.minutes)}</span></div>
<ul class="article__share" aria-label="{text(labels["share"])}"><li><a href="#fb">Facebook</a></li>\
<li><a href="#wa">WhatsApp</a></li><li><a href="#mail">E-Mail</a></li></ul>
</header>
{lead_image(page)}<div class="article__body">
{"".join(render(page, piece) for piece in pieces(page))}{paywall(page)}</div>
{after(page)}</article>
{below(page)}"""
    return shell(page.house, card.headline, head_of(page, json_ld(page)), main)


def head_of(page: Page, data: dict[str, Any] | None) -> str:
    """Description, canonical link, Open Graph, and the JSON-LD if there is any."""
    card = page.card
    lines = [
        f'<meta name="description" content="{attribute(card.description)}">',
        f'<link rel="canonical" href="{attribute(page.url)}">',
        '<meta property="og:type" content="article">',
        f'<meta property="og:title" content="{attribute(card.headline)}">',
        f'<meta property="og:url" content="{attribute(page.url)}">',
        f'<meta property="og:site_name" content="{attribute(page.house.publisher.title)}">',
    ]
    if page.image:
        lines.append(f'<meta property="og:image" content="{page.image_url}">')
    if data is not None:
        body = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
        lines.append(f'<script type="application/ld+json">{body}</script>')
    return "\n".join(lines)


def json_ld(page: Page) -> dict[str, Any]:
    """schema.org NewsArticle or one of its kinds."""
    card, house = page.card, page.house
    kinds = {"opinion": "OpinionNewsArticle", "live-blog": "LiveBlogPosting"}
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": kinds.get(card.kind, "NewsArticle"),
        "mainEntityOfPage": page.url,
        "headline": card.headline,
        "description": card.description,
        "datePublished": page.published,
        "dateModified": iso(page.article.modified or card.published),
        "author": [
            {"@type": "Person", "name": author.name, "url": house.url(author_path(author))}
            for author in page.article.authors
        ]
        or {"@type": "Organization", "name": page.article.agency},
        "publisher": {"@type": "NewsMediaOrganization", "name": house.publisher.title, "url": house.url("/")},
        "articleSection": page.section,
        "inLanguage": house.publisher.language,
        "keywords": list(page.article.tags),
        "isAccessibleForFree": card.kind != "paywall",
    }
    if page.image:
        data["image"] = [page.image_url]
    if card.kind == "paywall":
        data["hasPart"] = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall"}
    if page.article.entries:
        data["liveBlogUpdate"] = [
            {
                "@type": "BlogPosting",
                "headline": entry.lines[0].text,
                "datePublished": iso(entry.at),
                "articleBody": " ".join(line.text for line in entry.lines[1:]),
            }
            for entry in page.article.entries
        ]
    return data


def byline(page: Page) -> str:
    """`By A and B`, people as links."""
    names = [
        f'<a rel="author" href="{author_path(author)}">{text(author.name)}</a>' for author in page.article.authors
    ] or [text(page.article.agency)]
    return f"{text(page.labels['by'])} {joined(names, text(page.labels['and']))}"


def updated(page: Page) -> str:
    modified = page.article.modified
    if modified is None:
        return ""
    return (
        f' <span class="article__updated">{text(page.labels["updated"])} '
        f'<time datetime="{iso(modified)}">{page.house.when(modified)}</time></span>'
    )


def lead_image(page: Page) -> str:
    return figure(page, page.image_url, text(page.article.captions[0])) + "\n" if page.image else ""


def figure(page: Page, source: str, caption: str) -> str:
    return (
        f'<figure class="article__image"><img src="{source}" alt="" width="800" height="450">'
        f'<figcaption class="caption">{caption} <span class="caption__credit">{text(page.credit)}</span>'
        "</figcaption></figure>"
    )


def render(page: Page, piece: Piece) -> str:
    """One piece of the body."""
    labels = page.labels
    if piece.kind in ("p", "h2"):
        return f"<{piece.kind}>{piece.html}</{piece.kind}>\n"
    if piece.kind == "quote":
        return f'<blockquote class="article__quote"><p>{piece.html}</p></blockquote>\n'
    if piece.kind == "ul":
        return "<ul>" + "".join(f"<li>{item}</li>" for item in piece.items) + "</ul>\n"
    if piece.kind == "pull":
        return f'<aside class="pull-quote"><p>{piece.html}</p></aside>\n'
    if piece.kind == "related":
        return (
            f'<aside class="inline-related"><strong>{text(labels["read_more"])}:</strong> '
            f"{link(page.related[-1], 'inline-related__link')}</aside>\n"
        )
    if piece.kind == "newsletter":
        return (
            f'<form class="newsletter" action="/newsletter"><h3>{text(labels["newsletter_title"])}</h3>'
            f'<p>{text(labels["newsletter_text"])}</p><input type="email" placeholder="E-Mail">'
            f"<button>{text(labels['newsletter_button'])}</button></form>\n"
        )
    if piece.kind == "advertisement":
        return f'<div class="ad ad--inline" data-slot="mid"><small>{piece.html}</small></div>\n'
    if piece.kind == "figure":
        return figure(page, page.picture(piece.number), piece.html) + "\n"
    assert piece.at is not None  # a live blog's entry begins
    return f'<div class="live-entry__time"><time datetime="{iso(piece.at)}">{piece.at:%H:%M}</time></div>\n'


def paywall(page: Page) -> str:
    if page.card.kind != "paywall":
        return ""
    return (
        f'<section class="paywall box"><h3>{text(page.labels["paywall_title"])}</h3>'
        f"<p>{text(page.labels['paywall_text'])}</p><button>{text(page.labels['subscribe'])}</button></section>\n"
    )


def after(page: Page) -> str:
    """Tags and the author box."""
    tags = "".join(f"<li>{text(tag)}</li>" for tag in page.article.tags)
    parts = [f'<ul class="article__tags" aria-label="{text(page.labels["tags"])}">{tags}</ul>']
    if page.biography:
        for author in page.article.authors:
            parts.append(
                f'<aside class="author-box"><h3 class="author-box__title">{text(page.labels["about_author"])}</h3>'
                f'<p class="author-box__name">{text(author.name)}</p>'
                f'<p class="author-box__bio">{text(author.biography)}</p></aside>'
            )
    return "\n".join(parts) + "\n"


def below(page: Page) -> str:
    """Related stories and comments."""
    labels, parts = page.labels, []
    if page.related:
        items = "".join(f"<li>{link(card)}</li>" for card in page.related)
        parts.append(f'<aside class="related"><h2>{text(labels["related"])}</h2><ul>{items}</ul></aside>')
    if page.comments:
        items = "".join(
            f'<li class="comment"><b class="comment__author">{text(name)}</b><p>{text(words)}</p>'
            f'<a href="#reply">{text(labels["reply"])}</a></li>'
            for name, words in page.article.comments
        )
        parts.append(
            f'<section class="comments" id="comments"><h2>{text(labels["comments"])} '
            f"({len(page.article.comments)})</h2><ol>{items}</ol></section>"
        )
    return "\n".join(parts)
