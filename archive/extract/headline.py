"""The headline: JSON-LD, h1, og:title and title compared, freed of site names and kickers, every form kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from lxml.html import HtmlElement

from archive.extract.jsonld import is_news
from archive.extract.outline import Around
from archive.extract.page import Page
from archive.extract.text import joined_key, key, overlap, tidy, words

CUT = ("...", "…")
MAX_HEADLINE = 250
_SUFFIX_SEPARATOR = re.compile(r"\s+[|–—\-»·•:¦]+\s+|\s*[|｜]\s*|：|\s+::\s+")
_KICKER_SEPARATOR = re.compile(r"\s+[|–—\-·•:/]\s+|:\s+|\s*[|｜]\s*")
_DATE_TAIL = re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{4}")


@dataclass(frozen=True, slots=True)
class Headline:
    """`forms`: {json_ld, h1, og, title, twitter: text} as far as the page has them, after the rules."""

    text: str | None
    source: str
    forms: dict[str, str]
    stated: dict[str, str]  # the same before any rule: what a repeated headline in the body may look like


def find(page: Page) -> Headline:
    names = [*page.site_names, page.host_label] if page.host_label else page.site_names
    ld, h1, og, title = page.ld_headline, page.h1, page.og, page.title
    home = lambda: page.home_names  # noqa: E731
    stated = {"json_ld": ld, "h1": h1, "og": og, "title": title, "twitter": page.twitter}
    masthead = _is_masthead(h1, og, title, names)
    if masthead and not og and key(title).startswith(key(h1) + " "):
        title = title[len(h1) :].lstrip(" |:–—-·•»")
    ld = "" if ld.endswith(CUT) else strip_suffix(ld, names, h1, home)
    og, title, twitter = (strip_suffix(x, names, h1, home) for x in (og, title, page.twitter))
    others = (ld, og, title)
    h1_ok = not masthead and (_fits(h1, others) or (_may_fit(page, h1, others) and not _is_heading(page, others)))
    h1 = strip_suffix(h1, names) if h1_ok else h1
    ld = _uncut(ld, (h1 if h1_ok else "", og, title))
    if h1_ok and key(ld) and key(ld) == key(og) and key(h1).startswith(key(ld) + " "):
        h1 = ld  # the h1 holds a date, the site's name or a sub-line behind the headline
    if h1_ok and page.h1_node is not None:
        h1 = _without_tail(_without_kicker(h1, page.h1_node, ld, og, title), page.h1_node, ld, og, title)
    forms = {"json_ld": ld, "h1": h1, "og": og, "title": title, "twitter": twitter}
    chosen = _choose(page, forms, h1_ok)
    if chosen:
        chosen = _spelling(chosen, forms, h1_ok)
    source = next((name for name in ("json_ld", "h1", "og", "title", "twitter") if forms[name] == chosen), "")
    where = {"json_ld": "json_ld", "h1": "page", "og": "meta", "twitter": "meta", "title": "title"}
    kept = {name: text for name, text in forms.items() if text}
    return Headline(chosen or None, where.get(source, "page"), kept, {k: v for k, v in stated.items() if v})


def _choose(page: Page, forms: dict[str, str], h1_ok: bool) -> str:
    ld, h1, og, title = (forms[name] for name in ("json_ld", "h1", "og", "title"))
    if ld and h1_ok and key(h1):
        # The publisher gives different headlines: a news node is trusted, any other node is not; nor is one that has
        # nothing of what its readers see and share, or only a kicker before it.
        if key(h1) == key(og) and (overlap(ld, h1) == 0 or key(ld).endswith(" " + key(h1))):
            return h1
        return ld if key(ld) == key(h1) or is_news(page.article) else h1
    if h1_ok and key(h1):
        return h1
    found = ld or og or _line_of(page, title) or title
    if found and joined_key(found) not in page.site_names:
        return found
    return h1 if len(page.h1s) == 1 and h1 and joined_key(h1) not in page.site_names else found


def _line_of(page: Page, title: str) -> str | None:
    """The part of a title between separators that stands on the page as a line of its own."""
    parts = [part for part in _SUFFIX_SEPARATOR.split(title) if len(part.split()) >= 3]
    if not parts or parts == [title]:
        return None
    early = {line.key for line in page.outline.lines[:60]}
    return next((part for part in sorted(parts, key=len, reverse=True) if key(part) in early), None)


def _fits(h1: str, others: tuple[str, ...]) -> bool:
    """The h1 is a headline if it overlaps another form, or has no word that another form has not."""
    if not 2 <= len(h1) <= MAX_HEADLINE:
        return False
    own = set(words(h1))
    return any(overlap(h1, x) >= 0.34 or (len(own) > 1 and own <= set(words(x))) for x in others if x)


def _may_fit(page: Page, h1: str, others: tuple[str, ...]) -> bool:
    """One that overlaps less, too; the only h1, if it shares a long word with another form, or there is no other
    form to ask."""
    if 2 <= len(h1) <= MAX_HEADLINE and any(overlap(h1, x) >= 0.3 for x in others if x):
        return True
    alone = len({key(text) for _, text in page.h1s}) == 1
    if not alone or not 2 <= len(h1) <= MAX_HEADLINE or joined_key(h1) in page.site_names:
        return False
    if not any(others):
        return True
    if not 3 <= len(h1.split()) <= 30:
        return False
    return bool({x for x in words(h1) if len(x) > 3} & set(words(" ".join(others))))


def _is_heading(page: Page, forms: tuple[str, ...]) -> bool:
    """Whether one of the forms stands on the page as a heading of its own, of whatever rank."""
    keys = {key(x) for x in forms if len(x.split()) > 2}
    return any(x.around & Around.HEADING and x.key in keys for x in page.outline.lines)


def _is_masthead(h1: str, og: str, title: str, names: list[str]) -> bool:
    """The h1 is the site's name: the title says so (`Site: Headline`), or the page calls itself so."""
    shorter = joined_key(og) not in names and len(words(h1)) <= len(words(og))
    if og and h1 and shorter and key(og) != key(h1) and key(title) == f"{key(h1)} {key(og)}":
        return True
    return joined_key(h1) in names and any(x and joined_key(x) != joined_key(h1) for x in (og, title))


