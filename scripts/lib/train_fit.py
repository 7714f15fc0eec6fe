"""Runs in .venv-train: numbers and labels in, boosted trees out. Needs LightGBM and numpy, nothing of Broadsheet.

    python train_fit.py DATASET.npz OUT_FOLDER [FOLDS]

Writes OUT_FOLDER/all.json, trained on every page; with FOLDS fold-0.json ... instead, each without its fold's pages.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import lightgbm as lgb
import numpy as np

ROUNDS = 300
OPTIONS = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.06,
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


def job(task: tuple[str, str, int | None, Path]) -> None:
    """One model: trained on all pages but those of a fold, or on all."""
    source, name, left_out, out = task
    data = dict(np.load(source))
    rows = np.ones(len(data["y"]), bool) if left_out is None else data["fold"] != left_out
    about = {"learner": f"lightgbm {lgb.__version__}", "rounds": ROUNDS, "options": OPTIONS}
    (out / f"{name}.json").write_text(json.dumps({"about": about, "trees": fit(data, rows)}))
    print(f"{name}: trained on {rows.sum()} lines", file=sys.stderr, flush=True)


def main() -> None:
    source, out = sys.argv[1], Path(sys.argv[2])
    folds = range(int(sys.argv[3])) if len(sys.argv) > 3 else ()
    tasks = [(source, f"fold-{n}", n, out) for n in folds] or [(source, "all", None, out)]
    with ProcessPoolExecutor(max_workers=min(len(tasks), os.cpu_count() or 1)) as pool:
        list(pool.map(job, tasks))


if __name__ == "__main__":
    main()
