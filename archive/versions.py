"""`broadsheet diff`: two versions of an article, field by field and sentence by sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archive.errors import BadInput, NotFound
from archive.model import Verdict
from archive.render import local_date
from archive.revisions import compare
from archive.sentences import key
from archive.store import Archive, VersionRecord, VersionSummary, find_article, version
from archive.store.edits import EditRecord, address, edits, shown_versions
from archive.store.revisions import text_of
from archive.textdiff import Step, Words, diff, legible, word_steps

_TEXTS = ("headline", "description", "byline_raw")
_FIELDS = (
    "headline", "description", "authors", "byline_raw", "date_published", "date_modified", "article_section",
    "keywords", "in_language", "publisher", "is_accessible_for_free", "image", "image_caption", "image_credit",
    "verdict",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two versions. `number`: 1 is the first that was seen."""

    number: int
    version_id: int
    first_shown: str  # WARC-Date of the first capture that shows it
    last_shown: str
    captures: int
    url: str  # of the capture that it was read from
    recipe_sha256: str
    headline: str | None


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """A field that differs; of texts also word by word."""

    field: str
    old: Any
    new: Any
    words: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """What differs between two versions. `kind` and the like: as in the table `revision`; None where it is no edit."""

    article_id: int
    url: str
    site: str
    before: Side
    after: Side
    kind: str | None
    acknowledged: str | None
    words_added: int
    words_removed: int
    note: str | None  # why what differs may not be the publisher's doing
    fields: tuple[FieldDiff, ...]
    body: tuple[Step, ...]  # every sentence; those of one that changed are legible
    deleted_at: str | None  # the article is gone, and was first found so then

    def as_json(self) -> dict[str, Any]:
        from dataclasses import asdict

        values = asdict(self)
        return {"from" if name == "before" else "to" if name == "after" else name: v for name, v in values.items()}


def diff_versions(archive: Archive, ref: str, before: int | None, after: int | None) -> VersionDiff | str:
    """The versions of these numbers, or the last two -> what differs; a line for people if there is only one.

    :raises NotFound: there is no such article or version.
    :raises BadInput: the two are one.
    """
    db = archive.db
    article_id = find_article(db, ref)
    url, site = address(db, article_id)
    shown = shown_versions(db, article_id)
    if not shown:
        raise NotFound(f"{url} is held, but no capture shows an article any longer", hint="broadsheet status")
    gone = next((edit for edit in edits(db, article_id=article_id) if edit.version_id is None), None)
    if len(shown) == 1 and before is None and after is None:
        return _only(url, shown[0], gone)
    after = after if after is not None else len(shown)
    before = before if before is not None else max(after - 1, 1)
    for number in (after, before):
        if not 1 <= number <= len(shown):
            raise NotFound(f"{url} has no version {number}", hint=f"its versions are 1 to {len(shown)}")
    if before == after:
        raise BadInput(f"version {after} is compared with itself", hint="give two numbers: --from 1 --to 2")
    return _compared(archive, article_id, (url, site), (before, after), shown, gone)


def _only(url: str, one: VersionSummary, gone: EditRecord | None) -> str:
    seen = f"captured {one.captures} times, from {one.first_shown} to {one.last_shown}"
    once = f"captured once, at {one.first_shown}"
    line = f"{url} has one version, {seen if one.captures > 1 else once}: there is nothing to compare"
    return f"{line}; it was deleted: seen at {gone.seen_at}" if gone else line


def _compared(
    archive: Archive,
    article_id: int,
    place: tuple[str, str],
    numbers: tuple[int, int],
    shown: Sequence[VersionSummary],
    gone: EditRecord | None,
) -> VersionDiff:
    db = archive.db
    a, b = (shown[number - 1] for number in numbers)
    old, new = version(db, a.version_id), version(db, b.version_id)
    walled = (old.verdict == Verdict.PAYWALL, new.verdict == Verdict.PAYWALL)
    texts = [text_of(db.conn, v.version_id, captured_at=v.first_shown) for v in (a, b)]
    change = compare(texts[0], texts[1], with_body=walled[0] == walled[1])
    return VersionDiff(
        article_id=article_id,
        url=place[0],
        site=place[1],
        before=_side(numbers[0], a, old),
        after=_side(numbers[1], b, new),
        kind=change.kind if change else None,
        acknowledged=change.acknowledged if change else None,
        words_added=change.words_added if change else 0,
        words_removed=change.words_removed if change else 0,
        note=_note(old, new, walled),
        fields=tuple(_fields(old, new)),
        body=tuple(_legible(step) for step in diff(old.article_body, new.article_body, new.in_language)),
        deleted_at=gone.seen_at if gone and numbers[1] == len(shown) else None,
    )


def _side(number: int, shown: VersionSummary, record: VersionRecord) -> Side:
    return Side(
        number, shown.version_id, shown.first_shown or "", shown.last_shown or "", shown.captures, record.capture.url,
        record.recipe_sha256, record.headline,
    )  # fmt: skip


def _note(old: VersionRecord, new: VersionRecord, walled: tuple[bool, bool]) -> str | None:
    if walled[0] != walled[1]:
        which = "first" if walled[0] else "second"
        return f"a paywall cuts the {which} one: its text is what the page showed"
    if old.recipe_sha256 != new.recipe_sha256:
        return (
            "they were read with different recipes: what differs can be due to that; broadsheet reextract reads all "
            "captures with one"
        )
    if old.capture.url != new.capture.url:
        return f"they were captured at two addresses, {old.capture.url} and {new.capture.url}"
    return None


def _legible(step: Step) -> Step:
    return Step(step.what, step.old, step.new, tuple(legible(step.words)), step.role, step.moved)


def _fields(old: VersionRecord, new: VersionRecord) -> list[FieldDiff]:
    found = []
    for name in _FIELDS:
        a, b = _value(old, name), _value(new, name)
        if a == b:
            continue
        if name in _TEXTS and a and b:
            if key(a) == key(b):
                continue
            found.append(FieldDiff(name, a, b, tuple(legible(word_steps(a, b)))))
        else:
            found.append(FieldDiff(name, a, b))
    return found


def _value(record: VersionRecord, name: str) -> Any:
    value = getattr(record, name)
    if name in ("date_published", "date_modified"):
        return local_date(value, getattr(record, f"{name}_offset"))
    return list(value) if isinstance(value, tuple) else value
