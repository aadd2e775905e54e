"""The products nearest to each product: weighted counts of pairs, scaled, and the best of each row kept.

The matrix of all pairs is never built: one row of counters is filled from the rows that hold a product, scaled, and
its best few are kept (Gustavson, "Two fast algorithms for sparse matrices", ACM TOMS 4(3), 1978).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from passend.kernels.best_columns import hold
from passend.kernels.partitions import usable_cores

_PARTS_A_WORKER = 8


@dataclass(frozen=True)
class Weights:
    """How pairs are weighed.

    Attributes:
        row: (rows), what a pair in this row counts.
        left: (products), times the row of the first product.
        right: (products), times the column of the second.
    """

    row: NDArray[np.floating[Any]]
    left: NDArray[np.floating[Any]]
    right: NDArray[np.floating[Any]]


def nearest_products(first: Any, second: Any, weights: Weights, keep: int) -> Any:
    """The best ``keep`` of ``left x first' (row x second) x right`` of each row, without the diagonal.

    Args:
        first: scipy CSR, rows x products: what stands in a row.
        second: scipy CSR of the same shape: what stands beside it, or in the row after.
        weights: of rows and products.
        keep: how many of each row; among equals the lower column, so that the order of rows cannot matter.

    Returns:
        scipy CSR of float32, products x products, columns rising.
    """
    holders = first.T.tocsr()
    products = first.shape[1]
    counts = np.zeros(products, np.int64)
    columns = np.empty((products, keep), np.int32)
    values = np.empty((products, keep), np.float32)
    given = (
        (holders.indptr.astype(np.int64), holders.indices, holders.data.astype(np.float32)),
        (second.indptr.astype(np.int64), second.indices, second.data.astype(np.float32)),
        (weights.row.astype(np.float32), weights.left.astype(np.float32), weights.right.astype(np.float32)),
    )
    workers = usable_cores()
    bounds = np.linspace(0, products, workers * _PARTS_A_WORKER + 1).astype(np.int64)

    def fill(part: int) -> None:
        _fill(*given, (int(bounds[part]), int(bounds[part + 1])), counts, columns, values)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(fill, range(len(bounds) - 1)))
    taken = np.arange(keep)[None, :] < counts[:, None]
    starts = np.zeros(products + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return sp.csr_matrix((values[taken], columns[taken], starts), (products, products))


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _fill(holders: Any, second: Any, weights: Any, part: Any, counts: Any, columns: Any, values: Any) -> None:
    keep, products = columns.shape[1], len(weights[2])
    total, touched = np.zeros(products, np.float32), np.empty(products, np.int64)
    heap, place = np.empty(keep, np.float32), np.empty(keep, np.int64)
    for product in range(part[0], part[1]):
        met = 0
        for at in range(holders[0][product], holders[0][product + 1]):
            row = holders[1][at]
            weight = holders[2][at] * weights[0][row]
            if weight <= 0:
                continue
            for other in range(second[0][row], second[0][row + 1]):
                column = second[1][other]
                if total[column] == 0:
                    touched[met], met = column, met + 1
                total[column] += weight * second[2][other]
        count = 0
        for at in range(met):
            column = touched[at]
            value = total[column] * weights[1][product] * weights[2][column]
            total[column] = 0.0
            if column == product:
                continue
            if count < keep or value > heap[0] or (value == heap[0] and column < place[0]):
                count = hold(heap, place, count, value, column)
        best = np.argsort(place[:count])
        columns[product, :count], values[product, :count] = place[best], heap[best]
        counts[product] = count
