"""What the tree says of the kind of a page before the body engine uses it up: classes, players, pictures, clocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from archive.extract.outline import MARK_LENGTH, Around, Line
from archive.extract.page import Page
from archive.extract.sayings import SOURCES, Words
from archive.extract.text import count

LITTLE = 6000  # characters of a page that may hold nothing but a message
SOURCE_READ = 400_000  # bytes of a page with little text that are searched for the marks of a challenge
MAX_MEDIA = 300
_EDGE = r"(?:^|[-_ ])(?:%s)(?:[-_ ]|$)"


class Mark:
    """Bits for what the class or id of an element, or of one around it, names."""

    CONSENT = 1
    PAYWALL = 2
    LIVE = 4
    GALLERY = 8
    PLAYER = 16


_NAMES = {
    Mark.CONSENT: r"cookie\w*|consent\w*|gdpr|rgpd|dsgvo|cmpbox\w*|cmp-?(?:banner|consent|wall|overlay)"
    r"|privacy-?(?:wall|notice|banner|manager|center|prompt)|onetrust|didomi|cybot|usercentrics|sp-?message"
    r"|qc-?cmp\d?|truste|trustarc|iubenda|axeptio|tarteaucitron|pur-?abo",
    Mark.PAYWALL: r"\w*paywall\w*|subscri(?:be|ption)-?wall|pay-?barrier|piano|regwall|reg-?wall|login-?wall"
    r"|premium-?wall|subscribers?-?only|metered|meter-?wall|locked-?(?:content|article)|offer-?wall|abo-?wall"
    r"|article-?(?:locked|gate|barrier)|content-?(?:gate|barrier|lock)|paid-?content-?(?:box|barrier|overlay)"
    r"|subscription-?(?:prompt|gate|barrier|box|offer)",
    Mark.LIVE: r"live-?blog\w*|live-?ticker\w*|ticker-?(?:entry|entries|item|event|post)s?|minute-?by-?minute"
    r"|live-?(?:post|entry|entries|update|event|feed|item|report|coverage)s?|minuto-?a-?minuto|en-?direct"
    r"|direct-?(?:post|item|live)s?|timeline-?(?:entry|item|event|post)s?|key-?events?",
    Mark.GALLERY: r"\w*gallery|galleria|galerie|galeria|\w*slide-?show|fotostrecke|bilderstrecke|bildergalerie"
    r"|diaporama|photo-?(?:set|essay|grid|stream|story)|image-?grid|fotorama|fotogaleria|bildspel|bildserie",
    Mark.PLAYER: r"(?:video|media|jw|bitmovin|html5)-?player\w*|jwplayer\w*|video-?js|vjs|brightcove"
    r"|video-?(?:embed|wrapper|container|holder|frame|stage)|player-?(?:container|wrapper|frame)",
}
_EACH = {bit: re.compile(_EDGE % words) for bit, words in _NAMES.items()}
_ANY = re.compile(_EDGE % "|".join(_NAMES.values()))
_CAMEL = re.compile(r"([a-z0-9])([A-Z])")
_EMBEDDED = re.compile(r"(?i)player|/embed|video")
_ROOT_ID = re.compile(
    r"(?i)_*(?:react|vue|main|my|web|spa|ng|q|ember|single)?[-_]?(?:root|app|next|nuxt|gatsby|svelte|mount|application)"
    r"[-_]?(?:root|app|container|wrapper)?"
)
_SELECTED = re.compile(r"[.#][\w-]{1,80}")
_CLOCK = re.compile(
    r"^\W{0,4}(?P<day>(?:\d{1,4}[./-]\d{1,2}[./-]?(?:\d{2,4})?|\d{1,2}\.? [^\W\d]{3,12}\.?(?: \d{4})?"
    r"|[^\W\d]{3,12}\.? \d{1,2}(?:, ?\d{4})?|\d{4}年\d{1,2}月\d{1,2}日)[ ,;|·•–-]{0,4})?"
    r"(?:(?:um|at|à|kl\.?|klo|às|alle|ore|saat|pukul|в|о|godz\.|الساعة)\s)?"
    r"(?P<h>[01]?\d|2[0-4])\s?(?P<sep>[:.hH時点])\s?(?P<m>[0-5]\d)(?![\d.,]\d)"
)
_CLOCK_WORD = re.compile(r"(?i)^\s{0,2}(?:uhr|h\b|hrs?\b|[ap]\.?m\b|[ap]\.m\.|ce?s?t\b|gmt|utc|bst|分|น\.)")
ENTRY_WORDS = 8  # words of a line that may be the text of an entry
ENTRY_REACH = 4  # lines behind a clock in which its text begins


@dataclass(frozen=True, slots=True)
class Marks:
    """Facts of the tree and of the source that the verdict weighs."""

    article_body: bool = False  # itemprop=articleBody
    articles: int = 0  # article elements, counted to six
    h1_in_article: bool = False
    headings: tuple[Words, ...] = ()  # title, h1 and first h2
    little: bool = False  # so little text that the page may be a message
    item_types: frozenset[str] = frozenset()  # last segments of itemtype (microdata)
    lines: tuple[int, ...] = ()  # bits of Mark for each line of the outline; empty if no element has any
    challenge: str | None = None  # what only a page with a challenge holds
    form_challenge: bool = False  # a captcha that forms have as well
    empty_root: str | None = None  # the empty element that a program would fill
    scripts: int = 0
    noscript: Words = field(default_factory=lambda: Words(""))
    frames: bool = False  # it is made of other pages (frameset)
    refresh: bool = False  # a meta element sends the reader on at once
    front_instead: bool = False  # at a deep address, it states that of the site's front page as its own
    player: str | None = None
    pictures: int = 0  # img in elements that are named a gallery
    figures: int = 0  # figures with a caption
    locked: int | None = None  # characters in what hasPart states not to be free; None if it names no element
    live: int = 0  # elements that are named an entry of a live blog, or one
    entries: int = 0  # clocks with a text behind them
    bare_entries: int = 0  # of these, without a day: comments have one
    ordered: bool = False  # the clocks run one way


def look(page: Page) -> Marks:
    """The marks of a page, in a few passes that are linear in its size."""
    root, h1 = page.root, page.h1_node
    little = page.size(root) < LITTLE
    own, named = _named(page)
    entries, bare, ordered = _entries(page)
    low = page.source[:SOURCE_READ].lower() if little else b""
    return Marks(
        article_body=bool(page.items("articleBody")),
        articles=sum(1 for _ in islice(root.iter("article"), 6)),
        h1_in_article=h1 is not None and any(a.tag == "article" for a in h1.iterancestors()),
        headings=tuple(Words(x[:300]) for x in _headings(page)),
        little=little,
        item_types=frozenset(
            str(x)[-80:].rstrip("/").rsplit("/", 1)[-1] for x in root.xpath("//@itemtype")[:MAX_MEDIA]
        ),
        lines=_by_line(page, own),
        challenge=next((mark.decode() for mark in SOURCES["strong"] if mark in low), None),
        form_challenge=any(mark in low for mark in SOURCES["weak"]),
        empty_root=_empty_root(page) if little else None,
        scripts=low.count(b"<script"),
        noscript=Words(" ".join(_noscript(root)) if little else ""),
        frames=next(root.iter("frameset"), None) is not None,
        refresh=any(x.strip().startswith("0") for x in page.meta.get("refresh", [])[:3]),
        front_instead=_front_instead(page),
        player=_player(page, own),
        pictures=sum(1 for e in islice(root.iter("img"), MAX_MEDIA) if _bits(e, own) & Mark.GALLERY),
        figures=sum(1 for e in islice(root.iter("figcaption"), MAX_MEDIA) if page.size(e)),
        locked=_locked(page),
        live=named.get(Mark.LIVE, 0),
        entries=entries,
        bare_entries=bare,
        ordered=ordered,
    )


def _headings(page: Page) -> Iterator[str]:
    yield page.title
    yield from (text for _, text in page.h1s[:4])
    yield from (page.text(e, 200) for e in islice(page.root.iter("h2"), 3))


def _named(page: Page) -> tuple[dict[HtmlElement, int], dict[int, int]]:
    """The elements whose own class or id names something, with their bits, and how many there are of each bit."""
    known: dict[tuple[str | None, str | None, str], int] = {}
    found: dict[HtmlElement, int] = {}
    totals: dict[int, int] = {}
    for e in page.outline.sizes:
        cls, ident = e.get("class"), e.get("id")
        custom = e.tag if "-" in e.tag else ""
        if not (cls or ident or custom):
            continue
        bits = known.get((cls, ident, custom))
        if bits is None:
            bits = known[cls, ident, custom] = _of_names(
                f"{(cls or '')[:MARK_LENGTH]} {(ident or '')[:MARK_LENGTH]} {custom[:80]}"
            )
        if bits and e.tag in ("html", "body"):
            bits &= Mark.LIVE
        if bits:
            found[e] = bits
            for bit in _EACH:
                if bits & bit:
                    totals[bit] = totals.get(bit, 0) + 1
    return found, totals


def _of_names(text: str) -> int:
    bits = 0
    for name in text.split():
        bits |= _of_name(name)
    return bits


@lru_cache(maxsize=16384)
def _of_name(name: str) -> int:
    if not name.islower():
        name = _CAMEL.sub(r"\1-\2", name).lower()
    return sum(bit for bit, words in _EACH.items() if words.search(name)) if _ANY.search(name) else 0


def _bits(e: HtmlElement, own: dict[HtmlElement, int]) -> int:
    """Bits of an element and the six around it."""
    bits = own.get(e, 0)
    for around in islice(e.iterancestors(), 6) if own else ():
        bits |= own.get(around, 0)
    return bits


def _by_line(page: Page, own: dict[HtmlElement, int]) -> tuple[int, ...]:
    """Bits of each line: those of its block and of all that contain it. Every element is visited once."""
    if not own:
        return ()
    known: dict[HtmlElement, int] = {page.root: own.get(page.root, 0)}

    def of(e: HtmlElement) -> int:
        path: list[HtmlElement] = []
        up: HtmlElement | None = e
        while up is not None and up not in known:
            path.append(up)
            up = up.getparent()
        bits = known[up] if up is not None else 0
        for each in reversed(path):
            bits |= own.get(each, 0)
            known[each] = bits
        return bits

    bits = [of(line.block) for line in page.outline.lines]
    for bit, verdict in ((Mark.CONSENT, "consent"), (Mark.PAYWALL, "paywall")):
        if _misnamed([x.text for x, b in zip(page.outline.lines, bits, strict=True) if b & bit], verdict):
            bits = [b & ~bit for b in bits]
    return tuple(bits)


def _misnamed(lines: list[str], verdict: str) -> bool:
    """Whether what is named a wall holds the text of the page: long lines that hardly speak of it."""
    long = [text for text in lines if count(text) >= 12]
    if sum(map(count, long)) < 100:
        return False
    sample = long[:12]
    return sum(bool(Words(text[:600]).said(verdict, "text", 1)) for text in sample) < 0.25 * len(sample)


def _noscript(root: HtmlElement) -> Iterator[str]:
    for e in islice(root.iter("noscript"), 5):
        yield " ".join(islice((t.strip() for t in e.itertext() if t.strip()), 20))[:500]


def _empty_root(page: Page) -> str | None:
    """The child of the body (or of its only child) without text that is named like the root of a program."""
    body = next(page.root.iter("body"), None)
    if body is None:
        return None
    around = [*islice(body, 50)]
    if len(body) == 1:
        around += [*islice(body[0], 50)]
    for e in around:
        ident = e.get("id") or ""
        if page.size(e) <= 40 and ("-" in e.tag or _ROOT_ID.fullmatch(ident)):
            return f"#{ident}"[:40] if ident else f"<{e.tag}>"[:40]
    return None


def _front_instead(page: Page) -> bool:
    path = urlsplit(page.url).path
    if path.count("/") < 2 and len(path) < 12:
        return False
    declared = [e.get("href") or "" for e in islice(page.root.xpath('//link[@rel="canonical"]'), 1)]
    targets = [page.absolute(x) for x in [*declared, *page.meta.get("og:url", [])[:1]] if x.strip()]
    return bool(targets) and all(x and urlsplit(x).path in ("", "/") and not urlsplit(x).query for x in targets)


def _locked(page: Page) -> int | None:
    """Characters in the elements that the article's `hasPart` names by `cssSelector` (schema.org WebPageElement)."""
    parts: Any = page.article.get("hasPart")
    names: list[str] = []
    for part in (parts if isinstance(parts, list) else [parts])[:10]:
        stated = part.get("cssSelector") if isinstance(part, dict) else None
        for one in (stated if isinstance(stated, list) else [stated])[:5]:
            if isinstance(one, str):
                names += [words[-1] for each in one[:500].split(",")[:5] if (words := _SELECTED.findall(each))]
    if not names:
        return None
    classes = " or ".join(
        f"@id='{x[1:]}'" if x[0] == "#" else f"contains(concat(' ', @class, ' '), ' {x[1:]} ')" for x in names[:10]
    )
    found = page.root.xpath(f"//*[{classes}]")[:MAX_MEDIA]
    return max((page.size(e) for e in found), default=0)


