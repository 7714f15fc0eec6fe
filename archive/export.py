"""Rows as CSV, JSON Lines or Parquet, written as they are drawn: memory does not grow with their number.

What the columns hold is said in docs/export.md; of the three forms, Parquet alone has types for all of it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from archive import __version__
from archive.errors import BroadsheetError

if TYPE_CHECKING:
    import pyarrow

    from archive.store.export import Rows

Columns = Sequence[str]
Row = Sequence[Any]

FORMATS = ("csv", "jsonl", "parquet")
SUFFIXES = {
    ".csv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}

INTEGERS = frozenset({
    "rowid", "article_id", "word_count", "version_id", "versions", "warc_offset", "warc_length", "story_id",
})  # fmt: skip
NUMBERS = frozenset({"confidence"})
FLAGS = frozenset({"is_accessible_for_free", "is_current", "is_reprint"})
TIMES = frozenset({"captured_at", "extracted_at"})  # the others state a day or a month as often as a moment
LISTS: dict[str, Callable[[str], list[str]]] = {
    "authors": lambda text: text.split("; "),
    "keywords": json.loads,
    "other_headlines": str.splitlines,
}

# How a cell begins that spreadsheets take for a formula: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Characters that mean something to a terminal or to a reader of lines, and nothing in a text.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_ROWS, _CHARACTERS = 10_000, 16 << 20  # of one row group


def write(rows: Rows, file: BinaryIO, form: str) -> int:
    """Write all rows in one of `FORMATS` -> how many. Raises what the disk raises, and see `require_parquet`."""
    writers = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}
    count = 0

    def counted() -> Iterator[Row]:
        nonlocal count
        for row in rows.rows:
            count += 1
            yield row

    writers[form](rows.columns, counted(), file)
    return count


def neutral(text: str) -> str:
    """A cell for spreadsheets: an apostrophe before what would be a formula, and no controls but tab and line."""
    cell = _CONTROLS.sub("\ufffd", text)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _csv(columns: Columns, rows: Iterable[Row], file: BinaryIO) -> None:
    """RFC 4180 in UTF-8, the names of the columns first; a line within a text stays within its quotes."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([neutral(value) if isinstance(value, str) else value for value in row])
    finally:
        text.detach()


def _jsonl(columns: Columns, rows: Iterable[Row], file: BinaryIO) -> None:
    """https://jsonlines.org: one object a line, UTF-8; control characters only as escapes."""
    for row in rows:
        line = json.dumps(dict(zip(columns, _typed(columns, row), strict=True)), ensure_ascii=False)
        file.write(_CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", line).encode() + b"\n")


def _typed(columns: Columns, row: Row) -> Iterator[Any]:
    """Lists as lists, flags as true and false; all else as the database has it."""
    for name, value in zip(columns, row, strict=True):
        if value is None:
            yield None
        elif name in LISTS:
            yield LISTS[name](value)
        else:
            yield bool(value) if name in FLAGS else value


def require_parquet() -> None:
    """:raises BroadsheetError: pyarrow is not installed."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise BroadsheetError(
            "Parquet needs pyarrow, which is not installed", hint='pip install "broadsheet[parquet]"'
        ) from error


def _parquet(columns: Columns, rows: Iterable[Row], file: BinaryIO) -> None:
    require_parquet()
    import pyarrow as pa
    import pyarrow.parquet as pq

    software = {"software": f"broadsheet/{__version__}"}
    schema = pa.schema([(name, _type(pa, name)) for name in columns], metadata=software)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in _batches(rows):
            by_column = zip(columns, zip(*batch, strict=True), strict=True)
            arrays = [_array(pa, name, values) for name, values in by_column]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch, characters = list[Row](), 0
    for row in rows:
        batch.append(row)
        characters += sum(len(value) for value in row if isinstance(value, str))
        if len(batch) >= _ROWS or characters >= _CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _type(pa: Any, name: str) -> pyarrow.DataType:
    if name in INTEGERS:
        return pa.int64()
    if name in NUMBERS:
        return pa.float64()
    if name in FLAGS:
        return pa.bool_()
    if name in TIMES:
        return pa.timestamp("us", tz="UTC")
    return pa.list_(pa.string()) if name in LISTS else pa.string()


def _array(pa: Any, name: str, values: Sequence[Any]) -> pyarrow.Array:
    if name in TIMES:
        values = [_moment(value) for value in values]
    else:
        values = [next(_typed((name,), (value,))) for value in values]
    return pa.array(values, type=_type(pa, name))


def _moment(text: str | None) -> datetime | None:
    """A time to the second or better; None for one that says less, which a foreign WARC file may have."""
    if not text or len(text) <= 10:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
