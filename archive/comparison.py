"""What drafts would change, field by field and site by site, were they promoted: `broadsheet reextract --compare`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from archive.field_changes import BODY, first_difference, kind_of, pairs, rank
from archive.model import Extraction
from archive.store import Archive, drafts
from archive.store.articles import article_url, held_article
from archive.store.bodies import read, site_furniture
from archive.store.drafts import StoredDraft
from archive.store.fields import record_held, record_of
from archive.store.rereading import Present, Selection
from archive.store.text import clean, word_count


@dataclass(frozen=True, slots=True)
class Sample:
    """One page whose field differs. Of a body: the first lines that differ, and `diff`, word by word in the notation
    of wdiff, `[-gone-] {+new+}`."""

    change: str  # gained | lost | changed
    url: str
    captured_at: str
    article_id: int | None
    old: Any
    new: Any
    diff: str | None = None


@dataclass(slots=True)
class FieldComparison:
    """Of the pages that show an article before and after: how many gained, lost or changed the field."""

    gained: int = 0  # it was empty
    lost: int = 0  # it would be empty
    changed: int = 0
    samples: list[Sample] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """An article that would appear or vanish, and the verdict of the page then."""

    url: str
    headline: str | None
    verdict: str
    captured_at: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A page that the present recipe could not read."""

    url: str
    captured_at: str
    error: str


@dataclass(slots=True)
class SiteComparison:
    """Of one site. Pages: one capture is one page. Words: of all bodies, as counted in `word_count`."""

    site: str
    pages: int = 0
    same: int = 0
    differ: int = 0
    failed: int = 0  # could not be read: what they show stays
    words_before: int = 0
    words_after: int = 0
    fields: dict[str, FieldComparison] = field(default_factory=dict)
    appear: list[ArticleChange] = field(default_factory=list)
    vanish: list[ArticleChange] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def as_json(self) -> list[dict[str, Any]]:
        """The site as one object, and each field that differs as one."""
        values = asdict(self)
        del values["fields"]
        rows = [{"record": "site", **values}]
        rows += [{"record": "field", "site": self.site, "field": n, **asdict(f)} for n, f in self.fields.items()]
        return rows


def compare(archive: Archive, present: Present, selection: Selection, *, samples: int) -> list[SiteComparison]:
    """Every site that has drafts of present recipes, by name; `samples`: at most so many for each field of a site."""
    comparers: dict[str, _Comparer] = {}
    for batch in drafts.stored(archive.db, present, selection):
        for draft in batch:
            if draft.site not in comparers:
                comparers[draft.site] = _Comparer(archive, draft, samples)
            comparers[draft.site].add(draft)
    return [comparers[name].result() for name in sorted(comparers)]


class _Comparer:
    """Takes in the drafts of one site."""

    def __init__(self, archive: Archive, first: StoredDraft, samples: int) -> None:
        self.db, self.samples = archive.db, samples
        self.site = SiteComparison(first.site)
        self._furniture = site_furniture(self.db.conn, first.site_id)
        # Captures that would leave their article, and those that would come to one, by its URL.
        self._leave: dict[int, dict[int, StoredDraft]] = {}
        self._come: dict[str, list[tuple[StoredDraft, str | None]]] = {}

    def add(self, draft: StoredDraft) -> None:
        site, words = self.site, draft.word_count or 0
        site.pages += 1
        site.words_before += words
        extraction = None if draft.failed else draft.extraction
        if draft.failed:
            site.failed += 1
            site.failures.append(Failure(draft.url, draft.captured_at, draft.error or ""))
        if extraction is None:
            site.words_after += words
            site.same += not draft.failed
            return
        old = record_held(self.db.conn, draft.version_id, full=False) if draft.version_id is not None else None
        new = self._record(extraction)
        site.words_after += word_count(new[BODY]) if new else 0
        changes = _changes(old or {"verdict": draft.shown_verdict}, new or {"verdict": draft.verdict})
        differs = self._follow(draft, extraction, new) or bool(changes)
        site.differ += differs
        site.same += not differs
        for name, values in changes.items():
            self._count(name, draft, *values)

    def _record(self, extraction: Extraction) -> dict[str, Any] | None:
        """What would be shown: without the furniture that is known of the site."""
        article = held_article(extraction)
        if article is None:
            return None
        return record_of(extraction.verdict, article, read(article, extraction.verdict, self._furniture))

    def _count(self, name: str, draft: StoredDraft, old: Any, new: Any) -> None:
        counts = self.site.fields.setdefault(name, FieldComparison())
        change = kind_of(old, new)
        setattr(counts, change, getattr(counts, change) + 1)
        if len(counts.samples) < self.samples:
            diff = None
            if name == BODY:
                old, new, diff = first_difference(old, new)
            counts.samples.append(Sample(change, draft.url, draft.captured_at, draft.article_id, old, new, diff))

    def _follow(self, draft: StoredDraft, extraction: Extraction, new: dict[str, Any] | None) -> bool:
        """-> whether the capture would show another article than now, or none, or one at last."""
        target = _url_of(draft, extraction) if new is not None else None
        if target == draft.article_url:
            return False
        if draft.article_id is not None:
            self._leave.setdefault(draft.article_id, {})[draft.capture_id] = draft
        if target is not None and new is not None:
            self._come.setdefault(target, []).append((draft, new["headline"]))
        return True

    def result(self) -> SiteComparison:
        """With the articles that would appear and vanish, all captures considered."""
        site = self.site
        site.fields = {name: site.fields[name] for name in sorted(site.fields, key=rank)}
        for article_id, leaving in self._leave.items():
            newest = max(leaving.values(), key=_time)
            url, version_id = newest.article_url, newest.version_id
            if url is None or version_id is None or url in self._come or not drafts.is_shown(self.db, url):
                continue
            if not drafts.shows_without(self.db, article_id, leaving.keys()):
                headline = record_held(self.db.conn, version_id, full=False)["headline"]
                site.vanish.append(ArticleChange(url, headline, newest.verdict, newest.captured_at))
        for url, coming in self._come.items():
            if not drafts.is_shown(self.db, url):
                newest, headline = max(coming, key=lambda pair: _time(pair[0]))
                site.appear.append(ArticleChange(url, headline, newest.verdict, newest.captured_at))
        for changes in (site.appear, site.vanish):
            changes.sort(key=lambda change: change.url)
        return site


def _url_of(draft: StoredDraft, extraction: Extraction) -> str | None:
    article = extraction.article
    return clean(article_url(draft.url, article.canonical_url)) if article else None


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """{field: values} of what differs."""
    return {name: values for name, values in pairs(old, new).items() if values[0] != values[1]}


def _time(draft: StoredDraft) -> tuple[str, int]:
    return draft.captured_at.rstrip("Z"), draft.capture_id