def _player(page: Page, own: dict[HtmlElement, int]) -> str | None:
    """What plays a film outside of navigation and asides."""
    for e in islice(page.root.iter("video", "iframe", "embed", "object"), MAX_MEDIA):
        address = " ".join(e.get(name) or "" for name in ("src", "data-src", "data", "title", "allow"))[:600]
        if (e.tag == "video" or _EMBEDDED.search(address)) and not _aside(e):
            return str(e.tag)
    return next((str(e.tag) for e, bits in own.items() if bits & Mark.PLAYER and not _aside(e)), None)


def _aside(e: HtmlElement) -> bool:
    return any(a.tag in ("aside", "nav", "footer") for a in islice(e.iterancestors(), 12))


def _entries(page: Page) -> tuple[int, int, bool]:
    """How many clocks have a text behind them, how many of these have no day, and whether they run one way.

    A headline that leads to another page between clock and text makes it a line of a list.
    """
    timed = {_block(e) for e in islice(page.root.iter("time"), MAX_MEDIA)}
    outside = Around.NAV | Around.FORM | Around.COMMENTS
    found: list[tuple[bool, int | None]] = []
    waiting: tuple[bool, int | None] | None = None
    since = 0
    for line in page.outline.lines:
        if line.around & outside:
            waiting = None
            continue
        clock = _clock(line, timed)
        if clock is not None:
            waiting, since = clock, 0
        if waiting is None:
            continue
        since += 1
        if since > ENTRY_REACH or (line.linked > 0.8 * line.chars and count(line.text) > 3):
            waiting = None
        elif count(line.text) >= ENTRY_WORDS + 2 * (clock is not None) and line.linked <= 0.5 * line.chars:
            found.append(waiting)
            waiting = None
    minutes = [m for _, m in found if m is not None]
    steps = [b - a for a, b in pairwise(minutes) if a != b]
    one_way = max(sum(s > 0 for s in steps), sum(s < 0 for s in steps)) >= 0.7 * len(steps)
    return len(found), sum(not day for day, _ in found), one_way


def _block(e: HtmlElement) -> HtmlElement:
    up = e.getparent()
    while up is not None and up.tag in ("span", "a", "b", "strong", "small", "em", "i"):
        up = up.getparent()
    return e if up is None else up


def _clock(line: Line, timed: set[HtmlElement]) -> tuple[bool, int | None] | None:
    """Whether the clock at the beginning of a line has a day with it, and its minute of the day."""
    match = _CLOCK.match(line.text[:60])
    if match is None:
        return (True, None) if line.block in timed and len(line.text) < 30 else None
    alone = len(line.text) - match.end() < 14
    if match["sep"] == "." and not alone and not _CLOCK_WORD.match(line.text[match.end() :][:12]):
        return None  # a price, a score, a day of a month
    return bool(match["day"]), int(match["h"]) * 60 + int(match["m"])
