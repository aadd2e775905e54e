"""Boosted trees: small ones, many of them, each on a part of the columns; and trees of one split, which only add."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from passend.customers.propensity.columns import Feature, Numbers

#: The shapes of trees that are tried: one split, which only adds, and small ones, which find what works together.
SHAPES: dict[str, dict[str, Any]] = {
    "one-split trees": {"num_leaves": 2, "learning_rate": 0.06, "feature_fraction": 0.5},
    "small trees": {"num_leaves": 6, "learning_rate": 0.03, "feature_fraction": 0.3},
}
ROUNDS = 300
EVERY = 25
#: Below this, a second thread costs more than it brings.
MANY_ROWS = 50_000


@dataclass(frozen=True)
class Part:
    """Rows to learn from."""

    numbers: Numbers
    target: Numbers
    weights: Numbers


def fit_trees(
    part: Part, features: Sequence[Feature], shape: str, monotone: Sequence[int], seed: int
) -> lgb.Booster:
    """One boosted model of a shape, with all its rounds."""
    settings = {
        "objective": "binary",
        "verbosity": -1,
        "num_threads": 1 if len(part.target) < MANY_ROWS else 0,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "min_data_in_leaf": max(1, min(40, len(part.target) // 20)),
        "max_bin": 63,
        "cat_smooth": 30.0,
        "min_data_per_group": 40,
        **SHAPES[shape],
    }
    classes = [place for place, feature in enumerate(features) if feature.is_class]
    if any(monotone):
        settings["monotone_constraints"] = list(monotone)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = lgb.Dataset(
            part.numbers, part.target, weight=part.weights, categorical_feature=classes, free_raw_data=True
        )
        return lgb.train(settings, data, ROUNDS)


def staged(model: lgb.Booster, numbers: Numbers) -> Numbers:
    """Log odds after 25, 50, ... rounds: a column for each."""
    total = np.zeros(len(numbers))
    stages = []
    for begin in range(0, ROUNDS, EVERY):
        total = total + model.predict(numbers, raw_score=True, start_iteration=begin, num_iteration=EVERY)
        stages.append(total)
    return np.column_stack(stages)
