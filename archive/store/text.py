"""What may cross the border into the database: clean text, times in one spelling."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from archive.model import Article
from archive.store.cjk import UNSPACED_WORD

# Aware, or UTC; or RFC 3339.
Moment = datetime | str

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_WORD = re.compile(r"\w\S*")


def clean(text: str) -> str:
    """Text that SQLite can hold and give back: no NUL, no lone surrogate (it becomes U+FFFD)."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def row(*values: Any) -> tuple[Any, ...]:
    """Values as parameters of a statement, texts cleaned."""
    return tuple(clean(value) if isinstance(value, str) else value for value in values)


def stamp(moment: Moment) -> str:
    """RFC 3339 in UTC to the second, the one spelling of times, so that comparing texts compares times."""
    if isinstance(moment, str):
        if _STAMP.fullmatch(moment):
            return moment
        moment = datetime.fromisoformat(moment)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year > 999 else f"{moment.isoformat()[:19]}Z"


def to_second(date: str) -> str:
    """A WARC-Date as the other times of the database are written; one without a time of day stays as it is."""
    return f"{date[:19]}Z" if len(date) > 20 else date


def sql_list(words: Iterable[str]) -> str:
    """Words of our own, of no one else, as a list within a statement: ('a', 'b')."""
    quoted = (f"'{word}'" for word in sorted(words))
    return f"({', '.join(quoted)})"


def one_line(text: str | None, limit: int = 500) -> str | None:
    return " ".join(clean(text).split())[:limit] if text else None


def to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def word_count(text: str) -> int:
    """Words as spaces part them; in Chinese and Japanese, where nothing does, each character counts."""
    if text.isascii():
        return len(_WORD.findall(text))
    characters = len(UNSPACED_WORD.findall(text))
    return characters + len(_WORD.findall(UNSPACED_WORD.sub(" ", text) if characters else text))


def other_headlines(article: Article) -> str | None:
    """The forms of the headline that differ from it, one a line."""
    forms = dict.fromkeys(" ".join(form.split()) for form in article.headline_forms.values())
    return "\n".join(form for form in forms if form and form != article.headline) or None


def text_sha256(parts: Iterable[Any]) -> str:
    """The hash that tells whether two clean records read the same."""
    return hashlib.sha256(clean(json.dumps(list(parts), ensure_ascii=True)).encode()).hexdigest()
