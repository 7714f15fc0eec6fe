"""An `Extraction` as one line of JSON and back without loss: what the column `draft.extraction` holds.

Keys are the names of the fields; what has its default is left out. Blocks, removed blocks and sources are arrays of
their values in the order of their fields, `lines` is base64 (RFC 4648 section 4). Links, feeds and opt-out signals are
no part of it: they belong to the crawl that found them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, astuple, fields
from typing import Any

from archive.model import Article, Block, BlockKind, Extraction, FieldSource, Removed, Verdict

LEFT_OUT = ("links", "feeds", "opt_out")


def dumps(extraction: Extraction) -> str:
    """One line; `loads` gives back an equal extraction, without what is left out."""
    values = _given(extraction)
    for name in LEFT_OUT:
        values.pop(name, None)
    if extraction.article is not None:
        article = values["article"] = _given(extraction.article)
        if "headline_forms" in article:
            article["headline_forms"] = dict(article["headline_forms"])
        if "body_blocks" in article:
            article["body_blocks"] = [[block.kind, block.confidence] for block in article["body_blocks"]]
    for name in ("removed", "sources"):
        if name in values:
            values[name] = [astuple(each) for each in values[name]]
    if "lines" in values:
        values["lines"] = base64.b64encode(extraction.lines).decode("ascii")
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which only an escape can write
        text = json.dumps(values, separators=(",", ":"))
    return text


def loads(text: str) -> Extraction:
    """The extraction that `dumps` wrote."""
    values: dict[str, Any] = json.loads(text)
    values["verdict"] = Verdict(values["verdict"])
    if "article" in values:
        values["article"] = Article(**_read(values["article"], _ARTICLE))
    return Extraction(**_read(values, _EXTRACTION))


def _tuple_of(make: Callable[..., Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda rows: tuple(make(*row) for row in rows)


_ARTICLE: Mapping[str, Callable[[Any], Any]] = {
    "authors": tuple,
    "keywords": tuple,
    "body_blocks": _tuple_of(lambda kind, confidence: Block(BlockKind(kind), confidence)),
}
_EXTRACTION: Mapping[str, Callable[[Any], Any]] = {
    "removed": _tuple_of(Removed),
    "sources": _tuple_of(FieldSource),
    "lines": base64.b64decode,
}


def _read(values: dict[str, Any], readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return {name: readers[name](value) if name in readers else value for name, value in values.items()}


def _given(record: Any) -> dict[str, Any]:
    """{field: value} of what has not its default."""
    values = ((f.name, getattr(record, f.name), f) for f in fields(record))
    return {name: value for name, value, f in values if value != _default(f)}


def _default(f: Field[Any]) -> Any:
    return f.default_factory() if f.default_factory is not MISSING else f.default
