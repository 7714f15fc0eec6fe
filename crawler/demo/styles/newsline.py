"""A portal page: headline again as caption, a stray "X" of a closed pop-up, an author box, "Next Story"."""

from __future__ import annotations

from crawler.demo.layout import (
    House,
    Page,
    Piece,
    attribute,
    author_path,
    feed_links,
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
<title>{text(title)} - {text(publisher.title)}</title>
{head}
{feed_links(house)}
<link rel="stylesheet" href="/style.css">
</head>
<body>
<div class="topbar"><div class="masthead"><a href="/">{text(publisher.title)}</a></div>
<nav><ul>{navigation(house)}</ul></nav></div>
<div class="container">
{main}
</div>
<div class="footer-links"><a href="/about">{text(labels["imprint"])}</a>
<a href="/privacy">{text(labels["privacy"])}</a>
<span>© {text(publisher.title)}. {text(labels["copyright"])}</span></div>
</body>
</html>
"""


def article(page: Page) -> str:
    card, labels = page.card, page.labels
    names = ", ".join(
        f'<a href="{author_path(author)}"><span>{text(author.name)}</span></a>' for author in page.article.authors
    )
    modified = page.article.modified
    updated = f"<div>Last updated on: {page.house.when(modified)}</div>\n" if modified else ""
    following = (
        f'<div class="next-story"><a href="{attribute(page.following.path)}">'
        f"<span>{text(labels['next_story'])}</span></a></div>"
        if page.following
        else ""
    )
    head = (
        f'<link rel="canonical" href="{attribute(page.url)}">\n'
        f'<meta name="description" content="{attribute(card.description)}">\n'
        f'<meta property="og:title" content="{attribute(card.headline)}">\n'
        f'<meta property="og:image" content="{page.image_url}">'
    )
    main = f"""<div class="breadcrumb"><a href="/">{text(labels["home"])}</a> &gt; \
<a href="{section_path(card.publisher, card.section)}">{text(page.section)}</a> &gt; {text(card.headline)}</div>
<div class="story-wrap">
<h1>{text(card.headline)}</h1>
<h2 class="lead">{text(card.description)}</h2>
<div class="story-by">{names}</div>
<div class="story-date"><span>Published on: {page.house.when(card.published)}</span></div>
{updated}<div class="story-image"><img src="{page.image_url}" alt="{attribute(card.headline)}">
<div class="img-caption">{text(card.headline)}</div></div>
<div class="popup-close"><span>X</span></div>
<div class="story-content">
{"".join(_render(page, piece) for piece in pieces(page))}{_paywall(page)}</div>
{_author_box(page)}{following}
</div>
{_below(page)}"""
    return shell(page.house, card.headline, head, main)


def _render(page: Page, piece: Piece) -> str:
    if piece.kind in ("p", "h2"):
        return f"<{piece.kind}>{piece.html}</{piece.kind}>\n"
    if piece.kind == "quote":
        return f"<blockquote>{piece.html}</blockquote>\n"
    if piece.kind == "ul":
        return "<ul>" + "".join(f"<li>{item}</li>" for item in piece.items) + "</ul>\n"
    if piece.kind == "pull":
        return f'<div class="quote-card box">{piece.html}</div>\n'
    if piece.kind == "related":
        return f"<p><strong>Also Read: {link(page.related[-1])}</strong></p>\n"
    if piece.kind == "newsletter":
        return f'<div class="subscribe box"><span>{text(page.labels["newsletter_text"])}</span></div>\n'
    if piece.kind == "advertisement":
        return f'<div class="ad-label">{piece.html}</div>\n'
    if piece.kind == "figure":
        caption = f'<div class="img-caption">{piece.html}</div>'
        return f'<div class="story-image"><img src="{page.picture(piece.number)}" alt="">{caption}</div>\n'
    assert piece.at is not None
    return f'<div class="update-time">{piece.at:%H:%M}</div>\n'


def _paywall(page: Page) -> str:
    if page.card.kind != "paywall":
        return ""
    title, prompt = text(page.labels["paywall_title"]), text(page.labels["paywall_text"])
    return f'<div class="subscribe-wall box">{title}. {prompt}</div>\n'


def _author_box(page: Page) -> str:
    """Name twice, the desk with its subjects, the biography; always there, as on the portals it follows."""
    boxes = []
    for author in page.article.authors[:1]:
        name = text(author.name)
        subjects = "Education, Business, Transport, Politics, Sport, Culture and Webstories"
        boxes.append(
            f'<div class="author-box box"><div><a href="{author_path(author)}">{name}</a></div>'
            f'<div class="author-name">{name}</div>'
            f"<div>Content writer at {text(page.house.publisher.title)}. ({subjects})</div>"
            f"<p>{text(author.biography)}</p></div>\n"
        )
    return "".join(boxes)


def _below(page: Page) -> str:
    items = "".join(f"<li>{link(card)}</li>" for card in page.related)
    return f'<div class="similar-posts"><h3>{text(page.labels["also"])}</h3><ul>{items}</ul></div>'
