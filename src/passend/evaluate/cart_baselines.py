"""The methods to beat in completing carts; each takes past carts and scores products for open ones."""

from collections.abc import Callable
from functools import partial

import numpy as np

from passend.products.next_product.carts import Carts
from passend.products.next_product.ease import ease_weights
from passend.products.next_product.sparse_rows import (
    Floats,
    Rows,
    marked,
    scaled,
    share_rows,
    sums,
    without_diagonal,
)

CartScorer = Callable[[Carts], Floats]
EASE_MOST = 4_000


def popularity(past: Rows) -> CartScorer:
    """Number of orders with the product."""
    popular = sums(past, 0)
    return lambda carts: np.tile(popular, (carts.n_carts, 1))


def cosine(past: Rows, shrinkage: float = 20.0) -> CartScorer:
    """Item-kNN: cosine of orders, shrunk for rare products."""
    flat = (sums(past, 0) + shrinkage) ** -0.5
    return _summed(scaled(without_diagonal(past.T @ past), flat, flat))


def lift_rules(past: Rows, least: float = 5.0) -> CartScorer:
    """The single rule of highest lift with at least 5 joint orders, as rule miners offer it."""
    support = sums(past, 0)
    pairs = without_diagonal(past.T @ past)
    pairs.data[pairs.data < least] = 0.0
    pairs.eliminate_zeros()
    lift = scaled(pairs, 1.0 / np.maximum(support, 1.0), past.shape[0] / np.maximum(support, 1.0))
    return partial(_best_rule, lift)


def confidence_rules(past: Rows, least: float = 5.0) -> CartScorer:
    """The single rule of highest confidence with at least 5 joint orders."""
    support = sums(past, 0)
    pairs = without_diagonal(past.T @ past)
    pairs.data[pairs.data < least] = 0.0
    pairs.eliminate_zeros()
    return partial(_best_rule, scaled(pairs, 1.0 / np.maximum(support, 1.0)))


def rp3beta(past: Rows, beta: float = 0.2) -> CartScorer:
    """Random walk over orders, popular ends held back."""
    support = sums(past, 0)
    walk = scaled(share_rows(past.T) @ share_rows(past), right=np.maximum(support, 1.0) ** -beta)
    return _summed(without_diagonal(walk))


def ease(past: Rows, penalty: float = 500.0) -> CartScorer:
    """EASE over the 4,000 best sellers."""
    best = np.sort(np.argsort(-sums(past, 0), kind="stable")[:EASE_MOST])
    weights = ease_weights(past[:, best], penalty)

    def score(carts: Carts) -> Floats:
        out = np.full((carts.n_carts, past.shape[1]), -1e6, dtype=np.float32)
        out[:, best] = marked(carts.matrix(past.shape[1]))[:, best] @ weights
        return out

    return score


def _summed(near: Rows) -> CartScorer:
    return lambda carts: (marked(carts.matrix(near.shape[0])) @ near).toarray()


def _best_rule(rules: Rows, carts: Carts) -> Floats:
    best = np.zeros((carts.n_carts, rules.shape[1]), dtype=np.float32)
    starts, ends = rules.indptr[carts.product], rules.indptr[carts.product + 1]
    for cart, start, end in zip(carts.cart, starts, ends, strict=True):
        columns = rules.indices[start:end]
        best[cart, columns] = np.maximum(best[cart, columns], rules.data[start:end])
    return best


CART_BASELINES: dict[str, Callable[[Rows], CartScorer]] = {
    "popularity": popularity,
    "item-kNN": cosine,
    "lift rules": lift_rules,
    "confidence rules": confidence_rules,
    "RP3beta": rp3beta,
    "EASE": ease,
}
