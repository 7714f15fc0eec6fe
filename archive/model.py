"""The values that the parts of Broadsheet hand to each other: frozen, without behaviour that needs a disk.

Times are aware and in UTC unless a docstring says otherwise; sizes are bytes; durations carry their unit.
Field names of `Article` follow schema.org NewsArticle in snake_case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one attempt to fetch a URL; every attempt has exactly one."""

    ARCHIVED = "archived"  # 2xx, whole, on disk
    UNCHANGED = "unchanged"  # 304: a revisit record
    REDIRECT = "redirect"  # 3xx with a target, on disk
    GONE = "gone"  # 404 or 410, on disk
    REFUSED = "refused"  # 401, 402, 403, 407, 451, on disk
    HTTP_ERROR = "http-error"  # any other 4xx or 3xx without a target, on disk
    SERVER_ERROR = "server-error"  # 5xx or 429, on disk
    TRUNCATED = "truncated"  # the connection broke in the middle; what came is on disk
    TOO_LARGE = "too-large"  # cut by our own limit; what came is on disk
    TIMEOUT = "timeout"  # what came, if anything, is on disk
    UNRESOLVED = "unresolved"  # the host has no address
    UNREACHABLE = "unreachable"  # no connection, or lost before a byte came
    TLS_FAILED = "tls-failed"
    BAD_RESPONSE = "bad-response"  # not HTTP
    BLOCKED = "blocked"  # the address guard
    ROBOTS = "robots"  # forbidden by robots.txt; nothing was sent
    OPT_OUT = (
        "opt-out"  # the publisher opts out by a signal that the site's entry respects; nothing of it was kept
    )
    TAKEDOWN = "takedown"  # the page shows what was taken down; nothing of it was kept
    NOT_IN_REPLAY = "not-in-replay"  # a replayed crawl asked for what is not in its files; nothing was sent
    STOPPED = "stopped"  # we were told to stop; will be tried again


# Said by the server, for good or ill: the URL is settled until there is a new reason to ask it.
ANSWERED = frozenset({Outcome.ARCHIVED, Outcome.UNCHANGED, Outcome.REDIRECT, Outcome.GONE})
# Stopped by a rule: nothing was sent, or nothing of it was kept.
EXCLUDING = frozenset({Outcome.ROBOTS, Outcome.BLOCKED, Outcome.OPT_OUT, Outcome.TAKEDOWN, Outcome.NOT_IN_REPLAY})


class Verdict(StrEnum):
    """What a captured page turned out to be."""

    ARTICLE = "article"
    LIVE_BLOG = "live-blog"
    GALLERY = "gallery"
    VIDEO = "video"
    LISTING = "listing"
    PAYWALL = "paywall"
    CONSENT = "consent"
    CAPTCHA = "captcha"
    SOFT_404 = "soft-404"
    SCRIPT_SHELL = "script-shell"
    ERROR = "error"


class PageKind(StrEnum):
    """Why a URL is fetched; decides how its answer is read."""

    PAGE = "page"  # an article or another listing: extraction tells
    FRONT = "front"  # the site's front page
    SECTION = "section"  # a page that is known to list articles
    FEED = "feed"  # RSS, Atom, JSON Feed, sitemap, sitemap index, news sitemap
    ROBOTS = "robots"
    REQUISITE = "requisite"  # a picture, style or font that pages need to be shown


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and the response bytes that answered it, exactly as they crossed the wire.

    `response` begins with any interim 1xx heads and ends where HTTP says the message ends; a body keeps its
    transfer coding (chunks) and content coding (gzip). Both are empty if nothing was sent or came.
    """

    url: str
    request: bytes
    response: bytes
    started: datetime
    fetch_ms: int | None = None
    ip: str | None = None
    tls_version: str | None = None  # as in WARC-Protocol: "tls/1.3"
    tls_cipher: str | None = None  # IANA name
    complete: bool = True
    truncated: str | None = None  # WARC-Truncated: length | time | disconnect | unspecified; None if complete
    reused: bool = False  # sent over a connection that had served before
    excess: int = 0  # bytes that came after the end of the message; not part of it
    removed_headers: tuple[str, ...] = ()  # names of request headers taken out before writing (credentials)


@dataclass(frozen=True, slots=True)
class RecordLocation:
    """Where one WARC record lies: a gzip member of `length` bytes at `offset` of `warc_file`."""

    warc_file: str
    offset: int
    length: int
    record_id: str  # <urn:uuid:...> as in WARC-Record-ID, with the angle brackets
    record_type: str  # response | revisit | request | metadata | warcinfo


@dataclass(frozen=True, slots=True)
class RefersTo:
    """The earlier capture that a revisit record points at (ISO 28500 clause 6.7)."""

    record_id: str
    url: str
    date: str  # WARC-Date of the original, verbatim
    payload_digest: str


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a page, absolute and normalised (`archive.urls.normalise`), in document order."""

    url: str
    text: str = ""


