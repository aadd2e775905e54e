"""What every model of buying rhythm answers, and how it is fitted: maximum likelihood with analytic slopes."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from passend.customers.lifetime.histories import Floats, Patterns

SMALLEST, LARGEST = 1e-6, 1e7
FEW_PATTERNS = 4000


@dataclass(frozen=True)
class Outlook:
    """What is to come, one value a pattern.

    Attributes:
        alive: chance that the customer still buys at all.
        orders: expected orders in the horizon.
        orders_square: expected square of the orders.
        none: chance of no order in the horizon.
    """

    alive: Floats
    orders: Floats
    orders_square: Floats
    none: Floats


class Rhythm(Protocol):
    """A fitted model of buying rhythm."""

    @property
    def name(self) -> str:
        """What the literature calls it."""

    @property
    def log_likelihood(self) -> float:
        """Of the data at the fitted parameters."""

    @property
    def parameters(self) -> dict[str, float]:
        """The fitted parameters by the names of the literature."""

    def outlook(self, found: Patterns, weeks: float) -> Outlook:
        """What each pattern leads to within the weeks after the end of the data."""

    def waits(self, found: Patterns, chance: float) -> Floats:
        """Weeks until each pattern has ordered again with that chance; infinite where it never gets there."""

    def counts(self, weeks: Floats, most: int) -> Floats:
        """Chance of 0, 1, ... `most` - 1 and of `most` or more repeats in the weeks after the first order."""


Slopes = tuple[float, Floats]


def most_likely_patterns(
    likelihood: Callable[[Patterns, Floats], Slopes], found: Patterns, starts: list[Floats]
) -> tuple[Floats, float]:
    """The parameters with the greatest likelihood, and that likelihood; some of many patterns show where to begin."""

    def mean_of(some: Patterns) -> Callable[[Floats], Slopes]:
        customers = float(some.count.sum())

        def slopes(values: Floats) -> Slopes:
            value, slope = likelihood(some, values)
            return value / customers, slope / customers

        return slopes

    step = len(found.count) // FEW_PATTERNS
    if step > 1:
        some = slice(None, None, step)
        few = Patterns(
            found.repeats[some], found.latest[some], found.watched[some], found.count[some], found.place[:0]
        )
        starts = [most_likely(mean_of(few), starts)[0]]
    values, mean = most_likely(mean_of(found), starts)
    return values, mean * float(found.count.sum())


def most_likely(slopes: Callable[[Floats], Slopes], starts: list[Floats]) -> tuple[Floats, float]:
    """The parameters with the greatest likelihood, searched on their logarithms from several starts.

    Args:
        slopes: parameters -> log-likelihood a customer and its derivatives.
        starts: where to begin.

    Returns:
        The parameters and the log-likelihood a customer.
    """

    def loss(logs: Floats) -> Slopes:
        values = np.exp(logs)
        found, slope = slopes(values)
        return -found, -slope * values

    limits: list[tuple[float, float]] = [(math.log(SMALLEST), math.log(LARGEST))] * len(starts[0])
    best: tuple[float, Floats] | None = None
    for start in starts:
        # The search itself handles four numbers: threads of the linear algebra would only wait for each other.
        with threadpool_limits(1, user_api="blas"):
            answer = minimize(
                loss,
                np.log(start),
                jac=True,
                method="L-BFGS-B",
                bounds=limits,
                options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-8, "maxcor": 20},
            )
        if best is None or float(answer.fun) < best[0]:
            best = (float(answer.fun), np.exp(answer.x))
    return (best[1], -best[0]) if best else (np.array([]), math.nan)
