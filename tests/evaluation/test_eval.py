"""`scripts/eval`: figures beside floors, and that no figure falls unseen."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import environment
from tests.evaluation import pages

ROOT = Path(__file__).resolve().parents[2]
Evaluate = Callable[..., tuple[int, str]]


@pytest.fixture
def floors(tmp_path: Path) -> Path:
    return tmp_path / "floors.toml"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return pages.write(tmp_path / "good.jsonl", pages.predictions())


def changed(file: Path, page: str, **fields: Any) -> Path:
    """The right predictions, one page changed."""
    lines = [line | (fields if line["id"] == page else {}) for line in pages.predictions()]
    return pages.write(file, lines)


def read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text())


@pytest.mark.slow
def test_the_script_measures_this_checkout(data: Path, floors: Path) -> None:
    """Extraction itself, as a person runs it: to write floors, and against floors that it does not reach."""
    words = [str(ROOT / "scripts" / "eval"), "--data", str(data), "--floors", str(floors)]

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*words, *more], capture_output=True, text=True, cwd=data, env=environment(), timeout=100, check=False
        )

    raised = run("--raise")
    assert raised.returncode == 0, raised.stderr
    held = read(floors)
    assert {"news", "sites", "web"} <= set(held)
    assert (held["news"]["F1"], held["news"]["none"], held["news"]["n"]) == (1.0, 0, 2)
    recipe = re.search(r"(?m)^recipe ([0-9a-f]{64})$", raised.stdout)
    assert recipe is not None and held["recipe"] == recipe[1]
    floors.write_text(floors.read_text().replace("bad80 = 0.0", "bad80 = -0.5", 1))
    fell = run("--set", "news")
    assert fell.returncode == 1
    assert "FELL news.bad80 rose from -0.50000 to 0.00000\n" in fell.stdout
    assert "sites" not in fell.stdout


def test_floors_hold_and_one_page_that_falls_shows(
    evaluate: Evaluate, good: Path, tmp_path: Path, lib: Any
) -> None:
    with pytest.raises(lib("eval_data").Unusable, match="there are no floors yet"):
        evaluate("--from", good)
    assert evaluate("--from", good, "--raise")[0] == 0
    code, out = evaluate("--from", good)
    assert code == 0
    assert out.endswith("extraction gate: 21 of 21 figures hold their floor\n")
    assert "0 of 5 pages without a text" in out
    assert re.search(r"(?m)^news +2  1.0000 .*\n  floor +1.0000 ", out)
    a_word_less = "\n".join(pages.paragraphs(2)).rsplit(" ", 1)[0]
    code, out = evaluate("--from", changed(tmp_path / "p", "news-2", article_body=a_word_less))
    assert code == 1
    fell = [line for line in out.splitlines() if line.startswith("FELL")]
    assert [re.sub(r"0\.99\d+", "x", line) for line in fell] == [
        "FELL news.F1 fell from 1.00000 to x", "FELL news.R fell from 1.00000 to x",
    ]  # fmt: skip


def test_a_page_without_a_text_is_counted(evaluate: Evaluate, good: Path, tmp_path: Path) -> None:
    evaluate("--from", good, "--raise")
    code, out = evaluate("--from", changed(tmp_path / "p", "web-5", article_body=""))
    assert code == 1
    assert "1 of 5 pages without a text: web-5\n" in out
    assert "FELL web.none rose from 0 to 1\n" in out
    missing = pages.write(tmp_path / "q", [p for p in pages.predictions() if p["id"] != "news-1"])
    assert "FELL news.none rose from 0 to 1\n" in evaluate("--from", missing)[1]


def test_no_floor_is_lowered_silently(
    evaluate: Evaluate, good: Path, floors: Path, tmp_path: Path, lib: Any
) -> None:
    unusable = lib("eval_data").Unusable
    evaluate("--from", good, "--raise")
    before = floors.read_text()
    worse = changed(tmp_path / "p", "web-5", headline="Another")
    with pytest.raises(unusable, match=r"(?s)lowered silently.*web\.head fell from 1\.00000 to 0\.00000"):
        evaluate("--from", worse, "--raise")
    with pytest.raises(unusable, match="needs a reason"):
        evaluate("--from", worse, "--raise", "--lower", "web.head")
    for wrong in ("web.F1", "nothing", "web.nothing"):
        with pytest.raises(unusable, match="has not fallen"):
            evaluate("--from", worse, "--raise", "--lower", wrong, "--why", "x")
    with pytest.raises(SystemExit):
        evaluate("--from", worse, "--lower", "web.head", "--why", "x")
    assert floors.read_text() == before
    code, out = evaluate("--from", worse, "--raise", "--lower", "web.head", "--why", "its h1 is a slogan")
    assert (code, "written down with its reason" in out) == (0, True)
    assert read(floors)["web"]["head"] == 0.0
    today = datetime.now(UTC).date()
    (entry,) = read(floors)["lowered"]
    assert abs((today - entry.pop("date")).days) <= 1
    assert entry == {"figure": "web.head", "from": 1.0, "to": 0.0, "why": "its h1 is a slogan"}
    assert evaluate("--from", worse)[0] == 0
    assert "web.head: 0.00000 -> 1.00000" in evaluate("--from", good, "--raise")[1]
    assert len(read(floors)["lowered"]) == 1


def test_only_what_is_better_is_raised(evaluate: Evaluate, good: Path, floors: Path, tmp_path: Path) -> None:
    evaluate("--from", changed(tmp_path / "p", "news-1", article_body="", headline=None), "--raise")
    assert (read(floors)["news"]["none"], read(floors)["news"]["head"]) == (1, 0.5)
    out = evaluate("--from", good, "--raise")[1].partition("floors.toml:")[2]
    assert "news.none: 1 -> 0" in out and "web" not in out
    assert "nothing is better" in evaluate("--from", good, "--raise")[1]
    text = floors.read_text()
    evaluate("--from", good, "--raise")
    assert floors.read_text() == text


def test_a_third_is_no_fall(lib: Any) -> None:
    """Floors are rounded in favour of the figure, whichever side is better."""
    module = lib("eval_floors")
    for figure in ("F1", "bad80"):
        for value in (1 / 3, 2 / 3, 0.1, 0.0, 1.0, 29 / 130):
            floor = module.rounded(figure, value)
            assert abs(floor - value) < 1.1e-5
            assert not module.worse(figure, value, floor)
            assert not module.better(figure, value, floor)
            step = -2e-5 if figure == "F1" else 2e-5
            assert module.worse(figure, value + step, floor)
            assert module.better(figure, value - step, floor)


def test_floors_of_other_pages_are_not_compared(
    evaluate: Evaluate, good: Path, data: Path, floors: Path, lib: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    unusable = lib("eval_data").Unusable
    evaluate("--from", good, "--raise")
    rows = (data / "gold.jsonl").read_text()
    (data / "gold.jsonl").write_text(rows.replace("Ana Ruiz", "Bo Lind"))
    with pytest.raises(unusable, match=r"another gold\.jsonl"):
        evaluate("--from", good)
    capsys.readouterr()
    code, out = evaluate("--from", good, "--gate")
    assert (code, out) == (0, "extraction gate: left out: the floors are those of another gold.jsonl\n")
    with pytest.raises(unusable, match="--why"):
        evaluate("--from", good, "--raise")
    assert evaluate("--from", good, "--raise", "--why", "names corrected")[0] == 0
    assert [entry["why"] for entry in read(floors)["lowered"]] == ["names corrected"]
    assert evaluate("--from", good)[0] == 0


def test_the_gate_says_that_it_was_left_out(lib: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = lib("eval")
    assert module.main(["--gate", "--data", str(tmp_path / "none")]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"extraction gate: left out: {tmp_path / 'none' / 'gold.jsonl'} is not there")
    command = [sys.executable, str(ROOT / "scripts/lib/eval.py"), "--data", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("content", ["no json", "[1]", '{"headline": 1}', '{"id": "elsewhere"}'])
def test_a_file_that_holds_no_predictions(content: str, evaluate: Evaluate, tmp_path: Path, lib: Any) -> None:
    (tmp_path / "p").write_text(content + "\n")
    with pytest.raises(lib("eval_data").Unusable, match="prediction"):
        evaluate("--from", tmp_path / "p")


def test_the_worst_pages_come_first(evaluate: Evaluate, good: Path, tmp_path: Path) -> None:
    evaluate("--from", good, "--raise")
    half = "\n".join(pages.paragraphs(4)[:2])
    _, out = evaluate("--from", changed(tmp_path / "p", "sites-4", article_body=half), "--worst", "2")
    worst = [line for line in out.splitlines() if "https://" in line]
    assert len(worst) == 2
    assert re.match(r"0\.6\d\d P 1\.00 R 0\.5\d sites sites-4 https://news\.example/story/4 head 1\.00$", worst[0])


def test_pages_read_together_are_a_set_of_their_own(
    evaluate: Evaluate, data: Path, tmp_path: Path, lib: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`broadsheet extract` stands here for one that can or cannot do it."""
    asked: list[tuple[str, ...]] = []
    can = True

    def broadsheet(*words: str) -> str:
        asked.append(words)
        if "--help" in words:
            return "--by-site  Learn furniture" if can else "--jsonl"
        ids = [json.loads(line)["id"] for line in Path(words[2]).read_text().splitlines()]
        text = "read together" if "--by-site" in words else "read alone"
        return "".join(json.dumps({"id": name, "article_body": text}) + "\n" for name in ids)

    module = lib("eval_data")
    monkeypatch.setattr(module, "broadsheet", broadsheet)
    module.reads_by_site.cache_clear()
    saved = tmp_path / "saved.jsonl"
    evaluate("--raise", "--save", saved)
    kept = module.load(module.Data(data), saved).predictions
    assert set(kept) == {"news", "sites", "sites-by-site", "web"}
    assert {p["article_body"] for p in kept["sites-by-site"].values()} == {"read together"}
    assert {p["article_body"] for p in kept["sites"].values()} == {"read alone"}
    assert {p["id"]: p["article_body"] for p in map(json.loads, saved.open())}["sites-3"] == "read alone"
    assert len([words for words in asked if "--by-site" in words]) == 1
    can = False
    module.reads_by_site.cache_clear()
    code, out = evaluate()
    assert code == 0
    assert "sites-by-site is left out: `broadsheet extract` has no --by-site" in out
    module.reads_by_site.cache_clear()


