"""Five pages of our own with their truth, a scorer of our own, and predictions: what `scripts/eval` works on."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

SCORER = '''
"""F1 of words, and whether the headline is equal."""
import json, statistics, sys
from collections import Counter
from pathlib import Path

def score(row, prediction):
    truth = row["body"] if row.get("paragraphs") is None else " ".join(row["paragraphs"])
    a, b = (Counter(text.lower().split()) for text in (prediction.get("article_body") or "", truth))
    hit = sum((a & b).values())
    p, r = (hit / sum(c.values()) if c else 0.0 for c in (a, b))
    f1 = 2 * p * r / (p + r) if hit else 0.0
    figures = {"F1": f1, "P": p, "R": r, "clean98": float(f1 >= 0.98), "bad80": float(f1 < 0.8)}
    return figures | {"head": float(prediction.get("headline") == row["headline"])}

if __name__ == "__main__":
    file, json_flag, set_flag, name = sys.argv[1:]
    assert (json_flag, set_flag) == ("--json", "--set")
    found = {p["id"]: p for p in map(json.loads, open(file, encoding="utf-8"))}
    gold = map(json.loads, (Path(__file__).parent / "gold.jsonl").open(encoding="utf-8"))
    scored = [score(row, found.get(row["id"], {})) for row in gold if row["set"] == name]
    print(json.dumps({name: {"n": len(scored)} | {f: statistics.mean(s[f] for s in scored) for f in scored[0]}}))
'''
SENTENCES = [
    "The council of page {0} met on Tuesday evening in the old hall beside the market and talked for two hours.",
    "In the end it agreed to mend bridge number {0}, which has been closed to lorries since the flood of last year.",
    "The work is to begin in spring and to last for eighteen months, and the ferry will run every day until then.",
    "Nobody in the hall asked what page {0} of the budget says about the quay, although it had been printed twice.",
]
SETS = ("news", "news", "sites", "sites", "web")


def headline(number: int) -> str:
    return f"Bridge number {number} is to be mended at last"


def paragraphs(number: int) -> list[str]:
    return [sentence.format(number) for sentence in SENTENCES]


def page(number: int) -> bytes:
    text = "".join(f"<p>{p}</p>" for p in paragraphs(number))
    promo = '<li><a href="/other">A harbour for the islands</a></li>'
    return (
        f'<!doctype html><html lang="en"><head><title>{headline(number)}</title></head><body><article>'
        f"<h1>{headline(number)}</h1>{text}</article><ul>{promo}</ul></body></html>"
    ).encode()


def make(folder: Path) -> Path:
    """A data folder with two pages of news, two of a site, one of the web, the last not gzipped."""
    (folder / "pages").mkdir(parents=True)
    (folder / "score.py").write_text(SCORER)
    rows = []
    for number, name in enumerate(SETS, 1):
        gzipped = number < len(SETS)
        file = f"pages/{number}.html{'.gz' if gzipped else ''}"
        (folder / file).write_bytes(gzip.compress(page(number)) if gzipped else page(number))
        row: dict[str, Any] = {
            "id": f"{name}-{number}",
            "set": name,
            "url": f"https://news.example/story/{number}",
        }
        row |= {"page": file, "headline": headline(number), "authors": ["Ana Ruiz"]}
        web = {"body": "\n".join(paragraphs(number))}
        rows.append(row | (web if name == "web" else {"paragraphs": paragraphs(number), "optional": [False] * 4}))
    (folder / "gold.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def predictions() -> list[dict[str, Any]]:
    """All of it right."""
    return [
        {"id": f"{name}-{n}", "headline": headline(n), "article_body": "\n".join(paragraphs(n))}
        for n, name in enumerate(SETS, 1)
    ]


def write(file: Path, lines: list[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file
