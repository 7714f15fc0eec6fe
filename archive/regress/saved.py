"""A run kept in a file, for a later one to be compared with: what each page said, whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from archive.errors import BadInput
from archive.field_changes import pairs
from archive.regress.counting import Record
from archive.regress.thresholds import FIELDS

FORMAT = "broadsheet regress 1"
_HINT = "--save FILE of an earlier run makes such a file"
_WHOLE = frozenset((*FIELDS, "date_published_offset", "date_modified_offset"))
_VERDICT_ALONE = frozenset(("verdict",))
_OF_OTHER_KINDS = {"is_accessible_for_free": bool, "headline_forms": dict, "keywords": list}


@dataclass(frozen=True, slots=True)
class SavedRun:
    """`records`: what pages said, with the furniture in their bodies, by WARC-Record-ID in the order of the sample."""

    path: Path
    records: Mapping[str, Record]


def write(file: BinaryIO, records: Mapping[str, Record]) -> None:
    """All of a run: a JSON object whose `pages` stand one a line."""
    file.write(f'{{"format": {json.dumps(FORMAT)}, "pages": [\n'.encode())
    for number, (record_id, record) in enumerate(records.items()):
        line = json.dumps({"record_id": record_id, "record": record}, ensure_ascii=False)
        file.write((",\n" if number else "").encode() + line.encode("utf-8", "replace"))
    file.write(b"\n]}\n")


def load(path: Path) -> SavedRun:
    """:raises BadInput: the file cannot be read, or is no run that was saved."""
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as e:
        raise BadInput(f"{path} is no JSON: {e}", hint=_HINT) from e
    except OSError as e:
        raise BadInput(f"{path}: {e.strerror or e}", hint=_HINT) from e
    if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("pages"), list):
        raise BadInput(f"{path} is no run that was saved as {FORMAT!r}", hint=_HINT)
    records: dict[str, Record] = {}
    for number, page in enumerate(data["pages"], 1):
        if not _is_page(page):
            raise BadInput(f"{path}: page {number} is not as a run is saved", hint=_HINT)
        records[page["record_id"]] = page["record"]
    return SavedRun(path, records)


def _is_page(page: Any) -> bool:
    if not isinstance(page, dict) or not isinstance(page.get("record_id"), str):
        return False
    record = page.get("record")
    if not isinstance(record, dict) or record.keys() not in (_WHOLE, _VERDICT_ALONE):
        return False
    if not all(_is_value(name, value) for name, value in record.items()):
        return False
    try:
        pairs(record, record)
    except (ValueError, OverflowError):  # a date that is none
        return False
    return True


def _is_value(name: str, value: Any) -> bool:
    if name in ("verdict", "article_body"):
        return isinstance(value, str)
    return value is None or isinstance(value, _OF_OTHER_KINDS.get(name, str))
