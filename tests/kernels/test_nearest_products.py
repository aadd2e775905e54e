"""The kernel against the same written as whole matrices."""

import numpy as np
import pytest
import scipy.sparse as sp

from passend.kernels.nearest_products import Weights, nearest_products


def drawn(seed: int, shape: tuple[int, int]) -> sp.csr_matrix:
    rng = np.random.default_rng(seed)
    return sp.csr_matrix((rng.random(shape) < 0.2).astype(np.float32))


def by_matrices(first: sp.csr_matrix, second: sp.csr_matrix, weights: Weights) -> np.ndarray:
    pairs = (first.T @ sp.diags(weights.row) @ second).toarray()
    np.fill_diagonal(pairs, 0)
    return np.asarray(weights.left[:, None] * pairs * weights.right[None, :])


def weights_of(seed: int, shape: tuple[int, int]) -> Weights:
    rng = np.random.default_rng(seed)
    rows, products = shape
    return Weights(
        *(part.astype(np.float32) for part in (rng.random(rows), rng.random(products), rng.random(products)))
    )


@pytest.mark.parametrize("shape", [(40, 12), (7, 30), (1, 1)])
def test_all_pairs_where_all_are_kept(shape: tuple[int, int]) -> None:
    first, second, weights = drawn(1, shape), drawn(2, shape), weights_of(3, shape)
    found = nearest_products(first, second, weights, keep=shape[1]).toarray()
    np.testing.assert_allclose(found, by_matrices(first, second, weights), atol=1e-5)


def test_the_best_of_each_row_are_kept() -> None:
    first, weights = drawn(4, (80, 25)), weights_of(5, (80, 25))
    found = nearest_products(first, first, weights, keep=3)
    whole = by_matrices(first, first, weights)
    for product in range(25):
        row = found[product].toarray().ravel()
        assert set(np.flatnonzero(row)) == set(np.argsort(-whole[product], kind="stable")[:3])
        assert (np.diff(found[product].indices) > 0).all()


def test_of_equals_the_lower_column() -> None:
    rows = sp.csr_matrix(np.ones((2, 6), np.float32))
    ones = np.ones(6, np.float32)
    found = nearest_products(rows, rows, Weights(np.ones(2, np.float32), ones, ones), keep=2)
    assert found[0].indices.tolist() == [1, 2]
    assert found[5].indices.tolist() == [0, 1]


def test_rows_without_weight_count_nothing() -> None:
    rows = sp.csr_matrix(np.ones((1, 3), np.float32))
    ones = np.ones(3, np.float32)
    assert nearest_products(rows, rows, Weights(np.zeros(1, np.float32), ones, ones), keep=2).nnz == 0
