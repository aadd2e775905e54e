"""The chance that an option is the best one: as in closed form, the same at every call, adding up to one."""

import numpy as np
import pytest

from passend.kernels.thompson import best_chances


def chances(tried: list[int], worked: list[int]) -> list[float]:
    return best_chances(np.array(tried), np.array(worked)).tolist()


def test_the_chance_is_that_of_the_closed_form() -> None:
    # One success against nothing known: a Beta(2, 1) beats a uniform number with its mean, two in three.
    assert chances([1, 0], [1, 0])[0] == pytest.approx(2 / 3, abs=0.015)
    # Beta(a, b) against Beta(c, d) with whole numbers, by counting (Evan Miller 2015).
    assert chances([10, 10], [3, 5])[0] == pytest.approx(0.1935, abs=0.015)


def test_nothing_known_is_even_and_much_known_is_sure() -> None:
    assert chances([0, 0, 0, 0], [0, 0, 0, 0]) == pytest.approx([0.25] * 4, abs=0.02)
    assert chances([1000, 1000], [100, 200])[1] == 1.0


def test_the_same_counts_give_the_same_chances() -> None:
    assert chances([30, 40, 50], [3, 9, 7]) == chances([30, 40, 50], [3, 9, 7])
    assert sum(chances([30, 40, 50], [3, 9, 7])) == pytest.approx(1.0)
