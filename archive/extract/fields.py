"""The plainer fields: description, section, language, image, publisher, keywords, canonical URL, type, access."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from archive.extract.jsonld import first_text, is_page, types
from archive.extract.page import Page, spaced
from archive.extract.text import key, overlap, squeeze, tidy

Candidates = list[tuple[str, str]]  # (source, value)

MAX_KEYWORDS = 40
_SECTION_META = (
    "article:section", "og:article:section", "section", "parsely-section", "cxenseparse:recs:category",
    "sailthru.section", "dc.subject",
)  # fmt: skip
# What systems write among the keywords: "contentId: 15cd", "source:tagname:X", "editors_pick", "sports/formula-1".
_MACHINE_TAG = re.compile(
    r"[a-z]+(?:[A-Z][a-z]+|[-_:][A-Za-z]+)*:\s?\S|[a-z0-9]+(?:_[a-z0-9]+)+$|[a-z0-9-]+(?:/[a-z0-9-]+)+$"
    r"|(?!(?:19|20)\d\d$)\d+$|[0-9a-f]{8}-[0-9a-f]{4}-"
)
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_TITLE_TAIL = re.compile(r"(?:\s[|–—·•-]\s|\s?[|｜]\s?)([^|｜–—·•]{2,50})$")
_LIST = re.compile(r"[,;]\s?")
_NO_SECTION = re.compile(r"(?i)://|[_{}<>]|^[\W\d]+$|^(?:home(?:page)?|startseite|inicio|accueil|article|post)$")
_IMAGE_META = ("og:image", "og:image:secure_url", "og:image:url", "twitter:image", "twitter:image:src")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_.@].*)?")
_STOP_WORDS = {
    "en": "the of and to in that is was for on with said as by it from are have has been they which their",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden",
    "fr": "de la le et les des en un du une que est pour qui dans par plus pas au sur ce il sont avec",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más pero",
    "it": "di e il la che in un del per una non è con i da le si della al sono dei come ha alla",
    "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao",
    "nl": "de van een het en in is dat op te met voor zijn die niet aan er om ook als door over bij",
    "sv": "och att det i en på är som för med av till den har de inte om ett men var sig så",
    "da": "og at det i en på er som for med af til den har de ikke om et men var sig så vi blev",
    "nb": "og i det på er som en til av for at med han den har ikke de om et men var seg fra ble",
    "pl": "i w na z do się że nie to jest o jak po co ale za od są przez tym dla oraz który",
    "cs": "a v se na je že s z do o i to ve pro za by jsou od po jako ale jeho které byl",
    "tr": "ve bir bu da de için ile olarak olan çok daha en gibi ise sonra kadar ancak var olduğu",
    "id": "yang dan di ini untuk dari dengan pada itu dalam tidak akan ke oleh juga ada sebagai bahwa",
}
STOP_WORDS = {language: frozenset(text.split()) for language, text in _STOP_WORDS.items()}
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")), ("ko", re.compile("[\uac00-\ud7a3]")), ("zh", re.compile("[\u4e00-\u9fff]")),
    ("hi", re.compile("[\u0900-\u097f]")), ("ar", re.compile("[\u0600-\u06ff]")), ("he", re.compile("[\u0590-\u05ff]")),
    ("ru", re.compile("[\u0400-\u04ff]")), ("el", re.compile("[\u0370-\u03ff]")), ("th", re.compile("[\u0e00-\u0e7f]")),
    ("bn", re.compile("[\u0980-\u09ff]")), ("ta", re.compile("[\u0b80-\u0bff]")), ("te", re.compile("[\u0c00-\u0c7f]")),
)  # fmt: skip
_LETTERS = re.compile(r"[^\W\d_]+")
_BY_LETTER = {"uk": "їєґ", "fa": "پچژگ", "ur": "ٹڈڑے", "sr": "ђћџ", "bg": "ъщ"}


def tag(stated: str) -> str | None:
    """A BCP 47 tag in its usual spelling (`en-GB`, `zh-Hant-TW`) of what a page states, e.g. `en_gb.UTF-8`."""
    match = _LANGUAGE.fullmatch(stated.strip()[:40])
    if not match or match[1].lower() in ("und", "mul", "zxx"):
        return None
    script, region = match[2], match[3]
    parts = [match[1].lower(), script.title() if script else "", region.upper() if region else ""]
    return "-".join(part for part in parts if part)


def guess_language(text: str) -> str | None:
    """The language of a text by its script and its commonest words; None if neither decides."""
    sample = text[:2000]
    letters = sum(map(str.isalpha, sample))
    if letters < 20:
        return None
    if len(sample.encode("ascii", "ignore")) < 0.8 * len(sample):
        for language, script in _SCRIPTS:
            if len(script.findall(sample)) > letters * 0.2:
                related = {"ar": ("fa", "ur"), "ru": ("uk", "sr", "bg")}.get(language, ())
                often = (name for name in related if sum(map(sample.count, _BY_LETTER[name])) > letters * 0.01)
                return next(often, language)
    found = Counter(_LETTERS.findall(sample.casefold()))
    counts = sorted(
        ((sum(found[w] for w in stop), language) for language, stop in STOP_WORDS.items()), reverse=True
    )
    best, second = counts[0], counts[1]
    enough = best[0] >= 3 and best[0] >= 0.08 * found.total()
    return best[1] if enough and best[0] > second[0] else None


def languages(page: Page, text: str) -> Candidates:
    """Language of the text, JSON-LD first; a page's own `lang` is often its template's, so the text has a veto:
    a clear guess in another script than the stated language comes first."""
    stated: Candidates = []
    top = page.root if page.root.tag == "html" else None
    article = next(page.root.iter("article"), None)
    for source, value in (
        ("json_ld", first_text(page.article.get("inLanguage"))),
        (
            "page",
            top.get("lang") or top.get("{http://www.w3.org/XML/1998/namespace}lang") if top is not None else None,
        ),
        ("page", article.get("lang") if article is not None else None),
        ("meta", page.first("content-language") or page.first("language") or page.first("dc.language")),
        ("meta", page.first("og:locale")),
    ):
        if value and (found := tag(value)):
            stated.append((source, found))
    guess = guess_language(text)
    if guess and stated and not any(value.split("-")[0] == guess for _, value in stated):
        return [("text", guess), *stated] if len(text) > 400 else [*stated, ("text", guess)]
    if guess and stated and stated[0][1].split("-")[0] != guess and len(text) > 400:
        stated.sort(key=lambda c: c[1].split("-")[0] != guess)
    return stated or ([("text", guess)] if guess else [])


def descriptions(page: Page, headline: str | None, standfirst: str | None) -> Candidates:
    """What the page says of itself in a sentence or two; never the headline once more."""
    found = [
        ("json_ld", tidy(first_text(page.article.get("description")) or "")),
        ("meta", page.first("og:description")),
        ("meta", page.first("description")),
        ("meta", page.first("twitter:description")),
        ("meta", page.first("dc.description")),
        ("microdata", next((t for e in islice(page.items("description"), 2)
                            if (t := tidy(e.get("content") or page.text(e, 1000)))), "")),
        ("page", standfirst or ""),
    ]  # fmt: skip
    title = key(headline or "")
    return [(source, value) for source, value in found if value and key(value) != title and len(value) > 3]


def sections(page: Page) -> Candidates:
    stated = page.article.get("articleSection")
    values = stated if isinstance(stated, list) else [stated]
    found = [("json_ld", tidy(v)) for v in values[:3] if isinstance(v, str)]
    found += [("meta", page.first(name)) for name in _SECTION_META]
    found += [("microdata", page.text(e, 80) or tidy(e.get("content") or ""))
              for e in islice(page.items("articleSection"), 2)]  # fmt: skip
    found += [("json_ld", name) for name in _crumbs(page)]
    found = _proper_sections(page, found)
    if not found:
        found = _proper_sections(page, [("page", name) for name in (_crumb_links(page) or _own_place(page))])
    return found


def _proper_sections(page: Page, stated: Candidates) -> Candidates:
    """Of a list in one text the first; neither the headline once more, nor the site, nor what a template calls it."""
    titles = [x for x in (page.ld_headline, page.h1, page.og) if x]
    found = []
    for source, value in stated:
        listed = _LIST.split(value)
        value = (listed[0] if len(listed) > 2 or ";" in value else value).strip(" |/»>·-–—")
        fits = 1 < len(value) < 80 and len(value.split()) <= 6 and not _NO_SECTION.search(value)
        if fits and joined(value) not in page.site_names and not any(overlap(value, x) > 0.6 for x in titles):
            found.append((source, value))
    return found


def joined(value: str) -> str:
    return key(value).replace(" ", "")


def _crumbs(page: Page) -> list[str]:
    """The deepest named place of a breadcrumb list that is neither the front page nor the article."""
    for node in page.graph.nodes:
        if "BreadcrumbList" in types(node) and isinstance(items := node.get("itemListElement"), list):
            names = [
                tidy(first_text(i.get("name") or i.get("item")) or "") for i in items[:8] if isinstance(i, dict)
            ]
            inner = [
                n for n in names[1:] if n and key(n) not in (key(page.h1), key(page.ld_headline), key(page.og))
            ]
            return inner[-1:]
    return []


def _crumb_links(page: Page) -> list[str]:
    """The last link of a breadcrumb trail, which is not its first."""
    for e in islice(page.root.xpath("//*[contains(@class,'breadcrumb') or contains(@id,'breadcrumb')]"), 3):
        linked = [text for a in islice(e.iter("a"), 12) if page.size(a) <= 80 and (text := spaced(a))]
        inner = [text for text in linked[1:] if key(text) != key(page.h1)]
        if inner:
            return inner[-1:]
    return []


def _own_place(page: Page) -> list[str]:
    """The text of the navigation's link to the place that the page's own path begins with."""
    parts = urlsplit(page.url)
    first = parts.path.strip("/").partition("/")[0]
    if not first or first == parts.path.strip("/"):
        return []
    for a in islice(page.root.xpath("//nav//a[@href] | //header//a[@href]"), 200):
        href = a.get("href").partition("?")[0]
        if href.rstrip("/").endswith("/" + first) and urlsplit(page.absolute(href) or "").path.strip("/") == first:
            return [spaced(a)] if 0 < page.size(a) <= 60 else []
    return []


def images(page: Page) -> Candidates:
    stated = page.article.get("image") or page.article.get("thumbnailUrl")
    found = [("json_ld", url) for url in _image_urls(page, stated)]
    found += [("meta", page.meta[name][0]) for name in _IMAGE_META if name in page.meta]
    found += [("microdata", e.get("content") or e.get("src") or e.get("href") or "")
              for e in islice(page.items("image"), 2)]  # fmt: skip
    found += [
        ("page", e.get("src") or e.get("data-src") or "")
        for e in islice(page.root.xpath("//article//figure//img"), 1)
    ]
    absolute = [(source, page.absolute(url)) for source, url in found if not url.startswith("data:")]
    return [(source, url) for source, url in absolute if url]


def _image_urls(page: Page, value: Any) -> Iterator[str]:
    for one in (value if isinstance(value, list) else [value])[:3]:
        one = page.graph.resolve(one)
        if isinstance(one, dict):
            place = one.get("@id")
            one = one.get("url") or one.get("contentUrl") or (place if "#" not in str(place) else None)
            one = one[0] if isinstance(one, list) and one else one
        if isinstance(one, str):
            yield html.unescape(one)


def publishers(page: Page, houses: Iterable[str]) -> Candidates:
    found = [
        ("json_ld", page.publisher_name()),
        ("meta", page.first("og:site_name")),
        ("meta", page.first("dc.publisher") or page.first("publisher")),
        ("json_ld", _site_node(page)),
        ("meta", page.first("application-name")),
        *(("json_ld", house) for house in houses),
    ]
    if not any(value for _, value in found):
        tail = _TITLE_TAIL.search(page.title)
        found.append(("title", tail[1].strip() if tail and page.is_own_name(tail[1]) else ""))
    return [(source, value) for source, value in found if 1 < len(value) < 100 and not value.startswith("http")]


def _site_node(page: Page) -> str:
    """The name of the site's own node, or of the only organisation of the page."""
    names = {kind: [tidy(name) for n in page.graph.nodes if kind in " ".join(types(n))
                    and (name := first_text(n.get("name")))] for kind in ("WebSite", "Organization")}  # fmt: skip
    one = dict.fromkeys(names["Organization"])
    return next(iter(names["WebSite"] or (one if len(one) == 1 else [])), "")


