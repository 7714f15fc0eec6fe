"""What robots.txt allows, by RFC 9309: its groups, its rules, and the one that decides. Pure.

Protego, which Scrapy uses, reads most files the same (a test compares the two), but departs from the RFC where it
matters here: a group for "broad" would hold for "broadsheet" (clause 2.2.1 wants the product token), Crawl-delay ends
a list of agents (2.2.4: other records must not interfere), the longest match is told by the length of an encoding in
which "?" counts three (2.2.2), and lines end also at characters that are no line ends (2.2). So the reading is our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from urllib.parse import quote, urlsplit

from archive.model import Outcome, Robots

AGENT = "broadsheet"  # the product token that robots.txt may name; RFC 9309 clause 2.2.1
MAX_BYTES = 500 * 1024  # that are read; RFC 9309 clause 2.5
LONGEST_DELAY_S = 60.0  # a longer Crawl-delay is obeyed up to here: beyond it a crawl would never end
NO_ANSWER = {Outcome.UNRESOLVED, Outcome.UNREACHABLE, Outcome.TIMEOUT, Outcome.TLS_FAILED, Outcome.BLOCKED}

_LINE_END = re.compile(r"\r\n|\r|\n")
# As forgiving as others are where the publisher's will is plain: usual slips, and a blank for the colon.
_RECORD = re.compile(
    r"(?P<agent>user[- ]?agent)|(?P<disallow>disallow|dissallow|dissalow|disalow|diasllow|disallaw)|(?P<allow>allow)"
    r"|(?P<delay>crawl[- ]delay)|(?P<sitemap>site-?maps?)",
    re.IGNORECASE,
)
_AFTER_NAME = re.compile(r"[ \t]*:|[ \t]+")
_TOKEN = re.compile(r"\*(?=\s|$)|[a-z0-9_-]+")  # digits: the RFC knows none in a token, but agents have them
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))


def text_of(data: bytes) -> str:
    """The text of a file's first 500 KiB; a line that is cut off there says nothing."""
    if len(data) >= MAX_BYTES:
        data = data[:MAX_BYTES]
        data = data[: max(data.rfind(b"\n"), data.rfind(b"\r")) + 1]
    return data.decode("utf-8-sig", "replace")


def of_answer(origin: str, status: int, text: str | None) -> Robots:
    """RFC 9309 clause 2.3.1: 2xx rules, 4xx allow all, everything else disallow all; 429 is a server in trouble.

    `text`: of an answer that came whole, or of its first 500 KiB.
    """
    if text is not None:
        return Robots(origin, "rules", text)
    if 400 <= status < 500 and status != 429:
        return Robots(origin, "allow-all", None, str(status))
    reason = "its content coding cannot be undone" if 200 <= status < 300 else str(status)
    return Robots(origin, "disallow-all", None, reason)


def token_of(agent: str) -> str | None:
    """The product token of an agent, in lower case: "GPTBot/1.2" -> "gptbot"; None if there is none."""
    found = _TOKEN.match(agent.strip().lower())
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Rule:
    """One line that allows or disallows."""

    line: int  # 1 is the first of the file
    allow: bool
    pattern: str  # as it is written

    def __str__(self) -> str:
        return f"{'Allow' if self.allow else 'Disallow'}: {self.pattern}"


@dataclass(slots=True)
class _Group:
    agents: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    delays: dict[str, float] = field(default_factory=dict)  # by agent


class RobotsTxt:
    """A whole file. `sitemaps`: what its Sitemap lines name, as it stands there (sitemaps.org)."""

    def __init__(self, text: str) -> None:
        self.sitemaps: list[str] = []
        self._groups = self._read(text.removeprefix("\ufeff"))
        self._named = frozenset(agent for group in self._groups for agent in group.agents)
        self._rules: dict[str, RuleSet] = {}

    def _read(self, text: str) -> list[_Group]:
        groups: list[_Group] = []
        naming = False  # the lines before were agents of the group
        for number, kind, value in _records(text):
            if kind == "sitemap":
                self.sitemaps.append(value)
            elif kind == "agent":
                if not naming:
                    groups.append(_Group())
                    naming = True
                if token := token_of(value):
                    groups[-1].agents.append(token)
            elif not groups:
                continue  # rules without an agent hold for nobody
            elif kind == "delay":  # no record of the RFC: it ends no list of agents, and holds for those before it
                if (delay := _delay(value)) is not None:
                    for agent in groups[-1].agents:
                        groups[-1].delays[agent] = max(delay, groups[-1].delays.get(agent, 0.0))
            else:
                naming = False
                if value:
                    groups[-1].rules.append(Rule(number, kind == "allow", value))
        return groups

    def names(self, agent: str) -> bool:
        """Whether some group is for this product token, by name."""
        return agent.lower() in self._named

    def rules_for(self, agent: str) -> RuleSet:
        """What holds for a product token: all groups that name it; if none does, those for "*"."""
        token = agent.lower()
        if token not in self._rules:
            name = token if self.names(token) else "*"
            mine = [group for group in self._groups if name in group.agents]
            delays = [group.delays[name] for group in mine if name in group.delays]
            self._rules[token] = RuleSet(
                [rule for group in mine for rule in group.rules], max(delays, default=None)
            )
        return self._rules[token]


