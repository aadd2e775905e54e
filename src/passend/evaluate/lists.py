"""From scores to lists: the best products of each customer, without what they own."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
CELLS = 8_000_000
LENGTH = 20


def best_lists(
    score: Callable[[Ints], NDArray[Any]], customers: Ints, shape: tuple[int, int], forbidden: Any | None
) -> Ints:
    """The first 20 products of each customer by score; -1 where there are fewer.

    Args:
        score: from customer codes to dense scores of all products.
        customers: whom to judge.
        shape: number of customers and of products; blocks stay small against both.
        forbidden: all customers x products that must not be listed (owned, or in the cart), or None.
    """
    step = max(CELLS // max(*shape, 1), 1)
    out = np.full((len(customers), LENGTH), -1, dtype=np.int64)
    for start in range(0, len(customers), step):
        block = customers[start : start + step]
        scores = np.array(score(block), dtype=np.float32)
        if forbidden is not None:
            scores[forbidden[block].nonzero()] = -np.inf
        out[start : start + len(block)] = first_of(scores)
    return out


def first_of(scores: NDArray[np.float32]) -> Ints:
    """Codes of the 20 highest scores of each row, equal scores by lower code within the list."""
    keep = min(LENGTH, scores.shape[1])
    picked = np.sort(np.argpartition(-scores, keep - 1, axis=1)[:, :keep], axis=1)
    heights = np.take_along_axis(scores, picked, axis=1)
    order = np.argsort(-heights, axis=1, kind="stable")
    products = np.take_along_axis(picked, order, axis=1)
    products[np.take_along_axis(heights, order, axis=1) == -np.inf] = -1
    out = np.full((len(scores), LENGTH), -1, dtype=np.int64)
    out[:, :keep] = products
    return out
