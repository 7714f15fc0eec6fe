"""The real pages, what is predicted of them, and what their own scorer says: used by `scripts/eval`.

A data folder holds `gold.jsonl` (lines with `id`, `set`, `url`, `page`, the truth), the pages, and `score.py`, which
knows what the figures mean: `score.py PREDICTIONS --json [--set SET]` prints {set: {figure: mean}}, and its function
`score(row, prediction)` gives the figures of one page.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BESIDE = ROOT.parent / "shared" / "data" / "extraction"
BY_SITE = "sites-by-site"  # the set `sites` once more, its pages read as one site's
SETS = ("news", "sites", BY_SITE, "web")
NONE = "none"  # the figure of ours: pages without a prediction, or with an empty body

Row = dict[str, Any]
Prediction = dict[str, Any]
Predictions = dict[str, Prediction]  # by the id of the page
Figures = dict[str, float]


class Unusable(Exception):
    """The data or a program cannot be used as it is; one line for people."""


@dataclass(frozen=True)
class Data:
    folder: Path

    def __post_init__(self) -> None:
        for name in ("gold.jsonl", "score.py"):
            if not (self.folder / name).is_file():
                raise Unusable(f"{self.folder / name} is not there (--data FOLDER names the folder of the pages)")

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256((self.folder / "gold.jsonl").read_bytes()).hexdigest()

    @cached_property
    def all_rows(self) -> list[Row]:
        return read(self.folder / "gold.jsonl")

    def rows(self, name: str) -> list[Row]:
        """The pages of a set; those of `sites-by-site` are those of `sites`."""
        return [row for row in self.all_rows if row["set"] == name.removesuffix("-by-site")]

    def names(self, only: str | None = None) -> list[str]:
        return [name for name in SETS if self.rows(name) and only in (None, name, name.removesuffix("-by-site"))]

    @cached_property
    def score(self) -> Callable[[Row, Prediction], Figures]:
        """The figures of one page, by the scorer's own function."""
        spec = importlib.util.spec_from_file_location("page_scorer", self.folder / "score.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        try:
            spec.loader.exec_module(module)
        finally:
            sys.dont_write_bytecode = writes
        score: Callable[[Row, Prediction], Figures] = module.score
        return score

    def table(self, predictions: Predictions, name: str) -> Figures:
        """The means of one set, by the scorer as a program of its own, and our count of pages without a text."""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
            write(predictions.values(), file)
            words = [sys.executable, "-B", str(self.folder / "score.py"), file.name, "--json"]
            done = subprocess.run(
                [*words, "--set", name.removesuffix("-by-site")], capture_output=True, text=True, check=False
            )
        if done.returncode != 0:
            raise Unusable(f"the scorer failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
        figures: Figures = json.loads(done.stdout)[name.removesuffix("-by-site")]
        return figures | {NONE: len(self.without(predictions, name))}

    def without(self, predictions: Predictions, name: str) -> list[str]:
        """The ids of the pages of a set that have no text predicted."""
        rows = self.rows(name)
        return [row["id"] for row in rows if not predictions.get(row["id"], {}).get("article_body")]


@dataclass(frozen=True)
class Run:
    """What Broadsheet predicts, by set; `by_site`: whether it could read the pages of a site together."""

    predictions: dict[str, Predictions] = field(default_factory=dict)
    recipe: str | None = None

    def table(self, data: Data) -> dict[str, Figures]:
        return {name: data.table(found, name) for name, found in self.predictions.items()}


def run(data: Data, only: str | None = None) -> Run:
    """Extraction of the pages by this checkout's command line."""
    from archive.extract import recipe

    names = [name for name in data.names(only) if name != BY_SITE or reads_by_site()]
    alone = [name for name in names if name != BY_SITE]
    found = extract(data, [row for name in alone for row in data.rows(name)]) if alone else {}
    predictions = {name: {r["id"]: found[r["id"]] for r in data.rows(name) if r["id"] in found} for name in alone}
    if BY_SITE in names:
        predictions[BY_SITE] = extract(data, data.rows(BY_SITE), "--by-site")
    return Run({name: predictions[name] for name in names}, recipe().sha256)


@cache
def reads_by_site() -> bool:
    """Whether `broadsheet extract --jsonl` can read the pages of a site together."""
    return "--by-site" in broadsheet("extract", "--help")


def extract(data: Data, rows: Sequence[Row], *words: str) -> Predictions:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as index:
        write(page_lines(data, rows), index)
        out = broadsheet("extract", "--jsonl", index.name, *words)
    return by_id(json.loads(line) for line in out.split("\n") if line)


def page_lines(data: Data, rows: Iterable[Row]) -> Iterator[Row]:
    """Lines of an index without the truth, which can lie anywhere."""
    for row in rows:
        yield {"id": row["id"], "url": row.get("url") or "", "page": str(data.folder.resolve() / row["page"])}


def page_bytes(path: Path) -> bytes:
    """A saved page, gzipped or not."""
    data = path.read_bytes()
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


def broadsheet(*words: str) -> str:
    """What `broadsheet WORDS` of this checkout prints."""
    done = subprocess.run(
        [sys.executable, "-m", "crawler", *words], stdout=subprocess.PIPE, text=True, cwd=ROOT, check=False
    )
    if done.returncode != 0:
        raise Unusable(f"broadsheet {words[0]} left with exit code {done.returncode}")
    return done.stdout


def read(file: Path) -> list[Any]:
    """The values of a file of JSON lines."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]


def write(lines: Iterable[Row], file: Any) -> None:
    for line in lines:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
    file.flush()


def by_id(lines: Iterable[Prediction]) -> Predictions:
    return {line["id"]: line for line in lines}


def save(run: Run, file: Path) -> None:
    """All predictions, those by site first, so that whoever reads the file by id takes those of single pages."""
    with file.open("w", encoding="utf-8") as out:
        for name in sorted(run.predictions, key=lambda name: name != BY_SITE):
            write(({**p, "by_site": True} if name == BY_SITE else p for p in run.predictions[name].values()), out)


def load(data: Data, file: Path, only: str | None = None) -> Run:
    """The predictions of a file: saved by `--save`, or printed by `broadsheet extract --jsonl`."""
    try:
        lines = read(file)
        alone, together = ({p["id"]: p for p in lines if bool(p.get("by_site")) is mark} for mark in (False, True))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise Unusable(f"{file}: no file of predictions: {e!r}") from e
    predictions = {}
    for name in data.names(only):
        source = together if name == BY_SITE else alone
        mine = {row["id"]: source[row["id"]] for row in data.rows(name) if row["id"] in source}
        if mine:
            predictions[name] = mine
    if not predictions:
        raise Unusable(f"{file} holds no prediction for a page of these sets")
    return Run(predictions)
