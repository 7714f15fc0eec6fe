"""Signals by which a publisher opts out of reuse: in the head of an answer, in the page, in two files of the origin.

X-Robots-Tag and `<meta name=robots>` (Google, Bing; noai and noimageai are DeviantArt's), the TDM Reservation Protocol
(W3C Community Group report, 2024) and groups of robots.txt for agents that gather text for machine learning. Pure, but
for the list of those agents, which comes with Broadsheet.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from archive.message import Response
from archive.model import Extraction
from archive.robots import AGENT, RobotsTxt, RuleSet
from archive.robots import Rule as RobotsRule

TDM = "tdm-reservation"
DIRECTIVES = ("noarchive", "noai", "noimageai", "noindex")
SIGNALS = (*DIRECTIVES, TDM)
OF_ROBOTS = "robots:"  # before an agent: robots.txt disallows the page to it
WELL_KNOWN = "/.well-known/tdmrep.json"
MAX_RULES = 1000  # of that file

_SAME_AS = {"nocache": "noarchive", "none": "noindex"}  # as Bing has it; "none" is noindex and nofollow
_AGENT = re.compile(r"\s*([a-z0-9_-]+)\s*:(.*)", re.DOTALL)
_WITH_VALUE = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})


@dataclass(frozen=True, slots=True)
class Stated:
    """What an answer says of itself. `reserved`: its tdm-reservation; None if it has none."""

    directives: frozenset[str] = frozenset()
    reserved: bool | None = None


NOTHING = Stated()


def stated(answer: Response | None, extraction: Extraction | None, before: str | None = None) -> Stated:
    """What the head of an answer says, and what the page; `before`: signals of the page that a 304 confirms."""
    found: set[str] = set()
    reserved: bool | None = None
    if before:
        held = set(before.split())
        found |= held & set(DIRECTIVES)
        reserved = True if TDM in held else None
    for name, value in answer.headers if answer else ():
        if name.lower() == "x-robots-tag":
            found |= _directives(value)
        elif name.lower() == TDM:
            reserved = _reserved(value, reserved)
    for line in extraction.opt_out if extraction else ():
        name, _, value = line.partition(": ")
        if name == TDM:  # what the page says counts more than its head (TDMRep, processing priority)
            reserved = _reserved(value, reserved)
        else:
            found |= _directives(value, for_us=name == AGENT)
    return Stated(frozenset(found), reserved)


def _directives(value: str, *, for_us: bool = False) -> set[str]:
    """Those that are for everybody, or for us by name: "noarchive", "googlebot: noindex"."""
    text = value.lower()
    if not for_us and (named := _AGENT.match(text)) and named[1] not in _WITH_VALUE:
        if named[1] != AGENT:
            return set()
        text = named[2]
    words = (word.strip() for word in text.split(","))
    return {_SAME_AS.get(word, word) for word in words} & set(DIRECTIVES)


def _reserved(value: str, otherwise: bool | None) -> bool | None:
    return {"1": True, "0": False}.get(value.strip(), otherwise)


def signals(said: Stated, url: str, tdm_file: str | None = None, robots: str | None = None) -> tuple[str, ...]:
    """All signals for a page, in a fixed order. `tdm_file`, `robots`: the text of those files of its origin."""
    reserved = said.reserved if said.reserved is not None else tdm_reserved(tdm_file, url)
    found = [directive for directive in DIRECTIVES if directive in said.directives]
    return (*found, *((TDM,) if reserved else ()), *(OF_ROBOTS + agent for agent in named_agents(robots, url)))


def tdm_reserved(text: str | None, url: str) -> bool | None:
    """What `tdmrep.json` says of a URL: its first rule that matches counts; None if none does."""
    return next((reserved for rule, reserved in _tdm_rules(text or "") if rule.match(url)), None)


@lru_cache(maxsize=64)
def _tdm_rules(text: str) -> tuple[tuple[RuleSet, bool], ...]:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    found = []
    for entry in held[:MAX_RULES] if isinstance(held, list) else ():
        place: Any = entry.get("location") if isinstance(entry, dict) else None
        value: Any = entry.get(TDM) if isinstance(entry, dict) else None
        if isinstance(place, str) and str(value) in ("0", "1"):
            found.append((RuleSet([RobotsRule(0, False, place)]), str(value) == "1"))
    return tuple(found)


@cache
def ai_agents() -> tuple[str, ...]:
    """The product tokens of the agents that Broadsheet knows, in lower case."""
    text = files("archive").joinpath("ai-agents.toml").read_text(encoding="utf-8")
    return tuple(sorted(agent.lower() for agent in tomllib.loads(text)["agents"]))


def named_agents(robots: str | None, url: str) -> list[str]:
    """Those of `ai_agents` that a robots.txt has a group for, by name, which disallows the URL."""
    if not robots:
        return []
    file = _read(robots)
    return [agent for agent in ai_agents() if file.names(agent) and _disallows(file, agent, url)]


def disallowed(robots: str | None, respect: Iterable[str], url: str) -> list[str]:
    """Those of the signals `robots:AGENT` in `respect` that a robots.txt gives for a URL, by name or to all."""
    wanted = [signal for signal in respect if signal.startswith(OF_ROBOTS)]
    if not robots or not wanted:
        return []
    file = _read(robots)
    return [signal for signal in wanted if _disallows(file, signal.removeprefix(OF_ROBOTS), url)]


def refused(respect: Collection[str], found: Iterable[str]) -> list[str]:
    """The signals that a site's entry wants respected."""
    return [signal for signal in found if signal in respect]


@lru_cache(maxsize=32)
def _read(robots: str) -> RobotsTxt:
    return RobotsTxt(robots)


def _disallows(file: RobotsTxt, agent: str, url: str) -> bool:
    rule = file.rules_for(agent).match(url)
    return rule is not None and not rule.allow
