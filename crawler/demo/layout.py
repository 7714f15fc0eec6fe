"""What all house styles share: the material of one page, the order of a body's pieces, small bits of HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from random import Random

from crawler.demo.dates import readable
from crawler.demo.edition import Article, Author, Card
from crawler.demo.prose import ARABIC_DIGITS, Lexicon, lexicon
from crawler.demo.publishers import SECTION_KEYS, Publisher
from crawler.demo.stories import Line


@dataclass(frozen=True, slots=True)
class House:
    """A publisher at an address."""

    publisher: Publisher
    origin: str  # http://courier.localhost:8800

    @property
    def words(self) -> Lexicon:
        return lexicon(self.publisher.words)

    @property
    def labels(self) -> dict[str, str]:
        return self.words.labels

    def url(self, path: str) -> str:
        return self.origin + path

    def when(self, moment: datetime, notation: str = "") -> str:
        """`moment` as this publisher writes it."""
        return readable(moment, self.publisher.zone, notation or self.publisher.notation)


@dataclass(frozen=True, slots=True)
class Page:
    """Everything a house style needs for one article page. Chances are drawn once, so they are the same always."""

    house: House
    article: Article
    related: tuple[Card, ...]
    following: Card | None
    image: bool
    pull: bool
    newsletter: bool
    inline_related: bool
    comments: bool
    biography: bool
    advertisement: bool
    old_template: bool
    linked: tuple[int, ...]  # paragraphs that hold a link
    unsigned: bool = False  # a new template, in which names are put by a script
    wire: str = ""  # what its wire story is called

    @property
    def card(self) -> Card:
        return self.article.card

    @property
    def labels(self) -> dict[str, str]:
        return self.house.labels

    @property
    def url(self) -> str:
        return self.house.url(self.card.path)

    @property
    def image_url(self) -> str:
        return self.house.url(f"/media/{self.card.publisher.number + self.card.index}.svg")

    def picture(self, number: int) -> str:
        """The URL of a gallery's picture."""
        return self.image_url.replace(".svg", f"-{number}.svg")

    @property
    def section(self) -> str:
        return self.card.publisher.section_title(self.card.section)

    @property
    def credit(self) -> str:
        names = self.house.words.lists["photographer"]
        return f"{self.labels['photo']}: {names[self.card.index % len(names)]}"

    @property
    def names(self) -> tuple[str, ...]:
        """Who signs: people, or the agency alone; nobody where a script would have to say it."""
        if self.unsigned:
            return ()
        return tuple(author.name for author in self.article.authors) or (self.article.agency,)

    @property
    def published(self) -> str:
        return iso(self.card.published)

    @property
    def minutes(self) -> str:
        """The reading time as the page states it."""
        characters = sum(len(line.text) for line in self.article.body)
        pace = 500 if self.house.publisher.words == "ja" else 1300
        number = str(max(1, characters // pace))
        if self.house.publisher.words == "ar":
            number = number.translate(ARABIC_DIGITS)
        return self.labels["minutes"].replace("{n}", number)


def make_page(
    house: House, article: Article, related: tuple[Card, ...], following: Card | None, seed: int
) -> Page:
    """A page with its chances drawn from the seed."""
    card = article.card
    rng = Random(f"{seed}:{card.publisher.name}:{card.index}:page")
    plain = card.kind in ("article", "wire", "paywall")
    draws = [rng.random() for _ in range(8)]
    linked = tuple(rng.sample(range(1, 7), 2))
    return Page(
        house, article, related, following,
        image=card.kind == "gallery" or draws[0] < 0.78,
        pull=plain and draws[1] < 0.4,
        newsletter=draws[2] < 0.5,
        inline_related=draws[3] < 0.5 and bool(related),
        comments=draws[4] < 0.45,
        biography=draws[5] < 0.7 and bool(article.authors),
        advertisement=draws[6] < 0.5,
        old_template=draws[7] < 0.34 and card.kind == "article",
        linked=linked,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a laid-out body. `kind`: p h2 quote ul pull newsletter related advertisement figure entry."""

    kind: str
    html: str = ""
    number: int = 0  # of a gallery's picture
    items: tuple[str, ...] = ()
    at: datetime | None = None


def pieces(page: Page) -> Iterator[Piece]:
    """The body lines with what a newsroom puts between them, in page order."""
    extras: dict[int, list[Piece]] = {}
    if page.pull:
        extras.setdefault(2, []).append(Piece("pull", text(page.article.pull_quote)))
    if page.inline_related:
        extras.setdefault(3, []).append(Piece("related"))
    if page.advertisement:
        extras.setdefault(4, []).append(Piece("advertisement", text(page.labels["advertisement"])))
    if page.newsletter:
        extras.setdefault(5, []).append(Piece("newsletter"))
    number = 0
    for piece in _lines(page, page.article.lines):
        yield piece
        if piece.kind == "p":
            yield from extras.pop(number, ())
            number += 1
    for entry in page.article.entries:
        yield Piece("entry", at=entry.at)
        yield from _lines(page, entry.lines)
    if page.card.kind == "gallery":
        for number, caption in enumerate(page.article.captions[1:], 1):
            yield Piece("figure", text(caption), number)


def _lines(page: Page, lines: Sequence[Line]) -> Iterator[Piece]:
    items: list[str] = []
    number = 0
    for line in lines:
        if line.kind == "li":
            items.append(text(line.text))
            continue
        if items:
            yield Piece("ul", items=tuple(items))
            items = []
        html = text(line.text)
        if line.kind == "p":
            if number in page.linked:
                html = _link(page, html)
            number += 1
        yield Piece(line.kind, html)
    if items:
        yield Piece("ul", items=tuple(items))


def _link(page: Page, html: str) -> str:
    """The first mention of the place becomes a link, as in newsrooms that link topics."""
    place = text(page.article.place)
    target = section_path(page.house.publisher, page.card.section)
    return html.replace(place, f'<a href="{target}">{place}</a>', 1)


def text(value: str) -> str:
    """Character data of an element."""
    return escape(value, quote=False)


def attribute(value: str) -> str:
    """The value of an attribute in double quotes."""
    return escape(value)


def iso(moment: datetime) -> str:
    """RFC 3339 with the offset."""
    return moment.isoformat(timespec="seconds")


def link(card: Card, name: str = "") -> str:
    """A link to an article, relative to its host."""
    classes = f' class="{name}"' if name else ""
    return f'<a{classes} href="{attribute(card.path)}">{text(card.headline)}</a>'


def author_path(author: Author) -> str:
    return f"/author/{author.slug}"


def joined(names: Sequence[str], conjunction: str, comma: str = ", ") -> str:
    """`A, B and C`."""
    if len(names) < 2:
        return "".join(names)
    return f"{comma.join(names[:-1])} {conjunction} {names[-1]}"


def section_path(publisher: Publisher, key: str, page: int = 1) -> str:
    """The path of a section's page `page`, counted from 1."""
    if publisher.style == "bare":
        return f"/section.php?name={key}" + (f"&amp;page={page}" if page > 1 else "")
    if publisher.style == "wordpress":
        return f"/category/{key}/" + (f"page/{page}/" if page > 1 else "")
    if publisher.style == "cms":
        return f"/{key}/" + (f"?page={page}" if page > 1 else "")
    return f"/{key}" + (f"/page/{page}" if page > 1 else "")


def navigation(house: House) -> str:
    """Links to the front page and to all sections, as list items."""
    publisher = house.publisher
    links = [f'<li><a href="/">{text(house.labels["home"])}</a></li>']
    for key in SECTION_KEYS:
        links.append(f'<li><a href="{section_path(publisher, key)}">{text(publisher.section_title(key))}</a></li>')
    return "".join(links)


def feed_links(house: House) -> str:
    """link rel=alternate for the publisher's feeds."""
    kinds = {"rss": ("application/rss+xml", "/feed.xml"), "atom": ("application/atom+xml", "/atom.xml")}
    found = [kinds[name] for name in house.publisher.feeds]
    title = attribute(house.publisher.title)
    return "\n".join(f'<link rel="alternate" type="{kind}" title="{title}" href="{path}">' for kind, path in found)


def stylesheet(publisher: Publisher) -> str:
    """A little CSS, so that a person sees a newspaper."""
    side = "right" if publisher.words == "ar" else "left"
    serif = "Georgia, 'Noto Serif', serif" if publisher.style in ("cms", "graph", "wordpress") else "sans-serif"
    return f"""body{{max-width:46rem;margin:0 auto;padding:0 1rem 4rem;font:1.05rem/1.6 {serif};color:#222}}
header nav ul,nav ul{{list-style:none;display:flex;flex-wrap:wrap;gap:.9rem;padding:.4rem 0;margin:0;
border-bottom:2px solid {publisher.colour};font:.9rem sans-serif}}
h1{{line-height:1.2;margin:.6rem 0}}h2,h3{{margin:1.4rem 0 .3rem}}a{{color:{publisher.colour};text-decoration:none}}
.masthead{{font-size:2rem;font-weight:bold;padding:1rem 0 .3rem}}.masthead small{{display:block;font:.8rem sans-serif}}
figure{{margin:1rem 0}}img{{max-width:100%;height:auto;display:block}}
figcaption,small,time{{color:#666;font-size:.85rem}}
aside,form,.box{{background:#f3f3ef;border-{side}:4px solid {publisher.colour};padding:.6rem 1rem;margin:1.2rem 0}}
blockquote{{margin:1rem 1.5rem;font-style:italic}}footer{{border-top:1px solid #bbb;margin-top:2rem;font-size:.85rem}}
#cookies{{background:#222;color:#eee;padding:.6rem 1rem;font:.85rem sans-serif}}.lead{{font-size:1.2rem;color:#444}}
"""
