"""Feeds of every kind, whole, broken and hostile."""

from __future__ import annotations

import gzip
import json
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive import feeds
from archive.model import Feed

BASE = "https://news.example/feeds/latest.xml"


def urls(feed: Feed) -> list[str]:
    return [entry.url for entry in feed.entries]


RSS = b"""<?xml version="1.0" encoding="utf-8"?>
<!-- made by hand -->
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Gazette</title>
<item><title><![CDATA[Ferry & harbour: <b>late</b>]]></title><link>/story/1?utm_source=rss#top</link>
 <pubDate>Mon, 02 Mar 2026 08:15:00 +0530</pubDate></item>
<item><title>Second &amp; last</title><link>https://news.example/story/2</link><dc:date>2026-03-01</dc:date></item>
<item><guid isPermaLink="true">https://news.example/story/3</guid></item>
<item><guid isPermaLink="false">internal-4</guid><title>No address</title></item>
</channel></rss>"""

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Atomic</title>
<entry><title type="html">One &lt;i&gt;more&lt;/i&gt;</title><id>tag:news.example,2026:1</id>
<link rel="self" href="https://news.example/api/1"/><link rel="alternate" href="../story/1"/>
<published>2026-03-02T08:15:00Z</published><updated>2026-03-02T09:00:00+01:00</updated></entry>
<entry><title>Two</title><id>https://news.example/story/2</id></entry></feed>"""

SITEMAP = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc> https://news.example/a?x=1&amp;y=2 </loc><lastmod>2026-03-02</lastmod><priority>0.5</priority></url>
<url><loc>/relative</loc><lastmod>2026-03-02T10:00:00+02:00</lastmod></url>
<url><loc>mailto:nobody@news.example</loc></url><url><lastmod>2026-03-02</lastmod></url>
<url><loc>/relative</loc></url></urlset>"""

NEWS = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><loc>https://news.example/n/1</loc>
<image:image><image:loc>https://news.example/p.jpg</image:loc><image:title>A picture</image:title></image:image>
<news:news><news:publication><news:name>Gazette</news:name><news:language>en</news:language></news:publication>
<news:publication_date>2026-03-02T08:15:00+00:00</news:publication_date><news:title>Ferry late</news:title>
</news:news></url></urlset>"""

INDEX = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>/sitemap-1.xml.gz</loc><lastmod>2026-03-02</lastmod></sitemap>
<sitemap><loc>https://news.example/sitemap-2.xml</loc></sitemap></sitemapindex>"""

JSON = json.dumps({
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Jason",
    "items": [
        {"id": "1", "url": "/story/1", "title": "One", "date_published": "2026-03-02T08:15:00-04:00"},
        {"id": "https://news.example/story/2", "title": 7},
        {"id": "3"},
        "nonsense",
    ],
}).encode()  # fmt: skip


def test_rss() -> None:
    feed = feeds.parse(RSS, BASE)
    assert (feed.kind, feed.title, feed.error) == ("rss", "The Gazette", None)
    assert urls(feed) == [f"https://news.example/story/{n}" for n in (1, 2, 3)]
    assert feed.entries[0].title == "Ferry & harbour: <b>late</b>"
    assert feed.entries[0].published == "2026-03-02T08:15:00+05:30"
    assert feed.entries[1].title == "Second & last"
    assert [entry.modified for entry in feed.entries] == [
        None,
        "2026-03-01",
        None,
    ]  # Dublin Core's date is no promise


def test_atom() -> None:
    feed = feeds.parse(ATOM, BASE)
    assert (feed.kind, feed.title) == ("atom", "Atomic")
    assert urls(feed) == ["https://news.example/story/1", "https://news.example/story/2"]
    assert feed.entries[0].published == "2026-03-02T08:15:00+00:00"
    assert feed.entries[0].modified == "2026-03-02T09:00:00+01:00"


def test_rss_1_of_rdf() -> None:
    rdf = b"""<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>Old</title></channel>
    <item rdf:about="y"><title>One</title><link>https://news.example/1</link></item></rdf:RDF>"""
    assert urls(feeds.parse(rdf, BASE)) == ["https://news.example/1"]


def test_json_feed() -> None:
    feed = feeds.parse(JSON, BASE)
    assert (feed.kind, feed.title) == ("json", "Jason")
    assert urls(feed) == ["https://news.example/story/1", "https://news.example/story/2"]
    assert feed.entries[0].published == "2026-03-02T08:15:00-04:00"
    assert feed.entries[1].title is None


