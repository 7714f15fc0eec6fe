"""What `broadsheet robots` says of each address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.errors import BadInput, UsageError
from archive.render import plain
from archive.robots import Rules, token_of
from archive.urls import normalise, origin_of

NOWHERE = "http://localhost"  # the origin of a path that nobody said more of


@dataclass(frozen=True, slots=True)
class Answer:
    """One address. `rule` and `line`: of the file, what decided; None: no rule is about it."""

    url: str
    agent: str
    allowed: bool
    status: str  # rules | allow-all | disallow-all, as the file is
    rule: str | None
    line: int | None
    reason: str | None  # why all is allowed, or nothing, without rules
    crawl_delay_s: float | None


def checked_agent(agent: str) -> str:
    """The product token that a person means.

    :raises UsageError: it is none.
    """
    token = token_of(agent)
    if token is None or len(agent.split()) != 1:
        raise UsageError(
            f"--agent {agent!r} is no product token", hint="the name alone, as robots.txt has it: GPTBot"
        )
    return agent.partition("/")[0] if token != "*" else token


def asked_urls(source: str | None, urls: Sequence[str]) -> list[str]:
    """What is asked about, absolute. `source`: the address of a site or of its robots.txt; None for a file.

    :raises BadInput: it is no address, or one of another origin, of which this robots.txt says nothing.
    """
    if not urls:
        at_root = source is None or source.endswith("/robots.txt")
        urls = ["/"] if at_root or source is None else [source]
    asked = []
    for text in urls:
        url = normalise(text, source or NOWHERE + "/")
        if url is None or not text.startswith(("/", "http://", "https://")):
            raise BadInput(
                f"--url {text!r} is neither an http(s) address nor a path", hint="write /news/1 or all of it"
            )
        if source is not None and origin_of(url) != origin_of(source):
            raise BadInput(f"{url} is not of {origin_of(source)}: each robots.txt speaks for its own origin")
        asked.append(url)
    return asked


def answer(rules: Rules, agent: str, url: str) -> Answer:
    """What a crawl would decide."""
    decision, robots = rules.decide(url), rules.robots
    rule = decision.rule
    return Answer(
        url.removeprefix(NOWHERE) if robots.origin == NOWHERE else url,
        agent,
        decision.allowed,
        robots.status,
        str(rule) if rule else None,
        rule.line if rule else None,
        robots.reason,
        rules.crawl_delay_s,
    )


def answer_text(one: Answer) -> str:
    """One line."""
    if one.rule is not None:
        why = f"line {one.line}: {one.rule}"
    elif one.status == "rules":
        why = "no rule is about it"
    else:
        why = f"robots.txt: {one.reason}"
    delay = f", crawl delay {one.crawl_delay_s:g} s" if one.crawl_delay_s is not None else ""
    return plain(f"{'allowed' if one.allowed else 'not allowed':11}  {one.url}  ({why}{delay})")
