"""Products that stand beside each other: in one order, with one owner, in orders that follow each other."""

from dataclasses import dataclass

import numpy as np
import scipy.linalg as la

from passend.products.next_product.purchases import Snapshot
from passend.products.next_product.sparse_rows import (
    Floats,
    Ints,
    Rows,
    scaled,
    share_rows,
    strongest,
    sums,
    without_diagonal,
)

KEPT = 100
SHRINKAGE = 10.0
EASE_PRODUCTS = 5_000
LARGEST_BASKET = 300
MOST_ROWS = 400_000  # orders or customers that are counted; of more, every n-th keeps the time bounded


@dataclass(frozen=True)
class Neighbours:
    """Three kinds of nearness between products and, for catalogues that allow it, EASE.

    Args:
        in_order: cosine of standing in one order, small orders counting more; products x products.
        with_owner: cosine of having one owner; products x products.
        following: in the order after; products x products.
        ease_weights: EASE of the best sellers (Steck 2019): best x best, or None.
        ease_products: codes of those best sellers.
    """

    in_order: Rows
    with_owner: Rows
    following: Rows
    ease_weights: Floats | None
    ease_products: Ints

    def scores(self, snapshot: Snapshot, recent: Rows, customers: Ints) -> dict[str, Floats]:
        """Nearness of every product to what each customer bought; dense, customers x products."""
        owned = snapshot.owned[customers]
        out = {
            "in_order": (recent[customers] @ self.in_order).toarray(),
            "with_owner": (share_rows(owned) @ self.with_owner).toarray(),
            "following": (snapshot.last[customers] @ self.following).toarray(),
        }
        if self.ease_weights is not None:
            spread = np.zeros((len(customers), snapshot.shape[1]), dtype=np.float32)
            spread[:, self.ease_products] = owned[:, self.ease_products] @ self.ease_weights
            out["ease"] = spread
        return out


def neighbours(snapshot: Snapshot) -> Neighbours:
    """Learn the neighbours from all that was known at the snapshot."""
    best, weights = _ease(snapshot)
    return Neighbours(_in_order(snapshot), _with_owner(snapshot), _following(snapshot), weights, best)


def cosine(pairs: Rows, support: Floats, keep: int = KEPT) -> Rows:
    """Pair counts to a cosine that is shrunk for rare products, the strongest of each product kept."""
    flat = ((support + SHRINKAGE) ** -0.5).astype(np.float32)
    return strongest(scaled(without_diagonal(pairs), flat, flat), keep)


def _in_order(snapshot: Snapshot) -> Rows:
    baskets = _some(snapshot.baskets[0])
    size = sums(baskets, 1)
    weight = np.where(size > LARGEST_BASKET, 0.0, 1.0 / np.sqrt(np.maximum(size - 1.0, 1.0)))
    return cosine(scaled(baskets, left=weight).T @ baskets, sums(baskets, 0))


def _with_owner(snapshot: Snapshot) -> Rows:
    owned = _some(snapshot.owned)
    width = sums(owned, 1)
    weight = np.where(width > 4 * LARGEST_BASKET, 0.0, 1.0 / np.sqrt(np.maximum(width, 1.0)))
    return cosine(scaled(owned, left=weight).T @ owned, sums(owned, 0))


def _following(snapshot: Snapshot) -> Rows:
    baskets, owner, _ = snapshot.baskets
    next_one = np.flatnonzero((owner[:-1] == owner[1:]) & (owner[:-1] >= 0))
    next_one = next_one[:: len(next_one) // MOST_ROWS + 1]
    support = sums(baskets, 0)
    pairs = without_diagonal(baskets[next_one].T @ baskets[next_one + 1])
    left = 1.0 / (support + 2 * SHRINKAGE)
    return strongest(scaled(pairs, left, (support + SHRINKAGE) ** -0.5), KEPT)


def _some(rows: Rows) -> Rows:
    return rows[:: rows.shape[0] // MOST_ROWS + 1]


def _ease(snapshot: Snapshot) -> tuple[Ints, Floats | None]:
    support = sums(snapshot.owned, 0)
    best = np.sort(np.argsort(-support, kind="stable")[:EASE_PRODUCTS])
    best = best[support[best] > 1]
    if len(best) < 2:
        return best, None
    held = _some(snapshot.owned)[:, best]
    gram = (held.T @ held).toarray().astype(np.float32)
    # The penalty grows with the noise of a count, which grows with the root of the customers.
    gram[np.diag_indices(len(best))] += 10.0 * np.sqrt(max(held.shape[0], 1))
    factor = la.cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    inverse = la.cho_solve(factor, np.eye(len(best), dtype=np.float32), check_finite=False)
    weights = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(weights, 0.0)
    return best, weights.astype(np.float32)
