"""How an article changed from one version to another: what kind of edit it is, and whether the publisher says so.

Pure: two records in, a judgement out. What is no edit, is none here: white space, kinds of quotes and dashes, times
that the page counts from now, a modified date that moves while the text stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from archive.sentences import MODIFIED, NOISE, NOTICE, is_notice, key
from archive.spelling import is_part_of_number, is_typographic, with_slips
from archive.store.text import word_count
from archive.textdiff import ADDED, CHANGED, REMOVED, Step, diff, word_steps

TYPOGRAPHIC, ADDITION, REMOVAL, CORRECTION, REWRITE = "typographic", "addition", "removal", "correction", "rewrite"
HEADLINE_ONLY, METADATA, DELETED = "headline-only", "metadata", "deleted"
KINDS = (TYPOGRAPHIC, ADDITION, REMOVAL, CORRECTION, REWRITE, HEADLINE_ONLY, METADATA, DELETED)
HEADLINE, BODY, DATE_MODIFIED = "headline", "article_body", "date_modified"
MODIFIED_DATE, NOTE, BOTH = "modified-date", "notice", "both"

REWRITTEN = 0.3  # of the words of a text, that others replace within its sentences: it is another text
OUTWEIGHS = 10  # times as many words in one direction make the other one a trifle
OUTWEIGHS_LIVE = 2  # a live blog's latest entries are touched up all the time
PAGE_CLOCK_S = 60  # a date so near to the capture, twice, is the time at which the page was made
_FIELDS = (HEADLINE, "description", "authors", "date_published", "article_section")
_TIMES = {"month": 7, "day": 10, "minute": 16, "second": 19}  # characters of a date that its precision covers


@dataclass(frozen=True, slots=True)
class Text:
    """What is compared of a version; names as in the table `version`."""

    captured_at: str
    headline: str | None = None
    description: str | None = None
    authors: tuple[str, ...] = ()
    date_published: str | None = None
    date_published_precision: str | None = None
    date_modified: str | None = None
    date_modified_precision: str | None = None
    article_section: str | None = None
    article_body: str = ""
    in_language: str | None = None
    is_live: bool = False
    removed: tuple[str, ...] = ()  # texts that cleaning took out: editors' notes can be among them


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit is; as in the table `revision`. Words: those of headline and body."""

    kind: str
    acknowledged: str | None  # modified-date | notice | both; None: silent
    fields: tuple[str, ...]
    words_added: int
    words_removed: int


@dataclass(slots=True)
class _Tally:
    """Words by what became of them, spelling aside."""

    added: int = 0  # in sentences that were added whole
    removed: int = 0
    inserted: int = 0  # in sentences that changed
    deleted: int = 0
    moved: int = 0  # sentences
    spelt: int = 0  # places where only the spelling changed
    notes: int = 0  # sentences that say that something was changed
    all_added: int = 0  # with notes and spelling
    all_removed: int = 0
    notice: bool = field(default=False)
    stamp: bool = field(default=False)  # a line with the time of the last change

    @property
    def is_empty(self) -> bool:
        return not (self.all_added or self.all_removed or self.moved or self.spelt)


def compare(old: Text, new: Text, *, with_body: bool = True, between: Text | None = None) -> Change | None:
    """What the publisher changed from `old` to `new`, the later one; None if nothing.

    `with_body`: False where the bodies cannot be compared, since a paywall cuts one of them short. `between`: what was
    seen in the meantime without its body; what it shows already was changed before.
    """
    fields = [
        name
        for name in _FIELDS
        if not _same(name, old, new) and (between is None or not _same(name, between, new))
    ]
    language = new.in_language or old.in_language
    tally = _Tally()
    if with_body and old.article_body != new.article_body:
        _count(diff(old.article_body, new.article_body, language), tally)
    if not tally.is_empty:
        fields.append(BODY)
    if not fields:
        return None
    kind = _kind(old, new, fields, tally)
    headline = _Tally()
    if HEADLINE in fields:
        _count_words(old.headline or "", new.headline or "", headline)
    moved_date = _moved(old, new)
    if old.date_modified != new.date_modified and (moved_date or not _on_the_clock(old, new, DATE_MODIFIED)):
        fields.append(DATE_MODIFIED)
    return Change(
        kind,
        _acknowledged(moved_date or tally.stamp, tally.notice or _noted(old, new)),
        tuple(fields),
        tally.all_added + headline.all_added,
        tally.all_removed + headline.all_removed,
    )


# Fields.


def _same(name: str, old: Text, new: Text) -> bool:
    a, b = getattr(old, name), getattr(new, name)
    if a == b:
        return True
    if name == "date_published":
        return _same_date(old, new)
    if name == "authors":
        return sorted(key(x).casefold() for x in a) == sorted(key(x).casefold() for x in b)
    a, b = key(a or ""), key(b or "")
    if name == "article_section":
        return bool(a.casefold() == b.casefold())
    return bool(a == b) or (name == "description" and _is_cut(a, b))


