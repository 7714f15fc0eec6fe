"""Why a clean record says what it says: each field's value, where it was read, and the candidates that lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from archive.dates import to_utc
from archive.errors import UsageError
from archive.model import Article, Extraction, FieldSource

if TYPE_CHECKING:
    from archive.store import ArticleRecord, StoredCapture, UrlTrace

BODY = "article_body"
FIELDS = (
    "headline", "description", "authors", "byline_raw", "date_published", "date_modified", "article_section",
    "keywords", "in_language", "publisher", "is_accessible_for_free", "image", "image_caption", "image_credit",
    "canonical_url", "type", BODY,
)  # fmt: skip
# Other columns that belong to a field, and the short names of the view `articles`.
ALIASES = {
    "headline_forms": "headline", "author": "authors", "byline": "byline_raw", "section": "article_section",
    "language": "in_language", "body": BODY, "body_blocks": BODY, "body_source": BODY, "confidence": BODY,
    "removed": BODY,
    **{f"date_{what}_{part}": f"date_{what}" for what in ("published", "modified")
       for part in ("raw", "offset", "precision")},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldWhy:
    """One field. `source`: where the value was read (see `FieldSource`); None where that is not recorded.

    `facts`, by field: `forms` of a headline {source: text}; `raw`, `precision`, `zone` and `utc` of a date;
    `confidence`, `words`, `blocks` and `removed` of the body.
    """

    name: str
    value: Any
    source: str | None
    candidates: tuple[FieldSource, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Why:
    """A page and its fields; those of a page that is no article are what it says, kept nowhere.

    `read_from`: the capture (`captured_at`, `warc_file`, `offset`, `record_id` ...) and `recipe_sha256`.
    """

    url: str
    verdict: str | None
    error: str | None = None
    because: tuple[str, ...] = ()  # what decided the verdict, for people
    article_id: int | None = None
    fields: tuple[FieldWhy, ...] = ()
    read_from: Mapping[str, Any] = field(default_factory=dict)

    def field(self, name: str) -> FieldWhy | None:
        return next((one for one in self.fields if one.name == name), None)

    def as_json(self, name: str | None = None) -> dict[str, Any]:
        """All of it, or one field, as one object."""
        shown = [one for one in self.fields if name in (None, one.name)]
        return {
            "url": self.url,
            "article_id": self.article_id,
            "verdict": self.verdict,
            "because": list(self.because),
            "error": self.error,
            "fields": {one.name: _field_json(one) for one in shown},
            "read_from": dict(self.read_from),
        }


def _field_json(one: FieldWhy) -> dict[str, Any]:
    candidates = [{"source": c.source, "value": c.value, "chosen": c.chosen} for c in one.candidates]
    return {"value": one.value, "source": one.source, "candidates": candidates, **one.facts}


def known_field(name: str) -> str:
    """The field that a person means.

    :raises UsageError: there is none of that name.
    """
    plain = name.strip().lower().replace("-", "_")
    found = ALIASES.get(plain, plain)
    if found not in FIELDS:
        raise UsageError(f"there is no field {name!r}", hint=f"known are {', '.join(FIELDS)}")
    return found


def why_article(record: ArticleRecord) -> Why:
    """Of an article in the archive: its current version."""
    version = record.version
    values = asdict(version)
    for name in ("date_published", "date_modified"):
        values[name] = _local(values[name], values[f"{name}_offset"])
    return Why(
        record.url,
        version.verdict,
        version.capture.extraction_error,
        _because(version.sources),
        record.article_id,
        fields_of(values, version.sources),
        {**capture_facts(version.capture), "recipe_sha256": version.recipe_sha256},
    )


def why_extraction(extraction: Extraction, url: str, recipe_sha256: str) -> Why:
    """Of a page without an archive. Of one that is no article: what it says of itself."""
    values = asdict(extraction.article or Article())
    if extraction.article is None:
        values |= {source.field: source.value for source in extraction.sources if source.chosen}
    values["body_source"], values["confidence"] = extraction.body_source, extraction.confidence
    values["removed"] = [asdict(block) for block in extraction.removed]
    return Why(
        url,
        extraction.verdict.value,
        extraction.error,
        _because(extraction.sources),
        fields=fields_of(values, extraction.sources),
        read_from={"charset": extraction.charset, "recipe_sha256": recipe_sha256},
    )


def why_url(trace: UrlTrace, extraction: Extraction | None = None) -> Why:
    """Of a URL that shows no article: its newest capture, or why there is none.

    `extraction`: of that capture, read again; the reasons for its verdict are kept nowhere.
    """
    if trace.capture is not None:
        same = extraction is not None and extraction.verdict.value == trace.capture.verdict
        return Why(
            trace.url,
            trace.capture.verdict or _answer(trace.capture),
            trace.capture.extraction_error,
            _because(extraction.sources) if extraction and same else (),
            read_from=capture_facts(trace.capture),
        )
    reason = trace.excluded_by or (f"{trace.outcome}" if trace.outcome else None)
    state = f"{trace.state}: {reason}" if reason else trace.state
    return Why(
        trace.url, None, f"never captured; {state}" + (f", {said}" if (said := trace.outcome_detail) else "")
    )


def _because(sources: Sequence[FieldSource]) -> tuple[str, ...]:
    return tuple(source.value for source in sources if source.field == "verdict" and source.chosen)


def _answer(capture: StoredCapture) -> str | None:
    if capture.redirect_to:
        return f"redirect to {capture.redirect_to}"
    return None if capture.status == 200 else f"status {capture.status}"


def capture_facts(capture: StoredCapture) -> dict[str, Any]:
    """Where the bytes are."""
    names = ("captured_at", "status", "warc_file", "offset", "length", "record_id", "payload_digest", "opt_out")
    return {name: getattr(capture, name) for name in names}


def fields_of(values: Mapping[str, Any], sources: Sequence[FieldSource]) -> tuple[FieldWhy, ...]:
    """Each field in the order of `FIELDS`; `values` has the fields of an Article, and of an Extraction its body's."""
    return tuple(_body(values) if name == BODY else _field(name, values, sources) for name in FIELDS)


