"""An article's URL told from a listing's by its shape alone, before anything is fetched.

Publishers of all languages write addresses of a few forms: dates, numbers and slugs for articles, one or two short
words for what lists them. Where an address has neither form nothing is said. Pure; no learned model.
`scripts/eval-urls` measures it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

SLUG_WORDS = 5  # so many words are a headline
SHORT_SLUG_WORDS = 3  # so many are one beside a date or a number
SECTION_WORDS = 3  # names of sections have no more: "arts-and-culture"
SECTION_DEPTH = 3  # nor does one lie deeper: /news/world/asia

# What follows these is no article, whatever it looks like.
_LISTS = frozenset({
    "tag", "tags", "topic", "topics", "thema", "themen", "tema", "temas", "theme", "themes", "sujet", "keyword",
    "keywords", "category", "categories", "kategorie", "categoria", "rubrik", "rubrique", "rubric", "author",
    "authors", "autor", "autoren", "auteur", "autore", "writer", "writers", "profile", "profiles", "people",
    "contributor", "contributors", "team", "user", "users", "search", "suche", "recherche", "buscar", "cerca",
    "login", "signin", "sign-in", "signup", "sign-up", "register", "account", "konto", "subscribe",
    "subscription", "subscriptions", "abo", "abonnement", "newsletter", "newsletters", "rss", "feed", "feeds",
    "sitemap", "wp-login.php", "wp-admin", "cart", "checkout", "shop", "store", "jobs", "careers", "horoscope",
    "crossword", "puzzles", "games", "advertise", "advertising", "mediadaten", "imprint", "impressum",
    "privacy", "datenschutz", "terms", "agb", "cookies", "cookie", "help", "hilfe", "faq", "contact", "kontakt",
    "contacto", "contatti", "about", "about-us", "ueber-uns", "uber-uns", "corrections-policy", "accessibility",
    "weather", "wetter", "tv-guide", "epaper", "e-paper", "podcasts", "videos",
})  # fmt: skip
_CATEGORIES = frozenset({
    "category", "categories", "kategorie", "categoria", "rubrik", "rubrique", "rubric", "topic", "topics", "thema",
    "themen", "tema", "temas",
})  # fmt: skip
_LEGAL = re.compile(
    r"(?:^|[-_])(?:privacy|cookies?|policy|terms|conditions|datenschutz\w*|impressum|gdpr|disclaimer)(?:[-_.]|$)"
)
_PAGE_NUMBER = re.compile(r"(?:page|seite|pagina|p)[-=]?\d{1,4}|pg\d{1,4}")
_YEAR = r"(?:19[89]\d|20[0-4]\d)"
_DATE = re.compile(
    rf"/{_YEAR}/(?:0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:[a-z]{{0,6}})(?:/(?:[0-2]?\d|3[01]))?(?=/|-|$)"
    rf"|(?<!\d){_YEAR}[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:[0-2]\d|3[01])(?!\d)"
)  # fmt: skip
_TOPIC_NUMBER = re.compile(r"!?[a-z]-?\d+")  # /s-12296, /!t5008262: pages of topics have numbers, too
_NUMBERED_SLUG = re.compile(r".+[-_]\d{3,}")
_NUMBER = re.compile(r"(?<!\d)\d{5,}(?!\d)")
_TOKEN = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{9,}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_MIXED = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9_-]{8,}|[A-Z0-9]{12,}")
_QUERY_ID = re.compile(r"(?:^|&)(?:\w{0,12}id|p|story|article|artikel|no|idx\w*)=[\w-]*\d")
_QUERY_PAGE = re.compile(r"(?:^|&)(?:page|paged|offset|start|seite)=")
_SECTIONS = frozenset(("section", "sections", "ressort", "sekce", "seccion", "index"))
_STORY = frozenset({
    "article", "articles", "artikel", "articolo", "articulo", "story", "stories", "clanek", "noticia",
    "noticias", "nota", "news-story", "post", "posts", "blog", "blogs", "opinion", "live", "news-detail",
    "detail",
})  # fmt: skip
_EXTENSION = re.compile(r"\.(?:s?html?|php|aspx?|jsp|ece|amp|cms|stm)$")
_SPLIT = re.compile(r"[-_+,\s]+")


@lru_cache(maxsize=8192)
def is_article(url: str) -> bool | None:
    """Whether a normalised URL is that of an article: yes, no, or None where its shape does not tell."""
    parts = urlsplit(url)
    raw = [segment for segment in unquote(parts.path).split("/") if segment]
    segments = [segment.lower() for segment in raw]
    has_id = bool(_QUERY_ID.search(parts.query)) and not _QUERY_PAGE.search(parts.query)
    if not segments:
        return has_id
    headline = len(segments) > 2 and _words(_EXTENSION.sub("", segments[-1])) >= SLUG_WORDS
    if not headline and _is_list(segments):
        return False
    names = [_EXTENSION.sub("", segment) for segment in segments]
    words = max(map(_words, names[-2:]))
    dated = _DATE.search("/" + "/".join(names))
    only_date = dated is not None and not "".join(names[-1:]).strip("0123456789-_.") and words == 0
    numbered = bool(_NUMBER.search(names[-1]) or _TOKEN.search(names[-1]) or _MIXED.search(raw[-1]))
    numbered = numbered or (len(names) > 1 and bool(_NUMBER.fullmatch(names[-2]))) or has_id
    if _TOPIC_NUMBER.fullmatch(names[-1]) and not dated:
        return None
    if words >= SLUG_WORDS or (numbered and not only_date):
        return True
    if dated is not None:
        return None if only_date and not _NUMBER.search(names[-1]) else True
    if words >= SHORT_SLUG_WORDS and (_NUMBERED_SLUG.fullmatch(names[-1]) or not _STORY.isdisjoint(names[:-1])):
        return True
    if names[-1] in _SECTIONS:
        return False
    if parts.query and not has_id:
        return False if _QUERY_PAGE.search(parts.query) and words < SHORT_SLUG_WORDS else None
    short = all(_words(name) <= SECTION_WORDS and not any(map(str.isdigit, name)) for name in names)
    if short and len(names) <= SECTION_DEPTH and _words(names[-1]) < SHORT_SLUG_WORDS and segments == names:
        return False
    return None


def may_be_section(url: str) -> bool:
    """Whether a normalised URL looks like a section's: short, and none of what every site has besides sections."""
    segments = [segment.lower() for segment in unquote(urlsplit(url).path).split("/") if segment]
    return bool(segments) and is_article(url) is False and not _is_list(segments, _LISTS - _CATEGORIES)


def _is_list(segments: list[str], lists: frozenset[str] = _LISTS) -> bool:
    """Whether the words of a path say what it is, and that it is no article."""
    if not lists.isdisjoint(segments[:-1][:2]) or segments[-1] in lists or segments[0] in lists:
        return True
    if len(segments) > 1 and (segments[-2] in ("page", "seite", "pagina") and segments[-1].isdigit()):
        return True
    return bool(_PAGE_NUMBER.fullmatch(segments[-1]) or (len(segments) <= 2 and _LEGAL.search(segments[-1])))


def _words(name: str) -> int:
    """Words of a slug; a number is none. Scripts without blanks have no words: three characters count as one."""
    found = 0
    for word in _SPLIT.split(name):
        if word and not word.isdigit():
            found += 1 if word.isascii() or not _is_unspaced(word) else max(1, len(word) // 3)
    return found


def _is_unspaced(word: str) -> bool:
    """Chinese, Japanese, Thai."""
    return any("\u3040" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" or "\u0e00" <= c <= "\u0e7f" for c in word)
