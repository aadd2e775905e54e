"""The ranker: gradient-boosted trees that learn which signals to believe."""

import os
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from passend.products.next_product.candidates import Candidates
from passend.products.next_product.sparse_rows import Floats, Ints, Rows, cells

NEGATIVES_KEPT = 0.35
FEW_ROWS = 100_000  # below which fewer trees, each learning more, tell the same, and threads only wait for each other
QUICK = 2.5
SMALLEST_LESSON = 200  # sold candidates; below, trees would only learn noise


@dataclass(frozen=True)
class RankerSettings:
    """How the trees are grown: number, leaves, rate, rows a leaf, models averaged, threads."""

    trees: int = 200
    leaves: int = 15
    rate: float = 0.05
    leaf_rows: int = 500
    models: int = 1
    threads: int = 0


@dataclass(frozen=True)
class Ranker:
    """A trained ranking; higher is better. `models` are averaged on the log-odds scale."""

    models: tuple[lgb.Booster, ...]
    names: tuple[str, ...]
    threads: int

    def scores(self, pairs: Candidates) -> Floats:
        """One score a candidate."""
        if not len(pairs.customer):
            return np.empty(0, np.float32)
        total = sum(
            np.asarray(model.predict(pairs.features, raw_score=True, num_threads=self.threads))
            for model in self.models
        )
        return np.asarray(total, dtype=np.float32)

    def chances(self, pairs: Candidates) -> Floats:
        """The scores as chances between 0 and 1; for comparing offers, not for forecasting sales."""
        mean = self.scores(pairs) / max(len(self.models), 1)
        return np.asarray(1.0 / (1.0 + np.exp(-mean)), dtype=np.float32)


def train(pairs: Candidates, bought_next: Rows, settings: RankerSettings, seed: int) -> Ranker | None:
    """Learn from candidates that were or were not bought; None when there is too little to learn from.

    Only customers with a sold candidate teach a ranking. A customer with many novel purchases weighs less each,
    as in the recall of one customer. Of the candidates not sold a share is kept, weighted back.
    """
    if not len(pairs.customer):
        return None
    sold = cells(bought_next, pairs.customer, pairs.product) > 0
    if sold.sum() < SMALLEST_LESSON:
        return None
    n_customers = bought_next.shape[0]
    teaches = np.bincount(pairs.customer[sold], minlength=n_customers) > 0
    rng = np.random.default_rng(seed)
    kept = teaches[pairs.customer] & (sold | (rng.random(len(sold)) < NEGATIVES_KEPT))
    wanted = np.maximum(np.diff(bought_next.indptr), 1)[pairs.customer]
    weight = np.where(sold, 1.0, 1.0 / NEGATIVES_KEPT) / np.sqrt(wanted)
    data = lgb.Dataset(
        pairs.features[kept], sold[kept].astype(np.float32), weight=weight[kept], free_raw_data=False
    )
    rows = int(kept.sum())
    few = rows < FEW_ROWS
    threads = 1 if few else settings.threads or min(os.cpu_count() or 1, 8)
    trees = int(settings.trees / (QUICK if few else 1.0))
    models = tuple(
        lgb.train(_parameters(settings, seed + number, rows, threads), data, trees)
        for number in range(settings.models)
    )
    return Ranker(models, pairs.names, threads)


def _parameters(settings: RankerSettings, seed: int, rows: int, threads: int) -> dict[str, object]:
    return {
        "objective": "binary",
        "learning_rate": settings.rate * (QUICK if rows < FEW_ROWS else 1.0),
        "num_leaves": settings.leaves,
        "min_data_in_leaf": min(settings.leaf_rows, max(rows // 200, 5)),
        "feature_fraction": 0.5,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "max_bin": 127,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbose": -1,
    }


def top(pairs: Candidates, scores: Floats, n_customers: int, k: int) -> tuple[Ints, Floats]:
    """The best `k` products of each customer code, -1 where there are fewer; ties go to the lower code."""
    order = np.lexsort((pairs.product, -scores, pairs.customer))
    customer = pairs.customer[order]
    counts = np.bincount(customer, minlength=n_customers)
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = place < k
    products = np.full((n_customers, k), -1, dtype=np.int64)
    heights = np.full((n_customers, k), -np.inf, dtype=np.float32)
    products[customer[kept], place[kept]] = pairs.product[order][kept]
    heights[customer[kept], place[kept]] = scores[order][kept]
    return products, heights