def _is_cut(a: str, b: str) -> bool:
    """Whether one is the beginning of the other, as far as it was let stand."""
    for short, long in ((a, b), (b, a)):
        if short.endswith("...") and len(short) > 23 and long.startswith(short[:-3].rstrip()):
            return True
    return False


def _same_date(old: Text, new: Text) -> bool:
    """As far as both state it; a date that is the page's own clock says nothing."""
    a, b = old.date_published, new.date_published
    if a is None or b is None:
        return False
    least = min(_TIMES.get(p or "", 19) for p in (old.date_published_precision, new.date_published_precision))
    return a[:least] == b[:least] or _on_the_clock(old, new, "date_published")


def _on_the_clock(old: Text, new: Text, name: str) -> bool:
    return all(_is_now(getattr(text, name), text.captured_at) for text in (old, new))


def _is_now(date: str | None, captured_at: str) -> bool:
    a, b = _instant(date), _instant(captured_at)
    return a is not None and b is not None and abs((a - b).total_seconds()) <= PAGE_CLOCK_S


def _instant(date: str | None) -> datetime | None:
    """Only of a date with its time and zone."""
    if date is None or len(date) < 16 or not date.endswith("Z"):
        return None
    try:
        return datetime.fromisoformat(date)
    except ValueError:
        return None


def _moved(old: Text, new: Text) -> bool:
    """Whether the page gives a later modified date now, or one at last."""
    if new.date_modified is None or _on_the_clock(old, new, DATE_MODIFIED):
        return False
    if old.date_modified is None:
        return new.date_modified != new.date_published
    least = min(_TIMES.get(p or "", 19) for p in (old.date_modified_precision, new.date_modified_precision))
    return new.date_modified[:least] > old.date_modified[:least]


def _noted(old: Text, new: Text) -> bool:
    """Whether a note on a correction stands now among what cleaning took out."""
    known = {key(text) for text in old.removed}
    return any(key(text) not in known and is_notice(text) for text in new.removed)


def _acknowledged(by_date: bool, by_note: bool) -> str | None:
    if by_date and by_note:
        return BOTH
    return MODIFIED_DATE if by_date else NOTE if by_note else None


# The body.


def _count(steps: Sequence[Step], tally: _Tally) -> None:
    for step in steps:
        if step.role == NOISE or step.what not in (ADDED, REMOVED, CHANGED):
            continue
        if step.role == MODIFIED:
            tally.stamp = tally.stamp or step.what != REMOVED
        elif step.moved:
            tally.moved += 1
        elif step.what == CHANGED and step.role != NOTICE:
            _count_words(step.old, step.new, tally)
        else:
            _count_sentence(step, tally)


def _count_sentence(step: Step, tally: _Tally) -> None:
    """One that came or went, or a note on the text."""
    came, went = word_count(step.new), word_count(step.old)
    tally.all_added += came
    tally.all_removed += went
    if step.role == NOTICE:
        tally.notes += 1
        tally.notice = tally.notice or bool(step.new)
    elif came or went:
        tally.added += came
        tally.removed += went


def _count_words(old: str, new: str, tally: _Tally) -> None:
    """Of a sentence that changed."""
    steps = with_slips(word_steps(old, new))
    for n, step in enumerate(steps):
        if step.what != CHANGED:
            continue
        came, went = word_count(step.new), word_count(step.old)
        before = steps[n - 1].new if n else ""
        after = steps[n + 1].new if n + 1 < len(steps) else ""
        tally.all_added += came
        tally.all_removed += went
        if is_typographic(step.old, step.new, before, after):
            tally.spelt += 1
        else:
            tally.inserted += came
            tally.deleted += went
            # Signs that are no words, but mean something (% or €); and a digit more or less, where each is a word.
            if not (came or went) or is_part_of_number(step.old + step.new, before, after):
                tally.inserted += 1
                tally.deleted += 1


# The kind.


def _kind(old: Text, new: Text, fields: Sequence[str], tally: _Tally) -> str:
    if BODY not in fields:
        return HEADLINE_ONLY if HEADLINE in fields else METADATA
    kind = _kind_of_body(tally, word_count(old.article_body), new.is_live)
    if kind == TYPOGRAPHIC and HEADLINE in fields and not _is_spelling(old.headline or "", new.headline or ""):
        return HEADLINE_ONLY
    return kind


def _is_spelling(old: str, new: str) -> bool:
    tally = _Tally()
    _count_words(old, new, tally)
    return not (tally.inserted or tally.deleted)


def _kind_of_body(t: _Tally, words_before: int, is_live: bool) -> str:
    came, gone = t.added + t.inserted, t.removed + t.deleted
    if not came and not gone:
        if t.moved:
            return REWRITE
        return TYPOGRAPHIC if t.spelt else ADDITION if t.notice else REMOVAL  # of a note alone
    if not gone:
        return ADDITION
    if not came:
        return REMOVAL
    outweighs = OUTWEIGHS_LIVE if is_live else OUTWEIGHS
    if t.added >= outweighs * gone:
        return ADDITION
    if t.removed >= OUTWEIGHS * came:
        return REMOVAL
    if t.added and t.removed:
        return REWRITE
    return REWRITE if gone >= REWRITTEN * words_before else CORRECTION
