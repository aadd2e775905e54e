"""The best columns of each row are those that sorting finds."""

import numpy as np
import pytest

from passend.kernels.best_columns import best_columns


@pytest.mark.parametrize(("columns", "keep", "kinds"), [(40, 7, 1_000), (40, 7, 3), (5, 5, 2), (1, 1, 1)])
def test_the_same_as_sorting_also_among_equals(columns, keep, kinds):
    values = np.random.default_rng(1).integers(0, kinds, (50, columns)).astype(np.float32)
    values[0] = -np.inf
    plain = np.sort(np.argsort(-values, axis=1, kind="stable")[:, :keep], axis=1)
    assert best_columns(values, keep).tolist() == plain.tolist()
