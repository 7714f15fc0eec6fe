"""The headline: JSON-LD, h1, og:title and title compared, freed of site names and kickers, every form kept."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from lxml.html import HtmlElement

from archive.extract.jsonld import is_news
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
    names = page.site_names
    ld, h1, og, title = page.ld_headline, page.h1, page.og, page.title
    stated = {"json_ld": ld, "h1": h1, "og": og, "title": title, "twitter": page.twitter}
    ld = "" if ld.endswith(CUT) else strip_suffix(ld, names, h1)
    og, title, twitter = (strip_suffix(x, names, h1) for x in (og, title, page.twitter))
    h1_ok = _fits(h1, len(page.h1s), (ld, og, title), names)
    h1 = strip_suffix(h1, names) if h1_ok else h1
    ld = _uncut(ld, (h1 if h1_ok else "", og, title))
    if h1_ok and key(ld) and key(ld) == key(og) and key(h1).startswith(key(ld) + " "):
        h1 = ld  # the h1 holds a date, the site's name or a sub-line behind the headline
    if h1_ok and page.h1_node is not None:
        h1 = _without_kicker(h1, page.h1_node, ld, og, title)
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
        # The publisher gives different headlines: a news node is trusted, any other node is not.
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


def _fits(h1: str, count: int, others: tuple[str, ...], names: list[str]) -> bool:
    """The h1 is a headline if it overlaps another form, or is the only one and shares a long word with one;
    also if there is no other form to ask and it is the only one."""
    if not 2 <= len(h1) <= MAX_HEADLINE:
        return False
    if any(overlap(h1, x) >= 0.34 for x in others if x):
        return True
    if count != 1 or joined_key(h1) in names:
        return False
    if not any(others):
        return True
    if not 3 <= len(h1.split()) <= 30:
        return False
    return bool({x for x in words(h1) if len(x) > 3} & set(words(" ".join(others))))


def is_site_name(tail: str, names: list[str]) -> bool:
    k = joined_key(tail)
    return bool(k) and any(
        k == n or (len(k) > 3 and (k in n or (len(n) > 3 and n in k and len(k) < len(n) + 14))) for n in names
    )


def strip_suffix(title: str, names: list[str], h1: str = "") -> str:
    """Take off at most three tails that name the site or are a date; an unknown tail stays."""
    title = title[: 4 * MAX_HEADLINE]
    for _ in range(3):
        separators = list(_SUFFIX_SEPARATOR.finditer(title))
        if not separators:
            break
        head, tail = title[: separators[-1].start()].strip(), title[separators[-1].end() :].strip()
        known = is_site_name(tail, names) or _DATE_TAIL.fullmatch(tail)
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
            return h1[cuts[i - 1].end() :]
    return h1


def _spelling(chosen: str, forms: dict[str, str], h1_ok: bool) -> str:
    """Among forms with the same words the spelling most have; capitals only if there is no other."""
    same = [x for name, x in forms.items() if x and (h1_ok or name != "h1") and key(x) == key(chosen)]
    if same:
        count = Counter(same)
        most = max(count.values())
        chosen = next(x for x in (chosen, *same) if count[x] == most)
    if chosen.isupper() and len(chosen) > 8:
        chosen = next((x for x in same if not x.isupper()), chosen)
    return chosen
