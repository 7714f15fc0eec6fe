"""Front page, sections, RSS, Atom, sitemaps, robots.txt: what a publisher offers to those who look for articles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime

from crawler.demo.edition import Card
from crawler.demo.layout import House, attribute, iso, link, section_path, text
from crawler.demo.styles import STYLES, bare

PER_PAGE = 20
PER_SITEMAP = 1000
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def front(house: House, cards: Sequence[Card], odd: Iterable[tuple[str, str]]) -> str:
    """The front page: the newest articles, and links that lead astray where a publisher has such."""
    labels = house.labels
    main = f"<h2>{text(labels['key'])}</h2>\n{_teasers(house, cards)}"
    links = "".join(f'<li><a href="{attribute(path)}">{text(name)}</a></li>' for path, name in odd)
    if links:
        main += f"\n<aside><h3>{text(labels['most_read'])}</h3><ol>{links}</ol></aside>"
    head = bare.front_head(house) if house.publisher.style == "bare" else ""
    head += f'<meta name="description" content="{attribute(labels["site_tagline"])}">' if not head else ""
    return STYLES[house.publisher.style].shell(house, labels["site_tagline"], head, main)


def section(house: House, key: str, number: int, cards: Sequence[Card], more: bool, latest: Sequence[Card]) -> str:
    """Page `number` of a section, with links to its neighbours and a box of the `latest` of the whole house."""
    labels, publisher = house.labels, house.publisher
    main = f"<h1>{text(publisher.section_title(key))}</h1>\n{_teasers(house, cards)}\n<p>"
    if number > 1:
        main += f'<a rel="prev" href="{section_path(publisher, key, number - 1)}">{text(labels["newer"])}</a> '
    if more:
        main += f'<a rel="next" href="{section_path(publisher, key, number + 1)}">{text(labels["older"])}</a>'
    rows = "".join(f"<li>{link(card)}</li>" for card in latest)
    main += f"</p>\n<aside><h3>{text(labels['key'])}</h3><ul>{rows}</ul></aside>"
    return STYLES[publisher.style].shell(house, publisher.section_title(key), "", main)


def _teasers(house: House, cards: Sequence[Card]) -> str:
    style = house.publisher.style
    if style == "bare":
        return "<ul>" + "".join(f"<li>{link(card)}</li>\n" for card in cards) + "</ul>"
    tag = "div" if style in ("opengraph", "breaks", "newsline") else "article"
    return "\n".join(
        f'<{tag} class="teaser"><h3>{link(card)}</h3><p>{text(card.description)}</p>'
        f"<small>{house.when(card.published)}</small></{tag}>"
        for card in cards
    )


def simple(house: House, title: str, *paragraphs: str) -> str:
    """A page that is neither article nor listing."""
    main = f"<h1>{text(title)}</h1>" + "".join(f"<p>{text(each)}</p>" for each in paragraphs)
    return STYLES[house.publisher.style].shell(house, title, "", main)


def rss(house: House, cards: Sequence[Card]) -> str:
    """RSS 2.0; links may carry the publisher's tracking parameters, the guid does not."""
    tracking = house.publisher.tracking
    items = []
    for card in cards:
        joint = "&" if "?" in card.path else "?"
        address = house.url(card.path) + (joint + tracking if tracking else "")
        items.append(
            f"<item><title>{text(card.headline)}</title><link>{text(address)}</link>"
            f'<guid isPermaLink="true">{text(house.url(card.path))}</guid>'
            f"<pubDate>{format_datetime(card.published)}</pubDate>"
            f"<category>{text(card.publisher.section_title(card.section))}</category>"
            f"<description>{text(card.description)}</description></item>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>{text(house.publisher.title)}</title><link>{house.url('/')}</link>"
        f"<description>{text(house.labels['site_tagline'])}</description>"
        f"<language>{house.publisher.language}</language>\n" + "\n".join(items) + "\n</channel></rss>\n"
    )


