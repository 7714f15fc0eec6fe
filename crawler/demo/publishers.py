"""The publishers of the demo newspaper: who they are, how they lay out pages and how their servers answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.demo import dates
from crawler.demo.dates import Zone

SECTION_KEYS = ("local", "politics", "opinion", "business", "sport", "culture", "science")

_SECTIONS = {
    "en": {"local": "Local", "politics": "Politics", "opinion": "Opinion", "business": "Business",
           "sport": "Sport", "culture": "Culture", "science": "Science"},
    "de": {"local": "Lokales", "politics": "Politik", "opinion": "Meinung", "business": "Wirtschaft",
           "sport": "Sport", "culture": "Kultur", "science": "Wissen"},
    "hi": {"local": "शहर", "politics": "राजनीति", "opinion": "विचार", "business": "कारोबार",
           "sport": "खेल", "culture": "संस्कृति", "science": "विज्ञान"},
    "ar": {"local": "محليات", "politics": "سياسة", "opinion": "رأي", "business": "اقتصاد",
           "sport": "رياضة", "culture": "ثقافة", "science": "علوم"},
    "ja": {"local": "地域", "politics": "政治", "opinion": "論説", "business": "経済",
           "sport": "スポーツ", "culture": "文化", "science": "科学"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Publisher:
    """One publisher. `specials`: {rank: what}, rank 0 being the newest article at the default clock."""

    name: str  # the host is <name>.localhost
    title: str
    style: str
    language: str  # BCP 47
    zone: Zone
    notation: str
    colour: str
    number: int  # of its first article, as in its URLs
    specials: dict[int, str] = field(default_factory=dict)
    codings: tuple[str, ...] = ()  # in the server's order of preference
    chunked: bool = False
    validators: tuple[str, ...] = ("etag", "last-modified")
    feeds: tuple[str, ...] = ("rss",)  # rss | atom
    sitemap: str = "index"  # index | plain | none
    robots: bool = True
    crawl_delay: float | None = None
    tracking: str = ""  # a query that its RSS adds to links
    odd_links: bool = False  # its front page links redirects, a 404 and a 410
    wire: bool = False  # carries stories of the wire service
    # After the default clock.
    pace_h: float = 6.0  # from one article to the next
    edited: float = 0.3  # share of its articles that are edited
    beats: tuple[str, ...] = SECTION_KEYS  # the sections, in the turn in which they publish
    reprints: bool = False  # takes up some wire stories days later

    @property
    def words(self) -> str:
        """The language of its word lists."""
        return self.language[:2]

    @property
    def host(self) -> str:
        return f"{self.name}.localhost"

    def section_title(self, key: str) -> str:
        return _SECTIONS[self.words][key]


PUBLISHERS = (
    Publisher(
        "courier", "The Harbour Courier", "cms", "en-GB", dates.LONDON, "gb", "#0b4f6c", 700_000,
        {0: "live-blog", 1: "wire", 3: "paywall", 4: "silent", 5: "sitemap-only"},
        codings=("br", "gzip"), feeds=("rss", "atom"), odd_links=True, wire=True,
        edited=0.5,
    ),
    Publisher(
        "gazette", "Prairie Gazette", "wordpress", "en-US", dates.CENTRAL, "us", "#7a3b12", 5_000,
        {0: "correction", 1: "wire", 3: "gallery", 4: "internal"},
        codings=("gzip",), chunked=True, tracking="utm_source=rss&utm_medium=feed", odd_links=True, wire=True,
        pace_h=8.0,
    ),
    Publisher(
        "newsline", "Newsline Today", "newsline", "en-IN", dates.GREENWICH, "seed", "#b3132b", 310_000,
        {0: "silent", 3: "corrected", 4: "section-only"},
        codings=("gzip",), validators=("etag",),
        pace_h=2.5, edited=0.2, beats=("local", "politics", "local", "sport", "local", "business", "local", "culture"),
    ),
    Publisher(
        "samachar", "नव प्रभात समाचार", "microdata", "hi", dates.INDIA, "in", "#a8480f", 88_000,
        {1: "correction", 3: "live-blog", 4: "sitemap-only"},
        codings=("br",), chunked=True,
        edited=0.25,
    ),
    Publisher(
        "sahifa", "صحيفة الأفق", "opengraph", "ar", dates.ARABIA, "ar", "#1c5d3a", 20_000,
        {1: "silent", 3: "section-only", 4: "gallery"},
        codings=("gzip",), crawl_delay=0.05,
        pace_h=4.0, edited=0.15,
    ),
    Publisher(
        "ledger", "The Valley Ledger", "bare", "en-US", dates.EASTERN, "ap", "#333333", 1_000,
        {1: "correction", 3: "section-only"},
        validators=("last-modified",), sitemap="none", robots=False,
        pace_h=12.0, edited=0.6, reprints=True,
    ),
    Publisher(
        "tageblatt", "Elbmünder Tageblatt", "graph", "de", dates.GERMANY, "de", "#1f2d5c", 430_000,
        {0: "paywall", 1: "live-blog", 3: "internal", 4: "silent"},
        codings=("br", "gzip"), feeds=("atom",), odd_links=True,
        pace_h=4.0, edited=0.4,
    ),
    Publisher(
        "shimbun", "青浜新聞", "breaks", "ja", dates.JAPAN, "ja", "#8c1c13", 60_000,
        {0: "flaky", 1: "gallery", 3: "correction", 5: "sitemap-only"},
        chunked=True, validators=(), sitemap="plain",
        pace_h=8.0, edited=0.2,
    ),
)  # fmt: skip

# What recurs every 49 articles (a multiple of the seven sections, so none of these ranks is an opinion column).
CYCLE = 49
RECURRING = {
    8: "wire", 10: "live-blog", 12: "gallery", 15: "paywall", 17: "correction", 19: "silent",
    20: "sitemap-only", 22: "section-only", 31: "correction", 33: "silent", 40: "internal", 45: "sitemap-only",
}  # fmt: skip
