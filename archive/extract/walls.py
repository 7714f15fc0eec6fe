"""Pages that hold nothing but a message, a question or a program, and articles that a paywall cuts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from archive.extract.fields import access
from archive.extract.jsonld import Node
from archive.extract.marks import Mark, Marks
from archive.extract.outline import Around, Line
from archive.extract.page import Page
from archive.extract.sayings import Words, is_button
from archive.extract.text import count
from archive.extract.weigh import PROSE, Evidence, Reason
from archive.model import Verdict

MESSAGE = 60  # words of sentences of its own beyond which a page is more than a message
HEADING = 14  # words of a heading that may be a message
SURE = 7  # points for an article that no message outweighs
SHORT, CUT = 200, 700  # words of a body that a paywall may have cut: with one sign, with two
WHOLE = 600  # characters in what is stated to be locked that are more than the words of a wall
SAID_LENGTH = 300  # characters of a line that may say something of the page
SAID_LIMIT = 6000  # characters of such lines that are looked at
TAIL = 12  # lines behind the body's last in which a paywall speaks
_ENDS = re.compile(r"""[.!?…:;。！？।؟'"”’»)\]]\W*$""")
_GOES_ON = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\W*$")


@dataclass
class Message:
    """What a page with little text says, gathered once."""

    page: Page
    marks: Marks
    e: Evidence
    article: int  # points for an article

    @cached_property
    def lines(self) -> list[tuple[Line, int]]:
        bits = self.marks.lines or (0,) * len(self.page.outline.lines)
        return list(zip(self.page.outline.lines, bits, strict=True))

    @cached_property
    def text(self) -> Words:
        """The short lines outside navigation, as one text."""
        return self._said(SAID_LENGTH)

    @cached_property
    def long_text(self) -> Words:
        """The same with long lines, in which consent is asked for."""
        return self._said(SAID_LIMIT)

    def _said(self, length: int) -> Words:
        said, size = [], 0
        for line, _ in self.lines:
            if line.around & Around.NAV or len(line.text) > length:
                continue
            size += len(line.text)
            if size > SAID_LIMIT:
                break
            said.append(line.text)
        return Words("\n".join(said))

    def heading(self, verdict: Verdict) -> str | None:
        """What a short heading says that belongs to a verdict."""
        for words in self.marks.headings:
            if count(words.text) <= HEADING and (found := words.said(verdict.value, "title", 1)):
                return found[0]
        return None


def message(page: Page, marks: Marks, e: Evidence, article: int) -> tuple[Verdict, list[Reason]] | None:
    """The verdict on a page that holds nothing but a message, with the reasons; None if it holds more."""
    found = Message(page, marks, e, article)
    if (asks := _consent(found)) is not None:
        return Verdict.CONSENT, asks
    if e.own >= MESSAGE or e.run >= 2 * MESSAGE:
        return None
    for verdict, look in (
        (Verdict.CAPTCHA, _captcha), (Verdict.SOFT_404, _soft_404), (Verdict.ERROR, _error),
        (Verdict.SCRIPT_SHELL, _shell),
    ):  # fmt: skip
        if (reasons := look(found)) is not None:
            return verdict, reasons
    return None


def _captcha(m: Message) -> list[Reason] | None:
    if m.e.titles >= 8 or m.article >= SURE:
        return None
    heading = m.heading(Verdict.CAPTCHA)
    said = m.text.said("captcha", "text")
    if m.marks.challenge and m.e.own < 40:
        return [Reason("page", f'it holds a challenge ("{m.marks.challenge}")'), *_quotes(heading, said)]
    weak = m.marks.form_challenge
    if (heading and said) or len(said) >= 2 or (said and weak and m.e.words < 120 and m.e.own < 30):
        more = [Reason("page", "it holds a captcha")] if weak else []
        return [*_quotes(heading, said), *more]
    alone = heading and m.e.words < 40 and not m.e.titles and not m.page.article
    return _quotes(heading, []) if alone else None


def _consent(m: Message) -> list[Reason] | None:
    """A request for consent with nothing beside it. What speaks of consent is not text of the page's own."""
    if (m.article >= SURE and m.e.own >= 40) or (m.e.words > 2500 and m.e.asked < 0.3 * m.e.words):
        return None
    said = m.long_text.said("consent", "text")
    if len(said) < 2:
        return None
    heading = m.heading(Verdict.CONSENT)
    button = next((line.text for line, _ in m.lines if is_button(line.text)), None)
    if not (heading or len(said) >= 3 or m.e.asked > 0.5 * m.e.words) or not (button or len(said) >= 4):
        return None
    beside, asking = _beside(m)
    if beside >= (15 if m.article >= 2 else 25) or (not heading and 2 * beside > asking):
        return None
    more = [Reason("page", f'it has a button "{button[:40]}"')] if button else []
    return [Reason("page", "it asks for consent and holds nothing else"), *_quotes(heading, said), *more]


def _beside(m: Message) -> tuple[int, int]:
    """Words of sentences that do not speak of consent nor stand in what is named so, and of those that do. One that
    says but one thing of consent may be told of it, not asked for it."""
    beside = asking = 0
    for line, bits in m.lines:
        n = count(line.text)
        if line.around & (Around.NAV | Around.FORM) or n < 8:
            continue
        said = 2 if bits & Mark.CONSENT else len(Words(line.text[:600]).said("consent", "text", 2))
        asking += n * said // 2
        beside += (n // 4 if line.linked > 0.5 * line.chars else n) * (2 - said) // 2
    return beside, asking


def _soft_404(m: Message) -> list[Reason] | None:
    if m.article >= SURE:
        return None
    heading = m.heading(Verdict.SOFT_404)
    said = m.text.said("soft-404", "text")
    if heading and (said or (m.e.own < 25 and not m.page.article)):
        return _quotes(heading, said)
    if len(said) >= 2 and m.e.titles < 8 and m.e.own < 45 and not m.page.article and _opens(m, Verdict.SOFT_404):
        return _quotes(None, said)
    return None


def _error(m: Message) -> list[Reason] | None:
    if m.article >= SURE or m.e.titles >= 8:
        return None
    heading = m.heading(Verdict.ERROR)
    said = m.text.said("error", "text")
    if heading and (said or m.e.words < 15):
        return _quotes(heading, said)
    few = m.e.words < (120 if len(said) >= 2 else 30)
    if said and few and m.e.own < 45 and m.article < 4 and m.e.titles < 3:
        return _quotes(None, said)
    if m.marks.refresh and m.e.words < 40 and not m.e.titles:
        return [Reason("meta", "it sends its reader on to another address")]
    return None


def _opens(m: Message, verdict: Verdict) -> bool:
    """Whether one of the first sentences outside navigation says it."""
    first = [line.text for line, _ in m.lines if not line.around & Around.NAV and count(line.text) >= 5][:3]
    return any(Words(text[:600]).said(verdict.value, "text", 1) for text in first)


def _shell(m: Message) -> list[Reason] | None:
    """A page that a program would draw: an empty root or scripts, and no text to speak of."""
    marks, e = m.marks, m.e
    if not marks.little or e.own >= PROSE or e.titles >= 5:
        return None
    asked = marks.noscript.said("script-shell", "text", 1) or (
        e.words < 150 and m.text.said("script-shell", "text", 1)
    )
    reasons = []
    if marks.empty_root and (marks.scripts or asked):
        reasons.append(Reason("page", f"its {marks.empty_root} is empty: a program would fill it"))
    if asked:
        reasons.append(Reason("page", f'it says "{asked[0]}"'))
    if marks.scripts and e.words < 40:
        reasons.append(Reason("page", f"it has {_number(marks.scripts, 'script')} and {_number(e.words, 'word')}"))
    if marks.empty_root and reasons and e.run < 25:
        return reasons
    alone = (asked and e.body < 15) or (marks.scripts and (e.words < 15 or (marks.scripts >= 3 and e.body < 10)))
    return reasons if alone else None


def _number(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _quotes(heading: str | None, said: list[str]) -> list[Reason]:
    found = [Reason("title", f'its title says "{heading}"')] if heading else []
    return found + [Reason("page", f'it says "{phrase}"') for phrase in said[:3]]


def paywall(page: Page, marks: Marks, e: Evidence, body: list[str]) -> list[Reason]:
    """Why the text of an article is cut by a paywall; empty if it is not. Terms: schema.org isAccessibleForFree,
    hasPart, cssSelector, wordCount."""
    if e.body >= CUT:
        return []
    locked = _locked(page)
    digits = str(page.article.get("wordCount") or "").strip()[:7]
    words = int(digits) if digits.isdecimal() else 0
    fewer = words > 1.5 * e.body + 50
    if words and e.body >= 0.8 * words:
        return []  # the whole text is there
    if e.body >= SHORT and (marks.locked or 0) >= WHOLE and not fewer:
        return []  # what is said to be locked is there
    walls = _walls(page, marks, body)
    if not (locked or walls) or (e.body >= SHORT and not locked):
        return []
    reasons = [*locked, *walls]
    if fewer:
        reasons.append(Reason("json_ld", f"it states {words} words and shows {e.body}"))
    if locked and marks.locked == 0:
        reasons.append(Reason("page", "the element that is stated not to be free is not there"))
    if _is_cut(body):
        reasons.append(Reason("page", "its text breaks off"))
    return reasons if e.body < SHORT or len(reasons) > len(locked) else []


def _locked(page: Page) -> list[Reason]:
    parts: Any = page.article.get("hasPart")
    listed: list[Node] = [x for x in (parts if isinstance(parts, list) else [parts])[:20] if isinstance(x, dict)]
    if access(page) is False:
        return [Reason("json_ld" if page.article.get("isAccessibleForFree") is not None else "meta",
                       "it states isAccessibleForFree: false")]  # fmt: skip
    if any(str(x.get("isAccessibleForFree")).lower().rsplit("/", 1)[-1] == "false" for x in listed):
        return [Reason("json_ld", "a part of it is stated not to be accessible for free")]
    return []


def _walls(page: Page, marks: Marks, body: list[str]) -> list[Reason]:
    """What is named a paywall and shown, and what the page says behind the last line of its body."""
    bits = marks.lines or (0,) * len(page.outline.lines)
    keys = {line.strip() for line in body}
    last = max((i for i, line in enumerate(page.outline.lines) if line.text in keys), default=-1)
    reasons: list[Reason] = []
    named = [line.text for line, bit in zip(page.outline.lines, bits, strict=True) if bit & Mark.PAYWALL]
    if found := Words("\n".join(named)[:SAID_LIMIT]).said("paywall", "text", 1):
        reasons.append(Reason("page", f'an element named a paywall says "{found[0]}"'))
    behind = [line for line in page.outline.lines[last + 1 :] if not line.around & Around.NAV][:TAIL]
    tail = [
        x.text for x in behind if len(x.text) < SAID_LENGTH and (x.linked < 0.8 * x.chars or count(x.text) >= 4)
    ]
    found = [] if reasons else Words("\n".join(tail)).said("paywall", "text")
    if len(found) >= 2 or (found and _is_cut(body)):
        reasons += [Reason("page", f'it says "{phrase}" behind its text') for phrase in found[:2]]
    return reasons


def _is_cut(body: list[str]) -> bool:
    """Whether the last sentence of the body has no end."""
    last = next((line[-20:] for line in reversed(body[-5:]) if count(line) >= PROSE), "")
    return bool(last) and (bool(_GOES_ON.search(last)) or not _ENDS.search(last))