def atom(house: House, cards: Sequence[Card], changed: Callable[[Card], datetime]) -> str:
    """Atom (RFC 4287)."""
    entries = [
        f"<entry><title>{text(card.headline)}</title><id>{text(house.url(card.path))}</id>"
        f'<link rel="alternate" href="{attribute(house.url(card.path))}"/>'
        f"<published>{iso(card.published)}</published><updated>{iso(changed(card))}</updated>"
        f"<summary>{text(card.description)}</summary></entry>"
        for card in cards
    ]
    newest = iso(
        max((changed(card) for card in cards), default=datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{text(house.publisher.title)}</title><id>{house.url('/')}</id>"
        f'<link rel="self" href="{house.url("/atom.xml")}"/><link href="{house.url("/")}"/>'
        f"<author><name>{text(house.publisher.title)}</name></author><updated>{newest}</updated>\n"
        + "\n".join(entries)
        + "\n</feed>\n"
    )


def sitemap_index(house: House, children: int) -> str:
    """The index of `children` sitemaps and the news sitemap."""
    names = [f"/sitemap-{number + 1}.xml" for number in range(children)] + ["/news-sitemap.xml"]
    rows = "\n".join(f"<sitemap><loc>{house.url(name)}</loc></sitemap>" for name in names)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="{_SITEMAP}">\n{rows}\n</sitemapindex>\n'


def sitemap(house: House, cards: Iterable[Card], changed: Callable[[Card], datetime]) -> str:
    """A urlset with lastmod, which silent edits do not touch."""
    rows = "\n".join(
        f"<url><loc>{text(house.url(card.path))}</loc><lastmod>{iso(changed(card))}</lastmod></url>"
        for card in cards
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_SITEMAP}">\n{rows}\n</urlset>\n'


def news_sitemap(house: House, cards: Iterable[Card]) -> str:
    """The news of the last two days with titles, as Google News reads it."""
    publication = (
        f"<news:publication><news:name>{text(house.publisher.title)}</news:name>"
        f"<news:language>{house.publisher.words}</news:language></news:publication>"
    )
    rows = "\n".join(
        f"<url><loc>{text(house.url(card.path))}</loc><news:news>{publication}"
        f"<news:publication_date>{iso(card.published)}</news:publication_date>"
        f"<news:title>{text(card.headline)}</news:title></news:news></url>"
        for card in cards
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_SITEMAP}" xmlns:news="{_NEWS}">\n{rows}\n'
        "</urlset>\n"
    )


def robots(house: House, forbidden: bool = False) -> str:
    """robots.txt (RFC 9309) with a disallowed area and, at one publisher, a crawl delay in seconds.

    `forbidden`: all is disallowed.
    """
    lines = ["User-agent: *", "Disallow: /" if forbidden else "Disallow: /internal/"]
    if house.publisher.crawl_delay is not None:
        lines.append(f"Crawl-delay: {house.publisher.crawl_delay}")
    if house.publisher.sitemap != "none":
        lines += ["", f"Sitemap: {house.url('/sitemap.xml')}"]
    if house.publisher.sitemap == "index":
        lines.append(f"Sitemap: {house.url('/news-sitemap.xml')}")
    return "\n".join(lines) + "\n"


def picture(number: int) -> str:
    """A landscape in SVG, different for every number."""
    hue, sun = number * 47 % 360, 120 + number * 61 % 560
    roofs = "".join(
        f'<rect x="{x}" y="{260 + (number * 13 + x * 7) % 120}" width="58" height="240" fill="hsl({hue},25%,28%)"/>'
        for x in range(0, 800, 66)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="450" viewBox="0 0 800 450">'
        f'<rect width="800" height="450" fill="hsl({(hue + 180) % 360},45%,80%)"/>'
        f'<circle cx="{sun}" cy="120" r="52" fill="hsl(45,90%,70%)"/>{roofs}</svg>'
    )