def test_sitemap() -> None:
    feed = feeds.parse(SITEMAP, BASE)
    assert (feed.kind, feed.error) == ("sitemap", None)
    assert urls(feed) == ["https://news.example/a?x=1&y=2", "https://news.example/relative"]
    assert [entry.modified for entry in feed.entries] == ["2026-03-02", "2026-03-02T10:00:00+02:00"]


def test_news_sitemap_takes_the_story_s_words_not_the_picture_s() -> None:
    (entry,) = feeds.parse(NEWS, BASE).entries
    assert feeds.parse(NEWS, BASE).kind == "news-sitemap"
    assert (entry.url, entry.published) == ("https://news.example/n/1", "2026-03-02T08:15:00+00:00")
    assert entry.title == "Ferry late"


def test_sitemap_index_and_gzip() -> None:
    for payload in (INDEX, gzip.compress(INDEX, mtime=0)):
        feed = feeds.parse(payload, BASE)
        assert (feed.kind, feed.entries, feed.error) == ("sitemap-index", (), None)
        assert [f.url for f in feed.feeds] == [
            "https://news.example/sitemap-1.xml.gz",
            "https://news.example/sitemap-2.xml",
        ]


def test_text_sitemap() -> None:
    feed = feeds.parse(b"\xef\xbb\xbfhttps://news.example/a\r\nhttps://news.example/b\n\nnonsense\n", BASE)
    assert feed.kind == "sitemap"
    assert urls(feed)[:2] == ["https://news.example/a", "https://news.example/b"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-02", "2026-03-02"),
        ("2026-03-02T08:15Z", "2026-03-02T08:15:00Z"),
        ("2026-03-02T08:15:30.123+01:00", "2026-03-02T08:15:30+01:00"),
        ("Mon, 02 Mar 2026 08:15:00 GMT", "2026-03-02T08:15:00Z"),
        ("2 Mar 2026 08:15:00 -0500", "2026-03-02T08:15:00-05:00"),
        ("soon", None),
        ("2026-13-45", None),
        ("", None),
    ],
)
def test_dates_of_many_notations(written: str, read: str | None) -> None:
    item = f"<rss version='2.0'><channel><item><link>/1</link><pubDate>{written}</pubDate></item></channel></rss>"
    (entry,) = feeds.parse(item.encode(), BASE).entries
    published = entry.published.replace("+00:00", "Z") if entry.published else None
    assert published == read


# Broken.


def test_xml_cut_short_gives_what_came_and_says_so() -> None:
    for whole in (SITEMAP, NEWS):
        feed = feeds.parse(whole[: whole.rindex(b"</url>") + 6], BASE)
        assert len(feed.entries) >= 1
        assert feed.error == "broken XML: it ends too early"
    assert urls(feeds.parse(RSS[: RSS.index(b"<item><guid")], BASE)) == [
        "https://news.example/story/1",
        "https://news.example/story/2",
    ]