def test_cpu_of_both_sides(evaluate: Evaluate) -> None:
    code, out = evaluate("--cpu", "--turns", "2", "--set", "web")
    assert code == 0
    assert re.search(r"(?m)^web +1 +\d+\.\d +\d+\.\d +\d+\.\d{3}   \d+\.\d{3} \d+\.\d{3}$", out)


def test_cross_validation_is_the_trainers(
    evaluate: Evaluate, data: Path, tmp_path: Path, lib: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lib("eval"), "ROOT", tmp_path)
    trainer = tmp_path / "scripts" / "train"
    trainer.parent.mkdir(parents=True)
    trainer.write_text('#!/bin/sh\necho "$*" > said\nexit 7\n')
    trainer.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    assert evaluate("--cross-validate")[0] == 7
    assert (tmp_path / "said").read_text() == f"--cross-validate --data {data}\n"


def test_every_documented_command_is_understood(lib: Any) -> None:
    module = lib("eval")
    documents = [module.__doc__, *(p.read_text() for p in (ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")))]
    found = [line for text in documents for line in re.findall(r"(?m)^ +scripts/eval\b(.*)$", text)]
    assert len(found) >= 12
    for line in found:
        module.arguments(shlex.split(line, comments=True))


def test_the_closing_line_counts_the_gate(tmp_path: Path, lib: Any) -> None:
    line = lib("closing_line").closing_line
    report = tmp_path / "report.xml"
    assert line(report, 0) is None
    report.write_text("")
    assert line(report, 0) is None
    report.write_text(
        '<testsuites><testsuite tests="9" failures="2" errors="1" skipped="1" time="1.0"/></testsuites>'
    )
    assert line(report, 0) == "5 passed, 3 failed, 1 skipped"
    assert line(report, 1) == "5 passed, 4 failed, 1 skipped"
