"""How many pairs chance alone would make, cell by cell: a sparse dot product for each pair that is asked for.

A cell is a part of the data within which chance is even: a week, a size of order, both. What a product does in a
cell is one weight, so that the expected number of a pair is the sum over cells of left weight x right weight.
Products live in few cells, so that a pair costs only the cells of its second product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CellWeights:
    """Weights of products in cells, as rows of a sparse matrix.

    Attributes:
        starts: int64 (products + 1), where each product's cells begin.
        cells: int32, the cell of each weight.
        weights: float64.
        n_cells: how many cells there are.
    """

    starts: NDArray[np.int64]
    cells: NDArray[np.int32]
    weights: NDArray[np.float64]
    n_cells: int


def cell_weights(
    product: NDArray[np.int64],
    cell: NDArray[np.int64],
    weight: NDArray[np.float64],
    *,
    n_products: int,
) -> CellWeights:
    """Order weights by product; cells may have any numbers."""
    # In the order of their cells too, so that sums are the same whatever the order of the rows.
    order = np.lexsort((cell, product))
    names, codes = np.unique(cell, return_inverse=True)
    starts = np.zeros(n_products + 1, np.int64)
    np.cumsum(np.bincount(product, minlength=n_products), out=starts[1:])
    return CellWeights(starts, codes[order].astype(np.int32), weight[order], max(len(names), 1))


def expected_pairs(
    left: CellWeights, right: CellWeights, first: NDArray[Any], second: NDArray[Any]
) -> NDArray[np.float64]:
    """The expected number of each pair (first, second), both product codes.

    Both matrices must have been made of the same cells.
    """
    order = np.argsort(first, kind="stable")
    found = np.zeros(len(first), np.float64)
    row = np.zeros(left.n_cells, np.float64)
    _fill(
        (left.starts, left.cells, left.weights),
        (right.starts, right.cells, right.weights),
        (order, first.astype(np.int64), second.astype(np.int64)),
        row,
        found,
    )
    return found


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _fill(left: Any, right: Any, pairs: Any, row: NDArray[np.float64], found: NDArray[np.float64]) -> None:
    """Spread the first product over the cells, then gather each second product's cells."""
    order, first, second = pairs
    spread = -1
    for pair in order:
        if first[pair] != spread:
            if spread >= 0:
                for place in range(left[0][spread], left[0][spread + 1]):
                    row[left[1][place]] = 0.0
            spread = first[pair]
            for place in range(left[0][spread], left[0][spread + 1]):
                row[left[1][place]] = left[2][place]
        total = 0.0
        for place in range(right[0][second[pair]], right[0][second[pair] + 1]):
            total += row[right[1][place]] * right[2][place]
        found[pair] = total