def canonicals(page: Page) -> Candidates:
    """rel=canonical, then og:url, then JSON-LD; a canonical that points to the site's front is no article's."""
    declared = [("page", e.get("href")) for e in islice(page.root.xpath('//link[@rel="canonical"]'), 1)]
    if "og:url" in page.meta:
        declared.append(("meta", page.meta["og:url"][0]))
    entity = page.article.get("mainEntityOfPage")
    main = entity.get("@id") if isinstance(entity, dict) else entity
    declared += [("json_ld", value) for value in (main, page.article.get("url")) if isinstance(value, str)]
    found = [(source, page.absolute(url)) for source, url in declared]
    deep = page.url.count("/") > 3 and len(page.url.split("/", 3)[-1]) > 1
    return [
        (source, url)
        for source, url in found
        if url and "." in url.split("/")[2] and not (deep and url.count("/") == 3 and url.endswith("/"))
    ]


def keywords(page: Page) -> tuple[str, ...]:
    stated = page.article.get("keywords")
    values: list[Any] = stated if isinstance(stated, list) else [stated]
    values = [first_text(v) for v in values[: 2 * MAX_KEYWORDS]]
    if not any(values):
        values = [
            *page.meta.get("article:tag", []),
            *page.meta.get("news_keywords", []),
            *page.meta.get("keywords", []),
        ]
    listed = isinstance(stated, list) and len(stated) > 1  # one keyword in each, which may hold a comma
    texts = [v[:2000] for v in values[: 2 * MAX_KEYWORDS] if v]
    parts = [tidy(part) for text in texts for part in ([text] if listed else re.split(r"[,;]", text))]
    heads = Counter(part.partition(": ")[0] for part in parts if ": " in part)
    for i, part in enumerate(parts):  # "Category: Travel", "Category: News"
        head, colon, rest = part.partition(": ")
        if colon and heads[head] > 1:
            parts[i] = rest
    fit = (p for p in parts if 1 < len(p) < 80 and not _MACHINE_TAG.match(p))
    return tuple(dict.fromkeys(fit))[:MAX_KEYWORDS]


