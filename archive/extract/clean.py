"""Lines of the body that are not the article: which, and why, for the record of what was removed.

Every rule gives a reason and has a veto. Rules that compare a line with its place on the page do so through
the outline, where one line may stand in several places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from archive.extract import names, phrases
from archive.extract.kinds import Piece
from archive.extract.outline import Around, Line, Outline, is_standfirst
from archive.extract.text import count, key, line_key, set_overlap, words

PHRASES_SHA256 = phrases.PHRASES_SHA256
HEAD_LINES = 8
KICKER_WORDS = 4  # at most, of a line above the headline that belongs to it and not to the text
SURE = 0.9  # probability over which the model is believed against rules that may be wrong
MAX_PLACES = 8  # of one line on a page that are looked at
FURNITURE_CHARACTERS = 3000  # an element that names furniture and is longer holds more than furniture
SHARE_WORDS = 12  # of a line of share buttons
_NETWORK = re.compile(
    r"(?i)\b(?:facebook|twitter|whatsapp|telegram|linkedin|pinterest|reddit|bluesky|mastodon|threads)\b"
)
_QUOTES = "\"'“”„‟«»‹›‘’‚「」『』"
_SPEECH = frozenset('"“”„«»「」')
_AGENCY = re.compile(
    r"(?i)getty images|/ ?afp\b|/ ?reuters\b|/ ?ap\b|shutterstock|via getty|imago\b|\bdpa\b.{0,12}$|associated press"
    r"|ap photo|bloomberg$"
)
_CREDIT = re.compile(
    r"(?i)(?:[(（]\s?|[.。!?]\s?-?\s?)(?:photos?|fotos?|bild|image|picture|credit|写真|撮影|تصوير|फ़ोटो|फोटो)"
    r"\s?[:：/][^()（）.]{2,60}[)）]?$"
)
_PULLED = re.compile(r"(?i)pull-?_?quote|zitat-?box|quote-?box")
_CLOCK = re.compile(r"\W{0,2}\d{1,2}[:.]\d{2}(?:\s?uhr|\s?[ap]\.?m\.?|\s?h)?\W{0,2}", re.I)
_MINUTES = re.compile(r"(?i)^\W{0,3}(?:\d{1,3}[- ]?(?:min(?:ute)?s?\.?|minuten)(?: read| lesezeit| de lecture)?|"
                      r"(?:reading time|lesezeit|temps de lecture)\W{0,3}\d.{0,20})\W{0,3}$")  # fmt: skip
_BIO = re.compile(
    r"(?i)\b(?:is an?|is the|was an?|has (?:reported|written|covered|worked|been)|lives (?:in|near)"
    r"|based in|works? (?:as|for|at)|worked (?:as|for|at|in)|covers|writes|reports? on|joined"
    r"|graduate|graduation|degree|master'?s|bachelor'?s|journalism|twitter|linkedin|follow (?:him|her|them)|email"
    r"|e-mail|contact|i am|i'm|my self|myself|years of experience|author of|ist (?:redakteur|autor|journalist)|schreibt"
    r"|arbeitet|est journaliste|es periodista|è giornalista|é jornalista)\b"
)


@dataclass(frozen=True, slots=True)
class Known:
    """What metadata knows of the page and the rules compare with."""

    headlines: Sequence[str] = ()
    description: str | None = None
    standfirst: str | None = None
    authors: Sequence[str] = ()
    is_date: Callable[[str], bool] = field(default=lambda _: False)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Pieces of the body that stay, and those that went, each with its reason, in order."""

    kept: tuple[Piece, ...]
    removed: tuple[tuple[Piece, str], ...] = ()


