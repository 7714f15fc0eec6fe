"""Stated bylines to names of people: what is cut off, what is split, what is no name at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.extract.text import key, tidy

MAX_BYLINE = 600  # characters of one stated byline
_BY_WORDS = (
    "by|von|par|por|de|di|av|af|przez|text|autor(?:in)?(?:/autor(?:in)?)?|auteurs?|authors?|written by|story by"
    "|words by|posted by|recipe by|reported by|published by|fra|door|yazan|oleh|penulis|reporter|tekst|foto"
)
_LEADING = re.compile(rf"^(?i:{_BY_WORDS})\s{{0,5}}(?::\s{{0,5}}|\s)(?=\S)")
# By-words of scripts without capital letters stand with a colon, or are words that mean nothing else.
_BY_COLON = (
    "(?:記者|文|取材|執筆|筆者|写真・文|取材・文|作者|撰文|编辑|기자|글|लेखक|लेखिका|रिपोर्ट|रिपोर्टर|संवाददाता|द्वारा"
    "|كتب|كتبت|بقلم|إعداد|تحرير|автор|текст|מאת|συντάκτης)"
)
BY_TEXT = re.compile(
    rf"^(?:{_BY_COLON}\s?[:：＝=／]|(?:بقلم|द्वारा|מאת)\s)\s*(?=\S)|"
    r"^(?:(?i:written by|posted by|story by|words by|reported by|authors?|autor(?:in)?|auteurs?|penulis|reporter|yazan"
    r"|oleh|text)\s{0,3}:?|By:?|BY:?|by:?|Von|von|VON|Par|par|Por|por|Di|di|Door|door|Av|av|Af|af|Tekst:?)\s+(?=\S)"
)
JOB = re.compile(
    r"(?i)\b(reporters?|correspondent|editor|writer|journalist|redakteur\w{0,4}|staff|producer|columnist|contributor|chief"
    r"|bureau|author|senior|korrespondent\w{0,4}|analyst|ceo|founder|last updated|published|journaliste|periodista"
    r"|redactora?|redaktor\w{0,3}|giornalista|jornalista|chefredakteur\w{0,3}|desk|professor|director|photographer"
    r"|head of|manager|coordinator|specialist|strategist|consultant|expert|engineer|officer|president|marketing"
    r"|attorney|dietitian|nutritionist|therapist|researcher|intern|freelancer?|co-?founder|owner)\b"
)
_MONTHS = (
    "jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?"
    "|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?"
)
_TAIL = re.compile(
    rf"(?i)[\s,|·•\-–—]+(?:(?:last\s)?(?:updated|published|reviewed|posted)\b.*|(?:{_MONTHS})\.?\s\d.*"
    r"|\d{1,2}[./]\d.*|\d+ min.*|founder\b.*|writer\b.*|head\s\w+maker.*)$"
)
_NOT_A_NAME = re.compile(
    r"(?i)^(?:written by|by|author|authors|the author|name|undefined|null|none|admin|administrator|webmaster|editor"
    r"|guest|posted by|copyright\b.*|published|updated?|last updated|contributor|staff|team|view (?:all|more)\b.*"
    r"|read more\b.*|more (?:about|from|posts)\b.*|(?:updated|published|posted|reviewed|edited|fact checked)\b.*"
    r"|no comments|link"
    r"|human|about\b.*|share.*|follow.*|subscribe.*|home|blog|page\.\S+|\S+\.author|[a-z0-9]{18,}|january|february"
    r"|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct"
    r"|nov|dec|monday|tuesday|wednesday|thursday|friday|saturday|sunday|www\b.*|https?\b.*)$"
)
_CREDENTIAL = re.compile(
    r"^(?:Jr|Sr|II|III|IV|Ph\.?D|M\.?D|M\.?A|M\.?S|B\.?A|[A-Z][A-Za-z]?[A-Z][A-Za-z.\-]{0,6}|[A-Z]{2,6})\.?®?$"
)
# Words of menus, buttons and headings that are hardly anybody's name.
_INTERFACE_WORDS = """
posts services contents started blog articles article menu search login view edition gallery learn more share print
download related recent latest trending popular categories category tags topics subscribe newsletter comments homeowners
thoughts organization tips guides projects project privacy policy terms contact online digital read table post watch
listen video videos photos stories story sign updates events resources solutions products product pricing support help
press release account follow click close open skip content reviews review study facebook linkedin email twitter
instagram whatsapp youtube pinterest reddit
"""
_INTERFACE = frozenset(_INTERFACE_WORDS.split())
_INTERFACE_PHRASES = frozenset(
    ("front page", "home page", "main page", "top news", "breaking news", "key takeaways")
)
_BRACKETS = re.compile(r"\s?\([^()]*\)(?!\s[A-ZÀ-Þ])|\s?<[^<>]*>")  # but not those of a nickname within a name
_POSTS_BY = re.compile(
    r"(?i)^(?:view all posts by|read more about|more (?:about|by|from)|posts by|articles by)\s+"
)
_GLUED_BY = re.compile(r"^By(?=[A-Z][a-zà-ÿ])")
_ADDRESS = re.compile(r"[^\s@]{1,80}@[^\s@]{1,200}")
_CAPITAL = "[A-ZÀ-ÞĀ-ŽА-ЯЁІЇЄΆ-Ϋ]"
_SPLIT = re.compile(
    r"\s?[、，・؛]\s?|\s(?:और|एवं|و)\s|\s?(?:;|\||•|·|/(?=\s))\s?"
    rf"|\s(?:and|und|et|og|och|ve|dan|và|ja|és|și|и|та|και|&)\s(?={_CAPITAL})"
    # Words that also stand inside one name ("José Ortega y Gasset"): what follows must be a whole name.
    rf"|\s(?:y|e|en|i|a)\s(?={_CAPITAL}\S*\s\S)"
)
_COMMA = re.compile(r",\s?")
_INNER_BY = re.compile(r"^(?i:by|von|and|und)\s+")
_UNSPACED = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3々]{2,8}"
)  # a name in a script without blanks
_PARTICLES = frozenset(
    [
        "de",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "du",
        "da",
        "di",
        "bin",
        "al",
        "el",
        "dos",
        "ter",
        "y",
        "e",
        "of",
    ]
)


def clean(text: str, desk_words: Sequence[str] = ()) -> list[str]:
    """One stated byline -> names. `desk_words`: names of the site, whose desks ("Name, HOUSE REGION") go."""
    text = tidy(text[:MAX_BYLINE])
    if not text or text.startswith(("http://", "https://", "www.", "@")) or "://" in text:
        return []
    text = _GLUED_BY.sub("", _ADDRESS.sub("", _POSTS_BY.sub("", _BRACKETS.sub("", text))))
    text = BY_TEXT.sub("", text)
    for _ in range(2):
        text = _LEADING.sub("", text).strip()
    for _ in range(3):
        text = _TAIL.sub("", text)
    found = []
    for piece in _SPLIT.split(text):
        for name in _at_commas(piece, desk_words):
            name = _INNER_BY.sub("", name).strip(" ,-–|:»«")
            if not _CREDENTIAL.match(name.rpartition(", ")[2]):
                name = name.strip(" .")
            if 1 < len(name) < 70 and not _NOT_A_NAME.match(name) and not re.search(r"\d{4}", name):
                found.append(name)
    return found


def _at_commas(piece: str, desk_words: Sequence[str]) -> list[str]:
    """The first part, further names, credentials glued back; a job or a desk ends the piece."""
    first, *rest = _COMMA.split(piece)
    names = [first]
    for part in rest:
        part = part.strip()
        if _CREDENTIAL.match(part) and not (part.isupper() and len(part) > 6):
            names[-1] += ", " + part
        elif JOB.search(part) or any(word in key(part).split() for word in desk_words if len(word) > 2):
            break
        elif len(part.split()) >= 2:
            names.append(part)
        else:
            break
    return names


def _is_foreign(letter: str) -> bool:
    """A letter of a script that may have no capitals."""
    return not letter.isascii() and letter.isalpha()


def nameish(name: str, least: int = 2) -> bool:
    """Whether it is made like the name of a person: two to five capitalised words without digits."""
    parts = name.split(",")[0].split()
    if len(parts) == 1 and _UNSPACED.fullmatch(parts[0]):
        return True
    return (
        least <= len(parts) <= 5
        and all(x[0].isupper() or x.lower() in _PARTICLES or _is_foreign(x[0]) for x in parts)
        and (parts[0][0].isupper() or _is_foreign(parts[0][0]))
        and not any(c.isdigit() for c in name)
    )


def of_the_interface(name: str) -> bool:
    """Whether a text that is made like a name is one of a menu or a heading ("Recent Posts"), or a mere job."""
    k = key(name)
    if k in _INTERFACE_PHRASES or not _INTERFACE.isdisjoint(k.split()):
        return True
    return all(JOB.fullmatch(word) for word in k.split())


def without_by(text: str) -> str:
    return BY_TEXT.sub("", text)


def looks_like_name(text: str) -> bool:
    return nameish(without_by(text).split(",")[0])
