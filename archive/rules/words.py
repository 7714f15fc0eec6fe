"""What may stand in a `[[rule]]`, and how each word is read: a value and its path in, the rule's value out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from archive.model import HELD, Verdict
from archive.rules import patterns, selectors, times
from archive.rules.model import DATE_FIELDS, TEXT_FIELDS, Field, Selector
from archive.rules.places import Path
from archive.urls import host_of, normalise

T = TypeVar("T")
MAX_LIST = 200  # selectors, hosts or paths in one list
WHICH = ("host", "path", "from", "until")  # for which pages
EFFECTS = ("keep", "drop", "clean", *TEXT_FIELDS, *DATE_FIELDS, "language", "verdict")
WORDS = (*WHICH, *EFFECTS, "note", "example")
FIELD_WORDS = ("select", "attribute", "pattern")
DATE_WORDS = (*FIELD_WORDS, "format", "timezone")
# What people write who think of schema.org, of other tools or of plain English.
MEANT = {
    "author": "byline", "authors": "byline", "byline_raw": "byline", "title": "headline", "date": "date_published",
    "published": "date_published", "modified": "date_modified", "updated": "date_modified", "lang": "language",
    "in_language": "language", "article_section": "section", "standfirst": "description", "summary": "description",
    "body": "keep", "content": "keep", "article_body": "keep", "include": "keep", "remove": "drop", "strip": "drop",
    "exclude": "drop", "domain": "host", "hosts": "host", "site": "host", "since": "from", "to": "until", "url": "path",
    "paths": "path", "comment": "note", "selector": "select", "css": "select", "xpath": "select", "attr": "attribute",
    "regex": "pattern", "tz": "timezone", "zone": "timezone", "kind": "verdict",
}  # fmt: skip
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NAME = re.compile(r"[\w:.-]{1,100}")


class Tell(Protocol):
    """Takes down a mistake at the value of a path, or at its key."""

    def __call__(self, path: Path, message: str, *, key: bool = False) -> None: ...


def unknown(word: str, known: Iterable[str]) -> str:
    """The message for a word that is not known, with the one that may be meant."""
    known = tuple(known)
    meant = MEANT.get(word.lower(), "")
    close = [meant] if meant in known else get_close_matches(word.lower(), known, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
    return f"unknown word {word!r}; {hint}"


def texts(path: Path, value: Any, tell: Tell) -> list[tuple[Path, str]]:
    """A text or a list of texts, each with its path."""
    if isinstance(value, str):
        return [(path, value)]
    name = path[-1]
    if not isinstance(value, list):
        tell(path, f'{name} must be a text in quotes, or a list of them: ["...", "..."]')
        return []
    if not value:
        tell(path, f"{name} is an empty list: take it out, or say what it names")
    if len(value) > MAX_LIST:
        tell(path, f"{name} has more than {MAX_LIST} entries")
        return []
    found = []
    for i, one in enumerate(value):
        if isinstance(one, str):
            found.append(((*path, i), one))
        else:
            tell((*path, i), f"{name} must hold texts in quotes, and this is {said(one)}")
    return found


def said(value: Any) -> str:
    """What a value is, for people."""
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a table",
        str: "a text",
    }
    return kinds.get(type(value), "a date")


def each(path: Path, value: Any, tell: Tell, read: Callable[[str], T]) -> tuple[T, ...]:
    """The entries of a list as `read` takes them; what it refuses is told, and so is what stands there twice."""
    found: list[T] = []
    for at, text in texts(path, value, tell):
        try:
            one = read(text)
        except ValueError as e:
            tell(at, f"{path[-1]}: {text!r} {e}")
            continue
        if one in found:
            tell(at, f"{path[-1]}: {text!r} stands there twice")
        else:
            found.append(one)
    return tuple(found)


def host(text: str) -> str:
    """A host as people write it -> in lower case, without www."""
    if "://" in text or "/" in text:
        inside = host_of(text if "://" in text else f"https://{text}").removeprefix("www.")
        raise ValueError(f"is an address: write {inside or 'example.org'!r}, and say more with path")
    if text.startswith(("*.", ".")):
        raise ValueError(f"needs no *: {text.lstrip('*.')!r} is for what stands before it as well")
    found = host_of(f"https://{text}")
    if not found:
        raise ValueError("is no host: write one like 'example.org'")
    if ":" in text:
        raise ValueError(f"has a port: write {found.partition(':')[0]!r}, a rule is for all of them")
    if "." not in found and found != "localhost":
        raise ValueError("is no whole host: write one like 'example.org'")
    return found.removeprefix("www.")


def path(text: str) -> str:
    """The form of a path, `*` for anything, as it stands in normalised URLs."""
    if "://" in text:
        raise ValueError("is an address: write only what follows the host, from the / on")
    if not text.startswith(("/", "*")):
        raise ValueError("must begin with / (or * for anything)")
    if text.startswith("/^") or text.endswith("$") or ".*" in text:
        raise ValueError("looks like a regular expression: here * alone stands for anything, as in /news/*")
    return quote(text, safe="/*?=&%:@!$'()+,;~-._[]")


def day(path: Path, value: Any, tell: Tell) -> date | None:
    """A day: 2024-05-31, in quotes or not."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError as e:
            tell(path, f"{path[-1]}: there is no day {value} ({e})")
            return None
    tell(path, f"{path[-1]} must be a day such as 2024-05-31")
    return None


