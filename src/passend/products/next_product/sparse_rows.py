"""Small operations on rows of sparse matrices that several models share."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Rows = Any  # a scipy.sparse.csr_matrix of float32: the stubs of SciPy's releases disagree with each other
Floats = NDArray[np.floating[Any]]  # float32 in bulk, float64 where sums are long
Ints = NDArray[np.int64]


def counted(rows: Ints, columns: Ints, shape: tuple[int, int], weights: Floats | None = None) -> Rows:
    """Sum of the weights (or count) of each row and column pair, as float32 rows."""
    data = np.ones(len(rows), np.float32) if weights is None else weights.astype(np.float32)
    matrix = sp.csr_matrix((data, (rows, columns)), shape)
    matrix.sum_duplicates()
    return matrix


def marked(matrix: Rows) -> Rows:
    """The same entries, all equal to one: whether, not how often."""
    ones = matrix.copy()
    ones.data[:] = 1.0
    return ones


def scaled(matrix: Rows, left: Floats | None = None, right: Floats | None = None) -> Rows:
    """Rows times `left` and columns times `right`."""
    out = matrix.tocsr().astype(np.float32)
    if left is not None:
        out = sp.diags(left.astype(np.float32)) @ out
    if right is not None:
        out = out @ sp.diags(right.astype(np.float32))
    return out.tocsr().astype(np.float32)


def sums(matrix: Rows, axis: int) -> Floats:
    """Sums along an axis as a flat array."""
    return np.asarray(matrix.sum(axis=axis), dtype=np.float32).ravel()


def unit_rows(matrix: Rows) -> Rows:
    """Every row divided by its length, so that a product of two rows is a cosine."""
    lengths = np.sqrt(sums(matrix.multiply(matrix), 1))
    return scaled(matrix, left=_inverse(lengths))


def share_rows(matrix: Rows) -> Rows:
    """Every row divided by its sum, so that a row is a share of the whole."""
    return scaled(matrix, left=_inverse(sums(matrix, 1)))


def strongest(matrix: Rows, keep: int) -> Rows:
    """The `keep` largest entries of each row; ties go to the lower column, so that row order cannot matter."""
    matrix = matrix.tocsr()
    matrix.sort_indices()
    starts, data = matrix.indptr, matrix.data
    kept = np.ones(len(data), dtype=bool)
    for row in np.flatnonzero(np.diff(starts) > keep).tolist():
        values = data[starts[row] : starts[row + 1]]
        floor = np.partition(values, -keep)[-keep]
        chosen = values > floor
        ties = np.flatnonzero(values == floor)
        chosen[ties[: keep - int(chosen.sum())]] = True
        kept[starts[row] : starts[row + 1]] = chosen
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(starts))
    return sp.csr_matrix((data[kept], (rows[kept], matrix.indices[kept])), matrix.shape)


def nearest_weights(similarity: Floats, keep: int) -> Rows:
    """The `keep` most similar of each row as shares that sum to one; nobody where nothing is similar."""
    if not similarity.shape[1]:
        return sp.csr_matrix(similarity.shape, dtype=np.float32)
    if keep < similarity.shape[1]:
        floor = np.partition(similarity, -keep, axis=1)[:, -keep][:, None]
        similarity = np.where(similarity >= floor, similarity, 0.0)
    weights = np.maximum(similarity, 0.0)
    return sp.csr_matrix((weights / (weights.sum(1, keepdims=True) + 1e-9)).astype(np.float32))


def without_diagonal(matrix: Rows) -> Rows:
    """No product is its own neighbour."""
    matrix = matrix.tolil() if matrix.shape[0] < 2 else matrix.tocsr()
    matrix.setdiag(0.0)
    matrix = matrix.tocsr()
    matrix.eliminate_zeros()
    return matrix


def cells(matrix: Rows, rows: Ints, columns: Ints) -> Floats:
    """Single entries of a matrix, one for each row and column that is asked for; none asked, none told."""
    # SciPy answers an empty question with a matrix.
    return np.asarray(matrix[rows, columns]).ravel() if len(rows) else np.zeros(0, np.float32)


def _inverse(values: Floats) -> Floats:
    return np.where(values > 0, 1.0 / np.maximum(values, 1e-12), 0.0).astype(np.float32)