def access(page: Page) -> bool | None:
    """schema.org isAccessibleForFree, of the article, else of the parts it declares (one that is paid for is enough),
    of the page or as microdata; None if nothing says so."""
    parts = page.article.get("hasPart")
    pages = [n for n in page.graph.nodes if is_page(n)]
    stated = [
        [page.article.get("isAccessibleForFree")],
        [p.get("isAccessibleForFree") for p in (parts if isinstance(parts, list) else [parts])[:20]
         if isinstance(p, dict)],
        [n.get("isAccessibleForFree") for n in pages],
        [e.get("content") or page.text(e, 20) for e in islice(page.items("isAccessibleForFree"), 2)],
    ]  # fmt: skip
    for values in stated:
        said = [x for x in map(_yes_or_no, values) if x is not None]
        if said:
            return all(said)
    return {"free": True, "locked": False}.get(page.first("article:content_tier").lower())


def _yes_or_no(value: Any) -> bool | None:
    value = value[0] if isinstance(value, list) and value else value
    return _BOOLEANS.get(str(value).strip().lower().rsplit("/", 1)[-1])


def schema_type(page: Page) -> str | None:
    found = types(page.article) if page.article else []
    if found:
        return squeeze(found[0]) or None
    scope = next((e.get("itemtype") or "" for e in page.root.xpath("//*[@itemtype]")[:20]
                  if re.search(r"(?:Article|Posting|Report)/?$", (e.get("itemtype") or "")[-80:])), "")  # fmt: skip
    return scope.rstrip("/").rsplit("/", 1)[-1] or None
