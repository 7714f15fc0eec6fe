"""Training: labels from truth, folds by site, and a whole run with a small learner of our own in LightGBM's place."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archive.extract.features import NAMES
from archive.extract.forest import Forest
from tests.conftest import environment
from tests.evaluation.conftest import LIB

# One split: the feature and threshold that part text from the rest best.
LEARNER = """
import json, sys
from pathlib import Path
import numpy as np
data = np.load(sys.argv[1])

def stump(rows):
    x, y, w = data["x"][rows], data["y"][rows], data["weight"][rows]
    best = (1e9, 0, 0.0, False)
    for feature in range(x.shape[1]):
        for threshold in np.unique(x[:, feature])[:-1]:
            right = x[:, feature] > threshold
            for turned in (False, True):
                wrong = w[(right ^ turned) != (y > 0.5)].sum()
                if wrong < best[0]:
                    best = (wrong, feature, float(threshold), turned)
    _, feature, threshold, turned = best
    low, high = ({"leaf_value": 4.0}, {"leaf_value": -4.0}) if turned else ({"leaf_value": -4.0}, {"leaf_value": 4.0})
    return {"split_feature": feature, "threshold": threshold, "left_child": low, "right_child": high}

folds = range(int(sys.argv[3])) if len(sys.argv) > 3 else ()
for name, rows in {f"fold-{n}": data["fold"] != n for n in folds}.items() or [("all", data["fold"] >= 0)]:
    trained = {"about": {"learner": "one split"}, "trees": [stump(rows)]}
    (Path(sys.argv[2]) / f"{name}.json").write_text(json.dumps(trained))
"""


@pytest.fixture
def learner(tmp_path: Path) -> Path:
    """A program that stands for the Python of .venv-train: it is called with the script and its words."""
    script = tmp_path / "learner.py"
    script.write_text(LEARNER)
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} {script} "$@"\n')
    program.chmod(0o755)
    return program


def train(learner: Path, data: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        str(LIB / "train.py"),
        "--learner",
        str(learner),
        "--data",
        str(data),
        *map(str, words),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, env=environment(), check=False)


def test_a_model_is_trained_and_can_be_used(learner: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.json"
    done = train(learner, data, "--out", out)
    assert done.returncode == 0, done.stderr
    model = json.loads(out.read_text())
    assert model["about"]["pages"] == 5 and model["about"]["learner"] == "one split"
    assert model["features"] == list(NAMES) and len(model["trees"]) == 1
    assert Forest(model).p(np.zeros((1, len(NAMES)), np.float32)).shape == (1,)


@pytest.mark.slow
def test_cross_validation_ends_with_the_table_of_the_gate(learner: Path, data: Path, tmp_path: Path) -> None:
    predictions = tmp_path / "cv.jsonl"
    done = train(learner, data, "--cross-validate", "--folds", "2", "--save", predictions)
    assert "sites-by-site" in done.stdout, done.stdout + done.stderr
    lines = [json.loads(line) for line in predictions.read_text().splitlines()]
    assert sorted(line["id"] for line in lines if not line.get("by_site")) == [
        "news-1", "news-2", "sites-3", "sites-4", "web-5",
    ]  # fmt: skip
    assert {line["id"] for line in lines if line.get("by_site")} == {"sites-3", "sites-4"}


def test_without_the_pages_it_says_so(learner: Path, tmp_path: Path) -> None:
    done = train(learner, tmp_path)
    assert done.returncode == 2 and "name the folder with --data" in done.stderr


def words(text: str) -> list[str]:
    return text.lower().split()


def test_lines_of_the_truth_are_labelled(lib: Any) -> None:
    sentences = ("the ferry sails again in the winter after a long repair", "not yet",
                 "the quay waits for its crane since march")  # fmt: skip
    truth = {"body": "\n".join(sentences)}
    page = [
        "home", "the ferry sails again in the winter after a long repair", "not yet", "share this page now",
        "the quay waits for its crane since march", *["other words about nothing at all"] * 12, "not yet",
    ]  # fmt: skip
    body, optional = lib("labels").label_page(truth, [words(line) for line in page])
    assert body.tolist() == [False, True, True, False, True, *[False] * 12, False]
    assert not optional.any()


def test_what_the_truth_leaves_open_weighs_little(lib: Any) -> None:
    labels = lib("labels")
    truth = {"paragraphs": ["the standfirst of the page says it in short words", "the ferry sails again in the winter"],
             "optional": [True, False]}  # fmt: skip
    page = ["the standfirst of the page says it in short words", "the ferry sails again in the winter", "menu"]
    body, optional = labels.label_page(truth, [words(line) for line in page])
    assert body.tolist() == [True, True, False] and optional.tolist() == [True, False, False]
    weight = labels.weights(np.array([10, 7, 1]), body, optional, news=True)
    assert weight[0] < weight[1] / 5


def test_pages_of_one_publisher_stay_together(lib: Any) -> None:
    entries = [
        {"url": f"https://{host}/a", "site": site}
        for host, site in (("www.a.example", "A"), ("m.a.example", "B"), ("b.example", "B"), ("c.example", "C"))
    ]
    folds = lib("train").folds(entries, 1000)
    assert folds[0] == folds[1] == folds[2] != folds[3]