def selector(text: str) -> Selector:
    """One that selects elements."""
    return selectors.read(text)


def language(value: str) -> str:
    """A BCP 47 tag in its usual spelling."""
    if not _LANGUAGE.fullmatch(value):
        raise ValueError('is no language; write one like "de", "en-GB" or "zh-Hant"')
    return value


def verdict(value: str) -> Verdict:
    """What a page is; only kinds that a person can tell of all pages that a rule is for."""
    allowed = sorted({*(v.value for v in HELD), "listing", "gallery", "video"})
    if value not in allowed:
        raise ValueError(f"is not known; known: {', '.join(allowed)}")
    return Verdict(value)


def field(path: Path, value: Any, tell: Tell) -> Field | None:
    """A selector, a list of them, or a table that says more."""
    dated = path[-1] in DATE_FIELDS
    table = value if isinstance(value, dict) else {"select": value}
    inner = (*path, "select") if table is value else path
    known = DATE_WORDS if dated else FIELD_WORDS
    for word in table:
        if word in DATE_WORDS and word not in known:
            tell((*path, word), f"{word} is for dates: {' and '.join(DATE_FIELDS)}", key=True)
        elif word not in known:
            tell((*path, word), unknown(word, known), key=True)
    if "select" not in table:
        tell(path, f"{path[-1]} needs select, the selector of where it stands")
        return None
    if "format" in table and "(?P<year>" in str(table.get("pattern")):
        tell((*path, "format"), "format and the groups of pattern both say how the date is written: one is enough")
    values: dict[str, Any] = {
        "selectors": each(inner, table["select"], tell, lambda text: selectors.read(text, elements=False))
    }
    for word, read in (("attribute", _attribute), ("pattern", _pattern(dated)), ("format", times.date_pattern),
                       ("timezone", times.zone)):  # fmt: skip
        if word in table and word in known:
            values[word] = one_text((*path, word), table[word], tell, read)
    made = Field(
        values["selectors"], values.get("attribute"), values.get("pattern"),
        table.get("format") if values.get("format") else None, values.get("format"), values.get("timezone"),
    )  # fmt: skip
    return made if made.selectors else None


def one_text(path: Path, value: Any, tell: Tell, read: Callable[[str], T]) -> T | None:
    """A single text as `read` takes it."""
    if not isinstance(value, str):
        tell(path, f"{path[-1]} must be a text in quotes, and this is {said(value)}")
        return None
    try:
        return read(value)
    except ValueError as e:
        tell(path, f"{path[-1]}: {value!r} {e}")
        return None


def _attribute(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("is no name of an attribute, such as datetime or content")
    return text.lower()


def _pattern(dated: bool) -> Callable[[str], str]:
    def read(text: str) -> str:
        compiled = patterns.check(text, ("value", *patterns.DATE_GROUPS) if dated else ("value",))
        named = set(compiled.groupindex) & set(patterns.DATE_GROUPS)
        missing = {"year", "month", "day"} - named
        if named and missing:
            raise ValueError(f"names parts of a date, but no {', '.join(sorted(missing))}")
        return text

    return read


def example(text: str) -> str:
    """The address of a page that a rule is for."""
    if normalise(text) is None:
        raise ValueError("is no http(s) address")
    return text
