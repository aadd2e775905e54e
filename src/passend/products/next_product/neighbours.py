"""Products that stand beside each other: in one order, with one owner, in orders that follow each other."""

from dataclasses import dataclass

import numpy as np

from passend.kernels.nearest_products import Weights, nearest_products
from passend.products.next_product.ease import MOST_PRODUCTS, Ease, learn_ease
from passend.products.next_product.purchases import Snapshot
from passend.products.next_product.sparse_rows import Floats, Ints, Rows, share_rows, sums

KEPT = 100
SHRINKAGE = 10.0
LARGEST_BASKET = 300
MOST_ROWS = 400_000  # orders or customers that are counted; of more, every n-th keeps the time bounded


@dataclass(frozen=True)
class Neighbours:
    """Three kinds of nearness between products and, for catalogues that allow it, EASE.

    Args:
        in_order: cosine of standing in one order, small orders counting more; products x products.
        with_owner: cosine of having one owner; products x products.
        following: in the order after; products x products.
        ease: all products of a history weighed at once, or None.
    """

    in_order: Rows
    with_owner: Rows
    following: Rows
    ease: Ease | None

    def scores(self, snapshot: Snapshot, recent: Rows, customers: Ints) -> dict[str, Floats]:
        """Nearness of every product to what each customer bought; dense, customers x products."""
        owned = snapshot.owned[customers]
        out = {
            "in_order": (recent[customers] @ self.in_order).toarray(),
            "with_owner": (share_rows(owned) @ self.with_owner).toarray(),
            "following": (snapshot.last[customers] @ self.following).toarray(),
        }
        if self.ease is not None:
            out["ease"] = self.ease.scores(owned)
        return out


def neighbours(snapshot: Snapshot, most: int = MOST_PRODUCTS) -> Neighbours:
    """Learn the neighbours from all that was known at the snapshot; EASE for so many best sellers at most."""
    ease = learn_ease(_some(snapshot.owned), most=most)
    return Neighbours(_in_order(snapshot), _with_owner(snapshot), _following(snapshot), ease)


def _in_order(snapshot: Snapshot) -> Rows:
    baskets = _some(snapshot.baskets[0])
    size = sums(baskets, 1)
    return _cosine(baskets, np.where(size > LARGEST_BASKET, 0.0, 1.0 / np.sqrt(np.maximum(size - 1.0, 1.0))))


def _with_owner(snapshot: Snapshot) -> Rows:
    owned = _some(snapshot.owned)
    width = sums(owned, 1)
    return _cosine(owned, np.where(width > 4 * LARGEST_BASKET, 0.0, 1.0 / np.sqrt(np.maximum(width, 1.0))))


def _cosine(rows: Rows, weight: Floats) -> Rows:
    """Pairs to a cosine that is shrunk for rare products, the strongest of each product kept."""
    flat = (sums(rows, 0) + SHRINKAGE) ** -0.5
    return nearest_products(rows, rows, Weights(weight, flat, flat), KEPT)


def _following(snapshot: Snapshot) -> Rows:
    baskets, owner, _ = snapshot.baskets
    next_one = np.flatnonzero((owner[:-1] == owner[1:]) & (owner[:-1] >= 0))
    next_one = next_one[:: len(next_one) // MOST_ROWS + 1]
    support = sums(baskets, 0)
    weights = Weights(
        np.ones(len(next_one), np.float32), 1.0 / (support + 2 * SHRINKAGE), (support + SHRINKAGE) ** -0.5
    )
    return nearest_products(baskets[next_one], baskets[next_one + 1], weights, KEPT)


def _some(rows: Rows) -> Rows:
    return rows[:: rows.shape[0] // MOST_ROWS + 1]
