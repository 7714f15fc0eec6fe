"""A file of site rules: text in, rules and mistakes out. Every mistake is found at once, with its line and column."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from archive.rules import words
from archive.rules.model import DATE_FIELDS, TEXT_FIELDS, Rule, Rules, Selector, SiteRules
from archive.rules.places import Path, Places, places
from archive.rules.selectors import counts_children

MAX_CHARACTERS = 1_000_000  # of one file
MAX_RULES = 5000  # in all files together
_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, where, and what to do. `advice`: the file can be used as it is."""

    file: str
    line: int
    column: int
    message: str
    advice: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {'advice: ' if self.advice else ''}{self.message}"


def read(files: Iterable[tuple[str, str]]) -> tuple[Rules, list[Mistake]]:
    """(name, text) of each file, in their order -> all rules that could be read, and the mistakes in order."""
    rules: list[Rule] = []
    mistakes: list[Mistake] = []
    for name, text in files:
        reader = _Reader(name, text)
        rules += reader.rules()
        mistakes += reader.mistakes
    if len(rules) > MAX_RULES:
        extra = rules[MAX_RULES]
        mistakes.append(Mistake(extra.file, extra.line, 1, f"there are more than {MAX_RULES} rules"))
    mistakes += contradictions(rules)
    order = {name: i for i, name in enumerate(dict.fromkeys(m.file for m in mistakes))}
    return Rules(tuple(rules)), sorted(mistakes, key=lambda m: (order[m.file], m.line, m.column))


class _Reader:
    """One file. `tell` takes down a mistake at the place of a path."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self.mistakes: list[Mistake] = []
        self.places = Places()

    def tell(self, path: Path, message: str, *, key: bool = False, advice: bool = False) -> None:
        line, column = self.places.of_key(path) if key else self.places.of(path)
        self.mistakes.append(Mistake(self.name, line, column, message, advice))

    def rules(self) -> list[Rule]:
        if len(self.text) > MAX_CHARACTERS:
            self.tell((), f"the file has more than {MAX_CHARACTERS} characters")
            return []
        try:
            data = tomllib.loads(self.text)
        except (tomllib.TOMLDecodeError, RecursionError) as e:
            self.syntax(e)
            return []
        self.places = places(self.text)
        for word in data:
            if word != "rule":
                hint = "; every word stands below [[rule]]" if word in words.WORDS else "; only [[rule]] is"
                self.tell((word,), f"{word!r} is not known outside of a rule{hint}", key=True)
        tables = data.get("rule", [])
        if isinstance(tables, dict):
            self.tell(("rule",), "write [[rule]], with two brackets on each side", key=True)
            return []
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.tell(("rule",), "a rule begins with a line [[rule]]", key=True)
            return []
        if not tables and not data:
            self.tell((), "there is no [[rule]] in this file", advice=True)
        made = [self.rule(i, table) for i, table in enumerate(tables)]
        return [rule for rule in made if rule]

    def syntax(self, error: Exception) -> None:
        """tomllib's message, at its place."""
        message = str(error) or type(error).__name__
        match = _TOML_PLACE.search(message)
        lines = self.text.split("\n")
        line, column = (int(match[1]), int(match[2])) if match and match[1] else (len(lines), len(lines[-1]) + 1)
        said = message[: match.start()] if match else message
        self.mistakes.append(Mistake(self.name, line, column, f"this is no TOML: {said[:1].lower()}{said[1:]}"))

    def rule(self, i: int, table: dict[str, Any]) -> Rule | None:
        """One [[rule]]; None if it has a mistake."""
        at: Path = ("rule", i)
        before = sum(not m.advice for m in self.mistakes)
        for word in table:
            if word not in words.WORDS:
                self.tell((*at, word), words.unknown(word, words.WORDS), key=True)
        effect = self.effect(at, table)
        hosts = words.each((*at, "host"), table["host"], self.tell, words.host) if "host" in table else ()
        paths = words.each((*at, "path"), table["path"], self.tell, words.path) if "path" in table else ()
        since = words.day((*at, "from"), table["from"], self.tell) if "from" in table else None
        until = words.day((*at, "until"), table["until"], self.tell) if "until" in table else None
        note = self.one(at, table, "note", str)
        example = self.one(at, table, "example", words.example)
        if "host" not in table:
            self.tell(at, "this rule has no host: for which site is it?", key=True)
        nothing = not any(word in table for word in words.EFFECTS)
        if nothing and sum(not m.advice for m in self.mistakes) == before:
            self.tell(at, f"this rule does nothing: it needs one of {', '.join(words.EFFECTS)}", key=True)
        if since and until and since > until:
            self.tell((*at, "until"), f"until {until} is before from {since}: this rule is for no day")
        if sum(not m.advice for m in self.mistakes) > before:
            return None
        line = self.places.of_key(at)[0]
        rule = Rule(hosts, effect, paths, since, until, note, example, self.name, line)
        self.check_example(at, rule)
        return rule

    def one(self, at: Path, table: dict[str, Any], word: str, read: Any) -> Any:
        """A word whose value is a single text."""
        return words.one_text((*at, word), table[word], self.tell, read) if word in table else None

    def effect(self, at: Path, table: dict[str, Any]) -> SiteRules:
        values: dict[str, Any] = {}
        for word in ("keep", "drop"):
            if word in table:
                values[word] = words.each((*at, word), table[word], self.tell, words.selector)
                self.advise((*at, word), table[word], values[word])
        for word in (*TEXT_FIELDS, *DATE_FIELDS):
            if word in table:
                values[word] = words.field((*at, word), table[word], self.tell)
        values["language"] = self.one(at, table, "language", words.language)
        values["verdict"] = self.one(at, table, "verdict", words.verdict)
        if "clean" in table:
            if not isinstance(table["clean"], bool):
                self.tell((*at, "clean"), "clean must be true or false, without quotes")
            elif "keep" not in table:
                self.tell((*at, "clean"), "clean is about what keep holds, and this rule has no keep", key=True)
            else:
                values["clean"] = table["clean"]
        for selector in set(values.get("keep", ())) & set(values.get("drop", ())):
            self.tell((*at, "drop"), f"{selector.text!r} stands in keep and in drop", key=True)
        return SiteRules(**values)

    def advise(self, path: Path, value: Any, read: Sequence[Selector]) -> None:
        """What works, but perhaps not as it looks in a browser."""
        for i, selector in enumerate(read):
            if counts_children(selector):
                where = (*path, i) if isinstance(value, list) else path
                self.tell(where, f"{selector.text!r} counts children, and scripts are not counted here as they are in a"
                          " browser: :nth-of-type() or a class is surer", advice=True)  # fmt: skip

    def check_example(self, at: Path, rule: Rule) -> None:
        if rule.example is None:
            return
        day = rule.since or rule.until
        captured = datetime.combine(day, time(), UTC) if day else datetime(2000, 1, 1, tzinfo=UTC)
        if why := rule.misses(rule.example, captured):
            self.tell((*at, "example"), f"the rule is not for its own example: {why}")