class _Body:
    """The lines with what all rules ask of them."""

    def __init__(self, pieces: Sequence[Piece], page: Outline) -> None:
        self.pieces = pieces
        lines = self.lines = [piece.text for piece in pieces]
        self.keys = [line_key(line) for line in lines]
        self.counts = [count(line) for line in lines]
        self.total = sum(self.counts) or 1
        self.page = page
        wanted = {k for k, piece in zip(self.keys, pieces, strict=True) if piece.at is None}
        self.places: dict[str, list[int]] = {}
        for j, line in enumerate(page.lines if wanted else ()):
            if (k := line.key) in wanted and len(found := self.places.setdefault(k, [])) < MAX_PLACES:
                found.append(j)

    def at(self, i: int) -> list[Line]:
        """Where on the page line `i` stands."""
        return [self.page.lines[j] for j in self.order(i)]

    def order(self, i: int) -> list[int]:
        """The same as indices into the page's lines; several where an engine gave the line without its place."""
        at = self.pieces[i].at
        return self.places.get(self.keys[i], []) if at is None else [at]

    def share(self, hits: Sequence[int]) -> float:
        return sum(self.counts[i] for i in hits) / self.total


def clean(
    pieces: Sequence[Piece], page: Outline, known: Known, *, chosen: bool = False, links: bool = True
) -> Cleaned:
    """The pieces of a body that are the article, and those that are not with their reasons.

    Rules of certainty (the headline once more, byline, date, stray characters) always hold; the others together
    may not take more than half of the words, else none of them holds on this page. `chosen`: the pieces are what
    the model chose, and rules that guess go by its word where it is sure. `links`: lines that are mere links are none
    of the text; of what the model chose they are on pages of news, elsewhere they are as often text as not.
    """
    body = _Body(pieces, page)
    certain = (
        _headline,
        _byline,
        _date,
        _standfirst,
        _repeated,
        _stray,
        _biography,
        _pull_quotes,
        _times,
        _buttons,
    )
    found = _first(rule(body, known) for rule in certain)
    sure = {i for i, piece in enumerate(pieces) if chosen and (piece.confidence or 0) >= SURE}
    guesses = (_furniture, *((_links,) if links else ()), _prompts)
    doubted = {i: why for i, why in _first(guess(body) for guess in guesses).items() if i not in sure}
    likely = {i: why for i, why in (doubted | dict(_captions(body))).items() if i not in found}
    if body.share(list(likely)) <= 0.5:
        found |= likely
    return _without(body, found)


def _first(rules: Iterable[Iterable[tuple[int, str]]]) -> dict[int, str]:
    """Of each line that a rule takes, the reason of the first that does."""
    found: dict[int, str] = {}
    for hits in rules:
        for i, reason in hits:
            found.setdefault(i, reason)
    return found


def _without(body: _Body, found: dict[int, str]) -> Cleaned:
    kept = tuple(piece for i, piece in enumerate(body.pieces) if i not in found)
    if not kept and any(body.counts):
        return Cleaned(tuple(body.pieces))
    return Cleaned(kept, tuple((body.pieces[i], found[i]) for i in sorted(found)))


def _headline(body: _Body, known: Known) -> Iterator[tuple[int, str]]:
    keys = {key(x) for x in known.headlines if x}
    sets = [set(words(x)) for x in known.headlines if x]
    above = True  # nothing but kickers so far: a place, a section, a series
    for i, line in enumerate(body.lines[:HEAD_LINES]):
        w = set(words(line))
        if body.keys[i] in keys or (len(w) > 3 and any(set_overlap(w, s) >= 0.8 for s in sets)):
            yield i, "repeats the headline"
            if above:
                yield from ((before, "above the headline") for before in range(i))
            above = False
        above = above and body.counts[i] <= KICKER_WORDS and line[-1:] not in ".!?…"


def _byline(body: _Body, known: Known) -> Iterator[tuple[int, str]]:
    if not known.authors:
        return
    people = {key(x) for x in known.authors}
    whole = " ".join(sorted(" ".join(people).split()))
    n = len(body.lines)
    for i in (*range(min(n, 12)), *range(max(12, n - 8), n)):
        if body.counts[i] > 16:
            continue
        said = body.keys[i]
        bare = key(names.without_by(body.lines[i]))
        if (
            said in people
            or bare in people
            or " ".join(sorted(bare.split())) == whole
            or (
                body.counts[i] <= 14
                and names.BY_TEXT.match(body.lines[i])
                and any(bare.startswith(p) for p in people)
            )
        ):
            yield i, "byline"