def test_gzip_cut_short_gives_what_came_and_says_so() -> None:
    many = b"<urlset>" + b"".join(b"<url><loc>/%d</loc></url>" % n for n in range(5000)) + b"</urlset>"
    packed = gzip.compress(many)
    feed = feeds.parse(packed[: len(packed) // 2], BASE)
    assert 100 < len(feed.entries) < 5000
    assert feed.error
    assert "gzip" in (feeds.parse(b"\x1f\x8b" + b"garbage" * 10, BASE).error or "")


def test_bare_ampersands_and_a_lying_encoding() -> None:
    feed = feeds.parse(b"<urlset><url><loc>https://news.example/?a=1&b=2&copy</loc></url></urlset>", BASE)
    assert urls(feed) == ["https://news.example/?a=1&b=2&copy"]
    latin = '<?xml version="1.0" encoding="utf-8"?><urlset><url><loc>/café</loc></url><url><loc>/b</loc></url></urlset>'
    feed = feeds.parse(latin.encode("latin-1"), BASE)
    assert "https://news.example/b" in urls(feed)
    feed = feeds.parse(RSS.decode().replace("Gazette", "Gazét").encode("latin-1"), BASE)
    assert len(feed.entries) == 3


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_byte_order_marks(encoding: str) -> None:
    for text, count in ((SITEMAP, 2), (RSS, 3)):
        payload = text.decode().replace('encoding="utf-8"', "").encode(encoding)
        assert feeds.sniff(payload, None)
        assert len(feeds.parse(payload, BASE).entries) == count


def test_a_page_instead_of_a_feed() -> None:
    page = b"<!doctype html><html><body>404: the <rss> feed has moved. <urlset></body></html>"
    feed = feeds.parse(page, BASE)
    assert (feed.kind, feed.entries) == ("unknown", ())
    assert feed.error == "a web page, not a feed"
    assert feeds.parse(b"no feed", BASE).error == "neither RSS, Atom, JSON Feed nor a sitemap"
    assert feeds.parse(b"  \n", BASE).error == "it is empty"
    assert feeds.parse(b'{"items": 1}', BASE).error == "JSON, but no JSON Feed"
    assert "broken JSON" in (feeds.parse(b'{"items": [', BASE).error or "")


def rss(items: str, more: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?><rss version="2.0" {more}><channel><title>T</title>{items}</channel></rss>'.encode()
    )


@pytest.mark.parametrize(
    ("item", "address"),
    [
        ("<guid>1234</guid><link>https://news.example/a</link>", "https://news.example/a"),
        ("<link>https://news.example/a</link><guid>https://news.example/other</guid>", "https://news.example/a"),
        ("<guid>https://news.example/g</guid>", "https://news.example/g"),
        ("<guid>1234</guid><title>No address</title>", None),
        ('<guid isPermaLink="false">https://news.example/g</guid>', None),
        ("<link>https://count.example/~r/1</link><f:origLink>https://news.example/a</f:origLink>", "https://news.example/a"),
        ("<link>https://count.example/~r/1</link><f:origLink>nonsense</f:origLink>", "https://count.example/~r/1"),
        ('<enclosure url="https://cdn.example/a.mp3" type="audio/mpeg" length="1"/>', None),
        (
            '<media:content url="https://cdn.example/v.mp4"><media:title>V</media:title></media:content><link>/a</link>',
            "https://news.example/a",
        ),
        ('<atom:link rel="related" href="https://x.example/"/><link>/a</link>', "https://news.example/a"),
        ("<link> \n ../a?x=1&y=2 \n</link>", "https://news.example/a?x=1&y=2"),
    ],
)  # fmt: skip
def test_which_address_an_item_has(item: str, address: str | None) -> None:
    namespaces = (
        'xmlns:f="http://rssnamespace.org/feedburner/ext/1.0" xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:atom="http://www.w3.org/2005/Atom"'
    )
    assert urls(feeds.parse(rss(f"<item>{item}</item>", namespaces), BASE)) == ([address] if address else [])


def test_encodings_declared_and_not() -> None:
    text = '<?xml version="1.0" encoding="{}"?><urlset><url><loc>/a</loc><title>{}</title></url></urlset>'
    for declared, used, title in (
        ("windows-1251", "cp1251", "Газета"),
        ("utf-8", "cp1252", "Café – “late”"),
        ("no-such", "cp1252", "Café"),
        ("punycode", "cp1252", "Café"),
        ("Shift_JIS", "shift_jis", "新聞"),
    ):
        for kind in ("urlset", "rss"):
            written = text.format(declared, title)
            if kind == "rss":
                written = written.replace("urlset", "rss").replace("url>", "item>").replace("loc>", "link>")
            (entry,) = feeds.parse(written.encode(used), BASE).entries
            assert entry.title == title, (declared, kind)


def test_what_servers_print_before_a_feed() -> None:
    for chaff in (b"\n\n", b"Warning: no such table in /srv/feed.php on line 3\n", b"<br />\n<b>Notice</b>: x\n"):
        assert urls(feeds.parse(chaff + RSS, BASE)) == urls(feeds.parse(RSS, BASE))
        assert urls(feeds.parse(chaff + SITEMAP, BASE)) == urls(feeds.parse(SITEMAP, BASE))


def test_ampersands_beside_cdata() -> None:
    mixed = b"<urlset><url><loc><![CDATA[/a?x=1&y=2]]></loc></url><url><loc>/b?x=1&y=2</loc></url></urlset>"
    assert urls(feeds.parse(mixed, BASE)) == ["https://news.example/a?x=1&y=2", "https://news.example/b?x=1&y=2"]


# Hostile.


def test_what_stands_before_the_root_is_read_in_one_pass() -> None:
    """Backtracking over so many comments would take longer than the universe has been there."""
    comments = b"<!---->" * 580
    assert not feeds.sniff(comments + b"<!-", "text/html")
    assert not feeds.sniff(comments + b"no root", "text/html")
    assert feeds.sniff(comments + b"<rss>", "text/html")
    long = b"<!-- " + b"x" * 100_000 + b" -->"
    assert len(feeds.parse(long + SITEMAP.removeprefix(b'<?xml version="1.0"?>'), BASE).entries) == 2


def test_entities_that_harm_nobody_are_no_reason_to_refuse() -> None:
    names = b"""<!DOCTYPE rss [<!ENTITY % HTMLlat1 PUBLIC "-//W3C//ENTITIES Latin 1 for XHTML//EN" "x.ent"> %HTMLlat1;
      <!ENTITY copy "&#169;"> ]>"""
    assert len(feeds.parse(names + rss("<item><link>/a</link></item>")[21:], BASE).entries) == 1
    for hostile in (b'<!ENTITY a "b"><!ENTITY c "&a;&a;">', b"<!ENTITY a SYSTEM 'file:///etc/passwd'>"):
        feed = feeds.parse(b"<!DOCTYPE urlset [" + hostile + b"]>" + SITEMAP[21:], BASE)
        assert (feed.entries, feed.error) == ((), "it declares entities that unfold or read files: not read")


def bomb(entity: str) -> bytes:
    entities = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {after} "{f"&{before};" * 30}">' for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    return (
        f'<?xml version="1.0"?><!DOCTYPE x [{entities}<!ENTITY file SYSTEM "file:///etc/passwd">]>'.encode()
        + (
            f"<urlset><url a='&{entity};'><loc>https://news.example/{entity}/&{entity};</loc></url>"
            f"<url><loc>https://news.example/b/&{entity};</loc></url></urlset>"
        ).encode()
    )


@pytest.mark.parametrize("entity", ["b", "d", "i", "file"])
@pytest.mark.parametrize("kind", ["sitemap", "rss"])
def test_entities_unfold_to_little_and_read_no_file(entity: str, kind: str) -> None:
    payload = bomb(entity)
    if kind == "rss":
        payload = payload.replace(b"urlset", b"rss").replace(b"<url", b"<item").replace(b"</url", b"</item")
        payload = payload.replace(b"loc>", b"link>")
    tracemalloc.start()
    feed = feeds.parse(payload, BASE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * 2**20
    assert "root:" not in repr(feed)
    assert all(len(entry.url) < 3000 for entry in feed.entries)


def test_60_mb_are_bounded() -> None:
    line = b"<url><loc>https://news.example/%09d</loc></url>"
    payload = b"<urlset>" + b"".join(line % n for n in range(1_300_000))
    assert len(payload) > 60e6
    feed = feeds.parse(payload, BASE)
    assert len(feed.entries) == feeds.MAX_ENTRIES
    assert feed.error == "longer than 50 MB: the rest was left out"
    tracemalloc.start()
    empty = feeds.parse(gzip.compress(bytes(60_000_000), 1), BASE)
    deep = feeds.parse(b"<urlset>" + b"<a>" * 1_000_000, BASE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (empty.entries, deep.entries) == ((), ())
    assert peak < 200e6
    assert "recursion" in (feeds.parse(b'{"items":[' + b"[" * 100_000, BASE).error or "")


STARTS = [
    RSS,
    ATOM,
    SITEMAP,
    NEWS,
    INDEX,
    JSON,
    gzip.compress(INDEX, mtime=0),
    b"https://a.example/\n",
    b"\xff\xfe<\0r\0",
]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(STARTS), st.integers(0, 400), st.binary(max_size=60), st.booleans())
@example(b"", 0, b"\xff\xfe", False)
@example(b"", 0, b"<rss", False)
@example(b"", 0, b"{", False)
def test_nothing_that_a_server_sends_makes_it_raise(start: bytes, at: int, noise: bytes, cut: bool) -> None:
    payload = start[:at] + noise + (b"" if cut else start[at:])
    feed = feeds.parse(payload, BASE)
    assert feed.kind in {"rss", "atom", "json", "sitemap", "sitemap-index", "news-sitemap", "unknown"}
    assert isinstance(feeds.sniff(payload, None), bool)


# Page or feed?


@pytest.mark.parametrize("payload", [RSS, ATOM, SITEMAP, NEWS, INDEX, JSON, gzip.compress(SITEMAP, mtime=0)])
def test_feeds_are_known_by_their_beginning(payload: bytes) -> None:
    assert feeds.sniff(payload, "text/html")


@pytest.mark.parametrize(
    "payload",
    [
        b"<!doctype html><html><head><title>How to read <rss> and <feed ></title>",
        b"<html xmlns='http://www.w3.org/1999/xhtml'><head></head><body><feed ></feed>",
        b"<?xml version='1.0'?><!DOCTYPE html [ <!ENTITY x 'y'> ]><html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><feed ></svg>",
        b'{"headline": "no feed"}',
        b"https://only.example/a-line-of-text",
        gzip.compress(b"a file that somebody offers", mtime=0),
        b"\x1f\x8b",
        b"",
    ],
)
def test_pages_are_no_feeds(payload: bytes) -> None:
    assert not feeds.sniff(payload, "text/html")
