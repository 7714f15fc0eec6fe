"""Other extractors on the same pages, each in an environment and a process of its own, without a network.

What a peer said is kept in build/peers/ by peer, lock and pages, so that only Broadsheet's rows are measured anew.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval_data import BY_SITE, NONE, ROOT, Data, Figures, Predictions, Unusable, by_id, page_lines, write
from eval_data import read as read_lines

HERE = Path(__file__).resolve().parent / "peers"
CHILD = HERE / "read_pages.py"
KEPT = ROOT / "build" / "peers"
PEERS = ("trafilatura", "newspaper4k", "news-please", "readability-lxml", "goose3")
FIGURES = (
    "F1", "P", "R", "clean98", "bad80", "head", "head~", "headany", "auth", "day", "instant", "has", "hasnt",
)  # fmt: skip


@dataclass(frozen=True)
class Peer:
    """One extractor and what it predicts; `crashes`: pages on which it raised, hung or ended its process."""

    name: str
    version: str
    predictions: Predictions

    def crashes(self, data: Data, name: str) -> int:
        return sum("crash" in self.predictions.get(row["id"], {}) for row in data.rows(name))


def compare(
    data: Data,
    ours: dict[str, Figures],
    *,
    names: Sequence[str] | None,
    only: str | None,
    fresh: bool,
    file: Path | None,
) -> None:
    """Prints one Markdown table, and writes it into `file` if one is named."""
    chosen = tuple(names or PEERS)
    subprocess.run(["bash", str(ROOT / "scripts/lib/setup_peers.sh"), *chosen], check=True)
    peers = [read(name, data, fresh) for name in chosen]
    text = table(data, ours, peers, only)
    print(text)
    for peer in peers:
        crashed = [(row_id, p["crash"]) for row_id, p in peer.predictions.items() if "crash" in p]
        print(
            f"\n{peer.name}: {len(crashed)} crash{'es' if len(crashed) != 1 else ''}"
            + "".join(f"\n  {i}: {why}" for i, why in crashed[:5])
        )
    if file:
        file.write_text(document(text), encoding="utf-8")


def read(name: str, data: Data, fresh: bool) -> Peer:
    """What a peer says of all pages."""
    lock = HERE / f"{name}.txt"
    python = ROOT / ".venv-peers" / name / "bin" / "python"
    stamp = hashlib.sha256(lock.read_bytes() + CHILD.read_bytes() + data.sha256.encode()).hexdigest()[:16]
    KEPT.mkdir(parents=True, exist_ok=True)
    out = KEPT / f"{name}-{stamp}.jsonl"
    if fresh:
        out.unlink(missing_ok=True)
    return Peer(name, version(name, lock), run(name, str(python), data, out))


def run(name: str, python: str, data: Data, out: Path) -> Predictions:
    """Starts the peer until every page has its line: one that takes the process down costs itself alone."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as index:
        write(page_lines(data, data.all_rows), index)
        while len(found := known(out)) < len(data.all_rows):
            done = subprocess.run([python, str(CHILD), name, index.name, str(out)], cwd=ROOT, check=False)
            if len(known(out)) == len(found):
                raise Unusable(f"{name} reads no page: exit code {done.returncode}")
    return found


def known(out: Path) -> Predictions:
    """The last line of each page is what counts."""
    if not out.exists():
        return {}
    return by_id(read_lines(out))


def version(name: str, lock: Path) -> str:
    found = re.search(rf"(?m)^{re.escape(name)}==([^\s;\\]+)", lock.read_text())
    assert found is not None, f"{lock} does not lock {name}"
    return found[1]


def table(data: Data, ours: dict[str, Figures], peers: Sequence[Peer], only: str | None) -> str:
    columns = ("set", "extractor", *FIGURES, "no text", "crashes")
    rows = [columns, ("---", "---", *("---:" for _ in columns[2:]))]
    for name in data.names(only):
        for peer in peers if name != BY_SITE else ():
            figures = data.table(peer.predictions, name)
            rows.append((name, f"{peer.name} {peer.version}", *cells(figures), str(peer.crashes(data, name))))
        if name in ours:
            rows.append((name, "**Broadsheet**", *cells(ours[name]), "0"))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def cells(figures: Figures) -> list[str]:
    shown = [f"{figures[name]:.3f}" if name in figures else "" for name in FIGURES]
    return [*shown, str(int(figures[NONE]))]


def document(text: str) -> str:
    return f"""# Figures of extraction

Made by these commands, which measure every row on the same pages with the scorer that lies beside them:

    scripts/train --cross-validate --save build/cv.jsonl
    scripts/eval --peers --from build/cv.jsonl --write docs/extraction-figures.md

Broadsheet's rows are cross-validated: five body models, and no page is judged by one that has seen its site.

Sets: `news`, pages of newsrooms in many countries; `sites`, several pages of one site each (`sites-by-site`: read
together, so that what recurs is known); `web`, mostly blogs and guides. All figures are means over pages, higher is
better unless said: `F1`, `P`, `R` of the words of the body; `clean98`, share of pages with F1 of .98 or more;
`bad80`, share under .80 (lower is better); `head`, headline equal, `head~`, equal but for case and punctuation,
`headany`, one of the headline's stored forms equal; `auth`, set of authors equal; `day` and `instant` of publication;
`has` and `hasnt`, share of snippets that must and must not be there (`hasnt`: lower is better). A page without a text
or a crash counts as a miss.

{text}

The others run as their manuals show, each in an environment of its own (`scripts/lib/peers/`), from the page's text
and URL, without a network. The tokenizers that some want for some languages are there, as far as the package index has
them. trafilatura runs without comments, which suits articles best. readability-lxml reads no date; news-please gives
times without a zone, which cannot be the same instant. A crash is an error, an end of the process, or a minute of CPU
for one page.

What the data is: 160 pages of newsrooms and 240 of blogs and guides, collected and checked by other projects. The
rules of Broadsheet were developed while looking at these pages, and only its model was not judged on pages it knew; so
on other pages the distance is smaller.
"""
