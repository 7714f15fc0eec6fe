"""Dates that a page shows to its readers: those beside the headline first, and the words that say which date it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from lxml.html import HtmlElement

from archive.dates import ParsedDate
from archive.extract.outline import Around, Line
from archive.extract.page import Page
from archive.extract.text import count, key, squeeze

Parse = Callable[[str], ParsedDate | None]

CHANGED = re.compile(
    r"(?i)updated|modified|last edit|revised|aktualisiert|geändert|zuletzt|mis à jour|modifié|actualizad|aggiornat"
    r"|atualizad|bijgewerkt|uppdaterad|oppdatert|opdateret|päivitetty|aktualizov|zaktualizow|güncelle|diperbarui"
    r"|обновл|оновлен|ενημερώθηκε|更新|更新于|수정|अपडेट|تحديث|עודכן|cập nhật"
)
PUBLISHED = re.compile(
    r"(?i)publish|posted|publication date|written on|veröffentlicht|erschienen|erstellt|publikation|publié|mis en ligne"
    r"|publicad|publicação|pubblicat|geplaatst|gepubliceerd|publicerad|publisert|publiceret|udgivet|julkaistu"
    r"|opublikowan|publikován|vydáno|yayın|giriş|diterbitkan|опубликован|опублікован|δημοσιε|公開|掲載|配信|发布|發布"
    r"|发表|게시|입력|प्रकाशित|نشر|פורסם|ngày đăng|เผยแพร่"
)
# Neither: when somebody looked at it, when something else happens or came out.
_OTHER = re.compile(
    r"(?i)reviewed|fact.?checked|accessed|retrieved|expires|released|deadline|effective|born|founded|copyright|©"
)
_LABELS = re.compile(
    f"(?P<c>{CHANGED.pattern})|(?P<p>{PUBLISHED.pattern})|(?P<o>{_OTHER.pattern})".replace("(?i)", ""), re.I
)
_KINDS = {"c": "changed", "p": "published", "o": "other"}
_FIRST = re.compile(
    r"(?i)(?:(?:originally|first|initially) (?:published|posted|appeared)|(?:ursprünglich|zuerst|erstmals)"
    r" (?:veröffentlicht|erschienen)|erstveröffentlichung|(?:initialement|d'abord) publié"
    r"|publicado (?:originalmente|por primera vez)|pubblicato (?:originariamente|per la prima volta))"
)
_CLASS_CHANGED = re.compile(r"(?i)(?:^|[-_ ])(?:updated?|last-?updated|modif\w{0,6}|changed)(?:[-_ ]|$)")
_CLASS_PUBLISHED = re.compile(
    r"(?i)(?:^|[-_ ])(?:publish\w{0,3}|published-?date|posted(?:-?on)?|pubdate)(?:[-_ ]|$)"
)
_YEAR = re.compile(r"(?:19|20|२०|٢٠)\S\S|\d{2}[./]\d{2}[./]\d{2}|25\d\d")
_DAY_TOO = re.compile(r"\d\D{1,30}(?:\d{4}|\d\d(?!\d))|\d{4}\D{1,30}\d")
_LETTERS = re.compile(r"[^\W\d_]+")
_PARTS = re.compile(r"\s?[|•·—–]\s?|\s-\s")
_OUTSIDE = Around.NAV | Around.COMMENTS | Around.FORM
MAX_LINE = 110  # characters of a line that may be nothing but a date with its label
MAX_NEAR = 200  # the same beside the headline, where name, section and reading time may share the line
MAX_PROSE = 300  # characters of a sentence that may tell when the text first came out
MAX_LOOKED = 30  # short lines with a year that are looked at
MAX_FOUND = 60
OTHER_WORDS = 5  # words of a line that are no part of its date
BEFORE, AFTER = 5, 14  # lines around the headline that are beside it
FIRST = 50  # rank of a sentence that tells when the text first came out
FAR = 1000  # ranks of what is not beside the headline


@dataclass(frozen=True, slots=True)
class Shown:
    """One date and what is said of it: that it is a date of change, that it is one of publication, or neither."""

    date: ParsedDate
    changed: bool
    labelled: bool
    near: bool  # beside the headline
    certain: bool  # its place or its label leave no doubt that it is this article's


def labelled(text: str, parse: Parse) -> Iterator[tuple[ParsedDate, str]]:
    """The dates of one line, each with "changed", "published", "other" or "" by the word before it; a word that
    ends the line belongs to the date before it."""
    if parse(text) is None:
        return
    marks = list(_LABELS.finditer(text))[:6]
    cuts = [0, *(m.start() for m in marks), len(text)]
    kinds = ["", *(_KINDS[m.lastgroup or ""] for m in marks)]
    found: list[tuple[ParsedDate, str]] = []
    for begin, end, kind in zip(cuts, cuts[1:], kinds, strict=False):
        date = parse(text[begin:end]) if end - begin >= 6 else None
        if date:
            found.append((date, kind))
        elif found and kind and not found[-1][1] and end == len(text):
            found[-1] = (found[-1][0], kind)
    if len(found) == 2 and not found[0][1] and found[1][1] == "changed":  # March 3, 2026. Updated March 9, 2026
        found[0] = (found[0][0], "published")
    yield from found


def bare(text: str, date: ParsedDate) -> bool:
    """Whether a line holds hardly more than its date: up to five other words of label."""
    return len(_LETTERS.findall(text)) - len(_LETTERS.findall(date.raw)) <= OTHER_WORDS


def dates(page: Page, headline: str | None, parse: Parse, *, months: bool = False) -> list[Shown]:
    """Dates in lines that hold hardly more, the likeliest first; parts of a line count where it is beside the
    headline. Elsewhere one that stands alone is this article's, and several are those of a list of others.
    `months`: a line may also hold a month and a year."""
    lines = page.outline.lines
    at = headline_at(lines, headline or page.h1)
    near = _near(lines, at) if at is not None else {}
    found: list[tuple[int, Shown]] = []
    looked = 0
    for i, line in enumerate(lines):
        if len(found) > MAX_FOUND:
            break
        if len(line.text) > MAX_PROSE or not _YEAR.search(line.text):
            continue
        if not months and not _DAY_TOO.search(line.text):
            continue
        said = _label_of(lines[i - 1]) if i else ""
        if i in near:
            found += [(near[i], each) for each in _beside(page, line, parse, said)]
        elif looked < MAX_LOOKED and not line.around & _OUTSIDE:
            looked += len(line.text) <= MAX_LINE
            found += [(FAR + i, each) for each in _elsewhere(line, parse, said, at is None)]
            found += [(FIRST, each) for each in _at_first(line.text, parse)]
    for said_so in (False, True):  # several days far from the headline: cards of other articles
        far = [x for rank, x in found if rank >= FAR and x.certain and not x.changed and x.labelled == said_so]
        if len({x.date.value[:10] for x in far}) > 1 and at is not None:
            found = [(rank, replace(x, certain=False) if x in far else x) for rank, x in found]
    found.sort(key=lambda x: (not x[1].certain, x[0] >= FAR, not x[1].labelled, x[0]))
    return [each for _, each in found]


def headline_at(lines: list[Line], headline: str) -> int | None:
    wanted = key(headline)
    return next((i for i, x in enumerate(lines) if x.around & Around.HEADING and x.key == wanted), None)


def _near(lines: list[Line], at: int) -> dict[int, int]:
    """{index of a line beside the headline: its rank}, those after it first; two paragraphs of prose end it."""
    ranks: dict[int, int] = {}
    prose: set[str] = set()
    for i in range(at, min(at + AFTER, len(lines))):
        line = lines[i]
        if count(line.text) >= 20:
            prose.add(line.text[:80])
        if len(prose) >= 2:
            break
        if _may_be_near(line, ours=True):
            ranks[i] = i - at
    for i in range(max(0, at - BEFORE), at):
        if _may_be_near(lines[i], ours=bool(lines[at].around & Around.HEADER)):
            ranks[i] = 100 + at - i
    return ranks


def _may_be_near(line: Line, *, ours: bool) -> bool:
    """An aside or a header of the article may hold its date; those of the page hold that of today (`ours`: the
    headline stands in such a header itself)."""
    around = line.around
    if around & (Around.COMMENTS | Around.FORM):
        return False
    return bool(around & Around.ARTICLE) or not around & (Around.NAV if ours else Around.NAV | Around.HEADER)


def _label_of(line: Line) -> str:
    """The kind of date that a short line of its own announces (`Published on`)."""
    if len(line.text) > 30 or any(c.isdigit() for c in line.text):
        return ""
    match = _LABELS.search(line.text)
    announces = match and len(_LETTERS.findall(line.text[match.end() :])) <= 1
    kind = _KINDS[match.lastgroup or ""] if match and announces else ""
    return "" if kind == "other" else kind


def _beside(page: Page, line: Line, parse: Parse, said: str) -> Iterator[Shown]:
    if len(line.text) > MAX_NEAR:
        return
    texts = [line.text]
    if page.size(line.block) <= line.chars + 20:  # spans that only a style sets apart
        texts.append(squeeze(" ".join(line.block.itertext())))
    read = [[x for x in labelled(text, parse) if _stands_out(text, x[0])] for text in dict.fromkeys(texts)]
    for date, kind in max(read, key=len):
        kind = kind or said or _kind_by_class(line.block)
        if kind != "other":
            yield Shown(date, kind == "changed", kind == "published", True, True)


def _stands_out(text: str, date: ParsedDate) -> bool:
    """Whether a date is what its line, or the part of it between separators, is about."""
    if bare(text, date) or text.startswith(date.raw):
        return True
    return any(date.raw in part and bare(part, date) for part in _PARTS.split(text)) or bool(
        any(date.raw in part and bare(part, date) for part in _at_labels(text))
    )


def _at_labels(text: str) -> Iterator[str]:
    cuts = [0, *(m.start() for m in _LABELS.finditer(text)), len(text)]
    return (text[a:b] for a, b in pairwise(cuts[:9]))


def _elsewhere(line: Line, parse: Parse, said: str, anywhere: bool) -> Iterator[Shown]:
    text = line.text
    if len(text) > MAX_LINE or _FIRST.search(text):
        return
    for date, kind in labelled(text, parse):
        stands_out = bare(text, date) or (kind and text.count(".") < 2 and _stands_out(text, date))
        kind = kind or said or _kind_by_class(line.block)
        if stands_out and kind != "other":
            own = anywhere or bool(kind) or not line.around & Around.FURNITURE
            yield Shown(date, kind == "changed", kind == "published", False, own)


def _at_first(text: str, parse: Parse) -> Iterator[Shown]:
    """`Originally published on March 3, 2026`, in a sentence anywhere."""
    first = _FIRST.search(text)
    if first and (date := parse(text[first.end() : first.end() + 60])):
        yield Shown(date, False, True, False, True)


def _kind_by_class(block: HtmlElement) -> str:
    """What classes say of a date without a word before it: those of its block and of the elements in it."""
    marks = [(e.get("class") or "")[:200] for e in _few(block)]
    if any(_CLASS_PUBLISHED.search(mark) for mark in marks):
        return "published"
    return "changed" if any(_CLASS_CHANGED.search(mark) for mark in marks) else ""


def _few(block: HtmlElement) -> Iterable[HtmlElement]:
    yield block
    for i, e in enumerate(block.iter("time", "span")):
        if i >= 3:
            return
        yield e
