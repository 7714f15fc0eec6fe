"""What an article says, as the columns of `version`: written by commits, compared by re-extraction."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from archive.extract.furniture import Furniture
from archive.model import Article, Verdict
from archive.store.bodies import Line, Reading, part, put_together, whole
from archive.store.text import other_headlines, row, to_json

# The body stands apart: furniture may be taken out of it.
NAMES = (
    "type", "headline", "headline_forms", "description", "authors", "byline_raw", "date_published",
    "date_published_offset", "date_published_raw", "date_published_precision", "date_modified",
    "date_modified_offset", "date_modified_raw", "date_modified_precision", "article_section", "keywords",
    "in_language", "publisher", "is_accessible_for_free", "image", "image_caption", "image_credit",
    "canonical_url",
)  # fmt: skip
_HELD = f"SELECT verdict, {', '.join(NAMES)}, article_body, body_blocks FROM version WHERE version_id = ?"


def columns(a: Article, reading: Reading) -> dict[str, Any]:
    """{column: value} of the fields of an article as they are stored, the body left out."""
    names = (*NAMES, "other_headlines")
    values = row(
        a.type, a.headline, to_json(dict(a.headline_forms)) if a.headline_forms else None, a.description,
        "; ".join(a.authors) or None, a.byline_raw, *reading.published, a.date_published_raw,
        a.date_published_precision, *reading.modified, a.date_modified_raw, a.date_modified_precision,
        a.article_section, to_json(list(a.keywords)) if a.keywords else None, a.in_language, a.publisher,
        a.is_accessible_for_free, a.image, a.image_caption, a.image_credit, a.canonical_url, other_headlines(a),
    )  # fmt: skip
    return dict(zip(names, values, strict=True))


def record_of(verdict: Verdict, article: Article, reading: Reading) -> dict[str, Any]:
    """What an extraction says, to be compared with `record_held`: the body of `reading`, and what its blocks are."""
    values = {"verdict": verdict.value, **columns(article, reading)}
    del values["other_headlines"]  # they follow from the others
    return _comparable(values, reading.parted.text, [line.kind for line in reading.parted.kept])


def record_held(connection: sqlite3.Connection, version_id: int, *, full: bool) -> dict[str, Any]:
    """The same of a version; `full`: with the furniture still in the body. What other pages showed to be a template
    counts as what it was read as: they will show it again."""
    verdict, *values, body, blocks = connection.execute(_HELD, (version_id,)).fetchone()
    stated = {"verdict": _as_read(verdict), **dict(zip(NAMES, values, strict=True))}
    if full:
        return _whole(stated, whole(connection, version_id))
    kinds = [kind for kind, _ in json.loads(blocks)] if blocks else []
    return _comparable(stated, body, kinds)


def record_told(columns: Mapping[str, Any], removed: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The same, whole, of a version that is no row: its columns, those that are null left out, and what is apart."""
    apart = (
        (r["line"], Line(r["text"], r["kind"], r["confidence"])) for r in removed if r.get("line") is not None
    )
    lines = put_together(columns["article_body"], columns.get("body_blocks"), sorted(apart, key=lambda a: a[0]))
    stated = {"verdict": _as_read(columns["verdict"]), **{name: columns.get(name) for name in NAMES}}
    return _whole(stated, lines)


def without_furniture(record: Mapping[str, Any], furniture: Furniture) -> dict[str, Any]:
    """A whole record as it is shown on a site with this furniture; one without a body as it is."""
    if "article_body" not in record:
        return dict(record)
    texts, kinds = record["article_body"].split("\n"), (record["body_blocks"] or "").split()
    given = kinds if len(kinds) == len(texts) else [None] * len(texts)
    kept = part([Line(text, kind) for text, kind in zip(texts, given, strict=True)], furniture)
    return _comparable(dict(record), kept.text, [line.kind for line in kept.kept])


def _as_read(verdict: str) -> str:
    return Verdict.ARTICLE.value if verdict == Verdict.SOFT_404 else verdict


def _whole(stated: dict[str, Any], lines: Sequence[Line]) -> dict[str, Any]:
    return _comparable(stated, "\n".join(line.text for line in lines), [line.kind for line in lines])


def _comparable(values: dict[str, Any], body: str, kinds: list[str | None]) -> dict[str, Any]:
    """JSON as values, and the body behind the other fields."""
    for name in ("headline_forms", "keywords"):
        if isinstance(values[name], str):
            values[name] = json.loads(values[name])
    if values["is_accessible_for_free"] is not None:
        values["is_accessible_for_free"] = bool(values["is_accessible_for_free"])
    stated = " ".join(kind for kind in kinds if kind is not None)
    return values | {"article_body": body, "body_blocks": stated or None}


def record_sha256(record: Mapping[str, Any]) -> str:
    """The hash that tells whether two records say the same in every field."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