# Verdicts whose pages are held as articles; the others are captured, but show none.
HELD = frozenset({Verdict.ARTICLE, Verdict.LIVE_BLOG, Verdict.PAYWALL})


@dataclass(frozen=True, slots=True)
class Removed:
    """A block that cleaning took out of the body, with its reason.

    `confidence`: how surely the body model took it for text of the article, 0 to 1; None where it was not asked.
    `place`: the element it stands in as a selector, e.g. "aside.related".
    """

    text: str
    reason: str
    confidence: float | None = None
    place: str | None = None


class BlockKind(StrEnum):
    """What a block of the body is; the names are those of HTML where it has one."""

    PARAGRAPH = "p"
    H2 = "h2"
    H3 = "h3"
    H4 = "h4"
    H5 = "h5"
    H6 = "h6"
    ITEM = "li"  # of a list without numbers
    NUMBERED = "ol"  # of a numbered list
    QUOTE = "blockquote"
    ROW = "tr"  # of a table, cells parted by " | "
    PREFORMATTED = "pre"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the body: its line of `article_body` says what, this says what of. See `Removed`."""

    kind: BlockKind = BlockKind.PARAGRAPH
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class FieldSource:
    """One candidate for a field and where it came from; exactly one candidate of a filled field is chosen.

    The field `verdict` has reasons for values: those that decided are chosen, those that spoke against it are not.
    """

    field: str
    source: str  # json_ld | meta | microdata | page | title | url | trafilatura | http | site-rule
    value: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Article:
    """The clean record. Text is NFC, without control characters; empty means None or ()."""

    headline: str | None = None
    headline_forms: Mapping[str, str] = field(default_factory=dict)  # {source: text}
    description: str | None = None
    authors: tuple[str, ...] = ()  # names of people (an agency only where it signs alone and says so)
    byline_raw: str | None = None  # as the page has it
    # RFC 3339 with the offset the page gives; without an offset where it gives none; YYYY-MM-DD for a day,
    # YYYY-MM for a month.
    date_published: str | None = None
    date_published_raw: str | None = None
    date_published_precision: str | None = None  # month | day | minute | second
    date_modified: str | None = None
    date_modified_raw: str | None = None
    date_modified_precision: str | None = None
    article_section: str | None = None
    keywords: tuple[str, ...] = ()
    in_language: str | None = None  # BCP 47
    publisher: str | None = None
    is_accessible_for_free: bool | None = None
    image: str | None = None  # absolute URL
    image_caption: str | None = None
    image_credit: str | None = None  # who made it: "Jane Doe/Agency"
    canonical_url: str | None = None  # as the page declares it, absolute
    type: str | None = None  # schema.org type: NewsArticle, OpinionNewsArticle, LiveBlogPosting ...
    article_body: str = ""  # blocks joined by one newline
    body_blocks: tuple[Block, ...] = ()  # one for each line of article_body


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that one page's bytes say. `article` is None unless the verdict is one of `HELD`."""

    verdict: Verdict
    article: Article | None = None
    removed: tuple[Removed, ...] = ()
    sources: tuple[FieldSource, ...] = ()
    links: tuple[Link, ...] = ()  # every <a href> that leaves the page, http(s) only, first of each URL
    feeds: tuple[Link, ...] = ()  # <link rel=alternate> to RSS, Atom, JSON Feed; `text` is its media type
    noindex: bool = False
    opt_out: tuple[str, ...] = ()  # meta elements that may opt out: "robots: noarchive", "tdm-reservation: 1"
    charset: str | None = None  # what was decided
    error: str | None = None  # why extraction gave less than the page holds, for people
    body_source: str | None = None  # model | trafilatura | paragraphs | json_ld | site-rule
    confidence: float | None = None  # expected F1 of the model's choice, 0 to 1; None where it was not asked
    lines: bytes = b""  # evidence for furniture: 8 bytes for each line of the page (archive.extract.evidence)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One line of a feed: what the publisher claims of a URL."""

    url: str
    title: str | None = None
    published: str | None = None  # RFC 3339 or a day, as far as it could be read
    modified: str | None = None  # sitemap lastmod, Atom updated
    language: str | None = None  # as it is written, mostly a BCP 47 tag


