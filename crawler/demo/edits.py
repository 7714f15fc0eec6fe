"""How published articles change: what is planned for each from the seed, and what an edit makes of its text.

Until the default clock there are only the edits of articles that are special for them; after it every newsroom edits,
at its own rate. Plans are cheap, so listings can ask for headlines and deletions of many articles; the text of an
edit is made when its article is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from crawler.demo.failures import DEFAULT_CLOCK
from crawler.demo.publishers import Publisher
from crawler.demo.stories import Line, Story

NUMBER = re.compile(r"(?<![\d.,٬٫–:-])\d{2,3}(?![\d.,٬٫–:-])")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
# (share, kind, with a notice, share of those whose date of modification moves with it)
_KINDS = (
    (0.27, "typographic", False, 0.0),
    (0.22, "addition", False, 0.6),
    (0.10, "removal", False, 0.0),
    (0.13, "correction", True, 1.0),
    (0.10, "correction", False, 0.0),
    (0.06, "rewrite", False, 0.5),
    (0.08, "headline-only", False, 0.0),
    (0.02, "headline-test", False, 0.0),
    (0.02, "deleted", False, 0.0),
)
_AGES = ((0.30, 6 * _MINUTE, _HOUR), (0.75, _HOUR, _DAY), (0.90, _DAY, 7 * _DAY), (1.0, 7 * _DAY, 25 * _DAY))
_ANOTHER, _MOST = 0.35, 4  # chance of one more edit of an article, and how many at most


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a published article.

    `kind`: typographic | addition | removal | correction | rewrite | headline-only | deleted. `notice`: a paragraph
    says so; `dated`: the date of modification is set to `at`. `before` and `after`: what was replaced by what; one
    of them is empty where text only came or went. `removal` and silent corrections have neither notice nor date.
    """

    at: datetime
    kind: str
    before: str = ""
    after: str = ""
    notice: bool = False
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """An edit to come. `status`: of what is left of a deleted article, 404 or 410; `back`: the first headline again."""

    at: datetime
    kind: str
    notice: bool = False
    dated: bool = False
    status: int = 0
    back: bool = False


def plan(seed: int, publisher: Publisher, index: int, published: datetime, headlines: bool) -> tuple[Planned, ...]:
    """The edits of an article after the default clock, in order. `headlines`: only its headline may change."""
    rng = Random(f"{seed}:{publisher.name}:{index}:edits")
    found: list[Planned] = []
    if rng.random() < publisher.edited:
        found += _one(rng, published)
        while len(found) < _MOST and rng.random() < _ANOTHER:
            found += _one(rng, published)
    kept: list[Planned] = []
    for each in sorted(found, key=lambda planned: planned.at):
        if each.at <= DEFAULT_CLOCK or (headlines and each.kind not in ("headline-only", "deleted")):
            continue
        if each.kind == "typographic" and published <= DEFAULT_CLOCK:
            continue  # the mistake would have to stand in a page that is as it is
        kept.append(each)
        if each.kind == "deleted":
            break
    return tuple(kept)


def _one(rng: Random, published: datetime) -> Iterator[Planned]:
    at = published + timedelta(seconds=_age(rng))
    kind, notice, dated = _kind(rng)
    status = rng.choice((404, 410)) if kind == "deleted" else 0
    if kind == "headline-test":  # two headlines are compared, and the first one wins
        yield Planned(at, "headline-only")
        yield Planned(at + timedelta(minutes=rng.randint(15, 300)), "headline-only", back=True)
    else:
        yield Planned(at, kind, notice, dated, status)


def _age(rng: Random) -> int:
    chance = rng.random()
    low, high = next((low, high) for limit, low, high in _AGES if chance < limit)
    return rng.randint(low, high) // _MINUTE * _MINUTE


def _kind(rng: Random) -> tuple[str, bool, bool]:
    ((_, kind, notice, dated),) = rng.choices(_KINDS, [each[0] for each in _KINDS])
    return kind, notice, rng.random() < dated


def headline(story: Story, planned: Sequence[Planned], clock: datetime) -> tuple[str, list[Edit]]:
    """The headline at `clock` and its edits so far; `story` is one whose text was not asked for yet."""
    first = now = story.headline
    others = [text for text in story.headlines() if text != first]
    edits = []
    for each in planned:
        if each.kind != "headline-only" or each.at > clock or not others:
            continue
        new = first if each.back else others.pop(0)
        if new != now:
            edits.append(Edit(each.at, each.kind, now, new))
        now = new
    return now, edits


