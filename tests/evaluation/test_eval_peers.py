"""`scripts/eval --peers`: each extractor in a process of its own, without a network, and no crash unseen."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation import pages

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "scripts" / "lib" / "peers"
CHILD = PEERS / "read_pages.py"
SITTER = """
import json, os, sys
name, index, out = sys.argv[1:]
known = {json.loads(line)["id"] for line in open(out)} if os.path.exists(out) else set()
for row in map(json.loads, open(index)):
    if row["id"] not in known:
        with open(out, "a") as file:
            file.write(json.dumps({"id": row["id"], "crash": "the process ended"}) + "\\n")
            file.flush()
            if row["id"] == "sites-3":
                os._exit(9)
            file.write(json.dumps({"id": row["id"], "headline": "H", "article_body": "T"}) + "\\n")
"""


def test_every_peer_is_locked_with_hashes_and_without_an_address(lib: Any) -> None:
    module = lib("eval_peers")
    assert sorted(p.stem for p in PEERS.glob("*.in")) == sorted(p.stem for p in PEERS.glob("*.txt"))
    assert sorted(module.PEERS) == sorted(p.stem for p in PEERS.glob("*.txt"))
    for name in module.PEERS:
        lock = (PEERS / f"{name}.txt").read_text()
        assert re.match(r"\d", module.version(name, PEERS / f"{name}.txt"))
        assert lock.count("--hash=") >= len(re.findall(r"(?m)^[\w.-]+==", lock)) > 0
        assert not re.search(r"(?i)https?://|index-url", re.sub(r"(?m)^\s*#.*$", "", lock))


def test_a_peer_reads_the_pages(data: Path, tmp_path: Path, lib: Any) -> None:
    """trafilatura is in this environment too."""
    module = lib("eval_data")
    found = lib("eval_peers").run("trafilatura", sys.executable, module.Data(data), tmp_path / "out.jsonl")
    assert set(found) == {p["id"] for p in pages.predictions()}
    for number, name in enumerate(pages.SETS, 1):
        assert found[f"{name}-{number}"]["article_body"].endswith(pages.paragraphs(number)[-1])
        assert found[f"{name}-{number}"]["headline"] == pages.headline(number)
    lines = (tmp_path / "out.jsonl").read_text()
    lib("eval_peers").run("trafilatura", sys.executable, module.Data(data), tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == lines, "what is known is not read again"


def test_a_peer_that_takes_its_process_down_costs_one_page(
    data: Path, tmp_path: Path, lib: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = lib("eval_peers")
    (tmp_path / "sitter.py").write_text(SITTER)
    monkeypatch.setattr(module, "CHILD", tmp_path / "sitter.py")
    of = lib("eval_data").Data(data)
    found = module.run("goose3", sys.executable, of, tmp_path / "out.jsonl")
    assert len(found) == 5
    assert [name for name, p in found.items() if "crash" in p] == ["sites-3"]
    peer = module.Peer("goose3", "1.0", found)
    assert [peer.crashes(of, name) for name in ("news", "sites", "web")] == [0, 1, 0]
    table = module.table(of, {"sites": {"n": 2, "F1": 0.5, "none": 1}}, [peer], None)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert [row[:2] for row in rows[2:]] == [
        ["news", "goose3 1.0"], ["sites", "goose3 1.0"], ["sites", "**Broadsheet**"], ["web", "goose3 1.0"],
    ]  # fmt: skip
    assert [row[-2:] for row in rows[2:]] == [["0", "0"], ["1", "1"], ["1", "0"], ["0", "0"]]
    assert {len(row) for row in rows} == {17}
    (tmp_path / "sitter.py").write_text("raise SystemExit(3)")
    with pytest.raises(lib("eval_data").Unusable, match="goose3 reads no page: exit code 3"):
        module.run("goose3", sys.executable, of, tmp_path / "other.jsonl")


TRIES = """
import importlib.util, json, signal, socket, sys, time, urllib.request
spec = importlib.util.spec_from_file_location("read_pages", sys.argv[1])
child = importlib.util.module_from_spec(spec)
spec.loader.exec_module(child)
child.block_network()
said = []
def connect(family, address):
    with socket.socket(family) as one:
        one.connect(address)
for work in (
    lambda: urllib.request.urlopen("http://127.0.0.1:9/", timeout=1),
    lambda: socket.create_connection(("127.0.0.1", 9), 1),
    lambda: connect(socket.AF_INET, ("127.0.0.1", 9)),
    lambda: socket.getaddrinfo("localhost", 80),
):
    try:
        work()
        said.append("done")
    except OSError as error:
        said.append(str(getattr(error, "reason", error)))
signal.signal(signal.SIGPROF, child.ring)
child.DEADLINE_S = 0.1
def hang(html, url):
    while True:
        try:
            sum(range(1000))
        except Exception:
            pass
def fail(html, url):
    raise ValueError("no such page")
row = {"page": sys.argv[2], "url": ""}
print(json.dumps([said, child.read_page(fail, row), child.read_page(hang, row)]))
"""


def test_a_peer_has_no_network_and_a_deadline(data: Path) -> None:
    command = [sys.executable, "-c", TRIES, str(CHILD), str(data / "pages" / "1.html.gz")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    said, failed, hung = json.loads(done.stdout)
    assert said == ["no network here"] * 4
    assert failed == {"crash": "ValueError: no such page"}
    assert hung == {"crash": "TookTooLong: took more than 0.1 s of CPU"}


def test_what_a_peer_says_is_kept_as_it_is(lib: Any) -> None:
    from datetime import UTC, datetime
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("read_pages", CHILD)
    assert spec is not None and spec.loader is not None
    child = module_from_spec(spec)
    spec.loader.exec_module(child)
    date = child.date_text
    assert date(datetime(2026, 3, 1, 9, tzinfo=UTC)) == "2026-03-01T09:00:00+00:00"
    assert date("2026-03-01T09:00:00+0530") == "2026-03-01T09:00:00+05:30"
    assert date(["2026-03-01", "2026-03-02"]) == date("2026-03-01") == "2026-03-01"
    assert date(None) is date([]) is date("") is None
    assert child.prediction("", None, None, " a  b \n\n c ") == {
        "headline": None, "authors": [], "date_published": None, "article_body": "a b\nc",
    }  # fmt: skip