@dataclass(frozen=True, slots=True)
class Feed:
    """A parsed feed of any kind. `feeds` are the children of a sitemap index."""

    kind: str  # rss | atom | json | sitemap | sitemap-index | news-sitemap
    title: str | None = None
    entries: tuple[FeedEntry, ...] = ()
    feeds: tuple[FeedEntry, ...] = ()
    error: str | None = None  # what was wrong with it, if it could only be read in part
    limit: int | None = None  # bytes: it is longer, and no more of it was read


@dataclass(frozen=True, slots=True)
class Capture:
    """The facts of one response or revisit record that the database keeps, before it has a place in a file."""

    record_id: str  # <urn:uuid:...>
    record_type: str  # response | revisit
    captured_at: str  # WARC-Date, verbatim
    status: int
    content_type: str | None
    block_digest: str  # "sha1:" + base32
    payload_digest: str | None  # the same, of the body without transfer coding
    payload_sha256: str | None  # hex; None for a revisit
    payload_bytes: int | None
    truncated: str | None = None
    ip: str | None = None
    redirect_to: str | None = None  # absolute target of a 3xx
    fetch_ms: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    refers_to: str | None = None  # record id of the original of a revisit
    shape: str | None = None  # transfer and content coding of a body that came whole: "chunked+gzip"

    @property
    def can_stand_for_others(self) -> bool:
        """Whether a later answer with the same payload and shape may be kept as a revisit of this one.

        Not what is short (a revisit takes more room), cut, or no 2xx.
        """
        whole = self.record_type == "response" and self.truncated is None and 200 <= self.status < 300
        return whole and self.shape is not None and (self.payload_bytes or 0) >= LEAST_PAYLOAD


LEAST_PAYLOAD = 1024  # bytes of a payload that a revisit is worth for


@dataclass(frozen=True, slots=True)
class Found:
    """A URL that an answer led to: a link, a redirect's target, a line of a feed."""

    url: str
    kind: PageKind
    priority: int = 0
    depth: int = 0
    redirects: int = 0
    excluded_by: str | None = None  # kept as excluded, with this reason, instead of being due
    # Where it stands in a feed, a front or section page; None for a mere link or a redirect.
    position: int | None = None
    link_text: str | None = None
    claimed_title: str | None = None
    claimed_published: str | None = None
    claimed_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Robots:
    """What one origin's robots.txt means (RFC 9309): its rules, or all, or nothing."""

    origin: str  # scheme://host[:port]
    status: str  # rules | allow-all | disallow-all
    rules: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TdmFile:
    """What one origin's /.well-known/tdmrep.json was found to be."""

    origin: str  # scheme://host[:port]
    known: bool  # False: it could not be had this time
    text: str | None = None  # None: there is none


@dataclass(frozen=True, slots=True)
class Recipe:
    """The frozen set of extractor version, libraries' versions and options, named by the hash of its JSON."""

    sha256: str
    definition: str
