"""Trains the body model, or judges how good one trained on other sites is.

    scripts/train                      # all labelled pages -> archive/extract/body-model.json
    scripts/train --cross-validate     # five models, each judged by the sites it has not seen

The pages lie outside the repository (--data; default ../shared/data/extraction beside the checkout): gold.jsonl and
extra.jsonl with a page, its URL, its set and the true text a line. Only numbers come from them into the model.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from eval_data import page_bytes
from labels import label_page, weights

from archive.extract import choice, forest
from archive.extract.assemble import Run

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "extraction"
MODEL = ROOT / "archive" / "extract" / choice.MODEL
FILES = ("gold.jsonl", "extra.jsonl")
NEWS_SETS = ("news", "sites")
NOW = datetime(2026, 7, 1, tzinfo=UTC)  # no page is younger; dates play no part in the body


def entries(data: Path) -> Iterator[dict[str, Any]]:
    for name in FILES:
        if not (data / name).is_file():
            continue
        for line in (data / name).read_text(encoding="utf-8").split("\n"):
            if line:
                yield json.loads(line)


def numbers(task: tuple[Path, dict[str, Any]]) -> tuple[np.ndarray, ...] | None:
    """One page -> its rows, labels and weights."""
    data, entry = task
    html = page_bytes(data / entry["page"])
    table = Run(entry["url"] or "", NOW, True).table(html)
    if table is None or not len(table.rows):
        return None
    body, optional = label_page(entry, [k.split(" ") for k in table.keys])
    return table.rows, body, weights(table.words, body, optional, news=entry["set"] in NEWS_SETS)


def publisher(entry: dict[str, Any]) -> str:
    """The registered host, roughly: what must not part between folds."""
    labels = (urlsplit(entry["url"] or "").hostname or site_of(entry)).lower().split(".")
    keep = 3 if len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2 else 2
    return ".".join(labels[-keep:])


def site_of(entry: dict[str, Any]) -> str:
    """The name of the site as the data has it, without its country."""
    return str(entry.get("site") or "").rsplit("/", 1)[-1].lower()


def folds(found: list[dict[str, Any]], number: int) -> np.ndarray:
    """Fold of each page. Pages with the same registered host or the same name of a site never part."""
    parent: dict[str, str] = {}

    def root(x: str) -> str:
        while parent.setdefault(x, x) != x:
            x = parent[x]
        return x

    hosts = [f"host {publisher(entry)}" for entry in found]
    for host, entry in zip(hosts, found, strict=True):
        parent[root(host)] = root(f"site {site_of(entry) or host}")
    digests = (hashlib.sha256(root(host).encode()).hexdigest() for host in hosts)
    return np.array([int(digest, 16) % number for digest in digests])


def dataset(data: Path, found: list[dict[str, Any]], fold: np.ndarray, out: Path) -> None:
    with ProcessPoolExecutor() as pool:
        pages = list(pool.map(numbers, [(data, entry) for entry in found], chunksize=8))
    there = [(page, f) for page, f in zip(pages, fold, strict=True) if page is not None]
    np.savez(
        out,
        x=np.concatenate([page[0] for page, _ in there]),
        y=np.concatenate([page[1] for page, _ in there]).astype(np.float64),
        weight=np.concatenate([page[2] for page, _ in there]),
        fold=np.concatenate([np.full(len(page[1]), f) for page, f in there]),
    )


def learn(learner: str, data: Path, folder: Path, number: int | None) -> None:
    script = Path(__file__).with_name("train_fit.py")
    command = [learner, str(script), str(data), str(folder), *([str(number)] if number else [])]
    subprocess.run(command, check=True)


def write_model(source: Path, target: Path, about: dict[str, Any]) -> None:
    trained = json.loads(source.read_text(encoding="utf-8"))
    definition = forest.dump(trained["trees"], {"about": {**about, **trained["about"]}})
    forest.Forest(definition)  # says at once if it cannot be read
    trees = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in definition.pop("trees"))
    head = json.dumps(definition, indent=1)
    target.write_text(f'{head[:-2]},\n "trees": [\n{trees}\n]}}\n', encoding="utf-8")


def cross_validate(a: argparse.Namespace, found: list[dict[str, Any]], fold: np.ndarray, folder: Path) -> int:
    """Predictions of every scored page by the model that has not seen its site, through the whole extraction, in the
    form of `scripts/eval --save`; then the table of `scripts/eval --from`."""
    learn(a.learner, folder / "data.npz", folder, a.folds)
    pages = [(entry, int(n)) for entry, n in zip(found, fold, strict=True) if entry["set"] != "extra"]
    predictions = []
    for n in range(a.folds):
        write_model(folder / f"fold-{n}.json", folder / f"model-{n}.json", {"fold": n})
        mine = [entry for entry, at in pages if at == n]
        sites = [entry for entry in mine if entry["set"] == "sites"]
        predictions += [{**p, "by_site": True} for p in extract(a.data, sites, folder, n, "--by-site")]
        predictions += extract(a.data, mine, folder, n)
    predictions.sort(key=lambda p: not p.get("by_site"))  # whoever reads by id takes those of single pages
    out = a.save or folder / "predictions.jsonl"
    out.write_text("".join(json.dumps(p, ensure_ascii=False) + "\n" for p in predictions), encoding="utf-8")
    command = [sys.executable, str(Path(__file__).with_name("eval.py")), "--data", str(a.data), "--from", str(out)]
    return subprocess.run(command, check=False).returncode


def extract(data: Path, pages: list[dict[str, Any]], folder: Path, n: int, *words: str) -> list[dict[str, Any]]:
    """What the command line makes of these pages with the model of a fold."""
    if not pages:
        return []
    index = folder / "index.jsonl"
    lines = ({"id": e["id"], "url": e["url"] or "", "page": str((data / e["page"]).resolve())} for e in pages)
    index.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    command = [sys.executable, "-m", "crawler", "extract", "--jsonl", str(index), *words]
    command += ["--model", str(folder / f"model-{n}.json")]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the labelled pages")
    parser.add_argument("--out", type=Path, default=MODEL, help="where the model is written")
    parser.add_argument("--cross-validate", action="store_true", help="judge instead of writing a model")
    parser.add_argument("--folds", type=int, default=5, metavar="N")
    parser.add_argument("--save", type=Path, metavar="FILE", help="with --cross-validate: keep the predictions")
    parser.add_argument("--learner", required=True, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if not (a.data / FILES[0]).is_file():
        print(f"train: no {FILES[0]} in {a.data}; name the folder with --data", file=sys.stderr)
        return 2
    found = list(entries(a.data))
    fold = folds(found, a.folds)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dataset(a.data, found, fold, folder / "data.npz")
        if a.cross_validate:
            cross_validate(a, found, fold, folder)
        else:
            learn(a.learner, folder / "data.npz", folder, None)
            write_model(folder / "all.json", a.out, {"trained": "scripts/train", "pages": len(found)})
            print(
                f"{a.out}: {a.out.stat().st_size} bytes; its figures: scripts/train --cross-validate",
                file=sys.stderr,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
