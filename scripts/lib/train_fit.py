"""Runs in .venv-train: numbers and labels in, boosted trees out. Needs LightGBM and numpy, nothing of Broadsheet.

    python train_fit.py DATASET.npz OUT_FOLDER [FOLDS]

Writes OUT_FOLDER/all.json, trained on every page; with FOLDS fold-0.json ... instead, each without its fold's pages.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np

ROUNDS = 200
OPTIONS = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.08,
    "min_data_in_leaf": 40,
    "min_sum_hessian_in_leaf": 0.02,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "seed": 1,
    "num_threads": 1,  # with this and the next two the same pages give the same file on every machine
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


def fit(data: dict[str, np.ndarray], rows: np.ndarray) -> list[dict[str, object]]:
    """The trees of a model trained on these rows, as LightGBM describes them."""
    weight = data["weight"][rows]
    train = lgb.Dataset(data["x"][rows], data["y"][rows], weight=weight * len(weight) / weight.sum())
    return [tree["tree_structure"] for tree in lgb.train(OPTIONS, train, ROUNDS).dump_model()["tree_info"]]


def main() -> None:
    data = dict(np.load(sys.argv[1]))
    out = Path(sys.argv[2])
    about = {"learner": f"lightgbm {lgb.__version__}", "rounds": ROUNDS, "options": OPTIONS}
    if len(sys.argv) > 3:
        jobs = {f"fold-{n}": data["fold"] != n for n in range(int(sys.argv[3]))}
    else:
        jobs = {"all": np.ones(len(data["y"]), bool)}
    for name, rows in jobs.items():
        (out / f"{name}.json").write_text(json.dumps({"about": about, "trees": fit(data, rows)}))
        print(f"{name}: trained on {rows.sum()} lines", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
