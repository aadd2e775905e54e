"""Addressed randomness: even, independent of order, and the same whatever type a key comes in."""

import numpy as np
import pytest
from scipy import stats

from passend.market.streams import draws, key_of


@pytest.mark.parametrize("seed", range(6))
def test_draws_are_even_between_0_and_1_for_every_seed(seed):
    key = np.uint64(key_of(seed, 0))
    customers, weeks = np.repeat(np.arange(400), 25), np.tile(np.arange(25), 400)
    found = draws(key, customers, weeks, 3, np.zeros(10_000, dtype=np.int64))
    assert stats.kstest(found, "uniform").pvalue > 1e-4
    table = found.reshape(400, 25)
    assert abs(np.corrcoef(table[:, 0], table[:, 1])[0, 1]) < 0.2
    assert abs(np.corrcoef(table[0], table[1])[0, 1]) < 0.75


def test_a_draw_does_not_depend_on_what_else_is_drawn():
    key = np.uint64(key_of(1, 0))
    one = draws(key, np.array([5]), np.array([7]), 2, np.array([1]))
    many = draws(key, np.array([1, 5, 9]), np.array([7, 7, 7]), 2, np.array([1, 1, 1]))
    assert many[1] == one[0]
    assert len(set(many)) == 3


def test_purposes_places_and_replicas_have_numbers_of_their_own():
    who, week = np.array([3]), np.array([4])
    found = {
        float(draws(np.uint64(key_of(1, replica)), who, week, purpose, np.array([place]))[0])
        for replica in range(3)
        for purpose in range(4)
        for place in (0, 1, 255, 256, 400)
    }
    assert len(found) == 3 * 4 * 5
