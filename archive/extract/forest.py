"""Boosted trees of a JSON file, evaluated for all lines of a page at once.

Trees are evaluated by exclusion (Lucchese et al., QuickScorer, SIGIR 2015): every condition that does not hold rules
out the leaves on its left; the leftmost leaf that is left is the tree's answer. Leaf values are whole numbers, so
their sum is the same on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from archive.extract.features import NAMES, NAMES_SHA256, Numbers

MAX_LEAVES = 16
UNIT = 1e-5  # of the values of leaves
_LOWEST = np.zeros(65536, np.uint8)  # index of the lowest bit that is set
for _bit in range(MAX_LEAVES - 1, -1, -1):
    _LOWEST[1 << _bit :: 1 << (_bit + 1)] = _bit


class Forest:
    """`p` gives the probability of each row to be text of the article.

    :raises ValueError: the file was made for other features, or is no such file.
    """

    def __init__(self, definition: Mapping[str, Any]) -> None:
        if (
            not isinstance(definition, Mapping)
            or "features_sha256" not in definition
            or not definition.get("trees")
        ):
            raise ValueError("it names no features and trees")
        if definition["features_sha256"] != NAMES_SHA256:
            raise ValueError("it was trained on another list of features: train it again")
        trees = [_Tree(tree) for tree in definition["trees"]]
        nodes = max(len(tree.feature) for tree in trees)
        shape = (nodes, len(trees), 1)  # the last for the rows
        self._feature = np.zeros(shape[:2], np.int64)
        self._threshold = np.full(shape, np.inf, np.float32)
        self._lost = np.zeros(shape, np.uint16)  # bits of the leaves that a row over the threshold cannot reach
        self._value = np.zeros((len(trees), MAX_LEAVES), np.int64)
        for t, tree in enumerate(trees):
            n = len(tree.feature)
            self._feature[:n, t], self._threshold[:n, t, 0] = tree.feature, tree.threshold
            self._lost[:n, t, 0] = tree.lost
            self._value[t, : len(tree.value)] = tree.value

    @classmethod
    def read(cls, source: bytes) -> Forest:
        return cls(json.loads(source))

    def p(self, rows: Numbers) -> npt.NDArray[np.float64]:
        """Rows of shape (n, len(NAMES)) -> n probabilities, rounded to four decimals."""
        columns = np.ascontiguousarray(rows.T)
        gone = np.zeros((len(self._value), len(rows)), np.uint16)
        for feature, threshold, lost in zip(self._feature, self._threshold, self._lost, strict=True):
            gone |= (columns[feature] > threshold) * lost
        total = np.take_along_axis(self._value, _LOWEST[~gone], axis=1).sum(axis=0)
        found: npt.NDArray[np.float64] = np.round(1 / (1 + np.exp(-UNIT * total)), 4)
        return found


class _Tree:
    """Inner nodes of one tree: feature, threshold (`<=` goes left), and the leaves that are lost if it goes right."""

    def __init__(self, tree: Mapping[str, Sequence[Any]]) -> None:
        self.feature: list[int] = []
        self.threshold: list[float] = []
        self.lost: list[int] = []
        self.value: list[int] = []
        self._source = tree
        self._enter(0)
        if len(self.value) > MAX_LEAVES or any(not 0 <= f < len(NAMES) for f in self.feature):
            raise ValueError("it has a tree that cannot be: train it again")

    def _enter(self, node: int) -> int:
        """Enters a node and what is below -> the bits of its leaves, which are numbered from left to right."""
        left, right = self._source["left"][node], self._source["right"][node]
        if left == node:
            self.value.append(round(self._source["value"][node] / UNIT))
            return 1 << (len(self.value) - 1)
        at = len(self.feature)
        self.feature.append(self._source["feature"][node])
        self.threshold.append(self._source["threshold"][node])
        self.lost.append(0)
        leaves = self._enter(left)
        self.lost[at] = leaves
        return leaves | self._enter(right)


def dump(nodes: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> dict[str, Any]:
    """Trees as LightGBM's `dump_model` gives them -> the definition that `Forest` reads."""
    return {**about, "features": list(NAMES), "features_sha256": NAMES_SHA256, "trees": [_flat(n) for n in nodes]}


def _flat(root: Mapping[str, Any]) -> dict[str, list[Any]]:
    flat: dict[str, list[Any]] = {"feature": [], "threshold": [], "left": [], "right": [], "value": []}

    def enter(node: Mapping[str, Any]) -> int:
        i = len(flat["feature"])
        for values in flat.values():
            values.append(0)
        if "leaf_value" in node:
            flat["left"][i] = flat["right"][i] = i
            flat["value"][i] = round(node["leaf_value"], 5)
        else:
            flat["feature"][i] = node["split_feature"]
            flat["threshold"][i] = float(np.float32(node["threshold"]))
            flat["left"][i] = enter(node["left_child"])
            flat["right"][i] = enter(node["right_child"])
        return i

    enter(root)
    return flat