def _date(body: _Body, known: Known) -> Iterator[tuple[int, str]]:
    n = len(body.lines)
    for i in (*range(min(n, 10)), *range(max(10, n - 3), n)):
        if body.counts[i] <= 16 and any(c.isdigit() for c in body.lines[i]) and known.is_date(body.lines[i]):
            yield i, "date line"
        elif body.counts[i] <= 6 and _MINUTES.match(body.lines[i]):
            yield i, "reading time"


def _times(body: _Body, known: Known) -> Iterator[tuple[int, str]]:
    """The clock of an entry of a live blog, alone on its line."""
    return (
        (i, "time of an entry") for i, line in enumerate(body.lines) if len(line) < 14 and _CLOCK.fullmatch(line)
    )


def _standfirst(body: _Body, known: Known) -> Iterator[tuple[int, str]]:
    """Among the first ten lines: the standfirst above byline and date or set apart by its class. A description that
    is merely the first paragraph stays."""
    about = {key(x) for x in (known.description, known.standfirst) if x}
    own = key(known.standfirst or "")
    for i, k in enumerate(body.keys[:10]):
        if body.counts[i] < 6:
            continue
        places = body.at(i)
        if k in about and (k == own or any(is_standfirst(x, body.page) for x in places)):
            yield i, "standfirst"


def _repeated(body: _Body, known: Known) -> Iterator[tuple[int, str]]:
    """Among the first ten lines: what a later line begins with once more."""
    for i, k in enumerate(body.keys[:10]):
        if body.counts[i] < 6 or any(x.around & (Around.QUOTE | Around.ITEM) for x in body.at(i)):
            continue
        if any(later.startswith(k + " ") for later in body.keys[i + 1 : i + 30]):
            yield i, "standfirst, repeated in the text"


def _pull_quotes(body: _Body, known: Known) -> Iterator[tuple[int, str]]:
    """A quotation on a line of its own that another line holds as well."""
    for i, line in enumerate(body.lines):
        places = body.at(i)
        if not 5 <= body.counts[i] <= 60:
            continue
        k = body.keys[i]
        quoted = line[0] in _QUOTES and line[-1] in _QUOTES
        if quoted and any(_is_set_large(x) or _is_set_apart(x) for x in places):
            yield i, "pull quote"
            continue
        if any(x.around & Around.HEADING for x in places):
            continue  # a sub-heading may quote
        apart = quoted or any(x.around & Around.NAV for x in places)
        if apart and any(k in other and len(other) > len(k) for j, other in enumerate(body.keys[:400]) if j != i):
            yield i, "pull quote"


def _is_set_large(line: Line) -> bool:
    """Centred, in a figure, or in an element whose class calls it a pull quote."""
    around = [line.block, *islice(line.block.iterancestors(), 2)]
    return any(
        e.tag in ("center", "aside", "figure", "span") or _PULLED.search((e.get("class") or "")[:200])
        for e in around
    )


def _buttons(body: _Body, known: Known) -> Iterator[tuple[int, str]]:
    """A short line that names several networks to share it on."""
    for i, line in enumerate(body.lines):
        short = body.counts[i] <= SHARE_WORDS and body.keys[i][-1:].isalpha()
        if not short or len(_NETWORK.findall(line)) < 2:
            continue
        if all(x.anchored * 2 > x.chars or ":" in line for x in body.at(i)):
            yield i, "prompt: share"


def _is_set_apart(line: Line) -> bool:
    """A mere div or span among paragraphs of the same element."""
    if line.block.tag not in ("div", "span", "section"):
        return False
    mother = line.block.getparent()
    beside = [e.tag for e in islice(mother, 200)] if mother is not None else []
    return beside.count("p") >= 3


def _stray(body: _Body, known: Known) -> Iterator[tuple[int, str]]:
    for i, line in enumerate(body.lines):
        if len(line) < 5 and (phrases.kind(line) == "stray" or not body.keys[i]):
            yield i, "stray characters"


