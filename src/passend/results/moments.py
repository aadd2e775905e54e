"""Sums over the customers of one arm: all that is needed to compare arms, and they can be added up.

SQL makes them on either engine, and Python infers from them: no figure of a customer leaves the tables. A field may be
one number or an array of numbers, so that a thousand comparisons cost little more than one.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """One arm, or many arms side by side.

    Attributes:
        people: customers who became eligible, contacted or not.
        active: those of them with an outcome other than nothing: buyers.
        total: sum of the outcome.
        squares: sum of its squares.
        before: sum of the same customers' outcome before they became eligible.
        before_squares: sum of its squares.
        products: sum of outcome x outcome before.
    """

    people: Numbers
    active: Numbers
    total: Numbers
    squares: Numbers
    before: Numbers
    before_squares: Numbers
    products: Numbers

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Moments)))

    @property
    def mean(self) -> Numbers:
        """Outcome of a customer."""
        return _over(self.total, self.people)

    @property
    def before_mean(self) -> Numbers:
        """Outcome of a customer before."""
        return _over(self.before, self.people)

    @property
    def variance(self) -> Numbers:
        """Sample variance of the outcome."""
        return _spread(self.people, self.squares, self.total, self.total)

    @property
    def before_variance(self) -> Numbers:
        """Sample variance of the outcome before."""
        return _spread(self.people, self.before_squares, self.before, self.before)

    @property
    def covariance(self) -> Numbers:
        """Sample covariance of the outcome and the one before."""
        return _spread(self.people, self.products, self.total, self.before)


def moments_of(outcome: Numbers, before: Numbers | None = None) -> Moments:
    """The sums of an arm, from one value a customer."""
    y = np.asarray(outcome, dtype=np.float64)
    x = np.zeros_like(y) if before is None else np.asarray(before, dtype=np.float64)
    sums = (float(len(y)), float(np.count_nonzero(y)), y.sum(), y @ y, x.sum(), x @ x, x @ y)
    return Moments(*(np.asarray(one, dtype=np.float64) for one in sums))


def _over(above: Numbers, below: Numbers) -> Numbers:
    return np.asarray(above / np.maximum(below, 1), dtype=np.float64)


def _spread(people: Numbers, products: Numbers, one: Numbers, other: Numbers) -> Numbers:
    centred = products - one * other / np.maximum(people, 1)
    return np.asarray(centred / np.maximum(people - 1, 1), dtype=np.float64)
