"""Boosted trees: small ones, many of them, each on a part of the columns; and trees of one split, which only add."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from passend.customers.propensity.columns import Feature, Numbers

#: The shapes of trees that are tried: one split, which only adds, and small ones, which find what works together.
#: Amounts that are whole numbers of few values may as well be codes (a region's number, a segment's). Trees see such a
#: column twice: in its order, and as classes.
FEWEST_LEVELS, MOST_LEVELS = 3, 60
SHAPES: dict[str, dict[str, Any]] = {
    "one-split trees": {"num_leaves": 2, "learning_rate": 0.06, "feature_fraction": 0.5},
    "small trees": {"num_leaves": 6, "learning_rate": 0.03, "feature_fraction": 0.3, "lambda_l2": 50.0},
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


@dataclass(frozen=True)
class Codes:
    """A column of amounts that is read as classes, too.

    Attributes:
        column: its place.
        values: the values in learning; others are missing.
    """

    column: int
    values: tuple[float, ...]


def learn_codes(numbers: Numbers, features: Sequence[Feature], monotone: Sequence[int]) -> tuple[Codes, ...]:
    """The columns that trees see as classes besides: whole numbers of few values, whose direction is not known."""
    found = []
    for place, (feature, way) in enumerate(zip(features, monotone, strict=True)):
        if feature.is_class or way:
            continue
        column = numbers[:, place]
        values = np.unique(column[~np.isnan(column)])
        if FEWEST_LEVELS <= len(values) <= MOST_LEVELS and (values == np.round(values)).all():
            found.append(Codes(place, tuple(values.tolist())))
    return tuple(found)


def with_codes(numbers: Numbers, codes: Sequence[Codes]) -> Numbers:
    """The rows, and after them each column of codes as the places of its classes."""
    more = [numbers]
    for code in codes:
        values, column = np.array(code.values), numbers[:, code.column]
        place = np.minimum(np.searchsorted(values, column), len(values) - 1)
        more.append(np.where(values[place] == column, place, np.nan)[:, None])
    return np.hstack(more)


def fit_trees(
    part: Part, shape: str, classes: Sequence[int], monotone: Sequence[int], seed: int
) -> lgb.Booster:
    """One boosted model of a shape, with all its rounds.

    Args:
        part: rows to learn from.
        shape: a key of ``SHAPES``.
        classes: places of the columns that hold classes.
        monotone: direction of each column: 1, -1 or 0.
        seed: of the drawing of rows and columns.
    """
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
        "cat_smooth": 50.0,
        "cat_l2": 50.0,
        "min_data_per_group": 40,
        **SHAPES[shape],
    }
    if any(monotone):
        settings["monotone_constraints"] = list(monotone)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = lgb.Dataset(
            part.numbers,
            part.target,
            weight=part.weights,
            categorical_feature=list(classes),
            free_raw_data=True,
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
