"""schema.org microdata in the markup itself; dates readable in text and exact in attributes."""

from __future__ import annotations

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


def shell(house: House, title: str, head: str, main: str) -> str:
    labels, publisher = house.labels, house.publisher
    return f"""<!DOCTYPE html>
<html lang="{publisher.language}">
<head>
<meta charset="utf-8">
<title>{text(title)} - {text(publisher.title)}</title>
{head}
{feed_links(house)}
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><div class="masthead"><a href="/">{text(publisher.title)}</a></div>
<nav><ul>{navigation(house)}</ul></nav></header>
{main}
<footer><p>© {text(publisher.title)} {text(labels["copyright"])}</p>
<p><a href="/about">{text(labels["imprint"])}</a> | <a href="/privacy">{text(labels["privacy"])}</a></p></footer>
<div id="cookies"><p>{text(labels["cookies"])}</p><button>{text(labels["accept"])}</button></div>
</body>
</html>
"""


def article(page: Page) -> str:
    card, labels = page.card, page.labels
    people = ", ".join(
        f'<span itemprop="author" itemscope itemtype="https://schema.org/Person"><a itemprop="url" '
        f'href="{author_path(author)}"><span itemprop="name">{text(author.name)}</span></a></span>'
        for author in page.article.authors
    )
    modified = page.article.modified
    updated = (
        f' | {text(labels["updated"])}: <time itemprop="dateModified" datetime="{iso(modified.replace(second=0))}">'
        f"{page.house.when(modified)}</time>"
        if modified
        else ""
    )
    head = f'<link rel="canonical" href="{attribute(page.url)}">\n<meta name="description" content="' + (
        f'{attribute(card.description)}">'
    )
    kind = {"opinion": "OpinionNewsArticle", "live-blog": "LiveBlogPosting"}.get(card.kind, "NewsArticle")
    main = f"""<main itemscope itemtype="https://schema.org/{kind}">
<meta itemprop="mainEntityOfPage" content="{attribute(page.url)}">
<p><span itemprop="articleSection">{text(page.section)}</span></p>
<h1 itemprop="headline">{text(card.headline)}</h1>
<h2 itemprop="description" class="lead">{text(card.description)}</h2>
<p>{text(labels["by"])}: {people} | {text(labels["published"])}: <time itemprop="datePublished" \
datetime="{page.published}">{page.house.when(card.published)}</time>{updated}</p>
<p>{text(labels["share"])}: <a href="#fb">Facebook</a> <a href="#x">X</a> <a href="#wa">WhatsApp</a></p>
{_image(page)}<div itemprop="articleBody">
{"".join(_render(page, piece) for piece in pieces(page))}{_paywall(page)}</div>
{_author_box(page)}<span itemprop="publisher" itemscope itemtype="https://schema.org/Organization">\
<meta itemprop="name" content="{attribute(card.publisher.title)}"></span>
</main>
{_below(page)}"""
    return shell(page.house, card.headline, head, main)


def _image(page: Page) -> str:
    if not page.image:
        return ""
    return (
        f'<figure itemprop="image" itemscope itemtype="https://schema.org/ImageObject"><img itemprop="contentUrl" '
        f'src="{page.image_url}" alt=""><figcaption itemprop="caption">{text(page.article.captions[0])} '
        f"{text(page.credit)}</figcaption></figure>\n"
    )


def _render(page: Page, piece: Piece) -> str:
    if piece.kind in ("p", "h2"):
        return f"<{piece.kind}>{piece.html}</{piece.kind}>\n"
    if piece.kind == "quote":
        return f"<blockquote>{piece.html}</blockquote>\n"
    if piece.kind == "ul":
        return "<ul>" + "".join(f"<li>{item}</li>" for item in piece.items) + "</ul>\n"
    if piece.kind == "pull":
        return f'<div class="pullquote box">{piece.html}</div>\n'
    if piece.kind == "related":
        return f"<p><b>{text(page.labels['read_more'])}: {link(page.related[-1])}</b></p>\n"
    if piece.kind == "newsletter":
        return f'<div class="subscribe box">{text(page.labels["newsletter_text"])}</div>\n'
    if piece.kind == "advertisement":
        return f'<div class="advt">{piece.html}</div>\n'
    if piece.kind == "figure":
        image = f'<img src="{page.picture(piece.number)}" alt="">'
        return f"<figure>{image}<figcaption>{piece.html}</figcaption></figure>\n"
    assert piece.at is not None
    return f'<time class="update-time" datetime="{iso(piece.at)}">{piece.at:%H:%M}</time>\n'


def _paywall(page: Page) -> str:
    if page.card.kind != "paywall":
        return ""
    return (
        f'<meta itemprop="isAccessibleForFree" content="false"><div class="paywall box">'
        f"<b>{text(page.labels['paywall_title'])}</b> {text(page.labels['paywall_text'])}</div>\n"
    )


def _author_box(page: Page) -> str:
    if not page.biography:
        return ""
    author = page.article.authors[0]
    return (
        f'<div class="author-profile box"><b>{text(page.labels["about_author"])}</b> '
        f"<p>{text(author.name)}</p><p>{text(author.biography)}</p></div>\n"
    )


def _below(page: Page) -> str:
    items = "".join(f"<li>{link(card)}</li>" for card in page.related)
    parts = [f"<aside><h3>{text(page.labels['related'])}</h3><ul>{items}</ul></aside>"]
    if page.comments:
        words = "".join(f"<p><b>{text(name)}</b>: {text(said)}</p>" for name, said in page.article.comments)
        parts.append(f'<div class="comments"><h3>{text(page.labels["comments"])}</h3>{words}</div>')
    return "\n".join(parts)