def is_site_name(tail: str, names: list[str]) -> bool:
    """Whether a text is one of the names, a form of one that is hardly longer or shorter, or what one abbreviates."""
    k = joined_key(tail)
    initials = "".join(word[0] for word in key(tail).split())
    if len(initials) > 2 and initials in names:
        return True
    return bool(k) and any(
        k == n or (len(k) > 3 and (k in n or (len(n) > 3 and n in k and len(k) < len(n) + 14))) for n in names
    )


def strip_suffix(title: str, names: list[str], h1: str = "", home: Callable[[], set[str]] = set[str]) -> str:
    """Take off at most three tails that name the site or are a date; an unknown tail stays. `home`: asked only for
    an unknown tail, gives more names of the site."""
    title = title[: 4 * MAX_HEADLINE]
    for _ in range(3):
        separators = list(_SUFFIX_SEPARATOR.finditer(title))
        if not separators:
            break
        head, tail = title[: separators[-1].start()].strip(), title[separators[-1].end() :].strip()
        known = is_site_name(tail, names) or _DATE_TAIL.fullmatch(tail) or joined_key(tail) in home()
        if not ((known and len(head) > 8) or (h1 and key(head) == key(h1))):
            break
        title = head
    first = _SUFFIX_SEPARATOR.search(title)
    if first and joined_key(title[: first.start()]) in names and len(title) - first.end() > 8:
        return title[first.end() :].strip()
    return title


def _uncut(ld: str, others: tuple[str, ...]) -> str:
    """A JSON-LD headline of the length that some rules of the trade demand, and which others go on: cut off."""
    if len(ld) >= 90:
        for x in others:
            if x and not x.endswith(CUT) and len(ld) < len(x) < MAX_HEADLINE and key(x).startswith(key(ld)):
                return x
    return ld


def _without_kicker(h1: str, node: HtmlElement, ld: str, og: str, title: str) -> str:
    """h1 = kicker + headline, where the headline is known from elsewhere and begins at a text node."""
    whole = key(h1)
    texts = [text for text in node.itertext() if text.strip()][:12]
    borders = {key(tidy(" ".join(texts[i:]))) for i in range(1, len(texts))}
    for form in (ld, og, title):
        k = key(form)
        ends_so = k and whole != k and whole.endswith(" " + k) and k in borders
        if ends_so and len(k.split()) >= 3 and len(whole) - len(k) < 60:
            return form
    share = "" if og.endswith(CUT) else key(og)
    if not share or whole == share:
        return h1
    # Two different kickers before the same words.
    parts, cuts = _KICKER_SEPARATOR.split(h1), list(_KICKER_SEPARATOR.finditer(h1))
    for i in range(1, min(len(parts), 8)):
        tail = key(" ".join(parts[i:]))
        n = len(tail.split())
        if n >= 6 and n > len(whole.split()) / 2 and share.endswith(" " + tail):
            kickers = whole[: -len(tail)], share[: -len(tail)]
            return h1 if overlap(*kickers) > 0.3 else h1[cuts[i - 1].end() :]
    return h1


def _without_tail(h1: str, node: HtmlElement, ld: str, og: str, title: str) -> str:
    """h1 = headline + source, number of comments or the like in an element of its own, where og and title (and
    JSON-LD, if there is one) all end before it."""
    k = key(og)
    if not k or k != key(title) or (ld and key(ld) != k) or not key(h1).startswith(k + " "):
        return h1
    texts = [text for text in node.itertext() if text.strip()][:12]
    borders = {key(tidy(" ".join(texts[:i]))) for i in range(1, len(texts))}
    return og if k in borders else h1


def _says_the_same(x: str, other: str) -> bool:
    return key(x) == key(other) or (overlap(x, other) > 0.8 and words(x)[:1] == words(other)[:1])


def _spelling(chosen: str, forms: dict[str, str], h1_ok: bool) -> str:
    """Among forms with the same words the spelling most have; capitals only if there is no other
    that says hardly anything else."""
    same = [x for name, x in forms.items() if x and (h1_ok or name != "h1") and key(x) == key(chosen)]
    if same:
        count = Counter(same)
        most = max(count.values())
        chosen = next(x for x in (chosen, *same) if count[x] == most)
    if chosen.isupper() and len(chosen) > 8:
        near = [x for x in (*same, *forms.values()) if x and not x.isupper() and _says_the_same(x, chosen)]
        chosen = next(iter(near), chosen)
    return chosen
