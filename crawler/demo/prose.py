"""Templates to sentences: word lists and sentence frames of one language, filled by a random generator.

A template may hold `[a|b]` (one of them), `{slot}` (a value of this story), `{slot^}` (its first letter upper
case), `{#lo-hi/step}` (a fresh number), `{!lo-hi}` (in English: an ordinal
number), `{@list}` (a fresh word of a list), `{p1?his/her}` (by the gender of
person 1; `Pv` is the one who speaks) and `{P1}` (a person: role and name at first mention, short name later).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any

ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_TOKEN = re.compile(r"[\[\]|{}]")


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a story. `role` already has the form of the person's gender."""

    name: str
    short: str
    role: str
    female: bool


class Lexicon:
    """All words, frames, labels and topics of one language (`language`: en, de, hi, ar, ja)."""

    def __init__(self, language: str) -> None:
        folder = files(__package__ or "crawler.demo")
        prose: dict[str, Any] = tomllib.loads((folder / f"prose_{language}.toml").read_text(encoding="utf-8"))
        topics = tomllib.loads((folder / f"topics_{language}.toml").read_text(encoding="utf-8"))["topic"]
        self.language = language
        self.names: dict[str, list[str]] = prose["names"]
        self.lists: dict[str, list[str]] = {**prose["lists"], "ordinal": prose["generic"].get("ordinal", [])}
        self.words: dict[str, Any] = prose["words"]
        self.frames: dict[str, list[str]] = prose["frames"]
        self.generic: dict[str, list[str]] = prose["generic"]
        self.soft: dict[str, list[str]] = prose["soft"]
        self.opinion: dict[str, list[str]] = prose["opinion"]
        self.live: dict[str, list[str]] = prose["live"]
        self.gallery: dict[str, list[str]] = prose["gallery"]
        self.labels: dict[str, str] = prose["labels"]
        self.topics: dict[str, list[dict[str, Any]]] = {}
        for topic in topics:
            self.topics.setdefault(topic["section"], []).append(topic)
        self.space: str = self.words["space"]

    def number(self, value: int, low: int, high: int) -> str:
        """`value` as this language writes it; a range within 1850-2050 is taken for years."""
        years = low >= 1850 and high <= 2050
        text = str(value) if years else f"{value:,}".replace(",", self.words["thousands"])
        return text.translate(ARABIC_DIGITS) if self.language == "ar" else text

    def person(self, rng: Random, role: str = "") -> Person:
        """A new person; of a role with a slash the part before it is for men, after it for women."""
        female = rng.random() < 0.5
        given = rng.choice(self.names["female" if female else "male"])
        family = rng.choice(self.names["family"])
        male_role, _, female_role = role.partition("/")
        role = (female_role or male_role) if female else male_role
        if self.language == "ja":
            return Person(family + given, family, role, female)
        name = f"{given} {family}"
        return Person(name, family if self.language in ("en", "de") else name, role, female)


@lru_cache(maxsize=8)
def lexicon(language: str) -> Lexicon:
    """The lexicon of a language, read once from package data."""
    return Lexicon(language)


Node = str | tuple[str, Any]


@lru_cache(maxsize=8192)
def _compile(template: str) -> tuple[Node, ...]:
    nodes, end = _parse(template, 0, "")
    assert end == len(template), f"unbalanced template: {template}"
    return nodes


def _parse(text: str, at: int, stop: str) -> tuple[tuple[Node, ...], int]:
    nodes: list[Node] = []
    options: list[tuple[Node, ...]] = []
    while at < len(text):
        found = _TOKEN.search(text, at)
        if found is None or found.start() > at:
            end = found.start() if found else len(text)
            nodes.append(text[at:end])
            at = end
            continue
        mark = text[at]
        if mark == "[":
            inner, at = _parse(text, at + 1, "]")
            nodes.append(("alt", inner))
        elif mark == "{":
            end = text.index("}", at)
            nodes.append(("slot", text[at + 1 : end]))
            at = end + 1
        elif mark == stop:
            options.append(tuple(nodes))
            return tuple(("option", each) for each in options), at + 1
        elif mark == "|" and stop:
            options.append(tuple(nodes))
            nodes = []
            at += 1
        else:
            nodes.append(mark)
            at += 1
    return tuple(nodes), at