def contradictions(rules: Sequence[Rule]) -> list[Mistake]:
    """Pairs that mean the same pages equally closely and give one word two values; told at the later one."""
    found: list[Mistake] = []
    known: dict[tuple[str, tuple[str, ...]], list[Rule]] = {}
    for rule in rules:
        told = set[tuple[str, int]]()
        for host in rule.hosts:
            others = known.setdefault((host, tuple(sorted(rule.paths))), [])
            for other in others:
                if (other.file, other.line) not in told and (said := _contradiction(other, rule)):
                    told.add((other.file, other.line))
                    found.append(Mistake(rule.file, rule.line, 1, said[0], advice=said[1]))
            others.append(rule)
    return found


def _contradiction(first: Rule, second: Rule) -> tuple[str, bool] | None:
    """The message, and whether it is no more than advice: they say the same."""
    if bool(first.since) + bool(first.until) != bool(second.since) + bool(second.until):
        return None  # one of them means the page more closely
    if first.until and second.since and first.until < second.since:
        return None
    if second.until and first.since and second.until < first.since:
        return None
    one, two = first.effect.given(), second.effect.given()
    both = [word for word in one if word in two and word != "drop"]
    where = first.place if first.file != second.file else f"line {first.line}"
    if different := [word for word in both if one[word] != two[word]]:
        return (
            f"contradicts the rule of {where}: both give {', '.join(different)} for the same pages; "
            "make one of them narrower with path, from or until"
        ), False
    if set(one.get("drop", ())) & set(two.get("drop", ())):
        both.append("drop")
    return (f"says the same of {', '.join(both)} as the rule of {where}: one is enough", True) if both else None
