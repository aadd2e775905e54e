"""Small operations on rows of sparse matrices."""

import numpy as np
import scipy.sparse as sp

from passend.products.next_product.sparse_rows import cells


def test_cells_are_told_one_by_one_and_none_where_none_are_asked() -> None:
    matrix = sp.csr_matrix(np.array([[0, 2, 0], [3, 0, 4]], np.float32))
    assert cells(matrix, np.array([0, 1, 1]), np.array([1, 1, 2])).tolist() == [2, 0, 4]
    nobody = np.zeros(0, np.int64)
    assert (cells(matrix, nobody, nobody) > 0).tolist() == []
