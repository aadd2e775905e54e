"""EASE: how much each product of a history speaks for every other one, all of them weighed at once."""

from dataclasses import dataclass

import numpy as np
import scipy.linalg as la

from passend.products.next_product.sparse_rows import Floats, Ints, Rows, sums

MOST_PRODUCTS = 5_000


@dataclass(frozen=True)
class Ease:
    """Linear weights between the best sellers (Steck, Embarrassingly Shallow Autoencoders, WWW 2019).

    Args:
        products: codes of the best sellers, rising.
        weights: weight of each (row) for each (column); the diagonal is 0.
    """

    products: Ints
    weights: Floats

    def scores(self, held: Rows) -> Floats:
        """What the rows hold speaks for every product; dense, rows x products, 0 beyond the best sellers."""
        out = np.zeros(held.shape, dtype=np.float32)
        out[:, self.products] = held[:, self.products] @ self.weights
        return out


def learn_ease(held: Rows, strictness: float = 10.0, most: int = MOST_PRODUCTS) -> Ease | None:
    """The weights from rows of ones (customers or orders by products); None where fewer than two products sell.

    Args:
        held: rows x products.
        strictness: the ridge penalty is this times the root of the rows: the noise of a count grows so.
        most: best sellers that are weighed.
    """
    support = sums(held, 0)
    best = np.sort(np.argsort(-support, kind="stable")[:most])
    best = best[support[best] > 1]
    if len(best) < 2:
        return None
    weights = ease_weights(held[:, best], strictness * float(np.sqrt(max(held.shape[0], 1))))
    return Ease(best, weights)


def ease_weights(held: Rows, penalty: float) -> Floats:
    """Weight of each product (row) for each other (column) in closed form; products x products, diagonal 0.

    Where there are fewer rows than products the inverse is found from the rows (Woodbury's identity), which is the
    same and much less work.

    Args:
        held: customers or orders by products, ones.
        penalty: of the ridge.
    """
    rows, columns = held.shape
    if rows < columns:
        gram = np.asarray((held @ held.T).toarray(), dtype=np.float64)
        gram[np.diag_indices(rows)] += penalty
        dense = held.toarray()
        inner = la.cho_solve(la.cho_factor(gram, lower=True), dense.astype(np.float64)).astype(np.float32)
        inverse = (np.eye(columns, dtype=np.float32) - dense.T @ inner) / np.float32(penalty)
    else:
        gram = (held.T @ held).toarray().astype(np.float32)
        gram[np.diag_indices(columns)] += np.float32(penalty)
        factor = la.cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
        inverse = la.cho_solve(factor, np.eye(columns, dtype=np.float32), check_finite=False)
    weights = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights, dtype=np.float32)
