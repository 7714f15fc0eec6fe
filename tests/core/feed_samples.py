"""Feeds of every kind, as publishers write them: our own writing."""

from __future__ import annotations

import gzip
import json

ITEMS = (
    "<item><title>First &amp; best</title><link>https://news.example/2026/03/first</link>"
    "<pubDate>Mon, 02 Mar 2026 08:15:00 +0100</pubDate></item>"
    "<item><title><![CDATA[Second & <b>last</b>]]></title><link>/2026/03/second</link></item>"
)
RSS_20 = f'<?xml version="1.0"?>\n<rss version="2.0"><channel><title>T</title>{ITEMS}</channel></rss>\n'
RSS_091 = (
    '<?xml version="1.0"?>\n<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"\n'
    ' "http://my.netscape.com/publish/formats/rss-0.91.dtd">\n'
    f'<rss version="0.91"><channel><title>T</title>{ITEMS}</channel></rss>'
)
RSS_090 = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">'
    f"<channel><title>T</title></channel>{ITEMS}</rdf:RDF>"
)
RSS_10 = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"\n'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://news.example/"><title>T</title></channel>'
    '<item rdf:about="x"><title>First &amp; best</title><link>https://news.example/2026/03/first</link>'
    "<dc:date>2026-03-02T08:15+01:00</dc:date></item>"
    '<item rdf:about="y"><title>Second</title><link>/2026/03/second</link></item></rdf:RDF>'
)
ATOM_03 = (
    '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>T</title><entry><title>First &amp; best</title>'
    '<link rel="alternate" type="text/html" href="https://news.example/2026/03/first"/>'
    "<issued>2026-03-02T08:15:00+01:00</issued><modified>2026-03-02T09:00:00Z</modified></entry>"
    '<entry><title>Second</title><link rel="alternate" type="text/html" href="/2026/03/second"/></entry></feed>'
)
ATOM_10 = (
    '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://news.example/">'
    "<title>T</title><entry><title>First &amp; best</title><id>tag:1</id>"
    '<link rel="enclosure" href="https://cdn.example/first.mp3"/><link href="2026/03/first"/>'
    "<published>2026-03-02T08:15:00+01:00</published><updated>2026-03-02T09:00:00Z</updated></entry>"
    "<entry><title>Second</title><id>https://news.example/2026/03/second</id></entry></feed>"
)


def json_feed(version: str) -> str:
    items = [
        {"id": "1", "url": "https://news.example/2026/03/first", "title": "First & best", "language": "en",
         "date_published": "2026-03-02T08:15:00+01:00", "external_url": "https://elsewhere.example/"},
        {"id": "https://news.example/2026/03/second", "title": None},
    ]  # fmt: skip
    return json.dumps({"version": f"https://jsonfeed.org/version/{version}", "title": "T", "items": items})


SITEMAP = (
    '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    "<url><loc>https://news.example/2026/03/first</loc><lastmod>2026-03-02</lastmod></url>"
    "<url><loc><![CDATA[ https://news.example/2026/03/second ]]></loc></url></urlset>"
)
NEWS_SITEMAP = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://news.example/2026/03/first</loc>'
    "<n:news><n:publication><n:name>T</n:name><n:language>en</n:language></n:publication>"
    "<n:publication_date>2026-03-02T08:15:00+01:00</n:publication_date><n:title>First &amp; best</n:title></n:news>"
    "</url><url><loc>https://news.example/2026/03/second</loc></url></urlset>"
)
INDEX = (
    '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap>'
    "<loc>https://news.example/old.xml</loc><lastmod>2019-01-01</lastmod></sitemap>"
    "<sitemap><loc>https://news.example/new.xml.gz</loc><lastmod>2026-03-02T08:15:00Z</lastmod></sitemap>"
    "</sitemapindex>"
)
TEXT = "https://news.example/2026/03/first\nhttps://news.example/2026/03/second\n"

# What is listed of all but the index: two stories, of which the first has a title and a date where there are such.
SAMPLES: dict[str, bytes] = {
    name: text.encode()
    for name, text in {
        "rss-2.0": RSS_20, "rss-0.91": RSS_091, "rss-0.90": RSS_090, "rss-1.0": RSS_10, "atom-0.3": ATOM_03,
        "atom-1.0": ATOM_10, "json-1.0": json_feed("1"), "json-1.1": json_feed("1.1"), "sitemap": SITEMAP,
        "news-sitemap": NEWS_SITEMAP, "text": TEXT,
    }.items()
}  # fmt: skip
SAMPLES |= {f"{name}.gz": gzip.compress(SAMPLES[name], mtime=0) for name in ("sitemap", "text")}
KINDS = {
    "rss": "rss",
    "atom": "atom",
    "json": "json",
    "sitemap": "sitemap",
    "text": "sitemap",
    "news": "news-sitemap",
}


def kind_of(name: str) -> str:
    return next(KINDS[start] for start in KINDS if name.startswith(start))


def bomb(root: str, item: str, link: str) -> bytes:
    """Billion laughs: entities that stand for ten of the one before."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY l0 "lol">{entities}]>'
        f"<{root}><channel><{item}><{link}>https://news.example/&l9;</{link}></{item}></channel></{root}>"
    ).encode()
