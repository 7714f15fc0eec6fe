"""A WordPress theme as small newsrooms run it: entry-* classes, block markup, widgets; no JSON-LD."""

from __future__ import annotations

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
<meta charset="UTF-8">
<title>{text(title)} &#8211; {text(publisher.title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="WordPress 6.8">
{head}
{feed_links(house)}
<link rel="stylesheet" id="theme-css" href="/style.css" media="all">
</head>
<body class="wp-theme-prairie">
<div id="page" class="site">
<header id="masthead" class="site-header"><p class="site-title masthead"><a href="/" rel="home">\
{text(publisher.title)}</a></p><p class="site-description">{text(labels["site_tagline"])}</p>
<nav id="site-navigation" class="main-navigation"><ul class="menu">{navigation(house)}</ul></nav></header>
<div id="content" class="site-content"><main id="primary" class="site-main">
{main}
</main>
<aside id="secondary" class="widget-area"><section class="widget widget_search"><form role="search" action="/">
<input type="search" name="s" placeholder="{text(labels["search"])}"></form></section>
<section class="widget widget_text"><h2 class="widget-title">{text(labels["newsletter_title"])}</h2>
<p>{text(labels["newsletter_text"])}</p></section></aside></div>
<footer id="colophon" class="site-footer"><p>© {text(publisher.title)} · <a href="/about">{text(labels["imprint"])}</a>
· <a href="/privacy">{text(labels["privacy"])}</a></p></footer>
</div>
<div id="cookies" class="cookie-notice-container"><span class="cn-text">{text(labels["cookies"])}</span>
<a class="cn-button" href="#ok">{text(labels["accept"])}</a></div>
</body>
</html>
"""


def article(page: Page) -> str:
    card, labels = page.card, page.labels
    number = card.publisher.number + card.index
    body = "".join(_render(page, piece) for piece in pieces(page))
    names = [
        f'<span class="author vcard"><a class="url fn n" rel="author" href="{author_path(author)}">'
        f"{text(author.name)}</a></span>"
        for author in page.article.authors
    ] or [f'<span class="author vcard"><span class="fn n">{text(page.article.agency)}</span></span>']
    main = f"""<article id="post-{number}" class="post-{number} post type-post status-publish category-{card.section}">
<header class="entry-header"><span class="cat-links"><a href="{section_path(card.publisher, card.section)}" \
rel="category tag">{text(page.section)}</a></span>
<h1 class="entry-title">{text(card.headline)}</h1>
<div class="entry-meta"><span class="posted-on">{_dates(page)}</span>
<span class="byline"> {text(labels["by"]).lower()} {joined(names, text(labels["and"]))}</span></div></header>
{_image(page)}<div class="entry-content">
{_standfirst(page)}{body}{_share(page)}</div>
<footer class="entry-footer"><span class="tags-links">{text(labels["tags"])}: {", ".join(map(text, page.article.tags))}\
</span></footer>
{_author_box(page)}</article>
{_comments(page)}"""
    return shell(page.house, card.headline, _head(page), main)


def _head(page: Page) -> str:
    card = page.card
    lines = [
        f'<link rel="canonical" href="{attribute(page.url)}">',
        f'<meta property="og:title" content="{attribute(card.headline)} - {attribute(card.publisher.title)}">',
        f'<meta property="og:description" content="{attribute(card.description)}">',
        '<meta property="og:type" content="article">',
        f'<meta property="article:published_time" content="{page.published}">',
        f'<meta property="article:modified_time" content="{iso(page.article.modified or card.published)}">',
        f'<meta property="article:section" content="{attribute(page.section)}">',
    ]
    if page.image:
        lines.append(f'<meta property="og:image" content="{page.image_url}">')
    return "\n".join(lines)


def _dates(page: Page) -> str:
    published = (
        f'<time class="entry-date published" datetime="{page.published}">'
        f"{page.house.when(page.card.published)}</time>"
    )
    if page.article.modified is None:
        return published
    modified = page.article.modified
    return (
        f'{published} <time class="updated" datetime="{iso(modified)}">'
        f"{text(page.labels['updated'])} {page.house.when(modified)}</time>"
    )


def _standfirst(page: Page) -> str:
    return f'<p class="has-medium-font-size lead"><em>{text(page.card.description)}</em></p>\n'


def _image(page: Page) -> str:
    if not page.image:
        return ""
    caption = f"{text(page.article.captions[0])} ({text(page.credit)})"
    return (
        f'<figure class="post-thumbnail"><img class="wp-post-image" src="{page.image_url}" alt="" width="800" '
        f'height="450"><figcaption class="wp-caption-text">{caption}</figcaption></figure>\n'
    )


def _render(page: Page, piece: Piece) -> str:
    labels = page.labels
    if piece.kind == "p":
        return f"<p>{piece.html}</p>\n"
    if piece.kind == "h2":
        return f'<h2 class="wp-block-heading">{piece.html}</h2>\n'
    if piece.kind == "quote":
        return f'<blockquote class="wp-block-quote"><p>{piece.html}</p></blockquote>\n'
    if piece.kind == "ul":
        return '<ul class="wp-block-list">' + "".join(f"<li>{item}</li>" for item in piece.items) + "</ul>\n"
    if piece.kind == "pull":
        return f'<figure class="wp-block-pullquote"><blockquote><p>{piece.html}</p></blockquote></figure>\n'
    if piece.kind == "related":
        return f'<p class="more-on"><strong>{text(labels["read_more"])}:</strong> {link(page.related[-1])}</p>\n'
    if piece.kind == "newsletter":
        return (
            f'<div class="wp-block-jetpack-subscriptions"><p>{text(labels["newsletter_text"])}</p>'
            f"<button>{text(labels['newsletter_button'])}</button></div>\n"
        )
    if piece.kind == "advertisement":
        return f'<div class="code-block ad-unit">{piece.html}</div>\n'
    if piece.kind == "figure":
        return (
            f'<figure class="wp-block-image size-large"><img src="{page.picture(piece.number)}" alt="">'
            f'<figcaption class="wp-element-caption">{piece.html}</figcaption></figure>\n'
        )
    assert piece.at is not None
    return f'<p class="live-time"><time datetime="{iso(piece.at)}">{piece.at:%H:%M}</time></p>\n'


def _share(page: Page) -> str:
    related = "".join(f"<li>{link(card)}</li>" for card in page.related)
    return (
        f'<div class="sharedaddy sd-sharing"><h3 class="sd-title">{text(page.labels["share"])}:</h3>'
        '<ul><li><a href="#facebook">Facebook</a></li><li><a href="#print">Print</a></li></ul></div>\n'
        f'<div class="jp-relatedposts"><h3>{text(page.labels["also"])}</h3><ul>{related}</ul></div>\n'
    )


def _author_box(page: Page) -> str:
    if not page.biography:
        return ""
    author = page.article.authors[0]
    return (
        f'<div class="author-info"><h2 class="author-title">{text(author.name)}</h2>'
        f'<p class="author-description">{text(author.biography)}</p></div>\n'
    )


def _comments(page: Page) -> str:
    labels = page.labels
    items = "".join(
        f'<li class="comment"><article class="comment-body"><footer class="comment-meta"><b class="fn">{text(name)}</b>'
        f'</footer><div class="comment-content"><p>{text(words)}</p></div></article></li>'
        for name, words in (page.article.comments if page.comments else ())
    )
    return (
        f'<div id="comments" class="comments-area"><h2 class="comments-title">{text(labels["comments"])}</h2>'
        f'<ol class="comment-list">{items}</ol><h3 id="reply-title">{text(labels["leave_comment"])}</h3></div>'
    )
