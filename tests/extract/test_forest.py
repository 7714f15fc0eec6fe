"""Trees evaluated all at once give what walking each of them gives."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pytest

from archive.extract import choice
from archive.extract.features import NAMES
from archive.extract.forest import MAX_LEAVES, Forest, dump

Node = dict[str, Any]


def grown(chance: random.Random, leaves: int) -> Node:
    """A random tree with that many leaves, as LightGBM describes one."""
    if leaves == 1:
        return {"leaf_value": chance.uniform(-1, 1)}
    left = chance.randint(1, leaves - 1)
    return {
        "split_feature": chance.randrange(len(NAMES)),
        "threshold": chance.choice([0.0, 1.0, 2.5, chance.uniform(-3, 3)]),
        "left_child": grown(chance, left),
        "right_child": grown(chance, leaves - left),
    }


def walked(node: Node, row: Any) -> float:
    while "leaf_value" not in node:
        side = "left_child" if row[node["split_feature"]] <= np.float32(node["threshold"]) else "right_child"
        node = node[side]
    return float(round(node["leaf_value"], 5))


@pytest.mark.parametrize("seed", range(8))
def test_all_at_once_is_one_by_one(seed: int) -> None:
    chance = random.Random(seed)
    trees = [grown(chance, chance.randint(1, MAX_LEAVES)) for _ in range(20)]
    rows = np.random.default_rng(seed).choice([-1.0, 0.0, 1.0, 2.5, 0.3], size=(60, len(NAMES))).astype(np.float32)
    forest = Forest(json.loads(json.dumps(dump(trees, {}))))
    expected = [1 / (1 + np.exp(-sum(walked(tree, row) for tree in trees))) for row in rows]
    assert np.abs(forest.p(rows) - expected).max() < 1e-4
    assert forest.p(rows[:0]).shape == (0,)


def test_a_model_of_other_features_is_refused() -> None:
    other = dump([{"leaf_value": 0.5}], {}) | {"features_sha256": "0" * 64}
    with pytest.raises(ValueError, match="train it again"):
        Forest(other)


@pytest.mark.parametrize("tree", [grown(random.Random(1), MAX_LEAVES + 1), {"split_feature": len(NAMES), "threshold": 0,
                                  "left_child": {"leaf_value": 0}, "right_child": {"leaf_value": 0}}])  # fmt: skip
def test_a_tree_that_cannot_be_is_refused(tree: Node) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        Forest(dump([tree], {}))


def test_the_shipped_model_is_for_these_features() -> None:
    p = choice.shipped().p(np.zeros((3, len(NAMES)), np.float32))
    assert p.shape == (3,) and 0 <= p.min() <= p.max() <= 1