class Desk:
    """Applies the planned edits to an article's lines, one after the other."""

    def __init__(
        self, story: Story, lines: tuple[Line, ...], planned: Sequence[Planned], notice: str, key: str
    ) -> None:
        """`story` has given its text; `notice`: the words of a correction; `key`: of the chances."""
        self.lines = lines
        self.edits: list[Edit] = []
        self.modified: datetime | None = None
        self._planned, self._notice = planned, notice
        self._rng = Random(f"{key}:desk-edits")
        self._spare = story.spare(self._rng)
        self._typos: dict[Planned, tuple[str, str]] = {}
        for each in planned:
            if each.kind == "typographic":
                self._misspell(each)

    def until(self, clock: datetime) -> None:
        """Make the edits up to `clock`."""
        for each in self._planned:
            if each.at > clock:
                return
            if each.kind in ("headline-only", "deleted"):
                continue
            made = getattr(self, f"_{each.kind}")(each)
            if made is None:
                continue
            before, after = made
            self.edits.append(Edit(each.at, each.kind, before, after, each.notice, each.dated))
            if each.dated:
                self.modified = each.at

    def _paragraphs(self) -> list[int]:
        """Where paragraphs stand that may go or change: not the lead."""
        return [at for at, line in enumerate(self.lines) if line.kind == "p" and at]

    def _put(self, at: int, *lines: Line) -> None:
        self.lines = (*self.lines[:at], *lines, *self.lines[at + 1 :])

    def _misspell(self, planned: Planned) -> None:
        taken = {wrong for wrong, _ in self._typos.values()}
        places = [
            at for at in self._paragraphs() if self.lines[at].text not in taken and _swaps(self.lines[at].text)
        ]
        if places:
            at = self._rng.choice(places)
            right = self.lines[at].text
            swap = self._rng.choice(_swaps(right))
            wrong = right[:swap] + right[swap + 1] + right[swap] + right[swap + 2 :]
            self._typos[planned] = (wrong, right)
            self._put(at, replace(self.lines[at], sentences=(wrong,)))

    def _typographic(self, planned: Planned) -> tuple[str, str] | None:
        wrong, right = self._typos.get(planned, ("", ""))
        at = next((at for at, line in enumerate(self.lines) if line.text == wrong), None)
        if at is None:
            return None  # there was none, or another edit has taken it out
        self._put(at, replace(self.lines[at], sentences=(right,)))
        return wrong, right

    def _new(self, sentences: int) -> Line | None:
        """A paragraph that the article has not had."""
        taken = tuple(self._spare() for _ in range(sentences))
        return Line("p", tuple(filter(None, taken)), self.lines[0].space) if all(taken) else None

    def _addition(self, planned: Planned) -> tuple[str, str] | None:
        new = [line for line in (self._new(2) for _ in range(self._rng.choice((1, 1, 2)))) if line]
        if not new:
            return None
        at = self._rng.choice(self._paragraphs() or [0])
        self._put(at, self.lines[at], *new)
        return "", "\n".join(line.text for line in new)

    def _removal(self, planned: Planned) -> tuple[str, str] | None:
        places = [
            at for at in self._paragraphs()[:-1] if len(self.lines[at].text) > 60 and not self._is_notice(at)
        ]
        if len(places) < 3:
            return None
        at = self._rng.choice(places)
        gone = self.lines[at].text
        self._put(at)
        return gone, ""

    def _is_notice(self, at: int) -> bool:
        return self.lines[at].text.startswith(self._notice.partition("{")[0])

    def _correction(self, planned: Planned) -> tuple[str, str] | None:
        places = [
            at for at, line in enumerate(self.lines)
            if line.kind == "p" and NUMBER.search(line.text) and not self._is_notice(at)
        ]  # fmt: skip
        if not places:
            return None
        at = self._rng.choice(places)
        before = self.lines[at].text
        after = NUMBER.sub(lambda found: other_number(found[0]), before, count=1)
        self._put(at, replace(self.lines[at], sentences=(after,)))
        if planned.notice:
            self.lines += (Line("p", (notice_text(self._notice, before, after),)),)
        return before, after

    def _rewrite(self, planned: Planned) -> tuple[str, str] | None:
        new = [line for line in (self._new(2) for _ in range(5)) if line]
        if len(new) < 3:
            return None
        before = "\n".join(line.text for line in self.lines[1:])
        self.lines = (self.lines[0], *new)
        return before, "\n".join(line.text for line in new)


def _swaps(text: str) -> list[int]:
    """Where two neighbouring letters can change places and a reader would call it a slip."""
    found = []
    for at in range(1, len(text) - 3):
        window = text[at - 1 : at + 3]
        is_word = window.isalpha() and window == window.lower()
        marked = any(unicodedata.combining(char) for char in text[at + 2 : at + 4])
        if is_word and window[1] != window[2] and not marked:
            found.append(at)
    return found


def other_number(number: str) -> str:
    """A different number with as many digits, in the same digits."""
    value = int(number)
    step = 7 if value < 100 else 110
    other = str(value + step if value + step < 10 ** len(number) else value - step)
    offset = ord(number[0]) - int(number[0])
    return "".join(chr(offset + int(digit)) for digit in other)


def notice_text(notice: str, before: str, after: str) -> str:
    """The words of a correction: which number was wrong and which is right."""
    old, new = NUMBER.findall(before)[0], NUMBER.findall(after)[0]
    return notice.replace("{old}", old).replace("{new}", new)


def special_plan(special: str, at: datetime, lines: tuple[Line, ...], rng: Random) -> Iterator[Edit]:
    """The one edit of an article that is special for it: `silent`, or a correction with a notice and a date."""
    long_ones = [line for line in lines[1:] if line.kind == "p" and len(line.sentences) > 1]
    silent = special == "silent"
    if silent and long_ones and rng.random() < 0.5:
        line = rng.choice(long_ones)
        yield Edit(at, "removal", line.text, line.space.join(line.sentences[:-1]))
        return
    candidates = [line for line in lines if line.kind == "p" and NUMBER.search(line.text)]
    if candidates:
        before = rng.choice(candidates).text
        after = NUMBER.sub(lambda found: other_number(found[0]), before, count=1)
        yield Edit(at, "correction", before, after, notice=not silent, dated=not silent)


def apply(lines: tuple[Line, ...], edits: Sequence[Edit], notice: str) -> tuple[tuple[Line, ...], datetime | None]:
    """The lines after the edits of `special_plan`, notices at the end, and the date that the publisher states."""
    modified = None
    for edit in edits:
        lines = tuple(
            replace(line, sentences=(edit.after,)) if line.kind == "p" and line.text == edit.before else line
            for line in lines
        )
        if edit.notice:
            modified = edit.at
            lines += (Line("p", (notice_text(notice, edit.before, edit.after),)),)
    return lines, modified