def _field(name: str, values: Mapping[str, Any], sources: Sequence[FieldSource]) -> FieldWhy:
    candidates = tuple(source for source in sources if source.field == name)
    value = values.get(name)
    value = list(value) if isinstance(value, tuple) else value
    chosen = next((source.source for source in candidates if source.chosen), None)
    facts: dict[str, Any] = {}
    if name == "headline":
        facts["forms"] = dict(values.get("headline_forms") or {})
    elif name.startswith("date_"):
        utc, zone = to_utc(str(value)) if value else (None, None)
        facts = {part: values.get(f"{name}_{part}") for part in ("raw", "precision")} | {"zone": zone, "utc": utc}
    elif name == "authors":
        facts["byline_raw"] = values.get("byline_raw")
    return FieldWhy(name, value, chosen, candidates, facts)


def _body(values: Mapping[str, Any]) -> FieldWhy:
    text = values.get(BODY) or ""
    lines = text.split("\n") if text else []
    stated = list(values.get("body_blocks") or ())
    if len(stated) != len(lines):  # of an old recipe
        stated = [{"kind": None, "confidence": None}] * len(lines)
    facts = {
        "confidence": values.get("confidence"),
        "words": _words(text, values.get("word_count")),
        "blocks": [{**block, "text": line} for block, line in zip(stated, lines, strict=True)],
        "removed": list(values.get("removed") or ()),
    }
    return FieldWhy(BODY, text or None, values.get("body_source"), (), facts)


def _words(text: str, counted: int | None) -> int:
    from archive.store.text import word_count

    return word_count(text) if counted is None else counted


def _local(value: str | None, offset: str | None) -> str | None:
    """A stored time, UTC, as the page gave it: RFC 3339 with the page's offset."""
    if not value or not offset or not value.endswith("Z"):
        return value
    zone = datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo
    return datetime.fromisoformat(value).astimezone(zone).isoformat()
