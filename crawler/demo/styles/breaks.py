"""Text broken by br inside nested div and span, with a date written out and its zone in brackets."""

from __future__ import annotations

from crawler.demo.layout import House, Page, Piece, attribute, feed_links, link, navigation, pieces, text


def shell(house: House, title: str, head: str, main: str) -> str:
    labels, publisher = house.labels, house.publisher
    return f"""<!DOCTYPE html>
<html lang="{publisher.language}">
<head>
<meta charset="utf-8">
<title>{text(title)}｜{text(publisher.title)}</title>
{head}
{feed_links(house)}
<link rel="stylesheet" href="/style.css">
</head>
<body>
<div id="wrap"><div id="head"><div class="masthead"><a href="/">{text(publisher.title)}</a></div>
<nav><ul>{navigation(house)}</ul></nav></div>
<div id="contents"><div id="left">
{main}
</div></div>
<div id="foot"><a href="/about">{text(labels["imprint"])}</a> <a href="/privacy">{text(labels["privacy"])}</a><br>
<span>© {text(publisher.title)} {text(labels["copyright"])}</span></div></div>
</body>
</html>
"""


def article(page: Page) -> str:
    card, labels = page.card, page.labels
    names = "、".join(text(name) for name in page.names)
    modified = page.article.modified
    updated = f'<div class="d2">{text(labels["updated"])}：{page.house.when(modified)}</div>\n' if modified else ""
    body = "".join(_render(page, piece) for piece in pieces(page)).removesuffix("<br><br>\n")
    items = "".join(f"<li>{link(each)}</li>" for each in page.related)
    biographies = "<br>".join(text(author.biography) for author in page.article.authors)
    bio = f'<div class="box"><span>{text(labels["about_author"])}</span><br>{biographies}</div>\n'
    main = f"""<div class="a1"><div class="a2">
<h1>{text(card.headline)}</h1>
<div class="d1">{page.house.when(card.published)}</div>
{updated}<div class="d3">{text(labels["by"])}：{names}</div>
<div class="lead"><span>{text(card.description)}</span></div>
{_image(page)}<div class="t1"><div class="t2"><span>
{body}
</span></div></div>
{_paywall(page)}{bio if page.biography else ""}</div></div>
<div class="box"><b>{text(labels["related"])}</b><ul>{items}</ul></div>"""
    return shell(page.house, card.headline, f'<link rel="canonical" href="{attribute(page.url)}">', main)


def _image(page: Page) -> str:
    if not page.image:
        return ""
    return (
        f'<div class="ph"><img src="{page.image_url}" alt=""><small>{text(page.article.captions[0])}'
        f"（{text(page.credit)}）</small></div>\n"
    )


def _render(page: Page, piece: Piece) -> str:
    if piece.kind in ("p", "quote"):
        return f"　{piece.html}<br><br>\n"
    if piece.kind == "h2":
        return f"<b>{piece.html}</b><br><br>\n"
    if piece.kind == "ul":
        return "".join(f"・{item}<br>\n" for item in piece.items) + "<br>\n"
    if piece.kind == "pull":
        return f'<span class="box" style="display:block">{piece.html}</span>\n'
    if piece.kind == "related":
        return f'<div class="box">{text(page.labels["read_more"])}　{link(page.related[-1])}</div>\n'
    if piece.kind == "newsletter":
        return f'<div class="box">{text(page.labels["newsletter_text"])}</div>\n'
    if piece.kind == "advertisement":
        return f'<div class="pr">{piece.html}</div>\n'
    if piece.kind == "figure":
        return (
            f'<div class="ph"><img src="{page.picture(piece.number)}" alt=""><small>{piece.html}</small></div>\n'
        )
    assert piece.at is not None
    return f'<div class="d4">{piece.at:%H:%M}</div>\n'


def _paywall(page: Page) -> str:
    if page.card.kind != "paywall":
        return ""
    title, prompt = text(page.labels["paywall_title"]), text(page.labels["paywall_text"])
    return f'<div class="box"><b>{title}</b><br>{prompt}</div>\n'
