"""The two kinds of model that every learner is built on: a ridge line and a few shallow trees.

Effects are small beside the noise, so both are held back on purpose; nothing is tuned to a data set.
"""

from collections.abc import Callable

import lightgbm as lgb
import numpy as np

from passend.customers.uplift.design import Floats

Predictor = Callable[[Floats], Floats]
Base = Callable[[Floats, Floats, Floats | None], Predictor]
REACH = 4.0  # standard deviations beyond which a feature no longer counts more
TREES = {
    "objective": "regression",
    "num_leaves": 5,
    "max_depth": 3,
    "learning_rate": 0.08,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
ROUNDS = 50
PENALTIES = np.logspace(-4, 2, 13)


def linear(x: Floats, y: Floats, weight: Floats | None = None) -> Predictor:
    """Ridge regression; the penalty by generalised cross-validation (Golub, Heath and Wahba 1979)."""
    w = np.ones(len(y)) if weight is None else weight
    total = w.sum()
    mean, level = (w @ x) / total, float(w @ y / total)
    spread = np.sqrt(np.maximum(w @ (x - mean) ** 2 / total, 0))
    spread = np.where(spread > 1e-12, spread, np.inf)

    def scaled(rows: Floats) -> Floats:
        return np.asarray(np.clip((rows - mean) / spread, -REACH, REACH), np.float64)

    z = scaled(x)
    centre = (w @ z) / total
    z = z - centre
    gram = (z * w[:, None]).T @ z
    moment = (z * w[:, None]).T @ (y - level)
    values, vectors = np.linalg.eigh(gram)
    values = np.maximum(values, 0)
    turned = vectors.T @ moment
    square = float(w @ (y - level) ** 2)
    n = len(y)
    best, coefficients = np.inf, np.zeros(x.shape[1])
    for penalty in PENALTIES * n:
        shrunk = turned / (values + penalty)
        error = square - 2 * turned @ shrunk + values @ shrunk**2
        free = n - 1 - float((values / (values + penalty)).sum())
        score = error / max(free, 1.0) ** 2
        if score < best:
            best, coefficients = score, vectors @ shrunk
    return lambda rows: level + (scaled(rows) - centre) @ coefficients


def boosted(x: Floats, y: Floats, weight: Floats | None = None) -> Predictor:
    """A few shallow gradient-boosted trees; the mean where there are too few rows for a split."""
    level = float(np.average(y, weights=weight))
    leaf = max(20, len(y) // 200)
    if len(y) < 4 * leaf or not x.shape[1] or float(np.ptp(y)) == 0:
        return lambda rows: np.full(len(rows), level)
    data = lgb.Dataset(x, y - level, weight=weight, params={"verbose": -1, "max_bin": TREES["max_bin"]})
    model = lgb.train({**TREES, "min_data_in_leaf": leaf}, data, num_boost_round=ROUNDS)
    return lambda rows: level + np.asarray(model.predict(rows, num_threads=1), np.float64)


BASES: dict[str, Base] = {"linear": linear, "trees": boosted}