class Filler:
    """Fills the templates of one story; remembers its people, numbers and who was mentioned already."""

    def __init__(self, words: Lexicon, rng: Random, published: datetime) -> None:
        self.words = words
        self.rng = rng
        self.slots: dict[str, str] = _calendar(words, published)
        self.people: dict[str, Person] = {}
        self.mentioned: set[str] = set()
        self.speaker = ""

    def fill(self, template: str) -> str:
        """The text of a template, its first letter upper case."""
        text = self._fill(_compile(template))
        for at, char in enumerate(text[:2]):
            if char.isalpha():
                return text[:at] + char.upper() + text[at + 1 :]
            if char not in "“„":
                break
        return text

    def raw(self, template: str) -> str:
        """The text of a template as it falls out: for pieces in the middle of a sentence."""
        return self._fill(_compile(template))

    def _fill(self, nodes: tuple[Node, ...]) -> str:
        parts: list[str] = []
        for node in nodes:
            if isinstance(node, str):
                parts.append(node)
            elif node[0] == "alt":
                parts.append(self._fill(self.rng.choice(node[1])[1]))
            else:
                parts.append(self._slot(node[1]))
        return "".join(parts)

    def _slot(self, name: str) -> str:
        if name[0] == "#":
            return self.fresh_number(name[1:])
        if name[0] == "!":
            low, high = (int(part) for part in name[1:].split("-"))
            return ordinal(self.rng.randint(low, high))
        if name[0] == "@":
            if name == "@person":
                return self.words.person(self.rng).name
            return self.raw(self.rng.choice(self.words.lists[name[1:]]))
        if "?" in name:
            who, _, forms = name.partition("?")
            male, _, female = forms.partition("/")
            return female if self.people[self.speaker if who == "Pv" else who].female else male
        if name[0] == "P":
            return self.mention(self.speaker if name == "P" else name.lower())
        if name.endswith("^"):
            value = self.slots[name[:-1]]
            return value[0].upper() + value[1:]
        return self.slots[name]

    def fresh_number(self, span: str) -> str:
        """A number of `lo-hi` or `lo-hi/step`, as this language writes it."""
        limits, _, step = span.partition("/")
        low, high = (int(part) for part in limits.split("-"))
        return self.words.number(self.rng.randrange(low, high + 1, int(step or 1)), low, high)

    def mention(self, who: str) -> str:
        """Person `who` with role at the first mention, the short name afterwards."""
        person = self.people[who]
        suffix = "さん" if self.words.language == "ja" else ""
        if who in self.mentioned or not person.role:
            self.mentioned.add(who)
            return (person.short if person.role else person.name) + suffix
        self.mentioned.add(who)
        joint = "の" if self.words.language == "ja" else " "
        return f"{person.role}{joint}{person.name}{suffix}"

    def quote(self, entry: str, frame: str) -> str:
        """A sentence with direct speech: `entry` is `<person number>:<words>`, `frame` has `{q}` and `{P}`."""
        number, _, words = entry.partition(":")
        self.speaker = f"p{number}"
        said = self.fill(words)
        before, _, after = frame.partition("{q}")
        if before:  # the speaker is named before the words
            return self.fill(before) + said + self.raw(after)
        return said + self.raw(after)


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _calendar(words: Lexicon, published: datetime) -> dict[str, str]:
    days, months = words.words["weekdays"], words.words["months"]
    past, ahead = published - timedelta(days=1), published + timedelta(days=3)
    this = published.month - 1
    following_year = published.year + (1 if this == 11 else 0)
    slots = {
        "weekday": days[published.weekday()],
        "yesterday": days[past.weekday()],
        "month": months[this],
        "lastmonth": months[this - 1],
        "nextmonth": months[(this + 1) % 12],
        "year": words.number(published.year, 1900, 2050),
        "lastyear": words.number(published.year - 1, 1900, 2050),
        "nextmonthyear": words.number(following_year, 1900, 2050),
    }
    upcoming = {"en": "next {}", "de": "nächsten {}", "hi": "अगले {}", "ar": "يوم {} المقبل", "ja": "{}"}
    slots["nextday"] = upcoming[words.language].format(days[ahead.weekday()])
    if words.language == "ja":  # newspapers there name the day of the month
        slots |= {"weekday": f"{published.day}日", "yesterday": f"{past.day}日", "nextday": f"{ahead.day}日"}
    return slots