def _records(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, kind, value) of each record that is known."""
    for number, line in enumerate(_LINE_END.split(text), 1):
        line = line.partition("#")[0].strip(" \t")
        if (name := _RECORD.match(line)) and name.lastgroup and (mark := _AFTER_NAME.match(line, name.end())):
            yield number, name.lastgroup, line[mark.end() :].strip(" \t")


def _delay(value: str) -> float | None:
    try:
        delay = float(value)
    except ValueError:
        return None
    return delay if isfinite(delay) and delay >= 0 else None


class RuleSet:
    """The rules that hold for one agent."""

    def __init__(self, rules: list[Rule], crawl_delay_s: float | None = None) -> None:
        self.crawl_delay_s = crawl_delay_s
        patterns = [(_Pattern(rule.pattern), rule) for rule in rules]
        # The most octets decide; of equal ones that which allows (RFC 9309 clause 2.2.2).
        patterns.sort(key=lambda p: (len(p[0].text), p[1].allow), reverse=True)
        self._patterns = patterns
        self._special = [(pattern, rule) for pattern, rule in patterns if pattern.special]
        self._prefixes = tuple(pattern.text for pattern, _ in patterns if not pattern.special)

    def match(self, url: str) -> Rule | None:
        """The rule that decides on a URL, or a path with its query; None: none matches, so it is allowed."""
        path = _path(url)
        patterns = self._patterns if path.startswith(self._prefixes) else self._special
        return next((rule for pattern, rule in patterns if pattern.matches(path)), None)


class _Pattern:
    """The path of a rule: "*" is any sequence, "$" at its end the end (RFC 9309 clause 2.2.3)."""

    def __init__(self, pattern: str) -> None:
        anchored = pattern.endswith("$")
        bare = pattern[:-1] if anchored else pattern
        self.text = _spelled(bare.replace("$", "%24")) + "$" * anchored
        self._parts = self.text[: len(self.text) - anchored].split("*")
        self._anchored = anchored
        self.special = anchored or len(self._parts) > 1

    def matches(self, path: str) -> bool:
        first, *more = self._parts
        if not path.startswith(first):
            return False
        if not more:
            return not self._anchored or len(path) == len(first)
        at = len(first)
        for part in more[:-1]:
            if (found := path.find(part, at)) < 0:
                return False
            at = found + len(part)
        if self._anchored:
            return len(path) - len(more[-1]) >= at and path.endswith(more[-1])
        return path.find(more[-1], at) >= 0


def _path(url: str) -> str:
    """What rules are compared with: path and query in one spelling."""
    parts = urlsplit(url.partition("#")[0])
    path = (parts.path or "/") + (f"?{parts.query}" if "?" in url.partition("#")[0] else "")
    return _spelled(path.replace("*", "%2A").replace("$", "%24"))


def _spelled(text: str) -> str:
    """One spelling of a path and query: percent-encoded where it is no ASCII, plain where that means the same.

    RFC 9309 clause 2.2.2 has a reserved character equal to its encoding; so here, except for those that would change
    what is path and what is query, and those that mean something in a pattern.
    """
    if "%" in text:
        path, mark, query = text.partition("?")
        text = (
            _ESCAPE.sub(lambda m: _plain(m[1], "%#*$/?"), path)
            + mark
            + _ESCAPE.sub(lambda m: _plain(m[1], "%#*$"), query)
        )
    return (
        text
        if text.isascii() and text.isprintable() and " " not in text
        else quote(text, safe=_VISIBLE, errors="replace")
    )


def _plain(digits: str, kept: str) -> str:
    character = chr(int(digits, 16))
    return character if "!" <= character <= "~" and character not in kept else f"%{digits.upper()}"


@dataclass(frozen=True, slots=True)
class Decision:
    allowed: bool
    outcome: Outcome = Outcome.ROBOTS  # of an attempt that is not made because of it
    reason: str | None = None  # one line for people if not allowed
    final: bool = True  # False: robots.txt could not be read this time; ask again in the next crawl
    rule: Rule | None = None  # that decided


class Rules:
    """The robots.txt of one origin, ready to be asked by one agent."""

    def __init__(self, robots: Robots, agent: str = AGENT) -> None:
        self.robots = robots
        self.file = RobotsTxt(robots.rules or "") if robots.status == "rules" else None
        self._rules = self.file.rules_for(agent) if self.file else None

    def decide(self, url: str) -> Decision:
        path = urlsplit(url).path or "/"
        if path == "/robots.txt" or self.robots.status == "allow-all":
            return Decision(True)
        if self._rules is None:
            reason = self.robots.reason or "no answer"
            outcome = Outcome(reason) if reason in NO_ANSWER else Outcome.ROBOTS
            return Decision(False, outcome, f"{self.robots.origin}/robots.txt could not be read: {reason}", False)
        rule = self._rules.match(url)
        if rule is None or rule.allow:
            return Decision(True, rule=rule)
        because = f"{self.robots.origin}/robots.txt disallows {path[:100]} (line {rule.line}, {str(rule)[:100]})"
        return Decision(False, reason=because, rule=rule)

    @property
    def crawl_delay_s(self) -> float | None:
        """Seconds between two requests, as the file wants it, at most `LONGEST_DELAY_S`."""
        delay = self._rules.crawl_delay_s if self._rules else None
        return None if delay is None else min(delay, LONGEST_DELAY_S)