def _biography(body: _Body, known: Known) -> Iterator[tuple[int, str]]:
    """What stands behind the last line of the page that is only an author's name, if it reads like a life; or a
    last paragraph that begins with the name and does."""
    n = len(body.lines)
    titled = next((i for i in range(n // 2, n) if phrases.kind(body.lines[i]) == "author biography"), None)
    if titled is not None and n - titled <= 5 and body.share(range(titled, n)) < 0.25:
        yield from ((i, "author biography") for i in range(titled, n))
        return
    people = [key(x) for x in known.authors]
    if not people or not n:
        return
    middle = max((min(x) for i in range((n + 1) // 2) if (x := body.order(i))), default=0)
    signed = next((j for j, line in enumerate(body.page.lines) if j > middle and line.key in people), None)
    behind = [i for i in range(n // 2, n) if signed is not None and max(body.order(i), default=-1) >= signed]
    if behind and body.share(behind) < 0.4 and len(behind) <= 14:
        rest = [i for i in behind if body.keys[i] not in people]
        if any(_is_life(body.lines[i], body.keys[i], people) for i in rest):
            yield from ((i, "author biography") for i in behind)
            return
    for i in range(max(n - 5, n // 2), n):
        begins = any(body.keys[i].startswith(p + " ") for p in people)
        last = i >= n - 3 and not any(c in _SPEECH for c in body.lines[i])
        if (
            begins
            and body.counts[i] < 120
            and _BIO.search(body.lines[i])
            and (last or names.JOB.search(body.lines[i]))
        ):
            yield i, "author biography"


def _is_life(line: str, k: str, people: list[str]) -> bool:
    return bool(names.JOB.search(line)) or (any(p in k for p in people) and bool(_BIO.search(line)))


def _captions(body: _Body) -> Iterator[tuple[int, str]]:
    for i, line in enumerate(body.lines):
        places = body.at(i)
        in_caption = [x for x in places if x.around & Around.CAPTION]
        in_text = any(
            x.around & Around.PARAGRAPH and not x.around & (Around.CAPTION | Around.FIGURE) for x in places
        )
        if (len(body.keys[i]) > 5 and in_caption and not in_text) or (
            places and body.counts[i] < 45 and all(_beside_picture(x, body.page) for x in places)
        ):
            yield i, "caption"
        elif (body.counts[i] < 30 and _CREDIT.search(line)) or (body.counts[i] < 14 and _AGENCY.search(line)):
            yield i, "credit"


def _beside_picture(line: Line, page: Outline) -> bool:
    """A picture's block that holds nothing but this line; a paragraph may hold a picture and be text."""
    if line.block.tag not in ("div", "figure", "td", "section", "center"):
        return False
    children = list(line.block)
    if line.around & Around.AFTER_PICTURE and len(children) == 1 and children[0].tag in ("i", "em", "small"):
        return True
    return bool(line.around & Around.PICTURE) and page.sizes.get(line.block, 0) <= line.chars + 10


def _furniture(body: _Body) -> Iterator[tuple[int, str]]:
    hits = []
    for i, k in enumerate(body.keys):
        if not 8 < len(k) < 1500:
            continue
        in_furniture = [x for x in body.at(i) if _is_furniture(x, body.page)]
        heads_text = any(x.around & Around.HEADING and x not in in_furniture for x in body.at(i))
        if in_furniture and not heads_text:
            hits.append(i)
    if body.share(hits) < 0.3:
        yield from ((i, "furniture by its class") for i in hits)


def _is_furniture(line: Line, page: Outline) -> bool:
    if line.around & Around.NAV:
        return True
    return bool(line.around & Around.FURNITURE) and page.furniture[line.furniture] < FURNITURE_CHARACTERS


def _links(body: _Body) -> Iterator[tuple[int, str]]:
    """Lines that are a link or nearly all links; off if they are much of the page, which then is a list."""
    hits = []
    for i, k in enumerate(body.keys):
        if len(k) <= 14:
            continue
        places = body.at(i)
        if any(x.around & Around.HEADING for x in places):
            continue
        if any(
            x.linked > 0.75 * x.chars and not x.around & (Around.CELL | Around.SUMMARY) and x.chars < 400
            for x in places
        ):
            hits.append(i)
    if len(hits) <= 25 and body.share(hits) <= 0.15:
        yield from ((i, "link") for i in hits if 3 < body.counts[i] < 40)


def _prompts(body: _Body) -> Iterator[tuple[int, str]]:
    for i, line in enumerate(body.lines):
        if kind := phrases.prompt(line, body.counts[i]):
            yield i, f"prompt: {kind}"
