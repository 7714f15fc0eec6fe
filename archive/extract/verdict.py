"""What a page turned out to be, by the evidence on it: what it states, how its text runs, how its links lie."""

from __future__ import annotations

from dataclasses import dataclass

from archive.extract import shapes, walls
from archive.extract.marks import Marks, look
from archive.extract.page import Page
from archive.extract.sayings import PAGES_SHA256
from archive.extract.weigh import Evidence, Reason, for_article, for_listing, is_list_address, total, weigh
from archive.model import FieldSource, Verdict

__all__ = ["NO_MARKS", "PAGES_SHA256", "Judgement", "Marks", "judge", "look"]

NO_MARKS = Marks()
MAX_REASONS = 6
OWN = 60  # words of its own with which a page is an article rather than a list, where points are even

PLAIN = 50  # words of a body that is no list of links
LITTLE = 80  # words of a page that is no list unless it links to some titles


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and why; `against` are reasons for another that were outweighed."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    against: tuple[Reason, ...] = ()

    def sources(self) -> tuple[FieldSource, ...]:
        """At most six rows of the field `verdict`: what decided is chosen, what spoke against it is not."""
        decided = sorted(self.reasons, key=lambda r: -r.points)[: MAX_REASONS - bool(self.against)]
        against = sorted(self.against, key=lambda r: -r.points)[: MAX_REASONS - len(decided)]
        return tuple(
            FieldSource("verdict", reason.source, reason.says, chosen)
            for reasons, chosen in ((decided, True), (against, False))
            for reason in reasons
        )


def judge(page: Page, marks: Marks, body: list[str], *, dated: bool, signed: bool) -> Judgement:
    """The verdict on a page with the cleaned lines of its body; `dated`, `signed`: whether publication date and
    authors were found. Linear in the size of the page."""
    e = weigh(page, marks, body)
    article = for_article(page, marks, e, dated=dated, signed=signed)
    if marks.frames and e.own < OWN:
        return Judgement(Verdict.LISTING, (Reason("page", "it is a set of frames, which are other pages"),))
    if (message := walls.message(page, marks, e, total(article))) is not None:
        return Judgement(message[0], tuple(message[1]))
    if not e.words:
        return _without_text(marks)
    for verdict, find in (
        (Verdict.LIVE_BLOG, shapes.live_blog), (Verdict.VIDEO, shapes.video), (Verdict.GALLERY, shapes.gallery),
    ):  # fmt: skip
        if reasons := find(page, marks, e):
            return Judgement(verdict, tuple(reasons))
    return _article_or_listing(page, marks, e, body, article)


def _article_or_listing(
    page: Page, marks: Marks, e: Evidence, body: list[str], article: list[Reason]
) -> Judgement:
    listing = for_listing(page, marks, e)
    more, less = total(listing), total(article)
    if not e.body and e.own < OWN:
        if e.titles >= 5:
            return Judgement(Verdict.LISTING, (Reason("page", f"no text, and links to {e.titles} titles"),))
        return Judgement(Verdict.SCRIPT_SHELL, (Reason("page", "it shows no text of an article"),))
    leads_nowhere = e.titles < 3 and not is_list_address(page.url)
    if (more > less or (more == less and e.own < OWN)) and not (leads_nowhere and e.plain >= PLAIN):
        return _no_article(marks, e, listing, article, leads_nowhere and e.words < LITTLE and less < 4)
    if reasons := walls.paywall(page, marks, e, body):
        return Judgement(Verdict.PAYWALL, tuple(reasons))
    short = () if article else (Reason("page", f"it has a text of {e.body} words"),)
    return Judgement(Verdict.ARTICLE, (*article, *short), tuple(listing))


def _no_article(marks: Marks, e: Evidence, listing: list[Reason], article: list[Reason], empty: bool) -> Judgement:
    if marks.front_instead and e.titles >= 5:
        says = ("it states the address of the front page as its own", f"it links to {e.titles} titles")
        return Judgement(Verdict.SOFT_404, tuple(Reason("page", x) for x in says))
    if empty:
        return Judgement(Verdict.ERROR, (Reason("page", f"it holds {e.words} words and leads nowhere"),))
    return Judgement(Verdict.LISTING, tuple(listing), tuple(article))


def _without_text(marks: Marks) -> Judgement:
    if marks.challenge:
        return Judgement(Verdict.CAPTCHA, (Reason("page", f'it holds a challenge ("{marks.challenge}")'),))
    if marks.scripts:
        says = (
            f"it has {marks.scripts} scripts and no text" if marks.scripts > 1 else "it has a script and no text"
        )
        return Judgement(Verdict.SCRIPT_SHELL, (Reason("page", says),))
    return Judgement(Verdict.ERROR, (Reason("page", "it has no text"),))
