"""Bare markup: no meta beyond the title, no class, no JSON-LD; in two sections text is broken by br in nested div."""

from __future__ import annotations

from crawler.demo.layout import House, Page, Piece, attribute, feed_links, joined, link, navigation, pieces, text

BR_SECTIONS = ("culture", "science")


def shell(house: House, title: str, head: str, main: str) -> str:
    publisher, labels = house.publisher, house.labels
    return f"""<html>
<head>
<title>{text(title)}</title>
{head}</head>
<body>
<div><b><font size="6">{text(publisher.title)}</font></b></div>
<ul>{navigation(house)}</ul>
<hr>
{main}
<hr>
<div>{text(publisher.title)}. {text(labels["copyright"])} <a href="/feed.xml">RSS</a></div>
</body>
</html>
"""


def front_head(house: House) -> str:
    """Only the front page tells of its feed."""
    return feed_links(house) + "\n"


def article(page: Page) -> str:
    card, labels = page.card, page.labels
    names = joined([text(name) for name in page.names], text(labels["and"]))
    notation = "us-day" if card.kind == "opinion" else ""
    broken = card.section in BR_SECTIONS
    body = "".join((_broken if broken else _render)(page, piece) for piece in pieces(page))
    if broken:
        body = f"<div><div>{body}</div></div>\n"
    image = (
        f'<div><img src="{attribute(page.image_url)}" width="600"></div>\n'
        f"<div><i>{text(page.article.captions[0])}</i></div>\n"
        if page.image
        else ""
    )
    biography = "".join(f"<p><i>{text(author.biography)}</i></p>\n" for author in page.article.authors[:1])
    items = "".join(f"<li>{link(each)}</li>" for each in page.related)
    main = f"""<h1>{text(card.headline)}</h1>
<div>{text(labels["by"])} {names}</div>
<div>{page.house.when(card.published, notation)}</div>
{image}{body}{_paywall(page)}{biography if page.biography else ""}<h3>{text(labels["related"])}</h3>
<ul>{items}</ul>"""
    return shell(page.house, card.headline, "", main)


def _render(page: Page, piece: Piece) -> str:
    if piece.kind in ("p", "h2"):
        return f"<{piece.kind}>{piece.html}</{piece.kind}>\n"
    if piece.kind == "quote":
        return f"<blockquote>{piece.html}</blockquote>\n"
    if piece.kind == "ul":
        return "<ul>" + "".join(f"<li>{item}</li>" for item in piece.items) + "</ul>\n"
    return _furniture(page, piece, "p")


def _broken(page: Page, piece: Piece) -> str:
    if piece.kind in ("p", "quote"):
        return f"{piece.html}<br><br>\n"
    if piece.kind == "h2":
        return f"<b>{piece.html}</b><br><br>\n"
    if piece.kind == "ul":
        return "".join(f"- {item}<br>\n" for item in piece.items) + "<br>\n"
    return _furniture(page, piece, "div")


def _furniture(page: Page, piece: Piece, tag: str) -> str:
    if piece.kind == "pull":
        return f'<center><font size="5">{piece.html}</font></center>\n'
    if piece.kind == "related":
        return f"<{tag}>{text(page.labels['read_more'])}: {link(page.related[-1])}</{tag}>\n"
    if piece.kind == "newsletter":
        return f"<{tag}><b>{text(page.labels['newsletter_text'])}</b></{tag}>\n"
    if piece.kind == "advertisement":
        return f"<{tag}>{piece.html}</{tag}>\n"
    if piece.kind == "figure":
        image = f'<div><img src="{attribute(page.picture(piece.number))}" width="600"></div>'
        return f"{image}\n<div><i>{piece.html}</i></div>\n"
    assert piece.at is not None
    return f"<{tag}>{piece.at:%H:%M}</{tag}>\n"


def _paywall(page: Page) -> str:
    if page.card.kind != "paywall":
        return ""
    return f"<div><b>{text(page.labels['paywall_title'])}</b> {text(page.labels['paywall_text'])}</div>\n"
